//! Objects on slides of Office 2007: the frame gets the picture that later
//! versions keep in it, and is treated as theirs.

use std::collections::{HashMap, HashSet};

use super::super::{put, take};
use super::{Relations, Shape, fill, shapes};
use crate::sanitise::office::scrap::{NONE, Scrap};
use crate::sanitise::ooxml::model::{Package, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Open, Tape};
use crate::sanitise::{Report, What};

/// Puts the pictures of a slide's old drawings into the frames of its objects;
/// a drawing of which no picture is used is said to be gone.
pub(super) fn keep(
    package: &mut Package,
    slide: usize,
    used: &mut HashSet<usize>,
    report: &mut Report,
) {
    let mut drawings = drawings(package, slide);
    drawings.retain(|drawing| used.insert(*drawing));
    let found: Vec<(usize, Shape)> = (drawings.iter())
        .flat_map(|drawing| {
            let shapes = shapes(package, *drawing).into_iter();
            shapes.map(move |shape| (*drawing, shape))
        })
        .collect();
    let shown = put_in(package, slide, &found);
    for drawing in drawings {
        if !shown.contains(&drawing) {
            let part = package.parts.get(drawing);
            let name = part.map_or("", |part| part.untrusted_name.as_str());
            report.removed(What::UnknownPart, name);
        }
    }
}

fn drawings(package: &Package, slide: usize) -> Vec<usize> {
    let relations = package.parts.get(slide).map(|part| &part.relations);
    let targets = relations
        .into_iter()
        .flat_map(|relations| relations.values());
    let parts = targets.filter_map(|target| match target {
        Target::Part(part) => Some(*part),
        Target::Link(_) => None,
    });
    let is_drawing = |part: &usize| {
        let part = package.parts.get(*part);
        part.is_some_and(|part| part.role == Role::SlideVml)
    };
    parts.filter(is_drawing).collect()
}

/// The drawings of which a picture was used. The slide is walked once, however
/// many drawings it names.
fn put_in(package: &mut Package, slide: usize, found: &[(usize, Shape)]) -> HashSet<usize> {
    let mut shown = HashSet::new();
    if found.is_empty() {
        return shown;
    }
    let Some(mut tape) = take(package, slide) else {
        return shown;
    };
    // Of those with one name the first has it.
    let by_id: HashMap<&str, &(usize, Shape)> = (found.iter().rev())
        .flat_map(|one| (one.1.ids.iter().flatten()).map(move |id| (id.as_str(), one)))
        .collect();
    let mut relations = Relations::of(package, slide);
    let mut lists = Vec::new();
    // The frame that was begun last; it has one object, and one picture.
    let mut frame: Option<(usize, Open)> = None;
    for (at, open) in tape.opens().collect::<Vec<_>>() {
        if open.space != Space::P {
            continue;
        }
        let shape = match tape.local(open) {
            "graphicFrame" => {
                frame = Some((at, open));
                continue;
            }
            "oleObj"
                if !tape
                    .children(at)
                    .any(|child| tape.is(child, Space::P, "pic")) =>
            {
                let id = tape.value(open, Space::None, "spid");
                id.and_then(|id| by_id.get(id))
            }
            _ => continue,
        };
        let inside = frame.take_if(|(_, frame)| at < frame.end as usize);
        if let (Some((drawing, shape)), Some((frame, _))) = (shape, inside)
            && let Some(id) = relations.to(package, shape.picture)
        {
            shown.insert(*drawing);
            lists.push((open.end as usize, picture(&mut tape, frame, &id)));
        }
    }
    tape.insert(lists);
    put(package, slide, tape);
    shown
}

/// A picture in the place of a frame, under its name.
fn picture(tape: &mut Tape, frame: usize, id: &str) -> Vec<Node> {
    use Space::{A, P};
    let names = said(tape, frame, (P, "cNvPr"), ["id", "name"]);
    let place = said(tape, frame, (A, "off"), ["x", "y"]);
    let size = said(tape, frame, (A, "ext"), ["cx", "cy"]);
    let mut scrap = Scrap::default();
    scrap.open(tape, P, "pic", NONE);
    scrap.open(tape, P, "nvPicPr", NONE);
    tag(tape, &mut scrap, (P, "cNvPr"), &names);
    scrap.empty(tape, P, "cNvPicPr", NONE);
    scrap.empty(tape, P, "nvPr", NONE);
    scrap.close();
    fill(tape, &mut scrap, P, id);
    scrap.open(tape, P, "spPr", NONE);
    scrap.open(tape, A, "xfrm", NONE);
    tag(tape, &mut scrap, (A, "off"), &place);
    tag(tape, &mut scrap, (A, "ext"), &size);
    scrap.close();
    scrap.open_with(tape, A, "prstGeom", &[(Space::None, "prst", "rect")]);
    scrap.empty(tape, A, "avLst", NONE);
    scrap.finish();
    scrap.nodes
}

/// Two attributes of the first such element of a frame.
type Said = [(&'static str, String); 2];

fn said(tape: &Tape, frame: usize, of: (Space, &str), locals: [&'static str; 2]) -> Said {
    let mut inner = tape.inner(frame);
    let found = inner.find(|(_, open)| (open.space, tape.local(*open)) == of);
    locals.map(|local| {
        let value = found.and_then(|(_, open)| tape.value(open, Space::None, local));
        (local, value.unwrap_or("0").to_owned())
    })
}

fn tag(tape: &mut Tape, scrap: &mut Scrap<Space>, (space, local): (Space, &str), said: &Said) {
    let [one, other] = said;
    let said = [one, other].map(|(local, value)| (Space::None, *local, value.as_str()));
    scrap.open_with(tape, space, local, &said);
    scrap.close();
}
