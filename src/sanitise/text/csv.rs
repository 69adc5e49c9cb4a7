//! Cells that a spreadsheet would calculate become text: `'` in front.
//! Delimiter-blind on purpose: whatever a reader takes as the separator, no
//! cell starts with a formula sign.

use std::borrow::Cow;

use crate::sanitise::{Report, What};

/// Bytes of one cell in quotes; Excel's hold 32,767 signs.
const LONGEST_QUOTED: usize = 1 << 17;

/// Puts `'` before every formula sign at a cell's start, except where the
/// whole cell is a plain number or telephone number.
pub(super) fn disarm(text: &str, report: &mut Report) -> String {
    let mut output = String::with_capacity(text.len() + 16);
    // Excel's own first line `sep=X` makes X an edge that nobody else sees.
    if names_separator(text) {
        output.push('\'');
        report.removed(What::FormulaPrefix, "sep=");
    }
    let mut begins = Some(Cell::Bare);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if begins.is_some_and(|cell| calculates(rest, cell)) {
            output.push('\'');
            report.removed(What::FormulaPrefix, "cell");
        }
        // Quotes and blanks in front of a sign do not hide it.
        begins = match c {
            c if is_edge(c) => Some(Cell::Bare),
            '"' => begins.map(Cell::behind_quote),
            c if c.is_whitespace() => begins,
            _ => None,
        };
        output.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    output
}

/// The first line names a separator of its own.
fn names_separator(text: &str) -> bool {
    let head: String = text
        .chars()
        .filter(|c| !matches!(c, '"' | ' ' | '\u{3000}'))
        .take(4)
        .collect();
    head.eq_ignore_ascii_case("sep=")
}

fn is_edge(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '\n' | '\r')
}

/// What is around a cell.
#[derive(Clone, Copy)]
enum Cell {
    Bare,
    /// A reader that knows quotes goes on to the last of them, over every edge.
    Quoted,
}

impl Cell {
    fn behind_quote(self) -> Self {
        match self {
            Self::Bare => Self::Quoted,
            Self::Quoted => Self::Bare,
        }
    }
}

/// `rest` starts with a cell that would be calculated.
fn calculates(rest: &str, cell: Cell) -> bool {
    let mut signs = rest.chars();
    match signs.next() {
        Some(sign) if EQUALS.contains(&sign) => true,
        Some(sign) if PLUS_AND_MINUS.contains(&sign) => match cell {
            Cell::Bare => !is_bare_number(signs.as_str()),
            Cell::Quoted => !is_quoted_number(signs.as_str()),
        },
        Some(_) | None => false,
    }
}

/// Full-width and small ones too: Japanese Excel takes them for the narrow ones.
const EQUALS: [char; 6] = ['=', '@', '＝', '＠', '﹦', '﹫'];
const PLUS_AND_MINUS: [char; 7] = ['+', '-', '＋', '－', '﹢', '﹣', '−'];

fn is_bare_number(cell: &str) -> bool {
    let end = cell.find(is_edge).unwrap_or(cell.len());
    let (cell, after) = cell.split_at_checked(end).unwrap_or((cell, ""));
    // Quotes close the cell only where it ends: `-"x"&cmd|…` goes on.
    is_number(cell.trim_end_matches(['"', ' '])) && !goes_on(after)
}

/// Nothing but figures up to the last quote, on whatever lines: `"+\ncmd|…"` is one
/// cell.
fn is_quoted_number(cell: &str) -> bool {
    let Some((inside, after)) = cell.split_once('"') else {
        return false;
    };
    let after = after.trim_start_matches(' ');
    (after.is_empty() || after.starts_with(is_edge))
        && inside.split(is_edge).all(is_number)
        && !goes_on(after)
}

/// A number goes on behind an edge as a formula, `-5,5&cmd|…`: where a comma is
/// the decimal point, or a tab a mere blank.
fn goes_on(after: &str) -> bool {
    let Some(next) = after.strip_prefix([',', ';', '\t']) else {
        return false;
    };
    let next = next.trim_start_matches(|c: char| c.is_whitespace() && !is_line_end(c));
    let own =
        |c: char| matches!(c, '"' | '\'') || EQUALS.contains(&c) || PLUS_AND_MINUS.contains(&c);
    if next.starts_with(own) {
        return false; // A cell that is judged for itself.
    }
    let end = next.find(|c| matches!(c, ',' | ';') || is_line_end(c));
    let next = next.get(..end.unwrap_or(next.len())).unwrap_or_default();
    let formula = next.trim_start_matches(|c: char| {
        c.is_ascii_digit() || matches!(c, '０'..='９' | '.' | '．') || c.is_whitespace()
    });
    formula.starts_with(|c: char| !c.is_alphanumeric()) && calls(formula)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

/// Another program, another book, or a function.
fn calls(formula: &str) -> bool {
    let mut word = false;
    formula.chars().any(|c| {
        let function = word && matches!(c, '(' | '（');
        word = match c {
            'a'..='z' | 'A'..='Z' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ' => true,
            '_' | '.' | '0'..='9' | '０'..='９' => word,
            c => word && c.is_whitespace(),
        };
        function || matches!(c, '|' | '｜' | '!' | '！' | '[' | '［')
    })
}

/// What may follow a sign: nothing, `5.2`, `81-3-1111-2222`, `81(3)1111`, ` 3`,
/// `1.5e3`, `５`, `5%`, `5千円`. Never a name that a formula could call.
fn is_number(rest: &str) -> bool {
    let digits = rest.trim_end_matches(is_unit);
    let units = rest.chars().count() - digits.chars().count();
    let plain = |c: char| {
        c.is_ascii_digit() || matches!(c, '０'..='９' | '.' | '．' | ' ' | '-' | '－' | '(' | ')')
    };
    let scientific = rest.parse::<f64>().is_ok() && rest.starts_with(|c: char| c.is_ascii_digit());
    scientific || (digits.chars().all(plain) && units <= 3 && (units == 0 || !digits.is_empty()))
}

/// 円, 人, 件 … and signs of shares.
fn is_unit(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '%' | '％' | '℃')
}

/// A table whose columns are parted by tabs, with commas instead: Excel takes
/// a `.csv` for nothing else. Other tables stay as they are. Every line and
/// every sign of a cell stays, empty lines and quotes too.
pub(super) fn with_commas(text: &str) -> Option<String> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    if !first.contains('\t') || first.contains([',', ';']) {
        return None;
    }
    let mut table = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = tab_cell(rest);
        quote(&cell, &mut table);
        let end = after.chars().next().unwrap_or('\n');
        if !after.is_empty() {
            table.push(if end == '\t' { ',' } else { end });
        }
        rest = after.get(1..).unwrap_or_default();
    }
    Some(table)
}

/// The first cell and what follows it, beginning with what ends it. Quotes
/// hold a cell together only where they close at its end; all others are
/// signs of it (`5" disk`).
fn tab_cell(text: &str) -> (Cow<'_, str>, &str) {
    if let Some((inside, after)) = text.strip_prefix('"').and_then(quoted) {
        return (Cow::Owned(inside.replace("\"\"", "\"")), after);
    }
    let end = text.find(['\t', '\r', '\n']).unwrap_or(text.len());
    let (cell, after) = text.split_at_checked(end).unwrap_or((text, ""));
    (Cow::Borrowed(cell), after)
}

/// Up to the closing quote of a cell, if it has one.
fn quoted(inside: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    // Cells of more than this hold no table; and no text is searched to its
    // end for every quote in it.
    let most = inside.len().min(LONGEST_QUOTED);
    while from < most {
        let at = from + inside.get(from..)?.find('"')?;
        let after = inside.get(at + 1..)?;
        if after.starts_with('"') {
            from = at + 2;
            continue;
        }
        let closed = after.is_empty() || after.starts_with(['\t', '\r', '\n']);
        return closed.then_some((inside.get(..at)?, after));
    }
    None
}

/// A cell of a CSV (RFC 4180 section 2).
fn quote(cell: &str, table: &mut String) {
    if cell.contains([',', '"', '\r', '\n']) {
        table.push('"');
        table.push_str(&cell.replace('"', "\"\""));
        table.push('"');
    } else {
        table.push_str(cell);
    }
}

/// Cells as RFC 4180 writes them, rows ended by CRLF.
pub(super) fn of_rows(rows: &[Vec<String>]) -> String {
    let mut output = String::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                output.push(',');
            }
            if cell.contains([',', ';', '"', '\t', '\r', '\n']) {
                output.push('"');
                output.push_str(&cell.replace('"', "\"\""));
                output.push('"');
            } else {
                output.push_str(cell);
            }
        }
        output.push_str("\r\n");
    }
    output
}

/// UTF-8 with the byte order mark that Excel needs, ending in a newline.
pub(super) fn write(text: &str) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len() + 5);
    output.extend_from_slice(b"\xEF\xBB\xBF");
    output.extend_from_slice(text.as_bytes());
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        output.extend_from_slice(if text.contains("\r\n") {
            b"\r\n"
        } else {
            b"\n"
        });
    }
    output
}
