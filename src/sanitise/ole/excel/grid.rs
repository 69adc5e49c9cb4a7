//! Cells by row and column, as they are read, and the rows they make.

use std::collections::BTreeMap;

use crate::sanitise::Refusal;
use crate::sanitise::text::Budget;

/// The last row and column of a sheet (ECMA-376 part 1, 18.3.1.73).
const LAST: (u32, u32) = (1_048_575, 16_383);
/// What a cell takes beside its words, and one that is empty, or a row, in
/// between: in bytes of text, of each of which the budget knows that it costs a
/// few bytes of memory.
const CELL: usize = 16;
const GAP: usize = 3;

/// The cells of one sheet.
pub(in crate::sanitise) struct Grid<'a> {
    cells: BTreeMap<(u32, u32), String>,
    /// Words of notes and text boxes, in their order.
    boxes: Vec<String>,
    budget: &'a Budget,
    /// Bytes so far, over all sheets.
    length: &'a mut usize,
}

impl<'a> Grid<'a> {
    pub(in crate::sanitise) fn new(budget: &'a Budget, length: &'a mut usize) -> Self {
        Self {
            cells: BTreeMap::new(),
            boxes: Vec::new(),
            budget,
            length,
        }
    }

    /// Puts the words of a cell at row and column.
    pub(in crate::sanitise) fn put(
        &mut self,
        (row, column): (u32, u32),
        text: String,
    ) -> Result<(), Refusal> {
        if row > LAST.0 || column > LAST.1 {
            return Err(Refusal::Malformed);
        }
        self.spend(text.len().saturating_add(CELL))?;
        if text.is_empty() {
            return Ok(());
        }
        // Readers differ on which of two holds: nothing is lost.
        match self.cells.insert((row, column), text) {
            Some(other) => self.boxed(other),
            None => Ok(()),
        }
    }

    /// Adds the words of a note or text box.
    pub(in crate::sanitise) fn boxed(&mut self, text: String) -> Result<(), Refusal> {
        self.spend(text.len())?;
        self.boxes.push(text);
        Ok(())
    }

    fn spend(&mut self, length: usize) -> Result<(), Refusal> {
        *self.length = self.length.saturating_add(length);
        self.budget.fits(*self.length)
    }

    /// The rows, as long as their last cell that has something.
    pub(in crate::sanitise) fn finished(mut self) -> Result<Vec<Vec<String>>, Refusal> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for ((row, column), text) in std::mem::take(&mut self.cells) {
            let size = crate::sanitise::ole::little::size;
            let (row, column) = (size(row)?, size(column)?);
            let cells_before = rows.get(row).map_or(0, Vec::len);
            let gaps = row.saturating_sub(rows.len()) + column.saturating_sub(cells_before);
            self.spend(gaps.saturating_mul(GAP))?;
            if rows.len() <= row {
                rows.resize(row + 1, Vec::new());
            }
            if let Some(cells) = rows.get_mut(row) {
                cells.resize(column, String::new());
                cells.push(text);
            }
        }
        if !self.boxes.is_empty() {
            rows.push(Vec::new());
            rows.push(vec![
                "（図形・コメントの文字 / text in boxes and notes）".to_owned(),
            ]);
            rows.extend(self.boxes.into_iter().map(|text| vec![text]));
        }
        Ok(rows)
    }
}
