//! The piece table ([MS-DOC] 2.4.1, 2.8.35): which bytes of the stream are
//! which characters of the document.

use encoding_rs::Encoding;

use super::fib::{Era, Fib};
use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{code_page, size, slice, u8_at, u16_at, u32_at};

/// One character of the document and where its bytes stand: formatting is
/// told by places, not by characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) c: char,
    pub(super) at: u32,
}

/// Characters of the document in order, as many positions as it has: a
/// character that takes two positions leaves the second empty.
pub(super) type Signs = Vec<Option<Sign>>;

/// All characters of all parts.
pub(super) fn read(fib: &Fib, stream: &[u8], table: &[u8]) -> Result<Signs, Refusal> {
    let mut signs = Signs::new();
    if !fib.in_pieces {
        let total = fib
            .lengths
            .iter()
            .try_fold(0u32, |sum, n| sum.checked_add(*n));
        let total = size(total.ok_or(Refusal::Malformed)?)?;
        let bytes = slice(stream, size(fib.first)?, total)?;
        push_narrow(&mut signs, bytes, fib.first, page_of_language(fib.language));
        return Ok(signs);
    }
    let pieces = piece_table(fib.pieces.of(table)?)?;
    // 4 bytes a position, 8 a piece, one position more than pieces.
    let count = pieces.len().checked_sub(4).ok_or(Refusal::Malformed)? / 12;
    let mut from = u32_at(pieces, 0)?;
    for index in 0..count {
        let to = u32_at(pieces, 4 * (index + 1))?;
        let length = size(to.checked_sub(from).ok_or(Refusal::Malformed)?)?;
        // Each character has bytes of its own: more of them than the stream
        // has bytes means that pieces lie upon each other.
        if signs.len().saturating_add(length) > stream.len() {
            return Err(Refusal::Malformed);
        }
        let place = u32_at(pieces, 4 * (count + 1) + 8 * index + 2)?;
        match fib.era {
            // FcCompressed (2.9.73): 8-bit text is Windows-1252 whatever the
            // language; Japanese always stands as UTF-16.
            Era::Word97 if place & 0x4000_0000 != 0 => {
                let at = (place & 0x3FFF_FFFF) / 2;
                let bytes = slice(stream, size(at)?, length)?;
                push_narrow(&mut signs, bytes, at, encoding_rs::WINDOWS_1252);
            }
            Era::Word97 => {
                let at = place & 0x3FFF_FFFF;
                let bytes = slice(stream, size(at)?, length.saturating_mul(2))?;
                push_wide(&mut signs, bytes, at);
            }
            Era::Word6 => {
                let bytes = slice(stream, size(place)?, length)?;
                push_narrow(&mut signs, bytes, place, page_of_language(fib.language));
            }
        }
        from = to;
    }
    Ok(signs)
}

/// Clx (2.9.38): some property lists, then the one piece table.
fn piece_table(mut clx: &[u8]) -> Result<&[u8], Refusal> {
    loop {
        let after = match u8_at(clx, 0)? {
            1 => 3 + usize::from(u16_at(clx, 1)?),
            2 => return slice(clx, 5, size(u32_at(clx, 1)?)?),
            _ => return Err(Refusal::Malformed),
        };
        clx = clx.get(after..).ok_or(Refusal::Malformed)?;
    }
}

fn push_wide(signs: &mut Signs, bytes: &[u8], at: u32) {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    let mut at = at;
    for c in char::decode_utf16(units) {
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        signs.push(Some(Sign { c, at }));
        if c.len_utf16() == 2 {
            signs.push(None);
        }
        at = at.saturating_add(if c.len_utf16() == 2 { 4 } else { 2 });
    }
}

/// 8-bit text. A character of two bytes takes two positions.
fn push_narrow(signs: &mut Signs, bytes: &[u8], at: u32, page: &'static Encoding) {
    let mut offset = 0;
    while let Some(first) = bytes.get(offset) {
        let pair = bytes.get(offset..offset + 2).filter(|_| !first.is_ascii());
        let (c, length) = pair
            .and_then(|pair| Some((single(pair, page)?, 2)))
            .or_else(|| Some((single(&[*first], page)?, 1)))
            .unwrap_or((char::REPLACEMENT_CHARACTER, 1));
        let place = u32::try_from(offset).unwrap_or(u32::MAX);
        signs.push(Some(Sign {
            c,
            at: at.saturating_add(place),
        }));
        signs.extend(std::iter::repeat_n(None, length - 1));
        offset += length;
    }
}

/// The one character that `bytes` are in whole.
fn single(bytes: &[u8], page: &'static Encoding) -> Option<char> {
    let text = page.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut signs = text.chars();
    signs.next().filter(|_| signs.next().is_none())
}

/// The code page of a language ([MS-LCID]): what Windows used for it.
fn page_of_language(language: u16) -> &'static Encoding {
    let page = match language & 0x03FF {
        0x11 => 932,
        0x04 if matches!(language, 0x0804 | 0x1004) => 936,
        0x04 => 950,
        0x12 => 949,
        0x02 | 0x19 | 0x22 | 0x23 => 1251,
        0x05 | 0x0E | 0x15 | 0x18 | 0x1A | 0x1B | 0x1C | 0x24 => 1250,
        0x08 => 1253,
        0x1F => 1254,
        0x0D => 1255,
        0x01 => 1256,
        0x25..=0x27 => 1257,
        0x1E => 874,
        _ => 1252,
    };
    code_page(page).unwrap_or(encoding_rs::WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(signs: &Signs) -> String {
        signs.iter().flatten().map(|sign| sign.c).collect()
    }

    #[test]
    fn japanese_of_both_eras_is_exact() {
        let words = "①㈱髙﨑 ｶﾅ𠮷";
        let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut signs = Signs::new();
        push_wide(&mut signs, &wide, 0x400);
        assert_eq!(text(&signs), words);
        assert_eq!(signs.len(), wide.len() / 2, "positions count units");
        let narrow = b"\x87\x40\x87\x8a\xfb\xfc\xfa\xb1 \xb6\xc5a";
        let mut signs = Signs::new();
        push_narrow(&mut signs, narrow, 0x400, page_of_language(0x0411));
        assert_eq!(text(&signs), "①㈱髙﨑 ｶﾅa");
        assert_eq!(signs.len(), narrow.len(), "positions count bytes");
    }

    #[test]
    fn a_western_accent_before_a_letter_is_no_pair() {
        let mut signs = Signs::new();
        push_narrow(&mut signs, b"\xe9t\xe9", 0, page_of_language(0x040C));
        assert_eq!(text(&signs), "été");
    }
}
