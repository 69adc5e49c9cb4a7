//! Content lines: unfolded, taken apart, decoded; written and folded anew
//! (RFC 5545 sections 3.1 and 3.2).

use crate::sanitise::text::charset;

/// The longest written line in bytes, without its end.
const LONGEST: usize = 75;

/// One content line. Names are upper case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) parameters: Vec<(String, String)>,
    /// As written, still escaped.
    pub(super) value: String,
}

/// The lines of a text; one without a colon is none.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line> {
    let mut physical = text
        .split(['\r', '\n'])
        .filter(|line| !line.is_empty())
        .peekable();
    std::iter::from_fn(move || {
        let mut whole = physical.next()?.to_owned();
        loop {
            // Quoted-printable of vCard 2.1 continues after a `=` at the end.
            let soft = whole.ends_with('=') && is_quoted_printable(&whole);
            if soft && let Some(next) = physical.next() {
                whole.pop();
                whole.push_str(next.trim_start());
                continue;
            }
            match physical.next_if(|next| next.starts_with([' ', '\t'])) {
                Some(next) => whole.push_str(next.get(1..).unwrap_or_default()),
                None => break,
            }
        }
        Some(whole)
    })
    .filter_map(|whole| parse(&whole))
}

fn is_quoted_printable(line: &str) -> bool {
    let head = line.split(':').next().unwrap_or_default();
    head.to_ascii_uppercase().contains("QUOTED-PRINTABLE")
}

fn parse(whole: &str) -> Option<Line> {
    let (head, value) = split_unquoted(whole, ':')?;
    let mut rest = head;
    let mut pieces = Vec::new();
    while let Some((piece, after)) = split_unquoted(rest, ';') {
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    let mut pieces = pieces.into_iter();
    let name = pieces.next()?.trim().to_ascii_uppercase();
    // `item1.TEL` of cards: the group means nothing to us.
    let name = name.rsplit('.').next()?.to_owned();
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || !name.chars().all(sound) {
        return None;
    }
    let parameters: Vec<(String, String)> = pieces
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or(("", piece));
            let name = match name.trim().to_ascii_uppercase() {
                // vCard 2.1 writes `TEL;WORK;VOICE`.
                name if name.is_empty() && value.eq_ignore_ascii_case("quoted-printable") => {
                    "ENCODING".to_owned()
                }
                name if name.is_empty() => "TYPE".to_owned(),
                name => name,
            };
            (name, value.to_owned())
        })
        .filter(|(name, _)| name.chars().all(sound))
        .collect();
    let parameter = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let value = match parameter("ENCODING") {
        Some(encoding) if encoding.eq_ignore_ascii_case("quoted-printable") => {
            escaped_breaks(&unquoted(value, parameter("CHARSET")))
        }
        _ => value.to_owned(),
    };
    Some(Line {
        name,
        parameters,
        value,
    })
}

/// At the first `edge` outside of quotes.
fn split_unquoted(text: &str, edge: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == edge && !quoted {
            return Some((text.get(..at)?, text.get(at + c.len_utf8()..)?));
        }
    }
    None
}

/// Quoted-printable (RFC 2045 section 6.7) in the charset it was written in.
fn unquoted(value: &str, label: Option<&str>) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        if byte == b'='
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            rest = after;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    let text = charset::decode(&bytes, label).text;
    let mut unread = crate::sanitise::Report::default();
    super::super::clean(&text, &mut unread)
}

fn escaped_breaks(text: &str) -> String {
    text.replace("\r\n", "\\n").replace(['\r', '\n'], "\\n")
}

/// Words with our own escapes; places on other machines do not stay places.
pub(super) fn words(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    let mut signs = value.chars().peekable();
    while let Some(c) = signs.next() {
        if c != '\\' {
            written.push(c);
            continue;
        }
        match signs.next_if(|next| matches!(next, ',' | ';' | 'n' | 'N')) {
            Some('N') => written.push_str("\\n"),
            Some(next) => written.extend(['\\', next]),
            None => {
                // One escaped backslash, however many there were.
                let mut more = 0;
                while signs.next_if_eq(&'\\').is_some() {
                    more += 1;
                }
                written.push_str(if more > 1 { "[\\\\]" } else { "\\\\" });
            }
        }
    }
    without_places(&written)
}

/// `file:` opens nothing any more.
pub(super) fn without_places(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in lower.match_indices("file:") {
        shown.push_str(text.get(from..at + 4).unwrap_or_default());
        shown.push_str("[:]");
        from = at + 5;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}

/// Appends one line, folded at character edges, ended by CR LF.
pub(super) fn put(output: &mut Vec<u8>, line: &str) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > LONGEST {
            output.extend_from_slice(b"\r\n ");
            width = 1;
        }
        output.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        width += c.len_utf8();
    }
    output.extend_from_slice(b"\r\n");
}
