//! Seeded faults of a rule set: what a hand, a merge or a bug could do to it.
//! Each is one change of the value. The few that change nothing by argument are
//! named so; every other that is not seen counts as missed, also where an
//! earlier wall hides it.

use sekimori::segment::Ruleset;
use sekimori::segment::ruleset::{Element, Set};

/// One fault.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What was done.
    pub name: String,
    /// The rule set with it.
    pub rules: Ruleset,
    /// Why it changes nothing that passes; none where it does.
    pub equivalent: Option<&'static str>,
}

const DROP_FIRST: &str = "the explicit drop before it decides; the policy is never reached";
const DISJOINT: &str = "a packet is invalid or established, never both: their order says nothing";
const MULTICAST_ONLY: &str = "no rule after it accepts what it returns";

/// Deterministic numbers (splitmix64).
pub struct Seed(pub u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Every fault there is, in order: callers draw from it.
pub fn faults(right: &Ruleset) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut say = |name: String, equivalent, change: &dyn Fn(&mut Ruleset)| {
        let mut rules = right.clone();
        change(&mut rules);
        if rules != *right {
            all.push(Fault {
                name,
                rules,
                equivalent,
            });
        }
    };
    for (at, chain) in right.chains.iter().enumerate() {
        let name = &chain.name;
        if chain.hook.is_some() {
            say(
                format!("{name}: policy accept"),
                Some(DROP_FIRST),
                &|rules| {
                    let hook = rules.chains[at].hook.as_mut().unwrap();
                    *hook = hook.replace("policy drop", "policy accept");
                },
            );
            let last = chain.rules.len() - 1;
            say(format!("{name}: last rule accepts"), None, &|rules| {
                let rule = &mut rules.chains[at].rules[last];
                *rule = rule.replace(" drop", " accept");
            });
            say(format!("{name}: accepts before all"), None, &|rules| {
                rules.chains[at].rules.insert(0, "accept".into())
            });
            say(format!("{name}: drops before all"), None, &|rules| {
                rules.chains[at].rules.insert(0, "drop".into());
            });
        }
        for (line, rule) in chain.rules.iter().enumerate() {
            if chain.hook.is_none() || rule.starts_with("jump") {
                say(
                    format!("{name}: without \"{rule}\""),
                    without(rule),
                    &|rules| drop(rules.chains[at].rules.remove(line)),
                );
            }
            for (from, to) in [
                (" counter return", " counter accept"),
                ("meta length <= 576 ", ""),
                (
                    "destination-unreachable, time-exceeded",
                    "destination-unreachable, redirect, time-exceeded",
                ),
                (
                    "destination-unreachable, time-exceeded",
                    "destination-unreachable, source-quench, time-exceeded",
                ),
                (
                    "destination-unreachable, time-exceeded",
                    "destination-unreachable, parameter-problem, time-exceeded",
                ),
                ("destination-unreachable, time-exceeded", "time-exceeded"),
                (
                    "destination-unreachable, time-exceeded",
                    "destination-unreachable",
                ),
                (
                    "ct state established accept",
                    "ct state established,related accept",
                ),
                (
                    "ct state established accept",
                    "ct state established,new accept",
                ),
                ("ct state new ", ""),
                ("iifname vmap @errors", "counter accept"),
                (
                    "ip saddr . ip daddr . meta l4proto . th dport @",
                    "ip daddr . ip saddr . meta l4proto . th dport @",
                ),
                ("ip saddr @", "ip daddr @"),
                (" accept", " drop"),
                ("fib daddr . iif type", "fib daddr type"),
            ] {
                if chain.hook.is_none() && rule.contains(from) {
                    say(
                        format!("{name}: \"{rule}\" with \"{to}\" for \"{from}\""),
                        None,
                        &|rules| {
                            let rule = &mut rules.chains[at].rules[line];
                            *rule = rule.replacen(from, to, 1);
                        },
                    );
                }
            }
            if rule.contains("meta skuid ") {
                say(format!("{name}: any user"), None, &|rules| {
                    let rule = &mut rules.chains[at].rules[line];
                    let rest = rule.split_once("meta skuid ").unwrap().1;
                    *rule = rest.split_once(' ').unwrap().1.to_owned();
                });
                say(format!("{name}: root too"), None, &|rules| {
                    let rule = rules.chains[at].rules[line].clone();
                    let rest = rule.split_once("meta skuid ").unwrap().1;
                    let rest = rest.split_once(' ').unwrap().1;
                    rules.chains[at]
                        .rules
                        .insert(line, format!("meta skuid 0 {rest}"));
                });
            }
        }
        for line in 1..chain.rules.len() {
            let (one, other) = (&chain.rules[line - 1], &chain.rules[line]);
            if one.contains("ct state invalid") && other.contains("ct state established") {
                say(
                    format!("{name}: established before invalid"),
                    Some(DISJOINT),
                    &|rules| rules.chains[at].rules.swap(line - 1, line),
                );
            }
        }
    }
    for (at, set) in right.sets.iter().enumerate() {
        elements(right, at, set, &mut say);
    }
    for (name, v4, v6) in [("IPv4", true, false), ("IPv6", false, true)] {
        say(format!("forwarding of {name} is off"), None, &|rules| {
            rules.forwarding.ipv4 &= !v4;
            rules.forwarding.ipv6 &= !v6;
        });
    }
    for (at, switch) in right.sysctls.iter().enumerate() {
        let Some(value) = flipped(&switch.path) else {
            continue;
        };
        let per = ["/all/", "/default/"];
        let alone = per.iter().any(|one| switch.path.contains(one));
        let equivalent = match switch.path.rsplit('/').next().unwrap() {
            // For these two the kernel takes the larger, or needs both, of
            // `all` and the interface: one alone may say nothing.
            _ if switch.path.contains("/default/") => Some("counts for interfaces to come only"),
            "accept_source_route" => Some("the kernel needs it on the interface and on all"),
            _ if alone => None,
            _ => None,
        };
        say(format!("{} = {value}", switch.path), equivalent, &|rules| {
            rules.sysctls[at].value = value;
        });
    }
    all
}

/// A switch whose other value lets something pass by itself.
fn flipped(path: &str) -> Option<&'static str> {
    match path.rsplit('/').next()? {
        "arp_ignore" => Some("0"),
        "proxy_arp" | "nf_conntrack_tcp_loose" | "accept_source_route" => Some("1"),
        _ => None, // the rules stop what these would let in: a second wall
    }
}

/// A rule whose absence says nothing.
fn without(rule: &str) -> Option<&'static str> {
    if rule == "ct state invalid counter return" {
        return Some(MULTICAST_ONLY);
    }
    None
}

type Say<'a> = dyn FnMut(String, Option<&'static str>, &dyn Fn(&mut Ruleset)) + 'a;

fn elements(right: &Ruleset, at: usize, set: &Set, say: &mut Say<'_>) {
    let name = &set.name;
    for (key, element) in &set.elements {
        if key == "\"lo\"" {
            continue;
        }
        say(format!("{name}: without {key}"), None, &|rules| {
            rules.sets[at].elements.remove(key);
        });
        if let Some(verdict) = &element.verdict {
            say(format!("{name}: {key} accepts all"), None, &|rules| {
                rules.sets[at].elements.get_mut(key).unwrap().verdict = Some("accept".into());
            });
            let others = set
                .elements
                .values()
                .filter_map(|other| other.verdict.clone());
            for other in others.filter(|other| other != verdict && other != "accept") {
                say(format!("{name}: {key} takes {other}"), None, &|rules| {
                    rules.sets[at].elements.get_mut(key).unwrap().verdict = Some(other.clone());
                });
            }
        }
        for (changed, wide) in widened(key) {
            let exists = set.elements.contains_key(&wide);
            let interval = set.head.iter().any(|line| line.contains("interval"));
            let range = wide.contains('-') || wide.contains('/');
            if exists || (range && !interval) {
                continue;
            }
            say(format!("{name}: {key} {changed}: {wide}"), None, &|rules| {
                let element = rules.sets[at].elements.remove(key).unwrap();
                rules.sets[at].elements.insert(wide.clone(), element);
            });
            if !range {
                say(format!("{name}: also {wide}"), None, &|rules| {
                    let more: Element = element.clone();
                    rules.sets[at].elements.insert(wide.clone(), more);
                });
            }
        }
    }
    let all = set.elements.len();
    if all > 1 {
        say(format!("{name}: empty"), None, &|rules| {
            rules.sets[at].elements.retain(|key, _| key == "\"lo\"");
        });
    }
    let _ = right;
}

/// A permit's key with one thing changed or widened.
fn widened(key: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = key.split(" . ").collect();
    let [source, target, protocol, port] = parts.as_slice() else {
        return Vec::new();
    };
    let mut made = Vec::new();
    let mut say = |what, a: &str, b: &str, c: &str, d: &str| {
        made.push((what, format!("{a} . {b} . {c} . {d}")));
    };
    if let Ok(number) = port.parse::<u16>() {
        say(
            "another port",
            source,
            target,
            protocol,
            &(number + 1).to_string(),
        );
        say(
            "the port before",
            source,
            target,
            protocol,
            &(number - 1).to_string(),
        );
        say(
            "a wider port range",
            source,
            target,
            protocol,
            &format!("{number}-{}", number + 1),
        );
    }
    if let Some((first, last)) = port.split_once('-')
        && let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>())
    {
        say(
            "one port more",
            source,
            target,
            protocol,
            &format!("{first}-{}", last + 1),
        );
        say(
            "one port before",
            source,
            target,
            protocol,
            &format!("{}-{last}", first - 1),
        );
        say(
            "one port less",
            source,
            target,
            protocol,
            &format!("{first}-{}", last - 1),
        );
    }
    let other = if *protocol == "tcp" { "udp" } else { "tcp" };
    say("another protocol", source, target, other, port);
    for (what, at) in [("another source", 0), ("another destination", 1)] {
        if let Ok(address) = parts[at].parse::<std::net::Ipv4Addr>() {
            let next = std::net::Ipv4Addr::from_bits(address.to_bits() ^ 1).to_string();
            if at == 0 {
                say(what, &next, target, protocol, port);
            } else {
                say(what, source, &next, protocol, port);
            }
        }
    }
    made
}
