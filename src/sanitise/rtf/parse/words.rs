//! Control words, symbols and characters.

use super::{Reader, Task};
use crate::sanitise::What;
use crate::sanitise::rtf::charset;
use crate::sanitise::rtf::destination;
use crate::sanitise::rtf::model::{Group, Node};
use crate::sanitise::rtf::text::sign;
use crate::sanitise::rtf::vocabulary::{self, Room};

/// A field's code, or a property's name or value, that is longer says nothing.
const LONGEST_JOINED: usize = 65_536;
/// The longest name of a font, style or bookmark, in bytes.
const LONGEST_NAME: usize = 255;

impl Reader<'_, '_> {
    pub(super) fn word(&mut self, untrusted_name: &str, number: Option<i32>) {
        self.flush();
        self.skips = 0;
        if self.skipping() {
            if self.is_second(untrusted_name) {
                self.read_second();
            }
            return;
        }
        let holds = self.holds(untrusted_name, number);
        if untrusted_name == "u" {
            self.used();
            self.unicode(number);
        } else if let Some(fate) = destination::fate(untrusted_name) {
            self.destination(untrusted_name, fate);
        } else {
            self.plain_word(untrusted_name, number, holds);
        }
    }

    /// What changes how the following is read; whether it was such a word.
    fn holds(&mut self, name: &str, number: Option<i32>) -> bool {
        let number_or = |otherwise: i32| number.unwrap_or(otherwise);
        let in_fonts = self.room() == Room::Fonts;
        match name {
            "uc" => {
                let count = u32::try_from(number_or(1)).unwrap_or(1);
                self.set(|state| state.fallbacks = count);
            }
            "ansi" => self.document_page(1_252),
            "mac" => self.document_page(10_000),
            "pc" => self.document_page(437),
            "pca" => self.document_page(850),
            "ansicpg" => self.document_page(number_or(1_252)),
            "deff" => self.default_font = number_or(0),
            "plain" => {
                let page = self.page_of(self.default_font);
                self.set(|state| state.page = page);
            }
            "f" if in_fonts => self.told = number_or(0),
            "f" => {
                let page = self.page_of(number_or(0));
                self.set(|state| state.page = page);
            }
            "fcharset" if in_fonts => {
                let page = charset::of_font(number_or(1)).unwrap_or(self.page);
                self.fonts.insert(self.told, page);
                self.set(|state| state.page = page);
            }
            "cpg" if in_fonts => {
                let page = charset::of_page(number_or(1_252));
                self.fonts.insert(self.told, page);
                self.set(|state| state.page = page);
            }
            _ => return false,
        }
        true
    }

    fn document_page(&mut self, number: i32) {
        let page = charset::of_page(number);
        self.page = page;
        for state in &mut self.stack {
            state.page = page;
        }
    }

    fn page_of(&self, font: i32) -> charset::CodePage {
        self.fonts.get(&font).copied().unwrap_or(self.page)
    }

    /// A word that is no destination.
    fn plain_word(&mut self, untrusted_name: &str, number: Option<i32>, holds: bool) {
        let Some(state) = self.top().copied() else {
            return;
        };
        let known = vocabulary::word(untrusted_name, state.room);
        if state.starred && known.is_none() && !holds {
            self.report.removed(What::UnknownPart, untrusted_name);
            self.leave_out();
            return;
        }
        self.used();
        if let Some(draft) = self.draft.as_mut().filter(|_| state.room == Room::Picture) {
            draft.word(untrusted_name, number);
            return;
        }
        match (known, sign(untrusted_name)) {
            (Some(word), _) => {
                let Some(number) = word.number.judge(number) else {
                    return;
                };
                let is_style =
                    state.room == Room::Styles && matches!(word.name, "cs" | "ts" | "ds");
                let own = self.document.nodes.last_mut();
                if state.starred
                    && is_style
                    && let Some(own) = own.filter(|own| **own == Node::Open(Group::Plain))
                {
                    *own = Node::Open(Group::Starred);
                }
                self.node(Node::Word(word.name, number));
            }
            // Quotes in a code or a name.
            (None, Some(sign)) => sign.chars().for_each(|c| self.put(c)),
            (None, None) => {}
        }
    }

    pub(super) fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'*' => {
                self.set(|state| state.starred = state.fresh);
            }
            b'\\' | b'{' | b'}' => self.byte(symbol),
            b'~' => self.space(symbol, '\u{a0}'),
            b'-' => self.space(symbol, '\u{ad}'),
            b'_' => self.space(symbol, '\u{2011}'),
            b'\r' | b'\n' => self.word("par", None),
            b'\t' => self.word("tab", None),
            _ => {}
        }
    }

    /// A blank or hyphen of its own kind.
    fn space(&mut self, symbol: u8, sign: char) {
        if self.skipping() || self.is_fallback() {
            return;
        }
        self.flush();
        self.used();
        if self.room() != Room::Text {
            self.put(sign);
        } else {
            self.node(Node::Symbol(symbol));
        }
    }

    /// `\uN`: one unit of UTF-16, and then what stands for it elsewhere.
    fn unicode(&mut self, number: Option<i32>) {
        self.skips = self.top().map_or(0, |state| state.fallbacks);
        let Some(number) = number else {
            return;
        };
        let unit = u16::try_from(number).or_else(|_| i16::try_from(number).map(i16::cast_unsigned));
        let Ok(unit) = unit else {
            let c = u32::try_from(number).ok().and_then(char::from_u32);
            self.put(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            return;
        };
        if (0xD800..0xDC00).contains(&unit) {
            self.half = Some(unit);
            return;
        }
        let units = self.half.take().into_iter().chain([unit]);
        for c in char::decode_utf16(units) {
            self.put(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }

    /// One character of text.
    pub(super) fn put(&mut self, c: char) {
        if self.half.take().is_some() {
            self.put(char::REPLACEMENT_CHARACTER);
        }
        let c = self.top().map_or(c, |state| state.page().own_sign(c));
        let Some(state) = self.top().copied().filter(|state| !state.skip) else {
            return;
        };
        let level = state.room == Room::Level && c < ' ';
        if !level && !self.is_readable(c) {
            return;
        }
        match (state.task, state.room) {
            (_, Room::Instruction) => {
                let code = self.code.and_then(|at| self.document.codes.get_mut(at));
                if let Some(code) = code {
                    join(&mut code.untrusted, c);
                }
            }
            (Task::PropertyName, _) => {
                if let Some(property) = &mut self.property {
                    join(&mut property.name, c);
                }
            }
            (Task::PropertyValue, _) => {
                if let Some(property) = &mut self.property {
                    join(&mut property.value, c);
                }
            }
            (_, Room::Text) => self.keep(c, usize::MAX),
            (_, Room::Fonts | Room::Styles | Room::Name | Room::Level) => {
                self.keep(c, LONGEST_NAME);
            }
            (_, Room::Colours | Room::Lists) if c == ';' => self.keep(c, LONGEST_NAME),
            (
                _,
                Room::Colours
                | Room::Lists
                | Room::Numbering
                | Room::Field
                | Room::Form
                | Room::Shape
                | Room::Property
                | Room::Picture,
            ) => {}
        }
    }

    /// Names what is not for reading; a tab is a word.
    fn is_readable(&mut self, c: char) -> bool {
        match c {
            '\t' if self.room() == Room::Text => {
                self.plain_word("tab", None, false);
                false
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                self.report.removed(What::BidiControl, "text");
                false
            }
            c if c.is_control() || (u32::from(c) & 0xFFFE) == 0xFFFE => {
                self.report.removed(What::ControlCharacter, "text");
                false
            }
            _ => true,
        }
    }

    fn keep(&mut self, c: char, longest: usize) {
        let words = &mut self.document.words;
        let start = words.len();
        let last = self.document.nodes.last_mut();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        match last {
            Some(Node::Text(from, to)) if *to == place(start) => {
                let long = start.saturating_sub(*from as usize) >= longest;
                // What ends an entry of a table always stands.
                if !long || c == ';' {
                    words.push(c);
                    *to = place(words.len());
                }
            }
            _ => {
                words.push(c);
                let to = place(words.len());
                self.node(Node::Text(place(start), to));
            }
        }
    }
}

fn join(text: &mut String, c: char) {
    if text.len() < LONGEST_JOINED {
        text.push(c);
    }
}
