//! Formulas and names of workbooks and charts.

use super::scan::{self, Piece};
use super::{Checked, NotOurs};
use crate::sanitise::office::verify::functions;
use crate::sanitise::office::verify::link::leads_to_the_web;

/// Checks every formula of a part, piece by piece.
#[derive(Default)]
pub(super) struct Book {
    words: String,
    /// Within a formula, or a name that is judged.
    is_judged: bool,
    /// Within what names the pivot table of a chart.
    in_source: bool,
}

impl Book {
    pub(super) fn see(&mut self, piece: &Piece<'_, '_>) -> Checked {
        match piece {
            Piece::Open {
                name, attributes, ..
            } => {
                // What stands behind an element in it would be judged alone.
                if self.is_judged {
                    return Err(NotOurs("element in a formula"));
                }
                self.words.clear();
                self.in_source |= *name == "c:pivotSource";
                self.is_judged = is_formula(name) || (*name == "c:name" && self.in_source);
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
                self.is_judged = false;
                if is_formula(name) {
                    calculates(&scan::plain(&self.words))?;
                }
                if *name == "c:name" && self.in_source {
                    of_this_book(&scan::plain(&self.words))?;
                }
                self.in_source &= *name != "c:pivotSource";
                self.words.clear();
            }
        }
        Ok(())
    }
}

/// Whether an element holds a formula.
fn is_formula(name: &str) -> bool {
    matches!(
        name,
        "f" | "c:f"
            | "xm:f"
            | "definedName"
            | "formula"
            | "formula1"
            | "formula2"
            | "calculatedColumnFormula"
            | "totalsRowFormula"
    )
}

/// The pivot table of a chart, in the chart's own book.
fn of_this_book(name: &str) -> Checked {
    let bare = name.strip_prefix("'[]").or(name.strip_prefix("[]"));
    if bare.unwrap_or(name).contains(['[', ']', '/', '\\', '|']) {
        return Err(NotOurs("pivot table of another book"));
    }
    Ok(())
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
    let (mut before, mut blank) = (' ', false);
    let mut rest = formula;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        // A space before the bracket does not hide the name, one before a name
        // begins it.
        let names = c.is_alphanumeric() || matches!(c, '_' | '.');
        if names && !blank {
            word.push(c);
            before = c;
            continue;
        }
        if !matches!(c, '(' | '!') {
            alone(&word)?;
        }
        rest = match c {
            '"' => text(rest)?,
            '\'' => sheet(rest)?,
            '[' if before.is_alphanumeric() || matches!(before, '_' | '.') => columns(rest)?,
            '[' | ']' => return Err(NotOurs("another workbook")),
            '|' => return Err(NotOurs("DDE")),
            '(' => call(&word, before, rest)?,
            _ => rest,
        };
        word.clear();
        if names {
            word.push(c);
        }
        (before, blank) = (if c == '[' { ']' } else { c }, false);
    }
    alone(&word)
}

/// Behind a text, or one half of a text with a quote in it.
fn text(rest: &str) -> Result<&str, NotOurs> {
    let (_, behind) = rest.split_once('"').ok_or(NotOurs("open text"))?;
    Ok(behind)
}

/// Behind the name of a sheet.
fn sheet(rest: &str) -> Result<&str, NotOurs> {
    let (name, behind) = rest.split_once('\'').ok_or(NotOurs("open name"))?;
    if name.contains(['[', ']', '/', '\\', '|']) {
        return Err(NotOurs("sheet of another file"));
    }
    Ok(behind)
}

/// Behind the brackets after a table's name: either one name, or names in
/// brackets with commas, colons and blanks between, and nothing besides.
fn columns(rest: &str) -> Result<&str, NotOurs> {
    let (mut depth, mut quoted) = (1, false);
    let (mut bare, mut inner) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if quoted => quoted = false,
            '[' if depth == 1 && !bare => (depth, inner) = (2, true),
            '[' => return Err(NotOurs("brackets")),
            ']' if depth == 2 => depth = 1,
            ']' => return rest.get(at + 1..).ok_or(NotOurs("brackets")),
            '\'' if depth == 2 || !inner => (quoted, bare) = (true, bare || depth == 1),
            ',' | ':' | '@' | ' ' => {}
            _ if depth == 2 => {}
            _ if inner => return Err(NotOurs("between columns")),
            _ => bare = true,
        }
    }
    Err(NotOurs("open brackets"))
}

/// A bracket behind `word` or, where that is empty, behind the sign `before`; gives
/// back what is in it.
fn call<'a>(word: &str, before: char, arguments: &'a str) -> Result<&'a str, NotOurs> {
    if word.is_empty() {
        return match before {
            ')' | ']' | '}' | '"' | '\'' => Err(NotOurs("call of what is calculated")),
            _ => Ok(arguments),
        };
    }
    let name = word.to_uppercase();
    let name = name
        .trim_start_matches("_XLFN.")
        .trim_start_matches("_XLWS.");
    if name == "HYPERLINK" {
        let literal = arguments.trim_start().strip_prefix('"');
        let (target, behind) =
            (literal.and_then(|literal| literal.split_once('"'))).ok_or(NotOurs("link formula"))?;
        let whole = behind.trim_start().starts_with([',', ')']);
        if !whole || !leads_to_the_web(target) {
            return Err(NotOurs("link formula"));
        }
    } else if name != "INDIRECT" && !functions::calculates(name) {
        return Err(NotOurs("function"));
    }
    Ok(arguments)
}

/// A word that no bracket follows is no function that somebody else could call.
fn alone(word: &str) -> Checked {
    let name = word.to_ascii_uppercase();
    let reaches = [
        "HYPERLINK",
        "WEBSERVICE",
        "IMAGE",
        "RTD",
        "CALL",
        "REGISTER",
        "EXEC",
        "DDE",
    ];
    let handed_on = name
        .strip_prefix("_XL")
        .and_then(|rest| rest.split_once('.'))
        .filter(|(kind, _)| *kind != "PM" && *kind != "NM");
    let last = handed_on.map(|(_, rest)| {
        rest.trim_start_matches("_XLFN.")
            .trim_start_matches("_XLWS.")
    });
    match last {
        Some(function) if function == "HYPERLINK" || !functions::calculates(function) => {
            Err(NotOurs("function by its name"))
        }
        None if reaches.contains(&name.as_str()) => Err(NotOurs("function by its name")),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::of_this_book;

    #[test]
    fn a_pivot_table_stands_in_its_own_book() {
        for own in ["[]S!P", "'[]S 1'!P", "S!P"] {
            assert!(of_this_book(own).is_ok(), "{own}");
        }
        for other in ["[a.xlsx]S!P", "'c:\\[]S'!P", "[][a]S!P", "//evil/S!P"] {
            assert!(of_this_book(other).is_err(), "{other}");
        }
    }
}
