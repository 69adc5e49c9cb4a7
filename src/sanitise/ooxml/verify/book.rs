//! Formulas and names of workbooks and charts.

use super::scan::{self, Piece};
use super::{Checked, NotOurs};
use crate::sanitise::office::verify::functions;
use crate::sanitise::office::verify::link::leads_to_the_web;

/// Checks every formula of a part, piece by piece.
#[derive(Default)]
pub(super) struct Book {
    words: String,
}

impl Book {
    pub(super) fn see(&mut self, piece: &Piece<'_, '_>) -> Checked {
        match piece {
            Piece::Open {
                name, attributes, ..
            } => {
                self.words.clear();
                if *name == "definedName" {
                    let name = attributes
                        .iter()
                        .find(|(k, _)| *k == "name")
                        .map_or("", |(_, v)| *v);
                    starts_nothing(name)?;
                }
                for (key, value) in *attributes {
                    match *key {
                        "formula" => calculates_fields(&scan::plain(value))?,
                        "textlink" => calculates(&scan::plain(value))?,
                        "val" if *name == "cfvo" => calculates(&scan::plain(value))?,
                        _ => {}
                    }
                }
            }
            Piece::Text(words) => self.words.push_str(words),
            Piece::Close { name } => {
                let is_formula = matches!(
                    *name,
                    "f" | "c:f"
                        | "xm:f"
                        | "definedName"
                        | "formula"
                        | "formula1"
                        | "formula2"
                        | "calculatedColumnFormula"
                        | "totalsRowFormula"
                );
                if is_formula {
                    calculates(&scan::plain(&self.words))?;
                }
                self.words.clear();
            }
        }
        Ok(())
    }
}

/// Excel runs what a name that begins so points at.
fn starts_nothing(name: &str) -> Checked {
    let name = name.to_ascii_lowercase();
    let name = name.trim_start_matches("_xlnm.");
    let runs = [
        "auto_open",
        "auto_close",
        "auto_activate",
        "auto_deactivate",
    ];
    if runs.iter().any(|start| name.starts_with(start)) {
        return Err(NotOurs("name that starts a macro"));
    }
    Ok(())
}

/// Fields of a pivot table: in quotes stand their names, and no cell is named.
fn calculates_fields(formula: &str) -> Checked {
    let mut bare = String::new();
    let mut inside = false;
    for c in formula.chars() {
        if c == '\'' {
            inside = !inside;
            bare.push('n');
        } else if !inside {
            bare.push(c);
        }
    }
    if inside || bare.contains('!') {
        return Err(NotOurs("cell in a formula of fields"));
    }
    calculates(&bare)
}

/// Refuses a formula that leads out of its workbook or calls what it may not.
pub(in crate::sanitise::ooxml) fn calculates(formula: &str) -> Checked {
    let mut word = String::new();
    let mut before = ' ';
    let mut literal: Option<char> = None;
    let mut depth = 0_u32;
    for (at, c) in formula.char_indices() {
        if let Some(quote) = literal {
            if c == quote {
                literal = None;
            } else if quote == '\'' && matches!(c, '[' | ']' | '/' | '\\' | '|') {
                return Err(NotOurs("sheet of another file"));
            }
            continue;
        }
        match c {
            '"' if depth == 0 => literal = Some('"'),
            '\'' if depth == 0 => literal = Some('\''),
            '[' => {
                let named = before.is_alphanumeric() || matches!(before, '_' | '.' | ']');
                if depth == 0 && !named {
                    return Err(NotOurs("another workbook"));
                }
                depth += 1;
            }
            ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return Err(NotOurs("DDE")),
            '(' if depth == 0 => {
                let name = word.to_uppercase();
                let name = name
                    .trim_start_matches("_XLFN.")
                    .trim_start_matches("_XLWS.");
                let known = name.is_empty() || name == "INDIRECT" || functions::calculates(name);
                if !known {
                    return Err(NotOurs("function"));
                }
                let target = formula.get(at + 1..).unwrap_or_default().trim_start();
                let literal = target.strip_prefix('"').unwrap_or_default();
                if name == "HYPERLINK"
                    && !leads_to_the_web(literal.split('"').next().unwrap_or_default())
                {
                    return Err(NotOurs("link formula"));
                }
            }
            _ => {}
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.') {
            // A space before the bracket does not hide the name, one before
            // a name begins it.
            if before.is_whitespace() {
                word.clear();
            }
            word.push(c);
        } else if !c.is_whitespace() {
            word.clear();
        }
        before = c;
    }
    Ok(())
}
