//! E09, E13, E22: zones must not overlap, everything stands in one, and
//! somebody uses it.

use std::collections::BTreeSet;

use super::{Bench, Used};
use crate::policy::diagnostic::Notes;
use crate::policy::similar;
use crate::policy::source::{Located, Span};
use crate::policy::space::Space;
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    overlaps(bench, notes);
    hosts(bench, notes);
    groups(bench, notes);
}

/// E09: a group holds hosts, all of one zone, and its name is nobody else's.
fn groups(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let written = bench.written;
    for (name, group) in &written.groups {
        if written.hosts.contains_key(name) {
            let message = Text::new(
                format!("{name} はホストの名前でもあります"),
                format!("{name} is the name of a host too"),
            );
            let hint = Text::new("別の名前にしてください", "choose another name");
            notes.error("E09", &group.span, message, Some(hint));
        }
        let home = super::ends::group_zone(written, name);
        for member in &group.value {
            let Some(host) = written.hosts.get(&member.value) else {
                unknown(notes, member, "ホスト", "host", written.hosts.keys());
                continue;
            };
            let zone = host.zone.as_ref().map(|zone| zone.value.as_str());
            if let (Some(zone), Some(home)) = (zone, home)
                && zone != home
            {
                let (zone, home) = (escape_hostile(zone), escape_hostile(home));
                let message = Text::new(
                    format!(
                        "グループ {name} は区域 {home} のものですが、このホストは {zone} にあります"
                    ),
                    format!("group {name} is in zone {home}, but this host is in {zone}"),
                );
                let hint = Text::new(
                    "区域ごとにグループを分けてください",
                    "make one group for each zone",
                );
                notes.error("E09", &member.span, message, Some(hint));
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
    let hint = Text::new(
        "アドレスの誤りを直すか、区域の networks に含めてください",
        "correct the address, or include it in the zone's networks",
    );
    notes.error("E13", span, message, Some(hint));
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
    let hint = similar::suggest(&place.value, names.map(String::as_str)).unwrap_or_else(|| {
        Text::new(
            format!("先に{ja}として定義してください"),
            format!("define it as a {en} first"),
        )
    });
    let hint = Some(hint);
    notes.error("E09", &place.span, message, hint);
}

/// E22: what nobody refers to is either a leftover or a slip of the pen.
pub(super) fn unused(bench: &Bench<'_>, used: &Used, notes: &mut Notes<'_>) {
    let written = bench.written;
    let grouped: BTreeSet<&String> = written
        .groups
        .values()
        .flat_map(|group| group.value.iter().map(|host| &host.value))
        .collect();
    let hosts = written
        .hosts
        .iter()
        .filter(|(name, _)| !used.hosts.contains(*name) && !grouped.contains(name))
        .map(|(name, host)| ("ホスト", "host", name, &host.name));
    let groups = written
        .groups
        .iter()
        .filter(|(name, _)| !used.groups.contains(*name))
        .map(|(name, group)| ("グループ", "group", name, &group.span));
    let services = written
        .services
        .iter()
        .filter(|(name, _)| !used.services.contains(*name))
        .map(|(name, service)| ("サービス", "service", name, &service.span));
    for (ja, en, name, span) in hosts.chain(groups).chain(services) {
        let message = Text::new(
            format!("{ja} {name} はどこからも使われていません"),
            format!("{en} {name} is used by nothing"),
        );
        let hint = Text::new("不要なら消してください", "remove it if it is not needed");
        notes.warn("E22", span, message, Some(hint));
    }
}
