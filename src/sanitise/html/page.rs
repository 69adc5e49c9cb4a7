//! One walk over the tree: what is for reading becomes lines, what acts or
//! calls out is counted.

use markup5ever_rcdom::{Handle, NodeData};

use super::links;
use super::table;
use crate::sanitise::{Refusal, Report, What};

/// Deeper trees are attacks on stacks, not letters.
const DEEPEST: u32 = 400;

/// The whole document as text.
pub(super) fn render(document: &Handle, report: &mut Report) -> Result<String, Refusal> {
    let mut page = Page::default();
    page.children(document, DEEPEST, report)?;
    page.end_line();
    page.text.truncate(page.text.trim_end_matches('\n').len());
    if !page.text.is_empty() {
        page.text.push('\n');
    }
    Ok(page.text)
}

#[derive(Default)]
struct Page {
    text: String,
    line: String,
    /// A blank that is written only if something follows on the line.
    blank: bool,
    preformatted: bool,
    /// Numbers of open lists; `None` is a bulleted one.
    lists: Vec<Option<u32>>,
}

impl Page {
    fn children(&mut self, node: &Handle, depth: u32, report: &mut Report) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        for child in node.children.borrow().iter() {
            self.node(child, depth, report)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Handle, depth: u32, report: &mut Report) -> Result<(), Refusal> {
        match &node.data {
            NodeData::Text { contents } => {
                self.inline(&contents.borrow());
                Ok(())
            }
            NodeData::Element { name, .. } => {
                let tag = name.local.to_string();
                self.element(&tag, &Attributes::of(node), node, depth, report)
            }
            NodeData::Document => self.children(node, depth, report),
            NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => Ok(()),
        }
    }

    fn element(
        &mut self,
        tag: &str,
        attributes: &Attributes,
        node: &Handle,
        depth: u32,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        count_attributes(attributes, report);
        if attributes.hides() {
            if has_text(node, depth) {
                report.removed(What::HiddenContent, tag);
            } else if tag == "img" {
                self.image(attributes, report);
            }
            return Ok(());
        }
        match tag {
            "script" | "svg" | "math" => report.removed(What::Script, tag),
            "style" => {
                if has_active_style(&inner_text(node, depth)) {
                    report.removed(What::StyleUrl, tag);
                }
            }
            "iframe" | "frame" | "object" | "embed" | "applet" | "portal" | "frameset" => {
                report.removed(What::Frame, tag)
            }
            "audio" | "video" | "source" | "track" => report.removed(What::RichMedia, tag),
            "base" => report.removed(What::Redirect, tag),
            "meta"
                if attributes
                    .get("http-equiv")
                    .is_some_and(|v| v.eq_ignore_ascii_case("refresh")) =>
            {
                report.removed(What::Redirect, "meta refresh");
            }
            "head" => return self.head(node, depth, report),
            "meta" | "link" | "title" | "template" | "noscript" | "datalist" | "input"
            | "select" | "textarea" => {
                if tag == "link" {
                    report.removed(What::StyleUrl, tag);
                }
            }
            "form" => {
                report.removed(What::Form, tag);
                return self.block(node, depth, report);
            }
            "img" | "image" => self.image(attributes, report),
            "a" | "area" => return self.anchor(attributes, node, depth, report),
            "br" => self.line_break(),
            "hr" => {
                self.end_line();
                self.text
                    .push_str("----------------------------------------\n");
            }
            "pre" | "xmp" | "listing" => {
                self.end_line();
                let before = std::mem::replace(&mut self.preformatted, true);
                self.children(node, depth, report)?;
                self.preformatted = before;
                self.end_line();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "blockquote" | "dl" => {
                self.paragraph();
                self.children(node, depth, report)?;
                self.paragraph();
            }
            "ul" | "ol" => {
                self.end_line();
                let start = attributes
                    .get("start")
                    .and_then(|v| v.parse().ok())
                    .unwrap_or(1);
                self.lists.push((tag == "ol").then_some(start));
                self.children(node, depth, report)?;
                self.lists.pop();
                self.end_line();
            }
            "li" => {
                self.end_line();
                let level = self.lists.len().saturating_sub(1).min(20);
                let sign = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number = number.saturating_add(1);
                        format!("{}. ", number.saturating_sub(1))
                    }
                    Some(None) | None => "・".to_owned(),
                };
                self.line = "  ".repeat(level) + &sign;
                self.children(node, depth, report)?;
                self.end_line();
            }
            "table" => return self.table(node, depth, report),
            "td" | "th" | "tr" | "div" | "section" | "article" | "header" | "footer" | "main"
            | "nav" | "aside" | "address" | "center" | "fieldset" | "legend" | "figure"
            | "figcaption" | "dt" | "dd" | "details" | "summary" | "caption" | "body" | "html"
            | "option" | "button" => return self.block(node, depth, report),
            // Everything else is a word's look: its text counts.
            _ => return self.children(node, depth, report),
        }
        Ok(())
    }

    fn head(&mut self, node: &Handle, depth: u32, report: &mut Report) -> Result<(), Refusal> {
        // A head shows nothing, but it can hold what acts.
        let before = (
            std::mem::take(&mut self.text),
            std::mem::take(&mut self.line),
        );
        self.children(node, depth, report)?;
        (self.text, self.line) = before;
        self.blank = false;
        Ok(())
    }

    fn block(&mut self, node: &Handle, depth: u32, report: &mut Report) -> Result<(), Refusal> {
        self.end_line();
        self.children(node, depth, report)?;
        self.end_line();
        Ok(())
    }

    fn anchor(
        &mut self,
        attributes: &Attributes,
        node: &Handle,
        depth: u32,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let target = attributes
            .get("href")
            .and_then(|href| links::inert(href, report));
        self.put("");
        let from = self.line.len();
        let lines = self.text.len();
        self.children(node, depth, report)?;
        let Some(target) = target else { return Ok(()) };
        // An address shown as the link's text must not be clickable either.
        let shown = links::defanged(self.line.get(from..).unwrap_or_default());
        if self.text.len() == lines {
            self.line.truncate(from);
            let bare = target.trim_matches(['<', '>']);
            if shown.trim() == bare || shown.trim().is_empty() && lines == self.text.len() {
                self.put(&target);
                return Ok(());
            }
            self.line.push_str(&shown);
        }
        self.blank = true;
        self.put(&target);
        Ok(())
    }

    fn image(&mut self, attributes: &Attributes, report: &mut Report) {
        let source = attributes
            .get("src")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let tiny = |name: &str| {
            attributes
                .get(name)
                .is_some_and(|v| matches!(v.trim().trim_end_matches("px"), "0" | "1"))
        };
        let outside = source.starts_with("http")
            || source.starts_with("//")
            || source.starts_with("ftp")
            || source.starts_with("file")
            || source.starts_with('\\');
        if outside && (tiny("width") || tiny("height") || attributes.hides()) {
            report.removed(What::TrackingPixel, "img");
            return;
        }
        if outside {
            report.removed(What::ExternalImage, "img");
        } else if source.starts_with("data:") {
            report.removed(What::EmbeddedFile, "img");
        }
        let alternative = attributes.get("alt").map(str::trim).unwrap_or_default();
        if !alternative.is_empty() {
            self.put(&format!("[{}]", links::defanged(alternative)));
        }
    }

    fn table(&mut self, node: &Handle, depth: u32, report: &mut Report) -> Result<(), Refusal> {
        self.end_line();
        if let Some(rows) = self.rows(node, depth)? {
            let mut shown = Vec::with_capacity(rows.len());
            let mut counted = report.clone();
            for row in &rows {
                let mut cells = Vec::with_capacity(row.len());
                for cell in row {
                    let mut inner = Page::default();
                    inner.children(cell, depth, &mut counted)?;
                    inner.end_line();
                    cells.push(inner.text.trim().to_owned());
                }
                shown.push(cells);
            }
            if let Some(text) = table::aligned(&shown) {
                *report = counted;
                self.text.push_str(&text);
                return Ok(());
            }
        }
        // A table for the layout: its cells one after the other.
        self.block(node, depth, report)
    }

    /// Cells of a table of data; `None` where one holds more than a line.
    fn rows(&self, table: &Handle, depth: u32) -> Result<Option<Vec<Vec<Handle>>>, Refusal> {
        let mut rows = Vec::new();
        let mut waiting: Vec<(Handle, u32)> = vec![(table.clone(), depth)];
        while let Some((node, depth)) = waiting.pop() {
            let depth = depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
            for child in node.children.borrow().iter().rev() {
                match tag(child).as_str() {
                    "tbody" | "thead" | "tfoot" => waiting.push((child.clone(), depth)),
                    "tr" => waiting.push((child.clone(), depth)),
                    _ => {}
                }
            }
            if tag(&node) == "tr" {
                let cells: Vec<Handle> = node
                    .children
                    .borrow()
                    .iter()
                    .filter(|c| matches!(tag(c).as_str(), "td" | "th"))
                    .cloned()
                    .collect();
                if cells.iter().any(|cell| holds_blocks(cell, depth)) {
                    return Ok(None);
                }
                rows.push(cells);
            }
        }
        Ok(Some(rows))
    }

    /// Running text with its blanks collapsed.
    fn inline(&mut self, text: &str) {
        if self.preformatted {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.line_break();
                }
                self.line.push_str(line.trim_end_matches('\r'));
            }
            return;
        }
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}') {
                self.blank = true;
            } else {
                if std::mem::take(&mut self.blank) && !self.line.is_empty() {
                    self.line.push(' ');
                }
                self.line.push(c);
            }
        }
    }

    fn put(&mut self, text: &str) {
        if std::mem::take(&mut self.blank) && !self.line.is_empty() {
            self.line.push(' ');
        }
        self.line.push_str(text);
    }

    fn line_break(&mut self) {
        self.text.push_str(self.line.trim_end());
        self.text.push('\n');
        self.line.clear();
        self.blank = false;
    }

    fn end_line(&mut self) {
        if self.line.trim().is_empty() {
            self.line.clear();
            self.blank = false;
        } else {
            self.line_break();
        }
    }

    /// Ends the line and leaves one empty line.
    fn paragraph(&mut self) {
        self.end_line();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

/// An element's attributes, names lower case.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn of(node: &Handle) -> Self {
        match &node.data {
            NodeData::Element { attrs, .. } => Self(
                attrs
                    .borrow()
                    .iter()
                    .map(|a| {
                        (
                            a.name.local.to_ascii_lowercase().to_string(),
                            a.value.to_string(),
                        )
                    })
                    .collect(),
            ),
            NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::Text { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => Self(Vec::new()),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Made invisible by its own attributes.
    fn hides(&self) -> bool {
        let style: String = self
            .get("style")
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        let style = style.to_ascii_lowercase();
        self.get("hidden").is_some()
            || [
                "display:none",
                "visibility:hidden",
                "mso-hide:all",
                "opacity:0;",
                "font-size:0;",
                "font-size:0px",
                "max-height:0",
            ]
            .iter()
            .any(|rule| style.contains(rule) || format!("{style};").contains(rule))
    }
}

fn count_attributes(attributes: &Attributes, report: &mut Report) {
    for (name, value) in &attributes.0 {
        if name.starts_with("on") {
            report.removed(What::EventHandler, name);
        } else if name == "style" && has_active_style(value) {
            report.removed(What::StyleUrl, "style");
        } else if name == "background" || name == "srcset" {
            report.removed(What::ExternalImage, name);
        }
    }
}

fn has_active_style(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    ["url(", "@import", "expression", "behavior", "-moz-binding"]
        .iter()
        .any(|word| style.contains(word))
}

fn tag(node: &Handle) -> String {
    match &node.data {
        NodeData::Element { name, .. } => name.local.to_string(),
        NodeData::Document
        | NodeData::Doctype { .. }
        | NodeData::Text { .. }
        | NodeData::Comment { .. }
        | NodeData::ProcessingInstruction { .. } => String::new(),
    }
}

fn holds_blocks(node: &Handle, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    node.children.borrow().iter().any(|child| {
        matches!(
            tag(child).as_str(),
            "table" | "ul" | "ol" | "pre" | "blockquote" | "hr" | "br" | "form"
        ) || holds_blocks(child, depth)
    })
}

fn inner_text(node: &Handle, depth: u32) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return String::new();
    };
    node.children
        .borrow()
        .iter()
        .map(|child| match &child.data {
            NodeData::Text { contents } => contents.borrow().to_string(),
            NodeData::Element { .. }
            | NodeData::Document
            | NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => inner_text(child, depth),
        })
        .collect()
}

fn has_text(node: &Handle, depth: u32) -> bool {
    !inner_text(node, depth).trim().is_empty()
}
