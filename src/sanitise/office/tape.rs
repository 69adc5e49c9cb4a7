//! One XML part as a flat tape of known elements, attributes and texts.
//!
//! Promised: only names and namespaces (`S`) of one [`super::vocabulary`]; no
//! DOCTYPE, entity, comment or processing instruction; alternate content is
//! already decided; depth and memory bounded. A tape refers to its source by
//! ranges, so that a large part costs no allocation per name.

/// A range of the tape's source, or of its own additions behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sanitise) struct Span {
    start: u32,
    length: u32,
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(in crate::sanitise) struct Open<S> {
    pub(in crate::sanitise) space: S,
    pub(in crate::sanitise) local: Span,
    pub(in crate::sanitise) first: u32,
    pub(in crate::sanitise) count: u16,
    /// Where its `Close` stands.
    pub(in crate::sanitise) end: u32,
}

impl<S> Open<S> {
    /// Where its attributes stand.
    pub(in crate::sanitise) fn places(&self) -> std::ops::Range<u32> {
        self.first..self.first + u32::from(self.count)
    }
}

/// One entry of the tape.
#[derive(Clone, Copy, Debug)]
pub(in crate::sanitise) enum Node<S> {
    Open(Open<S>),
    Close,
    Text(Span),
    /// Taken out up to and including this place.
    Gone(u32),
    /// A tag taken out without its content.
    Nothing,
}

/// One attribute.
#[derive(Clone, Copy, Debug)]
pub(in crate::sanitise) struct Attribute<S> {
    pub(in crate::sanitise) space: S,
    pub(in crate::sanitise) local: Span,
    pub(in crate::sanitise) value: Span,
    pub(in crate::sanitise) kept: bool,
}

/// How often a sign of ASCII stands in a text: by blocks whose count one byte
/// can hold, of which the processor adds many at a time.
fn how_often(sign: u8, text: &str) -> usize {
    let blocks = text.as_bytes().chunks(usize::from(u8::MAX));
    let in_block = |block: &[u8]| (block.iter()).fold(0_u8, |n, byte| n + u8::from(*byte == sign));
    blocks.map(|block| usize::from(in_block(block))).sum()
}

/// One part's content.
#[derive(Debug)]
pub(in crate::sanitise) struct Tape<S> {
    source: String,
    /// Bytes of the source; spans from here on lie in `added`.
    base: usize,
    added: String,
    nodes: Vec<Node<S>>,
    attributes: Vec<Attribute<S>>,
    /// Characters of text that the source has in elements that are left out.
    pub(in crate::sanitise) unread: u64,
    /// Whether an element or a text is another than it was read.
    altered: bool,
}

impl<S> Default for Tape<S> {
    fn default() -> Self {
        Self {
            source: String::new(),
            base: 0,
            added: String::new(),
            nodes: Vec::new(),
            attributes: Vec::new(),
            unread: 0,
            altered: false,
        }
    }
}

impl<S: Copy + Eq> Tape<S> {
    /// An empty tape over a source, which [`Self::seal`]
    /// hands over once it is read.
    pub(in crate::sanitise) fn over(source: &str) -> Self {
        // Counted before, so that growing never needs twice the memory.
        let tags = how_often(b'<', source);
        let values = how_often(b'=', source);
        Self {
            base: source.len(),
            nodes: Vec::with_capacity(tags + tags / 4),
            attributes: Vec::with_capacity(values),
            ..Self::default()
        }
    }

    pub(in crate::sanitise) fn seal(mut self, source: String) -> Self {
        self.source = source;
        self
    }

    /// Whether an element or a text is another than it was read; attributes
    /// aside.
    pub(in crate::sanitise) fn is_altered(&self) -> bool {
        self.altered
    }

    /// Bytes that nodes and attributes take, for the budget.
    pub(in crate::sanitise) fn weight(&self) -> usize {
        self.nodes.len() * size_of::<Node<S>>()
            + self.attributes.len() * size_of::<Attribute<S>>()
            + self.added.len()
    }

    pub(in crate::sanitise) fn get(&self, span: Span) -> &str {
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
    pub(in crate::sanitise) fn span_of(&mut self, slice: &str, source_start: usize) -> Span {
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
    pub(in crate::sanitise) fn add(&mut self, words: &str) -> Span {
        let start = self.base + self.added.len();
        self.added.push_str(words);
        Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            length: u32::try_from(words.len()).unwrap_or(0),
        }
    }

    pub(in crate::sanitise) fn push(&mut self, node: Node<S>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(in crate::sanitise) fn pop(&mut self) {
        self.nodes.pop();
    }

    pub(in crate::sanitise) fn push_attribute(&mut self, attribute: Attribute<S>) -> u32 {
        self.attributes.push(attribute);
        u32::try_from(self.attributes.len() - 1).unwrap_or(u32::MAX)
    }

    pub(in crate::sanitise) fn attribute_count(&self) -> u32 {
        u32::try_from(self.attributes.len()).unwrap_or(u32::MAX)
    }

    /// Continues the text that was added last, if that was the last node.
    pub(in crate::sanitise) fn push_decoded(&mut self, words: &str) {
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

    pub(in crate::sanitise) fn close(&mut self, open: usize) {
        let end = u32::try_from(self.push(Node::Close)).unwrap_or(u32::MAX);
        if let Some(Node::Open(open)) = self.nodes.get_mut(open) {
            open.end = end;
        }
    }

    pub(in crate::sanitise) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(in crate::sanitise) fn node(&self, at: usize) -> Option<Node<S>> {
        self.nodes.get(at).copied()
    }

    /// The start tag at `at`, if one stands there.
    pub(in crate::sanitise) fn open(&self, at: usize) -> Option<Open<S>> {
        match self.nodes.get(at) {
            Some(Node::Open(open)) => Some(*open),
            _ => None,
        }
    }

    pub(in crate::sanitise) fn local(&self, open: Open<S>) -> &str {
        self.get(open.local)
    }

    pub(in crate::sanitise) fn is(&self, at: usize, space: S, local: &str) -> bool {
        self.open(at)
            .is_some_and(|open| open.space == space && self.local(open) == local)
    }

    /// The kept attributes of a start tag, with their places.
    pub(in crate::sanitise) fn attributes(
        &self,
        open: Open<S>,
    ) -> impl Iterator<Item = (u32, Attribute<S>)> + '_ {
        open.places()
            .filter_map(|at| Some((at, self.attribute(at)?)))
    }

    /// The value of an attribute.
    pub(in crate::sanitise) fn value(&self, open: Open<S>, space: S, local: &str) -> Option<&str> {
        self.attributes(open)
            .find(|(_, attribute)| attribute.space == space && self.get(attribute.local) == local)
            .map(|(_, attribute)| self.get(attribute.value))
    }

    /// The attribute at a place, if it is kept.
    pub(in crate::sanitise) fn attribute(&self, at: u32) -> Option<Attribute<S>> {
        let attribute = self.attributes.get(at as usize)?;
        attribute.kept.then_some(*attribute)
    }

    pub(in crate::sanitise) fn drop_attribute(&mut self, at: u32) {
        if let Some(attribute) = self.attributes.get_mut(at as usize) {
            attribute.kept = false;
        }
    }

    pub(in crate::sanitise) fn set_value(&mut self, at: u32, value: &str) {
        let value = self.add(value);
        if let Some(attribute) = self.attributes.get_mut(at as usize) {
            attribute.value = value;
        }
    }

    /// Takes a node out, an element with all its content.
    pub(in crate::sanitise) fn remove(&mut self, at: usize) {
        let end = match self.nodes.get(at) {
            Some(Node::Open(open)) => open.end,
            Some(Node::Text(_)) => u32::try_from(at).unwrap_or(u32::MAX),
            _ => return,
        };
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node::Gone(end);
            self.altered = true;
        }
    }

    /// Takes an element's tags out and leaves its content.
    pub(in crate::sanitise) fn unwrap(&mut self, at: usize) {
        let Some(open) = self.open(at) else { return };
        self.altered = true;
        for place in [at, open.end as usize] {
            if let Some(node) = self.nodes.get_mut(place) {
                *node = Node::Nothing;
            }
        }
    }

    pub(in crate::sanitise) fn rename(&mut self, at: usize, local: &str) {
        let span = self.add(local);
        self.altered = true;
        if let Some(Node::Open(open)) = self.nodes.get_mut(at) {
            open.local = span;
        }
    }

    /// Replaces an element's content, which must be text only.
    pub(in crate::sanitise) fn set_text(&mut self, at: usize, words: &str) {
        let Some(open) = self.open(at) else { return };
        let span = self.add(words);
        self.altered = true;
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
    pub(in crate::sanitise) fn strip(&mut self, unwanted: fn(char) -> bool) -> u32 {
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
            self.altered = true;
            if let Some(node) = self.nodes.get_mut(at) {
                *node = Node::Text(span);
            }
        }
        taken
    }

    /// Gives an element these attributes and no others.
    pub(in crate::sanitise) fn set_attributes(&mut self, at: usize, attributes: &[Attribute<S>]) {
        let (first, count) = self.add_attributes(attributes);
        if let Some(Node::Open(open)) = self.nodes.get_mut(at) {
            (open.first, open.count) = (first, count);
        }
    }

    /// Adds attributes for an element that is to come: its `first` and `count`.
    pub(in crate::sanitise) fn add_attributes(
        &mut self,
        attributes: &[Attribute<S>],
    ) -> (u32, u16) {
        let first = self.attribute_count();
        let wanted = attributes.iter().take(usize::from(u16::MAX));
        self.attributes.extend(wanted);
        let count = self.attribute_count().saturating_sub(first);
        (first, u16::try_from(count).unwrap_or(u16::MAX))
    }

    /// Puts lists of nodes in, each in front of a place; the ends in a list
    /// count from its beginning.
    pub(in crate::sanitise) fn insert(&mut self, mut lists: Vec<(usize, Vec<Node<S>>)>) {
        self.altered = true;
        lists.sort_by_key(|(place, _)| *place);
        // How far a node moves that stands at or behind a place.
        let mut moves: Vec<(usize, usize)> = Vec::new();
        let mut more = 0;
        for (place, list) in &lists {
            more += list.len();
            moves.push((*place, more));
        }
        let moved = |at: usize| {
            let before = moves.partition_point(|(place, _)| *place <= at);
            let last = before.checked_sub(1).and_then(|last| moves.get(last));
            at + last.map_or(0, |(_, by)| *by)
        };
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        // From the back and in place: a large tape fits into memory but once.
        let mut from = self.nodes.len();
        let mut to = from + more;
        self.nodes.reserve_exact(more);
        self.nodes.resize(to, Node::Nothing);
        for (place, list) in lists.into_iter().rev() {
            while from > place {
                (from, to) = (from - 1, to - 1);
                let node = match self.nodes.get(from).copied().unwrap_or(Node::Nothing) {
                    Node::Open(mut open) => {
                        open.end = number(moved(open.end as usize));
                        Node::Open(open)
                    }
                    Node::Gone(end) => Node::Gone(number(moved(end as usize))),
                    node => node,
                };
                if let Some(slot) = self.nodes.get_mut(to) {
                    *slot = node;
                }
            }
            to -= list.len();
            for (offset, mut node) in list.into_iter().enumerate() {
                if let Node::Open(open) = &mut node {
                    open.end = number(open.end as usize + to);
                }
                if let Some(slot) = self.nodes.get_mut(to + offset) {
                    *slot = node;
                }
            }
        }
        // What stands in front of the first list stays; its ends may not.
        for node in self.nodes.iter_mut().take(from) {
            match node {
                Node::Open(open) => open.end = number(moved(open.end as usize)),
                Node::Gone(end) => *end = number(moved(*end as usize)),
                _ => {}
            }
        }
    }

    /// All text inside an element.
    pub(in crate::sanitise) fn text_within(&self, at: usize) -> String {
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
    pub(in crate::sanitise) fn first_child(&self, at: usize) -> Option<usize> {
        self.children(at).next()
    }

    /// The child elements of an element.
    pub(in crate::sanitise) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
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
    pub(in crate::sanitise) fn opens(&self) -> impl Iterator<Item = (usize, Open<S>)> + '_ {
        self.opens_between(0, self.nodes.len())
    }

    /// Every start tag inside an element.
    pub(in crate::sanitise) fn inner(
        &self,
        at: usize,
    ) -> impl Iterator<Item = (usize, Open<S>)> + '_ {
        self.opens_between(at + 1, self.open(at).map_or(0, |open| open.end as usize))
    }

    fn opens_between(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, Open<S>)> + '_ {
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
