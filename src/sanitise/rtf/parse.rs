//! Tokens -> model. State belongs to a group and ends with it (RTF 1.9.1,
//! "Formal Syntax"): code page, how many signs follow `\u` for readers without
//! Unicode. A destination takes effect wherever in its group
//! it stands, as it does for readers.

mod group;
mod words;

use std::collections::HashMap;

use super::charset::{self, CodePage};
use super::lexer::{Lexer, Token};
use super::model::{Document, Node};
use super::picture::Draft;
use super::vocabulary::Room;
use crate::sanitise::{Context, Refusal, Report, What};

/// Groups inside each other.
const DEEPEST: usize = 200;
/// Pieces of a document: what they take in memory is bounded by this.
const MOST_NODES: usize = 4_000_000;
/// Bytes of text.
const MOST_TEXT: usize = 32 << 20;
/// Bytes of all pictures, which are written as twice as many digits.
const MOST_PICTURES: usize = 48 << 20;

/// What the end of a group completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Nothing,
    Code,
    Picture,
    Property,
    PropertyName,
    PropertyValue,
    Twice,
}

/// What holds inside a group and ends with it.
#[derive(Clone, Copy, Debug)]
struct State {
    room: Room,
    task: Task,
    /// Nothing of it is read.
    skip: bool,
    in_object: bool,
    /// `\ucN`.
    fallbacks: u32,
    page: CodePage,
    /// Nothing but `\*` stood in it yet.
    fresh: bool,
    starred: bool,
    /// Where its nodes begin, and how many groups of the model its end closes.
    at: usize,
    closes: u32,
}

impl State {
    /// Names and codes are words, also in a font of pictures.
    fn page(&self) -> CodePage {
        match (self.page, self.room) {
            (page, Room::Text) => page,
            (CodePage::Symbol, _) => charset::WESTERN,
            (page, _) => page,
        }
    }
}

/// A property of a drawing that is being read.
#[derive(Debug, Default)]
struct PropertyDraft {
    name: String,
    value: String,
    picture: Option<u32>,
}

struct Reader<'r, 'c> {
    context: &'r Context<'c>,
    report: &'r mut Report,
    document: Document,
    stack: Vec<State>,
    /// Bytes of a run of text that is not read yet.
    pending: Vec<u8>,
    /// The first half of a pair of `\u`.
    half: Option<u16>,
    /// Signs that still stand for the last `\u`.
    skips: u32,
    /// `\ansicpgN`.
    page: CodePage,
    fonts: HashMap<i32, CodePage>,
    default_font: i32,
    /// The font that the table tells of.
    told: i32,
    code: Option<usize>,
    draft: Option<Draft>,
    property: Option<PropertyDraft>,
    /// The last picture could be read.
    drawn: bool,
    /// Bytes of all pictures.
    drawn_bytes: usize,
    /// Groups of the model are too deep inside each other.
    too_much: bool,
}

/// Reads a document.
pub(super) fn parse(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Document, Refusal> {
    let start = super::start(bytes).ok_or(Refusal::Malformed)?;
    let mut lexer = Lexer::new(bytes.get(start..).unwrap_or_default());
    // `{\rt` is enough for some readers; a file of ours says it in full.
    let begins =
        lexer.next() == Some(Token::Open) && matches!(lexer.next(), Some(Token::Word("rtf", _)));
    if !begins {
        return Err(Refusal::Malformed);
    }
    let mut reader = Reader::new(context, report);
    for token in lexer.by_ref() {
        reader.token(token)?;
        if reader.stack.is_empty() {
            break;
        }
    }
    let rest = lexer.rest();
    // A file that is cut off ends where it ends, as readers see it.
    while !reader.stack.is_empty() {
        reader.close();
    }
    if rest
        .iter()
        .any(|byte| !byte.is_ascii_whitespace() && *byte != 0)
    {
        reader.report.removed(What::TrailingData, "after the end");
    }
    Ok(reader.document)
}

impl<'r, 'c> Reader<'r, 'c> {
    fn new(context: &'r Context<'c>, report: &'r mut Report) -> Self {
        let root = State {
            room: Room::Text,
            task: Task::Nothing,
            skip: false,
            in_object: false,
            fallbacks: 1,
            page: charset::WESTERN,
            fresh: false,
            starred: false,
            at: 0,
            closes: 0,
        };
        Self {
            context,
            report,
            document: Document::default(),
            stack: vec![root],
            pending: Vec::new(),
            half: None,
            skips: 0,
            page: charset::WESTERN,
            fonts: HashMap::new(),
            default_font: 0,
            told: 0,
            code: None,
            draft: None,
            property: None,
            drawn: false,
            drawn_bytes: 0,
            too_much: false,
        }
    }

    fn token(&mut self, token: Token<'_>) -> Result<(), Refusal> {
        match token {
            Token::Open => self.open()?,
            Token::Close => self.close(),
            Token::Word(name, number) => self.word(name, number),
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Hex(byte) => self.hex(byte),
            Token::Byte(byte) => self.byte(byte),
            Token::Binary(bytes) => self.binary(bytes),
        }
        let document = &self.document;
        if self.too_much
            || document.nodes.len() > MOST_NODES
            || document.words.len() > MOST_TEXT
            || self.drawn_bytes > MOST_PICTURES
        {
            return Err(Refusal::OverBudget);
        }
        Ok(())
    }

    fn top(&self) -> Option<&State> {
        self.stack.last()
    }

    /// Changes what holds from here to the end of the group.
    fn set(&mut self, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.stack.last_mut() {
            change(state);
        }
    }

    fn skipping(&self) -> bool {
        self.top().is_none_or(|state| state.skip)
    }

    fn room(&self) -> Room {
        self.top().map_or(Room::Name, |state| state.room)
    }

    fn hex(&mut self, byte: u8) {
        // Digits of a picture never look like this.
        if self.skipping() || self.room() == Room::Picture || self.is_fallback() {
            return;
        }
        self.used();
        if byte < b' ' && self.room() == Room::Level {
            self.flush();
            self.put(char::from(byte));
        } else {
            self.pending.push(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.skipping() {
            return;
        }
        if self.room() == Room::Picture {
            if let Some(draft) = &mut self.draft {
                draft.digit(byte);
            }
            return;
        }
        if !self.is_fallback() {
            self.used();
            self.pending.push(byte);
        }
    }

    fn binary(&mut self, bytes: &[u8]) {
        self.flush();
        if self.skipping() {
            return;
        }
        if self.room() == Room::Picture
            && let Some(draft) = &mut self.draft
        {
            draft.binary(bytes);
        }
    }

    /// Something stood in the group: `\*` has no more meaning.
    fn used(&mut self) {
        self.set(|state| {
            state.fresh = false;
            state.starred = false;
        });
    }

    /// Whether this sign only stands for the `\u` before it.
    fn is_fallback(&mut self) -> bool {
        let counts = self.skips > 0;
        self.skips = self.skips.saturating_sub(1);
        counts
    }

    /// Reads the run of bytes that has ended.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let page = self.top().map_or(self.page, State::page);
        let text = page.read(&self.pending);
        self.pending.clear();
        for c in text.chars() {
            self.put(c);
        }
    }

    fn node(&mut self, node: Node) {
        self.document.nodes.push(node);
    }
}
