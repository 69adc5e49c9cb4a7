//! The box itself: it talks to itself, and its doors hear only what a host may
//! send. Pure.

use std::net::{IpAddr, Ipv4Addr};

use crate::policy::Protocol;

use super::frames::{flag, served, udp};
use super::matrix::shown;
use super::offer::{Control, Hardware, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::talk::{Talk, first, forth, more, talks};
use super::terrain::moved;
use super::wall::{INTO, SHIFT};
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
            into_it(oracle, &talk, &mut probes);
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

/// Class 20 by the wall of the box alone: what is for its address on one side
/// does not come by another, not even within a live conversation.
fn into_it(oracle: &Oracle<'_>, talk: &Talk, probes: &mut Vec<Probe>) {
    for side in &oracle.terrain.sides {
        if Place::Zone(side.zone.clone()) == talk.home {
            continue;
        }
        let station = Station::Side(side.interface.clone());
        let tuple = talk.tuple.clone();
        let data = Step::new(&station, None, move |stamp| {
            Shot::packet(served(more(&tuple, stamp), INTO << SHIFT))
        });
        let name = format!(
            "then more under its client's address from {}, by the wall of the box alone",
            side.zone
        );
        let probe = talk.probe(oracle, 20, &name, vec![data]);
        probes.push(Probe {
            stage: Stage::Wall,
            ..probe
        });
    }
}
