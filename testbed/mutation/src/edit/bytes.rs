//! Changes that know nothing of the format.

use crate::Chance;

/// Values at the edges of what numbers can hold.
const EDGES: [u32; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

pub(super) fn changed(mut bytes: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let length = bytes.len();
    match chance.below(9) {
        0 | 1 => {
            for _ in 0..=chance.below(8) {
                if let Some(byte) = bytes.get_mut(chance.below(length)) {
                    *byte ^= 1 << chance.below(8);
                }
            }
        }
        2 => {
            for byte in &mut bytes[chance.stretch(length)] {
                *byte = (chance.number() & 0xff) as u8;
            }
        }
        3 => {
            let part = bytes[chance.stretch(length)].to_vec();
            let at = chance.below(length + 1);
            bytes.splice(at..at, part);
        }
        4 => {
            bytes.drain(chance.stretch(length));
        }
        5 => {
            let part: Vec<u8> = bytes.drain(chance.stretch(length)).collect();
            let at = chance.below(bytes.len() + 1);
            bytes.splice(at..at, part);
        }
        6 => bytes.truncate(chance.below(length + 1)),
        7 => {
            let part = other[chance.stretch(other.len())].to_vec();
            let place = chance.stretch(length);
            bytes.splice(place, part);
        }
        _ => number(&mut bytes, chance),
    }
    bytes
}

/// A number of two or four bytes becomes one at an edge.
fn number(bytes: &mut [u8], chance: &mut Chance) {
    let at = chance.below(bytes.len());
    let value = *chance.one(&EDGES);
    let (big, little) = (value.to_be_bytes(), value.to_le_bytes());
    let new = match chance.below(4) {
        0 => &big[..],
        1 => &little[..],
        2 => &big[2..],
        _ => &little[..2],
    };
    for (byte, new) in bytes.iter_mut().skip(at).zip(new) {
        *byte = *new;
    }
}
