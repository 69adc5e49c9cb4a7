//! The leak classes of plain packets that come from, or go to, where they must
//! not: spoofed sources, weak host, tunnels, groups. Pure.

use std::net::{IpAddr, Ipv4Addr};

use crate::policy::Protocol;

use super::super::compile::MAIL_USER;
use super::frames::{Segment, Shape, flag, icmp, ip, ip4, tcp, udp};
use super::offer::{Control, Hardware, Probe, Shot, Station};
use super::oracle::{Oracle, Tuple};
use super::terrain::{Side, zone_of};
use super::way::{Way, silent, syn, ways};

const MARTIAN: Control = Control::Kernel(
    "送信元が不正なアドレス (martian) なので、カーネルが経路を引く前に捨てます",
    "the kernel drops a martian source before it looks for a route",
);
const NO_ROUTE_FOR_GROUPS: Control = Control::Kernel(
    "マルチキャストの経路がないので、カーネルは転送しません",
    "the kernel forwards no multicast without a multicast route",
);
/// All of them.
#[must_use]
pub fn leaks(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for way in ways(oracle) {
        spoofed(oracle, way, &mut probes);
        tunnels(oracle, way, &mut probes);
    }
    for side in &oracle.terrain.sides {
        groups(oracle, side, &mut probes);
        weak_host(oracle, side, &mut probes);
    }
    probes
}

/// Class 2: a source that cannot be on that side.
fn spoofed(oracle: &Oracle<'_>, way: Way<'_>, probes: &mut Vec<Probe>) {
    let mut sources: Vec<(Ipv4Addr, Control)> = oracle
        .terrain
        .zones()
        .into_iter()
        .filter(|side| side.zone != way.from.zone)
        .map(|side| (side.host, Control::Arrives))
        .collect();
    let own = oracle.terrain.sides.iter().filter_map(|side| side.gateway);
    sources.extend(own.map(|own| (own, MARTIAN)));
    for (source, control) in [
        (Ipv4Addr::new(127, 0, 0, 1), MARTIAN),
        (Ipv4Addr::new(0, 0, 0, 1), MARTIAN),
        (Ipv4Addr::new(224, 0, 0, 1), MARTIAN),
        (Ipv4Addr::new(240, 0, 0, 1), Control::Arrives),
        (Ipv4Addr::new(169, 254, 9, 9), Control::Arrives),
        (Ipv4Addr::new(100, 64, 9, 9), Control::Arrives),
        (Ipv4Addr::new(172, 31, 250, 9), Control::Arrives),
    ] {
        sources.push((source, control));
    }
    let port = way.port.unwrap_or(443);
    for (source, control) in sources {
        if zone_of(oracle.policy, source.into()) == Some(way.from.zone.as_str())
            || source == way.target
        {
            continue;
        }
        let target = way.target;
        let name = format!("{}: spoofed {source} > {target} tcp/{port}", way.from.zone);
        probes.push(silent(2, name, &way.station(), control, move |stamp| {
            Shot::packet(ip(
                source.into(),
                target.into(),
                6,
                &syn(source, target, port, flag::SYN, stamp),
            ))
        }));
    }
}

/// Class 3: the box's address of another side, or another side's broadcast.
fn weak_host(oracle: &Oracle<'_>, side: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let source = IpAddr::V4(side.host);
    let far = oracle
        .terrain
        .sides
        .iter()
        .filter(|other| other.zone != side.zone);
    for target in far.filter_map(|other| other.gateway) {
        let to = IpAddr::V4(target);
        for port in [22_u16, 25, 53, 161, 443] {
            let name = format!(
                "{}: {source} > {target}, the far side's own address, port {port}",
                side.zone
            );
            probes.push(silent(
                3,
                format!("{name} tcp"),
                &station,
                Control::Arrives,
                move |stamp| {
                    let segment = Segment {
                        from: stamp.port,
                        to: port,
                        seq: 1,
                        ack: 0,
                        flags: flag::SYN,
                    };
                    Shot::packet(ip(source, to, 6, &tcp(source, to, segment, &stamp.nonce)))
                },
            ));
            probes.push(silent(
                3,
                format!("{name} udp"),
                &station,
                Control::Arrives,
                move |stamp| {
                    Shot::packet(ip(
                        source,
                        to,
                        17,
                        &udp(source, to, (stamp.port, port), &stamp.nonce),
                    ))
                },
            ));
        }
        let name = format!(
            "{}: {source} > {target}, the far side's own address, echo",
            side.zone
        );
        probes.push(silent(3, name, &station, Control::Arrives, move |stamp| {
            Shot::packet(super::frames::echo(source, to, stamp))
        }));
    }
}

/// Classes 25, 26 and 31: what tunnels and relays would use.
fn tunnels(oracle: &Oracle<'_>, way: Way<'_>, probes: &mut Vec<Probe>) {
    let label = [&[60][..], &[b'a'; 60], &[7], b"example", &[0, 0, 16, 0, 1]].concat();
    for (class, name, protocol, port) in [
        (25, "QUIC", Protocol::Udp, 443_u16),
        (25, "any UDP", Protocol::Udp, 40_000),
        (26, "DNS with long labels", Protocol::Udp, 53),
        (26, "DNS over TLS", Protocol::Tcp, 853),
        (31, "SMTP past the relay", Protocol::Tcp, 25),
        (31, "submission past the relay", Protocol::Tcp, 587),
    ] {
        let (source, target) = (IpAddr::V4(way.source), IpAddr::V4(way.target));
        let tuple = Tuple {
            from: way.station(),
            source,
            target,
            protocol,
            port,
        };
        if oracle.ask(&tuple).place.is_some() {
            continue; // the matrix has it as allowed
        }
        let label = label.clone();
        let offered = format!("{} {name}", way.shown());
        probes.push(silent(
            class,
            offered,
            &way.station(),
            Control::Arrives,
            move |stamp| {
                if protocol == Protocol::Tcp {
                    let segment = Segment {
                        from: stamp.port,
                        to: port,
                        seq: 1,
                        ack: 0,
                        flags: flag::SYN,
                    };
                    return Shot::packet(ip(
                        source,
                        target,
                        6,
                        &tcp(source, target, segment, &stamp.nonce),
                    ));
                }
                let query = [&stamp.nonce[..], &[0, 1, 0, 0], &label].concat();
                Shot::packet(ip(
                    source,
                    target,
                    17,
                    &udp(source, target, (stamp.port, port), &query),
                ))
            },
        ));
    }
}

/// Class 13: everybody at once. What the sender's own network hears is not
/// the box's doing, so these look beyond it only.
fn groups(oracle: &Oracle<'_>, side: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let source = IpAddr::V4(side.host);
    let mut targets: Vec<(Ipv4Addr, u16, Control)> = vec![
        (Ipv4Addr::new(224, 0, 0, 251), 5_353, NO_ROUTE_FOR_GROUPS),
        (
            Ipv4Addr::new(239, 255, 255, 250),
            1_900,
            NO_ROUTE_FOR_GROUPS,
        ),
        (Ipv4Addr::BROADCAST, 67, Control::Arrives),
    ];
    for other in &oracle.terrain.sides {
        let nets = other
            .networks
            .iter()
            .filter(|net| (1..31).contains(&net.prefix_len()));
        for net in nets {
            if let IpAddr::V4(last) = net.broadcast() {
                targets.push((last, 137, Control::Arrives));
            }
        }
    }
    for (target, port, control) in targets {
        let offered = format!("{}: {source} > {target} udp/{port}", side.zone);
        probes.push(silent(13, offered, &station, control, move |stamp| {
            let body = udp(source, target.into(), (stamp.port, port), &stamp.nonce);
            let to = if target.is_multicast() {
                Hardware::Group
            } else {
                Hardware::Broadcast
            };
            let to = if target.is_broadcast() || target.is_multicast() {
                to
            } else {
                Hardware::Gateway
            };
            Shot {
                to,
                ..Shot::packet(ip(source, target.into(), 17, &body))
            }
        }));
    }
    let offered = format!("{}: {source} IGMP report", side.zone);
    probes.push(silent(
        13,
        offered,
        &station,
        NO_ROUTE_FOR_GROUPS,
        move |stamp| {
            let group = Ipv4Addr::new(224, 0, 0, 22);
            let body = icmp(0x22, 0, [0, 0, 0, 0], &stamp.nonce);
            let shape = Shape {
                ttl: 1,
                options: vec![148, 4, 0, 0],
                ..Shape::default()
            };
            let to = Hardware::Group;
            match source {
                IpAddr::V4(source) => Shot {
                    to,
                    ..Shot::packet(ip4(source, group, 2, &body, &shape))
                },
                IpAddr::V6(_) => Shot::packet(Vec::new()),
            }
        },
    ));
    if let (Some(own), Some(uid)) = (side.gateway, oracle.users.get(MAIL_USER)) {
        // The mail role's user is no key to another group or protocol.
        let target = Ipv4Addr::new(224, 0, 0, 251);
        let offered = format!("gateway (uid {uid}): {own} > {target} udp/5353");
        probes.push(silent(
            13,
            offered,
            &Station::Gateway(*uid),
            NO_ROUTE_FOR_GROUPS,
            move |stamp| {
                let body = udp(own.into(), target.into(), (stamp.port, 5_353), &stamp.nonce);
                Shot::packet(ip(own.into(), target.into(), 17, &body))
            },
        ));
    }
}
