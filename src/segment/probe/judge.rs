//! What was expected against what was seen. Pure.

use std::collections::BTreeSet;

use super::offer::{self, Place, Probe};

/// What a probe's control saw, and whether it reached the gateway.
pub type Control = (Vec<BTreeSet<Place>>, bool);

/// How a probe ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It had to pass, and it did, answers too.
    Passed,
    /// It had to be stopped and was; without rules it arrives, and the record
    /// of denials says which chain stopped it.
    Held,
    /// It had to be stopped and was; the kernel stops it even without rules.
    HeldByKernel,
    /// It was stopped, but so it is without rules, for no known reason; or no
    /// rule recorded that it stopped it.
    Unproven,
    /// It had to pass and did not.
    OverBlock,
    /// It was seen where it must not be.
    Leak,
}

/// What a silence proves, from the strongest down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// Without rules the same packet arrives.
    Control,
    /// It reached the gateway's interface, and the kernel stops it by itself.
    Kernel,
    /// An allowed packet went the same way just before and just after.
    Path,
    /// One of the other IP version did.
    OtherFamily,
    /// Allowed packets came in where it came in, and out where it would come
    /// out, just before and just after; none may go from the one to the other.
    Legs,
    /// The gateway answered on both cables just before and just after, and
    /// forwarded what is allowed between others; nothing may use these two.
    Cables,
    /// The gateway answered on this cable just after; that it took the packet
    /// would show in what it answers.
    Gateway,
}

impl Proof {
    /// Those of a run on real interfaces.
    pub const OUTSIDE: [Self; 5] = [
        Self::Path,
        Self::OtherFamily,
        Self::Legs,
        Self::Cables,
        Self::Gateway,
    ];
}

/// A probe's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How it ended.
    pub outcome: Outcome,
    /// Where its packets were seen, step by step.
    pub seen: Vec<BTreeSet<Place>>,
    /// What its silence proves.
    pub proof: Option<Proof>,
    /// Seen only once the kernel's own walls were down: the rules alone leak.
    pub behind_kernel: bool,
    /// No rule recorded, or counted, that it stopped it.
    pub unrecorded: bool,
}

/// A step that had to be seen was not.
#[must_use]
pub fn missed(probe: &Probe, seen: &[BTreeSet<Place>]) -> bool {
    let mut steps = probe.steps.iter().zip(seen);
    steps.any(|(step, seen)| {
        step.expect
            .as_ref()
            .is_some_and(|place| !seen.contains(place))
    })
}

/// A step was seen where it must not be.
#[must_use]
pub fn leaked(probe: &Probe, seen: &[BTreeSet<Place>]) -> bool {
    let mut steps = probe.steps.iter().zip(seen);
    steps.any(|(step, seen)| seen.iter().any(|place| Some(place) != step.expect.as_ref()))
}

/// Judges one probe by what was seen of it as in force or before one wall, by
/// what was seen with the rules alone, by the record of denials, and by its
/// control; the latter three where there are any.
#[must_use]
pub fn judge(
    probe: &Probe,
    seen: Vec<BTreeSet<Place>>,
    alone: Option<Vec<BTreeSet<Place>>>,
    recorded: Option<bool>,
    control: Option<&Control>,
) -> Judged {
    let alone_leak = alone.as_ref().is_some_and(|alone| leaked(probe, alone));
    let strict_leak = leaked(probe, &seen);
    let (outcome, proof) = if strict_leak || alone_leak {
        (Outcome::Leak, None)
    } else if missed(probe, &seen) {
        // What the kernel stops without rules too tells nothing of them.
        let never = control.is_some_and(|(seen, _)| !probe.denies() && missed(probe, seen));
        if never {
            (Outcome::HeldByKernel, Some(Proof::Kernel))
        } else {
            (Outcome::OverBlock, None)
        }
    } else if probe.denies() {
        proven(probe, control)
    } else {
        (Outcome::Passed, None)
    };
    let unrecorded = unrecorded(probe, recorded) && outcome == Outcome::Held;
    let seen = match alone {
        Some(alone) if alone_leak && !strict_leak => alone,
        _ => seen,
    };
    let (outcome, proof) = if unrecorded {
        (Outcome::Unproven, None)
    } else {
        (outcome, proof)
    };
    Judged {
        outcome,
        seen,
        proof,
        behind_kernel: alone_leak && !strict_leak,
        unrecorded,
    }
}

/// A rule has to have stopped it, and nothing says that one did.
#[must_use]
pub fn unrecorded(probe: &Probe, recorded: Option<bool>) -> bool {
    probe.control == offer::Control::Arrives && recorded == Some(false)
}

/// Judges a chain's record of denials by its count of them: the record is
/// rated, the count is not.
#[must_use]
pub fn counter(recorded: u64, counted: u64) -> Judged {
    let unrecorded = counted < recorded || (counted > 0 && recorded == 0);
    Judged {
        outcome: if unrecorded {
            Outcome::Unproven
        } else {
            Outcome::Held
        },
        seen: Vec::new(),
        proof: None,
        behind_kernel: false,
        unrecorded,
    }
}

fn proven(probe: &Probe, control: Option<&Control>) -> (Outcome, Option<Proof>) {
    let Some((seen, reached)) = control else {
        return (Outcome::Unproven, None);
    };
    let arrived = seen.last().is_some_and(|places| !places.is_empty());
    match (probe.control, arrived, reached) {
        (_, true, _) => (Outcome::Held, Some(Proof::Control)),
        (offer::Control::Kernel(..), false, true) => (Outcome::HeldByKernel, Some(Proof::Kernel)),
        (offer::Control::Kernel(..), false, false)
        | (offer::Control::Arrives | offer::Control::Gathered | offer::Control::Itself, false, _) => {
            (Outcome::Unproven, None)
        }
    }
}
