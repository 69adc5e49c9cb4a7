//! `sekimori flow expiring`: what ends soon, whom to ask, what to do. Looks
//! at the configuration folder; changes nothing.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::ledger::{Ledger, Row, Selection};
use super::list;
use crate::cli::{DONE, Globals};
use crate::policy::local_day;
use crate::policy::text::{Lang, Text};

/// `sekimori flow expiring`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow expiring --days 90")]
pub struct Expiring {
    /// How far to look ahead
    #[arg(long, value_name = "DAYS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
    /// As on this day instead of today
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, expiring: &Expiring) -> ExitCode {
    let (policy, standing) = match list::read(globals, None) {
        Ok(read) => read,
        Err(said) => return said,
    };
    let as_of = expiring
        .as_of
        .unwrap_or_else(|| local_day(&policy.site, Timestamp::now()));
    let ledger = Ledger::of(&policy, as_of, standing, &Selection::default());
    let days = i64::from(expiring.days);
    if globals.json {
        println!("{}", to_json(&ledger, days, globals.lang));
    } else {
        print!("{}", report(&ledger, days, globals.lang));
    }
    ExitCode::from(DONE)
}

/// The groups, nearest first: name in `--json`, least and most days left.
fn groups(days: i64) -> Vec<(&'static str, i64, i64, Text)> {
    let all = [
        (
            "expired",
            i64::MIN,
            -1,
            Text::new("期限切れ (もう通りません)", "Expired (no longer passes)"),
        ),
        (
            "7",
            0,
            7,
            Text::new("7 日以内 (至急)", "Within 7 days (urgent)"),
        ),
        ("30", 8, 30, Text::new("30 日以内", "Within 30 days")),
        ("60", 31, 60, Text::new("60 日以内", "Within 60 days")),
        (
            "later",
            61,
            i64::MAX,
            Text::new(format!("{days} 日以内"), format!("Within {days} days")),
        ),
    ];
    let seen = all.into_iter().filter(|(_, least, ..)| *least <= days);
    seen.map(|(name, least, most, words)| (name, least, most.min(days), words))
        .collect()
}

fn of(ledger: &Ledger, least: i64, most: i64) -> Vec<&Row> {
    let mut rows: Vec<&Row> = ledger
        .rows
        .iter()
        .filter(|row| (least..=most).contains(&row.remaining))
        .collect();
    rows.sort_by(|a, b| (a.remaining, &a.id).cmp(&(b.remaining, &b.id)));
    rows
}

fn report(ledger: &Ledger, days: i64, lang: Lang) -> String {
    let mut shown = String::new();
    for (_, least, most, words) in groups(days) {
        let rows = of(ledger, least, most);
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(shown, "{}", words.get(lang));
        for row in rows {
            let [from, to] = &row.ends;
            let way = format!("{} → {} {}", from.name, to.name, row.service);
            let line = Text::new(
                format!(
                    "  {}  {} ({})  {way}\n    目的: {}  所管: {}",
                    row.id,
                    row.last_day,
                    row.left().ja,
                    row.purpose,
                    row.owner
                ),
                format!(
                    "  {}  {} ({})  {way}\n    purpose: {}  owner: {}",
                    row.id,
                    row.last_day,
                    row.left().en,
                    row.purpose,
                    row.owner
                ),
            );
            let _ = writeln!(shown, "{}\n    {}", line.get(lang), advice(row).get(lang));
        }
    }
    if shown.is_empty() {
        let none = Text::new(
            format!(
                "{days} 日以内に期限が来る許可はありません ({} 現在)。\n",
                ledger.as_of
            ),
            format!(
                "no flow ends within {days} days (as of {}).\n",
                ledger.as_of
            ),
        );
        none.get(lang).clone_into(&mut shown);
    }
    shown
}

/// What the owner and the administrator do next.
fn advice(row: &Row) -> Text {
    let place = &row.place;
    match (row.ended(), row.trial) {
        (true, _) => Text::new(
            format!(
                "→ 使い続けるなら再承認を受け、{place} の approved と expires を書き換える。不要なら sekimori flow remove {}",
                row.id
            ),
            format!(
                "→ if still needed: have it approved again, then change approved and expires at {place}; else sekimori flow remove {}",
                row.id
            ),
        ),
        (false, true) => Text::new(
            format!(
                "→ 試行の結果を所管と確かめ、本許可にするなら {place} の mode と report_until を消す。しないなら期限に自動で閉じる"
            ),
            format!(
                "→ settle the trial with its owner: to keep it, take mode and report_until out at {place}; else it closes by itself"
            ),
        ),
        (false, false) => Text::new(
            format!(
                "→ 所管に継続の要否を確かめ、継続なら期限までに再承認 ({place})。放っておけば期限に自動で閉じる"
            ),
            format!(
                "→ ask the owner; to keep it, have it approved again before that day ({place}); else it closes by itself"
            ),
        ),
    }
}

fn to_json(ledger: &Ledger, days: i64, lang: Lang) -> Value {
    let groups = groups(days).into_iter().map(|(name, least, most, _)| {
        let flows = of(ledger, least, most)
            .into_iter()
            .map(|row| row.to_json(lang));
        json!({ "group": name, "flows": flows.collect::<Vec<_>>() })
    });
    json!({ "as_of": ledger.as_of, "days": days, "groups": groups.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_stands_in_one_group() {
        for days in [5, 7, 20, 60, 365] {
            for left in -3..=days {
                let in_groups = groups(days)
                    .iter()
                    .filter(|(_, least, most, _)| (*least..=*most).contains(&left))
                    .count();
                assert_eq!(in_groups, 1, "{left} of {days}");
            }
            assert!(groups(days).iter().all(|(_, _, most, _)| *most <= days));
        }
    }
}
