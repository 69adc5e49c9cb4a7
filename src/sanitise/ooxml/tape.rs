//! One XML part as a flat tape of known elements, attributes and texts.
//!
//! Promised: only names of `vocabulary`, only namespaces of `space`; no
//! DOCTYPE, entity, comment or processing instruction; alternate content is
//! already decided; depth and memory bounded. A tape refers to its source by
//! ranges, so that a large part costs no allocation per name.

use super::space::Space;

/// A range of the tape's source, or of its own additions behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) space: Space,
    pub(super) local: Span,
    pub(super) first: u32,
    pub(super) count: u16,
    /// Where its `Close` stands.
    pub(super) end: u32,
}

/// One entry of the tape.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Open(Open),
    Close,
    Text(Span),
    /// Taken out up to and including this place.
    Gone(u32),
    /// A tag taken out without its content.
    Nothing,
}

/// One attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub(super) space: Space,
    pub(super) local: Span,
    pub(super) value: Span,
    pub(super) kept: bool,
}

/// One part's content.
#[derive(Debug, Default)]
pub(super) struct Tape {
    source: String,
    /// Bytes of the source; spans from here on lie in `added`.
    base: usize,
    added: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
}

impl Tape {
    /// An empty tape over a source, which [`Self::seal`]
    /// hands over once it is read.
    pub(super) fn over(source: &str) -> Self {
        // Counted before, so that growing never needs twice the memory.
        let tags = source.bytes().filter(|b| *b == b'<').count();
        let values = source.bytes().filter(|b| *b == b'=').count();
        Self {
            base: source.len(),
            nodes: Vec::with_capacity(tags + tags / 4),
            attributes: Vec::with_capacity(values),
            ..Self::default()
        }
    }

    pub(super) fn seal(mut self, source: String) -> Self {
        self.source = source;
        self
    }

    /// Bytes that nodes and attributes take, for the budget.
    pub(super) fn weight(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
            + self.attributes.len() * size_of::<Attribute>()
            + self.added.len()
    }

    pub(super) fn get(&self, span: Span) -> &str {
        let (start, length) = (span.start as usize, span.length as usize);
        let found = if start < self.base {
            self.source.get(start..start + length)
        } else {
            let start = start - self.base;
            self.added.get(start..start + length)
        };
        found.unwrap_or_default()
    }

    /// The range of `slice` if it lies in the source, else of a copy of it.
    pub(super) fn span_of(&mut self, slice: &str, source_start: usize) -> Span {
        let at = (slice.as_ptr() as usize).wrapping_sub(source_start);
        if at
            .checked_add(slice.len())
            .is_some_and(|end| end <= self.base)
        {
            return Span {
                start: u32::try_from(at).unwrap_or(u32::MAX),
                length: u32::try_from(slice.len()).unwrap_or(0),
            };
        }
        self.add(slice)
    }

    /// Adds words of our own, or decoded ones.
    pub(super) fn add(&mut self, words: &str) -> Span {
        let start = self.base + self.added.len();
        self.added.push_str(words);
        Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            length: u32::try_from(words.len()).unwrap_or(0),
        }
    }

    pub(super) fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn pop(&mut self) {
        self.nodes.pop();
    }

    pub(super) fn push_attribute(&mut self, attribute: Attribute) -> u32 {
        self.attributes.push(attribute);
        u32::try_from(self.attributes.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn attribute_count(&self) -> u32 {
        u32::try_from(self.attributes.len()).unwrap_or(u32::MAX)
    }

    /// Continues the text that was added last, if that was the last node.
    pub(super) fn push_decoded(&mut self, words: &str) {
        let added = self.add(words);
        if let Some(Node::Text(last)) = self.nodes.last_mut()
            && last.start as usize >= self.base
            && last.start + last.length == added.start
        {
            last.length += added.length;
            return;
        }
        self.nodes.push(Node::Text(added));
    }

    pub(super) fn close(&mut self, open: usize) {
        let end = u32::try_from(self.push(Node::Close)).unwrap_or(u32::MAX);
        if let Some(Node::Open(open)) = self.nodes.get_mut(open) {
            open.end = end;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, at: usize) -> Option<Node> {
        self.nodes.get(at).copied()
    }

    /// The start tag at `at`, if one stands there.
    pub(super) fn open(&self, at: usize) -> Option<Open> {
        match self.nodes.get(at) {
            Some(Node::Open(open)) => Some(*open),
            _ => None,
        }
    }

    pub(super) fn local(&self, open: Open) -> &str {
        self.get(open.local)
    }

    pub(super) fn is(&self, at: usize, space: Space, local: &str) -> bool {
        self.open(at)
            .is_some_and(|open| open.space == space && self.local(open) == local)
    }

    /// The kept attributes of a start tag, with their places.
    pub(super) fn attributes(&self, open: Open) -> impl Iterator<Item = (u32, Attribute)> + '_ {
        (open.first..open.first + u32::from(open.count)).filter_map(|at| {
            let attribute = *self.attributes.get(at as usize)?;
            attribute.kept.then_some((at, attribute))
        })
    }

    /// The value of an attribute.
    pub(super) fn value(&self, open: Open, space: Space, local: &str) -> Option<&str> {
        self.attributes(open)
            .find(|(_, attribute)| attribute.space == space && self.get(attribute.local) == local)
            .map(|(_, attribute)| self.get(attribute.value))
    }

    pub(super) fn drop_attribute(&mut self, at: u32) {
        if let Some(attribute) = self.attributes.get_mut(at as usize) {
            attribute.kept = false;
        }
    }

    pub(super) fn set_value(&mut self, at: u32, value: &str) {
        let value = self.add(value);
        if let Some(attribute) = self.attributes.get_mut(at as usize) {
            attribute.value = value;
        }
    }

    /// Takes a node out, an element with all its content.
    pub(super) fn remove(&mut self, at: usize) {
        let end = match self.nodes.get(at) {
            Some(Node::Open(open)) => open.end,
            Some(Node::Text(_)) => u32::try_from(at).unwrap_or(u32::MAX),
            _ => return,
        };
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node::Gone(end);
        }
    }

    /// Takes an element's tags out and leaves its content.
    pub(super) fn unwrap(&mut self, at: usize) {
        let Some(open) = self.open(at) else { return };
        for place in [at, open.end as usize] {
            if let Some(node) = self.nodes.get_mut(place) {
                *node = Node::Nothing;
            }
        }
    }

    pub(super) fn rename(&mut self, at: usize, local: &str) {
        let span = self.add(local);
        if let Some(Node::Open(open)) = self.nodes.get_mut(at) {
            open.local = span;
        }
    }

    /// Replaces an element's content, which must be text only.
    pub(super) fn set_text(&mut self, at: usize, words: &str) {
        let Some(open) = self.open(at) else { return };
        let span = self.add(words);
        let mut first = true;
        for place in at + 1..open.end as usize {
            if let Some(node @ Node::Text(_)) = self.nodes.get_mut(place) {
                *node = if std::mem::take(&mut first) {
                    Node::Text(span)
                } else {
                    Node::Nothing
                };
            }
        }
    }

    /// Takes every sign that `unwanted` names out of all texts; how many.
    pub(super) fn strip(&mut self, unwanted: fn(char) -> bool) -> u32 {
        let mut taken = 0_u32;
        for at in 0..self.nodes.len() {
            let Some(Node::Text(span)) = self.nodes.get(at).copied() else {
                continue;
            };
            let words = self.get(span);
            // Most texts have no such sign: all of them begin with this byte.
            if !words.as_bytes().contains(&0xE2) || !words.contains(unwanted) {
                continue;
            }
            let before = words.chars().count();
            let kept: String = words.chars().filter(|c| !unwanted(*c)).collect();
            taken = taken
                .saturating_add(u32::try_from(before - kept.chars().count()).unwrap_or(u32::MAX));
            let span = self.add(&kept);
            if let Some(node) = self.nodes.get_mut(at) {
                *node = Node::Text(span);
            }
        }
        taken
    }

    /// All text inside an element.
    pub(super) fn text_within(&self, at: usize) -> String {
        let mut joined = String::new();
        if let Some(open) = self.open(at) {
            let mut place = at + 1;
            while place < open.end as usize {
                match self.node(place) {
                    Some(Node::Text(span)) => joined.push_str(self.get(span)),
                    Some(Node::Gone(end)) => place = end as usize,
                    _ => {}
                }
                place += 1;
            }
        }
        joined
    }

    /// The first child element of an element.
    pub(super) fn first_child(&self, at: usize) -> Option<usize> {
        self.children(at).next()
    }

    /// The child elements of an element.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.open(at).map_or(0, |open| open.end as usize);
        let mut place = at + 1;
        std::iter::from_fn(move || {
            while place < end {
                let here = place;
                match self.node(here)? {
                    Node::Open(open) => {
                        place = open.end as usize + 1;
                        return Some(here);
                    }
                    Node::Gone(end) => place = end as usize + 1,
                    Node::Close | Node::Text(_) | Node::Nothing => place += 1,
                }
            }
            None
        })
    }

    /// Every start tag still on the tape, in order, with its place.
    pub(super) fn opens(&self) -> impl Iterator<Item = (usize, Open)> + '_ {
        self.opens_between(0, self.nodes.len())
    }

    /// Every start tag inside an element.
    pub(super) fn inner(&self, at: usize) -> impl Iterator<Item = (usize, Open)> + '_ {
        self.opens_between(at + 1, self.open(at).map_or(0, |open| open.end as usize))
    }

    fn opens_between(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, Open)> + '_ {
        let mut place = from;
        std::iter::from_fn(move || {
            while place < to {
                let here = place;
                place += 1;
                match self.node(here)? {
                    Node::Open(open) => return Some((here, open)),
                    Node::Gone(end) => place = end as usize + 1,
                    Node::Close | Node::Text(_) | Node::Nothing => {}
                }
            }
            None
        })
    }
}
