//! Names of forms (ODF 1.3 part 3, chapter 13) that say what a control shows:
//! its kind, its label, its value. They are read for these words and never
//! written; what binds, sends or runs is not among them.

use super::Words;
use crate::sanitise::odf::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::Form,
        elements: "\
button checkbox column combobox date file fixed-text form formatted-text frame generic-control \
grid image image-frame listbox number option password radio text textarea time value-range",
        attributes: "\
current-selected current-state current-value id label printable selected state value",
    },
    // The place of a control, and which one stands there.
    Words {
        space: Space::Draw,
        elements: "control",
        attributes: "control",
    },
];
