//! The verifier's own list of names, by our prefixes: what the schemas of
//! ECMA-376 (transitional) reach from the roots of our parts, without all
//! that runs, calls out, embeds, or binds to something outside. What is in no
//! row is refused.

mod drawing;
mod sheet;
mod word;

use std::sync::LazyLock;

/// The names of one prefix, separated by white space.
struct Names {
    /// Empty: spreadsheets, our default namespace.
    prefix: &'static str,
    elements: &'static str,
    /// Attributes without a prefix, on elements with this one.
    bare: &'static str,
    /// Attributes with this prefix, on any element.
    prefixed: &'static str,
}

/// The same, to be looked up.
pub(super) struct Known {
    pub(super) prefix: &'static str,
    elements: Vec<&'static str>,
    bare: Vec<&'static str>,
    prefixed: Vec<&'static str>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let rows = [word::NAMES, sheet::NAMES, drawing::NAMES];
    rows.iter()
        .flat_map(|names| names.iter())
        .map(|names| Known {
            prefix: names.prefix,
            elements: sorted(names.elements),
            bare: sorted(names.bare),
            prefixed: sorted(names.prefixed),
        })
        .collect()
});

fn sorted(names: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = names.split_ascii_whitespace().collect();
    names.sort_unstable();
    names
}

/// The names of a prefix of ours.
pub(super) fn of(prefix: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.prefix == prefix)
}

impl Known {
    pub(super) fn has_element(&self, local: &str) -> bool {
        self.elements.binary_search(&local).is_ok()
    }

    pub(super) fn has_bare(&self, local: &str) -> bool {
        self.bare.binary_search(&local).is_ok()
    }

    pub(super) fn has_prefixed(&self, local: &str) -> bool {
        self.prefixed.binary_search(&local).is_ok()
    }
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

/// Every element and attribute that is accepted, as written: for the test
/// that holds this list against the writer's.
#[cfg(test)]
pub(in crate::sanitise::ooxml) fn all()
-> impl Iterator<Item = (&'static str, [Vec<&'static str>; 3])> {
    KNOWN.iter().map(|known| {
        let lists = [&known.elements, &known.bare, &known.prefixed];
        (known.prefix, lists.map(Clone::clone))
    })
}
