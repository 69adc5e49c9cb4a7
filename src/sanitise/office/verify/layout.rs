//! The ZIP's bytes: local headers as we write them, one after the other, then
//! the directory that follows from them, byte by byte, and nothing else.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::NotOurs;
use crate::policy::Limits;

/// Names and contents, in order.
pub(in crate::sanitise) fn entries(
    bytes: &[u8],
    limits: &Limits,
) -> Result<Vec<(String, Vec<u8>)>, NotOurs> {
    let mut headers: Vec<(String, usize)> = Vec::new();
    let mut directory: Vec<u8> = Vec::new();
    let mut rest = bytes;
    while let Some(after) = rest.strip_prefix(b"PK\x03\x04") {
        let offset = u32::try_from(bytes.len() - rest.len()).map_err(|_| NotOurs("size"))?;
        let header = after.get(..26).ok_or(NotOurs("short header"))?;
        // Version 2.0, no flags, stored or deflated, midnight of 1980-01-01.
        let fixed = header.starts_with(&[20, 0, 0, 0])
            && matches!(header.get(4..6), Some([0 | 8, 0]))
            && header.get(6..10) == Some(&[0, 0, 0x21, 0])
            && header.get(24..26) == Some(&[0, 0]);
        if !fixed {
            return Err(NotOurs("header field"));
        }
        let packed = number(header, 14)?;
        let size = number(header, 18)?;
        let length = usize::from(*header.get(22).ok_or(NotOurs("name"))?)
            + 256 * usize::from(*header.get(23).ok_or(NotOurs("name"))?);
        let name = after.get(26..26 + length).ok_or(NotOurs("name"))?;
        let name = std::str::from_utf8(name).map_err(|_| NotOurs("name"))?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_.[]-".contains(&b);
        if !name.bytes().all(plain) || name.contains("..") || name.starts_with('/') {
            return Err(NotOurs("name"));
        }
        if headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            return Err(NotOurs("name twice"));
        }
        if size > 1 << 20 && size as u64 / (packed as u64).max(1) > 1_200 {
            return Err(NotOurs("ratio"));
        }
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(header);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        headers.push((name.to_owned(), size));
        rest = after
            .get(26 + length + packed..)
            .ok_or(NotOurs("short content"))?;
        if headers.len() > 4 * limits.entries as usize {
            return Err(NotOurs("entries"));
        }
    }
    let count = u16::try_from(headers.len()).map_err(|_| NotOurs("entries"))?;
    let start = u32::try_from(bytes.len() - rest.len()).map_err(|_| NotOurs("size"))?;
    let length = u32::try_from(directory.len()).map_err(|_| NotOurs("size"))?;
    directory.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    directory.extend_from_slice(&count.to_le_bytes());
    directory.extend_from_slice(&count.to_le_bytes());
    directory.extend_from_slice(&length.to_le_bytes());
    directory.extend_from_slice(&start.to_le_bytes());
    directory.extend_from_slice(&[0, 0]);
    if rest != directory {
        return Err(NotOurs("directory"));
    }
    expand(bytes, &headers, limits)
}

fn number(header: &[u8], at: usize) -> Result<usize, NotOurs> {
    let four = header
        .get(at..)
        .and_then(<[u8]>::first_chunk::<4>)
        .ok_or(NotOurs("short header"))?;
    usize::try_from(u32::from_le_bytes(*four)).map_err(|_| NotOurs("size"))
}

/// Bytes that are made room for before they are there.
const LARGEST_AT_ONCE: usize = 16 << 20;

fn expand(
    bytes: &[u8],
    headers: &[(String, usize)],
    limits: &Limits,
) -> Result<Vec<(String, Vec<u8>)>, NotOurs> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotOurs("archive"))?;
    let mut left = limits.expanded_bytes;
    let mut entries = Vec::with_capacity(headers.len());
    for (at, (name, size)) in headers.iter().enumerate() {
        let mut file = archive.by_index(at).map_err(|_| NotOurs("archive entry"))?;
        if file.name_raw() != name.as_bytes() {
            return Err(NotOurs("archive order"));
        }
        left = left.checked_sub(*size as u64).ok_or(NotOurs("budget"))?;
        let mut content = Vec::with_capacity((*size + 1).min(LARGEST_AT_ONCE));
        let limit = *size as u64 + 1;
        // Reading to the end also checks the CRC.
        Read::by_ref(&mut file)
            .take(limit)
            .read_to_end(&mut content)
            .map_err(|_| NotOurs("content"))?;
        if content.len() != *size {
            return Err(NotOurs("content size"));
        }
        entries.push((name.clone(), content));
    }
    Ok(entries)
}
