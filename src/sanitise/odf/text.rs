//! [`Package`] -> words in reading order: paragraphs as lines, cells between
//! tabs, notes and comments behind the body, headers and footers last.

use std::fmt::Write as _;

use super::model::{Family, Node, Open, Package, Role, Tape};
use super::space::Space;

/// The words of a document.
pub(super) fn words(package: &Package) -> String {
    let mut flow = Flow {
        slides: (package.family == Family::Slides).then_some(0),
        ..Flow::default()
    };
    let Some(main) = package.documents.first() else {
        return String::new();
    };
    if let Some(content) = main.part(Role::Content) {
        flow.inside(content, 0, content.len());
    }
    let mut out = std::mem::take(&mut flow.out);
    for note in std::mem::take(&mut flow.notes) {
        out.push('\n');
        out.push_str(&note);
    }
    if package.family == Family::Text
        && let Some(styles) = main.part(Role::Styles)
    {
        // Headers and footers stand in the pages that carry them.
        for (at, open) in styles.opens() {
            if open.space != Space::Style || !is_margin(styles.local(open)) {
                continue;
            }
            flow.inside(styles, at + 1, open.end as usize);
            let said = std::mem::take(&mut flow.out);
            if !said.trim().is_empty() && !out.contains(&said) {
                out.push('\n');
                out.push_str(&said);
            }
        }
    }
    out
}

fn is_margin(local: &str) -> bool {
    ["header", "footer"].iter().any(|start| {
        local
            .strip_prefix(start)
            .is_some_and(|end| matches!(end, "" | "-left" | "-first"))
    })
}

/// The words of one cell: its paragraphs, without notes.
pub(super) fn of_cell(tape: &Tape, at: usize) -> String {
    let mut flow = Flow::default();
    let end = tape.open(at).map_or(at, |open| open.end as usize);
    flow.inside(tape, at + 1, end);
    flow.out.trim_end_matches('\n').to_owned()
}

#[derive(Default)]
struct Flow {
    out: String,
    /// Notes and comments, in the order of their places.
    notes: Vec<String>,
    /// Of a presentation: slides begun so far.
    slides: Option<u32>,
}

impl Flow {
    /// The words between two places of a tape.
    fn inside(&mut self, tape: &Tape, from: usize, to: usize) {
        let mut at = from;
        // Only what stands in a paragraph is said.
        let mut paragraphs = 0_u32;
        let mut closing: Vec<End> = Vec::new();
        while at < to {
            match tape.node(at) {
                Some(Node::Open(open)) => match self.enter(tape, at, open, paragraphs > 0) {
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
    }

    /// What an element adds at its start, and what at its end; `None` where
    /// nothing of it is said here.
    fn enter(&mut self, tape: &Tape, at: usize, open: Open, within: bool) -> Option<End> {
        let local = tape.local(open);
        match (open.space, local) {
            (Space::Office, "annotation") | (Space::Text, "note") => {
                let mut note = Self::default();
                note.inside(tape, at + 1, open.end as usize);
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
                let mut said = Self::default();
                said.inside(tape, at + 1, open.end as usize);
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
                let count: usize = count.parse().unwrap_or(1);
                for _ in 0..count.min(MOST_BLANKS) {
                    self.out.push(' ');
                }
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
        }
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
