//! The smaller world: parts of known roles, joined by known relations.

use std::collections::BTreeMap;

use super::role::Role;
use super::tape::Tape;
use crate::sanitise::text::Budget;

/// Which of the three applications a package belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// WordprocessingML.
    Word,
    /// SpreadsheetML.
    Sheet,
    /// PresentationML.
    Slides,
}

/// A package; the first part is the main one.
#[derive(Debug)]
pub struct Package {
    pub(super) family: Family,
    pub(super) parts: Vec<Part>,
    /// Whose rules of layout readers apply.
    pub(super) maker: Option<super::maker::Maker>,
    /// Set instead of the parts' fate where only the text is wanted.
    pub(super) as_text: bool,
    /// How much text may come out of it.
    pub(super) budget: Budget,
}

/// One part.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// As the input calls it; for the report only.
    pub(super) untrusted_name: String,
    pub(super) body: Body,
    /// By the id used inside the part: letters, digits, `_`, `-`, `.`.
    pub(super) relations: BTreeMap<String, Target>,
    /// Taken out by `reduce`; relations to it count as gone.
    pub(super) gone: bool,
}

/// What a part holds.
#[derive(Debug)]
pub(super) enum Body {
    /// XML we understood.
    Xml(Tape),
    /// A picture, already encoded anew.
    Picture(super::picture::Picture),
}

/// Where a relation leads.
#[derive(Debug)]
pub(super) enum Target {
    /// Another part, by place in `Package::parts`.
    Part(usize),
    /// A hyperlink to the web, to a mailbox or inside the document.
    Link(String),
}

impl Package {
    /// Whether a part still has a relation with this id.
    pub(super) fn leads(&self, part: usize, id: &str) -> bool {
        self.target(part, id).is_some()
    }

    /// The live target of a relation.
    pub(super) fn target(&self, part: usize, id: &str) -> Option<&Target> {
        match self.parts.get(part)?.relations.get(id)? {
            Target::Part(to) if self.parts.get(*to).is_none_or(|part| part.gone) => None,
            target => Some(target),
        }
    }
}
