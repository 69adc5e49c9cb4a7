//! Pictures that stand for embedded objects and controls. Excel, and PowerPoint
//! of 2007, keep them in a drawing of the old kind (VML) beside the page; they
//! become plain pictures on the page, in the object's place.

mod sheet;
mod slide;

use std::collections::{HashMap, HashSet};

use crate::sanitise::Report;
use crate::sanitise::office::scrap::{NONE, Scrap};
use crate::sanitise::ooxml::model::{Body, Package, Part, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Open, Tape};

/// A shape of a drawing of the old kind that is a picture we could read.
struct Shape {
    /// Both names that a page may know it by.
    ids: [Option<String>; 2],
    /// Place of the picture in `Package::parts`.
    picture: usize,
    /// Of a sheet: from which cell to which, each with an offset in pixels.
    anchor: Option<[u32; 8]>,
    is_stroked: bool,
}

/// Puts the pictures on their pages. Each drawing counts for one page.
pub(super) fn keep(package: &mut Package, report: &mut Report) {
    let mut used = HashSet::new();
    for at in 0..package.parts.len() {
        match package.parts.get(at).map(|part| part.role) {
            Some(Role::Worksheet) => sheet::keep(package, at, &mut used),
            Some(Role::Slide | Role::SlideLayout | Role::SlideMaster) => {
                slide::keep(package, at, &mut used, report);
            }
            _ => {}
        }
    }
    for part in &mut package.parts {
        part.gone |= part.role == Role::SlideVml;
    }
}

/// The pictures among the shapes of a drawing.
fn shapes(package: &Package, drawing: usize) -> Vec<Shape> {
    let Some(Part {
        body: Body::Xml(tape),
        ..
    }) = package.parts.get(drawing)
    else {
        return Vec::new();
    };
    let shapes = tape.opens().filter(|(_, open)| {
        open.space == Space::V && matches!(tape.local(*open), "shape" | "rect")
    });
    shapes
        .filter_map(|(at, open)| shape(package, drawing, tape, at, open))
        .collect()
}

fn shape(package: &Package, drawing: usize, tape: &Tape, at: usize, open: Open) -> Option<Shape> {
    let child = |space, local: &str| {
        let found = tape
            .children(at)
            .find(|child| tape.is(*child, space, local));
        found.and_then(|child| Some((child, tape.open(child)?)))
    };
    let (_, image) = child(Space::V, "imagedata")?;
    let id =
        (tape.value(image, Space::O, "relid")).or_else(|| tape.value(image, Space::R, "id"))?;
    let Some(Target::Part(picture)) = package.target(drawing, id) else {
        return None;
    };
    package
        .parts
        .get(*picture)
        .filter(|part| part.role == Role::Picture)?;
    // That of a note, or of a page's head, belongs there.
    let anchor = child(Space::X, "ClientData")
        .filter(|(_, data)| tape.value(*data, Space::None, "ObjectType") == Some("Pict"))
        .and_then(|(data, _)| {
            let mut inside = tape.children(data);
            let anchor = inside.find(|child| tape.is(*child, Space::X, "Anchor"))?;
            numbers(&tape.text_within(anchor))
        });
    let stroked = tape.value(open, Space::None, "stroked");
    Some(Shape {
        ids: [
            tape.value(open, Space::None, "id").map(str::to_owned),
            tape.value(open, Space::O, "spid").map(str::to_owned),
        ],
        picture: *picture,
        anchor,
        is_stroked: stroked.is_some_and(|value| matches!(value, "t" | "true")),
    })
}

/// What stands for the boxes to tick among the shapes of a drawing, by the
/// number in the shape's name; Excel's own words beside them do not say it.
fn ticks(package: &Package, drawing: usize) -> HashMap<u32, &'static str> {
    let mut ticks = HashMap::new();
    let Some(Part {
        body: Body::Xml(tape),
        ..
    }) = package.parts.get(drawing)
    else {
        return ticks;
    };
    let mut number = None;
    for (at, open) in tape.opens() {
        match (open.space, tape.local(open)) {
            (Space::V, "shape") => {
                let names = [(Space::None, "id"), (Space::O, "spid")];
                number = names.into_iter().find_map(|(space, local)| {
                    let name = tape.value(open, space, local)?;
                    name.strip_prefix("_x0000_s")?.parse().ok()
                });
            }
            (Space::X, "ClientData") => {
                let mut inside = tape.children(at);
                let checked = inside.find(|child| tape.is(*child, Space::X, "Checked"));
                let is_set = checked.is_some_and(|at| tape.text_within(at).trim() == "1");
                let mark = match (tape.value(open, Space::None, "ObjectType"), is_set) {
                    (Some("Checkbox"), true) => "☑ ",
                    (Some("Checkbox"), false) => "☐ ",
                    (Some("Radio"), true) => "◉ ",
                    (Some("Radio"), false) => "○ ",
                    _ => continue,
                };
                if let Some(number) = number.take() {
                    ticks.insert(number, mark);
                }
            }
            _ => {}
        }
    }
    ticks
}

/// Column, offset, row, offset, twice; no sheet is larger (ECMA-376 part 4, 19.4.2.4).
fn numbers(text: &str) -> Option<[u32; 8]> {
    let most = |at: usize| match at {
        0 | 4 => 16_383,
        2 | 6 => 1_048_575,
        _ => 10_000,
    };
    let mut numbers = [0; 8];
    let mut said = text.split(',');
    for (at, number) in numbers.iter_mut().enumerate() {
        *number = said.next()?.trim().parse().ok()?;
        if *number > most(at) {
            return None;
        }
    }
    said.next().is_none().then_some(numbers)
}

/// The picture that a relation leads to, over all of a shape.
fn fill(tape: &mut Tape, scrap: &mut Scrap<Space>, space: Space, id: &str) {
    scrap.open(tape, space, "blipFill", NONE);
    scrap.open_with(tape, Space::A, "blip", &[(Space::R, "embed", id)]);
    scrap.close();
    scrap.open(tape, Space::A, "stretch", NONE);
    scrap.empty(tape, Space::A, "fillRect", NONE);
    scrap.close();
    scrap.close();
}

/// New ids that lead from a part to others, one for each of them.
struct Relations {
    from: usize,
    /// Tried last: each number is tried once, whatever ids there are.
    number: usize,
    known: HashMap<usize, String>,
}

impl Relations {
    fn of(package: &Package, from: usize) -> Self {
        let relations = package.parts.get(from).map(|part| part.relations.len());
        Self {
            from,
            number: relations.unwrap_or(0),
            known: HashMap::new(),
        }
    }

    fn to(&mut self, package: &mut Package, to: usize) -> Option<String> {
        if let Some(id) = self.known.get(&to) {
            return Some(id.clone());
        }
        let relations = &mut package.parts.get_mut(self.from)?.relations;
        let id = loop {
            self.number += 1;
            let id = format!("part{}", self.number);
            if !relations.contains_key(&id) {
                break id;
            }
        };
        relations.insert(id.clone(), Target::Part(to));
        self.known.insert(to, id.clone());
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::office::picture::Picture;
    use crate::sanitise::office::reading;
    use crate::sanitise::ooxml::model::Family;
    use crate::sanitise::text::Budget;
    use crate::sanitise::{Context, Fonts, What};

    fn part(role: Role, body: Body) -> Part {
        Part {
            role,
            untrusted_name: String::new(),
            body,
            relations: BTreeMap::new(),
            gone: false,
        }
    }

    fn read(xml: String) -> Body {
        Body::Xml(reading::read(xml, usize::MAX, &mut |_, _| {}).unwrap())
    }

    fn package(family: Family, parts: Vec<Part>) -> Package {
        let (limits, fonts) = (Limits::default(), Fonts::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        Package {
            family,
            parts,
            maker: None,
            as_text: false,
            budget: Budget::new(0, &context),
        }
    }

    #[test]
    fn ids_that_are_taken_are_each_tried_once() {
        const MANY: usize = 100_000;
        let mut drawing = part(Role::SheetDrawing, Body::Xml(Tape::default()));
        let taken = MANY..2 * MANY;
        drawing.relations = taken
            .map(|number| (format!("part{number}"), Target::Part(0)))
            .collect();
        let mut package = package(Family::Sheet, vec![drawing]);
        let mut relations = Relations::of(&package, 0);
        let ids: HashSet<String> = (0..MANY)
            .filter_map(|to| relations.to(&mut package, to))
            .collect();
        assert_eq!(ids.len(), MANY);
        assert_eq!(package.parts[0].relations.len(), 2 * MANY);
        // A part is led to once.
        assert!(ids.contains(&relations.to(&mut package, 7).unwrap()));
    }

    #[test]
    fn a_slide_is_walked_once_however_many_drawings_it_names() {
        const MANY: usize = 20_000;
        let slide = format!(
            "<p:sld xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\">{}\
             <p:graphicFrame><p:oleObj spid=\"s{}\"/></p:graphicFrame></p:sld>",
            "<p:sp/>".repeat(100_000),
            MANY - 1
        );
        let mut slide = part(Role::Slide, read(slide));
        let mut parts = vec![part(Role::Picture, Body::Picture(Picture::unread()))];
        for number in 0..MANY {
            let vml = format!(
                "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\
                 <v:shape id=\"s{number}\"><v:imagedata o:relid=\"i\"/></v:shape></xml>"
            );
            let mut drawing = part(Role::SlideVml, read(vml));
            drawing.relations.insert("i".to_owned(), Target::Part(0));
            slide
                .relations
                .insert(format!("v{number}"), Target::Part(number + 1));
            parts.push(drawing);
        }
        parts.push(slide);
        let (at, mut report) = (parts.len() - 1, Report::default());
        let mut package = package(Family::Slides, parts);
        slide::keep(&mut package, at, &mut HashSet::new(), &mut report);
        let gone: u64 = (report.removed.iter())
            .filter(|line| line.what == What::UnknownPart)
            .map(|line| u64::from(line.count))
            .sum();
        assert_eq!(gone, MANY as u64 - 1);
        let Body::Xml(tape) = &package.parts[at].body else {
            panic!("a slide");
        };
        assert_eq!(
            tape.opens()
                .filter(|(_, open)| tape.local(*open) == "pic")
                .count(),
            1
        );
    }

    #[test]
    fn an_anchor_is_eight_numbers_on_a_sheet() {
        let anchor = numbers("\n 0, 1, 18, 2, 7, 32, 39, 3");
        assert_eq!(anchor, Some([0, 1, 18, 2, 7, 32, 39, 3]));
        for bad in [
            "",
            "0, 0, 0, 0, 1, 0, 1",
            "0, 0, 0, 0, 1, 0, 1, 0, 0",
            "16384, 0, 0, 0, 1, 0, 1, 0",
            "0, 0, 0, 0, 1, 0, 1048576, 0",
            "0, -1, 0, 0, 1, 0, 1, 0",
        ] {
            assert_eq!(numbers(bad), None, "{bad}");
        }
    }
}
