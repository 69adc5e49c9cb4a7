//! Real conversations over what is allowed: two hosts in user space, one on
//! each side, with the gateway between them. What the scripted probes cannot
//! show: options, windows, several segments, retransmission, an orderly end.
//! Acts.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};

use crate::policy::text::Text;

use super::super::error::SegmentError;
use super::field::Field;
use super::fire::Gun;
use super::frames::Stamp;
use super::host::{Host, Part, Tongue};
use super::hunt::readable;
use super::judge::{Judged, Outcome};
use super::lifecycle::Lived;
use super::manners::{destination, source};
use super::neighbour::Word;
use super::offer::{Probe, Shot, Station};

/// How long a conversation may take that is not answered: two attempts.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How long one wait is, in milliseconds: a stack's own timers go on.
const TICK: u16 = 5;
/// Bytes that each half of a TCP conversation says: several segments.
const MANY: usize = 4_096;
/// Bytes of a datagram, or of an echo.
const FEW: usize = 512;

/// Who speaks with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Talk {
    flow: String,
    offered: String,
    from: String,
    to: String,
    client: IpAddr,
    server: IpAddr,
    tongue: Tongue,
}

/// One real conversation for each allowed flow, protocol and family of which a
/// probe has passed.
pub(super) fn conversations<'a>(
    gun: &mut Gun,
    field: &Field,
    all: impl Iterator<Item = (&'a Probe, &'a Judged)>,
) -> Result<Vec<Lived>, SegmentError> {
    let mut talks: Vec<Talk> = Vec::new();
    for (probe, _) in all.filter(|(_, judged)| judged.outcome == Outcome::Passed) {
        let known = |talk: &Talk| {
            talks.iter().any(|known| {
                known.flow == talk.flow
                    && known.tongue == talk.tongue
                    && known.client.is_ipv4() == talk.client.is_ipv4()
            })
        };
        talks.extend(talk(probe).filter(|talk| !known(talk)));
    }
    talks.iter().map(|talk| hold(gun, field, talk)).collect()
}

/// The conversation that a probe scripts.
fn talk(probe: &Probe) -> Option<Talk> {
    let [first, second, ..] = probe.steps.as_slice() else {
        return None;
    };
    let (Station::Side(from), Station::Side(to)) = (&first.from, &second.from) else {
        return None;
    };
    first.expect.as_ref()?;
    let any = Stamp {
        nonce: [0; 8],
        port: 20_000,
    };
    let shot = (first.build)(&any);
    Some(Talk {
        flow: probe.flow.clone()?,
        offered: probe.offered.clone(),
        from: from.clone(),
        to: to.clone(),
        client: source(&shot)?,
        server: destination(&shot)?,
        tongue: tongue(&shot)?,
    })
}

fn tongue(shot: &Shot) -> Option<Tongue> {
    let (protocol, payload) = if shot.kind == 0x0800 {
        let packet = Ipv4Packet::new_checked(shot.body.as_slice()).ok()?;
        (packet.next_header(), packet.payload())
    } else {
        let packet = Ipv6Packet::new_checked(shot.body.as_slice()).ok()?;
        (packet.next_header(), packet.payload())
    };
    match protocol {
        IpProtocol::Tcp => Some(Tongue::Tcp(
            TcpPacket::new_checked(payload).ok()?.dst_port(),
        )),
        IpProtocol::Udp => Some(Tongue::Udp(
            UdpPacket::new_checked(payload).ok()?.dst_port(),
        )),
        IpProtocol::Icmp | IpProtocol::Icmpv6 => Some(Tongue::Echo),
        _ => None,
    }
}

/// Holds one conversation to its end, and looks at every other cable meanwhile.
fn hold(gun: &mut Gun, field: &Field, talk: &Talk) -> Result<Lived, SegmentError> {
    let length = match talk.tongue {
        Tongue::Tcp(_) => MANY,
        Tongue::Udp(_) | Tongue::Echo => FEW,
    };
    let (question, answer) = (gun.fresh(), gun.fresh());
    let said = |stamp: &Stamp| stamp.nonce.repeat(length / stamp.nonce.len());
    let part = |own, peer, words: &Stamp, begins| Part {
        own,
        peer,
        tongue: talk.tongue,
        port: question.port,
        words: said(words),
        begins,
    };
    let mut client = Host::new(part(talk.client, talk.server, &question, true));
    let mut server = Host::new(part(talk.server, talk.client, &answer, false));
    let mut elsewhere = BTreeSet::new();
    let mut offered: u64 = 0;
    let ends = (field.end(&talk.from), field.end(&talk.to));
    if let (Some(client), Some(server)) = (&mut client, &mut server)
        && let (Some((here, home)), Some((there, away))) = ends
    {
        let start = Instant::now();
        let mut buffer = vec![0; 65_536];
        while !(client.is_done() && server.is_done()) && start.elapsed() < PATIENCE {
            for (host, end, side) in [(&mut *client, here, home), (&mut *server, there, away)] {
                for packet in host.turn(start.elapsed()) {
                    offered += u64::from(field.send(end, side, Shot::packet(packet)));
                }
            }
            if !(client.is_done() && server.is_done()) {
                readable(&field.wire, TICK)?;
            }
            while let Some((end, frame)) = field.wire.receive(&mut buffer) {
                if let Some(word) = Word::read(frame) {
                    field.greet(end, &word);
                }
                let mut hosts = [(&mut *client, here), (&mut *server, there)].into_iter();
                let at = packet(frame).and_then(destination_of);
                match hosts
                    .find(|(host, at_end)| *at_end == end && at.is_some_and(|at| host.is_at(at)))
                {
                    Some((host, _)) => host.hear(packet(frame).unwrap_or_default().to_vec()),
                    None if bears(frame, &question) || bears(frame, &answer) => {
                        let sides = &field.terrain.sides;
                        elsewhere.extend(sides.get(end).map(|side| side.zone.clone()));
                    }
                    None => {}
                }
            }
        }
    }
    gun.offered = gun.offered.saturating_add(offered);
    // An echo comes back as it went.
    let (to_server, to_client) = match talk.tongue {
        Tongue::Echo => (None, &question),
        Tongue::Tcp(_) | Tongue::Udp(_) => (Some(&question), &answer),
    };
    let told = |host: Option<&Host>, stamp: &Stamp| {
        host.is_some_and(|host| host.is_done() && host.heard == said(stamp))
    };
    let whole = told(client.as_ref(), to_client)
        && to_server.is_none_or(|stamp| told(server.as_ref(), stamp));
    Ok(lived(talk, length, offered, whole, &elsewhere))
}

fn lived(
    talk: &Talk,
    length: usize,
    offered: u64,
    whole: bool,
    elsewhere: &BTreeSet<String>,
) -> Lived {
    let (outcome, seen) = match (elsewhere.is_empty(), whole) {
        (false, _) => {
            let zones: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
            (Outcome::Leak, format!("also in {}", zones.join(", ")))
        }
        (true, true) => (Outcome::Passed, "all of it".to_owned()),
        (true, false) => (Outcome::OverBlock, "not all of it".to_owned()),
    };
    Lived {
        class: 1,
        flow: Some(talk.flow.clone()),
        name: Text::new(
            format!("{} の実際の会話", talk.offered),
            format!("{}, a real conversation", talk.offered),
        ),
        offered,
        expected: format!("{length} bytes and their answer, and its end"),
        seen,
        outcome,
    }
}

/// The IP packet of an untagged frame.
fn packet(frame: &[u8]) -> Option<&[u8]> {
    match frame.get(12..14)? {
        [0x08, 0x00] | [0x86, 0xdd] => frame.get(14..),
        _ => None,
    }
}

fn destination_of(packet: &[u8]) -> Option<IpAddr> {
    match packet.first()? >> 4 {
        4 => Some(IpAddr::from(*packet.get(16..20)?.first_chunk::<4>()?)),
        _ => Some(IpAddr::from(*packet.get(24..40)?.first_chunk::<16>()?)),
    }
}

fn bears(frame: &[u8], stamp: &Stamp) -> bool {
    frame.windows(8).any(|window| window == stamp.nonce)
}
