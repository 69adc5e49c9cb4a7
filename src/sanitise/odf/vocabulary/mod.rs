//! The names that are read, per namespace. Any other element or attribute is
//! absent from the model, and so from everything written.

mod document;
mod drawing;
mod foreign;
pub(super) mod loss;
mod style;
mod table;

use std::collections::HashSet;
use std::sync::LazyLock;

use super::space::Space;
use crate::sanitise::office::vocabulary::MOST_SPACES;

/// One namespace's names, separated by white space.
#[derive(Clone, Copy)]
struct Words {
    space: Space,
    elements: &'static str,
    attributes: &'static str,
}

/// Names per namespace, indexed by `Space as usize`.
static ELEMENTS: LazyLock<Vec<HashSet<&'static str>>> =
    LazyLock::new(|| names(|words| words.elements));
static ATTRIBUTES: LazyLock<Vec<HashSet<&'static str>>> =
    LazyLock::new(|| names(|words| words.attributes));

fn names(of: fn(&Words) -> &'static str) -> Vec<HashSet<&'static str>> {
    let mut table = vec![HashSet::new(); MOST_SPACES];
    for words in [
        document::WORDS,
        table::WORDS,
        drawing::WORDS,
        style::WORDS,
        foreign::WORDS,
    ]
    .concat()
    {
        if let Some(set) = table.get_mut(words.space as usize) {
            set.extend(of(&words).split_ascii_whitespace());
        }
    }
    table
}

/// Whether this element is one we read.
pub(super) fn knows_element(space: Space, untrusted_local: &str) -> bool {
    ELEMENTS
        .get(space as usize)
        .is_some_and(|set| set.contains(untrusted_local))
}

/// Whether this attribute is one we read. All of OpenDocument have a prefix;
/// those of formulas (MathML) have none.
pub(super) fn knows_attribute(space: Space, element: Space, untrusted_local: &str) -> bool {
    let of = if space == Space::None { element } else { space };
    (space != Space::None || element == Space::Math)
        && (ATTRIBUTES.get(of as usize)).is_some_and(|set| set.contains(untrusted_local))
}

/// What is read of a namespace: elements and attributes.
#[cfg(test)]
pub(super) fn all(space: Space) -> [Vec<&'static str>; 2] {
    [&ELEMENTS, &ATTRIBUTES].map(|table| {
        let set = table.get(space as usize);
        set.into_iter().flatten().copied().collect()
    })
}
