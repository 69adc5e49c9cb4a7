//! `sekimori plan`: what `apply` would change. Flows first, in words; then
//! what it means for what was seen lately: denials that would pass, traffic
//! that would be denied; then the difference of the rules. Changes nothing.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Diagnostic, Endpoint, Flow, Policy, PortRange, Protocol, Via};
use crate::segment::SegmentError;
use crate::segment::change::{self, Prepared};
use crate::segment::compile::deny_all;
use crate::segment::configuration::Purpose;
use crate::segment::consequence::{Consequences, consequences, named};
use crate::segment::revision::Revisions;

use super::{DONE, Globals, observed, session};

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
        let last = policy
            .site
            .zone()
            .to_datetime(last)
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
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
    let changes = flow_changes(before.map(|before| &before.policy), &after.policy);
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
        let sort = |wanted: Sort| -> Vec<&str> {
            changes
                .iter()
                .filter(|(sort, ..)| *sort == wanted)
                .map(|(_, id, _)| id.as_str())
                .collect()
        };
        println!(
            "{}",
            json!({
                "flows": { "added": sort(Sort::Added), "removed": sort(Sort::Removed), "changed": sort(Sort::Changed) },
                "seen": consequence_json(meant), "rules": rules, "notes": notes,
                "cut": standing.cut,
                "locked_out": standing.lock_out.as_ref().map(|lost| lost.message.get(globals.lang)),
            })
        );
        return;
    }
    if changes.is_empty() && rules.is_empty() {
        println!(
            "{}",
            Text::new("変更はありません。", "nothing would change.").get(globals.lang)
        );
    }
    for (_, _, words) in &changes {
        println!("{}", words.get(globals.lang));
    }
    for note in notes {
        println!("  {note}");
    }
    let words = consequence_words(meant, &after.policy);
    // What is unknown matters only where something changes.
    let unknown = (!changes.is_empty()).then_some(&meant.unknown);
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Added,
    Removed,
    Changed,
}

/// Flows by id: what comes, goes, or means something else.
fn flow_changes(before: Option<&Policy>, after: &Policy) -> Vec<(Sort, String, Text)> {
    let by_id = |policy: &Policy| -> BTreeMap<String, Flow> {
        policy
            .flows
            .iter()
            .map(|flow| (flow.id.clone(), flow.clone()))
            .collect()
    };
    let old = before.map(by_id).unwrap_or_default();
    let new = by_id(after);
    let mut changes = Vec::new();
    for (id, flow) in &new {
        match old.get(id) {
            None => changes.push((Sort::Added, id.clone(), line("追加", "added", '+', flow))),
            Some(was)
                if (Flow {
                    place: flow.place.clone(),
                    ..was.clone()
                }) != *flow =>
            {
                let (from, to) = (
                    line("変更前", "was", '~', was),
                    line("変更後", "becomes", '~', flow),
                );
                let both = Text::new(
                    format!("{}\n{}", from.ja, to.ja),
                    format!("{}\n{}", from.en, to.en),
                );
                changes.push((Sort::Changed, id.clone(), both));
            }
            Some(_) => {}
        }
    }
    for (id, flow) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        changes.push((
            Sort::Removed,
            id.clone(),
            line("削除", "removed", '-', flow),
        ));
    }
    changes
}

fn line(ja: &str, en: &str, mark: char, flow: &Flow) -> Text {
    let via = |lang| match (flow.via, lang) {
        (None, _) => "",
        (Some(Via::Mail), Lang::Ja) => " (メール無害化経由)",
        (Some(Via::Mail), Lang::En) => " (via mail, sanitised)",
        (Some(Via::Proxy), Lang::Ja) => " (プロキシ経由)",
        (Some(Via::Proxy), Lang::En) => " (via proxy)",
    };
    let services: Vec<String> = flow.services.iter().map(service_words).collect();
    let way = format!(
        "{}: {} -> {} {}",
        flow.id,
        end_words(&flow.from),
        end_words(&flow.to),
        services.join(",")
    );
    let purpose = escape_hostile(&flow.purpose);
    Text::new(
        format!(
            "{mark} {ja} {way}{} 目的: {purpose} 期限: {}",
            via(Lang::Ja),
            flow.expires
        ),
        format!(
            "{mark} {en} {way}{} purpose: {purpose} expires: {}",
            via(Lang::En),
            flow.expires
        ),
    )
}

fn end_words(end: &Endpoint) -> String {
    match end {
        Endpoint::Gateway => "gateway".to_owned(),
        Endpoint::Zone { zone, hosts } if hosts.is_empty() => zone.clone(),
        Endpoint::Zone { zone, hosts } => format!("{zone}:{}", hosts.join(",")),
    }
}

fn service_words(service: &PortRange) -> String {
    let protocol = match service.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => return "icmp".to_owned(),
    };
    if service.first == service.last {
        format!("{protocol}/{}", service.first)
    } else {
        format!("{protocol}/{}-{}", service.first, service.last)
    }
}

/// Unified, three lines of context; empty when nothing differs.
fn rule_difference(before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .to_string()
}
