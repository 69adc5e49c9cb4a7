//! Cells that a spreadsheet would calculate become text: `'` in front.
//! Delimiter-blind on purpose: whatever a reader takes as the separator, no
//! cell starts with a formula sign.

use crate::sanitise::{Report, What};

/// Puts `'` before every formula sign at a cell's start, except where the
/// whole cell is a plain number or telephone number.
pub(super) fn disarm(text: &str, report: &mut Report) -> String {
    let mut output = String::with_capacity(text.len() + 16);
    // Excel's own first line `sep=X` makes X an edge that nobody else sees.
    if names_separator(text) {
        output.push('\'');
        report.removed(What::FormulaPrefix, "sep=");
    }
    let mut at_start = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if at_start && calculates(rest) {
            output.push('\'');
            report.removed(What::FormulaPrefix, "cell");
        }
        // Quotes and blanks in front of a sign do not hide it.
        at_start = is_edge(c) || (at_start && matches!(c, '"' | ' ' | '\u{3000}'));
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

/// `rest` starts with a cell that would be calculated.
fn calculates(rest: &str) -> bool {
    let mut signs = rest.chars();
    match signs.next() {
        // Full-width signs too: Japanese Excel takes them for the narrow ones.
        Some('=' | '@' | '＝' | '＠') => true,
        Some('+' | '-' | '＋' | '－') => {
            let cell: &str = rest
                .split([',', ';', '\t', '\n', '\r'])
                .next()
                .unwrap_or_default();
            // Quotes close the cell only where it ends: `-"x"&cmd|…` goes on.
            !is_number(cell.trim_end_matches(['"', ' ']))
        }
        _ => false,
    }
}

/// `-`, `-5.2`, `+81-3-1111-2222`, `- 3`, `-1.5e3`.
fn is_number(cell: &str) -> bool {
    let mut signs = cell.chars();
    let narrow = matches!(signs.next(), Some('+' | '-'));
    let rest = signs.as_str();
    let digits_only = rest
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | ' ' | '-'));
    let first_fits = rest
        .chars()
        .next()
        .is_none_or(|c| c.is_ascii_digit() || matches!(c, '.' | ' ' | '-'));
    let scientific = rest.parse::<f64>().is_ok() && rest.starts_with(|c: char| c.is_ascii_digit());
    narrow && first_fits && (digits_only || scientific)
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
