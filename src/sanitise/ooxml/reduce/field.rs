//! Word fields (ISO/IEC 29500-1, 17.16). A field is judged after the pieces of
//! its code are joined over runs; one that is not on the list loses its code
//! and keeps its result, which is what a reader sees.

mod code;

use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Tape};
use crate::sanitise::{Report, What};

pub(in crate::sanitise::ooxml) use code::verdict;

/// One field that is open.
#[derive(Default)]
struct Field {
    begin: usize,
    separate: Option<usize>,
    code: String,
    /// The code is computed by another field, or holds words in other
    /// elements: it cannot be judged.
    computed: bool,
}

impl Field {
    fn in_code(&self) -> bool {
        self.separate.is_none()
    }
}

/// Text of its own: fields never reach over its edge.
struct Story {
    end: usize,
    fields: Vec<Field>,
}

/// Judges every field of a part.
pub(super) fn reduce(tape: &mut Tape, untrusted_name: &str, report: &mut Report) {
    let mut stories = vec![Story {
        end: tape.len(),
        fields: Vec::new(),
    }];
    let mut at = 0;
    while at < tape.len() {
        while stories.len() > 1 && stories.last().is_some_and(|story| story.end <= at) {
            if let Some(story) = stories.pop() {
                unfinished(tape, &story, untrusted_name, report);
            }
        }
        let open = match tape.node(at) {
            Some(Node::Open(open)) if open.space == Space::W => open,
            Some(Node::Gone(end)) => {
                at = end as usize + 1;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let Some(fields) = stories.last_mut().map(|story| &mut story.fields) else {
            return;
        };
        match tape.local(open) {
            "txbxContent" | "footnote" | "endnote" | "comment" => {
                stories.push(Story {
                    end: open.end as usize,
                    fields: Vec::new(),
                });
            }
            "fldChar" => {
                let kind = tape
                    .value(open, Space::W, "fldCharType")
                    .unwrap_or_default()
                    .to_owned();
                character(tape, fields, at, &kind, untrusted_name, report);
            }
            "instrText" | "delInstrText" => match fields.last_mut() {
                Some(field) if field.in_code() => field.code.push_str(&tape.text_within(at)),
                _ => {
                    report.removed(What::FieldCode, untrusted_name);
                    tape.remove(at);
                }
            },
            "t" | "delText" | "sym" => {
                if let Some(field) = fields.last_mut().filter(|field| field.in_code()) {
                    field.computed |=
                        tape.local(open) == "sym" || !tape.text_within(at).trim().is_empty();
                }
            }
            "fldSimple" => {
                if let Some(field) = fields.last_mut().filter(|field| field.in_code()) {
                    field.computed = true;
                }
                let code = tape.value(open, Space::W, "instr").unwrap_or_default();
                if let Some(what) = verdict(code) {
                    report.removed(what, untrusted_name);
                    tape.unwrap(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    for story in stories {
        unfinished(tape, &story, untrusted_name, report);
    }
}

/// Fields that nothing ends lose their marks and codes; the words behind them
/// are what a reader sees and stay.
fn unfinished(tape: &mut Tape, story: &Story, untrusted_name: &str, report: &mut Report) {
    for field in &story.fields {
        report.removed(What::FieldCode, untrusted_name);
        for at in field.begin..story.end {
            let mark = ["fldChar", "instrText", "delInstrText"]
                .iter()
                .any(|local| tape.is(at, Space::W, local));
            if mark {
                tape.remove(at);
            }
        }
    }
}

fn character(
    tape: &mut Tape,
    fields: &mut Vec<Field>,
    at: usize,
    kind: &str,
    untrusted_name: &str,
    report: &mut Report,
) {
    match kind {
        "begin" => {
            if let Some(outer) = fields.last_mut().filter(|field| field.in_code()) {
                outer.computed = true;
            }
            fields.push(Field {
                begin: at,
                ..Field::default()
            });
        }
        "separate" => match fields.last_mut() {
            Some(field) if field.in_code() => field.separate = Some(at),
            _ => tape.remove(at),
        },
        "end" => match fields.pop() {
            Some(field) => {
                let what = verdict(&field.code);
                let what = if field.computed {
                    what.or(Some(What::FieldCode))
                } else {
                    what
                };
                if let Some(what) = what {
                    report.removed(what, untrusted_name);
                    let shown = shown_by(&field).map(str::to_owned);
                    drop_code(tape, &field, at, shown);
                }
            }
            None => tape.remove(at),
        },
        _ => tape.remove(at),
    }
}

/// The words of a button, which stand in its code (17.16.5.32, 17.16.5.23).
fn shown_by(field: &Field) -> Option<&str> {
    let (name, rest) = field.code.trim().split_once(char::is_whitespace)?;
    let (_, shown) = rest.trim_start().split_once(char::is_whitespace)?;
    let name = name.to_ascii_uppercase();
    let is_button = matches!(name.as_str(), "MACROBUTTON" | "GOTOBUTTON");
    let shown = shown.trim();
    (is_button && !field.computed && field.in_code() && !shown.is_empty()).then_some(shown)
}

/// Takes out everything a run holds from the begin mark to the separator (or
/// the end where there is no result), and the end mark. What a button shows
/// stays as words.
fn drop_code(tape: &mut Tape, field: &Field, end: usize, mut shown: Option<String>) {
    let last = field.separate.unwrap_or(end);
    let mut at = field.begin;
    while at <= last {
        let open = match tape.node(at) {
            Some(Node::Open(open)) => open,
            Some(Node::Gone(end)) => {
                at = end as usize + 1;
                continue;
            }
            Some(Node::Close | Node::Text(_) | Node::Nothing) => {
                at += 1;
                continue;
            }
            None => break,
        };
        match (open.space, tape.local(open)) {
            (Space::W, "pPr" | "rPr") => at = open.end as usize,
            (Space::W, "instrText") if shown.is_some() => {
                if let Some(words) = shown.take() {
                    tape.rename(at, "t");
                    tape.set_text(at, &words);
                }
                at = open.end as usize;
            }
            (
                Space::W,
                "fldChar" | "instrText" | "delInstrText" | "t" | "delText" | "sym" | "tab" | "br"
                | "cr" | "drawing" | "pict" | "ruby",
            ) => {
                tape.remove(at);
                at = open.end as usize;
            }
            _ => {}
        }
        at += 1;
    }
    tape.remove(end);
}
