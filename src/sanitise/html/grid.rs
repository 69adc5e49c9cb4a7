//! The cells of a table of data: where each stands when columns and rows are
//! joined. A table that only arranges a page is none.

use markup5ever_rcdom::Handle;

use super::page::tag;
use crate::sanitise::Refusal;

/// Cells by row; a joined cell stands at its first place, `None` at the others.
pub(super) type Cells = Vec<Vec<Option<Handle>>>;

/// More columns are no table anybody reads.
const MOST_COLUMNS: usize = 30;

/// The table's captions and its cells; `None` where one of them holds blocks.
pub(super) fn read(table: &Handle, depth: u32) -> Result<Option<(Vec<Handle>, Cells)>, Refusal> {
    let mut captions = Vec::new();
    let mut cells = Cells::new();
    // Rows still to go of a cell above, by column.
    let mut joined: Vec<u32> = Vec::new();
    let mut waiting: Vec<(Handle, u32)> = vec![(table.clone(), depth)];
    while let Some((node, depth)) = waiting.pop() {
        let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        if tag(&node) == "tr" {
            match row(&node, depth, &mut joined) {
                Some(row) => cells.push(row),
                None => return Ok(None),
            }
            continue;
        }
        for child in node.children.borrow().iter().rev() {
            match tag(child).as_str() {
                "tbody" | "thead" | "tfoot" | "tr" => waiting.push((child.clone(), depth)),
                // Blocks in it would be walked once for every table around.
                "caption" if holds_blocks(child, depth) => return Ok(None),
                "caption" => captions.push(child.clone()),
                _ => {}
            }
        }
    }
    Ok(Some((captions, cells)))
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
        let rows = attributes.number("rowspan").unwrap_or(1).clamp(1, 1_000);
        for column in 0..columns {
            let at = row.len();
            if joined.len() <= at {
                joined.resize(at + 1, 0);
            }
            if let Some(more) = joined.get_mut(at) {
                *more = rows - 1;
            }
            row.push((column == 0).then(|| cell.clone()));
        }
        if row.len() > MOST_COLUMNS {
            return None;
        }
    }
    skip(&mut row, joined);
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
