//! What a site may want of documents that people wrote together: without
//! comments, with tracked changes taken as accepted.

use super::remove_group;
use crate::sanitise::rtf::model::{Document, Group, Node};
use crate::sanitise::rtf::text::sign;
use crate::sanitise::{Report, What};

/// Comments, and the marks of whom and where.
const COMMENTS: &[&str] = &["annotation", "atnid", "atnauthor", "atrfstart", "atrfend"];

pub(super) fn without_comments(document: &mut Document, report: &mut Report) {
    for at in 0..document.nodes.len() {
        match document.nodes.get(at) {
            Some(Node::Open(Group::Kept(name, _))) if COMMENTS.contains(name) => {
                if *name == "annotation" {
                    report.removed(What::Comment, "annotation");
                }
                remove_group(&mut document.nodes, at);
            }
            Some(Node::Word("chatn", _)) => {
                if let Some(node) = document.nodes.get_mut(at) {
                    *node = Node::Nothing;
                }
            }
            _ => {}
        }
    }
}

/// Deleted text goes, inserted text is text like any other.
pub(super) fn changes_accepted(document: &mut Document, report: &mut Report) {
    let mut deleted = vec![false];
    // Stretches are counted, not pieces.
    let mut before = false;
    for at in 0..document.nodes.len() {
        if let Some(Node::Open(Group::Kept("revtbl", _))) = document.nodes.get(at) {
            remove_group(&mut document.nodes, at);
        }
        let Some((node, now)) = document.nodes.get_mut(at).zip(deleted.last_mut()) else {
            return;
        };
        match node {
            Node::Open(_) => {
                let inner = *now;
                deleted.push(inner);
            }
            Node::Close => drop(deleted.pop()),
            Node::Word("deleted", number) => {
                *now = *number != Some(0);
                *node = Node::Nothing;
            }
            Node::Word(
                "revised" | "revauth" | "revdttm" | "revauthdel" | "revdttmdel" | "revisions",
                _,
            ) => *node = Node::Nothing,
            Node::Word("plain", _) => *now = false,
            Node::Word(name, _) if sign(name).is_none() => {}
            Node::Text(..) | Node::Symbol(_) | Node::Word(..) | Node::Picture(_) => {
                if *now {
                    if !before {
                        report.removed(What::Revision, "deleted text");
                    }
                    *node = Node::Nothing;
                }
                before = *now;
            }
            Node::Code(_) | Node::Property(_) | Node::Nothing => {}
        }
    }
}
