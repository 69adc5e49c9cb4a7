//! Names that the proxy may reach: never without it (E08), never wider than
//! one owner (E17), in one spelling that deceives nobody (E18), and never
//! leading back inside (E16).

use std::net::IpAddr;

use super::Bench;
use crate::policy::diagnostic::Notes;
use crate::policy::domain;
use crate::policy::model::Via;
use crate::policy::read::{WrittenEnd, WrittenFlow};
use crate::policy::source::Located;
use crate::policy::space::Space;
use crate::policy::text::Text;

pub(super) fn judge(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let proxied = flow.via.as_ref().is_some_and(|via| via.value == Via::Proxy);
    for name in &flow.names {
        if !proxied {
            let message = Text::new(
                "names には via = \"proxy\" が必要です",
                "`names` needs via = \"proxy\"",
            );
            let hint = Text::new(
                "via = \"proxy\" を書くか、[hosts] のホストを to に書いてください",
                "write via = \"proxy\", or let `to` name a host of [hosts]",
            );
            notes.error("E08", &name.span, message, Some(hint));
        }
        spelling(name, notes);
        resolved(bench, flow, name, notes);
    }
}

/// E17, E18.
fn spelling(name: &Located<String>, notes: &mut Notes<'_>) {
    let bare = name.value.strip_prefix("*.");
    let rest = bare.unwrap_or(&name.value);
    if rest.contains('*') {
        let message = Text::new(
            "* は名前の先頭に一つだけ書けます",
            "`*` may stand only once, as the first label",
        );
        let hint = Text::new("例: \"*.example.co.jp\"", "such as \"*.example.co.jp\"");
        return notes.error("E17", &name.span, message, Some(hint));
    }
    // An address is no name; listed as one it would escape E16.
    let numeric = rest
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    let fault = if numeric {
        Some(domain::NameFault::NotAName)
    } else {
        domain::fault(rest)
    };
    if let Some(fault) = fault {
        let (message, hint) = fault.text(rest);
        return notes.error(fault.code(), &name.span, message, hint);
    }
    if bare.is_some() && domain::is_public_suffix(rest) {
        let message = Text::new(
            format!("*.{rest} では、誰でも登録できる名前がすべて含まれます"),
            format!("*.{rest} takes in names that anybody can register"),
        );
        let hint = Text::new(
            format!("持ち主の名前まで書いてください (例: \"*.example.{rest}\")"),
            format!("go down to one owner's name (such as \"*.example.{rest}\")"),
        );
        notes.error("E17", &name.span, message, Some(hint));
    }
}

/// E16: an outside name that leads inside is a mistake or an attack on the
/// resolver; the proxy would refuse it as well.
fn resolved(bench: &Bench<'_>, flow: &WrittenFlow, name: &Located<String>, notes: &mut Notes<'_>) {
    let answers = bench.facts.resolutions.as_ref();
    let Some(answers) = answers.and_then(|known| known.get(&name.value)) else {
        return;
    };
    let Some(WrittenEnd::Zone(zone, _)) = flow.to.as_ref().map(|to| &to.value) else {
        return;
    };
    let there = bench.written.space_of(zone, &[]);
    let Some((wrong, why)) = answers
        .iter()
        .find_map(|address| inside(bench, *address, &there).map(|why| (address, why)))
    else {
        return;
    };
    let message = Text::new(
        format!("{} は今 {wrong} ({}) を指しています", name.value, why.ja),
        format!("{} resolves to {wrong} now ({})", name.value, why.en),
    );
    let hint = Text::new(
        "名前と、この機器が使う DNS を確かめてください",
        "check the name, and the resolver that this box asks",
    );
    notes.note(bench.changed(), "E16", &name.span, message, Some(hint));
}

/// Why an address is none that a name outside may have.
fn inside(bench: &Bench<'_>, address: IpAddr, there: &Space) -> Option<Text> {
    let address = address.to_canonical();
    let zones = &bench.written.zones;
    let own = |zone: &super::super::read::WrittenZone| {
        zone.gateway.iter().any(|gateway| gateway.value == address)
    };
    if zones.values().any(own) {
        return Some(Text::new("この機器自身", "the gateway itself"));
    }
    if !SPECIAL.iter().all(|net| {
        net.parse::<ipnet::IpNet>()
            .is_ok_and(|net| !net.contains(&address))
    }) {
        return Some(Text::new("内部用のアドレス", "an address for inside use"));
    }
    let home = zones
        .iter()
        .find(|(name, _)| bench.written.space_of(name, &[]).contains(address));
    match home {
        Some((name, _)) if !there.contains(address) => Some(Text::new(
            format!("区域 {name} のアドレス"),
            format!("an address of zone {name}"),
        )),
        Some(_) | None => None,
    }
}

/// Private, shared (CGNAT), local and translating addresses: RFC 6890, 1918,
/// 6598, 4193; NAT64, 6to4 and Teredo carry an IPv4 address inside.
const SPECIAL: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/8",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];
