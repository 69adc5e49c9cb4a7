//! What the reader and the writer of XML must know of a format: its
//! namespaces and its names. All else is absent by construction.

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

    /// Whether readers may skip what stands inside: its loss is no news.
    fn is_extension(self, _untrusted_local: &str) -> bool {
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
