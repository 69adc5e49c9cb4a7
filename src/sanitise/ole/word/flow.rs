//! Characters -> words: paragraphs as lines, cells between tabs, of a field
//! its result, of notes and boxes what stands in them.

use super::fib::PARTS;
use super::formatting::{Character, Paragraph, Runs};
use super::pieces::{Sign, Signs};
use crate::sanitise::{Refusal, Report, What};

/// Fields inside each other.
const DEEPEST: usize = 64;
/// A field's code that is longer is judged by its start.
const LONGEST_CODE: usize = 2_000;

/// A field that is open ([MS-DOC] 2.8.25): its code, and whether its result
/// has begun.
#[derive(Default)]
struct Field {
    code: String,
    in_result: bool,
}

/// The words as they grow.
pub(super) struct Flow<'a> {
    characters: &'a Runs<Character>,
    /// `None`: the file does not tell rows, marks must do.
    paragraphs: Option<&'a Runs<Paragraph>>,
    words: String,
    fields: Vec<Field>,
    /// A line ended inside a cell: a blank, if more follows.
    joins: bool,
    after_cell: bool,
    /// Why the sign before this one is not shown: stretches are counted.
    left_out: Option<What>,
}

/// All parts in reading order: main text, footnotes, endnotes, comments,
/// text boxes, and last what stands on every page. Macro text (the fourth
/// part) is no text.
pub(super) fn words(
    signs: &Signs,
    lengths: [u32; PARTS],
    characters: &Runs<Character>,
    paragraphs: Option<&Runs<Paragraph>>,
    report: &mut Report,
) -> Result<String, Refusal> {
    const ORDER: [usize; 7] = [0, 1, 5, 4, 6, 2, 7];
    let mut flow = Flow {
        characters,
        paragraphs,
        words: String::new(),
        fields: Vec::new(),
        joins: false,
        after_cell: false,
        left_out: None,
    };
    for part in ORDER {
        flow.part(extent(signs, &lengths, part)?, report)?;
    }
    Ok(flow.words)
}

fn extent<'a>(
    signs: &'a Signs,
    lengths: &[u32; PARTS],
    part: usize,
) -> Result<&'a [Option<Sign>], Refusal> {
    let length = |index: usize| lengths.get(index).copied().unwrap_or(0);
    let start = (0..part).try_fold(0u32, |sum, index| sum.checked_add(length(index)));
    let start = crate::sanitise::ole::little::size(start.ok_or(Refusal::Malformed)?)?;
    let end = start.saturating_add(crate::sanitise::ole::little::size(length(part))?);
    // A count that goes beyond the pieces would be text that nobody sees.
    signs.get(start..end).ok_or(Refusal::Malformed)
}

impl Flow<'_> {
    fn part(&mut self, signs: &[Option<Sign>], report: &mut Report) -> Result<(), Refusal> {
        if signs.is_empty() {
            return Ok(());
        }
        if !self.words.is_empty() && !self.words.ends_with("\n\n") {
            self.words.push('\n');
        }
        let start = self.words.len();
        for sign in signs.iter().flatten() {
            self.sign(*sign, report)?;
        }
        // A field never goes on into another part.
        while let Some(field) = self.fields.pop() {
            judge(&field.code, report);
        }
        self.end_line();
        let empty = self
            .words
            .get(start..)
            .is_some_and(|part| part.trim().is_empty());
        if empty {
            self.words.truncate(start);
        }
        Ok(())
    }

    fn sign(&mut self, sign: Sign, report: &mut Report) -> Result<(), Refusal> {
        match sign.c {
            '\u{13}' if self.fields.len() >= DEEPEST => return Err(Refusal::OverBudget),
            '\u{13}' => self.fields.push(Field::default()),
            '\u{14}' => {
                if let Some(field) = self.fields.last_mut() {
                    field.in_result = true;
                }
            }
            '\u{15}' => {
                if let Some(field) = self.fields.pop() {
                    judge(&field.code, report);
                }
            }
            c => match self.fields.iter().rposition(|field| !field.in_result) {
                // Words inside a code belong to it, also results of others.
                Some(index) => {
                    if let Some(field) = self.fields.get_mut(index)
                        && field.code.len() < LONGEST_CODE
                    {
                        field.code.push(c);
                    }
                }
                None => self.shown(sign, report),
            },
        }
        Ok(())
    }

    fn shown(&mut self, sign: Sign, report: &mut Report) {
        let properties = self.characters.at(sign.at);
        let mark = matches!(sign.c, '\u{7}' | '\r');
        // The mark of a hidden paragraph still ends a cell.
        let gone = if properties.deleted {
            Some((What::Revision, "deleted text"))
        } else if properties.hidden && !mark {
            Some((What::HiddenContent, "hidden text"))
        } else {
            None
        };
        let before = std::mem::replace(&mut self.left_out, gone.map(|(what, _)| what));
        if let Some((what, place)) = gone {
            if before != Some(what) {
                report.removed(what, place);
            }
            return;
        }
        let after_cell = std::mem::take(&mut self.after_cell);
        match sign.c {
            '\u{7}' => self.cell_mark(sign, after_cell),
            '\r' => self.paragraph_mark(sign),
            '\u{b}' | '\u{c}' | '\u{e}' => self.end_line(),
            '\t' => self.push('\t'),
            '\u{1e}' => self.push('-'),
            // Pictures, anchors, numbers of notes, soft hyphens.
            '\0'..='\u{1f}' => {}
            '(' if properties.symbol.is_some() => {
                self.push(properties.symbol.unwrap_or('('));
            }
            c => self.push(c),
        }
    }

    fn push(&mut self, c: char) {
        if std::mem::take(&mut self.joins) && !self.words.ends_with(['\t', '\n', ' ']) {
            self.words.push(' ');
        }
        self.words.push(c);
    }

    fn end_line(&mut self) {
        self.joins = false;
        if !self.words.is_empty() && !self.words.ends_with('\n') {
            self.words.push('\n');
        }
    }

    /// The mark of a cell, or of a row, which has one of its own.
    fn cell_mark(&mut self, sign: Sign, after_cell: bool) {
        self.joins = false;
        let row_ends = match self.paragraphs {
            Some(paragraphs) => paragraphs.at(sign.at).row_end,
            // A cell cannot be told from a row's end where it is empty.
            None => after_cell,
        };
        if row_ends {
            if self.words.ends_with('\t') {
                self.words.pop();
            }
            self.words.push('\n');
        } else {
            self.words.push('\t');
            self.after_cell = true;
        }
    }

    fn paragraph_mark(&mut self, sign: Sign) {
        let properties = self.paragraphs.map(|paragraphs| paragraphs.at(sign.at));
        if properties.is_some_and(|known| known.in_table || known.inner) {
            self.joins = true;
        } else {
            self.joins = false;
            self.words.push('\n');
        }
    }
}

/// Names a field that reaches outside (2.9.90, flt): its result stays, its
/// code never does.
fn judge(code: &str, report: &mut Report) {
    let mut words = code.split_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_uppercase();
    let what = match name.as_str() {
        "DDE" | "DDEAUTO" => What::Dde,
        "LINK" | "INCLUDETEXT" | "INCLUDE" | "IMPORT" | "RD" => What::ExternalLink,
        "INCLUDEPICTURE" => What::ExternalImage,
        "EMBED" => What::OleObject,
        "CONTROL" | "HTMLCONTROL" => What::Activex,
        "HYPERLINK" => What::Link,
        "DATABASE" | "MERGEFIELD" | "MERGEREC" | "NEXT" => What::DataConnection,
        "MACROBUTTON" | "GOTOBUTTON" | "PRINT" | "ASK" | "FILLIN" | "AUTOTEXT" | "GLOSSARY"
        | "SET" | "QUOTE" | "ADDIN" => What::FieldCode,
        _ => return,
    };
    let rest: Vec<&str> = words.collect();
    report.removed(what, format!("{name} {}", rest.join(" ")).trim_end());
}
