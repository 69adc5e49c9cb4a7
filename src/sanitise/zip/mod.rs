//! ZIP archives: taken apart, their members treated one by one elsewhere, and
//! a new archive written. Promised: one view of the input or none; an output
//! with UTF-8 names, deflate, no extra fields, a fixed time. Absent on
//! purpose: links, comments, encryption, ZIP64.

mod parse;
mod verify;

pub(crate) use parse::{names, without_line_end};
pub use verify::verify;

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, ZipWriter};

use super::identify::identify;
use super::protocol::{Leaf, Place, Range, Shape};
use super::text::charset::{self, Charset};
use super::{Context, Kind, Refusal, Report, What};
use crate::policy::text::bounded;
use parse::Entry;

/// Below this size a high ratio harms nobody.
const RATIO_COUNTS_FROM: u64 = 1 << 20;

/// Takes an archive apart: its shape and all members' bytes one after the
/// other. Folders are only in the names.
///
/// # Errors
/// `Malformed` where readers could see different members; `Encrypted` when
/// all of them are; `OverBudget` past a limit; `Unsupported` for ZIP64.
pub fn split(bytes: &[u8], context: &Context<'_>) -> Result<(Shape, Vec<u8>), Refusal> {
    let archive = parse::read(bytes, context.limits.entries)?;
    let mut shape = Shape::default();
    if archive.comment {
        shape.report.removed(What::Metadata, "archive comment");
    }
    let mut output = Vec::new();
    let mut known = BTreeSet::new();
    for entry in &archive.entries {
        let name = member_name(entry, &mut shape.report);
        if entry.raw_name.ends_with(b"/") || entry.raw_name.ends_with(b"\\") {
            if entry.expanded > 0 || !entry.data.is_empty() && entry.expanded != 0 {
                return Err(Refusal::Malformed);
            }
            continue;
        }
        // Two members that one file system would take for one.
        if !known.insert(name.to_lowercase()) {
            return Err(Refusal::Malformed);
        }
        let left = context
            .limits
            .expanded_bytes
            .saturating_sub(length(&output)?);
        let (kind, refusal) = match expanded(entry, left, context.limits.ratio) {
            Ok(member) => {
                let kind = identify(&member, &name);
                let offset = length(&output)?;
                output.extend_from_slice(&member);
                push(
                    &mut shape,
                    &name,
                    kind,
                    Range {
                        offset,
                        length: length(&member)?,
                    },
                    None,
                );
                continue;
            }
            Err(Refusal::OverBudget) if entry.expanded > left => return Err(Refusal::OverBudget),
            Err(Refusal::Encrypted) => (Kind::Encrypted, Refusal::Encrypted),
            Err(refusal) => (Kind::Unknown, refusal),
        };
        if entry.symlink {
            shape.report.removed(What::Symlink, &name);
        }
        let range = Range {
            offset: length(&output)?,
            length: 0,
        };
        push(&mut shape, &name, kind, range, Some(refusal));
    }
    let locked = shape
        .leaves
        .iter()
        .filter(|leaf| leaf.refusal == Some(Refusal::Encrypted))
        .count();
    if locked > 0 && locked == shape.leaves.len() {
        return Err(Refusal::Encrypted);
    }
    Ok((shape, output))
}

fn push(shape: &mut Shape, name: &str, kind: Kind, range: Range, refusal: Option<Refusal>) {
    shape.leaves.push(Leaf {
        place: Place::Attachment,
        untrusted_name: name.to_owned(),
        untrusted_claimed: String::new(),
        untrusted_id: None,
        charset: None,
        kind,
        range,
        refusal,
    });
}

fn length(bytes: &[u8]) -> Result<u64, Refusal> {
    u64::try_from(bytes.len()).map_err(|_| Refusal::OverBudget)
}

/// The member's bytes, whole and as announced.
fn expanded(entry: &Entry<'_>, left: u64, ratio: u32) -> Result<Vec<u8>, Refusal> {
    if entry.encrypted {
        return Err(Refusal::Encrypted);
    }
    if entry.symlink {
        return Err(Refusal::Forbidden);
    }
    let stored = length(entry.data)?;
    let swells =
        entry.expanded > RATIO_COUNTS_FROM && entry.expanded / stored.max(1) > u64::from(ratio);
    if entry.expanded > left || swells {
        return Err(Refusal::OverBudget);
    }
    let bytes = match entry.method {
        0 => entry.data.to_vec(),
        8 => {
            let mut bytes = Vec::new();
            // One byte more than announced is enough to know the lie.
            let mut reader =
                flate2::bufread::DeflateDecoder::new(entry.data).take(entry.expanded + 1);
            reader
                .read_to_end(&mut bytes)
                .map_err(|_| Refusal::Malformed)?;
            if !reader.into_inner().into_inner().is_empty() {
                return Err(Refusal::Malformed);
            }
            bytes
        }
        _ => return Err(Refusal::Unsupported),
    };
    let mut crc = flate2::Crc::new();
    crc.update(&bytes);
    if length(&bytes)? != entry.expanded || crc.sum() != entry.crc {
        return Err(Refusal::Malformed);
    }
    Ok(bytes)
}

/// The name as text: UTF-8 where it says or shows so, else CP932, which is
/// what Windows in Japan writes. Ways out of the folder are taken off.
fn member_name(entry: &Entry<'_>, report: &mut Report) -> String {
    let name = if entry.utf8 || std::str::from_utf8(entry.raw_name).is_ok() {
        charset::decode_as(entry.raw_name, Charset::Utf8).text
    } else {
        let guess = charset::decode_as(entry.raw_name, Charset::Cp932);
        if guess.replaced == 0 {
            guess.text
        } else {
            charset::decode(entry.raw_name, None).text
        }
    };
    let name = name.replace('\\', "/");
    let drive = name.get(1..2) == Some(":");
    let escapes = name.starts_with('/') || drive || name.split('/').any(|part| part == "..");
    let kept: Vec<&str> = name
        .get(if drive { 2 } else { 0 }..)
        .unwrap_or_default()
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    if escapes {
        report.removed(What::PathEscape, &name);
    }
    let name = kept.join("/");
    bounded(if name.is_empty() { "member" } else { &name }, 1_000)
}

/// Writes a new archive of `members` (our names, clean bytes) in their order.
///
/// # Errors
/// `OverBudget` past the number of entries; `Malformed` for a name that stands
/// twice or that the verifier would not accept.
pub fn join(members: &[(String, &[u8])], context: &Context<'_>) -> Result<Vec<u8>, Refusal> {
    if u32::try_from(members.len()).map_or(true, |count| count > context.limits.entries) {
        return Err(Refusal::OverBudget);
    }
    let options = SimpleFileOptions::DEFAULT
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        if !verify::is_our_name(name) {
            return Err(Refusal::Malformed);
        }
        writer
            .start_file(name.as_str(), options)
            .map_err(|_| Refusal::Malformed)?;
        writer.write_all(bytes).map_err(|_| Refusal::OverBudget)?;
    }
    Ok(writer
        .finish()
        .map_err(|_| Refusal::OverBudget)?
        .into_inner())
}

#[cfg(test)]
mod tests;
