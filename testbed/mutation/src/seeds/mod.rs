//! What is changed: small files of every family, made here, and files of a
//! corpus where one is at hand. Nothing of a corpus is kept in this project.

mod drawing;
mod mail;
mod metafile;
pub mod odf;
mod office;
pub mod ole;
mod page;
pub mod pdf;
pub mod pdf_vectors;
mod picture;
pub mod rtf;
mod text;
pub mod xlsb;

use std::path::Path;

use sekimori::sanitise::{Kind, identify};

/// Formats that share a parser, and so a body and a set of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// ISO 32000.
    Pdf,
    /// JPEG, PNG, GIF, BMP, TIFF, WebP, JPEG 2000, WMF, EMF.
    Picture,
    /// SVG.
    Drawing,
    /// HTML.
    Page,
    /// Text, CSV, JSON, calendars, cards.
    Text,
    /// Word, Excel, PowerPoint.
    Office,
    /// OpenDocument.
    OpenDocument,
    /// Word, Excel, PowerPoint 97–2003.
    Ole,
    /// Rich Text Format.
    Rtf,
    /// ZIP with anything in it.
    Zip,
    /// RFC 5322 messages.
    Mail,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 11] = [
        Self::Pdf,
        Self::Picture,
        Self::Drawing,
        Self::Page,
        Self::Text,
        Self::Office,
        Self::OpenDocument,
        Self::Ole,
        Self::Rtf,
        Self::Zip,
        Self::Mail,
    ];

    /// For tables and command lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Picture => "picture",
            Self::Drawing => "svg",
            Self::Page => "html",
            Self::Text => "text",
            Self::Office => "ooxml",
            Self::OpenDocument => "odf",
            Self::Ole => "ole",
            Self::Rtf => "rtf",
            Self::Zip => "zip",
            Self::Mail => "mail",
        }
    }

    /// The corpus folder that has most of it.
    fn folder(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Picture | Self::Drawing => "image",
            Self::Page => "html",
            Self::Text => "text",
            Self::Office => "ooxml",
            Self::OpenDocument => "odf",
            Self::Ole => "ole",
            Self::Rtf => "rtf",
            Self::Zip => "archive",
            Self::Mail => "mail",
        }
    }

    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Pdf => Some(Self::Pdf),
            Kind::Jpeg
            | Kind::Png
            | Kind::Gif
            | Kind::Bmp
            | Kind::Tiff
            | Kind::Webp
            | Kind::Jp2
            | Kind::Wmf
            | Kind::Emf => Some(Self::Picture),
            Kind::Svg => Some(Self::Drawing),
            Kind::Html => Some(Self::Page),
            Kind::Text | Kind::Csv | Kind::Json | Kind::Calendar | Kind::Contact => {
                Some(Self::Text)
            }
            Kind::Word | Kind::Sheet | Kind::Slides | Kind::Xlsb => Some(Self::Office),
            Kind::OdfText | Kind::OdfSheet | Kind::OdfSlides | Kind::OdfDrawing => {
                Some(Self::OpenDocument)
            }
            Kind::Doc | Kind::Xls | Kind::Ppt => Some(Self::Ole),
            Kind::Rtf => Some(Self::Rtf),
            Kind::Zip => Some(Self::Zip),
            Kind::Message => Some(Self::Mail),
            _ => None,
        }
    }
}

/// A file to be changed.
#[derive(Clone, Debug)]
pub struct Seed {
    /// As a sender would name it: its extension tells CSV from text.
    pub name: String,
    /// By content.
    pub kind: Kind,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Seed {
    fn new(name: &str, kind: Kind, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            bytes: bytes.into(),
        }
    }
}

/// The project's own files of a family.
#[must_use]
pub fn own(family: Family) -> Vec<Seed> {
    match family {
        Family::Pdf => pdf::seeds(),
        Family::Picture => [picture::seeds(), metafile::seeds()].concat(),
        Family::Drawing => drawing::seeds(),
        Family::Page => page::seeds(),
        Family::Text => text::seeds(),
        Family::Office => [office::seeds(), xlsb::seeds()].concat(),
        Family::OpenDocument => odf::seeds(),
        Family::Ole => ole::seeds(),
        Family::Rtf => rtf::seeds(),
        Family::Zip => office::archives(),
        Family::Mail => mail::seeds(),
    }
}

/// Up to `most` files of a corpus that are of this family and at most
/// `longest` bytes long, in order of path.
///
/// # Errors
/// Where a folder or file cannot be read.
pub fn corpus(
    family: Family,
    root: &Path,
    longest: u64,
    most: usize,
) -> std::io::Result<Vec<Seed>> {
    let mut folders = vec![root.join(family.folder())];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.metadata()?.len() <= longest {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    let mut seeds = Vec::new();
    // From everywhere, not only from the start.
    for path in paths.iter().step_by(paths.len() / most.max(1) + 1) {
        let bytes = std::fs::read(path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let kind = identify::identify(&bytes, &name);
        if Family::of(kind) == Some(family) {
            seeds.push(Seed { name, kind, bytes });
        }
    }
    Ok(seeds)
}
