//! `sekimori confirm`: the revision on trial stays.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::audit::Event;
use crate::policy::text::Text;
use crate::segment::SegmentError;
use crate::segment::clock::since_boot;
use crate::segment::observe_drift;
use crate::segment::revision::Revisions;

use super::order;
use super::{DONE, Globals};

/// With less left than this the trial counts as over: what is being taken
/// back must not be confirmed meanwhile.
const TOO_LATE: Duration = Duration::from_secs(1);

/// Runs the command.
pub fn run(globals: &Globals) -> ExitCode {
    match try_run(globals) {
        Ok(revision) => {
            if globals.json {
                println!("{}", json!({ "confirmed": revision }));
            } else {
                let text = Text::new(
                    format!("改訂 {revision} を確定しました。自動で戻ることはありません。"),
                    format!("revision {revision} is confirmed; it stays."),
                );
                println!("{}", text.get(globals.lang));
            }
            ExitCode::from(DONE)
        }
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals) -> Result<u64, SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let change = revisions.change()?;
    let clock = since_boot();
    let trial = revisions
        .trial(clock.as_ref())
        .ok_or(SegmentError::NoTrial)?;
    let left = clock.and_then(|clock| trial.left(&clock));
    if left.is_none_or(|left| left < TOO_LATE) {
        return Err(SegmentError::NoTrial);
    }
    let by = order::login();
    let request = json!({ "command": "confirm", "by": by, "lang": order::language(globals.lang) });
    order::uninterrupted(|| {
        if !order::ask(globals, &request)? {
            confirm_here(globals, &revisions, trial.revision, &by)?;
        }
        revisions.make_current(&change, trial.revision)
    })?;
    Ok(trial.revision)
}

/// Without the role: what is confirmed must be what the kernel holds.
fn confirm_here(
    globals: &Globals,
    revisions: &Revisions,
    revision: u64,
    by: &str,
) -> Result<(), SegmentError> {
    let cut = revisions.cut().is_some();
    let now = jiff::Timestamp::now();
    let standing = crate::segment::change::meaning(revisions, revision, cut, now)?;
    let (drift, _) = observe_drift(&standing.ruleset)?;
    if !drift.is_empty() {
        return Err(SegmentError::NotAsWritten(drift));
    }
    order::with_record(globals, |log| {
        let by = by.to_owned();
        order::append(log, revision, &Event::Confirmed { revision, by })
    })
}
