//! Each flow: between ends that exist, for services that are named, and
//! never straight across between LGWAN and the internet.

use std::collections::BTreeMap;

use super::approval;
use super::network::unknown;
use super::{Bench, Used};
use crate::policy::diagnostic::Notes;
use crate::policy::model::{PortRange, Protocol, Via, Zone, ZoneKind};
use crate::policy::read::{Written, WrittenEnd, WrittenFlow, parse_ports, ports};
use crate::policy::source::{Located, Span};
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, used: &mut Used, notes: &mut Notes<'_>) {
    let mut ids: BTreeMap<&str, &Span> = BTreeMap::new();
    for flow in &bench.written.flows {
        if let Some(id) = &flow.id {
            identity(id, &mut ids, notes);
        }
        services(bench, flow, used, notes);
        ends(bench, flow, used, notes);
        carriage(bench, flow, notes);
        names(flow, notes);
        approval::judge(bench, flow, notes);
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
    let mut ranges = Vec::new();
    for word in flow.services.iter().flatten() {
        match written.services.get(&word.value) {
            Some(named) => ranges.extend(named.value.iter().copied()),
            None => ranges.extend(parse_ports(&word.value)),
        }
    }
    ranges.sort_unstable();
    ranges.dedup();
    ranges
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

/// E09, E08 and bare addresses.
fn ends(bench: &Bench<'_>, flow: &WrittenFlow, used: &mut Used, notes: &mut Notes<'_>) {
    for end in [&flow.from, &flow.to].into_iter().flatten() {
        let WrittenEnd::Zone(zone, hosts) = &end.value else {
            continue;
        };
        if matches!(zone.as_str(), "any" | "all" | "*") {
            let message = Text::new(
                "区域を限らない許可は書けません",
                "a flow must name its zone",
            );
            notes.error("E01", &end.span, message, None);
            continue;
        }
        if !bench.written.zones.contains_key(zone) {
            unknown(
                notes,
                &end.with(zone.clone()),
                "区域",
                "zone",
                bench.written.zones.keys(),
            );
        }
        for name in hosts {
            used.hosts.insert(name.clone());
            host(bench, &end.with(name.clone()), zone, notes);
        }
    }
    let gateway = |end: &Option<Located<WrittenEnd>>| {
        matches!(
            end.as_ref().map(|end| &end.value),
            Some(WrittenEnd::Gateway)
        )
    };
    if let (true, true, Some(to)) = (gateway(&flow.from), gateway(&flow.to), &flow.to) {
        let message = Text::new(
            "送信元と宛先の両方が gateway です",
            "both ends are the gateway itself",
        );
        notes.error("S04", &to.span, message, None);
    }
}

fn host(bench: &Bench<'_>, name: &Located<String>, zone: &str, notes: &mut Notes<'_>) {
    let shown = escape_hostile(&bounded(&name.value, 60));
    if let Some(host) = bench.written.hosts.get(&name.value) {
        let home = host.zone.as_ref().map(|home| home.value.as_str());
        if let Some(home) = home.filter(|home| *home != zone) {
            let home = escape_hostile(&bounded(home, 60));
            let message = Text::new(
                format!("ホスト {shown} は区域 {home} にあります"),
                format!("host {shown} is in zone {home}"),
            );
            let hint = Text::new(format!("\"{home}:{shown}\""), format!("\"{home}:{shown}\""));
            notes.error("E09", &name.span, message, Some(hint));
        }
    } else if name.value.parse::<std::net::IpAddr>().is_ok()
        || name.value.parse::<ipnet::IpNet>().is_ok()
    {
        let message = Text::new(
            format!("許可に裸のアドレス {shown} は書けません"),
            format!("a flow cannot hold the bare address {shown}"),
        );
        let hint = Text::new(
            "[hosts] に名前を付けてください",
            "give it a name under [hosts]",
        );
        notes.error("S04", &name.span, message, Some(hint));
    } else if name.value.contains('.') {
        let message = Text::new(
            format!("ドメイン名 {shown} はアドレスの通信に使えません"),
            format!("the domain name {shown} cannot be used in a flow by address"),
        );
        let hint = Text::new(
            "[hosts] にアドレスを定義してください (names と via = \"proxy\" はこの版では未対応)",
            "define its address under [hosts] (names with via = \"proxy\" are not in this version)",
        );
        notes.error("E08", &name.span, message, Some(hint));
    } else {
        unknown(notes, name, "ホスト", "host", bench.written.hosts.keys());
    }
}

fn zone_of<'a>(bench: &Bench<'a>, end: &Option<Located<WrittenEnd>>) -> Option<&'a Zone> {
    match &end.as_ref()?.value {
        WrittenEnd::Gateway => None,
        WrittenEnd::Zone(zone, _) => bench.written.zones.get(zone)?.zone.as_ref(),
    }
}

/// E20, E21, and what `via` demands.
fn carriage(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let (Some(from), Some(to)) = (&flow.from, &flow.to) else {
        return;
    };
    let span = &to.span;
    let gateway = from.value == WrittenEnd::Gateway || to.value == WrittenEnd::Gateway;
    let kinds = (zone_of(bench, &flow.from), zone_of(bench, &flow.to));
    let kinds = (kinds.0.map(|zone| zone.kind), kinds.1.map(|zone| zone.kind));
    if let Some(via) = &flow.via {
        if via.value == Via::Proxy {
            let message = Text::new(
                "via = \"proxy\" は、この版では未対応です (無視せず拒否します)",
                "via = \"proxy\" is not supported by this version (refused, not ignored)",
            );
            notes.error("S06", &via.span, message, None);
        } else if !gateway {
            let message = Text::new(
                "via = \"mail\" の許可は、片方の端が gateway でなければなりません",
                "a flow with via = \"mail\" must have the gateway as one end",
            );
            let hint = Text::new(
                "受信 (to = \"gateway\") と配送 (from = \"gateway\") の二つに分けてください",
                "split it in two: to = \"gateway\" and from = \"gateway\"",
            );
            notes.error("S04", &via.span, message, Some(hint));
        }
        return mail_service(bench, flow, via, notes);
    }
    match kinds {
        (Some(ZoneKind::Internet), Some(ZoneKind::Lgwan))
        | (Some(ZoneKind::Lgwan), Some(ZoneKind::Internet)) => {
            let message = Text::new(
                "LGWAN 接続系とインターネットの間を直接転送することはできません",
                "LGWAN and the internet cannot be joined by forwarding",
            );
            let hint = Text::new(
                "メールは via = \"mail\" で gateway を経由させてください",
                "let mail pass the gateway with via = \"mail\"",
            );
            notes.error("E20", span, message, Some(hint));
        }
        (Some(ZoneKind::Internet), Some(ZoneKind::Management)) => management(notes, span),
        (Some(ZoneKind::Internet), None) if to.value == WrittenEnd::Gateway => {
            let ranges = services_of(bench.written, flow);
            if ranges.iter().any(|range| range.protocol != Protocol::Icmp) {
                management(notes, span);
            }
        }
        _ => {}
    }
}

/// E21: behind a port of the box that no role guards stands its management.
fn management(notes: &mut Notes<'_>, span: &Span) {
    let message = Text::new(
        "インターネットから管理系 (または gateway 自身の管理) に届いてしまいます",
        "this lets the internet reach management, or the gateway itself unguarded",
    );
    let hint = Text::new(
        "管理は kind = \"management\" の区域から、メール受信は via = \"mail\" で",
        "manage from a zone of kind \"management\"; receive mail with via = \"mail\"",
    );
    notes.error("E21", span, message, Some(hint));
}

fn mail_service(bench: &Bench<'_>, flow: &WrittenFlow, via: &Located<Via>, notes: &mut Notes<'_>) {
    let ranges = services_of(bench.written, flow);
    if via.value == Via::Mail && ranges.iter().any(|range| range.protocol != Protocol::Tcp) {
        let message = Text::new(
            "via = \"mail\" で運べるのは TCP の SMTP だけです",
            "via = \"mail\" carries SMTP over TCP only",
        );
        notes.error("S04", &via.span, message, None);
    }
}

/// E08, E17, E18: names that the proxy would use. Checked although this
/// version refuses them, so that a file can be prepared.
fn names(flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let proxied = flow.via.as_ref().is_some_and(|via| via.value == Via::Proxy);
    for name in &flow.names {
        if !proxied {
            let message = Text::new(
                "names には via = \"proxy\" が必要です",
                "`names` needs via = \"proxy\"",
            );
            notes.error("E08", &name.span, message, None);
        }
        let bare = name.value.strip_prefix("*.");
        let wild = bare.is_some();
        let rest = bare.unwrap_or(&name.value);
        if !name.value.is_ascii() {
            let message = Text::new(
                "国際化ドメイン名は Punycode で書いてください",
                "an internationalised name must be in Punycode",
            );
            notes.error(
                "E18",
                &name.span,
                message,
                Some(Text::new("xn--…", "xn--…")),
            );
        } else if rest.contains('*') || (wild && public(rest)) {
            let message = Text::new("ワイルドカードが広すぎます", "the wildcard is too wide");
            let hint = Text::new("例: \"*.example.co.jp\"", "such as \"*.example.co.jp\"");
            notes.error("E17", &name.span, message, Some(hint));
        }
    }
}

/// A suffix under which strangers register names: one label, or a Japanese
/// second level. The full public suffix list comes with the proxy.
fn public(rest: &str) -> bool {
    let labels: Vec<&str> = rest.split('.').collect();
    match labels.as_slice() {
        [_] => true,
        [second, "jp"] => matches!(
            *second,
            "co" | "lg" | "go" | "or" | "ac" | "ne" | "ad" | "ed" | "gr"
        ),
        _ => false,
    }
}
