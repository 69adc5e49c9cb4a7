//! Policy -> rule set. Pure: the same policy and facts give the same value,
//! whatever the order in which flows were written.
//!
//! ```text
//! prerouting  -> arriving   by interface: source must belong to its zone    else drop
//! services    -> offered    before tracking: some flow names the service    else drop
//! input       -> incoming   strict host, tracked, doors of the box itself   else drop
//! forward     -> forwarding tracked, then zone pair -> exact set, range set else drop
//! output      -> outgoing   tracked, then by role user                      else drop
//! postrouting -> leaving    by interface: destination must belong to its zone else drop
//! ```
//!
//! Each base chain is the same for every policy and ends in a counted, logged
//! drop; policies live in regular chains, sets and maps, so that a change
//! never touches a base chain (measured: 0 packets leak that way).
//!
//! Absent on purpose: `related` except unreachable and too-big errors about a
//! tracked session, of bounded size, from the zone of its other end; redirects
//! and time-exceeded never pass. Frames that are no IP (VLAN tags without an
//! interface, other ethertypes) are no affair of a rule: nothing here forwards
//! them. No conntrack helper, no tunnel, no multicast, no `notrack`: what is
//! not tracked is not new, and what is not new needs to be established.

mod icmp_errors;
pub(super) mod services;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::policy::{ELEMENTS, Policy, Zone};

use super::crossing::{self, Crossing, Side};
use super::error::SegmentError;
use super::ruleset::{Chain, Element, Forwarding, Ruleset, Set};
use super::shelf::{Permits, Table};
use super::span::{Family, Span, without};
use super::sysctl;
use super::territory::{interface_word, own_addresses, zone_spans, zone_word};

/// User of the mail role: the only one whose traffic may reach a relay.
pub const MAIL_USER: &str = "sekimori-mail";

/// NFLOG group that sees denied packets, as many as [`LOGGED`] says.
pub const LOG_GROUP: u16 = 77;

/// How many denied packets of one base chain the log group is told of.
const LOGGED: &str = "limit rate 1000/second burst 5000 packets";

/// Live facts the policy does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Now: flows that are closed are left out.
    pub now: Timestamp,
    /// Role users by name; one that is missing is an error only when needed.
    pub users: BTreeMap<String, u32>,
}

/// The base chains, each with its hook of family `inet`, its priority, and the
/// chain that holds policy. Sessions are tracked from priority -200 on.
const BASES: [(&str, &str, &str, &str); 6] = [
    ("prerouting", "prerouting", "-300", "arriving"),
    ("services", "prerouting", "-250", "offered"),
    ("input", "input", "0", "incoming"),
    ("forward", "forward", "0", "forwarding"),
    ("output", "output", "0", "outgoing"),
    ("postrouting", "postrouting", "0", "leaving"),
];

/// What no host has to send and the kernel would look into: IPv4 options
/// (source routes, record route), IPv6 extension headers (routing, hop by hop,
/// fragments that are none).
const STRANGE: [&str; 2] = [
    "ip hdrlength != 5 counter return",
    "ip6 nexthdr != { tcp, udp, ipv6-icmp } counter return",
];
/// For the box alone: the kernel forwards no frame that is for everybody
/// (RFC 1812 section 5.3.4), whatever its switches.
const FOR_EVERYBODY: &str = "meta pkttype != host counter return";
/// First, because most packets are; what is invalid is neither this nor new
/// nor related, and so ends in the base chain's last rule.
const ESTABLISHED: &str = "ct state established accept";
/// So many spans of addresses stand in rules of their own, which costs less
/// than to ask a set.
const FEW: usize = 4;
const NEIGHBOURS: &str =
    "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept";

/// The rule set that lets nothing pass but the box's own loopback: what holds
/// before the first revision, and what a failure falls back to.
#[must_use]
pub fn deny_all() -> Ruleset {
    let mut ruleset = Ruleset {
        sets: Vec::new(),
        chains: Vec::new(),
        forwarding: Forwarding::default(),
        sysctls: sysctl::of_the_box(),
        notes: Vec::new(),
        changes_at: None,
    };
    for (name, hook, priority, policy_chain) in BASES {
        ruleset
            .chains
            .push(base(name, hook, priority, policy_chain));
        let own = match name {
            "prerouting" | "services" | "input" => vec!["iifname \"lo\" accept".to_owned()],
            "output" | "postrouting" => vec!["oifname \"lo\" accept".to_owned()],
            _ => Vec::new(),
        };
        ruleset.chains.push(Chain {
            name: policy_chain.to_owned(),
            hook: None,
            rules: own,
        });
    }
    ruleset
}

/// Compiles the whole policy for one day.
///
/// # Errors
/// A word that cannot stand in a rule, an undefined name, a missing role user,
/// more than [`ELEMENTS`].
pub fn compile(policy: &Policy, facts: &Facts) -> Result<Ruleset, SegmentError> {
    for zone in policy.zones.values() {
        for interface in &zone.interfaces {
            interface_word(interface)?;
        }
    }
    let mut notes = Vec::new();
    let crossing::Crossings {
        open: crossings,
        changes_at,
    } = crossing::crossings(policy, facts, &mut notes)?;
    let (mut tables, mut room) = (BTreeMap::new(), ELEMENTS);
    for (crossing, permits) in &crossings {
        let word = crossing.word();
        let table = permits.tables(&word, &mut room);
        tables.insert(word, table.ok_or(SegmentError::TooMany)?);
    }
    let across = crossings
        .iter()
        .filter(|(crossing, _)| crossing.is_forwarded());
    let across = across.map(|(_, permits)| permits);
    let mut build = Build {
        policy,
        tables,
        sets: Vec::new(),
        chains: Vec::new(),
    };
    for (name, hook, priority, policy_chain) in BASES {
        build.chains.push(base(name, hook, priority, policy_chain));
        match name {
            "prerouting" => build.arriving(policy_chain),
            "services" => build.offered(policy_chain, across.clone()),
            "input" => build.incoming(policy_chain, &crossings),
            "forward" => build.forwarding(policy_chain, &crossings),
            "output" => build.outgoing(policy_chain, &crossings),
            _ => build.leaving(policy_chain),
        }
    }
    let crosses = |family| across.clone().any(|permits| permits.has(family));
    Ok(Ruleset {
        forwarding: Forwarding {
            ipv4: crosses(Family::V4),
            ipv6: crosses(Family::V6),
        },
        sysctls: sysctl::desired(policy),
        sets: build.sets,
        chains: build.chains,
        notes,
        changes_at,
    })
}

/// The last rule counts every packet and drops it. What goes to the log group is
/// rated, chain by chain: one that hides behind a flood is still counted, and a
/// flood does not buy the kernel's time.
fn base(name: &str, hook: &str, priority: &str, policy_chain: &str) -> Chain {
    Chain {
        name: name.to_owned(),
        hook: Some(format!(
            "type filter hook {hook} priority {priority}; policy drop;"
        )),
        rules: vec![
            format!("jump {policy_chain}"),
            format!("{LOGGED} log prefix \"sekimori deny {name}\" group {LOG_GROUP}"),
            "counter drop".to_owned(),
        ],
    }
}

struct Build<'a> {
    policy: &'a Policy,
    /// By crossing; each is taken once.
    tables: BTreeMap<String, Vec<Table>>,
    sets: Vec<Set>,
    chains: Vec<Chain>,
}

impl Build<'_> {
    fn has_ipv6(&self) -> bool {
        self.policy
            .zones
            .values()
            .any(|zone| !zone.networks6.is_empty())
    }

    /// Sources by interface: whatever does not belong to its zone is spoofed.
    fn arriving(&mut self, name: &str) {
        self.by_interface(name, "iifname", "sources", &STRANGE);
        for zone in self.policy.zones.values() {
            let word = zone_word(&zone.name);
            let mut rules = Vec::new();
            for family in [Family::V4, Family::V6] {
                let spans = self.sources(zone, family);
                rules.extend(self.address_rules(
                    &format!("sources.{word}"),
                    "saddr",
                    family,
                    &spans,
                ));
            }
            if !zone.networks6.is_empty() {
                rules.push(format!("ip6 saddr {{ ::, fe80::/10 }} {NEIGHBOURS}"));
            }
            self.chain(format!("sources.{word}"), rules);
        }
    }

    /// A zone's addresses without the box's own.
    fn sources(&self, zone: &Zone, family: Family) -> Vec<Span> {
        let mine = own_addresses(self.policy, family);
        without(&zone_spans(self.policy, zone, family), &mine)
    }

    /// Destinations by interface: a wrong route carries nothing out.
    fn leaving(&mut self, name: &str) {
        self.by_interface(name, "oifname", "destinations", &[]);
        for zone in self.policy.zones.values() {
            let word = zone_word(&zone.name);
            let mut rules = Vec::new();
            for family in [Family::V4, Family::V6] {
                let spans = zone_spans(self.policy, zone, family);
                rules.extend(self.address_rules(
                    &format!("destinations.{word}"),
                    "daddr",
                    family,
                    &spans,
                ));
            }
            if !zone.networks6.is_empty() {
                rules.push(format!("ip6 daddr {{ fe80::/10, ff02::/16 }} {NEIGHBOURS}"));
            }
            self.chain(format!("destinations.{word}"), rules);
        }
    }

    fn incoming(&mut self, name: &str, crossings: &BTreeMap<Crossing, Permits>) {
        let mut rules = vec!["iifname \"lo\" accept".to_owned()];
        if self.has_ipv6() {
            rules.push(NEIGHBOURS.to_owned()); // multicast, so before strict host; the zone was checked on arrival
        }
        rules.push(FOR_EVERYBODY.to_owned());
        rules.push("fib daddr . iif type != local counter return".to_owned()); // the weak host model, measured as a leak
        self.error_chains(crossings);
        let errors = self.errors_by_zone();
        self.doors(
            name,
            rules,
            errors,
            crossings,
            "iifname",
            |crossing| match (&crossing.from, &crossing.to) {
                (Side::Zone(zone), Side::Box) => Some(zone.clone()),
                _ => None,
            },
        );
    }

    fn outgoing(&mut self, name: &str, crossings: &BTreeMap<Crossing, Permits>) {
        let mut rules = vec!["oifname \"lo\" accept".to_owned()];
        if self.has_ipv6() {
            rules.push(NEIGHBOURS.to_owned());
        }
        let errors = self.own_errors();
        self.doors(
            name,
            rules,
            errors,
            crossings,
            "oifname",
            |crossing| match (&crossing.from, &crossing.to) {
                (Side::Box, Side::Zone(zone)) => Some(zone.clone()),
                _ => None,
            },
        );
    }

    fn forwarding(&mut self, name: &str, crossings: &BTreeMap<Crossing, Permits>) {
        let mut rules = vec![ESTABLISHED.to_owned()];
        let mut pairs = BTreeMap::new();
        let mut chains = Vec::new();
        for crossing in crossings.keys() {
            let (Side::Zone(from), Side::Zone(to)) = (&crossing.from, &crossing.to) else {
                continue;
            };
            let word = crossing.word();
            for incoming in self.interfaces(from) {
                for outgoing in self.interfaces(to) {
                    let verdict = Element::verdict(format!("goto {word}"));
                    pairs.insert(format!("\"{incoming}\" . \"{outgoing}\""), verdict);
                }
            }
            chains.push(word);
        }
        if !pairs.is_empty() {
            rules.push("ct state new iifname . oifname vmap @pairs".to_owned());
            rules.extend(self.errors_by_zone());
            self.set(
                "pairs",
                true,
                vec!["type ifname . ifname : verdict".into()],
                pairs,
            );
        }
        self.chain(name.to_owned(), rules);
        for word in chains {
            self.permits(&word);
        }
    }

    /// The doors of the box itself, by interface.
    fn doors(
        &mut self,
        name: &str,
        mut rules: Vec<String>,
        errors: Vec<String>,
        crossings: &BTreeMap<Crossing, Permits>,
        interface_key: &str,
        zone_of: impl Fn(&Crossing) -> Option<String>,
    ) {
        rules.push(ESTABLISHED.to_owned());
        let mut doors = BTreeMap::new();
        let mut chains = Vec::new();
        for crossing in crossings.keys() {
            let Some(zone) = zone_of(crossing) else {
                continue;
            };
            let word = crossing.word();
            for interface in self.interfaces(&zone) {
                let verdict = Element::verdict(format!("goto {word}"));
                doors.insert(format!("\"{interface}\""), verdict);
            }
            chains.push(word);
        }
        if !doors.is_empty() {
            rules.push(format!("ct state new {interface_key} vmap @{name}"));
            self.set(name, true, vec!["type ifname : verdict".into()], doors);
        }
        rules.extend(errors);
        self.chain(name.to_owned(), rules);
        for word in chains {
            self.permits(&word);
        }
    }

    /// One crossing's sets, and the chain that asks them.
    fn permits(&mut self, word: &str) {
        let mut rules = Vec::new();
        for table in self.tables.remove(word).unwrap_or_default() {
            rules.push(table.rule);
            // A flow's meter serves all of its sets.
            let known = |set: &Set| set.is_meter() && self.sets.contains(set);
            let fresh: Vec<Set> = table.sets.into_iter().filter(|set| !known(set)).collect();
            self.sets.extend(fresh);
        }
        self.chain(word.to_owned(), rules);
    }

    fn by_interface(&mut self, name: &str, key: &str, prefix: &str, first: &[&str]) {
        let mut elements = BTreeMap::new();
        elements.insert("\"lo\"".to_owned(), Element::verdict("accept"));
        for zone in self.policy.zones.values() {
            let verdict = Element::verdict(format!("jump {prefix}.{}", zone_word(&zone.name)));
            for interface in &zone.interfaces {
                elements.insert(format!("\"{interface}\""), verdict.clone());
            }
        }
        self.set(name, true, vec!["type ifname : verdict".into()], elements);
        let mut rules: Vec<String> = first.iter().map(|rule| (*rule).to_owned()).collect();
        rules.push(format!("{key} vmap @{name}"));
        self.chain(name.to_owned(), rules);
    }

    fn address_rules(
        &mut self,
        word: &str,
        end: &str,
        family: Family,
        spans: &[Span],
    ) -> Vec<String> {
        let header = family.header();
        let addresses = self.addresses(word, family, spans).into_iter();
        addresses
            .map(|addresses| format!("{header} {end} {addresses} accept"))
            .collect()
    }

    /// As a rule names them: a few by themselves, else their set.
    fn addresses(&mut self, word: &str, family: Family, spans: &[Span]) -> Vec<String> {
        let spans = spans.iter().map(|span| span.address_text(family));
        if spans.len() <= FEW {
            return spans.collect();
        }
        let name = format!("{word}.{}", family.digit());
        if self.sets.iter().all(|set| set.name != name) {
            let elements = spans.map(|span| (span, Element::default())).collect();
            let kind = format!("type {}", family.address_type());
            let head = vec![kind, "flags interval".into()];
            self.set(&name, false, head, elements);
        }
        vec![format!("@{name}")]
    }

    fn interfaces(&self, zone: &str) -> Vec<String> {
        self.policy
            .zones
            .get(zone)
            .map(|zone| zone.interfaces.clone())
            .unwrap_or_default()
    }

    fn set(
        &mut self,
        name: &str,
        map: bool,
        head: Vec<String>,
        elements: BTreeMap<String, Element>,
    ) {
        self.sets.push(Set {
            name: name.to_owned(),
            map,
            head,
            elements,
        });
    }

    fn chain(&mut self, name: String, rules: Vec<String>) {
        self.chains.push(Chain {
            name,
            hook: None,
            rules,
        });
    }
}
