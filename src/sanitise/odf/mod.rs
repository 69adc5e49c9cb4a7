//! OpenDocument (ODF 1.3, ISO/IEC 26300): text, spreadsheets, presentations
//! and drawings, documents and templates; what comes out is a document.
//!
//! ```text
//! parse: office::zip_view -> parts of the table -> office::reading (XML -> tape) -> pictures, charts, formulas
//! reduce: reference, formula, setting; write: our names, our manifest, our zip; verify: own eyes
//! ```
//!
//! Promised: only elements and attributes of the tables come through, known by
//! the names of their namespaces; pictures are decoded and encoded anew;
//! nothing reaches outside but web and mail links. Absent on purpose: flat
//! ODF, databases, master documents, metadata but the title, scripts, forms
//! (the words of their controls stay: `reduce/control.rs`), event listeners,
//! embedded objects that are no chart or formula, fonts.

mod cells;
mod closeness;
mod inventory;
mod manifest;
mod model;
mod parse;
mod path;
mod reduce;
mod space;
mod structure;
#[cfg(test)]
mod tests;
mod text;
mod verify;
mod vocabulary;
mod write;

use super::codes::Area;
use super::office::picture::{self, Picture};
use super::protocol::Wish;
use super::text as plain;
use super::{Context, Format, Kind, Refusal, Report, Treatment};
use crate::policy::Limits;
use model::{Family, Package};

/// What a package is by its media type: one of our four, `Encrypted`, or
/// `Unsupported` (databases, master documents, EPUB). One that cannot be read
/// is what it calls itself, so that it is refused as that.
#[must_use]
pub fn identify(bytes: &[u8]) -> Kind {
    match parse::first_look(bytes, &Limits::ceiling()) {
        Ok(Some(family)) => kind_of(family),
        Ok(None) => Kind::Unsupported,
        Err(Refusal::Encrypted) => Kind::Encrypted,
        Err(_) => pretended(bytes).map_or(Kind::Unsupported, kind_of),
    }
}

/// The family that the first entry names, read without the ZIP around it.
fn pretended(bytes: &[u8]) -> Option<Family> {
    let entry = bytes.get(30..)?.strip_prefix(b"mimetype")?;
    let end = entry.windows(2).position(|two| two == b"PK")?;
    let media_type = std::str::from_utf8(entry.get(..end)?).ok()?;
    Family::of(media_type)
}

/// Makes the tables of names, see [`super::prepare`].
pub(super) fn prepare() {
    vocabulary::prepare();
    verify::names::prepare();
}

/// Writes a package anew, or its text, or the cells of a spreadsheet as CSV.
///
/// # Errors
/// A named [`Refusal`]; `Unsupported` for a kind or treatment not ours.
pub fn treat(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let mut package = reduced((kind, treatment), wish, bytes, context, report)?;
    if treatment == Treatment::Text {
        return as_text(&package, bytes.len(), context, report);
    }
    picture::name_codes(numbered(&mut package), report);
    write::write(&package)
}

fn reduced(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Package, Refusal> {
    let family = family_of(kind).ok_or(Refusal::Unsupported)?;
    if !matches!(treatment, Treatment::Rebuild | Treatment::Text) {
        return Err(Refusal::Unsupported);
    }
    let as_text = treatment == Treatment::Text;
    let package = parse::parse(family, as_text, bytes, context, report)?;
    let before = closeness::characters(&package);
    let package = reduce::reduce(package, wish, report)?;
    report.closeness = Some(before.left_in(&package));
    if wish.structure {
        report.structure = structure::of(bytes, &package, context.limits)?;
    }
    Ok(package)
}

fn as_text(
    package: &Package,
    stored: usize,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let budget = plain::Budget::new(stored, context);
    if package.family == Family::Sheet {
        return Ok(plain::table(cells::rows(package, &budget)?, report));
    }
    let words = text::words(package, &budget)?;
    budget.fits(words.len())?;
    Ok(plain::written(&plain::reduce(&words, report)))
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
    let mut package = reduced((kind, treatment), wish, bytes, context, report)?;
    picture::hide(numbered(&mut package), areas, context)?;
    write::write(&package)
}

/// The pictures that are written, by the numbers in their names.
fn numbered(package: &mut Package) -> impl Iterator<Item = (u32, &mut Picture)> {
    let shown = write::shown(package).pictures;
    let all = (1..).zip(&mut package.pictures).enumerate();
    all.filter_map(move |(at, numbered)| shown.contains(&at).then_some(numbered))
}

/// The pictures with these numbers in one of our own packages, for the reader
/// of codes.
///
/// # Errors
/// As the reader of packages.
pub(in crate::sanitise) fn pictures(
    bytes: &[u8],
    numbers: &[u32],
    context: &Context<'_>,
) -> Result<Vec<(u32, Kind, Vec<u8>)>, Refusal> {
    picture::numbered(bytes, numbers, "Pictures/image", context)
}

/// Accepts only what `treat` (rebuild) can have written.
///
/// # Errors
/// [`Refusal::Residue`] for anything else.
pub fn verify(kind: Kind, bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    verify::verify(kind, bytes, context.limits)
}

/// The kinds of the four families.
const KINDS: [(Kind, Family); 4] = [
    (Kind::OdfText, Family::Text),
    (Kind::OdfSheet, Family::Sheet),
    (Kind::OdfSlides, Family::Slides),
    (Kind::OdfDrawing, Family::Drawing),
];

fn family_of(kind: Kind) -> Option<Family> {
    (KINDS.iter().find(|(known, _)| *known == kind)).map(|(_, family)| *family)
}

fn kind_of(family: Family) -> Kind {
    (KINDS.iter().find(|(_, known)| *known == family)).map_or(Kind::Unsupported, |(kind, _)| *kind)
}

macro_rules! format {
    ($name:ident, $family:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Format for $name {
            type Model = Package;

            fn identify(bytes: &[u8]) -> bool {
                identify(bytes) == Kind::$name
            }

            fn parse(
                bytes: &[u8],
                context: &Context<'_>,
                report: &mut Report,
            ) -> Result<Package, Refusal> {
                parse::parse(Family::$family, false, bytes, context, report)
            }

            fn reduce(
                model: Package,
                _: Treatment,
                _: &Context<'_>,
                report: &mut Report,
            ) -> Result<Package, Refusal> {
                reduce::reduce(model, Wish::default(), report)
            }

            fn write(model: &Package, _: &Context<'_>) -> Result<Vec<u8>, Refusal> {
                write::write(model)
            }

            fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
                verify(Kind::$name, output, context)
            }
        }
    };
}

format!(OdfText, Text, "Texts.");
format!(OdfSheet, Sheet, "Spreadsheets.");
format!(OdfSlides, Slides, "Presentations.");
format!(OdfDrawing, Drawing, "Drawings.");
