//! The words of an EMF, each sign in the place that the writer gave it
//! ([MS-EMF] 2.2.5, `OutputDx`). The player lays a line out by the widths of our
//! letters, which are others than the writer's: a name under an icon would run
//! over the edge.

use std::borrow::Cow;

/// Records: [MS-EMF] 2.1.1.
const SET_TEXT_ALIGN: u32 = 22;
const FONT: u32 = 82;
const TEXT: u32 = 84;
/// Where a record of text has its point, and the fields behind it.
const POINT: usize = 36;
const SIGNS: usize = 44;
const STRING_AT: usize = 48;
const OPTIONS: usize = 52;
const SPACES_AT: usize = 72;
/// Length of such a record in front of its string.
const HEAD: usize = 76;
/// Glyph numbers instead of signs, spaces in both directions.
const OTHER_WAYS: u32 = 0x10 | 0x2000;
/// Most signs that are placed one by one; each is a record of its own.
const MOST_SIGNS: usize = 5_000;

/// The drawing with one record for each sign, if it says where signs stand.
pub(super) fn spaced(bytes: &[u8]) -> Cow<'_, [u8]> {
    rewritten(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// `None` where nothing is to be done, or something is not understood.
fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let (mut align, mut left, mut changed) = (0, MOST_SIGNS, false);
    while !rest.is_empty() {
        let kind = number(rest, 0)?;
        let length = usize::try_from(number(rest, 4)?).ok()?;
        let (record, after) = rest.split_at_checked(length.max(8))?;
        rest = after;
        match kind {
            SET_TEXT_ALIGN => align = number(record, 8)?,
            // A line that runs aslant has its signs elsewhere.
            FONT if number(record, 20)? != 0 => return None,
            TEXT => {
                if let Some(signs) = signs(record, align) {
                    left = left.checked_sub(signs.len())?;
                    signs
                        .iter()
                        .for_each(|sign| sign.write(record, &mut written));
                    changed = true;
                    continue;
                }
            }
            _ => {}
        }
        written.extend_from_slice(record);
    }
    changed.then_some(written)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// One sign, or one with what stands on top of it.
struct Sign<'a> {
    units: &'a [[u8; 2]],
    x: i32,
}

/// The signs of a record; `None` for one that is to stay as it is.
fn signs(record: &[u8], align: u32) -> Option<Vec<Sign<'_>>> {
    let field = |at: usize| usize::try_from(number(record, at)?).ok();
    let count = field(SIGNS)?;
    let moves_on = align & 1 != 0;
    if number(record, OPTIONS)? & OTHER_WAYS != 0 || moves_on || field(SPACES_AT)? == 0 {
        return None;
    }
    let string = record.get(field(STRING_AT)?..)?;
    let units = string.as_chunks::<2>().0.get(..count)?;
    let spaces = record.get(field(SPACES_AT)?..)?;
    let spaces = spaces.as_chunks::<4>().0.get(..count)?;
    let spaces: Vec<i32> = spaces
        .iter()
        .map(|space| i32::from_le_bytes(*space))
        .collect();
    let total = spaces
        .iter()
        .try_fold(0_i32, |sum, space| sum.checked_add(*space))?;
    let mut x = i32::from_le_bytes(*record.get(POINT..)?.first_chunk::<4>()?);
    // [MS-WMF] 2.1.2.3: in the middle, or behind.
    let share = match align & 6 {
        6 => 2,
        2 => 1,
        _ => 0,
    };
    let part = |of: i32| if share == 0 { 0 } else { of / share };
    x = x.checked_sub(part(total))?;
    let mut signs = Vec::new();
    let mut from = 0;
    while from < count {
        // What has no width of its own is drawn together with its neighbour.
        let mut to = from + 1;
        while to < count && (spaces.get(to - 1) == Some(&0) || is_second(units.get(to)?)) {
            to += 1;
        }
        let mut widths = spaces.get(from..to)?.iter();
        let width = widths.try_fold(0_i32, |sum, space| sum.checked_add(*space))?;
        let units = units.get(from..to)?;
        if units != [[b' ', 0]] {
            signs.push(Sign {
                units,
                x: x.checked_add(part(width))?,
            });
        }
        x = x.checked_add(width)?;
        from = to;
    }
    Some(signs)
}

/// The second half of a sign beyond the first plane.
fn is_second(unit: &[u8; 2]) -> bool {
    (0xDC..=0xDF).contains(&unit[1])
}

impl Sign<'_> {
    /// The record of text with this sign alone.
    fn write(&self, record: &[u8], out: &mut Vec<u8>) {
        let mut string = self.units.concat();
        string.resize(string.len().next_multiple_of(4), 0);
        let spaces = HEAD + string.len();
        let length = spaces + 4 * self.units.len();
        let long = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut head = record.get(..HEAD).unwrap_or_default().to_vec();
        for (at, value) in [
            (4, long(length)),
            (POINT, self.x.to_le_bytes()),
            (SIGNS, long(self.units.len())),
            (STRING_AT, long(HEAD)),
            (SPACES_AT, long(spaces)),
        ] {
            if let Some(field) = head.get_mut(at..at + 4) {
                field.copy_from_slice(&value);
            }
        }
        out.extend(head);
        out.extend(string);
        out.resize(out.len() + 4 * self.units.len(), 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests stop at the first surprise

    use super::*;

    fn longs(longs: &[u32]) -> Vec<u8> {
        longs.iter().flat_map(|long| long.to_le_bytes()).collect()
    }

    /// A record of text at 100, 7 with these signs and spaces.
    fn text(units: &[u16], spaces: &[u32], options: u32) -> Vec<u8> {
        let mut string: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        string.resize(string.len().next_multiple_of(4), 0);
        let count = u32::try_from(units.len()).unwrap();
        let spaces_at = 76 + u32::try_from(string.len()).unwrap();
        let length = spaces_at + 4 * count;
        let mut record = longs(&[84, length, 0, 0, 0, 0, 1, 0, 0]);
        record.extend(longs(&[100, 7, count, 76, options, 0, 0, 9, 9, spaces_at]));
        [record, string, longs(spaces)].concat()
    }

    fn places(drawing: &[u8]) -> Vec<(u32, String)> {
        let drawing = spaced(drawing);
        let mut rest = &*drawing;
        let mut places = Vec::new();
        while !rest.is_empty() {
            let length = number(rest, 4).unwrap() as usize;
            if number(rest, 0) == Some(TEXT) {
                let count = number(rest, SIGNS).unwrap() as usize;
                let string = &rest[76..76 + 2 * count];
                let units: Vec<u16> = string
                    .chunks(2)
                    .map(|b| u16::from_le_bytes([b[0], b[1]]))
                    .collect();
                places.push((
                    number(rest, POINT).unwrap(),
                    String::from_utf16(&units).unwrap(),
                ));
            }
            rest = &rest[length..];
        }
        places
    }

    #[test]
    fn each_sign_stands_where_the_writer_put_it() {
        let words: Vec<u16> = "見 𠮷".encode_utf16().collect();
        let record = text(&words, &[20, 4, 20, 0], 0);
        let aligned = |align: u32| [longs(&[22, 12, align]), record.clone()].concat();
        let at = |first, second| vec![(first, "見".to_owned()), (second, "𠮷".to_owned())];
        assert_eq!(places(&aligned(0)), at(100, 124));
        assert_eq!(places(&aligned(6)), at(88, 112));
        assert_eq!(places(&aligned(2)), at(76, 100));
    }

    #[test]
    fn what_is_said_in_another_way_stays() {
        let words: Vec<u16> = "見積".encode_utf16().collect();
        let plain = text(&words, &[20, 20], 0);
        let slanted = [longs(&[82, 24, 1, 12, 0, 900]), plain.clone()].concat();
        let moving = [longs(&[22, 12, 1]), plain.clone()].concat();
        let mut nowhere = plain.clone();
        nowhere[SPACES_AT..SPACES_AT + 4].copy_from_slice(&[0; 4]);
        for drawing in [
            slanted,
            moving,
            nowhere,
            text(&words, &[20, 20], 0x10),
            longs(&[84, 8]),
        ] {
            assert!(matches!(spaced(&drawing), Cow::Borrowed(_)));
        }
        let many = plain.repeat(MOST_SIGNS / 2 + 1);
        assert!(matches!(spaced(&many), Cow::Borrowed(_)));
        assert!(matches!(spaced(&plain), Cow::Owned(_)));
    }
}
