//! JPEG 2000 in tiles (ISO 15444-1 annex B.3): each is coded without the others and
//! is decoded here as a picture of its own. The decoder computes with four bytes a
//! sample, and so needs them for one tile and not for all.

use std::ops::Range;

use ::image::error::{DecodingError, ImageFormatHint, ImageResult};
use ::image::{ColorType, ExtendedColorType, ImageDecoder, ImageError};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, Image};

/// Markers (annex A.2).
const START: [u8; 2] = [0xFF, 0x4F];
const SIZE: [u8; 2] = [0xFF, 0x51];
const TILE_PART: [u8; 2] = [0xFF, 0x90];
/// How tiles are coded: COD, COC, QCD, QCC, RGN, POC.
const CODING: [u8; 6] = [0x52, 0x53, 0x5C, 0x5D, 0x5E, 0x5F];
/// What a decoder need not know: TLM, PLM, CRG, COM.
const BESIDE: [u8; 4] = [0x55, 0x57, 0x63, 0x64];

/// Tiles, and the bytes that are repeated for each, over all of them: time stays bounded.
const MOST_TILES: u64 = 4_096;
const MOST_REPEATED: usize = 16 << 20;

/// A picture of more than one tile.
pub(in crate::sanitise) struct Tiled<'a> {
    /// Boxes that say what the samples mean (annex I), up to the codestream.
    boxes: Vec<u8>,
    grid: Grid<'a>,
    /// Marker segments that hold for every tile.
    coding: Vec<u8>,
    /// The tile-parts of each tile, in their order.
    tiles: Vec<Vec<&'a [u8]>>,
    colour: (ColorType, ExtendedColorType),
    profile: Option<Vec<u8>>,
    /// Its samples are its colours, without palette or profile.
    plain: bool,
}

impl<'a> Tiled<'a> {
    /// `None` for one tile, and for anything out of the ordinary (components of
    /// different sizes, packed packet headers, lost tiles, long headers): that is
    /// the decoder's to judge as a whole.
    pub(in crate::sanitise) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (boxes, stream) = apart(bytes)?;
        let (grid, coding, parts) = main_header(stream)?;
        let count = grid.count()?;
        if count < 2 || (boxes.len() + coding.len()).saturating_mul(count) > MOST_REPEATED {
            return None;
        }
        let mut tiled = Self {
            boxes,
            grid,
            coding,
            tiles: tile_parts(parts, count)?,
            colour: (ColorType::L8, ExtendedColorType::L8),
            profile: None,
            plain: false,
        };
        let first = tiled.file(0)?;
        let mut first = Image::new(&first, &DecodeSettings::default()).ok()?;
        tiled.colour = (first.color_type(), first.original_color_type());
        tiled.profile = first.icc_profile().ok()?;
        let device = matches!(first.color_space(), ColorSpace::Gray | ColorSpace::RGB);
        tiled.plain = device && !tiled.boxes.windows(4).any(|name| name == b"pclr");
        Some(tiled)
    }

    /// Grey, or red, green and blue, of eight bits, that are what they say: no
    /// palette, no profile, no other space to bring them from.
    pub(in crate::sanitise) fn device_colour(&self) -> Option<ColorType> {
        let known = matches!(
            self.colour,
            (ColorType::L8, ExtendedColorType::L8) | (ColorType::Rgb8, ExtendedColorType::Rgb8)
        );
        (known && self.plain).then_some(self.colour.0)
    }

    /// Bytes of the samples of one tile, at most.
    pub(super) fn tile_bytes(&self) -> u64 {
        let Grid { picture, step, .. } = &self.grid;
        let side = |range: &Range<u32>, step: u32| u64::from((range.end - range.start).min(step));
        side(&picture.x, step.0)
            .saturating_mul(side(&picture.y, step.1))
            .saturating_mul(self.colour.0.bytes_per_pixel().into())
    }

    /// Decodes tile after tile. `row` gets the samples of each row of each tile,
    /// with the column and the row of the picture where they begin.
    ///
    /// # Errors
    /// The decoder's, at the first tile that it does not read.
    pub(in crate::sanitise) fn each_row(
        &self,
        mut row: impl FnMut(usize, usize, &[u8]),
    ) -> ImageResult<()> {
        let mut samples = Vec::new();
        for number in 0..self.tiles.len() {
            let file = self.file(number).ok_or_else(broken)?;
            let image = Image::new(&file, &DecodeSettings::default())?;
            let (columns, _) = image.dimensions();
            let (x, y) = self.grid.place(number).ok_or_else(broken)?;
            let length = columns as usize * usize::from(self.colour.0.bytes_per_pixel());
            if image.color_type() != self.colour.0 || length == 0 {
                return Err(broken());
            }
            samples.clear();
            samples.resize(image.total_bytes() as usize, 0);
            image.read_image(&mut samples)?;
            for (down, samples) in samples.chunks_exact(length).enumerate() {
                row(x, y + down, samples);
            }
        }
        Ok(())
    }

    /// A tile as a file of its own: the picture is cut to it, and nothing moves.
    fn file(&self, number: usize) -> Option<Vec<u8>> {
        let mut file = self.boxes.clone();
        file.extend(START);
        file.extend(self.grid.cut_to(number)?);
        file.extend(&self.coding);
        for part in self.tiles.get(number)? {
            let ([marker @ .., _, _], rest) = part.split_first_chunk::<6>()?;
            file.extend(marker);
            file.extend([0, 0]); // There is no other tile now.
            file.extend(rest);
        }
        Some(file)
    }
}

impl ImageDecoder for Tiled<'_> {
    fn dimensions(&self) -> (u32, u32) {
        let Area { x, y } = &self.grid.picture;
        (x.end - x.start, y.end - y.start)
    }

    fn color_type(&self) -> ColorType {
        self.colour.0
    }

    fn original_color_type(&self) -> ExtendedColorType {
        self.colour.1
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.profile.take())
    }

    fn read_image(self, pixels: &mut [u8]) -> ImageResult<()> {
        let pixel = usize::from(self.colour.0.bytes_per_pixel());
        let columns = self.dimensions().0 as usize;
        self.each_row(|x, y, samples| {
            let from = (y * columns + x) * pixel;
            if let Some(place) = pixels.get_mut(from..from + samples.len()) {
                place.copy_from_slice(samples);
            }
        })
    }

    fn read_image_boxed(self: Box<Self>, pixels: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(pixels)
    }
}

/// The reference grid (annex B.2): where the picture lies on it, and its tiles.
struct Grid<'a> {
    picture: Area,
    /// Width and height of a tile.
    step: (u32, u32),
    /// Where the first tile begins.
    origin: (u32, u32),
    capabilities: &'a [u8],
    components: &'a [u8],
}

struct Area {
    x: Range<u32>,
    y: Range<u32>,
}

impl<'a> Grid<'a> {
    /// From the body of an image and tile size segment (annex A.5.1).
    fn read(body: &'a [u8]) -> Option<Self> {
        let (capabilities, rest) = body.split_at_checked(2)?;
        let (sides, components) = rest.split_first_chunk::<32>()?;
        let [x1, y1, x0, y0, width, height, left, top] = longs(sides);
        let sizes = components.get(2..)?.as_chunks::<3>();
        let alike = sizes.1.is_empty() && sizes.0.iter().all(|[_, x, y]| (*x, *y) == (1, 1));
        let begins = |from: u32, step: u32, at: u32| from <= at && at - from < step;
        let sound = x0 < x1 && y0 < y1 && begins(left, width, x0) && begins(top, height, y0);
        (alike && sound).then_some(Self {
            picture: Area {
                x: x0..x1,
                y: y0..y1,
            },
            step: (width, height),
            origin: (left, top),
            capabilities,
            components,
        })
    }

    /// Tiles side by side.
    fn across(&self) -> u32 {
        (self.picture.x.end - self.origin.0).div_ceil(self.step.0)
    }

    fn count(&self) -> Option<usize> {
        let down = (self.picture.y.end - self.origin.1).div_ceil(self.step.1);
        let count = u64::from(self.across()) * u64::from(down);
        usize::try_from(count).ok().filter(|_| count <= MOST_TILES)
    }

    /// Columns and rows of a tile, as they are without the picture's edges.
    fn cell(&self, number: usize) -> Option<Area> {
        let number = u32::try_from(number).ok()?;
        let span = |from: u32, step: u32, at: u32, end: u32| {
            let start = from.checked_add(step.checked_mul(at)?)?;
            Some(start..start.saturating_add(step).min(end))
        };
        let (across, down) = (number % self.across(), number / self.across());
        Some(Area {
            x: span(self.origin.0, self.step.0, across, self.picture.x.end)?,
            y: span(self.origin.1, self.step.1, down, self.picture.y.end)?,
        })
    }

    /// Where in the picture a tile begins: its column and row.
    fn place(&self, number: usize) -> Option<(usize, usize)> {
        let cell = self.cell(number)?;
        let from = |cell: &Range<u32>, picture: &Range<u32>| {
            cell.start.saturating_sub(picture.start) as usize
        };
        Some((
            from(&cell.x, &self.picture.x),
            from(&cell.y, &self.picture.y),
        ))
    }

    /// The size segment of a picture that ends where a tile does.
    fn cut_to(&self, number: usize) -> Option<Vec<u8>> {
        let Area { x, y } = self.cell(number)?;
        let sides = [
            x.end,
            y.end,
            x.start.max(self.picture.x.start),
            y.start.max(self.picture.y.start),
            x.end - x.start,
            y.end - y.start,
            x.start,
            y.start,
        ];
        let sides = sides.map(u32::to_be_bytes);
        let body = [self.capabilities, sides.as_flattened(), self.components].concat();
        let length = u16::try_from(body.len() + 2).ok()?;
        Some([&SIZE[..], &length.to_be_bytes(), &body].concat())
    }
}

/// The boxes that a tile's file begins with, and the codestream.
fn apart(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if bytes.starts_with(&START) {
        return Some((Vec::new(), bytes));
    }
    let mut kept = Vec::new();
    let mut rest = bytes;
    loop {
        let (head, body) = rest.split_first_chunk::<8>()?;
        let [length @ .., k, i, n, d] = *head;
        match (&[k, i, n, d], u32::from_be_bytes(length) as usize) {
            (b"jp2c", length) => {
                kept.extend(b"\0\0\0\0jp2c"); // As long as the file.
                let end = length.checked_sub(8).unwrap_or(body.len());
                return Some((kept, body.get(..end).unwrap_or(body)));
            }
            (kind, length) => {
                let (whole, after) = rest.split_at_checked(length.max(8))?;
                if matches!(kind, b"jP  " | b"ftyp" | b"jp2h") {
                    kept.extend(whole);
                }
                rest = after;
            }
        }
    }
}

/// What stands before the first tile-part (annex A.3), and all tile-parts.
fn main_header(stream: &[u8]) -> Option<(Grid<'_>, Vec<u8>, &[u8])> {
    let (size, mut rest) = segment(stream.strip_prefix(&START)?)?;
    let grid = Grid::read(size.strip_prefix(&SIZE)?.get(2..)?)?;
    let mut coding = Vec::new();
    while !rest.starts_with(&TILE_PART) {
        let (whole, after) = segment(rest)?;
        match whole {
            [0xFF, marker, ..] if CODING.contains(marker) => coding.extend(whole),
            [0xFF, marker, ..] if BESIDE.contains(marker) => {}
            _ => return None,
        }
        rest = after;
    }
    Some((grid, coding, rest))
}

/// A marker with its segment, and what follows.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, _, high, low] = *bytes.first_chunk()?;
    let length = usize::from(u16::from_be_bytes([high, low])).max(2);
    bytes.split_at_checked(length + 2)
}

/// The tile-parts (annex A.4.2) by tile; `None` where a tile has none.
fn tile_parts(mut rest: &[u8], count: usize) -> Option<Vec<Vec<&[u8]>>> {
    let mut tiles = vec![Vec::new(); count];
    while rest.starts_with(&TILE_PART) {
        let [_, _, _, _, high, low, length @ .., _, _] = *rest.first_chunk::<12>()?;
        let length = match u32::from_be_bytes(length) as usize {
            0 => rest.len(), // The last one goes to the end.
            length => length.max(12).min(rest.len()),
        };
        let (part, after) = rest.split_at_checked(length)?;
        let tile = usize::from(u16::from_be_bytes([high, low]));
        tiles.get_mut(tile)?.push(part);
        rest = after;
    }
    tiles.iter().all(|parts| !parts.is_empty()).then_some(tiles)
}

fn longs(bytes: &[u8; 32]) -> [u32; 8] {
    let mut longs = [0; 8];
    for (long, bytes) in longs.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *long = u32::from_be_bytes(*bytes);
    }
    longs
}

fn broken() -> ImageError {
    let format = ImageFormatHint::Name("JPEG 2000".to_owned());
    ImageError::Decoding(DecodingError::from_format_hint(format))
}

#[cfg(test)]
mod tests {
    use ::image::DynamicImage;
    use proptest::prelude::*;

    use super::*;
    use crate::sanitise::image::tests::{TILED, from_hex};

    /// Six tiles of grey, with quantisation, from column 5 and row 3 of a grid
    /// whose tiles begin at 2 and 1: a bare codestream by OpenJPEG.
    const ASKEW: &str = "ff4fff51002900000000002d0000001f0000000500000003000000100000001000000002000000010001070101\
         ff52000c00000001000204040000ff5c0011425f5250055005504757d357d35762ff64002500014372656174656420\
         6279204f70656e4a5045472076657273696f6e20322e352e34ff90000a00000000002a0001ff93c7cc28111dc2f8e4\
         86797943a7c0e16070800cef1e2ac00a53f38280ff90000a00010000002c0001ff93c7c62c1276a2333df253580b39\
         60c3e20f02301206655351236217194b80ff90000a00020000002b0001ff93c3e312125b5a6b27d5e132a6c1890312\
         0440134a206a0a894796013780ff90000a0003000000220001ff93c3e60e13174880de7428a1f08c175bcad4b44d80\
         ff90000a0004000000290001ff93c7ca201fe707826cd60692c1c1c3a242200a19f021be8e64155780ff90000a0005\
         0000002c0001ff93c7c61c0ad18655a68e26c1c243c241c2000bc149f01c92422e1265526280ffd9";

    fn whole(bytes: &[u8]) -> Option<DynamicImage> {
        let image = Image::new(bytes, &DecodeSettings::default()).ok()?;
        DynamicImage::from_decoder(image).ok()
    }

    fn in_tiles(bytes: &[u8]) -> Option<DynamicImage> {
        DynamicImage::from_decoder(Tiled::of(bytes)?).ok()
    }

    #[test]
    fn tiles_make_the_picture_that_they_are() {
        for coded in [TILED, ASKEW].map(from_hex) {
            let whole = whole(&coded).unwrap();
            assert_eq!((whole.width(), whole.height()), (40, 28));
            assert_eq!(in_tiles(&coded), Some(whole));
            assert_eq!(Tiled::of(&coded).unwrap().tiles.len(), 6);
        }
    }

    #[test]
    fn a_tile_costs_its_own_memory() {
        assert_eq!(
            Tiled::of(&from_hex(TILED)).unwrap().tile_bytes(),
            16 * 16 * 3
        );
        assert_eq!(Tiled::of(&from_hex(ASKEW)).unwrap().tile_bytes(), 16 * 16);
    }

    /// The place of a marker in the bare codestream.
    fn at(marker: [u8; 2]) -> usize {
        let coded = from_hex(ASKEW);
        coded.windows(2).position(|two| two == marker).unwrap()
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_the_decoder() {
        let changed = |place: usize, byte: u8| {
            let mut coded = from_hex(ASKEW);
            coded[place] = byte;
            Tiled::of(&coded).is_none()
        };
        let size = at(SIZE) + 4;
        let comment = at([0xFF, 0x64]);
        let last = from_hex(ASKEW).windows(2).rposition(|two| two == TILE_PART);
        assert!(changed(size + 2 + 4 * 4 + 3, 43), "one tile");
        assert!(changed(size + 2 + 4 * 4 + 3, 0), "tiles of nothing");
        assert!(changed(size + 2 + 4 * 6 + 3, 6), "tiles begin within");
        assert!(changed(size + 2 + 5, 0x40), "too many tiles");
        assert!(changed(size + 2 + 8 * 4 + 2 + 1, 2), "half as wide");
        assert!(changed(comment + 1, 0x60), "packet headers elsewhere");
        assert!(changed(comment + 1, 0x99), "an unknown segment");
        assert!(changed(last.unwrap() + 5, 4), "a tile is lost");
        assert!(changed(last.unwrap() + 5, 6), "a tile too many");
        assert!(!changed(comment + 1, 0x55), "lengths of tiles");
    }

    /// A segment that is repeated for each tile must not make them dear.
    #[test]
    fn a_long_head_is_left_to_the_decoder() {
        let mut coded = from_hex(ASKEW);
        let coding = at([0xFF, 0x52]);
        let segment = coded[coding..coding + 14].repeat(MOST_REPEATED / 6 / 14);
        coded.splice(coding..coding, segment);
        assert!(Tiled::of(&coded).is_none());
        assert!(whole(&coded).is_some());
    }

    proptest! {
        /// Whatever the bytes, no tile lies outside of its picture.
        #[test]
        fn broken_pictures_are_read_or_not(
            first in any::<bool>(), cut in 0_usize..460, place in 0_usize..460, byte: u8,
        ) {
            let mut coded = from_hex(if first { TILED } else { ASKEW });
            coded.truncate(cut.max(60));
            if let Some(changed) = coded.get_mut(place) {
                *changed = byte;
            }
            if let Some(tiled) = Tiled::of(&coded) {
                let (columns, rows) = tiled.dimensions();
                prop_assume!(u64::from(columns) * u64::from(rows) <= 1 << 20);
                let pixel = usize::from(tiled.color_type().bytes_per_pixel());
                let _ = tiled.each_row(|x, y, samples| {
                    assert!(x + samples.len() / pixel <= columns as usize && y < rows as usize);
                });
            }
        }
    }
}
