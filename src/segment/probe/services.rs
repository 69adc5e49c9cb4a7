//! Class 1 by the wall before tracking alone: what no flow names as a service
//! does not pass it, from whichever side. Pure.
//!
//! Absent on purpose: what this wall lets pass for its own sake (the box itself,
//! every port of a host of which a range is named, of ranges where there are
//! many) is judged by the walls behind it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::policy::{Endpoint, Flow, Opening, PortRange, Protocol, Space};

use super::super::compile::services::MANY;
use super::frames::served;
use super::matrix::{is_own, shown, tuples};
use super::offer::{Control, Probe, Shot, Stage, Station};
use super::oracle::{Oracle, Tuple};
use super::samples::samples;
use super::talk::first;
use super::wall::{OFFERED, SHIFT, host};
use super::way::silent;

/// All of them: one for each service that nothing names.
#[must_use]
pub fn services(oracle: &Oracle<'_>) -> Vec<Probe> {
    let named = named(oracle);
    let mut strange = BTreeMap::new();
    for tuple in tuples(oracle).into_iter().chain(edges(oracle)) {
        let sent = matches!(tuple.from, Station::Side(_)) && tuple.protocol != Protocol::Icmp;
        let judged = sent && !is_own(oracle, tuple.target);
        if judged && !named.iter().any(|one| one.may_pass(&tuple)) {
            strange
                .entry((tuple.target, tuple.protocol, tuple.port))
                .or_insert(tuple);
        }
    }
    let probe = |tuple: Tuple| {
        let name = format!(
            "{}, by the wall before tracking alone",
            shown(oracle, &tuple)
        );
        let from = tuple.from.clone();
        let probe = silent(1, name, &from, Control::Arrives, move |stamp| {
            Shot::packet(served(first(&tuple, stamp), OFFERED << SHIFT))
        });
        Probe {
            stage: Stage::Wall,
            ..probe
        }
    };
    strange.into_values().map(probe).collect()
}

/// So many ranges more may be cut out of a zone: addresses that are no host's.
const NOWHERE: usize = 8;

/// What a flow names, from wherever.
struct Named {
    to: Space,
    service: PortRange,
}

impl Named {
    /// No fewer than the rules make of it; one for a single address.
    fn ranges(&self) -> usize {
        match self.to.few(1) {
            Some(_) => 1,
            None => self.to.v4().as_slice().len() + self.to.v6().as_slice().len() + NOWHERE,
        }
    }

    fn may_pass(&self, tuple: &Tuple) -> bool {
        let PortRange {
            protocol,
            first,
            last,
        } = self.service;
        let alone = || match tuple.target {
            IpAddr::V4(one) => alone(self.to.v4().as_slice(), one.to_bits().into()),
            IpAddr::V6(one) => alone(self.to.v6().as_slice(), one.to_bits()),
        };
        let ranged = first != last;
        let asked = self.to.contains(tuple.target)
            && ((first..=last).contains(&tuple.port) || (ranged && alone()));
        // It may be an answer: of datagrams nothing tells which is which.
        let answers = protocol == Protocol::Udp && ranged && self.to.contains(tuple.source);
        protocol == tuple.protocol && (asked || answers)
    }
}

/// No neighbour of this address is among them.
fn alone(ranges: &[(u128, u128)], address: u128) -> bool {
    ranges.contains(&(address, address))
}

fn named(oracle: &Oracle<'_>) -> Vec<Named> {
    let policy = oracle.policy;
    let open = policy
        .flows
        .iter()
        .filter(|flow| matches!(flow.opening(&policy.site, oracle.now), Opening::Open { .. }));
    let mut named = Vec::new();
    for flow in open {
        for to in goals(oracle, flow) {
            named.extend(flow.services.iter().map(|service| Named {
                to: to.clone(),
                service: *service,
            }));
        }
    }
    let wide = named.iter_mut().filter(|one| one.ranges() > 1);
    let mut wide: Vec<_> = wide.collect();
    if wide.iter().map(|one| one.ranges()).sum::<usize>() > MANY {
        for one in &mut wide {
            (one.service.first, one.service.last) = (0, u16::MAX);
        }
    }
    named
}

/// Where a flow across leads: the hosts it names, one by one.
fn goals(oracle: &Oracle<'_>, flow: &Flow) -> Vec<Space> {
    let policy = oracle.policy;
    let (Endpoint::Zone { .. }, Endpoint::Zone { zone, hosts }, None) =
        (&flow.from, &flow.to, flow.via)
    else {
        return Vec::new();
    };
    if hosts.is_empty() {
        let zone = policy.zones.get(zone).into_iter();
        return zone.map(|zone| zone.space()).collect();
    }
    let hosts = hosts.iter().filter_map(|name| policy.hosts.get(name));
    let nets = hosts.flat_map(|host| &host.addresses);
    nets.map(|net| Space::new([net], [])).collect()
}

/// What is next to the box's own addresses and to zones.
fn edges(oracle: &Oracle<'_>) -> Vec<Tuple> {
    let mut tuples = Vec::new();
    for to in &oracle.terrain.sides {
        let Some(from) = oracle
            .terrain
            .sides
            .iter()
            .find(|from| from.zone != to.zone)
        else {
            continue;
        };
        for target in samples(oracle, to) {
            let out = oracle.terrain.route(target);
            if target.is_loopback() || out.is_none_or(|out| out.zone == from.zone) {
                continue;
            }
            tuples.push(Tuple {
                from: Station::Side(from.interface.clone()),
                source: host(from, target),
                target,
                protocol: Protocol::Udp,
                port: 9,
            });
        }
    }
    tuples
}
