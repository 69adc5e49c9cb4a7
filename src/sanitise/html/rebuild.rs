//! HTML kept as HTML: a fresh page of a few elements without style, script or
//! address. The findings are those of the text ([`super::page`] walks it for
//! them), so both forms of one page tell the same.
//!
//! Absent on purpose: every attribute but spans and numbers, links that can be
//! followed (their address stands behind them as text), pictures that did not
//! come with the mail (their words stand for them), addresses that a mail
//! program would make clickable.

use markup5ever_rcdom::{Handle, NodeData};
use percent_encoding::percent_decode_str;

use super::attributes::Attributes;
use super::style::{Look, Sheet};
use super::tree::{collect_styles, inner_text, tag};
use super::{fields, hosts, links, math, signs};
use crate::sanitise::protocol::Shown;
use crate::sanitise::{Refusal, Report, text};

/// Deeper trees are attacks on stacks, not letters.
const DEEPEST: u32 = 400;

/// The document anew. What `page::render` counts is not counted again here; and
/// where that tired of the styles, nothing is hidden: both tell the same.
pub(super) fn written(
    document: &Handle,
    pictures: &[Shown],
    tired: bool,
) -> Result<String, Refusal> {
    let mut styles = String::new();
    collect_styles(document, DEEPEST, &mut styles)?;
    let sheet = if tired {
        Sheet::showing_all()
    } else {
        Sheet::read(&styles)
    };
    let mut page = Page {
        sheet: &sheet,
        pictures,
        pieces: Vec::new(),
        title: String::new(),
    };
    page.children(document, DEEPEST, Look::default())?;
    let title = escaped(&links::defanged(&page.title));
    let body = written_out(&page.pieces);
    Ok(format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\n{body}\n</body></html>\n"
    ))
}

/// What the page is made of, one after the other.
enum Piece {
    /// As written.
    Tag(String),
    /// One that stands inside a line: words before and behind it are one.
    Look(String),
    /// Not yet escaped.
    Words(String),
}

/// Addresses lose their effect: those pieced together of several elements, and
/// then those of each piece, because some programs look at one at a time.
fn written_out(pieces: &[Piece]) -> String {
    let mut words = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(text) => words.push_str(text),
            Piece::Look(_) => {}
            Piece::Tag(_) => words.push('\n'),
        }
    }
    let mut edits = links::edits(&words).into_iter().peekable();
    let (mut html, mut at) = (String::with_capacity(words.len() * 2), 0);
    // What is left of an edit that began in the words before.
    let mut behind = 0;
    for piece in pieces {
        let text = match piece {
            Piece::Words(text) => text,
            Piece::Look(tag) => {
                html.push_str(tag);
                continue;
            }
            Piece::Tag(tag) => {
                html.push_str(tag);
                at += 1;
                continue;
            }
        };
        let end = at + text.len();
        let mut from = at.max(behind);
        let mut inert = String::with_capacity(text.len());
        while let Some((place, put)) = edits.next_if(|(place, _)| place.start < end) {
            inert.push_str(words.get(from..place.start).unwrap_or_default());
            inert.push_str(put);
            behind = place.end;
            from = behind;
        }
        inert.push_str(words.get(from.min(end)..end).unwrap_or_default());
        html.push_str(&escaped(&links::defanged(&inert)));
        at = end;
    }
    html
}

struct Page<'a> {
    sheet: &'a Sheet,
    /// What came with it and may be shown.
    pictures: &'a [Shown],
    pieces: Vec<Piece>,
    title: String,
}

impl Page<'_> {
    fn children(&mut self, node: &Handle, depth: u32, look: Look) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } if look.unseen().is_none() => {
                    self.words(&contents.borrow());
                }
                NodeData::Element { .. } => self.element(child, depth, look)?,
                NodeData::Document => self.children(child, depth, look)?,
                NodeData::Text { .. }
                | NodeData::Doctype { .. }
                | NodeData::Comment { .. }
                | NodeData::ProcessingInstruction { .. } => {}
            }
        }
        Ok(())
    }

    fn element(&mut self, node: &Handle, depth: u32, outer: Look) -> Result<(), Refusal> {
        let (name, attributes) = (tag(node), Attributes::of(node));
        let look = self.sheet.look(&name, &attributes, &outer);
        if look.hidden {
            return Ok(());
        }
        match form(&name) {
            Form::Nothing => {
                if name == "title" && self.title.is_empty() {
                    self.title = cleaned(inner_text(node, depth).trim());
                }
            }
            Form::Head => self.children(node, depth, look)?,
            Form::Words => self.children(node, depth, look)?,
            Form::Void(name) => self.pieces.push(Piece::Tag(format!("<{name}>"))),
            Form::Picture => {
                if !look.invisible {
                    self.picture(&attributes);
                }
            }
            Form::Field => {
                if look.unseen().is_none() {
                    self.field(&name, &attributes, node, depth);
                }
            }
            Form::Formula => {
                if look.unseen().is_none() {
                    self.words(&math::words(node, depth));
                }
            }
            Form::Link => self.link(&attributes, node, depth, look)?,
            Form::Kept(kept) => {
                let open = format!("<{kept}{}>", kept_attributes(kept, &attributes));
                self.tag(kept, open);
                self.children(node, depth, look)?;
                self.tag(kept, format!("</{kept}>"));
            }
        }
        Ok(())
    }

    fn tag(&mut self, name: &str, written: String) {
        self.pieces.push(if INLINE.contains(&name) {
            Piece::Look(written)
        } else {
            Piece::Tag(written)
        });
    }

    /// A box as it was ticked, or what was filled in.
    fn field(&mut self, name: &str, attributes: &Attributes, node: &Handle, depth: u32) {
        if let Some(sign) = signs::of_box(attributes) {
            self.words(sign);
        }
        let Some(words) = fields::shown(name, attributes, node, depth) else {
            return;
        };
        for (number, line) in words.trim().lines().enumerate() {
            if number > 0 {
                self.pieces.push(Piece::Tag("<br>".to_owned()));
            }
            self.words(&format!(" {} ", line.trim()));
        }
    }

    /// Readable characters.
    fn words(&mut self, untrusted: &str) {
        let words = cleaned(untrusted);
        if !words.is_empty() {
            self.pieces.push(Piece::Words(words));
        }
    }

    /// One that came with the mail, by our own name for it; of all others the
    /// words.
    fn picture(&mut self, attributes: &Attributes) {
        let words = attributes.get("alt").map(str::trim).unwrap_or_default();
        let source = attributes.get("src").map(str::trim).unwrap_or_default();
        let named = source.split_at_checked(4).and_then(|(scheme, id)| {
            // As it stands, and in escapes (RFC 2392 section 2).
            let decoded = percent_decode_str(id).decode_utf8_lossy();
            let called = |id: &str| self.pictures.iter().find(|known| known.untrusted_id == id);
            scheme
                .eq_ignore_ascii_case("cid:")
                .then(|| called(id).or_else(|| called(&decoded)))?
        });
        if let Some(picture) = named {
            let words = escaped(&links::defanged(&cleaned(words))).replace('"', "&quot;");
            let id = super::picture_id(picture);
            let written = format!("<img src=\"cid:{id}\" alt=\"{words}\">");
            self.pieces.push(Piece::Tag(written));
        } else if !words.is_empty() {
            self.words(&format!("[{words}]"));
        }
    }

    /// The words, and behind them where they lead.
    fn link(
        &mut self,
        attributes: &Attributes,
        node: &Handle,
        depth: u32,
        look: Look,
    ) -> Result<(), Refusal> {
        let from = self.pieces.len();
        self.children(node, depth, look)?;
        let href = attributes.get("href").unwrap_or_default();
        let Some(target) = links::inert(href, &mut Report::default()) else {
            return Ok(());
        };
        // What is seen of it: hidden words neither deceive nor warn anybody.
        let mut shown = String::new();
        for piece in self.pieces.iter().skip(from) {
            match piece {
                Piece::Words(words) => shown.push_str(words),
                Piece::Look(_) => {}
                Piece::Tag(_) => shown.push('\n'),
            }
        }
        if look.invisible && shown.trim().is_empty() {
            return Ok(());
        }
        self.words(&format!(" {target}"));
        if let Some(spelling) = hosts::other_spelling(href) {
            self.words(&format!("（{spelling}）"));
        }
        for deceit in hosts::deceits(&shown, href) {
            self.words(&deceit.warning());
        }
        Ok(())
    }
}

/// Spans and numbers, written anew.
fn kept_attributes(element: &str, attributes: &Attributes) -> String {
    let mut written = String::new();
    let (numbers, most): (&[&str], i32) = match element {
        "td" | "th" => (&["colspan", "rowspan"], 999),
        "ol" => (&["start"], 999_999),
        "li" => (&["value"], 999_999),
        _ => (&[], 0),
    };
    let least = if most > 999 { -most } else { 0 };
    for name in numbers {
        let value = attributes.integer(name);
        if let Some(value) = value.filter(|value| (least..=most).contains(value)) {
            written.push_str(&format!(" {name}=\"{value}\""));
        }
    }
    let signs = attributes.get("type").map(str::trim);
    let known = signs.filter(|sign| matches!(*sign, "1" | "a" | "A" | "i" | "I"));
    if let Some(sign) = known.filter(|_| matches!(element, "ol" | "li")) {
        written.push_str(&format!(" type=\"{sign}\""));
    }
    if element == "ol" && attributes.get("reversed").is_some() {
        written.push_str(" reversed=\"\"");
    }
    written
}

/// What becomes of an element.
enum Form {
    /// Nothing of it is for reading.
    Nothing,
    /// Shows nothing itself.
    Head,
    /// Only what stands in it.
    Words,
    Void(&'static str),
    Picture,
    /// A box to tick, or to fill in.
    Field,
    /// Mathematics, in a line.
    Formula,
    Link,
    Kept(&'static str),
}

/// Kept elements that do not end a line.
const INLINE: [&str; 12] = [
    "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "small", "code", "ruby",
];

fn form(name: &str) -> Form {
    const KEPT: [&str; 35] = [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "tr",
        "td",
        "th",
        "blockquote",
        "pre",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "del",
        "sub",
        "sup",
        "small",
        "code",
        "ruby",
        "rt",
        "rp",
    ];
    if let Some(kept) = KEPT.iter().find(|kept| **kept == name) {
        return Form::Kept(kept);
    }
    match name {
        "script" | "style" | "iframe" | "frame" | "frameset" | "object" | "embed" | "applet"
        | "portal" | "audio" | "video" | "source" | "track" | "base" | "meta" | "link"
        | "title" | "template" | "datalist" => Form::Nothing,
        "head" => Form::Head,
        "br" => Form::Void("br"),
        "hr" => Form::Void("hr"),
        "img" | "image" => Form::Picture,
        "input" | "select" | "textarea" => Form::Field,
        "math" => Form::Formula,
        "strike" => Form::Kept("s"),
        "xmp" | "listing" => Form::Kept("pre"),
        "menu" | "dir" => Form::Kept("ul"),
        "a" | "area" => Form::Link,
        "section" | "article" | "header" | "footer" | "main" | "nav" | "aside" | "address"
        | "center" | "fieldset" | "legend" | "figure" | "figcaption" | "details" | "summary"
        | "form" | "option" | "button" => Form::Kept("div"),
        _ => Form::Words,
    }
}

fn cleaned(untrusted: &str) -> String {
    text::clean(untrusted, &mut Report::default())
}

/// None of it is markup.
fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
