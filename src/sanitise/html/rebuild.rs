//! HTML kept as HTML: a fresh page of a few elements without style, script or
//! address. The findings are those of the text ([`super::page`] walks it for
//! them), so both forms of one page tell the same.
//!
//! Absent on purpose: every attribute but spans and starts, links that can be
//! followed (their address stands behind them as text), pictures (their words
//! stand for them).

use markup5ever_rcdom::{Handle, NodeData};

use super::attributes::Attributes;
use super::page::{collect_styles, inner_text, tag};
use super::style::{Look, Sheet};
use super::{hosts, links};
use crate::sanitise::{Refusal, Report, text};

/// Deeper trees are attacks on stacks, not letters.
const DEEPEST: u32 = 400;

/// The document anew. What `page::render` counts is not counted again here.
pub(super) fn written(document: &Handle) -> Result<String, Refusal> {
    let mut styles = String::new();
    collect_styles(document, DEEPEST, &mut styles)?;
    let mut page = Page {
        sheet: &Sheet::read(&styles),
        html: String::new(),
        title: String::new(),
    };
    page.children(document, DEEPEST, Look::default())?;
    Ok(format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{}</title></head><body>\n{}\n</body></html>\n",
        page.title, page.html
    ))
}

struct Page<'a> {
    sheet: &'a Sheet,
    html: String,
    title: String,
}

impl Page<'_> {
    fn children(&mut self, node: &Handle, depth: u32, look: Look) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } if look.unseen().is_none() => {
                    self.html.push_str(&escaped(&contents.borrow()));
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
                    self.title = escaped(inner_text(node, depth).trim());
                }
            }
            Form::Head => self.children(node, depth, look)?,
            Form::Words => self.children(node, depth, look)?,
            Form::Void(name) => self.html.push_str(&format!("<{name}>")),
            Form::Picture => {
                let words = attributes.get("alt").map(str::trim).unwrap_or_default();
                if !words.is_empty() && !look.invisible {
                    self.html.push_str(&escaped(&format!("[{words}]")));
                }
            }
            Form::Link => self.link(&attributes, node, depth, look)?,
            Form::Kept(kept) => {
                self.html.push_str(&format!("<{kept}"));
                for known in ["colspan", "rowspan", "start"] {
                    let value = attributes.number(known).filter(|value| *value < 1_000);
                    if let Some(value) = value.filter(|_| takes(kept, known)) {
                        self.html.push_str(&format!(" {known}=\"{value}\""));
                    }
                }
                self.html.push('>');
                self.children(node, depth, look)?;
                self.html.push_str(&format!("</{kept}>"));
            }
        }
        Ok(())
    }

    /// The words, and behind them where they lead.
    fn link(
        &mut self,
        attributes: &Attributes,
        node: &Handle,
        depth: u32,
        look: Look,
    ) -> Result<(), Refusal> {
        self.children(node, depth, look)?;
        let href = attributes.get("href").unwrap_or_default();
        let Some(target) = links::inert(href, &mut Report::default()) else {
            return Ok(());
        };
        self.html.push_str(&escaped(&format!(" {target}")));
        if let Some(spelling) = hosts::other_spelling(href) {
            self.html.push_str(&escaped(&format!("（{spelling}）")));
        }
        for deceit in hosts::deceits(&inner_text(node, depth), href) {
            self.html.push_str(&escaped(&deceit.warning()));
        }
        Ok(())
    }
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
    Link,
    Kept(&'static str),
}

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
        "script" | "style" | "svg" | "math" | "iframe" | "frame" | "frameset" | "object"
        | "embed" | "applet" | "portal" | "audio" | "video" | "source" | "track" | "base"
        | "meta" | "link" | "title" | "template" | "noscript" | "datalist" | "input" | "select"
        | "textarea" => Form::Nothing,
        "head" => Form::Head,
        "br" => Form::Void("br"),
        "hr" => Form::Void("hr"),
        "img" | "image" => Form::Picture,
        "a" | "area" => Form::Link,
        "section" | "article" | "header" | "footer" | "main" | "nav" | "aside" | "address"
        | "center" | "fieldset" | "legend" | "figure" | "figcaption" | "details" | "summary"
        | "form" | "option" | "button" => Form::Kept("div"),
        _ => Form::Words,
    }
}

fn takes(element: &str, attribute: &str) -> bool {
    match element {
        "td" | "th" => matches!(attribute, "colspan" | "rowspan"),
        "ol" => attribute == "start",
        _ => false,
    }
}

/// Readable characters only, none of them markup.
fn escaped(untrusted: &str) -> String {
    text::clean(untrusted, &mut Report::default())
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
