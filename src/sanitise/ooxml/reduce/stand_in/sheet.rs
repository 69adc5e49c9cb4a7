//! Objects and controls in sheets: their pictures go into the sheet's drawing.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::{put, take};
use super::{Relations, Shape, fill, shapes, ticks};
use crate::sanitise::office::scrap::{NONE, Scrap, attribute};
use crate::sanitise::ooxml::model::{Body, Package, Part, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::Tape;

/// English metric units of a pixel (1/96 inch).
const PIXEL: u64 = 9_525;

/// Puts the pictures of a sheet's old drawing into its new one.
pub(super) fn keep(package: &mut Package, sheet: usize, used: &mut HashSet<usize>) {
    let Some(legacy) = named(package, sheet, "legacyDrawing") else {
        return;
    };
    let of_role = |package: &Package, at: usize, role: Role| {
        package.parts.get(at).is_some_and(|part| part.role == role)
    };
    if !of_role(package, legacy.part, Role::Vml) || !used.insert(legacy.part) {
        return;
    }
    let drawing = named(package, sheet, "drawing")
        .map(|drawing| drawing.part)
        .filter(|part| of_role(package, *part, Role::SheetDrawing));
    let ticks = ticks(package, legacy.part);
    if let Some(drawing) = drawing.filter(|_| !ticks.is_empty())
        && let Some(mut tape) = take(package, drawing)
    {
        mark(&mut tape, &ticks);
        put(package, drawing, tape);
    }
    let mut found = shapes(package, legacy.part);
    found.retain(|shape| shape.anchor.is_some());
    if found.is_empty() {
        return;
    }
    let drawing = drawing.or_else(|| new_drawing(package, sheet, legacy.at));
    let Some(drawing) = drawing else { return };
    let mut relations = Relations::of(package, drawing);
    let ids: Vec<Option<String>> = (found.iter())
        .map(|shape| relations.to(package, shape.picture))
        .collect();
    let Some(mut tape) = take(package, drawing) else {
        return;
    };
    let mut number = highest_id(&tape);
    let mut scrap = Scrap::default();
    for (shape, id) in found.iter().zip(ids) {
        if let (Some(anchor), Some(id)) = (shape.anchor, id) {
            number = number.saturating_add(1);
            picture(&mut tape, &mut scrap, shape, anchor, &id, number);
        }
    }
    let end = tape.open(0).map_or(0, |root| root.end as usize);
    tape.insert(vec![(end, scrap.nodes)]);
    put(package, drawing, tape);
}

/// Puts what stands for a box to tick in front of the words beside it.
fn mark(tape: &mut Tape, ticks: &HashMap<u32, &'static str>) {
    let mut lists = Vec::new();
    let mut mark = None;
    for (at, open) in tape.opens().collect::<Vec<_>>() {
        match (open.space, tape.local(open)) {
            (Space::Xdr, "sp") => mark = None,
            (Space::Xdr, "cNvPr") => {
                let number = tape.value(open, Space::None, "id").map(str::parse);
                mark = number.and_then(|number| ticks.get(&number.ok()?));
            }
            (Space::A, "p") => {
                let Some(mark) = mark.take() else { continue };
                let first = tape
                    .children(at)
                    .find(|child| !tape.is(*child, Space::A, "pPr"));
                let mut scrap = Scrap::default();
                scrap.open(tape, Space::A, "r", NONE);
                scrap.open(tape, Space::A, "t", NONE);
                scrap.text(tape, mark);
                scrap.finish();
                lists.push((first.unwrap_or(open.end as usize), scrap.nodes));
            }
            _ => {}
        }
    }
    tape.insert(lists);
}

/// An element of a sheet that names another part.
struct Named {
    /// Place of the element.
    at: usize,
    /// Place of the part.
    part: usize,
}

fn named(package: &Package, sheet: usize, local: &str) -> Option<Named> {
    let Body::Xml(tape) = &package.parts.get(sheet)?.body else {
        return None;
    };
    let mut children = tape.children(0);
    let at = children.find(|child| tape.is(*child, Space::S, local))?;
    let id = tape.value(tape.open(at)?, Space::R, "id")?;
    match package.target(sheet, id)? {
        Target::Part(part) => Some(Named { at, part: *part }),
        Target::Link(_) => None,
    }
}

/// A drawing for a sheet that has none; it is named right before the old one
/// (CT_Worksheet, ECMA-376 part 1, 18.3.1.99).
fn new_drawing(package: &mut Package, sheet: usize, legacy: usize) -> Option<usize> {
    let mut drawing = Tape::default();
    let mut root = Scrap::default();
    root.empty(&mut drawing, Space::Xdr, "wsDr", NONE);
    drawing.insert(vec![(0, root.nodes)]);
    let at = package.parts.len();
    package.parts.push(Part {
        role: Role::SheetDrawing,
        untrusted_name: String::new(),
        body: Body::Xml(drawing),
        relations: BTreeMap::new(),
        gone: false,
    });
    let id = Relations::of(package, sheet).to(package, at)?;
    let mut tape = take(package, sheet)?;
    let mut name = Scrap::default();
    let id = attribute(&mut tape, Space::R, "id", &id);
    let id = tape.add_attributes(&[id]);
    name.empty(&mut tape, Space::S, "drawing", id);
    tape.insert(vec![(legacy, name.nodes)]);
    put(package, sheet, tape);
    Some(at)
}

fn highest_id(tape: &Tape) -> u32 {
    let ids = tape.opens().filter_map(|(_, open)| {
        let is_shape = open.space == Space::Xdr && tape.local(open) == "cNvPr";
        let id = tape.value(open, Space::None, "id").filter(|_| is_shape)?;
        id.parse().ok()
    });
    ids.max().unwrap_or(0)
}

/// One picture between two cells.
fn picture(
    tape: &mut Tape,
    scrap: &mut Scrap<Space>,
    shape: &Shape,
    anchor: [u32; 8],
    id: &str,
    number: u32,
) {
    use Space::{A, None as Bare, Xdr};
    let (from, to) = anchor.split_at(4);
    scrap.open_with(tape, Xdr, "twoCellAnchor", &[(Bare, "editAs", "oneCell")]);
    for (corner, numbers) in [("from", from), ("to", to)] {
        scrap.open(tape, Xdr, corner, NONE);
        for (at, (local, number)) in (["col", "colOff", "row", "rowOff"].iter())
            .zip(numbers)
            .enumerate()
        {
            let scale = if at % 2 == 1 { PIXEL } else { 1 };
            scrap.open(tape, Xdr, local, NONE);
            scrap.text(tape, &(u64::from(*number) * scale).to_string());
            scrap.close();
        }
        scrap.close();
    }
    scrap.open(tape, Xdr, "pic", NONE);
    scrap.open(tape, Xdr, "nvPicPr", NONE);
    let (number, name) = (number.to_string(), format!("Object {number}"));
    let names = [(Bare, "id", number.as_str()), (Bare, "name", &name)];
    scrap.open_with(tape, Xdr, "cNvPr", &names);
    scrap.close();
    scrap.empty(tape, Xdr, "cNvPicPr", NONE);
    scrap.close();
    fill(tape, scrap, Xdr, id);
    scrap.open(tape, Xdr, "spPr", NONE);
    scrap.open_with(tape, A, "prstGeom", &[(Bare, "prst", "rect")]);
    scrap.empty(tape, A, "avLst", NONE);
    scrap.close();
    // The line that an object has in Excel; without a ground, what the cells
    // under it say is seen.
    if shape.is_stroked {
        scrap.open_with(tape, A, "ln", &[(Bare, "w", "9525")]);
        scrap.open(tape, A, "solidFill", NONE);
        scrap.open_with(tape, A, "srgbClr", &[(Bare, "val", "000000")]);
        scrap.close();
        scrap.close();
        scrap.close();
    }
    scrap.close();
    scrap.close();
    scrap.empty(tape, Xdr, "clientData", NONE);
    scrap.close();
}
