//! The groups of a document as it came, for who looks inside: those with a
//! name, below those around them. What stands in one place many times is one
//! part, with the bytes of all; it counts as kept where its kind is, and the one
//! picture or code of a field that went stands in the report.

use std::collections::HashMap;

use super::destination::{self, Fate};
use super::lexer::{Lexer, Token};
use super::vocabulary::{self, Room};
use crate::policy::text::bounded;
use crate::sanitise::Piece;
use crate::sanitise::report::{LONGEST_WHERE, MOST_PIECES};

/// Every group with a name, in the order in which they first come.
pub(super) fn of(bytes: &[u8]) -> Vec<Piece> {
    let start = super::start(bytes).unwrap_or(0);
    let mut lexer = Lexer::new(bytes.get(start..).unwrap_or_default());
    let mut tree = Tree::default();
    while let Some(token) = lexer.next() {
        let left = lexer.rest().len();
        match token {
            Token::Open => tree.open(left.saturating_add(1)),
            Token::Close => {
                tree.close(left);
                if tree.open.is_empty() {
                    break;
                }
            }
            Token::Word(name, _) => tree.word(name),
            Token::Symbol(b'*') => tree.star(),
            Token::Symbol(_) | Token::Hex(_) | Token::Binary(_) | Token::Byte(_) => tree.other(),
        }
    }
    while !tree.open.is_empty() {
        tree.close(0);
    }
    tree.pieces()
}

/// A group that is open.
#[derive(Clone, Copy)]
struct Group {
    /// Bytes behind the place where it begins.
    left: usize,
    /// The part that it is, or that it is in.
    part: Option<usize>,
    /// It is that part, and not only in it.
    is_named: bool,
    /// Nothing in it is a part of its own.
    is_leaf: bool,
    room: Room,
    /// Nothing but `\*` stood in it yet.
    fresh: bool,
    starred: bool,
}

struct Part {
    around: Option<usize>,
    untrusted_name: String,
    role: Option<&'static str>,
    size: u64,
    kept: bool,
}

#[derive(Default)]
struct Tree {
    open: Vec<Group>,
    parts: Vec<Part>,
    /// By the part around them and their name.
    known: HashMap<(Option<usize>, String), usize>,
}

impl Tree {
    fn open(&mut self, left: usize) {
        self.other();
        let above = self.open.last().copied();
        self.open.push(Group {
            left,
            part: above.and_then(|above| above.part),
            is_named: false,
            is_leaf: above.is_some_and(|above| above.is_leaf),
            room: above.map_or(Room::Text, |above| above.room),
            fresh: true,
            starred: false,
        });
    }

    fn close(&mut self, left: usize) {
        let Some(group) = self.open.pop() else { return };
        let part = group.part.filter(|_| group.is_named);
        if let Some(part) = part.and_then(|part| self.parts.get_mut(part)) {
            let size = group.left.saturating_sub(left);
            part.size = part.size.saturating_add(size as u64);
        }
    }

    fn star(&mut self) {
        if let Some(group) = self.open.last_mut() {
            group.starred |= group.fresh;
        }
    }

    fn other(&mut self) {
        if let Some(group) = self.open.last_mut() {
            group.fresh = false;
        }
    }

    fn word(&mut self, untrusted_name: &str) {
        let Some(group) = self.open.last().copied() else {
            return;
        };
        self.other();
        if group.is_named || group.is_leaf {
            return;
        }
        let Some(fate) = destination::fate(untrusted_name) else {
            // Readers skip a starred group that they do not know.
            let known = vocabulary::word(untrusted_name, group.room).is_some();
            if group.starred && group.fresh && !known {
                self.name(untrusted_name, None, false, None);
            }
            return;
        };
        match fate {
            Fate::Keep(kept) if kept.may_stand(group.room) => {
                self.name(
                    untrusted_name,
                    Some(role(kept.inside)),
                    true,
                    Some(kept.inside),
                );
            }
            Fate::Keep(_) | Fate::Drop(_) | Fate::OlderPicture => {
                self.name(untrusted_name, None, false, None);
            }
            Fate::Show(_) => self.name(untrusted_name, Some("shown"), true, Some(group.room)),
            Fate::Object => self.name(untrusted_name, None, false, Some(group.room)),
            Fate::Picture => self.name(untrusted_name, Some("picture"), true, None),
            Fate::Property => self.name(untrusted_name, Some("property"), true, None),
            Fate::PropertyName | Fate::PropertyValue | Fate::Twice | Fate::Second => {}
        }
    }

    /// The innermost group is a part; without a room nothing in it is one.
    fn name(
        &mut self,
        untrusted_name: &str,
        role: Option<&'static str>,
        kept: bool,
        room: Option<Room>,
    ) {
        let around = self.open.last().and_then(|group| group.part);
        let key = (around, bounded(untrusted_name, LONGEST_WHERE));
        let part = match self.known.get(&key) {
            Some(part) => Some(*part),
            None if self.parts.len() < MOST_PIECES => {
                self.parts.push(Part {
                    around,
                    untrusted_name: key.1.clone(),
                    role,
                    size: 0,
                    kept,
                });
                self.known.insert(key, self.parts.len() - 1);
                Some(self.parts.len() - 1)
            }
            None => None,
        };
        if let Some(group) = self.open.last_mut() {
            group.is_named = part.is_some();
            group.is_leaf = part.is_none() || room.is_none();
            group.part = part;
            group.room = room.unwrap_or(group.room);
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            // A part stands behind the one that it is in.
            let around = part.around.and_then(|around| pieces.get(around));
            let name = match around {
                Some(around) => format!("{}/{}", around.untrusted_name, part.untrusted_name),
                None => part.untrusted_name.clone(),
            };
            pieces.push(Piece {
                untrusted_name: bounded(&name, LONGEST_WHERE),
                role: part.role.map(str::to_owned),
                size: part.size,
                kept: part.kept,
            });
        }
        pieces
    }
}

/// What a group of ours was read as.
fn role(inside: Room) -> &'static str {
    match inside {
        Room::Text => "text",
        Room::Fonts => "fonts",
        Room::Colours => "colours",
        Room::Styles => "styles",
        Room::Lists => "lists",
        Room::Numbering => "numbering",
        Room::Field => "field",
        Room::Instruction => "code",
        Room::Form => "form",
        Room::Shape => "drawing",
        Room::Property => "property",
        Room::Picture => "picture",
        Room::Name => "name",
        Room::Level => "level",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::of;
    use crate::sanitise::report::MOST_PIECES;

    #[test]
    fn groups_stand_below_those_around_them() {
        let file = b"{\\rtf1{\\fonttbl{\\f0 A;}}{\\*\\unheard {\\object x}}\
            {\\stylesheet{\\*\\cs1 B;}}\
            {\\header{\\field{\\*\\fldinst PAGE}{\\fldrslt 1}}{\\pict 00}{\\pict 0000}}\
            {\\object{\\*\\objdata 0105}{\\result{\\b x}}}{\\*\\template c}}";
        let lines: Vec<String> = of(file)
            .iter()
            .map(|piece| {
                let role = piece.role.as_deref().unwrap_or("-");
                format!(
                    "{} {role} {} {}",
                    piece.untrusted_name, piece.size, piece.kept
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        fonttbl fonts 18 true
        unheard - 24 false
        stylesheet styles 24 true
        header text 68 true
        header/field field 37 true
        header/field/fldinst code 17 true
        header/field/fldrslt text 12 true
        header/pict picture 22 true
        object - 41 false
        object/objdata - 17 false
        object/result shown 15 true
        template - 15 false
        ");
    }

    proptest! {
        /// Whatever stands in it: a bounded list, each part behind the one
        /// that it is in.
        #[test]
        fn any_groups_make_a_tree(file in "(\\{|\\}|\\\\\\*|\\\\object |\\\\header |\\\\pict |\\\\field |x){0,200}") {
            let pieces = of(format!("{{\\rtf1{file}").as_bytes());
            prop_assert!(pieces.len() <= MOST_PIECES);
            for (at, piece) in pieces.iter().enumerate() {
                if let Some((around, _)) = piece.untrusted_name.rsplit_once('/') {
                    prop_assert!(pieces[..at].iter().any(|piece| piece.untrusted_name == around));
                }
            }
        }
    }
}
