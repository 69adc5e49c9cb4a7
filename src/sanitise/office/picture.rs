//! Pictures inside documents: decoded to pixels and encoded anew. EMF, WMF,
//! SVG and everything else that is no raster picture is not read.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, ImageFormat, ImageReader};

use crate::policy::Limits;
use crate::sanitise::codes::{self, Area};
use crate::sanitise::{Context, Kind, Refusal, image as pictures};

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

/// The same picture, written anew; `None` where it cannot be read or is too
/// large.
pub(in crate::sanitise) fn again(untrusted: &[u8], limits: &Limits) -> Option<Picture> {
    let format = image::guess_format(untrusted).ok()?;
    if !matches!(
        format,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::Bmp
    ) {
        return None;
    }
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
    let decoded = reader.decode().ok()?;
    let (extension, bytes) = if format == ImageFormat::Jpeg {
        jpeg(&decoded)
    } else {
        png(&decoded)
    }?;
    Some(Picture {
        extension,
        bytes,
        may_hold_code: codes::may_be_in(&decoded),
    })
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
