//! `sekimori plan`: what `apply` would change. Flows first, in words; then
//! what it means for what was seen lately: denials that would pass, traffic
//! that would be denied; then the difference of the rules. Changes nothing.

mod difference;

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::policy::moment::minute;
use crate::policy::text::Text;
use crate::policy::{Diagnostic, Policy};
use crate::segment::SegmentError;
use crate::segment::change::{self, Prepared};
use crate::segment::compile::deny_all;
use crate::segment::configuration::Purpose;
use crate::segment::consequence::{Consequences, consequences, named};
use crate::segment::revision::Revisions;

use super::{DONE, Globals, observed, session};
use difference::{Change, Sort};

/// Runs the command.
pub fn run(globals: &Globals) -> ExitCode {
    match try_run(globals) {
        Ok(()) => ExitCode::from(DONE),
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals) -> Result<(), SegmentError> {
    let now = Timestamp::now();
    let revisions = Revisions::of(&globals.state);
    let before = match revisions.current()? {
        Some(revision) => Some(change::prepare(
            revisions.configuration(revision)?,
            Purpose::Hold,
            now,
        )?),
        None => None,
    };
    let after = change::prepare(
        super::apply::read(globals, &revisions)?,
        Purpose::Change,
        now,
    )?;
    let meant = meaning(globals, before.as_ref(), &after, now);
    let standing = Standing {
        cut: revisions.cut().is_some(),
        lock_out: session::lock_out(Some(&after)),
    };
    show(globals, before.as_ref(), &after, &meant, &standing);
    Ok(())
}

/// What `apply` would find beside the two policies.
struct Standing {
    /// Internet and LGWAN are cut from each other, and stay so.
    cut: bool,
    /// The session that asks would be cut: `apply` would refuse.
    lock_out: Option<Diagnostic>,
}

/// So far back denials are held against the plan.
const DAYS: i64 = 7;
/// Groups of denials that are held against the plan, the largest first.
const GROUPS: usize = 500;

/// What it means for what was seen lately, and what could not be known.
struct Meant {
    consequences: Consequences,
    unknown: Vec<Text>,
}

/// The plan is shown also to who may not read the record.
fn meaning(
    globals: &Globals,
    before: Option<&Prepared>,
    after: &Prepared,
    now: Timestamp,
) -> Meant {
    let mut unknown = Vec::new();
    let since = now.checked_sub(SignedDuration::from_hours(DAYS * 24));
    let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
    let denials = match observed::denied(globals, since) {
        Ok((account, _)) => {
            let (groups, _) = account.denials.ranked(GROUPS);
            let groups = groups.into_iter();
            groups
                .map(|(denial, seen)| (denial.clone(), seen))
                .collect()
        }
        Err(why) => {
            unknown.push(Text::new(
                format!("注意: これまでの拒否は調べていません: {}", why.ja),
                format!("note: past denials were not looked at: {}", why.en),
            ));
            Vec::new()
        }
    };
    let sessions = observed::sessions(globals).unwrap_or_default();
    if sessions.is_none() {
        unknown.push(Text::new(
            "注意: segment ロールが動いていないため、止まる通信は調べていません。",
            "note: the segment role does not run; traffic that would stop was not looked for.",
        ));
    }
    let sessions = sessions.unwrap_or_default();
    let before = before.map(|before| &before.policy);
    Meant {
        consequences: consequences(before, &after.policy, &denials, &sessions, now),
        unknown,
    }
}

/// One line for each: what would pass, what would not.
fn consequence_words(meant: &Meant, policy: &Policy) -> Vec<Text> {
    let mut lines = Vec::new();
    for one in &meant.consequences.opened {
        let header = &one.denial.header;
        let (source, destination) = (
            named(policy, header.source),
            named(policy, header.destination),
        );
        let (service, count, flow) = (header.service, one.seen.count, &one.flow);
        lines.push(Text::new(
            format!("+ 拒否していた通信が通ります: {source} → {destination} {service} (過去 {DAYS} 日に {count} 回拒否、許可: {flow})"),
            format!("+ a denial would pass: {source} -> {destination} {service} (denied {count} times in {DAYS} days; by {flow})"),
        ));
    }
    for one in &meant.consequences.closed {
        let (source, destination) = (
            named(policy, one.session.source),
            named(policy, one.session.destination),
        );
        let (service, flow, last) = (one.session.service, &one.flow, one.seen.last);
        let last = minute(&policy.site.zone(), last);
        lines.push(Text::new(
            format!("- 使われている通信が止まります: {source} → {destination} {service} (最終 {last}、今の許可: {flow})"),
            format!("- traffic in use would be denied: {source} -> {destination} {service} (last seen {last}; now by {flow})"),
        ));
    }
    lines
}

fn consequence_json(meant: &Meant) -> serde_json::Value {
    let opened = meant.consequences.opened.iter().map(|one| {
        json!({
            "source": one.denial.header.source, "destination": one.denial.header.destination,
            "service": one.denial.header.service.to_string(),
            "count": one.seen.count, "last": one.seen.last, "flow": one.flow,
        })
    });
    let closed = meant.consequences.closed.iter().map(|one| {
        json!({
            "source": one.session.source, "destination": one.session.destination,
            "service": one.session.service.to_string(),
            "last": one.seen.last, "flow": one.flow, "reason": one.reason.cause.code(),
        })
    });
    json!({
        "would_pass": opened.collect::<Vec<_>>(),
        "would_be_denied": closed.collect::<Vec<_>>(),
        "complete": meant.unknown.is_empty(),
    })
}

fn show(
    globals: &Globals,
    before: Option<&Prepared>,
    after: &Prepared,
    meant: &Meant,
    standing: &Standing,
) {
    let (old, new) = (before.map(|before| &before.policy), &after.policy);
    let (flows, zones) = (difference::flows(old, new), difference::zones(old, new));
    let old_rules = before.map_or_else(
        || deny_all().to_string(),
        |before| before.ruleset.to_string(),
    );
    let rules = rule_difference(&old_rules, &after.ruleset.to_string());
    let notes: Vec<&str> = after
        .ruleset
        .notes
        .iter()
        .map(|note| note.get(globals.lang))
        .collect();
    if globals.json {
        let sorted = |changes: &[Change]| {
            let of = |wanted: Sort| -> Vec<&str> {
                let changes = changes.iter().filter(|change| change.sort == wanted);
                changes.map(|change| change.id.as_str()).collect()
            };
            json!({ "added": of(Sort::Added), "removed": of(Sort::Removed), "changed": of(Sort::Changed) })
        };
        println!(
            "{}",
            json!({
                "flows": sorted(&flows), "zones": sorted(&zones),
                "seen": consequence_json(meant), "rules": rules, "notes": notes,
                "cut": standing.cut,
                "locked_out": standing.lock_out.as_ref().map(|lost| lost.message.get(globals.lang)),
            })
        );
        return;
    }
    let changes = flows.iter().chain(&zones);
    let same = changes.clone().next().is_none() && rules.is_empty();
    if same {
        let other = old.is_none_or(|old| old.sha256 != new.sha256);
        println!("{}", unchanged(other).get(globals.lang));
    }
    for change in changes {
        println!("{}", change.words.get(globals.lang));
    }
    for note in notes {
        println!("  {note}");
    }
    let words = consequence_words(meant, &after.policy);
    // What is unknown matters only where something changes.
    let unknown = (!same).then_some(&meant.unknown);
    for line in words.iter().chain(unknown.into_iter().flatten()) {
        println!("{}", line.get(globals.lang));
    }
    if standing.cut {
        println!("{}", super::cut::still().get(globals.lang));
    }
    if let Some(lost) = &standing.lock_out {
        print!("{}", lost.render(globals.lang));
    }
    if !rules.is_empty() {
        println!("\n{rules}");
    }
}

/// No flow, no zone and no rule differs; with `other`, something else does.
fn unchanged(other: bool) -> Text {
    if other {
        Text::new(
            "通信の変更はありません (メールや人など、ほかの記述だけが違います)。",
            "nothing would change in what passes; only other settings differ (such as mail or people).",
        )
    } else {
        Text::new("変更はありません。", "nothing would change.")
    }
}

/// Unified, three lines of context; empty when nothing differs.
fn rule_difference(before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .to_string()
}
