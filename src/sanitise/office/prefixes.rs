//! Which prefix stands for which namespace, element by element (Namespaces in
//! XML 1.0, 6.1).

use std::borrow::Cow;
use std::cell::Cell;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use super::vocabulary::Vocabulary;
use crate::sanitise::Refusal;

pub(super) struct Prefixes<S> {
    /// With the depth of their declaration.
    declared: Vec<(String, S, usize)>,
    /// Which of them was asked for last, most often the next one too. None
    /// while declarations come and go.
    latest: Cell<Option<usize>>,
}

impl<S> Default for Prefixes<S> {
    fn default() -> Self {
        Self {
            declared: Vec::new(),
            latest: Cell::default(),
        }
    }
}

impl<S: Vocabulary> Prefixes<S> {
    /// Takes the declarations of an element at this depth.
    pub(super) fn declare(&mut self, tag: &BytesStart<'_>, depth: usize) -> Result<(), Refusal> {
        let attributes = tag.attributes_raw();
        // A search for a word gets ready longer than most tags are.
        let may_be = attributes.bytes().fold(false, |any, b| any | (b == b'x'));
        if !may_be || !attributes.contains("xmlns") {
            return Ok(());
        }
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| Refusal::Malformed)?;
            let name = attribute.key.0;
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            let uri: Cow<'_, str> = unescape(&attribute.value).map_err(|_| Refusal::Malformed)?;
            self.latest.set(None);
            self.declared.push((prefix.to_owned(), S::of(&uri), depth));
            if self.declared.len() > 1_000 {
                return Err(Refusal::OverBudget);
            }
        }
        Ok(())
    }

    /// Leaves behind what was declared at this depth or deeper.
    pub(super) fn forget(&mut self, depth: usize) {
        while self
            .declared
            .last()
            .is_some_and(|(_, _, declared)| *declared >= depth)
        {
            self.latest.set(None);
            self.declared.pop();
        }
    }

    /// What a prefix stands for here.
    pub(super) fn space_of(&self, prefix: &str) -> S {
        if prefix == "xml" {
            return S::XML;
        }
        let declared = |at: usize| {
            let (declared, space, _) = self.declared.get(at)?;
            declared.bytes().eq(prefix.bytes()).then_some(*space)
        };
        if let Some(space) = self.latest.get().and_then(declared) {
            return space;
        }
        let mut inwards = (0..self.declared.len()).rev();
        let found = inwards.find_map(|at| Some((at, declared(at)?)));
        self.latest.set(found.map(|(at, _)| at));
        found.map_or(S::UNKNOWN, |(_, space)| space)
    }
}
