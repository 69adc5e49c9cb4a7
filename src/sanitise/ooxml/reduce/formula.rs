//! Spreadsheet formulas: which ones only calculate. Functions are known by
//! name; references stay inside the workbook. What is not on the list (macro
//! functions, DDE, other files, the web) loses the formula and keeps its value.

use crate::sanitise::office::calculation::{self, behind_quote, pretends};
use crate::sanitise::office::link::is_link;

/// Longest formula that is judged (Excel's own limit is 8192 characters).
const LONGEST: usize = 32_768;

/// Whether a formula only calculates with its own workbook.
pub(in crate::sanitise::ooxml) fn is_harmless(formula: &str) -> bool {
    if formula.len() > LONGEST || pretends(formula) {
        return false;
    }
    let mut rest = formula;
    let mut word = String::new();
    // A blank ends a word, but does not hide the name before a bracket.
    let mut parted = false;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c.is_whitespace() {
            (parted, rest) = (true, after);
            continue;
        }
        let is_part = c.is_alphanumeric() || matches!(c, '_' | '.');
        let ended = parted || !is_part;
        if ended && !matches!(c, '(' | '!') && !may_stand(&word) {
            return false;
        }
        if parted && is_part {
            word.clear();
        }
        parted = false;
        match c {
            '"' => {
                let Some(behind) = behind_quote(after, '"') else {
                    return false;
                };
                word.clear();
                (before, rest) = (c, behind);
                continue;
            }
            '\'' => {
                // A quoted sheet name; in one with these the file is named.
                let Some(behind) = behind_quote(after, '\'') else {
                    return false;
                };
                let name = after.get(..after.len() - behind.len()).unwrap_or_default();
                if name.contains(['[', ']', '/', '\\', ':', '|', '*', '?']) {
                    return false;
                }
                word.clear();
                (before, rest) = (c, behind);
                continue;
            }
            '[' => {
                // After a name it is a table's column, else another workbook.
                let Some(behind) = behind_columns(after).filter(|_| !word.is_empty()) else {
                    return false;
                };
                word.clear();
                (before, rest) = (']', behind);
                continue;
            }
            '|' | ']' => return false,
            '(' => {
                // Also what a bracket gives may be a function, called by no name.
                if word.is_empty() && matches!(before, ')' | ']' | '}' | '"' | '\'') {
                    return false;
                }
                if !word.is_empty() && !may_call(&word, after) {
                    return false;
                }
                word.clear();
            }
            _ if is_part => word.push(c),
            _ => word.clear(),
        }
        (before, rest) = (c, after);
    }
    may_stand(&word)
}

/// The same of what a field of a pivot table is calculated by (ISO/IEC
/// 29500-1, 18.10.1.3): quotes stand around the names of fields there, whatever
/// signs those have, and no cell is named.
pub(super) fn is_harmless_over_fields(formula: &str) -> bool {
    let pieces: Vec<&str> = formula.split('\'').collect();
    let bare = pieces
        .iter()
        .step_by(2)
        .copied()
        .collect::<Vec<_>>()
        .join("field");
    pieces.len() % 2 == 1 && !bare.contains('!') && is_harmless(&bare)
}

/// Behind what is in brackets after a table's name: a column, or columns and areas
/// in brackets of their own (ISO/IEC 29500-1, 18.17.2.3). Nothing else, so that no
/// part of the formula is taken for a name.
fn behind_columns(mut rest: &str) -> Option<&str> {
    let mut listed = false;
    loop {
        let c = rest.chars().next()?;
        let after = rest.get(c.len_utf8()..)?;
        rest = match c {
            '[' => {
                listed = true;
                behind_column(after)?
            }
            ']' => return Some(after),
            ',' | ':' | '@' | ' ' => after,
            _ if listed => return None,
            _ => return behind_column(rest),
        };
    }
}

/// Behind the bracket that ends a column's name; `'` stands before signs of it.
fn behind_column(rest: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\'' => escaped = true,
            '[' => return None,
            ']' => return rest.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// A word that is not called here. Whom a function's name is given to calls it:
/// `MAP(A1,_xleta.WEBSERVICE)`.
fn may_stand(word: &str) -> bool {
    let Some(name) = without_prefixes(word) else {
        return !OUTWARD.iter().any(|name| word.eq_ignore_ascii_case(name));
    };
    let name = name.to_uppercase();
    name != "HYPERLINK" && calculation::is_known(&name)
}

/// A function's name where Excel marked it as such.
fn without_prefixes(word: &str) -> Option<&str> {
    let mut name = word;
    loop {
        let longer = ["_xlfn.", "_xlws.", "_xleta.", "_xludf."]
            .iter()
            .find(|prefix| {
                name.get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            });
        match longer {
            Some(prefix) => name = name.get(prefix.len()..).unwrap_or_default(),
            None => return (name.len() < word.len()).then_some(name),
        }
    }
}

/// Functions that reach outside, where only their name stands.
const OUTWARD: [&str; 8] = [
    "HYPERLINK",
    "WEBSERVICE",
    "IMAGE",
    "RTD",
    "CALL",
    "REGISTER",
    "EXEC",
    "DDE",
];

fn may_call(word: &str, arguments: &str) -> bool {
    let upper = word.to_uppercase();
    let name = upper
        .strip_prefix("_XLFN.")
        .unwrap_or(&upper)
        .trim_start_matches("_XLWS.");
    if name == "HYPERLINK" {
        let target = arguments
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'));
        return target.is_some_and(|(target, behind)| {
            is_link(target) && matches!(behind.trim_start().chars().next(), Some(',' | ')'))
        });
    }
    calculation::is_known(name)
}

#[cfg(test)]
mod tests {
    use super::{is_harmless, is_harmless_over_fields};
    use crate::sanitise::ooxml::verify::book::calculates;

    #[test]
    fn a_field_may_be_called_what_no_sheet_is() {
        assert!(is_harmless_over_fields("'Value / Size'* 2"));
        assert!(is_harmless_over_fields("SUM('a|b',IF(Size>1,2,3))"));
        for bad in [
            "'[1]S'!A1",
            "'a",
            "cmd|'/c calc'",
            "WEBSERVICE('a')",
            "'a'(1)",
        ] {
            assert!(!is_harmless_over_fields(bad), "{bad}");
        }
    }

    #[test]
    fn what_only_calculates_stays() {
        for good in [
            "SUM(A1:B2)*1.1",
            "VLOOKUP(A1,'令和 6 年'!$A$1:$C$9,2,FALSE)",
            "IF(A1=\"\",\"\",B1&\"円\")",
            "Table1[[#This Row],[金額]]*2",
            "SUM(Table1[Amount])",
            "_xlfn.XLOOKUP(A1,B:B,C:C)",
            "HYPERLINK(\"https://example.lg.jp/\",\"x\")",
            "Sheet1!A1+(B1-C1)",
            "{1,2;3,4}",
            "IF (A1>1, 2, 3)",
            "SUM(Sheet1:Sheet3!A1)",
            "'O''Brien'!A1",
            "Table1[[Total (a|b) '[x'] '\"]:[c]]",
            "Table1[@[Col A]]+Table1[]",
            "_xlfn.MAP(A1:A3,_xleta.ABS)",
            "_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)",
            "IMAGE!A1",
            "SUM\u{3000}(A1)",
        ] {
            assert!(is_harmless(good), "{good}");
        }
    }

    #[test]
    fn what_calls_out_goes() {
        for bad in [
            "WEBSERVICE(\"http://x\")",
            "_xlfn.WEBSERVICE (A1)",
            "cmd|'/c calc'!A0",
            "[1]Sheet1!A1",
            "'[Book1.xlsx]S'!A1",
            "'\\\\host\\share\\[b.xls]S'!A1",
            "EXEC(\"calc\")",
            "CALL(\"u\",\"f\")",
            "HYPERLINK(\"file://x\")",
            "HYPERLINK(A1)",
            "HYPERLINK(\"http://a\"&B1)",
            "MyMacro(1)",
            "IMAGE(\"http://x\")",
            "RTD(\"p\",,1)",
            "'file:///a.ods'#$S.A1",
            "\"open",
            "REGISTER.ID(\"a\",\"b\")",
            "CUBEVALUE(\"c\",\"m\")",
            "_xlfn.MAP({\"http://x\"},_xleta.WEBSERVICE)",
            "_xlfn.REDUCE(\"file://x\",A1,_XLETA.HYPERLINK)",
            "CHOOSE(1,_xleta._xlfn.IMAGE)",
            "CHOOSE(1,A1)(\"http://x\")",
            "IF(1,HYPERLINK,0)",
            "HYPERLINK",
            "T['[]&IMAGE(\"http://x\")&T[']]",
            "A[[]&cmd|'/c calc'!A0&B[]]",
            "A[[]&B[]]",
            "HYPERLINK(\"https://a.example/\"&\"@x\")",
            "HYPERLINK(\"#[evil.xlsx]S!A1\")",
            "WEBSERVICE\u{a0}(A1)",
            "WEBSERVICE\r(A1)",
        ] {
            assert!(!is_harmless(bad), "{bad}");
            assert!(calculates(bad).is_err(), "verifier: {bad}");
        }
    }
}
