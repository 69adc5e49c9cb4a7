//! `sekimori rollback [REVISION]`: an older revision becomes current again,
//! kernel first, then the link.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use crate::policy::text::Text;
use crate::segment::SegmentError;
use crate::segment::change;
use crate::segment::configuration::Purpose;
use crate::segment::revision::Revisions;

use super::apply::{switch_to, who};
use super::{DONE, Globals};

/// Makes an earlier revision current again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: sekimori rollback 4")]
pub struct Rollback {
    /// Its number; without one, the newest before the current
    revision: Option<u64>,
    /// Person id on whose behalf this is done
    #[arg(long = "as", value_name = "ID")]
    person: Option<String>,
}

/// Runs the command.
pub fn run(globals: &Globals, rollback: &Rollback) -> ExitCode {
    match try_run(globals, rollback) {
        Ok(revision) => {
            let text = Text::new(
                format!("改訂 {revision} に戻し、読み戻して一致を確認しました。"),
                format!("revision {revision} is in force again, read back and equal."),
            );
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
    let wanted = match rollback.revision {
        Some(wanted) => wanted,
        None => {
            let none = || SegmentError::NoRevision {
                wanted: "1".to_owned(),
            };
            let current = revisions.current()?.ok_or_else(none)?;
            let earlier = revisions
                .numbers()?
                .into_iter()
                .rev()
                .filter(|number| *number < current);
            let mut good = earlier.filter(|number| revisions.was_in_force(*number));
            good.next().ok_or_else(none)?
        }
    };
    let configuration = revisions.configuration(wanted)?; // refused before anything is touched
    let prepared = change::prepare(configuration, Purpose::Hold, Timestamp::now())?;
    let by = who(rollback.person.as_deref(), &prepared)?;
    switch_to(globals, &revisions, &lock, wanted, &by, "rollback")?;
    Ok(wanted)
}
