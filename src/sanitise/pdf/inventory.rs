//! Counts what a PDF carried besides its looks, for the report. Best effort:
//! nothing found or missed here changes what crosses, because the pages are
//! drawn and no object is copied.

use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, String as Words};

use super::{encodings, field};
use crate::sanitise::{Refusal, Report, What};

/// Objects looked at, indirect and direct.
const MOST_OBJECTS: usize = 200_000;
/// Direct nesting looked into.
const DEEPEST: usize = 32;

/// `OverBudget` for a font that hayro would spread over the worker's memory.
pub(super) fn report(bytes: &[u8], source: &Source, report: &mut Report) -> Result<(), Refusal> {
    frame(bytes, report);
    let metadata = source.metadata();
    if *metadata != hayro::hayro_syntax::metadata::Metadata::default() {
        report.removed(What::Metadata, "Info");
    }
    let mut walk = Walk {
        report,
        left: MOST_OBJECTS,
        spreads: false,
    };
    for object in source.objects() {
        if walk.left == 0 {
            break;
        }
        walk.object(object, 0);
    }
    if walk.spreads {
        Err(Refusal::OverBudget)
    } else {
        Ok(())
    }
}

/// What stands around and after the first section of the file.
fn frame(bytes: &[u8], report: &mut Report) {
    if !bytes.starts_with(b"%PDF-") {
        report.removed(What::TrailingData, "before the header");
    }
    let ends: Vec<usize> = positions(bytes, b"%%EOF");
    let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    // A linearised file (ISO 32000-1 annex F) has two ends by design.
    let expected = if positions(head, b"/Linearized").is_empty() {
        1
    } else {
        2
    };
    for _ in expected..ends.len() {
        report.removed(What::IncrementalUpdate, "");
    }
    let after = match ends.last() {
        Some(last) => bytes.get(last + 5..).unwrap_or_default(),
        None => bytes,
    };
    // Whoever reads on must know that pages or words may be missing: what is left of a
    // file is repaired and drawn like a whole one.
    if !positions(after, b" obj").is_empty() && positions(after, b"startxref").is_empty() {
        report.removed(What::CutOff, "");
    } else if !ends.is_empty()
        && after
            .iter()
            .any(|byte| !byte.is_ascii_whitespace() && *byte != 0)
    {
        report.removed(What::TrailingData, "after the end");
    }
}

fn positions(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle)
        .map(|(at, _)| at)
        .take(10_000)
        .collect()
}

struct Walk<'r> {
    report: &'r mut Report,
    left: usize,
    /// Widths of more characters than any font has.
    spreads: bool,
}

impl Walk<'_> {
    fn object(&mut self, object: Object<'_>, depth: usize) {
        if depth > DEEPEST || self.left == 0 {
            return;
        }
        self.left -= 1;
        match object {
            Object::Dict(dict) => self.dict(&dict, depth),
            Object::Stream(stream) => self.dict(stream.dict(), depth),
            Object::Array(array) => self.array(&array, depth),
            Object::Null(_)
            | Object::Boolean(_)
            | Object::Number(_)
            | Object::String(_)
            | Object::Name(_) => {}
        }
    }

    fn array(&mut self, array: &Array<'_>, depth: usize) {
        for item in array.raw_iter() {
            if let MaybeRef::NotRef(object) = item {
                self.object(object, depth + 1);
            }
        }
    }

    fn dict(&mut self, dict: &Dict<'_>, depth: usize) {
        self.keys(dict);
        self.names(dict);
        self.note(dict);
        self.font(dict);
        self.spreads |= ["W", "W2"].iter().any(|key| spreads(dict, key));
        for (_, value) in dict.entries() {
            if let MaybeRef::NotRef(object) = value {
                self.object(object, depth + 1);
            }
        }
    }

    /// What is active by the key that leads to it.
    fn keys(&mut self, dict: &Dict<'_>) {
        for (key, what) in [
            ("JS", What::Javascript),
            ("OpenAction", What::Action),
            ("AA", What::Action),
            ("EF", What::EmbeddedFile),
            ("XFA", What::Xfa),
            ("OCProperties", What::OptionalContent),
            ("AcroForm", What::Form),
        ] {
            if dict.contains_key(key) {
                self.report.removed(what, key);
            }
        }
    }

    /// A note whose words nobody sees on the page, or that has no looks to draw.
    fn note(&mut self, dict: &Dict<'_>) {
        let kind = dict.get::<Name<'_>>("Subtype");
        let Some(kind) = kind.filter(|kind| NOTES.contains(&kind.as_str())) else {
            return;
        };
        let silent =
            (dict.get::<Words<'_>>("Contents")).is_none_or(|words| words.as_bytes().is_empty());
        if dict.contains_key("Rect") && !(silent && field::has_looks(dict)) {
            self.report.removed(What::Comment, kind.as_str());
        }
    }

    /// An embedded font in an encoding that is told by another: its own forms
    /// of some signs are not found in it.
    fn font(&mut self, dict: &Dict<'_>) {
        let encoding = dict.get::<Name<'_>>("Encoding");
        if !encoding.is_some_and(|name| encodings::is_like_another(name.as_str())) {
            return;
        }
        let below = dict.get::<Array<'_>>("DescendantFonts");
        let below = below.and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let below = below.and_then(|font| font.get::<Dict<'_>>("FontDescriptor"));
        let programs = ["FontFile", "FontFile2", "FontFile3"];
        if below.is_some_and(|font| programs.iter().any(|key| font.contains_key(key))) {
            self.report.removed(What::UnknownPart, "font");
        }
    }

    /// What is active by its own type, subtype or action.
    fn names(&mut self, dict: &Dict<'_>) {
        for key in ["Type", "Subtype", "S", "FT"] {
            let Some(name) = dict.get::<Name<'_>>(key) else {
                continue;
            };
            for (value, of, what) in KNOWN {
                if name.as_str() == *value && of.contains(&key) {
                    self.report.removed(*what, value);
                }
            }
        }
    }
}

/// Whether a list of widths (ISO 32000-1, 9.7.4.3) has a number that is neither a
/// character nor a width: hayro notes each of a range one by one.
fn spreads(dict: &Dict<'_>, key: &str) -> bool {
    const LARGEST: f64 = 100_000.0;
    dict.get::<Array<'_>>(key).is_some_and(|widths| {
        widths.raw_iter().any(|item| {
            matches!(item, MaybeRef::NotRef(Object::Number(number)) if number.as_f64() > LARGEST)
        })
    })
}

/// Markings and notes (ISO 32000-1 table 169) but for words on the page itself.
const NOTES: &[&str] = &[
    "Text",
    "Highlight",
    "Underline",
    "Squiggly",
    "StrikeOut",
    "Ink",
    "Stamp",
    "Line",
    "Square",
    "Circle",
    "Polygon",
    "PolyLine",
    "Caret",
];

const KNOWN: &[(&str, &[&str], What)] = &[
    ("Launch", &["S"], What::Action),
    ("Hide", &["S"], What::Action),
    ("SetOCGState", &["S"], What::Action),
    ("SubmitForm", &["S"], What::FormSubmit),
    ("ImportData", &["S"], What::FormSubmit),
    ("ResetForm", &["S"], What::FormSubmit),
    ("URI", &["S"], What::Link),
    ("GoToR", &["S"], What::Link),
    ("GoToE", &["S"], What::Link),
    ("Thread", &["S"], What::Link),
    ("Rendition", &["S"], What::RichMedia),
    ("Movie", &["S", "Subtype"], What::RichMedia),
    ("Sound", &["S", "Subtype"], What::RichMedia),
    ("RichMedia", &["Subtype"], What::RichMedia),
    ("Screen", &["Subtype"], What::RichMedia),
    ("3D", &["Subtype"], What::RichMedia),
    ("EmbeddedFile", &["Type"], What::EmbeddedFile),
    ("Metadata", &["Type"], What::Metadata),
    ("Sig", &["Type"], What::Signature),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Vec<What> {
        let mut report = Report::default();
        frame(bytes, &mut report);
        report.removed.iter().map(|line| line.what).collect()
    }

    /// What is left of a file is repaired and drawn; its reader must know.
    #[test]
    fn a_file_that_ends_before_its_end_is_said_to() {
        let whole: &[u8] =
            b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n";
        let updated = [whole, b"2 0 obj\n<<>>\nendobj\nxref\nstartxref\n9\n%%EOF\n"].concat();
        assert_eq!(found(whole), []);
        assert_eq!(found(&updated), [What::IncrementalUpdate]);
        assert_eq!(found(&whole[..30]), [What::CutOff]);
        assert_eq!(found(&updated[..whole.len() + 12]), [What::CutOff]);
        // Without its last word alone it is whole, and data behind it is no file.
        assert_eq!(found(&whole[..whole.len() - 6]), []);
        assert_eq!(found(&[whole, b"PK"].concat()), [What::TrailingData]);
    }
}
