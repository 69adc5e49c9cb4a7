//! Decodes to pixels within the budget, brings them to sRGB and turns them
//! upright (EXIF 2.32 section 4.6.4, Orientation).

use std::io::Cursor;

use ::image::error::{ImageError, ImageResult, LimitErrorKind};
use ::image::metadata::Orientation;
use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::arithmetic::{Arithmetic, is_arithmetic};
use super::tiled::Tiled;
use super::{Picture, colour, inventory};
use crate::sanitise::{Context, Kind, Refusal, Report};

pub(super) fn parse(
    kind: Kind,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    if kind == Kind::Jp2 {
        // Its decoder computes with four bytes a sample, several times over.
        let most = context.limits.render_memory_bytes / 24;
        if let Some(tiled) = Tiled::of(bytes).filter(|tiled| tiled.tile_bytes() <= most) {
            return decoded(kind, tiled, bytes, context, report);
        }
        let settings = hayro_jpeg2000::DecodeSettings::default();
        let image = hayro_jpeg2000::Image::new(bytes, &settings).map_err(|_| Refusal::Malformed)?;
        if image.total_bytes() > most {
            return Err(Refusal::OverBudget);
        }
        return decoded(kind, image, bytes, context, report);
    }
    if kind == Kind::Jpeg && is_arithmetic(bytes) {
        return decoded(
            kind,
            Arithmetic::of(bytes, context)?,
            bytes,
            context,
            report,
        );
    }
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
        | Kind::Unknown => return Err(Refusal::Unsupported),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    // Decoded pixels and one more copy (turning, coding) fit into a worker.
    limits.max_alloc = Some(context.limits.memory_bytes / 2);
    reader.limits(limits);
    decoded(
        kind,
        reader.into_decoder().map_err(refusal)?,
        bytes,
        context,
        report,
    )
}

fn decoded(
    kind: Kind,
    mut decoder: impl ImageDecoder,
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
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
    let orientation = upright(&mut decoder).map_err(refusal)?;
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

/// How the picture is to be turned. In a WebP some programs put before the EXIF data
/// what stands there in a JPEG, and the decoder sees none.
fn upright(decoder: &mut impl ImageDecoder) -> ImageResult<Orientation> {
    let said = decoder.orientation()?;
    if said != Orientation::NoTransforms {
        return Ok(said);
    }
    let exif = decoder.exif_metadata()?;
    let bare = exif
        .as_deref()
        .and_then(|exif| exif.strip_prefix(b"Exif\0\0"));
    Ok(bare.and_then(Orientation::from_exif_chunk).unwrap_or(said))
}

pub(super) fn changes_places(orientation: Orientation) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::image::tests::from_hex;
    use crate::sanitise::{Fonts, Treatment, image};

    /// Sixteen by eight pixels, the left half red, the right half blue.
    const JP2: &str = "0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016\
        6968647200000008000000100003070700000000000f636f6c7201000000000010000000a86a703263ff4fff\
        51002f0000000000100000000800000000000000000000001000000008000000000000000000030701010701\
        01070101ff52000c00000001000004040001ff5c00044040ff90000a0000000000570001ff93df80e03b0d0d\
        29ef6cae571a5620000000c23587d8fd14e11f729a2425ff7fdf8030115054aea77fdf80f0115053190aac5c\
        cd74f0c7000000000c23587d8fd14e11f729a2425fff7fffd9";

    fn jp2() -> Vec<u8> {
        from_hex(JP2)
    }

    fn treated(bytes: &[u8], limits: &Limits) -> (Result<Vec<u8>, Refusal>, Report) {
        let (fonts, mut report) = (Fonts::default(), Report::default());
        let context = Context {
            limits,
            fonts: &fonts,
        };
        let result = image::treat(Kind::Jp2, Treatment::Rebuild, bytes, &context, &mut report);
        if let Ok(output) = &result {
            assert_eq!(image::verify(Kind::Png, output, &context), Ok(()));
        }
        assert_eq!(
            image::verify(Kind::Png, bytes, &context),
            Err(Refusal::Residue)
        );
        (result, report)
    }

    #[test]
    fn a_jpeg_2000_becomes_png_and_loses_its_boxes() {
        let plain = jp2();
        let at = plain.windows(4).position(|w| w == b"jp2c").unwrap() - 4;
        let secret = b"\0\0\0\x10uuidsecret..";
        let input = [&plain[..at], secret, &plain[at..], b"PK\x03\x04 hidden"].concat();
        assert_eq!(image::further(&input), Some(Kind::Jp2));
        let (output, report) = treated(&input, &Limits::default());
        let seen = ::image::load_from_memory(&output.unwrap())
            .unwrap()
            .to_rgb8();
        assert_eq!(seen.dimensions(), (16, 8));
        assert_eq!(
            (seen.get_pixel(2, 2).0, seen.get_pixel(12, 2).0),
            ([200, 0, 0], [0, 0, 200])
        );
        let what: Vec<_> = report.removed.iter().map(|line| line.what).collect();
        assert_eq!(
            what,
            [
                crate::sanitise::What::Metadata,
                crate::sanitise::What::TrailingData
            ]
        );
    }

    #[test]
    fn a_jpeg_2000_that_promises_too_much_is_over_budget() {
        let mut input = jp2();
        let size = input
            .windows(4)
            .position(|w| w == b"\xFF\x4F\xFF\x51")
            .unwrap()
            + 8;
        input[size..size + 4].copy_from_slice(&60_000_u32.to_be_bytes());
        input[size + 4..size + 8].copy_from_slice(&60_000_u32.to_be_bytes());
        assert_eq!(
            treated(&input, &Limits::default()).0,
            Err(Refusal::OverBudget)
        );
        let mut cut = jp2();
        cut.truncate(120);
        assert!(treated(&cut, &Limits::default()).0.is_err());
    }
}
