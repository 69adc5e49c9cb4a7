//! Each flow by itself: its id is its own (E05) and its services are named
//! (E01, E09, E11). What it joins stands in `ends` and `carriage`.

use std::collections::BTreeMap;

use super::network::unknown;
use super::{Bench, Used, approval, bounds, carriage, ends, names};
use crate::policy::diagnostic::Notes;
use crate::policy::model::PortRange;
use crate::policy::read::{Written, WrittenEnd, WrittenFlow, parse_ports, ports};
use crate::policy::source::{Located, Span};
use crate::policy::text::Text;

pub(super) fn judge(bench: &Bench<'_>, used: &mut Used, notes: &mut Notes<'_>) {
    let mut ids: BTreeMap<&str, &Span> = BTreeMap::new();
    for flow in &bench.written.flows {
        if let Some(id) = &flow.id {
            identity(id, &mut ids, notes);
        }
        services(bench, flow, used, notes);
        ends::judge(bench, flow, used, notes);
        carriage::judge(bench, flow, notes);
        names::judge(bench, flow, notes);
        approval::judge(bench, flow, notes);
        bounds::judge(bench, flow, notes);
    }
}

/// E05.
fn identity<'a>(
    id: &'a Located<String>,
    ids: &mut BTreeMap<&'a str, &'a Span>,
    notes: &mut Notes<'_>,
) {
    let name = &id.value;
    if let Some(first) = ids.get(name.as_str()) {
        let place = notes.sources().place(first);
        let message = Text::new(
            format!("識別子 {name} は二度使われています"),
            format!("the id {name} is used twice"),
        );
        let hint = Text::new(
            format!("一つ目は {}:{}", place.file, place.line),
            format!("first at {}:{}", place.file, place.line),
        );
        notes.error("E05", &id.span, message, Some(hint));
        return;
    }
    ids.insert(name, &id.span);
    if notes.sources().retired().contains(name) {
        let message = Text::new(
            format!("識別子 {name} は廃止された許可のものです"),
            format!("the id {name} belonged to a flow that was retired"),
        );
        let hint = Text::new(
            "新しい識別子を付けてください (記録と混ざらないように)",
            "choose a new id, so that records stay apart",
        );
        notes.error("E05", &id.span, message, Some(hint));
    }
}

/// The ranges that a flow's words mean; unknown words mean nothing.
pub(in crate::policy) fn services_of(written: &Written, flow: &WrittenFlow) -> Vec<PortRange> {
    let words = flow.services.iter().flatten();
    let mut ranges: Vec<PortRange> = words.flat_map(|word| meant(written, &word.value)).collect();
    ranges.sort_unstable();
    ranges.dedup();
    ranges
}

/// The ranges that one word of a flow means; an unknown one means nothing.
pub(super) fn meant(written: &Written, word: &str) -> Vec<PortRange> {
    match written.services.get(word) {
        Some(named) => named.value.clone(),
        None => parse_ports(word).into_iter().collect(),
    }
}

/// E01, E09, E11.
fn services(bench: &Bench<'_>, flow: &WrittenFlow, used: &mut Used, notes: &mut Notes<'_>) {
    let Some(list) = &flow.services else {
        let whole = |end: &Option<Located<WrittenEnd>>| matches!(end.as_ref().map(|end| &end.value), Some(WrittenEnd::Zone(_, hosts)) if hosts.is_empty());
        let (code, message) = if whole(&flow.from) && whole(&flow.to) {
            (
                "E01",
                Text::new(
                    "区域どうしの全通信は許可できません",
                    "everything between two zones cannot be allowed",
                ),
            )
        } else {
            (
                "E02",
                Text::new(
                    "サービス (service) が必要です",
                    "`service` is required here",
                ),
            )
        };
        let hint = Text::new(
            "service = \"tcp/443\" のように",
            "such as service = \"tcp/443\"",
        );
        notes.error(code, &flow.span, message, Some(hint));
        return;
    };
    for word in list {
        if bench.written.services.contains_key(&word.value) {
            used.services.insert(word.value.clone());
        } else if matches!(word.value.as_str(), "any" | "all" | "*") {
            let message = Text::new(
                "すべてのサービスは許可できません",
                "every service cannot be allowed",
            );
            let hint = Text::new("必要なものだけを書いてください", "list only what is needed");
            notes.error("E01", &word.span, message, Some(hint));
        } else if word.value.contains('/') || word.value == "icmp" {
            let _ = ports(notes, word);
        } else {
            unknown(
                notes,
                word,
                "サービス",
                "service",
                bench.written.services.keys(),
            );
        }
    }
}
