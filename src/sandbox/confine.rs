//! The worker locks the door before it opens the parcel. In this order:
//! descriptors, environment, user, limits, no-new-privileges, landlock,
//! seccomp. Every step is mandatory; the first that fails ends the process.
//! There is no mode without it, and no way back.

use std::io;

use caps::CapSet;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetError, RulesetStatus, Scope,
};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid};

use super::filter;
use super::order::Order;

/// The first of the throw-away user ids. Above every range that systemd and
/// container managers hand out (systemd UIDS-GIDS: 1879048192 and up unused).
pub const FIRST_WORKER_UID: u32 = 1_879_048_192;
/// How many workers run at once, each under an id of its own.
pub const MOST_WORKERS: u32 = 64;

/// Descriptors a worker keeps besides 0-2 (which are `/dev/null`): job,
/// input, output, reply.
pub const KEPT_DESCRIPTORS: u32 = 7;

/// Locks this process up for one job. On return it can read and write its
/// descriptors, allocate within `order`, and end.
///
/// # Errors
/// The step that failed; the caller must end the process.
pub fn confine(order: &Order, uid: Option<u32>) -> Result<(), Failed> {
    crate::sys::close_from(KEPT_DESCRIPTORS).map_err(Failed::at("close_range"))?;
    crate::sys::empty_environment();
    give_up_powers(uid)?;
    limit(&[
        // One more than is kept: landlock needs it for its ruleset, once.
        (Resource::RLIMIT_NOFILE, u64::from(KEPT_DESCRIPTORS) + 1),
        (Resource::RLIMIT_NPROC, 0),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_FSIZE, order.file_bytes),
        // Behind the server's clock, which says what it was.
        (Resource::RLIMIT_CPU, u64::from(order.seconds) + 1),
        (Resource::RLIMIT_AS, order.memory_bytes),
    ])?;
    forbid_files_and_networks()?;
    filter::apply().map_err(|error| Failed {
        step: "seccomp",
        error,
    })
}

/// A confinement step that did not hold.
#[derive(Debug)]
pub struct Failed {
    /// Which step.
    pub step: &'static str,
    /// What the kernel said.
    pub error: io::Error,
}

impl Failed {
    pub(super) fn at<E: Into<io::Error>>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self {
            step,
            error: error.into(),
        }
    }
}

/// No id but the throw-away one, no capability, no way to either, and no life
/// after the server's.
pub(super) fn give_up_powers(uid: Option<u32>) -> Result<(), Failed> {
    if let Some(uid) = uid {
        become_nobody(uid)?;
    }
    // Inside a user namespace there is no other id to become: give up what
    // its root may do.
    for set in [CapSet::Effective, CapSet::Inheritable, CapSet::Permitted] {
        caps::clear(None, set).map_err(|error| Failed {
            step: "capabilities",
            error: io::Error::other(error.to_string()),
        })?;
    }
    // After the change of user, which clears it (prctl(2)).
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)
        .map_err(Failed::at("pdeathsig"))?;
    nix::sys::prctl::set_dumpable(false).map_err(Failed::at("dumpable"))?;
    nix::sys::prctl::set_no_new_privs().map_err(Failed::at("no_new_privs"))
}

/// From here on no file, process or signal of anyone else is ours.
fn become_nobody(uid: u32) -> Result<(), Failed> {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    nix::unistd::setgroups(&[]).map_err(Failed::at("setgroups"))?;
    nix::unistd::setresgid(group, group, group).map_err(Failed::at("setresgid"))?;
    nix::unistd::setresuid(user, user, user).map_err(Failed::at("setresuid"))
}

/// Sets `limits`, and that no memory is ever written to a core file.
pub(super) fn limit(limits: &[(Resource, u64)]) -> Result<(), Failed> {
    for (resource, limit) in limits.iter().copied().chain([(Resource::RLIMIT_CORE, 0)]) {
        setrlimit(resource, limit, limit).map_err(Failed::at("setrlimit"))?;
    }
    Ok(())
}

/// Landlock without a single rule: nothing can be opened, made or removed.
fn forbid_files_and_networks() -> Result<(), Failed> {
    enforce(all_forbidden().map_err(landlock_failed)?)
}

/// A ruleset that forbids whatever no rule is added for. ABI 2 (Debian 12's
/// kernel 6.1) is the floor; TCP and signal scopes are taken where the kernel
/// has them.
pub(super) fn all_forbidden() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V2))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::from_all(ABI::V6))?
        .create()
}

/// Locks this process up by it, or fails: it is never "not enforced".
pub(super) fn enforce(ruleset: RulesetCreated) -> Result<(), Failed> {
    match ruleset.restrict_self().map_err(landlock_failed)?.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err(Failed {
            step: "landlock",
            error: io::ErrorKind::Unsupported.into(),
        }),
    }
}

pub(super) fn landlock_failed(error: RulesetError) -> Failed {
    Failed {
        step: "landlock",
        error: io::Error::other(error.to_string()),
    }
}
