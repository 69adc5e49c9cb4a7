//! The one way to see a package's ZIP (PKWARE APPNOTE 6.3): central directory
//! and local headers say the same, every byte belongs to exactly one of them,
//! and nothing stands before, between or behind. What two readers could see
//! differently is refused.

use std::collections::HashSet;

use flate2::{Decompress, FlushDecompress, Status};

use crate::policy::Limits;
use crate::sanitise::Refusal;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Expansion is judged above this size.
const RATIO_FROM: u64 = 1 << 20;
/// Bytes that are made room for before they are there.
const LARGEST_AT_ONCE: usize = 16 << 20;

/// One entry.
#[derive(Clone, Debug)]
pub(in crate::sanitise) struct Entry {
    pub(in crate::sanitise) untrusted_name: String,
    method: u16,
    crc: u32,
    packed: u64,
    pub(in crate::sanitise) size: u64,
    offset: u64,
    flags: u16,
    data: u64,
}

/// The entries, and how much may still be expanded.
pub(in crate::sanitise) struct View<'a> {
    bytes: &'a [u8],
    pub(in crate::sanitise) entries: Vec<Entry>,
    ratio: u64,
    left: u64,
    /// One for all entries.
    inflating: Decompress,
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Refusal> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
    found
        .map(|b| u16::from_le_bytes(*b))
        .ok_or(Refusal::Malformed)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Refusal> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
    found
        .map(|b| u32::from_le_bytes(*b))
        .ok_or(Refusal::Malformed)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Refusal> {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>);
    found
        .map(|b| u64::from_le_bytes(*b))
        .ok_or(Refusal::Malformed)
}

fn index(value: u64) -> Result<usize, Refusal> {
    usize::try_from(value).map_err(|_| Refusal::Malformed)
}

/// Where the central directory stands and how many entries it has. Only an
/// end record without a comment, at the very end, is taken.
fn directory(bytes: &[u8]) -> Result<(usize, usize, usize), Refusal> {
    let end = bytes.len().checked_sub(22).ok_or(Refusal::Malformed)?;
    if u32_at(bytes, end)? != END || u16_at(bytes, end + 20)? != 0 {
        return Err(Refusal::Malformed);
    }
    if u32_at(bytes, end + 4)? != 0 || u16_at(bytes, end + 8)? != u16_at(bytes, end + 10)? {
        return Err(Refusal::Malformed);
    }
    let count = usize::from(u16_at(bytes, end + 10)?);
    let size = index(u64::from(u32_at(bytes, end + 12)?))?;
    let start = index(u64::from(u32_at(bytes, end + 16)?))?;
    // A directory that does not end where the end record begins has something
    // (such as ZIP64 records, which no document needs) between the two.
    if start.checked_add(size) != Some(end) {
        return Err(Refusal::Malformed);
    }
    Ok((start, end, count))
}

/// Reads a 64-bit value from the ZIP64 extra field where the 32-bit one is
/// all ones; refuses extra fields that give an entry another name.
fn extras(extra: &[u8], name: &[u8], wide: &mut [&mut u64]) -> Result<(), Refusal> {
    let mut at = 0;
    // Some writers pad with fewer than four zero bytes.
    while extra.len() - at >= 4 {
        let (id, length) = (u16_at(extra, at)?, usize::from(u16_at(extra, at + 2)?));
        let body = extra
            .get(at + 4..at + 4 + length)
            .ok_or(Refusal::Malformed)?;
        match id {
            1 => {
                let mut place = 0;
                for value in wide
                    .iter_mut()
                    .filter(|value| ***value == u64::from(u32::MAX))
                {
                    **value = u64_at(body, place)?;
                    place += 8;
                }
            }
            // APPNOTE 4.6.9: version, checksum, and the name once more.
            0x7075 if body.get(5..) != Some(name) => return Err(Refusal::Malformed),
            0x9901 => return Err(Refusal::Encrypted),
            _ => {}
        }
        at += 4 + length;
    }
    Ok(())
}

impl<'a> View<'a> {
    /// Reads headers only; nothing is expanded yet.
    pub(in crate::sanitise) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Refusal> {
        // An end of line behind the end (an upload's, a repository's) says nothing.
        let bytes = crate::sanitise::zip::without_line_end(bytes);
        let (start, end, count) = directory(bytes)?;
        if count > limits.entries as usize {
            return Err(Refusal::OverBudget);
        }
        let mut entries = Vec::with_capacity(count);
        let mut at = start;
        for _ in 0..count {
            let (entry, next) = central(bytes, at)?;
            entries.push(entry);
            at = next;
        }
        if at != end {
            return Err(Refusal::Malformed);
        }
        names_are_plain(&entries)?;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|i| entries.get(*i).map(|entry| entry.offset));
        let offsets: Vec<u64> = order
            .iter()
            .filter_map(|i| entries.get(*i).map(|entry| entry.offset))
            .collect();
        if offsets.first().is_some_and(|first| *first != 0) {
            return Err(Refusal::Malformed);
        }
        for (place, i) in order.iter().enumerate() {
            let next = offsets.get(place + 1).copied().unwrap_or(start as u64);
            if let Some(entry) = entries.get_mut(*i) {
                entry.data = local(bytes, entry, next)?;
            }
        }
        Ok(Self {
            bytes,
            entries,
            ratio: u64::from(limits.ratio),
            left: limits.expanded_bytes,
            inflating: Decompress::new(false),
        })
    }

    /// The content of an entry, expanded within what is left of the budget
    /// and checked against its stated size and CRC.
    pub(in crate::sanitise) fn content(&mut self, at: usize) -> Result<Vec<u8>, Refusal> {
        let entry = self.entries.get(at).ok_or(Refusal::Malformed)?;
        let from = index(entry.data)?;
        let to = from
            .checked_add(index(entry.packed)?)
            .ok_or(Refusal::Malformed)?;
        let packed = self.bytes.get(from..to).ok_or(Refusal::Malformed)?;
        if entry.size > RATIO_FROM && entry.size / entry.packed.max(1) > self.ratio {
            return Err(Refusal::OverBudget);
        }
        if entry.size > self.left {
            return Err(Refusal::OverBudget);
        }
        let content = match entry.method {
            0 if entry.packed == entry.size => packed.to_vec(),
            8 => inflated(&mut self.inflating, packed, index(entry.size)?)?,
            _ => return Err(Refusal::Malformed),
        };
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        if content.len() as u64 != entry.size || crc.sum() != entry.crc {
            return Err(Refusal::Malformed);
        }
        self.left -= entry.size;
        Ok(content)
    }

    /// The entry with this name; case does not matter (OPC).
    pub(in crate::sanitise) fn find(&self, name: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.untrusted_name.eq_ignore_ascii_case(name))
    }
}

/// All of `packed` expanded: one stream that ends with it, of exactly this size.
fn inflated(inflating: &mut Decompress, packed: &[u8], size: usize) -> Result<Vec<u8>, Refusal> {
    inflating.reset(false);
    // One byte more than there may be: what fills it is too long.
    let mut content = Vec::with_capacity(size.min(LARGEST_AT_ONCE) + 1);
    let mut rest = packed;
    loop {
        let before = inflating.total_in();
        let status = inflating.decompress_vec(rest, &mut content, FlushDecompress::Finish);
        let ended = status.map_err(|_| Refusal::Malformed)? == Status::StreamEnd;
        let taken = index(inflating.total_in() - before)?;
        rest = rest.get(taken..).ok_or(Refusal::Malformed)?;
        if ended && rest.is_empty() && content.len() == size {
            return Ok(content);
        }
        // With room left it would have gone on.
        let is_full = content.len() == content.capacity();
        if ended || !is_full || content.len() > size {
            return Err(Refusal::Malformed);
        }
        content.reserve(content.len().min(size + 1 - content.len()));
    }
}

fn central(bytes: &[u8], at: usize) -> Result<(Entry, usize), Refusal> {
    if u32_at(bytes, at)? != CENTRAL {
        return Err(Refusal::Malformed);
    }
    let flags = u16_at(bytes, at + 8)?;
    let name = usize::from(u16_at(bytes, at + 28)?);
    let extra = usize::from(u16_at(bytes, at + 30)?);
    let comment = usize::from(u16_at(bytes, at + 32)?);
    let mut size = u64::from(u32_at(bytes, at + 24)?);
    let mut packed = u64::from(u32_at(bytes, at + 20)?);
    let mut offset = u64::from(u32_at(bytes, at + 42)?);
    let names = at + 46;
    let name_bytes = bytes.get(names..names + name).ok_or(Refusal::Malformed)?;
    let untrusted_name = std::str::from_utf8(name_bytes).map_err(|_| Refusal::Malformed)?;
    let extra_bytes = bytes
        .get(names + name..names + name + extra)
        .ok_or(Refusal::Malformed)?;
    extras(
        extra_bytes,
        name_bytes,
        &mut [&mut size, &mut packed, &mut offset],
    )?;
    if u16_at(bytes, at + 34)? != 0 {
        return Err(Refusal::Malformed);
    }
    let entry = Entry {
        untrusted_name: slashed(untrusted_name),
        method: u16_at(bytes, at + 10)?,
        crc: u32_at(bytes, at + 16)?,
        packed,
        size,
        offset,
        flags,
        data: 0,
    };
    Ok((entry, names + name + extra + comment))
}

/// Checks a local header against its central one and that the entry fills the
/// bytes up to `next`. Returns where its data begins.
fn local(bytes: &[u8], entry: &Entry, next: u64) -> Result<u64, Refusal> {
    let at = index(entry.offset)?;
    // Bits 0, 6 and 13 are encryption, 5 is patched data.
    if entry.flags & 0x2061 != 0 {
        return Err(Refusal::Encrypted);
    }
    if !matches!(entry.method, 0 | 8) {
        return Err(Refusal::Malformed);
    }
    let same = u32_at(bytes, at)? == LOCAL
        && u16_at(bytes, at + 6)? & !0x0006 == entry.flags & !0x0006
        && u16_at(bytes, at + 8)? == entry.method;
    if !same {
        return Err(Refusal::Malformed);
    }
    let name = usize::from(u16_at(bytes, at + 26)?);
    let extra = usize::from(u16_at(bytes, at + 28)?);
    let name_bytes = bytes
        .get(at + 30..at + 30 + name)
        .ok_or(Refusal::Malformed)?;
    if std::str::from_utf8(name_bytes).map(slashed).as_ref() != Ok(&entry.untrusted_name) {
        return Err(Refusal::Malformed);
    }
    let extra_bytes = bytes
        .get(at + 30 + name..at + 30 + name + extra)
        .ok_or(Refusal::Malformed)?;
    let crc = u32_at(bytes, at + 14)?;
    let mut packed = u64::from(u32_at(bytes, at + 18)?);
    let mut size = u64::from(u32_at(bytes, at + 22)?);
    extras(extra_bytes, name_bytes, &mut [&mut size, &mut packed])?;
    let data = (at + 30 + name + extra) as u64;
    let end = data.checked_add(entry.packed).ok_or(Refusal::Malformed)?;
    let described = entry.flags & 8 != 0;
    let stated = (crc, packed, size) == (entry.crc, entry.packed, entry.size);
    let left_open = described && (crc == 0 || crc == entry.crc) && packed == 0 && size == 0;
    if !stated && !left_open {
        return Err(Refusal::Malformed);
    }
    let trailer = next.checked_sub(end).ok_or(Refusal::Malformed)?;
    if !described {
        return if trailer == 0 {
            Ok(data)
        } else {
            Err(Refusal::Malformed)
        };
    }
    let end = index(end)?;
    let (signed, wide) = match trailer {
        // A writer may leave the descriptor out where the header has it all.
        0 if stated => return Ok(data),
        12 => (false, false),
        16 => (true, false),
        20 => (false, true),
        24 => (true, true),
        _ => return Err(Refusal::Malformed),
    };
    if signed && u32_at(bytes, end)? != DESCRIPTOR {
        return Err(Refusal::Malformed);
    }
    let fields = end + if signed { 4 } else { 0 };
    let (packed, size) = if wide {
        (u64_at(bytes, fields + 4)?, u64_at(bytes, fields + 12)?)
    } else {
        (
            u64::from(u32_at(bytes, fields + 4)?),
            u64::from(u32_at(bytes, fields + 8)?),
        )
    };
    if (u32_at(bytes, fields)?, packed, size) == (entry.crc, entry.packed, entry.size) {
        Ok(data)
    } else {
        Err(Refusal::Malformed)
    }
}

/// Some writers on Windows put their own sign between folders. Names that would
/// then be the same are refused with the others that are.
fn slashed(name: &str) -> String {
    name.replace('\\', "/")
}

fn names_are_plain(entries: &[Entry]) -> Result<(), Refusal> {
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries {
        let name = &entry.untrusted_name;
        let escapes = name.starts_with('/')
            || name.contains(['\0', ':'])
            || name.split('/').any(|step| step == ".." || step == ".")
            || name.is_empty();
        if escapes || !seen.insert(name.to_lowercase()) {
            return Err(Refusal::Malformed);
        }
    }
    Ok(())
}
