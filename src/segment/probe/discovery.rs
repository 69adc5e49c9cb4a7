//! Neighbour discovery of IPv6, where a zone speaks it: neighbours must find
//! the box, and what is excepted for that is good for nothing else. Pure.

use std::net::{IpAddr, Ipv6Addr};

use super::frames::{icmp6, ip6, served};
use super::offer::{Control, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::Oracle;
use super::terrain::Side;
use super::wall::{ARRIVING, INTO, LEAVING, SHIFT};
use super::way::silent;

/// All of them, class 5.
#[must_use]
pub fn discovery(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for side in &oracle.terrain.sides {
        let addresses = side.addresses.iter();
        let own = addresses
            .filter_map(|(address, _)| match address {
                IpAddr::V6(own) => Some(*own),
                IpAddr::V4(_) => None,
            })
            .next();
        if let Some(own) = own {
            found(side, own, &mut probes);
            nothing_in(side, own, &mut probes);
            nothing_out(side, own, &mut probes);
        }
    }
    probes
}

/// Who has an address? With an option that nobody knows, which bears `more`.
fn question(side: &Side, source: Ipv6Addr, own: Ipv6Addr, hops: u8, more: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = own.octets();
    let low = u16::from_be_bytes([b, c]);
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, u16::from_be_bytes([0xff, a]), low);
    let mut body = own.octets().to_vec();
    if !source.is_unspecified() {
        body.extend([1, 1]);
        body.extend(side.far());
    }
    if !more.is_empty() {
        body.extend([250, 2, 0, 0, 0, 0]);
        body.extend(more);
        body.extend([0, 0]);
    }
    let asked = icmp6(source, group, 135, [0; 4], &body);
    ip6(source, group, 58, &asked, hops)
}

/// The box answers a host, a link-local address, and who has none yet.
fn found(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let link = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0x600d, u16::from(side.number));
    let host = side.twin(side.host);
    let steps = [host, link, Ipv6Addr::UNSPECIFIED].map(|source| {
        let asker = side.clone();
        let mut step = Step::new(&station, Some(Place::Answer), move |_| {
            Shot::packet(question(&asker, source, own, 255, &[]))
        });
        step.asks = Some(own.into());
        step
    });
    probes.push(Probe {
        class: 5,
        flow: None,
        offered: format!("{}: {host}, {link} and :: ask who has {own}", side.zone),
        because: "neighbour".to_owned(),
        steps: steps.into_iter().collect(),
        control: Control::Itself,
        stage: Stage::Whole,
    });
}

/// By all walls, and by one of them alone.
fn judged_by(mark: u8) -> (Stage, &'static str) {
    match mark {
        ARRIVING => (Stage::Wall, ", by the wall on arrival alone"),
        INTO => (Stage::Wall, ", by the wall of the box alone"),
        LEAVING => (Stage::Wall, ", by the wall on leaving alone"),
        _ => (Stage::Whole, ""),
    }
}

/// Nothing from afar is neighbour discovery, and nothing else from the link is.
fn nothing_in(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let link = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xbad, u16::from(side.number));
    for mark in [0, ARRIVING, INTO] {
        let (stage, wall) = judged_by(mark);
        let asker = side.clone();
        let name = format!("{}: {link} asks who has {own} from afar{wall}", side.zone);
        let probe = silent(5, name, &station, Control::Arrives, move |stamp| {
            let packet = question(&asker, link, own, 64, &stamp.nonce);
            Shot::packet(served(packet, mark << SHIFT))
        });
        probes.push(Probe { stage, ..probe });
        let name = format!("{}: {link} > {own} echo, hop limit 255{wall}", side.zone);
        let probe = silent(5, name, &station, Control::Arrives, move |stamp| {
            let body = icmp6(link, own, 128, [0, 1, 0, 1], &stamp.nonce);
            Shot::packet(served(ip6(link, own, 58, &body, 255), mark << SHIFT))
        });
        probes.push(Probe { stage, ..probe });
    }
}

/// The same out of the box: to a group of the link, and to a host.
fn nothing_out(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Gateway(0);
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x5e4b, u16::from(side.number));
    let host = side.twin(side.host);
    for (target, mark) in [(group, 0), (host, 0), (group, LEAVING)] {
        let (stage, wall) = judged_by(mark);
        for (kind, hops, what) in [
            (135, 64, "asks from afar"),
            (128, 255, "echo, hop limit 255"),
        ] {
            let name = format!("gateway: {own} > {target} {what}{wall}");
            let probe = silent(5, name, &station, Control::Arrives, move |stamp| {
                let body = icmp6(own, target, kind, [0; 4], &stamp.nonce);
                Shot::packet(served(ip6(own, target, 58, &body, hops), mark << SHIFT))
            });
            probes.push(Probe { stage, ..probe });
        }
    }
}
