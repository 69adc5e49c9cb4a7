//! Little-endian numbers out of a stranger's bytes: beyond the end there is
//! nothing, never a panic.

use crate::sanitise::Refusal;

/// `length` bytes at `at`.
pub(in crate::sanitise) fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Refusal> {
    at.checked_add(length)
        .and_then(|end| bytes.get(at..end))
        .ok_or(Refusal::Malformed)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Refusal> {
    slice(bytes, at, N)?
        .try_into()
        .map_err(|_| Refusal::Malformed)
}

pub(in crate::sanitise) fn u8_at(bytes: &[u8], at: usize) -> Result<u8, Refusal> {
    bytes.get(at).copied().ok_or(Refusal::Malformed)
}

pub(in crate::sanitise) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Refusal> {
    Ok(u16::from_le_bytes(array(bytes, at)?))
}

pub(in crate::sanitise) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Refusal> {
    Ok(u32::from_le_bytes(array(bytes, at)?))
}

pub(in crate::sanitise) fn f64_at(bytes: &[u8], at: usize) -> Result<f64, Refusal> {
    Ok(f64::from_le_bytes(array(bytes, at)?))
}

/// An offset or length of the file as one of this machine.
pub(in crate::sanitise) fn size(number: u32) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::OverBudget)
}

/// UTF-16LE; half a pair shows U+FFFD.
pub(in crate::sanitise) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// `name` stands somewhere as UTF-16LE.
pub(in crate::sanitise) fn has_wide(bytes: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    !wide.is_empty() && bytes.windows(wide.len()).any(|window| window == wide)
}

/// The low bytes of UTF-16 whose high bytes are zero.
pub(in crate::sanitise) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The code page of a language id ([MS-LCID]) or its number, where files say
/// in which one their 8-bit text is.
pub(in crate::sanitise) fn code_page(number: u16) -> Option<&'static encoding_rs::Encoding> {
    Some(match number {
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 | 0x8001 | 367 => encoding_rs::WINDOWS_1252,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10_000 | 0x8000 => encoding_rs::MACINTOSH,
        _ => return None,
    })
}
