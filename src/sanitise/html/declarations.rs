//! The declarations of a style (CSS Cascade 4): which of them wins, and
//! lengths.

use std::rc::Rc;

/// Properties that decide what is seen; others are not kept.
const KNOWN: [&str; 32] = [
    UNCLEAR,
    "-webkit-background-clip",
    "-webkit-text-fill-color",
    "-webkit-text-stroke",
    "-webkit-text-stroke-width",
    "animation",
    "animation-name",
    "background",
    "background-clip",
    "background-color",
    "background-image",
    "bottom",
    "color",
    "display",
    "font",
    "font-size",
    "height",
    "left",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "mso-hide",
    "opacity",
    "overflow",
    "position",
    "right",
    "text-indent",
    "text-shadow",
    "top",
    "visibility",
    "width",
];

/// Stands for a declaration that is written in escapes (CSS Syntax 4.3.7): it
/// may say anything.
const UNCLEAR: &str = "\\";

/// Declarations by property, in their order: at most two of each, the last and
/// the last important one.
#[derive(Clone, Debug, Default)]
pub(super) struct Declarations(pub(super) Vec<Rc<Declaration>>);

/// The last declaration of each property, and the last important one.
pub(super) struct Winners {
    slots: [Option<(usize, Rc<Declaration>)>; 2 * KNOWN.len()],
    seen: usize,
}

impl Default for Winners {
    fn default() -> Self {
        Self {
            slots: [const { None }; 2 * KNOWN.len()],
            seen: 0,
        }
    }
}

impl Winners {
    pub(super) fn add(&mut self, more: &Declarations) {
        for declaration in &more.0 {
            self.add_one(Rc::clone(declaration));
        }
    }

    fn add_one(&mut self, declaration: Rc<Declaration>) {
        let slot = 2 * declaration.property + usize::from(declaration.important);
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Some((self.seen, declaration));
        }
        self.seen += 1;
    }

    /// In the order in which they came.
    pub(super) fn in_order(self) -> Declarations {
        let mut kept: Vec<_> = self.slots.into_iter().flatten().collect();
        kept.sort_by_key(|(at, _)| *at);
        Declarations(kept.into_iter().map(|(_, kept)| kept).collect())
    }
}

/// `name: value`, both lower case.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) value: String,
    /// Its place among the known.
    property: usize,
    important: bool,
    /// Of the element itself, not of a sheet.
    own: bool,
}

impl Declaration {
    /// The highest wins, of equals the last.
    fn rank(&self) -> (bool, bool) {
        (self.important, self.own)
    }
}

impl Declarations {
    /// Those of a sheet's rule, or an element's `own`.
    pub(super) fn read(text: &str, own: bool) -> Self {
        let mut kept = Winners::default();
        for declaration in text.split(';').take(200) {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let mut name = name.trim().to_ascii_lowercase();
            if name.contains('\\') {
                name = UNCLEAR.to_owned();
            }
            let Some(property) = KNOWN.iter().position(|known| *known == name) else {
                continue;
            };
            let value = value.trim().to_ascii_lowercase();
            let (value, important) = match value.split_once('!') {
                Some((value, _)) => (value.trim().to_owned(), true),
                None => (value, false),
            };
            kept.add_one(Rc::new(Declaration {
                name,
                value,
                property,
                important,
                own,
            }));
        }
        kept.in_order()
    }

    /// The value that counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.winner(&[name]).map(|found| found.value.as_str())
    }

    /// Of properties that set the same the one that counts.
    pub(super) fn winner(&self, names: &[&str]) -> Option<&Declaration> {
        self.0
            .iter()
            .map(Rc::as_ref)
            .filter(|declaration| names.contains(&declaration.name.as_str()))
            .max_by_key(|declaration| declaration.rank())
    }

    /// One of `others` may win over what is declared here for `names`.
    pub(super) fn yields(&self, others: &Self, names: &[&str]) -> bool {
        let rank = self.winner(names).map(Declaration::rank);
        others.0.iter().any(|other| {
            names.contains(&other.name.as_str()) && other.rank() >= rank.unwrap_or_default()
        })
    }

    /// What is seen in the end cannot be told: escapes, or a play of looks.
    pub(super) fn is_unclear(&self) -> bool {
        self.0.iter().any(|declaration| {
            declaration.name == UNCLEAR
                || declaration.value.contains('\\')
                || (declaration.name.starts_with("animation") && declaration.value != "none")
        })
    }

    /// Not all of it can only hide.
    pub(super) fn may_show(&self) -> bool {
        let hides = |declaration: &Rc<Declaration>| {
            matches!(
                (declaration.name.as_str(), declaration.value.as_str()),
                ("display", "none") | ("visibility", "hidden")
            )
        };
        !self.0.iter().all(hides)
    }
}

/// A length in CSS pixels; relative ones to letters of `size`.
pub(super) fn length(value: &str, size: f32) -> Option<f32> {
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
