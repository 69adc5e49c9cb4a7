//! Every flow × {exact, neighbours in port and address, another protocol, the
//! other direction, another user, the IPv6 twin}; and for each pair of zones a
//! sample of everything else. Whether each must pass is the oracle's answer,
//! never this file's. Pure.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::policy::{Endpoint, Flow, Protocol, Via};

use super::super::compile::MAIL_USER;
use super::offer::{Control, Probe, Stage, Station};
use super::oracle::{Oracle, Tuple};
use super::talk::{Talk, opening};
use super::terrain::{moved, ordinary};

/// Ports that are asked for between any two zones, besides the edges of what
/// is listed: what worms, administrators and tunnels use.
const PORTS: [u16; 16] = [
    1, 21, 22, 23, 25, 53, 80, 135, 443, 445, 1_194, 3_128, 3_389, 8_080, 33_434, 65_535,
];

/// How many hosts of a long list are asked for one by one.
const HOSTS: usize = 6;

/// Another user on the box, who may nothing.
pub const OTHER_USER: u32 = 64_199;

/// The whole matrix, in a fixed order.
#[must_use]
pub fn matrix(oracle: &Oracle<'_>) -> Vec<Probe> {
    let tuples = tuples(oracle);
    let twins: BTreeSet<Tuple> = tuples.iter().filter_map(|one| twin(oracle, one)).collect();
    let listed = tuples.into_iter().map(|tuple| (1, tuple));
    let twins = twins.into_iter().map(|tuple| (6, tuple));
    listed
        .chain(twins)
        .map(|(class, tuple)| probe(oracle, class, &tuple))
        .collect()
}

/// Every flow's tuples, those next to them, and the sample of everything else.
pub(super) fn tuples(oracle: &Oracle<'_>) -> BTreeSet<Tuple> {
    let mut tuples = BTreeSet::new();
    for flow in &oracle.policy.flows {
        around(oracle, flow, &mut tuples);
    }
    samples(oracle, &mut tuples);
    tuples
}

/// The tuples of a flow and those next to it.
fn around(oracle: &Oracle<'_>, flow: &Flow, tuples: &mut BTreeSet<Tuple>) {
    for (sources, targets, user) in legs(oracle, flow) {
        for v4 in [true, false] {
            let of_family = |list: &[IpAddr]| -> Vec<IpAddr> {
                let list = list.iter().copied();
                list.filter(|one| one.is_ipv4() == v4).collect()
            };
            leg(
                oracle,
                flow,
                (of_family(&sources), of_family(&targets), user),
                tuples,
            );
        }
    }
}

/// The same for one leg in one family.
fn leg(
    oracle: &Oracle<'_>,
    flow: &Flow,
    (sources, targets, user): Leg,
    tuples: &mut BTreeSet<Tuple>,
) {
    let (Some(first), Some(goal)) = (sources.first(), targets.first()) else {
        return;
    };
    let exact = sources
        .iter()
        .take(HOSTS)
        .map(|source| (*source, *goal))
        .chain(targets.iter().take(HOSTS).map(|target| (*first, *target)));
    let beside = neighbours(oracle, &sources)
        .into_iter()
        .map(|source| (source, *goal))
        .filter(|_| user.is_none()) // the box speaks from its own address only
        .chain(
            neighbours(oracle, &targets)
                .into_iter()
                .map(|target| (*first, target)),
        );
    let pairs: BTreeSet<(IpAddr, IpAddr)> = exact.clone().chain(beside).collect();
    for service in &flow.services {
        let edges = [
            service.first.checked_sub(1),
            Some(service.first),
            Some(service.last),
            service.last.checked_add(1),
        ];
        let ports: BTreeSet<u16> = edges
            .into_iter()
            .flatten()
            .filter(|port| *port > 0)
            .collect();
        let ports = if service.protocol == Protocol::Icmp {
            BTreeSet::from([0])
        } else {
            ports
        };
        let mut say = |source, target, protocol, port| {
            if let Some(from) = station(oracle, source, user) {
                tuples.insert(Tuple {
                    from,
                    source,
                    target,
                    protocol,
                    port,
                });
            }
        };
        for (source, target) in &pairs {
            say(*source, *target, service.protocol, service.first);
        }
        // A fault may stand at any one pair, so each has its neighbours.
        for (source, target) in exact.clone() {
            for port in &ports {
                say(source, target, service.protocol, *port);
            }
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
                let port = if protocol == Protocol::Icmp {
                    0
                } else {
                    service.first.max(1)
                };
                say(source, target, protocol, port);
                // The other direction, but never from the box as a stranger.
                if user.is_none() && !is_own(oracle, target) {
                    say(target, source, protocol, port);
                }
            }
        }
        for uid in [0, OTHER_USER].into_iter().filter(|_| user.is_some()) {
            tuples.insert(Tuple {
                from: Station::Gateway(uid),
                source: *first,
                target: *goal,
                protocol: service.protocol,
                port: service.first,
            });
        }
    }
}

pub(super) type Leg = (Vec<IpAddr>, Vec<IpAddr>, Option<u32>);

/// Sources, destinations and the user of each half of a flow. A flow that is
/// carried has also the direct way, which must stay shut.
pub(super) fn legs(oracle: &Oracle<'_>, flow: &Flow) -> Vec<Leg> {
    let mail = oracle.users.get(MAIL_USER).copied();
    let at = |end: &Endpoint| addresses(oracle, end);
    let zone = |end: &Endpoint| match end {
        Endpoint::Gateway => None,
        Endpoint::Zone { zone, .. } => oracle.policy.zones.get(zone),
    };
    match (zone(&flow.from), zone(&flow.to)) {
        (Some(_), Some(to)) if flow.via == Some(Via::Mail) => {
            let near = zone(&flow.from)
                .map(|zone| zone.gateway.clone())
                .unwrap_or_default();
            vec![
                (at(&flow.from), at(&flow.to), None),
                (at(&flow.from), near, None),
                (to.gateway.clone(), at(&flow.to), mail),
            ]
        }
        (Some(_), Some(_)) => vec![(at(&flow.from), at(&flow.to), None)],
        (Some(from), None) => vec![(at(&flow.from), from.gateway.clone(), None)],
        (None, Some(to)) => vec![(to.gateway.clone(), at(&flow.to), mail.or(Some(OTHER_USER)))],
        (None, None) => Vec::new(),
    }
}

/// First and last address of each host or network that an end names.
fn addresses(oracle: &Oracle<'_>, end: &Endpoint) -> Vec<IpAddr> {
    let Endpoint::Zone { zone, hosts } = end else {
        return Vec::new();
    };
    if hosts.is_empty() {
        let sides = oracle
            .terrain
            .sides
            .iter()
            .filter(|side| side.zone == *zone);
        let stands = sides
            .flat_map(|side| [side.host, side.other])
            .map(IpAddr::V4);
        let nets = oracle.policy.zones.get(zone).into_iter();
        let nets = nets.flat_map(|zone| zone.networks.iter().chain(&zone.networks6));
        let inner = nets
            .filter(|net| net.prefix_len() > 0)
            .flat_map(inner_edges);
        return stands
            .chain(inner)
            .filter(|one| ordinary(oracle.policy, *one))
            .collect();
    }
    let listed = hosts
        .iter()
        .filter_map(|name| oracle.policy.hosts.get(name));
    let ends = listed
        .flat_map(|host| &host.addresses)
        .flat_map(|net| [net.network(), net.broadcast()]);
    let mut seen = BTreeSet::new();
    ends.filter(|one| ordinary(oracle.policy, *one) && seen.insert(*one))
        .collect()
}

fn inner_edges(net: &IpNet) -> Vec<IpAddr> {
    let step = |address, by| moved(address, by);
    [step(net.network(), 1), step(net.broadcast(), -1)]
        .into_iter()
        .flatten()
        .collect()
}

/// One before and one after each address that are not listed themselves.
fn neighbours(oracle: &Oracle<'_>, listed: &[IpAddr]) -> Vec<IpAddr> {
    let beside = listed
        .iter()
        .take(HOSTS)
        .flat_map(|one| [moved(*one, -1), moved(*one, 1)]);
    beside
        .flatten()
        .filter(|one| !listed.contains(one) && ordinary(oracle.policy, *one))
        .collect()
}

/// An address of the box itself.
pub(super) fn is_own(oracle: &Oracle<'_>, address: IpAddr) -> bool {
    oracle
        .policy
        .zones
        .values()
        .any(|zone| zone.gateway.contains(&address))
}

/// From where a packet with this source is sent.
pub(super) fn station(oracle: &Oracle<'_>, source: IpAddr, user: Option<u32>) -> Option<Station> {
    if let Some(uid) = user {
        return Some(Station::Gateway(uid));
    }
    let zone = super::terrain::zone_of(oracle.policy, source)?;
    let side = oracle.terrain.side(zone, source)?;
    Some(Station::Side(side.interface.clone()))
}

/// Between any two zones, and from each zone to the box: a sample of ports.
fn samples(oracle: &Oracle<'_>, tuples: &mut BTreeSet<Tuple>) {
    let listed = oracle.policy.flows.iter().flat_map(|flow| &flow.services);
    let edges = listed
        .flat_map(|range| [range.first, range.last])
        .filter(|port| *port > 0);
    let ports: BTreeSet<u16> = PORTS.into_iter().chain(edges.take(200)).collect();
    for from in &oracle.terrain.sides {
        let station = Station::Side(from.interface.clone());
        let far = oracle
            .terrain
            .zones()
            .into_iter()
            .filter(|to| to.zone != from.zone);
        let boxes = from.gateway.into_iter();
        let targets: Vec<Ipv4Addr> = far.map(|to| to.host).chain(boxes).collect();
        for target in targets {
            let mut say = |protocol, port| {
                tuples.insert(Tuple {
                    from: station.clone(),
                    source: from.host.into(),
                    target: target.into(),
                    protocol,
                    port,
                });
            };
            for port in &ports {
                say(Protocol::Tcp, *port);
                say(Protocol::Udp, *port);
            }
            say(Protocol::Icmp, 0);
        }
    }
    for to in oracle.terrain.zones() {
        let Some(own) = to.gateway else { continue };
        for uid in [0, OTHER_USER]
            .into_iter()
            .chain(oracle.users.values().copied())
        {
            for port in PORTS {
                tuples.insert(Tuple {
                    from: Station::Gateway(uid),
                    source: own.into(),
                    target: to.host.into(),
                    protocol: Protocol::Tcp,
                    port,
                });
            }
        }
    }
}

/// The same in IPv6.
fn twin(oracle: &Oracle<'_>, tuple: &Tuple) -> Option<Tuple> {
    let other = |address: IpAddr| match address {
        IpAddr::V4(address) => {
            let zone = super::terrain::zone_of(oracle.policy, address.into())?;
            let side = oracle.terrain.side(zone, address.into())?;
            Some(IpAddr::V6(side.twin(address)))
        }
        IpAddr::V6(_) => None,
    };
    let Station::Side(_) = tuple.from else {
        return None; // the box has no IPv6 address of that kind to speak from
    };
    let (source, target) = (other(tuple.source)?, other(tuple.target)?);
    let own = [source, target]
        .into_iter()
        .any(|one| !ordinary(oracle.policy, one));
    (!own).then_some(Tuple {
        source,
        target,
        ..tuple.clone()
    })
}

/// A tuple as packets: one where nothing may pass, else a conversation.
fn probe(oracle: &Oracle<'_>, class: u8, tuple: &Tuple) -> Probe {
    let answer = oracle.ask(tuple);
    let control = if answer.place.is_some() {
        Control::Itself
    } else {
        Control::Arrives
    };
    let steps = match Talk::of(oracle, tuple) {
        Some(talk) => talk.open(),
        None => vec![opening(tuple, answer.place)],
    };
    Probe {
        class,
        flow: answer.flow,
        offered: shown(oracle, tuple),
        because: answer.because,
        steps,
        control,
        stage: Stage::Whole,
    }
}

/// `zone: source > destination service`.
pub(super) fn shown(oracle: &Oracle<'_>, tuple: &Tuple) -> String {
    let from = match &tuple.from {
        Station::Side(interface) => oracle.zone(interface).unwrap_or("?").to_owned(),
        Station::Gateway(uid) => format!("gateway (uid {uid})"),
    };
    let service = match tuple.protocol {
        Protocol::Tcp => format!("tcp/{}", tuple.port),
        Protocol::Udp => format!("udp/{}", tuple.port),
        Protocol::Icmp => "icmp echo".to_owned(),
    };
    format!("{from}: {} > {} {service}", tuple.source, tuple.target)
}
