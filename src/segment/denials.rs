//! Denied packets: what the kernel's log group says, as groups that a person
//! can judge, and the flow that would allow one, as a draft. Pure.
//!
//! Absent on purpose: a draft that is in force by itself; a draft for what no
//! flow may allow (a forged source, internet and LGWAN, the far gateway).

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{Timestamp, ToSpan as _};

use crate::audit::event::DeniedGroup;
use crate::policy::text::{bounded, escape_hostile};
use crate::policy::{Policy, Space};

use super::evaluate::{Cause, Verdict, evaluate};
use super::header::{Header, Service};
use super::question::{Question, Spot};
use super::tally::{Seen, Tally};

/// What the last rule of a base chain says before the hook's name.
pub(super) const PREFIX: &str = "sekimori deny ";

/// Where a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// On arrival: the source does not belong there.
    Prerouting,
    /// Before it was tracked: no flow names its service.
    Services,
    /// On its way to the box.
    Input,
    /// On its way across.
    Forward,
    /// The box's own.
    Output,
    /// On leaving: the destination does not belong there.
    Postrouting,
}

impl Hook {
    const ALL: [Self; 6] = [
        Self::Prerouting,
        Self::Services,
        Self::Input,
        Self::Forward,
        Self::Output,
        Self::Postrouting,
    ];

    /// Our base chain's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prerouting => "prerouting",
            Self::Services => "services",
            Self::Input => "input",
            Self::Forward => "forward",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }
}

/// One group: packets that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// From whom, to whom, what for.
    pub header: Header,
    /// Where it was dropped.
    pub hook: Hook,
    /// Interface it came in by; empty for the box's own.
    pub incoming: String,
    /// Interface it was to leave by; empty where that was not known yet.
    pub outgoing: String,
}

impl Denial {
    /// Of a logged packet; none where no base chain of ours logged it, or it
    /// is no IP packet.
    #[must_use]
    pub fn of(
        prefix: &str,
        incoming: &str,
        outgoing: &str,
        untrusted_bytes: &[u8],
    ) -> Option<Self> {
        Some(Self {
            header: Header::read(untrusted_bytes)?,
            hook: Hook::named(prefix.strip_prefix(PREFIX)?.trim())?,
            incoming: incoming.to_owned(),
            outgoing: outgoing.to_owned(),
        })
    }

    /// As it stands in the record.
    #[must_use]
    pub fn written(&self, seen: Seen) -> DeniedGroup {
        DeniedGroup {
            source: self.header.source,
            destination: self.header.destination,
            service: self.header.service.to_string(),
            opening: self.header.opening,
            hook: self.hook.name().to_owned(),
            incoming: escape_hostile(&self.incoming),
            outgoing: escape_hostile(&self.outgoing),
            first: seen.first,
            last: seen.last,
            count: seen.count,
        }
    }

    /// Back from the record; none where a later version wrote it.
    #[must_use]
    pub fn read(group: &DeniedGroup) -> Option<(Self, Seen)> {
        let denial = Self {
            header: Header {
                source: group.source,
                destination: group.destination,
                service: group.service.parse().ok()?,
                opening: group.opening,
            },
            hook: Hook::named(&group.hook)?,
            incoming: group.incoming.clone(),
            outgoing: group.outgoing.clone(),
        };
        let seen = Seen {
            first: group.first,
            last: group.last,
            count: group.count,
        };
        Some((denial, seen))
    }

    /// What the evaluator is asked about it.
    #[must_use]
    pub fn question(&self, policy: &Policy) -> Question {
        let Header {
            source,
            destination,
            service,
            ..
        } = self.header;
        let from = if self.incoming.is_empty() {
            Spot::Gateway
        } else {
            spot_behind(policy, &self.incoming, source)
        };
        let to = if self.hook == Hook::Forward && !self.outgoing.is_empty() {
            spot_behind(policy, &self.outgoing, destination)
        } else {
            spot_of(policy, destination)
        };
        Question {
            from,
            to,
            services: service.listed().into_iter().collect(),
        }
    }

    /// Would it pass now, and if not, which flow comes nearest? A segment
    /// that presupposes a session is judged like the packet that begins one.
    pub fn judged(&self, policy: &Policy, now: Timestamp) -> Verdict {
        evaluate(policy, &self.question(policy), Some(now))
    }
}

/// At most `most` groups as they stand in the record, and the count of others.
#[must_use]
pub fn written(tally: &Tally<Denial>, most: usize) -> (Vec<DeniedGroup>, u64) {
    let (ranked, others) = tally.ranked(most);
    let groups = ranked.iter().map(|(denial, seen)| denial.written(*seen));
    (groups.collect(), others)
}

/// The zone's name behind an interface.
#[must_use]
pub fn zone_behind<'a>(policy: &'a Policy, interface: &str) -> Option<&'a str> {
    let mut zones = policy.zones.values();
    zones
        .find(|zone| zone.interfaces.iter().any(|name| name == interface))
        .map(|zone| zone.name.as_str())
}

fn spot_behind(policy: &Policy, interface: &str, address: IpAddr) -> Spot {
    match zone_behind(policy, interface) {
        Some(zone) => Spot::In {
            zone: zone.to_owned(),
            space: Space::single(address),
        },
        None => Spot::Nowhere(IpNet::from(address)),
    }
}

/// Where an address is, by the zones' networks alone.
#[must_use]
pub fn spot_of(policy: &Policy, address: IpAddr) -> Spot {
    let address = address.to_canonical();
    for zone in policy.zones.values() {
        if zone.gateway.contains(&address) {
            return Spot::GatewayIn(zone.name.clone());
        }
    }
    let space = Space::single(address);
    let mut zones = policy.zones.values();
    match zones.find(|zone| zone.space().covers(&space)) {
        Some(zone) => Spot::In {
            zone: zone.name.clone(),
            space,
        },
        None => Spot::Nowhere(IpNet::from(address)),
    }
}

/// One end as a flow names it, and the line for `[hosts]` where the host has
/// no name yet.
fn end_named(policy: &Policy, spot: &Spot, address: IpAddr) -> Option<(String, Option<String>)> {
    match spot {
        Spot::Gateway | Spot::GatewayIn(_) => Some(("gateway".to_owned(), None)),
        Spot::In { zone, .. } => {
            let net = IpNet::from(address.to_canonical());
            let known = policy
                .hosts
                .iter()
                .find(|(_, host)| host.zone == *zone && host.addresses == [net]);
            if let Some((name, _)) = known {
                return Some((format!("{zone}:{name}"), None));
            }
            let name = host_name(&net.addr());
            let line = format!(
                "{name} = {{ zone = \"{zone}\", address = \"{}\" }}",
                net.addr()
            );
            Some((format!("{zone}:{name}"), Some(line)))
        }
        Spot::Nowhere(_) | Spot::Name(_) => None,
    }
}

fn host_name(address: &IpAddr) -> String {
    let word: String = address
        .to_string()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    bounded(&format!("host-{word}"), 40)
        .trim_end_matches('-')
        .to_owned()
}

/// The flow that would allow it, to be copied into `flows.d/` and completed;
/// none where no flow may.
#[must_use]
pub fn draft(policy: &Policy, denial: &Denial, now: Timestamp) -> Option<String> {
    let question = denial.question(policy);
    let listed = denial.header.opening && denial.header.service.listed().is_some();
    let Verdict::Deny(reason) = evaluate(policy, &question, Some(now)) else {
        return None; // allowed already
    };
    if !listed || reason.cause != Cause::NotListed {
        return None;
    }
    let (from, from_host) = end_named(policy, &question.from, denial.header.source)?;
    let (to, to_host) = end_named(policy, &question.to, denial.header.destination)?;
    let service = service_word(denial.header.service);
    let today = policy.site.zone().to_datetime(now).date();
    let days = i64::from(policy.site.review_days.min(365));
    let expires = today.checked_add(days.days()).unwrap_or(today);
    let id = draft_id(policy, &from, &to, &service);
    let mut lines = Vec::new();
    let hosts: Vec<String> = from_host.into_iter().chain(to_host).collect();
    if !hosts.is_empty() {
        lines.push("# sekimori.toml の [hosts] に加える / add to [hosts] in sekimori.toml:".into());
        lines.extend(hosts.iter().map(|line| format!("# {line}")));
    }
    lines.push("[[flow]]".to_owned());
    lines.push(format!("id       = \"{id}\""));
    lines.push(format!("from     = \"{from}\""));
    lines.push(format!("to       = \"{to}\""));
    lines.push(format!("service  = \"{service}\""));
    lines.push("purpose  = \"\"   # 目的 / why".to_owned());
    lines.push("owner    = \"\"   # [people] の識別子 / an id of [people]".to_owned());
    lines.push(format!(
        "approved = {{ by = \"\", on = {today}, ticket = \"\" }}"
    ));
    lines.push(format!("expires  = {expires}"));
    Some(lines.join("\n"))
}

fn service_word(service: Service) -> String {
    let word = service.to_string();
    if word == "icmpv6" {
        "icmp".to_owned()
    } else {
        word
    }
}

/// An id that no flow has.
fn draft_id(policy: &Policy, from: &str, to: &str, service: &str) -> String {
    let zone = |end: &str| end.split(':').next().unwrap_or_default().to_owned();
    let plain = format!("{}-{}-{}", zone(from), zone(to), service.replace('/', "-"));
    let plain = bounded(&plain, 32);
    let taken = |id: &String| policy.flows.iter().any(|flow| flow.id == *id);
    (1..=policy.flows.len().saturating_add(1))
        .map(|number| match number {
            1 => plain.clone(),
            number => format!("{plain}-{number}"),
        })
        .find(|id| !taken(id))
        .unwrap_or(plain)
}

/// Denials of a span of time, added up from the record.
#[derive(Clone, Debug)]
pub struct Account {
    /// By group.
    pub denials: Tally<Denial>,
    /// Packets that the rules' own counters dropped.
    pub dropped: u64,
    /// Packets that were seen; the rest was dropped unseen.
    pub seen: u64,
    /// The counters at the last event.
    counters: u64,
}

impl Account {
    /// Nothing yet; at most `most` groups are kept.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            denials: Tally::new(most),
            dropped: 0,
            seen: 0,
            counters: 0,
        }
    }

    /// What the counters read before the span began.
    pub fn begin(&mut self, counters: u64) {
        self.counters = counters;
    }

    /// Adds one event. Counters that went down began anew.
    pub fn add(&mut self, counters: u64, seen: u64, groups: &[DeniedGroup], others: u64) {
        let grown = counters.checked_sub(self.counters).unwrap_or(counters);
        self.counters = counters;
        // A packet is counted before it is seen: never more seen than dropped.
        self.dropped = self.dropped.saturating_add(grown);
        self.seen = self.seen.saturating_add(seen);
        self.denials.add_others(others);
        for group in groups {
            match Denial::read(group) {
                Some((denial, seen)) => self.denials.add(denial, seen),
                None => self.denials.add_others(group.count),
            }
        }
    }

    /// Packets that were dropped and not seen.
    #[must_use]
    pub fn unseen(&self) -> u64 {
        self.dropped.saturating_sub(self.seen)
    }
}
