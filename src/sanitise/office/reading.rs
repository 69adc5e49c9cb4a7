//! XML text of a stranger -> [`Tape`]. The only place that names the XML
//! crate; the verifier has its own scanner.

use std::borrow::Cow;
use std::cell::Cell;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::marks::Marks;
use super::tape::{Attribute, Node, Open, Tape};
use super::vocabulary::{Fate, Vocabulary};
use crate::sanitise::Refusal;

/// Deepest nesting of elements that is read; LibreOffice stops at 256.
const DEEPEST: usize = 200;

/// What an element on the stack of open ones became.
enum Entered {
    /// It stands on the tape.
    Kept {
        at: usize,
        /// Readers may skip what is inside.
        extension: bool,
        /// White space inside is words.
        words: bool,
    },
    /// Its tags are left out: its content is its parent's.
    Unwrapped,
    /// `mc:AlternateContent`; whether a branch was taken.
    Alternate(bool),
    /// A taken branch: its content stands in for the whole.
    Branch,
}

/// Bytes as text: UTF-8, or UTF-16 with its mark. Two readers could differ on
/// anything else.
pub(in crate::sanitise) fn decode(bytes: Vec<u8>) -> Result<String, Refusal> {
    let mut text = match bytes.as_slice() {
        [0xFE, 0xFF, ..] => utf16(encoding_rs::UTF_16BE, &bytes)?,
        [0xFF, 0xFE, ..] => utf16(encoding_rs::UTF_16LE, &bytes)?,
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            String::from_utf8(rest.to_vec()).map_err(|_| Refusal::Malformed)?
        }
        _ => String::from_utf8(bytes).map_err(|_| Refusal::Malformed)?,
    };
    if text.len() > u32::MAX as usize / 2 {
        return Err(Refusal::OverBudget);
    }
    if may_hold_others(text.as_bytes()) {
        text.retain(is_xml);
    }
    let head = text.split_once("?>").map_or("", |(head, _)| head);
    if let Some((_, after)) = head.split_once("encoding") {
        let label = after
            .trim_start_matches([' ', '=', '"', '\''])
            .to_ascii_lowercase();
        let known = ["utf-8", "utf8", "utf-16", "us-ascii", "ascii"];
        if !known.iter().any(|name| label.starts_with(name)) {
            return Err(Refusal::Malformed);
        }
    }
    Ok(text)
}

/// Whether something may be in a text that XML cannot carry; in blocks, because
/// nearly every text has nothing.
fn may_hold_others(bytes: &[u8]) -> bool {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let any = |block: &[u8]| block.iter().fold(false, |any, byte| any | control(*byte));
    // U+FFFE and U+FFFF.
    let edge = |three: &[u8]| matches!(three, [0xEF, 0xBF, 0xBE | 0xBF]);
    bytes.chunks(256).any(any) || (bytes.contains(&0xEF) && bytes.windows(3).any(edge))
}

/// What XML 1.0 can carry (2.2, `Char`). All else goes before anything is
/// judged: a name that is one thing with such a sign and another without it
/// would be judged as the one and written as the other.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// A value with its references resolved.
fn resolved(value: &str) -> Result<String, Refusal> {
    let value = unescape(value).map_err(|_| Refusal::Malformed)?;
    Ok(value.chars().filter(|c| is_xml(*c)).collect())
}

fn utf16(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> Result<String, Refusal> {
    let (text, bad) = encoding.decode_with_bom_removal(bytes);
    if bad {
        Err(Refusal::Malformed)
    } else {
        Ok(text.into_owned())
    }
}

/// Reads one part, and counts the characters of text in it that are left out.
/// `unknown` is called with each element that is.
pub(in crate::sanitise) fn read<S: Vocabulary>(
    source: String,
    heaviest: usize,
    unknown: &mut dyn FnMut(S, &str),
) -> Result<Tape<S>, Refusal> {
    let start = source.as_ptr() as usize;
    let mut reader = Reader::from_str(&source);
    reader.config_mut().check_end_names = true;
    let mut reading = Reading {
        tape: Tape::over(&source),
        start,
        entered: Vec::new(),
        marks: Marks::default(),
        prefixes: Vec::new(),
        latest: Cell::default(),
        skipped: 0,
        in_words: false,
        other_branch: false,
        unread: 0,
        rooted: false,
        blank: false,
    };
    loop {
        let event = reader.read_event().map_err(|_| Refusal::Malformed)?;
        match event {
            Event::Start(tag) => reading.enter(&tag, unknown)?,
            Event::Empty(tag) => {
                reading.enter(&tag, unknown)?;
                reading.leave()?;
            }
            Event::End(_) => reading.leave()?,
            Event::Text(text) => reading.text(text.into_inner().as_ref(), false)?,
            Event::CData(text) => reading.text(text.into_inner().as_ref(), true)?,
            Event::GeneralRef(reference) => {
                let decoded = if reference.is_char_ref() {
                    reference.resolve_char_ref().ok().flatten()
                } else {
                    match reference.into_inner().as_ref() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    }
                };
                let decoded = decoded.ok_or(Refusal::Malformed)?;
                if is_xml(decoded) {
                    reading.decoded(decoded.encode_utf8(&mut [0; 4]))?;
                }
            }
            Event::DocType(_) => return Err(Refusal::Malformed),
            // For another program than the one that opens the document.
            Event::PI(_) => unknown(S::UNKNOWN, "?"),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
        if reading.tape.weight() > heaviest {
            return Err(Refusal::OverBudget);
        }
    }
    if !reading.rooted || !reading.entered.is_empty() {
        return Err(Refusal::Malformed);
    }
    let mut tape = reading.tape.seal(source);
    tape.unread = reading.unread;
    Ok(tape)
}

struct Reading<S> {
    tape: Tape<S>,
    start: usize,
    entered: Vec<Entered>,
    /// What the part calls optional: leaving it out is no news.
    marks: Marks,
    /// Declared prefixes with the depth of their declaration.
    prefixes: Vec<(String, S, usize)>,
    /// Which of them was asked for last, most often the next one too. None
    /// while declarations come and go.
    latest: Cell<Option<usize>>,
    /// Depth inside an element that is left out; its tags are not looked at.
    skipped: usize,
    /// The innermost skipped element is one of text.
    in_words: bool,
    /// What is skipped is said by the branch that was taken.
    other_branch: bool,
    /// Characters of text in what was skipped.
    unread: u64,
    rooted: bool,
    /// The last node is text of nothing but white space.
    blank: bool,
}

impl<S: Vocabulary> Reading<S> {
    fn enter(
        &mut self,
        tag: &BytesStart<'_>,
        unknown: &mut dyn FnMut(S, &str),
    ) -> Result<(), Refusal> {
        if self.skipped > 0 {
            self.skipped += 1;
            self.in_words = S::is_text(split(tag.name().0).1);
            return Ok(());
        }
        let depth = self.entered.len() + 1;
        if depth > DEEPEST {
            return Err(Refusal::OverBudget);
        }
        if depth == 1 && std::mem::replace(&mut self.rooted, true) {
            return Err(Refusal::Malformed);
        }
        self.declare(tag, depth)?;
        let mut marks = std::mem::take(&mut self.marks);
        let is_compatibility =
            |prefix: &str| self.space_of(prefix).fate("AlternateContent") == Fate::Choose;
        marks.add(tag, depth, is_compatibility)?;
        self.marks = marks;
        let (prefix, local) = split(tag.name().0);
        let mut space = self.space_of(prefix);
        if depth == 1 && prefix.is_empty() && space == S::UNKNOWN {
            space = S::BARE_ROOT;
        }
        let fate = space.fate(local);
        if fate == Fate::Choose {
            return self.alternate(tag, local, depth);
        }
        let inside_alternate = matches!(self.entered.last(), Some(Entered::Alternate(_)));
        if inside_alternate || fate != Fate::Keep {
            let optional = space.may_be_ignored() && self.marks.may_ignore(prefix);
            if !inside_alternate && optional && self.marks.keeps_content(prefix, local) {
                self.entered.push(Entered::Unwrapped);
                return Ok(());
            }
            if !inside_alternate && !optional && !self.in_extension() {
                unknown(space, local);
            }
            let within_words = self.holder().is_some_and(|(_, words)| words);
            if fate == Fate::Unwrap && within_words {
                self.entered.push(Entered::Unwrapped);
                return Ok(());
            }
            self.in_words = S::is_text(local);
            self.other_branch = inside_alternate;
            return self.skip(depth);
        }
        // White space before a child only lays the source out.
        if std::mem::take(&mut self.blank)
            && matches!(
                self.tape.node(self.tape.len().wrapping_sub(1)),
                Some(Node::Text(_))
            )
        {
            self.tape.pop();
        }
        let first = self.tape.attribute_count();
        let mut count: u16 = 0;
        for attribute in tag.attributes() {
            // Duplicate names are an error here: two readers would differ.
            let attribute = attribute.map_err(|_| Refusal::Malformed)?;
            let name = attribute.key.0;
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let (prefix, attribute_local) = split(name);
            let attribute_space = if prefix.is_empty() {
                S::NONE
            } else {
                self.space_of(prefix)
            };
            if !attribute_space.knows_attribute(space, attribute_local) {
                continue;
            }
            let value = attribute.value.as_ref();
            let marked = |b: u8| matches!(b, b'&' | b'\r' | b'\n' | b'\t');
            let value = if value.bytes().fold(false, |any, b| any | marked(b)) {
                let value = value.replace(['\r', '\n', '\t'], " ");
                let value = resolved(&value)?;
                self.tape.add(&value)
            } else {
                self.tape.span_of(value, self.start)
            };
            let local = self.tape.span_of(attribute_local, self.start);
            self.tape.push_attribute(Attribute {
                space: attribute_space,
                local,
                value,
                kept: true,
            });
            count = count.checked_add(1).ok_or(Refusal::Malformed)?;
        }
        let (extension, words) = (space.is_extension(local), space.holds_words(local));
        let local = self.tape.span_of(local, self.start);
        let at = self.tape.push(Node::Open(Open {
            space,
            local,
            first,
            count,
            end: 0,
        }));
        self.entered.push(Entered::Kept {
            at,
            extension,
            words,
        });
        Ok(())
    }

    /// Whether the innermost element is an extension: readers may skip it.
    fn in_extension(&self) -> bool {
        matches!(
            self.entered.last(),
            Some(Entered::Kept {
                extension: true,
                ..
            })
        )
    }

    fn skip(&mut self, depth: usize) -> Result<(), Refusal> {
        if depth == 1 {
            return Err(Refusal::Malformed);
        }
        self.skipped = 1;
        self.forget(depth);
        Ok(())
    }

    /// Decides alternate content while reading: the first branch whose
    /// namespaces we understand, else the fallback (ISO/IEC 29500-3).
    fn alternate(
        &mut self,
        tag: &BytesStart<'_>,
        local: &str,
        depth: usize,
    ) -> Result<(), Refusal> {
        if local == "AlternateContent" {
            self.entered.push(Entered::Alternate(false));
            return Ok(());
        }
        let free = matches!(self.entered.last(), Some(Entered::Alternate(false)));
        let taken = free
            && match local {
                "Choice" => {
                    let requires = tag
                        .attributes()
                        .flatten()
                        .find(|attribute| attribute.key.0 == "Requires")
                        .map(|attribute| attribute.value.into_owned())
                        .unwrap_or_default();
                    let mut prefixes = requires.split_ascii_whitespace().peekable();
                    prefixes.peek().is_some()
                        && prefixes.all(|prefix| self.space_of(prefix).is_chosen())
                }
                "Fallback" => true,
                _ => false,
            };
        if !taken {
            (self.in_words, self.other_branch) = (false, true);
            return self.skip(depth);
        }
        if let Some(last) = self.entered.last_mut() {
            *last = Entered::Alternate(true);
        }
        self.entered.push(Entered::Branch);
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Refusal> {
        if self.skipped > 0 {
            self.skipped -= 1;
            self.in_words = false;
            return Ok(());
        }
        let depth = self.entered.len();
        match self.entered.pop() {
            Some(Entered::Kept { at, .. }) => self.tape.close(at),
            Some(Entered::Unwrapped | Entered::Alternate(_) | Entered::Branch) => {}
            None => return Err(Refusal::Malformed),
        }
        self.forget(depth);
        Ok(())
    }

    fn text(&mut self, words: &str, literal: bool) -> Result<(), Refusal> {
        if self.skipped > 0 {
            if self.in_words && !self.other_branch {
                let seen = words.chars().filter(|c| !c.is_whitespace()).count();
                let seen = u64::try_from(seen).unwrap_or(u64::MAX);
                self.unread = self.unread.saturating_add(seen);
            }
            return Ok(());
        }
        let holder = self.holder();
        if words.trim_ascii().is_empty() && !literal && holder.is_none_or(|(_, words)| !words) {
            // Kept only where it is the first content of an element; a child
            // that follows takes it out again.
            let last = self.tape.len().wrapping_sub(1);
            let directly = holder.is_some_and(|(at, _)| at == last);
            let continued = matches!(self.tape.node(last), Some(Node::Text(_)));
            if !directly && !continued {
                return Ok(());
            }
            self.blank = directly || self.blank;
        } else if holder.is_none() {
            // Words outside the root, or between branches.
            return if self.entered.is_empty() {
                Err(Refusal::Malformed)
            } else {
                Ok(())
            };
        } else {
            self.blank = false;
        }
        if words.bytes().fold(false, |any, b| any | (b == b'\r')) {
            self.tape
                .push_decoded(&words.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            let span = self.tape.span_of(words, self.start);
            self.tape.push(Node::Text(span));
        }
        Ok(())
    }

    fn decoded(&mut self, words: &str) -> Result<(), Refusal> {
        if self.skipped > 0 {
            return Ok(());
        }
        if self.holder().is_some() {
            self.blank = false;
            self.tape.push_decoded(words);
        } else if self.entered.is_empty() {
            return Err(Refusal::Malformed);
        }
        Ok(())
    }

    /// The element whose content text is here: its place, and whether white
    /// space in it is words. None between the branches of alternate content.
    fn holder(&self) -> Option<(usize, bool)> {
        let mut outwards = self.entered.iter().rev();
        match outwards.find(|entered| !matches!(entered, Entered::Unwrapped))? {
            Entered::Kept { at, words, .. } => Some((*at, *words)),
            Entered::Unwrapped | Entered::Alternate(_) | Entered::Branch => None,
        }
    }

    fn declare(&mut self, tag: &BytesStart<'_>, depth: usize) -> Result<(), Refusal> {
        let attributes = tag.attributes_raw();
        // A search for a word gets ready longer than most tags are.
        let may_be = attributes.bytes().fold(false, |any, b| any | (b == b'x'));
        if !may_be || !attributes.contains("xmlns") {
            return Ok(());
        }
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| Refusal::Malformed)?;
            let name = attribute.key.0;
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            let uri: Cow<'_, str> = unescape(&attribute.value).map_err(|_| Refusal::Malformed)?;
            self.latest.set(None);
            self.prefixes.push((prefix.to_owned(), S::of(&uri), depth));
            if self.prefixes.len() > 1_000 {
                return Err(Refusal::OverBudget);
            }
        }
        Ok(())
    }

    fn forget(&mut self, depth: usize) {
        self.marks.forget(depth);
        while self
            .prefixes
            .last()
            .is_some_and(|(_, _, declared)| *declared >= depth)
        {
            self.latest.set(None);
            self.prefixes.pop();
        }
    }

    fn space_of(&self, prefix: &str) -> S {
        if prefix == "xml" {
            return S::XML;
        }
        let declared = |at: usize| {
            let (declared, space, _) = self.prefixes.get(at)?;
            declared.bytes().eq(prefix.bytes()).then_some(*space)
        };
        if let Some(space) = self.latest.get().and_then(declared) {
            return space;
        }
        let mut inwards = (0..self.prefixes.len()).rev();
        let found = inwards.find_map(|at| Some((at, declared(at)?)));
        self.latest.set(found.map(|(at, _)| at));
        found.map_or(S::UNKNOWN, |(_, space)| space)
    }
}

/// Prefix and name. By bytes: a search for a sign gets ready longer than this
/// takes.
fn split(name: &str) -> (&str, &str) {
    let colon = name.bytes().position(|b| b == b':');
    let parts = colon.and_then(|at| Some((name.get(..at)?, name.get(at + 1..)?)));
    parts.unwrap_or(("", name))
}

/// One element of a flat list such as `[Content_Types].xml` or a `.rels`.
pub(in crate::sanitise) struct Row {
    pub(in crate::sanitise) local: String,
    attributes: Vec<(String, String)>,
}

impl Row {
    pub(in crate::sanitise) fn get(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

/// Reads a flat list; at most `most` rows.
pub(in crate::sanitise) fn rows(source: &str, most: usize) -> Result<Vec<Row>, Refusal> {
    let mut reader = Reader::from_str(source);
    let mut rows = Vec::new();
    loop {
        match reader.read_event().map_err(|_| Refusal::Malformed)? {
            Event::Start(tag) | Event::Empty(tag) => {
                if rows.len() > most {
                    return Err(Refusal::OverBudget);
                }
                let mut attributes = Vec::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|_| Refusal::Malformed)?;
                    let value = resolved(&attribute.value)?;
                    attributes.push((attribute.key.0.to_owned(), value));
                }
                rows.push(Row {
                    local: split(tag.name().0).1.to_owned(),
                    attributes,
                });
            }
            Event::DocType(_) => return Err(Refusal::Malformed),
            Event::Eof => return Ok(rows),
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::GeneralRef(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_) => {}
        }
    }
}
