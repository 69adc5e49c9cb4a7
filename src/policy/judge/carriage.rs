//! Who carries a flow across, and what no carrier excuses: LGWAN joined with
//! the internet (E20), management open to it (E21).

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::Bench;
use super::flow::{meant, services_of};
use crate::policy::diagnostic::Notes;
use crate::policy::model::{Protocol, Via, Zone, ZoneKind};
use crate::policy::read::{WrittenEnd, WrittenFlow};
use crate::policy::source::{Located, Span};
use crate::policy::text::Text;

pub(super) fn judge(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let (Some(from), Some(to)) = (&flow.from, &flow.to) else {
        return;
    };
    let span = &to.span;
    let gateway = from.value == WrittenEnd::Gateway || to.value == WrittenEnd::Gateway;
    let kinds = (zone_of(bench, &flow.from), zone_of(bench, &flow.to));
    let kinds = (kinds.0.map(|zone| zone.kind), kinds.1.map(|zone| zone.kind));
    if let Some(via) = &flow.via {
        if via.value == Via::Proxy {
            return proxy(bench, flow, via, kinds, notes);
        }
        if !gateway {
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

/// A proxied flow leads out, by name. The register may already hold it; that
/// nothing passes yet is said every time.
fn proxy(
    bench: &Bench<'_>,
    flow: &WrittenFlow,
    via: &Located<Via>,
    kinds: (Option<ZoneKind>, Option<ZoneKind>),
    notes: &mut Notes<'_>,
) {
    let message = Text::new(
        "プロキシはこの版にないため、この許可は台帳に載るだけで、何も通しません",
        "this version has no proxy: the flow stands in the register and nothing passes",
    );
    notes.warn("S11", &via.span, message, None);
    let outward = matches!(kinds.1, None | Some(ZoneKind::Internet | ZoneKind::Partner));
    let gateway = |end: &Option<Located<WrittenEnd>>| {
        end.as_ref()
            .is_some_and(|end| end.value == WrittenEnd::Gateway)
    };
    if kinds.0 == Some(ZoneKind::Internet) || !outward || gateway(&flow.to) || gateway(&flow.from) {
        let message = Text::new(
            "via = \"proxy\" の許可は、内側の区域から外側の区域へ向かうものだけです",
            "a flow with via = \"proxy\" leads from an inner zone to an outer one",
        );
        let hint = Text::new(
            "to は kind = \"internet\" か \"partner\" の区域に",
            "`to` must be a zone of kind \"internet\" or \"partner\"",
        );
        notes.error("S04", &via.span, message, Some(hint));
    }
    if flow.names.is_empty() {
        let message = Text::new(
            "via = \"proxy\" には宛先の名前 (names) が必要です",
            "via = \"proxy\" needs the names that may be reached (`names`)",
        );
        let hint = Text::new(
            "例: names = [\"www.example.jp\"]",
            "such as names = [\"www.example.jp\"]",
        );
        notes.error("E02", &via.span, message, Some(hint));
    }
    if services_of(bench.written, flow)
        .iter()
        .any(|range| range.protocol != Protocol::Tcp)
    {
        let message = Text::new(
            "via = \"proxy\" で運べるのは TCP だけです",
            "via = \"proxy\" carries TCP only",
        );
        notes.error("S04", &via.span, message, None);
    }
}

/// The mail role guards the ports at which it listens (E21 for any other) and
/// speaks to next hops; a port beyond is a way past it.
fn mail_service(bench: &Bench<'_>, flow: &WrittenFlow, via: &Located<Via>, notes: &mut Notes<'_>) {
    let ranges = services_of(bench.written, flow);
    if ranges.iter().any(|range| range.protocol != Protocol::Tcp) {
        let message = Text::new(
            "via = \"mail\" で運べるのは TCP の SMTP だけです",
            "via = \"mail\" carries SMTP over TCP only",
        );
        notes.error("S04", &via.span, message, None);
    }
    let leads_to = |end: &Option<Located<WrittenEnd>>| end.as_ref().map(|end| end.value.clone());
    let (code, ports, message) = match (leads_to(&flow.from), leads_to(&flow.to)) {
        (_, Some(WrittenEnd::Gateway)) => (
            "E21",
            listened(bench),
            Text::new(
                "via = \"mail\" で gateway に届くのは [mail] listen のポートだけです。ほかのポートでは gateway 自身が無防備になります",
                "via = \"mail\" reaches the gateway only at the ports of [mail] `listen`; any other is the box itself unguarded",
            ),
        ),
        (Some(WrittenEnd::Gateway), Some(WrittenEnd::Zone(zone, hosts))) => (
            "S04",
            delivered(bench, &zone, &hosts),
            Text::new(
                "via = \"mail\" の配送は、この宛先にある配送先 ([[domain]]) のポートだけです",
                "via = \"mail\" delivers only to the ports of the next hops ([[domain]]) at this end",
            ),
        ),
        _ => return,
    };
    for word in flow.services.iter().flatten() {
        let beyond = meant(bench.written, &word.value)
            .into_iter()
            .filter(|range| range.protocol == Protocol::Tcp)
            .any(|range| (range.first..=range.last).any(|port| !ports.contains(&port)));
        if beyond {
            let good: Vec<String> = ports.iter().map(|port| format!("tcp/{port}")).collect();
            let good = match good.join(", ") {
                none if none.is_empty() => Text::new(
                    "いまは一つもありません。[mail] listen と [[domain]] を書いてください",
                    "there is none now: write [mail] `listen` and [[domain]]",
                ),
                list => Text::new(format!("ここでは: {list}"), format!("here: {list}")),
            };
            notes.error(code, &word.span, message.clone(), Some(good));
        }
    }
}

/// The ports at which the mail role takes mail.
fn listened(bench: &Bench<'_>) -> BTreeSet<u16> {
    let sockets = bench.written.mail.iter().flat_map(|mail| &mail.listen);
    sockets.map(SocketAddr::port).collect()
}

/// The ports of the next hops among these hosts of a zone (none: all of it).
fn delivered(bench: &Bench<'_>, zone: &str, hosts: &[String]) -> BTreeSet<u16> {
    let domains = bench.written.domains.iter();
    let there =
        domains.filter(|domain| bench.written.leads_to(zone, hosts, &domain.next_hop.value));
    there.map(|domain| domain.port).collect()
}

fn zone_of<'a>(bench: &Bench<'a>, end: &Option<Located<WrittenEnd>>) -> Option<&'a Zone> {
    match &end.as_ref()?.value {
        WrittenEnd::Gateway => None,
        WrittenEnd::Zone(zone, _) => bench.written.zones.get(zone)?.zone.as_ref(),
    }
}
