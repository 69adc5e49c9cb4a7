//! Lines of text as they come to stand: blanks collapsed, list marks and
//! indentation in front, empty lines between paragraphs.

use std::cell::Cell;
use std::rc::Rc;

use unicode_width::UnicodeWidthStr as _;

/// Bytes of indentation and of room between columns of a whole page: it is
/// these that make a text many times longer than its page.
const MOST_ROOM: usize = 8 << 20;

/// What may still be written in front of lines; shared by all texts of a page.
#[derive(Clone)]
struct Room(Rc<Cell<usize>>);

impl Default for Room {
    fn default() -> Self {
        Self(Rc::new(Cell::new(MOST_ROOM)))
    }
}

#[derive(Default)]
pub(super) struct Lines {
    room: Room,
    text: String,
    line: String,
    /// Bytes at the line's start that are indentation and marks.
    indented: usize,
    /// A blank that is written only if something follows on the line.
    blank: bool,
    /// Inside `pre`.
    pub(super) preformatted: bool,
    /// What stands in front of every line, outermost first.
    indents: Vec<Indent>,
}

struct Indent {
    sign: String,
    /// Of a list item, until its first word is written: also where that stands
    /// in a heading or a list inside it.
    mark: Option<String>,
}

/// A place in the text, to look back at what was written since.
#[derive(Clone, Copy)]
pub(super) struct Place {
    ended: usize,
    within: usize,
}

impl Lines {
    /// Lines of another text of the same page.
    pub(super) fn beside(&self) -> Self {
        Self {
            room: self.room.clone(),
            ..Self::default()
        }
    }

    /// Takes `bytes` of what may be written around words.
    pub(super) fn take_room(&self, bytes: usize) {
        let left = self.room.0.get().saturating_sub(bytes);
        self.room.0.set(left);
    }

    /// There is no room left: what is written now is no text any more.
    pub(super) fn is_full(&self) -> bool {
        self.room.0.get() == 0
    }

    /// The whole text, ended by one newline unless empty.
    pub(super) fn finish(mut self) -> String {
        self.end_line();
        self.text.truncate(self.text.trim_end_matches('\n').len());
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
    }

    /// Running text: its blanks collapse, unless it is preformatted.
    pub(super) fn inline(&mut self, text: &str) {
        if self.preformatted {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.line_break();
                }
                let line = line.trim_end_matches('\r');
                if !line.is_empty() {
                    self.begin();
                    self.line.push_str(line);
                }
            }
            return;
        }
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}') {
                self.blank = true;
            } else {
                self.settle();
                self.line.push(c);
            }
        }
    }

    /// Words of ours, in one piece.
    pub(super) fn put(&mut self, text: &str) {
        self.settle();
        self.line.push_str(text);
    }

    /// A blank, if something follows on the line.
    pub(super) fn gap(&mut self) {
        self.blank = true;
    }

    /// A whole text of lines below each other.
    pub(super) fn lines(&mut self, lines: &str) {
        self.end_line();
        for line in lines.lines() {
            self.put(line);
            self.line_break();
        }
    }

    /// Where the next word will stand.
    pub(super) fn here(&mut self) -> Place {
        if self.line.len() > self.indented {
            self.settle();
        }
        Place {
            ended: self.text.len(),
            within: self.line.len(),
        }
    }

    /// What was written since `place`, its line and those after it.
    pub(super) fn since(&self, place: Place) -> String {
        if self.text.len() == place.ended {
            let from = place.within.max(self.indented);
            return self.line.get(from..).unwrap_or_default().to_owned();
        }
        let from = place.ended.saturating_add(place.within);
        let ended = self.text.get(from..).or(self.text.get(place.ended..));
        format!("{}{}", ended.unwrap_or_default(), self.line)
    }

    /// Takes that back.
    pub(super) fn take_back(&mut self, place: Place) {
        if self.text.len() == place.ended {
            self.line.truncate(place.within.max(self.indented));
        }
    }

    pub(super) fn line_break(&mut self) {
        let words = self.line.trim_end();
        // Room between the boxes of a layout is one empty line at most.
        let room = words.is_empty() && !self.preformatted;
        if !room || !(self.text.is_empty() || self.text.ends_with("\n\n")) {
            self.text.push_str(words);
            self.text.push('\n');
        }
        self.line.clear();
        self.indented = 0;
        self.blank = false;
    }

    /// Ends a line that has words on it.
    pub(super) fn end_line(&mut self) {
        if self.line.len() > self.indented {
            self.line_break();
        } else {
            // A mark that stands alone waits for its words.
            self.blank = false;
        }
    }

    /// Ends the line and leaves one empty line; inside a list none.
    pub(super) fn paragraph(&mut self) {
        self.end_line();
        let apart = self.indents.is_empty() && self.line.is_empty();
        if apart && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A list item: `mark` before its first line, as much room before others.
    pub(super) fn open_item(&mut self, mark: &str) {
        self.open(" ".repeat(mark.width_cjk()), Some(mark.to_owned()));
    }

    /// The same sign before every line (a quotation, a list inside a list).
    pub(super) fn open_indent(&mut self, sign: &str) {
        self.open(sign.to_owned(), None);
    }

    fn open(&mut self, sign: String, mark: Option<String>) {
        self.end_line();
        self.forget_indentation();
        self.indents.push(Indent { sign, mark });
    }

    /// Ends an item or indentation; one without words leaves nothing.
    pub(super) fn close(&mut self) {
        self.end_line();
        self.forget_indentation();
        self.indents.pop();
    }

    fn forget_indentation(&mut self) {
        if self.line.len() == self.indented {
            self.line.clear();
            self.indented = 0;
        }
    }

    fn settle(&mut self) {
        self.begin();
        if std::mem::take(&mut self.blank) && self.line.len() > self.indented {
            self.line.push(' ');
        }
    }

    /// Indentation and mark, once a line.
    fn begin(&mut self) {
        if !self.line.is_empty() || self.is_full() {
            return;
        }
        // However deep: a line stays a line.
        let outer = self.indents.len().saturating_sub(21);
        for indent in self.indents.iter_mut().skip(outer) {
            match indent.mark.take() {
                Some(mark) => self.line.push_str(&mark),
                None => self.line.push_str(&indent.sign),
            }
        }
        self.indented = self.line.len();
        self.take_room(self.indented);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_below_each_other_with_room_for_their_marks() {
        let mut lines = Lines::default();
        lines.inline("前文");
        lines.open_item("10. ");
        lines.paragraph();
        lines.inline("一 行 目");
        lines.line_break();
        lines.inline("二行目");
        lines.open_item("・");
        lines.inline("内側");
        lines.close();
        lines.open_item("・");
        lines.close();
        lines.close();
        lines.open_indent("> ");
        lines.inline("引用");
        lines.close();
        lines.paragraph();
        lines.inline("後文");
        assert_eq!(
            lines.finish(),
            "前文\n10. 一 行 目\n    二行目\n    ・内側\n> 引用\n\n後文\n"
        );
    }

    #[test]
    fn a_mark_waits_for_its_words_however_deep_they_stand() {
        let mut lines = Lines::default();
        lines.open_item("1. ");
        lines.open_item("● ");
        lines.inline("見出し");
        lines.close();
        lines.inline("本文");
        lines.close();
        lines.open_item("2. ");
        lines.open_indent("> ");
        lines.close();
        lines.open_item("・");
        let place = lines.here();
        lines.inline("内側");
        lines.line_break();
        lines.inline("次");
        assert_eq!(lines.since(place), "2. ・内側\n     次");
        lines.close();
        lines.close();
        assert_eq!(lines.finish(), "1. ● 見出し\n   本文\n2. ・内側\n     次\n");
    }
}
