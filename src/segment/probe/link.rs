//! The leak classes of the link: ARP and neighbour discovery, tags, hardware
//! addresses, foreign ethertypes, extension headers of IPv6. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::frames::{Segment, arp, flag, icmp, icmp6, ip, ip4, ip6, tcp, udp};
use super::offer::{Control, Hardware, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::talk::{Talk, first, opening, talks};
use super::terrain::Side;
use super::way::{Way, allowed, silent, ways};
use crate::policy::Protocol;

const NO_SUCH_NETWORK: Control = Control::Kernel(
    "そのタグの VLAN がないので、カーネルが捨てます",
    "the kernel has no VLAN of that tag",
);
const NO_HANDLER: Control = Control::Kernel(
    "その種別のフレームを扱うものがないので、カーネルが捨てます",
    "the kernel has nothing that handles such a frame",
);
const NOT_FOR_US: Control = Control::Kernel(
    "宛先の MAC アドレスが自分宛てでないので、カーネルは転送しません",
    "the kernel forwards nothing that was not sent to its own hardware address",
);
const JUMBO: Control = Control::Kernel(
    "ジャンボグラムの長さが合わないので、カーネルが捨てます",
    "the kernel drops a jumbogram whose lengths disagree",
);

/// All of them.
#[must_use]
pub fn link(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for side in &oracle.terrain.sides {
        arp_questions(oracle, side, &mut probes);
        neighbours(oracle, side, &mut probes);
        redirect(side, &mut probes);
        strange_frames(side, &mut probes);
    }
    for way in ways(oracle) {
        tags(way, &mut probes);
        hardware(way, &mut probes);
        extensions(way, &mut probes);
    }
    for talk in talks(oracle) {
        extended(oracle, &talk, &mut probes);
    }
    for way in allowed(oracle) {
        claimed(oracle, way, &mut probes);
    }
    probes
}

/// Class 4: who has an address of another side?
fn arp_questions(oracle: &Oracle<'_>, side: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let asker = (side.far(), side.host);
    let others = oracle
        .terrain
        .sides
        .iter()
        .filter(|other| other.zone != side.zone);
    for target in others.flat_map(|other| other.gateway.into_iter().chain([other.host])) {
        let offered = format!("{}: ARP who has {target}?", side.zone);
        let mut probe = silent(4, offered, &station, Control::Arrives, move |_| Shot {
            to: Hardware::Gateway,
            tags: Vec::new(),
            kind: 0x0806,
            body: arp(1, asker, ([0; 6], target)),
        });
        probe.stage = Stage::Switch; // ARP passes no rule of table inet
        for step in &mut probe.steps {
            step.asks = Some(target.into());
        }
        probes.push(probe);
    }
}

/// Class 5: an answer nobody asked for claims a host of the far side; the
/// allowed flow must still reach the true one.
fn claimed(oracle: &Oracle<'_>, way: Way<'_>, probes: &mut Vec<Probe>) {
    let Some(port) = way.port else { return };
    let tuple = Tuple {
        from: way.station(),
        source: way.source.into(),
        target: way.target.into(),
        protocol: Protocol::Tcp,
        port,
    };
    let answer = oracle.ask(&tuple);
    let liars = oracle
        .terrain
        .sides
        .iter()
        .filter(|side| side.zone != way.to.zone);
    for liar in liars {
        let (mac, target) = (liar.far(), way.target);
        let station = Station::Side(liar.interface.clone());
        let lie = Step::new(&station, None, move |_| Shot {
            to: Hardware::Broadcast,
            tags: Vec::new(),
            kind: 0x0806,
            body: arp(2, (mac, target), (mac, target)),
        });
        probes.push(Probe {
            class: 5,
            flow: answer.flow.clone(),
            offered: format!(
                "{}: claims by ARP to be {target}; then {} tcp/{port}",
                liar.zone,
                way.shown()
            ),
            because: answer.because.clone(),
            steps: vec![lie, opening(&tuple, answer.place.clone())],
            control: Control::Itself,
            stage: Stage::Whole,
        });
    }
}

/// Class 5, IPv6: routers, redirects and, where the zone has no IPv6, anybody.
fn neighbours(oracle: &Oracle<'_>, side: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let speaks = oracle
        .policy
        .zones
        .get(&side.zone)
        .is_some_and(|zone| !zone.networks6.is_empty());
    let source = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xbad, u16::from(side.number));
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    let all = [
        (133_u8, "router solicitation", true),
        (134, "router advertisement", true),
        (137, "redirect", true),
        (135, "duplicate address", false),
        (136, "neighbour advertisement", false),
        (130, "multicast query", true),
    ];
    for (kind, name, always) in all {
        if !always && speaks {
            continue; // neighbours must find the box there
        }
        let offered = format!("{}: {source} > {group} {name}", side.zone);
        probes.push(silent(
            5,
            offered,
            &station,
            Control::Arrives,
            move |stamp| {
                let option = [
                    &[0_u8; 16][..],
                    &[250, 2, 0, 0, 0, 0],
                    &stamp.nonce,
                    &[0, 0],
                ]
                .concat();
                let body = icmp6(source, group, kind, [0x40, 0, 7, 8], &option);
                Shot {
                    to: Hardware::Broadcast,
                    ..Shot::packet(ip6(source, group, 58, &body, 255))
                }
            },
        ));
    }
}

/// Class 14: a redirect to the box itself.
fn redirect(side: &Side, probes: &mut Vec<Probe>) {
    let Some(own) = side.gateway else { return };
    let station = Station::Side(side.interface.clone());
    let (source, hop) = (side.host, side.other.octets());
    let offered = format!("{}: {source} > {own} ICMP redirect", side.zone);
    probes.push(silent(
        14,
        offered,
        &station,
        Control::Arrives,
        move |stamp| {
            let (a, b) = (IpAddr::V4(own), IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
            let inner = ip(a, b, 17, &udp(a, b, (stamp.port, 53), &stamp.nonce));
            Shot::packet(ip(source.into(), own.into(), 1, &icmp(5, 1, hop, &inner)))
        },
    ));
}

/// Class 11: what is no IP at all.
fn strange_frames(side: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    for (name, kind, to) in [
        ("unknown ethertype 88b5", 0x88b5_u16, Hardware::Gateway),
        ("LLC", 0x0026, Hardware::Broadcast),
        ("LLDP", 0x88cc, Hardware::Group),
        ("PPPoE discovery", 0x8863, Hardware::Broadcast),
        ("MPLS", 0x8847, Hardware::Gateway),
    ] {
        let offered = format!("{}: {name}", side.zone);
        probes.push(silent(11, offered, &station, NO_HANDLER, move |stamp| {
            Shot {
                to,
                tags: Vec::new(),
                kind,
                body: [&[0x42, 0x42, 3, 0][..], &stamp.nonce, &[0; 40]].concat(),
            }
        }));
    }
}

/// Class 11: tags.
fn tags(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target) = (IpAddr::V4(way.source), IpAddr::V4(way.target));
    let port = way.port.unwrap_or(443);
    for (name, tags, port, control) in [
        (
            "in VLAN 0",
            vec![(0x8100_u16, 0_u16)],
            33_438_u16,
            Control::Arrives,
        ),
        ("in VLAN 100", vec![(0x8100, 100)], port, NO_SUCH_NETWORK),
        ("in VLAN 1", vec![(0x8100, 1)], port, NO_SUCH_NETWORK),
        (
            "in QinQ 5.100",
            vec![(0x88a8, 5), (0x8100, 100)],
            port,
            NO_SUCH_NETWORK,
        ),
        (
            "in VLAN 0.100",
            vec![(0x8100, 0), (0x8100, 100)],
            port,
            NO_SUCH_NETWORK,
        ),
    ] {
        let offered = format!("{} tcp/{port} {name}", way.shown());
        probes.push(silent(11, offered, &way.station(), control, move |stamp| {
            let segment = Segment {
                from: stamp.port,
                to: port,
                seq: 1,
                ack: 0,
                flags: flag::SYN,
            };
            let packet = ip(
                source,
                target,
                6,
                &tcp(source, target, segment, &stamp.nonce),
            );
            Shot {
                tags: tags.clone(),
                ..Shot::packet(packet)
            }
        }));
    }
}

/// Class 12: a host's packet in a frame for everybody, a group or a stranger.
fn hardware(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target) = (IpAddr::V4(way.source), IpAddr::V4(way.target));
    let port = way.port.unwrap_or(443);
    for (name, to) in [
        ("to everybody's hardware address", Hardware::Broadcast),
        ("to a group's hardware address", Hardware::Group),
        ("to a stranger's hardware address", Hardware::Stranger),
    ] {
        let offered = format!("{} tcp/{port} {name}", way.shown());
        probes.push(silent(
            12,
            offered,
            &way.station(),
            NOT_FOR_US,
            move |stamp| {
                let segment = Segment {
                    from: stamp.port,
                    to: port,
                    seq: 1,
                    ack: 0,
                    flags: flag::SYN,
                };
                let packet = ip(
                    source,
                    target,
                    6,
                    &tcp(source, target, segment, &stamp.nonce),
                );
                Shot {
                    to,
                    ..Shot::packet(packet)
                }
            },
        ));
    }
}

/// Classes 6 and 7: IPv6 with what stands between header and payload, and
/// with sources that tunnels use.
fn extensions(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (a, b) = (way.from.twin(way.source), way.to.twin(way.target));
    for (name, next, header, control) in headers(17, b) {
        let offered = format!("{}: {a} > {b} with {name}", way.from.zone);
        probes.push(silent(7, offered, &way.station(), control, move |stamp| {
            let body = udp(a.into(), b.into(), (stamp.port, 33_437), &stamp.nonce);
            Shot::packet(ip6(a, b, next, &[&header[..], &body].concat(), 64))
        }));
    }
    for (name, source) in [
        ("link-local", Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9)),
        ("unique local", Ipv6Addr::new(0xfd00, 1, 0, 0, 0, 0, 0, 9)),
        ("6to4", Ipv6Addr::new(0x2002, 0xc000, 0x20a, 0, 0, 0, 0, 9)),
        ("Teredo", Ipv6Addr::new(0x2001, 0, 1, 2, 3, 4, 5, 6)),
        ("v4-mapped", Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0xa03, 2)),
    ] {
        let control = if name == "link-local" {
            Control::Kernel(
                "リンクローカルの送信元は、カーネルが転送しません",
                "the kernel forwards no link-local source",
            )
        } else {
            Control::Arrives
        };
        let offered = format!("{}: {name} {source} > {b}", way.from.zone);
        probes.push(silent(6, offered, &way.station(), control, move |stamp| {
            let body = udp(source.into(), b.into(), (stamp.port, 33_437), &stamp.nonce);
            Shot::packet(ip6(source, b, 17, &body, 64))
        }));
    }
    let (from, to) = (way.source, way.target);
    let offered = format!("{} IPv6 inside IPv4 (SIT)", way.shown());
    probes.push(silent(
        6,
        offered,
        &way.station(),
        Control::Arrives,
        move |stamp| {
            let inner = ip6(
                a,
                b,
                17,
                &udp(a.into(), b.into(), (stamp.port, 53), &stamp.nonce),
                64,
            );
            Shot::packet(ip4(from, to, 41, &inner, &super::frames::Shape::default()))
        },
    ));
}

/// What may stand between header and payload: name, its number, its bytes,
/// and what would stop it without rules.
fn headers(payload: u8, target: Ipv6Addr) -> [(&'static str, u8, Vec<u8>, Control); 8] {
    let p = payload;
    let routing = |kind: u8| [&[p, 2, kind, 1, 0, 0, 0, 0][..], &target.octets()].concat();
    [
        (
            "hop-by-hop options",
            0,
            vec![p, 0, 1, 4, 0, 0, 0, 0],
            Control::Arrives,
        ),
        (
            "destination options",
            60,
            vec![p, 0, 1, 4, 0, 0, 0, 0],
            Control::Arrives,
        ),
        ("routing header 0", 43, routing(0), Control::Arrives),
        ("routing header 2", 43, routing(2), Control::Arrives),
        (
            "atomic fragment",
            44,
            vec![p, 0, 0, 0, 0, 0, 0, 7],
            Control::Arrives,
        ),
        (
            "later fragment",
            44,
            vec![p, 0, 0, 64, 0, 0, 0, 8],
            Control::Gathered,
        ),
        ("no next header", 59, Vec::new(), Control::Arrives),
        ("jumbogram", 0, vec![p, 0, 0xc2, 4, 0, 1, 0, 0], JUMBO),
    ]
}

/// Class 7 where nothing but the extension header is wrong.
fn extended(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    let (IpAddr::V6(a), IpAddr::V6(b)) = (talk.tuple.source, talk.tuple.target) else {
        return;
    };
    if talk.place == Place::Gateway || talk.home == Place::Gateway {
        return; // the kernel itself looks into these on the way in
    }
    let payload = match talk.tuple.protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Icmp => 58,
    };
    // An atomic fragment is whole, so the kernel takes its header off before
    // any rule: what is left is the allowed packet.
    let wrong = |name: &&str| *name != "atomic fragment";
    for (name, next, header, control) in headers(payload, b)
        .into_iter()
        .filter(|(name, ..)| wrong(name))
    {
        let tuple = talk.tuple.clone();
        let offered = format!("{} with {name}", talk.shown(oracle));
        probes.push(silent(
            7,
            offered,
            &talk.tuple.from,
            control,
            move |stamp| {
                let packet = first(&tuple, stamp);
                let body = packet.get(40..).unwrap_or_default();
                Shot::packet(ip6(a, b, next, &[&header[..], body].concat(), 64))
            },
        ));
    }
}
