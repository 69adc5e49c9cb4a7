//! `sekimori apply`: check, expects, next revision, kernel, read back, record,
//! then `current`, or a trial. Any failure leaves the last good rules.

use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::policy::moment::second;
use crate::policy::text::Text;
use crate::segment::SegmentError;
use crate::segment::change::{self, Prepared};
use crate::segment::clock::since_boot;
use crate::segment::configuration::{Configuration, Purpose};
use crate::segment::pending::{self, Pending};
use crate::segment::revision::Revisions;

use super::order::{self, Order};
use super::session;
use super::{DONE, Globals};

/// Puts the configuration in force, atomically
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: sekimori apply --as sato --confirm-within 5m
         sekimori confirm            (within the five minutes; else it goes by itself)")]
pub struct Apply {
    /// Person id (from [people]) on whose behalf this is done
    #[arg(long = "as", value_name = "ID")]
    person: Option<String>,
    /// Revert by itself unless confirmed in time (5s to 24h); the segment role
    /// has to run, since it takes the trial back
    #[arg(long, value_name = "TIME")]
    confirm_within: Option<String>,
    /// Also when this ends the very session that applies
    #[arg(long)]
    even_if_locked_out: bool,
}

/// What was done.
struct Applied {
    prepared: Prepared,
    revision: u64,
    trial: Option<Pending>,
    cut: bool,
}

/// Runs the command.
pub fn run(globals: &Globals, apply: &Apply) -> ExitCode {
    match try_run(globals, apply) {
        Ok(applied) => {
            done(globals, &applied);
            ExitCode::from(DONE)
        }
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals, apply: &Apply) -> Result<Applied, SegmentError> {
    let within = apply.confirm_within.as_deref().map(pending::within);
    let within = within.transpose().map_err(SegmentError::Configuration)?;
    let revisions = Revisions::of(&globals.state);
    let change = revisions.change()?;
    if let Some(trial) = revisions.trial(since_boot().as_ref()) {
        return Err(SegmentError::OnTrial {
            revision: trial.revision,
            until: second(&globals.zone(), trial.until),
        });
    }
    let now = Timestamp::now();
    let prepared = change::prepare(read(globals, &revisions)?, Purpose::Change, now)?;
    let by = who(apply.person.as_deref(), &prepared)?;
    let told = apply.even_if_locked_out || within.is_some();
    session::warn_of_lock_out(globals, Some(&prepared), told, within.is_some())?;
    let meta = revisions.store(&change, &prepared, &by, now)?;
    let trial = within
        .map(|within| trial(&revisions, meta.revision, within, now, &by))
        .transpose()?;
    let order = Order {
        command: "apply",
        revision: meta.revision,
        by: &by,
        trial: trial.as_ref(),
    };
    order::switch_to(globals, &revisions, &change, &order)?;
    Ok(Applied {
        prepared,
        revision: meta.revision,
        trial,
        cut: revisions.cut().is_some(),
    })
}

fn trial(
    revisions: &Revisions,
    revision: u64,
    within: Duration,
    now: Timestamp,
    by: &str,
) -> Result<Pending, SegmentError> {
    let clock = since_boot().ok_or(SegmentError::NoTrial)?;
    let previous = revisions.confirmed()?.unwrap_or(0);
    Ok(Pending::begin(revision, previous, within, &clock, now, by))
}

/// The configuration folder, and the flow ids that are never used again.
pub(super) fn read(
    globals: &Globals,
    revisions: &Revisions,
) -> Result<Configuration, SegmentError> {
    let sources = super::configuration::read(&globals.config)
        .map_err(|error| SegmentError::Configuration(error.text()))?;
    Ok(Configuration::of(sources).with_retired(revisions.retired()?))
}

/// A person of the policy where one is named, else who is logged in.
pub(super) fn who(person: Option<&str>, prepared: &Prepared) -> Result<String, SegmentError> {
    let Some(id) = person else {
        return Ok(order::login());
    };
    if prepared.policy.people.contains_key(id) {
        return Ok(id.to_owned());
    }
    Err(SegmentError::Configuration(Text::new(
        format!("--as {id}: [people] にこの id はありません。何も変更していません。"),
        format!("--as {id}: [people] has no such id. Nothing was changed."),
    )))
}

fn done(globals: &Globals, applied: &Applied) {
    let Applied {
        prepared,
        revision,
        trial,
        cut,
    } = applied;
    let notes: Vec<&str> = prepared
        .ruleset
        .notes
        .iter()
        .map(|note| note.get(globals.lang))
        .collect();
    for warning in &prepared.warnings {
        eprint!("{}", warning.render(globals.lang));
    }
    if globals.json {
        let until = trial.as_ref().map(|trial| trial.until);
        println!(
            "{}",
            json!({ "applied": revision, "confirm_until": until, "cut": cut, "notes": notes })
        );
        return;
    }
    let flows = prepared.policy.flows.len();
    let text = Text::new(
        format!("改訂 {revision} を適用し、読み戻して一致を確認しました (許可通信 {flows} 件)。"),
        format!("revision {revision} is in force, read back and equal ({flows} flows)."),
    );
    println!("{}", text.get(globals.lang));
    for note in notes {
        println!("  {note}");
    }
    if *cut {
        println!("{}", super::cut::still().get(globals.lang));
    }
    if let Some(trial) = trial {
        println!("{}", on_trial(prepared, trial).get(globals.lang));
    }
}

/// What happens next, and how to keep it.
fn on_trial(prepared: &Prepared, trial: &Pending) -> Text {
    let until = second(&prepared.policy.site.zone(), trial.until);
    let (ja, en) = match trial.previous {
        0 => (
            "全て遮断した状態に戻ります".to_owned(),
            "nothing passes again".to_owned(),
        ),
        known => (
            format!("改訂 {known} に自動で戻ります"),
            format!("revision {known} comes back by itself"),
        ),
    };
    Text::new(
        format!(
            "まだ確定していません。{until} までに次を実行してください:\n\n    sekimori confirm\n\n実行しなければ {until} に{ja}。この端末を閉じても、電源が切れても、デーモンが止まっても戻ります。\nすぐに戻すには: sekimori rollback",
        ),
        format!(
            "It is not confirmed yet. Until {until}, to keep it, run:\n\n    sekimori confirm\n\nElse at {until} {en}, also when this terminal is closed, the power fails or the daemon is killed.\nTo take it back now: sekimori rollback",
        ),
    )
}
