//! Pages of few colours as indexes of a palette, packed.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::super::super::Refusal;
use super::survey::{Drawn, Table, WHITE, is_grey};
use super::{Coding, PALETTE};

/// A colour that fills one pixel in so many keeps its exact value.
const FILL_SHARE: u32 = 2_000;

/// The runs as indexes, and the colours that these name.
pub(super) fn coded(
    mut drawn: Drawn,
    columns: u16,
    pixels: usize,
) -> Result<(Coding, Vec<u8>), Refusal> {
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
    let most = if grey { 16 } else { PALETTE };

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
