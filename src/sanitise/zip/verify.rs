//! Accepts an archive that our writer can have made. Reads the directory with
//! its own eyes and the members with the `zip` crate; shares nothing with the
//! reader of strangers' archives.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use crate::sanitise::{Context, Kind, MemberCheck, Refusal};

/// Accepts our archive; each member is handed to `member` with the kind that
/// its extension (ours) says.
///
/// # Errors
/// [`Refusal::Residue`]; `OverBudget` past a limit.
pub fn verify(
    output: &[u8],
    context: &Context<'_>,
    member: &MemberCheck<'_>,
) -> Result<(), Refusal> {
    layout(output).ok_or(Refusal::Residue)?;
    let mut archive = ::zip::ZipArchive::new(Cursor::new(output)).map_err(|_| Refusal::Residue)?;
    if !archive.comment().is_empty() {
        return Err(Refusal::Residue);
    }
    if u32::try_from(archive.len()).map_or(true, |count| count > context.limits.entries) {
        return Err(Refusal::OverBudget);
    }
    let mut known = BTreeSet::new();
    let mut left = context.limits.expanded_bytes;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| Refusal::Residue)?;
        let name = std::str::from_utf8(entry.name_raw())
            .map_err(|_| Refusal::Residue)?
            .to_owned();
        if !is_our_name(&name) || !known.insert(name.to_lowercase()) {
            return Err(Refusal::Residue);
        }
        let announced = entry.size();
        left = left.checked_sub(announced).ok_or(Refusal::OverBudget)?;
        let mut bytes = Vec::new();
        entry
            .take(announced.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| Refusal::Residue)?;
        if u64::try_from(bytes.len()) != Ok(announced) {
            return Err(Refusal::Residue);
        }
        member(kind_of(&name).ok_or(Refusal::Residue)?, &bytes)?;
    }
    Ok(())
}

/// The kind whose extension is ours.
fn kind_of(name: &str) -> Option<Kind> {
    let (_, extension) = name.rsplit_once('.')?;
    Kind::ALL
        .into_iter()
        .find(|kind| kind.extension() == Some(extension))
}

/// A relative path of clean parts with an extension of ours or a notice's.
pub(super) fn is_our_name(name: &str) -> bool {
    let clean = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= 255
            && !part.ends_with(['.', ' '])
            && !part
                .chars()
                .any(|c| crate::policy::text::is_deceptive(c) || "\\:*?\"<>|".contains(c))
    };
    name.len() <= 1_000 && name.split('/').all(clean) && kind_of(name).is_some()
}

/// Every byte accounted for: local records from 0 on, one after the other,
/// without extra fields, descriptors or encryption; then the directory; then
/// the end record. `None` for anything else.
fn layout(output: &[u8]) -> Option<()> {
    let n16 = |at: usize| {
        Some(usize::from(u16::from_le_bytes(
            output.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let n32 = |at: usize| {
        usize::try_from(u32::from_le_bytes(output.get(at..at + 4)?.try_into().ok()?)).ok()
    };
    let mut at = 0;
    let mut begins = Vec::new();
    while output.get(at..at + 4)? == b"PK\x03\x04" {
        let flags = n16(at + 6)?;
        // Deflate; of the flags only the UTF-8 one.
        if flags & !(1 << 11) != 0 || n16(at + 8)? != 8 || n16(at + 28)? != 0 {
            return None;
        }
        begins.push(at);
        at = at
            .checked_add(30 + n16(at + 26)?)?
            .checked_add(n32(at + 18)?)?;
    }
    let directory = at;
    for begin in &begins {
        let matches = output.get(at..at + 4)? == b"PK\x01\x02"
            && n32(at + 42)? == *begin
            && n16(at + 30)? == 0
            && n16(at + 32)? == 0
            && output.get(at + 16..at + 30)? == output.get(begin + 14..begin + 28)?
            && output.get(at + 46..at + 46 + n16(at + 28)?)? == output.get(begin + 30..begin + 30 + n16(begin + 26)?)?
            // An ordinary file, never a link.
            && n16(at + 40)? & 0o170_000 == 0o100_000;
        if !matches {
            return None;
        }
        at += 46 + n16(at + 28)?;
    }
    let ends = output.get(at..at + 4)? == b"PK\x05\x06"
        && n16(at + 8)? == begins.len()
        && n32(at + 12)? == at - directory
        && n32(at + 16)? == directory
        && at + 22 == output.len();
    ends.then_some(())
}
