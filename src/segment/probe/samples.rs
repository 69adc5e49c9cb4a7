//! Addresses that try what belongs to a zone: its edges, and what is next to
//! them. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::oracle::Oracle;
use super::terrain::Side;

/// The edges of what is no host anywhere (RFC 6890), within and beyond.
const SPECIAL: [Ipv4Addr; 10] = [
    Ipv4Addr::new(1, 0, 0, 0),
    Ipv4Addr::new(126, 255, 255, 255),
    Ipv4Addr::new(127, 0, 0, 0),
    Ipv4Addr::new(127, 255, 255, 255),
    Ipv4Addr::new(128, 0, 0, 0),
    Ipv4Addr::new(169, 253, 255, 255),
    Ipv4Addr::new(169, 254, 0, 0),
    Ipv4Addr::new(169, 254, 255, 255),
    Ipv4Addr::new(169, 255, 0, 0),
    Ipv4Addr::new(223, 255, 255, 255),
];

/// The edges and the middle of everything that belongs to a zone, what lies
/// next to that, the box's own addresses and what is next to them, and hosts of
/// other zones.
#[must_use]
pub fn samples(oracle: &Oracle<'_>, side: &Side) -> Vec<IpAddr> {
    let Some(zone) = oracle.policy.zones.get(&side.zone) else {
        return Vec::new();
    };
    let space = zone.space();
    let four = |number: u128| {
        u32::try_from(number)
            .ok()
            .map(|bits| IpAddr::V4(bits.into()))
    };
    let six = |number: u128| Some(IpAddr::V6(number.into()));
    let mut all: Vec<IpAddr> = around(space.v4().as_slice()).filter_map(four).collect();
    all.extend(around(space.v6().as_slice()).filter_map(six));
    let mine = zone.gateway.iter().flat_map(|own| match own {
        IpAddr::V4(own) => {
            let own = u128::from(own.to_bits());
            at_and_beside(own).filter_map(four).collect::<Vec<_>>()
        }
        IpAddr::V6(own) => at_and_beside(own.to_bits()).filter_map(six).collect(),
    });
    all.extend(mine);
    let within = |one: &IpAddr| side.networks.iter().any(|net| net.contains(one));
    all.extend(SPECIAL.map(IpAddr::V4).into_iter().filter(within));
    for other in &oracle.terrain.sides {
        all.extend([IpAddr::V4(other.host), other.twin(other.host).into()]);
    }
    all.retain(|address| is_offered(*address));
    all.sort_unstable();
    all.dedup();
    all
}

fn around(ranges: &[(u128, u128)]) -> impl Iterator<Item = u128> {
    ranges.iter().flat_map(|(first, last)| {
        let middle = first.midpoint(*last);
        let outside = [first.checked_sub(1), last.checked_add(1)];
        [*first, middle, *last]
            .into_iter()
            .chain(outside.into_iter().flatten())
    })
}

fn at_and_beside(own: u128) -> impl Iterator<Item = u128> {
    [own.checked_sub(1), Some(own), own.checked_add(1)]
        .into_iter()
        .flatten()
}

/// The kernel has nothing to do with the others, rules or not.
#[must_use]
pub fn is_offered(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(one) => {
            !one.is_multicast() && !one.is_broadcast() && !one.octets().starts_with(&[0])
        }
        IpAddr::V6(one) => !one.is_multicast() && one.to_bits() >> 96 != 0,
    }
}
