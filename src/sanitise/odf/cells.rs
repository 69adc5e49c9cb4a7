//! A spreadsheet -> the cells of every sheet as rows, as they are shown. One
//! sheet stands as it is; of several each has its name in a row above it and
//! an empty row below; empty ones are left out.

use std::collections::HashSet;

use super::model::{Open, Package, Role, Tape};
use super::space::Space;
use super::text::{self, Blanks};
use crate::sanitise::Refusal;
use crate::sanitise::text::Budget;

/// Most cells in a row and rows in a sheet (LibreOffice's own limits).
const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: usize = 1_048_576;

/// The rows of all sheets.
pub(super) fn rows(package: &Package, budget: &Budget) -> Result<Vec<Vec<String>>, Refusal> {
    let Some(content) = package
        .documents
        .first()
        .and_then(|main| main.part(Role::Content))
    else {
        return Ok(Vec::new());
    };
    let hidden = hidden_styles(content);
    let (mut length, blanks) = (0, Blanks::within(budget));
    let mut sheets = Vec::new();
    let mut behind = 0;
    for (at, open) in content.opens() {
        let is_sheet = open.space == Space::Table && content.local(open) == "table";
        // A table inside a cell is not a sheet of its own.
        if !is_sheet || at < behind {
            continue;
        }
        behind = open.end as usize;
        let mut sheet = Sheet {
            tape: content,
            budget,
            blanks: &blanks,
            length: &mut length,
            rows: Vec::new(),
        };
        sheet.read(at)?;
        let rows = sheet.rows;
        if !rows.is_empty() {
            let style = content
                .value(open, Space::Table, "style-name")
                .unwrap_or_default();
            let name = content
                .value(open, Space::Table, "name")
                .unwrap_or_default();
            sheets.push((name, hidden.contains(style), rows));
        }
    }
    let alone = sheets.len() == 1;
    let mut all = Vec::new();
    for (name, hidden, rows) in sheets {
        if !alone || hidden {
            if !all.is_empty() {
                all.push(Vec::new());
            }
            let mark = if hidden {
                "（非表示シート / hidden sheet）"
            } else {
                ""
            };
            all.push(vec![format!("[{name}]{mark}")]);
        }
        all.extend(rows);
    }
    Ok(all)
}

/// Styles whose tables nobody sees.
fn hidden_styles(content: &Tape) -> HashSet<&str> {
    let mut hidden = HashSet::new();
    for (at, open) in content.opens() {
        if open.space != Space::Style || content.local(open) != "style" {
            continue;
        }
        let is_hidden = content
            .children(at)
            .filter_map(|at| content.open(at))
            .any(|child| {
                content.local(child) == "table-properties"
                    && content.value(child, Space::Table, "display") == Some("false")
            });
        if is_hidden {
            hidden.extend(content.value(open, Space::Style, "name"));
        }
    }
    hidden
}

struct Sheet<'a> {
    tape: &'a Tape,
    budget: &'a Budget,
    blanks: &'a Blanks<'a>,
    /// Bytes of all cells so far.
    length: &'a mut usize,
    rows: Vec<Vec<String>>,
}

impl Sheet<'_> {
    /// Rows may stand in groups and headers.
    fn read(&mut self, at: usize) -> Result<(), Refusal> {
        let mut empty = 0_usize;
        let rows: Vec<(usize, Open)> = self
            .tape
            .inner(at)
            .filter(|(_, open)| open.space == Space::Table && self.tape.local(*open) == "table-row")
            .collect();
        let mut behind = 0;
        for (at, open) in rows {
            if at < behind {
                continue;
            }
            behind = open.end as usize;
            let times = repeated(self.tape, open, "number-rows-repeated").min(MOST_ROWS);
            let cells = self.row(at)?;
            if cells.is_empty() {
                empty = empty.saturating_add(times);
                continue;
            }
            if self.rows.len().saturating_add(empty) > MOST_ROWS {
                return Err(Refusal::OverBudget);
            }
            // Empty rows cost little each and may be many.
            self.spend(empty)?;
            self.rows.extend(std::iter::repeat_n(Vec::new(), empty));
            empty = 0;
            let bytes: usize = cells.iter().map(|cell| cell.len() + 1).sum();
            self.spend(bytes.saturating_mul(times))?;
            self.rows.extend(std::iter::repeat_n(cells, times));
        }
        Ok(())
    }

    /// The cells of a row, without the empty ones at its end.
    fn row(&mut self, at: usize) -> Result<Vec<String>, Refusal> {
        let mut cells: Vec<String> = Vec::new();
        let mut empty = 0_usize;
        let mut bytes = *self.length;
        for at in self.tape.children(at).collect::<Vec<_>>() {
            let Some(open) = self.tape.open(at) else {
                continue;
            };
            let times = repeated(self.tape, open, "number-columns-repeated").min(MOST_COLUMNS);
            let words = text::of_cell(self.tape, at, self.blanks)?;
            if words.is_empty() {
                empty = empty.saturating_add(times);
                continue;
            }
            if cells.len().saturating_add(empty).saturating_add(times) > MOST_COLUMNS {
                return Err(Refusal::OverBudget);
            }
            bytes = bytes.saturating_add(words.len().saturating_mul(times));
            self.budget.fits(bytes)?;
            cells.extend(std::iter::repeat_n(String::new(), empty));
            empty = 0;
            cells.extend(std::iter::repeat_n(words, times));
        }
        Ok(cells)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Refusal> {
        *self.length = self.length.saturating_add(bytes);
        self.budget.fits(*self.length)
    }
}

fn repeated(tape: &Tape, open: Open, name: &str) -> usize {
    tape.value(open, Space::Table, name)
        .and_then(|times| times.parse().ok())
        .unwrap_or(1)
}
