//! QR codes (ISO/IEC 18004) in pictures and pages: an address that no filter
//! for text sees. Two looks: a cheap one over every picture while it is
//! written anew ([`eyes`], time linear in its pixels), and the
//! reader, which runs in a worker of its own with little time, on our own
//! output and only where the first look found the three eyes of a code. A
//! picture that makes the reader slow or ill costs the reader, not the mail.
//!
//! Absent on purpose: bar codes and other two-dimensional codes.

mod eyes;
mod grey;
mod read;

use std::ops::Range;

use ::image::DynamicImage;
use serde::{Deserialize, Serialize};

pub(in crate::sanitise) use eyes::{Run, Seen, may_be_in as may_be_seen_in};
pub(in crate::sanitise) use grey::{Grey, LONGEST_SIDE, grey_of};
pub use read::read;

/// Pages, or pictures, of one document whose codes are read.
pub const MOST_PAGES: usize = 20;
/// Codes of one document that are told.
pub const MOST_CODES: usize = 64;
/// The longest text that is told, in bytes.
pub const LONGEST_TEXT: usize = 160;
/// Both sides of a picture in the units of an [`Area`].
pub const WHOLE: u16 = 10_000;

/// A rectangle in a picture or page, in ten-thousandths of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Page, from 1; a picture has one. In an Office document the number of the
    /// picture.
    pub page: u32,
    /// Left edge.
    pub left: u16,
    /// Upper edge.
    pub top: u16,
    /// Right edge, beyond the left one.
    pub right: u16,
    /// Lower edge, beyond the upper one.
    pub bottom: u16,
}

impl Area {
    /// Within the picture and not empty.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.page > 0
            && self.left < self.right
            && self.top < self.bottom
            && self.right <= WHOLE
            && self.bottom <= WHOLE
    }

    /// Whether both have a place in common.
    fn meets(&self, other: &Self) -> bool {
        self.page == other.page
            && self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// The columns and rows of a picture that it covers.
    fn covers(&self, columns: usize, rows: usize) -> [Range<usize>; 2] {
        let share = |side: usize, edge: u16| side * usize::from(edge) / usize::from(WHOLE);
        [
            share(columns, self.left)..share(columns, self.right) + 1,
            share(rows, self.top)..share(rows, self.bottom) + 1,
        ]
    }

    /// Paints the area over, in pixels of red, green, blue and alpha.
    pub(in crate::sanitise) fn paint(&self, rgba: &mut [u8], columns: usize) {
        let row_length = columns.saturating_mul(4).max(1);
        let [across, down] = self.covers(columns, rgba.len() / row_length);
        let hidden = rgba.chunks_exact_mut(row_length);
        for row in hidden.take(down.end).skip(down.start) {
            let pixels = row.chunks_exact_mut(4).take(across.end);
            for pixel in pixels.skip(across.start) {
                pixel.copy_from_slice(&[0x99, 0x99, 0x99, 0xFF]);
            }
        }
    }
}

/// Whether a picture may hold a code: the first, cheap look.
pub(in crate::sanitise) fn may_be_in(pixels: &DynamicImage) -> bool {
    Grey::as_seen(pixels).iter().any(may_be_seen_in)
}

/// How many of the places that may show a code were read, and whether those
/// were all: behind the most that are read, or told of, there may be more.
#[must_use]
pub fn all_found(codes: usize, places: usize) -> bool {
    codes < MOST_CODES && places <= MOST_PAGES
}

/// A code and what it says. From a worker that may have been taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Its text, cleaned and bounded; empty where the code is there but
    /// cannot be read.
    pub untrusted_text: String,
    /// Where it stands.
    pub area: Area,
}

#[cfg(test)]
mod tests;
