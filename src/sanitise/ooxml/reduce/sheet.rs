//! Workbooks: sheets that are gone, names that start macros or point at them,
//! caches filled from outside, and formulas everywhere they can stand.

use std::collections::HashSet;

use super::formula::is_harmless;
use crate::sanitise::office::calculation::behind_quote;
use crate::sanitise::ooxml::model::{Body, Package, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Open, Tape};
use crate::sanitise::{Refusal, Report, What};

/// Pivot caches whose source is not a range of this workbook, and the pivot
/// tables on them.
pub(super) fn drop_outside_caches(package: &mut Package, report: &mut Report) {
    for part in &mut package.parts {
        let (Role::PivotCache, Body::Xml(tape)) = (part.role, &part.body) else {
            continue;
        };
        let source = tape
            .opens()
            .find(|(_, open)| open.space == Space::S && tape.local(*open) == "cacheSource");
        let inner = source.is_some_and(|(at, open)| {
            tape.value(open, Space::None, "type") == Some("worksheet")
                && tape.children(at).all(|child| {
                    tape.open(child).is_some_and(|child| {
                        tape.local(child) == "worksheetSource"
                            && tape.value(child, Space::R, "id").is_none()
                            && !names_another_book(tape, child)
                    })
                })
        });
        if !inner {
            report.removed(What::DataConnection, &part.untrusted_name);
            part.gone = true;
        }
    }
    let orphans: Vec<usize> = package
        .parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.role == Role::PivotTable)
        .filter(|(_, part)| {
            !part.relations.values().any(|target| match target {
                Target::Part(to) => package
                    .parts
                    .get(*to)
                    .is_some_and(|part| part.role == Role::PivotCache && !part.gone),
                Target::Link(_) => false,
            })
        })
        .map(|(at, _)| at)
        .collect();
    for at in orphans {
        if let Some(part) = package.parts.get_mut(at) {
            part.gone = true;
        }
    }
}

/// It stands in brackets before the sheet.
fn names_another_book(tape: &Tape, open: Open) -> bool {
    ["sheet", "ref", "name"].iter().any(|local| {
        tape.value(open, Space::None, local)
            .is_some_and(|value| value.contains('['))
    })
}

/// Sheets, names and views of the workbook part.
pub(super) fn workbook(package: &mut Package, report: &mut Report) -> Result<(), Refusal> {
    let Some(mut tape) = super::take(package, 0) else {
        return Err(Refusal::Malformed);
    };
    let name = package
        .parts
        .first()
        .map(|part| part.untrusted_name.clone())
        .unwrap_or_default();
    let mut lost: HashSet<String> = HashSet::new();
    // Old index -> new index of every sheet.
    let mut moved: Vec<Option<usize>> = Vec::new();
    let mut left = 0;
    for (at, open) in tape.opens().collect::<Vec<_>>() {
        if open.space != Space::S || tape.local(open) != "sheet" {
            continue;
        }
        let id = tape.value(open, Space::R, "id").unwrap_or_default();
        if package.leads(0, id) {
            moved.push(Some(left));
            left += 1;
            // Only a program could show it again; now anybody can.
            let state = tape
                .attributes(open)
                .find(|(_, a)| tape.get(a.value) == "veryHidden")
                .map(|(place, _)| place);
            if let Some(state) = state {
                report.removed(What::HiddenContent, &name);
                tape.set_value(state, "hidden");
            }
        } else {
            lost.insert(
                tape.value(open, Space::None, "name")
                    .unwrap_or_default()
                    .to_lowercase(),
            );
            moved.push(None);
            tape.remove(at);
        }
    }
    if left == 0 {
        return Err(Refusal::Unsupported);
    }
    for (at, open) in tape.opens().collect::<Vec<_>>() {
        match (open.space, tape.local(open)) {
            (Space::S, "definedName") => {
                let what = judge_name(&tape, at, &lost);
                if let Some(what) = what {
                    report.removed(what, &name);
                    tape.remove(at);
                    continue;
                }
                let local = tape
                    .attributes(open)
                    .find(|(_, a)| tape.get(a.local) == "localSheetId")
                    .map(|(place, a)| (place, tape.get(a.value).parse::<usize>().ok()));
                match local.map(|(place, old)| {
                    (place, old.and_then(|old| moved.get(old).copied().flatten()))
                }) {
                    Some((place, Some(new))) => tape.set_value(place, &new.to_string()),
                    Some((_, None)) => tape.remove(at),
                    None => {}
                }
            }
            (Space::S, "workbookView") if !lost.is_empty() => {
                for (place, attribute) in tape.attributes(open).collect::<Vec<_>>() {
                    if matches!(tape.get(attribute.local), "activeTab" | "firstSheet") {
                        tape.drop_attribute(place);
                    }
                }
            }
            _ => {}
        }
    }
    super::put(package, 0, tape);
    Ok(())
}

/// Why a defined name goes.
fn judge_name(tape: &Tape, at: usize, lost: &HashSet<String>) -> Option<What> {
    let open = tape.open(at)?;
    let name = tape
        .value(open, Space::None, "name")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let name = name.trim_start_matches("_xlnm.");
    // Excel runs any name that begins so.
    if [
        "auto_open",
        "auto_close",
        "auto_activate",
        "auto_deactivate",
    ]
    .iter()
    .any(|start| name.starts_with(start))
    {
        return Some(What::XlmMacro);
    }
    let is_set = |local: &str| {
        tape.value(open, Space::None, local)
            .is_some_and(|value| value == "1" || value == "true")
    };
    if is_set("xlm") || is_set("function") || is_set("vbProcedure") {
        return Some(What::XlmMacro);
    }
    let formula = tape.text_within(at);
    if points_at(&formula.to_lowercase(), lost) {
        return Some(What::XlmMacro);
    }
    (!is_harmless(&formula)).then_some(What::ActiveFormula)
}

/// Whether a formula names one of these sheets. In one pass: there may be
/// thousands of names, of sheets and of signs in a formula.
fn points_at(formula: &str, sheets: &HashSet<String>) -> bool {
    let (mut rest, mut word) = (formula, String::new());
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '"' | '\'' => {
                let Some(behind) = behind_quote(rest, c) else {
                    return false;
                };
                let quoted = rest.get(..rest.len() - behind.len() - 1);
                word = quoted.unwrap_or_default().replace("''", "'");
                rest = behind;
            }
            '!' if sheets.contains(&word) => return true,
            c if c.is_alphanumeric() || matches!(c, '_' | '.') => word.push(c),
            _ => word.clear(),
        }
    }
    false
}

/// Since 2010 Excel keeps the words of a control a second time, in a shape
/// without size that is hidden while the control is shown.
pub(super) fn control_label(tape: &mut Tape, at: usize) {
    let (mut hidden, mut is_flat, mut has_words) = (None, false, false);
    for (inner, open) in tape.inner(at) {
        let says = |local: &str, wanted: &str| tape.value(open, Space::None, local) == Some(wanted);
        match (open.space, tape.local(open)) {
            (Space::Xdr, "cNvPr") => {
                let attributes = &mut tape.attributes(open);
                hidden = attributes
                    .find(|(_, attribute)| tape.get(attribute.local) == "hidden")
                    .map(|(place, _)| place);
            }
            (Space::A, "ext") => is_flat |= says("cx", "0") && says("cy", "0"),
            (Space::A, "t") => has_words |= !tape.text_within(inner).trim().is_empty(),
            _ => {}
        }
    }
    if let Some(hidden) = hidden.filter(|_| is_flat && has_words) {
        tape.drop_attribute(hidden);
    }
}

/// A chart of a pivot table names it by the book's file, which is not Excel's
/// to look for: no name in the brackets is the chart's own book.
pub(super) fn pivot_source(tape: &mut Tape, at: usize, untrusted_name: &str, report: &mut Report) {
    let name = tape
        .children(at)
        .find(|child| tape.is(*child, Space::C, "name"));
    let words = name.map(|name| tape.text_within(name)).unwrap_or_default();
    match (name, in_own_book(&words)) {
        (Some(name), Some(own)) if own != words => tape.set_text(name, &own),
        (Some(_), Some(_)) => {}
        _ => {
            report.removed(What::ExternalLink, untrusted_name);
            tape.remove(at);
        }
    }
}

/// The name of a pivot table in the chart's own book; `None`: it cannot be one.
fn in_own_book(words: &str) -> Option<String> {
    let Some((_, behind)) = words.rsplit_once(']') else {
        return is_plain(words).then(|| words.to_owned());
    };
    let quote = if words.starts_with('\'') { "'" } else { "" };
    is_plain(behind).then(|| format!("{quote}[]{behind}"))
}

/// Whether no file, folder or address is in the name of a sheet and a table.
fn is_plain(words: &str) -> bool {
    !words.contains(['[', ']', '/', '\\', '|'])
}

/// Formulas of cells, rules, tables and charts. A cell keeps its value.
pub(super) fn formulas(tape: &mut Tape, untrusted_name: &str, report: &mut Report) {
    let mut dropped_groups: HashSet<String> = HashSet::new();
    for at in 0..tape.len() {
        // What was taken out is looked at in vain, never kept for it.
        let Some(open) = tape.open(at) else { continue };
        let in_cell = match (open.space, tape.local(open)) {
            (Space::S, "f") => true,
            (Space::S, "formula" | "formula1" | "formula2" | "totalsRowFormula")
            | (Space::C | Space::Xm, "f") => false,
            (Space::S, "calculatedColumnFormula") => true,
            _ => continue,
        };
        let formula = tape.text_within(at);
        let shared = (tape.value(open, Space::None, "t") == Some("shared")).then(|| {
            tape.value(open, Space::None, "si")
                .unwrap_or_default()
                .to_owned()
        });
        let follows = formula.is_empty()
            && shared
                .as_ref()
                .is_some_and(|group| dropped_groups.contains(group));
        if is_harmless(&formula) && !follows {
            continue;
        }
        if !follows {
            let what = if formula.contains('|') {
                What::Dde
            } else {
                What::ActiveFormula
            };
            report.removed(what, untrusted_name);
        }
        if in_cell {
            dropped_groups.extend(shared);
            tape.remove(at);
        } else {
            tape.set_text(at, "#REF!");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pivot_table_is_named_in_the_own_book() {
        for (words, own) in [
            ("[evil.xlsx]S!P", "[]S!P"),
            ("'C:\\x\\[a.xlsx]S 1'!P", "'[]S 1'!P"),
            ("[a]b.xlsx]S!P", "[]S!P"),
            ("[]S!P", "[]S!P"),
            ("S!P", "S!P"),
        ] {
            assert_eq!(in_own_book(words).as_deref(), Some(own));
        }
        for outside in ["[a.xlsx", "\\\\evil\\s!P", "[a]https://evil/S!P", "a|b!P"] {
            assert_eq!(in_own_book(outside), None, "{outside}");
        }
    }

    #[test]
    fn a_formula_points_at_the_sheets_it_names() {
        let lost = ["macro1", "it's a macro", "マクロ"].map(str::to_owned);
        let lost = HashSet::from(lost);
        for named in [
            "macro1!$a$1",
            "sum(sheet1!a1,macro1!b2)",
            "sheet1:macro1!a1",
            "'it''s a macro'!a1",
            "'macro1'!a1",
            "-マクロ!a1",
        ] {
            assert!(points_at(named, &lost), "{named}");
        }
        for other in [
            "macro1",
            "notmacro1!a1",
            "macro1+sheet1!a1",
            "'it''s a macro 2'!a1",
            "\"macro1!a1\"",
            "'macro1!a1",
        ] {
            assert!(!points_at(other, &lost), "{other}");
        }
    }
}
