//! `sekimori plan`: what `apply` would change. Flows first, in words; then
//! the difference of the rules. Changes nothing.
//!
//! Absent in this version: recent denials and traffic held against the plan.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Endpoint, Flow, Policy, PortRange, Protocol, Via};
use crate::segment::SegmentError;
use crate::segment::change::{self, Prepared};
use crate::segment::compile::deny_all;
use crate::segment::configuration::Purpose;
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
    show(globals, before.as_ref(), &after);
    Ok(())
}

fn show(globals: &Globals, before: Option<&Prepared>, after: &Prepared) {
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
                "rules": rules, "notes": notes,
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
