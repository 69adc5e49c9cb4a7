//! Changes: of bytes for every family, of the format's own words where the
//! family has some. Sizes stay bounded, so that a run stays cheap.

mod bytes;
mod compound;
mod markup;
mod package;
mod pdf;
mod picture;
mod rtf;

use crate::{Chance, Family};

/// The longest input a run makes.
pub const LONGEST: usize = 2 << 20;

/// `bytes` after a few changes; `other` lends parts.
#[must_use]
pub fn changed(family: Family, bytes: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let most = 1 << chance.below(5);
    for _ in 0..=chance.below(most) {
        bytes = once(family, bytes, other, chance);
        bytes.truncate(LONGEST);
    }
    if family == Family::Picture && !chance.once_in(4) {
        picture::sums_mended(&mut bytes);
    }
    bytes
}

fn once(family: Family, bytes: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    if chance.once_in(3) {
        return bytes::changed(bytes, other, chance);
    }
    match family {
        Family::Pdf => pdf::changed(bytes, other, chance),
        Family::Drawing | Family::Page | Family::Text | Family::Mail => {
            markup::changed(bytes, chance)
        }
        Family::Rtf => rtf::changed(bytes, chance),
        Family::Ole => compound::changed(bytes, other, chance),
        Family::Office | Family::OpenDocument | Family::Zip => {
            package::changed(bytes, other, chance)
        }
        Family::Picture => bytes::changed(bytes, other, chance),
    }
}
