//! The configuration against the machine it is meant for: every interface is
//! there, stands alone and in one zone (E19); answers leave where the question
//! came in (E15); every flow is used (E22).

use std::collections::BTreeMap;

use super::Bench;
use crate::policy::diagnostic::{Notes, Severity};
use crate::policy::facts::{Interface, Route, Stage};
use crate::policy::model::Zone;
use crate::policy::read::WrittenEnd;
use crate::policy::similar;
use crate::policy::source::{Located, Span};
use crate::policy::space::Space;
use crate::policy::text::{Text, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let owners = owners(bench, notes);
    if let Some(present) = &bench.facts.interfaces {
        let ours = present
            .iter()
            .any(|interface| owners.contains_key(interface.name.as_str()));
        if ours {
            interfaces(bench, present, &owners, notes);
            own_addresses(bench, present, notes);
            routes(bench, notes);
        } else if !owners.is_empty() {
            elsewhere(bench, notes);
        }
    }
    traffic(bench, notes);
}

/// Which zone an interface belongs to; one that two zones claim is a mistake
/// on any machine.
fn owners<'a>(bench: &Bench<'a>, notes: &mut Notes<'_>) -> BTreeMap<&'a str, &'a str> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, zone) in &bench.written.zones {
        for interface in &zone.interfaces {
            let Some(first) = owners.insert(&interface.value, name) else {
                continue;
            };
            let shown = &interface.value;
            let message = Text::new(
                format!("インターフェース {shown} は区域 {first} にもあります"),
                format!("interface {shown} is in zone {first} already"),
            );
            let hint = Text::new(
                "一つのインターフェースは一つの区域だけに書いてください",
                "an interface belongs to one zone only",
            );
            notes.error("E19", &interface.span, message, Some(hint));
        }
    }
    owners
}

/// None of the interfaces is here: a file on a desk, or the wrong box.
fn elsewhere(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let Some(zone) = bench.written.zones.values().next() else {
        return;
    };
    let message = Text::new(
        "区域のインターフェースは、この機器に一つもありません",
        "this machine has none of the zones' interfaces",
    );
    let hint = Text::new(
        "ゲートウェイ本体でなければ問題ありません (E15、E19 は本体で確認します)",
        "fine unless this is the gateway itself, where E15 and E19 are checked",
    );
    notes.warn("E19", &zone.name, message, Some(hint));
}

fn interfaces(
    bench: &Bench<'_>,
    present: &[Interface],
    owners: &BTreeMap<&str, &str>,
    notes: &mut Notes<'_>,
) {
    for zone in bench.written.zones.values() {
        for interface in &zone.interfaces {
            live(bench, present, interface, notes);
        }
    }
    let homeless: Vec<&str> = present
        .iter()
        .filter(|interface| interface.up && !owners.contains_key(interface.name.as_str()))
        .map(|interface| interface.name.as_str())
        .collect();
    let first = bench.written.zones.values().next();
    if let Some(zone) = first.filter(|_| !homeless.is_empty()) {
        let list = escape_hostile(&homeless.join(", "));
        let message = Text::new(
            format!("どの区域にも属さないインターフェースがあります: {list}"),
            format!("interfaces that are in no zone: {list}"),
        );
        let hint = Text::new(
            "区域に入れるか、停止してください (通信はすべて拒否されます)",
            "put them in a zone or take them down (all their traffic is denied)",
        );
        notes.warn("E19", &zone.name, message, Some(hint));
    }
}

fn live(
    bench: &Bench<'_>,
    present: &[Interface],
    interface: &Located<String>,
    notes: &mut Notes<'_>,
) {
    let name = &interface.value;
    let Some(found) = present.iter().find(|present| present.name == *name) else {
        let message = Text::new(
            format!("インターフェース {name} はこの機器にありません"),
            format!("this machine has no interface {name}"),
        );
        let hint = similar::suggest(name, present.iter().map(|i| i.name.as_str()));
        let hint = hint.unwrap_or_else(|| {
            Text::new(
                "ip link で名前を確かめてください",
                "look up its name with ip link",
            )
        });
        return notes.note(bench.machine(), "E19", &interface.span, message, Some(hint));
    };
    if let Some(master) = &found.master {
        let master = escape_hostile(master);
        let message = Text::new(
            format!("インターフェース {name} は {master} に束ねられています"),
            format!("interface {name} is enslaved to {master}"),
        );
        let hint = Text::new(
            format!("束ねるのをやめるか、区域に {master} を書いてください"),
            format!("release it, or name {master} in the zone instead"),
        );
        notes.note(bench.machine(), "E19", &interface.span, message, Some(hint));
    }
}

/// A `gateway` that the box does not have opens nothing to the box: who manages
/// it there would be locked out. At boot addresses come later than the role.
fn own_addresses(bench: &Bench<'_>, present: &[Interface], notes: &mut Notes<'_>) {
    let Some(addresses) = bench
        .facts
        .addresses
        .as_ref()
        .filter(|_| bench.facts.stage != Stage::Boot)
    else {
        return;
    };
    for (name, zone) in &bench.written.zones {
        let ours = |interface: &str| zone.interfaces.iter().any(|own| own.value == interface);
        if !present.iter().any(|interface| ours(&interface.name)) {
            continue; // told already
        }
        let has = addresses.iter().filter(|(interface, _)| ours(interface));
        for gateway in &zone.gateway {
            let address = gateway.value;
            if has.clone().any(|(_, own)| own.contains(&address)) {
                continue;
            }
            let message = Text::new(
                format!("gateway の {address} は、区域 {name} のインターフェースに付いていません"),
                format!("the gateway address {address} is on no interface of zone {name}"),
            );
            let hint = Text::new(
                "ip address で確かめてください。違っていると、この機器への許可は働きません",
                "look it up with ip address: where it is wrong, no flow to the box works",
            );
            notes.warn("E19", &gateway.span, message, Some(hint));
        }
    }
}

/// Addresses of a zone whose answers would leave elsewhere.
struct Stray<'a> {
    zone: &'a Zone,
    interface: Option<&'a str>,
    space: Space,
}

/// E15, each way out once, at the first flow that meets it.
fn routes(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let Some(routes) = &bench.facts.routes else {
        return;
    };
    let mut order: Vec<&Route> = routes.iter().collect();
    order.sort_by_key(|route| (std::cmp::Reverse(route.to.prefix_len()), route.metric));
    let zones = bench.written.zones.values();
    let mut strays: Vec<Stray<'_>> = zones
        .filter_map(|written| written.zone.as_ref())
        .flat_map(|zone| strays(zone, &order))
        .collect();
    for flow in &bench.written.flows {
        for end in [&flow.from, &flow.to].into_iter().flatten() {
            if strays.is_empty() {
                return;
            }
            let WrittenEnd::Zone(name, words) = &end.value else {
                continue;
            };
            let meant = bench.written.space_of(name, words);
            strays.retain(|stray| {
                let address = (stray.zone.name == *name)
                    .then(|| meant.shared(&stray.space))
                    .flatten();
                if let Some(address) = address {
                    stray_route(bench, stray, &address.to_string(), &end.span, notes);
                }
                address.is_none()
            });
        }
    }
}

/// Walks the table as the kernel does: the longest prefix first.
fn strays<'a>(zone: &'a Zone, order: &[&'a Route]) -> Vec<Stray<'a>> {
    let mut rest = zone.space();
    let mut found = Vec::new();
    for route in order {
        let net = Space::new([&route.to], []);
        let space = rest.common(&net);
        if space.is_empty() {
            continue;
        }
        rest = rest.without(&net);
        let interface = route.interface.as_deref();
        if interface.is_none_or(|name| !zone.interfaces.iter().any(|ours| ours == name)) {
            found.push(Stray {
                zone,
                interface,
                space,
            });
        }
    }
    if !rest.is_empty() {
        found.push(Stray {
            zone,
            interface: None,
            space: rest,
        });
    }
    found
}

fn stray_route(
    bench: &Bench<'_>,
    stray: &Stray<'_>,
    address: &str,
    span: &Span,
    notes: &mut Notes<'_>,
) {
    let (zone, ours) = (&stray.zone.name, stray.zone.interfaces.join(", "));
    let (severity, message) = match stray.interface.map(escape_hostile) {
        Some(other) => (
            bench.machine(),
            Text::new(
                format!(
                    "区域 {zone} の {address} への経路が {other} を向いています (応答が別の口から出ます)"
                ),
                format!(
                    "the route to {address} of zone {zone} leaves by {other}, so answers would too"
                ),
            ),
        ),
        // A link that is down refuses nothing: nothing leaves at all.
        None => (
            Severity::Warning,
            Text::new(
                format!("区域 {zone} の {address} への経路がありません"),
                format!("there is no route to {address} of zone {zone}"),
            ),
        ),
    };
    let hint = Text::new(
        format!("経路を {ours} に向けるか、区域の networks を実際の配置に合わせてください"),
        format!("route it to {ours}, or let the zone's networks say what is really there"),
    );
    notes.note(severity, "E15", span, message, Some(hint));
}

/// E22: a permission that nobody uses is one that nobody would miss.
fn traffic(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let (Some(hits), Some(today)) = (&bench.facts.hits, bench.today) else {
        return;
    };
    let watched = bench.day(hits.since);
    let days = i64::from(bench.written.unused_days);
    for flow in &bench.written.flows {
        let (Some(id), Some(on)) = (&flow.id, &flow.on) else {
            continue;
        };
        let last = hits.last.get(&id.value).map(|at| bench.day(*at));
        let quiet = last.unwrap_or(watched).max(watched).max(on.value);
        let since = quiet
            .until(today)
            .map_or(0, |span| i64::from(span.get_days()));
        if since < days {
            continue;
        }
        let message = Text::new(
            format!("許可 {} は {since} 日間、一度も使われていません", id.value),
            format!("flow {} let nothing pass for {since} days", id.value),
        );
        let hint = Text::new(
            "不要なら消してください (年に一度の業務なら、期限と目的を確かめてください)",
            "remove it if it is not needed (for yearly work, check its purpose and date)",
        );
        notes.warn("E22", &id.span, message, Some(hint));
    }
}
