//! A few new nodes for a tape; their ends count from their own beginning.

use super::tape::{Attribute, Node, Open, Tape};

/// Where the attributes of an element stand, and how many they are.
pub(in crate::sanitise) type Attributes = (u32, u16);

/// No attributes.
pub(in crate::sanitise) const NONE: Attributes = (0, 0);

/// An attribute with a value of ours.
pub(in crate::sanitise) fn attribute<S: Copy + Eq>(
    tape: &mut Tape<S>,
    space: S,
    local: &str,
    value: &str,
) -> Attribute<S> {
    Attribute {
        space,
        local: tape.add(local),
        value: tape.add(value),
        kept: true,
    }
}

/// Nodes in the making.
pub(in crate::sanitise) struct Scrap<S> {
    pub(in crate::sanitise) nodes: Vec<Node<S>>,
    /// Places of elements that are not closed yet.
    entered: Vec<usize>,
}

impl<S> Default for Scrap<S> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            entered: Vec::new(),
        }
    }
}

impl<S: Copy + Eq> Scrap<S> {
    pub(in crate::sanitise) fn open(
        &mut self,
        tape: &mut Tape<S>,
        space: S,
        local: &str,
        (first, count): Attributes,
    ) {
        self.entered.push(self.nodes.len());
        let local = tape.add(local);
        self.nodes.push(Node::Open(Open {
            space,
            local,
            first,
            count,
            end: 0,
        }));
    }

    /// Opens an element with attributes, each with its namespace.
    pub(in crate::sanitise) fn open_with(
        &mut self,
        tape: &mut Tape<S>,
        space: S,
        local: &str,
        attributes: &[(S, &str, &str)],
    ) {
        let attributes: Vec<Attribute<S>> = (attributes.iter())
            .map(|(space, local, value)| attribute(tape, *space, local, value))
            .collect();
        let attributes = tape.add_attributes(&attributes);
        self.open(tape, space, local, attributes);
    }

    pub(in crate::sanitise) fn text(&mut self, tape: &mut Tape<S>, words: &str) {
        self.nodes.push(Node::Text(tape.add(words)));
    }

    pub(in crate::sanitise) fn close(&mut self) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let at = self.entered.pop().unwrap_or_default();
        if let Some(Node::Open(open)) = self.nodes.get_mut(at) {
            open.end = end;
        }
        self.nodes.push(Node::Close);
    }

    /// Closes what is still open.
    pub(in crate::sanitise) fn finish(&mut self) {
        while !self.entered.is_empty() {
            self.close();
        }
    }

    /// An element with nothing in it.
    pub(in crate::sanitise) fn empty(
        &mut self,
        tape: &mut Tape<S>,
        space: S,
        local: &str,
        attributes: Attributes,
    ) {
        self.open(tape, space, local, attributes);
        self.close();
    }
}
