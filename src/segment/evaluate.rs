//! Would this pass? The one evaluator behind `explain`, `[[expect]]`, the
//! probe's oracle, the record of denials and the end of sessions. Pure.
//!
//! `judge` asks about one packet, `evaluate` about whole zones and names; who
//! asks often keeps a [`Judge`].

use jiff::Timestamp;

use crate::policy::{Flow, Policy};

pub use super::expect::{check_expects, check_session};
pub use super::judge::Judge;
pub use super::question::{Carries, Packet, Question, Spot};
pub use super::verdict::{Cause, Missing, Reason, Verdict};

/// Judges one question. `now` is `None` only where the caller has
/// no clock, and then no flow counts as ended or closed.
pub fn evaluate(policy: &Policy, question: &Question, now: Option<Timestamp>) -> Verdict {
    Judge::made(policy, now).answer(question, now)
}

/// Would this new connection pass at `now`?
pub fn judge(policy: &Policy, packet: &Packet, now: Timestamp) -> Verdict {
    Judge::new(policy, now).judge(packet, now)
}

/// The flows that allow anything at all between two spots, by id.
#[must_use]
pub fn between<'a>(
    policy: &'a Policy,
    question: &Question,
    now: Option<Timestamp>,
) -> Vec<&'a Flow> {
    Judge::made(policy, now).allowing(question, now)
}
