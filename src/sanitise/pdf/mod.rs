//! PDF (ISO 32000): every page becomes a picture in a fresh file, or, where
//! that was asked for, lines and letters drawn anew, or its words as text.
//!
//! Promised: page size and orientation as seen, pages in order, the text as
//! Unicode under the picture so that it can be searched and read aloud, the
//! titles of the outline as bookmarks.
//! Absent on purpose: every object of the source. Scripts, actions, files,
//! fonts, form fields and links cannot cross, because nothing is copied.
//!
//! ```text
//! bytes -> parse (hayro: draw one page, keep its compact picture and text)
//!       -> reduce (text of characters only) -> write (pdf-writer) -> verify (own reader)
//! ```

mod binder;
mod collection;
mod density;
mod drawn;
mod encodings;
mod field;
mod font;
mod glyphless;
mod inventory;
mod layer;
mod line;
mod missed;
mod open;
mod outline;
mod overlay;
mod parse;
mod picture;
mod placed;
mod reading;
mod sequence;
mod sole;
mod text;
mod typeface;
mod unseen;
mod verify;
mod words;
mod write;

pub(in crate::sanitise) use binder::Binder;

use super::codes::Area;
use super::protocol::Wish;
use super::{Context, Format, Kind, Refusal, Report, Treatment};

/// Pages of pictures: what is left of a PDF.
#[derive(Debug, Default)]
pub struct Flat {
    /// In reading order, at least one.
    pages: Vec<Page>,
    /// Titles of the source's outline.
    bookmarks: Vec<outline::Bookmark>,
}

/// One page as seen.
#[derive(Debug)]
struct Page {
    /// Points (1/72 inch).
    width: f32,
    /// Points.
    height: f32,
    picture: picture::Picture,
    text: Vec<text::Run>,
}

/// The format.
#[derive(Debug)]
pub struct Pdf;

impl Format for Pdf {
    type Model = Flat;

    /// `%PDF-` within the first 1,024 bytes, as readers look for it.
    fn identify(bytes: &[u8]) -> bool {
        bytes
            .get(..bytes.len().min(1_024))
            .is_some_and(|head| head.windows(5).any(|w| w == b"%PDF-"))
    }

    fn parse(
        bytes: &[u8],
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Self::Model, Refusal> {
        parse::parse(bytes, &[], context, report)
    }

    fn reduce(
        mut model: Self::Model,
        treatment: Treatment,
        _context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Self::Model, Refusal> {
        match treatment {
            Treatment::Flatten => {}
            Treatment::Rebuild | Treatment::Text | Treatment::Withhold => {
                return Err(Refusal::Unsupported);
            }
        }
        for page in &mut model.pages {
            text::keep_only_characters(&mut page.text, report);
        }
        Ok(model)
    }

    fn write(model: &Self::Model, _context: &Context<'_>) -> Result<Vec<u8>, Refusal> {
        write::write(model)
    }

    fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
        verify::verify(output, context)
    }
}

/// Says whether `bytes` are a PDF.
#[must_use]
pub fn identify(bytes: &[u8]) -> bool {
    Pdf::identify(bytes)
}

/// Writes a PDF anew as `treatment` says.
///
/// # Errors
/// `Encrypted`, `Malformed`, `OverBudget` (pages, output size) or
/// `Unsupported` (a treatment that is not offered, text of a file without
/// words, a rebuild of pages that are more than lines, letters and pictures).
pub fn treat(
    kind: Kind,
    treatment: Treatment,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    if kind != Kind::Pdf || treatment.output_kind(kind).is_none() {
        return Err(Refusal::Unsupported);
    }
    if treatment == Treatment::Text {
        return reading::written(&parse::words(bytes, context, report)?, report);
    }
    if treatment == Treatment::Rebuild {
        return rebuild(bytes, Wish::default(), context, report);
    }
    let model = Pdf::parse(bytes, context, report)?;
    let model = Pdf::reduce(model, treatment, context, report)?;
    Pdf::write(&model, context)
}

/// As [`treat`] to lines and letters, with what is wished beside.
///
/// # Errors
/// As [`treat`].
pub fn rebuild(
    bytes: &[u8],
    wish: Wish,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    drawn::write(&drawn::draw(bytes, wish, context, report)?)
}

/// As [`treat`] to pages, with areas of them painted over.
///
/// # Errors
/// As [`treat`].
pub fn painted(
    treatment: Treatment,
    bytes: &[u8],
    areas: &[Area],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let model = parse::parse(bytes, areas, context, report)?;
    let model = Pdf::reduce(model, treatment, context, report)?;
    Pdf::write(&model, context)
}

pub(in crate::sanitise) use parse::draw_pages;

/// Accepts only pages of pictures: what was ordered flattened must not come
/// out as drawings.
///
/// # Errors
/// `Residue` for anything else.
pub fn verify_flattened(bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    verify::flattened(bytes, context)
}

/// Accepts only what [`treat`] can have written, whatever the treatment.
///
/// # Errors
/// `Residue` for anything else.
pub fn verify(kind: Kind, bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    if kind != Kind::Pdf {
        return Err(Refusal::Residue);
    }
    Pdf::verify(bytes, context)
}

#[cfg(test)]
mod tests;
