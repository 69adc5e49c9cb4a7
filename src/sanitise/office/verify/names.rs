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

/// Names by their length, sorted: every attribute of a part asks once.
struct List(Vec<Vec<&'static str>>);

impl List {
    fn of(names: &'static str) -> Self {
        let mut by_length: Vec<Vec<&str>> = Vec::new();
        for name in names.split_ascii_whitespace() {
            if by_length.len() <= name.len() {
                by_length.resize_with(name.len() + 1, Vec::new);
            }
            if let Some(same) = by_length.get_mut(name.len()) {
                same.push(name);
            }
        }
        for same in &mut by_length {
            same.sort_unstable();
        }
        Self(by_length)
    }

    fn has(&self, name: &str) -> bool {
        let same = self.0.get(name.len());
        same.is_some_and(|same| same.binary_search(&name).is_ok())
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
        [&self.elements, &self.bare, &self.prefixed].map(|list| list.0.concat())
    }
}

/// Prefix (or nothing) and name.
pub(in crate::sanitise) fn split(name: &str) -> (&str, &str) {
    super::scan::cut(name, b':').unwrap_or(("", name))
}
