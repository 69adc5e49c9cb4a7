//! One walk over the pixels of a page: which colours there are, and where.

use super::super::super::codes::{self, Grey, LONGEST_SIDE, Seen, grey_of, may_be_seen_in};

/// More different colours than this are a photo.
const MOST_COLOURS: usize = 8_192;

/// What a page of opaque RGBA pixels looks like, from one walk over them.
pub(in crate::sanitise::pdf) struct Survey<'a> {
    pub(super) rgba: &'a [u8],
    pub(super) columns: u16,
    pub(super) grey: bool,
    /// Pixels that differ from their left neighbour a little: gradients.
    pub(super) soft: usize,
    /// `None` beyond [`MOST_COLOURS`].
    pub(super) drawn: Option<Drawn>,
}

/// Few colours, and where they are.
pub(super) struct Drawn {
    pub(super) colours: Table,
    /// Row by row, none reaches over the end of its row.
    pub(super) runs: Vec<Run>,
    /// Where in them each row begins.
    rows: Vec<usize>,
}

/// Pixels of one colour side by side.
pub(super) struct Run {
    /// In [`Table::slots`].
    pub(super) slot: u16,
    pub(super) length: u16,
}

impl<'a> Survey<'a> {
    pub(in crate::sanitise::pdf) fn of(rgba: &'a [u8], columns: u16) -> Self {
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

    pub(super) fn rows(&self) -> usize {
        self.rgba.len() / 4 / usize::from(self.columns).max(1)
    }

    /// The first look for codes.
    pub(in crate::sanitise::pdf) fn may_hold_code(&self) -> bool {
        let columns = usize::from(self.columns);
        match &self.drawn {
            Some(drawn) if columns.max(self.rows()) <= LONGEST_SIDE => may_be_seen_in(&Walked {
                survey: self,
                drawn,
            }),
            Some(_) | None => may_be_seen_in(&Grey::of_page(self.rgba, columns)),
        }
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

    fn halved(&self) -> Grey {
        Grey::of_far_page(self.survey.rgba, usize::from(self.survey.columns))
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
pub(super) const WHITE: u32 = 0x00FF_FFFF;

pub(super) fn is_grey(colour: u32) -> bool {
    let [_, r, g, b] = colour.to_be_bytes();
    r == g && g == b
}

fn is_soft(a: &[u8; 4], b: &[u8; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 12)
}

/// Colours with how often they occur and the palette index they get. Greys,
/// which are most of any page, have a place each; the others are hashed, with
/// open addressing, because it is asked once for every change of colour.
pub(super) struct Table {
    pub(super) slots: Vec<Slot>,
    pub(super) used: usize,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    /// Colour + 1; 0 is free.
    pub(super) key: u32,
    pub(super) count: u32,
    pub(super) index: u8,
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

    pub(super) fn place(&self, colour: u32) -> usize {
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

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

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
}
