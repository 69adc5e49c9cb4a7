//! `docs/japanese.md` is made here: every charset a mail or a file may come
//! in, against the signs that get lost elsewhere. The test fails when what
//! comes out is not what the page says; `SEKIMORI_WRITE_DOCS=1` writes it.

use std::fmt::Write as _;

use encoding_rs::{EUC_JP, SHIFT_JIS};
use sekimori::policy::Limits;
use sekimori::sanitise::{Context, Fonts, Kind, Report, Treatment, text};

/// One sign or word of each trap, as they stand in the page.
const SIGNS: [&str; 8] = ["①", "㈱", "髙", "﨑", "～", "－", "∥", "ｶﾞﾊﾟ"];

/// Around each sign, so that content alone can tell the charset.
const AROUND: (&str, &str) = ("会議の資料「", "」を送ります。");

/// How a text is written in a charset; `None` where it has no such sign.
type Writer = fn(&str) -> Option<Vec<u8>>;

const CHARSETS: &[(&str, Option<&str>, Writer)] = &[
    ("UTF-8", Some("utf-8"), utf8),
    ("UTF-8 with byte order mark", None, |text| {
        Some([b"\xEF\xBB\xBF", text.as_bytes()].concat())
    }),
    ("UTF-16LE with byte order mark", None, |text| {
        Some(utf16(text, b"\xFF\xFE", u16::to_le_bytes))
    }),
    ("UTF-16BE with byte order mark", None, |text| {
        Some(utf16(text, b"\xFE\xFF", u16::to_be_bytes))
    }),
    ("UTF-16BE", Some("utf-16be"), |text| {
        Some(utf16(text, b"", u16::to_be_bytes))
    }),
    ("ISO-2022-JP", Some("iso-2022-jp"), jis),
    ("ISO-2022-JP-MS", Some("iso-2022-jp-ms"), jis),
    ("CP50220", Some("cp50220"), jis),
    ("CP50221", Some("cp50221"), jis),
    ("Shift_JIS", Some("shift_jis"), cp932),
    ("CP932", Some("cp932"), cp932),
    ("Windows-31J", Some("windows-31j"), cp932),
    ("EUC-JP", Some("euc-jp"), euc),
    ("CP51932", Some("cp51932"), euc),
    ("Windows-1252", Some("windows-1252"), western),
    ("UTF-8, not declared", None, utf8),
    ("UTF-16LE, not declared", None, |text| {
        Some(utf16(text, b"", u16::to_le_bytes))
    }),
    ("UTF-16BE, not declared", None, |text| {
        Some(utf16(text, b"", u16::to_be_bytes))
    }),
    ("ISO-2022-JP, not declared", None, jis),
    ("CP932, not declared", None, cp932),
    ("EUC-JP, not declared", None, euc),
    ("UTF-8, declared us-ascii", Some("us-ascii"), utf8),
    ("CP932, declared utf-8", Some("utf-8"), cp932),
    ("CP932, declared iso-8859-1", Some("iso-8859-1"), cp932),
    ("ISO-2022-JP, declared utf-8", Some("utf-8"), jis),
    ("EUC-JP, declared iso-8859-1", Some("iso-8859-1"), euc),
];

fn utf8(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

/// Has none of the signs.
fn western(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmapped) = encoding_rs::WINDOWS_1252.encode(text);
    (!unmapped).then(|| bytes.into_owned())
}

fn utf16(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mut written = mark.to_vec();
    written.extend(text.encode_utf16().flat_map(bytes));
    written
}

fn cp932(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = SHIFT_JIS.encode(text);
    (!lost).then(|| bytes.into_owned())
}

fn euc(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = EUC_JP.encode(text);
    (!lost).then(|| bytes.into_owned())
}

/// The two bytes of EUC without their high bits, between escapes; half-width
/// kana as CP50221 has them.
fn jis(text: &str) -> Option<Vec<u8>> {
    let mut written = Vec::new();
    for c in text.chars() {
        let bytes = euc(&c.to_string())?;
        match bytes.as_slice() {
            [0x8E, kana] => written.extend([0x1B, b'(', b'I', kana & 0x7F, 0x1B, b'(', b'B']),
            [high, low] => {
                let (high, low) = (high & 0x7F, low & 0x7F);
                written.extend([0x1B, b'$', b'B', high, low, 0x1B, b'(', b'B']);
            }
            _ => written.extend(bytes),
        }
    }
    Some(written)
}

fn come_out(bytes: &[u8], charset: Option<&str>) -> String {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut report = Report::default();
    let output = text::treat(
        bytes,
        Kind::Text,
        Treatment::Rebuild,
        charset,
        &context,
        &mut report,
    )
    .unwrap();
    text::verify_text(&output).unwrap();
    assert_eq!(report.removed, [], "{charset:?}");
    String::from_utf8(output).unwrap()
}

#[test]
fn the_page_of_charsets_is_what_comes_out() {
    let mut table = format!(
        "| came as | {} |\n|---|{}\n",
        SIGNS.join(" | "),
        "---|".repeat(SIGNS.len())
    );
    let mut wrong = Vec::new();
    for (name, charset, write) in CHARSETS {
        let _ = write!(table, "| {name} |");
        for sign in SIGNS {
            let whole = format!("{}{sign}{}", AROUND.0, AROUND.1);
            let cell = match write(&whole) {
                None => "–".to_owned(),
                Some(bytes) => {
                    let text = come_out(&bytes, *charset);
                    if text != whole {
                        wrong.push(format!("{name}: {sign} → {text}"));
                    }
                    text.strip_prefix(AROUND.0)
                        .and_then(|rest| rest.strip_suffix(AROUND.1))
                        .unwrap_or("**unreadable**")
                        .to_owned()
                }
            };
            let _ = write!(table, " {cell} |");
        }
        table.push('\n');
    }
    let page = format!("{HEAD}\n{table}\n{FOOT}");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/japanese.md");
    if std::env::var_os("SEKIMORI_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page);
    assert_eq!(wrong, [""; 0]);
}

const HEAD: &str = "# Japanese text: what comes out of which charset

Made by a test (`tests/it/japanese.rs`), which fails when this page is not what
comes out. Each sign was put into the sentence 会議の資料「□」を送ります。, written
in the charset of the row, and sent through the text treatment with the charset
declared as the row says. – means that the charset has no such sign.
";

const FOOT: &str =
    "The signs that differ between tables of one charset come out as Windows has them:
～ is U+FF5E, － is U+FF0D, ∥ is U+2225, whatever the sender called the charset.
Half-width kana stay half-width. Output is always UTF-8. A wrong label that still
gives every byte a meaning (EUC-JP called shift_jis) is believed, not corrected.
";
