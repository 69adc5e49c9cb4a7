//! `[zones]`, `[hosts]`, `[services]`: who is where, and what is spoken.

use std::net::IpAddr;

use ipnet::IpNet;

use super::site::named;
use super::{Item, Node, Written, WrittenHost, WrittenZone, name_of, one_of};
use crate::policy::diagnostic::Notes;
use crate::policy::model::{PortRange, Protocol, Zone, ZoneKind};
use crate::policy::source::Located;
use crate::policy::text::{Text, bounded, escape_hostile};

const KINDS: [(&str, ZoneKind); 5] = [
    ("internet", ZoneKind::Internet),
    ("lgwan", ZoneKind::Lgwan),
    ("internal", ZoneKind::Internal),
    ("partner", ZoneKind::Partner),
    ("management", ZoneKind::Management),
];

/// Words that mean something else in a flow.
const RESERVED: [&str; 4] = ["gateway", "any", "all", "none"];

pub(super) fn zones(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    root.required(notes, "S05", "zones", "区域");
    for (name, item) in named(root, "zones", notes) {
        // 24 characters: chain and set names of the kernel are built from two.
        let Some(key) = name_of(notes, &name, 24, &RESERVED) else {
            continue;
        };
        let Some(node) = item.table(notes) else {
            continue;
        };
        let kind = node.required(notes, "E24", "kind", "区域の種別");
        let kind = kind.and_then(|item| one_of(notes, "E24", item, &KINDS));
        let interfaces = node.required(notes, "S05", "interfaces", "インターフェース");
        let interfaces = interfaces.map(|item| item.texts(notes)).unwrap_or_default();
        let interfaces: Vec<_> = interfaces
            .into_iter()
            .filter(|i| interface(notes, i))
            .collect();
        // A zone of IPv6 alone needs none of IPv4.
        let networks = match node.item("networks6") {
            Some(six) if !six.one_or_more().is_empty() => node.item("networks"),
            _ => node.required(notes, "S05", "networks", "ネットワーク"),
        };
        let networks = networks.map(|item| item.one_or_more()).unwrap_or_default();
        let networks = family(notes, &networks, false);
        let except = node
            .item("except")
            .map(|item| item.one_or_more())
            .unwrap_or_default();
        let except: Vec<IpNet> = except
            .iter()
            .filter_map(|item| network(notes, *item))
            .map(|net| net.value)
            .collect();
        let networks6 = ipv6(&node, notes);
        let gateway = node
            .item("gateway")
            .map(|item| item.texts(notes))
            .unwrap_or_default();
        let gateway: Vec<_> = gateway
            .iter()
            .filter_map(|text| address(notes, text).map(|a| text.with(a)))
            .collect();
        node.finish(notes);
        let plain = |list: &[Located<IpNet>]| list.iter().map(|net| net.value).collect::<Vec<_>>();
        let zone = kind.map(|kind| Zone {
            name: key.clone(),
            kind: kind.value,
            interfaces: interfaces.iter().map(|i| i.value.clone()).collect(),
            networks: plain(&networks),
            except,
            networks6: plain(&networks6),
            gateway: gateway.iter().map(|a| a.value).collect(),
        });
        let zone = WrittenZone {
            name: name.span,
            zone,
            interfaces,
            gateway,
        };
        written.zones.insert(key, zone);
    }
}

/// E12: IPv6 must be denied in words, or listed; silence is a hole.
fn ipv6(node: &Node<'_>, notes: &mut Notes<'_>) -> Vec<Located<IpNet>> {
    let said = node.item("ipv6");
    let listed = node.item("networks6");
    let deny = said.and_then(|item| one_of(notes, "E12", item, &[("deny", ())]));
    match (said, listed) {
        (None, None) => {
            let message = Text::new(
                "IPv6 をどう扱うか書かれていません",
                "nothing says what happens to IPv6",
            );
            let hint = Text::new(
                "ipv6 = \"deny\" または networks6 = [...]",
                "ipv6 = \"deny\", or networks6 = [...]",
            );
            notes.error("E12", &node.span(), message, Some(hint));
        }
        (Some(_), Some(item)) if deny.is_some() => {
            let message = Text::new(
                "ipv6 = \"deny\" と networks6 は同時に書けません",
                "ipv6 = \"deny\" and networks6 exclude each other",
            );
            let hint = Text::new("どちらか一方だけを書いてください", "keep one of the two");
            notes.error("E12", &item.span(), message, Some(hint));
        }
        (_, Some(item)) => return family(notes, &item.one_or_more(), true),
        (Some(_), None) => {}
    }
    Vec::new()
}

fn family(notes: &mut Notes<'_>, items: &[Item<'_>], six: bool) -> Vec<Located<IpNet>> {
    let mut list = Vec::new();
    for item in items {
        let Some(net) = network(notes, *item) else {
            continue;
        };
        if net.value.addr().is_ipv6() == six {
            list.push(net);
        } else {
            let (here, there) = if six {
                ("networks6", "networks")
            } else {
                ("networks", "networks6")
            };
            let message = Text::new(
                format!("{here} には書けないアドレス族です"),
                format!("an address family that does not belong in {here}"),
            );
            let hint = Text::new(format!("{there} へ"), format!("move it to {there}"));
            notes.error("S04", &net.span, message, Some(hint));
        }
    }
    list
}

/// The kernel's own bound (IFNAMSIZ) and no character that could mean more.
fn interface(notes: &mut Notes<'_>, name: &Located<String>) -> bool {
    name_of(notes, name, 15, &["lo", "all", "default"]).is_some()
}

/// A prefix without host bits.
fn network(notes: &mut Notes<'_>, item: Item<'_>) -> Option<Located<IpNet>> {
    let text = item.text(notes)?;
    let net = prefix(notes, &text)?;
    Some(text.with(net))
}

fn prefix(notes: &mut Notes<'_>, text: &Located<String>) -> Option<IpNet> {
    let Ok(net) = text.value.parse::<IpNet>() else {
        let shown = escape_hostile(&bounded(&text.value, 60));
        let message = Text::new(
            format!("\"{shown}\" はネットワークではありません"),
            format!("\"{shown}\" is not a network"),
        );
        let hint = Text::new("例: \"10.1.0.0/16\"", "such as \"10.1.0.0/16\"");
        notes.error("S04", &text.span, message, Some(hint));
        return None;
    };
    if net != net.trunc() {
        let message = Text::new(
            "プレフィックスより下位のビットが立っています",
            "bits are set below the prefix length",
        );
        let right = net.trunc();
        let hint = Text::new(format!("\"{right}\""), format!("\"{right}\""));
        notes.error("S04", &text.span, message, Some(hint));
    }
    mapped(notes, text, net.addr()).then_some(net.trunc())
}

fn address(notes: &mut Notes<'_>, text: &Located<String>) -> Option<IpAddr> {
    if let Ok(address) = text.value.parse::<IpAddr>() {
        return mapped(notes, text, address).then_some(address);
    }
    not_an_address(notes, text);
    None
}

/// IPv4 in IPv6 clothes would be judged as the other family: refused.
fn mapped(notes: &mut Notes<'_>, text: &Located<String>, address: IpAddr) -> bool {
    let plain = matches!(address, IpAddr::V4(_)) || address.to_canonical() == address;
    if !plain {
        let message = Text::new(
            "IPv4 射影 IPv6 アドレスは書けません",
            "an IPv4-mapped IPv6 address cannot be used",
        );
        notes.error("S04", &text.span, message, None);
    }
    plain
}

fn not_an_address(notes: &mut Notes<'_>, text: &Located<String>) {
    let shown = escape_hostile(&bounded(&text.value, 60));
    if text.value.contains('.') && text.value.contains(|c: char| c.is_alphabetic()) {
        let message = Text::new(
            format!("\"{shown}\" は名前です。アドレスの通信にドメイン名は使えません"),
            format!("\"{shown}\" is a name; flows by address cannot use one"),
        );
        let hint = Text::new(
            "名前での通信は via = \"proxy\" と names に書きます",
            "a flow by name needs via = \"proxy\" and `names`",
        );
        notes.error("E08", &text.span, message, Some(hint));
        return;
    }
    let message = Text::new(
        format!("\"{shown}\" は IP アドレスではありません"),
        format!("\"{shown}\" is not an IP address"),
    );
    notes.error("S04", &text.span, message, None);
}

pub(super) fn hosts(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for (name, item) in named(root, "hosts", notes) {
        let Some(key) = name_of(notes, &name, 40, &RESERVED) else {
            continue;
        };
        let Some(node) = item.table(notes) else {
            continue;
        };
        let zone = node.text(notes, "zone", "区域");
        let addresses = node.required(notes, "S05", "address", "アドレス");
        let addresses = addresses.map(|item| item.texts(notes)).unwrap_or_default();
        let addresses = addresses.iter().filter_map(|text| {
            let net = if text.value.contains('/') {
                prefix(notes, text)
            } else {
                address(notes, text).map(IpNet::from)
            };
            net.map(|net| text.with(net))
        });
        let addresses = addresses.collect();
        let asset = node.optional(notes, "asset").map(|text| text.value);
        node.finish(notes);
        written.hosts.insert(
            key,
            WrittenHost {
                name: name.span,
                zone,
                addresses,
                asset,
            },
        );
    }
}

pub(super) fn groups(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for (name, item) in named(root, "groups", notes) {
        let Some(key) = name_of(notes, &name, 40, &RESERVED) else {
            continue;
        };
        let members = item.texts(notes);
        if item.one_or_more().is_empty() {
            let message = Text::new("グループが空です", "an empty group");
            notes.error("S04", &item.span(), message, None);
        }
        written.groups.insert(key, name.with(members));
    }
}

pub(super) fn services(root: &Node<'_>, written: &mut Written, notes: &mut Notes<'_>) {
    for (name, item) in named(root, "services", notes) {
        let reserved = ["any", "all", "tcp", "udp", "icmp", "ip"];
        let Some(key) = name_of(notes, &name, 32, &reserved) else {
            continue;
        };
        let texts = item.texts(notes);
        if item.one_or_more().is_empty() {
            let message = Text::new("サービスが空です", "an empty service");
            notes.error("S04", &item.span(), message, None);
        }
        let mut ranges: Vec<PortRange> =
            texts.iter().filter_map(|text| ports(notes, text)).collect();
        ranges.sort_unstable();
        ranges.dedup();
        written.services.insert(key, name.with(ranges));
    }
}

/// Most ports of one range before it is asked about (E11).
const WIDE: u16 = 16;

/// `tcp/443`, `udp/5000-5010`, `icmp`.
pub(in crate::policy) fn ports(notes: &mut Notes<'_>, text: &Located<String>) -> Option<PortRange> {
    match parse_ports(&text.value) {
        Ok(range) => {
            if range.last.saturating_sub(range.first) >= WIDE {
                let message = Text::new(
                    format!("ポートの範囲が {WIDE} を超えています"),
                    format!("a range of more than {WIDE} ports"),
                );
                let hint = Text::new(
                    "必要なポートだけに絞ってください",
                    "list only what is needed",
                );
                notes.warn("E11", &text.span, message, Some(hint));
            }
            Some(range)
        }
        Err(true) => {
            let message = Text::new(
                "すべてのプロトコルは許可できません",
                "every protocol cannot be allowed",
            );
            let hint = Text::new("例: \"tcp/443\"", "such as \"tcp/443\"");
            notes.error("E11", &text.span, message, Some(hint));
            None
        }
        Err(false) => {
            let shown = escape_hostile(&bounded(&text.value, 60));
            let message = Text::new(
                format!("\"{shown}\" はサービスとして読めません"),
                format!("\"{shown}\" is not a service"),
            );
            let hint = Text::new(
                "例: \"tcp/443\"、\"udp/5000-5010\"、\"icmp\"",
                "such as \"tcp/443\", \"udp/5000-5010\", \"icmp\"",
            );
            notes.error("S04", &text.span, message, Some(hint));
            None
        }
    }
}

/// The words of a service; `Err(true)` where it means every protocol.
pub fn parse_ports(text: &str) -> Result<PortRange, bool> {
    if matches!(text, "icmp" | "icmp/echo") {
        return Ok(PortRange {
            protocol: Protocol::Icmp,
            first: 0,
            last: 0,
        });
    }
    let (protocol, ports) = text.split_once('/').unwrap_or((text, ""));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "any" | "all" | "ip" | "*" => return Err(true),
        _ => return Err(false),
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let port = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits
            .parse::<u16>()
            .ok()
            .filter(|port| plain && *port > 0)
            .ok_or(false)
    };
    let (first, last) = (port(first)?, port(last)?);
    if first <= last {
        Ok(PortRange {
            protocol,
            first,
            last,
        })
    } else {
        Err(false)
    }
}
