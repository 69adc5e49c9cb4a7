//! One walk over the tree: what is for reading becomes lines, what acts or
//! calls out is counted, what nobody would see is left out and counted.

use std::rc::Rc;

use markup5ever_rcdom::{Handle, NodeData};

use super::attributes::{Attributes, calls_out};
use super::lines::Lines;
use super::numbering::Numbering;
use super::style::{Look, Sheet};
use super::tree::{collect_styles, inner_text, tag};
use super::{fields, grid, hosts, links, math, signs, table};
use crate::sanitise::{Refusal, Report, What};

/// Deeper trees are attacks on stacks, not letters.
const DEEPEST: u32 = 400;

/// The whole document as text, and whether its styles were too much to look at
/// to the end: what stood behind them was shown.
pub(super) fn render(document: &Handle, report: &mut Report) -> Result<(String, bool), Refusal> {
    let mut styles = String::new();
    collect_styles(document, DEEPEST, &mut styles)?;
    let sheet = Sheet::read(&styles);
    let mut page = Page {
        sheet: &sheet,
        lines: Lines::default(),
        lists: Vec::new(),
        hidden: false,
    };
    let inside = Inside {
        depth: DEEPEST,
        look: Look::default(),
    };
    page.children(document, inside, report)?;
    Ok((page.lines.finish(), sheet.is_tired()))
}

/// What an element takes over from those around it.
#[derive(Clone, Copy)]
struct Inside {
    /// How much deeper the tree may go.
    depth: u32,
    look: Look,
}

struct Page<'a> {
    sheet: &'a Sheet,
    lines: Lines,
    /// Open lists; `None` is a bulleted one.
    lists: Vec<Option<Numbering>>,
    /// Nobody will see this page: its pictures only call home.
    hidden: bool,
}

impl Page<'_> {
    /// For a text of its own within this page.
    fn beside(&self, hidden: bool) -> Self {
        Self {
            sheet: self.sheet,
            lines: self.lines.beside(),
            lists: Vec::new(),
            hidden,
        }
    }

    fn children(
        &mut self,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let depth = inside.depth.checked_sub(1).ok_or(Refusal::OverBudget)?;
        let inside = Inside { depth, ..inside };
        for child in node.children.borrow().iter() {
            self.node(child, inside, report)?;
            if self.lines.is_full() {
                return Err(Refusal::OverBudget);
            }
        }
        Ok(())
    }

    fn node(&mut self, node: &Handle, inside: Inside, report: &mut Report) -> Result<(), Refusal> {
        match &node.data {
            NodeData::Text { contents } => {
                self.words(&contents.borrow(), inside, report);
                Ok(())
            }
            NodeData::Element { .. } => {
                let (tag, attributes) = (tag(node), Attributes::of(node));
                attributes.report(report);
                let look = self.sheet.look(&tag, &attributes, &inside.look);
                if look.hidden {
                    return self.hidden(&tag, &attributes, node, inside, report);
                }
                let inside = Inside { look, ..inside };
                self.element(&tag, &attributes, node, inside, report)
            }
            NodeData::Document => self.children(node, inside, report),
            NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => Ok(()),
        }
    }

    fn words(&mut self, text: &str, inside: Inside, report: &mut Report) {
        match inside.look.unseen() {
            Some(why) if !text.trim().is_empty() => report.removed(What::HiddenContent, why),
            Some(_) => self.lines.gap(),
            None => self.lines.inline(text),
        }
    }

    fn element(
        &mut self,
        tag: &str,
        attributes: &Attributes,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        match tag {
            "script" => report.removed(What::Script, tag),
            // Its words stay, and what acts in it is told of by itself.
            "svg" => {
                report.removed(What::UnknownPart, tag);
                return self.block(node, inside, report);
            }
            "math" => {
                report.removed(What::UnknownPart, tag);
                drop(self.aside(node, inside, report)?);
                self.words(&math::words(node, inside.depth), inside, report);
            }
            "style" => {
                if calls_out(&inner_text(node, inside.depth)) {
                    report.removed(What::StyleUrl, tag);
                }
            }
            "iframe" | "frame" | "object" | "embed" | "applet" | "portal" | "frameset" => {
                report.removed(What::Frame, tag);
            }
            "audio" | "video" | "source" | "track" => report.removed(What::RichMedia, tag),
            "base" => report.removed(What::Redirect, tag),
            "meta" => {
                let refresh = attributes.get("http-equiv");
                if refresh.is_some_and(|v| v.eq_ignore_ascii_case("refresh")) {
                    report.removed(What::Redirect, "meta refresh");
                }
            }
            "link" => report.removed(What::StyleUrl, tag),
            // A head shows nothing, but it can hold what acts.
            "head" => drop(self.aside(node, inside, report)?),
            "title" | "template" | "datalist" | "rp" => {}
            "input" | "select" | "textarea" => {
                let box_sign = signs::of_box(attributes);
                if let Some(sign) = box_sign.filter(|_| inside.look.unseen().is_none()) {
                    self.lines.put(sign);
                }
                if let Some(words) = fields::shown(tag, attributes, node, inside.depth) {
                    self.field(&words, inside, report);
                }
            }
            "sup" | "sub" => return self.raised(tag == "sup", node, inside, report),
            "form" => {
                report.removed(What::Form, tag);
                return self.block(node, inside, report);
            }
            "img" | "image" => {
                self.image(attributes, self.hidden || inside.look.invisible, report);
            }
            "a" | "area" => return self.anchor(attributes, node, inside, report),
            "br" => self.lines.line_break(),
            "hr" => self.lines.lines("----------------------------------------"),
            "pre" | "xmp" | "listing" => {
                self.lines.end_line();
                let before = std::mem::replace(&mut self.lines.preformatted, true);
                self.children(node, inside, report)?;
                self.lines.preformatted = before;
                self.lines.end_line();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.lines.paragraph();
                self.lines.open_item(heading(tag));
                self.children(node, inside, report)?;
                self.lines.close();
                self.lines.paragraph();
            }
            "p" | "dl" => {
                self.lines.paragraph();
                self.children(node, inside, report)?;
                self.lines.paragraph();
            }
            "blockquote" | "dd" => {
                let quoted = tag == "blockquote";
                self.lines.open_indent(if quoted { "> " } else { "  " });
                self.children(node, inside, report)?;
                self.lines.close();
            }
            "ul" | "ol" | "menu" | "dir" => {
                return self.list(tag, attributes, node, inside, report);
            }
            "li" => {
                let mark = self.item_mark(attributes);
                self.lines.open_item(&mark);
                self.children(node, inside, report)?;
                self.lines.close();
            }
            // The reading of a kanji stands behind it.
            "rt" => self.wrapped(("（", "）"), node, inside, report)?,
            "s" | "strike" | "del" => self.wrapped(("〔取消: ", "〕"), node, inside, report)?,
            "table" => return self.table(node, inside, report),
            "td" | "th" | "tr" | "div" | "section" | "article" | "header" | "footer" | "main"
            | "nav" | "aside" | "address" | "center" | "fieldset" | "legend" | "figure"
            | "figcaption" | "dt" | "details" | "summary" | "caption" | "body" | "html"
            | "option" | "button" => return self.block(node, inside, report),
            // Everything else is a word's look: its text counts.
            _ => return self.children(node, inside, report),
        }
        Ok(())
    }

    /// What was filled in, apart from the words around it, line by line.
    fn field(&mut self, words: &str, inside: Inside, report: &mut Report) {
        self.lines.gap();
        let mut lines = words.trim().lines();
        self.words(lines.next().unwrap_or_default(), inside, report);
        for line in lines {
            self.lines.line_break();
            self.words(line, inside, report);
        }
        self.lines.gap();
    }

    /// What stands in `node`, as a text of its own.
    fn aside(&self, node: &Handle, inside: Inside, report: &mut Report) -> Result<String, Refusal> {
        let mut aside = self.beside(self.hidden);
        aside.children(node, inside, report)?;
        Ok(aside.lines.finish())
    }

    /// Nobody sees it, but what acts in it counts.
    fn hidden(
        &self,
        tag: &str,
        attributes: &Attributes,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let mut unseen = self.beside(true);
        if matches!(tag, "img" | "image") {
            unseen.image(attributes, true, report);
            return Ok(());
        }
        unseen.children(node, inside, report)?;
        if !unseen.lines.finish().trim().is_empty() {
            report.removed(What::HiddenContent, tag);
        }
        Ok(())
    }

    fn block(&mut self, node: &Handle, inside: Inside, report: &mut Report) -> Result<(), Refusal> {
        self.lines.end_line();
        self.children(node, inside, report)?;
        self.lines.end_line();
        Ok(())
    }

    fn wrapped(
        &mut self,
        (before, after): (&str, &str),
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        if !inner_text(node, inside.depth).trim().is_empty() {
            self.lines.put(before);
            self.children(node, inside, report)?;
            self.lines.put(after);
        }
        Ok(())
    }

    fn list(
        &mut self,
        tag: &str,
        attributes: &Attributes,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let numbering = (tag == "ol").then(|| Numbering::of(attributes, node));
        let outermost = self.lists.is_empty();
        self.lines.end_line();
        self.lists.push(numbering);
        self.children(node, inside, report)?;
        self.lists.pop();
        if outermost {
            self.lines.paragraph();
        }
        Ok(())
    }

    fn item_mark(&mut self, attributes: &Attributes) -> String {
        match self.lists.last_mut() {
            Some(Some(numbering)) => numbering.mark(attributes),
            Some(None) | None => "・".to_owned(),
        }
    }

    /// An exponent or index: in its own signs, or named as one.
    fn raised(
        &mut self,
        up: bool,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let words = self.aside(node, inside, report)?;
        match words.trim() {
            "" => {}
            words if words.contains('\n') => self.lines.lines(words),
            words => self.lines.put(&signs::raised(words, up)),
        }
        Ok(())
    }

    fn anchor(
        &mut self,
        attributes: &Attributes,
        node: &Handle,
        inside: Inside,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let href = attributes.get("href").unwrap_or_default();
        let target = links::inert(href, report);
        let from = self.lines.here();
        self.children(node, inside, report)?;
        let Some(target) = target else { return Ok(()) };
        // What is seen of it: hidden words neither deceive nor warn anybody.
        let shown = self.lines.since(from);
        if inside.look.invisible && shown.is_empty() {
            return Ok(());
        }
        let (bare, words) = (links::bare(&target), links::bare(&shown));
        if words.is_empty() || words == bare {
            // The address itself is what is shown: once is enough.
            self.lines.take_back(from);
        }
        self.lines.gap();
        self.lines.put(&target);
        if let Some(spelling) = hosts::other_spelling(href) {
            self.lines.put(&format!("（{spelling}）"));
        }
        if self.hidden {
            return Ok(());
        }
        for deceit in hosts::deceits(&shown, href) {
            report.removed(What::DeceptiveLink, &deceit.place());
            self.lines.put(&deceit.warning());
        }
        Ok(())
    }

    fn image(&mut self, attributes: &Attributes, unseen: bool, report: &mut Report) {
        let source = attributes.get("src").unwrap_or_default().trim();
        let source = source.to_ascii_lowercase();
        let style = attributes.get("style").unwrap_or_default();
        let style: String = style.to_ascii_lowercase().split_whitespace().collect();
        let tiny = |name: &str| {
            let small = |value: &str| matches!(value.trim().trim_end_matches("px"), "0" | "1");
            let styled = style
                .split(';')
                .filter_map(|part| part.split_once(':'))
                .any(|(known, value)| known == name && small(value));
            styled || attributes.get(name).is_some_and(small)
        };
        let outside = ["http", "//", "ftp", "file", "\\"]
            .iter()
            .any(|scheme| source.starts_with(scheme));
        if outside && (unseen || tiny("width") || tiny("height")) {
            report.removed(What::TrackingPixel, "img");
            return;
        }
        if outside {
            report.removed(What::ExternalImage, "img");
        } else if source.starts_with("data:") {
            report.removed(What::EmbeddedFile, "img");
        }
        let alternative = attributes.get("alt").map(str::trim).unwrap_or_default();
        if !alternative.is_empty() && !unseen {
            self.lines
                .put(&format!("[{}]", links::defanged(alternative)));
        }
    }

    fn table(&mut self, node: &Handle, inside: Inside, report: &mut Report) -> Result<(), Refusal> {
        self.lines.end_line();
        if let Some(read) = grid::read(node, inside.depth)? {
            let mut counted = report.clone();
            let mut above = String::new();
            for caption in &read.captions {
                above.push_str(&self.aside(caption, inside, &mut counted)?);
            }
            if let Some(seen) = self.rows(&read.rows, inside, &mut counted)?
                && let Some(text) = table::aligned(&seen.rows, seen.headed)
            {
                let words = seen.rows.iter().flatten().map(String::len).sum();
                self.lines.take_room(text.len().saturating_sub(words));
                *report = counted;
                self.lines.lines(&above);
                self.lines.lines(&text);
                return Ok(());
            }
        }
        // A table for the layout: its cells one after the other.
        self.block(node, inside, report)
    }

    /// The words of every cell; `None` where only parts of a row are seen.
    fn rows(
        &self,
        rows: &[grid::Row],
        inside: Inside,
        report: &mut Report,
    ) -> Result<Option<Seen>, Refusal> {
        let joined = rows.iter().any(|row| row.cells.iter().any(Option::is_none));
        let mut seen = Seen::default();
        let mut before: &[Handle] = &[];
        for row in rows {
            let mut here = inside;
            for (at, node) in row.around.iter().enumerate() {
                let (tag, attributes) = (tag(node), Attributes::of(node));
                // Rows of one part share it: what acts in it counts once.
                let known = before.get(at).is_some_and(|known| Rc::ptr_eq(known, node));
                if !known {
                    attributes.report(report);
                }
                here.look = self.sheet.look(&tag, &attributes, &here.look);
            }
            before = &row.around;
            if here.look.hidden {
                // A cell of a row that is not there joins nothing below.
                if joined {
                    return Ok(None);
                }
                if let Some(node) = row.around.last() {
                    self.hidden("tr", &Attributes::of(node), node, inside, report)?;
                }
                continue;
            }
            let Some(words) = self.cells(&row.cells, here, report)? else {
                return Ok(None);
            };
            if seen.rows.is_empty() {
                let heads = |cell: &Option<Handle>| cell.as_ref().is_none_or(|c| tag(c) == "th");
                seen.headed = row.cells.iter().all(heads) && !row.cells.is_empty();
            }
            seen.rows.push(words);
        }
        Ok(Some(seen))
    }

    /// The words of a row's cells; `None` where one is not to be seen.
    fn cells(
        &self,
        cells: &[Option<Handle>],
        inside: Inside,
        report: &mut Report,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let mut words = Vec::with_capacity(cells.len());
        for cell in cells {
            let Some(cell) = cell else {
                words.push(String::new());
                continue;
            };
            let attributes = Attributes::of(cell);
            attributes.report(report);
            let look = self.sheet.look(&tag(cell), &attributes, &inside.look);
            if look.hidden {
                return Ok(None);
            }
            let inside = Inside { look, ..inside };
            words.push(self.aside(cell, inside, report)?.trim().to_owned());
        }
        Ok(Some(words))
    }
}

/// What is seen of a table's cells.
#[derive(Default)]
struct Seen {
    rows: Vec<Vec<String>>,
    /// The first row heads the others.
    headed: bool,
}

/// Signs that Japanese office letters use for this.
fn heading(tag: &str) -> &'static str {
    match tag {
        "h1" => "■ ",
        "h2" => "◆ ",
        "h3" => "● ",
        _ => "○ ",
    }
}
