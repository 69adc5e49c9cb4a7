//! ISO-2022-JP and its relatives (RFC 1468, CP50220/50221, JIS7/JIS8) to
//! Unicode. Written here because a strict WHATWG decoder reports an error for
//! escapes that stand back to back, for SO/SI kana and for 8-bit kana, all of
//! which Japanese mailers send. The character tables are encoding_rs's: a
//! double-byte pair is looked up through EUC-JP, which has the same plane and
//! NEC row 13 (①㈱) and the IBM extensions (髙﨑) in it.

use encoding_rs::EUC_JP;

/// Which set the bytes 0x21..0x7E mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Roman,
    Kana,
    Kanji,
    Supplement,
}

/// Whether `bytes` switch into a Japanese set at least once.
pub(crate) fn announced(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| {
        matches!(
            w,
            [0x1B, b'$', b'@' | b'B' | b'('] | [0x1B, b'(', b'I' | b'J']
        )
    })
}

/// Decodes all of `bytes`; what has no meaning becomes U+FFFD and is counted.
pub(crate) fn decode(bytes: &[u8]) -> (String, u32) {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = 0_u32;
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let meaning = if shifted && matches!(byte, 0x21..=0x5F) {
            Set::Kana
        } else {
            set
        };
        match byte {
            0x1B => match escape(after) {
                Some((next, length)) => {
                    set = next;
                    rest = after.get(length..).unwrap_or_default();
                }
                None => replace(&mut text, &mut replaced),
            },
            0x0E => shifted = true,
            0x0F => shifted = false,
            // A line ends in ASCII (RFC 1468), whatever its writer forgot.
            b'\r' | b'\n' => {
                set = Set::Ascii;
                shifted = false;
                text.push(char::from(byte));
            }
            0xA1..=0xDF => text.push(kana(byte & 0x7F)),
            0x80..=0xA0 | 0xE0..=0xFF => replace(&mut text, &mut replaced),
            0x00..=0x20 | 0x7F => text.push(char::from(byte)),
            0x21..=0x7E => match meaning {
                Set::Ascii => text.push(char::from(byte)),
                Set::Roman => text.push(match byte {
                    0x5C => '¥',
                    0x7E => '‾',
                    _ => char::from(byte),
                }),
                Set::Kana if byte <= 0x5F => text.push(kana(byte)),
                Set::Kana => replace(&mut text, &mut replaced),
                Set::Kanji | Set::Supplement => match after.split_first() {
                    Some((&second @ 0x21..=0x7E, later)) => {
                        rest = later;
                        match pair(meaning, byte, second) {
                            Some(c) => text.push(c),
                            None => replace(&mut text, &mut replaced),
                        }
                    }
                    _ => replace(&mut text, &mut replaced),
                },
            },
        }
    }
    (text, replaced)
}

fn replace(text: &mut String, replaced: &mut u32) {
    text.push(char::REPLACEMENT_CHARACTER);
    *replaced = replaced.saturating_add(1);
}

/// The set an escape sequence chooses and the bytes after ESC it takes.
fn escape(after: &[u8]) -> Option<(Set, usize)> {
    match after {
        [b'(', b'B', ..] => Some((Set::Ascii, 2)),
        [b'(', b'J' | b'H', ..] => Some((Set::Roman, 2)),
        [b'(', b'I', ..] => Some((Set::Kana, 2)),
        [b'$', b'@' | b'B', ..] => Some((Set::Kanji, 2)),
        [b'$', b'(', b'@' | b'B', ..] => Some((Set::Kanji, 3)),
        [b'$', b'(', b'D', ..] => Some((Set::Supplement, 3)),
        // JIS X 0208-1990 announcer, always followed by ESC $ B.
        [b'&', b'@', ..] => Some((Set::Ascii, 2)),
        _ => None,
    }
}

/// JIS X 0201 right half: 0x21 is U+FF61.
fn kana(byte: u8) -> char {
    char::from_u32(0xFF40 + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn pair(set: Set, first: u8, second: u8) -> Option<char> {
    let (first, second) = (first | 0x80, second | 0x80);
    let euc = [0x8F, first, second];
    let euc = if set == Set::Supplement {
        euc.as_slice()
    } else {
        euc.get(1..)?
    };
    let (text, malformed) = EUC_JP.decode_without_bom_handling(euc);
    let mut found = text.chars();
    match (malformed, found.next(), found.next()) {
        (false, Some(c), None) => Some(c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nec_and_ibm_extensions_and_kana_are_exact() {
        // ①㈱髙～ then ESC ( I kana right after ESC ( B, the sequence strict decoders stumble over.
        let bytes = b"\x1b$B-!-j|b!A\x1b(B\x1b(I12\x1b(Bend";
        assert_eq!(decode(bytes), ("①㈱髙～ｱｲend".to_owned(), 0));
    }

    #[test]
    fn shift_out_and_eight_bit_kana_are_read() {
        assert_eq!(decode(b"\x0e12\x0fa\xb1\xb2").0, "ｱｲaｱｲ");
    }

    #[test]
    fn a_line_that_forgot_to_return_to_ascii_harms_only_itself() {
        assert_eq!(decode(b"\x1b$BF|K\\\r\nabc").0, "日本\r\nabc");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_decode(bytes: Vec<u8>) { let _ = decode(&bytes); }
    }
}
