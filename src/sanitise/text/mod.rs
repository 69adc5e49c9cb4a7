//! Plain text, CSV, JSON, calendars and cards: decoded, cleaned, written as
//! UTF-8. Promised: every readable character and the newline style stay. Absent on purpose: control
//! and bidirectional characters, files embedded in text (uuencode, yEnc,
//! BinHex), cells that a spreadsheet would calculate.

mod budget;
mod cards;
pub mod charset;
mod csv;
mod embedded;
mod escapes;
mod iso2022jp;
mod json;
#[cfg(test)]
mod tests;
mod verify;

pub(in crate::sanitise) use budget::Budget;
pub(in crate::sanitise) use verify::scan;

pub use verify::{verify_csv, verify_json, verify_text};

use super::{Context, Kind, Refusal, Report, Treatment, What};
use crate::policy::text::is_deceptive;

/// Accepts calendars that [`treat`] can have written.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_calendar(output: &[u8]) -> Result<(), Refusal> {
    cards::verify::calendar(output)
}

/// Accepts cards that [`treat`] can have written.
///
/// # Errors
/// [`Refusal::Residue`].
pub fn verify_contact(output: &[u8]) -> Result<(), Refusal> {
    cards::verify::contact(output)
}

/// Writes a text or CSV anew: parse, reduce, write. `charset` is the declared
/// one. `Treatment::Text` and `Rebuild` differ only for CSV, where text has
/// neither byte order mark nor disarmed cells.
///
/// # Errors
/// `OverBudget` past `limits.expanded_bytes`; `Malformed` for what is binary
/// after all; `Unsupported` for another kind or treatment.
pub fn treat(
    bytes: &[u8],
    kind: Kind,
    treatment: Treatment,
    charset: Option<&str>,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let output = treatment.output_kind(kind).ok_or(Refusal::Unsupported)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > context.limits.expanded_bytes {
        return Err(Refusal::OverBudget);
    }
    let text = parse(bytes, charset);
    let text = reduce(&text, report);
    match output {
        Kind::Text => Ok(written(&text)),
        Kind::Csv => {
            // A cell freed of its quotes may begin an embedded file.
            let text = match csv::with_commas(&text) {
                Some(text) => embedded::without(&text, report),
                None => text,
            };
            Ok(csv::write(&csv::disarm(&text, report)))
        }
        Kind::Json => {
            json::check(&text)?;
            Ok(text.into_bytes())
        }
        Kind::Calendar | Kind::Contact => cards::rebuild(&text, output, report),
        Kind::Message
        | Kind::Zip
        | Kind::Word
        | Kind::Sheet
        | Kind::Slides
        | Kind::OdfText
        | Kind::OdfSheet
        | Kind::OdfSlides
        | Kind::OdfDrawing
        | Kind::Doc
        | Kind::Xls
        | Kind::Xlsb
        | Kind::Ppt
        | Kind::Rtf
        | Kind::Pdf
        | Kind::Jpeg
        | Kind::Png
        | Kind::Gif
        | Kind::Bmp
        | Kind::Tiff
        | Kind::Webp
        | Kind::Jp2
        | Kind::Wmf
        | Kind::Emf
        | Kind::Svg
        | Kind::Html
        | Kind::Encrypted
        | Kind::Executable
        | Kind::Unsupported
        | Kind::Unknown => Err(Refusal::Unsupported),
    }
}

/// Cells as a CSV, cleaned like one that came as such.
pub(crate) fn table(mut rows: Vec<Vec<String>>, report: &mut Report) -> Vec<u8> {
    for cell in rows.iter_mut().flatten() {
        *cell = reduce(cell, report);
    }
    let text = csv::of_rows(&rows);
    drop(rows);
    // A row of cells may begin an embedded file where no cell does.
    let text = embedded::without(&text, report);
    csv::write(&csv::disarm(&text, report))
}

fn parse(bytes: &[u8], charset: Option<&str>) -> String {
    let declared = charset::in_declaration(bytes);
    charset::decode(bytes, charset.or(declared.as_deref())).text
}

/// Takes out embedded files and characters that are not for reading.
pub(crate) fn reduce(text: &str, report: &mut Report) -> String {
    // Clean first: a control character must not hide an embedded file's first line.
    let text = clean(&escapes::without(text, report), report);
    embedded::without(&text, report)
}

/// Takes out what is not for reading, character by character.
pub(crate) fn clean(text: &str, report: &mut Report) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match judge(c) {
            Judgement::Keep => cleaned.push(c),
            Judgement::Line => cleaned.push('\n'),
            Judgement::Remove(what) => report.removed(what, "text"),
        }
    }
    cleaned
}

enum Judgement {
    Keep,
    Line,
    Remove(What),
}

fn judge(c: char) -> Judgement {
    match c {
        '\t' | '\r' | '\n' => Judgement::Keep,
        // Line and page ends of other worlds.
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Judgement::Line,
        // Joiners and variation of real scripts and emoji stay.
        '\u{200c}' | '\u{200d}' | '\u{ad}' => Judgement::Keep,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Judgement::Remove(What::BidiControl)
        }
        '\u{e0100}'..='\u{e01ef}' => Judgement::Keep, // variation selectors of kanji (IVS)
        c if is_deceptive(c) || is_noncharacter(c) => Judgement::Remove(What::ControlCharacter),
        _ => Judgement::Keep,
    }
}

fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
}

/// UTF-8. A text that happens to start like another format ("MZ世代…") gets
/// a byte order mark in front, so that nobody takes it for one.
pub(crate) fn written(text: &str) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len() + 3);
    if starts_like_a_program(text.as_bytes())
        || starts_like_a_page(text)
        || starts_like_a_mail(text)
    {
        output.extend_from_slice("\u{feff}".as_bytes());
    }
    output.extend_from_slice(text.as_bytes());
    output
}

fn starts_like_a_program(bytes: &[u8]) -> bool {
    [
        &b"MZ"[..],
        b"#!",
        b"PK",
        b"{\\rt",
        b"%PDF",
        b"GIF8",
        b"BM",
        b"Rar!",
        b"7z",
        b"From ",
    ]
    .iter()
    .any(|magic| bytes.starts_with(magic))
}

/// What a browser would take for HTML (WHATWG mimesniff 7.1); behind a byte
/// order mark it takes it for text.
fn starts_like_a_page(text: &str) -> bool {
    const TAGS: [&str; 16] = [
        "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title",
        "b", "body", "br", "p", "!doctype",
    ];
    let Some(rest) = text.trim_start().strip_prefix('<') else {
        return false;
    };
    let name: String = rest
        .chars()
        .take(10)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
        .collect();
    let ended = rest
        .get(name.len()..)
        .is_some_and(|rest| rest.starts_with([' ', '>']));
    rest.starts_with("!--")
        || rest
            .get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case("?xml"))
        || (ended && TAGS.contains(&name.to_ascii_lowercase().as_str()))
}

/// Header lines of RFC 5322 at the very start (a bounce carries such texts).
fn starts_like_a_mail(text: &str) -> bool {
    let is_field = |line: &str| {
        line.split_once(':').is_some_and(|(name, rest)| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_graphic())
                && rest.starts_with([' ', '\t'])
        })
    };
    let mut lines = text.split(['\r', '\n']).take(200);
    lines.next().is_some_and(is_field)
        && text.split(['\r', '\n']).take(200).any(|line| {
            let name = line.split(':').next().unwrap_or_default();
            matches!(
                name.to_ascii_lowercase().as_str(),
                "from"
                    | "to"
                    | "subject"
                    | "date"
                    | "received"
                    | "message-id"
                    | "mime-version"
                    | "content-type"
            )
        })
}
