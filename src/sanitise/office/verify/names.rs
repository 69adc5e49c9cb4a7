//! Lists of names as the verifiers of packages keep them, to be looked up.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// The names of one prefix, separated by white space.
pub(in crate::sanitise) struct Names {
    /// Empty: the default namespace.
    pub(in crate::sanitise) prefix: &'static str,
    pub(in crate::sanitise) elements: &'static str,
    /// Attributes without a prefix, on elements with this one.
    pub(in crate::sanitise) bare: &'static str,
    /// Attributes with this prefix, on any element.
    pub(in crate::sanitise) prefixed: &'static str,
}

/// The same, to be looked up.
pub(in crate::sanitise) struct Known {
    pub(in crate::sanitise) prefix: &'static str,
    elements: List,
    bare: List,
    prefixed: List,
}

/// Lists that can be looked up.
pub(in crate::sanitise) fn known(lists: &[&'static [Names]]) -> Vec<Known> {
    let names = lists.iter().flat_map(|names| names.iter());
    names
        .map(|names| Known {
            prefix: names.prefix,
            elements: List::of(names.elements),
            bare: List::of(names.bare),
            prefixed: List::of(names.prefixed),
        })
        .collect()
}

/// Every tag and attribute of a part asks once.
struct List(HashSet<&'static str, BuildHasherDefault<Letters>>);

impl List {
    fn of(names: &'static str) -> Self {
        Self(names.split_ascii_whitespace().collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// Letters to numbers: each moves the ones before it up and is added (Kernighan
/// and Ritchie, The C Programming Language, 6.6), and a last multiplication
/// spreads them. No stranger adds to these sets.
#[derive(Default)]
struct Letters(u64);

impl Hasher for Letters {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.wrapping_mul(31)).wrapping_add(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        let spread = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        spread ^ (spread >> 32)
    }
}

impl Known {
    pub(in crate::sanitise) fn has_element(&self, local: &str) -> bool {
        self.elements.has(local)
    }

    pub(in crate::sanitise) fn has_bare(&self, local: &str) -> bool {
        self.bare.has(local)
    }

    pub(in crate::sanitise) fn has_prefixed(&self, local: &str) -> bool {
        self.prefixed.has(local)
    }

    /// Elements, attributes without and with prefix, for the tests that hold
    /// them against what is written.
    #[cfg(test)]
    pub(in crate::sanitise) fn lists(&self) -> [Vec<&'static str>; 3] {
        [&self.elements, &self.bare, &self.prefixed].map(|list| list.0.iter().copied().collect())
    }
}

/// Prefix (or nothing) and name.
pub(in crate::sanitise) fn split(name: &str) -> (&str, &str) {
    super::scan::cut(name, b':').unwrap_or(("", name))
}
