//! Class 21: the table of sessions is full, as under a flood of allowed ones.
//! It must fail closed: nothing new, and what lives goes on. Acts.

use std::collections::BTreeSet;

use crate::policy::text::Text;

use super::super::error::SegmentError;
use super::Range;
use super::judge::{Outcome, missed};
use super::lifecycle::{Lived, converses};

/// Sessions that a probe may make, of about 320 bytes each.
const MOST: u32 = 1 << 20;

impl Range {
    /// With the right rules in force; leaves an empty table. Nothing where no
    /// flow has a conversation, or the table is too large for a probe.
    pub(super) fn crowded(&mut self) -> Result<Vec<Lived>, SegmentError> {
        let Some(place) = self.probes.iter().position(converses) else {
            return Ok(Vec::new());
        };
        self.world.forget()?;
        let before = self.gun.offered;
        let alive = self.opens(place)?;
        let room = self.world.at_gateway(room)?;
        let Some(room) = room.filter(|room| *room <= MOST) else {
            return Ok(Vec::new());
        };
        if self.world.fill(room.saturating_add(1))? > room {
            self.world.forget()?;
            return Ok(Vec::new()); // the kernel made room all the same
        }
        let again = match self.probes.get(place) {
            Some(probe) => self.gun.fire_again(&self.world.field, probe)?,
            None => Vec::new(),
        };
        let goes_on = again
            .last()
            .is_some_and(|seen: &BTreeSet<_>| !seen.is_empty());
        let another = self.opens(place)?;
        let offered = self.gun.offered.saturating_sub(before);
        let denied = self.stays_silent(
            21,
            Text::new("溢れたときの拒否", "what is denied, while it is full"),
        )?;
        self.world.forget()?;
        let say = |name, expected: &str, arrives: bool, wrong| Lived {
            class: 21,
            flow: None,
            name,
            offered,
            expected: expected.to_owned(),
            seen: if arrives { "arrives" } else { "nowhere" }.to_owned(),
            outcome: wrong,
        };
        let outcome = |right: bool, wrong| match (alive, right) {
            (false, _) => Outcome::Unproven,
            (true, true) => Outcome::Held,
            (true, false) => wrong,
        };
        Ok(vec![
            say(
                Text::new(
                    "溢れても生きた接続は続く",
                    "a live session goes on while it is full",
                ),
                "arrives",
                goes_on,
                outcome(goes_on, Outcome::OverBlock),
            ),
            say(
                Text::new(
                    "溢れたときの新しい接続",
                    "a new connection while it is full",
                ),
                "nowhere",
                another,
                outcome(!another, Outcome::Leak),
            ),
            denied,
        ])
    }

    /// Whether a conversation that a flow allows comes about.
    fn opens(&mut self, place: usize) -> Result<bool, SegmentError> {
        let Some(probe) = self.probes.get(place) else {
            return Ok(false);
        };
        let fired = self
            .gun
            .fire(&self.world.field, &[probe], None, &mut |_| {})?;
        Ok(fired.seen.first().is_some_and(|seen| !missed(probe, seen)))
    }
}

/// How many sessions the kernel tracks at most.
fn room() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/sys/net/netfilter/nf_conntrack_max").ok()?;
    text.trim().parse().ok()
}
