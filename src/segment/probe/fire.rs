//! Fires probes in volleys and gathers where each packet was seen. Acts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::SegmentError;
use super::super::netlink::nflog::Group;
use super::field::{Field, Standing};
use super::frames::Stamp;
use super::hunt::{Heard, Hunt};
use super::judge;
use super::manners::{destination, parting};
use super::offer::{Place, Probe, Shot, Station};
use super::wire::Wire;

/// Probes in one volley: fewer than any queue on the way holds.
pub(super) const VOLLEY: usize = 64;
/// Ports below this are left to services.
const FIRST_PORT: u16 = 20_000;

/// Where each step of each probe was seen, in the order of the probes.
pub type Sightings = Vec<Vec<BTreeSet<Place>>>;

/// What came of firing: per probe, in their order.
#[derive(Debug, Default)]
pub struct Fired {
    /// Where each step was seen.
    pub seen: Sightings,
    /// Whether anything of it reached an interface of the gateway.
    pub reached: Vec<bool>,
    /// Whether its last step stands in the record of denials; empty where
    /// nobody looked.
    pub recorded: Vec<bool>,
    /// All that was recorded, by chain.
    pub records: BTreeMap<String, u64>,
}

/// What keeps nonces unique over many rounds on one field.
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
    /// Hears of what the rules deny, while it is wanted.
    pub record: Option<Group>,
    /// What else was heard; whoever fires takes it.
    pub(super) heard: Heard,
    /// The last call's numbers: probe and step of each.
    pub(super) issued: Vec<(u32, usize, usize)>,
}

impl Gun {
    /// `mark` is random for each run.
    #[must_use]
    pub fn new(mark: [u8; 4]) -> Self {
        // A run must not meet the connections of the one before.
        let [a, b, _, _] = mark;
        let start = u16::from_be_bytes([a, b]) % (u16::MAX - FIRST_PORT);
        Self {
            mark,
            next: 0,
            port: FIRST_PORT.saturating_add(start),
            offered: 0,
            refused: 0,
            record: None,
            heard: Heard::default(),
            issued: Vec::new(),
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

    /// A nonce and a port that nothing else bears.
    pub(super) fn fresh(&mut self) -> Stamp {
        let port = self.port();
        self.stamp(port)
    }

    /// A mark of its own for packets that are only counted.
    pub(super) fn next_mark(&mut self) -> [u8; 4] {
        self.next = self.next.wrapping_add(1);
        let [a, b, _, _] = self.mark;
        let [_, _, c, d] = self.next.to_be_bytes();
        [a ^ 0xff, b, c, d]
    }

    /// Waits until every cable carries both ways: one that was just plugged in
    /// does not yet, and what is fired then is lost for a reason that nobody knows.
    pub(super) fn wait_for_cables(&self, field: &Field) -> Result<(), SegmentError> {
        Hunt::new(self.mark).settle(field, None)
    }

    /// The same packets of one probe as it was fired last, with its port, all
    /// at once: nothing is expected of them.
    pub(super) fn fire_again(
        &mut self,
        field: &Field,
        probe: &Probe,
    ) -> Result<Vec<BTreeSet<Place>>, SegmentError> {
        let mut seen = Vec::new();
        // Data first: a packet that opens something must not open it for the rest.
        for step in probe.steps.iter().rev() {
            let mut hunt = Hunt::new(self.mark);
            let stamp = self.stamp(self.port);
            let shot = (step.build)(&stamp);
            hunt.expect(&stamp, 0, step, &shot);
            self.send(field, &step.from, shot)?;
            hunt.settle(field, None)?;
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
    /// The field is broken: its gateway does not answer any more.
    pub fn fire(
        &mut self,
        field: &Field,
        probes: &[&Probe],
        tap: Option<&Wire>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Fired, SegmentError> {
        let mut all = Fired::default();
        self.issued.clear();
        for volley in probes.chunks(VOLLEY) {
            let ports: Vec<u16> = volley.iter().map(|_| self.port()).collect();
            let mut seen: Sightings = volley
                .iter()
                .map(|probe| probe.steps.iter().map(|_| BTreeSet::new()).collect())
                .collect();
            let mut touched = vec![false; volley.len()];
            let mut recorded = vec![false; volley.len()];
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
                    let shot = (step.build)(&stamp);
                    hunt.expect(&stamp, place, step, &shot);
                    self.issued
                        .push((stamp.number(), all.seen.len() + place, round));
                    self.send(field, &step.from, shot)?;
                }
                hunt.settle(field, tap)?;
                if let Some(record) = &mut self.record {
                    hunt.read_record(record)?;
                }
                for place in hunt.denied {
                    let last = volley.get(place).map(|probe| probe.steps.len());
                    if let Some(recorded) = recorded.get_mut(place) {
                        *recorded |= last == round.checked_add(1);
                    }
                }
                add(&mut all.records, hunt.records);
                for (place, found, here) in hunt.found {
                    if let Some(sight) = seen.get_mut(place).and_then(|steps| steps.get_mut(round))
                    {
                        sight.extend(found);
                    }
                    if let Some(touched) = touched.get_mut(place) {
                        *touched |= here;
                    }
                }
                self.heard.add(hunt.heard);
            }
            if field.is_guest() {
                self.part(field, volley, &ports)?;
            }
            progress(volley.len());
            all.seen.extend(seen);
            all.reached.extend(touched);
            if self.record.is_some() {
                all.recorded.extend(recorded);
            }
        }
        Ok(all)
    }

    /// What was missed is fired once more: a lost packet is no finding.
    pub(super) fn fire_missed(
        &mut self,
        field: &Field,
        probes: &[&Probe],
        seen: &mut Sightings,
    ) -> Result<(), SegmentError> {
        let missed: Vec<(usize, &Probe)> = probes
            .iter()
            .zip(seen.iter())
            .enumerate()
            .filter(|(_, (probe, seen))| judge::missed(probe, seen))
            .map(|(place, (probe, _))| (place, *probe))
            .collect();
        let again: Vec<&Probe> = missed.iter().map(|(_, probe)| *probe).collect();
        let second = self.fire(field, &again, None, &mut |_| {})?.seen;
        for ((place, probe), second) in missed.into_iter().zip(second) {
            if let (Some(first), false) = (seen.get_mut(place), judge::missed(probe, &second)) {
                *first = second;
            }
        }
        Ok(())
    }

    /// Listens once more, to what was late.
    pub(super) fn listen(&mut self, field: &Field) -> Result<(), SegmentError> {
        let mut hunt = Hunt::new(self.mark);
        hunt.settle(field, None)?;
        self.heard.add(hunt.heard);
        Ok(())
    }

    /// A guest leaves no connection behind in the gateway's table.
    fn part(
        &mut self,
        field: &Field,
        volley: &[&Probe],
        ports: &[u16],
    ) -> Result<(), SegmentError> {
        for (probe, port) in volley.iter().zip(ports) {
            let Some(step) = probe.steps.first().filter(|step| step.expect.is_some()) else {
                continue;
            };
            let stamp = self.stamp(*port);
            if let Some(leave) = parting(&(step.build)(&stamp)) {
                self.send(field, &step.from, leave)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, field: &Field, from: &Station, shot: Shot) -> Result<(), SegmentError> {
        let taken = match from {
            Station::Gateway(uid) => match (destination(&shot), &field.standing) {
                (Some(target), Standing::Within(inside)) => {
                    inside.speak(*uid, target, &shot.body)?
                }
                (_, Standing::Guest(_)) | (None, Standing::Within(_)) => false,
            },
            Station::Side(interface) => field
                .end(interface)
                .is_some_and(|(end, side)| field.send(end, side, shot)),
        };
        if taken {
            self.offered = self.offered.saturating_add(1);
        } else {
            self.refused = self.refused.saturating_add(1);
        }
        Ok(())
    }
}

/// Adds counts by chain.
pub(super) fn add(to: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (chain, count) in more {
        let all = to.entry(chain).or_default();
        *all = all.saturating_add(count);
    }
}

/// How many packets of this mark have arrived anywhere by now. What is on its
/// way on another processor gets as long as several questions take.
///
/// # Errors
/// The world is broken.
pub(super) fn arrivals(field: &Field, mark: [u8; 4]) -> Result<usize, SegmentError> {
    let mut hunt = Hunt::for_any(mark);
    for _ in 0..3 {
        hunt.settle(field, None)?;
    }
    Ok(hunt.found.len())
}
