//! What the reader and the writer of XML must know of a format: its
//! namespaces and its names. All else is absent by construction.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sanitise) enum Fate {
    /// It comes onto the tape.
    Keep,
    /// Its tags go, its content stays in its place: where words may stand, else
    /// all of it goes.
    Unwrap,
    /// It goes with all its content.
    Drop,
    /// One branch of it is chosen (markup compatibility, ISO/IEC 29500-3).
    Choose,
}

/// The namespaces of a format; each is written with one fixed prefix, so that
/// no prefix trick of the input survives.
pub(in crate::sanitise) trait Vocabulary: Copy + Eq + 'static {
    /// That of an attribute without a prefix.
    const NONE: Self;
    /// `xml:`, which needs no declaration.
    const XML: Self;
    /// Every other.
    const UNKNOWN: Self;
    /// That of a root that stands in no namespace.
    const BARE_ROOT: Self = Self::UNKNOWN;

    /// The namespace with this name.
    fn of(untrusted_name: &str) -> Self;

    /// The prefix it is written with; empty for the default namespace.
    fn prefix(self) -> &'static str;

    /// Its place among its fellows, below [`MOST_SPACES`].
    fn number(self) -> usize;

    /// Writes the declarations that a root needs whose part uses these.
    fn declare(is_used: &dyn Fn(Self) -> bool, out: &mut String);

    /// What becomes of an element.
    fn fate(self, untrusted_local: &str) -> Fate;

    /// Whether this attribute of an element of `element` is read.
    fn knows_attribute(self, element: Self, untrusted_local: &str) -> bool;

    /// Whether a branch that asks for it is one we can keep.
    fn is_chosen(self) -> bool {
        false
    }

    /// Whether a part may call what is unknown of it optional.
    fn may_be_ignored(self) -> bool {
        true
    }

    /// Whether readers may skip what stands inside: its loss is no news.
    fn is_extension(self, _untrusted_local: &str) -> bool {
        false
    }

    /// Whether an extension of this name is seen all the same: its loss is news.
    fn is_seen(_untrusted_local: &str) -> bool {
        false
    }

    /// Whether an element of this name, which is left out, held text.
    fn is_text(untrusted_local: &str) -> bool {
        untrusted_local == "t"
    }

    /// Whether white space between the children of this element is words.
    fn holds_words(self, _untrusted_local: &str) -> bool {
        false
    }
}

/// Most namespaces of one format.
pub(in crate::sanitise) const MOST_SPACES: usize = 64;

/// Names of a format, by namespace.
pub(in crate::sanitise) struct Names(Vec<Set>);

type Set = HashSet<&'static str, BuildHasherDefault<Quick>>;

impl Names {
    /// Those of some lists, in each separated by white space.
    pub(in crate::sanitise) fn of<S: Vocabulary>(
        lists: impl IntoIterator<Item = (S, &'static str)>,
    ) -> Self {
        let mut sets: Vec<Set> = Vec::new();
        sets.resize_with(MOST_SPACES, Set::default);
        for (space, names) in lists {
            if let Some(set) = sets.get_mut(space.number()) {
                set.extend(names.split_ascii_whitespace());
            }
        }
        Self(sets)
    }

    /// Whether a name is one of them.
    pub(in crate::sanitise) fn has<S: Vocabulary>(&self, space: S, untrusted_local: &str) -> bool {
        let set = self.0.get(space.number());
        set.is_some_and(|set| set.contains(untrusted_local))
    }

    /// Those of one namespace.
    #[cfg(test)]
    pub(in crate::sanitise) fn all<S: Vocabulary>(&self, space: S) -> Vec<&'static str> {
        let set = self.0.get(space.number());
        set.into_iter().flatten().copied().collect()
    }
}

/// Multiplication by the golden ratio (Knuth, The Art of Computer Programming,
/// 6.4), eight bytes at a time: every tag and attribute asks once. Good for sets
/// that no stranger adds to.
#[derive(Default)]
struct Quick(u64);

impl Quick {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        self.mix((rest.iter()).fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }

    /// The mark behind a text, which tells two in a row from one: here is one.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
