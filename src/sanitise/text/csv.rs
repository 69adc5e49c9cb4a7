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
        at_start = is_edge(c) || (at_start && (c == '"' || c.is_whitespace()));
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
        // Full-width and small signs too: Japanese Excel takes them for the
        // narrow ones.
        Some('=' | '@' | '＝' | '＠' | '﹦' | '﹫') => true,
        Some('+' | '-' | '＋' | '－' | '﹢' | '﹣' | '−') => {
            let cell: &str = signs.as_str();
            let cell = cell.split(is_edge).next().unwrap_or_default();
            // Quotes close the cell only where it ends: `-"x"&cmd|…` goes on.
            !is_number(cell.trim_end_matches(['"', ' ']))
        }
        _ => false,
    }
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
/// a `.csv` for nothing else. Other tables stay as they are.
pub(super) fn with_commas(text: &str) -> Option<String> {
    let first = text.lines().next()?;
    if !first.contains('\t') || first.contains([',', ';']) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let ending = if text.contains("\r\n") {
        csv::Terminator::CRLF
    } else {
        csv::Terminator::Any(b'\n')
    };
    let mut writer = csv::WriterBuilder::new()
        .terminator(ending)
        .flexible(true)
        .from_writer(Vec::new());
    for record in reader.records() {
        writer.write_record(&record.ok()?).ok()?;
    }
    String::from_utf8(writer.into_inner().ok()?).ok()
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
