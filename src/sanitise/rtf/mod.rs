//! Rich Text Format (Microsoft, version 1.9.1): groups, control words and
//! text, written anew from an allow-list of words.
//!
//! ```text
//! lexer -> parse (state by group, destinations, code pages) -> model
//! reduce: fields, fonts; write: ASCII, our header; verify: own eyes
//! ```
//!
//! Promised: text, formats, tables, lists, sections, notes, comments, drawings
//! and pictures as they look. Absent on purpose: objects, templates, data
//! stores, macros of forms, document properties, embedded fonts, encapsulated
//! HTML, and every word that is not in the vocabulary. Hidden text stays hidden;
//! what comes out as text has none of it.

mod charset;
mod destination;
mod lexer;
mod model;
mod parse;
mod picture;
mod reduce;
mod shape;
mod structure;
mod text;
mod verify;
mod vocabulary;
mod write;

#[cfg(test)]
mod tests;

use super::codes::Area;
use super::office::closeness::share;
use super::office::picture as coded;
use super::protocol::Wish;
use super::{Context, Format, Kind, Refusal, Report, Treatment};
use model::Document;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct Rtf;

impl Format for Rtf {
    type Model = Document;

    fn identify(bytes: &[u8]) -> bool {
        identify(bytes)
    }

    fn parse(
        bytes: &[u8],
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Document, Refusal> {
        parse::parse(bytes, context, report)
    }

    fn reduce(
        mut model: Document,
        treatment: Treatment,
        _: &Context<'_>,
        report: &mut Report,
    ) -> Result<Document, Refusal> {
        reduce::reduce(&mut model, report);
        model.as_text = treatment == Treatment::Text;
        Ok(model)
    }

    fn write(model: &Document, _: &Context<'_>) -> Result<Vec<u8>, Refusal> {
        Ok(write(model, &mut Report::default()))
    }

    fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
        verify(output, context)
    }
}

/// Whether a reader would open `bytes` as rich text: `{\rt` is enough for
/// some, also behind blanks.
#[must_use]
pub fn identify(bytes: &[u8]) -> bool {
    start(bytes).is_some()
}

/// Where it begins.
fn start(bytes: &[u8]) -> Option<usize> {
    let mark = bytes.starts_with(b"\xEF\xBB\xBF");
    let after_mark = bytes.get(if mark { 3 } else { 0 }..)?;
    let rest = after_mark.trim_ascii_start();
    rest.starts_with(b"{\\rt")
        .then(|| bytes.len().saturating_sub(rest.len()))
}

/// Writes a document anew, or its text.
///
/// # Errors
/// A named [`Refusal`]: `Malformed` for what only begins like rich text,
/// `OverBudget`, `Unsupported` for a kind or treatment not ours.
pub fn treat(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let mut document = reduced((kind, treatment), wish, bytes, context, report)?;
    if wish.structure {
        report.structure = structure::of(bytes);
    }
    if !document.as_text {
        coded::name_codes(numbered(&mut document), report);
    }
    Ok(write(&document, report))
}

/// As [`treat`], with areas of its pictures painted over.
///
/// # Errors
/// As [`treat`].
pub fn painted(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    areas: &[Area],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    if treatment != Treatment::Rebuild {
        return Err(Refusal::Unsupported);
    }
    let mut document = reduced((kind, treatment), wish, bytes, context, report)?;
    coded::hide(numbered(&mut document), areas, context)?;
    Ok(write(&document, report))
}

fn reduced(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Document, Refusal> {
    if kind != Kind::Rtf || treatment.output_kind(kind).is_none() {
        return Err(Refusal::Unsupported);
    }
    let mut document = Rtf::parse(bytes, context, report)?;
    reduce::wished(&mut document, wish, report);
    let before = text::count(&document);
    reduce::reduce(&mut document, report);
    document.as_text = treatment == Treatment::Text;
    let after = text::count(&document);
    let hidden = if document.as_text { 0 } else { after.hidden };
    let all = before.shown.saturating_add(before.hidden);
    report.closeness = Some(share(after.shown.saturating_add(hidden), all));
    Ok(document)
}

/// The pictures, as they stand one behind the other.
fn numbered(document: &mut Document) -> impl Iterator<Item = (u32, &mut coded::Picture)> {
    (1..).zip(
        document
            .pictures
            .iter_mut()
            .map(|picture| &mut picture.coded),
    )
}

fn write(document: &Document, report: &mut Report) -> Vec<u8> {
    if document.as_text {
        let words = text::text(document, report);
        super::text::written(&super::text::reduce(&words, report))
    } else {
        write::write(document)
    }
}

/// The pictures with these numbers in one of our own documents, for the
/// reader of codes.
pub(in crate::sanitise) fn pictures(bytes: &[u8], numbers: &[u32]) -> Vec<(u32, Kind, Vec<u8>)> {
    picture::of(bytes, numbers)
}

/// Accepts only what `treat` (rebuild) can have written.
///
/// # Errors
/// [`Refusal::Residue`] for anything else.
pub fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    verify::verify(output, context)
}
