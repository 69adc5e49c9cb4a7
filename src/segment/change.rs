//! From one revision to another, and back when it fails. Acts.
//!
//! ```text
//! check -> expects -> store n+1 -> kernel, read back -> record -> current
//!                                        |
//!                                        +-- fails: last good revision back, else deny all
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::Event;
use crate::policy::text::{Lang, bounded};
use crate::policy::{Diagnostic, Policy};

use super::compile::{Facts, MAIL_USER, compile, deny_all};
use super::configuration::{Configuration, Purpose};
use super::error::SegmentError;
use super::put_in_force;
use super::revision::{Revisions, sha256};
use super::ruleset::Ruleset;

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

/// Puts a stored revision in force in the kernel and records it. `current` is
/// not switched: its owner does that when this has returned.
///
/// # Errors
/// What failed. Then the revision `current` names is in force again, or, when
/// that fails too, nothing passes at all and forwarding is off.
pub fn enforce(
    revisions: &Revisions,
    revision: u64,
    by: &str,
    record: Record<'_>,
) -> Result<Ruleset, SegmentError> {
    let now = Timestamp::now();
    let tried = revisions
        .configuration(revision)
        .and_then(|configuration| prepare(configuration, Purpose::Hold, now))
        .and_then(|prepared| put_in_force(&prepared.ruleset).map(|()| prepared.ruleset))
        .and_then(|ruleset| {
            let applied = Event::Applied {
                revision,
                by: bounded(by, 100),
                ruleset: sha256(ruleset.to_string().as_bytes()),
            };
            record(revision, &applied).map_err(SegmentError::NoRecord)?;
            Ok(ruleset)
        });
    if let Err(error) = &tried {
        fall_back(revisions, now);
        let reason = bounded(error.text().get(Lang::En), 1_000);
        let _ = record(revision, &Event::ApplyFailed { revision, reason }); // the error is told in any case
    }
    tried
}

/// The last good rules, and if they cannot be had, none.
fn fall_back(revisions: &Revisions, now: Timestamp) {
    let restored = matches!(revisions.current(), Ok(Some(_)))
        && current(revisions, now)
            .and_then(|(_, ruleset)| put_in_force(&ruleset))
            .is_ok();
    if !restored {
        let _ = put_in_force(&deny_all()); // forwarding is off before the rules are tried
    }
}

/// What the current revision means today; without one, deny all.
///
/// # Errors
/// The revision is damaged or no longer compiles.
pub fn current(revisions: &Revisions, now: Timestamp) -> Result<(u64, Ruleset), SegmentError> {
    match revisions.current()? {
        Some(revision) => {
            let prepared = prepare(revisions.configuration(revision)?, Purpose::Hold, now)?;
            Ok((revision, prepared.ruleset))
        }
        None => Ok((0, deny_all())),
    }
}
