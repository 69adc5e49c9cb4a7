//! The box itself: it talks to itself, its neighbours find it, and its doors
//! hear only what a host may send. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::policy::Protocol;

use super::frames::{flag, icmp6, ip, ip6, served, udp};
use super::matrix::shown;
use super::offer::{Control, Hardware, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::talk::{Talk, first, forth, talks};
use super::terrain::{Side, moved};
use super::wall::{LEAVING, SHIFT};
use super::way::silent;

/// All of them.
#[must_use]
pub fn own(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    to_itself(oracle, &mut probes);
    for talk in talks(oracle) {
        let from_box = matches!(talk.tuple.from, Station::Gateway(_));
        if !from_box && talk.place != Place::Gateway {
            continue;
        }
        strange_flags(oracle, &talk, &mut probes);
        if from_box {
            foreign_source(oracle, &talk, &mut probes);
        } else {
            hardware(oracle, &talk, &mut probes);
        }
    }
    for side in &oracle.terrain.sides {
        let own = side
            .addresses
            .iter()
            .find_map(|(address, _)| match address {
                IpAddr::V6(own) => Some(*own),
                IpAddr::V4(_) => None,
            });
        if let Some(own) = own {
            found_by_neighbours(side, own, &mut probes);
            not_from_its_link(side, own, &mut probes);
            not_to_its_link(side, own, &mut probes);
        }
    }
    probes
}

/// Class 1: over its loopback the box may say anything to itself.
fn to_itself(oracle: &Oracle<'_>, probes: &mut Vec<Probe>) {
    let station = Station::Gateway(0);
    let own = oracle.terrain.sides.iter().filter_map(|side| side.gateway);
    for address in own.chain([Ipv4Addr::LOCALHOST]) {
        let address = IpAddr::V4(address);
        probes.push(Probe {
            class: 1,
            flow: None,
            offered: format!("gateway: {address} > {address} udp/9"),
            because: "loopback".to_owned(),
            steps: vec![Step::ip(
                &station,
                Some(Place::Gateway),
                (address, address, 17),
                move |stamp| udp(address, address, (stamp.port, 9), &stamp.nonce),
            )],
            control: Control::Itself,
            stage: Stage::Whole,
        });
    }
}

/// Class 17 at a door of the box, and out of it: no connection begins so.
fn strange_flags(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    use flag::{FIN, PSH, SYN, URG};
    if talk.tuple.protocol != Protocol::Tcp {
        return;
    }
    for (name, flags) in [("SYN+FIN", SYN | FIN), ("XMAS", FIN | PSH | URG)] {
        let tuple = talk.tuple.clone();
        let offered = format!("{} {name}", talk.shown(oracle));
        probes.push(silent(
            17,
            offered,
            &talk.tuple.from,
            Control::Arrives,
            move |stamp| Shot::packet(forth(&tuple, stamp, 1_000, 0, flags)),
        ));
    }
}

/// Class 2 out of the box: its doors are for its own address there.
fn foreign_source(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    for by in [-1, 1] {
        let Some(source) = moved(talk.tuple.source, by) else {
            continue;
        };
        let tuple = Tuple {
            source,
            ..talk.tuple.clone()
        };
        let offered = format!("{} from a foreign source", shown(oracle, &tuple));
        probes.push(silent(
            2,
            offered,
            &talk.tuple.from,
            Control::Arrives,
            move |stamp| Shot::packet(first(&tuple, stamp)),
        ));
    }
}

/// Class 12: what a door would hear, in a frame for everybody or a group.
fn hardware(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    if !talk.tuple.source.is_ipv4() {
        return;
    }
    for (name, to) in [
        ("to everybody's hardware address", Hardware::Broadcast),
        ("to a group's hardware address", Hardware::Group),
    ] {
        let tuple = talk.tuple.clone();
        let offered = format!("{} {name}", talk.shown(oracle));
        probes.push(silent(
            12,
            offered,
            &talk.tuple.from,
            Control::Arrives,
            move |stamp| Shot {
                to,
                ..Shot::packet(first(&tuple, stamp))
            },
        ));
    }
}

/// A question of neighbour discovery.
fn question(side: &Side, source: Ipv6Addr, own: Ipv6Addr, hops: u8, more: &[u8]) -> Shot {
    let [.., a, b, c] = own.octets();
    let low = |one: u8, two: u8| u16::from_be_bytes([one, two]);
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, low(0xff, a), low(b, c));
    let mut body = own.octets().to_vec();
    if !source.is_unspecified() {
        body.extend([1, 1]);
        body.extend(side.far());
    }
    body.extend(more);
    Shot::packet(ip6(
        source,
        group,
        58,
        &icmp6(source, group, 135, [0; 4], &body),
        hops,
    ))
}

/// Class 5: who speaks IPv6 must find the box, also while it has no address.
fn found_by_neighbours(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let link = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0x600d, u16::from(side.number));
    let host = side.twin(side.host);
    let steps = [host, link, Ipv6Addr::UNSPECIFIED].map(|source| {
        let asker = side.clone();
        let mut step = Step::new(&station, Some(Place::Answer), move |_| {
            question(&asker, source, own, 255, &[])
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

/// Class 5: a link-local source is good for neighbour discovery on the link,
/// and for nothing else.
fn not_from_its_link(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let link = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xbad, u16::from(side.number));
    let asker = side.clone();
    let offered = format!("{}: {link} asks who has {own} from afar", side.zone);
    probes.push(silent(
        5,
        offered,
        &station,
        Control::Arrives,
        move |stamp| {
            // An option that nobody knows bears the nonce.
            let option = [&[250, 2, 0, 0, 0, 0][..], &stamp.nonce, &[0, 0]].concat();
            question(&asker, link, own, 64, &option)
        },
    ));
    let offered = format!("{}: {link} > {own} echo", side.zone);
    probes.push(silent(
        5,
        offered,
        &station,
        Control::Arrives,
        move |stamp| {
            let body = icmp6(link, own, 128, [0, 1, 0, 1], &stamp.nonce);
            Shot::packet(ip(link.into(), own.into(), 58, &body))
        },
    ));
}

/// Class 5: nor does the box say more to a link than neighbour discovery. To
/// all walls, and to the wall on leaving alone.
fn not_to_its_link(side: &Side, own: Ipv6Addr, probes: &mut Vec<Probe>) {
    let station = Station::Gateway(0);
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x5e4b, u16::from(side.number));
    for (kind, hops, name) in [(135, 64, "asks from afar"), (128, 255, "echo")] {
        for (mark, stage, wall) in [
            (0, Stage::Whole, ""),
            (LEAVING, Stage::Wall, ", by the wall on leaving alone"),
        ] {
            let offered = format!("gateway: {own} > {group} {name}{wall}");
            let probe = silent(5, offered, &station, Control::Arrives, move |stamp| {
                let body = icmp6(own, group, kind, [0; 4], &stamp.nonce);
                Shot::packet(served(ip6(own, group, 58, &body, hops), mark << SHIFT))
            });
            probes.push(Probe { stage, ..probe });
        }
    }
}
