//! Tables in fixed-width columns. Japanese signs take two columns, as every
//! mail program in Japan shows them.

use unicode_width::UnicodeWidthChar;

/// The widest cell that still reads as a table.
const WIDEST_CELL: usize = 60;

/// Rows of short cells as aligned lines; `None` when it is no such table.
pub(super) fn aligned(rows: &[Vec<String>]) -> Option<String> {
    let columns = rows.iter().map(Vec::len).max()?;
    let short = rows
        .iter()
        .flatten()
        .all(|cell| !cell.contains('\n') && width(cell) <= WIDEST_CELL);
    if rows.len() < 2 || !(2..=30).contains(&columns) || !short {
        return None;
    }
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, column) in row.iter().zip(&widths) {
            if !line.is_empty() {
                line.push_str(" | ");
            }
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', column.saturating_sub(width(cell))));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    Some(text)
}

/// Columns on a screen. The half-width sound marks (ﾞ ﾟ) take one of their own.
fn width(cell: &str) -> usize {
    cell.chars()
        .map(|c| {
            if matches!(c, '\u{ff9e}' | '\u{ff9f}') {
                1
            } else {
                c.width_cjk().unwrap_or(0)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_columns_stand_below_each_other() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        assert_eq!(
            aligned(&[
                row("品名", "数"),
                row("鉛筆(HB)", "12"),
                row("ｺﾋﾟｰ用紙", "3")
            ])
            .unwrap(),
            "品名     | 数\n鉛筆(HB) | 12\nｺﾋﾟｰ用紙 | 3\n"
        );
    }
}
