//! Own eyes on the output: accepts only what `write` can produce. Shares no
//! code and no table with the rest of this folder.
//!
//! What it cannot see: the pixels of a picture, and words that only look like
//! something else to a person.

mod picture;
pub(super) mod property;
mod scan;
pub(super) mod words;

use crate::sanitise::office::verify::field::is_left;
use crate::sanitise::{Context, Refusal};
use scan::{Scan, Word};

/// Why something is not ours; the caller only learns `Residue`.
#[derive(Debug)]
pub(super) struct NotOurs(
    #[cfg_attr(not(test), expect(dead_code, reason = "tests say which check refused"))]
    pub(super)  &'static str,
);

type Checked = Result<(), NotOurs>;

/// What a group holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Text,
    Fonts,
    Colours,
    Styles,
    Lists,
    Numbering,
    Field,
    Instruction,
    Form,
    Shape,
    Name,
    Level,
}

const HEADER: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252\\uc1";
/// Groups inside each other.
const DEEPEST: usize = 400;
/// Fonts in all tables.
const MOST_FONTS: usize = 4_096;

/// Accepts an output.
pub(super) fn verify(bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    examine(bytes, context).map_err(|_| Refusal::Residue)
}

/// As [`verify`], with the reason, for tests.
pub(super) fn examine(bytes: &[u8], context: &Context<'_>) -> Checked {
    let body = bytes.strip_prefix(HEADER).ok_or(NotOurs("header"))?;
    let mut document = Document {
        scan: Scan::new(body),
        context,
        open: vec![Open::new(Room::Text)],
        fonts: 0,
        half: None,
    };
    // The header's last word may be parted from text.
    document.scan.blank();
    while !document.open.is_empty() {
        document.step()?;
    }
    if document.scan.rest() == b"\n" {
        Ok(())
    } else {
        Err(NotOurs("behind the end"))
    }
}

/// A group that is open.
struct Open {
    room: Room,
    /// It is a field, with so many codes.
    codes: Option<u32>,
    /// It is a field's code: what it says.
    code: Option<String>,
}

impl Open {
    fn new(room: Room) -> Self {
        Self {
            room,
            codes: None,
            code: None,
        }
    }
}

struct Document<'a> {
    scan: Scan<'a>,
    context: &'a Context<'a>,
    open: Vec<Open>,
    fonts: usize,
    /// The first half of a pair.
    half: Option<u16>,
}

impl Document<'_> {
    fn room(&self) -> Result<Room, NotOurs> {
        self.open
            .last()
            .map(|open| open.room)
            .ok_or(NotOurs("group"))
    }

    fn step(&mut self) -> Checked {
        let byte = self.scan.byte().ok_or(NotOurs("unfinished"))?;
        if self.half.is_some() && !self.scan.continues_pair(byte) {
            return Err(NotOurs("half a pair"));
        }
        match byte {
            b'{' => self.group(),
            b'}' => self.end(),
            b'\\' => self.control(),
            b'\n' if self.scan.after_line() => Ok(()),
            b' '..=b'~' => self.text(char::from(byte)),
            _ => Err(NotOurs("byte")),
        }
    }

    fn group(&mut self) -> Checked {
        if self.open.len() >= DEEPEST {
            return Err(NotOurs("depth"));
        }
        let room = self.room()?;
        let starred = self.scan.take(b"\\*");
        let word = self.scan.peek();
        let name = word.as_ref().map_or("", |word| word.name);
        if let Some(destination) = words::destination(name) {
            let bare = word.as_ref().is_some_and(|word| word.number.is_none());
            if !bare || starred != destination.starred || !destination.within.contains(&room) {
                return Err(NotOurs("destination"));
            }
            self.scan.word()?;
            return self.enter(name, destination.inside);
        }
        match name {
            "pict" if room == Room::Text && !starred => {
                return picture::check(&mut self.scan, self.context);
            }
            "sp" if room == Room::Shape && !starred => return self.property(),
            "cs" | "ts" | "ds" if room == Room::Styles && starred => {}
            _ if starred => return Err(NotOurs("starred group")),
            _ if room == Room::Instruction => return Err(NotOurs("group in a code")),
            _ => {}
        }
        self.open.push(Open::new(room));
        Ok(())
    }

    fn enter(&mut self, name: &str, inside: Room) -> Checked {
        let mut open = Open::new(inside);
        match name {
            "field" => open.codes = Some(0),
            "fldinst" => {
                // Also inside a group of the field.
                let mut around = self.open.iter_mut().rev();
                let field = around.find_map(|open| open.codes.as_mut());
                let codes = field.ok_or(NotOurs("code outside a field"))?;
                *codes = codes.saturating_add(1);
                open.code = Some(String::new());
            }
            _ => {}
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) -> Checked {
        let open = self.open.pop().ok_or(NotOurs("group"))?;
        if open.codes.is_some_and(|codes| codes != 1) {
            return Err(NotOurs("field without one code"));
        }
        match open.code {
            Some(code) if !is_left(&code) => Err(NotOurs("field")),
            _ => Ok(()),
        }
    }

    fn control(&mut self) -> Checked {
        if let Some(symbol) = self.scan.symbol() {
            return match symbol {
                b'\\' | b'{' | b'}' => self.text(char::from(symbol)),
                b'~' | b'-' | b'_' if self.room()? == Room::Text => Ok(()),
                b'\'' if self.room()? == Room::Level => {
                    let place = self.scan.hex()?;
                    (place < b' ')
                        .then_some(())
                        .ok_or(NotOurs("byte in a level"))
                }
                _ => Err(NotOurs("symbol")),
            };
        }
        let Word { name, number } = self.scan.word_after_backslash()?;
        if name == "u" {
            return self.unicode(number);
        }
        self.scan.blank();
        let room = self.room()?;
        let numbers = words::numbers(name, room).ok_or(NotOurs("word"))?;
        let within = match (number, numbers) {
            (None, _) => name != "listoverridecount",
            (Some(_), None) => false,
            (Some(number), Some((least, most))) => (least..=most).contains(&number),
        };
        if !within || (name == "listoverridecount" && !matches!(number, Some(0 | 1 | 9))) {
            return Err(NotOurs("number"));
        }
        if name == "f" && room == Room::Fonts {
            self.fonts += 1;
            if self.fonts > MOST_FONTS {
                return Err(NotOurs("fonts"));
            }
        }
        self.scan.was(name);
        Ok(())
    }

    fn unicode(&mut self, number: Option<i32>) -> Checked {
        let unit = number.and_then(|number| i16::try_from(number).ok());
        let unit = unit.ok_or(NotOurs("character"))?.cast_unsigned();
        if self.scan.byte() != Some(b'?') {
            return Err(NotOurs("character without its other"));
        }
        let c = match (self.half.take(), unit) {
            (None, 0xD800..0xDC00) => {
                self.half = Some(unit);
                return Ok(());
            }
            (Some(half), _) => char::decode_utf16([half, unit]).next(),
            (None, _) => char::decode_utf16([unit]).next(),
        };
        match c {
            Some(Ok(c)) if c >= '\u{a0}' => self.text(c),
            _ => Err(NotOurs("character")),
        }
    }

    fn text(&mut self, c: char) -> Checked {
        if matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            return Err(NotOurs("turned words"));
        }
        match self.room()? {
            Room::Text | Room::Fonts | Room::Styles | Room::Name | Room::Level => Ok(()),
            Room::Colours | Room::Lists if c == ';' => Ok(()),
            Room::Instruction => {
                let code = self.open.last_mut().and_then(|open| open.code.as_mut());
                code.ok_or(NotOurs("text in a code"))?.push(c);
                Ok(())
            }
            Room::Colours
            | Room::Lists
            | Room::Numbering
            | Room::Field
            | Room::Form
            | Room::Shape => Err(NotOurs("text")),
        }
    }

    /// `{\sp{\sn name}{\sv value}}`, behind its brace.
    fn property(&mut self) -> Checked {
        if !self.scan.take(b"\\sp{\\sn ") {
            return Err(NotOurs("property"));
        }
        let name = self.scan.until(b'}');
        let name = std::str::from_utf8(name).map_err(|_| NotOurs("property"))?;
        let kind = property::kind(name).ok_or(NotOurs("property name"))?;
        if !self.scan.take(b"}{\\sv ") {
            return Err(NotOurs("property"));
        }
        if kind == property::Kind::Picture {
            if !self.scan.take(b"{") {
                return Err(NotOurs("property"));
            }
            picture::check(&mut self.scan, self.context)?;
        } else {
            let value = self.scan.plain()?;
            if !property::fits(kind, &value) {
                return Err(NotOurs("property value"));
            }
        }
        if self.scan.take(b"}}") {
            Ok(())
        } else {
            Err(NotOurs("property"))
        }
    }
}
