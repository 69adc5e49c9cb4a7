//! The cells of a sheet as lines: each in its column, as its number format shows
//! it. A reader of the text must never take a value for that of another heading.

use std::collections::HashMap;

use super::model::{Body, Package, Target};
use super::role::Role;
use super::space::Space;
use super::tape::{Open, Tape};
use crate::sanitise::Refusal;
use crate::sanitise::ole::excel::{Formats, Visible, heading};
use crate::sanitise::text::Budget;

/// Tabs that may stand for empty cells, over all sheets: a hostile sheet has one
/// cell a row, in the last column.
const TABS: usize = 16 << 20;
/// Columns of a sheet (ECMA-376 part 1, 18.3.1.73).
const COLUMNS: usize = 16_384;

/// Everything that the sheets of a book refer to.
pub(super) struct Cells {
    shared: Vec<String>,
    formats: Formats,
    /// Names that stand above the cells, by the place of their part.
    names: HashMap<usize, String>,
    tabs: usize,
    budget: Budget,
    /// Bytes of all values so far: one long string, or format, may stand in many
    /// cells.
    said: usize,
}

impl Cells {
    pub(super) fn of(package: &Package) -> Self {
        let mut cells = Self {
            shared: Vec::new(),
            formats: Formats::default(),
            names: HashMap::new(),
            tabs: TABS,
            budget: package.budget,
            said: 0,
        };
        for part in package.parts.iter().filter(|part| !part.gone) {
            let Body::Xml(tape) = &part.body else {
                continue;
            };
            match part.role {
                Role::SharedStrings => cells.strings(tape),
                Role::SheetStyles => cells.styles(tape),
                Role::Workbook => cells.book(tape, package),
                _ => {}
            }
        }
        cells
    }

    fn strings(&mut self, tape: &Tape) {
        let items = tape.opens().filter(|(_, open)| is(tape, *open, "si"));
        self.shared.extend(items.map(|(at, _)| words_of(tape, at)));
    }

    fn styles(&mut self, tape: &Tape) {
        let id = |open| tape.value(open, Space::None, "numFmtId")?.parse().ok();
        for (at, open) in tape.opens() {
            if is(tape, open, "numFmt") {
                let code = tape.value(open, Space::None, "formatCode");
                if let (Some(id), Some(code)) = (id(open), code) {
                    self.formats.code(id, code.to_owned());
                }
            } else if is(tape, open, "cellXfs") {
                let formats = tape.children(at).filter_map(|at| tape.open(at));
                for open in formats {
                    self.formats.cell(id(open).unwrap_or(0));
                }
            }
        }
    }

    /// The names of the sheets that say something, and whether days count from 1904.
    fn book(&mut self, tape: &Tape, package: &Package) {
        let mut sheets = Vec::new();
        let mut known = HashMap::new();
        for (_, open) in tape.opens() {
            if is(tape, open, "workbookPr") {
                let from = tape.value(open, Space::None, "date1904");
                if matches!(from, Some("1" | "true")) {
                    self.formats.count_from_1904();
                }
            } else if is(tape, open, "sheet") {
                let id = tape.value(open, Space::R, "id").unwrap_or_default();
                let Some(Target::Part(to)) = package.target(0, id) else {
                    continue;
                };
                let visible = match tape.value(open, Space::None, "state") {
                    None | Some("visible") => Visible::Yes,
                    Some(_) => Visible::No,
                };
                let name = tape.value(open, Space::None, "name").unwrap_or_default();
                let known = known.entry(*to);
                if *known.or_insert_with(|| has_cells(package, *to)) {
                    sheets.push((*to, name, visible));
                }
            }
        }
        // One that stands alone and in sight needs no name.
        if !matches!(sheets.as_slice(), [(_, _, Visible::Yes)]) {
            let named = |(part, name, visible)| (part, heading(name, visible));
            self.names = sheets.into_iter().map(named).collect();
        }
    }

    /// The lines of one sheet; nothing of one without words.
    ///
    /// # Errors
    /// `OverBudget` where all sheets so far say more than may come out.
    pub(super) fn of_sheet(
        &mut self,
        part: usize,
        tape: &Tape,
        out: &mut String,
    ) -> Result<(), Refusal> {
        let start = out.len();
        if let Some(name) = self.names.get(&part) {
            out.push_str(name);
            out.push('\n');
        }
        let head = out.len();
        let mut next_row = 1_u32;
        for (row, open) in tape.opens().filter(|(_, open)| is(tape, *open, "row")) {
            let told = tape.value(open, Space::None, "r");
            let at = told.and_then(|r| r.parse().ok()).unwrap_or(next_row);
            let before = out.len();
            // However many rows are empty: one line.
            if at > next_row && before > head && !out.ends_with("\n\n") {
                out.push('\n');
            }
            next_row = if self.line(tape, row, out)? {
                at.saturating_add(1)
            } else {
                out.truncate(before);
                next_row
            };
        }
        if out.len() == head {
            out.truncate(start);
        }
        Ok(())
    }

    /// One row; false where it says nothing.
    fn line(&mut self, tape: &Tape, row: usize, out: &mut String) -> Result<bool, Refusal> {
        let (mut next, mut last) = (0_usize, None);
        for cell in tape.children(row) {
            let Some(open) = tape.open(cell) else {
                continue;
            };
            let told = tape.value(open, Space::None, "r").and_then(column);
            let at = told.unwrap_or(next);
            next = at.saturating_add(1);
            let value = self.value(tape, cell, open);
            if value.is_empty() {
                continue;
            }
            self.said = self.said.saturating_add(value.len());
            self.budget.fits(self.said)?;
            let gap = match last {
                Some(last) => at.saturating_sub(last).max(1),
                None => at,
            };
            self.tabs = self.tabs.checked_sub(gap).ok_or(Refusal::OverBudget)?;
            out.extend(std::iter::repeat_n('\t', gap));
            out.push_str(&value.replace(['\n', '\t'], " "));
            last = Some(at);
        }
        if last.is_some() {
            out.push('\n');
        }
        Ok(last.is_some())
    }

    /// What a cell shows.
    fn value(&self, tape: &Tape, cell: usize, open: Open) -> String {
        let child = |local: &str| tape.children(cell).find(|at| tape.is(*at, Space::S, local));
        let value = child("v").map(|at| tape.text_within(at));
        let value = value.unwrap_or_default();
        match tape.value(open, Space::None, "t") {
            Some("s") => {
                let at = value.trim().parse().ok();
                let text = at.and_then(|at: usize| self.shared.get(at).cloned());
                text.unwrap_or_default()
            }
            Some("b") if value.trim() == "0" => "FALSE".to_owned(),
            Some("b") if value.trim() == "1" => "TRUE".to_owned(),
            Some("inlineStr") => child("is").map_or(String::new(), |at| words_of(tape, at)),
            None | Some("n") => match value.trim().parse() {
                Ok(number) => self.shown(number, tape.value(open, Space::None, "s")),
                Err(_) => value,
            },
            Some(_) => value,
        }
    }

    fn shown(&self, value: f64, style: Option<&str>) -> String {
        let style = style.and_then(|style| style.parse().ok()).unwrap_or(0);
        self.formats.shown(value, style)
    }
}

/// Whether a sheet has a cell that may say something.
fn has_cells(package: &Package, part: usize) -> bool {
    let Some(Body::Xml(tape)) = package.parts.get(part).map(|part| &part.body) else {
        return false;
    };
    tape.opens()
        .any(|(_, open)| is(tape, open, "v") || is(tape, open, "is"))
}

fn is(tape: &Tape, open: Open, local: &str) -> bool {
    open.space == Space::S && tape.local(open) == local
}

/// The column of `AB12`, the first is 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.take(4).fold(0_usize, |column, letter| {
        column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    (1..=COLUMNS).contains(&column).then(|| column - 1)
}

/// The text of a string item, without its reading aid.
fn words_of(tape: &Tape, at: usize) -> String {
    let mut words = String::new();
    for child in tape.children(at) {
        if tape.is(child, Space::S, "t") {
            words.push_str(&tape.text_within(child));
        } else if tape.is(child, Space::S, "r") {
            words.push_str(&words_of(tape, child));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn letters_are_columns() {
        assert_eq!(column("A1"), Some(0));
        assert_eq!(column("AB12"), Some(27));
        assert_eq!(column("XFD1048576"), Some(16_383));
        for strange in ["", "12", "XFE1", "AAAAAAAAAA1"] {
            assert_eq!(column(strange), None, "{strange}");
        }
    }
}
