//! The probe on real interfaces: plays hosts on both sides of a gateway that
//! is in force, and changes nothing there. Acts.
//!
//! ```text
//! --interface --open--> Field (guest) --play--> hosts that nobody else is
//! probes --reach--> what can be fired from here | what cannot, and why
//!        allowed ones --fire--> seen; one conversation per pair of sides is kept
//!        denied ones  --fire, volley by volley--> nowhere, between two rounds
//!                                                 of the kept conversations
//!        --proof--> what each silence proves
//! ```
//!
//! Promised: no rule, switch or session of the gateway is touched; a probe is
//! fired only where the hosts at both ends are ours; a silence without living
//! conversations around it is unproven.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;

use crate::policy::Policy;
use crate::policy::text::Text;

use super::super::error::SegmentError;
use super::dialogue::conversations;
use super::field::Field;
use super::fire::{Gun, Sightings, VOLLEY};
use super::frames::hardware_text;
use super::judge::{self, Judged, Outcome, Proof};
use super::lifecycle::Lived;
use super::offer::{Place, Probe, Stage};
use super::oracle::Oracle;
use super::proof::{Crossing, Crossings, conversation, proof};
use super::reach::{Reach, Why, reach};
use super::report::Cabled;
use super::terrain::Terrain;
use super::wires::{self, Given, InUse};

/// How many conversations in each direction keep others company.
const COMPANY: usize = 3;

/// What a run from outside has shown.
pub struct Outside {
    /// What was fired.
    pub probes: Vec<Probe>,
    /// How each ended.
    pub judged: Vec<Judged>,
    /// The real conversations.
    pub lived: Vec<Lived>,
    /// What was not fired, and how often.
    pub left_out: BTreeMap<Why, usize>,
    /// The interfaces.
    pub cabled: Vec<Cabled>,
    /// What else must be known.
    pub notes: Vec<Text>,
    /// Packets handed to the kernel.
    pub offered: u64,
}

/// Fires everything that can be fired from outside.
///
/// # Errors
/// An order that cannot be carried out; no privilege; a gateway that does not
/// answer (any more).
pub fn examine(
    policy: &Policy,
    users: &BTreeMap<String, u32>,
    now: Timestamp,
    from: Option<&str>,
    mark: [u8; 4],
    given: &[Given],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outside, SegmentError> {
    let mut terrain = Terrain::of(policy);
    let field = wires::open(policy, &mut terrain, given)?;
    let oracle = Oracle::new(policy, &terrain, now, users);
    let mut run = Run::prepare(&oracle, field, from, mark)?;
    run.fire(&oracle, progress)?;
    run.end(given)
}

/// A probe and what it needs; what was seen, and what that proves.
struct Shown {
    probe: Probe,
    reach: Reach,
    seen: Vec<BTreeSet<Place>>,
    proof: Option<Proof>,
    /// Asked for; else it only keeps the others company.
    wanted: bool,
}

struct Run {
    field: Field,
    gun: Gun,
    shown: Vec<Shown>,
    left_out: BTreeMap<Why, usize>,
    notes: Vec<Text>,
    /// Which packet was which: place of the probe, and step.
    numbers: BTreeMap<u32, (usize, usize)>,
}

impl Run {
    /// Takes what can be fired, and plays its hosts.
    fn prepare(
        oracle: &Oracle<'_>,
        field: Field,
        from: Option<&str>,
        mark: [u8; 4],
    ) -> Result<Self, SegmentError> {
        let mut run = Self {
            field,
            gun: Gun::new(mark),
            shown: Vec::new(),
            left_out: BTreeMap::new(),
            notes: Vec::new(),
            numbers: BTreeMap::new(),
        };
        let mut company: BTreeMap<Crossing, usize> = BTreeMap::new();
        let all = super::all(oracle).into_iter();
        // Whatever can be fired at rules as they are.
        let all = all.filter(|probe| matches!(probe.stage, Stage::Whole | Stage::Switch));
        for probe in all {
            let wanted = from.is_none_or(|zone| super::starts_in(oracle, &probe, zone));
            let reach = match reach(oracle, &run.field.terrain, &probe) {
                Ok(reach) => reach,
                Err(why) => {
                    if wanted {
                        *run.left_out.entry(why).or_default() += 1;
                    }
                    continue;
                }
            };
            if !wanted {
                let Some([way, _]) = conversation(oracle, &probe, &reach) else {
                    continue;
                };
                let alike = company.entry(way).or_default();
                *alike += 1;
                if *alike > COMPANY {
                    continue;
                }
            }
            run.shown.push(Shown {
                seen: probe.steps.iter().map(|_| BTreeSet::new()).collect(),
                probe,
                reach,
                proof: None,
                wanted,
            });
        }
        let hosts = run.shown.iter().flat_map(|shown| &shown.reach.hosts);
        let hosts = hosts.filter_map(|(interface, host)| {
            let (end, _) = run.field.end(interface)?;
            Some((end, *host))
        });
        let hosts = hosts.collect();
        let in_use = wires::play(&mut run.field, &hosts)?;
        for ((end, _), hardware) in &in_use {
            run.gun.heard.others.insert((*end, *hardware));
        }
        run.leave_out(&in_use);
        if !run.shown.iter().any(|shown| shown.wanted) {
            // Nothing tested must never look like nothing found.
            return Err(wires::refused(
                "指定したインターフェースと区域では、検査できるものがありません".to_owned(),
                "with these interfaces and zones there is nothing that can be tested".to_owned(),
            ));
        }
        Ok(run)
    }

    /// What belongs to others is not touched.
    fn leave_out(&mut self, in_use: &InUse) {
        let theirs = |(interface, address): &(String, IpAddr)| {
            let (end, side) = self.field.end(interface)?;
            let hardware = in_use.get(&(end, *address))?;
            Some(Why::InUse {
                zone: side.zone.clone(),
                address: *address,
                hardware: hardware_text(*hardware),
            })
        };
        self.shown.retain(|shown| {
            let why = shown.reach.hosts.iter().find_map(theirs);
            let free = why.is_none();
            if let Some(why) = why.filter(|_| shown.wanted) {
                *self.left_out.entry(why).or_default() += 1;
            }
            free
        });
    }

    fn fire(
        &mut self,
        oracle: &Oracle<'_>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), SegmentError> {
        let places = 0..self.shown.len();
        let (denied, allowed): (Vec<usize>, Vec<usize>) =
            places.partition(|place| self.probe(*place).is_some_and(Probe::denies));
        let all = self.shown.len();
        self.volley(&allowed)?;
        self.next_hops(&allowed)?;
        progress(allowed.len(), all);
        let kept = self.kept(oracle, &allowed);
        let mut before = self.crossings(&kept)?;
        for volley in denied.chunks(VOLLEY) {
            self.volley(volley)?;
            let after = self.crossings(&kept)?;
            let living = before.intersection(&after).cloned().collect();
            self.prove(volley, &living);
            before = after;
            progress(volley.len(), all);
        }
        self.gun.listen(&self.field)?; // to what is still on its way
        self.late();
        let contested = std::mem::take(&mut self.gun.heard.contested);
        self.leave_out(&contested);
        Ok(())
    }

    fn probe(&self, place: usize) -> Option<&Probe> {
        self.shown.get(place).map(|shown| &shown.probe)
    }

    fn aim(&mut self, places: &[usize]) -> Result<Sightings, SegmentError> {
        let probes: Vec<&Probe> = places
            .iter()
            .filter_map(|place| self.shown.get(*place))
            .map(|shown| &shown.probe)
            .collect();
        let mut seen = self.gun.fire(&self.field, &probes, None, &mut |_| {})?.seen;
        for (number, probe, step) in &self.gun.issued {
            if let Some(place) = places.get(*probe) {
                self.numbers.insert(*number, (*place, *step));
            }
        }
        self.gun.fire_missed(&self.field, &probes, &mut seen)?;
        Ok(seen)
    }

    fn volley(&mut self, places: &[usize]) -> Result<(), SegmentError> {
        let seen = self.aim(places)?;
        for (place, seen) in places.iter().zip(seen) {
            if let Some(shown) = self.shown.get_mut(*place) {
                shown.seen = seen;
            }
        }
        Ok(())
    }

    /// A host behind a router is reached only when the router is there. Where
    /// none is, on a cable that leads to us alone, we stand in for it.
    fn next_hops(&mut self, allowed: &[usize]) -> Result<(), SegmentError> {
        let missed: Vec<usize> = allowed
            .iter()
            .copied()
            .filter(|place| {
                let shown = self.shown.get(*place);
                shown.is_some_and(|shown| judge::missed(&shown.probe, &shown.seen))
            })
            .collect();
        let wanted = std::mem::take(&mut self.gun.heard.wanted);
        let unknown: BTreeSet<(usize, IpAddr)> = wanted
            .into_iter()
            .filter(|place| !self.field.plays(place))
            .collect();
        if missed.is_empty() || unknown.is_empty() {
            return Ok(());
        }
        let in_use = wires::play(&mut self.field, &unknown)?;
        for (end, address) in unknown {
            let zone = self.field.terrain.sides.get(end).map(|side| &side.zone);
            let Some(zone) = zone.filter(|_| !in_use.contains_key(&(end, address))) else {
                continue;
            };
            self.notes.push(Text::new(
                format!("{address} (区域 {zone}) は機器が次の中継先として探し、だれも答えないため、検査が代わりを務めました"),
                format!("{address} (zone {zone}) is where the gateway sends on, and nobody answered for it: the probe stood in"),
            ));
        }
        self.volley(&missed)
    }

    /// One conversation that passes for each pair of sides and family.
    fn kept(&self, oracle: &Oracle<'_>, allowed: &[usize]) -> Vec<(usize, [Crossing; 2])> {
        let mut kept: Vec<(usize, [Crossing; 2])> = Vec::new();
        for place in allowed {
            let Some(shown) = self.shown.get(*place) else {
                continue;
            };
            let passes = !judge::missed(&shown.probe, &shown.seen);
            if let Some(ways) = conversation(oracle, &shown.probe, &shown.reach)
                && passes
                && !kept
                    .iter()
                    .any(|(_, known)| ways.iter().any(|way| known.contains(way)))
            {
                kept.push((*place, ways));
            }
        }
        kept
    }

    /// Holds the kept conversations once more: what they crossed.
    fn crossings(&mut self, kept: &[(usize, [Crossing; 2])]) -> Result<Crossings, SegmentError> {
        let places: Vec<usize> = kept.iter().map(|(place, _)| *place).collect();
        let seen = self.aim(&places)?;
        let passed = kept.iter().zip(seen).filter(|((place, _), seen)| {
            self.probe(*place)
                .is_some_and(|probe| !judge::missed(probe, seen))
        });
        Ok(passed.flat_map(|((_, ways), _)| ways.clone()).collect())
    }

    fn prove(&mut self, volley: &[usize], living: &Crossings) {
        for place in volley {
            let cables = self.field.terrain.sides.iter();
            let cables = cables.map(|side| side.interface.as_str());
            if let Some(shown) = self.shown.get_mut(*place) {
                shown.proof = proof(living, &shown.reach, cables);
            }
        }
    }

    /// What came out after its round was over still came out.
    fn late(&mut self) {
        for (number, seen) in std::mem::take(&mut self.gun.heard.late) {
            let Some((place, step)) = self.numbers.get(&number) else {
                continue;
            };
            let shown = self.shown.get_mut(*place);
            if let Some(step) = shown.and_then(|shown| shown.seen.get_mut(*step)) {
                step.insert(seen);
            }
        }
    }

    fn end(mut self, given: &[Given]) -> Result<Outside, SegmentError> {
        let alive: BTreeSet<Place> = self.shown.iter().flat_map(came_out).cloned().collect();
        let cabled = self.cabled(given);
        let shown = std::mem::take(&mut self.shown).into_iter();
        let shown = shown.filter(|shown| shown.wanted);
        let (probes, judged): (Vec<Probe>, Vec<Judged>) =
            shown.map(|shown| judged(shown, &alive)).unzip();
        let all = probes.iter().zip(&judged);
        let lived = conversations(&mut self.gun, &self.field, all)?;
        Ok(Outside {
            probes,
            judged,
            lived,
            left_out: self.left_out,
            cabled,
            notes: self.notes,
            offered: self.gun.offered,
        })
    }

    fn cabled(&mut self, given: &[Given]) -> Vec<Cabled> {
        let sides = self.field.terrain.sides.iter().zip(given).enumerate();
        let cabled = sides.map(|(end, (side, given))| Cabled {
            zone: side.zone.clone(),
            interface: given.interface.clone(),
            hardware: hardware_text(side.far()),
            gateway: side.cable.sentinel.to_string(),
            gateway_hardware: hardware_text(side.near()),
            others: {
                let others = self.gun.heard.others.iter();
                others.filter(|(at, _)| *at == end).count()
            },
        });
        let cabled: Vec<Cabled> = cabled.collect();
        for one in cabled.iter().filter(|one| one.others > 0) {
            let (interface, zone, others) = (&one.interface, &one.zone, one.others);
            self.notes.push(Text::new(
                format!("{interface} (区域 {zone}) では、ほかの機械 {others} 台の通信が聞こえました。機器がそこの中継器へ送ったものは、スイッチ越しでは見えません。確実にするには機器と直接つないでください"),
                format!("{others} other machines were heard on {interface} (zone {zone}): what the gateway sends to a router there is not seen through a switch; cable the box directly to be sure"),
            ));
        }
        cabled
    }
}

/// Where allowed packets of a probe came out.
fn came_out(shown: &Shown) -> impl Iterator<Item = &Place> {
    let steps = shown.probe.steps.iter().zip(&shown.seen);
    steps.filter_map(|(step, seen)| step.expect.as_ref().filter(|place| seen.contains(place)))
}

/// A silence is held only by what proves it; what must pass is an over-block
/// only where other things came out.
fn judged(shown: Shown, alive: &BTreeSet<Place>) -> (Probe, Judged) {
    let mut steps = shown.probe.steps.iter().zip(&shown.seen);
    let missed = steps.find_map(|(step, seen)| {
        let place = step.expect.as_ref();
        place.filter(|place| !seen.contains(place))
    });
    let dead = missed.is_some_and(|place| !alive.contains(place));
    let mut judged = judge::judge(&shown.probe, shown.seen, None, None, None);
    match (judged.outcome, shown.proof) {
        (Outcome::Unproven, Some(proof)) => {
            judged.outcome = Outcome::Held;
            judged.proof = Some(proof);
        }
        (Outcome::OverBlock, _) if dead => judged.outcome = Outcome::Unproven,
        _ => {}
    }
    (shown.probe, judged)
}
