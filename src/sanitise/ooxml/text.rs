//! [`Package`] -> plain UTF-8 text: paragraphs as lines, cells between tabs.

use std::collections::HashSet;

use super::cells::Cells;
use super::model::{Body, Package, Part, Target};
use super::role::Role;
use super::space::Space;
use super::tape::{Node, Tape};
use crate::policy::text::is_deceptive;
use crate::sanitise::{Refusal, Report, What};

/// In front of what stands beside the slides, and beside the cells; the other
/// formats of slides and sheets say the same.
const NOTES: &str = "（ノート / notes）";
const BOXES: &str = "（図形・コメントの文字 / text in boxes and notes）";

/// The words of a document in reading order. `OverBudget` as soon as they are
/// more than may come out of it: many cells can show one long string.
pub(super) fn text(package: &Package) -> Result<Vec<u8>, Refusal> {
    let mut out = String::new();
    let mut beside = None;
    let mut cells = Cells::of(package);
    for (number, part) in in_order(package) {
        let Body::Xml(tape) = &part.body else {
            continue;
        };
        let (mut said, mut mark) = (String::new(), None);
        match part.role {
            Role::Document
            | Role::Footnotes
            | Role::Endnotes
            | Role::WordComments
            | Role::Slide => flowing(tape, &mut said),
            Role::NotesSlide | Role::SheetDrawing | Role::SheetComments => {
                flowing(tape, &mut said);
                let notes = part.role == Role::NotesSlide;
                mark = Some(if notes { NOTES } else { BOXES });
            }
            Role::Worksheet => cells.of_sheet(number, tape, &mut said)?,
            _ => continue,
        }
        if mark.is_some() && said.trim().is_empty() {
            continue;
        }
        if let Some(mark) = mark.filter(|mark| beside != Some(*mark)) {
            out.push_str(mark);
            out.push('\n');
            beside = Some(mark);
        }
        out.push_str(&said);
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
    }
    out.retain(|c| matches!(c, '\n' | '\t') || !is_deceptive(c));
    Ok(out.into_bytes())
}

/// Words that Word hides are among the text, where everybody sees them.
pub(super) fn tell_hidden(package: &Package, report: &mut Report) {
    for part in package.parts.iter().filter(|part| !part.gone) {
        let Body::Xml(tape) = &part.body else {
            continue;
        };
        for (at, open) in tape.opens() {
            if open.space == Space::W && tape.local(open) == "r" && is_hidden(tape, at) {
                report.removed(What::HiddenContent, &part.untrusted_name);
            }
        }
    }
}

/// A run with words that says of itself that nobody sees it.
fn is_hidden(tape: &Tape, run: usize) -> bool {
    let hides = |at: usize| {
        let says = tape.open(at).map(|open| tape.value(open, Space::W, "val"));
        tape.is(at, Space::W, "vanish")
            && says.is_some_and(|says| !matches!(says, Some("0" | "false" | "off")))
    };
    let mut looks = tape
        .children(run)
        .filter(|at| tape.is(*at, Space::W, "rPr"));
    let words = |at: usize| tape.is(at, Space::W, "t") && !tape.text_within(at).trim().is_empty();
    looks.any(|look| tape.children(look).any(hides)) && tape.children(run).any(words)
}

/// Main part, then what it names in its own order, then notes; each once.
fn in_order(package: &Package) -> Vec<(usize, &Part)> {
    let mut order: Vec<usize> = vec![0];
    let mut known = HashSet::from([0]);
    if let Some(Part {
        body: Body::Xml(tape),
        ..
    }) = package.parts.first()
    {
        for (_, open) in tape.opens() {
            if !matches!(tape.local(open), "sheet" | "sldId") {
                continue;
            }
            let id = tape.value(open, Space::R, "id").unwrap_or_default();
            if let Some(Target::Part(to)) = package.target(0, id)
                && known.insert(*to)
            {
                order.push(*to);
            }
        }
    }
    let left =
        (package.parts.iter().enumerate()).filter(|(at, part)| !part.gone && !known.contains(at));
    order.extend(left.map(|(at, _)| at));
    order
        .into_iter()
        .filter_map(|at| Some((at, package.parts.get(at)?)))
        .collect()
}

/// Text of documents, slides, drawings and comments.
pub(super) fn flowing(tape: &Tape, out: &mut String) {
    let mut open_tags: Vec<(Space, bool, bool)> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                let local = tape.local(open);
                let words = matches!(
                    (open.space, local),
                    (Space::W | Space::A | Space::M | Space::S, "t")
                );
                let line = matches!(
                    (open.space, local),
                    (Space::W | Space::A, "p" | "tr") | (Space::S, "comment")
                );
                match (open.space, local) {
                    (Space::W, "tab") if !open_tags.iter().any(|(.., line)| *line) => {}
                    (Space::W, "pPr" | "rPr") | (Space::A, "pPr" | "rPr") => {
                        at = open.end as usize + 1;
                        continue;
                    }
                    (Space::W, "tab") => out.push('\t'),
                    (Space::W | Space::A, "br" | "cr") => out.push('\n'),
                    _ => {}
                }
                open_tags.push((open.space, words, line));
            }
            Node::Close => {
                if let Some((_, _, true)) = open_tags.pop()
                    && !out.ends_with('\n')
                {
                    out.push('\n');
                }
            }
            Node::Text(span) => {
                if open_tags.last().is_some_and(|(_, words, _)| *words) {
                    out.push_str(tape.get(span));
                }
            }
            Node::Gone(end) => at = end as usize,
            Node::Nothing => {}
        }
        at += 1;
    }
}
