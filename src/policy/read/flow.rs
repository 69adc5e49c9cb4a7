//! `[[flow]]` and `[[expect]]`: the allow-list, and the questions it must
//! answer.

use super::{Item, Node, Written, WrittenEnd, WrittenFlow, name_of, one_of};
use crate::policy::diagnostic::Notes;
use crate::policy::model::{Expect, LogMode, Via};
use crate::policy::source::Located;
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn flows(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for item in root
        .item("flow")
        .map(|item| item.one_or_more())
        .unwrap_or_default()
    {
        if let Some(node) = item.table(notes) {
            written.flows.push(flow(&node, notes));
            node.finish(notes);
        }
    }
    for item in root
        .item("expect")
        .map(|item| item.one_or_more())
        .unwrap_or_default()
    {
        if let Some(node) = item.table(notes) {
            written.expects.extend(expect(&node, notes));
            node.finish(notes);
        }
    }
}

fn flow(node: &Node<'_>, notes: &mut Notes<'_>) -> WrittenFlow {
    let id = node
        .required(notes, "E02", "id", "識別子")
        .and_then(|item| item.text(notes));
    let id = id.filter(|id| name_of(notes, id, 40, &[]).is_some());
    let from = end(node, notes, "from", "送信元");
    let to = end(node, notes, "to", "宛先");
    // An empty list is as if the key were missing; `judge` says so.
    let services = node
        .item("service")
        .filter(|item| !item.one_or_more().is_empty());
    let services = services.map(|item| item.texts(notes));
    let via = node.item("via").and_then(|item| {
        one_of(
            notes,
            "S04",
            item,
            &[("mail", Via::Mail), ("proxy", Via::Proxy)],
        )
    });
    let purpose = required(node, notes, "purpose", "目的");
    let owner = required(node, notes, "owner", "所管者");
    let approved = node.required(notes, "E02", "approved", "承認");
    let approved = approved.and_then(|item| item.table(notes));
    let (mut by, mut on, mut ticket) = (None, None, None);
    if let Some(approved) = approved {
        by = required(&approved, notes, "by", "承認者");
        on = approved
            .required(notes, "E02", "on", "承認日")
            .and_then(|item| item.date(notes));
        ticket = required(&approved, notes, "ticket", "決裁番号");
        approved.finish(notes);
    }
    let expires = node
        .required(notes, "E02", "expires", "期限")
        .and_then(|item| item.date(notes));
    let clause = node.optional(notes, "clause");
    let class = node.optional(notes, "class");
    let log = node
        .item("log")
        .and_then(|item| one_of(notes, "S04", item, &LOGS));
    let names = node
        .item("names")
        .map(|item| item.texts(notes))
        .unwrap_or_default();
    let bounds = super::bounds::bounds(node, notes);
    WrittenFlow {
        span: node.span(),
        id,
        from,
        to,
        services,
        names,
        via,
        purpose: purpose.map(|text| text.value),
        owner,
        by,
        on,
        ticket: ticket.map(|text| text.value),
        expires,
        clause,
        class,
        log: log.map(|log| log.value).unwrap_or_default(),
        bounds,
    }
}

const LOGS: [(&str, LogMode); 3] = [
    ("all", LogMode::All),
    ("new", LogMode::New),
    ("denied", LogMode::Denied),
];

fn required(
    node: &Node<'_>,
    notes: &mut Notes<'_>,
    key: &'static str,
    meaning: &str,
) -> Option<Located<String>> {
    node.required(notes, "E02", key, meaning)?.text(notes)
}

/// `gateway`, `zone`, `zone:host` or `zone:[host, host]`.
fn end(
    node: &Node<'_>,
    notes: &mut Notes<'_>,
    key: &'static str,
    meaning: &str,
) -> Option<Located<WrittenEnd>> {
    let item: Item<'_> = node.required(notes, "E02", key, meaning)?;
    let text = item.text(notes)?;
    if text.value == "gateway" {
        return Some(text.with(WrittenEnd::Gateway));
    }
    let (zone, hosts) = text.value.split_once(':').unwrap_or((&text.value, "[]"));
    let inner = hosts
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let hosts: Vec<String> = match inner {
        Some("") if !text.value.contains(':') => Vec::new(),
        Some(list) => list.split(',').map(|host| host.trim().to_owned()).collect(),
        None => vec![hosts.to_owned()],
    };
    let clean = |word: &str| !word.is_empty() && !word.contains(['[', ']', ',', ':', ' ']);
    if clean(zone) && hosts.iter().all(|host| clean(host) || host.contains(':')) {
        return Some(text.with(WrittenEnd::Zone(zone.to_owned(), hosts)));
    }
    let shown = escape_hostile(&bounded(&text.value, 60));
    let message = Text::new(
        format!("\"{shown}\" は{meaning}として読めません"),
        format!("\"{shown}\" cannot be read as `{key}`"),
    );
    let hint = Text::new(
        "\"区域\"、\"区域:ホスト\"、\"区域:[ホスト, グループ]\"、\"gateway\"",
        "\"zone\", \"zone:host\", \"zone:[host, group]\" or \"gateway\"",
    );
    notes.error("S04", &text.span, message, Some(hint));
    None
}

fn expect(node: &Node<'_>, notes: &mut Notes<'_>) -> Option<Located<Expect>> {
    let verdicts = [("allow", true), ("deny", false)];
    let verdict = node.required(notes, "S05", "verdict", "期待する判定");
    let verdict = verdict.and_then(|item| one_of(notes, "S04", item, &verdicts));
    let from = node.text(notes, "from", "送信元");
    let to = node.text(notes, "to", "宛先");
    let service = node.text(notes, "service", "サービス");
    let (verdict, from, to, service) = (verdict?, from?, to?, service?);
    let expect = Expect {
        place: notes.sources().place(&verdict.span),
        allow: verdict.value,
        from: from.value,
        to: to.value,
        service: service.value,
    };
    Some(verdict.with(expect))
}
