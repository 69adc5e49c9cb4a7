//! ZIP (APPNOTE 6.3.10), one view only: the central directory and the local
//! headers must tell the same story about every byte of the file, from the
//! first to the last. What another reader could find elsewhere does not exist.

use crate::sanitise::Refusal;

/// One entry, as both directories describe it.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) raw_name: &'a [u8],
    /// General purpose bit 11: the name is UTF-8.
    pub(super) utf8: bool,
    pub(super) encrypted: bool,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) expanded: u64,
    pub(super) data: &'a [u8],
    pub(super) symlink: bool,
}

/// The whole archive.
pub(super) struct Archive<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// A comment stands at the end.
    pub(super) comment: bool,
}

const END: [u8; 4] = *b"PK\x05\x06";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Bits that change how the bytes of an entry are read.
const ENCRYPTED: u16 = 1 | (1 << 6) | (1 << 13);
const DESCRIBED_LATER: u16 = 1 << 3;

/// Reads the archive; at most `most` entries.
pub(super) fn read(bytes: &[u8], most: u32) -> Result<Archive<'_>, Refusal> {
    let end = end_record(bytes)?;
    let field = |at: usize| number16(bytes, end + at);
    let (disk, start_disk, here, total) = (field(4)?, field(6)?, field(8)?, field(10)?);
    let size = to_usize(number32(bytes, end + 12)?)?;
    let offset = to_usize(number32(bytes, end + 16)?)?;
    // ZIP64 and split archives say so with these values.
    if total == 0xFFFF || offset == 0xFFFF_FFFF {
        return Err(Refusal::Unsupported);
    }
    if disk != 0 || start_disk != 0 || here != total || offset.checked_add(size) != Some(end) {
        return Err(Refusal::Malformed);
    }
    if u32::from(total) > most {
        return Err(Refusal::OverBudget);
    }
    let mut entries = Vec::with_capacity(usize::from(total));
    let mut at = offset;
    // Where each local record begins and ends.
    let mut spans = Vec::with_capacity(usize::from(total));
    for _ in 0..total {
        let (entry, span, length) = central(bytes, at, offset)?;
        at += length;
        entries.push(entry);
        spans.push(span);
    }
    if at != end {
        return Err(Refusal::Malformed);
    }
    // No gap, no overlap, nothing in front: local records fill the file.
    spans.sort_unstable();
    let mut expected = 0;
    for (from, to) in spans {
        if from != expected {
            return Err(Refusal::Malformed);
        }
        expected = to;
    }
    if expected != offset {
        return Err(Refusal::Malformed);
    }
    Ok(Archive {
        entries,
        comment: number16(bytes, end + 20)? > 0,
    })
}

/// Without the end of line that uploads and repositories put behind a file.
/// An end record cannot end so: its last two bytes count a comment.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Names in the central directory, for identification; lenient.
pub(crate) fn names(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let bytes = without_line_end(bytes);
    let end = end_record(bytes).ok()?;
    let mut at = to_usize(number32(bytes, end + 16).ok()?).ok()?;
    let mut names = Vec::new();
    while bytes.get(at..at + 4) == Some(&CENTRAL) && names.len() < 100_000 {
        let length = |field: usize| number16(bytes, at + field).map(usize::from);
        let name = length(28).ok()?;
        names.push(bytes.get(at + 46..at + 46 + name)?);
        at += 46 + name + length(30).ok()? + length(32).ok()?;
    }
    Some(names)
}

/// The one place where an end record can be.
fn end_record(bytes: &[u8]) -> Result<usize, Refusal> {
    let earliest = bytes.len().saturating_sub(22 + 0xFFFF);
    let mut found = None;
    for at in (earliest..bytes.len().saturating_sub(21)).rev() {
        if bytes.get(at..at + 4) == Some(&END) {
            let comment = usize::from(number16(bytes, at + 20)?);
            if at + 22 + comment == bytes.len() && found.replace(at).is_some() {
                return Err(Refusal::Malformed);
            }
        }
    }
    found.ok_or(Refusal::Malformed)
}

type Span = (usize, usize);

/// The central record at `at`, checked against its local record.
fn central(bytes: &[u8], at: usize, directory: usize) -> Result<(Entry<'_>, Span, usize), Refusal> {
    if bytes.get(at..at + 4) != Some(&CENTRAL) {
        return Err(Refusal::Malformed);
    }
    let made_by = number16(bytes, at + 4)?;
    let flags = number16(bytes, at + 8)?;
    let method = number16(bytes, at + 10)?;
    let crc = number32(bytes, at + 16)?;
    let stored = number32(bytes, at + 20)?;
    let expanded = number32(bytes, at + 24)?;
    let name_length = usize::from(number16(bytes, at + 28)?);
    let extra = usize::from(number16(bytes, at + 30)?);
    let comment = usize::from(number16(bytes, at + 32)?);
    let attributes = number32(bytes, at + 38)?;
    let local = to_usize(number32(bytes, at + 42)?)?;
    let raw_name = part(bytes, at + 46, name_length)?;
    if stored == u32::MAX || expanded == u32::MAX || local == 0xFFFF_FFFF {
        return Err(Refusal::Unsupported);
    }
    // The local record tells the same.
    if bytes.get(local..local + 4) != Some(&LOCAL)
        || number16(bytes, local + 6)? != flags
        || number16(bytes, local + 8)? != method
        || usize::from(number16(bytes, local + 26)?) != name_length
        || part(bytes, local + 30, name_length)? != raw_name
    {
        return Err(Refusal::Malformed);
    }
    let later = flags & DESCRIBED_LATER != 0;
    let same = |field: usize, value: u32| {
        number32(bytes, local + field).map(|found| found == value || (later && found == 0))
    };
    if !same(14, crc)? || !same(18, stored)? || !same(22, expanded)? {
        return Err(Refusal::Malformed);
    }
    let local_extra = usize::from(number16(bytes, local + 28)?);
    let from = local + 30 + name_length + local_extra;
    let stored = to_usize(stored)?;
    let data = part(bytes, from, stored)?;
    let mut to = from + stored;
    if later {
        to += descriptor(bytes, to, crc, stored, expanded)?;
    }
    if to > directory {
        return Err(Refusal::Malformed);
    }
    let unix_mode = if made_by >> 8 == 3 {
        attributes >> 16
    } else {
        0
    };
    let entry = Entry {
        raw_name,
        utf8: flags & (1 << 11) != 0,
        encrypted: flags & ENCRYPTED != 0,
        method,
        crc,
        expanded: u64::from(expanded),
        data,
        symlink: unix_mode & 0o170_000 == 0o120_000,
    };
    Ok((entry, (local, to), 46 + name_length + extra + comment))
}

/// Length of the data descriptor, with or without its signature.
fn descriptor(
    bytes: &[u8],
    at: usize,
    crc: u32,
    stored: usize,
    expanded: u32,
) -> Result<usize, Refusal> {
    let skip = if bytes.get(at..at + 4) == Some(&DESCRIPTOR) {
        4
    } else {
        0
    };
    let agrees = number32(bytes, at + skip)? == crc
        && to_usize(number32(bytes, at + skip + 4)?)? == stored
        && number32(bytes, at + skip + 8)? == expanded;
    if agrees {
        Ok(skip + 12)
    } else {
        Err(Refusal::Malformed)
    }
}

fn part(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Refusal> {
    let end = at.checked_add(length).ok_or(Refusal::Malformed)?;
    bytes.get(at..end).ok_or(Refusal::Malformed)
}

fn number16(bytes: &[u8], at: usize) -> Result<u16, Refusal> {
    let found = part(bytes, at, 2)?
        .try_into()
        .map_err(|_| Refusal::Malformed)?;
    Ok(u16::from_le_bytes(found))
}

fn number32(bytes: &[u8], at: usize) -> Result<u32, Refusal> {
    let found = part(bytes, at, 4)?
        .try_into()
        .map_err(|_| Refusal::Malformed)?;
    Ok(u32::from_le_bytes(found))
}

fn to_usize(number: u32) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::OverBudget)
}
