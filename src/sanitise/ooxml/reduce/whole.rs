//! What Word calls damaged: a table without a row, a row without a cell, and a
//! cell, a note, a head or a box that does not end with a paragraph (ISO/IEC
//! 29500-1, 17.4.65). Whatever took their content, here they are mended.

use crate::sanitise::office::scrap::{NONE, Scrap};
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Tape};
use crate::sanitise::{Refusal, Report, What};

/// Paragraphs that may be put in: more are no document but a bomb.
const MOST: usize = 100_000;

/// What an element is to the shape of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Table,
    Row,
    /// A cell, or other text of its own: it ends with a paragraph.
    Story,
    Paragraph,
    /// What is in it counts as if it stood outside.
    Wrap,
    /// As a wrap; in a table it holds rows or cells.
    Control,
    Other,
}

/// An element that is open.
struct Frame {
    at: usize,
    sort: Sort,
    is_cell: bool,
    has_row: bool,
    has_cell: bool,
    /// Whether the last block is a paragraph; `None`: there is none.
    last: Option<bool>,
}

/// Mends a part of Word's. Words that go with a table without rows are said.
pub(super) fn mend(
    tape: &mut Tape,
    untrusted_name: &str,
    report: &mut Report,
) -> Result<(), Refusal> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut short: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                let local = tape.local(open);
                let sort = match open.space {
                    Space::W => sort(local, frames.last().map(|above| name_of(tape, above.at))),
                    _ => Sort::Other,
                };
                frames.push(Frame {
                    at,
                    sort,
                    is_cell: sort == Sort::Story && local == "tc",
                    has_row: false,
                    has_cell: false,
                    last: None,
                });
            }
            Node::Close => {
                let Some(frame) = frames.pop() else { break };
                if frame.is_hollow(&frames) {
                    if shows_something(tape, frame.at) {
                        report.removed(What::UnknownPart, untrusted_name);
                    }
                    tape.remove(frame.at);
                } else {
                    if frame.sort == Sort::Story && frame.last != Some(true) {
                        short.push(at);
                    }
                    if let Some(above) = frames.last_mut() {
                        above.take(&frame);
                    }
                }
            }
            Node::Gone(end) => at = end as usize,
            Node::Text(_) | Node::Nothing => {}
        }
        at += 1;
    }
    if short.len() > MOST {
        return Err(Refusal::OverBudget);
    }
    if short.is_empty() {
        return Ok(());
    }
    let mut paragraph = Scrap::default();
    paragraph.empty(tape, Space::W, "p", NONE);
    let lists = (short.into_iter()).map(|place| (place, paragraph.nodes.clone()));
    tape.insert(lists.collect());
    Ok(())
}

impl Frame {
    /// Whether nothing is left of it that Word would read.
    fn is_hollow(&self, above: &[Self]) -> bool {
        match self.sort {
            Sort::Table => !self.has_row,
            Sort::Row => !self.has_cell,
            Sort::Control => {
                let around = (above.iter().rev())
                    .find(|frame| !matches!(frame.sort, Sort::Wrap | Sort::Control));
                match around.map(|frame| frame.sort) {
                    Some(Sort::Table) => !self.has_row,
                    Some(Sort::Row) => !self.has_cell,
                    _ => false,
                }
            }
            Sort::Story | Sort::Paragraph | Sort::Wrap | Sort::Other => false,
        }
    }

    /// Takes notice of what ended in it.
    fn take(&mut self, inner: &Self) {
        match inner.sort {
            Sort::Table => self.last = Some(false),
            Sort::Paragraph => self.last = Some(true),
            Sort::Row => self.has_row = true,
            Sort::Story => self.has_cell |= inner.is_cell,
            Sort::Wrap | Sort::Control => {
                self.has_row |= inner.has_row;
                self.has_cell |= inner.has_cell;
                self.last = inner.last.or(self.last);
            }
            Sort::Other => {}
        }
    }
}

/// Whether an element has words or a picture.
fn shows_something(tape: &Tape, at: usize) -> bool {
    let of_picture = |local: &str| matches!(local, "drawing" | "pict" | "object");
    let mut inner = tape.inner(at);
    inner.any(|(_, open)| of_picture(tape.local(open))) || !tape.text_within(at).trim().is_empty()
}

fn name_of(tape: &Tape, at: usize) -> &str {
    tape.open(at).map_or("", |open| tape.local(open))
}

/// The sort of an element of Word's by its name and that of the one around it.
fn sort(local: &str, above: Option<&str>) -> Sort {
    match (local, above) {
        ("tbl", _) => Sort::Table,
        ("tr", _) => Sort::Row,
        ("tc" | "txbxContent", _) | ("hdr" | "ftr", None) => Sort::Story,
        // Settings name the separators of notes by the same word.
        ("footnote", Some("footnotes"))
        | ("endnote", Some("endnotes"))
        | ("comment", Some("comments")) => Sort::Story,
        ("p", _) => Sort::Paragraph,
        ("sdt", _) => Sort::Control,
        ("sdtContent" | "ins" | "del" | "moveFrom" | "moveTo", _) => Sort::Wrap,
        _ => Sort::Other,
    }
}
