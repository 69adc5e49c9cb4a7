//! What the flows of a policy claim: their ends as addresses, found again by an
//! address, so that a question meets the few flows that can be meant and not
//! all ten thousand. Pure.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::policy::{Endpoint, Flow, Opening, Policy, Space};

use super::question::{Question, Spot};

/// An end of at most so many addresses is found by each of them.
const FEW: u16 = 256;

/// A flow and the addresses it names.
#[derive(Clone, Debug)]
pub(super) struct Claim<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// None for a whole zone or the gateway.
    pub from: Option<Space>,
    /// The same for its other end.
    pub to: Option<Space>,
    /// When it opens or closes next, seen from when it was worked out.
    pub opening: Option<Opening>,
}

/// All claims of a policy, ascending by id.
#[derive(Clone, Debug)]
pub(super) struct Claims<'a> {
    all: Vec<Claim<'a>>,
    /// Places of claims with few sources, ascending, by each source …
    by_source: HashMap<IpAddr, Vec<usize>>,
    /// … of others with few destinations, by each destination …
    by_destination: HashMap<IpAddr, Vec<usize>>,
    /// … and of the rest, which may be meant by any question.
    rest: Vec<usize>,
}

impl<'a> Claims<'a> {
    /// Those of a policy; openings as of `made`.
    pub fn of(policy: &'a Policy, made: Option<Timestamp>) -> Self {
        let hosts = |end: &Endpoint| match end {
            Endpoint::Zone { hosts, .. } if !hosts.is_empty() => {
                let hosts = hosts.iter().filter_map(|name| policy.hosts.get(name));
                Some(Space::new(hosts.flat_map(|host| &host.addresses), []))
            }
            Endpoint::Zone { .. } | Endpoint::Gateway => None,
        };
        let claim = |flow: &'a Flow| Claim {
            flow,
            from: hosts(&flow.from),
            to: hosts(&flow.to),
            opening: made.map(|made| flow.opening(&policy.site, made)),
        };
        let mut all: Vec<Claim<'_>> = policy.flows.iter().map(claim).collect();
        all.sort_by(|one, other| one.flow.id.cmp(&other.flow.id));
        let mut claims = Self {
            all: Vec::new(),
            by_source: HashMap::new(),
            by_destination: HashMap::new(),
            rest: Vec::new(),
        };
        for (place, claim) in all.iter().enumerate() {
            // What the box carries itself is asked about in halves.
            let direct = claim.flow.via.is_none();
            let few = |end: &Option<Space>| end.as_ref().filter(|_| direct)?.few(FEW);
            let (index, addresses) = if let Some(sources) = few(&claim.from) {
                (&mut claims.by_source, sources)
            } else if let Some(destinations) = few(&claim.to) {
                (&mut claims.by_destination, destinations)
            } else {
                claims.rest.push(place);
                continue;
            };
            for address in addresses {
                index.entry(address).or_default().push(place);
            }
        }
        claims.all = all;
        claims
    }

    /// All of them, ascending by id.
    pub fn all(&self) -> &[Claim<'a>] {
        &self.all
    }

    /// The lexically first that `allows`. An end that covers what is asked has
    /// its first address, so no claim that could is left out.
    pub fn first(
        &self,
        question: &Question,
        allows: impl Fn(&Claim<'a>) -> bool,
    ) -> Option<&Claim<'a>> {
        let lists = [
            places(&self.by_source, &question.from),
            places(&self.by_destination, &question.to),
            &self.rest,
        ];
        let allowing = lists.into_iter().filter_map(|places| {
            let mut places = places.iter().copied();
            places.find(|place| self.all.get(*place).is_some_and(&allows))
        });
        self.all.get(allowing.min()?)
    }
}

fn places<'a>(index: &'a HashMap<IpAddr, Vec<usize>>, spot: &Spot) -> &'a [usize] {
    let first = match spot {
        Spot::In { space, .. } => space.first(),
        Spot::Gateway | Spot::GatewayIn(_) | Spot::Nowhere(_) | Spot::Name(_) => None,
    };
    first
        .and_then(|address| index.get(&address))
        .map_or(&[], Vec::as_slice)
}

/// `named`: the addresses of the hosts an end names, none for the whole zone.
pub(super) fn covers(end: &Endpoint, named: Option<&Space>, spot: &Spot) -> bool {
    match (end, spot) {
        (Endpoint::Gateway, Spot::Gateway | Spot::GatewayIn(_)) => true,
        (Endpoint::Zone { zone, .. }, Spot::In { zone: there, space }) => {
            zone == there && named.is_none_or(|named| named.covers(space))
        }
        (Endpoint::Gateway, Spot::In { .. } | Spot::Nowhere(_) | Spot::Name(_))
        | (
            Endpoint::Zone { .. },
            Spot::Gateway | Spot::GatewayIn(_) | Spot::Nowhere(_) | Spot::Name(_),
        ) => false,
    }
}

/// The same side of the box, whichever addresses on it; a name is anywhere.
pub(super) fn touches(end: &Endpoint, spot: &Spot) -> bool {
    match (end, spot) {
        (Endpoint::Gateway, Spot::Gateway | Spot::GatewayIn(_))
        | (Endpoint::Zone { .. }, Spot::Name(_)) => true,
        (Endpoint::Zone { zone, .. }, Spot::In { zone: there, .. }) => zone == there,
        (Endpoint::Gateway, Spot::In { .. } | Spot::Nowhere(_) | Spot::Name(_))
        | (Endpoint::Zone { .. }, Spot::Gateway | Spot::GatewayIn(_) | Spot::Nowhere(_)) => false,
    }
}

/// `*.example.jp` means every name below it, label by label, not itself.
pub(super) fn matches_name(listed: &str, asked: &str) -> bool {
    let labels = |name: &str| -> Vec<String> {
        let name = name.strip_suffix('.').unwrap_or(name);
        name.split('.').rev().map(str::to_ascii_lowercase).collect()
    };
    let asked = labels(asked);
    match listed.strip_prefix("*.") {
        Some(suffix) => {
            let suffix = labels(suffix);
            asked.len() > suffix.len() && asked.starts_with(&suffix)
        }
        None => asked == labels(listed),
    }
}
