//! [`Package`] -> fresh bytes: our part names, our content types, our
//! prefixes, a fixed time, no extra fields. Nothing is copied but decoded
//! text and pictures already encoded anew.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::model::{Body, Family, Package, Target};
use super::role::Role;
use super::space::Space;
use super::tape::{Node, Open, Tape};
use crate::sanitise::Refusal;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

/// Writes the package.
pub(super) fn write(package: &Package) -> Result<Vec<u8>, Refusal> {
    let names = names(package);
    let mut zip = Zip::default();
    zip.add(
        "[Content_Types].xml",
        types(package, &names).as_bytes(),
        true,
    )?;
    let main = names
        .first()
        .and_then(Option::as_ref)
        .ok_or(Refusal::Malformed)?;
    let root = format!(
        "{HEAD}<Relationships xmlns=\"{PACKAGE}relationships\"><Relationship Id=\"rId1\" \
         Type=\"{OFFICE}officeDocument\" Target=\"/{main}\"/></Relationships>"
    );
    zip.add("_rels/.rels", root.as_bytes(), true)?;
    for (part, name) in package.parts.iter().zip(&names) {
        let Some(name) = name else { continue };
        match &part.body {
            Body::Picture(picture) => zip.add(name, &picture.bytes, false)?,
            Body::Xml(tape) => zip.add(name, xml(tape).as_bytes(), true)?,
        }
        if part.relations.is_empty() {
            continue;
        }
        let mut list = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}relationships\">");
        for (id, target) in &part.relations {
            let _ = write!(list, "<Relationship Id=\"{id}\"");
            match target {
                Target::Link(link) => {
                    let _ = write!(list, " Type=\"{OFFICE}hyperlink\" Target=\"");
                    escape(link, true, &mut list);
                    list.push_str("\" TargetMode=\"External\"/>");
                }
                Target::Part(to) => {
                    let row = package.parts.get(*to).and_then(|part| part.role.row());
                    let target = names.get(*to).and_then(Option::as_ref);
                    if let (Some(row), Some(target)) = (row, target) {
                        let kind = row.relation_type();
                        let _ = write!(list, " Type=\"{kind}\" Target=\"/{target}\"/>");
                    } else {
                        return Err(Refusal::Malformed);
                    }
                }
            }
        }
        list.push_str("</Relationships>");
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        zip.add(
            &format!("{folder}/_rels/{file}.rels"),
            list.as_bytes(),
            true,
        )?;
    }
    zip.end()
}

/// Our name for every part that is still there.
fn names(package: &Package) -> Vec<Option<String>> {
    let folder = match package.family {
        Family::Word => "word/",
        Family::Sheet => "xl/",
        Family::Slides => "ppt/",
    };
    let mut counts: std::collections::HashMap<Role, u32> = std::collections::HashMap::new();
    package
        .parts
        .iter()
        .map(|part| {
            let row = part.role.row().filter(|_| !part.gone)?;
            let count = counts.entry(part.role).or_default();
            *count += 1;
            let folder = if row.family.is_none() { folder } else { "" };
            let number = if row.numbered {
                count.to_string()
            } else {
                String::new()
            };
            let extension = match &part.body {
                Body::Picture(picture) => picture.extension,
                Body::Xml(_) if part.role == Role::Vml => "vml",
                Body::Xml(_) => "xml",
            };
            // A role that there is once per package cannot come twice.
            if !row.numbered && *count > 1 {
                return Some(format!("{folder}{}{count}.{extension}", row.name));
            }
            Some(format!("{folder}{}{number}.{extension}", row.name))
        })
        .collect()
}

fn types(package: &Package, names: &[Option<String>]) -> String {
    let mut list = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Default Extension=\"vml\" ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>\
         <Default Extension=\"png\" ContentType=\"image/png\"/>\
         <Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>"
    );
    for (part, name) in package.parts.iter().zip(names) {
        if let (Some(row), Some(name)) = (part.role.row(), name)
            && !matches!(part.role, Role::Picture | Role::Vml)
        {
            let kind = row.content_type();
            let _ = write!(
                list,
                "<Override PartName=\"/{name}\" ContentType=\"{kind}\"/>"
            );
        }
    }
    list.push_str("</Types>");
    list
}

/// One part's XML: all namespaces declared at the root, with our prefixes.
fn xml(tape: &Tape) -> String {
    let mut used = [false; Space::Unknown as usize + 1];
    for (_, open) in tape.opens() {
        for space in std::iter::once(open.space).chain(tape.attributes(open).map(|(_, a)| a.space))
        {
            if let Some(used) = used.get_mut(space as usize) {
                *used = true;
            }
        }
    }
    let is_used = |space: Space| used.get(space as usize).copied().unwrap_or(false);
    let mut out = String::with_capacity(tape.len() * 24);
    out.push_str(HEAD);
    let mut open_tags: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                out.push('<');
                name(open.space, tape.local(open), &mut out);
                if open_tags.is_empty() && at == 0 {
                    namespaces(&is_used, &mut out);
                }
                for (_, attribute) in tape.attributes(open) {
                    out.push(' ');
                    name(attribute.space, tape.get(attribute.local), &mut out);
                    out.push_str("=\"");
                    escape(tape.get(attribute.value), true, &mut out);
                    out.push('"');
                }
                if is_empty(tape, at, open) {
                    out.push_str("/>");
                    at = open.end as usize + 1;
                    continue;
                }
                out.push('>');
                open_tags.push(open);
            }
            Node::Close => {
                if let Some(open) = open_tags.pop() {
                    out.push_str("</");
                    name(open.space, tape.local(open), &mut out);
                    out.push('>');
                }
            }
            Node::Text(span) => escape(tape.get(span), false, &mut out),
            Node::Gone(end) => at = end as usize,
            Node::Nothing => {}
        }
        at += 1;
    }
    out
}

fn is_empty(tape: &Tape, at: usize, open: Open) -> bool {
    let mut place = at + 1;
    while place < open.end as usize {
        match tape.node(place) {
            Some(Node::Gone(end)) => place = end as usize,
            Some(Node::Nothing) => {}
            _ => return false,
        }
        place += 1;
    }
    true
}

fn namespaces(is_used: &dyn Fn(Space) -> bool, out: &mut String) {
    let ignorable: Vec<&str> = Space::ALL
        .iter()
        .filter(|(space, .., ignorable)| *ignorable && is_used(*space))
        .map(|(_, prefix, ..)| *prefix)
        .collect();
    for (space, prefix, uri, _) in Space::ALL {
        if is_used(*space) || (*space == Space::Mc && !ignorable.is_empty()) {
            let colon = if prefix.is_empty() { "" } else { ":" };
            let _ = write!(out, " xmlns{colon}{prefix}=\"{uri}\"");
        }
    }
    if !ignorable.is_empty() {
        let _ = write!(out, " mc:Ignorable=\"{}\"", ignorable.join(" "));
    }
}

fn name(space: Space, local: &str, out: &mut String) {
    let prefix = space.prefix();
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(local);
}

/// Escapes; what XML 1.0 cannot carry is on no tape (see `reading`).
fn escape(words: &str, attribute: bool, out: &mut String) {
    let mut from = 0;
    for (at, byte) in words.bytes().enumerate() {
        let instead = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if attribute => "&quot;",
            b'\n' | b'\t' if attribute => {
                if byte == b'\n' {
                    "&#10;"
                } else {
                    "&#9;"
                }
            }
            b'\r' => "&#13;",
            _ => continue,
        };
        out.push_str(words.get(from..at).unwrap_or_default());
        out.push_str(instead);
        from = at + 1;
    }
    out.push_str(words.get(from..).unwrap_or_default());
}

/// A ZIP of ours: headers complete, nothing between entries.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

/// 1980-01-01, the first day that a ZIP can say.
const DATE: u16 = (1 << 5) | 1;

impl Zip {
    fn add(&mut self, name: &str, content: &[u8], deflate: bool) -> Result<(), Refusal> {
        let too_large = |_| Refusal::OverBudget;
        let offset = u32::try_from(self.bytes.len()).map_err(too_large)?;
        let size = u32::try_from(content.len()).map_err(too_large)?;
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let packed = if deflate {
            let mut deflating = DeflateEncoder::new(Vec::new(), Compression::new(5));
            deflating
                .write_all(content)
                .map_err(|_| Refusal::OverBudget)?;
            Some(deflating.finish().map_err(|_| Refusal::OverBudget)?)
        } else {
            None
        };
        let data = packed.as_deref().unwrap_or(content);
        let method: u16 = if deflate { 8 } else { 0 };
        let mut shared = Vec::with_capacity(26);
        for field in [20, 0, method, 0, DATE] {
            shared.extend_from_slice(&u16::to_le_bytes(field));
        }
        for field in [
            crc.sum(),
            u32::try_from(data.len()).map_err(too_large)?,
            size,
        ] {
            shared.extend_from_slice(&field.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(too_large)?;
        shared.extend_from_slice(&length.to_le_bytes());
        shared.extend_from_slice(&[0, 0]);
        self.bytes.extend_from_slice(b"PK\x03\x04");
        self.bytes.extend_from_slice(&shared);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(data);
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        self.directory.extend_from_slice(&shared);
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.count = self.count.checked_add(1).ok_or(Refusal::OverBudget)?;
        Ok(())
    }

    fn end(mut self) -> Result<Vec<u8>, Refusal> {
        let start = u32::try_from(self.bytes.len()).map_err(|_| Refusal::OverBudget)?;
        let size = u32::try_from(self.directory.len()).map_err(|_| Refusal::OverBudget)?;
        self.bytes.append(&mut self.directory);
        self.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&size.to_le_bytes());
        self.bytes.extend_from_slice(&start.to_le_bytes());
        self.bytes.extend_from_slice(&[0, 0]);
        Ok(self.bytes)
    }
}
