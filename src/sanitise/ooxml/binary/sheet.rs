//! The cells of one sheet ([MS-XLSB] 2.1.7.62) and its comments.

use super::book::Book;
use super::record::{Records, rich, string};
use crate::sanitise::Refusal;
use crate::sanitise::ole::excel::{Grid, constant, rk};
use crate::sanitise::ole::little::{f64_at, u8_at, u32_at};

const ROW: u32 = 0;
const COMMENT_TEXT: u32 = 637;

/// A cell record (2.5.10): what it holds.
enum Content {
    Blank,
    Rk,
    Error,
    Bool,
    Real,
    Text,
    Shared,
    Rich,
}

/// Kind of record -> what it holds, and whether the column is told: a short
/// one stands behind the cell before it.
fn content(kind: u32) -> Option<(Content, bool)> {
    Some(match kind {
        1 => (Content::Blank, true),
        2 => (Content::Rk, true),
        // Cells and formulas alike: a formula gives its last result first.
        3 | 11 => (Content::Error, true),
        4 | 10 => (Content::Bool, true),
        5 | 9 => (Content::Real, true),
        6 | 8 => (Content::Text, true),
        7 => (Content::Shared, true),
        12 => (Content::Blank, false),
        13 => (Content::Rk, false),
        14 => (Content::Error, false),
        15 => (Content::Bool, false),
        16 => (Content::Real, false),
        17 => (Content::Text, false),
        18 => (Content::Shared, false),
        62 => (Content::Rich, true),
        _ => return None,
    })
}

/// Reads cells into `grid`.
pub(super) fn read(part: &[u8], book: &Book, grid: &mut Grid<'_>) -> Result<(), Refusal> {
    let mut records = Records::new(part);
    let mut place = (0u32, 0u32);
    while let Some(record) = records.next()? {
        let data = record.data;
        if record.kind == ROW {
            place = (u32_at(data, 0)?, u32::MAX);
            continue;
        }
        let Some((content, told)) = content(record.kind) else {
            continue;
        };
        let at = if told {
            place.1 = u32_at(data, 0)?;
            4
        } else {
            place.1 = place.1.wrapping_add(1);
            0
        };
        // 24 bits of style, then the phonetic flag.
        let style = u32_at(data, at)? & 0x00FF_FFFF;
        let at = at + 4;
        let text = match content {
            Content::Blank => continue,
            Content::Rk => book.shown(rk(data, at)?, style),
            Content::Real => book.shown(f64_at(data, at)?, style),
            Content::Error => constant(u8_at(data, at)?, true).to_owned(),
            Content::Bool => constant(u8_at(data, at)?, false).to_owned(),
            Content::Text => string(data, at)?.0,
            Content::Shared => book.string(u32_at(data, at)?)?.to_owned(),
            Content::Rich => rich(data, at)?,
        };
        grid.put(place, text)?;
    }
    Ok(())
}

/// Reads what comments say.
pub(super) fn comments(part: &[u8], grid: &mut Grid<'_>) -> Result<(), Refusal> {
    let mut records = Records::new(part);
    while let Some(record) = records.next()? {
        if record.kind == COMMENT_TEXT {
            grid.boxed(rich(record.data, 0)?)?;
        }
    }
    Ok(())
}
