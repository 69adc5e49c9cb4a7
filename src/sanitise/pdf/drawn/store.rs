//! What pages share: outlines of glyphs and pictures, each kept once.

use std::collections::HashMap;

use hayro::hayro_interpret::{ImageData, LumaData};

use super::super::picture::{self, Picture};
use super::super::write::zlib;
use crate::sanitise::Refusal;

/// The longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 5_000;

/// Glyphs and pictures of a file, in order of first use.
#[derive(Debug)]
pub(super) struct Store {
    /// Operators of outlines.
    pub(super) glyphs: Vec<Vec<u8>>,
    pub(super) pictures: Vec<Stored>,
    by_outline: HashMap<Vec<u8>, usize>,
    by_key: HashMap<u128, Decoded>,
    /// Bytes that may still be added.
    left: Option<u64>,
}

/// How a picture of the source was last decoded: some codings give fewer
/// pixels where fewer are wanted.
#[derive(Debug)]
struct Decoded {
    number: usize,
    wanted: (u32, u32),
    /// Its size and that of its opacity.
    given: [Option<(u32, u32)>; 2],
    /// All the pixels that the source has.
    whole: bool,
}

/// A picture and, where it is not opaque, its opacity.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) picture: Picture,
    pub(super) opacity: Option<Opacity>,
}

/// How opaque each pixel is: zlib of one byte each.
#[derive(Debug)]
pub(super) struct Opacity {
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) data: Vec<u8>,
}

impl Store {
    pub(super) fn new(most: u64) -> Self {
        Self {
            glyphs: Vec::new(),
            pictures: Vec::new(),
            by_outline: HashMap::new(),
            by_key: HashMap::new(),
            left: Some(most),
        }
    }

    /// More was put in than may come out.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_none()
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.left = self.left.and_then(|left| left.checked_sub(bytes as u64));
    }

    /// The number of a glyph with this outline.
    pub(super) fn glyph(&mut self, outline: Vec<u8>) -> usize {
        if let Some(number) = self.by_outline.get(&outline) {
            return *number;
        }
        let number = self.glyphs.len();
        self.spend(outline.len());
        self.glyphs.push(outline.clone());
        self.by_outline.insert(outline, number);
        number
    }

    /// The number of the source's picture `key`, where it has the pixels
    /// `wanted` now; else the pixels to decode it for, never fewer than before.
    pub(super) fn known(&self, key: u128, wanted: (u32, u32)) -> Result<usize, (u32, u32)> {
        let Some(before) = self.by_key.get(&key) else {
            return Err(wanted);
        };
        let most = (wanted.0.max(before.wanted.0), wanted.1.max(before.wanted.1));
        if before.whole || most == before.wanted {
            Ok(before.number)
        } else {
            Err(most)
        }
    }

    /// Keeps a picture under the source's key, as decoded for `wanted` pixels.
    pub(super) fn picture(
        &mut self,
        key: u128,
        wanted: (u32, u32),
        data: &ImageData,
        opacity: Option<&LumaData>,
    ) -> Result<usize, Refusal> {
        let given = [
            Some((data.width(), data.height())),
            opacity.map(|opacity| (opacity.width, opacity.height)),
        ];
        if let Some(before) = self.by_key.get_mut(&key)
            && before.given == given
        {
            before.wanted = wanted;
            return Ok(before.number);
        }
        let full = |scale: (f32, f32)| scale == (1.0, 1.0);
        let whole = full(data.scale_factors()) && opacity.is_none_or(|o| full(o.scale_factors));
        let mut pixels = opaque(data)?;
        if pixels.width().max(pixels.height()) > LONGEST_SIDE {
            pixels = ::image::DynamicImage::from(pixels)
                .thumbnail(LONGEST_SIDE, LONGEST_SIDE)
                .into_rgba8();
        }
        let columns = side(pixels.width())?;
        let picture = picture::Survey::of(pixels.as_raw(), columns).compact()?;
        let number = self.keep(picture, opacity)?;
        let decoded = Decoded {
            number,
            wanted,
            given,
            whole,
        };
        self.by_key.insert(key, decoded);
        Ok(number)
    }

    /// Keeps one colour in the shape of a stencil.
    pub(super) fn stencil(
        &mut self,
        [r, g, b]: [u8; 3],
        shape: &LumaData,
    ) -> Result<usize, Refusal> {
        let picture = picture::Survey::of(&[r, g, b, 255], 1).compact()?;
        self.keep(picture, Some(shape))
    }

    fn keep(&mut self, picture: Picture, opacity: Option<&LumaData>) -> Result<usize, Refusal> {
        let opacity = opacity.map(Opacity::of).transpose()?;
        let number = self.pictures.len();
        self.spend(picture.data.len() + opacity.as_ref().map_or(0, |one| one.data.len()));
        self.pictures.push(Stored { picture, opacity });
        Ok(number)
    }
}

impl Opacity {
    fn of(luma: &LumaData) -> Result<Self, Refusal> {
        let whole = ::image::GrayImage::from_raw(luma.width, luma.height, luma.data.clone())
            .ok_or(Refusal::Malformed)?;
        let small = if luma.width.max(luma.height) > LONGEST_SIDE {
            ::image::DynamicImage::from(whole)
                .thumbnail(LONGEST_SIDE, LONGEST_SIDE)
                .into_luma8()
        } else {
            whole
        };
        Ok(Self {
            columns: side(small.width())?,
            rows: side(small.height())?,
            data: zlib(small.as_raw())?,
        })
    }
}

fn opaque(data: &ImageData) -> Result<::image::RgbaImage, Refusal> {
    let rgba: Vec<u8> = match data {
        ImageData::Rgb(rgb) => rgb
            .data
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|[r, g, b]| [*r, *g, *b, 255])
            .collect(),
        ImageData::Luma(luma) => luma
            .data
            .iter()
            .flat_map(|grey| [*grey, *grey, *grey, 255])
            .collect(),
    };
    ::image::RgbaImage::from_raw(data.width(), data.height(), rgba).ok_or(Refusal::Malformed)
}

fn side(side: u32) -> Result<u16, Refusal> {
    match u16::try_from(side) {
        Ok(0) | Err(_) => Err(Refusal::Malformed),
        Ok(side) => Ok(side),
    }
}
