//! The smaller world: a document of known parts, the charts and formulas
//! inside it, and pictures coded anew.

use std::collections::HashMap;

use super::space::Space;
use crate::sanitise::office::{picture::Picture, tape};

pub(super) type Tape = tape::Tape<Space>;
pub(super) type Node = tape::Node<Space>;
pub(super) type Open = tape::Open<Space>;

/// Which of the four applications a package belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Text.
    Text,
    /// Spreadsheet.
    Sheet,
    /// Presentation.
    Slides,
    /// Drawing.
    Drawing,
}

impl Family {
    /// Last step of the media type, and local name of the body's only child
    /// (ODF 1.3 part 3, 3.3 and annex C).
    pub(super) const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Text, "text", "text"),
        (Self::Sheet, "spreadsheet", "spreadsheet"),
        (Self::Slides, "presentation", "presentation"),
        (Self::Drawing, "graphics", "drawing"),
    ];

    /// The family of a media type; that of a template too.
    pub(super) fn of(untrusted_media_type: &str) -> Option<Self> {
        let step = untrusted_media_type.strip_prefix(OASIS)?;
        let step = step.strip_suffix("-template").unwrap_or(step);
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == step)
            .map(|(family, ..)| *family)
    }

    /// The name of what its body holds.
    pub(super) fn body(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(family, ..)| *family == self)
            .map_or("", |(.., body)| body)
    }
}

/// What the media types begin with.
pub(super) const OASIS: &str = "application/vnd.oasis.opendocument.";

/// A package; its first document is the whole, the others stand in it.
#[derive(Debug)]
pub struct Package {
    pub(super) family: Family,
    pub(super) documents: Vec<Document>,
    /// By the numbers in their names, from one.
    pub(super) pictures: Vec<Picture>,
    /// Of the title, which is all that is kept of the metadata.
    pub(super) title: Option<String>,
}

/// One document, whole or inside another.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) class: Class,
    /// As the input calls its folder: empty, or ending in `/`.
    pub(super) untrusted_folder: String,
    pub(super) parts: Vec<Part>,
    /// What its pictures became: place in `Package::pictures`, by the entry's
    /// name; `None` where one could not be read.
    pub(super) pictures: HashMap<String, Option<usize>>,
    /// By the entry's folder: place in `Package::documents`.
    pub(super) objects: HashMap<String, usize>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The whole.
    Main,
    /// A chart inside another document.
    Chart,
    /// A formula inside another document.
    Formula,
}

/// One XML part.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    pub(super) tape: Tape,
}

/// The parts that are read, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Content,
    Styles,
    Settings,
}

impl Role {
    /// Name in the package, and root (ODF 1.3 part 3, 3.1.3).
    pub(super) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Content, "content.xml", "document-content"),
        (Self::Styles, "styles.xml", "document-styles"),
        (Self::Settings, "settings.xml", "document-settings"),
    ];

    /// Its name in the package.
    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, ..)| *role == self)
            .map_or("", |(_, name, _)| name)
    }
}

impl Document {
    /// The part of this role.
    pub(super) fn part(&self, role: Role) -> Option<&Tape> {
        (self.parts.iter())
            .find(|part| part.role == role)
            .map(|part| &part.tape)
    }
}
