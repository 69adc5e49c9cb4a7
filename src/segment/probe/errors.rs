//! ICMP errors about a live conversation (classes 14 and 15): those a sender
//! needs must reach it, all others must not, whoever sends them. Pure.

use std::net::IpAddr;

use super::frames::{Stamp, icmp, icmp6, ip};
use super::offer::{Place, Probe, Shot, Station, Step};
use super::oracle::Oracle;
use super::talk::{Talk, answer, more, talks};

/// A kind of error: class, type, size of the whole packet, whether it must
/// reach whom it is about, and what it is called.
type Kind = (u8, u8, usize, bool, &'static str);

/// Unreachable only, and no longer than RFC 1812 section 4.3.2.3 allows.
const IPV4: [Kind; 9] = [
    (15, 3, 120, true, "unreachable"),
    (15, 3, 576, true, "unreachable of 576 bytes"),
    (15, 3, 577, false, "unreachable of 577 bytes"),
    (15, 11, 120, false, "time exceeded"),
    (15, 11, 1_200, false, "time exceeded of 1,200 bytes"),
    (15, 4, 120, false, "source quench"),
    (15, 12, 120, false, "parameter problem"),
    (14, 5, 120, false, "redirect"),
    (14, 5, 400, false, "redirect of 400 bytes"),
];

/// Unreachable and too-big, of one minimal packet (RFC 4443 section 2.4).
const IPV6: [Kind; 7] = [
    (15, 1, 120, true, "unreachable"),
    (15, 2, 120, true, "packet too big"),
    (15, 2, 1_280, true, "packet too big of 1,280 bytes"),
    (15, 1, 1_281, false, "unreachable of 1,281 bytes"),
    (15, 3, 120, false, "time exceeded"),
    (15, 4, 120, false, "parameter problem"),
    (14, 137, 120, false, "redirect"),
];

/// About whose packets an error tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Client,
    Server,
}

/// All of them.
#[must_use]
pub fn errors(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for talk in talks(oracle) {
        for about in [About::Client, About::Server] {
            true_and_false(oracle, &talk, about, &mut probes);
        }
        strangers(oracle, &talk, &mut probes);
    }
    probes
}

fn kinds(talk: &Talk) -> &'static [Kind] {
    if talk.tuple.source.is_ipv4() {
        &IPV4
    } else {
        &IPV6
    }
}

/// From the end that the packet was for, or a router there.
fn true_and_false(oracle: &Oracle<'_>, talk: &Talk, about: About, probes: &mut Vec<Probe>) {
    let (station, router, reaches, name) = match about {
        About::Client => (&talk.there, talk.tuple.target, &talk.home, "the server"),
        About::Server => (
            &talk.tuple.from,
            talk.tuple.source,
            &talk.place,
            "the client",
        ),
    };
    for (class, kind, size, passes, what) in kinds(talk) {
        let expect = passes.then(|| reaches.clone());
        let step = Step::new(station, expect, message(talk, about, router, *kind, *size));
        let name = format!("ICMP {what} from {name}");
        probes.push(talk.probe(oracle, *class, &name, vec![step]));
    }
}

/// From any zone but that of the end it would speak for: also from next to
/// the one whom it is for.
fn strangers(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    let told = [
        (About::Client, &talk.place, talk.tuple.source, "its client"),
        (About::Server, &talk.home, talk.tuple.target, "its server"),
    ];
    for (about, other_end, whom, name) in told {
        let zones = oracle.terrain.zones().into_iter();
        for side in zones.filter(|side| Place::Zone(side.zone.clone()) != *other_end) {
            let station = Station::Side(side.interface.clone());
            let hosts = [side.host, side.other].map(|host| match whom {
                IpAddr::V4(_) => IpAddr::from(host),
                IpAddr::V6(_) => side.twin(host).into(),
            });
            let Some(router) = hosts.into_iter().find(|host| *host != whom) else {
                continue;
            };
            let plain = |kind: &&Kind| kind.2 == 120 && (kind.3 || kind.0 == 14);
            for (class, kind, _, _, what) in kinds(talk).iter().filter(plain) {
                let lie = message(talk, about, router, *kind, 120);
                let step = Step::new(&station, None, lie);
                let name = format!("ICMP {what} to {name} from {}", side.zone);
                probes.push(talk.probe(oracle, *class, &name, vec![step]));
            }
        }
    }
}

/// An error of this type and size about the conversation's last packet.
fn message(
    talk: &Talk,
    about: About,
    router: IpAddr,
    kind: u8,
    size: usize,
) -> impl Fn(&Stamp) -> Shot + Send + Sync + 'static {
    let tuple = talk.tuple.clone();
    move |stamp| {
        let (mut inner, to) = match about {
            About::Client => (more(&tuple, stamp), tuple.source),
            About::Server => (answer(&tuple, stamp), tuple.target),
        };
        let head = if router.is_ipv4() { 28 } else { 48 };
        inner.resize(inner.len().max(size.saturating_sub(head)), b'x');
        let packet = match (router, to) {
            (IpAddr::V6(from), IpAddr::V6(at)) => {
                let mtu = [0, 0, 5, 0]; // 1,280
                ip(router, to, 58, &icmp6(from, at, kind, mtu, &inner))
            }
            _ => ip(router, to, 1, &icmp(kind, 1, [0; 4], &inner)),
        };
        Shot::packet(packet)
    }
}
