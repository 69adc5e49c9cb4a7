//! The cells of a table of data: where each stands when columns and rows are
//! joined. A table that only arranges a page is none.

use markup5ever_rcdom::Handle;

use super::tree::tag;
use crate::sanitise::Refusal;

/// A table of data.
pub(super) struct Table {
    pub(super) captions: Vec<Handle>,
    pub(super) rows: Vec<Row>,
}

/// One row of a table.
pub(super) struct Row {
    /// What its cells inherit from, outermost first: its part of the table
    /// and the row itself.
    pub(super) around: Vec<Handle>,
    /// A joined cell stands at its first place, `None` at the others.
    pub(super) cells: Vec<Option<Handle>>,
}

/// More columns are no table anybody reads.
const MOST_COLUMNS: usize = 30;

/// A cell over more rows reaches no further (as in browsers).
const MOST_ROWS: u32 = 65_534;

/// The table's captions and its cells; `None` where one of them holds blocks.
pub(super) fn read(table: &Handle, depth: u32) -> Result<Option<Table>, Refusal> {
    let mut captions = Vec::new();
    let mut rows = Vec::new();
    // Rows still to go of a cell above, by column.
    let mut joined: Vec<u32> = Vec::new();
    let mut waiting: Vec<(Handle, Option<Handle>, u32)> = vec![(table.clone(), None, depth)];
    while let Some((node, part, depth)) = waiting.pop() {
        let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        if tag(&node) == "tr" {
            let Some(cells) = row(&node, depth, &mut joined) else {
                return Ok(None);
            };
            let around = part.into_iter().chain([node]).collect();
            rows.push(Row { around, cells });
            continue;
        }
        // No cell reaches out of its part of the table (HTML 4.9.12.1).
        joined.clear();
        let inner = (tag(&node) != "table").then(|| node.clone());
        for child in node.children.borrow().iter().rev() {
            match tag(child).as_str() {
                "tbody" | "thead" | "tfoot" | "tr" => {
                    waiting.push((child.clone(), inner.clone(), depth));
                }
                // Blocks in it would be walked once for every table around.
                "caption" if holds_blocks(child, depth) => return Ok(None),
                "caption" => captions.push(child.clone()),
                _ => {}
            }
        }
    }
    Ok(Some(Table { captions, rows }))
}

fn row(node: &Handle, depth: u32, joined: &mut Vec<u32>) -> Option<Vec<Option<Handle>>> {
    let mut row = Vec::new();
    let skip = |row: &mut Vec<Option<Handle>>, joined: &mut Vec<u32>| {
        while let Some(more) = joined.get_mut(row.len()).filter(|more| **more > 0) {
            *more -= 1;
            row.push(None);
        }
    };
    for cell in node.children.borrow().iter() {
        if !matches!(tag(cell).as_str(), "td" | "th") {
            continue;
        }
        if holds_blocks(cell, depth) {
            return None;
        }
        skip(&mut row, joined);
        let attributes = super::attributes::Attributes::of(cell);
        let columns = attributes.number("colspan").unwrap_or(1).clamp(1, 30);
        let rows = match attributes.number("rowspan").unwrap_or(1) {
            // To the end of this part.
            0 => MOST_ROWS,
            rows => rows.min(MOST_ROWS),
        };
        for column in 0..columns {
            let at = row.len();
            if joined.len() <= at {
                joined.resize(at + 1, 0);
            }
            if let Some(more) = joined.get_mut(at) {
                *more = (rows - 1).max(more.saturating_sub(1));
            }
            row.push((column == 0).then(|| cell.clone()));
        }
        if row.len() > MOST_COLUMNS {
            return None;
        }
    }
    skip(&mut row, joined);
    // Cells from above that a short row does not reach stand beside it.
    for more in joined.iter_mut().skip(row.len()) {
        *more = more.saturating_sub(1);
    }
    Some(row)
}

fn holds_blocks(node: &Handle, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    node.children.borrow().iter().any(|child| {
        matches!(
            tag(child).as_str(),
            "table" | "ul" | "ol" | "pre" | "blockquote" | "hr" | "form"
        ) || holds_blocks(child, depth)
    })
}
