//! Pictures: JPEG (ISO 10918-1), PNG (ISO 15948), GIF, BMP, TIFF, WebP, JPEG
//! 2000 (ISO 15444-1), SVG and the metafiles of Windows. Decoded or drawn to pixels, turned upright, brought to sRGB, and coded
//! anew: JPEG stays JPEG, a TIFF becomes a PDF of its pages, the others PNG.
//!
//! Promised: the first frame as seen, with its transparency; of a TIFF every
//! page. Absent on purpose: metadata, colour profiles, thumbnails, further
//! frames, scripts, and every byte that is no pixel.

mod arithmetic;
mod colour;
mod drawing;
mod inventory;
mod metafile;
mod parse;
mod tiff;
mod tiled;
pub(in crate::sanitise) mod verify;
mod write;

use ::image::DynamicImage;

pub(in crate::sanitise) use tiled::Tiled;

use super::codes::{self, Area};
use super::{Context, Format, Kind, Refusal, Report, Treatment};

/// Pixels, and how they are to be coded.
#[derive(Debug)]
pub struct Picture {
    pixels: DynamicImage,
    /// Photos stay JPEG; everything else is coded without loss.
    jpeg: bool,
    /// Whether columns and rows changed places on turning upright.
    turned: bool,
}

/// The format.
#[derive(Debug)]
pub struct Image;

impl Format for Image {
    type Model = Picture;

    fn identify(bytes: &[u8]) -> bool {
        identify(bytes).or_else(|| further(bytes)).is_some() || is_drawing(bytes)
    }

    fn parse(
        bytes: &[u8],
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Self::Model, Refusal> {
        match identify(bytes).or_else(|| further(bytes)) {
            Some(kind @ (Kind::Wmf | Kind::Emf)) => metafile::parse(kind, bytes, context, report),
            Some(Kind::Tiff) => tiff::first(bytes, context, report),
            Some(kind) => parse::parse(kind, bytes, context, report),
            None if is_drawing(bytes) => drawing::parse(bytes, context, report),
            None => Err(Refusal::Malformed),
        }
    }

    /// Nothing but pixels is left after `parse`.
    fn reduce(
        model: Self::Model,
        treatment: Treatment,
        _context: &Context<'_>,
        _report: &mut Report,
    ) -> Result<Self::Model, Refusal> {
        match treatment {
            Treatment::Rebuild | Treatment::Flatten => Ok(model),
            Treatment::Text | Treatment::Withhold => Err(Refusal::Unsupported),
        }
    }

    fn write(model: &Self::Model, _context: &Context<'_>) -> Result<Vec<u8>, Refusal> {
        write::write(model)
    }

    fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
        verify::png::verify(output, context).or_else(|_| verify::photo(output, context))
    }
}

/// Which picture format of pixels `bytes` begin like.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(Kind::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Kind::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Kind::Tiff),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Kind::Webp),
        [b'B', b'M', rest @ ..] => is_bitmap_header(rest).then_some(Kind::Bmp),
        _ => None,
    }
}

/// Picture formats beside those that documents hold: JPEG 2000, metafiles.
#[must_use]
pub fn further(bytes: &[u8]) -> Option<Kind> {
    let jp2 = [&b"\0\0\0\x0CjP  \r\n\x87\n"[..], b"\xFF\x4F\xFF\x51"];
    if jp2.iter().any(|magic| bytes.starts_with(magic)) {
        return Some(Kind::Jp2);
    }
    metafile::identify(bytes)
}

/// Whether `bytes` are an SVG drawing, also a compressed one.
#[must_use]
pub fn is_drawing(bytes: &[u8]) -> bool {
    drawing::identify(bytes)
}

/// "BM" begins many texts: the header after it must be one of the known sizes.
fn is_bitmap_header(after_magic: &[u8]) -> bool {
    matches!(
        after_magic.get(12..16),
        Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])
    )
}

/// Writes a picture anew.
///
/// # Errors
/// `Malformed`, `OverBudget` (pixels, memory) or `Unsupported` (a coding that
/// is not decoded, any treatment but rebuild, a kind that is no picture).
pub fn treat(
    kind: Kind,
    treatment: Treatment,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let offered = treatment.output_kind(kind).is_some();
    if !offered {
        return Err(Refusal::Unsupported);
    }
    let known = if kind == Kind::Svg {
        is_drawing(bytes)
    } else {
        identify(bytes).or_else(|| further(bytes)) == Some(kind)
    };
    if !known {
        return Err(Refusal::Malformed);
    }
    if kind == Kind::Tiff {
        if treatment == Treatment::Flatten {
            return tiff::bind(bytes, &[], context, report);
        }
        tiff::count_others(bytes, context, report);
    }
    let model = Image::parse(bytes, context, report)?;
    if codes::may_be_in(&model.pixels) {
        report.may_hold_code(1);
    }
    let model = Image::reduce(model, treatment, context, report)?;
    Image::write(&model, context)
}

/// As [`treat`], with areas of the result painted over.
///
/// # Errors
/// As [`treat`].
pub fn painted(
    kind: Kind,
    treatment: Treatment,
    bytes: &[u8],
    areas: &[Area],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    if treatment.output_kind(kind).is_none() {
        return Err(Refusal::Unsupported);
    }
    if kind == Kind::Tiff && treatment == Treatment::Flatten {
        return tiff::bind(bytes, areas, context, report);
    }
    let mut model = Image::parse(bytes, context, report)?;
    model.pixels = hidden(model.pixels, 1, areas);
    let model = Image::reduce(model, treatment, context, report)?;
    Image::write(&model, context)
}

/// The pixels with the areas of this page painted over.
fn hidden(pixels: DynamicImage, page: u32, areas: &[Area]) -> DynamicImage {
    let mut here = areas.iter().filter(|area| area.page == page).peekable();
    if here.peek().is_none() {
        return pixels;
    }
    let mut whole = pixels.into_rgba8();
    let columns = usize::try_from(whole.width()).unwrap_or(usize::MAX);
    for area in here {
        area.paint(&mut whole, columns);
    }
    DynamicImage::from(whole)
}

/// The pixels of one of our own pictures, for the reader of codes.
///
/// # Errors
/// As [`treat`].
pub(in crate::sanitise) fn pixels(
    kind: Kind,
    bytes: &[u8],
    context: &Context<'_>,
) -> Result<DynamicImage, Refusal> {
    parse::parse(kind, bytes, context, &mut Report::default()).map(|picture| picture.pixels)
}

/// The pixels of a picture that stands in an Office document, of whatever format;
/// what another's code stumbles over is malformed.
///
/// # Errors
/// As [`treat`].
pub(in crate::sanitise) fn inside(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<DynamicImage, Refusal> {
    super::refusal::stumbling(|| Image::parse(bytes, context, report))?
        .map(|picture| picture.pixels)
}

/// Writes a picture inside a document anew; the kind of the result is `Jpeg`
/// or `Png`.
///
/// # Errors
/// As [`treat`].
pub fn reencode(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<(Vec<u8>, Kind), Refusal> {
    // A drawing inside a document has its own pixels beside it.
    let kind = identify(bytes).ok_or(Refusal::Malformed)?;
    let model = parse::parse(kind, bytes, context, report)?;
    let model = Image::reduce(model, Treatment::Rebuild, context, report)?;
    let kind = if model.jpeg { Kind::Jpeg } else { Kind::Png };
    Ok((Image::write(&model, context)?, kind))
}

/// Accepts only what [`treat`] can have written.
///
/// # Errors
/// `Residue` for anything else.
pub fn verify(kind: Kind, bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    if kind == Kind::Jpeg {
        verify::photo(bytes, context)
    } else if kind == Kind::Png {
        verify::png::verify(bytes, context)
    } else {
        Err(Refusal::Residue)
    }
}

#[cfg(test)]
pub(in crate::sanitise) mod tests;
