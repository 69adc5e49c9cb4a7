//! The smaller world: groups, words and text of the allow-list in their
//! order, and beside them what is judged as a whole.

use super::destination::Kept;
use super::picture::Picture;

/// What opens a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Keeps what is set inside it from what follows.
    Plain,
    /// The same behind `\*`: a style that older readers skip.
    Starred,
    Kept(&'static str, bool),
}

impl From<Kept> for Group {
    fn from(kept: Kept) -> Self {
        Self::Kept(kept.name, kept.starred)
    }
}

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Open(Group),
    Close,
    Word(&'static str, Option<i32>),
    /// `\~`, `\-`, `\_`.
    Symbol(u8),
    /// From and to, in `Document::words`.
    Text(u32, u32),
    /// In `Document::codes`.
    Code(u32),
    /// In `Document::properties`.
    Property(u32),
    /// In `Document::pictures`.
    Picture(u32),
    Nothing,
}

/// A field's code, joined.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) untrusted: String,
    /// Another field says a part of it: it cannot be judged.
    pub(super) computed: bool,
}

/// A property of a drawing that is on the list.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Words(String),
    Picture(u32),
}

/// A document.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) nodes: Vec<Node>,
    pub(super) words: String,
    pub(super) codes: Vec<Code>,
    pub(super) properties: Vec<Property>,
    pub(super) pictures: Vec<Picture>,
    /// It is to be written as text.
    pub(super) as_text: bool,
}

impl Document {
    pub(super) fn text(&self, from: u32, to: u32) -> &str {
        let range = from as usize..to as usize;
        self.words.get(range).unwrap_or_default()
    }
}
