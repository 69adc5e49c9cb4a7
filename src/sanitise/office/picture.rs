//! Pictures inside documents: decoded to pixels and encoded anew. Metafiles and
//! drawings (EMF, WMF, SVG) are drawn, as if they had come alone.

use std::io::{Cursor, Read as _};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, ImageFormat, ImageReader, RgbImage,
    RgbaImage,
};

use super::zip_view::View;
use crate::policy::Limits;
use crate::sanitise::codes::{self, Area};
use crate::sanitise::{Context, Kind, Refusal, Report, What, image as pictures};

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
    /// Stands for one of which only the words around it are wanted: costs
    /// nothing, and is never written.
    pub(in crate::sanitise) fn unread() -> Self {
        Self {
            extension: "png",
            bytes: Vec::new(),
            may_hold_code: false,
        }
    }

    /// Columns and rows, as its own header has them.
    pub(in crate::sanitise) fn size(&self) -> Option<(u32, u32)> {
        let reader = ImageReader::new(Cursor::new(&self.bytes)).with_guessed_format();
        reader.ok()?.into_dimensions().ok()
    }

    /// The same with areas painted over.
    fn hide(&mut self, areas: &[Area], context: &Context<'_>) -> Result<(), Refusal> {
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

/// Says which of the pictures that are written may show a QR code.
pub(in crate::sanitise) fn name_codes<'p>(
    numbered: impl Iterator<Item = (u32, &'p mut Picture)>,
    report: &mut Report,
) {
    for (number, _) in numbered.filter(|(_, picture)| picture.may_hold_code) {
        report.may_hold_code(number);
    }
}

/// Paints areas over: of each picture those that its number is the page of.
pub(in crate::sanitise) fn hide<'p>(
    numbered: impl Iterator<Item = (u32, &'p mut Picture)>,
    areas: &[Area],
    context: &Context<'_>,
) -> Result<(), Refusal> {
    for (number, picture) in numbered {
        let here: Vec<Area> = (areas.iter().copied())
            .filter(|area| area.page == number)
            .collect();
        if !here.is_empty() {
            picture.hide(&here, context)?;
        }
    }
    Ok(())
}

/// Extension and bytes.
type Written = (&'static str, Vec<u8>);

/// Reads the pictures of one document.
#[derive(Debug)]
pub(in crate::sanitise) struct Pictures {
    /// Bytes of drawings that may still be drawn: that costs more than decoding.
    drawings_left: usize,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            drawings_left: 16 << 20,
        }
    }
}

impl Pictures {
    /// A picture, written anew; `None` where it cannot be read or is too large.
    pub(in crate::sanitise) fn read(
        &mut self,
        untrusted: &[u8],
        untrusted_name: &str,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Picture> {
        let (pixels, photo) = match image::guess_format(untrusted) {
            Ok(format) if is_common(format) => (
                decoded(untrusted, format, context.limits)?,
                format == ImageFormat::Jpeg,
            ),
            Ok(_) | Err(_) => {
                self.drawings_left = self.drawings_left.checked_sub(untrusted.len())?;
                (drawn(untrusted, untrusted_name, context, report)?, false)
            }
        };
        let (extension, bytes) = if photo { jpeg(&pixels) } else { png(&pixels) }?;
        if has_tail(untrusted) {
            report.removed(What::TrailingData, untrusted_name);
        }
        Some(Picture {
            extension,
            bytes,
            may_hold_code: codes::may_be_in(&pixels),
        })
    }
}

/// Whether something stands behind the end of a PNG or JPEG.
fn has_tail(untrusted: &[u8]) -> bool {
    match image::guess_format(untrusted) {
        // The last chunk is an empty IEND with its fixed checksum.
        Ok(ImageFormat::Png) => !untrusted.ends_with(b"\0\0\0\0IEND\xAE\x42\x60\x82"),
        Ok(ImageFormat::Jpeg) => !untrusted.ends_with(&[0xFF, 0xD9]),
        Ok(_) | Err(_) => false,
    }
}

/// What nearly all documents hold, and every reader decodes the same way.
fn is_common(format: ImageFormat) -> bool {
    matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::Bmp
    )
}

/// Largest drawing in millions of pixels: an A2 sheet at 150 dpi.
const LARGEST_DRAWN: u32 = 12;
/// Bytes of a compressed one.
const LARGEST_INFLATED: usize = 8 << 20;

/// Metafiles, drawings, and the rarer pictures. They may come compressed
/// (`.emz`, `.wmz`).
fn drawn(
    untrusted: &[u8],
    untrusted_name: &str,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<DynamicImage> {
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
    let mut said = Report::default();
    let pixels = pictures::inside(untrusted, &context, &mut said).ok()?;
    tell(untrusted, &said, untrusted_name, report);
    Some(pixels)
}

/// Says what a picture held besides what it shows. Of a drawing that is a
/// picture now this is said first: its comments are orders for other players.
pub(in crate::sanitise) fn tell(
    untrusted: &[u8],
    said: &Report,
    untrusted_name: &str,
    report: &mut Report,
) {
    let kind = pictures::further(untrusted);
    let drawing = matches!(kind, Some(Kind::Wmf | Kind::Emf)) || pictures::is_drawing(untrusted);
    if drawing {
        report.removed(What::Drawing, untrusted_name);
    }
    for line in &said.removed {
        if !(drawing && line.what == What::Metadata) {
            report.removed(line.what, untrusted_name);
        }
    }
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
    reader.decode().ok().and_then(in_bytes)
}

/// A picture of sixteen bits a channel as it is written, with eight: once, and
/// rounded in whole numbers.
fn in_bytes(pixels: DynamicImage) -> Option<DynamicImage> {
    let (width, height) = (pixels.width(), pixels.height());
    let eight = |samples: Vec<u16>| -> Vec<u8> {
        let rounded = |sample: u16| (u32::from(sample) + 128) / 257;
        // At most 255.
        (samples.into_iter())
            .map(|sample| rounded(sample) as u8)
            .collect()
    };
    match pixels {
        DynamicImage::ImageLuma16(grey) => {
            GrayImage::from_raw(width, height, eight(grey.into_raw())).map(DynamicImage::from)
        }
        DynamicImage::ImageRgb16(colour) => {
            RgbImage::from_raw(width, height, eight(colour.into_raw())).map(DynamicImage::from)
        }
        DynamicImage::ImageRgba16(colour) => {
            RgbaImage::from_raw(width, height, eight(colour.into_raw())).map(DynamicImage::from)
        }
        others => Some(others),
    }
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
    let done = match decoded {
        DynamicImage::ImageLuma8(grey) => {
            encoder.write_image(grey, width, height, ExtendedColorType::L8)
        }
        DynamicImage::ImageRgb8(colour) => {
            encoder.write_image(colour, width, height, ExtendedColorType::Rgb8)
        }
        DynamicImage::ImageRgba8(colour) => {
            encoder.write_image(colour, width, height, ExtendedColorType::Rgba8)
        }
        other if other.color().has_alpha() => {
            encoder.write_image(&other.to_rgba8(), width, height, ExtendedColorType::Rgba8)
        }
        other => encoder.write_image(&other.to_rgb8(), width, height, ExtendedColorType::Rgb8),
    };
    done.ok()?;
    Some(("png", bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_become_the_nearest_eight_in_every_colour() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let grey =
            image::ImageBuffer::from_raw(256, 256, all.clone()).map(DynamicImage::ImageLuma16);
        let colour = image::ImageBuffer::from_raw(128, 128, all).map(DynamicImage::ImageRgba16);
        for deep in [grey, colour].into_iter().flatten() {
            let nearest = deep.to_rgba8();
            let ours = in_bytes(deep).filter(|ours| ours.color().bytes_per_pixel() <= 4);
            assert_eq!(ours.map(|ours| ours.to_rgba8()), Some(nearest));
        }
    }
}
