//! Word fields (ISO/IEC 29500-1, 17.16). A field is judged after the pieces of
//! its code are joined over runs; one that is not on the list, or whose code
//! does not stand in one piece, loses its code and keeps its result, which is
//! what a reader sees.

mod code;
mod place;

use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Open, Tape};
use crate::sanitise::{Refusal, Report, What};
use place::{Around, Place, Sort};

pub(in crate::sanitise::ooxml) use code::verdict;

/// Fields inside each other; Word itself ends at twenty.
const DEEPEST: usize = 32;

/// One field that is open.
struct Field {
    begin: usize,
    place: Place,
    separate: Option<usize>,
    code: String,
    /// The code is computed by another field, holds other things than code, or
    /// a change cuts it: it cannot be judged.
    spoiled: bool,
}

/// Text of its own: fields never reach over its edge.
struct Story {
    end: usize,
    fields: Vec<Field>,
}

/// Judges every field of a part.
pub(super) fn reduce(
    tape: &mut Tape,
    untrusted_name: &str,
    report: &mut Report,
) -> Result<(), Refusal> {
    let whole = Story {
        end: tape.len(),
        fields: Vec::new(),
    };
    let mut walk = Walk {
        tape,
        stories: vec![whole],
        around: Around::default(),
        untrusted_name,
        report,
    };
    let mut at = 0;
    while at < walk.tape.len() {
        walk.end_stories(at);
        at = match walk.tape.node(at) {
            Some(Node::Open(open)) => walk.element(at, open)?,
            Some(Node::Gone(end)) => end as usize + 1,
            Some(Node::Close) => {
                walk.around.close();
                at + 1
            }
            Some(Node::Text(words)) => {
                let spoils = !walk.tape.get(words).trim().is_empty();
                walk.spoil(spoils);
                at + 1
            }
            Some(Node::Nothing) | None => at + 1,
        };
    }
    walk.end_stories(usize::MAX);
    Ok(())
}

struct Walk<'t> {
    tape: &'t mut Tape,
    stories: Vec<Story>,
    around: Around,
    untrusted_name: &'t str,
    report: &'t mut Report,
}

impl Walk<'_> {
    /// Looks at an element; where to go on.
    fn element(&mut self, at: usize, open: Open) -> Result<usize, Refusal> {
        let sort = Sort::of(open.space, self.tape.local(open));
        let place = self.around.here();
        let of_code = matches!(
            sort,
            Sort::Run | Sort::Looks | Sort::Mark | Sort::Code | Sort::Silent
        );
        self.spoil(!of_code && (!place.in_looks || sort == Sort::Story));
        let after = open.end as usize + 1;
        match sort {
            // No writer marks a run so, and readers differ on what it means.
            _ if sort.is_change() && place.in_looks => {
                self.report.removed(What::Revision, self.untrusted_name);
                self.tape.remove(at);
                return Ok(after);
            }
            Sort::Mark => {
                self.nothing_inside(at);
                let words = !self.tape.text_within(at).trim().is_empty();
                self.mark(at, open, place)?;
                self.spoil(words);
                return Ok(after);
            }
            Sort::Code | Sort::DeletedCode => {
                self.told(at, place);
                return Ok(after);
            }
            Sort::Simple => {
                let code = self.tape.value(open, Space::W, "instr").unwrap_or_default();
                let whole = place.put_in && !place.in_looks;
                if let Some(what) = verdict(code).or((!whole).then_some(What::FieldCode)) {
                    self.report.removed(what, self.untrusted_name);
                    self.tape.unwrap(at);
                    return Ok(at + 1);
                }
            }
            Sort::Story => self.stories.push(Story {
                end: open.end as usize,
                fields: Vec::new(),
            }),
            _ => {}
        }
        self.around.open(at, sort);
        Ok(at + 1)
    }

    /// The field whose code is being told.
    fn telling(&mut self) -> Option<&mut Field> {
        let field = self.stories.last_mut()?.fields.last_mut()?;
        field.separate.is_none().then_some(field)
    }

    /// What stands in a code makes it one that cannot be judged.
    fn spoil(&mut self, spoils: bool) {
        if let Some(field) = self.telling().filter(|_| spoils) {
            field.spoiled = true;
        }
    }

    /// A mark holds a form's data and no field of its own.
    fn nothing_inside(&mut self, at: usize) {
        let fields: Vec<usize> = (self.tape.inner(at))
            .filter(|(_, open)| {
                let sort = Sort::of(open.space, self.tape.local(*open));
                let of_field = matches!(
                    sort,
                    Sort::Mark | Sort::Code | Sort::DeletedCode | Sort::Simple
                );
                of_field || sort.is_change()
            })
            .map(|(at, _)| at)
            .collect();
        for at in fields {
            self.report.removed(What::FieldCode, self.untrusted_name);
            self.tape.remove(at);
        }
    }

    fn mark(&mut self, at: usize, open: Open, place: Place) -> Result<(), Refusal> {
        let kind = self.tape.value(open, Space::W, "fldCharType");
        match kind.unwrap_or_default() {
            "begin" => {
                self.spoil(true);
                let open: usize = self.stories.iter().map(|story| story.fields.len()).sum();
                if open >= DEEPEST {
                    return Err(Refusal::OverBudget);
                }
                if let Some(story) = self.stories.last_mut() {
                    story.fields.push(Field {
                        begin: at,
                        place,
                        separate: None,
                        code: String::new(),
                        spoiled: !place.put_in || place.in_looks,
                    });
                }
            }
            "separate" => match self.telling() {
                Some(field) => {
                    field.spoiled |= field.place.holder != place.holder;
                    field.separate = Some(at);
                }
                None => self.tape.remove(at),
            },
            "end" => match self.stories.last_mut().and_then(|story| story.fields.pop()) {
                Some(field) => self.end(&field, at, place),
                None => self.tape.remove(at),
            },
            _ => self.tape.remove(at),
        }
        Ok(())
    }

    /// A piece of a code.
    fn told(&mut self, at: usize, place: Place) {
        let plain = self.tape.is(at, Space::W, "instrText") && self.tape.first_child(at).is_none();
        let piece = self.tape.text_within(at);
        match self.telling() {
            Some(field) => {
                field.code.push_str(&piece);
                field.spoiled |= !plain || field.place.holder != place.holder;
            }
            None => {
                self.report.removed(What::FieldCode, self.untrusted_name);
                self.tape.remove(at);
            }
        }
    }

    fn end(&mut self, field: &Field, at: usize, place: Place) {
        let (begun, separated) = (field.place, field.separate.is_some());
        let cut = begun.frame != place.frame
            || place.in_looks
            || (!separated && begun.holder != place.holder);
        let unjudged = (field.spoiled || cut).then_some(What::FieldCode);
        if let Some(what) = verdict(&field.code).or(unjudged) {
            self.report.removed(what, self.untrusted_name);
            let shown = shown_by(field).map(str::to_owned);
            drop_code(self.tape, field, at, shown);
        }
    }

    /// Ends the stories that reach no further than this.
    fn end_stories(&mut self, at: usize) {
        while self.stories.len() > usize::from(at != usize::MAX)
            && self.stories.last().is_some_and(|story| story.end <= at)
        {
            if let Some(story) = self.stories.pop() {
                self.unfinished(&story);
            }
        }
    }

    /// Fields that nothing ends lose their marks and codes; the words behind
    /// them are what a reader sees and stay.
    fn unfinished(&mut self, story: &Story) {
        for _ in &story.fields {
            self.report.removed(What::FieldCode, self.untrusted_name);
        }
        // The first begins before all others.
        let mut at = story.fields.first().map_or(story.end, |field| field.begin);
        while at < story.end {
            match self.tape.node(at) {
                Some(Node::Gone(end)) => at = end as usize,
                Some(Node::Open(open)) => {
                    let sort = Sort::of(open.space, self.tape.local(open));
                    if matches!(sort, Sort::Mark | Sort::Code | Sort::DeletedCode) {
                        self.tape.remove(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// The words of a button, which stand in its code (17.16.5.32, 17.16.5.23).
fn shown_by(field: &Field) -> Option<&str> {
    let (name, rest) = field.code.trim().split_once(char::is_whitespace)?;
    let (_, shown) = rest.trim_start().split_once(char::is_whitespace)?;
    let name = name.to_ascii_uppercase();
    let is_button = matches!(name.as_str(), "MACROBUTTON" | "GOTOBUTTON");
    let shown = shown.trim();
    (is_button && !field.spoiled && field.separate.is_none() && !shown.is_empty()).then_some(shown)
}

/// Takes out everything a run holds from the begin mark to the separator (or
/// the end where there is no result), and the end mark. What a button shows
/// stays as words.
fn drop_code(tape: &mut Tape, field: &Field, end: usize, mut shown: Option<String>) {
    let last = field.separate.unwrap_or(end);
    let mut at = field.begin;
    while at <= last {
        let open = match tape.node(at) {
            Some(Node::Open(open)) => open,
            Some(Node::Gone(end)) => {
                at = end as usize + 1;
                continue;
            }
            Some(Node::Close | Node::Text(_) | Node::Nothing) => {
                at += 1;
                continue;
            }
            None => break,
        };
        match (open.space, tape.local(open)) {
            (Space::W, "pPr" | "rPr") => at = open.end as usize,
            (Space::W, "instrText") if shown.is_some() => {
                if let Some(words) = shown.take() {
                    tape.rename(at, "t");
                    tape.set_text(at, &words);
                }
                at = open.end as usize;
            }
            (
                Space::W,
                "fldChar" | "instrText" | "delInstrText" | "t" | "delText" | "sym" | "tab" | "br"
                | "cr" | "drawing" | "pict" | "ruby",
            ) => {
                tape.remove(at);
                at = open.end as usize;
            }
            _ => {}
        }
        at += 1;
    }
    tape.remove(end);
}
