//! Formulas, conditions and addresses: nothing of another file, nothing that
//! calls out.

use super::functions;
use crate::sanitise::office::verify::link::leads_to_the_web;
use crate::sanitise::office::verify::{Checked, NotOurs};

/// Whether an attribute calculates or names cells.
pub(super) fn is_one(prefix: &str, local: &str) -> bool {
    match prefix {
        "table" | "text" => {
            matches!(local, "formula" | "condition" | "expression" | "cell-range")
                || names_cells(local)
        }
        "style" => local == "condition" || names_cells(local),
        "calcext" => matches!(local, "value" | "data-range") || names_cells(local),
        "chart" | "draw" => names_cells(local),
        _ => false,
    }
}

fn names_cells(local: &str) -> bool {
    local.ends_with("-address")
        || local.ends_with("-addresses")
        || local.ends_with("-range")
        || local.ends_with("-ranges")
}

/// Checks a formula as a reader sees it.
pub(in crate::sanitise::odf) fn stays(formula: &str) -> Checked {
    let bare = without_texts(formula)?;
    if bare.contains("://") || bare.contains('\\') {
        return Err(NotOurs("another file"));
    }
    // A file stands before the sign, in quotes or bare; an error begins with it.
    let errors = ["REF!", "N/A", "NAME?", "VALUE!", "DIV/0!", "NULL!", "NUM!"];
    for (at, _) in bare.match_indices('#') {
        let behind = bare.get(at + 1..).unwrap_or_default();
        let before = bare.get(..at).unwrap_or_default();
        if before.ends_with('\'') || !errors.iter().any(|error| behind.starts_with(error)) {
            return Err(NotOurs("sheet of another file"));
        }
    }
    let mut lists = 0_u32;
    for c in bare.chars() {
        match c {
            '{' => lists += 1,
            '}' => lists = lists.saturating_sub(1),
            '|' if lists == 0 => return Err(NotOurs("DDE")),
            _ => {}
        }
    }
    for (at, _) in bare.match_indices('(') {
        let before = bare.get(..at).unwrap_or_default().trim_end();
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))
            .map_or(0, |at| {
                at + before
                    .get(at..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(1, char::len_utf8)
            });
        if !functions::is_known(before.get(start..).unwrap_or_default()) {
            return Err(NotOurs("function"));
        }
    }
    links(formula)
}

/// The formula with its texts emptied; one that does not end is none of ours.
fn without_texts(formula: &str) -> Result<String, NotOurs> {
    let mut bare = String::with_capacity(formula.len());
    let mut quote: Option<char> = None;
    for c in formula.chars() {
        match quote {
            Some(open) if c == open => {
                quote = None;
                bare.push(c);
            }
            // What a sheet is called cannot hold a path.
            Some('\'') if matches!(c, '/' | '\\' | '|') => return Err(NotOurs("path in a name")),
            Some(_) => {}
            None => {
                quote = matches!(c, '"' | '\'').then_some(c);
                bare.push(c);
            }
        }
    }
    if quote.is_some() {
        return Err(NotOurs("open text"));
    }
    Ok(bare)
}

/// `HYPERLINK` has a written-out target that leads to the web.
fn links(formula: &str) -> Checked {
    let upper = formula.to_ascii_uppercase();
    let mut outside_texts = true;
    let mut at = 0;
    for piece in upper.split('"') {
        if outside_texts
            && let Some(call) = piece.rfind("HYPERLINK")
            && piece.get(call..).is_some_and(|call| call.contains('('))
        {
            let target = formula.get(at + piece.len() + 1..).unwrap_or_default();
            let literal = piece.trim_end().ends_with('(');
            let target = target.split('"').next().unwrap_or_default();
            if !literal || !leads_to_the_web(target) {
                return Err(NotOurs("link formula"));
            }
        }
        outside_texts = !outside_texts;
        at += piece.len() + 1;
    }
    Ok(())
}
