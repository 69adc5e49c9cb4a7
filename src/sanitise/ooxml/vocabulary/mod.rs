//! The names that are read, per namespace. Any other element or attribute is
//! absent from the model, and so from everything written.

mod drawing;
mod legacy;
mod sheet;
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
    attributes: &'static str,
}

/// Names per namespace, indexed by `Space as usize`.
static ELEMENTS: LazyLock<Vec<HashSet<&'static str>>> =
    LazyLock::new(|| table(|words| words.elements));
static ATTRIBUTES: LazyLock<Vec<HashSet<&'static str>>> =
    LazyLock::new(|| table(|words| words.attributes));

fn table(names: fn(&Words) -> &'static str) -> Vec<HashSet<&'static str>> {
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

/// Whether this element is one we read.
pub(super) fn knows_element(space: Space, untrusted_local: &str) -> bool {
    ELEMENTS
        .get(space as usize)
        .is_some_and(|set| set.contains(untrusted_local))
}

/// Whether this attribute is one we read. Without a prefix it belongs to its
/// element's namespace; drawing types are shared by all drawing namespaces.
pub(super) fn knows_attribute(space: Space, element: Space, untrusted_local: &str) -> bool {
    let among = |space: Space| {
        ATTRIBUTES
            .get(space as usize)
            .is_some_and(|set| set.contains(untrusted_local))
    };
    if space == Space::None {
        among(element) || among(Space::A)
    } else {
        among(space)
    }
}
