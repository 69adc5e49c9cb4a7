//! A document as its words: paragraphs as lines, cells between tabs, what a
//! list says before its items; behind them notes, comments and boxes, and
//! last what stands on every page.

use super::model::{Document, Group, Node};
use crate::sanitise::{Report, What};

/// What a word shows; nothing where only the reader knows.
pub(super) fn sign(name: &str) -> Option<&'static str> {
    Some(match name {
        "tab" => "\t",
        "line" => "\n",
        "bullet" => "•",
        "emdash" => "—",
        "endash" => "–",
        "emspace" => "\u{2003}",
        "enspace" => "\u{2002}",
        "qmspace" => "\u{2005}",
        "lquote" => "‘",
        "rquote" => "’",
        "ldblquote" => "“",
        "rdblquote" => "”",
        "chdate" | "chdpl" | "chdpa" | "chtime" | "chpgn" | "sectnum" | "chftn" => "",
        _ => return None,
    })
}

/// Where words go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Main,
    Notes,
    Comments,
    Boxes,
    Pages,
    /// They are no text.
    Nowhere,
}

const ORDER: [Story; 5] = [
    Story::Main,
    Story::Notes,
    Story::Comments,
    Story::Boxes,
    Story::Pages,
];

impl Story {
    fn of(destination: &str, around: Self) -> Self {
        match destination {
            _ if around == Self::Nowhere => around,
            "footnote" => Self::Notes,
            "annotation" => Self::Comments,
            "shptxt" | "dptxbxtext" => Self::Boxes,
            "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr"
            | "footerf" => Self::Pages,
            "field" | "fldrslt" | "shp" | "shpgrp" | "shpinst" | "do" | "listtext" | "pntext"
            | "background" => around,
            _ if destination.starts_with('m') => around,
            _ => Self::Nowhere,
        }
    }
}

/// What holds inside a group.
#[derive(Clone, Copy)]
struct State {
    story: Story,
    deleted: bool,
    /// It was moved away, as somebody proposes.
    moved: bool,
    hidden: bool,
    in_table: bool,
    /// It is a story of its own, which ends its line.
    whole: bool,
}

/// How many characters a document's text has, blanks aside.
pub(super) struct Count {
    /// That are read.
    pub(super) shown: u64,
    /// That are there, marked as hidden.
    pub(super) hidden: u64,
}

/// The characters of a document.
pub(super) fn count(document: &Document) -> Count {
    let writer = tell(document, &mut Report::default());
    Count {
        shown: writer.stories.iter().map(|story| characters(story)).sum(),
        hidden: writer.hidden,
    }
}

fn characters(words: &str) -> u64 {
    let seen = words.chars().filter(|c| !c.is_whitespace()).count();
    u64::try_from(seen).unwrap_or(u64::MAX)
}

/// The words of a document.
pub(super) fn text(document: &Document, report: &mut Report) -> String {
    let stories = tell(document, report).stories.into_iter();
    let told: Vec<String> = stories.filter(|story| !story.trim().is_empty()).collect();
    told.join("\n")
}

fn tell(document: &Document, report: &mut Report) -> Writer {
    let mut writer = Writer {
        stories: Default::default(),
        joins: false,
        left_out: None,
        hidden: 0,
    };
    let mut stack = vec![State {
        story: Story::Main,
        deleted: false,
        moved: false,
        hidden: false,
        in_table: false,
        whole: false,
    }];
    for node in &document.nodes {
        let Some(state) = stack.last_mut() else {
            break;
        };
        match *node {
            Node::Open(group) => {
                let mut inner = *state;
                inner.whole = false;
                if let Group::Kept(name, _) = group {
                    inner.story = Story::of(name, state.story);
                    inner.whole = inner.story != state.story;
                    inner.in_table &= !inner.whole;
                }
                stack.push(inner);
            }
            Node::Close => {
                if state.whole {
                    writer.end_line(state.story);
                }
                stack.pop();
            }
            Node::Text(from, to) => writer.words(*state, document.text(from, to), report),
            Node::Symbol(symbol) => {
                let sign = match symbol {
                    b'~' => "\u{a0}",
                    b'_' => "\u{2011}",
                    _ => "\u{ad}",
                };
                writer.words(*state, sign, report);
            }
            Node::Word(name, number) => {
                match name {
                    "deleted" => state.deleted = number != Some(0),
                    "mvf" => state.moved = number != Some(0),
                    "v" => state.hidden = number != Some(0),
                    "plain" => {
                        (state.deleted, state.moved, state.hidden) = (false, false, false);
                    }
                    "pard" => state.in_table = false,
                    "intbl" => state.in_table = true,
                    "itap" => state.in_table = number.is_some_and(|depth| depth > 0),
                    _ => {}
                }
                writer.word(*state, name, report);
            }
            Node::Code(_) | Node::Property(_) | Node::Picture(_) | Node::Nothing => {}
        }
    }
    writer
}

struct Writer {
    stories: [String; ORDER.len()],
    /// A line ended inside a cell: a blank, if more follows.
    joins: bool,
    /// Why what stood last was left out: stretches are named, not pieces.
    left_out: Option<What>,
    /// Characters that were left out because they are hidden.
    hidden: u64,
}

impl Writer {
    fn story(&mut self, story: Story) -> Option<&mut String> {
        let at = ORDER.iter().position(|known| *known == story)?;
        self.stories.get_mut(at)
    }

    fn words(&mut self, state: State, words: &str, report: &mut Report) {
        let joins = std::mem::take(&mut self.joins);
        if state.story != Story::Nowhere {
            let why = match state {
                State { deleted: true, .. } | State { moved: true, .. } => {
                    Some((What::Revision, "deleted text"))
                }
                State { hidden: true, .. } => Some((What::HiddenContent, "hidden text")),
                State { .. } => None,
            };
            let before = std::mem::replace(&mut self.left_out, why.map(|(what, _)| what));
            if let Some((what, place)) = why {
                if before != Some(what) {
                    report.removed(what, place);
                }
                if what == What::HiddenContent {
                    self.hidden = self.hidden.saturating_add(characters(words));
                }
                return;
            }
        }
        if let Some(story) = self.story(state.story) {
            if joins && !story.ends_with(['\t', '\n', ' ']) {
                story.push(' ');
            }
            story.push_str(words);
        }
    }

    fn word(&mut self, state: State, name: &str, report: &mut Report) {
        if let Some(sign) = sign(name) {
            self.words(state, sign, report);
            return;
        }
        match name {
            "par" if state.in_table => self.joins = true,
            "par" => {
                self.joins = false;
                if let Some(story) = self.story(state.story) {
                    story.push('\n');
                }
            }
            "sect" | "page" | "column" => self.end_line(state.story),
            "cell" | "nestcell" => {
                self.joins = false;
                if let Some(story) = self.story(state.story) {
                    story.push('\t');
                }
            }
            "row" | "nestrow" => {
                self.joins = false;
                if let Some(story) = self.story(state.story) {
                    if story.ends_with('\t') {
                        story.pop();
                    }
                    story.push('\n');
                }
            }
            _ => {}
        }
    }

    fn end_line(&mut self, story: Story) {
        self.joins = false;
        if let Some(story) = self.story(story)
            && !story.is_empty()
            && !story.ends_with('\n')
        {
            story.push('\n');
        }
    }
}
