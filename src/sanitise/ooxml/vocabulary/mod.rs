//! The names that are read, per namespace. Any other element or attribute is
//! absent from the model, and so from everything written.

mod drawing;
mod legacy;
mod sheet;
mod silent;
mod slides;
mod word;

use std::collections::HashSet;
use std::sync::LazyLock;

use super::space::Space;

/// One namespace's names, separated by white space.
#[derive(Clone, Copy)]
struct Words {
    space: Space,
    elements: &'static str,
    /// Attributes without a prefix, on elements of this namespace.
    attributes: &'static str,
    /// Attributes with a prefix, on any element.
    prefixed: &'static str,
}

/// Names per namespace, indexed by `Space as usize`.
static ELEMENTS: LazyLock<Table> = LazyLock::new(|| table(|words| words.elements));
static ATTRIBUTES: LazyLock<Table> = LazyLock::new(|| table(|words| words.attributes));
static PREFIXED: LazyLock<Table> = LazyLock::new(|| table(|words| words.prefixed));

type Table = Vec<HashSet<&'static str>>;

fn table(names: fn(&Words) -> &'static str) -> Table {
    let mut table = vec![HashSet::new(); Space::Unknown as usize + 1];
    for words in [
        word::WORDS,
        sheet::WORDS,
        slides::WORDS,
        drawing::WORDS,
        legacy::WORDS,
    ]
    .concat()
    {
        if let Some(set) = table.get_mut(words.space as usize) {
            set.extend(names(&words).split_ascii_whitespace());
        }
    }
    table
}

fn among(table: &Table, space: Space, untrusted_local: &str) -> bool {
    table
        .get(space as usize)
        .is_some_and(|set| set.contains(untrusted_local))
}

/// Whether this element is one we read.
pub(super) fn knows_element(space: Space, untrusted_local: &str) -> bool {
    among(&ELEMENTS, space, untrusted_local)
}

/// Whether this attribute is one we read. Without a prefix it belongs to its
/// element's namespace.
pub(super) fn knows_attribute(space: Space, element: Space, untrusted_local: &str) -> bool {
    if space == Space::None {
        among(&ATTRIBUTES, element, untrusted_local)
    } else {
        among(&PREFIXED, space, untrusted_local)
    }
}

/// Whether an element that is not read is worth no word.
pub(super) fn goes_silently(space: Space, untrusted_local: &str) -> bool {
    silent::WORDS
        .iter()
        .filter(|(of, _)| *of == space)
        .any(|(_, names)| {
            names
                .split_ascii_whitespace()
                .any(|name| name == untrusted_local)
        })
}

/// What is read, per namespace: elements, attributes without and with prefix.
#[cfg(test)]
pub(super) fn all(space: Space) -> [Vec<&'static str>; 3] {
    [&ELEMENTS, &ATTRIBUTES, &PREFIXED].map(|table| {
        let set = table.get(space as usize);
        set.into_iter().flatten().copied().collect()
    })
}
