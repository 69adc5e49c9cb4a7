//! What a book says of how its cells show numbers.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::clock::Clock;
use super::known::Known;
use super::{general, shown};

/// The number formats of one book, whatever its file format.
#[derive(Default)]
pub(in crate::sanitise) struct Formats {
    /// The number format of each cell format.
    of_cells: Vec<u16>,
    /// Formats that the book writes down, by their number.
    codes: BTreeMap<u16, String>,
    clock: Clock,
    /// Those that were taken apart before.
    known: RefCell<Known>,
}

impl Formats {
    /// The next cell format shows numbers in the format of this number.
    pub(in crate::sanitise) fn cell(&mut self, number: u16) {
        self.of_cells.push(number);
    }

    /// The format of this number is written down so.
    pub(in crate::sanitise) fn code(&mut self, number: u16, code: String) {
        self.codes.insert(number, code);
    }

    /// Days count from 1904, not from 1900.
    pub(in crate::sanitise) fn count_from_1904(&mut self) {
        self.clock = Clock::From1904;
    }

    /// `value` as a cell of this cell format shows it.
    pub(in crate::sanitise) fn shown(&self, value: f64, cell_format: usize) -> String {
        if !value.is_finite() {
            return "#NUM!".to_owned();
        }
        let number = self.of_cells.get(cell_format).copied().unwrap_or(0);
        // The formats that show the reader's own short date: ISO 8601 is
        // everybody's.
        let code = match number {
            14 => Some("yyyy\\-mm\\-dd"),
            22 => Some("yyyy\\-mm\\-dd h:mm"),
            _ => {
                let written = self.codes.get(&number).map(String::as_str);
                written.or_else(|| built_in(number))
            }
        };
        match code {
            Some(code) => {
                let parsed = self.known.borrow_mut().parsed(code);
                shown(value, &parsed, self.clock)
            }
            None => general(value),
        }
    }
}

/// Formats that files do not write down (ECMA-376 18.8.30, with those of
/// Japanese Excel).
fn built_in(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"¥\"#,##0;\"¥\"\\-#,##0",
        7 | 8 => "\"¥\"#,##0.00;\"¥\"\\-#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 | 13 => "# ?/?",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        27 | 36 | 50 | 57 => "[$-411]ge.m.d",
        28 | 29 | 51 | 54 | 58 => "[$-411]ggge\"年\"m\"月\"d\"日\"",
        30 => "yyyy\\-mm\\-dd",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"時\"mm\"分\"",
        33 => "h\"時\"mm\"分\"ss\"秒\"",
        34 | 52 | 55 => "yyyy\"年\"m\"月\"",
        35 | 53 | 56 => "m\"月\"d\"日\"",
        37 | 38 => "#,##0;(#,##0)",
        39 | 40 => "#,##0.00;(#,##0.00)",
        41 => "#,##0;\\-#,##0;\"-\"",
        42 => "\"¥\"#,##0;\"¥\"\\-#,##0;\"¥\"\"-\"",
        43 => "#,##0.00;\\-#,##0.00;\"-\"",
        44 => "\"¥\"#,##0.00;\"¥\"\\-#,##0.00;\"¥\"\"-\"",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        _ => return None,
    })
}
