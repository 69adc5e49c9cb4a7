//! PowerPoint 97–2003 ([MS-PPT]): the words of every slide in the order in
//! which they are shown, and below each what its notes say.

mod persist;
mod record;

use std::collections::BTreeMap;

use super::container::Container;
use super::little::{latin1, u8_at, u16_at, u32_at, utf16};
use crate::sanitise::text::Budget;
use crate::sanitise::{Refusal, Report, What};
use persist::Persist;
use record::{DEEPEST, Inside, Record};

/// The stream that makes a compound file a presentation (2.1.2).
pub(super) const STREAM: &str = "PowerPoint Document";

// Kinds of records (2.13.24), those that lead to words.
const DOCUMENT: u16 = 0x03E8;
const SLIDE: u16 = 0x03EE;
const SLIDE_ATOM: u16 = 0x03EF;
const NOTES: u16 = 0x03F0;
const SLIDE_PERSIST: u16 = 0x03F3;
const SHOW_INFO: u16 = 0x03F9;
const VBA_INFO: u16 = 0x03FF;
const LINKS_AND_OBJECTS: u16 = 0x0409;
const DRAWING: u16 = 0x040C;
const OUTLINE_REFERENCE: u16 = 0x0F9E;
const TEXT_HEADER: u16 = 0x0F9F;
const TEXT: u16 = 0x0FA0;
const NARROW_TEXT: u16 = 0x0FA8;
const NAME: u16 = 0x0FBA;
const SLIDE_LIST: u16 = 0x0FF0;
const INTERACTIVE: u16 = 0x0FF2;
const COMMENT: u16 = 0x2EE0;
const TEXT_BOX: u16 = 0xF00D;
const BINARY_TAG: u16 = 0x138A;
const BINARY_DATA: u16 = 0x138B;
/// Office drawings ([MS-ODRAW]) and a slide's later additions: containers to
/// look into.
const NESTS: [u16; 7] = [0xF002, 0xF003, 0xF004, 0xF011, DRAWING, 0x1388, COMMENT];

/// One slide or its notes: where it stands, what number the other calls it,
/// and the texts that the outline keeps for it.
#[derive(Default)]
struct Listed {
    object: u32,
    id: u32,
    outline: Vec<String>,
}

/// The words of a presentation.
///
/// # Errors
/// `Encrypted`, `Malformed`, `OverBudget` past `most` slides.
pub(super) fn read(
    container: &Container<'_>,
    most: u32,
    budget: &Budget,
    report: &mut Report,
) -> Result<String, Refusal> {
    // Before PowerPoint 97 there was no such stream.
    if !container.has("Current User") {
        return Err(Refusal::Unsupported);
    }
    let stream = container.stream(STREAM)?;
    let user = container.stream("Current User")?;
    let persist = Persist::read(&stream, &user)?;
    let document = persist.document()?;
    if document.kind != DOCUMENT {
        return Err(Refusal::Malformed);
    }
    active(&document, report)?;
    let (slides, notes) = (listed(&document, 0)?, listed(&document, 2)?);
    if u32::try_from(slides.len()).map_or(true, |count| count > most) {
        return Err(Refusal::OverBudget);
    }
    let notes: BTreeMap<u32, &Listed> = notes.iter().map(|page| (page.id, page)).collect();
    let mut words = String::new();
    for (index, slide) in slides.iter().enumerate() {
        let found = persist.object(slide.object)?;
        if found.kind != SLIDE {
            return Err(Refusal::Malformed);
        }
        words.push_str(&heading(index, hidden(&found)?));
        lines(&page_words(&found, slide, report)?, &mut words);
        let atom = found.first(SLIDE_ATOM)?.ok_or(Refusal::Malformed)?;
        // SlideAtom (2.5.2): geometry, 8 placeholders, master, notes.
        if let Some(page) = notes.get(&u32_at(atom.data, 16)?) {
            let found = persist.object(page.object)?;
            if found.kind != NOTES {
                return Err(Refusal::Malformed);
            }
            let said = page_words(&found, page, report)?;
            if !said.is_empty() {
                words.push_str("（ノート / notes）\n");
                lines(&said, &mut words);
            }
        }
        budget.fits(words.len())?;
    }
    Ok(words)
}

/// Says where a slide begins: text has no pages.
fn heading(index: usize, hidden: bool) -> String {
    let gap = if index == 0 { "" } else { "\n" };
    let said = if hidden {
        "（非表示 / hidden）"
    } else {
        ""
    };
    format!("{gap}[スライド {} / slide]{said}\n", index + 1)
}

fn lines(texts: &[String], words: &mut String) {
    for text in texts {
        for line in text.split(['\r', '\u{b}']) {
            words.push_str(line);
            words.push('\n');
        }
    }
}

/// SlideShowSlideInfoAtom (2.6.6), `fHidden`.
fn hidden(slide: &Record<'_>) -> Result<bool, Refusal> {
    let Some(info) = slide.first(SHOW_INFO)? else {
        return Ok(false);
    };
    Ok(u16_at(info.data, 10)? & 0x0004 != 0)
}

/// A list of slides (instance 0) or notes (2), in order (2.4.14).
fn listed(document: &Record<'_>, instance: u16) -> Result<Vec<Listed>, Refusal> {
    let mut found: Vec<Listed> = Vec::new();
    let mut lists = document.inside();
    while let Some(list) = lists.next()? {
        if list.kind != SLIDE_LIST || list.instance != instance {
            continue;
        }
        let mut inside = list.inside();
        while let Some(record) = inside.next()? {
            match (record.kind, found.last_mut()) {
                (SLIDE_PERSIST, _) => found.push(Listed {
                    object: u32_at(record.data, 0)?,
                    id: u32_at(record.data, 12)?,
                    outline: Vec::new(),
                }),
                (TEXT_HEADER, Some(last)) => last.outline.push(String::new()),
                (TEXT | NARROW_TEXT, Some(last)) => {
                    if let Some(text) = last.outline.last_mut() {
                        *text = decoded(&record);
                    }
                }
                _ => {}
            }
        }
    }
    // One object twice would be written twice.
    let mut objects: Vec<u32> = found.iter().map(|page| page.object).collect();
    objects.sort_unstable();
    if objects
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a == b))
    {
        return Err(Refusal::Malformed);
    }
    Ok(found)
}

/// TextCharsAtom is UTF-16, TextBytesAtom its low bytes (2.9.42, 2.9.43).
fn decoded(record: &Record<'_>) -> String {
    if record.kind == NARROW_TEXT {
        latin1(record.data)
    } else {
        utf16(record.data)
    }
}

/// The texts of a page in the order of its shapes, then its comments; texts
/// of the outline that no shape asks for come last, so that none is lost.
fn page_words(
    page: &Record<'_>,
    listed: &Listed,
    report: &mut Report,
) -> Result<Vec<String>, Refusal> {
    let mut walk = Walk {
        outline: &listed.outline,
        asked: vec![false; listed.outline.len()],
        texts: Vec::new(),
        report,
    };
    walk.container(page, 0)?;
    let unasked: Vec<String> = walk
        .asked
        .iter()
        .zip(walk.outline)
        .filter(|(asked, _)| !**asked)
        .map(|(_, text)| text.clone())
        .collect();
    let mut texts = walk.texts;
    texts.extend(unasked);
    texts.retain(|text| !text.trim().is_empty());
    Ok(texts)
}

struct Walk<'a> {
    outline: &'a [String],
    asked: Vec<bool>,
    texts: Vec<String>,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn container(&mut self, container: &Record<'_>, depth: u32) -> Result<(), Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::OverBudget);
        }
        self.records(container.kind, container.inside(), depth)
    }

    fn records(&mut self, kind: u16, mut inside: Inside<'_>, depth: u32) -> Result<(), Refusal> {
        while let Some(record) = inside.next()? {
            match record.kind {
                TEXT_BOX => self.text_box(&record)?,
                INTERACTIVE => self.report.removed(What::Action, "shape"),
                // Author, words, initials: the words are the second.
                NAME if kind == COMMENT && record.instance == 1 => {
                    self.texts.push(utf16(record.data));
                }
                BINARY_TAG => {
                    if let Some(records) = later_records(&record)? {
                        self.records(record.kind, records, depth + 1)?;
                    }
                }
                nested if NESTS.contains(&nested) => self.container(&record, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// OfficeArtClientTextbox (2.9.76): its own text, or one of the outline.
    fn text_box(&mut self, container: &Record<'_>) -> Result<(), Refusal> {
        let mut inside = container.inside();
        while let Some(record) = inside.next()? {
            match record.kind {
                TEXT | NARROW_TEXT => self.texts.push(decoded(&record)),
                OUTLINE_REFERENCE => {
                    let index = super::little::size(u32_at(record.data, 0)?)?;
                    if let Some(asked) = self.asked.get_mut(index)
                        && !std::mem::replace(asked, true)
                    {
                        let text = self.outline.get(index).cloned();
                        self.texts.push(text.unwrap_or_default());
                    }
                }
                INTERACTIVE => self.report.removed(What::Link, "text"),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The records that PowerPoint 2002 added (PP10SlideBinaryTagExtension,
/// 2.5.23); what other programs put into such a tag is their own.
fn later_records<'a>(tag: &Record<'a>) -> Result<Option<Inside<'a>>, Refusal> {
    let name = tag.first(NAME)?.map(|name| utf16(name.data));
    let data = tag.first(BINARY_DATA)?;
    Ok(data
        .filter(|_| name.as_deref() == Some("___PPT10"))
        .map(|data| Inside::of(data.data)))
}

/// Names what the document holds that is active: macros (VBAInfoContainer,
/// 2.4.10) and the objects of its list (ExObjListContainer, 2.10.1).
fn active(document: &Record<'_>, report: &mut Report) -> Result<(), Refusal> {
    let mut stack = vec![(document.inside(), 0)];
    while let Some((mut inside, depth)) = stack.pop() {
        while let Some(record) = inside.next()? {
            let what = match record.kind {
                // VBAInfoAtom: a project's place, and whether it has macros.
                0x0400 if u8_at(record.data, 4)? != 0 => What::VbaProject,
                0x0FCC => What::OleObject,
                0x0FCE => What::ExternalLink,
                0x0FEE => What::Activex,
                0x0FD7 => What::Link,
                0x1006 | 0x1007 | 0x100D | 0x100E | 0x100F | 0x1010 => What::RichMedia,
                VBA_INFO | LINKS_AND_OBJECTS | 0x07D0 if depth < DEEPEST => {
                    stack.push((record.inside(), depth + 1));
                    continue;
                }
                _ => continue,
            };
            report.removed(what, "document");
        }
    }
    Ok(())
}
