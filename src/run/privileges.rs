//! The visible drop of privileges with which every role begins. What is not
//! listed here a role does not have, and nothing gives it back.

use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User, setgroups, setresgid, setresuid};

use super::RunError;

/// Becomes `user` with exactly `keep` of root's capabilities, also for the
/// programs it starts (nft). Started as that user already (systemd), it only
/// checks. Ends with its supervisor.
///
/// # Errors
/// An unknown user, or a step the kernel refused: the role must not start.
pub fn become_role(user: &str, keep: &[Capability]) -> Result<(), RunError> {
    let failed = |step: &'static str| {
        move |error: &dyn std::fmt::Display| {
            RunError::system(
                &format!("権限を落とせません ({user}, {step})"),
                &format!("cannot drop privileges ({user}, {step})"),
                error,
            )
        }
    };
    let account = User::from_name(user)
        .map_err(|error| failed("getpwnam")(&error))?
        .ok_or_else(|| unknown(user))?;
    let own = Uid::effective();
    if own != account.uid {
        prctl::set_keepcaps(true).map_err(|error| failed("keepcaps")(&error))?;
        limit_bounding(keep).map_err(|error| failed("bounding set")(&error))?;
        setgroups(&[]).map_err(|error| failed("setgroups")(&error))?;
        let (uid, gid) = (account.uid, account.gid);
        setresgid(gid, gid, gid).map_err(|error| failed("setresgid")(&error))?;
        setresuid(uid, uid, uid).map_err(|error| failed("setresuid")(&error))?;
    }
    hold_exactly(keep).map_err(|error| failed("capabilities")(&error))?;
    prctl::set_no_new_privs().map_err(|error| failed("no_new_privs")(&error))?;
    prctl::set_dumpable(false).map_err(|error| failed("dumpable")(&error))?;
    end_with_supervisor().map_err(|error| failed("pdeathsig")(&error))
}

/// For the one role that stays root: a bounding set of `keep`, which the
/// program it becomes next cannot exceed.
///
/// # Errors
/// When the kernel refuses.
pub fn stay_root_with(keep: &[Capability]) -> Result<(), RunError> {
    let failed = |error: &dyn std::fmt::Display| {
        RunError::system("権限を制限できません", "cannot limit capabilities", error)
    };
    limit_bounding(keep).map_err(|error| failed(&error))?;
    prctl::set_no_new_privs().map_err(|error| failed(&error))?;
    end_with_supervisor().map_err(|error| failed(&error))
}

fn limit_bounding(keep: &[Capability]) -> Result<(), caps::errors::CapsError> {
    for capability in caps::all() {
        let held = caps::has_cap(None, CapSet::Bounding, capability).unwrap_or(false);
        if held && !keep.contains(&capability) {
            caps::drop(None, CapSet::Bounding, capability)?;
        }
    }
    Ok(())
}

fn hold_exactly(keep: &[Capability]) -> Result<(), caps::errors::CapsError> {
    let held: CapsHashSet = keep.iter().copied().collect();
    caps::clear(None, CapSet::Ambient)?;
    caps::set(None, CapSet::Effective, &held)?;
    caps::set(None, CapSet::Permitted, &held)?;
    caps::set(None, CapSet::Inheritable, &held)?;
    for capability in keep {
        caps::raise(None, CapSet::Ambient, *capability)?;
    }
    Ok(())
}

/// A role must not outlive what restarts it: two of one kind would share a
/// spool. Under systemd the parent is process 1 and does not end.
fn end_with_supervisor() -> nix::Result<()> {
    prctl::set_pdeathsig(Signal::SIGTERM)
}

pub(super) fn unknown(user: &str) -> RunError {
    RunError(crate::policy::text::Text::new(
        format!(
            "利用者 {user} がありません。systemd/sekimori.sysusers を systemd-sysusers に渡すか、useradd --system {user} を実行してください"
        ),
        format!(
            "there is no user {user}; give systemd/sekimori.sysusers to systemd-sysusers, or run useradd --system {user}"
        ),
    ))
}
