//! Styles for the rectangles that stand for controls: where the control's own
//! style puts it and what it says of its letters, with a line around or
//! without. A rectangle without a style would be a blue box.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::sanitise::odf::model::{Node, Open, Tape};
use crate::sanitise::odf::reduce::form::Look;
use crate::sanitise::odf::space::Space;
use crate::sanitise::office::scrap::{NONE, Scrap, attribute};
use crate::sanitise::office::tape;

type Attribute = tape::Attribute<Space>;

/// About the size of letters that LibreOffice gives a control by itself.
const LETTERS: &str = "8pt";

/// What decides how a rectangle looks: the control's own styles, its kind, and
/// where its words stand.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Wanted {
    base: Option<String>,
    letters: Option<String>,
    look: Look,
    side: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Family {
    Graphic,
    Paragraph,
}

/// The automatic styles of a part, and those that are to come.
pub(super) struct Styles {
    /// In front of what the new ones stand.
    place: usize,
    /// The places of the styles of shapes and of paragraphs.
    known: HashMap<(Family, String), usize>,
    /// What each of them says that a control may look like, once it was asked.
    read: HashMap<usize, Rc<Known>>,
    names: HashSet<String>,
    made: HashMap<Wanted, String>,
    /// The number in the name that was made last.
    number: usize,
    /// Attributes of all that were made.
    weight: usize,
    scrap: Scrap<Space>,
}

/// What a style says of shapes, lines and letters.
#[derive(Default)]
struct Known {
    shape: Vec<Attribute>,
    lines: Vec<Attribute>,
    letters: Vec<Attribute>,
    side: Option<&'static str>,
}

impl Styles {
    pub(super) fn of(tape: &mut Tape) -> Self {
        let mut scrap = Scrap::default();
        let named = |tape: &Tape, names: &[&str]| {
            let is = |child: usize| {
                let open = tape.open(child).filter(|open| open.space == Space::Office);
                open.is_some_and(|open| names.contains(&tape.local(open)))
            };
            tape.children(0).find(|child| is(*child))
        };
        let end = |tape: &Tape, at: usize| tape.open(at).map_or(0, |open| open.end as usize);
        let holder = named(tape, &["automatic-styles"]);
        let place = if let Some(holder) = holder {
            end(tape, holder)
        } else {
            scrap.open(tape, Space::Office, "automatic-styles", NONE);
            named(tape, &["body", "master-styles"]).unwrap_or_else(|| end(tape, 0))
        };
        let mut styles = Self {
            place,
            known: HashMap::new(),
            read: HashMap::new(),
            names: HashSet::new(),
            made: HashMap::new(),
            number: 0,
            weight: 0,
            scrap,
        };
        for child in holder.into_iter().flat_map(|holder| tape.children(holder)) {
            let Some(open) = tape.open(child) else {
                continue;
            };
            let name = tape.value(open, Space::Style, "name").unwrap_or_default();
            styles.names.insert(name.to_owned());
            let family = match tape.value(open, Space::Style, "family") {
                Some("graphic") => Family::Graphic,
                Some("paragraph") => Family::Paragraph,
                _ => continue,
            };
            styles.known.insert((family, name.to_owned()), child);
        }
        styles
    }

    /// The name of the styles for a control's rectangle and its paragraphs.
    pub(super) fn for_shape(&mut self, tape: &mut Tape, open: Open, look: Look) -> String {
        let said = |local: &str| tape.value(open, Space::Draw, local).map(str::to_owned);
        let (base, letters) = (said("style-name"), said("text-style-name"));
        let places = [(Family::Paragraph, &letters), (Family::Graphic, &base)]
            .map(|(family, name)| self.place_of(family, name.as_deref()));
        let side = (places.into_iter()).find_map(|style| self.said_by(tape, style).side);
        let usual = if look == Look::Button {
            "center"
        } else {
            "left"
        };
        let wanted = Wanted {
            base,
            letters,
            look,
            side: side.unwrap_or(usual),
        };
        if let Some(made) = self.made.get(&wanted) {
            return made.clone();
        }
        // Each number is tried once, whatever names a document has.
        let name = loop {
            self.number += 1;
            let name = format!("control{}", self.number);
            if !self.names.contains(&name) {
                break name;
            }
        };
        self.make_shape(tape, &name, &wanted);
        self.make_letters(tape, &name, &wanted);
        self.made.insert(wanted, name.clone());
        name
    }

    fn place_of(&self, family: Family, name: Option<&str>) -> Option<usize> {
        let known = self.known.get(&(family, name?.to_owned()));
        known.copied()
    }

    /// What a style says, read once however many controls have it.
    fn said_by(&mut self, tape: &Tape, style: Option<usize>) -> Rc<Known> {
        let Some(style) = style else {
            return Rc::default();
        };
        let known = self.read.entry(style);
        Rc::clone(known.or_insert_with(|| Rc::new(Known::of(tape, style))))
    }

    fn make_shape(&mut self, tape: &mut Tape, name: &str, wanted: &Wanted) {
        let known = self.place_of(Family::Graphic, wanted.base.as_deref());
        let mut shape = self.said_by(tape, known).shape.clone();
        let dress = dress(tape, &shape, wanted.look, wanted.side);
        shape.retain(|attribute| is_place(attribute.space, tape.get(attribute.local)));
        shape.extend(dress);
        let parent = parent(tape, known, wanted.base.as_deref());
        let all = [("graphic-properties", shape)];
        self.style(tape, name, ("graphic", parent), all);
    }

    /// What the control's own styles say of its letters, in a size like its own.
    fn make_letters(&mut self, tape: &mut Tape, name: &str, wanted: &Wanted) {
        let known = self.place_of(Family::Paragraph, wanted.letters.as_deref());
        let shape = self.place_of(Family::Graphic, wanted.base.as_deref());
        let (of_letters, of_shape) = (self.said_by(tape, known), self.said_by(tape, shape));
        let both = |own: &[Attribute], others: &[Attribute]| {
            let mut all = own.to_vec();
            let name = |of: &Attribute| (of.space, tape.get(of.local).to_owned());
            let said: HashSet<_> = own.iter().map(name).collect();
            all.extend(others.iter().filter(|one| !said.contains(&name(one))));
            all
        };
        let lines = both(&of_letters.lines, &of_shape.lines);
        let mut letters = both(&of_letters.letters, &of_shape.letters);
        let is_size = |attribute: &Attribute| tape.get(attribute.local) == "font-size";
        if !letters.iter().any(is_size) {
            letters.push(attribute(tape, Space::Fo, "font-size", LETTERS));
            for local in ["font-size-asian", "font-size-complex"] {
                letters.push(attribute(tape, Space::Style, local, LETTERS));
            }
        }
        let parent = parent(tape, known, wanted.letters.as_deref());
        let all = [
            ("paragraph-properties", lines),
            ("text-properties", letters),
        ];
        self.style(tape, name, ("paragraph", parent), all);
    }

    fn style<const MANY: usize>(
        &mut self,
        tape: &mut Tape,
        name: &str,
        (family, parent): (&str, Option<String>),
        all: [(&str, Vec<Attribute>); MANY],
    ) {
        let mut names = vec![
            attribute(tape, Space::Style, "name", name),
            attribute(tape, Space::Style, "family", family),
        ];
        names.extend(parent.map(|of| attribute(tape, Space::Style, "parent-style-name", &of)));
        let names = tape.add_attributes(&names);
        self.scrap.open(tape, Space::Style, "style", names);
        for (local, attributes) in all {
            self.weight = self.weight.saturating_add(attributes.len());
            if !attributes.is_empty() {
                let attributes = tape.add_attributes(&attributes);
                self.scrap.empty(tape, Space::Style, local, attributes);
            }
        }
        self.scrap.close();
    }

    /// Attributes of all that were made: many may each be like one that says much.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// All that were made, with their place.
    pub(super) fn into_list(mut self) -> Option<(usize, Vec<Node>)> {
        if self.made.is_empty() {
            return None;
        }
        self.scrap.finish();
        Some((self.place, self.scrap.nodes))
    }
}

/// A style that is none of the automatic ones is one of the document's own.
fn parent(tape: &Tape, known: Option<usize>, name: Option<&str>) -> Option<String> {
    let parent = match known.and_then(|at| tape.open(at)) {
        Some(open) => tape.value(open, Space::Style, "parent-style-name"),
        None => name,
    };
    parent.map(str::to_owned)
}

impl Known {
    fn of(tape: &Tape, style: usize) -> Self {
        let properties = |local: &str| -> Vec<Attribute> {
            let mut children = tape.children(style);
            let found = children.find(|child| tape.is(*child, Space::Style, local));
            let open = found.and_then(|child| tape.open(child));
            let attributes = open.into_iter().flat_map(|open| tape.attributes(open));
            attributes.map(|(_, attribute)| attribute).collect()
        };
        let lines = properties("paragraph-properties");
        Self {
            shape: properties("graphic-properties"),
            letters: properties("text-properties"),
            side: side(tape, &lines),
            lines,
        }
    }
}

/// Where a style puts the words.
fn side(tape: &Tape, lines: &[Attribute]) -> Option<&'static str> {
    let align = lines
        .iter()
        .find(|attribute| tape.get(attribute.local) == "text-align")?;
    match tape.get(align.value) {
        "center" => Some("center"),
        "end" | "right" => Some("right"),
        _ => None,
    }
}

/// Whether this says where a shape stands, or how words flow around it.
fn is_place(space: Space, local: &str) -> bool {
    match space {
        Space::Style => matches!(
            local,
            "flow-with-text"
                | "horizontal-pos"
                | "horizontal-rel"
                | "number-wrapped-paragraphs"
                | "run-through"
                | "vertical-pos"
                | "vertical-rel"
                | "wrap"
        ),
        Space::Fo => local.starts_with("margin"),
        _ => false,
    }
}

/// Line, ground and words of a rectangle.
fn dress(tape: &mut Tape, of_control: &[Attribute], look: Look, side: &str) -> Vec<Attribute> {
    let said = |tape: &Tape, wanted: &str| {
        let found = (of_control.iter())
            .find(|said| (said.space, tape.get(said.local)) == (Space::Fo, wanted));
        found.map(|said| tape.get(said.value).to_owned())
    };
    let border = said(tape, "border");
    let ground = said(tape, "background-color").filter(|ground| ground.starts_with('#'));
    let mut dress = Vec::new();
    let mut say =
        |space, local: &str, value: &str| dress.push(attribute(tape, space, local, value));
    let has_line = border.map_or(look != Look::Label, |border| !border.contains("none"));
    if has_line {
        say(Space::Draw, "stroke", "solid");
        say(Space::Svg, "stroke-width", "0.02cm");
        say(Space::Svg, "stroke-color", "#808080");
    } else {
        say(Space::Draw, "stroke", "none");
    }
    if let Some(ground) = ground {
        say(Space::Draw, "fill", "solid");
        say(Space::Draw, "fill-color", &ground);
    } else {
        say(Space::Draw, "fill", "none");
    }
    let (from_top, room) = match look {
        Look::Label => (false, "0cm"),
        Look::Field | Look::Button => (false, "0.1cm"),
        Look::Area => (true, "0.1cm"),
    };
    for side in [
        "padding-top",
        "padding-bottom",
        "padding-left",
        "padding-right",
    ] {
        say(Space::Fo, side, room);
    }
    // Words that are wider than their place are seen all the same.
    let wraps = if from_top { "wrap" } else { "no-wrap" };
    say(Space::Fo, "wrap-option", wraps);
    let across = if from_top { "justify" } else { side };
    say(Space::Draw, "textarea-horizontal-align", across);
    let down = if from_top { "top" } else { "middle" };
    say(Space::Draw, "textarea-vertical-align", down);
    say(Space::Draw, "auto-grow-height", "false");
    say(Space::Draw, "auto-grow-width", "false");
    dress
}
