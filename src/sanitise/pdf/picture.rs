//! The smallest coding of a page's pixels at equal look: few colours and hard
//! edges (text, drawings) become a palette picture without loss that an eye
//! could find; soft gradients (photos, scans) become JPEG.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::super::Refusal;
use super::super::codes::{self, Grey, LONGEST_SIDE, Seen, grey_of, may_be_seen_in};

/// JPEG quality of photo pages.
const QUALITY: u8 = 80;
/// Pages with more soft pixels than one in so many are photos.
const SOFT_SHARE: usize = 40;
/// A colour that fills one pixel in so many keeps its exact value.
const FILL_SHARE: u32 = 2_000;
/// More different colours than this are a photo.
const MOST_COLOURS: usize = 8_192;

/// A compact picture.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) coding: Coding,
    /// Compressed as `coding` says.
    pub(super) data: Vec<u8>,
}

/// How the samples are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Zlib of rows of indexes of 1, 2, 4 or 8 bits, rows padded to bytes.
    Palette {
        bits: u8,
        /// RGB triples, the first white.
        colours: Vec<[u8; 3]>,
    },
    /// Baseline JPEG of one component.
    GreyJpeg,
    /// Baseline JPEG of three components.
    ColourJpeg,
}

/// What a page of opaque RGBA pixels looks like, from one walk over them.
pub(super) struct Survey<'a> {
    rgba: &'a [u8],
    columns: u16,
    grey: bool,
    /// Pixels that differ from their left neighbour a little: gradients.
    soft: usize,
    /// `None` beyond [`MOST_COLOURS`].
    drawn: Option<Drawn>,
}

/// Few colours, and where they are.
struct Drawn {
    colours: Table,
    /// Row by row, none reaches over the end of its row.
    runs: Vec<Run>,
    /// Where in them each row begins.
    rows: Vec<usize>,
}

/// Pixels of one colour side by side.
struct Run {
    /// In [`Table::slots`].
    slot: u16,
    length: u16,
}

impl<'a> Survey<'a> {
    pub(super) fn of(rgba: &'a [u8], columns: u16) -> Self {
        let mut survey = Self {
            rgba,
            columns,
            grey: true,
            soft: 0,
            drawn: Some(Drawn {
                colours: Table::new(),
                runs: Vec::new(),
                rows: Vec::new(),
            }),
        };
        for row in rgba.chunks_exact(usize::from(columns) * 4) {
            if let Some(drawn) = &mut survey.drawn {
                drawn.rows.push(drawn.runs.len());
            }
            survey.walk(row);
            if survey.drawn.is_none() && !survey.grey {
                break; // A photo in colour: nothing else is asked of it.
            }
        }
        survey
    }

    fn rows(&self) -> usize {
        self.rgba.len() / 4 / usize::from(self.columns).max(1)
    }

    /// The first look for codes.
    pub(super) fn may_hold_code(&self) -> bool {
        let columns = usize::from(self.columns);
        match &self.drawn {
            Some(drawn) if columns.max(self.rows()) <= LONGEST_SIDE => may_be_seen_in(&Walked {
                survey: self,
                drawn,
            }),
            Some(_) | None => may_be_seen_in(&Grey::of_page(self.rgba, columns)),
        }
    }

    /// Codes the pixels.
    pub(super) fn compact(self) -> Result<Picture, Refusal> {
        let (columns, pixels) = (self.columns, self.rgba.len() / 4);
        let rows = u16::try_from(self.rows()).map_err(|_| Refusal::OverBudget)?;
        let soft = self.soft > pixels / SOFT_SHARE;
        let coded = match self.drawn {
            Some(drawn) if !soft || drawn.colours.used <= 256 => palette(drawn, columns, pixels),
            Some(_) | None => jpeg(self.rgba, columns, rows, self.grey),
        };
        let (coding, data) = coded?;
        Ok(Picture {
            columns,
            rows,
            coding,
            data,
        })
    }

    fn walk(&mut self, row: &[u8]) {
        let mut last = row.first_chunk().copied().unwrap_or(PAPER);
        let mut run = 0;
        let (blocks, rest) = row.as_chunks::<{ BLOCK * 4 }>();
        for block in blocks {
            if last == PAPER && is_paper(block) {
                run += BLOCK as u16;
            } else {
                (last, run) = self.step(block, last, run);
            }
        }
        let (last, run) = self.step(rest, last, run);
        self.count(last, run);
    }

    /// On from a run of `last`; gives back the run that the pixels end in.
    fn step(&mut self, pixels: &[u8], mut last: [u8; 4], mut run: u16) -> ([u8; 4], u16) {
        for pixel in pixels.as_chunks().0 {
            if *pixel != last {
                self.soft += usize::from(is_soft(&last, pixel));
                self.count(last, run);
                (last, run) = (*pixel, 0);
            }
            run += 1;
        }
        (last, run)
    }

    /// A run ends.
    fn count(&mut self, [r, g, b, _]: [u8; 4], length: u16) {
        let colour = u32::from_be_bytes([0, r, g, b]);
        self.grey &= is_grey(colour);
        if let Some(drawn) = &mut self.drawn {
            match drawn.colours.count(colour, length) {
                Some(slot) => drawn.runs.push(Run { slot, length }),
                None => self.drawn = None,
            }
        }
    }
}

/// A page of few colours, as the look for codes sees it.
struct Walked<'a> {
    survey: &'a Survey<'a>,
    drawn: &'a Drawn,
}

impl Seen for Walked<'_> {
    fn rows(&self) -> usize {
        self.drawn.rows.len()
    }

    fn gather(&self, y: usize, runs: &mut Vec<codes::Run>) {
        let start = self.drawn.rows.get(y).copied().unwrap_or(usize::MAX);
        let end = self.drawn.rows.get(y + 1).copied();
        let end = end.unwrap_or(self.drawn.runs.len());
        let row = self.drawn.runs.get(start..end).unwrap_or_default();
        runs.extend(row.iter().map(|run| codes::Run {
            sample: self.drawn.colours.grey(run.slot),
            length: usize::from(run.length),
        }));
    }

    fn at(&self, x: usize, y: usize) -> Option<u8> {
        let columns = usize::from(self.survey.columns);
        let at = (x < columns).then_some((y * columns + x) * 4)?;
        let pixel = self.survey.rgba.get(at..)?.first_chunk()?;
        Some(grey_of(*pixel))
    }
}

const PAPER: [u8; 4] = [255; 4];
/// Most of a page is paper: so many white pixels are walked over in one step.
const BLOCK: usize = 16;

/// Without a branch, so that it is a few instructions for all of the block.
fn is_paper(block: &[u8; BLOCK * 4]) -> bool {
    block.iter().fold(u8::MAX, |all, sample| all & sample) == u8::MAX
}

/// Colours are `0x00RRGGBB`.
const WHITE: u32 = 0x00FF_FFFF;

fn is_grey(colour: u32) -> bool {
    let [_, r, g, b] = colour.to_be_bytes();
    r == g && g == b
}

fn is_soft(a: &[u8; 4], b: &[u8; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 12)
}

/// Colours with how often they occur and the palette index they get. Greys,
/// which are most of any page, have a place each; the others are hashed, with
/// open addressing, because it is asked once for every change of colour.
struct Table {
    slots: Vec<Slot>,
    used: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// Colour + 1; 0 is free.
    key: u32,
    count: u32,
    index: u8,
}

const GREYS: usize = 256;
const SLOTS: usize = MOST_COLOURS * 4;

impl Table {
    fn new() -> Self {
        Self {
            slots: vec![Slot::default(); GREYS + SLOTS],
            used: 0,
        }
    }

    fn place(&self, colour: u32) -> usize {
        if is_grey(colour) {
            return colour as usize % GREYS;
        }
        let key = colour + 1;
        let mut at = GREYS + (key.wrapping_mul(0x9E37_79B1) >> 17) as usize % SLOTS;
        // Ends: at most a quarter of the slots is ever used.
        while self
            .slots
            .get(at)
            .is_some_and(|slot| slot.key != 0 && slot.key != key)
        {
            at = GREYS + (at + 1 - GREYS) % SLOTS;
        }
        at
    }

    /// The brightness of the colour in a slot.
    fn grey(&self, slot: u16) -> u8 {
        let slot = self.slots.get(usize::from(slot));
        let [_, rgb @ ..] = slot
            .map_or(WHITE, |slot| slot.key.wrapping_sub(1))
            .to_be_bytes();
        grey_of(rgb)
    }

    /// The slot of a colour, or nothing when there are too many colours.
    fn count(&mut self, colour: u32, run: u16) -> Option<u16> {
        let at = self.place(colour);
        let slot = self.slots.get_mut(at)?;
        if slot.key == 0 {
            slot.key = colour + 1;
            self.used += 1;
        }
        slot.count = slot.count.saturating_add(u32::from(run));
        (self.used <= MOST_COLOURS)
            .then_some(at)
            .and_then(|at| u16::try_from(at).ok())
    }
}

fn palette(mut drawn: Drawn, columns: u16, pixels: usize) -> Result<(Coding, Vec<u8>), Refusal> {
    let colours = choose(&mut drawn.colours, pixels);
    let bits: u8 = match colours.len() {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(2));
    let mut row = PackedRow::of(bits);
    let mut left = columns;
    for run in &drawn.runs {
        let slot = drawn.colours.slots.get(usize::from(run.slot));
        row.push(slot.map_or(0, |slot| slot.index), run.length);
        left = left.saturating_sub(run.length);
        if left == 0 {
            zlib.write_all(row.ended())
                .map_err(|_| Refusal::OverBudget)?;
            row.bytes.clear();
            left = columns;
        }
    }
    let data = zlib.finish().map_err(|_| Refusal::OverBudget)?;
    Ok((Coding::Palette { bits, colours }, data))
}

/// Indexes of 1, 2, 4 or 8 bits, the first in the highest bits of a byte.
struct PackedRow {
    bits: u8,
    /// Two to this are the indexes of a byte: a division at each change of
    /// colour would be felt.
    shift: u32,
    /// An index times this is that index all through the byte.
    everywhere: u8,
    bytes: Vec<u8>,
    /// The byte that is not full yet, and how many bits of it are.
    byte: u8,
    filled: u8,
}

impl PackedRow {
    fn of(bits: u8) -> Self {
        Self {
            bits,
            shift: (8 / bits).trailing_zeros(),
            everywhere: (0..8)
                .step_by(usize::from(bits))
                .fold(0, |ones, at| ones | 1 << at),
            bytes: Vec::new(),
            byte: 0,
            filled: 0,
        }
    }

    fn push(&mut self, index: u8, mut length: u16) {
        while length > 0 {
            let whole = length >> self.shift;
            if self.filled == 0 && whole > 0 {
                let same = index.wrapping_mul(self.everywhere);
                self.bytes
                    .extend(std::iter::repeat_n(same, usize::from(whole)));
                length -= whole << self.shift;
                continue;
            }
            self.byte = self.byte.checked_shl(u32::from(self.bits)).unwrap_or(0) | index;
            self.filled += self.bits;
            length -= 1;
            if self.filled == 8 {
                self.bytes.push(self.byte);
                (self.byte, self.filled) = (0, 0);
            }
        }
    }

    /// The row, its last byte padded.
    fn ended(&mut self) -> &[u8] {
        if self.filled > 0 {
            self.bytes.push(self.byte << (8 - self.filled));
            (self.byte, self.filled) = (0, 0);
        }
        &self.bytes
    }
}

/// Chooses at most 16 colours for a grey page and 256 for others, and gives
/// every colour of the table its index. Fills keep their exact colour; the
/// rest (edges of letters) shares colours with neighbours.
fn choose(table: &mut Table, pixels: usize) -> Vec<[u8; 3]> {
    let mut seen: Vec<(u32, u32)> = table
        .slots
        .iter()
        .filter(|slot| slot.key != 0)
        .map(|slot| (slot.count, slot.key - 1))
        .collect();
    seen.sort_unstable_by(|a, b| b.cmp(a));
    let grey = seen.iter().all(|(_, colour)| is_grey(*colour));
    let most = if grey { 16 } else { 256 };

    let mut chosen = vec![WHITE];
    if seen.len() < most {
        chosen.extend(seen.iter().map(|(_, c)| *c).filter(|c| *c != WHITE));
    } else {
        let threshold = u32::try_from(pixels).unwrap_or(u32::MAX) / FILL_SHARE;
        for (count, colour) in seen.iter().take(most / 2) {
            if *count > threshold && !chosen.contains(colour) {
                chosen.push(*colour);
            }
        }
        // The rest in steps, the most frequent steps first.
        let mut steps: Vec<(u32, u32)> = Vec::new();
        let mut totals = std::collections::BTreeMap::<u32, u32>::new();
        for (count, colour) in &seen {
            let total = totals.entry(step(*colour)).or_default();
            *total = total.saturating_add(*count);
        }
        steps.extend(totals.into_iter().map(|(colour, count)| (count, colour)));
        steps.sort_unstable_by(|a, b| b.cmp(a));
        for (_, colour) in steps {
            if chosen.len() >= most {
                break;
            }
            if !chosen.iter().any(|known| distance(*known, colour) < 300) {
                chosen.push(colour);
            }
        }
    }
    for (_, colour) in &seen {
        let nearest = chosen
            .iter()
            .enumerate()
            .min_by_key(|(_, known)| distance(**known, *colour));
        let index = nearest.map_or(0, |(index, _)| u8::try_from(index).unwrap_or(0));
        let at = table.place(*colour);
        if let Some(slot) = table.slots.get_mut(at) {
            slot.index = index;
        }
    }
    chosen
        .into_iter()
        .map(|colour| {
            let [_, r, g, b] = colour.to_be_bytes();
            [r, g, b]
        })
        .collect()
}

/// The colour in 16 steps per channel; black and white stay themselves.
fn step(colour: u32) -> u32 {
    let round = |v: u8| {
        let level = (u16::from(v) + 8) / 17;
        u8::try_from(level * 17).unwrap_or(u8::MAX)
    };
    let [_, r, g, b] = colour.to_be_bytes();
    u32::from_be_bytes([0, round(r), round(g), round(b)])
}

fn distance(a: u32, b: u32) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    let [_, ar, ag, ab] = a.to_be_bytes();
    let [_, br, bg, bb] = b.to_be_bytes();
    square(ar, br) + square(ag, bg) + square(ab, bb)
}

fn jpeg(rgba: &[u8], columns: u16, rows: u16, grey: bool) -> Result<(Coding, Vec<u8>), Refusal> {
    let mut data = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut data, QUALITY);
    let coding = if grey {
        let samples: Vec<u8> = rgba.iter().step_by(4).copied().collect();
        encoder
            .encode(&samples, columns, rows, jpeg_encoder::ColorType::Luma)
            .map_err(|_| Refusal::OverBudget)?;
        Coding::GreyJpeg
    } else {
        encoder
            .encode(rgba, columns, rows, jpeg_encoder::ColorType::Rgba)
            .map_err(|_| Refusal::OverBudget)?;
        Coding::ColourJpeg
    };
    Ok((coding, data))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Paper with marks of `colours` at every place of a block, and rows that
    /// end within one.
    fn drawn(columns: usize, rows: usize, colours: &[[u8; 4]]) -> Vec<u8> {
        let mut rgba = vec![255; columns * rows * 4];
        for (n, colour) in colours.iter().cycle().take(rows * 2).enumerate() {
            let at = (n / 2 * columns + n * 13 % columns) * 4;
            rgba[at..at + 4].copy_from_slice(colour);
        }
        rgba
    }

    #[test]
    fn the_look_for_codes_sees_what_is_drawn() {
        let marks: Vec<[u8; 4]> = (0..40).map(|n| [n * 6, 255 - n * 5, n * 3, 255]).collect();
        let rgba = drawn(131, 60, &marks);
        let survey = Survey::of(&rgba, 131);
        let walked = Walked {
            survey: &survey,
            drawn: survey.drawn.as_ref().unwrap(),
        };
        let grey = Grey::of_page(&rgba, 131);
        let row = |seen: &dyn Fn(&mut Vec<codes::Run>)| {
            let mut runs = Vec::new();
            seen(&mut runs);
            let samples = runs.iter().flat_map(|run| vec![run.sample; run.length]);
            samples.collect::<Vec<u8>>()
        };
        for y in 0..60 {
            let samples = row(&|runs| walked.gather(y, runs));
            assert_eq!(samples.len(), 131);
            assert_eq!(samples, row(&|runs| grey.gather(y, runs)));
            let there: Vec<u8> = (0..131).map(|x| walked.at(x, y).unwrap()).collect();
            assert_eq!(samples, there);
        }
        assert_eq!((walked.at(131, 0), walked.at(0, 60)), (None, None));
    }

    #[test]
    fn paper_and_what_is_on_it_come_back_pixel_by_pixel() {
        let marks: Vec<[u8; 4]> = (0..40).map(|n| [n * 6, 255 - n * 5, n * 3, 255]).collect();
        for (columns, count, depth) in [(67, 1, 1), (64, 3, 2), (131, 9, 4), (75, 40, 8)] {
            let rgba = drawn(columns, 60, &marks[..count]);
            let picture = Survey::of(&rgba, columns as u16).compact().unwrap();
            let Coding::Palette { bits, colours } = picture.coding else {
                panic!("a photo of {count} colours");
            };
            assert_eq!(bits, depth);
            let mut packed = Vec::new();
            let mut zlib = flate2::read::ZlibDecoder::new(picture.data.as_slice());
            zlib.read_to_end(&mut packed).unwrap();
            let per_byte = 8 / usize::from(bits);
            let row = columns.div_ceil(per_byte);
            assert_eq!(packed.len(), row * 60);
            for (n, pixel) in rgba.chunks(4).enumerate() {
                let (y, x) = (n / columns, n % columns);
                let byte = packed[y * row + x / per_byte];
                let shift = 8 - usize::from(bits) * (x % per_byte + 1);
                let index = usize::from(byte >> shift) & ((1 << bits) - 1);
                assert_eq!(colours[index], pixel[..3], "{count} colours, {x} {y}");
            }
        }
    }
}
