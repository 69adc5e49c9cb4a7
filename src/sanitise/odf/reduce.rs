//! Takes out what must not be in a document of ours, and says so. What the
//! vocabulary does not know never came this far; here go references that lead
//! outside, formulas that act, forms (whose words stay), and settings that are
//! no view.

mod control;
mod form;
pub(super) mod formula;
mod mark;
mod reference;
mod review;
mod service;
pub(super) mod setting;

use super::model::{Document, Node, Open, Package, Part, Role, Tape};
use super::space::Space;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Refusal, Report, What};

/// Reduces the whole package.
pub(super) fn reduce(
    mut package: Package,
    wish: Wish,
    report: &mut Report,
) -> Result<Package, Refusal> {
    let mut documents = std::mem::take(&mut package.documents);
    for at in 0..documents.len() {
        let Some(document) = documents.get_mut(at) else {
            continue;
        };
        let mut parts = std::mem::take(&mut document.parts);
        let mut controls = form::Controls::of(&parts);
        for Part { role, tape } in &mut parts {
            let name = format!("{}{}", document.untrusted_folder, role.name());
            let mut place = Place {
                document,
                pictures: &package.pictures,
                untrusted_name: &name,
                report,
            };
            if *role == Role::Settings {
                setting::reduce(tape, &name, report);
            } else {
                review::reduce(tape, wish, &name, place.report);
                mark::reduce(tape, &name, place.report);
                control::reduce(tape, &mut controls, &name, place.report)?;
                place.part(tape);
            }
        }
        document.parts = parts;
    }
    package.documents = documents;
    Ok(package)
}

/// The part that is being reduced.
struct Place<'a> {
    document: &'a Document,
    pictures: &'a [crate::sanitise::office::picture::Picture],
    untrusted_name: &'a str,
    report: &'a mut Report,
}

impl Place<'_> {
    fn removed(&mut self, what: What) {
        self.report.removed(what, self.untrusted_name);
    }

    /// One walk over all elements.
    fn part(&mut self, tape: &mut Tape) {
        let mut at = 0;
        while at < tape.len() {
            match tape.node(at) {
                Some(Node::Open(open)) => {
                    self.element(tape, at, open);
                    match tape.node(at) {
                        // What went has gone with all that is in it.
                        Some(Node::Gone(end)) => at = end as usize,
                        Some(Node::Open(_)) => self.attributes(tape, open),
                        _ => {}
                    }
                }
                Some(Node::Gone(end)) => at = end as usize,
                _ => {}
            }
            at += 1;
        }
        // Words must not be shown in another order than they are read.
        for _ in 0..tape.strip(turns_words) {
            self.removed(What::BidiControl);
        }
        tidy(tape);
    }

    /// Elements whose fate hangs on what they say.
    fn element(&mut self, tape: &mut Tape, at: usize, open: Open) {
        let what = match (open.space, tape.local(open)) {
            // Read for what stands in them: of scripts it is said already, and
            // controls stand in their places.
            (Space::Office, "scripts" | "forms") => {
                let forms = (tape.children(at))
                    .filter(|child| {
                        tape.open(*child)
                            .is_some_and(|form| form.space == Space::Form)
                    })
                    .count();
                for _ in 0..forms {
                    self.removed(What::Form);
                }
                tape.remove(at);
                return;
            }
            (Space::Form, _) => What::Form,
            (Space::Table, "table") if is_cache(tape, open) => What::ExternalLink,
            (Space::Table, "named-expression" | "named-range")
            | (Space::Style, "map")
            | (Space::Calcext, "condition" | "formatting-entry" | "sparkline")
                if !formula::all_stay(tape, open) =>
            {
                What::ActiveFormula
            }
            _ => return self.reference(tape, at, open),
        };
        self.removed(what);
        tape.remove(at);
    }

    fn attributes(&mut self, tape: &mut Tape, open: Open) {
        for (place, attribute) in tape.attributes(open).collect::<Vec<_>>() {
            let (element, local) = (tape.local(open), tape.get(attribute.local));
            let value = tape.get(attribute.value);
            if service::is_named(attribute.space, element, local, value) {
                match service::instead(open.space, element) {
                    Some(usual) => tape.set_value(place, usual),
                    None => tape.drop_attribute(place),
                }
                self.removed(What::Action);
                continue;
            }
            let kept = match (attribute.space, local) {
                (Space::Xlink, "href") => reference::is_settled(open.space, element, value),
                (Space::Xlink, "type") => value == "simple",
                (Space::Xlink, "show") => matches!(value, "new" | "replace" | "embed" | "none"),
                (Space::Xlink, "actuate") => value == "onRequest",
                (Space::Text, "url") => crate::sanitise::office::link::is_link(value),
                // Of a place that is gone.
                (Space::Draw, "control") => false,
                _ => !formula::is_one(attribute.space, local) || formula::stays_inside(value),
            };
            if kept {
                continue;
            }
            let what = match (attribute.space, local) {
                (Space::Xlink, "href") | (Space::Text, "url") => Some(What::Link),
                (Space::Xlink, _) | (Space::Draw, "control") => None,
                _ => Some(What::ActiveFormula),
            };
            tape.drop_attribute(place);
            if let Some(what) = what {
                self.removed(what);
            }
        }
    }
}

/// Embeddings, overrides and isolates (Unicode UAX 9, 2).
fn turns_words(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A sheet that keeps what another file said, under that file's name; cells
/// have their results themselves.
fn is_cache(tape: &Tape, open: Open) -> bool {
    tape.value(open, Space::Table, "name")
        .is_some_and(|name| name.contains("'#"))
}

/// Takes out what stands empty where something must stand, inner ones first.
fn tidy(tape: &mut Tape) {
    let places: Vec<usize> = tape.opens().map(|(at, _)| at).collect();
    for at in places.into_iter().rev() {
        let Some(open) = tape.open(at) else { continue };
        let empty = match (open.space, tape.local(open)) {
            (Space::Draw, "frame") => !tape.children(at).any(|child| {
                !(tape.is(child, Space::Svg, "title")
                    || tape.is(child, Space::Svg, "desc")
                    || tape.is(child, Space::Draw, "glue-point"))
            }),
            (Space::Table, "data-pilot-table") => !tape
                .children(at)
                .any(|child| tape.is(child, Space::Table, "source-cell-range")),
            (Space::Draw, "a" | "image-map")
            | (Space::Table, "data-pilot-tables" | "named-expressions")
            | (Space::Calcext, "conditional-formats" | "conditional-format") => {
                tape.first_child(at).is_none()
            }
            _ => false,
        };
        if empty {
            tape.remove(at);
        }
    }
}
