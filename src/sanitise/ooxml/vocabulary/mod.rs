//! The names that are read, per namespace. Any other element or attribute is
//! absent from the model, and so from everything written.

mod drawing;
mod legacy;
mod sheet;
mod silent;
mod slides;
mod word;

use std::sync::LazyLock;

use super::space::Space;
use crate::sanitise::office::vocabulary::Names;

/// One namespace's names, separated by white space.
struct Words {
    space: Space,
    elements: &'static str,
    /// Attributes without a prefix, on elements of this namespace.
    attributes: &'static str,
    /// Attributes with a prefix, on any element.
    prefixed: &'static str,
}

static ELEMENTS: LazyLock<Names> = LazyLock::new(|| names(|words| words.elements));
static ATTRIBUTES: LazyLock<Names> = LazyLock::new(|| names(|words| words.attributes));
static PREFIXED: LazyLock<Names> = LazyLock::new(|| names(|words| words.prefixed));

/// Makes the tables.
pub(super) fn prepare() {
    for names in [&ELEMENTS, &ATTRIBUTES, &PREFIXED] {
        LazyLock::force(names);
    }
}

fn names(of: fn(&Words) -> &'static str) -> Names {
    let tables = [
        word::WORDS,
        sheet::WORDS,
        slides::WORDS,
        drawing::WORDS,
        legacy::WORDS,
    ];
    Names::of(
        tables
            .into_iter()
            .flatten()
            .map(|words| (words.space, of(words))),
    )
}

/// Whether this element is one we read.
pub(super) fn knows_element(space: Space, untrusted_local: &str) -> bool {
    ELEMENTS.has(space, untrusted_local)
}

/// Whether this attribute is one we read. Without a prefix it belongs to its
/// element's namespace.
pub(super) fn knows_attribute(space: Space, element: Space, untrusted_local: &str) -> bool {
    if space == Space::None {
        ATTRIBUTES.has(element, untrusted_local)
    } else {
        PREFIXED.has(space, untrusted_local)
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
    [&ELEMENTS, &ATTRIBUTES, &PREFIXED].map(|names| names.all(space))
}
