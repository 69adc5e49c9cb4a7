//! The first, cheap look: whether the three eyes of a code may be in a picture,
//! dark-light-dark-light-dark in widths of 1:1:3:1:1, across, down and aslant.
//! Rather once too often. Every picture and page comes by here, so it goes from
//! run to run of one brightness, not from sample to sample.

use std::ops::Range;

use itertools::Itertools as _;

use super::Grey;

/// More eyes than this are a pattern that the reader shall judge.
const MANY_EYES: usize = 40;
/// A mean of nothing: what is darkest is still darker than its neighbours.
const LEAST_MEAN: u32 = 127;
/// As many samples as the mean remembers, about.
const MEMORY: usize = 128;
/// Samples of a middling brightness that are judged together.
const STEP: usize = 16;
/// Rows of the middle of the smallest eye.
const STRIDE: usize = 3;
/// Samples of an eye whose modules the reader does not tell apart for certain.
const SMALL_EYE: usize = 36;
/// Both sides of a code with small eyes, on average; what is larger is several.
const LARGEST_PLACE: usize = 500;

/// What is looked at: brightness from 0 to 255, in rows.
pub(in crate::sanitise) trait Seen {
    /// Rows.
    fn rows(&self) -> usize;

    /// Puts the runs of row `y` into `runs`, from left to right.
    fn gather(&self, y: usize, runs: &mut Vec<Run>);

    /// The same from twice as far away.
    fn halved(&self) -> Grey;

    /// One sample, if it is in the picture.
    fn at(&self, x: usize, y: usize) -> Option<u8>;
}

/// Samples of one brightness side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sanitise) struct Run {
    /// Brightness.
    pub(in crate::sanitise) sample: u8,
    /// Samples.
    pub(in crate::sanitise) length: usize,
}

/// Whether a code may be in `picture`, seen from near and from further away: what
/// is dotted, hatched or torn by hairlines is a surface there.
pub(in crate::sanitise) fn may_be_in(picture: &impl Seen) -> bool {
    let seen = |eyes: Vec<Vec<Eye>>| {
        (eyes.iter()).any(|eyes| eyes.len() >= MANY_EYES || corners(eyes).next().is_some())
    };
    seen(eyes_in(picture)) || {
        let half = picture.halved();
        seen(eyes_by(&AFAR, &half)) || seen(eyes_by(&AFAR, &half.halved()))
    }
}

/// Columns and rows that may hold a code with small eyes, each with what is around
/// it, the smallest first: eyes of several codes make larger ones.
pub(super) fn small_places(picture: &impl Seen) -> Vec<[Range<usize>; 2]> {
    let found = eyes_in(picture);
    let small = |three: &[&Eye; 3]| {
        three
            .iter()
            .all(|eye| eye.width.max(eye.height) < SMALL_EYE)
    };
    let places = found.iter().flat_map(|eyes| corners(eyes)).filter(small);
    let size = |[columns, rows]: &[Range<usize>; 2]| columns.len() + rows.len();
    let places = places.map(around).sorted_by_key(size);
    places
        .take_while(|place| size(place) <= 2 * LARGEST_PLACE)
        .collect()
}

/// What three eyes of a code span, the corner without one included.
fn around(eyes: [&Eye; 3]) -> [Range<usize>; 2] {
    let span = |places: [usize; 3], eye: usize| {
        let (least, most) = (places.iter().min(), places.iter().max());
        let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
        // A code that stands aslant reaches farther.
        let more = eye + (most - least) / 4;
        least.saturating_sub(more)..most + more
    };
    let eye = |side: fn(&Eye) -> usize| eyes.iter().map(|eye| side(eye)).max().unwrap_or(0);
    [
        span(eyes.map(|eye| eye.x), eye(|eye| eye.width)),
        span(eyes.map(|eye| eye.y), eye(|eye| eye.height)),
    ]
}

/// The eyes in `picture`, look by look; too many end it.
pub(super) fn eyes_in(picture: &impl Seen) -> Vec<Vec<Eye>> {
    eyes_by(&LOOKS, picture)
}

fn eyes_by(looks: &[Look], picture: &impl Seen) -> Vec<Vec<Eye>> {
    let decay = Decay::new();
    let mut found: Vec<Vec<Eye>> = looks.iter().map(|_| Vec::new()).collect();
    let mut runs = Vec::new();
    for y in (0..picture.rows()).step_by(STRIDE) {
        runs.clear();
        picture.gather(y, &mut runs);
        for (look, eyes) in looks.iter().zip(&mut found) {
            if y % look.stride == 0 {
                seek(picture, (*look, &decay), y, &runs, eyes);
            }
            if eyes.len() >= MANY_EYES {
                return found;
            }
        }
    }
    found
}

/// The eyes that the row crosses.
fn seek(
    picture: &impl Seen,
    (look, decay): (Look, &Decay),
    y: usize,
    runs: &[Run],
    eyes: &mut Vec<Eye>,
) {
    let mut walk = Walk::along(runs, look);
    let mut x = 0_usize;
    let end = Run {
        sample: look.white(),
        length: 1,
    };
    for run in runs.iter().chain([&end]) {
        let sample = look.light(run.sample);
        let mut left = run.length;
        while left > 0 {
            let count = Walk::judged_together(sample).min(left);
            if let Some((width, ink)) = walk.step(sample, count, decay) {
                let middle = x.saturating_sub(width.div_ceil(2));
                let ink = Ink {
                    look,
                    threshold: walk.threshold(),
                    ink,
                };
                judge(picture, (middle, y), width, ink, eyes);
            }
            (x, left) = (x + count, left - count);
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
    /// One row in so many is looked at, a multiple of [`STRIDE`]: one at least
    /// crosses the middle of an eye.
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
        stride: STRIDE,
        negative: false,
    },
    Look {
        share: 1_009,
        least_part: 3,
        stride: 2 * STRIDE,
        negative: false,
    },
    Look {
        share: 1_009,
        least_part: 3,
        stride: 2 * STRIDE,
        negative: true,
    },
];

/// From further away letters are a haze that has eyes of one sample a module.
const AFAR: [Look; 1] = [Look {
    share: 922,
    least_part: 2,
    stride: STRIDE,
    negative: false,
}];

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

/// What is left of a distance after so many samples, (127/128)^n, in 65,536ths.
struct Decay([u32; MEMORY]);

impl Decay {
    fn new() -> Self {
        let mut exact = 1_u64 << 40;
        Self(std::array::from_fn(|_| {
            let left = (exact >> 24) as u32;
            exact -= exact >> 7;
            left
        }))
    }
}

/// A walk along a row: the last five runs of ink and paper, and what is ink here.
struct Walk {
    look: Look,
    /// A running mean of some hundred samples, because light is uneven; in
    /// 128ths of a sample.
    mean: u32,
    dark: bool,
    length: usize,
    runs: [usize; 5],
}

impl Walk {
    fn along(runs: &[Run], look: Look) -> Self {
        // As the row begins, however dark or light that is.
        let (mut sum, mut count) = (0, 0);
        for run in runs {
            let length = run.length.min(MEMORY - count);
            sum += look.light(run.sample) * u32::try_from(length).unwrap_or(0);
            count += length;
            if count == MEMORY {
                break;
            }
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
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

    /// White and black are ink or paper as long as they last; others may cease to
    /// be, as the mean comes near them.
    fn judged_together(light: u32) -> usize {
        match light {
            0 | 255 => usize::MAX,
            _ => STEP,
        }
    }

    /// Takes in samples of one light; tells the width of an eye that ends before
    /// them, and whether its middle is ink. Light codes on dark ground have eyes,
    /// too.
    fn step(&mut self, light: u32, count: usize, decay: &Decay) -> Option<(usize, bool)> {
        self.mean = self.mean - (self.mean >> 7) + light;
        let dark = light << 4 < self.threshold();
        if count > 1 {
            self.approach(light, count - 1, decay);
        }
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

    /// Moves the mean as so many samples of one light do.
    fn approach(&mut self, light: u32, mut count: usize, Decay(decay): &Decay) {
        let goal = (light << 7).max(LEAST_MEAN);
        while count > 0 && self.mean != goal {
            let samples = count.min(MEMORY - 1);
            let left = decay.get(samples).copied().unwrap_or_default();
            self.mean = match goal.checked_sub(self.mean) {
                Some(short) => goal - ((short * left) >> 16),
                None => goal + (((self.mean - goal) * left) >> 16),
            };
            count -= samples;
        }
    }
}

/// Where an eye was found.
pub(super) struct Eye {
    /// Its middle.
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Its middle is darker than what is around it.
    pub(super) dark: bool,
}

impl Eye {
    /// Whether one of this width at this place is it once more, and not a smaller
    /// one within or beside it.
    fn is(&self, (x, y): (usize, usize), width: usize) -> bool {
        self.width <= 2 * width
            && width <= 2 * self.width
            && self.x.abs_diff(x) <= self.width.min(width) / 2
            && self.y.abs_diff(y) <= self.height / 2
    }
}

/// What was ink where an eye was crossed.
#[derive(Clone, Copy)]
struct Ink {
    look: Look,
    threshold: u32,
    /// The middle is what is dark.
    ink: bool,
}

/// The same widths down through the middle and on both diagonals, at a place
/// not known yet: any line through the middle of an eye crosses it in these,
/// however it is turned, and letters and boxes do not bear that out.
fn judge(picture: &impl Seen, (x, y): (usize, usize), width: usize, ink: Ink, eyes: &mut Vec<Eye>) {
    if eyes.iter().any(|eye| eye.is((x, y), width)) {
        return;
    }
    let inked = |(x, y): (usize, usize), (dx, dy): (isize, isize), steps: isize| {
        let x = x.checked_add_signed(dx * steps)?;
        let y = y.checked_add_signed(dy * steps)?;
        let light = ink.look.light(picture.at(x, y)?);
        Some((light << 4 < ink.threshold) == ink.ink)
    };
    // Ink, paper and ink from the middle outwards, no run longer than twice all of
    // it: pixels need not be square.
    let arm = |middle, (dx, dy)| {
        let mut steps = 0_isize;
        [true, false, true].map(|wanted| {
            let mut run = 0;
            while run < 2 * width && inked(middle, (dx, dy), steps) == Some(wanted) {
                (run, steps) = (run + 1, steps + 1);
            }
            run
        })
    };
    let across = |middle, (dx, dy): (isize, isize)| {
        let [inner, gap, ring] = arm(middle, (dx, dy));
        if ring == 0 {
            return None; // Most letters end here.
        }
        let [inner_back, gap_back, ring_back] = arm(middle, (-dx, -dy));
        // The middle itself is in both.
        let inner_all = (inner + inner_back).saturating_sub(1);
        let runs = [ring_back, gap_back, inner_all, gap, ring];
        is_eye(&runs, 1).then_some((runs, inner_back))
    };
    let Some((down, inner_back)) = across((x, y), (0, 1)) else {
        return;
    };
    let [ring_back, gap_back, inner_all, ..] = down;
    // A row through an eye is seldom the one through its middle.
    let top = y.saturating_sub(ring_back + gap_back + inner_back.saturating_sub(1));
    let middle = top + ring_back + gap_back + inner_all / 2;
    if [(1, 1), (1, -1)]
        .iter()
        .all(|way| across((x, middle), *way).is_some())
    {
        eyes.push(Eye {
            x,
            y: middle,
            width,
            height: down.iter().sum(),
            dark: ink.ink != ink.look.negative,
        });
    }
}

/// Parts of an eye, by which the distance of two is measured.
const EYE: usize = 64;

/// Those three eyes that stand as those of a code do: at the corners of a right
/// angle with legs much alike, as far apart as versions 1 to 40 have them (14
/// to 170 modules, an eye is seven). Measured in eyes, across and down, because
/// pixels need not be square. Generous: codes stand aslant and turned.
fn corners(eyes: &[Eye]) -> impl Iterator<Item = [&Eye; 3]> {
    let square = |length: usize| u64::try_from(length).unwrap_or(u64::MAX).saturating_pow(2);
    let alike = |sides: [usize; 3]| {
        let (least, most) = (sides.iter().min(), sides.iter().max());
        most.copied() <= least.map(|least| 2 * least)
    };
    eyes.iter().array_combinations().filter(move |[a, b, c]| {
        let widths = [a.width, b.width, c.width];
        let heights = [a.height, b.height, c.height];
        let (across, down) = (widths.iter().sum::<usize>(), heights.iter().sum::<usize>());
        let apart = |a: &Eye, b: &Eye| {
            square(a.x.abs_diff(b.x) * 3 * EYE / across.max(1))
                + square(a.y.abs_diff(b.y) * 3 * EYE / down.max(1))
        };
        let mut sides = [apart(a, b), apart(b, c), apart(c, a)];
        sides.sort_unstable();
        let [short, leg, long] = sides;
        let both = short + leg;
        alike(widths)
            && alike(heights)
            && short >= square(EYE)
            && leg <= square(40 * EYE)
            && leg <= 4 * short
            && long.abs_diff(both) * 5 <= both * 2
    })
}

/// 1:1:3:1:1, each within three quarters of a part, and of the smallest exactly:
/// what has parts of one sample are letters, more often than not.
fn is_eye(runs: &[usize; 5], least_part: usize) -> bool {
    let [a, b, middle, c, d] = *runs;
    if middle <= a || middle <= d {
        return false; // Most runs end here.
    }
    // In quarters of a sample: parts of two and a half are no parts of two.
    let part = a + b + c + d;
    let slack = if part < 8 { 0 } else { part * 3 / 4 };
    let near = |run: usize, parts: usize| (4 * run).abs_diff(parts * part) <= slack;
    let plain = near(middle, 3) && [a, b, c, d].into_iter().all(|run| near(run, 1));
    (plain && part >= 4 * least_part) || is_small_eye(runs, least_part)
}

/// The same of a few samples, at whose edges ink has run, or paper: what one run has
/// won the next has lost, up to two thirds of a part.
fn is_small_eye(runs: &[usize; 5], least_part: usize) -> bool {
    let [a, b, middle, c, d] = *runs;
    // In sixteenths of a sample: this sum is that of sixteen parts, whatever ran.
    let part = 2 * (a + middle + d) + 3 * (b + c);
    let (ink, paper) = (8 * (a + d), 8 * (b + c));
    let near = |run: usize, wanted: usize| (16 * run).abs_diff(wanted) <= part / 2;
    (SMALL.start.max(16 * least_part)..SMALL.end).contains(&part)
        && part.abs_diff(paper) * 3 <= part * 2
        && near(middle, 2 * part + ink)
        && near(a, ink)
        && near(d, ink)
        && near(b, paper)
        && near(c, paper)
}

/// Parts of a small eye, in sixteenths of a sample.
const SMALL: Range<usize> = 27..96;
