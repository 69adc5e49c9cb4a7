//! What the office stage (LibreOffice, where it is installed) is asked for:
//! pages of an office document, or the modern form of one that we only read (of
//! 97–2003, or Excel's binary workbook). Pure; the stage itself is
//! `sandbox::office`.
//!
//! The kind on either side is fixed here, before anything is opened: LibreOffice
//! is told with which filter to read and to write, and never guesses.

use serde::{Deserialize, Serialize};

use super::{Kind, Treatment};

/// Which of LibreOffice's programs knows a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Writer,
    Calc,
    Impress,
    Draw,
}

/// A kind as LibreOffice reads or writes it: its program, extension and filter
/// (LibreOffice help, "File Conversion Filter Names").
type Filter = (Kind, Program, &'static str, &'static str);

/// What is read. A new kind of document joins the stage by its line here, and
/// in [`Treatment::output_kind`].
const READ: &[Filter] = &[
    (Kind::Word, Program::Writer, "docx", "MS Word 2007 XML"),
    (Kind::Sheet, Program::Calc, "xlsx", "Calc MS Excel 2007 XML"),
    (
        Kind::Slides,
        Program::Impress,
        "pptx",
        "Impress MS PowerPoint 2007 XML",
    ),
    (Kind::Rtf, Program::Writer, "rtf", "Rich Text Format"),
    (Kind::OdfText, Program::Writer, "odt", "writer8"),
    (Kind::OdfSheet, Program::Calc, "ods", "calc8"),
    (Kind::OdfSlides, Program::Impress, "odp", "impress8"),
    (Kind::OdfDrawing, Program::Draw, "odg", "draw8"),
    (Kind::Doc, Program::Writer, "doc", "MS Word 97"),
    (Kind::Xls, Program::Calc, "xls", "MS Excel 97"),
    (
        Kind::Xlsb,
        Program::Calc,
        "xlsb",
        "Calc MS Excel 2007 Binary",
    ),
    (Kind::Ppt, Program::Impress, "ppt", "MS PowerPoint 97"),
];

/// What is written.
const WRITTEN: &[Filter] = &[
    (Kind::Pdf, Program::Writer, "pdf", "writer_pdf_Export"),
    (Kind::Pdf, Program::Calc, "pdf", "calc_pdf_Export"),
    (Kind::Pdf, Program::Impress, "pdf", "impress_pdf_Export"),
    (Kind::Pdf, Program::Draw, "pdf", "draw_pdf_Export"),
    (Kind::Word, Program::Writer, "docx", "MS Word 2007 XML"),
    (Kind::Sheet, Program::Calc, "xlsx", "Calc MS Excel 2007 XML"),
    (
        Kind::Slides,
        Program::Impress,
        "pptx",
        "Impress MS PowerPoint 2007 XML",
    ),
];

/// One thing that is asked of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    from: Kind,
    to: Kind,
}

/// How LibreOffice is told: names of files and filters, all of them ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// Extension of the input.
    pub reads: &'static str,
    /// Filter that reads it.
    pub reader: &'static str,
    /// Extension of the result.
    pub writes: &'static str,
    /// Filter that writes it.
    pub writer: &'static str,
}

impl Conversion {
    /// What has to be asked for so that `kind` can be given `treatment`; `None`
    /// where that needs no office program, or does not exist.
    #[must_use]
    pub fn of(kind: Kind, treatment: Treatment) -> Option<Self> {
        let needed = match treatment {
            Treatment::Flatten => true,
            Treatment::Rebuild => !is_written_anew(kind),
            Treatment::Text | Treatment::Withhold => false,
        };
        let known = READ.iter().any(|(known, ..)| *known == kind);
        let to = treatment.output_kind(kind).filter(|_| needed && known)?;
        Some(Self { from: kind, to })
    }

    /// The kind that must come out of it.
    #[must_use]
    pub fn to(self) -> Kind {
        self.to
    }

    /// Whether what goes in is written anew by us first. What we only read
    /// cannot be: it goes in as it came.
    #[must_use]
    pub fn is_cleaned_first(self) -> bool {
        is_written_anew(self.from)
    }

    /// `None` for a pair that nobody plans.
    #[must_use]
    pub fn wording(self) -> Option<Wording> {
        let (_, program, reads, reader) = READ.iter().find(|(kind, ..)| *kind == self.from)?;
        let (_, _, writes, writer) = WRITTEN
            .iter()
            .find(|(kind, writes, ..)| *kind == self.to && writes == program)?;
        Some(Wording {
            reads,
            reader,
            writes,
            writer,
        })
    }
}

/// Whether we write documents of this kind. Those of 97–2003, and Excel's binary
/// workbook, we only read.
fn is_written_anew(kind: Kind) -> bool {
    Treatment::Rebuild.output_kind(kind) == Some(kind)
}

/// Share of the letters of a document that have to stand in what became of it.
const EXPECTED: (usize, usize) = (1, 2);

/// Whether `found` says what `expected` says, as far as a program that calls
/// every failure a success has to be asked: of the different letters and digits
/// at least half are there. An empty page has none of them; a sheet whose
/// columns are too narrow, or whose hidden neighbour is not printed, has most.
#[must_use]
pub fn holds_words(expected: &str, found: &str) -> bool {
    let letters = |words: &str| -> std::collections::BTreeSet<char> {
        words
            .chars()
            .filter(|sign| sign.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (expected, found) = (letters(expected), letters(found));
    let common = expected.intersection(&found).count();
    common.saturating_mul(EXPECTED.1) >= expected.len().saturating_mul(EXPECTED.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitise::Family;

    #[test]
    fn what_is_planned_can_be_said_and_nothing_else_is() {
        for kind in Kind::ALL {
            for treatment in [Treatment::Rebuild, Treatment::Flatten, Treatment::Text] {
                let Some(conversion) = Conversion::of(kind, treatment) else {
                    continue;
                };
                let wording = conversion.wording().unwrap();
                assert_eq!(conversion.to().extension(), Some(wording.writes));
                let office = matches!(
                    kind.family(),
                    Family::Office | Family::OpenDocument | Family::Rtf | Family::Ole
                );
                assert!(office, "{kind:?}");
            }
        }
        assert_eq!(Conversion::of(Kind::Word, Treatment::Rebuild), None);
        assert_eq!(Conversion::of(Kind::Pdf, Treatment::Flatten), None);
        let crossed = Conversion {
            from: Kind::Xls,
            to: Kind::Word,
        };
        assert_eq!(crossed.wording(), None, "no sheet becomes a letter");
    }

    #[test]
    fn only_what_we_can_write_anew_is_cleaned_first() {
        let first =
            |kind| Conversion::of(kind, Treatment::Flatten).map(Conversion::is_cleaned_first);
        for kind in [Kind::Word, Kind::Sheet, Kind::Slides, Kind::Rtf] {
            assert_eq!(first(kind), Some(true), "{kind:?}");
        }
        for (kind, modern) in [
            (Kind::Doc, Kind::Word),
            (Kind::Xls, Kind::Sheet),
            (Kind::Xlsb, Kind::Sheet),
            (Kind::Ppt, Kind::Slides),
        ] {
            assert_eq!(first(kind), Some(false), "{kind:?}");
            let rebuilt = Conversion::of(kind, Treatment::Rebuild);
            assert_eq!(rebuilt.map(Conversion::to), Some(modern), "{kind:?}");
        }
    }

    #[test]
    fn an_empty_page_does_not_hold_the_words() {
        assert!(holds_words("見積書 12", "２ページ 見積書 12"));
        assert!(holds_words("Quote ABC", "quote abc"));
        assert!(holds_words("", ""), "nothing was expected");
        assert!(holds_words("(─)", ""), "no letters");
        assert!(!holds_words("見積書 12", ""));
        assert!(!holds_words("見積書 12", "####"));
    }
}
