//! Office Open XML (ECMA-376, ISO/IEC 29500): Word, Excel and PowerPoint
//! packages with or without macros, documents and templates.
//!
//! ```text
//! parse: office::zip_view -> package (types, relations) -> walk by role -> office::reading (XML -> tape)
//! reduce: rule, field, formula, sheet, slide; whole, frame, prune (what is left is a document);
//! write: our names, our zip; verify: own eyes
//! ```
//!
//! Promised: only parts, elements and attributes of the tables come through;
//! pictures are decoded and encoded anew; nothing reaches outside but web and
//! mail links. Of Excel's binary workbooks the cells are read
//! (`binary`). Absent on purpose: Flat OPC, document properties, custom XML, embedded objects and fonts. Metafiles and drawings become pixels.

mod binary;
mod cells;
mod closeness;
mod maker;
mod model;
mod package;
mod parse;
mod reduce;
mod role;
mod space;
mod stray;
mod structure;
mod tape;
mod text;
mod verify;
mod vocabulary;
mod write;

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;

use super::codes::Area;
use super::office::{picture, reading, source, zip_view};
use super::protocol::Wish;
use super::{Context, Format, Kind, Refusal, Report, Treatment};
use crate::policy::Limits;
use closeness::Words;
use model::{Family, Package};

/// What a package is; `Unsupported` for one that is none of our three (xlsb,
/// Visio, XPS); `None` for what is no such package at all.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<Kind> {
    Some(match parse::family(bytes, &Limits::ceiling())? {
        Ok(Family::Word) => Kind::Word,
        Ok(Family::Sheet) => Kind::Sheet,
        Ok(Family::Slides) => Kind::Slides,
        Err(()) => Kind::Unsupported,
    })
}

/// Makes the tables of names, see [`super::prepare`].
pub(super) fn prepare() {
    vocabulary::prepare();
    verify::names::prepare();
}

/// Writes a package anew, or its text.
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
    if kind == Kind::Xlsb && treatment == Treatment::Text {
        return binary::cells(bytes, context, report);
    }
    let mut package = reduced((kind, treatment), wish, bytes, context, report)?;
    if !package.as_text {
        picture::name_codes(numbered(&mut package), report);
    }
    write(&package)
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
    let mut package = reduced((kind, treatment), wish, bytes, context, report)?;
    if package.as_text {
        return Err(Refusal::Unsupported);
    }
    picture::hide(numbered(&mut package), areas, context)?;
    write(&package)
}

fn reduced(
    (kind, treatment): (Kind, Treatment),
    wish: Wish,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Package, Refusal> {
    let family = family_of(kind).ok_or(Refusal::Unsupported)?;
    let as_text = match treatment {
        Treatment::Rebuild => false,
        Treatment::Text => true,
        Treatment::Flatten | Treatment::Withhold => return Err(Refusal::Unsupported),
    };
    let package = parse::parse(family, as_text, bytes, context, report)?;
    let words = Words::of(&package);
    let package = reduce::reduce(package, wish, report)?;
    report.closeness = Some(words.left_in(&package));
    if wish.structure {
        report.structure = structure::of(bytes, &package, context.limits)?;
    }
    if as_text {
        text::tell_hidden(&package, report);
    }
    Ok(package)
}

/// The pictures that are written, by the numbers in their names.
fn numbered(package: &mut Package) -> impl Iterator<Item = (u32, &mut picture::Picture)> {
    let kept = package.parts.iter_mut().filter(|part| !part.gone);
    (1..).zip(kept.filter_map(|part| match &mut part.body {
        model::Body::Picture(picture) => Some(picture),
        model::Body::Xml(_) => None,
    }))
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
    picture::numbered(bytes, numbers, "/media/image", context)
}

/// A small letter with this picture in it, for tests of other rooms.
#[cfg(test)]
pub(in crate::sanitise) fn with_picture(picture: &[u8]) -> Vec<u8> {
    fixture::word_with_picture(picture).bytes()
}

/// Accepts only what `treat` (rebuild) can have written.
///
/// # Errors
/// [`Refusal::Residue`] for anything else.
pub fn verify(kind: Kind, bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    verify::verify(kind, bytes, context.limits)
}

/// Why the code of a Word field goes; `None`: it may stay. The list for all
/// formats that have such fields.
pub(in crate::sanitise) fn field_verdict(untrusted_code: &str) -> Option<super::What> {
    reduce::field_verdict(untrusted_code)
}

fn family_of(kind: Kind) -> Option<Family> {
    match kind {
        Kind::Word => Some(Family::Word),
        Kind::Sheet => Some(Family::Sheet),
        Kind::Slides => Some(Family::Slides),
        Kind::Message
        | Kind::Zip
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
        | Kind::Text
        | Kind::Csv
        | Kind::Json
        | Kind::Calendar
        | Kind::Contact
        | Kind::Html
        | Kind::Encrypted
        | Kind::Executable
        | Kind::Unsupported
        | Kind::Unknown => None,
    }
}

fn write(package: &Package) -> Result<Vec<u8>, Refusal> {
    if package.as_text {
        text::text(package)
    } else {
        write::write(package)
    }
}

macro_rules! format {
    ($name:ident, $kind:ident, $family:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Format for $name {
            type Model = Package;

            fn identify(bytes: &[u8]) -> bool {
                identify(bytes) == Some(Kind::$kind)
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
                treatment: Treatment,
                _: &Context<'_>,
                report: &mut Report,
            ) -> Result<Package, Refusal> {
                let mut package = reduce::reduce(model, Wish::default(), report)?;
                package.as_text = treatment == Treatment::Text;
                Ok(package)
            }

            fn write(model: &Package, _: &Context<'_>) -> Result<Vec<u8>, Refusal> {
                write(model)
            }

            fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
                verify(Kind::$kind, output, context)
            }
        }
    };
}

format!(Word, Word, Word, "WordprocessingML packages.");
format!(Sheet, Sheet, Sheet, "SpreadsheetML packages.");
format!(Slides, Slides, Slides, "PresentationML packages.");
