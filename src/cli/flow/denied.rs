//! `sekimori flow denied`: what was refused, in groups, each with the reason,
//! the nearest flow and, where a flow may allow it, a draft of that flow.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::capture;
use crate::cli::configuration::{self, NoPolicy};
use crate::cli::{DONE, FAILED, Globals, check, observed};
use crate::policy::moment::second;
use crate::policy::text::{Lang, Text};
use crate::policy::{Facts, Policy};
use crate::segment::consequence::named;
use crate::segment::denials::{Account, Denial, draft};
use crate::segment::evaluate::Verdict;
use crate::segment::tally::Seen;

/// `sekimori flow denied`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow denied --days 1
         sekimori flow denied --pcap denied.pcap --seconds 30")]
pub struct Denied {
    /// So many days back
    #[arg(long, default_value_t = 7, value_name = "N")]
    days: u16,
    /// At most so many groups, the largest first
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Write the first bytes of denied packets into this file instead (root)
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// At most so many packets
    #[arg(long, default_value_t = 500, value_name = "N", requires = "pcap")]
    count: usize,
    /// Packets that come within this time, instead of the latest ones
    #[arg(long, value_name = "S", requires = "pcap")]
    seconds: Option<u16>,
}

/// Runs the command.
#[must_use]
pub fn run(globals: &Globals, denied: &Denied) -> ExitCode {
    if let Some(file) = &denied.pcap {
        return capture::run(globals, file, denied.count, denied.seconds);
    }
    let facts = Facts::default();
    let policy = match configuration::policy(&globals.config, &facts) {
        Ok((_, policy, _)) => policy,
        Err(NoPolicy::Unreadable(error)) => return globals.fail(&error.text()),
        Err(NoPolicy::Mistakes(all)) => {
            eprint!("{}", check::report(&all, &facts, globals.lang));
            return ExitCode::from(FAILED);
        }
    };
    let now = Timestamp::now();
    let span = SignedDuration::from_hours(i64::from(denied.days).saturating_mul(24));
    let since = now.checked_sub(span).unwrap_or(Timestamp::UNIX_EPOCH);
    let (account, runs) = match observed::denied(globals, since) {
        Ok(observed) => observed,
        Err(text) => return globals.fail(&text),
    };
    let shown = Shown {
        policy: &policy,
        now,
        lang: globals.lang,
    };
    if globals.json {
        println!("{}", shown.json(&account, denied.limit, runs));
    } else {
        print!("{}", shown.text(&account, denied, runs));
    }
    ExitCode::from(DONE)
}

struct Shown<'a> {
    policy: &'a Policy,
    now: Timestamp,
    lang: Lang,
}

impl Shown<'_> {
    fn text(&self, account: &Account, denied: &Denied, runs: bool) -> String {
        let (groups, others) = account.denials.ranked(denied.limit);
        let (dropped, seen, unseen) = (account.dropped, account.seen, account.unseen());
        let days = denied.days;
        let mut text = Text::new(
            format!(
                "過去 {days} 日: 拒否 {dropped} パケット (内容を確認 {seen}、件数のみ {unseen})\n"
            ),
            format!(
                "last {days} days: the kernel denied {dropped} packets ({seen} seen, {unseen} counted only)\n"
            ),
        )
        .get(self.lang)
        .to_owned();
        if !runs {
            text.push_str(
                Text::new(
                    "segment ロールが動いていないため、記録にある分だけです。\n",
                    "the segment role does not run: only what is in the record.\n",
                )
                .get(self.lang),
            );
        }
        for (place, (denial, seen)) in groups.into_iter().enumerate() {
            text.push_str(&self.group(place.saturating_add(1), denial, seen));
        }
        if others > 0 {
            let rest = Text::new(
                format!("\nその他 {others} パケット (--limit で増やせます)\n"),
                format!("\nothers: {others} packets (--limit shows more)\n"),
            );
            text.push_str(rest.get(self.lang));
        }
        text
    }

    fn group(&self, place: usize, denial: &Denial, seen: Seen) -> String {
        let zone = self.policy.site.zone();
        let (source, destination) = (
            named(self.policy, denial.header.source),
            named(self.policy, denial.header.destination),
        );
        let (first, last) = (second(&zone, seen.first), second(&zone, seen.last));
        let (service, count) = (denial.header.service, seen.count);
        let way = format!(
            "{} {} -> {}",
            denial.hook.name(),
            or_dash(&denial.incoming),
            or_dash(&denial.outgoing)
        );
        let head = Text::new(
            format!(
                "\n{place}. {source} → {destination} {service}  {count} パケット\n   {first} から {last} ({way})\n"
            ),
            format!(
                "\n{place}. {source} -> {destination} {service}  {count} packets\n   {first} to {last} ({way})\n"
            ),
        );
        let mut text = head.get(self.lang).to_owned();
        text.push_str(&format!("   {}\n", self.why(denial)));
        if let Some(draft) = draft(self.policy, denial, self.now) {
            for line in draft.lines() {
                text.push_str(&format!("   | {line}\n"));
            }
        }
        text
    }

    /// The reason in words, with the nearest flow.
    fn why(&self, denial: &Denial) -> String {
        let stray = if denial.header.opening {
            Text::new("", "")
        } else {
            Text::new(
                " (接続の始まりではないパケット)",
                " (a packet that begins no session)",
            )
        };
        let text = match denial.judged(self.policy, self.now) {
            Verdict::Allow { flow } => Text::new(
                format!("この設定では {flow} により通ります{}", stray.ja),
                format!("under this configuration {flow} lets it pass{}", stray.en),
            ),
            Verdict::Deny(reason) => {
                let (cause, zone) = (reason.cause.text(), self.policy.site.zone());
                let missing: Vec<Text> = reason.missing.iter().map(|one| one.text(&zone)).collect();
                let list = |pick: fn(&Text) -> &str| {
                    missing.iter().map(pick).collect::<Vec<_>>().join("; ")
                };
                match &reason.nearest {
                    Some(near) => Text::new(
                        format!(
                            "理由: {}{}。最も近い許可: {near} (違い: {})",
                            cause.ja,
                            stray.ja,
                            list(|text| &text.ja)
                        ),
                        format!(
                            "why: {}{}; nearest flow: {near} (differs: {})",
                            cause.en,
                            stray.en,
                            list(|text| &text.en)
                        ),
                    ),
                    None => Text::new(
                        format!("理由: {}{}", cause.ja, stray.ja),
                        format!("why: {}{}", cause.en, stray.en),
                    ),
                }
            }
        };
        text.get(self.lang).to_owned()
    }

    fn json(&self, account: &Account, limit: usize, runs: bool) -> Value {
        let (groups, others) = account.denials.ranked(limit);
        let groups: Vec<Value> = groups
            .into_iter()
            .map(|(denial, seen)| {
                let mut group = json!(denial.written(seen));
                let (verdict, flow, cause) = match denial.judged(self.policy, self.now) {
                    Verdict::Allow { flow } => ("allow", Some(flow), None),
                    Verdict::Deny(reason) => ("deny", reason.nearest, Some(reason.cause.code())),
                };
                if let Some(group) = group.as_object_mut() {
                    group.insert("verdict_now".into(), json!(verdict));
                    group.insert("nearest".into(), json!(flow));
                    group.insert("reason".into(), json!(cause));
                    group.insert("draft".into(), json!(draft(self.policy, denial, self.now)));
                }
                group
            })
            .collect();
        json!({
            "denied": account.dropped, "seen": account.seen, "unseen": account.unseen(),
            "groups": groups, "others": others, "running": runs,
        })
    }
}

fn or_dash(word: &str) -> &str {
    if word.is_empty() { "-" } else { word }
}
