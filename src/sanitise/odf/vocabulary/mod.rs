//! The names that are read, per namespace. Any other element or attribute is
//! absent from the model, and so from everything written.

mod document;
mod drawing;
mod foreign;
mod form;
pub(super) mod loss;
mod style;
mod table;

use std::sync::LazyLock;

use super::space::Space;
use crate::sanitise::office::vocabulary::Names;

/// One namespace's names, separated by white space.
struct Words {
    space: Space,
    elements: &'static str,
    attributes: &'static str,
}

static ELEMENTS: LazyLock<Names> = LazyLock::new(|| names(|words| words.elements));
static ATTRIBUTES: LazyLock<Names> = LazyLock::new(|| names(|words| words.attributes));

/// Makes the tables.
pub(super) fn prepare() {
    for names in [&ELEMENTS, &ATTRIBUTES] {
        LazyLock::force(names);
    }
}

fn names(of: fn(&Words) -> &'static str) -> Names {
    let tables = [
        document::WORDS,
        table::WORDS,
        drawing::WORDS,
        style::WORDS,
        foreign::WORDS,
        form::WORDS,
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

/// Whether this attribute is one we read. All of OpenDocument have a prefix;
/// those of formulas (MathML) have none. Of forms only controls tell.
pub(super) fn knows_attribute(space: Space, element: Space, untrusted_local: &str) -> bool {
    if space == Space::Form && element != Space::Form {
        return false;
    }
    let of = if space == Space::None { element } else { space };
    (space != Space::None || element == Space::Math) && ATTRIBUTES.has(of, untrusted_local)
}

/// What is read of a namespace: elements and attributes.
#[cfg(test)]
pub(super) fn all(space: Space) -> [Vec<&'static str>; 2] {
    [&ELEMENTS, &ATTRIBUTES].map(|names| names.all(space))
}
