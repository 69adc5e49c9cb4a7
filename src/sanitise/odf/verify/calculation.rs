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
    errors(&bare)?;
    lists(&bare)?;
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

/// What an error looks like behind its sign.
const ERRORS: [&str; 7] = ["REF!", "N/A", "NAME?", "VALUE!", "DIV/0!", "NULL!", "NUM!"];

/// Before the sign of another file's sheet stands that file, in quotes or bare; an
/// error begins with the same sign, but no sheet and its cell follow a name and it.
fn errors(bare: &str) -> Checked {
    for (at, _) in bare.match_indices('#') {
        let behind = bare.get(at + 1..).unwrap_or_default();
        let before = bare.get(..at).unwrap_or_default();
        let rest = ERRORS.iter().find_map(|error| behind.strip_prefix(error));
        let rest = rest.ok_or(NotOurs("sheet of another file"))?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_$.'!".contains(c)));
        let reference = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let named = before
            .trim_end()
            .ends_with(|c: char| c.is_alphanumeric() || "_.-".contains(c));
        if before.trim_end().ends_with('\'') || (named && reference.contains(['.', '\''])) {
            return Err(NotOurs("sheet of another file"));
        }
    }
    Ok(())
}

/// A bar parts the rows of a list of values; anywhere else, and where a list
/// has more than values, it is DDE.
fn lists(bare: &str) -> Checked {
    let mut open = 0_u32;
    let mut rest = bare;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '#' => {
                let error = ERRORS.iter().find_map(|error| rest.strip_prefix(error));
                rest = error.unwrap_or(rest);
            }
            '{' => open += 1,
            '}' => open = open.checked_sub(1).ok_or(NotOurs("list"))?,
            '|' if open == 0 => return Err(NotOurs("DDE")),
            '!' | '\'' if open > 0 => return Err(NotOurs("reference in a list")),
            _ => {}
        }
    }
    if open > 0 {
        return Err(NotOurs("list"));
    }
    Ok(())
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
            let (target, behind) = target.split_once('"').unwrap_or_default();
            let whole = behind.trim_start().starts_with([';', ',', ')']);
            if !literal || !whole || !leads_to_the_web(target) {
                return Err(NotOurs("link formula"));
            }
        }
        outside_texts = !outside_texts;
        at += piece.len() + 1;
    }
    Ok(())
}
