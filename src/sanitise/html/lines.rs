//! Lines of text as they come to stand: blanks collapsed, list marks and
//! indentation in front, empty lines between paragraphs.

use unicode_width::UnicodeWidthStr as _;

#[derive(Default)]
pub(super) struct Lines {
    text: String,
    line: String,
    /// Bytes at the line's start that are indentation and marks.
    indented: usize,
    /// A blank that is written only if something follows on the line.
    blank: bool,
    /// Inside `pre`.
    pub(super) preformatted: bool,
    /// What stands in front of every line, outermost first.
    indents: Vec<String>,
    /// Of the innermost list item, until its first word is written.
    mark: Option<String>,
}

/// A place in the text, to look back at what was written since.
#[derive(Clone, Copy)]
pub(super) struct Place {
    ended: usize,
    within: usize,
}

impl Lines {
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

    /// What was written since `place` on its line; `None` where that ended.
    pub(super) fn since(&self, place: Place) -> Option<&str> {
        if self.text.len() != place.ended {
            return None;
        }
        self.line.get(place.within.max(self.indented)..)
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
        self.end_line();
        self.forget_mark();
        self.indents.push(" ".repeat(mark.width_cjk()));
        self.mark = Some(mark.to_owned());
    }

    pub(super) fn close_item(&mut self) {
        self.end_line();
        self.forget_mark();
        self.indents.pop();
    }

    /// The same sign before every line (a quotation, a list inside a list).
    pub(super) fn open_indent(&mut self, sign: &str) {
        self.end_line();
        self.indents.push(sign.to_owned());
    }

    pub(super) fn close_indent(&mut self) {
        self.end_line();
        self.indents.pop();
    }

    /// An item without words leaves nothing.
    fn forget_mark(&mut self) {
        self.mark = None;
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
        if !self.line.is_empty() {
            return;
        }
        let last = self.indents.len().saturating_sub(1);
        // However deep: a line stays a line.
        for (level, indent) in self
            .indents
            .iter()
            .enumerate()
            .skip(last.saturating_sub(20))
        {
            match self.mark.take_if(|_| level == last) {
                Some(mark) => self.line.push_str(&mark),
                None => self.line.push_str(indent),
            }
        }
        self.indented = self.line.len();
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
        lines.close_item();
        lines.open_item("・");
        lines.close_item();
        lines.close_item();
        lines.open_indent("> ");
        lines.inline("引用");
        lines.close_indent();
        lines.paragraph();
        lines.inline("後文");
        assert_eq!(
            lines.finish(),
            "前文\n10. 一 行 目\n    二行目\n    ・内側\n> 引用\n\n後文\n"
        );
    }
}
