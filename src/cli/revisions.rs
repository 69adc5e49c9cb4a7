//! `sekimori revisions`: what was applied, when and by whom.

use std::process::ExitCode;

use serde_json::json;

use crate::policy::moment::second;
use crate::policy::text::{Text, escape_hostile};
use crate::segment::SegmentError;
use crate::segment::clock::since_boot;
use crate::segment::revision::Revisions;

use super::{DONE, Globals};

/// Runs the command.
pub fn run(globals: &Globals) -> ExitCode {
    match try_run(globals) {
        Ok(()) => ExitCode::from(DONE),
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals) -> Result<(), SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let current = revisions.confirmed()?;
    let trial = revisions.trial(since_boot().as_ref());
    let numbers = revisions.numbers()?;
    if numbers.is_empty() && !globals.json {
        let none = Text::new(
            "改訂はまだありません。sekimori apply で作成します。",
            "no revision yet; sekimori apply makes one.",
        );
        println!("{}", none.get(globals.lang));
    }
    let zone = globals.zone();
    let on_trial = |number| trial.as_ref().is_some_and(|trial| trial.revision == number);
    for number in numbers {
        let meta = revisions.meta(number);
        let state = match (
            &meta,
            current == Some(number),
            revisions.was_in_force(number),
        ) {
            (Err(_), _, _) => Text::new("破損", "damaged"),
            (Ok(_), _, _) if on_trial(number) => Text::new("試行中", "on trial"),
            (Ok(_), true, _) => Text::new("現在", "current"),
            (Ok(_), false, true) => Text::new("", ""),
            (Ok(_), false, false) => Text::new("未確定", "never confirmed"),
        };
        match meta {
            Ok(meta) if globals.json => println!(
                "{}",
                json!({
                    "revision": number, "current": current == Some(number), "at": meta.at, "by": meta.by,
                    "policy": meta.policy, "ruleset": meta.ruleset, "state": state.en,
                })
            ),
            Ok(meta) => println!(
                "{number:>5}  {}  {}  {}  {}",
                second(&zone, meta.at),
                meta.policy.get(..12).unwrap_or_default(),
                escape_hostile(&meta.by),
                state.get(globals.lang)
            ),
            Err(error) if globals.json => println!(
                "{}",
                json!({ "revision": number, "error": error.text().en })
            ),
            Err(error) => println!("{number:>5}  {}", error.text().get(globals.lang)),
        }
    }
    Ok(())
}
