//! Excel 97–2003 ([MS-XLS]) and its forerunners 5 and 95: the cells of every
//! sheet as CSV, numbers as their cells show them.
//!
//! A book is one CSV: what comes out of a leaf is fixed before it is opened.
//! One sheet stands as it is; of several each has its name in a row above it
//! and an empty row below; empty ones are left out. Formulas give their last result. Macro sheets,
//! charts and everything that is no cell, note or text box stays behind.

mod book;
mod grid;
mod number;
mod record;
mod sheet;

use super::container::Container;
use crate::sanitise::text::{self, Budget};
use crate::sanitise::{Refusal, Report, What};
use book::{Book, Contents};

pub(in crate::sanitise) use book::Visible;
pub(in crate::sanitise) use grid::Grid;
pub(in crate::sanitise) use number::Formats;
pub(in crate::sanitise) use record::rk;
pub(in crate::sanitise) use sheet::constant;

/// The streams that make a compound file a workbook (2.1.1), the newer first:
/// books for both generations have both.
pub(super) const STREAMS: [&str; 2] = ["Workbook", "Book"];

/// The cells of a book as CSV.
///
/// # Errors
/// `Encrypted`, `Unsupported` before Excel 5, `Malformed`, `OverBudget`.
pub(super) fn read(
    container: &Container<'_>,
    budget: &Budget,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let name = STREAMS.into_iter().find(|name| container.has(name));
    let stream = container.stream(name.ok_or(Refusal::Malformed)?)?;
    let book = Book::read(&stream, report)?;
    let mut tables = Vec::new();
    let mut length = 0;
    for entry in &book.sheets {
        match entry.contents {
            Contents::Cells => {
                let rows = sheet::rows(&stream, entry, &book, budget, &mut length, report)?;
                if !rows.is_empty() {
                    tables.push(Table {
                        name: entry.name.clone(),
                        visible: entry.visible,
                        rows,
                    });
                }
            }
            Contents::Macros => report.removed(What::XlmMacro, &entry.name),
            Contents::Program => report.removed(What::VbaProject, &entry.name),
            Contents::Chart => report.removed(What::UnknownPart, &entry.name),
        }
    }
    Ok(csv(tables, report))
}

/// One sheet that has cells.
pub(in crate::sanitise) struct Table {
    pub(in crate::sanitise) name: String,
    pub(in crate::sanitise) visible: Visible,
    pub(in crate::sanitise) rows: Vec<Vec<String>>,
}

/// All sheets of a book in one.
pub(in crate::sanitise) fn csv(tables: Vec<Table>, report: &mut Report) -> Vec<u8> {
    let alone = tables.len() == 1;
    let mut rows = Vec::new();
    for table in tables {
        if !alone || table.visible != Visible::Yes {
            if !rows.is_empty() {
                rows.push(Vec::new());
            }
            rows.push(vec![heading(&table.name, table.visible)]);
        }
        rows.extend(table.rows);
    }
    text::table(rows, report)
}

/// The name of a sheet above its cells; that nobody sees it in Excel is said.
pub(in crate::sanitise) fn heading(name: &str, visible: Visible) -> String {
    match visible {
        Visible::Yes => format!("[{name}]"),
        Visible::No => format!("[{name}]（非表示シート / hidden sheet）"),
    }
}
