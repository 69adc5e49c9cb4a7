//! The cells of one sheet ([MS-XLS] 2.1.7.20.5), row by row, and what is
//! written in its notes and text boxes.

use super::book::{BEGIN, Book, END, Entry};
use super::grid::Grid;
use super::record::{Reader, Record, Records, rk};
use crate::sanitise::ole::little::{f64_at, size, u8_at, u16_at, u32_at};
use crate::sanitise::text::Budget;
use crate::sanitise::{Refusal, Report, What};

/// Row and column.
type Place = (u16, u16);

struct Cells<'a> {
    book: &'a Book,
    grid: Grid<'a>,
    /// A formula whose text comes with the next record.
    awaits: Option<Place>,
}

/// The rows of a sheet, as long as their last cell that has something.
pub(super) fn rows(
    stream: &[u8],
    entry: &Entry,
    book: &Book,
    budget: &Budget,
    length: &mut usize,
    report: &mut Report,
) -> Result<Vec<Vec<String>>, Refusal> {
    let mut cells = Cells {
        book,
        grid: Grid::new(budget, length),
        awaits: None,
    };
    let mut records = Records::from(stream, entry.at);
    let first = records.next()?.ok_or(Refusal::Malformed)?;
    if first.kind != BEGIN {
        return Err(Refusal::Malformed);
    }
    // Charts inside a sheet are substreams of their own.
    let mut depth = 1u32;
    while depth > 0 {
        let record = records.next()?.ok_or(Refusal::Malformed)?;
        match record.kind {
            BEGIN => depth += 1,
            END => depth -= 1,
            _ if depth == 1 => {
                cells.take(&record)?;
                active(&record, &entry.name, report);
            }
            _ => {}
        }
    }
    cells.grid.finished()
}

impl Cells<'_> {
    fn take(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let data = record.data;
        let place = || Ok::<Place, Refusal>((u16_at(data, 0)?, u16_at(data, 2)?));
        match record.kind {
            // LabelSst
            0x00FD => {
                let index = size(u32_at(data, 6)?)?;
                let text = self.book.shared.get(index).ok_or(Refusal::Malformed)?;
                self.put(place()?, text.clone())
            }
            // Label, and RString of Excel 5
            0x0204 | 0x00D6 => self.put(place()?, self.book.strings.long(data, 6)?),
            // Number, RK, MulRk
            0x0203 => self.number(place()?, u16_at(data, 4)?, f64_at(data, 6)?),
            0x027E => self.number(place()?, u16_at(data, 4)?, rk(data, 6)?),
            0x00BD => {
                let (row, first) = place()?;
                let count = data.len().saturating_sub(6) / 6;
                for index in 0..count {
                    let column = u16::try_from(index).ok().and_then(|n| first.checked_add(n));
                    let place = (row, column.ok_or(Refusal::Malformed)?);
                    let at = 4 + 6 * index;
                    self.number(place, u16_at(data, at)?, rk(data, at + 2)?)?;
                }
                Ok(())
            }
            // BoolErr
            0x0205 => {
                let text = constant(u8_at(data, 6)?, u8_at(data, 7)? == 1);
                self.put(place()?, text.to_owned())
            }
            0x0006 | 0x0206 | 0x0406 => self.formula(place()?, data),
            // String: what the formula before it gave
            0x0207 => match self.awaits.take() {
                Some(place) => {
                    let text = self.result(record)?;
                    self.put(place, text)
                }
                None => Ok(()),
            },
            0x01B6 => self.text_box(record),
            // Note of Excel 5: row, column, length, text
            0x001C
                if data.len() > 8
                    && matches!(self.book.strings, super::record::Strings::Page(_)) =>
            {
                let text = self.book.strings.long(data, 4).unwrap_or_default();
                self.grid.boxed(text)
            }
            _ => Ok(()),
        }
    }

    /// Formula (2.4.127): its last result, never itself.
    fn formula(&mut self, place: Place, data: &[u8]) -> Result<(), Refusal> {
        self.awaits = None;
        if u16_at(data, 12)? != 0xFFFF {
            return self.number(place, u16_at(data, 4)?, f64_at(data, 6)?);
        }
        match u8_at(data, 6)? {
            0 => {
                self.awaits = Some(place);
                Ok(())
            }
            1 => self.put(place, constant(u8_at(data, 8)?, false).to_owned()),
            2 => self.put(place, constant(u8_at(data, 8)?, true).to_owned()),
            _ => Ok(()),
        }
    }

    fn result(&self, record: &Record<'_>) -> Result<String, Refusal> {
        match self.book.strings {
            super::record::Strings::Page(_) => self.book.strings.long(record.data, 0),
            super::record::Strings::Unicode => {
                let count = usize::from(u16_at(record.data, 0)?);
                let wide = u8_at(record.data, 2)? & 1 == 1;
                Reader::new(record, 3).characters(count, wide)
            }
        }
    }

    /// TxO (2.4.329): the length here, the characters in the next part.
    fn text_box(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let count = usize::from(u16_at(record.data, 10).unwrap_or(0));
        if count == 0 || record.continued.is_empty() {
            return Ok(());
        }
        let mut reader = Reader::new(record, 0);
        reader.next_part();
        let wide = reader.wide()?;
        let text = reader.characters(count, wide)?;
        self.grid.boxed(text)
    }

    fn number(&mut self, place: Place, format: u16, number: f64) -> Result<(), Refusal> {
        let shown = self.book.formats.shown(number, usize::from(format));
        self.put(place, shown)
    }

    fn put(&mut self, (row, column): Place, text: String) -> Result<(), Refusal> {
        self.grid.put((row.into(), column.into()), text)
    }
}

/// What of a sheet is active, and nobody will get.
fn active(record: &Record<'_>, sheet: &str, report: &mut Report) {
    match record.kind {
        0x01B8 => report.removed(What::Link, sheet),
        0x004D => report.removed(What::PrinterSettings, sheet),
        0x01AD | 0x0876 => report.removed(What::DataConnection, sheet),
        _ => {}
    }
}

/// Bes (2.5.10): a truth or an error.
pub(in crate::sanitise) fn constant(value: u8, is_error: bool) -> &'static str {
    match (is_error, value) {
        (false, 0) => "FALSE",
        (false, _) => "TRUE",
        (true, 0x00) => "#NULL!",
        (true, 0x07) => "#DIV/0!",
        (true, 0x0F) => "#VALUE!",
        (true, 0x17) => "#REF!",
        (true, 0x1D) => "#NAME?",
        (true, 0x24) => "#NUM!",
        (true, _) => "#N/A",
    }
}
