//! Marks of a field of Word that LibreOffice keeps around its result (its own
//! namespace, no part of ODF): boxes to tick, lists to choose from and places
//! to write stay; of every other field, whose code may do anything, the result.

use crate::sanitise::odf::model::{Open, Tape};
use crate::sanitise::odf::space::Space;
use crate::sanitise::{Report, What};

/// Takes the marks of other fields out.
pub(super) fn reduce(tape: &mut Tape, untrusted_name: &str, report: &mut Report) {
    let marks: Vec<(usize, Open)> = (tape.opens())
        .filter(|(_, open)| open.space == Space::Field)
        .collect();
    // Whether each field that has begun keeps its marks.
    let mut begun: Vec<bool> = Vec::new();
    let mut behind = 0;
    for (at, open) in marks {
        // Inside a mark that went.
        if at < behind {
            continue;
        }
        let kept = match tape.local(open) {
            "fieldmark" => is_box(tape, open),
            "fieldmark-start" => {
                begun.push(is_box(tape, open));
                begun.last() == Some(&true)
            }
            "fieldmark-separator" => begun.last() == Some(&true),
            "fieldmark-end" => begun.pop() == Some(true),
            _ => tells_of_box(tape, open),
        };
        if kept {
            continue;
        }
        if matches!(tape.local(open), "fieldmark" | "fieldmark-start") {
            report.removed(What::FieldCode, untrusted_name);
        }
        tape.remove(at);
        behind = open.end as usize;
    }
}

fn is_box(tape: &Tape, open: Open) -> bool {
    let kind = tape.value(open, Space::Field, "type").unwrap_or_default();
    kind.strip_prefix("vnd.oasis.opendocument.field.FORM")
        .is_some_and(|kind| matches!(kind, "CHECKBOX" | "DROPDOWN" | "TEXT"))
}

/// A parameter that says what is ticked or chosen.
fn tells_of_box(tape: &Tape, open: Open) -> bool {
    let name = tape.value(open, Space::Field, "name").unwrap_or_default();
    name.starts_with("Checkbox_") || name.starts_with("Dropdown_")
}
