//! Faults of elements: one is gone, one is more, one says something else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sekimori::segment::Ruleset;
use sekimori::segment::ruleset::Element;

use super::Say;

/// Faults of one set's elements.
pub fn elements(right: &Ruleset, at: usize, say: &mut Say<'_>) {
    let set = &right.sets[at];
    let name = &set.name;
    for (key, element) in &set.elements {
        say(format!("{name}: without {key}"), None, &|rules| {
            rules.sets[at].elements.remove(key);
        });
        if let Some(verdict) = &element.verdict {
            let mut others: Vec<&str> = vec!["accept", "drop"];
            let known = set
                .elements
                .values()
                .filter_map(|one| one.verdict.as_deref());
            others.extend(known);
            others.sort_unstable();
            others.dedup();
            for other in others.into_iter().filter(|other| other != verdict) {
                say(format!("{name}: {key} takes {other}"), None, &|rules| {
                    rules.sets[at].elements.get_mut(key).unwrap().verdict = Some(other.into());
                });
            }
        }
        let interval = set.head.iter().any(|line| line.contains("interval"));
        for (changed, wide) in widened(key) {
            let exists = set.elements.contains_key(&wide);
            let range = wide.contains('-') || wide.contains('/');
            if exists || (range && !interval) {
                continue;
            }
            let why = never(name, changed, &wide);
            say(format!("{name}: {key} {changed}: {wide}"), why, &|rules| {
                let element = rules.sets[at].elements.remove(key).unwrap();
                rules.sets[at].elements.insert(wide.clone(), element);
            });
            if !range {
                let why = not_local(right, name, changed);
                say(format!("{name}: also {wide}"), why, &|rules| {
                    let more: Element = element.clone();
                    rules.sets[at].elements.insert(wide.clone(), more);
                });
            }
        }
    }
    if set.elements.len() > 1 {
        say(format!("{name}: empty"), None, &|rules| {
            rules.sets[at].elements.clear();
        });
    }
}

/// Why one address more at the edge of a zone says nothing.
fn never(set: &str, changed: &str, wide: &str) -> Option<&'static str> {
    let router = changed == "without its first" && wide.split('-').next()?.ends_with("::1");
    if set.starts_with("destinations.") && router {
        return Some(
            "a network's first address is its routers', so the box takes it itself (RFC 4291)",
        );
    }
    let (first, last) = wide.split_once('-')?;
    let added: Ipv4Addr = match changed {
        "one address more" => last.parse().ok()?,
        "one address before" => first.parse().ok()?,
        _ => return None,
    };
    let this_network = added.octets()[0] == 0;
    if set.starts_with("sources.") && (added.is_multicast() || this_network) {
        return Some(
            "whatever its switches, the kernel takes nothing from 0/8 or a multicast address",
        );
    }
    if set.starts_with("destinations.")
        && (added.is_multicast() || this_network || added.is_loopback())
    {
        return Some(
            "whatever its switches, the kernel routes nothing out to 0/8, 127/8 or a multicast address",
        );
    }
    None
}

/// Whether the box has returned what is not for its address on the interface
/// that it came by, before it asks this.
pub fn strict_host(right: &Ruleset, asked: &str) -> bool {
    let guard = "fib daddr . iif type != local counter return";
    let mut chains = right.chains.iter();
    let incoming = chains.find(|chain| chain.name == "incoming");
    incoming.is_some_and(|incoming| {
        let before = incoming
            .rules
            .iter()
            .take_while(|rule| !rule.contains(asked));
        before.into_iter().any(|rule| rule == guard)
    })
}

/// Why one more destination for a door of the box says nothing.
fn not_local(right: &Ruleset, set: &str, changed: &str) -> Option<&'static str> {
    let guarded = strict_host(right, "vmap @incoming");
    if set.strip_suffix(".ends").is_some_and(|whole| {
        let sets = [format!(" @{set} "), format!(" @{whole} ")];
        let mut rules = right.chains.iter().flat_map(|chain| &chain.rules);
        let mut asking = rules.by_ref().filter(|rule| rule.contains(&sets[0]));
        asking.all(|rule| rule.contains(&sets[1]))
    }) {
        return Some("the rule that asks for these two ends asks for the whole permit as well");
    }
    (set.starts_with("in.") && changed == "another destination" && guarded).then_some(
        "a rule before it returns whatever is not for an address of the box, which the other is not",
    )
}

/// A rule whose span of addresses is longer or shorter, and why that says nothing.
pub fn in_rule(chain: &str, rule: &str) -> Vec<(String, String, Option<&'static str>)> {
    let mut made = Vec::new();
    let Some(span) = span_of(rule) else {
        return made;
    };
    for (what, wrong) in spans(span) {
        let changed = rule.replacen(span, &wrong, 1);
        made.push((
            format!("{what}: {wrong}"),
            changed,
            never(chain, what, &wrong),
        ));
    }
    made
}

/// The span that a rule names by itself.
fn span_of(rule: &str) -> Option<&str> {
    let mut words = rule.split(' ');
    words.find(|word| matches!(*word, "saddr" | "daddr"))?;
    words.next().filter(|word| !word.starts_with(['@', '{']))
}

/// Why a rule about the errors of a session says nothing: there is none.
pub fn no_session(right: &Ruleset, chain: &str, rule: &str) -> Option<&'static str> {
    let zone = chain.strip_prefix("errors.")?;
    let (first, last) = ends(span_of(rule)?);
    let original = rule.contains("direction original");
    let begins = |name: &str| {
        name.starts_with(&format!("pair.{zone}.")) || name.starts_with(&format!("in.{zone}."))
    };
    let ends_there = |name: &str| {
        let pair = name
            .strip_prefix("pair.")
            .and_then(|pair| pair.split('.').nth(1));
        pair == Some(zone) || name.starts_with(&format!("out.{zone}."))
    };
    let sets = right.sets.iter().filter(|set| {
        let name = &set.name;
        if original {
            begins(name)
        } else {
            ends_there(name)
        }
    });
    let place = usize::from(!original);
    let mut keys = sets.flat_map(|set| set.elements.keys());
    let meets = |key: &String| {
        let (from, to) = ends(key.split(" . ").nth(place).unwrap());
        first.is_ipv4() == from.is_ipv4() && first <= to && from <= last
    };
    (!keys.any(meets)).then_some("no permit has an end in these addresses, so no session has one")
}

/// A key with one thing changed or widened.
fn widened(key: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = key.split(" . ").collect();
    let mut made = Vec::new();
    match parts.as_slice() {
        [span] if !span.starts_with('"') => {
            made.extend(spans(span));
        }
        [_, _] if !key.starts_with('"') => addresses(&parts, &mut made),
        [_, _, protocol, port] => {
            addresses(&parts, &mut made);
            let with = |place: usize, word: String| {
                let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
                parts[place] = word;
                parts.join(" . ")
            };
            let other = if *protocol == "tcp" { "udp" } else { "tcp" };
            made.push(("another protocol", with(2, other.to_owned())));
            for (what, ports) in ports(port) {
                made.push((what, with(3, ports)));
            }
        }
        _ => {}
    }
    made
}

/// Ports next to, or around, one or several.
fn ports(port: &str) -> Vec<(&'static str, String)> {
    if let Ok(number) = port.parse::<u16>() {
        return vec![
            ("another port", (number + 1).to_string()),
            ("the port before", (number - 1).to_string()),
            ("a wider port range", format!("{number}-{}", number + 1)),
        ];
    }
    let (first, last) = port.split_once('-').unwrap();
    let (first, last): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
    vec![
        ("one port more", format!("{first}-{}", last + 1)),
        ("one port before", format!("{}-{last}", first - 1)),
        ("one port less", format!("{first}-{}", last - 1)),
        ("without its first port", format!("{}-{last}", first + 1)),
    ]
}

/// Another source or destination.
fn addresses(parts: &[&str], made: &mut Vec<(&'static str, String)>) {
    for (what, wider, place) in [
        ("another source", "more sources", 0),
        ("another destination", "more destinations", 1),
    ] {
        let mut say = |what, address: String| {
            let mut parts: Vec<&str> = parts.to_vec();
            parts[place] = &address;
            made.push((what, parts.join(" . ")));
        };
        if let Ok(address) = parts[place].parse::<IpAddr>() {
            say(
                what,
                match address {
                    IpAddr::V4(one) => Ipv4Addr::from_bits(one.to_bits() ^ 1).to_string(),
                    IpAddr::V6(one) => Ipv6Addr::from_bits(one.to_bits() ^ 1).to_string(),
                },
            );
        } else if let Ok(net) = parts[place].parse::<ipnet::IpNet>() {
            say(wider, net.supernet().unwrap().to_string());
        }
    }
}

/// The first and the last address of a span.
fn ends(span: &str) -> (IpAddr, IpAddr) {
    if let Ok(net) = span.parse::<ipnet::IpNet>() {
        (net.network(), net.broadcast())
    } else if let Some((first, last)) = span.split_once('-') {
        (first.parse().unwrap(), last.parse().unwrap())
    } else {
        let one = span.parse().unwrap();
        (one, one)
    }
}

/// What belongs to a zone, one address longer or shorter at one end.
fn spans(span: &str) -> Vec<(&'static str, String)> {
    let (first, last) = ends(span);
    let v4 = first.is_ipv4();
    let number = |address| match address {
        IpAddr::V4(one) => u128::from(Ipv4Addr::to_bits(one)),
        IpAddr::V6(one) => Ipv6Addr::to_bits(one),
    };
    let (first, last) = (number(first), number(last));
    let mut made = vec![
        ("one address more", written(v4, first, last + 1)),
        ("one address before", written(v4, first - 1, last)),
    ];
    if first != last {
        made.push(("without its last", written(v4, first, last - 1)));
        made.push(("without its first", written(v4, first + 1, last)));
    }
    made
}

/// As nft lists it.
fn written(v4: bool, first: u128, last: u128) -> String {
    let address = |number: u128| {
        if v4 {
            Ipv4Addr::from_bits(u32::try_from(number).unwrap()).to_string()
        } else {
            Ipv6Addr::from_bits(number).to_string()
        }
    };
    let (size, bits) = (last - first + 1, if v4 { 32 } else { 128 });
    if size == 1 {
        address(first)
    } else if size.is_power_of_two() && first.is_multiple_of(size) {
        format!("{}/{}", address(first), bits - size.trailing_zeros())
    } else {
        format!("{}-{}", address(first), address(last))
    }
}
