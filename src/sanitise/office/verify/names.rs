//! Lists of names as the verifiers of packages keep them, to be looked up.

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

/// The same, sorted.
pub(in crate::sanitise) struct Known {
    pub(in crate::sanitise) prefix: &'static str,
    elements: Vec<&'static str>,
    bare: Vec<&'static str>,
    prefixed: Vec<&'static str>,
}

/// Lists that can be looked up.
pub(in crate::sanitise) fn known(lists: &[&'static [Names]]) -> Vec<Known> {
    let names = lists.iter().flat_map(|names| names.iter());
    names
        .map(|names| Known {
            prefix: names.prefix,
            elements: sorted(names.elements),
            bare: sorted(names.bare),
            prefixed: sorted(names.prefixed),
        })
        .collect()
}

fn sorted(names: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = names.split_ascii_whitespace().collect();
    names.sort_unstable();
    names
}

impl Known {
    pub(in crate::sanitise) fn has_element(&self, local: &str) -> bool {
        self.elements.binary_search(&local).is_ok()
    }

    pub(in crate::sanitise) fn has_bare(&self, local: &str) -> bool {
        self.bare.binary_search(&local).is_ok()
    }

    pub(in crate::sanitise) fn has_prefixed(&self, local: &str) -> bool {
        self.prefixed.binary_search(&local).is_ok()
    }

    /// Elements, attributes without and with prefix, for the tests that hold
    /// them against what is written.
    #[cfg(test)]
    pub(in crate::sanitise) fn lists(&self) -> [&[&'static str]; 3] {
        [&self.elements, &self.bare, &self.prefixed]
    }
}

/// Prefix (or nothing) and name.
pub(in crate::sanitise) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
