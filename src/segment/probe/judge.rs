//! What was expected against what was seen. Pure.

use std::collections::BTreeSet;

use super::offer::{Control, Place, Probe};

/// Per probe: what its control saw, and whether it reached the gateway.
pub type Controls = Vec<Option<(Vec<BTreeSet<Place>>, bool)>>;

/// How a probe ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It had to pass, and it did, answers too.
    Passed,
    /// It had to be stopped and was; without rules it arrives.
    Held,
    /// It had to be stopped and was; the kernel stops it even without rules.
    HeldByKernel,
    /// It was stopped, but so it is without rules, for no known reason.
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

/// Judges one probe.
#[must_use]
pub fn judge(
    probe: &Probe,
    seen: Vec<BTreeSet<Place>>,
    loose: Option<Vec<BTreeSet<Place>>>,
    control: &Option<(Vec<BTreeSet<Place>>, bool)>,
) -> Judged {
    let loose_leak = loose.as_ref().is_some_and(|loose| leaked(probe, loose));
    let strict_leak = leaked(probe, &seen);
    let (outcome, proof) = if strict_leak || loose_leak {
        (Outcome::Leak, None)
    } else if missed(probe, &seen) {
        (Outcome::OverBlock, None)
    } else if probe.denies() {
        proven(probe, control.as_ref())
    } else {
        (Outcome::Passed, None)
    };
    let seen = match loose {
        Some(loose) if loose_leak && !strict_leak => loose,
        _ => seen,
    };
    Judged {
        outcome,
        seen,
        proof,
        behind_kernel: loose_leak && !strict_leak,
    }
}

fn proven(
    probe: &Probe,
    control: Option<&(Vec<BTreeSet<Place>>, bool)>,
) -> (Outcome, Option<Proof>) {
    let Some((seen, reached)) = control else {
        return (Outcome::Unproven, None);
    };
    let arrived = seen.last().is_some_and(|places| !places.is_empty());
    match (probe.control, arrived, reached) {
        (_, true, _) => (Outcome::Held, Some(Proof::Control)),
        (Control::Kernel(..), false, true) => (Outcome::HeldByKernel, Some(Proof::Kernel)),
        (Control::Kernel(..), false, false) | (Control::Arrives | Control::Itself, false, _) => {
            (Outcome::Unproven, None)
        }
    }
}
