//! Changes of ZIP packages: of a member's content, of its name, of the fields
//! around it; the members that are not touched stay whole.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{bytes, markup};
use crate::Chance;

/// The most that a member may have to be read here.
const LONGEST_MEMBER: u64 = 1 << 20;

const NAMES: [&str; 10] = [
    "../evil.docx",
    "/etc/passwd",
    "word/vbaProject.bin",
    "xl/macrosheets/sheet1.xml",
    "[Content_Types].xml",
    "a\\b.txt",
    "表.txt",
    "con.txt",
    "_rels/.rels",
    "x.exe",
];

pub(super) fn changed(whole: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    if chance.once_in(3) {
        return field(whole, chance);
    }
    match unpacked(&whole) {
        Some(members) if !members.is_empty() => packed(with_a_change(members, other, chance)),
        Some(_) | None => bytes::changed(whole, other, chance),
    }
}

type Member = (String, Vec<u8>);

fn unpacked(whole: &[u8]) -> Option<Vec<Member>> {
    let mut archive = ZipArchive::new(Cursor::new(whole)).ok()?;
    let mut members = Vec::new();
    for at in 0..archive.len().min(200) {
        let member = archive.by_index(at).ok()?;
        let name = member.name().ok()?.into_owned();
        let mut content = Vec::new();
        member.take(LONGEST_MEMBER).read_to_end(&mut content).ok()?;
        members.push((name, content));
    }
    Some(members)
}

fn with_a_change(mut members: Vec<Member>, other: &[u8], chance: &mut Chance) -> Vec<Member> {
    let at = chance.below(members.len());
    match chance.below(8) {
        0 => members[at].0 = (*chance.one(&NAMES)).to_owned(),
        1 => {
            let again = members[at].clone();
            members.push(again);
        }
        2 => {
            members.remove(at);
        }
        3 => {
            let to = chance.below(members.len());
            members.swap(at, to);
        }
        4 => {
            let lent = unpacked(other).unwrap_or_default();
            if let Some(part) = lent.get(chance.below(lent.len())) {
                members[at].1.clone_from(&part.1);
            }
        }
        _ => {
            let content = std::mem::take(&mut members[at].1);
            let is_markup = content.trim_ascii_start().starts_with(b"<");
            members[at].1 = if is_markup {
                markup::changed(content, chance)
            } else {
                bytes::changed(content, other, chance)
            };
        }
    }
    members
}

fn packed(members: Vec<Member>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        // A name that is there already is refused: the rest stands.
        if writer
            .start_file(name, SimpleFileOptions::default())
            .is_ok()
        {
            let _ = writer.write_all(&content);
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// A field of a local header, of the directory or of its end.
fn field(mut whole: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let heads: Vec<usize> = whole
        .windows(2)
        .enumerate()
        .filter(|(_, two)| two == b"PK")
        .map(|(at, _)| at)
        .collect();
    if heads.is_empty() {
        return whole;
    }
    let at = *chance.one(&heads) + 4 + chance.below(42);
    for byte in whole.iter_mut().skip(at).take(1 << chance.below(3)) {
        *byte = *chance.one(&[0, 1, 8, 0x7f, 0x80, 0xff]);
    }
    whole
}
