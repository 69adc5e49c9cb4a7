//! Decoding of header text: encoded words (RFC 2047), parameter pieces (RFC
//! 2231), encoded words in parameters and raw 8-bit, as Japanese mailers of
//! thirty years wrote them. Neighbouring words of one charset are joined
//! before decoding, because a character may be split between them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::field::{Parameterised, unfold};
use crate::policy::text::bounded;
use crate::sanitise::text::charset;

/// Readers ignore missing padding; so do we, in words only.
const WORD_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The longest header text we look at, in bytes.
const LONGEST: usize = 16_384;

enum Piece {
    Plain(Vec<u8>),
    Word { charset: String, bytes: Vec<u8> },
}

/// Decodes an unstructured field.
pub(super) fn unstructured(raw: &[u8]) -> String {
    let line = unfold(raw.get(..raw.len().min(LONGEST)).unwrap_or_default());
    decode(&line)
}

/// Decodes encoded words and raw bytes in one unfolded line.
pub(super) fn decode(line: &[u8]) -> String {
    let mut text = String::new();
    for piece in joined(pieces(line)) {
        match piece {
            Piece::Plain(bytes) => text.push_str(&charset::decode(&bytes, None).text),
            Piece::Word { charset, bytes } => {
                text.push_str(&charset::decode(&bytes, Some(&charset)).text);
            }
        }
    }
    text
}

fn pieces(line: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = Vec::new();
    let mut rest = line;
    while let Some((&first, after)) = rest.split_first() {
        match word(rest) {
            Some((piece, length)) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                }
                pieces.push(piece);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                plain.push(first);
                rest = after;
            }
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    pieces
}

/// Drops blanks between words and joins neighbours of one charset.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::new();
    let mut blank: Option<Vec<u8>> = None;
    for piece in pieces {
        match piece {
            Piece::Plain(bytes)
                if matches!(kept.last(), Some(Piece::Word { .. }))
                    && bytes.trim_ascii().is_empty() =>
            {
                blank = Some(bytes);
            }
            Piece::Plain(bytes) => kept.push(Piece::Plain(bytes)),
            Piece::Word { charset, bytes } => {
                blank = None;
                match kept.last_mut() {
                    Some(Piece::Word {
                        charset: known,
                        bytes: before,
                    }) if known.eq_ignore_ascii_case(&charset) => {
                        before.extend_from_slice(&bytes);
                    }
                    _ => kept.push(Piece::Word { charset, bytes }),
                }
            }
        }
    }
    if let Some(bytes) = blank {
        kept.push(Piece::Plain(bytes));
    }
    kept
}

/// An encoded word at the start of `bytes` and its length.
fn word(bytes: &[u8]) -> Option<(Piece, usize)> {
    let inner = bytes.strip_prefix(b"=?")?;
    let charset_end = inner.iter().take(64).position(|b| *b == b'?')?;
    let charset = std::str::from_utf8(inner.get(..charset_end)?).ok()?;
    // RFC 2231 section 5: charset*language.
    let charset = charset.split('*').next()?.to_owned();
    let method = inner.get(charset_end + 1)?.to_ascii_uppercase();
    let text = inner.get(charset_end + 2..)?.strip_prefix(b"?")?;
    let end = text.windows(2).position(|w| w == b"?=")?;
    let encoded = text.get(..end)?;
    let length = 2 + charset_end + 3 + end + 2;
    let bytes = match method {
        b'B' => {
            let dense: Vec<u8> = encoded
                .iter()
                .copied()
                .filter(|b| !b.is_ascii_whitespace())
                .collect();
            WORD_BASE64.decode(dense).ok()?
        }
        b'Q' => quoted(encoded),
        _ => return None,
    };
    (!charset.is_empty()).then_some((Piece::Word { charset, bytes }, length))
}

/// RFC 2047 section 4.2.
fn quoted(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'_' => bytes.push(b' '),
            b'=' => match hex_pair(after) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => bytes.push(b'='),
            },
            _ => bytes.push(first),
        }
    }
    bytes
}

/// Two hexadecimal digits at the start.
pub(super) fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// A parameter's text, and whether two forms of it disagree.
pub(super) fn parameter(of: &Parameterised, name: &str) -> Option<(String, bool)> {
    let pieces = extended(of, name);
    let plain = of
        .parameters
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| decode(value));
    match (pieces, plain) {
        (Some(first), Some(second)) => {
            let differ = first != second;
            Some((bounded(&first, LONGEST), differ))
        }
        (Some(only), None) | (None, Some(only)) => Some((bounded(&only, LONGEST), false)),
        (None, None) => None,
    }
}

/// `name*`, or `name*0`, `name*1*`, … in order of their numbers (RFC 2231).
fn extended(of: &Parameterised, name: &str) -> Option<String> {
    let mut numbered: Vec<(u32, bool, &[u8])> = of
        .parameters
        .iter()
        .filter_map(|(known, value)| {
            let tail = known.strip_prefix(name)?.strip_prefix('*')?;
            if tail.is_empty() {
                return Some((0, true, value.as_slice()));
            }
            let (number, encoded) = match tail.strip_suffix('*') {
                Some(number) => (number, true),
                None => (tail, false),
            };
            Some((number.parse().ok()?, encoded, value.as_slice()))
        })
        .collect();
    numbered.sort_by_key(|(number, _, _)| *number);
    let mut charset: Option<String> = None;
    let mut bytes = Vec::new();
    for (at, (_, encoded, value)) in numbered.iter().enumerate() {
        let mut value = *value;
        if at == 0 && *encoded {
            let mut parts = value.splitn(3, |b| *b == b'\'');
            if let (Some(label), Some(_language), Some(rest)) =
                (parts.next(), parts.next(), parts.next())
            {
                charset = Some(String::from_utf8_lossy(label).into_owned());
                value = rest;
            }
        }
        if *encoded {
            bytes.extend(unpercent(value))
        } else {
            bytes.extend_from_slice(value)
        }
    }
    if numbered.is_empty() {
        return None;
    }
    Some(match charset.filter(|label| !label.is_empty()) {
        Some(label) => charset::decode(&bytes, Some(&label)).text,
        // Pieces without a charset hold encoded words or raw bytes in the wild.
        None => decode(&bytes),
    })
}

fn unpercent(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, hex_pair(after)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(first),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_split_over_two_words_is_whole() {
        // 会議資料 in Shift_JIS, cut inside 資.
        let bytes = encoding_rs::SHIFT_JIS.encode("会議資料").0.into_owned();
        let (a, b) = bytes.split_at(5);
        let word = |part: &[u8]| {
            format!(
                "=?Shift_JIS?B?{}?=",
                base64::prelude::BASE64_STANDARD.encode(part)
            )
        };
        assert_eq!(
            unstructured(format!("{}\r\n {}", word(a), word(b)).as_bytes()),
            "会議資料"
        );
    }

    #[test]
    fn raw_eight_bit_and_odd_labels_are_read() {
        assert_eq!(
            unstructured(&encoding_rs::SHIFT_JIS.encode("会議資料①").0),
            "会議資料①"
        );
        assert_eq!(unstructured(b"=?cp932?B?+rGHQA==?= x"), "﨑① x");
        assert_eq!(unstructured(b"Re: =?UTF-8?Q?a=20b_c?= d"), "Re: a b c d");
        assert_eq!(unstructured(b"=?bad"), "=?bad");
    }

    #[test]
    fn pieces_and_words_in_parameters_are_read() {
        let read = Parameterised::read(
            b"attachment; filename*0*=iso-2022-jp''%1B%24B8%2B; filename*1*=%40Q%1B%28B.pdf",
        );
        assert_eq!(
            parameter(&read, "filename"),
            Some(("見積.pdf".into(), false))
        );
        let read = Parameterised::read("a/b; name=\"=?UTF-8?B?6KaL56mN?=.pdf\"".as_bytes());
        assert_eq!(parameter(&read, "name"), Some(("見積.pdf".into(), false)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_decode(raw: Vec<u8>) {
            let _ = unstructured(&raw);
            let read = Parameterised::read(&raw);
            let _ = parameter(&read, "name");
        }
        #[test]
        fn any_words_decode(raw in "[=?a-zA-Z*'%0-9; \"\\\\]{0,60}") {
            let _ = unstructured(raw.as_bytes());
            let read = Parameterised::read(format!("x; name{raw}").as_bytes());
            let _ = parameter(&read, "name");
        }
    }
}
