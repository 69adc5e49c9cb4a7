//! Pictures inside documents: decoded to pixels and encoded anew. Metafiles and
//! drawings (EMF, WMF, SVG) are drawn, as if they had come alone.

use std::io::{Cursor, Read as _};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, ImageFormat, ImageReader};

use super::zip_view::View;
use crate::policy::Limits;
use crate::sanitise::codes::{self, Area};
use crate::sanitise::{Context, Kind, Refusal, Report, image as pictures};

/// A picture of our own making.
#[derive(Debug)]
pub(in crate::sanitise) struct Picture {
    /// `png` or `jpeg`.
    pub(in crate::sanitise) extension: &'static str,
    pub(in crate::sanitise) bytes: Vec<u8>,
    /// Whether it may show a QR code.
    pub(in crate::sanitise) may_hold_code: bool,
}

impl Picture {
    /// The same with areas painted over.
    pub(in crate::sanitise) fn hide(
        &mut self,
        areas: &[Area],
        context: &Context<'_>,
    ) -> Result<(), Refusal> {
        let photo = self.extension == "jpeg";
        let kind = if photo { Kind::Jpeg } else { Kind::Png };
        let mut pixels = pictures::pixels(kind, &self.bytes, context)?.into_rgba8();
        let columns = usize::try_from(pixels.width()).map_err(|_| Refusal::OverBudget)?;
        for area in areas {
            area.paint(&mut pixels, columns);
        }
        let pixels = DynamicImage::from(pixels);
        let written = if photo { jpeg(&pixels) } else { png(&pixels) };
        let (extension, bytes) = written.ok_or(Refusal::OverBudget)?;
        // Its name was given: a photo cannot become something else now.
        if extension != self.extension {
            return Err(Refusal::OverBudget);
        }
        self.bytes = bytes;
        Ok(())
    }
}

/// Extension and bytes.
type Written = (&'static str, Vec<u8>);

/// Whether something stands behind the end of a PNG or JPEG.
pub(in crate::sanitise) fn has_tail(untrusted: &[u8]) -> bool {
    match image::guess_format(untrusted) {
        // The last chunk is an empty IEND with its fixed checksum.
        Ok(ImageFormat::Png) => !untrusted.ends_with(b"\0\0\0\0IEND\xAE\x42\x60\x82"),
        Ok(ImageFormat::Jpeg) => !untrusted.ends_with(&[0xFF, 0xD9]),
        Ok(_) | Err(_) => false,
    }
}

/// Whether a picture is no pixels yet.
pub(in crate::sanitise) fn is_drawn(untrusted: &[u8]) -> bool {
    !image::guess_format(untrusted).is_ok_and(is_common)
}

/// What nearly all documents hold, and every reader decodes the same way.
fn is_common(format: ImageFormat) -> bool {
    matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::Bmp
    )
}

/// The same picture, written anew; `None` where it cannot be read or is too
/// large.
pub(in crate::sanitise) fn again(
    untrusted: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Picture> {
    let (pixels, photo) = match image::guess_format(untrusted) {
        Ok(format) if is_common(format) => (
            decoded(untrusted, format, context.limits)?,
            format == ImageFormat::Jpeg,
        ),
        Ok(_) | Err(_) => (drawn(untrusted, context, report)?, false),
    };
    let (extension, bytes) = if photo { jpeg(&pixels) } else { png(&pixels) }?;
    Some(Picture {
        extension,
        bytes,
        may_hold_code: codes::may_be_in(&pixels),
    })
}

/// Largest drawing in millions of pixels: an A2 sheet at 150 dpi.
const LARGEST_DRAWN: u32 = 12;
/// Bytes of a compressed one.
const LARGEST_INFLATED: usize = 8 << 20;

/// Metafiles, drawings, and the rarer pictures. They may come compressed
/// (`.emz`, `.wmz`).
fn drawn(untrusted: &[u8], context: &Context<'_>, report: &mut Report) -> Option<DynamicImage> {
    let mut inflated = Vec::new();
    let untrusted = if untrusted.starts_with(&[0x1F, 0x8B]) {
        let most = u64::try_from(LARGEST_INFLATED).unwrap_or(u64::MAX);
        let mut inflating = flate2::read::MultiGzDecoder::new(untrusted).take(most);
        inflating.read_to_end(&mut inflated).ok()?;
        (inflated.len() < LARGEST_INFLATED).then_some(inflated.as_slice())?
    } else {
        untrusted
    };
    let mut limits = context.limits.clone();
    limits.megapixels = limits.megapixels.min(LARGEST_DRAWN);
    let context = Context {
        limits: &limits,
        fonts: context.fonts,
    };
    pictures::inside(untrusted, &context, report).ok()
}

fn decoded(untrusted: &[u8], format: ImageFormat, limits: &Limits) -> Option<DynamicImage> {
    let pixels = u64::from(limits.megapixels) * 1_000_000;
    let (width, height) = ImageReader::with_format(Cursor::new(untrusted), format)
        .into_dimensions()
        .ok()?;
    if u64::from(width) * u64::from(height) > pixels || width == 0 || height == 0 {
        return None;
    }
    let mut reader = ImageReader::with_format(Cursor::new(untrusted), format);
    let mut within = image::Limits::default();
    within.max_alloc = Some((pixels * 4).min(limits.memory_bytes));
    reader.limits(within);
    reader.decode().ok()
}

/// The pictures with these numbers in a package of ours, whose names have
/// them after `before`.
pub(in crate::sanitise) fn numbered(
    bytes: &[u8],
    numbers: &[u32],
    before: &str,
    context: &Context<'_>,
) -> Result<Vec<(u32, Kind, Vec<u8>)>, Refusal> {
    let mut view = View::new(bytes, context.limits)?;
    let named = |name: &str| {
        let (_, file) = name.split_once(before)?;
        let (number, extension) = file.split_once('.')?;
        let kind = if extension == "png" {
            Kind::Png
        } else {
            Kind::Jpeg
        };
        Some((number.parse().ok()?, kind))
    };
    let wanted: Vec<(usize, u32, Kind)> = view
        .entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| {
            let (number, kind) = named(&entry.untrusted_name)?;
            numbers.contains(&number).then_some((at, number, kind))
        })
        .collect();
    wanted
        .into_iter()
        .map(|(at, number, kind)| Ok((number, kind, view.content(at)?)))
        .collect()
}

fn jpeg(decoded: &DynamicImage) -> Option<Written> {
    use jpeg_encoder::{ColorType, Encoder};
    let (Ok(width), Ok(height)) = (
        u16::try_from(decoded.width()),
        u16::try_from(decoded.height()),
    ) else {
        return png(decoded);
    };
    let mut bytes = Vec::new();
    let encoder = Encoder::new(&mut bytes, 88);
    let done = match decoded {
        DynamicImage::ImageLuma8(grey) => encoder.encode(grey, width, height, ColorType::Luma),
        DynamicImage::ImageRgb8(colour) => encoder.encode(colour, width, height, ColorType::Rgb),
        other => encoder.encode(&other.to_rgb8(), width, height, ColorType::Rgb),
    };
    done.ok()?;
    Some(("jpeg", bytes))
}

fn png(decoded: &DynamicImage) -> Option<Written> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    let (width, height) = (decoded.width(), decoded.height());
    let alpha = decoded.color().has_alpha();
    let done = match decoded {
        DynamicImage::ImageLuma8(grey) => {
            encoder.write_image(grey, width, height, image::ExtendedColorType::L8)
        }
        other if alpha => encoder.write_image(
            &other.to_rgba8(),
            width,
            height,
            image::ExtendedColorType::Rgba8,
        ),
        other => encoder.write_image(
            &other.to_rgb8(),
            width,
            height,
            image::ExtendedColorType::Rgb8,
        ),
    };
    done.ok()?;
    Some(("png", bytes))
}
