//! How much of the text came out: characters of words and values, counted
//! before anything is taken out and after. Comments count only while they are
//! there: that a site leaves them out is its wish.

use super::model::{Body, Package};
use super::role::Role;
use super::space::Space;
use super::tape::{Node, Tape};
use crate::sanitise::office::closeness::{characters as among, share};

/// The text of a package as it came.
pub(super) struct Words {
    /// Characters of every part.
    counts: Vec<u64>,
    /// Characters in elements that nobody understood.
    lost: u64,
}

impl Words {
    pub(super) fn of(package: &Package) -> Self {
        Self {
            counts: package.parts.iter().map(|part| count(&part.body)).collect(),
            lost: package.parts.iter().map(|part| unread(&part.body)).sum(),
        }
    }

    /// How many per cent of them are still there, 100 only for all.
    pub(super) fn left_in(&self, package: &Package) -> u8 {
        let (mut all, mut left) = (self.lost, 0_u64);
        for (part, before) in package.parts.iter().zip(&self.counts) {
            let comments = matches!(
                part.role,
                Role::WordComments | Role::SheetComments | Role::SlideComments
            );
            if comments && part.gone {
                continue;
            }
            all = all.saturating_add(*before);
            if !part.gone {
                left = left.saturating_add(match &part.body {
                    Body::Xml(tape) if tape.is_altered() => characters(tape).min(*before),
                    Body::Xml(_) | Body::Picture(_) => *before,
                });
            }
        }
        share(left, all)
    }
}

/// Whether a part has words that a reader would see.
pub(super) fn has_words(body: &Body) -> bool {
    count(body) > 0
}

fn unread(body: &Body) -> u64 {
    match body {
        Body::Xml(tape) => tape.unread,
        Body::Picture(_) => 0,
    }
}

fn count(body: &Body) -> u64 {
    match body {
        Body::Xml(tape) => characters(tape),
        Body::Picture(_) => 0,
    }
}

/// Characters of runs, shared strings, values and labels, blanks aside.
fn characters(tape: &Tape) -> u64 {
    let mut count = 0_u64;
    let mut inside = false;
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                inside = matches!(
                    (open.space, tape.local(open)),
                    (Space::W | Space::A | Space::M | Space::S, "t")
                        | (Space::S | Space::C, "v")
                        | (Space::P, "text")
                );
            }
            Node::Close => inside = false,
            Node::Text(span) if inside => {
                count = count.saturating_add(among(tape.get(span)));
            }
            Node::Text(_) | Node::Nothing => {}
            Node::Gone(end) => at = end as usize,
        }
        at += 1;
    }
    count
}
