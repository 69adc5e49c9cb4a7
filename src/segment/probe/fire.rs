//! Fires probes in volleys and gathers where each packet was seen. Acts.
//!
//! Nothing waits for a time-out: after a volley one question of ARP per side
//! asks the gateway for an address that only this world has. A veth pair
//! hands frames on in order on one processor, so when the answers are there,
//! whatever was to come has come.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::os::fd::AsFd as _;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::super::error::SegmentError;
use super::frames::{Stamp, arp, ethernet};
use super::offer::{Hardware, Place, Probe, Shot, Station, Step};
use super::wire::Wire;
use super::world::World;

/// Probes in one volley: fewer than any queue on the way holds.
const VOLLEY: usize = 64;
/// How long a lost sentinel is waited for, in milliseconds, before it is asked again.
const PATIENCE: u16 = 200;
/// How often it is asked.
const TRIES: usize = 25;
/// Ports below this are left to services.
const FIRST_PORT: u16 = 20_000;

/// Where each step of each probe was seen, in the order of the probes.
pub type Sightings = Vec<Vec<BTreeSet<Place>>>;

/// What keeps nonces unique over many rounds in one world.
#[derive(Debug)]
pub struct Gun {
    /// Thirty-two bits that no other run has.
    mark: [u8; 4],
    next: u32,
    port: u16,
    /// Packets handed to the kernel.
    pub offered: u64,
    /// Packets the kernel would not take.
    pub refused: u64,
}

impl Gun {
    /// `mark` is random for each run.
    #[must_use]
    pub fn new(mark: [u8; 4]) -> Self {
        Self {
            mark,
            next: 0,
            port: FIRST_PORT,
            offered: 0,
            refused: 0,
        }
    }

    fn stamp(&mut self, port: u16) -> Stamp {
        self.next = self.next.wrapping_add(1);
        let [a, b, c, d] = self.mark;
        let [e, f, g, h] = self.next.to_be_bytes();
        Stamp {
            nonce: [a, b, c, d, e, f, g, h],
            port,
        }
    }

    /// A mark of its own for packets that are only counted.
    pub(super) fn next_mark(&mut self) -> [u8; 4] {
        self.next = self.next.wrapping_add(1);
        let [a, b, _, _] = self.mark;
        let [_, _, c, d] = self.next.to_be_bytes();
        [a ^ 0xff, b, c, d]
    }

    /// The same packets of one probe as it was fired last, with its port, all
    /// at once: nothing is expected of them.
    pub(super) fn fire_again(
        &mut self,
        world: &World,
        probe: &Probe,
    ) -> Result<Vec<BTreeSet<Place>>, SegmentError> {
        let mut seen = Vec::new();
        // Data first: a packet that opens something must not open it for the rest.
        for step in probe.steps.iter().rev() {
            let mut hunt = Hunt::new(self.mark);
            let stamp = self.stamp(self.port);
            hunt.expect(&stamp, 0, step);
            self.send(world, step, &stamp)?;
            hunt.settle(world, None)?;
            seen.push(
                hunt.found
                    .into_iter()
                    .flat_map(|(_, places, _)| places)
                    .collect(),
            );
        }
        seen.reverse();
        Ok(seen)
    }

    fn port(&mut self) -> u16 {
        self.port = self.port.checked_add(1).unwrap_or(FIRST_PORT);
        self.port
    }

    /// Fires all; `tap` also counts what reached the gateway's interfaces.
    ///
    /// # Errors
    /// The world is broken: its gateway does not answer any more.
    pub fn fire(
        &mut self,
        world: &World,
        probes: &[&Probe],
        tap: Option<&Wire>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<(Sightings, Vec<bool>), SegmentError> {
        let mut all: Sightings = Vec::new();
        let mut reached = Vec::new();
        for volley in probes.chunks(VOLLEY) {
            let ports: Vec<u16> = volley.iter().map(|_| self.port()).collect();
            let mut seen: Sightings = volley
                .iter()
                .map(|probe| probe.steps.iter().map(|_| BTreeSet::new()).collect())
                .collect();
            let mut touched = vec![false; volley.len()];
            let longest = volley
                .iter()
                .map(|probe| probe.steps.len())
                .max()
                .unwrap_or(0);
            for round in 0..longest {
                let mut hunt = Hunt::new(self.mark);
                for (place, (probe, port)) in volley.iter().zip(&ports).enumerate() {
                    let Some(step) = probe.steps.get(round) else {
                        continue;
                    };
                    let stamp = self.stamp(*port);
                    hunt.expect(&stamp, place, step);
                    self.send(world, step, &stamp)?;
                }
                hunt.settle(world, tap)?;
                for (place, found, here) in hunt.found {
                    if let Some(sight) = seen.get_mut(place).and_then(|steps| steps.get_mut(round))
                    {
                        sight.extend(found);
                    }
                    if let Some(touched) = touched.get_mut(place) {
                        *touched |= here;
                    }
                }
            }
            progress(volley.len());
            all.extend(seen);
            reached.extend(touched);
        }
        Ok((all, reached))
    }

    fn send(&mut self, world: &World, step: &Step, stamp: &Stamp) -> Result<(), SegmentError> {
        let shot = (step.build)(stamp);
        let taken = match &step.from {
            Station::Gateway(uid) => match destination(&shot.body) {
                Some(target) => world.speak(*uid, target, &shot.body)?,
                None => false,
            },
            Station::Side(interface) => {
                let mut sides = world.terrain.sides.iter().enumerate();
                match sides.find(|(_, side)| side.interface == *interface) {
                    Some((end, side)) => {
                        let frame = framed(&shot, side.near(), side.far());
                        world.wire.send(end, &frame)
                    }
                    None => false,
                }
            }
        };
        if taken {
            self.offered = self.offered.saturating_add(1);
        } else {
            self.refused = self.refused.saturating_add(1);
        }
        Ok(())
    }
}

/// How many packets of this mark have arrived anywhere by now. What is on its
/// way on another processor gets as long as several questions take.
///
/// # Errors
/// The world is broken.
pub(super) fn arrivals(world: &World, mark: [u8; 4]) -> Result<usize, SegmentError> {
    let mut hunt = Hunt::new(mark);
    hunt.any = true;
    for _ in 0..3 {
        hunt.settle(world, None)?;
    }
    Ok(hunt.found.len())
}

/// The frame of a shot.
#[must_use]
pub fn framed(shot: &Shot, near: [u8; 6], far: [u8; 6]) -> Vec<u8> {
    let to = match shot.to {
        Hardware::Gateway => near,
        Hardware::Broadcast => [0xff; 6],
        Hardware::Group => [0x01, 0x00, 0x5e, 0, 0, 0x7b],
        Hardware::Stranger => [0x02, 0x5e, 0x4b, 0x7f, 0x7f, 0x7f],
    };
    ethernet(to, far, &shot.tags, shot.kind, &shot.body)
}

/// The destination that a packet names.
fn destination(packet: &[u8]) -> Option<IpAddr> {
    if packet.first()? >> 4 == 6 {
        let bytes: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
        Some(IpAddr::from(bytes))
    } else {
        let bytes: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
        Some(IpAddr::from(bytes))
    }
}

/// One round's packets, and where they came to light.
struct Hunt {
    mark: [u8; 4],
    numbers: BTreeMap<u32, usize>,
    asked: BTreeMap<(String, IpAddr), usize>,
    from: BTreeMap<usize, Station>,
    found: Vec<(usize, BTreeSet<Place>, bool)>,
    /// Every number of the mark is meant.
    any: bool,
}

impl Hunt {
    fn new(mark: [u8; 4]) -> Self {
        Self {
            mark,
            numbers: BTreeMap::new(),
            asked: BTreeMap::new(),
            from: BTreeMap::new(),
            found: Vec::new(),
            any: false,
        }
    }

    fn expect(&mut self, stamp: &Stamp, place: usize, step: &Step) {
        let [_, _, _, _, a, b, c, d] = stamp.nonce;
        self.numbers.insert(u32::from_be_bytes([a, b, c, d]), place);
        if let (Some(address), Station::Side(interface)) = (step.asks, &step.from) {
            self.asked.insert((interface.clone(), address), place);
        }
        self.from.insert(place, step.from.clone());
    }

    /// Asks every side's sentinel and reads until all have answered.
    fn settle(&mut self, world: &World, tap: Option<&Wire>) -> Result<(), SegmentError> {
        let mut buffer = vec![0; 65_536];
        let mut missing: BTreeSet<usize> = (0..world.terrain.sides.len()).collect();
        let mut tries = 0;
        while !missing.is_empty() {
            if tries == TRIES {
                return Err(SegmentError::World {
                    doing: "hear the gateway's answer".to_owned(),
                    reason: "it does not answer ARP for its own address".to_owned(),
                });
            }
            tries += 1;
            for end in &missing {
                if let Some(side) = world.terrain.sides.get(*end) {
                    // As in address conflict detection: answered whoever asks.
                    let asker = (side.far(), std::net::Ipv4Addr::UNSPECIFIED);
                    let body = arp(1, asker, ([0; 6], side.sentinel()));
                    let shot = Shot {
                        to: Hardware::Broadcast,
                        tags: Vec::new(),
                        kind: 0x0806,
                        body,
                    };
                    world
                        .wire
                        .send(*end, &framed(&shot, side.near(), side.far()));
                }
            }
            loop {
                while let Some((end, frame)) = world.wire.receive(&mut buffer) {
                    if self.look(world, end, frame) {
                        missing.remove(&end);
                    }
                }
                if missing.is_empty() || !readable(&world.wire)? {
                    break;
                }
            }
        }
        for ear in &world.ears {
            self.listen(ear, &mut buffer);
        }
        if let Some(tap) = tap {
            while let Some((_, frame)) = tap.receive(&mut buffer) {
                for place in self.places(frame) {
                    self.found.push((place, BTreeSet::new(), true));
                }
            }
        }
        Ok(())
    }

    /// One frame beyond the gateway; true for a sentinel's answer.
    fn look(&mut self, world: &World, end: usize, frame: &[u8]) -> bool {
        let Some(side) = world.terrain.sides.get(end) else {
            return false;
        };
        if let Some(address) = arp_answer(frame) {
            if address == IpAddr::V4(side.sentinel()) {
                return true;
            }
            if let Some(place) = self.asked.get(&(side.interface.clone(), address)) {
                self.found
                    .push((*place, BTreeSet::from([Place::Answer]), false));
            }
            return false;
        }
        let own_error = near_error(frame, side.gateway.map(IpAddr::V4), side.sentinel().into());
        for place in self.places(frame) {
            let home = self.from.get(&place) == Some(&Station::Side(side.interface.clone()));
            if (home || self.any) && own_error {
                continue; // the box tells its neighbour, under an address the neighbour knows
            }
            let zone = Place::Zone(side.zone.clone());
            self.found.push((place, BTreeSet::from([zone]), false));
        }
        false
    }

    fn listen(&mut self, ear: &socket2::Socket, buffer: &mut [u8]) {
        use std::io::Read as _;
        let mut ear = ear;
        while let Ok(length) = ear.read(buffer) {
            let packet = buffer.get(..length).unwrap_or_default();
            for place in self.places(packet) {
                // What the box itself sent to itself would be no news.
                self.found
                    .push((place, BTreeSet::from([Place::Gateway]), false));
            }
        }
    }

    /// The probes whose nonce stands in these bytes.
    fn places(&self, bytes: &[u8]) -> Vec<usize> {
        let mut places = Vec::new();
        for window in bytes.windows(8) {
            let [a, b, c, d, e, f, g, h] = window else {
                continue;
            };
            if [*a, *b, *c, *d] != self.mark {
                continue;
            }
            match self.numbers.get(&u32::from_be_bytes([*e, *f, *g, *h])) {
                Some(place) => places.push(*place),
                None if self.any => places.push(0),
                None => {}
            }
        }
        places
    }
}

/// The address that an ARP answer gives.
fn arp_answer(frame: &[u8]) -> Option<IpAddr> {
    let answers = frame.get(12..14)? == [8, 6] && frame.get(20..22)? == [0, 2];
    let address: [u8; 4] = frame.get(28..32)?.try_into().ok()?;
    answers.then(|| IpAddr::from(address))
}

/// An ICMP error that the gateway sends under its near address.
fn near_error(frame: &[u8], gateway: Option<IpAddr>, sentinel: IpAddr) -> bool {
    let read = || -> Option<(IpAddr, u8)> {
        let ipv4 = frame.get(12..14)? == [8, 0] && frame.get(23)? == &1;
        let head = usize::from(frame.get(14)? & 15).checked_mul(4)?;
        let source: [u8; 4] = frame.get(26..30)?.try_into().ok()?;
        let kind = *frame.get(head.checked_add(14)?)?;
        ipv4.then(|| (IpAddr::from(source), kind))
    };
    read().is_some_and(|(source, kind)| {
        matches!(kind, 3 | 11 | 12) && (Some(source) == gateway || source == sentinel)
    })
}

fn readable(wire: &Wire) -> Result<bool, SegmentError> {
    let mut watched = [PollFd::new(wire.socket().as_fd(), PollFlags::POLLIN)];
    match poll(&mut watched, PollTimeout::from(PATIENCE)) {
        Ok(ready) => Ok(ready > 0),
        Err(nix::errno::Errno::EINTR) => Ok(true),
        Err(error) => Err(SegmentError::World {
            doing: "wait for packets".to_owned(),
            reason: error.to_string(),
        }),
    }
}
