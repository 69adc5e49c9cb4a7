//! What needs LibreOffice: pages of an office document, and the modern form of
//! one that we only read (of 97–2003, or Excel's binary workbook).
//!
//! ```text
//! words (ours) --> the inventory, the yardstick, and what stands in
//! cleaned by us, where we can --> office stage --> a stranger's file --> treated and verified
//!                                      | not installed, lost, empty
//!                                      +--> the words, and why
//! ```
//!
//! Text is the stricter tier, so nothing opens by failing. A document whose
//! words we cannot read never reaches LibreOffice at all.

use std::time::Instant;

use super::{Done, Treater};
use crate::policy::Limits;
use crate::sandbox::{Clean, Untrusted, office};
use crate::sanitise::protocol::Beside;
use crate::sanitise::stage::{Conversion, holds_words};
use crate::sanitise::{Kind, Refusal, Removed, Treatment, What};

/// What goes into the stage, and what is asked for there.
struct Ready {
    /// Written anew by us; `None` where the document goes in as it came.
    cleaned: Option<Untrusted>,
    conversion: Conversion,
    removed: Vec<Removed>,
}

/// What came out of the stage and was treated, and what it was treated from.
struct Staged {
    clean: Clean,
    file: Untrusted,
    removed: Vec<Removed>,
}

impl Treater<'_> {
    pub(super) fn through_office(
        &self,
        conversion: Conversion,
        (kind, treatment): (Kind, Treatment),
        bytes: &Untrusted,
    ) -> Done {
        let words = match self.of_kind(bytes, kind, Treatment::Text) {
            Ok(words) => words,
            Err(refusal) => return Done::refused(refusal),
        };
        match self.staged(conversion, (kind, treatment), bytes, &words) {
            Ok(Staged {
                clean,
                file,
                removed,
            }) => {
                let done = self.with_codes(clean, conversion.to(), treatment, &file);
                Done {
                    staged: true,
                    removed: together(removed, done.removed),
                    ..done
                }
            }
            Err(refusal) => {
                let removed = words.report().removed.clone();
                Done {
                    refusal: Some(refusal),
                    staged: refusal != Refusal::NotInstalled,
                    ..Done::of(words, removed)
                }
            }
        }
    }

    fn staged(
        &self,
        conversion: Conversion,
        (kind, treatment): (Kind, Treatment),
        bytes: &Untrusted,
        words: &Clean,
    ) -> Result<Staged, Refusal> {
        let ready = self.ready(conversion, (kind, treatment), bytes, words)?;
        let file = self.converted(ready.cleaned.as_ref().unwrap_or(bytes), ready.conversion)?;
        let clean = self.of_kind(&file, conversion.to(), treatment)?;
        // LibreOffice calls an empty page a success.
        let said = match self.of_kind(&file, conversion.to(), Treatment::Text) {
            Ok(said) => text_of(&said),
            // Pages without a word.
            Err(Refusal::Unsupported) => String::new(),
            Err(refusal) => return Err(refusal),
        };
        if holds_words(&yardstick(&text_of(words), treatment), &said) {
            Ok(Staged {
                clean,
                file,
                removed: ready.removed,
            })
        } else {
            Err(Refusal::Malformed)
        }
    }

    /// Clean, wherever it can be: what we write anew goes in rebuilt, with the
    /// comments and changes that the site wants. What we only read goes in as it
    /// came; where its pages must not show some of it, its modern form is cleaned
    /// and goes in once more.
    fn ready(
        &self,
        conversion: Conversion,
        (kind, treatment): (Kind, Treatment),
        bytes: &Untrusted,
        words: &Clean,
    ) -> Result<Ready, Refusal> {
        if !self.sandbox.has_office() {
            return Err(Refusal::NotInstalled);
        }
        if conversion.is_cleaned_first() {
            let cleaned = self.of_kind(bytes, kind, Treatment::Rebuild)?;
            return Ok(Ready {
                cleaned: Some(self.as_input(&cleaned)?),
                conversion,
                removed: cleaned.report().removed.clone(),
            });
        }
        let removed = of_any_tier(&words.report().removed);
        if removed.iter().any(|line| line.what == What::XlmMacro) {
            // LibreOffice makes plain sheets of macro sheets, and we could not
            // tell them from the others any more.
            return Err(Refusal::Unsupported);
        }
        let wish = self.plan.wish();
        let shows_all = !wish.without_comments && !wish.changes_accepted;
        if treatment != Treatment::Flatten || shows_all {
            return Ok(Ready {
                cleaned: None,
                conversion,
                removed,
            });
        }
        let modern = Conversion::of(kind, Treatment::Rebuild).ok_or(Refusal::Unsupported)?;
        let file = self.converted(bytes, modern)?;
        let cleaned = self.of_kind(&file, modern.to(), Treatment::Rebuild)?;
        let pages = Conversion::of(modern.to(), treatment).ok_or(Refusal::Unsupported)?;
        Ok(Ready {
            cleaned: Some(self.as_input(&cleaned)?),
            conversion: pages,
            removed: together(removed, cleaned.report().removed.clone()),
        })
    }

    /// Treated as any document of its kind is, with what the site wants of it.
    fn of_kind(
        &self,
        bytes: &Untrusted,
        kind: Kind,
        treatment: Treatment,
    ) -> Result<Clean, Refusal> {
        let beside = Beside {
            wish: self.plan.wish(),
            ..Beside::default()
        };
        self.sandbox
            .treat(bytes, (kind, treatment), beside, self.limits)
    }

    /// One start of LibreOffice, within what the mail has left of its budget.
    fn converted(&self, input: &Untrusted, conversion: Conversion) -> Result<Untrusted, Refusal> {
        let converted = self.sandbox.convert(input, conversion, &self.left()?)?;
        self.spend(converted.file.length())?;
        Ok(converted.file)
    }

    fn as_input(&self, cleaned: &Clean) -> Result<Untrusted, Refusal> {
        Untrusted::copy_from(&mut cleaned.bytes(), self.limits.expanded_bytes)
            .map_err(|_| Refusal::OverBudget)
    }

    /// What the record says of the walls.
    pub(super) fn confinement(&self, staged: bool) -> String {
        let workers = self.sandbox.confinement();
        if staged {
            format!("{workers}; {}", office::CONFINEMENT)
        } else {
            workers.to_owned()
        }
    }

    /// The limits of one start: no longer than the mail has left.
    fn left(&self) -> Result<Limits, Refusal> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
        if seconds == 0 {
            return Err(Refusal::OverBudget);
        }
        Ok(Limits {
            file_seconds: self.limits.file_seconds.min(seconds),
            ..self.limits.clone()
        })
    }
}

fn text_of(clean: &Clean) -> String {
    String::from_utf8_lossy(clean.bytes()).into_owned()
}

/// What the result has to say: the words without the lines in which our own text
/// tier says where it is, and, of pages, without notes and what is hidden.
fn yardstick(words: &str, treatment: Treatment) -> String {
    let mut shown = true;
    let mut expected = Vec::new();
    for line in words.lines() {
        // As CSV has it: behind the mark of its beginning, in quotes.
        let line = line.trim_start_matches('\u{feff}').trim_matches('"').trim();
        if line.starts_with(['[', '（']) && line.ends_with([']', '）']) {
            let unseen = line.starts_with("（ノート") || line.contains("（非表示");
            shown = treatment != Treatment::Flatten || !unseen;
        } else if shown {
            expected.push(line);
        }
    }
    expected.join("\n")
}

/// What a document that we only read had in it that no tier keeps. What only words
/// leave out may well be in pages and in a modern document.
fn of_any_tier(removed: &[Removed]) -> Vec<Removed> {
    let kept_elsewhere = [
        What::FormulaPrefix,
        What::HiddenContent,
        What::Revision,
        What::Comment,
        What::Link,
    ];
    removed
        .iter()
        .filter(|line| !kept_elsewhere.contains(&line.what))
        .cloned()
        .collect()
}

/// What the document had, then what else LibreOffice's file had. Its own notes
/// about itself, and how it wants its pages shown (`OpenAction`), were nobody's.
fn together(mut removed: Vec<Removed>, of_result: Vec<Removed>) -> Vec<Removed> {
    for line in of_result {
        let known = removed.iter().any(|known| known.what == line.what);
        let own = matches!(line.what, What::Metadata | What::Action);
        if !known && !own {
            removed.push(line);
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(what: What, count: u32) -> Removed {
        Removed {
            what,
            untrusted_where: String::new(),
            count,
        }
    }

    #[test]
    fn our_own_marks_are_not_expected_and_on_pages_no_notes_nor_what_is_hidden() {
        let words = "[スライド 1 / slide]\n甲\n（ノート / notes）\n乙\n[スライド 2 / slide]\n丙";
        assert_eq!(yardstick(words, Treatment::Rebuild), "甲\n乙\n丙");
        assert_eq!(yardstick(words, Treatment::Flatten), "甲\n丙");
        let cells =
            "\u{feff}\"[一,二]\"\n甲\n\n[裏]（非表示シート / hidden sheet）\n乙\n\n[表]\n丙";
        assert_eq!(yardstick(cells, Treatment::Flatten), "甲\n\n丙");
        let boxes = "（図形・コメントの文字 / text in boxes and notes）\n甲";
        assert_eq!(
            yardstick(boxes, Treatment::Flatten),
            "甲",
            "shapes are shown"
        );
    }

    #[test]
    fn the_report_tells_of_the_document_and_not_of_libreoffice() {
        let of_document = of_any_tier(&[line(What::VbaProject, 1), line(What::Revision, 3)]);
        let of_result = vec![
            line(What::VbaProject, 9),
            line(What::Metadata, 1),
            line(What::QrCode, 1),
        ];
        assert_eq!(
            together(of_document, of_result),
            [line(What::VbaProject, 1), line(What::QrCode, 1)]
        );
    }
}
