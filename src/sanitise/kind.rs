//! What a thing is, and what is done to it. Closed sets:
//! a new variant must be thought about at every use (no `_ =>` over these).

use serde::{Deserialize, Serialize};

use super::Refusal;

/// What content and structure say a thing is; never its name or claimed type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// RFC 5322 message.
    #[serde(rename = "message")]
    Message,
    /// ZIP archive that is no document.
    #[serde(rename = "zip")]
    Zip,
    /// WordprocessingML package (ECMA-376).
    #[serde(rename = "ooxml.word")]
    Word,
    /// SpreadsheetML package.
    #[serde(rename = "ooxml.sheet")]
    Sheet,
    /// PresentationML package.
    #[serde(rename = "ooxml.slides")]
    Slides,
    /// OpenDocument text (ISO/IEC 26300).
    #[serde(rename = "odf.text")]
    OdfText,
    /// OpenDocument spreadsheet.
    #[serde(rename = "odf.sheet")]
    OdfSheet,
    /// OpenDocument presentation.
    #[serde(rename = "odf.slides")]
    OdfSlides,
    /// OpenDocument drawing.
    #[serde(rename = "odf.drawing")]
    OdfDrawing,
    /// Word 97–2003 ([MS-DOC]), and Word 6 and 95.
    #[serde(rename = "doc")]
    Doc,
    /// Excel 97–2003 ([MS-XLS]), and Excel 5 and 95.
    #[serde(rename = "xls")]
    Xls,
    /// Excel's binary workbook ([MS-XLSB]).
    #[serde(rename = "xlsb")]
    Xlsb,
    /// PowerPoint 97–2003 ([MS-PPT]).
    #[serde(rename = "ppt")]
    Ppt,
    /// Rich Text Format (Microsoft, 1.9.1).
    #[serde(rename = "rtf")]
    Rtf,
    /// ISO 32000.
    #[serde(rename = "pdf")]
    Pdf,
    /// JPEG.
    #[serde(rename = "jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "png")]
    Png,
    /// GIF.
    #[serde(rename = "gif")]
    Gif,
    /// BMP.
    #[serde(rename = "bmp")]
    Bmp,
    /// TIFF (faxes and scans: one or several pages).
    #[serde(rename = "tiff")]
    Tiff,
    /// WebP.
    #[serde(rename = "webp")]
    Webp,
    /// JPEG 2000.
    #[serde(rename = "jp2")]
    Jp2,
    /// Windows metafile ([MS-WMF]).
    #[serde(rename = "wmf")]
    Wmf,
    /// Enhanced metafile ([MS-EMF]).
    #[serde(rename = "emf")]
    Emf,
    /// SVG.
    #[serde(rename = "svg")]
    Svg,
    /// Plain text.
    #[serde(rename = "text")]
    Text,
    /// Comma or tab separated values (text whose claimed name says so).
    #[serde(rename = "csv")]
    Csv,
    /// JSON (RFC 8259; text whose claimed name says so).
    #[serde(rename = "json")]
    Json,
    /// iCalendar (RFC 5545).
    #[serde(rename = "calendar")]
    Calendar,
    /// vCard (RFC 2426, RFC 6350).
    #[serde(rename = "contact")]
    Contact,
    /// HTML.
    #[serde(rename = "html")]
    Html,
    /// A container or document whose content is encrypted.
    #[serde(rename = "encrypted")]
    Encrypted,
    /// Programs, scripts, shortcuts, disk images, installers, help files.
    #[serde(rename = "executable")]
    Executable,
    /// Known, but not treated by this version (7z …).
    #[serde(rename = "unsupported")]
    Unsupported,
    /// Not recognised.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Kind {
    /// The name in records and `[[mail.treat]]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Zip => "zip",
            Self::Word => "ooxml.word",
            Self::Sheet => "ooxml.sheet",
            Self::Slides => "ooxml.slides",
            Self::OdfText => "odf.text",
            Self::OdfSheet => "odf.sheet",
            Self::OdfSlides => "odf.slides",
            Self::OdfDrawing => "odf.drawing",
            Self::Doc => "doc",
            Self::Xls => "xls",
            Self::Xlsb => "xlsb",
            Self::Ppt => "ppt",
            Self::Rtf => "rtf",
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Webp => "webp",
            Self::Jp2 => "jp2",
            Self::Wmf => "wmf",
            Self::Emf => "emf",
            Self::Svg => "svg",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Calendar => "calendar",
            Self::Contact => "contact",
            Self::Html => "html",
            Self::Encrypted => "encrypted",
            Self::Executable => "executable",
            Self::Unsupported => "unsupported",
            Self::Unknown => "unknown",
        }
    }

    /// Every kind, in the order above.
    pub const ALL: [Self; 35] = [
        Self::Message,
        Self::Zip,
        Self::Word,
        Self::Sheet,
        Self::Slides,
        Self::OdfText,
        Self::OdfSheet,
        Self::OdfSlides,
        Self::OdfDrawing,
        Self::Doc,
        Self::Xls,
        Self::Xlsb,
        Self::Ppt,
        Self::Rtf,
        Self::Pdf,
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Webp,
        Self::Jp2,
        Self::Wmf,
        Self::Emf,
        Self::Svg,
        Self::Text,
        Self::Csv,
        Self::Json,
        Self::Calendar,
        Self::Contact,
        Self::Html,
        Self::Encrypted,
        Self::Executable,
        Self::Unsupported,
        Self::Unknown,
    ];

    /// Our own extension for an output of this kind; `None` where we never
    /// write one.
    #[must_use]
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::Message => Some("eml"),
            Self::Zip => Some("zip"),
            Self::Word => Some("docx"),
            Self::Sheet => Some("xlsx"),
            Self::Slides => Some("pptx"),
            Self::OdfText => Some("odt"),
            Self::OdfSheet => Some("ods"),
            Self::OdfSlides => Some("odp"),
            Self::OdfDrawing => Some("odg"),
            Self::Rtf => Some("rtf"),
            Self::Pdf => Some("pdf"),
            Self::Jpeg => Some("jpg"),
            Self::Png => Some("png"),
            Self::Text => Some("txt"),
            Self::Csv => Some("csv"),
            Self::Json => Some("json"),
            Self::Calendar => Some("ics"),
            Self::Contact => Some("vcf"),
            Self::Html => Some("html"),
            Self::Gif
            | Self::Bmp
            | Self::Tiff
            | Self::Webp
            | Self::Jp2
            | Self::Wmf
            | Self::Emf
            | Self::Svg => None,
            Self::Doc | Self::Xls | Self::Xlsb | Self::Ppt => None,
            Self::Encrypted | Self::Executable | Self::Unsupported | Self::Unknown => None,
        }
    }

    /// Media type of an output of this kind (RFC 2045), for the new mail.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Message => "message/rfc822",
            Self::Zip => "application/zip",
            Self::Word => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Sheet => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Slides => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::OdfText => "application/vnd.oasis.opendocument.text",
            Self::OdfSheet => "application/vnd.oasis.opendocument.spreadsheet",
            Self::OdfSlides => "application/vnd.oasis.opendocument.presentation",
            Self::OdfDrawing => "application/vnd.oasis.opendocument.graphics",
            Self::Rtf => "application/rtf",
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::Calendar => "text/calendar",
            Self::Contact => "text/vcard",
            Self::Html => "text/html",
            Self::Doc
            | Self::Xls
            | Self::Xlsb
            | Self::Ppt
            | Self::Gif
            | Self::Bmp
            | Self::Tiff
            | Self::Webp
            | Self::Jp2
            | Self::Wmf
            | Self::Emf
            | Self::Svg
            | Self::Encrypted
            | Self::Executable
            | Self::Unsupported
            | Self::Unknown => "application/octet-stream",
        }
    }

    /// Who knows what to do with it. The one place where a new kind joins a
    /// family; what is done with families is decided where they are matched.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Message | Self::Zip => Family::Container,
            Self::Word | Self::Sheet | Self::Slides | Self::Xlsb => Family::Office,
            Self::OdfText | Self::OdfSheet | Self::OdfSlides | Self::OdfDrawing => {
                Family::OpenDocument
            }
            Self::Doc | Self::Xls | Self::Ppt => Family::Ole,
            Self::Rtf => Family::Rtf,
            Self::Pdf => Family::Pdf,
            Self::Jpeg
            | Self::Png
            | Self::Gif
            | Self::Bmp
            | Self::Tiff
            | Self::Webp
            | Self::Jp2
            | Self::Wmf
            | Self::Emf
            | Self::Svg => Family::Picture,
            Self::Text | Self::Csv | Self::Json | Self::Calendar | Self::Contact => Family::Text,
            Self::Html => Family::Page,
            Self::Encrypted => Family::Never(Refusal::Encrypted),
            Self::Executable => Family::Never(Refusal::Forbidden),
            Self::Unsupported | Self::Unknown => Family::Never(Refusal::Unsupported),
        }
    }

    /// Containers are split, their members treated, and joined anew.
    #[must_use]
    pub fn is_container(self) -> bool {
        self.family() == Family::Container
    }
}

/// Kinds that share a treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Split, and joined anew.
    Container,
    /// Office Open XML.
    Office,
    /// OpenDocument.
    OpenDocument,
    /// Word, Excel, PowerPoint 97–2003: compound files.
    Ole,
    /// Rich Text Format.
    Rtf,
    /// Pages.
    Pdf,
    /// What becomes pixels, whatever it came as.
    Picture,
    /// Lines of characters.
    Text,
    /// HTML.
    Page,
    /// Nothing comes out of it, and why.
    Never(Refusal),
}

/// What is done to an artifact. Deliberately no `Pass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// Written anew from what was understood; stays editable.
    Rebuild,
    /// Pages as images in a fresh PDF.
    Flatten,
    /// UTF-8 text.
    Text,
    /// Kept back; a notice takes its place.
    Withhold,
}

impl Treatment {
    /// The kind that results; `None` where this treatment is not offered for
    /// `kind` (the caller withholds as `unsupported`). The parent fixes the
    /// verifier's kind by this table, never by what a worker says.
    #[must_use]
    pub fn output_kind(self, kind: Kind) -> Option<Kind> {
        match (self, kind) {
            (Self::Rebuild, Kind::Message | Kind::Zip) => Some(kind),
            (Self::Rebuild, Kind::Word | Kind::Sheet | Kind::Slides) => Some(kind),
            (
                Self::Rebuild,
                Kind::OdfText | Kind::OdfSheet | Kind::OdfSlides | Kind::OdfDrawing,
            ) => Some(kind),
            (Self::Rebuild, Kind::Rtf) => Some(Kind::Rtf),
            (Self::Rebuild, Kind::Html) => Some(Kind::Html),
            (Self::Rebuild, Kind::Jpeg) => Some(Kind::Jpeg),
            (
                Self::Rebuild,
                Kind::Png | Kind::Gif | Kind::Bmp | Kind::Tiff | Kind::Webp | Kind::Jp2,
            ) => Some(Kind::Png),
            (
                Self::Rebuild,
                Kind::Text | Kind::Csv | Kind::Json | Kind::Calendar | Kind::Contact,
            ) => Some(kind),
            (Self::Rebuild, Kind::Pdf) => Some(Kind::Pdf),
            // Through the office stage: the modern form.
            (Self::Rebuild, Kind::Doc) => Some(Kind::Word),
            (Self::Rebuild, Kind::Xls | Kind::Xlsb) => Some(Kind::Sheet),
            (Self::Rebuild, Kind::Ppt) => Some(Kind::Slides),
            (Self::Flatten, Kind::Pdf | Kind::Tiff) => Some(Kind::Pdf),
            // Through the office stage.
            (
                Self::Flatten,
                Kind::Word
                | Kind::Sheet
                | Kind::Slides
                | Kind::Rtf
                | Kind::OdfText
                | Kind::OdfSheet
                | Kind::OdfSlides
                | Kind::OdfDrawing
                | Kind::Doc
                | Kind::Xls
                | Kind::Xlsb
                | Kind::Ppt,
            ) => Some(Kind::Pdf),
            (Self::Flatten, Kind::Svg | Kind::Wmf | Kind::Emf) => Some(Kind::Png),
            (
                Self::Text,
                Kind::Text | Kind::Csv | Kind::Json | Kind::Calendar | Kind::Contact | Kind::Html,
            ) => Some(Kind::Text),
            (Self::Text, Kind::Word | Kind::Sheet | Kind::Slides | Kind::Pdf) => Some(Kind::Text),
            (Self::Text, Kind::Doc | Kind::Ppt | Kind::Rtf) => Some(Kind::Text),
            (Self::Text, Kind::OdfText | Kind::OdfSlides | Kind::OdfDrawing) => Some(Kind::Text),
            // All sheets in one: what comes out is fixed before anybody has
            // looked how many there are.
            (Self::Text, Kind::Xls | Kind::Xlsb | Kind::OdfSheet) => Some(Kind::Csv),
            (
                Self::Rebuild,
                Kind::Svg
                | Kind::Wmf
                | Kind::Emf
                | Kind::Encrypted
                | Kind::Executable
                | Kind::Unsupported
                | Kind::Unknown,
            ) => None,
            (
                Self::Flatten,
                Kind::Message
                | Kind::Zip
                | Kind::Jpeg
                | Kind::Png
                | Kind::Gif
                | Kind::Bmp
                | Kind::Webp
                | Kind::Jp2
                | Kind::Text
                | Kind::Csv
                | Kind::Json
                | Kind::Calendar
                | Kind::Contact
                | Kind::Html
                | Kind::Encrypted
                | Kind::Executable
                | Kind::Unsupported
                | Kind::Unknown,
            ) => None,
            (
                Self::Text,
                Kind::Message
                | Kind::Zip
                | Kind::Jpeg
                | Kind::Png
                | Kind::Gif
                | Kind::Bmp
                | Kind::Tiff
                | Kind::Webp
                | Kind::Jp2
                | Kind::Wmf
                | Kind::Emf
                | Kind::Svg
                | Kind::Encrypted
                | Kind::Executable
                | Kind::Unsupported
                | Kind::Unknown,
            ) => None,
            // Over treatments and kinds alike: nothing comes out of it.
            (Self::Withhold, _) => None,
        }
    }

    /// The default tier of `kind` (treatments.md).
    #[must_use]
    pub fn default_for(kind: Kind) -> Self {
        match kind {
            Kind::Message | Kind::Zip => Self::Rebuild,
            Kind::Word | Kind::Sheet | Kind::Slides | Kind::Rtf => Self::Rebuild,
            Kind::OdfText | Kind::OdfSheet | Kind::OdfSlides | Kind::OdfDrawing => Self::Rebuild,
            Kind::Jpeg | Kind::Png | Kind::Gif | Kind::Bmp | Kind::Webp | Kind::Jp2 => {
                Self::Rebuild
            }
            Kind::Text | Kind::Csv | Kind::Json | Kind::Calendar | Kind::Contact => Self::Rebuild,
            Kind::Pdf | Kind::Tiff | Kind::Svg | Kind::Wmf | Kind::Emf => Self::Flatten,
            Kind::Html | Kind::Doc | Kind::Xls | Kind::Xlsb | Kind::Ppt => Self::Text,
            Kind::Encrypted | Kind::Executable | Kind::Unsupported | Kind::Unknown => {
                Self::Withhold
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_treatment_has_an_output_or_withholds() {
        for kind in Kind::ALL {
            let treatment = Treatment::default_for(kind);
            assert_eq!(
                treatment.output_kind(kind).is_none(),
                treatment == Treatment::Withhold,
                "{kind:?}"
            );
            if let Some(output) = treatment.output_kind(kind) {
                assert!(output.extension().is_some(), "{kind:?}");
            }
        }
    }
}
