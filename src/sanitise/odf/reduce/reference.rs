//! `xlink:href`: what each kind of element may lead to.

use super::Place;
use crate::sanitise::What;
use crate::sanitise::odf::model::{Open, Tape};
use crate::sanitise::odf::parse::is_picture;
use crate::sanitise::odf::path;
use crate::sanitise::odf::space::Space;
use crate::sanitise::odf::write;
use crate::sanitise::office::link::is_link;

impl Place<'_> {
    /// Settles where an element leads, or takes it out.
    pub(super) fn reference(&mut self, tape: &mut Tape, at: usize, open: Open) {
        let local = tape.local(open);
        if is_picture(open.space, local) {
            self.picture(tape, at, open);
            return;
        }
        match (open.space, local) {
            (Space::Draw, "object") => self.object(tape, at, open),
            (Space::Text | Space::Draw, "a") if !leads_somewhere(tape, open) => {
                self.removed(What::Link);
                tape.unwrap(at);
            }
            (Space::Draw, "area-circle" | "area-polygon" | "area-rectangle")
                if !leads_somewhere(tape, open) =>
            {
                self.removed(What::Link);
                tape.remove(at);
            }
            _ => {}
        }
    }

    fn picture(&mut self, tape: &mut Tape, at: usize, open: Open) {
        let Some(href) = tape.value(open, Space::Xlink, "href").map(str::to_owned) else {
            // A background may be none; the others are nothing without one.
            if open.space != Space::Style {
                tape.remove(at);
            }
            return;
        };
        let shown = match path::place(&self.document.untrusted_folder, &href) {
            path::Place::Inside(name) => self.document.pictures.get(&name).copied().flatten(),
            path::Place::Outside => {
                self.removed(What::ExternalImage);
                None
            }
        };
        let picture = shown.and_then(|number| Some((number, self.pictures.get(number)?)));
        match picture {
            Some((number, picture)) => {
                let name = write::picture_name(number, picture);
                set(tape, open, &name);
            }
            None if open.space == Space::Style => unset(tape, open),
            None => tape.remove(at),
        }
    }

    fn object(&mut self, tape: &mut Tape, at: usize, open: Open) {
        let Some(href) = tape.value(open, Space::Xlink, "href").map(str::to_owned) else {
            // A formula may stand in its frame itself.
            let formula = tape
                .first_child(at)
                .is_some_and(|child| tape.is(child, Space::Math, "math"));
            if !formula {
                self.removed(What::OleObject);
                tape.remove(at);
            }
            return;
        };
        let what = match path::place("", &href) {
            path::Place::Inside(folder) => match self.document.objects.get(&folder) {
                Some(number) => {
                    set(tape, open, &write::object_name(*number));
                    return;
                }
                None => What::OleObject,
            },
            path::Place::Outside => What::ExternalLink,
        };
        self.removed(what);
        tape.remove(at);
    }
}

/// Whether the reference that is left of an element is one that it may have.
pub(super) fn is_settled(space: Space, element: &str, value: &str) -> bool {
    is_picture(space, element)
        || match (space, element) {
            (Space::Draw, "object") => true,
            // The data stand in the chart, or in the document around it.
            (Space::Chart, "chart") => matches!(value, "." | ".."),
            (Space::Text | Space::Draw, "a") => is_link(value),
            (Space::Draw, name) => name.starts_with("area-") && is_link(value),
            _ => false,
        }
}

fn leads_somewhere(tape: &Tape, open: Open) -> bool {
    tape.value(open, Space::Xlink, "href").is_some_and(is_link)
}

fn set(tape: &mut Tape, open: Open, value: &str) {
    for (place, attribute) in tape.attributes(open).collect::<Vec<_>>() {
        if attribute.space == Space::Xlink && tape.get(attribute.local) == "href" {
            tape.set_value(place, value);
        }
    }
}

fn unset(tape: &mut Tape, open: Open) {
    for (place, attribute) in tape.attributes(open).collect::<Vec<_>>() {
        if attribute.space == Space::Xlink {
            tape.drop_attribute(place);
        }
    }
}
