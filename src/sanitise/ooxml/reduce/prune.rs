//! Relations that nothing names go, then parts that nothing leads to: what is
//! not shown is not carried along. Words that were never shown are said.

use std::collections::HashSet;

use super::rule;
use crate::sanitise::ooxml::closeness;
use crate::sanitise::ooxml::model::{Body, Package, Part, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::Open;
use crate::sanitise::{Report, What};

/// The ids that every part names where they mean something.
pub(super) type Named = Vec<HashSet<String>>;

pub(super) fn named(package: &Package) -> Named {
    // Once for all: many may name one diagram.
    let drawings: Vec<Option<&str>> = package.parts.iter().map(drawing_of).collect();
    (0..package.parts.len())
        .map(|at| named_in(package, at, &drawings))
        .collect()
}

fn named_in(package: &Package, at: usize, drawings: &[Option<&str>]) -> HashSet<String> {
    let mut ids = HashSet::new();
    let Some(part) = package.parts.get(at) else {
        return ids;
    };
    let Body::Xml(tape) = &part.body else {
        return ids;
    };
    if part.relations.is_empty() {
        return ids;
    }
    for (_, open) in tape.opens() {
        for (_, attribute) in tape.attributes(open) {
            if !matches!(attribute.space, Space::R | Space::O) {
                continue;
            }
            let may = rule::leads(
                (open.space, tape.local(open)),
                (attribute.space, tape.get(attribute.local)),
            );
            let id = tape.get(attribute.value);
            match package.target(at, id) {
                Some(Target::Link(_)) if may.to_the_web => {}
                Some(Target::Part(to)) => {
                    let Some(target) = package.parts.get(*to) else {
                        continue;
                    };
                    if !may.to.contains(&target.role) {
                        continue;
                    }
                    let drawing = drawings.get(*to).copied().flatten();
                    ids.extend(drawing.map(str::to_owned));
                }
                _ => continue,
            }
            ids.insert(id.to_owned());
        }
    }
    ids
}

/// The data of a diagram name its drawing, by an id of the part that shows it.
fn drawing_of(part: &Part) -> Option<&str> {
    let (Role::DiagramData, Body::Xml(data)) = (part.role, &part.body) else {
        return None;
    };
    let names = |open: &Open| open.space == Space::Dsp && data.local(*open) == "dataModelExt";
    let (_, open) = data.opens().find(|(_, open)| names(open))?;
    data.value(open, Space::None, "relId")
}

/// Prunes the package; `before` is what was named when it came.
pub(super) fn prune(package: &mut Package, before: &Named, report: &mut Report) {
    let now = named(package);
    // Where each part leads, and whether it ever said so.
    let mut ways: Vec<Vec<(usize, bool)>> = Vec::new();
    for at in 0..package.parts.len() {
        let mut relations = match package.parts.get_mut(at) {
            Some(part) => std::mem::take(&mut part.relations),
            None => continue,
        };
        let names = |list: &Named, id: &str| list.get(at).is_some_and(|ids| ids.contains(id));
        let told = relations.iter().filter_map(|(id, target)| match target {
            Target::Part(to) => Some((*to, names(before, id))),
            Target::Link(_) => None,
        });
        ways.push(told.collect());
        relations.retain(|id, target| match target {
            Target::Link(_) => names(&now, id),
            Target::Part(to) => package.parts.get(*to).is_some_and(|target| {
                !target.gone && (names(&now, id) || rule::is_implied(target.role))
            }),
        });
        if let Some(part) = package.parts.get_mut(at) {
            part.relations = relations;
        }
    }
    let reached = reached(package);
    tell(package, &ways, &reached, report);
    for (part, reached) in package.parts.iter_mut().zip(reached) {
        part.gone |= !reached;
    }
}

fn reached(package: &Package) -> Vec<bool> {
    let mut reached = vec![false; package.parts.len()];
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        if std::mem::replace(reached.get_mut(at).unwrap_or(&mut true), true) {
            continue;
        }
        let targets = package
            .parts
            .get(at)
            .into_iter()
            .flat_map(|part| part.relations.values());
        waiting.extend(targets.filter_map(|target| match target {
            Target::Part(to) => Some(*to),
            Target::Link(_) => None,
        }));
    }
    reached
}

/// Says which parts go with words that nothing ever showed. What was named and
/// is no more has been said where it was named; what belongs to a part that
/// goes is part of it.
fn tell(package: &Package, ways: &[Vec<(usize, bool)>], reached: &[bool], report: &mut Report) {
    let lost = |at: usize| {
        let part = package.parts.get(at);
        reached.get(at) == Some(&false) && part.is_some_and(|part| !part.gone)
    };
    let mut seen = HashSet::new();
    let owners = ways.iter().zip(reached).filter(|(_, reached)| **reached);
    for (to, was_named) in owners.flat_map(|(ways, _)| ways) {
        if *was_named || !lost(*to) {
            continue;
        }
        let mut has_words = false;
        let mut waiting = vec![*to];
        while let Some(at) = waiting.pop() {
            if !lost(at) || !seen.insert(at) {
                continue;
            }
            let part = package.parts.get(at);
            has_words |= part.is_some_and(|part| closeness::has_words(&part.body));
            waiting.extend(ways.get(at).into_iter().flatten().map(|(to, _)| *to));
        }
        if let Some(part) = package.parts.get(*to).filter(|_| has_words) {
            report.removed(What::HiddenContent, &part.untrusted_name);
        }
    }
}
