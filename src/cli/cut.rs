//! `sekimori cut` and `cut --undo`: the emergency. Kernel first, then the
//! disk; it waits for no lock, and for no role longer than [`HASTE`].

use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::audit::Event;
use crate::policy::SCHEMA;
use crate::policy::text::{Text, bounded, escape_hostile};
use crate::segment::change::Standing;
use crate::segment::compile::deny_all;
use crate::segment::cut::Cut;
use crate::segment::revision::Revisions;
use crate::segment::{SegmentError, change, put_in_force};

use super::order;
use super::{DONE, Globals};

/// How long the role may take to cut before this command cuts by itself.
const HASTE: Duration = Duration::from_secs(5);

/// Emergency: stop everything between internet and LGWAN at once
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: sekimori cut
         sekimori cut --undo         when the emergency is over

Mail is kept, and answered with 4xx; senders try again. The inside and the
administration of the box go on. It survives restarts and boots.")]
pub struct CutArguments {
    /// Take the cut back: the current revision holds again in full
    #[arg(long)]
    undo: bool,
}

/// What every command says while the cut holds.
pub(super) fn still() -> Text {
    Text::new(
        "緊急遮断中: インターネットと LGWAN の間は全て止まったままです (解除: sekimori cut --undo)",
        "CUT: everything between internet and LGWAN stays stopped (undo: sekimori cut --undo)",
    )
}

/// Runs the command.
pub fn run(globals: &Globals, arguments: &CutArguments) -> ExitCode {
    let done = if arguments.undo {
        undo(globals)
    } else {
        cut(globals)
    };
    match done {
        Ok(()) => {
            let text = if arguments.undo {
                Text::new(
                    "緊急遮断を解除し、現在の改訂を読み戻して一致を確認しました。",
                    "the cut is undone; the current revision holds, read back and equal.",
                )
            } else {
                Text::new(
                    "緊急遮断しました: インターネットと LGWAN の間は全て止まっています (解除: sekimori cut --undo)",
                    "CUT: everything between internet and LGWAN is stopped (undo: sekimori cut --undo)",
                )
            };
            if globals.json {
                println!("{}", json!({ "cut": !arguments.undo }));
            } else {
                println!("{}", text.get(globals.lang));
            }
            ExitCode::from(DONE)
        }
        Err(error) => globals.fail(&error.text()),
    }
}

fn cut(globals: &Globals) -> Result<(), SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let by = order::login();
    let cut = Cut {
        schema: SCHEMA,
        by: by.clone(),
        since: Timestamp::now().round(jiff::Unit::Second).ok(),
    };
    order::uninterrupted(|| {
        let request = json!({ "command": "cut", "by": by, "lang": order::language(globals.lang) });
        let ordered = crate::run::ask_within(HASTE, &globals.runtime, "segment", &request);
        // Written down whatever the role said: a role that starts just now follows it.
        let kept = match revisions.cut() {
            Some(_) => Ok(()), // who cut first stands there
            None => revisions.keep_cut(&cut),
        };
        // A role that hangs, fails, or whose socket is another's is gone past:
        // made twice, a cut is the same cut.
        if let Err(error) = &ordered {
            eprintln!("{}", past_the_role(error).get(globals.lang));
        }
        if !matches!(ordered, Ok(Some(_))) {
            here(globals, &revisions, true, Event::Cut { by: by.clone() })?;
        }
        kept.map_err(|error| SegmentError::CutNotKept(error.text()))
    })
}

fn past_the_role(error: &std::io::Error) -> Text {
    let why = escape_hostile(&bounded(&error.to_string(), 400));
    Text::new(
        format!("segment ロールが応じないため、このコマンドが直接遮断します: {why}"),
        format!("the segment role does not answer, so this command cuts by itself: {why}"),
    )
}

fn undo(globals: &Globals) -> Result<(), SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let by = order::login();
    order::uninterrupted(|| {
        revisions.undo_cut()?;
        let request =
            json!({ "command": "undo-cut", "by": by, "lang": order::language(globals.lang) });
        if !order::ask(globals, &request)? {
            here(
                globals,
                &revisions,
                false,
                Event::CutUndone { by: by.clone() },
            )?;
        }
        Ok(())
    })
}

/// Where the role does not do it. A revision that cannot be had cuts
/// everything. The record comes last, because a cut does not wait for it.
fn here(
    globals: &Globals,
    revisions: &Revisions,
    cut: bool,
    event: Event,
) -> Result<(), SegmentError> {
    let put = change::current(revisions, cut, Timestamp::now())
        .and_then(|standing| put_in_force(&standing.ruleset).map(|()| standing));
    if put.is_err() && cut {
        put_in_force(&deny_all())?;
    }
    let mut events = vec![event];
    let mut end_sessions = |standing: &Standing| {
        order::end_sessions(standing, |ended| {
            events.push(ended);
            Ok(())
        })
    };
    let ended = match &put {
        Ok(standing) => end_sessions(standing),
        Err(_) if cut => end_sessions(&Standing::nothing(cut)),
        Err(_) => Ok(()),
    };
    let recorded = order::with_record(globals, |log| {
        let revision = put.as_ref().map_or(0, |standing| standing.revision);
        let mut events = events.iter();
        events.try_for_each(|event| order::append(log, revision, event))
    });
    put?;
    ended?;
    match recorded {
        Err(error) if cut => Err(SegmentError::CutUnrecorded(error.text())),
        other => other,
    }
}
