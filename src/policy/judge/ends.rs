//! From where to where: zones, hosts and groups that exist (E09), never a
//! name or a bare address (E08), never everything (E01).

use super::network::unknown;
use super::{Bench, Used};
use crate::policy::diagnostic::Notes;
use crate::policy::read::{Written, WrittenEnd, WrittenFlow};
use crate::policy::source::Located;
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, flow: &WrittenFlow, used: &mut Used, notes: &mut Notes<'_>) {
    for end in [&flow.from, &flow.to].into_iter().flatten() {
        let WrittenEnd::Zone(zone, hosts) = &end.value else {
            continue;
        };
        if matches!(zone.as_str(), "any" | "all" | "*") {
            let message = Text::new(
                "区域を限らない許可は書けません",
                "a flow must name its zone",
            );
            let hint = Text::new("例: \"office:madoguchi\"", "such as \"office:madoguchi\"");
            notes.error("E01", &end.span, message, Some(hint));
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
            if bench.written.groups.contains_key(name) {
                used.groups.insert(name.clone());
                group(bench, &end.with(name.clone()), zone, notes);
            } else {
                used.hosts.insert(name.clone());
                host(bench, &end.with(name.clone()), zone, notes);
            }
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

/// E09: a group belongs to one zone, that of its first host.
fn group(bench: &Bench<'_>, name: &Located<String>, zone: &str, notes: &mut Notes<'_>) {
    let home = group_zone(bench.written, &name.value);
    if let Some(home) = home.filter(|home| *home != zone) {
        let (home, shown) = (escape_hostile(&bounded(home, 60)), &name.value);
        let message = Text::new(
            format!("グループ {shown} は区域 {home} のものです"),
            format!("group {shown} is in zone {home}"),
        );
        let hint = Text::new(format!("\"{home}:{shown}\""), format!("\"{home}:{shown}\""));
        notes.error("E09", &name.span, message, Some(hint));
    }
}

/// The zone of a group's first known host.
pub(super) fn group_zone<'a>(written: &'a Written, group: &str) -> Option<&'a str> {
    let hosts = &written.groups.get(group)?.value;
    let zone = |host: &Located<String>| written.hosts.get(&host.value)?.zone.as_ref();
    hosts.iter().find_map(zone).map(|zone| zone.value.as_str())
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
            "名前での通信は via = \"proxy\" と names に書きます。アドレスで通すなら [hosts] に定義してください",
            "a flow by name needs via = \"proxy\" and `names`; one by address needs a host under [hosts]",
        );
        notes.error("E08", &name.span, message, Some(hint));
    } else {
        let names = bench
            .written
            .hosts
            .keys()
            .chain(bench.written.groups.keys());
        unknown(notes, name, "ホスト", "host", names);
    }
}
