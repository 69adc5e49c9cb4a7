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

/// An id that leads from a part to another one; a new one where none does.
fn relation(package: &mut Package, from: usize, to: usize) -> Option<String> {
    let relations = &mut package.parts.get_mut(from)?.relations;
    let mut number = relations.len() + 1;
    let mut id = format!("part{number}");
    while relations.contains_key(&id) {
        number += 1;
        id = format!("part{number}");
    }
    relations.insert(id.clone(), Target::Part(to));
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::numbers;

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
