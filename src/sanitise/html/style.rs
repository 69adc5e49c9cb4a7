//! What a reader can see of an element (CSS 2.2): enough of the cascade to
//! know what is hidden, tiny or in the colour of its ground. In doubt a thing
//! is visible: nothing may be lost because a style was misread.

mod selector;

use std::cell::Cell;
use std::collections::HashMap;

use super::attributes::Attributes;
use super::colour::{self, Colour};
use super::declarations::{Declaration, Declarations, Winners, length};
use selector::{MOST_CLASSES, Selector, near};

/// Rules that are read of all sheets; a letter has some hundred.
const MOST_RULES: usize = 5_000;
/// Rules and declarations that are looked at for all elements together. Behind
/// that styles prove nothing, and everything is shown.
const MOST_WORK: u64 = 20_000_000;
/// Smaller letters (CSS pixels) are for machines.
const SMALLEST: f32 = 3.0;

/// Letters of which nobody said how large they are.
const USUAL: f32 = 16.0;
/// Blocks inside blocks of a sheet.
const DEEPEST: u32 = 5;

const COLOURS: [&str; 4] = [
    "color",
    "background",
    "background-color",
    "background-image",
];
/// What draws letters in more than their colour.
const EDGES: [&str; 6] = [
    "text-shadow",
    "-webkit-text-stroke",
    "-webkit-text-stroke-width",
    "-webkit-text-fill-color",
    "background-clip",
    "-webkit-background-clip",
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
    /// Its lines begin far outside of the page.
    indented: bool,
    /// Its letters have a shadow, an edge or a filling of their own.
    edged: bool,
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
            indented: false,
            edged: false,
        }
    }
}

impl Look {
    /// Why words in this look cannot be seen; `None` where they can.
    pub(super) fn unseen(&self) -> Option<&'static str> {
        let same = |(ink, ground): (Colour, Colour)| !self.edged && ink.is_near(ground);
        if self.invisible {
            Some("invisible")
        } else if self.away || self.indented {
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
    /// two that can win. What it looks at is taken from what is `left` before
    /// anything is gathered; nothing where that is too much.
    fn fitting(
        &self,
        keys: &[String],
        (tag, attributes): (&str, &Attributes),
        left: &Cell<u64>,
    ) -> Declarations {
        let known: Vec<&Vec<usize>> = keys.iter().filter_map(|key| self.index.get(key)).collect();
        let gathered: usize = known.iter().map(|places| places.len()).sum();
        if !spend(left, gathered) {
            return Declarations::default();
        }
        let mut places: Vec<usize> = known.into_iter().flatten().copied().collect();
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
        spend(left, looked);
        found.in_order()
    }
}

/// Takes work from what is left; whether there was as much.
fn spend(left: &Cell<u64>, work: usize) -> bool {
    let rest = u64::try_from(work)
        .ok()
        .and_then(|work| left.get().checked_sub(work));
    left.set(rest.unwrap_or(0));
    rest.is_some()
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
                // `a:hover` shows nothing before somebody comes near, but
                // `a:not(:hover)` does.
                None if near(text) => None,
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

    /// One that hides nothing.
    pub(super) fn showing_all() -> Self {
        let sheet = Self::read("");
        sheet.left.set(0);
        sheet
    }

    /// Too much was looked at: from here on everything is shown.
    pub(super) fn is_tired(&self) -> bool {
        self.left.get() == 0
    }

    /// The look of an element inside one that looks like `outer`.
    pub(super) fn look(&self, tag: &str, attributes: &Attributes, outer: &Look) -> Look {
        let (style, doubts) = self.style((tag, attributes));
        let tired = self.is_tired();
        let unclear = self.unclear || tired || style.is_unclear() || doubts.is_unclear();
        let yields = |names: &[&str]| unclear || style.yields(&doubts, names);
        let open = |names: &[&str]| names.iter().any(|name| yields(&[name]));
        let mut look = *outer;
        let unwanted = attributes.get("hidden").is_some() && style.get("display").is_none();
        look.hidden |= (unwanted && !open(&["display"])) || hides(&style, &open);
        look.away |= is_away(&style, &open);
        if let Some(indent) = style.get("text-indent") {
            look.indented = is_far(indent);
        }
        look.indented &= !open(&["text-indent"]);
        look.edged |= open(&EDGES) || EDGES.iter().any(|name| style.get(name).is_some_and(edges));
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
    fn style(&self, element: (&str, &Attributes)) -> (Declarations, Declarations) {
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
        // A class named twice is the same class.
        keys.sort_unstable();
        keys.dedup();
        let (mut all, doubts) = if self.is_tired() {
            Default::default()
        } else {
            (
                self.rules.fitting(&keys, element, &self.left),
                self.doubts.fitting(&keys, element, &self.left),
            )
        };
        let own = attributes.get("style").unwrap_or_default();
        all.0
            .extend(Declarations::read(&without_comments(own), true).0);
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
    let far = |name: &str| style.get(name).is_some_and(is_far) && !open(&[name]);
    let floating =
        matches!(style.get("position"), Some("absolute" | "fixed")) && !open(&["position"]);
    floating && ["left", "top", "right", "bottom"].into_iter().any(far)
}

fn is_far(moved: &str) -> bool {
    length(moved, USUAL).is_some_and(|length| length <= -500.0)
}

/// A value of [`EDGES`] that draws something; boxes are clipped everywhere.
fn edges(value: &str) -> bool {
    !matches!(
        value,
        "none" | "0" | "0px" | "border-box" | "padding-box" | "content-box"
    )
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
        // A word with one inside is two words.
        kept.push(' ');
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
