//! Text strings (ISO 32000-1 section 7.9.2.2, ISO 32000-2 section 7.9.2.2):
//! UTF-16 or UTF-8 by their mark, else PDFDocEncoding. Japanese programs write
//! Shift_JIS or EUC-JP there as well: read so only where the bytes say it
//! clearly, for `£4,500 ½` are valid half-width kana, and must stay a sum.

use crate::sanitise::text::charset::{self, Charset};

/// PDFDocEncoding (annex D.3) where it is not Latin-1; U+FFFD has no meaning.
const BREVE_TO_TILDE: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
const BULLET_TO_EURO: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™',
    'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
];

/// The characters of a text string, controls and all.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let marks: [&[u8]; 3] = [&[0xFE, 0xFF], &[0xFF, 0xFE], &[0xEF, 0xBB, 0xBF]];
    let marked = marks.iter().any(|mark| bytes.starts_with(mark));
    let read = charset::decode(bytes, None);
    if marked || is_japanese(bytes, &read) {
        read.text
    } else {
        bytes.iter().copied().map(of_document).collect()
    }
}

fn of_document(byte: u8) -> char {
    let table: &[char] = &BULLET_TO_EURO;
    let special = match byte {
        0x18..=0x1F => BREVE_TO_TILDE.get(usize::from(byte - 0x18)),
        0x80..=0xA0 => table.get(usize::from(byte - 0x80)),
        0x7F | 0xAD => Some(&'\u{FFFD}'),
        _ => None,
    };
    special.copied().unwrap_or(char::from(byte))
}

/// Without a stray byte, and with kana or kanji side by side (or nothing else
/// at all): a Western word has its accents one by one, between plain letters.
fn is_japanese(bytes: &[u8], read: &charset::Decoded) -> bool {
    let sign = |c: &char| {
        matches!(c, '\u{3041}'..='\u{30FF}' | '\u{3005}'..='\u{3007}'
            | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
    };
    let signs: Vec<char> = read.text.chars().collect();
    let run = signs
        .chunk_by(|a, b| sign(a) == sign(b))
        .filter(|run| run.iter().all(sign))
        .map(<[char]>::len)
        .max()
        .unwrap_or(0);
    let alone = run > 0 && run == signs.len();
    let clear = match read.charset {
        // `én` and `ér` are rare kanji; Japanese has kana or usual kanji,
        // whose first bytes are no accented letters.
        Some(Charset::Cp932) => {
            (run >= 2 || alone) && bytes.iter().any(|byte| (0x82..=0x98).contains(byte))
        }
        // Two accented capitals are one kanji.
        Some(Charset::EucJp) => run >= 3 || alone,
        Some(_) => run > 0,
        None => false,
    };
    clear && read.replaced == 0
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, SHIFT_JIS};

    use super::*;

    #[test]
    fn sums_and_accents_without_a_mark_are_no_half_width_kana() {
        assert_eq!(decoded(b"\xB1\xA34,500 \xBD"), "±£4,500 ½");
        assert_eq!(decoded(b"\xA312"), "£12");
        assert_eq!(decoded(b"G\xE9n\xE9ral"), "Général");
        assert_eq!(decoded(b"R\xE9sum\xE9"), "Résumé");
        assert_eq!(decoded(b"Don\x90t \x84 \xA05"), "Don’t — €5");
        assert_eq!(decoded(b"M\xFCller \x93n \x1F"), "Müller ﬁn ˜");
        assert_eq!(decoded(b"\x9F\xAD"), "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn japanese_without_a_mark_is_read_where_it_is_clear() {
        for text in [
            "会議資料",
            "令和8年度（案）",
            "男",
            "おしらせ ｶﾅ",
            "1. カナ",
        ] {
            assert_eq!(decoded(&SHIFT_JIS.encode(text).0), text);
        }
        for text in ["第一章 総則", "会議のご案内"] {
            assert_eq!(decoded(&EUC_JP.encode(text).0), text);
        }
        assert_eq!(decoded("会議".as_bytes()), "会議");
    }

    #[test]
    fn a_mark_is_believed() {
        assert_eq!(decoded("\u{FEFF}½ é ｶﾅ".as_bytes()), "½ é ｶﾅ");
        assert_eq!(decoded(b"\xFE\xFF\0\xBD\x4F\x1A"), "½会");
        assert_eq!(decoded(b"\xFF\xFE\xBD\0"), "½");
    }
}
