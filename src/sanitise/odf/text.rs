//! [`Package`] -> words in reading order: paragraphs as lines, cells between
//! tabs, notes and comments behind the body, headers and footers last.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Write as _;

use super::model::{Family, Node, Open, Package, Role, Tape};
use super::space::Space;
use crate::sanitise::Refusal;
use crate::sanitise::text::Budget;

/// The words of a document.
pub(super) fn words(package: &Package, budget: &Budget) -> Result<String, Refusal> {
    let blanks = Blanks::within(budget);
    let mut flow = Flow::new(&blanks);
    flow.slides = (package.family == Family::Slides).then_some(0);
    let Some(main) = package.documents.first() else {
        return Ok(String::new());
    };
    if let Some(content) = main.part(Role::Content) {
        flow.inside(content, 0, content.len())?;
    }
    let mut out = std::mem::take(&mut flow.out);
    for note in std::mem::take(&mut flow.notes) {
        out.push('\n');
        out.push_str(&note);
    }
    if package.family == Family::Text
        && let Some(styles) = main.part(Role::Styles)
    {
        // Headers and footers stand in the pages that carry them, the same in many.
        let mut known = HashSet::new();
        for (at, open) in styles.opens() {
            if open.space != Space::Style || !is_margin(styles.local(open)) {
                continue;
            }
            flow.inside(styles, at + 1, open.end as usize)?;
            let said = std::mem::take(&mut flow.out);
            if !said.trim().is_empty() && !known.contains(&said) {
                out.push('\n');
                out.push_str(&said);
                known.insert(said);
            }
        }
    }
    Ok(out)
}

fn is_margin(local: &str) -> bool {
    ["header", "footer"].iter().any(|start| {
        local
            .strip_prefix(start)
            .is_some_and(|end| matches!(end, "" | "-left" | "-first"))
    })
}

/// The words of one cell: its paragraphs, without notes.
pub(super) fn of_cell(tape: &Tape, at: usize, blanks: &Blanks<'_>) -> Result<String, Refusal> {
    let mut flow = Flow::new(blanks);
    let end = tape.open(at).map_or(at, |open| open.end as usize);
    flow.inside(tape, at + 1, end)?;
    Ok(flow.out.trim_end_matches('\n').to_owned())
}

/// Blanks that were asked for by number, over all flows: a few bytes of a file
/// stand for a thousand.
pub(super) struct Blanks<'a> {
    budget: &'a Budget,
    said: Cell<usize>,
}

impl<'a> Blanks<'a> {
    pub(super) fn within(budget: &'a Budget) -> Self {
        Self {
            budget,
            said: Cell::new(0),
        }
    }

    fn take(&self, count: usize) -> Result<(), Refusal> {
        self.said.set(self.said.get().saturating_add(count));
        self.budget.fits(self.said.get())
    }
}

struct Flow<'a> {
    out: String,
    /// Notes and comments, in the order of their places.
    notes: Vec<String>,
    /// Of a presentation: slides begun so far.
    slides: Option<u32>,
    blanks: &'a Blanks<'a>,
}

impl<'a> Flow<'a> {
    fn new(blanks: &'a Blanks<'a>) -> Self {
        Self {
            out: String::new(),
            notes: Vec::new(),
            slides: None,
            blanks,
        }
    }

    /// The words between two places of a tape.
    fn inside(&mut self, tape: &Tape, from: usize, to: usize) -> Result<(), Refusal> {
        let mut at = from;
        // Only what stands in a paragraph is said.
        let mut paragraphs = 0_u32;
        let mut closing: Vec<End> = Vec::new();
        while at < to {
            match tape.node(at) {
                Some(Node::Open(open)) => match self.enter(tape, at, open, paragraphs > 0)? {
                    Some(end) => {
                        paragraphs += u32::from(end == End::Paragraph);
                        closing.push(end);
                    }
                    None => at = open.end as usize,
                },
                Some(Node::Close) => match closing.pop() {
                    Some(End::Paragraph) => {
                        paragraphs = paragraphs.saturating_sub(1);
                        self.out.push('\n');
                    }
                    Some(End::Cell) => self.end_of_cell(),
                    Some(End::Row) => self.end_of_row(),
                    Some(End::Nothing) | None => {}
                },
                Some(Node::Text(span)) if paragraphs > 0 => {
                    // White space is laid out anew by readers (6.1.2).
                    for word in tape.get(span).split_inclusive([' ', '\t', '\n']) {
                        let bare = word.trim_end_matches([' ', '\t', '\n']);
                        self.out.push_str(bare);
                        if bare.len() < word.len() && !self.out.ends_with([' ', '\n', '\t']) {
                            self.out.push(' ');
                        }
                    }
                }
                Some(Node::Gone(end)) => at = end as usize,
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// What an element adds at its start, and what at its end; `None` where
    /// nothing of it is said here.
    fn enter(
        &mut self,
        tape: &Tape,
        at: usize,
        open: Open,
        within: bool,
    ) -> Result<Option<End>, Refusal> {
        let local = tape.local(open);
        Ok(match (open.space, local) {
            (Space::Office, "annotation") | (Space::Text, "note") => {
                let mut note = Self::new(self.blanks);
                note.inside(tape, at + 1, open.end as usize)?;
                self.notes.push(note.out);
                self.notes.append(&mut note.notes);
                None
            }
            (Space::Office, "font-face-decls" | "automatic-styles" | "styles")
            | (Space::Text, "tracked-changes" | "ruby-text" | "note-citation" | "sequence-decls")
            | (Space::Table, "tracked-changes" | "content-validations")
            | (Space::Svg | Space::Config | Space::Dc | Space::Meta | Space::Anim, _) => None,
            (Space::Draw, "page") => {
                if let Some(count) = &mut self.slides {
                    *count = count.saturating_add(1);
                    if !self.out.is_empty() {
                        self.out.push('\n');
                    }
                    let _ = writeln!(self.out, "[スライド {count} / slide]");
                }
                Some(End::Nothing)
            }
            (Space::Presentation, "notes") => {
                let mut said = Self::new(self.blanks);
                said.inside(tape, at + 1, open.end as usize)?;
                if !said.out.trim().is_empty() {
                    self.out.push_str("（ノート / notes）\n");
                    self.out.push_str(&said.out);
                }
                self.notes.append(&mut said.notes);
                None
            }
            (Space::Text, "p" | "h") => Some(End::Paragraph),
            (Space::Table, "table-cell" | "covered-table-cell") => Some(End::Cell),
            (Space::Table, "table-row") => Some(End::Row),
            (Space::Text, "s") if within => {
                let count = tape.value(open, Space::Text, "c").unwrap_or("1");
                let count = count.parse().unwrap_or(1).min(MOST_BLANKS);
                self.blanks.take(count)?;
                self.out.extend(std::iter::repeat_n(' ', count));
                Some(End::Nothing)
            }
            (Space::Text, "tab") if within => {
                self.out.push('\t');
                Some(End::Nothing)
            }
            (Space::Text, "line-break") if within => {
                self.out.push('\n');
                Some(End::Nothing)
            }
            _ => Some(End::Nothing),
        })
    }

    /// A cell's paragraphs become one, with a tab behind.
    fn end_of_cell(&mut self) {
        let length = self.out.trim_end_matches('\n').len();
        self.out.truncate(length);
        self.out.push('\t');
    }

    fn end_of_row(&mut self) {
        let length = self.out.trim_end_matches('\t').len();
        self.out.truncate(length);
        self.out.push('\n');
    }
}

/// Most blanks that one element may stand for.
const MOST_BLANKS: usize = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Nothing,
    Paragraph,
    Cell,
    Row,
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::odf::model::{Class, Document, Part};
    use crate::sanitise::office::reading;
    use crate::sanitise::{Context, Fonts};

    const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
        xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
        xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";

    /// The words of a letter with this body and these master pages.
    fn said(body: &str, pages: &str) -> Result<String, Refusal> {
        let content = format!("<office:document-content {NAMES}>{body}</office:document-content>");
        let styles = format!("<office:document-styles {NAMES}>{pages}</office:document-styles>");
        let part = |role, xml| Part {
            role,
            tape: reading::read(xml, usize::MAX, &mut |_, _| {}).unwrap(),
        };
        let package = Package {
            family: Family::Text,
            documents: vec![Document {
                class: Class::Main,
                untrusted_folder: String::new(),
                parts: vec![part(Role::Content, content), part(Role::Styles, styles)],
                pictures: HashMap::new(),
                objects: HashMap::new(),
            }],
            pictures: Vec::new(),
            title: None,
        };
        let (limits, fonts) = (Limits::default(), Fonts::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        words(&package, &Budget::new(0, &context))
    }

    #[test]
    fn blanks_by_number_are_counted_wherever_they_stand() {
        let blanks = "<text:s text:c=\"1000\"/>".repeat(100);
        let paragraph = format!("<text:p>{blanks}</text:p>");
        assert_eq!(said(&paragraph, "").unwrap().len(), 100_001);
        let note = format!(
            "<text:p><text:note><text:note-body>{paragraph}</text:note-body></text:note></text:p>"
        );
        for many in [paragraph.repeat(1_000), note.repeat(1_000)] {
            assert_eq!(said(&many, ""), Err(Refusal::OverBudget));
        }
    }

    #[test]
    fn many_footers_behind_a_long_text_cost_what_they_hold() {
        let body = format!("<text:p>{}</text:p>", "z".repeat(8_000_000));
        let footer =
            |number: usize| format!("<style:footer><text:p>zz{number}</text:p></style:footer>");
        let footers: String = (0..50_000).map(footer).collect();
        let text = said(&body, &footers.repeat(2)).unwrap();
        assert_eq!(text.matches("\nzz").count(), 50_000, "each once");
    }
}
