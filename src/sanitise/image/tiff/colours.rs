//! Colour models of TIFF that no reader of pictures brings to RGB: palettes
//! (TIFF 6.0 section 5) and luma with two differences (section 21). The file
//! is read under the plainest model with the same samples, and they are given
//! their meaning here.
//!
//! Absent on purpose: differences stored at a lower density, unless JPEG has
//! brought them to the full one.

use std::io::Cursor;

use ::image::{DynamicImage, RgbImage};
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::Reader;
use crate::sanitise::{Context, Refusal};

const PHOTOMETRIC: u16 = 262;
const COLOUR_MAP: u16 = 320;
const SUBSAMPLING: u16 = 530;
const COMPRESSION: u16 = 259;
const JPEG: u16 = 7;
/// ICC; the next number is nobody's.
const PROFILE: u16 = 34_675;

/// How the samples of a page are to be understood.
pub(super) enum Model {
    /// As they are.
    Plain,
    /// Places in a list of colours.
    Palette(Vec<[u8; 3]>),
    /// ITU-R BT.601 at full range.
    Luma,
}

/// The model of the page whose directory stands at `directory`; where it is
/// not a plain one, the file is changed to say that it is.
///
/// # Errors
/// `Malformed` for a list of colours that is none, `Unsupported` for
/// differences at a lower density.
pub(super) fn model(file: &mut [u8], directory: usize) -> Result<Model, Refusal> {
    let reader = Reader::new(file);
    let Some(entry) = reader.entry(directory, PHOTOMETRIC) else {
        return Ok(Model::Plain);
    };
    let little = reader.little;
    let (model, plain) = match reader.short(entry + 8) {
        Some(3) => {
            let colours = palette(&reader, directory).ok_or(Refusal::Malformed)?;
            (Model::Palette(colours), 1_u16)
        }
        Some(6) => {
            let jpeg = reader.value(directory, COMPRESSION) == Some(JPEG);
            let full = reader.entry(directory, SUBSAMPLING).is_some_and(|at| {
                reader.short(at + 8) == Some(1) && reader.short(at + 10) == Some(1)
            });
            if !jpeg && !full {
                return Err(Refusal::Unsupported);
            }
            let profile = reader.entry(directory, PROFILE);
            // It is of the colours, not of their differences.
            let tag = if little { [0x74, 0x87] } else { [0x87, 0x74] };
            if let Some(entry) = profile.and_then(|at| file.get_mut(at..at + 2)) {
                entry.copy_from_slice(&tag);
            }
            (Model::Luma, 2)
        }
        _ => return Ok(Model::Plain),
    };
    let value = if little {
        plain.to_le_bytes()
    } else {
        plain.to_be_bytes()
    };
    file.get_mut(entry + 8..entry + 10)
        .ok_or(Refusal::Malformed)?
        .copy_from_slice(&value);
    Ok(model)
}

/// Red, green and blue of 16 bits each, one list after the other; some writers
/// forget eight of the bits.
fn palette(reader: &Reader<'_>, directory: usize) -> Option<Vec<[u8; 3]>> {
    let entry = reader.entry(directory, COLOUR_MAP)?;
    let count = usize::try_from(reader.long(entry + 4)?).ok()?;
    let colours = count / 3;
    if !(1..=256).contains(&colours) || count % 3 != 0 {
        return None;
    }
    let place = usize::try_from(reader.long(entry + 8)?).ok()?;
    let all: Vec<u16> = (0..count)
        .map(|n| reader.short(place.checked_add(n * 2)?))
        .collect::<Option<_>>()?;
    let narrow = all.iter().all(|value| *value < 256);
    let eight = |at: usize| {
        let value = *all.get(at)?;
        u8::try_from(if narrow { value } else { value >> 8 }).ok()
    };
    (0..colours)
        .map(|n| Some([eight(n)?, eight(colours + n)?, eight(2 * colours + n)?]))
        .collect()
}

/// The pixels of the first page, places in `colours`.
pub(super) fn coloured(
    file: &[u8],
    colours: &[[u8; 3]],
    context: &Context<'_>,
) -> Result<RgbImage, Refusal> {
    let malformed = |_| Refusal::Malformed;
    let most = usize::try_from(context.limits.memory_bytes / 4).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = most;
    limits.intermediate_buffer_size = most;
    let mut decoder = Decoder::new(Cursor::new(file))
        .map_err(malformed)?
        .with_limits(limits);
    let (columns, rows) = decoder.dimensions().map_err(malformed)?;
    let pixels = u64::from(columns) * u64::from(rows);
    // Three bytes a pixel, and once more on the way.
    if pixels > u64::from(context.limits.megapixels) * 1_000_000
        || pixels.saturating_mul(8) > context.limits.memory_bytes
    {
        return Err(Refusal::OverBudget);
    }
    let bits = match decoder.colortype().map_err(malformed)? {
        tiff::ColorType::Gray(bits @ (1 | 2 | 4 | 8)) => u32::from(bits),
        _ => return Err(Refusal::Unsupported),
    };
    let DecodingResult::U8(samples) = decoder.read_image().map_err(malformed)? else {
        return Err(Refusal::Unsupported);
    };
    // Every row begins at a whole byte.
    let row = usize::try_from((columns * bits).div_ceil(8)).map_err(|_| Refusal::OverBudget)?;
    let mask = u8::try_from((1_u32 << bits) - 1).unwrap_or(u8::MAX);
    let colour = |x: u32, y: u32| {
        let start = usize::try_from(y).ok()?.checked_mul(row)?;
        let byte = start.checked_add(usize::try_from(x * bits / 8).ok()?)?;
        let shift = 8 - bits - x * bits % 8;
        let place = samples.get(byte)? >> shift & mask;
        colours.get(usize::from(place)).copied()
    };
    // A place behind the list's end has no colour.
    Ok(RgbImage::from_fn(columns, rows, |x, y| {
        ::image::Rgb(colour(x, y).unwrap_or_default())
    }))
}

/// Luma and differences, read as red, green and blue, brought to those.
pub(super) fn from_luma(pixels: &DynamicImage) -> Result<DynamicImage, Refusal> {
    let DynamicImage::ImageRgb8(samples) = pixels else {
        return Err(Refusal::Unsupported);
    };
    let mut rgb = samples.clone();
    for pixel in rgb.pixels_mut() {
        let [luma, blue, red] = pixel.0.map(f32::from);
        let (blue, red) = (blue - 128.0, red - 128.0);
        // Saturating by definition of `as`.
        let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        pixel.0 = [
            byte(luma + 1.402 * red),
            byte(luma - 0.344_136 * blue - 0.714_136 * red),
            byte(luma + 1.772 * blue),
        ];
    }
    Ok(DynamicImage::from(rgb))
}
