//! Orders to the segment role, or done here where it does not run: kernel
//! first, then the disk.

use serde_json::{Value, json};

use crate::audit::{Event, Log};
use crate::policy::text::{Lang, escape_hostile};
use crate::segment::SegmentError;
use crate::segment::change::{self, Standing};
use crate::segment::pending::Pending;
use crate::segment::revision::{Change, Revisions};
use crate::segment::sessions;

use super::Globals;

/// From one revision to another.
pub(super) struct Order<'a> {
    /// `apply` or `rollback`.
    pub command: &'a str,
    /// To which.
    pub revision: u64,
    /// On whose behalf.
    pub by: &'a str,
    /// For good, or on trial.
    pub trial: Option<&'a Pending>,
}

/// Kernel first, through the role where it runs; then the disk. Ctrl-C in
/// between would leave the two apart, so it waits; and a command that dies in
/// between all the same is taken back by the role.
pub(super) fn switch_to(
    globals: &Globals,
    revisions: &Revisions,
    change: &Change,
    order: &Order<'_>,
) -> Result<(), SegmentError> {
    uninterrupted(|| {
        let revision = order.revision;
        let request = json!({
            "command": order.command, "revision": revision, "by": order.by,
            "lang": language(globals.lang), "trial": order.trial,
        });
        if !ask(globals, &request)? {
            // Nobody would take it back at its end.
            if order.trial.is_some() {
                return Err(SegmentError::NoRole);
            }
            enforce_here(globals, revisions, order)?;
        }
        match order.trial {
            Some(trial) => revisions.begin_trial(change, trial),
            None if revision == 0 => revisions.end_trial(change),
            None => revisions.make_current(change, revision),
        }
    })
}

/// Whether the role runs and did it.
pub(super) fn ask(globals: &Globals, request: &Value) -> Result<bool, SegmentError> {
    crate::run::ask(&globals.runtime, "segment", request)
        .map(|answer| answer.is_some())
        .map_err(|error| SegmentError::Control(error.to_string()))
}

fn enforce_here(
    globals: &Globals,
    revisions: &Revisions,
    order: &Order<'_>,
) -> Result<(), SegmentError> {
    with_record(globals, |log| {
        let mut record = |revision: u64, event: &Event| {
            log.append(revision, event)
                .map(drop)
                .map_err(|error| error.text().en)
        };
        let cut = revisions.cut().is_some();
        let enforced = change::enforce(revisions, order.revision, cut, order.by, &mut record);
        if enforced.is_err() {
            change::fall_back(revisions, cut);
        }
        let standing = enforced?;
        end_sessions(&standing, |event| append(log, standing.revision, &event))
    })
}

/// Ends sessions that no flow covers; what is to be recorded of it goes to
/// `record`.
pub(super) fn end_sessions(
    standing: &Standing,
    record: impl FnOnce(Event) -> Result<(), SegmentError>,
) -> Result<(), SegmentError> {
    let now = jiff::Timestamp::now();
    let ended = sessions::end_uncovered(standing.policy.as_ref(), now)
        .map_err(|error| SegmentError::Control(format!("sessions: {error}")))?;
    if ended.count > 0 {
        record(Event::SessionsCut {
            count: ended.count,
            sessions: ended.named,
        })?;
    }
    match ended.left {
        None => Ok(()),
        Some((left, why)) => Err(SegmentError::Control(format!(
            "{left} sessions cannot be ended: {why}"
        ))),
    }
}

/// Opens the role's record for as long as `work` takes; what root writes
/// there is the role's afterwards.
pub(super) fn with_record<T>(
    globals: &Globals,
    work: impl FnOnce(&Log) -> Result<T, SegmentError>,
) -> Result<T, SegmentError> {
    let log = Log::open(&globals.state.join("audit"), "segment")
        .map_err(|error| SegmentError::NoRecord(error.text().get(globals.lang).to_owned()))?;
    let done = work(&log);
    give_to_role(&globals.state.join("audit/segment"));
    done
}

/// Writes one event.
pub(super) fn append(log: &Log, revision: u64, event: &Event) -> Result<(), SegmentError> {
    log.append(revision, event)
        .map(drop)
        .map_err(|error| SegmentError::NoRecord(error.text().en))
}

fn give_to_role(folder: &std::path::Path) {
    let Ok(Some(user)) = nix::unistd::User::from_name("sekimori-segment") else {
        return;
    };
    let files = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in files.chain([folder.to_owned()]) {
        let _ = nix::unistd::chown(&path, Some(user.uid), Some(user.gid)); // the role says so when it cannot write
    }
}

/// Runs `work` with the signals of a terminal held back: they come after it.
pub(super) fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, Signal};
    let mut terminal = SigSet::empty();
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGTSTP,
    ] {
        terminal.add(signal);
    }
    let held = terminal.thread_block().is_ok();
    let done = work();
    if held {
        let _ = terminal.thread_unblock(); // what came meanwhile acts now
    }
    done
}

/// As the role's messages are asked for.
pub(super) fn language(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "ja",
        Lang::En => "en",
    }
}

/// Who is logged in, also behind sudo.
pub(super) fn login() -> String {
    let uid = nix::unistd::getuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    let name = user.map_or_else(|| uid.to_string(), |user| user.name);
    match std::env::var("SUDO_USER") {
        Ok(untrusted_name) => format!("{name} ({})", escape_hostile(&untrusted_name)),
        Err(_) => name,
    }
}
