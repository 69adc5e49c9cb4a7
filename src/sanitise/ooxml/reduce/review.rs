//! What people wrote beside the text: comments, and changes that nobody has
//! accepted yet. Both stay unless a site wants them gone.

use crate::sanitise::ooxml::model::{Body, Package};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Open, Tape};
use crate::sanitise::{Report, What};

/// Takes the comments out, and everything that points at them.
pub(super) fn drop_comments(package: &mut Package, report: &mut Report) {
    for part in &mut package.parts {
        let Body::Xml(tape) = &mut part.body else {
            continue;
        };
        let (space, one) = match part.role {
            Role::WordComments => (Space::W, "comment"),
            Role::SheetComments => (Space::S, "comment"),
            Role::SlideComments => (Space::P, "cm"),
            // Who wrote comments on slides.
            Role::CommentAuthors => {
                part.gone = true;
                continue;
            }
            Role::Vml => {
                part.gone = !drop_notes(tape);
                continue;
            }
            _ => {
                for (at, open) in tape.opens().collect::<Vec<_>>() {
                    let local = tape.local(open);
                    if open.space == Space::W
                        && matches!(
                            local,
                            "commentRangeStart" | "commentRangeEnd" | "commentReference"
                        )
                    {
                        tape.remove(at);
                    }
                }
                continue;
            }
        };
        let comments = tape
            .opens()
            .filter(|(_, open)| open.space == space && tape.local(*open) == one);
        for _ in 0..comments.count() {
            report.removed(What::Comment, &part.untrusted_name);
        }
        part.gone = true;
    }
}

/// Takes the boxes of cell notes out; whether other shapes are left.
fn drop_notes(tape: &mut Tape) -> bool {
    let mut left = false;
    for (at, open) in tape.opens().collect::<Vec<_>>() {
        if open.space != Space::V || tape.local(open) != "shape" {
            continue;
        }
        let is_note = tape.inner(at).any(|(_, inner)| {
            inner.space == Space::X && tape.value(inner, Space::None, "ObjectType") == Some("Note")
        });
        if is_note {
            tape.remove(at);
        }
        left |= !is_note;
    }
    left
}

/// What becomes of an element when all changes are accepted.
enum Accepted {
    /// It is no change.
    Stays,
    /// What was put in: only its marks go.
    Unwrapped,
    /// What was taken out, or how something looked before.
    Removed,
}

/// Takes a part of Word's as its author left it: what was put in is there, what
/// was taken out is not. A deleted paragraph mark joins nothing: a paragraph
/// that loses all its words with its mark goes, any other one stays.
pub(super) fn accept_changes(tape: &mut Tape, untrusted_name: &str, report: &mut Report) {
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        let here = at;
        at += 1;
        let open = match node {
            Node::Open(open) => open,
            Node::Gone(end) => {
                at = end as usize + 1;
                continue;
            }
            Node::Close | Node::Text(_) | Node::Nothing => continue,
        };
        if open.space != Space::W {
            continue;
        }
        match accepted(tape, here, open) {
            Accepted::Stays => continue,
            Accepted::Unwrapped => tape.unwrap(here),
            Accepted::Removed => {
                tape.remove(here);
                // What stood in it has gone with it and is not told again.
                at = open.end as usize + 1;
            }
        }
        report.removed(What::Revision, untrusted_name);
    }
}

fn accepted(tape: &Tape, at: usize, open: Open) -> Accepted {
    match tape.local(open) {
        // An empty one marks the paragraph or row in whose properties it stands.
        "ins" | "moveTo" if tape.first_child(at).is_none() => Accepted::Removed,
        "ins" | "moveTo" => Accepted::Unwrapped,
        // Words that Word takes for deleted wherever they stand.
        "delText" | "delInstrText" => Accepted::Removed,
        "del"
        | "moveFrom"
        | "cellIns"
        | "cellMerge"
        | "numberingChange"
        | "rPrChange"
        | "pPrChange"
        | "sectPrChange"
        | "tblPrChange"
        | "tblPrExChange"
        | "tblGridChange"
        | "trPrChange"
        | "tcPrChange"
        | "moveFromRangeStart"
        | "moveFromRangeEnd"
        | "moveToRangeStart"
        | "moveToRangeEnd"
        | "customXmlInsRangeStart"
        | "customXmlInsRangeEnd"
        | "customXmlDelRangeStart"
        | "customXmlDelRangeEnd"
        | "customXmlMoveFromRangeStart"
        | "customXmlMoveFromRangeEnd"
        | "customXmlMoveToRangeStart"
        | "customXmlMoveToRangeEnd" => Accepted::Removed,
        "tr" if has_mark(tape, at, &["trPr"], "del") => Accepted::Removed,
        "tc" if has_mark(tape, at, &["tcPr"], "cellDel") => Accepted::Removed,
        "p" if has_mark(tape, at, &["pPr", "rPr"], "del") && all_deleted(tape, at) => {
            Accepted::Removed
        }
        _ => Accepted::Stays,
    }
}

/// Whether the properties of an element hold this mark.
fn has_mark(tape: &Tape, at: usize, properties: &[&str], mark: &str) -> bool {
    let Some((first, rest)) = properties.split_first() else {
        return tape
            .children(at)
            .any(|child| tape.is(child, Space::W, mark));
    };
    tape.children(at)
        .filter(|child| tape.is(*child, Space::W, first))
        .any(|child| has_mark(tape, child, rest, mark))
}

/// Whether nothing of a paragraph is left.
fn all_deleted(tape: &Tape, at: usize) -> bool {
    tape.children(at).all(|child| {
        ["pPr", "del", "moveFrom", "bookmarkStart", "bookmarkEnd"]
            .iter()
            .any(|local| tape.is(child, Space::W, local))
    })
}
