//! Which characters the bytes mean. A fixed allow-list of charsets (mail.md
//! section 2, case 19): nothing outside it is guessed at, its bytes become
//! U+FFFD. Declared label, byte order mark and content are weighed here, for
//! text, mail headers, file names in archives and HTML alike.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::iso2022jp;

/// A charset this program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// RFC 3629; US-ASCII too.
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// RFC 1468 with the extensions of CP50220 and CP50221.
    Iso2022Jp,
    /// Windows-31J, whatever it was called.
    Cp932,
    /// EUC-JP with the CP51932 extensions.
    EucJp,
    /// Windows-1252 and ISO 8859-1.
    Windows1252,
}

impl Charset {
    /// By label, case-insensitive. `None` for a label outside the allow-list.
    #[must_use]
    pub fn for_label(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches('"').to_ascii_lowercase();
        match label.as_str() {
            "utf-8" | "utf8" | "unicode-1-1-utf-8" | "us-ascii" | "ascii" | "ansi_x3.4-1968"
            | "iso646-us" => Some(Self::Utf8),
            "utf-16" | "utf-16le" | "utf16" | "utf16le" | "unicode" | "ucs-2" => {
                Some(Self::Utf16Le)
            }
            "utf-16be" | "utf16be" => Some(Self::Utf16Be),
            "iso-2022-jp"
            | "iso2022-jp"
            | "iso2022jp"
            | "csiso2022jp"
            | "iso-2022-jp-1"
            | "iso-2022-jp-ms"
            | "iso-2022-jp-ext"
            | "cp50220"
            | "cp50221"
            | "cp50222"
            | "x-windows-iso2022jp"
            | "jis" => Some(Self::Iso2022Jp),
            "shift_jis" | "shift-jis" | "shiftjis" | "sjis" | "x-sjis" | "ms_kanji" | "ms932"
            | "cp932" | "windows-932" | "windows-31j" | "cswindows31j" | "csshiftjis"
            | "shift_jisx0213" | "sjis-win" | "x-ms-cp932" => Some(Self::Cp932),
            "euc-jp"
            | "eucjp"
            | "x-euc-jp"
            | "x-euc"
            | "cseucpkdfmtjapanese"
            | "cp51932"
            | "eucjp-win"
            | "eucjp-ms"
            | "cp20932"
            | "ujis" => Some(Self::EucJp),
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" | "cp1252"
            | "windows-1252" | "x-cp1252" | "cp819" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// Decoded text and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// What it was read as; `None` when the label names nothing we read.
    pub charset: Option<Charset>,
    /// Places that had no meaning and show U+FFFD.
    pub replaced: u32,
}

/// Reads `bytes`. A byte order mark wins, then a declared charset in which
/// every byte has a meaning, then what the content says.
#[must_use]
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    if let Some((charset, rest)) = marked(bytes) {
        let marked = decode_as(rest, charset);
        // A mark in front of bytes that are no UTF-8 lies.
        if charset == Charset::Utf8 && marked.replaced > 0 {
            let guessed = decode_as(rest, guess(rest));
            if guessed.replaced < marked.replaced {
                return guessed;
            }
        }
        return marked;
    }
    let label = declared.map(str::trim).filter(|label| !label.is_empty());
    let declared = label.and_then(Charset::for_label);
    // Zero bytes among ASCII are half of UTF-16.
    let plain = bytes.is_ascii() && !bytes.iter().any(|b| matches!(b, 0 | 0x0E | 0x1B));
    if plain && !matches!(declared, Some(Charset::Utf16Le | Charset::Utf16Be)) {
        return decode_as(bytes, Charset::Utf8);
    }
    if label.is_some() && declared.is_none() {
        return foreign(bytes);
    }
    match declared {
        // Every byte string is valid Windows-1252: only content can speak against it.
        Some(Charset::Windows1252) | None => {
            let guess = guess(bytes);
            let guessed = decode_as(bytes, guess);
            let certain = matches!(guess, Charset::Utf8 | Charset::Iso2022Jp);
            if declared.is_some() && !certain && !is_japanese(&guessed) {
                return decode_as(bytes, Charset::Windows1252);
            }
            guessed
        }
        Some(charset) => {
            let as_declared = decode_as(bytes, charset);
            // Bytes of ISO-2022-JP are all ASCII: "valid" under most other labels.
            let escaped = iso2022jp::announced(bytes) && matches!(charset, Charset::Utf8);
            if as_declared.replaced == 0 && !escaped {
                return as_declared;
            }
            let guessed = decode_as(bytes, guess(bytes));
            if guessed.replaced < as_declared.replaced || (escaped && guessed.replaced == 0) {
                guessed
            } else {
                as_declared
            }
        }
    }
}

/// Hiragana without a stray byte: no Western text reads so by chance.
fn is_japanese(decoded: &Decoded) -> bool {
    let hiragana = |c: &char| matches!(c, '\u{3041}'..='\u{3096}');
    decoded.replaced == 0 && decoded.text.chars().filter(hiragana).count() >= 3
}

/// What a byte order mark says, and the bytes after it.
fn marked(bytes: &[u8]) -> Option<(Charset, &[u8])> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some((Charset::Utf8, rest)),
        [0xFF, 0xFE, rest @ ..] => Some((Charset::Utf16Le, rest)),
        [0xFE, 0xFF, rest @ ..] => Some((Charset::Utf16Be, rest)),
        _ => None,
    }
}

/// Reads `bytes` as `charset` and nothing else.
#[must_use]
pub fn decode_as(bytes: &[u8], charset: Charset) -> Decoded {
    let encoding: &'static Encoding = match charset {
        Charset::Iso2022Jp => {
            let (text, replaced) = iso2022jp::decode(bytes);
            return Decoded {
                text,
                charset: Some(charset),
                replaced,
            };
        }
        Charset::Utf8 => UTF_8,
        Charset::Utf16Le => UTF_16LE,
        Charset::Utf16Be => UTF_16BE,
        Charset::Cp932 => SHIFT_JIS,
        Charset::EucJp => EUC_JP,
        Charset::Windows1252 => WINDOWS_1252,
    };
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    let replaced = if malformed { marks(&text).max(1) } else { 0 };
    Decoded {
        text: text.into_owned(),
        charset: Some(charset),
        replaced,
    }
}

fn marks(text: &str) -> u32 {
    let count = text
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A charset outside the allow-list: its ASCII stays readable, the rest is
/// marked, never guessed.
fn foreign(bytes: &[u8]) -> Decoded {
    let text: String = bytes
        .iter()
        .map(|b| {
            if b.is_ascii() {
                char::from(*b)
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect();
    Decoded {
        replaced: marks(&text),
        text,
        charset: None,
    }
}

/// The label of an XML declaration at the very start (XML 1.0 section 4.3.3).
#[must_use]
pub fn in_declaration(bytes: &[u8]) -> Option<String> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = head.get(..head.len().min(200))?;
    let head = String::from_utf8_lossy(head);
    let declaration = head.split("?>").next()?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value.get(1..)?.split_once(quote)?;
    Some(label.to_owned())
}

/// UTF-16 without a mark: read in the right order nearly all of it is what
/// Japanese texts are made of, and it has zero bytes or many kana.
fn unmarked_utf16(bytes: &[u8]) -> Option<Charset> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let usual = |c: char| {
        matches!(c, '\t' | '\r' | '\n' | ' '..='~' | '\u{a0}'..='\u{ff}'
            | '\u{2010}'..='\u{266f}' | '\u{3000}'..='\u{30ff}'
            | '\u{3220}'..='\u{33ff}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}')
    };
    let zeros = bytes.iter().filter(|b| **b == 0).count();
    // Blanks, figures and line ends are half zero. Few zeros are strays in
    // another charset's text, where the rest of it reads as one.
    let zeros_speak = zeros > 1 && (zeros * 8 >= bytes.len() || !reads_without_zeros(bytes));
    [Charset::Utf16Le, Charset::Utf16Be]
        .into_iter()
        .find(|charset| {
            let read = decode_as(bytes, *charset);
            let count =
                |wanted: &dyn Fn(char) -> bool| read.text.chars().filter(|c| wanted(*c)).count();
            let all = count(&|_| true);
            let strange = count(&|c| !usual(c));
            // Read the wrong way round they are signs that nobody uses.
            let plain = zeros_speak && count(&|c| c.is_ascii()) > 1;
            let kana = count(&|c| matches!(c, '\u{3041}'..='\u{3096}'));
            let japanese = kana >= 3 && kana * 10 >= all;
            read.replaced == 0 && strange * 20 <= all && (plain || japanese)
        })
}

/// Apart from its zero bytes this is text of a charset without any.
fn reads_without_zeros(bytes: &[u8]) -> bool {
    let bare = without_zeros(bytes);
    // Halves of UTF-16 signs that happen to have a meaning are full of these.
    let strange = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\r' | '\n')) || matches!(c, '\u{e000}'..='\u{f8ff}')
    };
    [Charset::Utf8, Charset::Cp932, Charset::EucJp]
        .into_iter()
        .map(|charset| decode_as(&bare, charset))
        .any(|read| read.replaced == 0 && !read.text.contains(strange))
}

fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| *b != 0).collect()
}

/// By content alone.
#[must_use]
pub fn guess(bytes: &[u8]) -> Charset {
    if iso2022jp::announced(bytes) && decode_as(bytes, Charset::Iso2022Jp).replaced == 0 {
        return Charset::Iso2022Jp;
    }
    if let Some(charset) = unmarked_utf16(bytes) {
        return charset;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Charset::Utf8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // A stray zero byte says nothing about the others.
    detector.feed(&without_zeros(bytes), true);
    // The hint "jp" decides what short texts leave open: this box stands in Japan.
    let encoding = detector.guess(Some(b"jp"), Utf8Detection::Allow);
    let found = Charset::for_label(encoding.name()).unwrap_or(Charset::Cp932);
    // Of what the detector leaves possible take the first without a stray byte.
    [found, Charset::Cp932, Charset::EucJp]
        .into_iter()
        .find(|charset| decode_as(bytes, *charset).replaced == 0)
        .unwrap_or(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "会議資料①㈱髙﨑～半角ｶﾅのご案内、表示ソフト";

    fn cp932() -> Vec<u8> {
        SHIFT_JIS.encode(WORDS).0.into_owned()
    }

    #[test]
    fn every_name_of_cp932_reads_it() {
        for label in [
            "cp932",
            "CP932",
            "Shift_JIS",
            "x-sjis",
            "windows-31j",
            "MS932",
        ] {
            assert_eq!(decode(&cp932(), Some(label)).text, WORDS, "{label}");
        }
        assert_eq!(decode(&cp932(), None).text, WORDS);
        assert_eq!(decode(&cp932(), Some("us-ascii")).text, WORDS);
    }

    #[test]
    fn euc_and_utf8_are_told_apart() {
        let euc = EUC_JP.encode("会議資料①の半角ｶﾅ案内").0.into_owned();
        assert_eq!(decode(&euc, Some("euc-jp")).text, "会議資料①の半角ｶﾅ案内");
        assert_eq!(decode(&euc, None).text, "会議資料①の半角ｶﾅ案内");
        assert_eq!(decode(WORDS.as_bytes(), Some("iso-8859-1")).text, WORDS);
        assert_eq!(decode(WORDS.as_bytes(), None).charset, Some(Charset::Utf8));
    }

    #[test]
    fn western_text_under_its_own_name_stays_western() {
        let text = "Müller, Café – 5 €: „naïve façade“";
        let bytes = WINDOWS_1252.encode(text).0;
        assert_eq!(decode(&bytes, Some("iso-8859-1")).text, text);
    }

    #[test]
    fn japanese_under_a_western_name_is_read() {
        let text = "会議のご案内をお送りします。髙﨑";
        for bytes in [SHIFT_JIS.encode(text).0, EUC_JP.encode(text).0] {
            assert_eq!(decode(&bytes, Some("iso-8859-1")).text, text);
        }
    }

    #[test]
    fn a_byte_order_mark_beats_the_label() {
        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend(WORDS.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(decode(&utf16, Some("shift_jis")).text, WORDS);
    }

    #[test]
    fn utf16_without_a_mark_is_read_either_way_round() {
        let text = "氏名,1\r\n佐藤①㈱髙﨑,2\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert_eq!(decode(&bytes, None).text, text);
        }
        assert_eq!(decode(b"a\0,\0b\0\n\0", None).text, "a,b\n");
        assert_eq!(unmarked_utf16(b"MZ\0\x01\x02\0\xff\xff"), None);
    }

    #[test]
    fn a_stray_zero_byte_makes_no_utf16() {
        let words = "会議資料のご案内をお送りします。ご確認ください。";
        for text in [
            format!("{words}\0\n"),
            format!("{words}\n\0"),
            format!("1\0{words}\n\0"),
            format!("{words}\0"),
        ] {
            for (bytes, charset) in [
                (SHIFT_JIS.encode(&text).0, Charset::Cp932),
                (EUC_JP.encode(&text).0, Charset::EucJp),
                (UTF_8.encode(&text).0, Charset::Utf8),
            ] {
                let read = decode(&bytes, None);
                assert_eq!((read.text, read.charset), (text.clone(), Some(charset)));
            }
        }
        let english = "Please read the enclosed papers\n\0and answer by Monday\n\0";
        assert_eq!(decode(english.as_bytes(), None).text, english);
    }

    #[test]
    fn a_mark_that_lies_is_not_believed() {
        let lying = [b"\xEF\xBB\xBF", cp932().as_slice()].concat();
        assert_eq!(decode(&lying, None).text, WORDS);
    }

    #[test]
    fn an_unknown_charset_is_marked_not_guessed() {
        let decoded = decode(b"abc \xb0\xa1", Some("gb18030"));
        assert_eq!(
            (decoded.text.as_str(), decoded.replaced),
            ("abc \u{fffd}\u{fffd}", 2)
        );
        assert_eq!(decode(b"+ADw-script", Some("utf-7")).text, "+ADw-script");
    }
}
