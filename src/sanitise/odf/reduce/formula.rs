//! Formulas, conditions and addresses of cells (ODF 1.3 part 4): which ones
//! only calculate with their own document. What does not (other files, DDE,
//! the web, a reference put together from text) loses the formula and keeps
//! its value.

use crate::sanitise::odf::model::{Open, Tape};
use crate::sanitise::odf::space::Space;
use crate::sanitise::office::calculation::{behind_quote, is_known};
use crate::sanitise::office::link::is_link;

/// Functions of OpenFormula and of LibreOffice beside those that all
/// spreadsheets share.
const FUNCTIONS: &[&str] = &[
    "B",
    "BITLSHIFT",
    "CEILING.XCL",
    "CHISQDIST",
    "CHISQINV",
    "COLOR",
    "CURRENT",
    "DAYSINMONTH",
    "DAYSINYEAR",
    "EASTERSUNDAY",
    "ERRORTYPE",
    "FLOOR.XCL",
    "FORMULA",
    "FOURIER",
    "ISLEAPYEAR",
    "MONTHS",
    "MULTIPLE.OPERATIONS",
    "OPT_BARRIER",
    "RAWSUBTRACT",
    "REGEX",
    "ROT13",
    "STYLE",
    "WEEKS",
    "WEEKSINYEAR",
    "YEARS",
];

/// What conditions of cells, styles and validations call (ODF 1.3 part 3,
/// 16.3 and 19.601, and LibreOffice's extension).
const CONDITIONS: &[&str] = &[
    "above-average",
    "above-equal-average",
    "begins-with",
    "below-average",
    "below-equal-average",
    "between",
    "bottom-elements",
    "bottom-percent",
    "cell-content",
    "cell-content-is-between",
    "cell-content-is-date",
    "cell-content-is-decimal-number",
    "cell-content-is-in-list",
    "cell-content-is-not-between",
    "cell-content-is-text",
    "cell-content-is-time",
    "cell-content-is-whole-number",
    "cell-content-text-length",
    "cell-content-text-length-is-between",
    "cell-content-text-length-is-not-between",
    "contains-text",
    "duplicate",
    "ends-with",
    "formula-is",
    "is-error",
    "is-no-error",
    "is-true-formula",
    "not-between",
    "not-contains-text",
    "top-elements",
    "top-percent",
    "unique",
    "value",
];

/// Prefixes of vendors' functions.
const VENDORS: &[&str] = &[
    "COM.MICROSOFT.",
    "ORG.OPENOFFICE.",
    "ORG.LIBREOFFICE.",
    "LEGACY.",
    "_XLFN.",
];

/// What an error may look like inside a formula; any other `#` stands between
/// a file and its sheet.
const ERRORS: &[&str] = &[
    "#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!",
];

/// Longest formula that is judged.
const LONGEST: usize = 65_536;

/// Whether an attribute is a formula, a condition or an address.
pub(super) fn is_one(space: Space, local: &str) -> bool {
    match space {
        Space::Table | Space::Chart | Space::Text | Space::Style | Space::Calcext | Space::Draw => {
            matches!(
                (space, local),
                (Space::Table | Space::Text, "formula" | "condition")
                    | (Space::Style, "condition")
                    | (Space::Table, "expression" | "cell-range")
                    | (Space::Calcext, "value" | "data-range")
            ) || ["-address", "-addresses", "-ranges", "-of-ranges", "-range"]
                .iter()
                .any(|end| local.ends_with(end))
        }
        _ => false,
    }
}

/// Whether no formula of an element leads outside.
pub(super) fn all_stay(tape: &Tape, open: Open) -> bool {
    tape.attributes(open).all(|(_, attribute)| {
        !is_one(attribute.space, tape.get(attribute.local))
            || stays_inside(tape.get(attribute.value))
    })
}

/// Whether a formula only calculates with its own document.
pub(in crate::sanitise::odf) fn stays_inside(formula: &str) -> bool {
    if formula.len() > LONGEST {
        return false;
    }
    let formula = without_grammar(formula);
    let mut rest = formula;
    let mut word = String::new();
    let mut before = ' ';
    let mut braces = 0_u32;
    let mut parted = false;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c.is_whitespace() {
            (parted, rest) = (true, after);
            continue;
        }
        // A blank before the bracket does not hide the name.
        if std::mem::take(&mut parted) && c != '(' {
            word.clear();
        }
        match c {
            '"' | '\'' => {
                let Some(behind) = behind_quote(after, c) else {
                    return false;
                };
                let name = after.get(..after.len() - behind.len()).unwrap_or_default();
                // No sheet's name has these signs; a file's has.
                if c == '\''
                    && (braces > 0 || name.contains(['/', '\\', '|']) || behind.starts_with('#'))
                {
                    return false;
                }
                word.clear();
                before = c;
                rest = behind;
                continue;
            }
            '#' => {
                let error = ERRORS.iter().find_map(|error| rest.strip_prefix(error));
                let Some(behind) = error.filter(|_| before != '\'') else {
                    return false;
                };
                if !word.is_empty() && names_a_sheet(behind) {
                    return false;
                }
                word.clear();
                (before, rest) = ('!', behind);
                continue;
            }
            '{' => braces += 1,
            '}' => match braces.checked_sub(1) {
                Some(left) => braces = left,
                None => return false,
            },
            // Between rows of a list of values, else before a topic of DDE.
            '|' if braces == 0 => return false,
            '!' if braces > 0 => return false,
            '\\' => return false,
            ':' if after.starts_with("//") => return false,
            '(' => {
                if !word.is_empty() && !may_call(&word, after) {
                    return false;
                }
                word.clear();
            }
            _ if c.is_alphanumeric() || matches!(c, '_' | '.' | '-') => word.push(c),
            _ => word.clear(),
        }
        before = c;
        rest = after;
    }
    braces == 0
}

/// Behind an error there goes on a reference to a sheet, `x.ods#REF!.A1`: what
/// looked like a deleted row stands between a file and its sheet.
fn names_a_sheet(behind: &str) -> bool {
    behind
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '\'' | '!'))
        .any(|c| matches!(c, '.' | '\''))
}

/// The formula behind the name of its grammar, which we declare ourselves.
fn without_grammar(formula: &str) -> &str {
    ["of:", "oooc:", "ooow:"]
        .iter()
        .find_map(|prefix| formula.strip_prefix(prefix))
        .unwrap_or(formula)
}

fn may_call(word: &str, arguments: &str) -> bool {
    if CONDITIONS.contains(&word) {
        return true;
    }
    // Behind a minus sign the name begins.
    let name = word.rsplit('-').next().unwrap_or(word).to_uppercase();
    if name.is_empty() {
        return true;
    }
    let name = VENDORS
        .iter()
        .find_map(|vendor| name.strip_prefix(vendor))
        .unwrap_or(&name);
    match name {
        "HYPERLINK" => {
            let target = arguments
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'));
            target.is_some_and(|(target, behind)| {
                let next = behind.trim_start().chars().next();
                is_link(target) && matches!(next, Some(';' | ',' | ')'))
            })
        }
        // What text it is given may name another file.
        "INDIRECT" => false,
        name => is_known(name) || FUNCTIONS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::stays_inside;
    use crate::sanitise::odf::verify::calculation::stays;

    #[test]
    fn what_only_calculates_stays() {
        for good in [
            "of:=SUM([.A1:.B2])*1.1",
            "of:=VLOOKUP([.A1];[$'令和 6 年'.$A$1:.$C$9];2;FALSE())",
            "of:=IF([.A1]=\"\";\"\";[.B1]&\"円\")",
            "of:={1;2|3;4}",
            "of:=[.A1]-SUM([.B1])",
            "of:=SUM ([.A1])",
            "oooc:=AVERAGE([Sheet1.A1:Sheet2.B2])",
            "of:=[#REF!.A1]+#N/A",
            "of:=[.A#REF!]+[$Sheet1.#REF!5]+[$#REF!.A1]+{#N/A;1}",
            "of:=COM.MICROSOFT.CONCAT([.A1];\"http://x#y\")",
            "of:=HYPERLINK(\"https://example.lg.jp/\";\"x\")",
            "of:cell-content-is-in-list([.$A$1:.$A$3])",
            "cell-content-is-in-list(\"a\";\"b\")",
            "is-true-formula([.A1]>3)",
            "formula-is(LEN([.A1])=0)",
            "value()>=0",
            "ooow:x EQ 1",
            "$Sheet1.$A$1:$Sheet1.$B$2",
            "'O''Brien'.A1",
        ] {
            assert!(stays_inside(good), "{good}");
            assert!(stays(good).is_ok(), "verifier: {good}");
        }
    }

    #[test]
    fn what_leads_outside_goes() {
        for bad in [
            "of:=['file:///c:/x.ods'#$Sheet1.A1]",
            "'file:///x.ods'#$Sheet1.A1",
            "of:=[file:///x.ods#Sheet1.A1]",
            "of:=DDE(\"soffice\";\"x\";\"y\")",
            "of:=COM.MICROSOFT.WEBSERVICE(\"http://x\")",
            "of:=WEBSERVICE (\"http://x\")",
            "of:=INDIRECT(\"'file:///x'#$S.A1\")",
            "of:=HYPERLINK([.A1])",
            "of:=HYPERLINK(\"file:///x\")",
            "of:=cmd|'/c calc'!A0",
            "msoxl:=cmd|'/c calc'!A0",
            "of:=MYMACRO(1)",
            "of:=RTD(\"a\")",
            "of:=['\\\\host\\share\\x.ods'#S.A1]",
            "of:=\"open",
            "of:='x'#S.A1",
            "of:=[evil.ods#REF!.A1]",
            "of:=[evil.ods#N/A.A1]",
            "of:=[evil.ods#REF!$S.A1]",
            "of:={1}}+{cmd|'evil'!A0",
            "of:={cmd|x!A0}",
            "of:={cmd|'x'}",
            "of:={1",
            "of:=HYPERLINK(\"https://a.example/\"&\"@x\")",
        ] {
            assert!(!stays_inside(bad), "{bad}");
            assert!(stays(bad).is_err(), "verifier: {bad}");
        }
    }
}
