//! `sekimori flow unused`: flows that nothing came through since so many days.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::configuration::{self, NoPolicy};
use crate::cli::{DONE, FAILED, Globals, check, observed, words};
use crate::policy::facts::Hits;
use crate::policy::text::{Text, escape_hostile};
use crate::policy::{Facts, Flow, Via, local_day};

/// `sekimori flow unused`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow unused --days 180")]
pub struct Unused {
    /// Nothing came through since so many days
    #[arg(long, default_value_t = 90, value_name = "N")]
    days: u16,
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, unused: &Unused) -> ExitCode {
    let facts = Facts::default();
    let policy = match configuration::policy(&globals.config, &facts) {
        Ok((_, policy, _)) => policy,
        Err(NoPolicy::Unreadable(error)) => return globals.fail(&error.text()),
        Err(NoPolicy::Mistakes(all)) => {
            eprint!("{}", check::report(&all, &facts, globals.lang));
            return ExitCode::from(FAILED);
        }
    };
    let hits = match observed::hits(globals) {
        Ok(Some(hits)) => hits,
        Ok(None) => {
            return globals.fail(&Text::new(
                "利用の記録がまだありません (segment ロールが動いたことがありません)。",
                "nothing was watched yet (the segment role never ran here).",
            ));
        }
        Err(text) => return globals.fail(&text),
    };
    let now = Timestamp::now();
    let silent: Vec<&Flow> = policy
        .flows
        .iter()
        .filter(|flow| flow.via != Some(Via::Proxy)) // not seen by the rules
        .filter(|flow| is_silent(&hits, &flow.id, unused.days, now))
        .collect();
    let day = |at: Timestamp| local_day(&policy.site, at);
    let watched = days_between(hits.since, now);
    if globals.json {
        let flows = silent.iter().map(|flow| {
            json!({
                "id": flow.id, "owner": flow.owner, "expires": flow.expires,
                "last": hits.last.get(&flow.id),
            })
        });
        let flows: Vec<_> = flows.collect();
        println!(
            "{}",
            json!({ "days": unused.days, "watched_since": hits.since, "flows": flows })
        );
        return ExitCode::from(DONE);
    }
    let (since, days) = (day(hits.since), unused.days);
    let head = Text::new(
        format!(
            "{days} 日以上使われていない許可通信: {} 件 (記録は {since} から)",
            silent.len()
        ),
        format!(
            "flows unused for {days} days: {} (watched since {since})",
            silent.len()
        ),
    );
    println!("{}", head.get(globals.lang));
    if watched < i64::from(days) {
        let note = Text::new(
            format!("注意: 記録はまだ {watched} 日分です。判断には足りません。"),
            format!("note: watched for {watched} days only: too short to judge."),
        );
        println!("{}", note.get(globals.lang));
    }
    for flow in silent {
        let last = match hits.last.get(&flow.id) {
            Some(at) => Text::new(format!("最終 {}", day(*at)), format!("last {}", day(*at))),
            None => Text::new("利用なし", "never"),
        };
        println!(
            "  {}  {}  {}  {}",
            flow.id,
            last.get(globals.lang),
            words::person(&policy, &flow.owner),
            escape_hostile(&flow.purpose)
        );
    }
    ExitCode::from(DONE)
}

fn is_silent(hits: &Hits, flow: &str, days: u16, now: Timestamp) -> bool {
    let last = hits.last.get(flow);
    last.is_none_or(|last| days_between(*last, now) >= i64::from(days))
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_hours().div_euclid(24)
}
