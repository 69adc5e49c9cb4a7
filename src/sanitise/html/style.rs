//! What a reader can see of an element (CSS 2.2): enough of the cascade to
//! know what is hidden, tiny or in the colour of its ground. In doubt a thing
//! is visible: nothing may be lost because a style was misread.

use std::collections::HashMap;

use super::attributes::Attributes;
use super::colour::{self, Colour};

/// Rules that are read of all sheets; a letter has some hundred.
const MOST_RULES: usize = 500;
/// Smaller letters (CSS pixels) are for machines.
const SMALLEST: f32 = 3.0;

/// What an element inherits and shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    size: f32,
    ink: Option<Colour>,
    /// `None` where a picture may lie behind.
    ground: Option<Colour>,
    /// Not drawn at all, with everything inside.
    pub(super) hidden: bool,
    /// Drawn far outside of the page.
    away: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            size: 16.0,
            ink: Some(Colour::BLACK),
            ground: Some(Colour::WHITE),
            hidden: false,
            away: false,
        }
    }
}

impl Look {
    /// Why words in this look cannot be seen; `None` where they can.
    pub(super) fn unseen(&self) -> Option<&'static str> {
        let same = |(ink, ground): (Colour, Colour)| ink.is_near(ground);
        if self.away {
            Some("outside of the page")
        } else if self.size < SMALLEST {
            Some("tiny text")
        } else if self.ink.zip(self.ground).is_some_and(same) {
            Some("text in the colour of its ground")
        } else {
            None
        }
    }
}

/// Declarations by property; the last one counts.
#[derive(Clone, Debug, Default)]
struct Declarations(Vec<(String, String, bool)>);

impl Declarations {
    fn read(text: &str) -> Self {
        let read = text.split(';').take(200).filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let value = value.trim().to_ascii_lowercase();
            let (value, important) = match value.split_once('!') {
                Some((value, _)) => (value.trim().to_owned(), true),
                None => (value, false),
            };
            Some((name.trim().to_ascii_lowercase(), value, important))
        });
        Self(read.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found: Option<&(String, String, bool)> = None;
        for declaration in self.0.iter().filter(|(known, _, _)| known == name) {
            if declaration.2 || found.is_none_or(|earlier| !earlier.2) {
                found = Some(declaration);
            }
        }
        found.map(|(_, value, _)| value.as_str())
    }

    fn touches_colours(&self) -> bool {
        let names = [
            "color",
            "background",
            "background-color",
            "background-image",
        ];
        self.0
            .iter()
            .any(|(name, _, _)| names.contains(&name.as_str()))
    }
}

/// A selector of one element: `p`, `.note`, `#top`, `td.wide.low`.
#[derive(Debug, PartialEq, Eq)]
struct Selector {
    tag: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
}

impl Selector {
    /// `None` for one that looks at more than the element itself.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '#' | '-' | '_' | '*');
        if text.is_empty() || !text.chars().all(plain) {
            return None;
        }
        let mut selector = Self {
            tag: None,
            id: None,
            classes: Vec::new(),
        };
        let starts = text.find(['.', '#']).unwrap_or(text.len());
        let (tag, mut rest) = text.split_at_checked(starts)?;
        if !matches!(tag, "" | "*") {
            selector.tag = Some(tag.to_ascii_lowercase());
        }
        while let Some(sign) = rest.chars().next() {
            let name = rest.get(1..)?;
            let end = name.find(['.', '#']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end)?;
            if sign == '.' {
                selector.classes.push(name.to_owned());
            } else {
                selector.id = Some(name.to_owned());
            }
            rest = after;
        }
        Some(selector)
    }

    fn fits(&self, tag: &str, attributes: &Attributes) -> bool {
        let known = attributes.get("class").unwrap_or_default();
        let has = |class: &String| known.split_ascii_whitespace().any(|one| one == class);
        self.tag.as_ref().is_none_or(|wanted| wanted == tag)
            && self
                .id
                .as_deref()
                .is_none_or(|id| attributes.get("id") == Some(id))
            && self.classes.iter().all(has)
    }

    fn weight(&self) -> (usize, usize, usize) {
        let count = |there: bool| usize::from(there);
        (
            count(self.id.is_some()),
            self.classes.len(),
            count(self.tag.is_some()),
        )
    }
}

/// The style sheets of a page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// In the order in which they win: the last that fits.
    rules: Vec<(Selector, Declarations)>,
    /// By tag, class or id that an element must have; all others under "".
    index: HashMap<String, Vec<usize>>,
    /// Some rule about colours was not understood: colours prove nothing.
    unclear: bool,
}

impl Sheet {
    /// Reads the text of all `style` elements.
    pub(super) fn read(text: &str) -> Self {
        let mut sheet = Self::default();
        let text = without_comments(text);
        let mut rest = text.as_str();
        while let Some((head, body)) = rest.split_once('{') {
            // What a printer or a telephone shows differently is left alone.
            let at_rule = head.rsplit(['}', ';']).next().unwrap_or_default().trim();
            if at_rule.starts_with('@') {
                rest = behind_block(body);
                continue;
            }
            let (inside, after) = body.split_once('}').unwrap_or((body, ""));
            sheet.rule(at_rule, inside);
            rest = after;
        }
        sheet.rules.sort_by_key(|(selector, _)| selector.weight());
        for (at, (selector, _)) in sheet.rules.iter().enumerate() {
            let key = match (&selector.id, selector.classes.last(), &selector.tag) {
                (Some(id), _, _) => format!("#{id}"),
                (None, Some(class), _) => format!(".{class}"),
                (None, None, tag) => tag.clone().unwrap_or_default(),
            };
            sheet.index.entry(key).or_default().push(at);
        }
        sheet
    }

    fn rule(&mut self, selectors: &str, inside: &str) {
        let declarations = Declarations::read(inside);
        for text in selectors.split(',') {
            match Selector::read(text) {
                Some(selector) if self.rules.len() < MOST_RULES => {
                    self.rules.push((selector, declarations.clone()));
                }
                Some(_) => self.unclear = true,
                // `a:hover` shows nothing before somebody comes near.
                None if text.contains(":hover") || text.contains(":visited") => {}
                None => self.unclear |= declarations.touches_colours(),
            }
        }
    }

    /// The look of an element inside one that looks like `outer`.
    pub(super) fn look(&self, tag: &str, attributes: &Attributes, outer: &Look) -> Look {
        let style = self.style(tag, attributes);
        let mut look = *outer;
        look.hidden |= attributes.get("hidden").is_some() || hides(&style);
        look.away |= is_away(&style);
        if let Some(size) = style.get("font-size").and_then(|v| length(v, look.size)) {
            look.size = size;
        }
        let ground = attributes.get("bgcolor").map(str::to_owned);
        let ground = ["background-color", "background"]
            .iter()
            .find_map(|name| style.get(name).map(str::to_owned))
            .or(ground);
        if let Some(ground) = ground {
            match colour::in_words(&ground) {
                Some(colour) if !colour.is_clear() => look.ground = Some(colour),
                Some(_) => {}
                // Transparent and the like leave what was there.
                None if ["none", "transparent", "inherit", "initial"].contains(&ground.trim()) => {}
                None => look.ground = None,
            }
        }
        let picture = ["background", "background-image"].iter().any(|name| {
            style
                .get(name)
                .is_some_and(|v| v.contains('(') && !v.starts_with("rgb"))
        });
        if picture || self.unclear || attributes.get("background").is_some() {
            look.ground = None;
        }
        let ink = attributes.get(if tag == "body" { "text" } else { "color" });
        if let Some(ink) = style.get("color").or(ink) {
            if ink != "inherit" {
                look.ink = colour::in_words(ink);
            }
        } else if tag == "a" {
            look.ink = Some(Colour::LINK);
        }
        look
    }

    fn style(&self, tag: &str, attributes: &Attributes) -> Declarations {
        let mut keys = vec![String::new(), tag.to_owned()];
        keys.extend(attributes.get("id").map(|id| format!("#{id}")));
        let classes = attributes.get("class").unwrap_or_default();
        keys.extend(
            classes
                .split_ascii_whitespace()
                .take(50)
                .map(|class| format!(".{class}")),
        );
        let mut fitting: Vec<usize> = keys
            .iter()
            .filter_map(|key| self.index.get(key))
            .flatten()
            .copied()
            .filter(|at| {
                self.rules
                    .get(*at)
                    .is_some_and(|(selector, _)| selector.fits(tag, attributes))
            })
            .collect();
        fitting.sort_unstable();
        fitting.dedup();
        let mut all = Declarations::default();
        for at in fitting {
            if let Some((_, declarations)) = self.rules.get(at) {
                all.0.extend(declarations.0.iter().cloned());
            }
        }
        let own = attributes.get("style").unwrap_or_default();
        all.0.extend(Declarations::read(own).0);
        all
    }
}

fn hides(style: &Declarations) -> bool {
    let is = |name: &str, value: &str| style.get(name) == Some(value);
    let nothing = |name: &str| {
        style
            .get(name)
            .and_then(|value| length(value, 16.0))
            .is_some_and(|length| length <= 1.0)
    };
    let faint = style
        .get("opacity")
        .and_then(|value| value.parse::<f32>().ok())
        .is_some_and(|opacity| opacity < 0.05);
    is("display", "none")
        || is("visibility", "hidden")
        || is("mso-hide", "all")
        || faint
        || nothing("max-height")
        || ((nothing("height") || nothing("width")) && is("overflow", "hidden"))
}

/// Moved out of sight: nobody scrolls five hundred pixels to the left.
fn is_away(style: &Declarations) -> bool {
    let far = |name: &str| {
        style
            .get(name)
            .and_then(|value| length(value, 16.0))
            .is_some_and(|length| length <= -500.0)
    };
    let floating = matches!(style.get("position"), Some("absolute" | "fixed"));
    far("text-indent") || (floating && ["left", "top", "right", "bottom"].into_iter().any(far))
}

/// A length in CSS pixels; relative ones to letters of `size`.
fn length(value: &str, size: f32) -> Option<f32> {
    let value = value.trim();
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end)?;
    let number: f32 = number.parse().ok()?;
    let pixels = match unit.trim() {
        "px" => number,
        "" if number == 0.0 => 0.0,
        "pt" => number * 4.0 / 3.0,
        "em" => number * size,
        "rem" => number * 16.0,
        "%" => number * size / 100.0,
        "mm" => number * 96.0 / 25.4,
        "cm" => number * 96.0 / 2.54,
        "in" => number * 96.0,
        _ => return None,
    };
    pixels.is_finite().then_some(pixels)
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.replace("<!--", "").replace("-->", "")
}

/// Behind the end of a block whose `{` was read.
fn behind_block(text: &str) -> &str {
    let mut depth = 1_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(sheet: &str, style: &str) -> Look {
        let attributes =
            Attributes::from_pairs(&[("style", style), ("class", "a pre"), ("id", "t")]);
        Sheet::read(sheet).look("p", &attributes, &Look::default())
    }

    #[test]
    fn what_nobody_sees_is_known() {
        for style in [
            "display:none",
            "DISPLAY : None !important; display:block",
            "visibility:hidden",
            "opacity:0",
            "opacity: 0.0",
            "max-height:0;overflow:hidden",
            "height:0px; overflow:hidden",
            "mso-hide:all",
        ] {
            assert!(look("", style).hidden, "{style}");
        }
        for style in [
            "font-size:0",
            "font-size:1px",
            "font-size: 1pt",
            "font-size:5%",
            "color:#fff",
            "color: white",
            "color:rgb(254, 255, 253)",
            "background:#036;color:#003366",
            "color:rgba(0,0,0,0)",
            "color:transparent",
            "text-indent:-9999px",
            "position:absolute;left:-2000px",
        ] {
            let look = look("", style);
            assert!(look.unseen().is_some() && !look.hidden, "{style}");
        }
    }

    #[test]
    fn in_doubt_a_thing_is_visible() {
        for style in [
            "",
            "display:block",
            "opacity:0.5",
            "font-size:9pt",
            "color:#ccc",
            "background:url(x.png);color:#fff",
            "background:linear-gradient(#000,#111);color:white",
            "background-color:var(--x);color:#fff",
            "color:var(--ink)",
            "max-height:100px",
        ] {
            let look = look("", style);
            assert!(look.unseen().is_none() && !look.hidden, "{style}");
        }
        // Colours of a rule that is not understood may be anywhere.
        assert!(
            look("td p { background: #036 }", "color:#fff")
                .unseen()
                .is_none()
        );
        assert!(
            look("p { background: #036 }", "color:#fff")
                .unseen()
                .is_none()
        );
        assert!(
            look("@media print { .pre { display: none } }", "")
                .unseen()
                .is_none()
        );
    }

    #[test]
    fn sheets_hide_by_tag_class_and_id_and_the_closest_rule_wins() {
        for sheet in [
            ".pre{display:none}",
            "/* x */ table, p.a.pre { color: red; display: none }",
            "#t{display:none} p{display:block}",
            "@media screen { p { color: red } } *{display:none}",
            "<!-- .pre{display:none} -->",
        ] {
            assert!(look(sheet, "").hidden, "{sheet}");
        }
        for sheet in [
            ".other{display:none}",
            "p{display:none} .a{display:block}",
            "div.pre{display:none}",
            "p.a.pre.more{display:none}",
            "@media (max-width:600px){.pre{display:none}}",
        ] {
            assert!(!look(sheet, "").hidden, "{sheet}");
        }
        assert!(!look(".pre{display:none}", "display:block").hidden);
    }

    proptest::proptest! {
        #[test]
        fn any_sheet_is_read(sheet in "[a-z.#{}:;!@/*<> \\-0-9,()あ]{0,200}", style in "[a-z:;!0-9.% -]{0,60}") {
            let _ = look(&sheet, &style);
        }
    }
}
