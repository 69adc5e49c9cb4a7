//! One look at the tags before the tree is built. html5ever follows the
//! standard's repairs, and some of them cost the number of open elements for
//! every further tag: a page of a few hundred kilobytes can then take minutes.
//! The cost is added up here in one pass; a page that costs more than any
//! letter does is refused. An estimate: too low only costs the worker's time.

use std::collections::HashMap;

use crate::sanitise::Refusal;

/// Elements that the tree may come to hold.
const MOST_ELEMENTS: u64 = 600_000;
/// Sum over all tags of the elements open at that place.
const MOST_WORK: u64 = 60_000_000;
/// Elements between the cells of tables, which the standard moves in front.
const MOST_FOSTERED: u64 = 20_000;
/// Attributes of one tag.
const MOST_ATTRIBUTES: u64 = 2_000;

/// # Errors
/// `OverBudget`.
pub(super) fn fits(html: &str) -> Result<(), Refusal> {
    let mut page = Weight::default();
    let mut rest = html.as_bytes();
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let ends = rest.first() == Some(&b'/');
        let name_at = usize::from(ends);
        if !rest.get(name_at).is_some_and(u8::is_ascii_alphabetic) {
            if let Some(comment) = rest.strip_prefix(b"!--") {
                // Without its end all the rest is comment.
                rest = behind_comment(comment);
            }
            continue;
        }
        let inside = rest.get(name_at..).unwrap_or_default();
        let length = inside
            .iter()
            .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>'))
            .count();
        let name =
            String::from_utf8_lossy(inside.get(..length).unwrap_or_default()).to_ascii_lowercase();
        let (attributes, after) = attributes(inside.get(length..).unwrap_or_default());
        if attributes > MOST_ATTRIBUTES {
            return Err(Refusal::OverBudget);
        }
        rest = after;
        if name == "plaintext" {
            return Ok(());
        }
        if ends {
            page.end(&name);
        } else {
            page.start(&name);
            if is_raw(&name) && !page.is_foreign() {
                // Without its end tag all the rest is its text.
                rest = behind_end_of(rest, &name);
            }
        }
        page.judge()?;
    }
    Ok(())
}

#[derive(Default)]
struct Weight {
    open: HashMap<String, u64>,
    depth: u64,
    formatting: u64,
    elements: u64,
    work: u64,
    fostered: u64,
    /// Inside a table and between its cells.
    between_cells: bool,
}

impl Weight {
    fn start(&mut self, name: &str) {
        self.work = self.work.saturating_add(self.depth);
        // Each open look (`<b>`, `<font>`) may be opened again for this one.
        self.elements = self
            .elements
            .saturating_add(1)
            .saturating_add(self.formatting);
        match name {
            "table" | "tbody" | "thead" | "tfoot" | "tr" | "colgroup" | "col" => {
                self.between_cells = true;
            }
            "td" | "th" | "caption" => self.between_cells = false,
            _ if self.between_cells => self.fostered = self.fostered.saturating_add(1),
            _ => {}
        }
        if closes_itself(name) {
            return;
        }
        let known = self.open.entry(name.to_owned()).or_default();
        *known = known.saturating_add(1);
        self.depth = self.depth.saturating_add(1);
        if is_formatting(name) {
            self.formatting = self.formatting.saturating_add(1);
        }
    }

    fn end(&mut self, name: &str) {
        self.work = self.work.saturating_add(self.depth);
        match name {
            "td" | "th" | "caption" | "tr" | "tbody" | "thead" | "tfoot" => {
                self.between_cells = true;
            }
            "table" => self.between_cells = false,
            _ => {}
        }
        let Some(known) = self.open.get_mut(name).filter(|known| **known > 0) else {
            return;
        };
        *known -= 1;
        self.depth = self.depth.saturating_sub(1);
        if is_formatting(name) {
            self.formatting = self.formatting.saturating_sub(1);
        }
    }

    fn is_foreign(&self) -> bool {
        ["svg", "math"]
            .iter()
            .any(|name| self.open.get(*name).is_some_and(|known| *known > 0))
    }

    fn judge(&self) -> Result<(), Refusal> {
        let fits = self.elements <= MOST_ELEMENTS
            && self.work <= MOST_WORK
            && self.fostered <= MOST_FOSTERED;
        if fits {
            Ok(())
        } else {
            Err(Refusal::OverBudget)
        }
    }
}

/// Void, or ended by the next of its kind: never many of them at once.
fn closes_itself(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "image"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "html"
            | "head"
            | "body"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "td"
            | "th"
            | "tr"
            | "tbody"
            | "thead"
            | "tfoot"
            | "colgroup"
            | "option"
            | "a"
            | "nobr"
    )
}

/// WHATWG HTML 13.2.4.2, "formatting".
fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "b" | "big"
            | "code"
            | "em"
            | "font"
            | "i"
            | "s"
            | "small"
            | "strike"
            | "strong"
            | "tt"
            | "u"
    )
}

/// Elements whose content is text up to their end tag.
fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "textarea" | "title" | "xmp" | "iframe" | "noembed" | "noframes"
    )
}

/// Attributes up to the tag's end, and what follows it.
fn attributes(mut rest: &[u8]) -> (u64, &[u8]) {
    let mut count = 0;
    let mut before = b' ';
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'>' => return (count, rest),
            b'"' | b'\'' if before == b'=' => {
                let Some(end) = rest.iter().position(|b| *b == byte) else {
                    return (count, &[]);
                };
                rest = rest.get(end + 1..).unwrap_or_default();
                before = b' ';
                continue;
            }
            _ if byte.is_ascii_whitespace() => {
                // Blanks around `=` end nothing.
                if before != b'=' {
                    before = b' ';
                }
                continue;
            }
            b'=' => {}
            _ if matches!(before, b' ' | b'/') => count += 1,
            _ => {}
        }
        before = byte;
    }
    (count, rest)
}

/// WHATWG HTML 13.2.5.43 to 51: `-->`, `--!>`, and at once `>` or `->`.
fn behind_comment(bytes: &[u8]) -> &[u8] {
    for at_once in [&b">"[..], b"->"] {
        if let Some(rest) = bytes.strip_prefix(at_once) {
            return rest;
        }
    }
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|w| w == b"--") {
        let after = rest.get(at + 2..).unwrap_or_default();
        if let Some(behind) = after
            .strip_prefix(b">")
            .or_else(|| after.strip_prefix(b"!>"))
        {
            return behind;
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    &[]
}

/// From the end tag of `name` on; nothing where there is none.
fn behind_end_of<'a>(bytes: &'a [u8], name: &str) -> &'a [u8] {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        let tag = rest.get(at..).unwrap_or_default();
        let inside = tag.get(2..2 + name.len()).unwrap_or_default();
        if tag.get(1) == Some(&b'/') && inside.eq_ignore_ascii_case(name.as_bytes()) {
            return tag;
        }
        rest = tag.get(1..).unwrap_or_default();
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_cost_more_than_they_weigh_are_refused() {
        let many = |tag: &str, count: usize| tag.repeat(count);
        let fonts: String = (0..3_000).map(|n| format!("<font size={n}>")).collect();
        let attributes: String = (0..3_000).map(|n| format!(" a{n}=1")).collect();
        for (page, name) in [
            (many("<div>", 50_000), "deep"),
            (many("<x>", 20_000) + &many("</y>", 20_000), "misnested"),
            (fonts + &many("<p>x", 3_000), "looks opened again"),
            (format!("<table>{}", many("<i></i>", 30_000)), "fostered"),
            (format!("<a{attributes}>"), "attributes"),
            (many("<b></b>", 700_000), "many"),
            (
                format!("<!--x--!>{}", many("<div>", 50_000)),
                "behind a comment",
            ),
            (
                format!("<!-->{}", many("<div>", 50_000)),
                "behind an empty comment",
            ),
        ] {
            assert_eq!(fits(&page), Err(Refusal::OverBudget), "{name}");
        }
    }

    #[test]
    fn large_honest_pages_fit() {
        let row = "<tr><td><font size=2>品名</font></td><td align=right>12</td></tr>\n";
        let list = "<li>x<p>y<br>";
        let script = "<script>var a = '<div><div><div>';</script>";
        let picture = format!(
            "<img src=\"data:image/png;base64,{}\">",
            "QUJD \n".repeat(100_000)
        );
        for page in [
            format!("<table>{}</table>", row.repeat(50_000)),
            list.repeat(50_000),
            script.repeat(100_000),
            "<a name=x>text".repeat(5_000),
            "<!-- <div> -->".repeat(500_000),
            "<!-- <div> ".repeat(500_000),
            "<!-- ".to_owned() + &"-".repeat(1_000_000),
            picture,
        ] {
            assert_eq!(
                fits(&page),
                Ok(()),
                "{}",
                page.get(..20).unwrap_or_default()
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_page_is_weighed(html in "[<>/a-z=\"' あ&;#!-]{0,200}") { let _ = fits(&html); }
    }
}
