//! Groups: what begins with a destination, and what its end completes.

use super::{DEEPEST, PropertyDraft, Reader, State, Task};
use crate::sanitise::rtf::destination::{Fate, Kept};
use crate::sanitise::rtf::model::{Code, Group, Node, Property, Value};
use crate::sanitise::rtf::picture::Draft;
use crate::sanitise::rtf::shape;
use crate::sanitise::rtf::vocabulary::Room;
use crate::sanitise::{Refusal, What};

impl Reader<'_, '_> {
    pub(super) fn open(&mut self) -> Result<(), Refusal> {
        self.flush();
        self.skips = 0;
        if self.stack.len() >= DEEPEST {
            return Err(Refusal::OverBudget);
        }
        self.used();
        let Some(above) = self.top().copied() else {
            return Ok(());
        };
        let shown = !above.skip
            && !matches!(
                above.room,
                Room::Instruction | Room::Property | Room::Picture
            );
        self.stack.push(State {
            task: Task::Nothing,
            fresh: true,
            at: self.document.nodes.len(),
            closes: u32::from(shown),
            ..above
        });
        if shown {
            self.node(Node::Open(Group::Plain));
        }
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.flush();
        self.skips = 0;
        let Some(state) = self.stack.pop() else {
            return;
        };
        match state.task {
            Task::Code => self.code = None,
            Task::Picture => self.end_picture(),
            Task::Property => self.end_property(),
            Task::Nothing | Task::PropertyName | Task::PropertyValue | Task::Twice => {}
        }
        let nodes = &mut self.document.nodes;
        // A group of nothing is not written.
        if state.closes == 1 && nodes.get(state.at..) == Some(&[Node::Open(Group::Plain)]) {
            nodes.truncate(state.at);
            return;
        }
        for _ in 0..state.closes {
            self.node(Node::Close);
        }
    }

    /// A destination has been named.
    pub(super) fn destination(&mut self, untrusted_name: &str, fate: Fate) {
        let Some(state) = self.top().copied() else {
            return;
        };
        self.used();
        match fate {
            Fate::Keep(kept) if kept.may_stand(state.room) => self.enter(kept, state),
            Fate::Keep(kept) => self.misplaced(kept, state),
            Fate::Show(what) => self.name(what, untrusted_name),
            Fate::Drop(what) => {
                // An object is named once.
                let named = what == Some(What::OleObject) && state.in_object;
                self.name(what.filter(|_| !named), untrusted_name);
                self.leave_out();
            }
            Fate::Object => {
                if !state.in_object {
                    self.name(Some(What::OleObject), untrusted_name);
                }
                self.set(|state| state.in_object = true);
            }
            Fate::Picture => self.start_picture(state),
            Fate::Property if state.room == Room::Shape && self.property.is_none() => {
                self.property = Some(PropertyDraft::default());
                self.collect(Room::Property, Task::Property);
            }
            Fate::PropertyName if state.room == Room::Property => {
                self.set(|state| state.task = Task::PropertyName);
            }
            Fate::PropertyValue if state.room == Room::Property => {
                self.set(|state| state.task = Task::PropertyValue);
            }
            Fate::Property | Fate::PropertyName | Fate::PropertyValue => self.leave_out(),
            Fate::Twice => {
                self.leave_out();
                self.set(|state| state.task = Task::Twice);
            }
            Fate::Second => {}
            Fate::OlderPicture if self.drawn => self.leave_out(),
            Fate::OlderPicture => {}
        }
    }

    /// `\ud`, of the two encodings the one that is read.
    pub(super) fn is_second(&self, name: &str) -> bool {
        let above = self.stack.len().checked_sub(2);
        let above = above.and_then(|above| self.stack.get(above));
        name == "ud" && above.is_some_and(|above| above.task == Task::Twice)
    }

    pub(super) fn read_second(&mut self) {
        let at = self.document.nodes.len();
        self.node(Node::Open(Group::Plain));
        self.set(|state| {
            state.skip = false;
            state.task = Task::Nothing;
            state.at = at;
            state.closes = 1;
        });
    }

    fn name(&mut self, what: Option<What>, untrusted_name: &str) {
        if let Some(what) = what {
            self.report.removed(what, untrusted_name);
        }
    }

    /// The group becomes this destination.
    fn enter(&mut self, kept: Kept, state: State) {
        let group = Node::Open(kept.into());
        let own = self.document.nodes.get_mut(state.at);
        match own.filter(|own| state.fresh && **own == Node::Open(Group::Plain)) {
            Some(own) if state.closes == 1 => *own = group,
            _ => {
                self.node(group);
                self.set(|state| state.closes = state.closes.saturating_add(1));
                let depth: u32 = self.stack.iter().map(|state| state.closes).sum();
                self.too_much |= depth as usize > DEEPEST;
            }
        }
        self.set(|state| state.room = kept.inside);
        if kept.inside == Room::Instruction {
            let number = self.document.codes.len();
            self.document.codes.push(Code::default());
            self.node(Node::Code(u32::try_from(number).unwrap_or(u32::MAX)));
            self.code = Some(number);
            self.set(|state| state.task = Task::Code);
        }
    }

    /// Where it cannot stand.
    fn misplaced(&mut self, kept: Kept, state: State) {
        match (kept.name, state.room) {
            // A field inside a code computes a part of it.
            ("field" | "fldinst" | "fldrslt", Room::Instruction) => {
                if let Some(code) = self.code.and_then(|at| self.document.codes.get_mut(at)) {
                    code.computed = true;
                }
            }
            ("fldrslt" | "shptxt" | "dptxbxtext", Room::Text) => {}
            ("fldinst", _) => {
                self.report.removed(What::FieldCode, kept.name);
                self.leave_out();
            }
            _ => {
                self.report.removed(What::UnknownPart, kept.name);
                self.leave_out();
            }
        }
    }

    /// Nothing of the group is read from here on.
    pub(super) fn leave_out(&mut self) {
        self.forget();
        self.set(|state| state.skip = true);
    }

    /// Takes a group back that has only begun.
    fn forget(&mut self) {
        let Some(state) = self.top().copied() else {
            return;
        };
        let nodes = &mut self.document.nodes;
        if state.closes == 1 && nodes.get(state.at..) == Some(&[Node::Open(Group::Plain)]) {
            nodes.truncate(state.at);
            self.set(|state| state.closes = 0);
        }
    }

    fn collect(&mut self, room: Room, task: Task) {
        self.forget();
        self.set(|state| {
            state.room = room;
            state.task = task;
        });
    }

    fn start_picture(&mut self, state: State) {
        let in_value = state.room == Room::Property && self.property.is_some();
        let most = usize::try_from(self.context.limits.entries).unwrap_or(usize::MAX);
        let full = self.document.pictures.len() >= most;
        if (state.room != Room::Text && !in_value) || self.draft.is_some() || full {
            self.report.removed(What::UnknownPart, "picture");
            self.leave_out();
        } else {
            self.draft = Some(Draft::default());
            self.collect(Room::Picture, Task::Picture);
        }
    }

    fn end_picture(&mut self) {
        let Some(draft) = self.draft.take() else {
            return;
        };
        let picture = draft.finish(self.context, self.report);
        self.drawn = picture.is_some();
        let Some(picture) = picture else {
            self.report.removed(What::UnknownPart, "picture");
            return;
        };
        let number = u32::try_from(self.document.pictures.len()).unwrap_or(u32::MAX);
        self.drawn_bytes = self.drawn_bytes.saturating_add(picture.coded.bytes.len());
        self.document.pictures.push(picture);
        match &mut self.property {
            Some(property) => property.picture = Some(number),
            None => self.node(Node::Picture(number)),
        }
    }

    fn end_property(&mut self) {
        let Some(draft) = self.property.take() else {
            return;
        };
        let value = match draft.picture {
            Some(picture) => Value::Picture(picture),
            None => Value::Words(draft.value),
        };
        // A picture that is fetched when it is shown.
        let names_file = draft.name.trim().ends_with("Name")
            && matches!(&value, Value::Words(path) if path.contains(['\\', '/']));
        match shape::judge(&draft.name, value) {
            Some((name, value)) => {
                let number = self.document.properties.len();
                self.document.properties.push(Property { name, value });
                self.node(Node::Property(u32::try_from(number).unwrap_or(u32::MAX)));
            }
            None if draft.picture.is_some() => drop(self.document.pictures.pop()),
            None if names_file => self.report.removed(What::ExternalImage, draft.name.trim()),
            None => {}
        }
    }
}
