//! What the controls of forms show (ODF 1.3 part 3, 13.5): a label, a value, a
//! box that is ticked or not. The rest of a form binds, sends or runs.

use std::collections::HashMap;

use crate::sanitise::odf::model::{Open, Part, Tape};
use crate::sanitise::odf::space::Space;

/// What a control looks like without its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// Words on the page: a label, a box to tick with its words.
    Label,
    /// A frame with a value in one line.
    Field,
    /// A frame with words from the top: longer text, a list.
    Area,
    /// A frame with words in the middle.
    Button,
}

/// One control.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) look: Look,
    pub(super) lines: Vec<String>,
    /// Whether it is on paper too, not on the screen alone.
    pub(super) is_printed: bool,
}

/// The controls of a document by their ids, each for one place.
#[derive(Debug, Default)]
pub(super) struct Controls {
    all: Vec<Option<Control>>,
    by_id: HashMap<String, usize>,
}

impl Controls {
    /// Those of all parts: a header may show one that the body has.
    pub(super) fn of(parts: &[Part]) -> Self {
        let mut controls = Self::default();
        for Part { tape, .. } in parts {
            for (at, open) in tape.opens() {
                let found = (open.space == Space::Form).then(|| control(tape, at, open));
                if let Some(mut control) = found.flatten() {
                    control.is_printed = said(tape, open, "printable") != Some("false");
                    let number = controls.all.len();
                    controls.all.push(Some(control));
                    for space in [Space::Xml, Space::Form] {
                        if let Some(id) = tape.value(open, space, "id") {
                            let free = controls.by_id.entry(id.to_owned());
                            free.or_insert(number);
                        }
                    }
                }
            }
        }
        controls
    }

    /// The control with this id; it stands in one place only.
    pub(super) fn take(&mut self, untrusted_id: &str) -> Option<Control> {
        let number = self.by_id.get(untrusted_id)?;
        self.all.get_mut(*number)?.take()
    }
}

/// What an element of a form shows; `None` where it shows nothing itself.
fn control(tape: &Tape, at: usize, open: Open) -> Option<Control> {
    let label = || said(tape, open, "label");
    let value = || said(tape, open, "current-value").or_else(|| said(tape, open, "value"));
    let (look, words) = match tape.local(open) {
        "fixed-text" => (Look::Label, label()),
        "checkbox" => {
            let state = said(tape, open, "current-state").or_else(|| said(tape, open, "state"));
            let mark = if state == Some("checked") {
                '☑'
            } else {
                '☐'
            };
            return Some(marked(mark, label()));
        }
        "radio" => {
            let mark = if is_chosen(tape, open) { '◉' } else { '○' };
            return Some(marked(mark, label()));
        }
        "button" => (Look::Button, label()),
        "frame" => (Look::Area, label()),
        // An asterisk for each sign was shown, which says nothing.
        "image" | "image-frame" | "password" => (Look::Button, None),
        "text" | "formatted-text" | "number" | "date" | "file" | "combobox" => {
            (Look::Field, value())
        }
        "time" => {
            let time = value().map(hours).into_iter().collect();
            return Some(lines(Look::Field, time));
        }
        "generic-control" | "value-range" => (Look::Field, None),
        "textarea" => (Look::Area, value()),
        "listbox" => return Some(lines(Look::Area, chosen(tape, at))),
        "grid" => {
            let columns = tape.children(at).filter_map(|child| {
                let column = tape.open(child)?;
                said(tape, column, "label").filter(|_| tape.local(column) == "column")
            });
            let heads = columns.collect::<Vec<_>>().join(" | ");
            return Some(lines(Look::Area, vec![heads]));
        }
        _ => return None,
    };
    let mut control = lines(look, words.into_iter().map(str::to_owned).collect());
    if control.lines.is_empty() {
        // Text with looks stands in paragraphs (13.5.4).
        let paragraphs = tape
            .children(at)
            .filter(|child| tape.is(*child, Space::Text, "p"));
        control.lines = paragraphs.map(|child| tape.text_within(child)).collect();
    }
    Some(control)
}

fn said<'a>(tape: &'a Tape, open: Open, local: &str) -> Option<&'a str> {
    tape.value(open, Space::Form, local)
}

/// `PT08H30M00S` (XML Schema 2, 3.2.6) as a person reads it.
fn hours(time: &str) -> String {
    let hours = time.strip_prefix("PT").unwrap_or(time);
    hours.replace(['H', 'M'], ":").replace('S', "")
}

fn marked(mark: char, label: Option<&str>) -> Control {
    let words = format!("{mark} {}", label.unwrap_or_default());
    lines(Look::Label, vec![words])
}

/// What was chosen of a list: what can be chosen is seen only while choosing.
fn chosen(tape: &Tape, at: usize) -> Vec<String> {
    let options = tape.children(at).filter_map(|child| {
        let option = tape.open(child)?;
        let chosen = tape.local(option) == "option" && is_chosen(tape, option);
        said(tape, option, "label")
            .filter(|_| chosen)
            .map(str::to_owned)
    });
    options.collect()
}

fn is_chosen(tape: &Tape, open: Open) -> bool {
    let now = said(tape, open, "current-selected").or_else(|| said(tape, open, "selected"));
    now == Some("true")
}

fn lines(look: Look, words: Vec<String>) -> Control {
    let lines = words.iter().flat_map(|words| words.split('\n'));
    Control {
        look,
        lines: lines.map(str::to_owned).collect(),
        is_printed: true,
    }
}
