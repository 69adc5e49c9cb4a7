//! A part's bytes as XML text: its encoding, and the characters it may hold.

use quick_xml::escape::unescape;

use crate::sanitise::Refusal;

/// Bytes as text: UTF-8, or UTF-16 with its mark. Two readers could differ on
/// anything else.
pub(in crate::sanitise) fn decode(bytes: Vec<u8>) -> Result<String, Refusal> {
    let mut text = match bytes.as_slice() {
        [0xFE, 0xFF, ..] => utf16(encoding_rs::UTF_16BE, &bytes)?,
        [0xFF, 0xFE, ..] => utf16(encoding_rs::UTF_16LE, &bytes)?,
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            String::from_utf8(rest.to_vec()).map_err(|_| Refusal::Malformed)?
        }
        _ => String::from_utf8(bytes).map_err(|_| Refusal::Malformed)?,
    };
    if text.len() > u32::MAX as usize / 2 {
        return Err(Refusal::OverBudget);
    }
    if may_hold_others(text.as_bytes()) {
        text.retain(is_xml);
    }
    let head = text.split_once("?>").map_or("", |(head, _)| head);
    if let Some((_, after)) = head.split_once("encoding") {
        let label = after
            .trim_start_matches([' ', '=', '"', '\''])
            .to_ascii_lowercase();
        let known = ["utf-8", "utf8", "utf-16", "us-ascii", "ascii"];
        if !known.iter().any(|name| label.starts_with(name)) {
            return Err(Refusal::Malformed);
        }
    }
    Ok(text)
}

/// Whether something may be in a text that XML cannot carry; in blocks, because
/// nearly every text has nothing.
fn may_hold_others(bytes: &[u8]) -> bool {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let any = |block: &[u8]| block.iter().fold(false, |any, byte| any | control(*byte));
    // U+FFFE and U+FFFF.
    let edge = |three: &[u8]| matches!(three, [0xEF, 0xBF, 0xBE | 0xBF]);
    bytes.chunks(256).any(any) || (bytes.contains(&0xEF) && bytes.windows(3).any(edge))
}

/// What XML 1.0 can carry (2.2, `Char`). All else goes before anything is
/// judged: a name that is one thing with such a sign and another without it
/// would be judged as the one and written as the other.
pub(super) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// A value with its references resolved.
pub(super) fn resolved(value: &str) -> Result<String, Refusal> {
    let value = unescape(value).map_err(|_| Refusal::Malformed)?;
    Ok(value.chars().filter(|c| is_xml(*c)).collect())
}

fn utf16(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> Result<String, Refusal> {
    let (text, bad) = encoding.decode_with_bom_removal(bytes);
    if bad {
        Err(Refusal::Malformed)
    } else {
        Ok(text.into_owned())
    }
}
