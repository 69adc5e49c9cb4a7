//! The body of every mutation run and every fuzz target: one input through
//! the worker's own `serve`, treated in every way its kind is offered, each
//! output verified by the same words the parent would use.

use sekimori::policy::Limits;
use sekimori::sanitise::protocol::{Job, Member, Range, Reply, Shape, Task};
use sekimori::sanitise::{Fonts, Kind, Refusal, Treatment, serve};

/// What came of one treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An output, accepted by its verifier.
    Verified,
    /// A named refusal.
    Refused(Refusal),
    /// An output that its own verifier refuses, or a reply that does not
    /// answer the task. Nothing crosses, but something is lost: a defect.
    Disowned(Kind, Treatment),
}

/// Charsets that senders claim, rightly or not.
const CLAIMED: [Option<&str>; 8] = [
    None,
    Some("utf-8"),
    Some("iso-2022-jp"),
    Some("shift_jis"),
    Some("euc-jp"),
    Some("utf-16"),
    Some("windows-1252"),
    Some("x-unknown"),
];

/// Budgets of a trial: small, so that reaching one is cheap.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        pages: 4,
        megapixels: 4,
        expanded_bytes: 32 << 20,
        ..Limits::default()
    }
}

/// Treats `bytes` as what they are by content, and as `kind` too, because a
/// parser must stand what `identify` would have kept away from it.
#[must_use]
pub fn trial(bytes: &[u8], name: &str, kind: Kind) -> Vec<Outcome> {
    let bench = Bench { limits: limits() };
    let named = name.to_owned();
    let found = match bench.serve(Task::Identify { name: named }, bytes) {
        (Reply::Identified(found), _) => found,
        _ => return vec![Outcome::Disowned(kind, Treatment::Withhold)],
    };
    let mut outcomes = bench.every_way(found, bytes, 0);
    if found != kind {
        outcomes.extend(bench.every_way(kind, bytes, 0));
    }
    outcomes
}

/// The body of a fuzz target.
///
/// # Panics
/// Where an output is not its verifier's; the code under trial may panic too,
/// and that is what a fuzzer looks for.
pub fn must_hold(bytes: &[u8], name: &str, kind: Kind) {
    for outcome in trial(bytes, name, kind) {
        assert!(!matches!(outcome, Outcome::Disowned(..)), "{outcome:?}");
    }
}

struct Bench {
    limits: Limits,
}

impl Bench {
    fn serve(&self, task: Task, bytes: &[u8]) -> (Reply, Vec<u8>) {
        let limits = self.limits.clone();
        serve(&Job { task, limits }, bytes, &Fonts::default())
    }

    fn every_way(&self, kind: Kind, bytes: &[u8], depth: u32) -> Vec<Outcome> {
        // The verifier gets the stranger's bytes as well: it must stand them.
        let _ = self.serve(
            Task::Verify {
                kind,
                ordered: None,
            },
            bytes,
        );
        if kind.is_container() {
            return vec![self.container(kind, bytes, depth)];
        }
        let ways = [Treatment::Rebuild, Treatment::Flatten, Treatment::Text];
        let mut outcomes: Vec<Outcome> = ways
            .into_iter()
            .filter(|way| way.output_kind(kind).is_some())
            .map(|way| self.treat(kind, way, bytes).0)
            .collect();
        if outcomes.is_empty() {
            outcomes.push(self.treat(kind, Treatment::Withhold, bytes).0);
        }
        outcomes
    }

    fn treat(&self, kind: Kind, treatment: Treatment, bytes: &[u8]) -> (Outcome, Vec<u8>) {
        let charset = CLAIMED[bytes.len() % CLAIMED.len()].map(str::to_owned);
        let task = Task::Treat {
            kind,
            treatment,
            charset,
        };
        let disowned = Outcome::Disowned(kind, treatment);
        match (self.serve(task, bytes), treatment.output_kind(kind)) {
            ((Reply::Treated(_), output), Some(written)) => {
                let verify = Task::Verify {
                    kind: written,
                    ordered: Some(treatment),
                };
                match self.serve(verify, &output).0 {
                    Reply::Verified => (Outcome::Verified, output),
                    _ => (disowned, Vec::new()),
                }
            }
            ((Reply::Refused(refusal), _), _) => (Outcome::Refused(refusal), Vec::new()),
            _ => (disowned, Vec::new()),
        }
    }

    /// Splits, treats every leaf by its default, joins what is clean.
    fn container(&self, kind: Kind, bytes: &[u8], depth: u32) -> Outcome {
        if depth >= self.limits.nesting {
            return Outcome::Refused(Refusal::OverBudget);
        }
        let disowned = Outcome::Disowned(kind, Treatment::Rebuild);
        let (shape, written) = match self.serve(Task::Split { kind }, bytes) {
            (Reply::Split(shape), written) => (shape, written),
            (Reply::Refused(refusal), _) => return Outcome::Refused(refusal),
            _ => return disowned,
        };
        let Ok(members) = self.members(&shape, &written, depth) else {
            return disowned;
        };
        if kind == Kind::Zip {
            self.join(&members)
        } else {
            Outcome::Verified
        }
    }

    /// The clean leaves with their new names; fails where one is disowned or
    /// the container lied about its place.
    fn members(
        &self,
        shape: &Shape,
        written: &[u8],
        depth: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, Outcome> {
        let mut members = Vec::new();
        for leaf in shape.leaves.iter().filter(|leaf| leaf.refusal.is_none()) {
            let place = leaf.range.offset..leaf.range.offset.saturating_add(leaf.range.length);
            let disowned = Outcome::Disowned(leaf.kind, Treatment::Rebuild);
            let bytes = usize::try_from(place.start)
                .ok()
                .zip(usize::try_from(place.end).ok())
                .and_then(|(start, end)| written.get(start..end))
                .ok_or(disowned)?;
            if leaf.kind.is_container() {
                if let failed @ Outcome::Disowned(..) = self.container(leaf.kind, bytes, depth + 1)
                {
                    return Err(failed);
                }
                continue;
            }
            let treatment = Treatment::default_for(leaf.kind);
            match self.treat(leaf.kind, treatment, bytes) {
                (Outcome::Verified, clean) => {
                    let kind = treatment.output_kind(leaf.kind).ok_or(disowned)?;
                    let extension = kind.extension().ok_or(disowned)?;
                    members.push((format!("{}.{extension}", members.len()), clean));
                }
                (Outcome::Refused(_), _) => {}
                (failed @ Outcome::Disowned(..), _) => return Err(failed),
            }
        }
        Ok(members)
    }

    fn join(&self, members: &[(String, Vec<u8>)]) -> Outcome {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (name, clean) in members {
            let range = Range {
                offset: bytes.len() as u64,
                length: clean.len() as u64,
            };
            places.push(Member {
                name: name.clone(),
                range,
            });
            bytes.extend_from_slice(clean);
        }
        let task = Task::Join {
            kind: Kind::Zip,
            members: places,
        };
        match self.serve(task, &bytes) {
            (Reply::Joined, joined) => {
                match self
                    .serve(
                        Task::Verify {
                            kind: Kind::Zip,
                            ordered: None,
                        },
                        &joined,
                    )
                    .0
                {
                    Reply::Verified => Outcome::Verified,
                    _ => Outcome::Disowned(Kind::Zip, Treatment::Rebuild),
                }
            }
            (Reply::Refused(refusal), _) => Outcome::Refused(refusal),
            _ => Outcome::Disowned(Kind::Zip, Treatment::Rebuild),
        }
    }
}

/// Our own PDF of a PDF, as a seed.
pub(crate) fn flattened(bytes: &[u8]) -> Option<Vec<u8>> {
    let bench = Bench { limits: limits() };
    match bench.treat(Kind::Pdf, Treatment::Flatten, bytes) {
        (Outcome::Verified, output) => Some(output),
        _ => None,
    }
}
