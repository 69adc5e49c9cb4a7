//! What formatting says about words ([MS-DOC] 2.6, 2.9.116, 2.9.175): which
//! are hidden or deleted, which stand for a sign of a symbol font, and where
//! cells and rows of tables end.

use super::fib::Fib;
use crate::sanitise::Refusal;
use crate::sanitise::ole::little::{size, slice, u8_at, u16_at, u32_at};

/// A page of formatted runs.
const PAGE: usize = 512;

/// Of characters: `sprmCFRMarkDel`, `sprmCFVanish`, `sprmCSymbol`.
const DELETED: u16 = 0x0800;
const HIDDEN: u16 = 0x083C;
const SYMBOL: u16 = 0x6A09;
/// Of paragraphs: `sprmPFInTable`, `sprmPFTtp`, `sprmPFInnerTableCell`,
/// `sprmPFInnerTtp`.
const IN_TABLE: u16 = 0x2416;
const ROW_END: u16 = 0x2417;
const INNER_CELL: u16 = 0x244B;
const INNER_ROW_END: u16 = 0x244C;

/// Of one run of characters; the usual is nothing of all this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Character {
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) symbol: Option<char>,
}

/// Of one paragraph, which its mark carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) in_table: bool,
    pub(super) row_end: bool,
    pub(super) inner: bool,
}

/// Properties of stretches of the stream, in order and apart.
#[derive(Default)]
pub(super) struct Runs<T> {
    runs: Vec<(u32, u32, T)>,
}

impl<T: Copy + Default + PartialEq> Runs<T> {
    fn push(&mut self, from: u32, to: u32, properties: T) {
        if from < to && properties != T::default() {
            self.runs.push((from, to, properties));
        }
    }

    pub(super) fn at(&self, place: u32) -> T {
        let after = self.runs.partition_point(|(from, ..)| *from <= place);
        after
            .checked_sub(1)
            .and_then(|index| self.runs.get(index))
            .filter(|(_, to, _)| place < *to)
            .map_or(T::default(), |(.., properties)| *properties)
    }
}

/// Runs of characters that are not as usual.
pub(super) fn characters(
    fib: &Fib,
    stream: &[u8],
    table: &[u8],
) -> Result<Runs<Character>, Refusal> {
    let mut found = Runs::default();
    for page in pages(fib.characters.of(table)?, stream)? {
        let count = usize::from(u8_at(page, PAGE - 1)?);
        for index in 0..count {
            let place = u8_at(page, 4 * (count + 1) + index)?;
            let list = match usize::from(place) * 2 {
                0 => &[],
                at => slice(page, at + 1, usize::from(u8_at(page, at)?))?,
            };
            let (from, to) = bounds(page, index)?;
            found.push(from, to, character(list));
        }
    }
    found.runs.sort_by_key(|(from, ..)| *from);
    Ok(found)
}

/// Paragraphs in tables.
pub(super) fn paragraphs(
    fib: &Fib,
    stream: &[u8],
    table: &[u8],
) -> Result<Runs<Paragraph>, Refusal> {
    let mut found = Runs::default();
    for page in pages(fib.paragraphs.of(table)?, stream)? {
        let count = usize::from(u8_at(page, PAGE - 1)?);
        for index in 0..count {
            let place = u8_at(page, 4 * (count + 1) + 13 * index)?;
            let list = match usize::from(place) * 2 {
                0 => &[],
                at => paragraph_list(page, at)?,
            };
            let (from, to) = bounds(page, index)?;
            found.push(from, to, paragraph(list));
        }
    }
    found.runs.sort_by_key(|(from, ..)| *from);
    Ok(found)
}

/// PapxInFkp (2.9.175): its length stands in one of two ways; a style's
/// number is in front of the list.
fn paragraph_list(page: &[u8], at: usize) -> Result<&[u8], Refusal> {
    let half = usize::from(u8_at(page, at)?);
    let whole = if half == 0 {
        slice(page, at + 2, 2 * usize::from(u8_at(page, at + 1)?))?
    } else {
        slice(page, at + 1, 2 * half - 1)?
    };
    Ok(whole.get(2..).unwrap_or_default())
}

/// The pages that a PlcBte (2.8.5, 2.8.6) names.
fn pages<'a>(plc: &[u8], stream: &'a [u8]) -> Result<Vec<&'a [u8]>, Refusal> {
    let count = plc.len().saturating_sub(4) / 8;
    // Each page stands once.
    if count > stream.len() / PAGE {
        return Err(Refusal::Malformed);
    }
    (0..count)
        .map(|index| {
            let number = u32_at(plc, 4 * (count + 1) + 4 * index)? & 0x003F_FFFF;
            slice(stream, size(number)?.saturating_mul(PAGE), PAGE)
        })
        .collect()
}

fn bounds(page: &[u8], index: usize) -> Result<(u32, u32), Refusal> {
    Ok((u32_at(page, 4 * index)?, u32_at(page, 4 * (index + 1))?))
}

fn character(list: &[u8]) -> Character {
    let mut found = Character::default();
    for (code, operand) in Properties(list) {
        let on = operand.first().is_some_and(|value| value & 1 == 1);
        match code {
            DELETED => found.deleted = on,
            HIDDEN => found.hidden = on,
            // CSymbolOperand (2.9.47): font, then the sign.
            SYMBOL => {
                found.symbol = u16_at(operand, 2)
                    .ok()
                    .and_then(|sign| char::from_u32(u32::from(sign)));
            }
            _ => {}
        }
    }
    found
}

fn paragraph(list: &[u8]) -> Paragraph {
    let mut found = Paragraph::default();
    for (code, operand) in Properties(list) {
        let on = operand.first().is_some_and(|value| *value != 0);
        match code {
            IN_TABLE => found.in_table = on,
            ROW_END => found.row_end = on,
            INNER_CELL | INNER_ROW_END => found.inner |= on,
            _ => {}
        }
    }
    found
}

/// A list of properties (2.2.5.2): codes and operands as long as the code
/// says; what ends too early ends the list.
struct Properties<'a>(&'a [u8]);

impl<'a> Iterator for Properties<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let code = u16_at(self.0, 0).ok()?;
        let rest = self.0.get(2..)?;
        let (skipped, length) = match code >> 13 {
            0 | 1 => (0, 1),
            2 | 4 | 5 => (0, 2),
            3 => (0, 4),
            7 => (0, 3),
            // sprmTDefTable counts in two bytes, one more than there are.
            _ if code == 0xD608 => {
                let counted = usize::from(u16_at(rest, 0).ok()?);
                (2, counted.saturating_sub(1))
            }
            _ => (1, usize::from(*rest.first()?)),
        };
        let operand = rest.get(skipped..skipped + length)?;
        self.0 = rest.get(skipped + length..)?;
        Some((code, operand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_stepped_over_by_their_length() {
        // sprmCIco, sprmTDefTable, sprmPChgTabs, sprmCFVanish.
        let list = [
            &[0x42, 0x2A, 1][..],
            &[0x08, 0xD6, 3, 0, 9, 9],
            &[0x15, 0xC6, 2, 8, 8],
            &[0x3C, 0x08, 1],
        ]
        .concat();
        assert!(character(&list).hidden);
        let codes: Vec<u16> = Properties(&list).map(|(code, _)| code).collect();
        assert_eq!(codes, [0x2A42, 0xD608, 0xC615, 0x083C]);
        assert_eq!(Properties(&[0x3C, 0x08]).count(), 0);
    }

    #[test]
    fn a_place_has_the_properties_of_its_run_only() {
        let mut runs = Runs::default();
        runs.push(10, 20, true);
        runs.push(30, 31, true);
        let at: Vec<bool> = [9, 10, 19, 20, 30, 31].map(|place| runs.at(place)).into();
        assert_eq!(at, [false, true, true, false, true, false]);
    }

    proptest::proptest! {
        #[test]
        fn any_list_ends(list: Vec<u8>) {
            let _ = (character(&list), paragraph(&list));
        }
    }
}
