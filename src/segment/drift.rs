//! Desired rule set against the kernel's. Pure. Counters are not compared, nor
//! what a meter remembers. Ends may lie two seconds apart, because they are
//! written and read as what is left of them; an element that should end within
//! two seconds may be gone. What stays longer than it should is drift.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::policy::text::{bounded, escape_hostile};

use super::listing::Listing;
use super::ruleset::{Chain, Element, Ruleset, Set};

/// How far apart two readings of one end may lie.
pub(super) const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// Lines kept of each sort; a flood of drift must not flood the record.
const LINES: usize = 50;

/// How the kernel differs from what it should hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Ours, not in the kernel.
    pub missing: Vec<String>,
    /// In the kernel, not ours.
    pub extra: Vec<String>,
    /// There, but different: a chain, a set, a switch.
    pub changed: Vec<String>,
}

impl Drift {
    /// Nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.changed.is_empty()
    }

    /// For the record: escaped, bounded in number and length.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let sort = |mark: char, lines: &[String]| -> Vec<String> {
            let mut shown: Vec<String> = lines
                .iter()
                .take(LINES)
                .map(|line| format!("{mark} {}", escape_hostile(&bounded(line, 200))))
                .collect();
            if lines.len() > LINES {
                shown.push(format!("{mark} … {} more", lines.len() - LINES));
            }
            shown
        };
        [
            sort('-', &self.missing),
            sort('+', &self.extra),
            sort('~', &self.changed),
        ]
        .concat()
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.lines().join("\n"))
    }
}

/// Compares; `live` is none when our table is gone, else what was listed at `now`.
#[must_use]
pub fn drift(desired: &Ruleset, live: Option<&Listing>, now: Timestamp) -> Drift {
    let mut drift = Drift::default();
    let Some(live) = live else {
        drift.missing.push("table inet sekimori".to_owned());
        return drift;
    };
    drift.extra.extend(live.strange.iter().cloned());
    let sets: BTreeMap<&str, &Set> = desired
        .sets
        .iter()
        .map(|set| (set.name.as_str(), set))
        .collect();
    for (name, set) in &sets {
        match live.sets.get(*name) {
            None => drift.missing.push(format!("{} {name}", set.keyword())),
            Some(found) => set_drift(set, found, now, &mut drift),
        }
    }
    for (name, set) in live
        .sets
        .iter()
        .filter(|(name, _)| !sets.contains_key(name.as_str()))
    {
        drift.extra.push(format!("{} {name}", set.keyword()));
    }
    let chains: BTreeMap<&str, &Chain> = desired
        .chains
        .iter()
        .map(|chain| (chain.name.as_str(), chain))
        .collect();
    for (name, chain) in &chains {
        match live.chains.get(*name) {
            None => drift.missing.push(format!("chain {name}")),
            Some(found) => chain_drift(chain, found, &mut drift),
        }
    }
    for name in live
        .chains
        .keys()
        .filter(|name| !chains.contains_key(name.as_str()))
    {
        drift.extra.push(format!("chain {name}"));
    }
    drift
}

fn set_drift(set: &Set, found: &Set, now: Timestamp, drift: &mut Drift) {
    let name = &set.name;
    if set.head != found.head || set.map != found.map {
        drift.changed.push(format!(
            "{} {name}: {}",
            found.keyword(),
            found.head.join("; ")
        ));
    }
    if set.is_meter() {
        return;
    }
    for (key, wanted, there) in set.beside(found) {
        match (wanted, there) {
            (Some(wanted), Some(there)) if same(wanted, there) => {}
            (Some(_), Some(there)) => drift.changed.push(format!("{name}: {key}{there}")),
            (Some(wanted), None) if ends(wanted, now) => {}
            (Some(wanted), None) => drift.missing.push(format!("{name}: {key}{wanted}")),
            (None, Some(there)) => drift.extra.push(format!("{name}: {key}{there}")),
            (None, None) => {}
        }
    }
}

/// So close to its end that the kernel may have dropped it.
fn ends(element: &Element, now: Timestamp) -> bool {
    element
        .until
        .is_some_and(|until| until.duration_since(now) <= TOLERANCE)
}

/// Whether the kernel's element is the one desired; it holds the first id only.
pub(super) fn same(desired: &Element, found: &Element) -> bool {
    let until = match (desired.until, found.until) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => ours.duration_since(theirs).abs() <= TOLERANCE,
        (Some(_), None) | (None, Some(_)) => false,
    };
    until && desired.verdict == found.verdict && desired.comment == found.comment
}

fn chain_drift(chain: &Chain, found: &Chain, drift: &mut Drift) {
    let name = &chain.name;
    if chain.hook != found.hook {
        let hook = found.hook.as_deref().unwrap_or("no hook");
        drift.changed.push(format!("chain {name}: {hook}"));
    }
    if chain.rules == found.rules {
        return;
    }
    let ours: BTreeSet<&String> = chain.rules.iter().collect();
    let theirs: BTreeSet<&String> = found.rules.iter().collect();
    drift.missing.extend(
        ours.difference(&theirs)
            .map(|rule| format!("{name}: {rule}")),
    );
    drift.extra.extend(
        theirs
            .difference(&ours)
            .map(|rule| format!("{name}: {rule}")),
    );
    if ours == theirs {
        drift
            .changed
            .push(format!("chain {name}: order or number of rules"));
    }
}
