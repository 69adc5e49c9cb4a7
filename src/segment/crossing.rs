//! Flows -> permits by crossing (from side, to side), and permits -> sets.
//! Exact flows go into a hash set, prefixes and ranges into a small interval
//! set of disjoint boxes; both carry the flow's id and a counter per element.
//! Logged flows stand in sets of their own: logging is a rule's property.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::policy::text::Text;
use crate::policy::{Endpoint, Flow, LogMode, Opening, Policy, PortRange, Protocol, Via};

use super::compile::{Facts, MAIL_USER};
use super::error::SegmentError;
use super::ruleset::{Element, Set};
use super::span::{Family, PacketBox, Span, disjoint};
use super::territory::{zone_spans, zone_word};

/// One side of a crossing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The box itself.
    Box,
    /// A zone by name.
    Zone(String),
}

/// From where to where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// Source side.
    pub from: Side,
    /// Destination side.
    pub to: Side,
}

impl Crossing {
    /// Needs forwarding.
    #[must_use]
    pub fn is_forwarded(&self) -> bool {
        matches!((&self.from, &self.to), (Side::Zone(_), Side::Zone(_)))
    }

    /// The name of its chain.
    #[must_use]
    pub fn word(&self) -> String {
        match (&self.from, &self.to) {
            (Side::Zone(from), Side::Zone(to)) => {
                format!("pair.{}.{}", zone_word(from), zone_word(to))
            }
            (Side::Zone(from), Side::Box) => format!("in.{}", zone_word(from)),
            (Side::Box, Side::Zone(to)) => format!("out.{}", zone_word(to)),
            (Side::Box, Side::Box) => "own".to_owned(),
        }
    }

    fn shown(&self) -> String {
        let side = |side: &Side| match side {
            Side::Box => "gateway".to_owned(),
            Side::Zone(zone) => zone_word(zone),
        };
        format!("{} {}", side(&self.from), side(&self.to))
    }
}

/// What decides which set a permit stands in, besides the crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shelf {
    family: Family,
    /// Not logged. Logged ones are asked first, so that every one is seen.
    quiet: bool,
    /// Only packets of this user.
    user: Option<u32>,
    echo: bool,
}

/// All permits of one crossing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    shown: String,
    shelves: BTreeMap<Shelf, Vec<(String, PacketBox)>>,
}

/// A set and the rule that asks it.
pub struct Table {
    /// The set.
    pub set: Set,
    /// The rule.
    pub rule: String,
}

/// All flows that are in force, by crossing. What stays closed is noted.
///
/// # Errors
/// An undefined name, an id that cannot be quoted, a missing role user.
pub fn crossings(
    policy: &Policy,
    facts: &Facts,
    notes: &mut Vec<Text>,
) -> Result<BTreeMap<Crossing, Permits>, SegmentError> {
    let mut crossings: BTreeMap<Crossing, Permits> = BTreeMap::new();
    let mut flows: Vec<&Flow> = policy.flows.iter().collect();
    flows.sort_by(|one, other| one.id.cmp(&other.id)); // order has no meaning
    for flow in flows {
        id_word(&flow.id)?;
        if let Opening::Closed { opens } = flow.opening(&policy.site, facts.now) {
            notes.push(closed(policy, flow, opens));
            continue;
        }
        for (crossing, user) in legs(flow, facts, notes)? {
            let sources = spans(policy, flow, &flow.from, &crossing.from, &crossing.to)?;
            let destinations = spans(policy, flow, &flow.to, &crossing.to, &crossing.from)?;
            let permits = crossings.entry(crossing.clone()).or_default();
            permits.shown = crossing.shown();
            let count = permits.add(flow, user, &sources, &destinations);
            if count == 0 {
                notes.push(Text::new(
                    format!("許可通信 {} に当てはまるアドレスがありません (gateway の設定または IP 版の違い)。通しません。", flow.id),
                    format!("flow {} has no pair of addresses (gateway not set, or families differ); it is closed.", flow.id),
                ));
            }
        }
    }
    crossings.retain(|_, permits| !permits.shelves.is_empty());
    Ok(crossings)
}

/// Why a flow is not in force at this moment.
fn closed(policy: &Policy, flow: &Flow, opens: Option<Timestamp>) -> Text {
    let (id, last) = (&flow.id, flow.last_day());
    match opens.map(|at| policy.site.zone().to_datetime(at)) {
        None => Text::new(
            format!("許可通信 {id} は {last} で期限切れです。通しません。"),
            format!("flow {id} expired on {last}; it is closed."),
        ),
        Some(at) => Text::new(
            format!("許可通信 {id} は時間外です。{at} に開きます。"),
            format!("flow {id} is outside its hours; it opens at {at}."),
        ),
    }
}

/// What a flow opens: nothing, one crossing, or the two halves of a relay.
fn legs(
    flow: &Flow,
    facts: &Facts,
    notes: &mut Vec<Text>,
) -> Result<Vec<(Crossing, Option<u32>)>, SegmentError> {
    let side = |end: &Endpoint| match end {
        Endpoint::Gateway => Side::Box,
        Endpoint::Zone { zone, .. } => Side::Zone(zone.clone()),
    };
    let (from, to) = (side(&flow.from), side(&flow.to));
    let closed = |notes: &mut Vec<Text>, ja: &str, en: &str| {
        notes.push(Text::new(
            format!("許可通信 {}: {ja}。通しません。", flow.id),
            format!("flow {}: {en}; it is closed.", flow.id),
        ));
        Ok(Vec::new())
    };
    if flow.rate.is_some() || flow.trial_until.is_some() {
        // Until they have their kernel form: never wider than was approved.
        return closed(
            notes,
            "rate と試行はまだ規則にできません",
            "a rate or a trial has no rule yet",
        );
    }
    match (flow.via, &from, &to) {
        (Some(Via::Proxy), _, _) => closed(
            notes,
            "プロキシはこの版にありません",
            "this version has no proxy",
        ),
        (_, Side::Box, Side::Box) => {
            closed(notes, "両端が gateway です", "both ends are the gateway")
        }
        (None, Side::Box, Side::Zone(_)) => closed(
            notes,
            "gateway から出る通信には担い手 (via) が必要です",
            "traffic of the box itself needs a carrier (via)",
        ),
        (None, Side::Zone(_), _) | (Some(Via::Mail), Side::Zone(_), Side::Box) => {
            Ok(vec![(Crossing { from, to }, None)])
        }
        (Some(Via::Mail), Side::Box, Side::Zone(_)) => {
            Ok(vec![(Crossing { from, to }, Some(user(facts, MAIL_USER)?))])
        }
        // Sanitised on the way: into the box, and out of it by the mail role. Never forwarded.
        (Some(Via::Mail), Side::Zone(_), Side::Zone(_)) => Ok(vec![
            (
                Crossing {
                    from,
                    to: Side::Box,
                },
                None,
            ),
            (
                Crossing {
                    from: Side::Box,
                    to,
                },
                Some(user(facts, MAIL_USER)?),
            ),
        ]),
    }
}

fn user(facts: &Facts, name: &str) -> Result<u32, SegmentError> {
    facts
        .users
        .get(name)
        .copied()
        .ok_or_else(|| SegmentError::User {
            name: name.to_owned(),
        })
}

/// The addresses of one side. The box's are those it has in the other's zone.
fn spans(
    policy: &Policy,
    flow: &Flow,
    end: &Endpoint,
    side: &Side,
    other: &Side,
) -> Result<Vec<(Family, Span)>, SegmentError> {
    let unknown = |name: &str| SegmentError::Unknown {
        flow: flow.id.clone(),
        name: name.to_owned(),
    };
    let zone_of = |name: &String| policy.zones.get(name).ok_or_else(|| unknown(name));
    match (side, end, other) {
        (Side::Box, _, Side::Zone(other)) => Ok(zone_of(other)?
            .gateway
            .iter()
            .map(|address| Span::of_address(*address))
            .collect()),
        (Side::Zone(_), Endpoint::Zone { zone, hosts }, _) if hosts.is_empty() => {
            let zone = zone_of(zone)?;
            Ok([Family::V4, Family::V6]
                .into_iter()
                .flat_map(|family| {
                    zone_spans(policy, zone, family)
                        .into_iter()
                        .map(move |span| (family, span))
                })
                .collect())
        }
        (Side::Zone(_), Endpoint::Zone { hosts, .. }, _) => {
            let mut spans = Vec::new();
            for name in hosts {
                let host = policy.hosts.get(name).ok_or_else(|| unknown(name))?;
                spans.extend(host.addresses.iter().map(Span::of));
            }
            Ok(spans)
        }
        (Side::Zone(_), Endpoint::Gateway, _) | (Side::Box, _, Side::Box) => Ok(Vec::new()),
    }
}

impl Permits {
    /// Holds permits of this family.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        self.shelves.keys().any(|shelf| shelf.family == family)
    }

    fn add(
        &mut self,
        flow: &Flow,
        user: Option<u32>,
        sources: &[(Family, Span)],
        destinations: &[(Family, Span)],
    ) -> usize {
        let mut count = 0;
        for service in &flow.services {
            for (family, source) in sources {
                for (_, destination) in destinations.iter().filter(|(of, _)| of == family) {
                    let echo = service.protocol == Protocol::Icmp;
                    let quiet = flow.log == LogMode::Denied;
                    let shelf = Shelf {
                        family: *family,
                        quiet,
                        user,
                        echo,
                    };
                    let packets = [*source, *destination, protocol(service), ports(service)];
                    self.shelves
                        .entry(shelf)
                        .or_default()
                        .push((flow.id.clone(), packets));
                    count += 1;
                }
            }
        }
        count
    }

    /// Sets with their rules: logged before quiet, exact before ranges.
    #[must_use]
    pub fn tables(&self, word: &str) -> Vec<Table> {
        let mut tables = Vec::new();
        for (shelf, permits) in &self.shelves {
            let (exact, ranged): (Vec<_>, Vec<_>) = permits
                .iter()
                .cloned()
                .partition(|(_, packets)| packets.iter().all(|span| span.is_single()));
            let mut known = BTreeSet::new();
            let mut exact = exact;
            exact.sort();
            exact.retain(|(_, packets)| known.insert(*packets)); // lexically first id
            for (interval, boxes) in [(false, exact), (true, disjoint(ranged))] {
                if !boxes.is_empty() {
                    tables.push(self.table(word, *shelf, interval, &boxes));
                }
            }
        }
        tables
    }

    fn table(
        &self,
        word: &str,
        shelf: Shelf,
        interval: bool,
        boxes: &[(String, PacketBox)],
    ) -> Table {
        let (header, kind, digit) = match shelf.family {
            Family::V4 => ("ip", "ipv4_addr", '4'),
            Family::V6 => ("ip6", "ipv6_addr", '6'),
        };
        let mut name = format!("{word}.{digit}");
        if let Some(uid) = shelf.user {
            name = format!("{name}.uid{uid}");
        }
        for (part, present) in [
            ("echo", shelf.echo),
            ("range", interval),
            ("logged", !shelf.quiet),
        ] {
            if present {
                name = format!("{name}.{part}");
            }
        }
        let mut head = vec![if shelf.echo {
            format!("type {kind} . {kind}")
        } else {
            format!("type {kind} . {kind} . inet_proto . inet_service")
        }];
        if interval {
            head.push("flags interval".to_owned());
        }
        head.push("counter".to_owned());
        let elements = boxes
            .iter()
            .map(|(id, packets)| {
                (
                    key(packets, shelf),
                    Element {
                        verdict: None,
                        comment: Some(id.clone()),
                    },
                )
            })
            .collect();
        let who = shelf
            .user
            .map(|uid| format!("meta skuid {uid} "))
            .unwrap_or_default();
        let what = match (shelf.echo, shelf.family) {
            (true, Family::V4) => format!("icmp type echo-request ip saddr . ip daddr @{name}"),
            (true, Family::V6) => format!("icmpv6 type echo-request ip6 saddr . ip6 daddr @{name}"),
            (false, _) => {
                format!("{header} saddr . {header} daddr . meta l4proto . th dport @{name}")
            }
        };
        let log = if shelf.quiet {
            String::new()
        } else {
            let prefix: String = format!("sekimori new {}", self.shown)
                .chars()
                .take(100)
                .collect();
            format!(" log prefix \"{prefix}: \"")
        };
        Table {
            set: Set {
                name,
                map: false,
                head,
                elements,
            },
            rule: format!("{who}{what}{log} accept"),
        }
    }
}

fn key(packets: &PacketBox, shelf: Shelf) -> String {
    let [source, destination, protocol, ports] = packets;
    let addresses = format!(
        "{} . {}",
        source.address_text(shelf.family),
        destination.address_text(shelf.family)
    );
    if shelf.echo {
        addresses
    } else {
        let protocol = if protocol.first == 6 { "tcp" } else { "udp" };
        format!("{addresses} . {protocol} . {}", ports.port_text())
    }
}

/// IANA protocol number as nft's key has it.
fn protocol(service: &PortRange) -> Span {
    match service.protocol {
        Protocol::Tcp => Span::single(6_u8),
        Protocol::Udp => Span::single(17_u8),
        Protocol::Icmp => Span::single(1_u8),
    }
}

fn ports(service: &PortRange) -> Span {
    Span::between(service.first, service.last)
}

/// A flow id that can stand in quotes inside a rule.
fn id_word(id: &str) -> Result<(), SegmentError> {
    let fine = !id.is_empty()
        && id.len() <= 64
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if fine {
        Ok(())
    } else {
        Err(SegmentError::Word {
            what: "flow id",
            untrusted_word: id.to_owned(),
        })
    }
}
