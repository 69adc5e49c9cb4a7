//! Each wall of rules alone. What one wall stops is mostly stopped by another
//! as well, so a fault in one would go unseen until the other fails too. Two
//! ways: packets with a mark that every other wall lets pass for this test,
//! and routes that lead an allowed conversation astray. Pure.
//!
//! The mark stands in the type of service, so that the gateway's routing rules
//! can read it too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;

use crate::policy::{PortRange, Protocol, Space};

use super::super::question::{Question, Spot};
use super::super::ruleset::TABLE;
use super::super::verdict::{Cause, Verdict};
use super::frames::{Shape, Stamp, ip, ip4, ip6, served, udp};
use super::matrix::legs;
use super::offer::{Control, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::Oracle;
use super::samples::{is_offered, samples};
use super::talk::{Talk, answer, first, talks};
use super::terrain::Side;
use super::way::silent;

/// Only the wall on arrival judges these.
pub(super) const ARRIVING: u8 = 1;
/// Only the wall on leaving judges these.
pub(super) const LEAVING: u8 = 2;
/// The same, on a wrong route.
const LEAVING_ASTRAY: u8 = 3;
/// All walls judge these, on a wrong route.
const ASTRAY: u8 = 4;
/// No wall of rules judges these, so that the kernel's own stand alone.
const KERNEL: u8 = 5;
/// Only the wall between the zones judges these.
const BETWEEN: u8 = 6;
/// Only the wall of the box itself judges these.
pub(super) const INTO: u8 = 7;
/// Only the wall before tracking judges these.
pub(super) const OFFERED: u8 = 8;
/// What some wall lets pass for another to judge alone.
const MARKS: [u8; 7] = [
    ARRIVING,
    LEAVING,
    LEAVING_ASTRAY,
    KERNEL,
    BETWEEN,
    INTO,
    OFFERED,
];

/// Bits below the mark in the type of service.
pub(super) const SHIFT: u8 = 2;

/// The types of service of what takes the wrong route.
pub const WRONG_ROUTE: [u8; 2] = [LEAVING_ASTRAY << SHIFT, ASTRAY << SHIFT];

/// A wall: its base chain, and the marks that it alone judges.
const WALLS: [(&str, &[u8]); 6] = [
    ("prerouting", &[ARRIVING]),
    ("services", &[OFFERED]),
    ("input", &[INTO]),
    ("forward", &[BETWEEN]),
    ("output", &[]),
    ("postrouting", &[LEAVING, LEAVING_ASTRAY]),
];

/// For `nft -f -`: every wall lets pass what another is to judge alone.
#[must_use]
pub fn openings() -> String {
    let mut text = String::new();
    for (chain, own) in WALLS {
        let others = MARKS.iter().filter(|mark| !own.contains(mark));
        let others: Vec<String> = others.map(u8::to_string).collect();
        for family in ["ip", "ip6"] {
            let _ = writeln!(
                text,
                "insert rule inet {TABLE} {chain} {family} dscp {{ {} }} accept",
                others.join(", ")
            );
        }
    }
    text
}

/// For `nft -f -`: the wall before tracking lets pass everything. It stops most
/// of what the walls behind it would, so that a fault of theirs would hide.
#[must_use]
pub fn services_open() -> String {
    format!("insert rule inet {TABLE} services accept\n")
}

/// All of them.
#[must_use]
pub fn walls(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    let crossed = crossed(oracle);
    let sides = &oracle.terrain.sides;
    for side in sides {
        let Some(beyond) = sides.iter().find(|other| other.zone != side.zone) else {
            continue;
        };
        for address in samples(oracle, side) {
            arriving(oracle, side, beyond, address, &mut probes);
            leaving(oracle, beyond, address, &mut probes);
        }
        clothed(side, beyond, &mut probes);
        by_kernel(oracle, side, beyond, &crossed, &mut probes);
    }
    leaving_astray(oracle, &mut probes);
    for talk in talks(oracle) {
        led_astray(oracle, &talk, &mut probes);
        between(oracle, &talk, &mut probes);
    }
    probes.extend(counters());
    probes
}

/// Whether the policy has these addresses behind these interfaces at all.
fn stand(oracle: &Oracle<'_>, from: (&str, IpAddr), to: (&str, IpAddr)) -> (bool, bool) {
    let spot = |(zone, address): (&str, IpAddr)| Spot::In {
        zone: zone.to_owned(),
        space: Space::single(address),
    };
    let question = Question {
        from: spot(from),
        to: spot(to),
        services: vec![PortRange {
            protocol: Protocol::Udp,
            first: 9,
            last: 9,
        }],
    };
    match oracle.answer(&question) {
        Verdict::Deny(reason) => (
            reason.cause != Cause::Spoofed,
            reason.cause != Cause::NotThere,
        ),
        Verdict::Allow { .. } => (true, true),
    }
}

/// A side's host of the same family.
pub(super) fn host(side: &Side, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => side.host.into(),
        IpAddr::V6(_) => side.twin(side.host).into(),
    }
}

/// One marked packet.
fn marked(
    (class, offered): (u8, String),
    from: &Side,
    (source, target): (IpAddr, IpAddr),
    mark: u8,
    expect: Option<Place>,
) -> Probe {
    let station = Station::Side(from.interface.clone());
    let (control, because) = match &expect {
        Some(_) => (Control::Itself, "belongs"),
        None => (Control::Arrives, "never"),
    };
    let step = Step::new(&station, expect, move |stamp| {
        let body = udp(source, target, (stamp.port, 9), &stamp.nonce);
        Shot::packet(served(ip(source, target, 17, &body), mark << SHIFT))
    });
    Probe {
        class,
        flow: None,
        offered,
        because: because.to_owned(),
        steps: vec![step],
        control,
        stage: if mark == KERNEL {
            Stage::Kernel
        } else {
            Stage::Wall
        },
    }
}

/// Classes 2 and 9: a source of another zone, and a route that the sender
/// wrote, by the kernel's switches alone.
fn by_kernel(
    oracle: &Oracle<'_>,
    side: &Side,
    beyond: &Side,
    crossed: &BTreeSet<bool>,
    probes: &mut Vec<Probe>,
) {
    let others = oracle.terrain.zones().into_iter();
    for other in others.filter(|other| other.zone != side.zone && other.zone != beyond.zone) {
        let (source, target) = (IpAddr::V4(other.host), IpAddr::V4(beyond.host));
        let name = format!(
            "{}: {source} > {target}, by the kernel's switches alone",
            side.zone
        );
        probes.push(marked((2, name), side, (source, target), KERNEL, None));
    }
    // Of a family that no flow needs, nothing is forwarded at all.
    for (source, target) in [
        (IpAddr::V4(side.host), IpAddr::V4(beyond.host)),
        (side.twin(side.host).into(), beyond.twin(beyond.host).into()),
    ] {
        if crossed.contains(&source.is_ipv4()) {
            continue;
        }
        let name = format!(
            "{}: {source} > {target}, while nothing is forwarded",
            side.zone
        );
        probes.push(marked((6, name), side, (source, target), KERNEL, None));
    }
    let Some(near) = side.gateway else { return };
    let (source, target) = (side.host, beyond.host);
    let [a, b, c, d] = target.octets();
    let shape = Shape {
        options: vec![131, 7, 4, a, b, c, d, 0],
        ..Shape::default()
    };
    let name = format!(
        "{}: {source} > {target} by LSRR through the box, by the kernel's switches alone",
        side.zone
    );
    let station = Station::Side(side.interface.clone());
    let probe = silent(9, name, &station, Control::Arrives, move |stamp| {
        let ends = (IpAddr::V4(source), IpAddr::V4(target));
        let body = udp(ends.0, ends.1, (stamp.port, 9), &stamp.nonce);
        Shot::packet(served(
            ip4(source, near, 17, &body, &shape),
            KERNEL << SHIFT,
        ))
    });
    probes.push(Probe {
        stage: Stage::Kernel,
        ..probe
    });
}

/// The families of which a flow, open or not, may need forwarding: whether IPv4.
fn crossed(oracle: &Oracle<'_>) -> BTreeSet<bool> {
    let flows = oracle.policy.flows.iter();
    let legs = flows.flat_map(|flow| legs(oracle, flow));
    let across = legs.filter(|(_, _, user)| user.is_none());
    across
        .flat_map(|(sources, targets, _)| {
            let mut families = vec![true, false];
            let is = |list: &[IpAddr], v4| list.iter().any(|one| one.is_ipv4() == v4);
            families.retain(|v4| is(&sources, *v4) && is(&targets, *v4));
            families
        })
        .collect()
}

/// Class 39: a chain counts what it denies.
fn counters() -> impl Iterator<Item = Probe> {
    WALLS.into_iter().map(|(chain, _)| Probe {
        class: 39,
        flow: None,
        offered: format!("{chain}: what it denies is counted"),
        because: "counter".to_owned(),
        steps: Vec::new(),
        control: Control::Itself,
        stage: Stage::Counter(chain),
    })
}

/// Class 2: the wall on arrival knows who can stand behind an interface.
fn arriving(
    oracle: &Oracle<'_>,
    side: &Side,
    beyond: &Side,
    source: IpAddr,
    probes: &mut Vec<Probe>,
) {
    let target = host(beyond, source);
    let belongs = stand(oracle, (&side.zone, source), (&beyond.zone, target)).0;
    let expect = belongs.then(|| Place::Zone(beyond.zone.clone()));
    let name = format!(
        "{}: {source} > {target}, by the wall on arrival alone",
        side.zone
    );
    probes.push(marked((2, name), side, (source, target), ARRIVING, expect));
}

/// Classes 7 and 9: it lets nothing pass that the kernel would look into on the
/// way, whoever sends it.
fn clothed(side: &Side, beyond: &Side, probes: &mut Vec<Probe>) {
    let station = Station::Side(side.interface.clone());
    let (from, to) = (side.host, beyond.host);
    let (from6, to6) = (side.twin(from), beyond.twin(to));
    let option = Shape {
        options: vec![148, 4, 0, 0],
        ..Shape::default()
    };
    let body = move |stamp: &Stamp| {
        let ends = (IpAddr::V4(from), IpAddr::V4(to));
        udp(ends.0, ends.1, (stamp.port, 9), &stamp.nonce)
    };
    let body6 = move |stamp: &Stamp| {
        let inner = udp(from6.into(), to6.into(), (stamp.port, 9), &stamp.nonce);
        [&[17, 0, 1, 4, 0, 0, 0, 0][..], &inner].concat()
    };
    type Packet = Box<dyn Fn(&Stamp) -> Vec<u8> + Send + Sync>;
    let both: [(u8, String, Packet); 2] = [
        (
            9,
            format!("{from} > {to} with router alert"),
            Box::new(move |stamp| ip4(from, to, 17, &body(stamp), &option)),
        ),
        (
            7,
            format!("{from6} > {to6} with destination options"),
            Box::new(move |stamp| ip6(from6, to6, 60, &body6(stamp), 64)),
        ),
    ];
    for (class, what, packet) in both {
        let name = format!("{}: {what}, by the wall on arrival alone", side.zone);
        let probe = silent(class, name, &station, Control::Arrives, move |stamp| {
            Shot::packet(served(packet(stamp), ARRIVING << SHIFT))
        });
        probes.push(Probe {
            stage: Stage::Wall,
            ..probe
        });
    }
}

/// Class 1: the wall on leaving knows who can stand beyond an interface.
fn leaving(oracle: &Oracle<'_>, from: &Side, target: IpAddr, probes: &mut Vec<Probe>) {
    let Some(out) = oracle.terrain.route(target) else {
        return;
    };
    // Nothing leaves for the box itself, its loopback, nor for the router of a network, which
    // it is too (RFC 4291 section 2.6.1).
    let mut zones = oracle.policy.zones.values();
    let to_box = zones.any(|zone| {
        let mut networks = zone.networks6.iter();
        zone.gateway.contains(&target) || networks.any(|net| net.network() == target)
    });
    if out.zone == from.zone || to_box || target.is_loopback() {
        return;
    }
    let source = host(from, target);
    let belongs = stand(oracle, (&from.zone, from.host.into()), (&out.zone, target)).1;
    let expect = belongs.then(|| Place::Zone(out.zone.clone()));
    let name = format!(
        "{}: {source} > {target}, by the wall on leaving alone",
        from.zone
    );
    probes.push(marked((1, name), from, (source, target), LEAVING, expect));
}

/// Class 1: the same with routes that lead out of the wrong interface: hosts
/// of another zone, and what lies next to the zone's networks.
fn leaving_astray(oracle: &Oracle<'_>, probes: &mut Vec<Probe>) {
    let sides = &oracle.terrain.sides;
    let hosts = sides
        .iter()
        .flat_map(|side| [IpAddr::V4(side.host), side.twin(side.host).into()]);
    let routes = oracle.terrain.wrong_routes();
    let single = routes
        .iter()
        .filter(|(net, _)| net.prefix_len() == net.max_prefix_len());
    let targets: BTreeSet<IpAddr> = hosts.chain(single.map(|(net, _)| net.addr())).collect();
    let offered = |target: &IpAddr| is_offered(*target) && !target.is_loopback();
    for target in targets.into_iter().filter(offered) {
        let home = oracle.terrain.route(target).map(|side| &side.zone);
        let Some(wrong) = oracle.terrain.wrong_route(target) else {
            continue;
        };
        let mut senders = sides.iter();
        let third = senders.find(|from| from.zone != wrong.zone && Some(&from.zone) != home);
        let Some(from) = third else { continue };
        if stand(
            oracle,
            (&from.zone, from.host.into()),
            (&wrong.zone, target),
        )
        .1
        {
            continue;
        }
        let source = host(from, target);
        let name = format!(
            "{}: {source} > {target}, by the wall on leaving alone, routed to {}",
            from.zone, wrong.zone
        );
        probes.push(marked(
            (1, name),
            from,
            (source, target),
            LEAVING_ASTRAY,
            None,
        ));
    }
}

/// Class 2: the wall between the zones knows whose door a source opens.
fn between(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    let (Station::Side(_), Place::Zone(zone)) = (&talk.tuple.from, &talk.place) else {
        return;
    };
    for side in &oracle.terrain.sides {
        let station = Station::Side(side.interface.clone());
        if Place::Zone(side.zone.clone()) == talk.home || side.zone == *zone {
            continue;
        }
        let tuple = talk.tuple.clone();
        let name = format!(
            "{}: spoofed {}, by the wall between the zones alone",
            side.zone,
            talk.shown(oracle)
        );
        let probe = silent(2, name, &station, Control::Arrives, move |stamp| {
            Shot::packet(served(first(&tuple, stamp), BETWEEN << SHIFT))
        });
        probes.push(Probe {
            stage: Stage::Wall,
            ..probe
        });
    }
}

/// Class 1: routes change while a conversation lives; it must not go on into
/// another zone. What the box itself says is routed as its programs ask.
fn led_astray(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    let (Station::Side(_), Station::Side(_)) = (&talk.tuple.from, &talk.there) else {
        return;
    };
    let tuple = talk.tuple.clone();
    let data = talk.data(None, |packet| served(packet, ASTRAY << SHIFT));
    let answer = Step::new(&talk.there, None, move |stamp| {
        Shot::packet(served(answer(&tuple, stamp), ASTRAY << SHIFT))
    });
    for (name, step, (source, target)) in [
        ("more of it", data, (talk.tuple.source, talk.tuple.target)),
        ("an answer", answer, (talk.tuple.target, talk.tuple.source)),
    ] {
        let (from, wrong) = (
            oracle.terrain.route(source),
            oracle.terrain.wrong_route(target),
        );
        if let (Some(from), Some(wrong)) = (from, wrong)
            && !stand(oracle, (&from.zone, source), (&wrong.zone, target)).1
        {
            let name = format!("then {name} on a wrong route");
            probes.push(talk.probe(oracle, 1, &name, vec![step]));
        }
    }
}
