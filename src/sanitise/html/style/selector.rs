//! Selectors (Selectors 4): those of one element, and of all others what they
//! at most fit.

use super::super::attributes::Attributes;

/// Classes of one element that are looked at.
pub(super) const MOST_CLASSES: usize = 50;

/// A selector of one element: `p`, `.note`, `#top`, `td.wide.low`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) tag: Option<String>,
    pub(super) id: Option<String>,
    pub(super) classes: Vec<String>,
}

impl Selector {
    /// `None` for one that looks at more than the element itself.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '#' | '-' | '_' | '*');
        if text.is_empty() || !text.chars().all(plain) {
            return None;
        }
        let mut selector = Self {
            tag: None,
            id: None,
            classes: Vec::new(),
        };
        let starts = text.find(['.', '#']).unwrap_or(text.len());
        let (tag, mut rest) = text.split_at_checked(starts)?;
        if !matches!(tag, "" | "*") {
            selector.tag = Some(tag.to_ascii_lowercase());
        }
        while let Some(sign) = rest.chars().next() {
            let name = rest.get(1..)?;
            let end = name.find(['.', '#']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end)?;
            if sign == '.' {
                selector.classes.push(name.to_owned());
            } else {
                selector.id = Some(name.to_owned());
            }
            rest = after;
        }
        Some(selector)
    }

    /// One that fits whatever `text` fits, and perhaps more: the last element
    /// that it names, without conditions. `None` where that is anything.
    pub(super) fn wider(text: &str) -> Option<Self> {
        let last = text.rsplit([' ', '\t', '\n', '\r', '>', '+', '~']).next()?;
        let bare = last.split(['[', ':']).next()?;
        if text.contains(['(', '"', '\'', '\\']) {
            return None;
        }
        Self::read(bare)
    }

    pub(super) fn fits(&self, tag: &str, attributes: &Attributes) -> bool {
        let known = attributes.get("class").unwrap_or_default();
        let has = |class: &String| {
            let mut some = known.split_ascii_whitespace().take(MOST_CLASSES);
            some.any(|one| one == class)
        };
        self.tag.as_ref().is_none_or(|wanted| wanted == tag)
            && self
                .id
                .as_deref()
                .is_none_or(|id| attributes.get("id") == Some(id))
            && self.classes.iter().all(has)
    }

    pub(super) fn weight(&self) -> (usize, usize, usize) {
        let count = |there: bool| usize::from(there);
        (
            count(self.id.is_some()),
            self.classes.len(),
            count(self.tag.is_some()),
        )
    }
}

/// Holds only where the reader's pointer or past is.
pub(super) fn near(selector: &str) -> bool {
    !selector.contains('(')
        && [":hover", ":visited"]
            .iter()
            .any(|sign| selector.contains(sign))
}
