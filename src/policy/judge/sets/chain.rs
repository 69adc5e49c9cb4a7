//! E21: from the internet to management, step by step through hosts that
//! flows join. A direct flow is told by `carriage`; here are the chains.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::diagnostic::Notes;
use crate::policy::judge::Bench;
use crate::policy::model::ZoneKind;
use crate::policy::space::Space;
use crate::policy::text::Text;

use super::extent::{Extent, SERVICE};

/// Numbers of services from here on are ICMP echo: nobody manages by it.
const ECHO: u128 = 2 << 16;

pub(super) fn judge(bench: &Bench<'_>, extents: &[Extent<'_>], notes: &mut Notes<'_>) {
    let kind = |zone: Option<&str>| {
        let zone = bench.written.zones.get(zone?)?.zone.as_ref()?;
        Some(zone.kind)
    };
    // What the mail role carries is treated on the way, and `carriage` holds
    // it to that role's ports; what is carried by name leads out. Neither
    // lets a stranger on.
    let mut waiting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, extent) in extents
        .iter()
        .enumerate()
        .filter(|(_, extent)| extent.via().is_none())
    {
        if let Some(zone) = extent.from {
            waiting.entry(zone).or_default().push(at);
        }
    }
    // Flows in the order in which a stranger gains them, each with the one before.
    let mut gained: Vec<(usize, Option<usize>)> = Vec::new();
    let internet: BTreeSet<&str> = waiting
        .keys()
        .copied()
        .filter(|zone| kind(Some(zone)) == Some(ZoneKind::Internet))
        .collect();
    for zone in &internet {
        let first = waiting.remove(zone).unwrap_or_default();
        gained.extend(first.into_iter().map(|at| (at, None)));
    }
    let mut reached: BTreeMap<&str, Space> = BTreeMap::new();
    let mut next = 0;
    while let Some((at, before)) = gained.get(next).copied() {
        next = next.saturating_add(1);
        let Some(extent) = extents.get(at) else {
            continue;
        };
        let managed = match extent.to {
            None => serves(extent),
            Some(zone) => kind(Some(zone)) == Some(ZoneKind::Management),
        };
        if managed && before.is_some() {
            told(extents, &gained, next.saturating_sub(1), notes);
        }
        let Some(zone) = extent.to.filter(|zone| !internet.contains(zone)) else {
            continue;
        };
        let known = reached.entry(zone).or_default();
        let fresh = extent.destinations.without(known);
        if fresh.is_empty() {
            continue;
        }
        *known = known.with(&fresh);
        let Some(flows) = waiting.get_mut(zone) else {
            continue;
        };
        let here = next.saturating_sub(1);
        flows.retain(|at| {
            let opens = extents
                .get(*at)
                .is_some_and(|flow| flow.sources.shared(&fresh).is_some());
            if opens {
                gained.push((*at, Some(here)));
            }
            !opens
        });
    }
}

/// A service of the box other than echo is its management.
fn serves(extent: &Extent<'_>) -> bool {
    let services = |(_, product): &(bool, super::extent::Product)| {
        let bounds = product
            .0
            .get(SERVICE)
            .and_then(|services| services.bounds());
        bounds.is_some_and(|(first, _)| first < ECHO)
    };
    extent.products.iter().any(services)
}

fn told(
    extents: &[Extent<'_>],
    gained: &[(usize, Option<usize>)],
    last: usize,
    notes: &mut Notes<'_>,
) {
    let mut chain = Vec::new();
    let mut step = Some(last);
    while let Some((at, before)) = step.and_then(|step| gained.get(step)).copied() {
        chain.extend(extents.get(at));
        step = before;
    }
    let Some(span) = chain.first().and_then(|end| end.flow.to.as_ref()) else {
        return;
    };
    let ids: Vec<&str> = chain
        .iter()
        .rev()
        .map(|extent| extent.id.value.as_str())
        .collect();
    let list = ids.join(" → ");
    let message = Text::new(
        format!("インターネットから {list} を順にたどると、管理系に届きます"),
        format!("the internet reaches management step by step: {list}"),
    );
    let hint = Text::new(
        "途中のホストから管理系への許可を外すか、管理専用の端末に絞ってください",
        "take management away from the hosts in between, or give it a terminal of its own",
    );
    notes.error("E21", &span.span, message, Some(hint));
}
