//! Tables in fixed-width columns. Japanese signs take two columns, as every
//! mail program in Japan shows them.

use unicode_width::UnicodeWidthChar;

/// The widest cell that still reads as a table.
const WIDEST_CELL: usize = 60;
/// Lines of the highest cell.
const HIGHEST_CELL: usize = 6;

/// Rows of short cells as aligned lines; `None` when it is no such table. A
/// line of hyphens stands below the first row where that is the `headed` one.
pub(super) fn aligned(rows: &[Vec<String>], headed: bool) -> Option<String> {
    let columns = rows.iter().map(Vec::len).max()?;
    let short = rows.iter().flatten().all(|cell| {
        cell.lines().count() <= HIGHEST_CELL && cell.lines().all(|line| width(line) <= WIDEST_CELL)
    });
    if rows.len() < 2 || !(2..=30).contains(&columns) || !short {
        return None;
    }
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .flat_map(|cell| cell.lines().map(width))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let height = row.iter().map(|cell| cell.lines().count()).max();
        for at in 0..height.unwrap_or(0).max(1) {
            let mut line = String::new();
            for (column, (cell, room)) in row.iter().zip(&widths).enumerate() {
                let cell = cell.lines().nth(at).unwrap_or_default();
                if column > 0 {
                    line.push_str(" | ");
                }
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', room.saturating_sub(width(cell))));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if headed && number == 0 {
            let rules: Vec<String> = widths.iter().map(|room| "-".repeat(*room)).collect();
            text.push_str(&rules.join("-+-"));
            text.push('\n');
        }
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

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn japanese_columns_stand_below_each_other() {
        let rows = [
            row(&["品名", "数"]),
            row(&["鉛筆(HB)", "12"]),
            row(&["ｺﾋﾟｰ用紙", "3"]),
        ];
        assert_eq!(
            aligned(&rows, false).unwrap(),
            "品名     | 数\n鉛筆(HB) | 12\nｺﾋﾟｰ用紙 | 3\n"
        );
        assert!(
            aligned(&rows, true)
                .unwrap()
                .starts_with("品名     | 数\n---------+---\n")
        );
    }

    #[test]
    fn a_cell_of_two_lines_keeps_its_column() {
        assert_eq!(
            aligned(
                &[row(&["住所", "備考"]), row(&["高松市\n番町", "①"])],
                false
            )
            .unwrap(),
            "住所   | 備考\n高松市 | ①\n番町   |\n"
        );
    }
}
