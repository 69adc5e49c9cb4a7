//! The verifier's own list of names, by our prefixes: what the schemas of
//! ECMA-376 (transitional) reach from the roots of our parts, without all
//! that runs, calls out, embeds, or binds to something outside. What is in no
//! row is refused.

mod drawing;
mod sheet;
mod word;

use std::sync::LazyLock;

use crate::sanitise::office::verify::names::{Known, known};

static KNOWN: LazyLock<Vec<Known>> =
    LazyLock::new(|| known(&[word::NAMES, sheet::NAMES, drawing::NAMES]));

/// Makes the table.
pub(in crate::sanitise::ooxml) fn prepare() {
    LazyLock::force(&KNOWN);
}

/// The names of a prefix of ours.
pub(super) fn of(prefix: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.prefix == prefix)
}

/// Which prefixes a part with this root may use, beside `xml`.
pub(in crate::sanitise::ooxml) fn prefixes(root: &str) -> &'static [&'static str] {
    match root.split_once(':').map_or(root, |(prefix, _)| prefix) {
        "w" => &[
            "w", "r", "a", "wp", "wp14", "wps", "wpg", "wpc", "w14", "w15", "m", "a14", "pic", "c",
            "dgm", "v", "o", "w10",
        ],
        "xml" => &["v", "o", "x", "r"],
        "xdr" => &["xdr", "r", "a", "a14", "m", "c", "dgm"],
        "p" => &["p", "r", "a", "a14", "m", "c", "dgm"],
        "a" => &["a", "r"],
        "c" => &["c", "cdr", "r", "a", "a14", "m"],
        "dgm" => &["dgm", "dsp", "r", "a", "a14", "m"],
        "dsp" => &["dsp", "r", "a", "a14", "m"],
        // Spreadsheets have no prefix.
        _ => &["", "r", "x14", "xm"],
    }
}

/// All of them, for the test that holds them against the writer's.
#[cfg(test)]
pub(in crate::sanitise::ooxml) fn all() -> &'static [Known] {
    &KNOWN
}
