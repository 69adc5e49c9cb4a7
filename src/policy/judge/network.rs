//! E09, E13, E19, E22: zones must not overlap, and everything stands in one.

use std::collections::BTreeMap;

use super::{Bench, Used};
use crate::policy::diagnostic::Notes;
use crate::policy::similar;
use crate::policy::source::{Located, Span};
use crate::policy::space::Space;
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    interfaces(bench, notes);
    overlaps(bench, notes);
    hosts(bench, notes);
}

fn interfaces(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, zone) in &bench.written.zones {
        for interface in &zone.interfaces {
            if let Some(first) = owner.insert(&interface.value, name) {
                let shown = &interface.value;
                let message = Text::new(
                    format!("インターフェース {shown} は区域 {first} にもあります"),
                    format!("interface {shown} is in zone {first} already"),
                );
                notes.error("E19", &interface.span, message, None);
            }
            live(bench, interface, notes);
        }
    }
    let Some(present) = &bench.facts.interfaces else {
        return;
    };
    let homeless: Vec<&str> = present
        .iter()
        .map(|i| i.name.as_str())
        .filter(|name| !owner.contains_key(name))
        .collect();
    if let Some((_, zone)) = bench
        .written
        .zones
        .iter()
        .next()
        .filter(|_| !homeless.is_empty())
    {
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

fn live(bench: &Bench<'_>, interface: &Located<String>, notes: &mut Notes<'_>) {
    let Some(present) = &bench.facts.interfaces else {
        return;
    };
    let name = &interface.value;
    match present.iter().find(|i| i.name == *name) {
        None => {
            let message = Text::new(
                format!("インターフェース {name} はこの機器にありません"),
                format!("this machine has no interface {name}"),
            );
            let hint = similar::suggest(name, present.iter().map(|i| i.name.as_str()));
            notes.note(bench.changed(), "E19", &interface.span, message, hint);
        }
        Some(found) => {
            if let Some(master) = &found.master {
                let master = escape_hostile(master);
                let message = Text::new(
                    format!("インターフェース {name} は {master} に束ねられています"),
                    format!("interface {name} is enslaved to {master}"),
                );
                notes.note(bench.changed(), "E19", &interface.span, message, None);
            }
        }
    }
}

fn overlaps(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let spaces: Vec<(&str, Space, &Span)> = bench
        .written
        .zones
        .iter()
        .filter_map(|(name, written)| {
            written
                .zone
                .as_ref()
                .map(|zone| (name.as_str(), zone.space(), &written.name))
        })
        .collect();
    for (index, (name, space, span)) in spaces.iter().enumerate() {
        for (other, theirs, _) in spaces.iter().take(index) {
            let Some(address) = space.shared(theirs) else {
                continue;
            };
            let message = Text::new(
                format!("区域 {name} と {other} の両方に {address} があります"),
                format!("{address} is in both zones {name} and {other}"),
            );
            let hint = Text::new(
                "広い方の except に狭い方のネットワークを書いてください",
                "list the narrower network under `except` of the wider zone",
            );
            notes.error("E13", span, message, Some(hint));
        }
        let gateway = bench.written.zones.get(*name).map(|zone| &zone.gateway);
        for address in gateway.into_iter().flatten() {
            if !space.contains(address.value) {
                outside(notes, &address.span, &address.value.to_string(), name);
            }
        }
    }
}

fn outside(notes: &mut Notes<'_>, span: &Span, address: &str, zone: &str) {
    let message = Text::new(
        format!("{address} は区域 {zone} のネットワークの外です"),
        format!("{address} is outside the networks of zone {zone}"),
    );
    notes.error("E13", span, message, None);
}

fn hosts(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    for host in bench.written.hosts.values() {
        let Some(zone) = &host.zone else { continue };
        let Some(found) = bench.written.zones.get(&zone.value) else {
            unknown(notes, zone, "区域", "zone", bench.written.zones.keys());
            continue;
        };
        let Some(found) = &found.zone else { continue };
        let space = found.space();
        for address in &host.addresses {
            if !space.covers(&Space::new([&address.value], [])) {
                outside(
                    notes,
                    &address.span,
                    &address.value.to_string(),
                    &found.name,
                );
            }
        }
    }
}

/// E09 for a name at `place`.
pub(super) fn unknown<'a>(
    notes: &mut Notes<'_>,
    place: &Located<String>,
    ja: &str,
    en: &str,
    names: impl Iterator<Item = &'a String>,
) {
    let shown = escape_hostile(&bounded(&place.value, 60));
    let message = Text::new(
        format!("{ja} \"{shown}\" は定義されていません"),
        format!("{en} \"{shown}\" is not defined"),
    );
    let hint = similar::suggest(&place.value, names.map(String::as_str));
    notes.error("E09", &place.span, message, hint);
}

/// E22: what nobody refers to is either a leftover or a slip of the pen.
pub(super) fn unused(bench: &Bench<'_>, used: &Used, notes: &mut Notes<'_>) {
    let hosts = bench
        .written
        .hosts
        .iter()
        .map(|(name, host)| ("ホスト", "host", name, &host.name));
    let services = bench
        .written
        .services
        .iter()
        .map(|(name, s)| ("サービス", "service", name, &s.span));
    for (ja, en, name, span) in hosts.chain(services) {
        if used.hosts.contains(name) && ja == "ホスト"
            || used.services.contains(name) && ja != "ホスト"
        {
            continue;
        }
        let message = Text::new(
            format!("{ja} {name} はどこからも使われていません"),
            format!("{en} {name} is used by nothing"),
        );
        let hint = Text::new("不要なら消してください", "remove it if it is not needed");
        notes.warn("E22", span, message, Some(hint));
    }
}
