//! Changes of what is written in lines, words and tags: text, tables, mails,
//! calendars, XML, HTML.

use crate::Chance;

/// Words that mean something to somebody.
const WORDS: [&str; 44] = [
    "javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>1</script>",
    "file://host.example.invalid/share/a",
    "\\\\host\\share",
    "http://xn--nxasmq6b.example.invalid/",
    "https://user@evil.example.invalid:99999/#",
    "=cmd|' /C calc'!A0",
    "+81-3-1234-5678",
    "-1.5e400",
    "@SUM(A1)",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a [<!ENTITY b \"bbbb\">]>",
    "&b;",
    "&#x0;",
    "&#1114112;",
    "&#xD800;",
    "<?xml version=\"1.0\" encoding=\"utf-7\"?>",
    "<svg onload=a()>",
    "<foreignObject>",
    "<table><td><table>",
    "style=\"position:absolute;left:-9999px\"",
    "BEGIN:VALARM\r\nACTION:PROCEDURE\r\nATTACH:file:///c:/a.exe\r\nEND:VALARM\r\n",
    "BEGIN:VEVENT",
    "END:VCALENDAR",
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "=?iso-2022-jp?B?GyRC?=",
    "begin 644 a.exe\r\n",
    "\r\n.\r\n",
    "\u{202e}",
    "\u{feff}",
    "\u{0}",
    "\u{1b}$B",
    "\u{1b}(B",
    "{\"a\":",
    "[[[[",
    "\"\"\"",
    "PDF%PDF-1.4",
];

/// Bytes that are no UTF-8 and mean something in other charsets.
const RAW: [&[u8]; 8] = [
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x81",
    b"\x87\x40\x8a\x84\xfb\xfc\xfa\xb1", // CP932
    b"\x8e\xb1\x8f\xa2\xc3",             // EUC-JP
    b"\xed\xa0\x80",
    b"\x1b(I1\x1b$(D\"C",
    b"\x80\x99",
];

pub(super) fn changed(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let length = bytes.len();
    match chance.below(12) {
        8.. => number(&mut bytes, chance),
        0 | 1 => {
            let at = chance.below(length + 1);
            let word = chance.one(&WORDS).bytes();
            bytes.splice(at..at, word);
        }
        2 => {
            let at = chance.below(length + 1);
            let word = chance.one(&RAW).iter().copied();
            bytes.splice(at..at, word);
        }
        3 => {
            let (from, to) = (piece(&bytes, chance), piece(&bytes, chance));
            let part = bytes[from].to_vec();
            bytes.splice(to, part);
        }
        4 => {
            let place = piece(&bytes, chance);
            bytes.drain(place);
        }
        5 => {
            // Deep nesting, long lines: the same piece over and over.
            let place = piece(&bytes, chance);
            let times = 1 << chance.below(13);
            let part = bytes[place.clone()].repeat(times.min((256 << 10) / (place.len() + 1)));
            bytes.splice(place, part);
        }
        6 => {
            let place = piece(&bytes, chance);
            let word = chance.one(&WORDS).bytes();
            bytes.splice(place, word);
        }
        _ => {
            let mut place = piece(&bytes, chance);
            place.end = place.start + chance.below(place.len() + 1);
            for byte in &mut bytes[place] {
                byte.make_ascii_uppercase();
            }
        }
    }
    bytes
}

/// Digits become a number at an edge: what is well-formed stays so.
fn number(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const NUMBERS: [&str; 10] = [
        "0",
        "-1",
        "1",
        "255",
        "65536",
        "99999999999999999999",
        "1e300",
        "0.00001",
        ".",
        "3",
    ];
    let at = chance.below(bytes.len());
    let Some(start) = bytes.iter().skip(at).position(u8::is_ascii_digit) else {
        return;
    };
    let start = at + start;
    let length = bytes
        .iter()
        .skip(start)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    bytes.splice(start..start + length, chance.one(&NUMBERS).bytes());
}

/// What stands between two marks: a tag, a word, a value, a line.
fn piece(bytes: &[u8], chance: &mut Chance) -> std::ops::Range<usize> {
    let marks = chance
        .one(&["<>", "\n", "\"'", " \t\n,;=&", ":"])
        .as_bytes();
    let at = chance.below(bytes.len());
    let is_mark = |byte: &u8| marks.contains(byte);
    let start = bytes[..at].iter().rposition(is_mark).unwrap_or(0);
    let end = bytes
        .iter()
        .skip(at + 1)
        .position(is_mark)
        .map_or(bytes.len(), |found| at + 2 + found);
    start..end.min(bytes.len()).max(start)
}
