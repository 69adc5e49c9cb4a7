//! The leak classes of strange packets: protocols nobody listed, fragments,
//! options, flags, lifetimes. Most are variations of a tuple that is allowed,
//! so that only the one thing that is wrong with them stops them. Pure.

use std::net::IpAddr;

use super::frames::{Shape, Stamp, flag, ip, ip4, udp};
use super::offer::{Control, Probe, Shot, Stage, Step};
use super::oracle::Oracle;
use super::way::{Way, silent, syn, ways};

const NOT_ATTACHED: Control = Control::Kernel(
    "厳密な送信元経路の次の宛先が直結していないので、カーネルは転送しません",
    "the kernel refuses a strict source route whose next stop is not attached",
);
const TOO_OLD: Control = Control::Kernel(
    "TTL が尽きているので、カーネルは転送しません",
    "the kernel forwards nothing whose time to live has run out",
);

/// All of them.
#[must_use]
pub fn strange(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for way in ways(oracle) {
        protocols(way, &mut probes);
        fragments(way, &mut probes);
        options(way, &mut probes);
        flags(way, &mut probes);
        lives(way, &mut probes);
    }
    probes
}

/// Class 10: what is neither TCP, UDP nor ICMP, on the same addresses.
fn protocols(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target) = (IpAddr::V4(way.source), IpAddr::V4(way.target));
    for (number, name) in [
        (4_u8, "IPIP"),
        (41, "SIT"),
        (46, "RSVP"),
        (47, "GRE"),
        (50, "ESP"),
        (51, "AH"),
        (132, "SCTP"),
        (253, "protocol 253"),
    ] {
        let offered = format!("{} {name}", way.shown());
        probes.push(silent(
            10,
            offered,
            &way.station(),
            Control::Arrives,
            move |stamp| {
                let body = match number {
                    4 => ip(
                        source,
                        target,
                        17,
                        &udp(source, target, (stamp.port, 53), &stamp.nonce),
                    ),
                    47 => [&[0, 0, 8, 0][..], &stamp.nonce].concat(),
                    51 => [
                        &[6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1][..],
                        &[0; 12],
                        &stamp.nonce,
                    ]
                    .concat(),
                    _ => [
                        &[0x9c, 0x41, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0][..],
                        &stamp.nonce,
                    ]
                    .concat(),
                };
                Shot::packet(ip(source, target, number, &body))
            },
        ));
    }
}

/// Class 8: fragments of nothing that is allowed.
fn fragments(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target, station) = (way.source, way.target, way.station());
    let port = way.port.unwrap_or(443);
    let piece = move |protocol: u8, stamp: &Stamp, body: &[u8], offset: u16, more: bool| {
        let shape = Shape {
            more,
            offset,
            ident: stamp.port,
            ..Shape::default()
        };
        Shot::packet(ip4(source, target, protocol, body, &shape))
    };
    for (name, protocol, offset, more) in [
        ("the second fragment alone, TCP", 6_u8, 24_u16, false),
        ("the second fragment alone, UDP", 17, 16, false),
        ("a middle fragment alone", 17, 1_480, true),
    ] {
        let offered = format!("{} {name}", way.shown());
        probes.push(silent(
            8,
            offered,
            &station,
            Control::Gathered,
            move |stamp| {
                piece(
                    protocol,
                    stamp,
                    &[&stamp.nonce[..], &stamp.nonce].concat(),
                    offset,
                    more,
                )
            },
        ));
    }
    // The ports in the first eight bytes, flags and nonce in the second part.
    let whole = move |stamp: &Stamp, port: u16, flags: u8| syn(source, target, port, flags, stamp);
    let overlap = [
        Step::new(&station, None, move |stamp: &Stamp| {
            piece(
                6,
                stamp,
                whole(stamp, port, flag::SYN).get(..24).unwrap_or_default(),
                0,
                true,
            )
        }),
        Step::new(&station, None, move |stamp: &Stamp| {
            piece(
                6,
                stamp,
                whole(stamp, 22, flag::SYN).get(..).unwrap_or_default(),
                8,
                false,
            )
        }),
    ];
    probes.push(Probe {
        class: 8,
        flow: None,
        offered: format!("{} a fragment that overlaps the one before", way.shown()),
        because: "never".to_owned(),
        steps: overlap.into_iter().collect(),
        control: Control::Gathered,
        stage: Stage::Whole,
    });
    let short = format!(
        "{} a first fragment that ends inside the TCP header",
        way.shown()
    );
    probes.push(silent(
        8,
        short,
        &station,
        Control::Gathered,
        move |stamp| piece(6, stamp, &stamp.nonce, 0, true),
    ));
}

/// Class 9: routes that the sender wrote, and options on what is not allowed.
fn options(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target, station) = (way.source, way.target, way.station());
    let port = way.port.unwrap_or(443);
    if let Some(near) = way.from.gateway {
        for (number, name, control) in [
            (131_u8, "LSRR", Control::Arrives),
            (137, "SSRR", NOT_ATTACHED),
        ] {
            let [a, b, c, d] = target.octets();
            let shape = Shape {
                options: vec![number, 7, 4, a, b, c, d, 0],
                ..Shape::default()
            };
            probes.push(silent(
                9,
                format!("{} tcp/{port} by {name} through the box", way.shown()),
                &station,
                control,
                move |stamp| {
                    let body = syn(source, target, port, flag::SYN, stamp);
                    Shot::packet(ip4(source, near, 6, &body, &shape))
                },
            ));
        }
    }
    for (options, name) in [
        (vec![7, 7, 4, 0, 0, 0, 0, 0], "record route"),
        (vec![68, 8, 5, 0, 0, 0, 0, 0], "timestamps"),
        (vec![148, 4, 0, 0], "router alert"),
    ] {
        let shape = Shape {
            options,
            ..Shape::default()
        };
        // Where a port is open, nothing but the option is wrong.
        let open = way.port;
        let service = match open {
            Some(port) => format!("tcp/{port}"),
            None => "udp/33435".to_owned(),
        };
        let offered = format!("{} {service} with {name}", way.shown());
        probes.push(silent(
            9,
            offered,
            &station,
            Control::Arrives,
            move |stamp| {
                let (protocol, body) = match open {
                    Some(port) => (6, syn(source, target, port, flag::SYN, stamp)),
                    None => {
                        let ports = (stamp.port, 33_435);
                        (17, udp(source.into(), target.into(), ports, &stamp.nonce))
                    }
                };
                Shot::packet(ip4(source, target, protocol, &body, &shape))
            },
        ));
    }
}

/// Classes 16 and 17: no connection begins like this.
fn flags(way: Way<'_>, probes: &mut Vec<Probe>) {
    use flag::{ACK, FIN, PSH, RST, SYN, URG};
    let (source, target) = (way.source, way.target);
    let port = way.port.unwrap_or(443);
    for (class, name, flags) in [
        (16, "data in the middle of no connection", ACK | PSH),
        (17, "FIN", FIN),
        (17, "FIN+ACK", FIN | ACK),
        (17, "no flags", 0),
        (17, "XMAS", FIN | PSH | URG),
        (17, "SYN+FIN", SYN | FIN),
        (17, "SYN+RST", SYN | RST),
        (17, "RST", RST),
        (18, "SYN+ACK to nobody's question", SYN | ACK),
    ] {
        let offered = format!("{} tcp/{port} {name}", way.shown());
        let probe = silent(
            class,
            offered,
            &way.station(),
            Control::Arrives,
            move |stamp| {
                Shot::packet(ip(
                    source.into(),
                    target.into(),
                    6,
                    &syn(source, target, port, flags, stamp),
                ))
            },
        );
        probes.push(Probe {
            stage: if class == 16 {
                Stage::Switch
            } else {
                Stage::Whole
            },
            ..probe
        });
    }
}

/// Class 19: lifetimes.
fn lives(way: Way<'_>, probes: &mut Vec<Probe>) {
    let (source, target) = (way.source, way.target);
    let port = way.port.unwrap_or(443);
    for (ttl, control, protocol) in [
        (0_u8, TOO_OLD, 6_u8),
        (1, TOO_OLD, 6),
        (255, Control::Arrives, 17),
    ] {
        let offered = format!("{} ttl {ttl}", way.shown());
        probes.push(silent(19, offered, &way.station(), control, move |stamp| {
            let shape = Shape {
                ttl,
                ..Shape::default()
            };
            let body = match protocol {
                6 => syn(source, target, port, flag::SYN, stamp),
                _ => udp(
                    source.into(),
                    target.into(),
                    (stamp.port, 33_436),
                    &stamp.nonce,
                ),
            };
            Shot::packet(ip4(source, target, protocol, &body, &shape))
        }));
    }
}
