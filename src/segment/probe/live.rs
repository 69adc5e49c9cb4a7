//! The leak classes that need a live connection: what a stranger, or a peer
//! that lies, can send into it. Each opens an allowed connection first, and
//! counts for nothing when that fails. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::frames::{Segment, Stamp, flag, icmp, ip, tcp};
use super::matrix::{conversation, opening};
use super::offer::{Control, Place, Probe, Shot, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::way::{Way, allowed};
use crate::policy::Protocol;

/// How many allowed connections are tried in all these ways.
const CONNECTIONS: usize = 3;

/// An open connection: its way, port and zones.
#[derive(Clone, Copy)]
struct Live<'a> {
    way: Way<'a>,
    port: u16,
}

impl Live<'_> {
    fn home(&self) -> Place {
        Place::Zone(self.way.from.zone.clone())
    }

    fn there(&self) -> Station {
        Station::Side(self.way.to.interface.clone())
    }

    /// The three packets that open it.
    fn open(&self) -> Vec<Step> {
        let tuple = Tuple {
            from: self.way.station(),
            source: self.way.source.into(),
            target: self.way.target.into(),
            protocol: Protocol::Tcp,
            port: self.port,
        };
        let place = Place::Zone(self.way.to.zone.clone());
        let mut steps = vec![opening(&tuple, Some(place.clone()))];
        steps.extend(conversation(
            &tuple,
            &self.there(),
            &self.home(),
            Some(&place),
        ));
        steps
    }

    fn probe(&self, class: u8, name: &str, more: Vec<Step>) -> Probe {
        let denies = more.last().is_some_and(|step| step.expect.is_none());
        let mut steps = self.open();
        steps.extend(more);
        Probe {
            class,
            flow: None,
            offered: format!("{} tcp/{} live; {name}", self.way.shown(), self.port),
            because: if denies { "never" } else { "answers" }.to_owned(),
            steps,
            control: if denies {
                Control::Arrives
            } else {
                Control::Itself
            },
            by_switch: false,
        }
    }
}

/// All of them.
#[must_use]
pub fn live(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for way in allowed(oracle).into_iter().take(CONNECTIONS) {
        let Some(port) = way.port else { continue };
        let live = Live { way, port };
        errors(oracle, live, &mut probes);
        injected(oracle, live, &mut probes);
        helper(live, &mut probes);
        other_answer(live, &mut probes);
    }
    probes
}

/// An ICMP message about the live connection, for its client.
fn message(
    live: Live<'_>,
    source: Ipv4Addr,
    kind: u8,
    size: usize,
) -> impl Fn(&Stamp) -> Shot + Send + Sync + 'static {
    let (client, server, port) = (live.way.source, live.way.target, live.port);
    move |stamp| {
        let (a, b) = (IpAddr::V4(client), IpAddr::V4(server));
        let segment = Segment {
            from: stamp.port,
            to: port,
            seq: 1_009,
            ack: 5_009,
            flags: flag::ACK,
        };
        let mut inner = ip(a, b, 6, &tcp(a, b, segment, &stamp.nonce));
        inner.resize(inner.len().max(size.saturating_sub(28)), b'x');
        Shot::packet(ip(source.into(), a, 1, &icmp(kind, 1, [0; 4], &inner)))
    }
}

/// Classes 14 and 15: errors, true and forged.
fn errors(oracle: &Oracle<'_>, live: Live<'_>, probes: &mut Vec<Probe>) {
    let (server, there) = (live.way.target, live.there());
    let step = Step::new(&there, Some(live.home()), message(live, server, 3, 120));
    probes.push(live.probe(15, "a true ICMP unreachable from the server", vec![step]));
    for (class, kind, size, name) in [
        (15, 3_u8, 700, "ICMP unreachable that carries 650 bytes"),
        (15, 11, 120, "ICMP time exceeded"),
        (15, 11, 1_200, "ICMP time exceeded that carries 1,150 bytes"),
        (15, 4, 120, "ICMP source quench"),
        (15, 12, 120, "ICMP parameter problem"),
        (14, 5, 120, "ICMP redirect from the server"),
        (
            14,
            5,
            400,
            "ICMP redirect from the server that carries 350 bytes",
        ),
    ] {
        let step = Step::new(&there, None, message(live, server, kind, size));
        probes.push(live.probe(class, name, vec![step]));
    }
    let strangers = oracle
        .terrain
        .zones()
        .into_iter()
        .filter(|side| side.zone != live.way.from.zone && side.zone != live.way.to.zone);
    for side in strangers {
        let station = Station::Side(side.interface.clone());
        for (class, kind, name) in [(15, 3_u8, "unreachable"), (14, 5, "redirect")] {
            let step = Step::new(&station, None, message(live, side.host, kind, 120));
            let name = format!("ICMP {name} about it from {}", side.zone);
            probes.push(live.probe(class, &name, vec![step]));
        }
    }
}

/// Class 20: data and resets from elsewhere, or out of every window.
fn injected(oracle: &Oracle<'_>, live: Live<'_>, probes: &mut Vec<Probe>) {
    let (client, server, port) = (
        IpAddr::V4(live.way.source),
        IpAddr::V4(live.way.target),
        live.port,
    );
    let forward = move |seq: u32, flags: u8| {
        move |stamp: &Stamp| {
            let segment = Segment {
                from: stamp.port,
                to: port,
                seq,
                ack: 5_009,
                flags,
            };
            Shot::packet(ip(
                client,
                server,
                6,
                &tcp(client, server, segment, &stamp.nonce),
            ))
        }
    };
    let far = live.way.station();
    let lost = Step::new(&far, None, forward(900_000_000, flag::ACK | flag::PSH));
    probes.push(live.probe(20, "data far outside the window", vec![lost]));
    let reset = Step::new(&far, None, forward(900_000_000, flag::RST));
    probes.push(live.probe(20, "a reset far outside the window", vec![reset]));
    for side in oracle.terrain.zones() {
        if side.zone == live.way.from.zone {
            continue;
        }
        let station = Station::Side(side.interface.clone());
        for (name, flags) in [
            ("data", flag::ACK | flag::PSH),
            ("a reset", flag::RST | flag::ACK),
        ] {
            let step = Step::new(&station, None, forward(1_017, flags));
            let name = format!("{name} under the client's address from {}", side.zone);
            probes.push(live.probe(20, &name, vec![step]));
        }
        if side.zone == live.way.to.zone {
            continue;
        }
        let back = Step::new(&station, None, move |stamp: &Stamp| {
            let segment = Segment {
                from: port,
                to: stamp.port,
                seq: 5_009,
                ack: 1_017,
                flags: flag::ACK | flag::PSH,
            };
            Shot::packet(ip(
                server,
                client,
                6,
                &tcp(server, client, segment, &stamp.nonce),
            ))
        });
        let name = format!("data under the server's address from {}", side.zone);
        probes.push(live.probe(20, &name, vec![back]));
    }
}

/// Class 23: the words of FTP and SIP open no further door.
fn helper(live: Live<'_>, probes: &mut Vec<Probe>) {
    let (client, server, port) = (live.way.source, live.way.target, live.port);
    let (a, b) = (IpAddr::V4(client), IpAddr::V4(server));
    let place = Place::Zone(live.way.to.zone.clone());
    let word = Step::new(&live.way.station(), Some(place), move |stamp: &Stamp| {
        let [o, p, q, r] = client.octets();
        let words = format!("PORT {o},{p},{q},{r},195,80\r\n").into_bytes();
        let segment = Segment {
            from: stamp.port,
            to: port,
            seq: 1_017,
            ack: 5_009,
            flags: flag::ACK | flag::PSH,
        };
        Shot::packet(ip(
            a,
            b,
            6,
            &tcp(a, b, segment, &[&words[..], &stamp.nonce].concat()),
        ))
    });
    let door = Step::new(&live.there(), None, move |stamp: &Stamp| {
        let segment = Segment {
            from: 20,
            to: 50_000,
            seq: 1,
            ack: 0,
            flags: flag::SYN,
        };
        Shot::packet(ip(b, a, 6, &tcp(b, a, segment, &stamp.nonce)))
    });
    probes.push(live.probe(
        23,
        "PORT, then the server comes back on that port",
        vec![word, door],
    ));
}

/// Class 18: the answer comes from another host than was asked.
fn other_answer(live: Live<'_>, probes: &mut Vec<Probe>) {
    let (client, other, port) = (live.way.source, live.way.to.other, live.port);
    if other == live.way.target {
        return;
    }
    let (a, c) = (IpAddr::V4(client), IpAddr::V4(other));
    let step = Step::new(&live.there(), None, move |stamp: &Stamp| {
        let segment = Segment {
            from: port,
            to: stamp.port,
            seq: 5_000,
            ack: 1_009,
            flags: flag::SYN | flag::ACK,
        };
        Shot::packet(ip(c, a, 6, &tcp(c, a, segment, &stamp.nonce)))
    });
    probes.push(live.probe(18, "the answer comes from another host", vec![step]));
}
