//! Codes pixels anew: JPEG for photos; PNG for the rest, as grey or with a
//! palette where that holds every pixel exactly, so that a small drawing
//! stays small.

use std::collections::HashMap;

use ::image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use super::Picture;
use crate::sanitise::Refusal;

/// JPEG quality.
const QUALITY: u8 = 88;
/// Above this many pixels speed counts more than size.
const LARGE: usize = 4_000_000;

pub(super) fn write(model: &Picture) -> Result<Vec<u8>, Refusal> {
    if model.jpeg {
        jpeg(&model.pixels)
    } else {
        png(&model.pixels)
    }
}

fn jpeg(pixels: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let side = |side: u32| u16::try_from(side).map_err(|_| Refusal::OverBudget);
    let (columns, rows) = (side(pixels.width())?, side(pixels.height())?);
    let mut output = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut output, QUALITY);
    let coded = if let DynamicImage::ImageLuma8(grey) = pixels {
        encoder.encode(grey.as_raw(), columns, rows, jpeg_encoder::ColorType::Luma)
    } else if let DynamicImage::ImageRgb8(colour) = pixels {
        encoder.encode(colour.as_raw(), columns, rows, jpeg_encoder::ColorType::Rgb)
    } else {
        encoder.encode(
            pixels.to_rgb8().as_raw(),
            columns,
            rows,
            jpeg_encoder::ColorType::Rgb,
        )
    };
    coded.map_err(|_| Refusal::OverBudget)?;
    Ok(output)
}

fn png(pixels: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let samples = Samples::of(pixels);
    let mut output = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut output, pixels.width(), pixels.height());
    encoder.set_color(samples.colour);
    encoder.set_depth(samples.depth);
    let large = samples.data.len() > LARGE;
    encoder.set_compression(if large {
        ::png::Compression::Fast
    } else {
        ::png::Compression::Balanced
    });
    if samples.colour == ::png::ColorType::Indexed {
        encoder.set_filter(::png::Filter::NoFilter);
        encoder.set_palette(samples.palette);
        if !samples.transparency.is_empty() {
            encoder.set_trns(samples.transparency);
        }
    }
    let mut writer = encoder.write_header().map_err(|_| Refusal::OverBudget)?;
    writer
        .write_image_data(&samples.data)
        .map_err(|_| Refusal::OverBudget)?;
    writer.finish().map_err(|_| Refusal::OverBudget)?;
    Ok(output)
}

struct Samples {
    colour: ::png::ColorType,
    depth: ::png::BitDepth,
    data: Vec<u8>,
    palette: Vec<u8>,
    transparency: Vec<u8>,
}

impl Samples {
    fn of(pixels: &DynamicImage) -> Self {
        if let DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) = pixels {
            return Self::plain(::png::ColorType::Grayscale, pixels.to_luma8().into_raw());
        }
        let coloured = pixels.to_rgba8();
        let opaque = coloured.pixels().all(|pixel| pixel.0[3] == u8::MAX);
        let grey = coloured
            .pixels()
            .all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2]);
        // Many greys pack better as samples, with filters, than as indexes.
        let indexed = Self::indexed(&coloured);
        if let Some(indexed) =
            indexed.filter(|found| found.palette.len() <= 48 || !(grey && opaque))
        {
            return indexed;
        }
        let whole = DynamicImage::ImageRgba8(coloured);
        match (grey, opaque) {
            (true, true) => Self::plain(
                ::png::ColorType::Grayscale,
                GrayImage::into_raw(whole.to_luma8()),
            ),
            (true, false) => Self::plain(
                ::png::ColorType::GrayscaleAlpha,
                GrayAlphaImage::into_raw(whole.to_luma_alpha8()),
            ),
            (false, true) => {
                Self::plain(::png::ColorType::Rgb, RgbImage::into_raw(whole.into_rgb8()))
            }
            (false, false) => Self::plain(
                ::png::ColorType::Rgba,
                RgbaImage::into_raw(whole.into_rgba8()),
            ),
        }
    }

    fn plain(colour: ::png::ColorType, data: Vec<u8>) -> Self {
        Self {
            colour,
            depth: ::png::BitDepth::Eight,
            data,
            palette: Vec::new(),
            transparency: Vec::new(),
        }
    }

    /// Exact palette samples, when 256 colours are enough.
    fn indexed(pixels: &RgbaImage) -> Option<Self> {
        let mut indexes: HashMap<[u8; 4], u8> = HashMap::new();
        let mut colours: Vec<[u8; 4]> = Vec::new();
        let mut last = None;
        let mut data = Vec::with_capacity(pixels.len() / 4);
        for pixel in pixels.pixels() {
            if let Some((colour, index)) = last
                && colour == pixel.0
            {
                data.push(index);
                continue;
            }
            let index = match indexes.get(&pixel.0) {
                Some(index) => *index,
                None => {
                    let index = u8::try_from(colours.len()).ok()?;
                    colours.push(pixel.0);
                    indexes.insert(pixel.0, index);
                    index
                }
            };
            last = Some((pixel.0, index));
            data.push(index);
        }
        let columns = usize::try_from(pixels.width()).ok()?;
        let (bits, depth) = match colours.len() {
            0..=2 => (1, ::png::BitDepth::One),
            3..=4 => (2, ::png::BitDepth::Two),
            5..=16 => (4, ::png::BitDepth::Four),
            _ => (8, ::png::BitDepth::Eight),
        };
        let opaque = colours.iter().all(|[_, _, _, alpha]| *alpha == u8::MAX);
        Some(Self {
            colour: ::png::ColorType::Indexed,
            depth,
            data: pack(&data, columns, bits),
            palette: colours
                .iter()
                .flat_map(|[r, g, b, _]| [*r, *g, *b])
                .collect(),
            transparency: if opaque {
                Vec::new()
            } else {
                colours.iter().map(|[_, _, _, alpha]| *alpha).collect()
            },
        })
    }
}

/// Packs one index per byte into `bits` each, rows padded to whole bytes.
fn pack(indexes: &[u8], columns: usize, bits: usize) -> Vec<u8> {
    let per_byte = 8 / bits;
    let mut packed = Vec::with_capacity(indexes.len() / per_byte);
    for row in indexes.chunks(columns.max(1)) {
        for group in row.chunks(per_byte) {
            let joined = group.iter().fold(0_u8, |byte, index| {
                if bits == 8 {
                    *index
                } else {
                    (byte << bits) | index
                }
            });
            let missing = (per_byte - group.len()) * bits;
            packed.push(if bits == 8 { joined } else { joined << missing });
        }
    }
    packed
}
