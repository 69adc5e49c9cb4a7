//! XML text of a stranger -> [`Tape`]. Of office formats only this room and those beside it (`source`,
//! `prefixes`, `marks`, `rows`) name the XML crate; the verifier has its own
//! scanner.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::marks::Marks;
use super::prefixes::Prefixes;
use super::source::{is_xml, resolved};
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
        prefixes: Prefixes::default(),
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
    prefixes: Prefixes<S>,
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
        self.prefixes.declare(tag, depth)?;
        let mut marks = std::mem::take(&mut self.marks);
        let is_compatibility =
            |prefix: &str| self.prefixes.space_of(prefix).fate("AlternateContent") == Fate::Choose;
        marks.add(tag, depth, is_compatibility)?;
        self.marks = marks;
        let (prefix, local) = split(tag.name().0);
        let mut space = self.prefixes.space_of(prefix);
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
            let said = S::is_seen(local) || !self.in_extension();
            if !inside_alternate && !optional && said {
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
                self.prefixes.space_of(prefix)
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
                        && prefixes.all(|prefix| self.prefixes.space_of(prefix).is_chosen())
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

    fn forget(&mut self, depth: usize) {
        self.marks.forget(depth);
        self.prefixes.forget(depth);
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
}

/// Prefix and name. By bytes: a search for a sign gets ready longer than this
/// takes.
pub(super) fn split(name: &str) -> (&str, &str) {
    let colon = name.bytes().position(|b| b == b':');
    let parts = colon.and_then(|at| Some((name.get(..at)?, name.get(at + 1..)?)));
    parts.unwrap_or(("", name))
}
