//! Seeded faults of a rule set: what a hand, a merge or a bug could do to it.
//! Each is one change of the value.
//!
//! A fault is called equivalent only by a rule that is decided here, from the
//! rule set, before anything is fired. Every other that is not found counts as
//! missed, also where an earlier wall hides it.

use sekimori::segment::Ruleset;
use sekimori::segment::ruleset::Chain;

#[path = "widened.rs"]
mod widened;

/// One fault.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What was done.
    pub name: String,
    /// The rule set with it.
    pub rules: Ruleset,
    /// Why no packet, no count and no record can differ; none where one can.
    pub equivalent: Option<&'static str>,
}

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

/// What takes a fault: its name, why it changes nothing, and the change.
pub type Say<'a> = dyn FnMut(String, Option<&'static str>, &dyn Fn(&mut Ruleset)) + 'a;

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
        if chain.hook.is_some() {
            base(at, chain, &mut say);
        } else {
            policy(right, at, chain, &mut say);
        }
        owner(at, chain, &mut say);
    }
    for at in 0..right.sets.len() {
        widened::elements(right, at, &mut say);
    }
    switches(right, &mut say);
    all
}

/// Faults of a base chain.
fn base(at: usize, chain: &Chain, say: &mut Say<'_>) {
    let name = &chain.name;
    say(
        format!("{name}: policy accept"),
        // Its last rule drops whatever comes to it, so the policy is never reached.
        chain
            .rules
            .last()
            .filter(|rule| *rule == "counter drop")
            .map(|_| "the last rule drops all that reaches it, so the policy never decides"),
        &|rules| {
            let hook = rules.chains[at].hook.as_mut().unwrap();
            *hook = hook.replace("policy drop", "policy accept");
        },
    );
    for verdict in ["accept", "drop"] {
        say(format!("{name}: {verdict}s before all"), None, &|rules| {
            rules.chains[at].rules.insert(0, verdict.into());
        });
    }
    for (line, rule) in chain.rules.iter().enumerate() {
        if rule.starts_with("jump") {
            say(format!("{name}: without \"{rule}\""), None, &|rules| {
                rules.chains[at].rules.remove(line);
            });
        }
        let mut altered = |what: &str, from: &str, to: &str| {
            if rule.contains(from) {
                say(format!("{name}: {what}"), None, &|rules| {
                    let rule = &mut rules.chains[at].rules[line];
                    *rule = rule.replacen(from, to, 1);
                });
            }
        };
        if rule.ends_with("drop") {
            altered("its last rule accepts", "drop", "accept");
            altered("what it drops is not counted", "counter ", "");
        }
        if rule.contains(" group ") {
            altered("records to another group", " group ", " group 1");
            altered("records under a foreign name", "sekimori deny ", "deny ");
            say(
                format!("{name}: what it drops is not recorded"),
                None,
                &|rules| {
                    rules.chains[at].rules.remove(line);
                },
            );
        }
    }
}

/// What stands in a rule, and what a fault makes of it.
const WORDS: [(&str, &str); 42] = [
    (" counter return", " counter accept"),
    (" accept", " drop"),
    ("meta length <= 576 ", ""),
    ("meta length <= 576 ", "meta length <= 1500 "),
    ("meta length <= 1280 ", ""),
    (
        "icmp type destination-unreachable",
        "icmp type { destination-unreachable, redirect }",
    ),
    (
        "icmp type destination-unreachable",
        "icmp type { destination-unreachable, source-quench }",
    ),
    (
        "icmp type destination-unreachable",
        "icmp type { destination-unreachable, time-exceeded }",
    ),
    (
        "icmp type destination-unreachable",
        "icmp type { destination-unreachable, parameter-problem }",
    ),
    (
        "icmp type destination-unreachable",
        "icmp type time-exceeded",
    ),
    (
        "{ destination-unreachable, packet-too-big }",
        "destination-unreachable",
    ),
    (
        "{ destination-unreachable, packet-too-big }",
        "packet-too-big",
    ),
    (
        "{ destination-unreachable, packet-too-big }",
        "{ destination-unreachable, packet-too-big, time-exceeded }",
    ),
    (
        "{ destination-unreachable, packet-too-big }",
        "{ destination-unreachable, packet-too-big, parameter-problem }",
    ),
    (
        "ct state established accept",
        "ct state established,related accept",
    ),
    (
        "ct state established accept",
        "ct state established,new accept",
    ),
    ("ct state established accept", "ct state new accept"),
    ("ct state new ", ""),
    ("ct state new ", "ct state related "),
    (
        "ct state established accept",
        "ct state invalid,established accept",
    ),
    ("iifname vmap @errors", "counter accept"),
    ("ct direction original", "ct direction reply"),
    ("ct direction reply", "ct direction original"),
    ("ct direction original ", ""),
    ("ct direction reply ", ""),
    (
        "iifname . oifname vmap @pairs",
        "oifname . iifname vmap @pairs",
    ),
    (
        "ip saddr . ip daddr . meta l4proto . th dport @",
        "ip daddr . ip saddr . meta l4proto . th dport @",
    ),
    ("meta l4proto . th dport @", "meta l4proto . th sport @"),
    ("ip saddr @", "ip daddr @"),
    ("ip daddr @", "ip saddr @"),
    ("ip6 saddr @", "ip6 daddr @"),
    ("ip6 daddr @", "ip6 saddr @"),
    ("th dport @services", "th sport @services"),
    ("ip daddr . meta l4proto", "ip saddr . meta l4proto"),
    (
        "tcp flags != syn / syn,ack accept",
        "meta l4proto tcp accept",
    ),
    (
        "meta l4proto icmp accept",
        "meta l4proto { icmp, udp } accept",
    ),
    ("meta l4proto udp ip saddr", "ip saddr"),
    ("fib daddr . iif type", "fib daddr type"),
    ("meta pkttype != host", "meta pkttype broadcast"),
    ("meta pkttype != host", "meta pkttype multicast"),
    (
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ",
        "",
    ),
    ("ip6 hoplimit 255 ", ""),
];

/// Faults of a chain that holds policy.
fn policy(right: &Ruleset, at: usize, chain: &Chain, say: &mut Say<'_>) {
    let name = &chain.name;
    say(format!("{name}: accepts all"), None, &|rules| {
        rules.chains[at].rules.insert(0, "accept".into());
    });
    say(format!("{name}: empty"), None, &|rules| {
        rules.chains[at].rules.clear();
    });
    for (line, rule) in chain.rules.iter().enumerate() {
        say(
            format!("{name}: without \"{rule}\""),
            without(right, chain, line),
            &|rules| drop(rules.chains[at].rules.remove(line)),
        );
        for (from, to) in WORDS {
            if rule.contains(from) {
                say(
                    format!("{name}: \"{rule}\" with \"{to}\" for \"{from}\""),
                    replaced(right, name, rule, to),
                    &|rules| {
                        let rule = &mut rules.chains[at].rules[line];
                        *rule = rule.replacen(from, to, 1);
                    },
                );
            }
        }
        let zone = ["sources.", "destinations."];
        if zone.iter().any(|zone| name.starts_with(zone)) {
            for (what, wrong, why) in widened::in_rule(name, rule) {
                say(format!("{name}: \"{rule}\" {what}"), why, &|rules| {
                    rules.chains[at].rules[line].clone_from(&wrong);
                });
            }
        }
    }
}

/// Faults of who may speak for the box.
fn owner(at: usize, chain: &Chain, say: &mut Say<'_>) {
    let name = &chain.name;
    for (line, rule) in chain.rules.iter().enumerate() {
        let Some((_, rest)) = rule.split_once("meta skuid ") else {
            continue;
        };
        let rest = rest.split_once(' ').unwrap().1;
        say(format!("{name}: any user"), None, &|rules| {
            rules.chains[at].rules[line] = rest.to_owned();
        });
        say(format!("{name}: root too"), None, &|rules| {
            let more = format!("meta skuid 0 {rest}");
            rules.chains[at].rules.insert(line, more);
        });
    }
}

/// Why the absence of a rule says nothing.
fn without(right: &Ruleset, chain: &Chain, line: usize) -> Option<&'static str> {
    let rule = &chain.rules[line];
    let accepts6 = |rule: &String| {
        rule.ends_with("accept") && (rule.contains("ip6 ") || rule.contains("icmpv6 "))
    };
    let mut sources = right
        .chains
        .iter()
        .filter(|chain| chain.name.starts_with("sources."));
    if rule.starts_with("ip6 nexthdr ") && !sources.any(|chain| chain.rules.iter().any(accepts6)) {
        return Some("no source of IPv6 is accepted behind any interface, whatever its headers");
    }
    widened::no_session(right, &chain.name, rule)
}

/// Why other words say the same.
fn replaced(right: &Ruleset, chain: &str, rule: &str, to: &str) -> Option<&'static str> {
    let of_any_zone = chain == "incoming" && to == "counter accept" && rule.contains("@errors");
    if of_any_zone && widened::strict_host(right, "vmap @errors") {
        return Some(
            "an error to an address of the box comes by that address's own interface, \
             and all sessions of that address have their other end there",
        );
    }
    widened::no_session(right, chain, rule)
}

/// Faults of the kernel's switches.
fn switches(right: &Ruleset, say: &mut Say<'_>) {
    for on in [true, false] {
        let word = if on { "on" } else { "off" };
        say(format!("forwarding of IPv4 is {word}"), None, &|rules| {
            rules.forwarding.ipv4 = on;
        });
        say(format!("forwarding of IPv6 is {word}"), None, &|rules| {
            rules.forwarding.ipv6 = on;
        });
    }
    for switch in &right.sysctls {
        let mut parts = switch.path.rsplit('/');
        let (name, interface) = (parts.next().unwrap(), parts.next().unwrap());
        let Some((value, needs_all)) = flipped(&switch.path) else {
            continue;
        };
        // `default` is for interfaces to come, and says nothing of those here.
        if interface == "default" || (needs_all && interface == "all") {
            continue;
        }
        let with = if needs_all { " and on all" } else { "" };
        say(
            format!("{name} = {value} on {interface}{with}"),
            None,
            &|rules| {
                for one in &mut rules.sysctls {
                    let all = needs_all && one.path == format!("net/ipv4/conf/all/{name}");
                    if one.path == switch.path || all {
                        one.value = value;
                    }
                }
            },
        );
    }
}

/// The other value of a switch that the probe must see, and whether it says
/// something only together with that of `all`.
fn flipped(path: &str) -> Option<(&'static str, bool)> {
    match path.rsplit('/').next()? {
        "accept_source_route" if path.contains("ipv4") => Some(("1", true)),
        "arp_ignore" | "rp_filter" => Some(("0", true)),
        "proxy_arp" | "nf_conntrack_tcp_loose" => Some(("1", false)),
        _ => None,
    }
}
