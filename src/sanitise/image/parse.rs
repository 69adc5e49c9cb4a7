//! Decodes to pixels within the budget, brings them to sRGB and turns them
//! upright (EXIF 2.32 section 4.6.4, Orientation).

use std::io::Cursor;

use ::image::error::{ImageError, LimitErrorKind};
use ::image::metadata::Orientation;
use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{Picture, colour, inventory};
use crate::sanitise::{Context, Kind, Refusal, Report};

pub(super) fn parse(
    kind: Kind,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Gif => ImageFormat::Gif,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Tiff => ImageFormat::Tiff,
        Kind::Webp => ImageFormat::WebP,
        Kind::Message
        | Kind::Zip
        | Kind::Word
        | Kind::Sheet
        | Kind::Slides
        | Kind::Pdf
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
        | Kind::Unknown => return Err(Refusal::Unsupported),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    // Decoded pixels and one more copy (turning, coding) fit into a worker.
    limits.max_alloc = Some(context.limits.memory_bytes / 2);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (columns, rows) = decoder.dimensions();
    if columns == 0 || rows == 0 {
        return Err(Refusal::Malformed);
    }
    let pixels = u64::from(columns) * u64::from(rows);
    if pixels > u64::from(context.limits.megapixels) * 1_000_000
        || decoder.total_bytes() > context.limits.memory_bytes / 2
    {
        return Err(Refusal::OverBudget);
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    // A profile that cannot be read is none: it must not cost the picture.
    let profile = decoder.icc_profile().unwrap_or(None);
    let pixels = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    let mut pixels = colour::to_srgb(pixels, profile);
    pixels.apply_orientation(orientation);
    inventory::report(kind, bytes, report);
    Ok(Picture {
        pixels,
        jpeg: kind == Kind::Jpeg,
        turned: changes_places(orientation),
    })
}

fn changes_places(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => {
                Refusal::OverBudget
            }
            _ => Refusal::Unsupported,
        },
        ImageError::Unsupported(_) => Refusal::Unsupported,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => Refusal::Malformed,
    }
}
