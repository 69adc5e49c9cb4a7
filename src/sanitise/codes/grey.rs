//! A small grey copy of a picture, and the cheap look at it.

use ::image::DynamicImage;
use itertools::Itertools as _;

/// The longest side of the copy: an A4 page keeps eight dots a millimetre.
const LONGEST_SIDE: usize = 2_500;
/// Squares whose contrast is judged together, in samples.
const TILE: usize = 64;
/// Less difference between light and dark is noise.
const FAINTEST: u8 = 6;
/// A mean of nothing: what is darkest is still darker than its neighbours.
const LEAST_MEAN: u32 = 128;
/// More eyes than this are a pattern that the reader shall judge.
const MANY_EYES: usize = 40;
/// Most of a page is paper: so many samples of it are walked over in one step.
const BLOCK: usize = 16;
const PAPER: [u8; BLOCK] = [u8::MAX; BLOCK];

/// Grey samples, row by row.
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
        if let DynamicImage::ImageLuma8(grey) = pixels {
            return vec![Self::shrunk(
                grey.as_raw(),
                columns,
                1,
                |pixel| match pixel {
                    [grey, ..] => u32::from(*grey),
                    [] => 255,
                },
            )];
        }
        if let DynamicImage::ImageRgb8(colour) = pixels {
            return vec![Self::shrunk(colour.as_raw(), columns, 3, brightness)];
        }
        let rgba = pixels.to_rgba8();
        let opaque = rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX);
        let grounds: &[u32] = if opaque { &[255] } else { &[255, 0] };
        grounds
            .iter()
            .map(|ground| Self::of_rgba(&rgba, columns, *ground))
            .collect()
    }

    /// Of pixels of red, green, blue and alpha on a ground of this brightness.
    pub(in crate::sanitise) fn of_rgba(rgba: &[u8], columns: usize, ground: u32) -> Self {
        Self::shrunk(rgba, columns, 4, |pixel| {
            let alpha = pixel.get(3).map_or(255, |alpha| u32::from(*alpha));
            (brightness(pixel) * alpha + ground * (255 - alpha)) / 255
        })
    }

    /// Of a drawn page: as [`Self::of_rgba`], where nothing is transparent. Every
    /// page of every file comes by here, so the usual size takes a short way.
    pub(in crate::sanitise) fn of_page(rgba: &[u8], columns: usize) -> Self {
        let pixels = rgba.as_chunks::<4>().0;
        let rows = pixels.len() / columns.max(1);
        if columns.max(rows) > LONGEST_SIDE {
            return Self::shrunk(rgba, columns, 4, brightness);
        }
        let grey = |[r, g, b, _]: &[u8; 4]| {
            // At most 255 * 256, so sixteen bits hold it.
            let sum = u16::from(*r) * 77 + u16::from(*g) * 151 + u16::from(*b) * 28;
            (sum >> 8) as u8
        };
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

    /// Means of small squares, so that the longest side fits.
    fn shrunk(bytes: &[u8], columns: usize, channels: usize, grey: impl Fn(&[u8]) -> u32) -> Self {
        let row_length = columns.saturating_mul(channels).max(1);
        let rows = bytes.len() / row_length;
        let side = columns.max(rows).div_ceil(LONGEST_SIDE).max(1);
        let (few, low) = (columns / side, rows / side);
        let mut samples = Vec::with_capacity(few.saturating_mul(low));
        let mut sums = vec![0_u32; few];
        for (number, row) in bytes.chunks_exact(row_length).take(low * side).enumerate() {
            let squares = row.chunks_exact(channels * side);
            for (sum, square) in sums.iter_mut().zip(squares) {
                *sum += square.chunks_exact(channels).map(&grey).sum::<u32>();
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

    /// Whether the three eyes of a code may be in it: dark-light-dark-light-
    /// dark in widths of 1:1:3:1:1, across and down. Rather once too often.
    pub(in crate::sanitise) fn may_hold_code(&self) -> bool {
        let mut looks = LOOKS.map(|look| (look, Vec::new()));
        let mut runs = Vec::new();
        let rows = self.samples.chunks_exact(self.columns.max(1)).enumerate();
        for (y, row) in rows.step_by(2) {
            gather(row, &mut runs);
            for (look, eyes) in &mut looks {
                if y % look.stride == 0 {
                    self.seek(*look, (y, row), &runs, eyes);
                }
                if eyes.len() >= MANY_EYES {
                    return true;
                }
            }
        }
        looks.iter().any(|(_, eyes)| corners(eyes))
    }

    /// The eyes that the row crosses.
    fn seek(&self, look: Look, (y, row): (usize, &[u8]), runs: &[Run], eyes: &mut Vec<Eye>) {
        let mut walk = Walk::along(row, look);
        let mut x = 0_usize;
        let end = Run {
            sample: look.white(),
            length: 1,
        };
        for run in runs.iter().chain([&end]) {
            let mut left = run.length;
            while left > 0 {
                let step = walk.stride(run.sample).min(left);
                if let Some((width, ink)) = walk.step(run.sample, step) {
                    let middle = x.saturating_sub(width.div_ceil(2));
                    let ink = (look, walk.threshold(), ink);
                    self.judge((middle, y), width, ink, eyes);
                }
                (x, left) = (x + step, left - step);
            }
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

    /// The same widths down through the middle and on both diagonals, at a place
    /// not known yet: any line through the middle of an eye crosses it in these,
    /// however it is turned, and letters and boxes do not bear that out.
    fn judge(
        &self,
        (x, y): (usize, usize),
        width: usize,
        (look, threshold, ink): (Look, u32, bool),
        eyes: &mut Vec<Eye>,
    ) {
        let known = eyes
            .iter()
            .any(|eye| eye.x.abs_diff(x) < eye.width && eye.y.abs_diff(y) < eye.width);
        if known {
            return;
        }
        let inked = |(x, y): (usize, usize), (dx, dy): (isize, isize), steps: isize| {
            let x = x.checked_add_signed(dx * steps)?;
            let y = y.checked_add_signed(dy * steps)?;
            let sample = (x < self.columns).then(|| self.samples.get(y * self.columns + x))??;
            Some((look.light(*sample) << 4 < threshold) == ink)
        };
        // Ink, paper and ink from the middle outwards, no run longer than all of it.
        let arm = |middle, (dx, dy)| {
            let mut steps = 0_isize;
            [true, false, true].map(|wanted| {
                let mut run = 0;
                while run < width && inked(middle, (dx, dy), steps) == Some(wanted) {
                    (run, steps) = (run + 1, steps + 1);
                }
                run
            })
        };
        let across = |middle, (dx, dy): (isize, isize)| {
            let [inner, gap, ring] = arm(middle, (dx, dy));
            let [inner_back, gap_back, ring_back] = arm(middle, (-dx, -dy));
            // The middle itself is in both.
            let inner_all = (inner + inner_back).saturating_sub(1);
            [ring_back, gap_back, inner_all, gap, ring]
        };
        let down = across((x, y), (0, 1));
        if !is_eye(&down, 1) {
            return;
        }
        // A row through an eye is seldom the one through its middle.
        let [ring_back, gap_back, inner_all, ..] = down;
        let [inner_back, ..] = arm((x, y), (0, -1));
        let top = y.saturating_sub(ring_back + gap_back + inner_back.saturating_sub(1));
        let middle = top + ring_back + gap_back + inner_all / 2;
        if [(1, 1), (1, -1)]
            .iter()
            .all(|way| is_eye(&across((x, middle), *way), 1))
        {
            eyes.push(Eye {
                x,
                y: middle,
                width,
            });
        }
    }
}

/// Samples of one brightness side by side.
struct Run {
    sample: u8,
    length: usize,
}

/// The runs of a row.
fn gather(row: &[u8], runs: &mut Vec<Run>) {
    runs.clear();
    let (blocks, rest) = row.as_chunks::<BLOCK>();
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

/// What counts as ink.
#[derive(Clone, Copy)]
struct Look {
    /// Ink is below so many 1,024ths of what is around it.
    share: u32,
    /// Modules have at least so many samples.
    least_part: usize,
    /// One row in so many is looked at, an even number: two at least cross the
    /// middle of an eye.
    stride: usize,
    /// Light and dark change places.
    negative: bool,
}

/// The second look takes also little difference for ink, where modules are too
/// large for noise; the third is for pale on dark, where the ground beside it is
/// as light as its mean.
const LOOKS: [Look; 3] = [
    Look {
        share: 922,
        least_part: 1,
        stride: 2,
        negative: false,
    },
    Look {
        share: 1_009,
        least_part: 3,
        stride: 4,
        negative: false,
    },
    Look {
        share: 1_009,
        least_part: 3,
        stride: 4,
        negative: true,
    },
];

impl Look {
    fn light(self, sample: u8) -> u32 {
        u32::from(if self.negative {
            u8::MAX - sample
        } else {
            sample
        })
    }

    /// What ends every row.
    fn white(self) -> u8 {
        if self.negative { 0 } else { u8::MAX }
    }
}

/// A walk along a row: the last five runs of ink and paper, and what is ink here.
struct Walk {
    look: Look,
    /// A running mean of some hundred samples, because light is uneven; in
    /// 128ths of a sample. Never so low that nothing is ink any more.
    mean: u32,
    dark: bool,
    length: usize,
    runs: [usize; 5],
}

impl Walk {
    fn along(row: &[u8], look: Look) -> Self {
        // As the row begins, however dark or light that is.
        let first = row.get(..row.len().min(128)).unwrap_or_default();
        let sum: u32 = first.iter().map(|sample| look.light(*sample)).sum();
        let count = u32::try_from(first.len()).unwrap_or(u32::MAX).max(1);
        Self {
            look,
            mean: ((sum << 7) / count).max(LEAST_MEAN),
            dark: false,
            length: 0,
            runs: [0; 5],
        }
    }

    /// What is darker is ink, in finer steps than samples have, for the faint.
    fn threshold(&self) -> u32 {
        ((self.mean >> 3) * self.look.share) >> 10
    }

    /// So many samples like this one are all ink or all paper: white and black
    /// are, others may cease to be as the mean comes near them.
    fn stride(&self, sample: u8) -> usize {
        match sample {
            0 | u8::MAX => usize::MAX,
            _ => BLOCK,
        }
    }

    /// Takes in samples of one brightness; tells the width of an eye that ends
    /// before them, and whether its middle is ink. Light codes on dark ground have
    /// eyes, too.
    fn step(&mut self, sample: u8, count: usize) -> Option<(usize, bool)> {
        let sample = self.look.light(sample);
        self.approach(sample, 1);
        let dark = sample << 4 < self.threshold();
        self.approach(sample, count - 1);
        if dark == self.dark {
            self.length += count;
            return None;
        }
        self.runs.rotate_left(1);
        if let Some(last) = self.runs.last_mut() {
            *last = self.length;
        }
        (self.length, self.dark) = (count, dark);
        is_eye(&self.runs, self.look.least_part).then(|| (self.runs.iter().sum(), !dark))
    }

    /// Moves the mean: a 128th of what it lacks, so many times.
    fn approach(&mut self, sample: u32, mut count: usize) {
        let goal = (sample << 7).max(LEAST_MEAN);
        // (127/128)^count in 65,536ths, by squares.
        let (mut left, mut square) = (1_u32 << 16, (1_u32 << 16) - (1 << 9));
        while count > 0 && left > 0 {
            if count % 2 == 1 {
                left = (left * square) >> 16;
            }
            (square, count) = ((square * square) >> 16, count / 2);
        }
        self.mean = match goal.checked_sub(self.mean) {
            Some(short) => goal - ((short * left) >> 16),
            None => goal + (((self.mean - goal) * left) >> 16),
        };
    }
}

struct Eye {
    x: usize,
    y: usize,
    width: usize,
}

/// Whether three eyes stand as those of a code do: at the corners of a right
/// angle with legs much alike, as far apart as versions 1 to 40 have them (14
/// to 170 modules, an eye is seven). Generous: codes stand aslant and turned.
fn corners(eyes: &[Eye]) -> bool {
    let square = |length: usize| u64::try_from(length).unwrap_or(u64::MAX).saturating_pow(2);
    let apart = |a: &Eye, b: &Eye| square(a.x.abs_diff(b.x)) + square(a.y.abs_diff(b.y));
    eyes.iter().array_combinations().any(|[a, b, c]| {
        let widths = [a.width, b.width, c.width];
        let (least, most) = (widths.iter().min(), widths.iter().max());
        let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
        let mut sides = [apart(a, b), apart(b, c), apart(c, a)];
        sides.sort_unstable();
        let [short, leg, long] = sides;
        let both = short + leg;
        most <= 2 * least
            && short >= square(least)
            && leg <= square(40 * most)
            && leg <= 4 * short
            && long.abs_diff(both) * 5 <= both * 2
    })
}

fn brightness(pixel: &[u8]) -> u32 {
    match pixel {
        [r, g, b, ..] => (u32::from(*r) * 77 + u32::from(*g) * 151 + u32::from(*b) * 28) >> 8,
        _ => 255,
    }
}

/// 1:1:3:1:1, each within three quarters of a part.
fn is_eye(runs: &[usize; 5], least_part: usize) -> bool {
    let [a, b, middle, c, d] = *runs;
    let part = (a + b + c + d) / 4;
    let slack = part * 3 / 4;
    let near = |run: usize, parts: usize| run.abs_diff(parts * part) <= slack;
    part >= least_part && near(middle, 3) && [a, b, c, d].into_iter().all(|run| near(run, 1))
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
