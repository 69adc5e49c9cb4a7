//! A small grey copy of a picture.

use std::ops::Range;

use ::image::imageops::{self, FilterType};
use ::image::{DynamicImage, GrayImage};

use super::Area;
use super::eyes::{Run, Seen, eyes_in};

/// The longest side of the copy: an A4 page keeps eight dots a millimetre.
pub(in crate::sanitise) const LONGEST_SIDE: usize = 2_500;
/// Squares whose contrast is judged together, in samples.
const TILE: usize = 64;
/// Less difference between light and dark is noise.
const FAINTEST: u8 = 6;
/// Most of a page is paper: so many samples of it are walked over in one step.
const BLOCK: usize = 16;
const PAPER: [u8; BLOCK] = [u8::MAX; BLOCK];

/// Grey samples, row by row.
#[derive(Clone)]
pub(in crate::sanitise) struct Grey {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) samples: Vec<u8>,
}

impl Grey {
    /// A picture as it is seen: where it is transparent on white, and then on
    /// black as well, because a code may show on one ground only.
    pub(in crate::sanitise) fn as_seen(pixels: &DynamicImage) -> Vec<Self> {
        let columns = usize::try_from(pixels.width()).unwrap_or(usize::MAX);
        match pixels {
            DynamicImage::ImageLuma8(grey) => {
                vec![Self::shrunk(grey.as_raw(), columns, |[grey]| *grey)]
            }
            DynamicImage::ImageRgb8(colour) => {
                vec![Self::shrunk(colour.as_raw(), columns, |colour| {
                    grey_of(*colour)
                })]
            }
            DynamicImage::ImageRgba8(rgba) => Self::on_grounds(rgba, columns),
            other => Self::on_grounds(&other.to_rgba8(), columns),
        }
    }

    fn on_grounds(rgba: &[u8], columns: usize) -> Vec<Self> {
        let pixels = rgba.as_chunks::<4>().0;
        let alpha = pixels.iter().fold(u8::MAX, |all, [.., alpha]| all & alpha);
        if alpha == u8::MAX {
            vec![Self::of_page(rgba, columns)]
        } else {
            let on = |ground| Self::of_rgba(rgba, columns, ground);
            vec![on(u8::MAX), on(0)]
        }
    }

    /// Of pixels of red, green, blue and alpha on a ground of this brightness.
    pub(in crate::sanitise) fn of_rgba(rgba: &[u8], columns: usize, ground: u8) -> Self {
        Self::shrunk(rgba, columns, |[r, g, b, alpha]| {
            // At most 255 * 255, so sixteen bits hold it.
            let (light, ground) = (u16::from(grey_of([*r, *g, *b])), u16::from(ground));
            let (alpha, rest) = (u16::from(*alpha), u16::from(u8::MAX - *alpha));
            ((light * alpha + ground * rest) / 255) as u8
        })
    }

    /// Of a drawn page: as [`Self::of_rgba`], where nothing is transparent. Every
    /// page of every file comes by here, so the usual size takes a short way.
    pub(in crate::sanitise) fn of_page(rgba: &[u8], columns: usize) -> Self {
        let pixels = rgba.as_chunks::<4>().0;
        let rows = pixels.len() / columns.max(1);
        let grey = |[r, g, b, _]: &[u8; 4]| grey_of([*r, *g, *b]);
        if columns.max(rows) > LONGEST_SIDE {
            return Self::shrunk(rgba, columns, grey);
        }
        let mut samples = Vec::with_capacity(pixels.len());
        let (blocks, rest) = rgba.as_chunks::<{ BLOCK * 4 }>();
        for block in blocks {
            if block.iter().fold(u8::MAX, |all, sample| all & sample) == u8::MAX {
                samples.extend_from_slice(&PAPER);
            } else {
                samples.extend(block.as_chunks::<4>().0.iter().map(grey));
            }
        }
        samples.extend(rest.as_chunks::<4>().0.iter().map(grey));
        Self {
            columns,
            rows,
            samples,
        }
    }

    /// [`Self::of_page`] from twice as far away, without the way over all its samples.
    pub(in crate::sanitise) fn of_far_page(rgba: &[u8], columns: usize) -> Self {
        let rows = rgba.len() / 4 / columns.max(1);
        if columns.max(rows) > LONGEST_SIDE {
            return Self::of_page(rgba, columns).halved();
        }
        let mean = |([a, b, c, _, d, e, f, _], [g, h, i, _, j, k, l, _]): (&[u8; 8], &[u8; 8])| {
            let of =
                |four: [&u8; 4]| (four.map(|part| u16::from(*part)).iter().sum::<u16>() / 4) as u8;
            grey_of([of([a, d, g, j]), of([b, e, h, k]), of([c, f, i, l])])
        };
        let mut samples = Vec::with_capacity(rgba.len() / 16);
        for two in rgba.chunks_exact((8 * columns).max(1)) {
            let (upper, lower) = two.split_at(4 * columns);
            let (over, over_rest) = upper.as_chunks::<{ BLOCK * 4 }>();
            let (under, under_rest) = lower.as_chunks::<{ BLOCK * 4 }>();
            for (over, under) in over.iter().zip(under) {
                let both = over.iter().chain(under);
                if both.fold(u8::MAX, |all, sample| all & sample) == u8::MAX {
                    samples.extend_from_slice(&[u8::MAX; BLOCK / 2]);
                } else {
                    let pairs = over.as_chunks().0.iter().zip(under.as_chunks().0);
                    samples.extend(pairs.map(mean));
                }
            }
            let pairs = over_rest.as_chunks().0.iter().zip(under_rest.as_chunks().0);
            samples.extend(pairs.map(mean));
        }
        Self {
            columns: columns / 2,
            rows: rows / 2,
            samples,
        }
    }

    /// Means of small squares, so that the longest side fits; of most pictures
    /// every pixel for itself.
    fn shrunk<const CHANNELS: usize>(
        bytes: &[u8],
        columns: usize,
        grey: impl Fn(&[u8; CHANNELS]) -> u8,
    ) -> Self {
        let pixels = bytes.as_chunks::<CHANNELS>().0;
        let columns = columns.max(1);
        let rows = pixels.len() / columns;
        let side = columns.max(rows).div_ceil(LONGEST_SIDE).max(1);
        if side == 1 {
            return Self {
                columns,
                rows,
                samples: pixels.iter().take(rows * columns).map(grey).collect(),
            };
        }
        let (few, low) = (columns / side, rows / side);
        let mut samples = Vec::with_capacity(few.saturating_mul(low));
        let mut sums = vec![0_u32; few];
        for (number, row) in pixels.chunks_exact(columns).take(low * side).enumerate() {
            for (sum, square) in sums.iter_mut().zip(row.chunks_exact(side)) {
                *sum += square
                    .iter()
                    .map(|pixel| u32::from(grey(pixel)))
                    .sum::<u32>();
            }
            if (number + 1).is_multiple_of(side) {
                let all = u32::try_from(side * side).unwrap_or(u32::MAX);
                // A mean of bytes is a byte.
                samples.extend(sums.iter().map(|sum| (sum / all).min(255) as u8));
                sums.fill(0);
            }
        }
        Self {
            columns: few,
            rows: low,
            samples,
        }
    }

    /// Paints an area over.
    pub(super) fn paint(&mut self, area: &Area) {
        let [across, down] = area.covers(self.columns, self.rows);
        let rows = self.samples.chunks_exact_mut(self.columns.max(1));
        for row in rows.take(down.end).skip(down.start) {
            let samples = row.iter_mut().take(across.end);
            samples.skip(across.start).for_each(|sample| *sample = 0x99);
        }
    }

    /// A part of it; what reaches over its edges is left out.
    pub(super) fn cutting(&self, columns: &Range<usize>, rows: &Range<usize>) -> Self {
        let within = |range: &Range<usize>, side: usize| range.start.min(side)..range.end.min(side);
        let (columns, rows) = (within(columns, self.columns), within(rows, self.rows));
        let whole = self.samples.chunks_exact(self.columns.max(1));
        let samples = whole
            .take(rows.end)
            .skip(rows.start)
            .flat_map(|row| row.get(columns.clone()).unwrap_or_default());
        Self {
            columns: columns.len(),
            rows: rows.len(),
            samples: samples.copied().collect(),
        }
    }

    /// A copy of so many times the width and height.
    pub(super) fn enlarged(&self, times: usize) -> Self {
        let (columns, rows) = (times * self.columns, times * self.rows);
        let side = |side: usize| u32::try_from(side).unwrap_or(0);
        let small = GrayImage::from_raw(side(self.columns), side(self.rows), self.samples.clone());
        let sharp = FilterType::CatmullRom;
        let large = small.map(|small| imageops::resize(&small, side(columns), side(rows), sharp));
        Self {
            columns,
            rows,
            samples: large.map_or_else(Vec::new, GrayImage::into_raw),
        }
    }

    /// A copy in which every eye is a square one, as the reader wants it: many are
    /// drawn round. Those of a code that stands aslant are spoilt by that.
    pub(super) fn with_square_eyes(&self) -> Self {
        let mut squared = self.clone();
        for eye in eyes_in(self).iter().flatten() {
            // Seven modules of ink, five of paper within, three of ink within.
            for (modules, ink) in [(7, true), (5, false), (3, true)] {
                let (across, down) = (eye.width * modules / 14, eye.height * modules / 14);
                let sample = if ink == eye.dark { 0 } else { u8::MAX };
                let rows = squared.samples.chunks_exact_mut(self.columns.max(1));
                for row in rows.take(eye.y + down).skip(eye.y.saturating_sub(down)) {
                    let row = row.iter_mut().take(eye.x + across);
                    row.skip(eye.x.saturating_sub(across))
                        .for_each(|pixel| *pixel = sample);
                }
            }
        }
        squared
    }

    /// A copy in which each sample is the mean of the square around it, `reach`
    /// samples to every side; those at the edge stay.
    pub(super) fn softened(&self, reach: usize) -> Self {
        let mut samples = self.samples.clone();
        let side = 2 * reach + 1;
        let mean =
            |sum: u32, of: usize| (sum / u32::try_from(of).unwrap_or(1).max(1)).min(255) as u8;
        let mut sums = vec![0_u32; self.columns];
        let row = |y: usize| self.samples.get(y * self.columns..(y + 1) * self.columns);
        for y in 0..self.rows {
            for (sum, sample) in sums.iter_mut().zip(row(y).unwrap_or_default()) {
                *sum += u32::from(*sample);
            }
            let Some(first) = (y + 1).checked_sub(side) else {
                continue;
            };
            let middle = (first + reach) * self.columns;
            let place = samples
                .get_mut(middle..middle + self.columns)
                .unwrap_or_default();
            let across = sums.windows(side).map(|sums| sums.iter().sum());
            for (sample, sum) in place.iter_mut().skip(reach).zip(across) {
                *sample = mean(sum, side * side);
            }
            for (sum, sample) in sums.iter_mut().zip(row(first).unwrap_or_default()) {
                *sum -= u32::from(*sample);
            }
        }
        Self {
            columns: self.columns,
            rows: self.rows,
            samples,
        }
    }

    /// A copy in which what is light and dark among its neighbours is white and
    /// black: a code in two pale colours as well.
    pub(super) fn strengthened(&self) -> Self {
        let across = self.columns.div_ceil(TILE);
        let tiles = across * self.rows.div_ceil(TILE);
        let mut ranges = vec![(u8::MAX, 0_u8); tiles];
        let tile = |x: usize, y: usize| y / TILE * across + x / TILE;
        for (y, row) in self.samples.chunks_exact(self.columns.max(1)).enumerate() {
            for (x, sample) in row.iter().enumerate() {
                if let Some((least, most)) = ranges.get_mut(tile(x, y)) {
                    (*least, *most) = ((*least).min(*sample), (*most).max(*sample));
                }
            }
        }
        let mut samples = Vec::with_capacity(self.samples.len());
        for (y, row) in self.samples.chunks_exact(self.columns.max(1)).enumerate() {
            samples.extend(row.iter().enumerate().map(|(x, sample)| {
                let (least, most) = ranges.get(tile(x, y)).copied().unwrap_or((0, u8::MAX));
                let range = most.saturating_sub(least);
                if range < FAINTEST {
                    // A tile of one colour is ground.
                    return u8::MAX;
                }
                let share = u32::from(sample.saturating_sub(least)) * 255 / u32::from(range);
                share.min(255) as u8
            }));
        }
        Self {
            columns: self.columns,
            rows: self.rows,
            samples,
        }
    }
}

impl Seen for Grey {
    fn rows(&self) -> usize {
        self.rows
    }

    fn gather(&self, y: usize, runs: &mut Vec<Run>) {
        let start = y * self.columns;
        let row = self.samples.get(start..start + self.columns);
        let (blocks, rest) = row.unwrap_or_default().as_chunks::<BLOCK>();
        for block in blocks.iter().map(<[u8; BLOCK]>::as_slice).chain([rest]) {
            match runs.last_mut() {
                Some(last) if block == [last.sample; BLOCK] => last.length += BLOCK,
                _ => block.iter().for_each(|sample| match runs.last_mut() {
                    Some(last) if last.sample == *sample => last.length += 1,
                    _ => runs.push(Run {
                        sample: *sample,
                        length: 1,
                    }),
                }),
            }
        }
    }

    fn halved(&self) -> Self {
        let (columns, rows) = (self.columns / 2, self.rows / 2);
        let mut samples = Vec::with_capacity(columns * rows);
        for two in self.samples.chunks_exact((2 * self.columns).max(1)) {
            let (upper, lower) = two.split_at(self.columns);
            let pairs = upper.as_chunks().0.iter().zip(lower.as_chunks().0);
            samples.extend(pairs.map(|([a, b], [c, d])| {
                let sum = u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d);
                (sum / 4) as u8
            }));
        }
        Self {
            columns,
            rows,
            samples,
        }
    }

    fn at(&self, x: usize, y: usize) -> Option<u8> {
        (x < self.columns).then(|| self.samples.get(y * self.columns + x).copied())?
    }
}

/// Of red, green and blue, as a sum that sixteen bits hold.
pub(in crate::sanitise) fn grey_of([r, g, b]: [u8; 3]) -> u8 {
    ((u16::from(r) * 77 + u16::from(g) * 151 + u16::from(b) * 28) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_grey_as_any_other_picture() {
        for (columns, rows) in [(7, 5), (LONGEST_SIDE + 1, 4)] {
            let rgba: Vec<u8> = (0..columns * rows)
                .flat_map(|n| {
                    [
                        (n * 7 % 256) as u8,
                        (n * 31 % 256) as u8,
                        (n % 256) as u8,
                        255,
                    ]
                })
                .collect();
            let (page, picture) = (
                Grey::of_page(&rgba, columns),
                Grey::of_rgba(&rgba, columns, 255),
            );
            assert_eq!(page.samples, picture.samples);
            assert_eq!((page.columns, page.rows), (picture.columns, picture.rows));
        }
    }
}
