//! Conversations: the first packet of a tuple, and what follows it where the
//! policy allows it. Between two zones, into the box and out of it, in either
//! family. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::policy::Protocol;

use super::frames::{Segment, Stamp, echo, flag, icmp, icmp6, ip, tcp, udp};
use super::matrix::{legs, station};
use super::offer::{Control, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::{Oracle, Tuple};

/// A conversation that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    /// Its first packet.
    pub tuple: Tuple,
    /// Where the client's packets are seen.
    pub place: Place,
    /// Who answers.
    pub there: Station,
    /// Where answers are seen.
    pub home: Place,
    /// The flow that allows it.
    pub flow: Option<String>,
}

impl Talk {
    /// The conversation that a tuple begins; none where it is denied, or where
    /// a rate would count what is sent.
    #[must_use]
    pub fn of(oracle: &Oracle<'_>, tuple: &Tuple) -> Option<Self> {
        let answer = oracle.ask(tuple);
        let limited = answer.flow.as_ref().is_some_and(|id| {
            let mut flows = oracle.policy.flows.iter();
            flows.any(|flow| flow.id == *id && flow.rate.is_some())
        });
        if limited {
            return None;
        }
        let place = answer.place?;
        let there = match &place {
            Place::Zone(zone) => {
                let side = oracle.terrain.side(zone, tuple.target)?;
                Station::Side(side.interface.clone())
            }
            // Of a port at which the kernel would answer by itself, nothing follows.
            Place::Gateway => match tuple.protocol {
                Protocol::Tcp if !oracle.terrain.doors.contains(&tuple.port) => return None,
                Protocol::Tcp | Protocol::Udp => Station::Gateway(0),
                Protocol::Icmp => return None,
            },
            Place::Answer => return None,
        };
        let home = match &tuple.from {
            Station::Side(interface) => Place::Zone(oracle.zone(interface)?.to_owned()),
            Station::Gateway(_) => Place::Gateway,
        };
        Some(Self {
            tuple: tuple.clone(),
            place,
            there,
            home,
            flow: answer.flow,
        })
    }

    /// `client > server service`.
    #[must_use]
    pub fn shown(&self, oracle: &Oracle<'_>) -> String {
        super::matrix::shown(oracle, &self.tuple)
    }

    /// The packets that open it: request, answer, and for TCP the first data.
    #[must_use]
    pub fn open(&self) -> Vec<Step> {
        let mut steps = vec![opening(&self.tuple, Some(self.place.clone()))];
        steps.extend(self.answered());
        steps
    }

    /// A probe that sends something more into it.
    #[must_use]
    pub fn probe(&self, oracle: &Oracle<'_>, class: u8, name: &str, more: Vec<Step>) -> Probe {
        let denies = more.last().is_some_and(|step| step.expect.is_none());
        let mut steps = self.open();
        steps.extend(more);
        Probe {
            class,
            flow: self.flow.clone(),
            offered: format!("{} live; {name}", self.shown(oracle)),
            because: if denies { "never" } else { "answers" }.to_owned(),
            steps,
            control: if denies {
                Control::Arrives
            } else {
                Control::Itself
            },
            stage: Stage::Whole,
        }
    }

    /// What follows the first packet. Numbers fit the opening, which carries
    /// eight bytes.
    #[must_use]
    pub fn answered(&self) -> Vec<Step> {
        let tuple = self.tuple.clone();
        let answer = Step::new(&self.there, Some(self.home.clone()), move |stamp| {
            Shot::packet(answer(&tuple, stamp))
        });
        match self.tuple.protocol {
            Protocol::Tcp => vec![answer, self.data(Some(self.place.clone()), |packet| packet)],
            Protocol::Udp | Protocol::Icmp => vec![answer],
        }
    }

    /// More from the client, within the conversation, altered on the way.
    #[must_use]
    pub fn data(&self, expect: Option<Place>, alter: fn(Vec<u8>) -> Vec<u8>) -> Step {
        let tuple = self.tuple.clone();
        Step::new(&tuple.from.clone(), expect, move |stamp| {
            Shot::packet(alter(more(&tuple, stamp)))
        })
    }
}

/// One allowed conversation for each crossing and family, TCP where there is
/// one.
#[must_use]
pub fn talks(oracle: &Oracle<'_>) -> Vec<Talk> {
    let mut tuples = Vec::new();
    for flow in &oracle.policy.flows {
        for (sources, targets, user) in legs(oracle, flow) {
            for v4 in [true, false] {
                let first = |list: &[IpAddr]| list.iter().copied().find(|one| one.is_ipv4() == v4);
                let (Some(source), Some(target)) = (first(&sources), first(&targets)) else {
                    continue;
                };
                let Some(from) = station(oracle, source, user) else {
                    continue;
                };
                tuples.extend(flow.services.iter().map(|service| Tuple {
                    from: from.clone(),
                    source,
                    target,
                    protocol: service.protocol,
                    port: service.first,
                }));
            }
        }
    }
    tuples.sort_by_key(|tuple| tuple.protocol != Protocol::Tcp);
    let mut known = BTreeSet::new();
    tuples
        .iter()
        .filter_map(|tuple| Talk::of(oracle, tuple))
        .filter(|talk| {
            let crossing = (
                talk.tuple.from.clone(),
                talk.place.clone(),
                talk.tuple.source.is_ipv4(),
            );
            known.insert(crossing)
        })
        .collect()
}

/// The first packet of a tuple.
#[must_use]
pub fn opening(tuple: &Tuple, expect: Option<Place>) -> Step {
    let packet = tuple.clone();
    Step::new(&tuple.from, expect, move |stamp| {
        Shot::packet(first(&packet, stamp))
    })
}

/// The first packet of a tuple, as bytes.
#[must_use]
pub fn first(tuple: &Tuple, stamp: &Stamp) -> Vec<u8> {
    match tuple.protocol {
        Protocol::Tcp => forth(tuple, stamp, 1_000, 0, flag::SYN),
        Protocol::Udp => more(tuple, stamp),
        Protocol::Icmp => echo(tuple.source, tuple.target, stamp),
    }
}

/// A later packet of the client.
#[must_use]
pub fn more(tuple: &Tuple, stamp: &Stamp) -> Vec<u8> {
    let (source, target) = (tuple.source, tuple.target);
    match tuple.protocol {
        Protocol::Tcp => forth(tuple, stamp, 1_009, 5_009, flag::ACK | flag::PSH),
        Protocol::Udp => {
            let ports = (stamp.port, tuple.port);
            ip(
                source,
                target,
                17,
                &udp(source, target, ports, &stamp.nonce),
            )
        }
        Protocol::Icmp => echo(source, target, stamp),
    }
}

/// A TCP segment of the client with these numbers and flags.
#[must_use]
pub fn forth(tuple: &Tuple, stamp: &Stamp, seq: u32, ack: u32, flags: u8) -> Vec<u8> {
    let segment = Segment {
        from: stamp.port,
        to: tuple.port,
        seq,
        ack,
        flags,
    };
    let (source, target) = (tuple.source, tuple.target);
    ip(
        source,
        target,
        6,
        &tcp(source, target, segment, &stamp.nonce),
    )
}

/// What the other side answers.
#[must_use]
pub fn answer(tuple: &Tuple, stamp: &Stamp) -> Vec<u8> {
    let (from, to) = (tuple.target, tuple.source);
    match tuple.protocol {
        Protocol::Tcp => {
            let segment = Segment {
                from: tuple.port,
                to: stamp.port,
                seq: 5_000,
                ack: 1_009,
                flags: flag::SYN | flag::ACK,
            };
            ip(from, to, 6, &tcp(from, to, segment, &stamp.nonce))
        }
        Protocol::Udp => {
            let ports = (tuple.port, stamp.port);
            ip(from, to, 17, &udp(from, to, ports, &stamp.nonce))
        }
        Protocol::Icmp => {
            let [high, low] = stamp.port.to_be_bytes();
            let rest = [high, low, 0, 1];
            match (from, to) {
                (IpAddr::V6(a), IpAddr::V6(b)) => {
                    ip(from, to, 58, &icmp6(a, b, 129, rest, &stamp.nonce))
                }
                _ => ip(from, to, 1, &icmp(0, 0, rest, &stamp.nonce)),
            }
        }
    }
}
