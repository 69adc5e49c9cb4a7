//! What a reader can see of an element (CSS 2.2): enough of the cascade to
//! know what is hidden, tiny or in the colour of its ground. In doubt a thing
//! is visible: nothing may be lost because a style was misread.

use std::cell::Cell;
use std::collections::HashMap;

use super::attributes::Attributes;
use super::colour::{self, Colour};
use super::declarations::{Declaration, Declarations, Winners, length};

/// Rules that are read of all sheets; a letter has some hundred.
const MOST_RULES: usize = 5_000;
/// Rules and declarations that are looked at for all elements together. Behind
/// that styles prove nothing, and everything is shown.
const MOST_WORK: u64 = 20_000_000;
/// Smaller letters (CSS pixels) are for machines.
const SMALLEST: f32 = 3.0;

/// Letters of which nobody said how large they are.
const USUAL: f32 = 16.0;
/// Classes of one element that are looked at.
const MOST_CLASSES: usize = 50;
/// Blocks inside blocks of a sheet.
const DEEPEST: u32 = 5;

const COLOURS: [&str; 4] = [
    "color",
    "background",
    "background-color",
    "background-image",
];
const SIZES: [&str; 2] = ["font", "font-size"];
const HEIGHTS: [&str; 3] = ["height", "min-height", "max-height"];
const WIDTHS: [&str; 3] = ["width", "min-width", "max-width"];

/// What an element inherits and shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    size: f32,
    ink: Option<Colour>,
    /// `None` where a picture may lie behind.
    ground: Option<Colour>,
    /// Not drawn at all, with everything inside.
    pub(super) hidden: bool,
    /// Room is left for it, but only what says so inside of it is drawn.
    pub(super) invisible: bool,
    /// Drawn far outside of the page.
    away: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            size: USUAL,
            ink: Some(Colour::BLACK),
            ground: Some(Colour::WHITE),
            hidden: false,
            invisible: false,
            away: false,
        }
    }
}

impl Look {
    /// Why words in this look cannot be seen; `None` where they can.
    pub(super) fn unseen(&self) -> Option<&'static str> {
        let same = |(ink, ground): (Colour, Colour)| ink.is_near(ground);
        if self.invisible {
            Some("invisible")
        } else if self.away {
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

/// A selector of one element: `p`, `.note`, `#top`, `td.wide.low`.
#[derive(Debug, Default, PartialEq, Eq)]
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

    /// One that fits whatever `text` fits, and perhaps more: the last element
    /// that it names, without conditions. `None` where that is anything.
    fn wider(text: &str) -> Option<Self> {
        let last = text.rsplit([' ', '\t', '\n', '\r', '>', '+', '~']).next()?;
        let bare = last.split(['[', ':']).next()?;
        if text.contains(['(', '"', '\'', '\\']) {
            return None;
        }
        Self::read(bare)
    }

    fn fits(&self, tag: &str, attributes: &Attributes) -> bool {
        let known = attributes.get("class").unwrap_or_default();
        let has = |class: &String| {
            let mut some = known.split_ascii_whitespace().take(MOST_CLASSES);
            some.any(|one| one == class)
        };
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
#[derive(Debug)]
pub(super) struct Sheet {
    /// In the order in which they win: the last that fits.
    rules: Rules,
    /// What may hold for an element that fits, on some screens or inside some
    /// others.
    doubts: Rules,
    /// Some rule was not understood at all: styles prove nothing.
    unclear: bool,
    /// What may still be looked at.
    left: Cell<u64>,
}

/// Rules that are found by what an element must have.
#[derive(Debug, Default)]
struct Rules {
    all: Vec<(Selector, Declarations)>,
    /// By id, class or tag; all others under "".
    index: HashMap<String, Vec<usize>>,
}

impl Rules {
    fn sort(&mut self) {
        self.all.sort_by_key(|(selector, _)| selector.weight());
        for (at, (selector, _)) in self.all.iter().enumerate() {
            let key = match (&selector.id, selector.classes.last(), &selector.tag) {
                (Some(id), _, _) => format!("#{id}"),
                (None, Some(class), _) => format!(".{class}"),
                (None, None, tag) => tag.clone().unwrap_or_default(),
            };
            self.index.entry(key).or_default().push(at);
        }
    }

    /// The declarations of those that fit, in their order, of each property the
    /// two that can win. What it looks at is taken from what is `left`.
    fn fitting(
        &self,
        keys: &[String],
        (tag, attributes): (&str, &Attributes),
        left: &Cell<u64>,
    ) -> Declarations {
        let mut places: Vec<usize> = keys
            .iter()
            .filter_map(|key| self.index.get(key))
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut found = Winners::default();
        let mut looked = 0;
        for (selector, declarations) in places.iter().filter_map(|at| self.all.get(*at)) {
            looked += 1 + selector.classes.len();
            if selector.fits(tag, attributes) {
                looked += declarations.0.len();
                found.add(declarations);
            }
        }
        let looked = u64::try_from(looked).unwrap_or(u64::MAX);
        left.set(left.get().saturating_sub(looked));
        found.in_order()
    }
}

impl Sheet {
    /// Reads the text of all `style` elements.
    pub(super) fn read(text: &str) -> Self {
        let mut sheet = Self {
            rules: Rules::default(),
            doubts: Rules::default(),
            unclear: false,
            left: Cell::new(MOST_WORK),
        };
        sheet.block(&without_comments(text), true, DEEPEST);
        sheet.rules.sort();
        sheet.doubts.sort();
        sheet
    }

    /// The rules of a sheet, or of a block that is for some screens only.
    fn block(&mut self, text: &str, certain: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            self.unclear = true;
            return;
        };
        let mut rest = text;
        while let Some((head, body)) = rest.split_once('{').filter(|_| !self.unclear) {
            let head = head.rsplit(['}', ';']).next().unwrap_or_default().trim();
            let (inside, after) = block_of(body);
            rest = after;
            if !head.starts_with('@') {
                // Rules inside rules (CSS Nesting) are not followed.
                self.unclear |= inside.contains('{');
                self.rule(head, inside, certain);
            } else if !is_for_paper(head) {
                self.block(inside, false, depth);
            }
        }
    }

    fn rule(&mut self, selectors: &str, inside: &str, certain: bool) {
        let declarations = Declarations::read(inside, false);
        for text in selectors.split(',') {
            let doubt = match Selector::read(text) {
                Some(selector) if certain => {
                    self.rules.all.push((selector, declarations.clone()));
                    None
                }
                Some(selector) => Some(selector),
                // `a:hover` shows nothing before somebody comes near.
                None if text.contains(":hover") || text.contains(":visited") => None,
                None => Some(Selector::wider(text.trim()).unwrap_or_default()),
            };
            if let Some(selector) = doubt
                && declarations.may_show()
            {
                self.doubts.all.push((selector, declarations.clone()));
            }
            if self.rules.all.len() > MOST_RULES || self.doubts.all.len() > MOST_RULES {
                self.rules.all.truncate(MOST_RULES);
                self.doubts.all.truncate(MOST_RULES);
                self.unclear = true;
                return;
            }
        }
    }

    /// The look of an element inside one that looks like `outer`.
    pub(super) fn look(&self, tag: &str, attributes: &Attributes, outer: &Look) -> Look {
        let tired = self.left.get() == 0;
        let (style, doubts) = self.style((tag, attributes), tired);
        let yields = |names: &[&str]| self.unclear || tired || style.yields(&doubts, names);
        let open = |names: &[&str]| names.iter().any(|name| yields(&[name]));
        let mut look = *outer;
        let unwanted = attributes.get("hidden").is_some() && style.get("display").is_none();
        look.hidden |= (unwanted && !open(&["display"])) || hides(&style, &open);
        look.away |= is_away(&style, &open);
        look.invisible = match style.get("visibility") {
            _ if open(&["visibility"]) => false,
            Some("hidden" | "collapse") => true,
            Some("inherit" | "unset") | None => look.invisible,
            Some(_) => false,
        };
        if let Some(declared) = style.winner(&SIZES) {
            look.size = letters(declared, outer.size);
        } else if tag == "font" && attributes.get("size").is_some() {
            look.size = USUAL;
        }
        if look.size < SMALLEST && yields(&SIZES) {
            look.size = USUAL;
        }
        // A box that is moved may lie on anything.
        if style.get("position").is_some_and(|v| v != "static") || open(&["position"]) {
            look.ground = None;
        }
        let ground = attributes.get("bgcolor").map(str::to_owned);
        let ground = style
            .winner(&["background-color", "background"])
            .map(|declared| declared.value.clone())
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
        let doubtful = open(&COLOURS);
        if picture || doubtful || attributes.get("background").is_some() {
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
        if doubtful {
            look.ink = None;
        }
        look
    }

    /// What holds for an element, and what may hold beside it. Once there was
    /// too much to look at only what it says itself.
    fn style(&self, element: (&str, &Attributes), tired: bool) -> (Declarations, Declarations) {
        let (tag, attributes) = element;
        let mut keys = vec![String::new(), tag.to_owned()];
        keys.extend(attributes.get("id").map(|id| format!("#{id}")));
        let classes = attributes.get("class").unwrap_or_default();
        keys.extend(
            classes
                .split_ascii_whitespace()
                .take(MOST_CLASSES)
                .map(|class| format!(".{class}")),
        );
        let (mut all, doubts) = if tired {
            Default::default()
        } else {
            (
                self.rules.fitting(&keys, element, &self.left),
                self.doubts.fitting(&keys, element, &self.left),
            )
        };
        let own = attributes.get("style").unwrap_or_default();
        all.0.extend(Declarations::read(own, true).0);
        (all, doubts)
    }
}

/// Not drawn, unless what is `open` decides otherwise.
fn hides(style: &Declarations, open: &dyn Fn(&[&str]) -> bool) -> bool {
    let is = |name: &str, value: &str| style.get(name) == Some(value) && !open(&[name]);
    let flat = |[side, least, most]: [&str; 3]| {
        let nothing = |name: &str| style.get(name).is_some_and(is_nothing);
        let kept = style.get(least).is_some_and(|value| !is_nothing(value));
        (nothing(side) || nothing(most)) && !kept && !open(&[side, least, most])
    };
    let faint = style
        .get("opacity")
        .and_then(|value| value.parse::<f32>().ok())
        .is_some_and(|opacity| opacity < 0.05);
    is("display", "none")
        || is("mso-hide", "all")
        || (faint && !open(&["opacity"]))
        || ((flat(HEIGHTS) || flat(WIDTHS)) && is("overflow", "hidden"))
}

/// At most a pixel. Below nothing is no length, and shares are of a box that
/// nobody measured here.
fn is_nothing(value: &str) -> bool {
    let most = if value.ends_with('%') { 0.0 } else { 1.0 };
    length(value, USUAL).is_some_and(|length| (0.0..=most).contains(&length))
}

/// Moved out of sight: nobody scrolls five hundred pixels to the left.
fn is_away(style: &Declarations, open: &dyn Fn(&[&str]) -> bool) -> bool {
    let far = |name: &str| {
        let moved = style.get(name).and_then(|value| length(value, USUAL));
        moved.is_some_and(|length| length <= -500.0) && !open(&[name])
    };
    let floating =
        matches!(style.get("position"), Some("absolute" | "fixed")) && !open(&["position"]);
    far("text-indent") || (floating && ["left", "top", "right", "bottom"].into_iter().any(far))
}

/// The size of letters in ones of `outer`; what is not understood is of the
/// usual size. Of `font: bold 9px/2 x` the largest length that is no line's.
fn letters(declared: &Declaration, outer: f32) -> f32 {
    if matches!(declared.value.as_str(), "inherit" | "unset") {
        return outer;
    }
    let size = if declared.name == "font" {
        declared
            .value
            .split_whitespace()
            .filter_map(|word| length(word.split('/').next()?, outer))
            .reduce(f32::max)
    } else {
        length(&declared.value, outer)
    };
    size.filter(|size| *size >= 0.0).unwrap_or(USUAL)
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

/// `@media print`: what a printer shows differently is left alone.
fn is_for_paper(head: &str) -> bool {
    let media = head.strip_prefix("@media").map(str::trim_start);
    media.is_some_and(|media| media.starts_with("print") && !media.contains(','))
}

/// A block whose `{` was read, and what stands behind it.
fn block_of(text: &str) -> (&str, &str) {
    let mut depth = 1_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let (inside, after) = text.split_at_checked(at).unwrap_or((text, ""));
            return (inside, after.get(1..).unwrap_or_default());
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests;
