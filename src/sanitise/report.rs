//! What was taken out, as bounded codes and counts. Made in a worker, so
//! hostile until `sandbox::wire` has range-checked it.

use serde::{Deserialize, Serialize};

/// Codes for `removed[].what`; the fixed list of treatments.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the variant's name is its code
pub enum What {
    VbaProject,
    XlmMacro,
    Dde,
    FieldCode,
    OleObject,
    Activex,
    ExternalLink,
    ExternalImage,
    RemoteTemplate,
    DataConnection,
    ActiveFormula,
    CustomUi,
    WebExtension,
    AltChunk,
    EmbeddedFont,
    PrinterSettings,
    CustomXml,
    DigitalSignature,
    HiddenContent,
    Revision,
    Comment,
    Javascript,
    Action,
    EmbeddedFile,
    FormSubmit,
    RichMedia,
    Xfa,
    OptionalContent,
    Script,
    EventHandler,
    StyleUrl,
    Form,
    Frame,
    TrackingPixel,
    Link,
    DeceptiveLink,
    Redirect,
    AttachmentByReference,
    Metadata,
    TrailingData,
    IncrementalUpdate,
    ControlCharacter,
    BidiControl,
    FormulaPrefix,
    UnknownPart,
    DuplicateEntry,
    PathEscape,
    Symlink,
    Executable,
    NameChanged,
    Encrypted,
    Signature,
    QrCode,
    QrCodePainted,
    Drawing,
    CutOff,
}

/// One line of `removed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Code.
    pub what: What,
    /// Place inside the source, at most 200 bytes, escaped by the wire.
    #[serde(rename = "where")]
    pub untrusted_where: String,
    /// How many.
    pub count: u32,
}

/// What a treating worker says besides the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Lines in order of first occurrence, merged by code and place.
    pub removed: Vec<Removed>,
    /// Pages (a picture is one) that may show a QR code: where to look. One more
    /// than are looked at where there are more.
    #[serde(default)]
    pub codes: Vec<u32>,
    /// How many per cent of the characters of the text are in the result; below
    /// 100 where one is missing. `None` where nobody counted.
    #[serde(default)]
    pub closeness: Option<u8>,
    /// The parts of a package in their order, where they were asked for.
    #[serde(default)]
    pub structure: Vec<Piece>,
}

/// One part of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// As the source calls it, escaped by the wire.
    #[serde(rename = "name")]
    pub untrusted_name: String,
    /// What it is, where we read it.
    pub role: Option<String>,
    /// Bytes, expanded.
    pub size: u64,
    /// Whether it is in the result, written anew.
    pub kept: bool,
}

/// The most parts that a report lists.
pub const MOST_PIECES: usize = 2_000;
/// The longest name of a role.
pub const LONGEST_ROLE: usize = 40;

/// The most lines a report carries; later ones add to the last of their code.
pub const MOST_REMOVED: usize = 256;
/// The longest `where`, in bytes.
pub const LONGEST_WHERE: usize = 200;

impl Report {
    /// Notes that `page` may show a QR code.
    pub fn may_hold_code(&mut self, page: u32) {
        if self.codes.len() <= super::codes::MOST_PAGES && !self.codes.contains(&page) {
            self.codes.push(page);
        }
    }

    /// Takes back that so many of `what` were taken out: they stayed after all.
    pub fn kept(&mut self, what: What, mut count: usize) {
        for line in self.removed.iter_mut().filter(|line| line.what == what) {
            let fewer = u32::try_from(count).unwrap_or(u32::MAX).min(line.count);
            line.count -= fewer;
            count -= fewer as usize;
        }
        self.removed.retain(|line| line.count > 0);
    }

    /// Notes that `what` was taken out at `untrusted_where`; equal lines add up.
    pub fn removed(&mut self, what: What, untrusted_where: &str) {
        let place = crate::policy::text::bounded(untrusted_where, LONGEST_WHERE);
        let full = self.removed.len() >= MOST_REMOVED;
        let known = self
            .removed
            .iter_mut()
            .rev()
            .find(|line| line.what == what && (full || line.untrusted_where == place));
        if let Some(line) = known {
            line.count = line.count.saturating_add(1);
        } else if !full {
            self.removed.push(Removed {
                what,
                untrusted_where: place,
                count: 1,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_findings_stays_bounded_and_counted() {
        let mut report = Report::default();
        for n in 0..1_000 {
            report.removed(What::Script, &format!("part{n}"));
        }
        assert_eq!(report.removed.len(), MOST_REMOVED);
        assert_eq!(
            report.removed.iter().map(|line| line.count).sum::<u32>(),
            1_000
        );
    }

    #[test]
    fn more_places_than_are_read_are_known_to_be_more() {
        let mut report = Report::default();
        for page in 1..=100 {
            report.may_hold_code(page);
        }
        assert!(!crate::sanitise::codes::all_found(0, report.codes.len()));
        report.codes.truncate(crate::sanitise::codes::MOST_PAGES);
        assert!(crate::sanitise::codes::all_found(0, report.codes.len()));
    }
}
