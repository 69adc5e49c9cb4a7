//! How much of the text came out: characters of paragraphs, counted before
//! anything is taken out and after. Comments and tracked changes are counted
//! in neither: that a site leaves them out is its wish.

use super::model::{Node, Package, Role, Tape};
use super::space::Space;
use crate::sanitise::office::closeness::{characters as among, share};

/// Characters of text.
pub(super) struct Characters {
    read: u64,
    /// In elements that nobody understood.
    lost: u64,
}

/// The characters of a package.
pub(super) fn characters(package: &Package) -> Characters {
    let mut characters = Characters { read: 0, lost: 0 };
    let parts = package
        .documents
        .iter()
        .flat_map(|document| &document.parts);
    for part in parts.filter(|part| part.role != Role::Settings) {
        characters.read = characters.read.saturating_add(count(&part.tape));
        characters.lost = characters.lost.saturating_add(part.tape.unread);
    }
    characters
}

impl Characters {
    /// How many per cent of them are still there, 100 only for all.
    pub(super) fn left_in(&self, package: &Package) -> u8 {
        let all = self.read.saturating_add(self.lost);
        share(characters(package).read.min(self.read), all)
    }
}

/// Characters inside paragraphs, blanks aside.
fn count(tape: &Tape) -> u64 {
    let mut count = 0_u64;
    let mut paragraphs: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(open) => {
                let local = tape.local(open);
                let beside = matches!(
                    (open.space, local),
                    (Space::Office, "annotation") | (Space::Text | Space::Table, "tracked-changes")
                );
                if beside {
                    at = open.end as usize + 1;
                    continue;
                }
                let inside = paragraphs.last().copied().unwrap_or_default();
                let begins = open.space == Space::Text && matches!(local, "p" | "h");
                paragraphs.push(inside || begins);
            }
            Node::Close => {
                paragraphs.pop();
            }
            Node::Text(span) if paragraphs.last() == Some(&true) => {
                count = count.saturating_add(among(tape.get(span)));
            }
            Node::Text(_) | Node::Nothing => {}
            Node::Gone(end) => at = end as usize,
        }
        at += 1;
    }
    count
}
