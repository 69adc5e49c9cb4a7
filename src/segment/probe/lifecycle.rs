//! The leak classes that are moments, not packets: boot, reload, repair, the
//! way back, the end of a flow. The real transactions run while a flood of
//! denied packets is offered from another thread. Acts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::policy::text::Text;
use crate::policy::{Endpoint, Policy};

use super::super::compile::{self, Facts};
use super::super::error::SegmentError;
use super::super::observe;
use super::super::ruleset::{Forwarding, Ruleset};
use super::super::sessions;
use super::super::transaction::transaction;
use super::super::{apply, put_in_force};
use super::Range;
use super::frames::Stamp;
use super::judge::{Outcome, leaked};
use super::offer::{Probe, Stage, Station};
use super::wire::Wire;

/// One moment, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// Class.
    pub class: u8,
    /// The flow it is about.
    pub flow: Option<String>,
    /// What was done.
    pub name: Text,
    /// Packets offered meanwhile.
    pub offered: u64,
    /// What had to be seen.
    pub expected: String,
    /// What was.
    pub seen: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How often a transaction is repeated under the flood.
pub const REPEATS: usize = 10;

impl Range {
    /// Lives through all moments with this policy's rules; ends with them in
    /// force.
    ///
    /// # Errors
    /// A rule set cannot be loaded, or the world is broken.
    pub fn live_through(
        &mut self,
        policy: &Policy,
        users: &BTreeMap<String, u32>,
        now: Timestamp,
        repeats: usize,
    ) -> Result<Vec<Lived>, SegmentError> {
        let facts = Facts {
            now,
            users: users.clone(),
        };
        let right = compile::compile(policy, &facts)?;
        let without = without_the_first(policy, &self.probes);
        let fewer = compile::compile(&without, &facts)?;
        let closed = compile::deny_all();
        let mut lived = Vec::new();
        // The control: the same flood arrives where there are no rules.
        self.world.open()?;
        let heard = self.under_flood(0, Text::new("対照", "control"), || Ok(()))?;
        self.world.hold(&closed)?; // deny-all.nft stands before any interface does

        lived.push(self.under_flood(
            32,
            Text::new(
                "起動: 全遮断の規則から現在の改訂へ",
                "boot: from deny-all to the revision",
            ),
            || {
                for _ in 0..repeats {
                    apply::forward(Forwarding::default(), &[])?;
                    apply::load(&transaction(&closed, None, Timestamp::now()))?; // as deny-all.nft before the network
                    put_in_force(&right)?;
                }
                Ok(())
            },
        )?);
        lived.push(self.under_flood(
            33,
            Text::new("全体の再読込み", "full loads"),
            || {
                (0..repeats)
                    .try_for_each(|_| apply::load(&transaction(&right, None, Timestamp::now())))
            },
        )?);
        lived.push(self.under_flood(
            33,
            Text::new(
                "差分の適用 (許可を一つ外し、戻す)",
                "deltas: a flow goes and comes back",
            ),
            || {
                for _ in 0..repeats {
                    put_in_force(&fewer)?;
                    put_in_force(&right)?;
                }
                Ok(())
            },
        )?);
        lived.push(self.under_flood(
            34,
            Text::new(
                "デーモンなしで規則だけが残る",
                "the rules without any daemon",
            ),
            || Ok(()),
        )?);
        lived.push(self.under_flood(
            38,
            Text::new(
                "全遮断への巻き戻しと復帰",
                "back to deny-all and forth again",
            ),
            || {
                for _ in 0..repeats {
                    put_in_force(&closed)?;
                    put_in_force(&right)?;
                }
                Ok(())
            },
        )?);
        lived.push(self.repaired(&right)?);
        lived.push(self.plugged()?);
        lived.extend(self.cut(&right, &fewer, &without, now)?);
        lived.extend(self.crowded()?);
        lived.push(self.counted()?);
        lived.push(self.shut()?);
        self.world.hold(&right)?;
        if heard.outcome != Outcome::Leak {
            for deaf in lived
                .iter_mut()
                .filter(|lived| lived.outcome == Outcome::Held)
            {
                deaf.outcome = Outcome::Unproven;
            }
        }
        Ok(lived)
    }

    /// Does something at the gateway while everything that is denied is
    /// offered again and again; whatever arrives is a leak.
    fn under_flood(
        &mut self,
        class: u8,
        name: Text,
        act: impl FnOnce() -> Result<(), SegmentError>,
    ) -> Result<Lived, SegmentError> {
        self.world.forget()?;
        let mark = self.gun.next_mark();
        let frames = frames(&self.world.field.terrain, &self.probes, mark);
        let names: Vec<String> = self
            .world
            .field
            .terrain
            .sides
            .iter()
            .map(|side| format!("far{}", side.number))
            .collect();
        let mouth = self.world.beyond(|| Wire::open_to_send(&names))??;
        let stop = AtomicBool::new(false);
        let (acted, offered) = std::thread::scope(|scope| {
            let flood = scope.spawn(|| flood(&mouth, &frames, &stop));
            let acted = self.world.at_gateway(act);
            stop.store(true, Ordering::Release);
            (acted, flood.join().unwrap_or(0))
        });
        acted??;
        let arrived = super::fire::arrivals(&self.world.field, mark)?;
        let outcome = if arrived > 0 {
            Outcome::Leak
        } else if offered == 0 {
            Outcome::Unproven
        } else {
            Outcome::Held
        };
        Ok(Lived {
            class,
            flow: None,
            name,
            offered,
            expected: "0 arrive".to_owned(),
            seen: format!("{arrived} arrive"),
            outcome,
        })
    }

    /// Class 35: another program deletes the table and opens a chain; after
    /// the repair nothing of it is left.
    fn repaired(&mut self, right: &Ruleset) -> Result<Lived, SegmentError> {
        let deleted = self
            .world
            .at_gateway(|| apply::load("delete table inet sekimori\n"))?;
        deleted?;
        self.world.hold(right)?;
        let added = self.world.at_gateway(|| {
            apply::load("insert rule inet sekimori forwarding accept\ninsert rule inet sekimori incoming accept\n")
        })?;
        added?;
        self.world.hold(right)?;
        self.silence(
            35,
            Text::new(
                "表の削除と規則の追加を修復した後",
                "after the repair of a deleted and an opened table",
            ),
        )
    }

    /// Class 36: a cable that no zone knows.
    fn plugged(&mut self) -> Result<Lived, SegmentError> {
        let far = self.world.plug()?;
        let mark = self.gun.next_mark();
        let mut offered = 0;
        let wire = self.world.beyond(|| Wire::open_to_send(&[far]))??;
        for (_, frame) in frames(&self.world.field.terrain, &self.probes, mark) {
            // The new interface has its own hardware address; all hear this one.
            let mut frame = frame;
            if let Some(to) = frame.get_mut(..6) {
                to.copy_from_slice(&super::world::PLUGGED);
            }
            offered += u64::from(wire.send(0, &frame));
        }
        let arrived = super::fire::arrivals(&self.world.field, mark)?;
        self.world.unplug()?;
        Ok(Lived {
            class: 36,
            flow: None,
            name: Text::new(
                "どの区域にも属さない NIC からの通信",
                "packets from an interface of no zone",
            ),
            offered,
            expected: "0 arrive".to_owned(),
            seen: format!("{arrived} arrive"),
            outcome: if arrived > 0 {
                Outcome::Leak
            } else if offered == 0 {
                Outcome::Unproven
            } else {
                Outcome::Held
            },
        })
    }

    /// Classes 22 and 24: the flow ends; its session, and its ports again.
    fn cut(
        &mut self,
        right: &Ruleset,
        fewer: &Ruleset,
        without: &Policy,
        now: Timestamp,
    ) -> Result<Vec<Lived>, SegmentError> {
        let Some(probe) = self.probes.iter().find(|probe| converses(probe)) else {
            return Ok(Vec::new());
        };
        self.world.hold(right)?;
        self.world.forget()?;
        let before = self.gun.offered;
        let opened = self
            .gun
            .fire(&self.world.field, &[probe], None, &mut |_| {})?
            .seen;
        let alive = opened
            .first()
            .is_some_and(|seen| !super::judge::missed(probe, seen));
        self.world.hold(fewer)?;
        // As the segment role does after every change.
        let ended = self
            .world
            .at_gateway(|| sessions::end_uncovered(Some(without), now))?;
        ended.map_err(|error| SegmentError::Control(error.to_string()))?;
        let again = self.gun.fire_again(&self.world.field, probe)?;
        let arrived = |seen: Option<&std::collections::BTreeSet<_>>| {
            seen.is_some_and(|seen| !seen.is_empty())
        };
        let (data, syn) = (arrived(again.last()), arrived(again.first()));
        let offered = self.gun.offered.saturating_sub(before);
        self.world.hold(right)?;
        let say = |class, name, passed: bool| Lived {
            class,
            flow: None,
            name,
            offered,
            expected: "nowhere".to_owned(),
            seen: if passed { "arrives" } else { "nowhere" }.to_owned(),
            outcome: match (alive, passed) {
                (false, _) => Outcome::Unproven,
                (true, true) => Outcome::Leak,
                (true, false) => Outcome::Held,
            },
        };
        Ok(vec![
            say(
                22,
                Text::new(
                    "許可を外した後の、生きていた接続のデータ",
                    "data of a session whose flow was removed",
                ),
                data,
            ),
            say(
                24,
                Text::new(
                    "許可を外した後の、同じポートでの接続",
                    "the same ports again after the flow was removed",
                ),
                syn,
            ),
        ])
    }

    /// Class 39: every denied packet is counted.
    fn counted(&mut self) -> Result<Lived, SegmentError> {
        let denied = |range: &Self| -> Result<u64, SegmentError> {
            Ok(range.world.counted()?.values().sum())
        };
        self.world.forget()?;
        let before = denied(self)?;
        let silent: Vec<&Probe> = self
            .probes
            .iter()
            .filter(|probe| {
                probe.class == 1
                    && probe.denies()
                    && probe.stage == Stage::Whole
                    && probe.steps.len() == 1
                    && matches!(
                        probe.steps.first().map(|step| &step.from),
                        Some(Station::Side(_))
                    )
            })
            .collect();
        let offered = u64::try_from(silent.len()).unwrap_or(u64::MAX);
        self.gun
            .fire(&self.world.field, &silent, None, &mut |_| {})?;
        let counted = denied(self)?.saturating_sub(before);
        Ok(Lived {
            class: 39,
            flow: None,
            name: Text::new("拒否した通信の計数", "denied packets are counted"),
            offered,
            expected: format!("at least {offered} counted"),
            seen: format!("{counted} counted"),
            outcome: if counted >= offered {
                Outcome::Held
            } else {
                Outcome::Leak
            },
        })
    }

    /// Class 37: an orderly end takes nothing away, the rules and forwarding
    /// stay as they are, and nobody is there who would repair them.
    fn shut(&mut self) -> Result<Lived, SegmentError> {
        let stays = self.world.at_gateway(observe::live)??.table.is_some();
        let mut lived = self.silence(
            37,
            Text::new(
                "停止: 規則だけが残った後",
                "shutdown: the rules alone are left",
            ),
        )?;
        if !stays {
            lived.outcome = Outcome::Leak;
            "the rules are gone".clone_into(&mut lived.seen);
        }
        Ok(lived)
    }

    /// Everything denied, once, at what the world holds now.
    fn silence(&mut self, class: u8, name: Text) -> Result<Lived, SegmentError> {
        self.world.forget()?;
        self.stays_silent(class, name)
    }

    /// The same beside sessions that there are.
    pub(super) fn stays_silent(&mut self, class: u8, name: Text) -> Result<Lived, SegmentError> {
        let silent: Vec<&Probe> = self
            .probes
            .iter()
            .filter(|probe| probe.denies() && probe.steps.len() == 1)
            .collect();
        let before = self.gun.offered;
        let seen = self
            .gun
            .fire(&self.world.field, &silent, None, &mut |_| {})?
            .seen;
        let leaks = silent
            .iter()
            .zip(&seen)
            .filter(|(probe, seen)| leaked(probe, seen))
            .count();
        Ok(Lived {
            class,
            flow: None,
            name,
            offered: self.gun.offered.saturating_sub(before),
            expected: "0 arrive".to_owned(),
            seen: format!("{leaks} arrive"),
            outcome: if leaks > 0 {
                Outcome::Leak
            } else {
                Outcome::Held
            },
        })
    }
}

/// A TCP conversation between two zones that a flow allows.
pub(super) fn converses(probe: &Probe) -> bool {
    let mut steps = probe.steps.iter();
    probe.class == 1
        && probe.steps.len() == 3
        && steps.all(|step| matches!(step.from, Station::Side(_)))
}

/// The policy without any flow between the two sides of the first
/// conversation, so that what it sent is covered no more.
fn without_the_first(policy: &Policy, probes: &[Probe]) -> Policy {
    let mut without = policy.clone();
    let known = probes.iter().find(|probe| converses(probe));
    let known = known.and_then(|probe| probe.flow.as_ref());
    let first = policy.flows.iter().find(|flow| Some(&flow.id) == known);
    let zone = |end: &Endpoint| match end {
        Endpoint::Gateway => None,
        Endpoint::Zone { zone, .. } => Some(zone.clone()),
    };
    if let Some(first) = first {
        let ends = (zone(&first.from), zone(&first.to));
        without
            .flows
            .retain(|flow| (zone(&flow.from), zone(&flow.to)) != ends);
    }
    without
}

/// The denied packets from beyond, each with a nonce of this mark.
fn frames(
    terrain: &super::terrain::Terrain,
    probes: &[Probe],
    mark: [u8; 4],
) -> Vec<(usize, Vec<u8>)> {
    let mut frames = Vec::new();
    for (number, probe) in (1_u32..).zip(probes) {
        let [step] = probe.steps.as_slice() else {
            continue;
        };
        let Station::Side(interface) = &step.from else {
            continue;
        };
        if step.expect.is_some() || step.asks.is_some() {
            continue;
        }
        let Some(end) = terrain
            .sides
            .iter()
            .position(|side| side.interface == *interface)
        else {
            continue;
        };
        let Some(side) = terrain.sides.get(end) else {
            continue;
        };
        let ([a, b, c, d], [e, f, g, h]) = (mark, number.to_be_bytes());
        let port = u16::try_from(30_000_u32.saturating_add(number % 20_000)).unwrap_or(30_000);
        let stamp = Stamp {
            nonce: [a, b, c, d, e, f, g, h],
            port,
        };
        let shot = (step.build)(&stamp);
        frames.push((end, shot.frame(side.near(), side.far())));
    }
    frames
}

fn flood(mouth: &Wire, frames: &[(usize, Vec<u8>)], stop: &AtomicBool) -> u64 {
    super::world::use_all_processors();
    let mut offered: u64 = 0;
    loop {
        for (end, frame) in frames {
            offered = offered.saturating_add(u64::from(mouth.send(*end, frame)));
        }
        if frames.is_empty() || stop.load(Ordering::Acquire) {
            return offered;
        }
    }
}
