//! `sekimori rollback [REVISION]`: an older revision becomes current again,
//! kernel first, then the link.

use std::process::ExitCode;

use serde_json::json;

use crate::policy::text::Text;
use crate::segment::SegmentError;
use crate::segment::clock::since_boot;
use crate::segment::revision::Revisions;

use super::apply::who;
use super::order::{self, Order};
use super::{DONE, Globals, session};

/// Makes an earlier revision current again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: sekimori rollback 4")]
pub struct Rollback {
    /// Its number; without one, the newest before the current, and while one
    /// is on trial, the one before the trial
    revision: Option<u64>,
    /// Person id on whose behalf this is done
    #[arg(long = "as", value_name = "ID")]
    person: Option<String>,
    /// Also when this ends the very session that asks for it
    #[arg(long)]
    even_if_locked_out: bool,
}

/// Runs the command.
pub fn run(globals: &Globals, rollback: &Rollback) -> ExitCode {
    match try_run(globals, rollback) {
        Ok(revision) => {
            let text = match revision {
                0 => Text::new(
                    "試行を取り消しました。以前の改訂はないため、全て遮断しています。",
                    "the trial is taken back; there was no revision before, so nothing passes.",
                ),
                known => Text::new(
                    format!("改訂 {known} に戻し、読み戻して一致を確認しました。"),
                    format!("revision {known} is in force again, read back and equal."),
                ),
            };
            if globals.json {
                println!("{}", json!({ "applied": revision }));
            } else {
                println!("{}", text.get(globals.lang));
            }
            ExitCode::from(DONE)
        }
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals, rollback: &Rollback) -> Result<u64, SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let lock = revisions.change()?;
    let trial = revisions.trial(since_boot().as_ref());
    let wanted = match (rollback.revision, trial) {
        (Some(wanted), _) => Some(wanted),
        // The first trial of all: what was before is that nothing passes.
        (None, Some(trial)) => Some(trial.previous).filter(|previous| *previous > 0),
        (None, None) => Some(before_current(&revisions)?),
    };
    let prepared = wanted.map(|wanted| session::stored(&revisions, wanted));
    let prepared = prepared.transpose()?;
    session::warn_of_lock_out(
        globals,
        prepared.as_ref(),
        rollback.even_if_locked_out,
        false,
    )?;
    let by = match &prepared {
        Some(prepared) => who(rollback.person.as_deref(), prepared)?,
        None => order::login(),
    };
    let wanted = wanted.unwrap_or(0);
    let order = Order {
        command: "rollback",
        revision: wanted,
        by: &by,
        trial: None,
    };
    order::switch_to(globals, &revisions, &lock, &order)?;
    Ok(wanted)
}

/// The newest revision before the current one that was ever confirmed.
fn before_current(revisions: &Revisions) -> Result<u64, SegmentError> {
    let none = |current| move || SegmentError::NothingEarlier { current };
    let current = revisions.confirmed()?.ok_or_else(none(None))?;
    let earlier = revisions
        .numbers()?
        .into_iter()
        .rev()
        .filter(|number| *number < current);
    let mut good = earlier.filter(|number| revisions.was_in_force(*number));
    good.next().ok_or_else(none(Some(current)))
}
