//! Fires real packets across the boundary and holds what comes out against
//! the allow-list.
//!
//! ```text
//! Policy --terrain--> Terrain --build--> World (two namespaces), or real interfaces (`outside`)
//!    |                                     |
//!    +--matrix, leaks--> Probes --fire--> sightings: as in force
//!                                 fire--> sightings: the rules alone, kernel walls down
//!                                 fire--> sightings: no rules at all (the control)
//!                                     --judge--> Findings --> Report, signed
//! ```
//!
//! Promised: a leak and an over-block are findings alike; a probe that sees
//! nothing counts only when its control shows that it could have seen
//! something; every packet bears a nonce, so that nothing else is taken for
//! it. Production rules, interfaces and traffic are never touched.
//!
//! Absent on purpose: any knowledge of nft. Whether a packet must pass is the
//! evaluator's word, whether it did is the wire's.

pub mod class;
pub(crate) mod dialogue;
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
pub mod page;
pub mod proof;
pub mod reach;
pub mod report;
pub mod strange;
pub mod terrain;
pub mod way;
pub mod wire;
pub mod wires;
pub mod world;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::policy::Policy;

use super::error::SegmentError;
use super::ruleset::Ruleset;
use fire::Gun;
use judge::{Controls, Judged};
use lifecycle::Lived;
use offer::{Probe, Station};
use oracle::Oracle;
use terrain::Terrain;
use world::World;

/// A world with its probes and their controls: fired at any rule set.
pub struct Range {
    world: World,
    gun: Gun,
    probes: Vec<Probe>,
    controls: Controls,
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
        let oracle = Oracle {
            policy,
            terrain: &terrain,
            now,
            users,
        };
        let mut probes = all(&oracle, from);
        if !any_user {
            // In a user namespace there is no other user to be.
            probes.retain(|probe| {
                let mut from = probe.steps.iter().map(|step| &step.from);
                from.all(|from| !matches!(from, Station::Gateway(uid) if *uid != 0))
            });
        }
        let mut range = Self {
            world: World::build(terrain.clone())?,
            gun: Gun::new(mark),
            probes,
            controls: Controls::default(),
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
        self.world.forget()?;
        let tap = self.world.tap()?;
        let silent: Vec<&Probe> = self.probes.iter().filter(|probe| probe.denies()).collect();
        let all = silent.len();
        let (seen, reached) =
            self.gun
                .fire(&self.world.field, &silent, Some(&tap), &mut |more| {
                    progress(more, all)
                })?;
        let mut controls = seen.into_iter().zip(reached);
        self.controls = self
            .probes
            .iter()
            .map(|probe| {
                if probe.denies() {
                    controls.next()
                } else {
                    None
                }
            })
            .collect();
        Ok(())
    }

    /// Fires everything at a rule set: as in force, then with the kernel's own
    /// walls down so that the rules stand alone.
    ///
    /// # Errors
    /// The rule set cannot be put in force, or the world is broken.
    pub fn examine(
        &mut self,
        ruleset: &Ruleset,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Judged>, SegmentError> {
        self.world.hold(ruleset)?;
        self.examine_as_is(progress)
    }

    /// The same with whatever the gateway's namespace holds now.
    ///
    /// # Errors
    /// The world is broken.
    pub fn examine_as_is(
        &mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Judged>, SegmentError> {
        self.world.forget()?;
        let all: Vec<&Probe> = self.probes.iter().collect();
        let total = all.len();
        let (mut seen, _) = self.gun.fire(&self.world.field, &all, None, &mut |more| {
            progress(more, total)
        })?;
        self.gun.fire_missed(&self.world.field, &all, &mut seen)?;
        let alone: Vec<&Probe> = self.probes.iter().filter(|probe| by_rules(probe)).collect();
        self.world.at_gateway(|| self.world.loosen())?;
        self.world.forget()?;
        let (loose, _) = self
            .gun
            .fire(&self.world.field, &alone, None, &mut |_| {})?;
        let mut loose = loose.into_iter();
        Ok(self
            .probes
            .iter()
            .zip(seen)
            .zip(self.controls.iter())
            .map(|((probe, seen), control)| {
                let loose = if by_rules(probe) { loose.next() } else { None };
                judge::judge(probe, seen, loose, control)
            })
            .collect())
    }
}

/// Every probe for this policy; of one zone only, if one is given.
fn all(oracle: &Oracle<'_>, from: Option<&str>) -> Vec<Probe> {
    let mut probes = matrix::matrix(oracle);
    probes.extend(leaks::leaks(oracle));
    probes.extend(strange::strange(oracle));
    probes.extend(link::link(oracle));
    probes.extend(live::live(oracle));
    if let Some(zone) = from {
        probes.retain(|probe| starts_in(oracle, probe, zone));
    }
    probes
}

/// Held by the rules, not by a switch of the kernel.
fn by_rules(probe: &Probe) -> bool {
    probe.denies() && !probe.by_switch
}

fn starts_in(oracle: &Oracle<'_>, probe: &Probe, zone: &str) -> bool {
    probe.steps.last().is_some_and(|step| match &step.from {
        Station::Side(interface) => oracle.zone(interface) == Some(zone),
        Station::Gateway(_) => false,
    })
}
