//! The leak classes that need a live connection: what a stranger, or a peer
//! that lies, can send into it. Each opens an allowed connection first, and
//! counts for nothing when that fails. Pure.

use std::net::IpAddr;

use super::frames::{Segment, Stamp, flag, ip, tcp};
use super::offer::{Place, Probe, Shot, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::talk::Talk;
use super::way::{Way, allowed};
use crate::policy::Protocol;

/// How many allowed connections are tried in all these ways.
const CONNECTIONS: usize = 3;

/// An open connection.
struct Live<'a> {
    oracle: &'a Oracle<'a>,
    way: Way<'a>,
    port: u16,
    talk: Talk,
}

impl Live<'_> {
    fn probe(&self, class: u8, name: &str, more: Vec<Step>) -> Probe {
        self.talk.probe(self.oracle, class, name, more)
    }
}

/// All of them.
#[must_use]
pub fn live(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for way in allowed(oracle).into_iter().take(CONNECTIONS) {
        let Some(port) = way.port else { continue };
        let tuple = Tuple {
            from: way.station(),
            source: way.source.into(),
            target: way.target.into(),
            protocol: Protocol::Tcp,
            port,
        };
        let Some(talk) = Talk::of(oracle, &tuple) else {
            continue;
        };
        let live = Live {
            oracle,
            way,
            port,
            talk,
        };
        injected(&live, &mut probes);
        helper(&live, &mut probes);
        other_answer(&live, &mut probes);
    }
    probes
}

/// Class 20: data and resets from elsewhere, or out of every window.
fn injected(live: &Live<'_>, probes: &mut Vec<Probe>) {
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
    for side in live.oracle.terrain.zones() {
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
fn helper(live: &Live<'_>, probes: &mut Vec<Probe>) {
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
    let door = Step::new(&live.talk.there, None, move |stamp: &Stamp| {
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
fn other_answer(live: &Live<'_>, probes: &mut Vec<Probe>) {
    let (client, other, port) = (live.way.source, live.way.to.other, live.port);
    if other == live.way.target {
        return;
    }
    let (a, c) = (IpAddr::V4(client), IpAddr::V4(other));
    let step = Step::new(&live.talk.there, None, move |stamp: &Stamp| {
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
