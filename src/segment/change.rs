//! From one revision to another, and back when it fails. Acts.
//!
//! ```text
//! check -> expects -> store n+1 -> kernel, read back -> record -> current, or trial
//!                                        |
//!                                        +-- fails: what holds is put back, else deny all
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::Event;
use crate::policy::text::{Lang, bounded};
use crate::policy::{Diagnostic, Policy};

use super::compile::{Facts, MAIL_USER, compile, deny_all};
use super::configuration::{Configuration, Purpose};
use super::cut::closed;
use super::error::SegmentError;
use super::revision::{Revisions, sha256};
use super::ruleset::{Forwarding, Ruleset};
use super::{guarded, machine, put_in_force};

/// Writes one event with its revision; durable on return.
pub type Record<'a> = &'a mut dyn FnMut(u64, &Event) -> Result<(), String>;

/// A configuration and what it means today.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// As written.
    pub configuration: Configuration,
    /// As checked.
    pub policy: Policy,
    /// As compiled.
    pub ruleset: Ruleset,
    /// What the check warned of.
    pub warnings: Vec<Diagnostic>,
}

/// What the kernel should hold at one moment.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The revision; 0 where there is none.
    pub revision: u64,
    /// Its policy, without what a cut takes away; none without a revision.
    pub policy: Option<Policy>,
    /// The rules.
    pub ruleset: Ruleset,
    /// Internet and LGWAN are cut from each other.
    pub cut: bool,
    /// When time changes it by itself.
    pub changes: Option<Timestamp>,
    /// What would refuse a change and is let go here, in words: a human must look.
    pub unfit: Vec<String>,
    /// The zones' interfaces as they are, each with what it is joined to.
    pub wires: BTreeMap<String, Option<String>>,
}

/// Codes that time or the machine brings about (`policy::facts::Stage::Boot`).
const LET_GO: [&str; 5] = ["E03", "E10", "E15", "E16", "E19"];

impl Standing {
    /// Without a revision: nothing passes.
    #[must_use]
    pub fn nothing(cut: bool) -> Self {
        Self {
            revision: 0,
            policy: None,
            ruleset: deny_all(),
            cut,
            changes: None,
            unfit: Vec::new(),
            wires: BTreeMap::new(),
        }
    }

    /// What a policy, already without what a cut takes away, means at `now`.
    /// Below IP no rule of ours is asked: while a zone's interface is joined to
    /// others there, nothing is forwarded either.
    fn of(
        revision: u64,
        policy: Policy,
        cut: bool,
        unfit: Vec<String>,
        now: Timestamp,
    ) -> Result<Self, SegmentError> {
        let openings = policy.flows.iter();
        let changes = openings
            .filter_map(|flow| flow.opening(&policy.site, now).changes())
            .min();
        let mut ruleset = compile(&policy, &facts(now))?;
        let wires = machine::wires(&policy);
        if wires.values().any(Option::is_some) {
            ruleset.forwarding = Forwarding::default();
        }
        Ok(Self {
            revision,
            ruleset,
            policy: Some(policy),
            cut,
            changes,
            unfit,
            wires,
        })
    }
}

/// Reads meaning into a configuration; touches nothing.
///
/// # Errors
/// Every mistake of the configuration, worded; a missing user.
pub fn prepare(
    configuration: Configuration,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Prepared, SegmentError> {
    let (policy, warnings) = configuration.policy(purpose, now)?;
    let ruleset = compile(&policy, &facts(now))?;
    Ok(Prepared {
        configuration,
        policy,
        ruleset,
        warnings,
    })
}

/// Now, and the role users of this machine.
#[must_use]
pub fn facts(now: Timestamp) -> Facts {
    let users = [MAIL_USER]
        .into_iter()
        .filter_map(|name| {
            let user = nix::unistd::User::from_name(name).ok().flatten()?;
            Some((name.to_owned(), user.uid.as_raw()))
        })
        .collect::<BTreeMap<_, _>>();
    Facts { now, users }
}

/// What a stored revision means at `now`; touches nothing.
///
/// # Errors
/// The revision is damaged or does not compile (any more).
pub fn meaning(
    revisions: &Revisions,
    revision: u64,
    cut: bool,
    now: Timestamp,
) -> Result<Standing, SegmentError> {
    if revision == 0 {
        return Ok(Standing::nothing(cut));
    }
    let (policy, warnings) = revisions
        .configuration(revision)?
        .policy(Purpose::Hold, now)?;
    let policy = if cut { closed(&policy) } else { policy };
    let let_go = warnings
        .iter()
        .filter(|warning| LET_GO.contains(&warning.code));
    let unfit = let_go.map(|warning| format!("{}: {}", warning.code, warning.message.en));
    Standing::of(revision, policy, cut, unfit.collect(), now)
}

/// The same revision at another moment: from the disk, because a clock that
/// was wrong may have left out what had not ended; from memory where the disk
/// cannot be read any more.
///
/// # Errors
/// It does not compile (any more).
pub fn again(
    revisions: &Revisions,
    held: &Standing,
    now: Timestamp,
) -> Result<Standing, SegmentError> {
    meaning(revisions, held.revision, held.cut, now).or_else(|error| match &held.policy {
        Some(policy) => {
            let (policy, unfit) = (policy.clone(), held.unfit.clone());
            Standing::of(held.revision, policy, held.cut, unfit, now)
        }
        None => Err(error),
    })
}

/// Puts a stored revision in force in the kernel and records it. Neither
/// `current` nor a trial is written: the command does that when this has
/// returned.
///
/// # Errors
/// What failed. Then call [`fall_back`].
pub fn enforce(
    revisions: &Revisions,
    revision: u64,
    cut: bool,
    by: &str,
    record: Record<'_>,
) -> Result<Standing, SegmentError> {
    let tried = meaning(revisions, revision, cut, Timestamp::now())
        .and_then(|standing| put_in_force(&standing.ruleset).map(|()| standing))
        .and_then(|standing| {
            let applied = Event::Applied {
                revision,
                by: bounded(by, 100),
                ruleset: sha256(standing.ruleset.to_string().as_bytes()),
            };
            record(revision, &applied).map_err(SegmentError::NoRecord)?;
            Ok(standing)
        });
    if let Err(error) = &tried {
        let reason = bounded(error.text().get(Lang::En), 1_000);
        let _ = record(revision, &Event::ApplyFailed { revision, reason }); // the error is told in any case
    }
    tried
}

/// After a failure: the revision that holds is put in force again. One that
/// cannot be read leaves the kernel's rules as the last good ones, provided
/// that they end in a drop everywhere. Else nothing passes. What is returned
/// is what is known to stand.
pub fn fall_back(revisions: &Revisions, cut: bool) -> Option<Standing> {
    let standing = current(revisions, cut, Timestamp::now());
    let stays = match &standing {
        Ok(standing) => put_in_force(&standing.ruleset).is_ok(),
        Err(_) => guarded().unwrap_or(false),
    };
    if !stays {
        let _ = put_in_force(&deny_all()); // forwarding is off before the rules are tried
        return None;
    }
    standing.ok()
}

/// What the revision that holds means at `now`; without one, deny all.
///
/// # Errors
/// The revision is damaged or no longer compiles.
pub fn current(revisions: &Revisions, cut: bool, now: Timestamp) -> Result<Standing, SegmentError> {
    meaning(revisions, revisions.current()?.unwrap_or(0), cut, now)
}
