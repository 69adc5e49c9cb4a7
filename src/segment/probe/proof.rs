//! What a silence proves on real cables, where no rule can be taken away for a
//! control: that allowed packets crossed the same way just before and just
//! after. Pure.

use std::collections::BTreeSet;

use super::judge::Proof;
use super::offer::{Place, Probe, Station};
use super::oracle::Oracle;
use super::reach::{Aim, Reach};

/// From one interface of the gateway to another, and whether by IPv6.
pub type Crossing = (String, String, bool);

/// The crossings that allowed packets made.
pub type Crossings = BTreeSet<Crossing>;

/// Both ways of the conversation that a probe holds; none where it holds none.
#[must_use]
pub fn conversation(oracle: &Oracle<'_>, probe: &Probe, reach: &Reach) -> Option<[Crossing; 2]> {
    let [first, second, ..] = probe.steps.as_slice() else {
        return None;
    };
    let (Station::Side(here), Station::Side(there)) = (&first.from, &second.from) else {
        return None;
    };
    let to = |interface: &str, place: &Option<Place>| {
        let zone = oracle
            .zone(interface)
            .map(|zone| Place::Zone(zone.to_owned()));
        *place == zone
    };
    let both = to(there, &first.expect) && to(here, &second.expect);
    both.then(|| {
        [
            (here.clone(), there.clone(), reach.ipv6),
            (there.clone(), here.clone(), reach.ipv6),
        ]
    })
}

/// What proves that a silent probe could have been seen; none if nothing does.
/// `living` are crossings made both before and after it.
#[must_use]
pub fn proof<'a>(
    living: &Crossings,
    reach: &Reach,
    mut cables: impl Iterator<Item = &'a str>,
) -> Option<Proof> {
    match &reach.aim {
        Aim::Gateway => Some(Proof::Gateway), // it answered ARP on this cable just after
        Aim::Host(there) => between(living, &reach.from, there, reach.ipv6),
        Aim::Anywhere => {
            let others = cables.by_ref().filter(|other| *other != reach.from);
            let each = others.map(|other| between(living, &reach.from, other, reach.ipv6));
            each.collect::<Option<Vec<_>>>()?.into_iter().max()
        }
    }
}

fn between(living: &Crossings, from: &str, to: &str, ipv6: bool) -> Option<Proof> {
    let is = |family: bool| living.contains(&(from.to_owned(), to.to_owned(), family));
    let came_in = || living.iter().any(|(start, ..)| start == from);
    let came_out = || living.iter().any(|(_, end, _)| end == to);
    if is(ipv6) {
        Some(Proof::Path)
    } else if is(!ipv6) {
        Some(Proof::OtherFamily)
    } else if came_in() && came_out() {
        Some(Proof::Legs)
    } else {
        // Every round ends with the gateway's answer on every cable; but one
        // that forwards nothing at all shows nothing by forwarding nothing.
        (!living.is_empty()).then_some(Proof::Cables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living(all: &[(&str, &str)]) -> Crossings {
        let all = all.iter();
        all.map(|(from, to)| ((*from).to_owned(), (*to).to_owned(), false))
            .collect()
    }

    fn aimed(from: &str, aim: Aim, ipv6: bool) -> Reach {
        Reach {
            from: from.to_owned(),
            aim,
            hosts: BTreeSet::new(),
            ipv6,
        }
    }

    const CABLES: [&str; 3] = ["wan0", "lan0", "off0"];

    fn proven(living: &Crossings, reach: &Reach) -> Option<Proof> {
        proof(living, reach, CABLES.into_iter())
    }

    #[test]
    fn a_silence_proves_as_much_as_has_crossed() {
        let there = |name: &str| Aim::Host(name.to_owned());
        let alive = living(&[("off0", "lan0"), ("lan0", "off0"), ("off0", "wan0")]);
        let ask = |from, aim, ipv6| proven(&alive, &aimed(from, aim, ipv6));
        assert_eq!(ask("off0", there("lan0"), false), Some(Proof::Path));
        assert_eq!(ask("off0", there("lan0"), true), Some(Proof::OtherFamily));
        assert_eq!(ask("lan0", there("wan0"), false), Some(Proof::Legs));
        assert_eq!(ask("wan0", there("lan0"), false), Some(Proof::Cables));
        assert_eq!(ask("wan0", Aim::Gateway, false), Some(Proof::Gateway));
    }

    #[test]
    fn where_nothing_is_forwarded_nothing_is_proven() {
        let none = living(&[]);
        let reach = aimed("off0", Aim::Host("lan0".to_owned()), false);
        assert_eq!(proven(&none, &reach), None);
        let reach = aimed("off0", Aim::Anywhere, false);
        assert_eq!(proven(&none, &reach), None);
    }

    #[test]
    fn what_may_come_out_anywhere_is_as_proven_as_its_weakest_way() {
        let reach = aimed("off0", Aim::Anywhere, false);
        let alive = living(&[("off0", "lan0")]);
        assert_eq!(proven(&alive, &reach), Some(Proof::Cables));
        let alive = living(&[("off0", "lan0"), ("lan0", "wan0")]);
        assert_eq!(proven(&alive, &reach), Some(Proof::Legs));
    }
}
