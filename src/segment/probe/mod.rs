//! Fires real packets across the boundary and holds what comes out against
//! the allow-list.
//!
//! ```text
//! Policy --terrain--> Terrain --build--> World (two namespaces), or real interfaces (`outside`)
//!    |                                     |
//!    +--matrix, leaks--> Probes --fire--> sightings: no rules at all (the control)
//!       errors, wall            --fire--> sightings: as in force
//!                               --fire--> sightings: the kernel's switches alone
//!                               --fire--> sightings: one wall of rules alone
//!                               --fire--> sightings: the rules alone, kernel walls down
//!                                     --judge--> Findings --> Report, signed
//! ```
//!
//! Promised: a leak and an over-block are findings alike; a probe that sees
//! nothing counts only when its control shows that it could have seen
//! something; every packet bears a nonce, so that nothing else is taken for
//! it. Production rules, interfaces and traffic are never touched.
//!
//! Absent on purpose: any knowledge of what the rules say. Whether a packet must
//! pass is the evaluator's word, whether it did is the wire's; `wall` only opens
//! whole chains.

pub mod class;
mod crowd;
pub(crate) mod dialogue;
pub mod discovery;
pub mod errors;
pub mod field;
pub mod fire;
pub mod frames;
pub mod host;
pub(crate) mod hunt;
pub mod judge;
pub mod leaks;
pub mod lifecycle;
pub mod link;
pub mod live;
pub mod manners;
pub mod matrix;
pub mod neighbour;
pub mod offer;
pub mod oracle;
pub mod outside;
pub mod own;
pub mod page;
pub mod proof;
pub mod reach;
pub mod report;
pub mod samples;
pub mod services;
pub mod strange;
pub mod talk;
pub mod terrain;
pub mod wall;
pub mod way;
pub mod wire;
pub mod wires;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::policy::Policy;

use super::error::SegmentError;
use super::ruleset::Ruleset;
use fire::{Fired, Gun, Sightings};
use judge::{Control, Judged};
use lifecycle::Lived;
use offer::{Place, Probe, Stage, Station};
use oracle::Oracle;
use terrain::Terrain;
use world::World;

/// A world with its probes and their controls: fired at any rule set.
pub struct Range {
    world: World,
    gun: Gun,
    probes: Vec<Probe>,
    controls: Vec<Option<Control>>,
}

impl Range {
    /// Builds the world, writes the probes and fires the controls.
    ///
    /// # Errors
    /// No privilege, no `ip`, no `nft`.
    pub fn build(
        policy: &Policy,
        users: &BTreeMap<String, u32>,
        now: Timestamp,
        from: Option<&str>,
        any_user: bool,
        mark: [u8; 4],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, SegmentError> {
        let terrain = Terrain::of(policy);
        let oracle = Oracle::new(policy, &terrain, now, users);
        let mut probes = all(&oracle);
        probes.extend(wall::walls(&oracle));
        if !any_user {
            // In a user namespace there is no other user to be.
            probes.retain(|probe| {
                let mut from = probe.steps.iter().map(|step| &step.from);
                from.all(|from| !matches!(from, Station::Gateway(uid) if *uid != 0))
            });
        }
        if let Some(zone) = from {
            probes.retain(|probe| starts_in(&oracle, probe, zone));
        }
        let mut range = Self {
            world: World::build(terrain.clone())?,
            gun: Gun::new(mark),
            probes,
            controls: Vec::new(),
        };
        range.control(progress)?;
        Ok(range)
    }

    /// The probes, in order.
    #[must_use]
    pub fn probes(&self) -> &[Probe] {
        &self.probes
    }

    /// Holds a real conversation over each flow that has passed.
    ///
    /// # Errors
    /// The world is broken.
    pub fn converse(&mut self, judged: &[Judged]) -> Result<Vec<Lived>, SegmentError> {
        let all = self.probes.iter().zip(judged);
        dialogue::conversations(&mut self.gun, &self.world.field, all)
    }

    /// The probes alone; the world ends.
    #[must_use]
    pub fn into_probes(self) -> Vec<Probe> {
        self.probes
    }

    /// Packets offered so far.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.gun.offered
    }

    /// Its world, for what is done to the rules themselves.
    pub fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// Without rules everything arrives, or there is a reason.
    fn control(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), SegmentError> {
        self.world.open()?;
        self.gun.wait_for_cables(&self.world.field)?;
        self.world.forget()?;
        let tap = self.world.tap()?;
        let wanted = places(&self.probes, needs_control);
        let chosen = chosen(&self.probes, &wanted);
        let all = chosen.len();
        let fired = self
            .gun
            .fire(&self.world.field, &chosen, Some(&tap), &mut |more| {
                progress(more, all)
            })?;
        self.controls = vec![None; self.probes.len()];
        let controls = fired.seen.into_iter().zip(fired.reached);
        for (place, control) in wanted.into_iter().zip(controls) {
            if let Some(kept) = self.controls.get_mut(place) {
                *kept = Some(control);
            }
        }
        Ok(())
    }

    /// Fires everything at a rule set: as in force; at the kernel's switches
    /// alone; at the rules alone; and at one wall of them alone. Afterwards the
    /// gateway lets marked packets pass until rules are put in force again.
    ///
    /// # Errors
    /// The rule set cannot be put in force, or the world is broken.
    pub fn examine(
        &mut self,
        ruleset: &Ruleset,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Judged>, SegmentError> {
        self.world.hold(ruleset)?;
        self.world.forget()?;
        let total = self.probes.len();
        let progress = &mut |more| progress(more, total);
        let mut shown = Shown {
            seen: vec![Vec::new(); total],
            ..Shown::default()
        };
        let in_force = |probe: &Probe| matches!(probe.stage, Stage::Whole | Stage::Switch);
        self.see(in_force, &mut shown, progress)?;
        self.world.open_walls()?;
        self.see(|probe| probe.stage == Stage::Kernel, &mut shown, progress)?;
        self.world.at_gateway(|| self.world.loosen())?;
        self.world.forget()?;
        let before = self.world.counted()?;
        self.gun.record = Some(self.world.record()?);
        let alone = self.see_rules_alone(&mut shown, progress);
        self.gun.record = None;
        alone?;
        for (chain, count) in self.world.counted()? {
            let before = before.get(&chain).copied().unwrap_or(0);
            shown.counted.insert(chain, count.saturating_sub(before));
        }
        shown.excuse(&self.probes);
        let probes = self.probes.iter().zip(&self.controls).enumerate();
        Ok(probes
            .map(|(place, (probe, control))| shown.judge(place, probe, control.as_ref()))
            .collect())
    }

    /// With the kernel's own walls down: each wall of rules, then all of them
    /// that stand behind the one before tracking.
    fn see_rules_alone(
        &mut self,
        shown: &mut Shown,
        progress: &mut dyn FnMut(usize),
    ) -> Result<(), SegmentError> {
        self.see(|probe| probe.stage == Stage::Wall, shown, progress)?;
        self.world.open_services()?;
        let rules = places(&self.probes, by_rules);
        let probes = chosen(&self.probes, &rules);
        let fired = self
            .gun
            .fire(&self.world.field, &probes, None, &mut |_| {})?;
        shown.remember(&rules, &fired);
        shown.alone.extend(rules.into_iter().zip(fired.seen));
        Ok(())
    }

    /// Fires some of the probes. What was missed is fired once more: a lost
    /// packet is no finding.
    fn see(
        &mut self,
        wanted: impl Fn(&Probe) -> bool,
        shown: &mut Shown,
        progress: &mut dyn FnMut(usize),
    ) -> Result<(), SegmentError> {
        let mut wanted = places(&self.probes, wanted);
        for again in [false, true] {
            let probes = chosen(&self.probes, &wanted);
            let fired = self
                .gun
                .fire(&self.world.field, &probes, None, &mut |more| {
                    progress(if again { 0 } else { more });
                })?;
            shown.remember(&wanted, &fired);
            let mut missed = Vec::new();
            for ((place, probe), seen) in wanted.iter().zip(&probes).zip(fired.seen) {
                let lost = judge::missed(probe, &seen);
                if lost {
                    missed.push(*place);
                }
                if let (Some(first), false) = (shown.seen.get_mut(*place), again && lost) {
                    *first = seen;
                }
            }
            wanted = missed;
        }
        Ok(())
    }
}

/// What firing at one rule set has shown.
#[derive(Default)]
struct Shown {
    /// In force, or before one wall.
    seen: Sightings,
    /// Of some, once more with the rules alone.
    alone: BTreeMap<usize, Vec<BTreeSet<Place>>>,
    /// Whether the last packet stands in the record of denials, where that
    /// was looked at.
    recorded: BTreeMap<usize, bool>,
    /// How many denials each chain recorded.
    records: BTreeMap<String, u64>,
    /// And how many it counted.
    counted: BTreeMap<String, u64>,
}

impl Shown {
    fn remember(&mut self, which: &[usize], fired: &Fired) {
        self.recorded
            .extend(which.iter().copied().zip(fired.recorded.iter().copied()));
        fire::add(&mut self.records, fired.records.clone());
    }

    /// The record is rated, the count is not: a denial that is not told of, and
    /// yet counted, is recorded all the same.
    fn excuse(&mut self, probes: &[Probe]) {
        let untold = probes.iter().enumerate();
        let untold = untold
            .filter(|(place, probe)| judge::unrecorded(probe, self.recorded.get(place).copied()));
        let untold = u64::try_from(untold.count()).unwrap_or(u64::MAX);
        let (counted, told): (u64, u64) =
            (self.counted.values().sum(), self.records.values().sum());
        if untold <= counted.saturating_sub(told) {
            self.recorded.clear();
        }
    }

    fn judge(&mut self, place: usize, probe: &Probe, control: Option<&Control>) -> Judged {
        if let Stage::Counter(chain) = probe.stage {
            let of = |counts: &BTreeMap<String, u64>| counts.get(chain).copied().unwrap_or(0);
            return judge::counter(of(&self.records), of(&self.counted));
        }
        let seen = self.seen.get_mut(place).map(std::mem::take);
        judge::judge(
            probe,
            seen.unwrap_or_default(),
            self.alone.remove(&place),
            self.recorded.get(&place).copied(),
            control,
        )
    }
}

/// Every probe for this policy that needs no world of its own.
fn all(oracle: &Oracle<'_>) -> Vec<Probe> {
    let mut probes = matrix::matrix(oracle);
    probes.extend(leaks::leaks(oracle));
    probes.extend(strange::strange(oracle));
    probes.extend(link::link(oracle));
    probes.extend(live::live(oracle));
    probes.extend(errors::errors(oracle));
    probes.extend(discovery::discovery(oracle));
    probes.extend(own::own(oracle));
    probes.extend(services::services(oracle));
    probes
}

/// The places of those that are wanted.
fn places(probes: &[Probe], wanted: impl Fn(&Probe) -> bool) -> Vec<usize> {
    let all = probes.iter().enumerate();
    all.filter(|(_, probe)| wanted(probe))
        .map(|(place, _)| place)
        .collect()
}

fn chosen<'a>(probes: &'a [Probe], places: &[usize]) -> Vec<&'a Probe> {
    places
        .iter()
        .filter_map(|place| probes.get(*place))
        .collect()
}

/// It may be stopped by the kernel itself.
fn needs_control(probe: &Probe) -> bool {
    probe.denies() || probe.stage == Stage::Wall
}

/// Held by the rules, not by a switch of the kernel.
fn by_rules(probe: &Probe) -> bool {
    probe.denies() && probe.stage == Stage::Whole
}

/// By the packet that must be stopped; else by the one that begins, since the
/// last may be the answer of the other side.
fn starts_in(oracle: &Oracle<'_>, probe: &Probe, zone: &str) -> bool {
    let step = if probe.denies() {
        probe.steps.last()
    } else {
        probe.steps.first()
    };
    step.is_some_and(|step| match &step.from {
        Station::Side(interface) => oracle.zone(interface) == Some(zone),
        Station::Gateway(_) => false,
    })
}
