//! Takes out what must not be in a document of ours, and says so. What the
//! vocabulary does not know never came this far; here go the known names
//! that start programs, reach outside, or carry what nobody sees.

mod field;
pub(super) mod formula;
mod frame;
mod prune;
mod review;
pub(super) mod rule;
mod sheet;
mod slide;
mod stand_in;
mod whole;

use super::model::{Body, Family, Package, Target};
use super::role::Role;
use super::space::Space;
use super::tape::{Open, Tape};
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Refusal, Report, What};

/// Containers that must not stand empty.
const NEVER_EMPTY: &[&str] = &[
    "extLst",
    "hyperlinks",
    "definedNames",
    "tableParts",
    "pivotCaches",
    "dataValidations",
    "conditionalFormatting",
    "custDataLst",
    "sndAc",
    "drawing",
    "pict",
    "sdtPr",
];

pub(super) use field::verdict as field_verdict;

/// Reduces the whole package.
pub(super) fn reduce(
    mut package: Package,
    wish: Wish,
    report: &mut Report,
) -> Result<Package, Refusal> {
    let named = prune::named(&package);
    slide::drop_unlisted(&mut package, report);
    stand_in::keep(&mut package, report);
    if wish.without_comments {
        review::drop_comments(&mut package, report);
    }
    sheet::drop_outside_caches(&mut package, report);
    if package
        .parts
        .first()
        .is_some_and(|part| part.role == Role::Workbook)
    {
        sheet::workbook(&mut package, report)?;
    }
    for at in 0..package.parts.len() {
        let Some(mut tape) = take(&mut package, at) else {
            continue;
        };
        let (role, name) = match package.parts.get(at) {
            Some(part) => (part.role, part.untrusted_name.clone()),
            None => continue,
        };
        let place = Place {
            package: &package,
            at,
            role,
            untrusted_name: &name,
        };
        if wish.changes_accepted && place.package.family == Family::Word {
            review::accept_changes(&mut tape, place.untrusted_name, report);
        }
        part(&mut tape, &place, report)?;
        put(&mut package, at, tape);
    }
    prune::prune(&mut package, &named, report);
    Ok(package)
}

/// The part that is being reduced.
struct Place<'a> {
    package: &'a Package,
    at: usize,
    role: Role,
    untrusted_name: &'a str,
}

fn take(package: &mut Package, at: usize) -> Option<Tape> {
    match &mut package.parts.get_mut(at)?.body {
        Body::Xml(tape) => Some(std::mem::take(tape)),
        Body::Picture(_) => None,
    }
}

fn put(package: &mut Package, at: usize, tape: Tape) {
    if let Some(part) = package.parts.get_mut(at) {
        part.body = Body::Xml(tape);
    }
}

fn part(tape: &mut Tape, place: &Place<'_>, report: &mut Report) -> Result<(), Refusal> {
    elements(tape, place, report);
    // Words must not be shown in another order than they are read.
    for _ in 0..tape.strip(turns_words) {
        report.removed(What::BidiControl, place.untrusted_name);
    }
    if place.package.family == Family::Word {
        field::reduce(tape, place.untrusted_name, report)?;
    }
    sheet::formulas(tape, place.untrusted_name, report);
    tidy(tape);
    frame::drop_hollow(tape);
    if place.package.family == Family::Word {
        whole::mend(tape, place.untrusted_name, report)?;
    }
    Ok(())
}

/// Embeddings, overrides and isolates (Unicode UAX 9, 2).
fn turns_words(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One walk over all elements: the rules, then attributes, then relations.
fn elements(tape: &mut Tape, place: &Place<'_>, report: &mut Report) {
    let root = place.role.row().map_or(Space::Unknown, |row| row.root.0);
    let mut at = 0;
    while at < tape.len() {
        let Some(open) = tape.open(at) else {
            if let Some(super::tape::Node::Gone(end)) = tape.node(at) {
                at = end as usize;
            }
            at += 1;
            continue;
        };
        let fate = if rule::belongs(root, open.space) {
            rule::for_element(open.space, tape.local(open))
        } else {
            rule::Rule::Remove(What::UnknownPart)
        };
        match fate {
            rule::Rule::Keep => {}
            rule::Rule::Remove(what) => {
                report.removed(what, place.untrusted_name);
                tape.remove(at);
                at = open.end as usize + 1;
                continue;
            }
            rule::Rule::Unwrap => {
                tape.unwrap(at);
                at += 1;
                continue;
            }
        }
        special(tape, at, open, place, report);
        if tape.open(at).is_some() {
            attributes(tape, open, root, place, report);
            relations(tape, at, open, place, report);
        }
        // What went has gone with all that is in it.
        if let Some(super::tape::Node::Gone(end)) = tape.node(at) {
            at = end as usize;
        }
        at += 1;
    }
}

/// Elements whose fate hangs on what is inside them.
fn special(tape: &mut Tape, at: usize, open: Open, place: &Place<'_>, report: &mut Report) {
    match (open.space, tape.local(open)) {
        (Space::W, "object") => {
            report.removed(What::OleObject, place.untrusted_name);
            if has_live_picture(tape, at, place) {
                for (attribute, _) in tape.attributes(open).collect::<Vec<_>>() {
                    tape.drop_attribute(attribute);
                }
                tape.rename(at, "pict");
            } else {
                tape.remove(at);
            }
        }
        (Space::A, "hlinkClick" | "hlinkHover" | "hlinkMouseOver") => {
            slide::action(tape, at, open, place.untrusted_name, report);
        }
        (Space::P, "graphicFrame") => slide::frame(tape, at, place, report),
        (Space::Xdr, "sp") => sheet::control_label(tape, at),
        (Space::C, "pivotSource") => sheet::pivot_source(tape, at, place.untrusted_name, report),
        (Space::P, "timing") => slide::timing(tape, at, place.untrusted_name, report),
        (_, "extLst") => {
            for child in tape.children(at).collect::<Vec<_>>() {
                let inner = tape.first_child(child).and_then(|inner| tape.open(inner));
                let kept = inner.is_some_and(|inner| {
                    matches!(
                        (inner.space, tape.local(inner)),
                        (Space::Dsp, "dataModelExt")
                            | (
                                Space::X14,
                                "conditionalFormattings" | "dataValidations" | "sparklineGroups"
                            )
                    )
                });
                if !kept {
                    tape.remove(child);
                }
            }
        }
        // A box that is no note's is a button or a list that calls a macro.
        (Space::X, "ClientData") if tape.value(open, Space::None, "ObjectType") != Some("Note") => {
            report.removed(What::Activex, place.untrusted_name);
            tape.remove(at);
        }
        (Space::V, "shape" | "rect" | "oval" | "line") if place.role == Role::Vml => {
            let data = tape
                .children(at)
                .find(|child| tape.is(*child, Space::X, "ClientData"));
            let kind = data.and_then(|data| tape.open(data)).map(|data| {
                tape.value(data, Space::None, "ObjectType")
                    .unwrap_or_default()
                    .to_owned()
            });
            match kind.as_deref() {
                None | Some("Note") => {}
                // It stands in the sheet's drawing now; what it stood for is
                // said where the sheet names it.
                Some("Pict") => tape.remove(at),
                Some(_) => {
                    report.removed(What::Activex, place.untrusted_name);
                    tape.remove(at);
                }
            }
        }
        _ => {}
    }
}

fn has_live_picture(tape: &Tape, at: usize, place: &Place<'_>) -> bool {
    tape.inner(at).any(|(_, open)| {
        let id = match (open.space, tape.local(open)) {
            (Space::V, "imagedata") => tape.value(open, Space::R, "id"),
            (Space::A, "blip") => tape.value(open, Space::R, "embed"),
            _ => None,
        };
        id.is_some_and(|id| place.package.leads(place.at, id))
    })
}

fn attributes(tape: &mut Tape, open: Open, root: Space, place: &Place<'_>, report: &mut Report) {
    for at in open.places() {
        let Some(attribute) = tape.attribute(at) else {
            continue;
        };
        if attribute.space != Space::None && !rule::belongs(root, attribute.space) {
            tape.drop_attribute(at);
            continue;
        }
        let verdict = rule::for_attribute(
            (open.space, tape.local(open)),
            (attribute.space, tape.get(attribute.local)),
            tape.get(attribute.value),
        );
        if let rule::Verdict::Drop(what) = verdict {
            if let Some(what) = what {
                report.removed(what, place.untrusted_name);
            }
            tape.drop_attribute(at);
        }
    }
}

/// Whether an attribute names a relation.
fn names_relation(space: Space, local: &str, element: Space) -> bool {
    match space {
        Space::R => true,
        Space::O => local == "relid",
        Space::None => element == Space::Dsp && local == "relId",
        _ => false,
    }
}

/// An element whose relation is gone goes too, or loses just the attribute
/// where it means something without.
fn relations(tape: &mut Tape, at: usize, open: Open, place: &Place<'_>, report: &mut Report) {
    for attribute in open.places() {
        let Some(found) = tape.attribute(attribute) else {
            continue;
        };
        if !names_relation(found.space, tape.get(found.local), open.space)
            || open.space == Space::Dsp
        {
            continue;
        }
        let id = tape.get(found.value);
        let link = matches!(
            tape.local(open),
            "hlinkClick" | "hlinkHover" | "hlinkMouseOver"
        );
        let may = rule::leads(
            (open.space, tape.local(open)),
            (found.space, tape.get(found.local)),
        );
        let leads = match place.package.target(place.at, id) {
            Some(Target::Link(_)) => may.to_the_web,
            Some(Target::Part(to)) => {
                let part = place.package.parts.get(*to);
                part.is_some_and(|part| may.to.contains(&part.role))
            }
            None => false,
        };
        if (id.is_empty() && link) || leads {
            continue;
        }
        match (open.space, tape.local(open)) {
            (Space::A, "blip") | (Space::S, "pageSetup") | (Space::V, "fill" | "stroke") => {
                tape.drop_attribute(attribute);
            }
            (Space::W, "hyperlink") => {
                if tape.value(open, Space::W, "anchor").is_some() {
                    tape.drop_attribute(attribute);
                } else {
                    tape.unwrap(at);
                }
            }
            (Space::S, "hyperlink") if tape.value(open, Space::None, "location").is_some() => {
                tape.drop_attribute(attribute);
            }
            // A root stays: its part is named by another one.
            _ if at == 0 => tape.drop_attribute(attribute),
            _ => {
                // A diagram goes with all its words if one of its parts is gone.
                if tape.is(at, Space::Dgm, "relIds") {
                    report.removed(What::UnknownPart, place.untrusted_name);
                }
                tape.remove(at);
                return;
            }
        }
    }
}

/// Takes out containers that lost all their content.
fn tidy(tape: &mut Tape) {
    let places: Vec<usize> = tape
        .opens()
        .filter(|(_, open)| NEVER_EMPTY.contains(&tape.local(*open)))
        .map(|(at, _)| at)
        .collect();
    // Inner ones first, so that an outer one sees what is left.
    for at in places.into_iter().rev() {
        let Some(open) = tape.open(at) else { continue };
        let is_container = !(tape.local(open) == "drawing" && open.space == Space::S);
        if is_container && tape.first_child(at).is_none() {
            tape.remove(at);
            continue;
        }
        let count = tape
            .attributes(open)
            .find(|(_, a)| a.space == Space::None && tape.get(a.local) == "count")
            .map(|(count, _)| count);
        if let Some(count) = count {
            tape.drop_attribute(count);
        }
    }
}
