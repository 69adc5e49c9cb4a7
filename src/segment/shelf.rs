//! Permits -> sets, and the rules that ask them. Pure.
//!
//! Exact flows go into a hash set, ranges of ports and of addresses into small
//! interval sets of disjoint boxes. Every element carries the lexically first flow's id,
//! a counter, and the latest end of the flows that cover it, so that the
//! kernel itself closes it in time.
//!
//! What is no property of an element stands in shelves (sets) of its own:
//! logging, because a rule logs; a flow with a rate, because its meter is its
//! own; a trial, because its rule says its id. Logged permits are asked before
//! quiet ones, so that each is seen, and common ones before those with a rate
//! and before trials: a rate limits only what nothing else permits, and a
//! trial's log shows only what would not pass without it.
//!
//! Absent on purpose: `class`. It is written in the register for people; a
//! packet does not tell what it carries.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::policy::{Flow, LogMode, Per, PortRange, Protocol, Rate};

use super::compile::services::Service;
use super::ruleset::{Element, Set};
use super::span::{Family, PacketBox, Span, common_box, disjoint};

/// Sources that one meter remembers; when it is full, further ones are denied.
const METERED: u32 = 65_535;

/// What decides which set a permit stands in, besides the crossing. The order
/// is that in which the sets are asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shelf {
    alone: Option<Alone>,
    family: Family,
    /// Not logged.
    quiet: bool,
    /// Only packets of this user.
    user: Option<u32>,
    echo: bool,
}

/// What a set's keys are, in the order in which the sets are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Single values: a hash.
    Exact,
    /// Ranges of ports between two hosts: intervals, asked only for two hosts
    /// that have one, because a hash answers in a fifth of the time (measured).
    Ports,
    /// Ranges of addresses: intervals.
    Wide,
}

/// A flow that shares no set with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alone {
    trial: bool,
    id: String,
    rate: Option<Rate>,
}

/// A flow that covers a packet, and its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    id: String,
    until: Timestamp,
}

/// All permits of one crossing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    /// From where to where, for the log.
    pub(super) shown: String,
    shelves: BTreeMap<Shelf, Vec<(Holder, PacketBox)>>,
}

/// A rule, and the sets it asks.
pub struct Table {
    /// The sets.
    pub sets: Vec<Set>,
    /// The rule.
    pub rule: String,
}

impl Permits {
    /// Permits nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// Holds permits of this family.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        self.shelves.keys().any(|shelf| shelf.family == family)
    }

    /// What is asked for, from wherever: destination, protocol, ports. No echo.
    pub(super) fn services(&self, family: Family) -> impl Iterator<Item = Service> {
        let shelves = self.shelves.iter();
        let asked = shelves.filter(move |(shelf, _)| shelf.family == family && !shelf.echo);
        let boxes = asked.flat_map(|(_, permits)| permits);
        boxes.map(|(_, [_, destination, protocol, ports])| [*destination, *protocol, *ports])
    }

    /// Adds every pair of addresses of one family.
    pub(super) fn add(
        &mut self,
        flow: &Flow,
        until: Timestamp,
        user: Option<u32>,
        sources: &[(Family, Span)],
        destinations: &[(Family, Span)],
    ) {
        let trial = flow.trial_until.is_some();
        let alone = (trial || flow.rate.is_some()).then(|| Alone {
            trial,
            id: flow.id.clone(),
            rate: flow.rate,
        });
        for service in &flow.services {
            for (family, source) in sources {
                for (_, destination) in destinations.iter().filter(|(of, _)| of == family) {
                    let shelf = Shelf {
                        alone: alone.clone(),
                        family: *family,
                        quiet: flow.log == LogMode::Denied,
                        user,
                        echo: service.protocol == Protocol::Icmp,
                    };
                    let holder = Holder {
                        id: flow.id.clone(),
                        until,
                    };
                    let packets = [*source, *destination, protocol(service), ports(service)];
                    self.shelves
                        .entry(shelf)
                        .or_default()
                        .push((holder, packets));
                }
            }
        }
    }

    /// Sets with their rules, in the order in which they are asked. What they
    /// hold is taken from `room`; none where it does not suffice.
    #[must_use]
    pub fn tables(&self, word: &str, room: &mut usize) -> Option<Vec<Table>> {
        let mut apart = |boxes| {
            let apart = disjoint(boxes, *room)?;
            *room = room.saturating_sub(apart.len());
            Some(apart)
        };
        let mut tables = Vec::new();
        for (shelf, permits) in &self.shelves {
            let (exact, ranged): (Vec<_>, Vec<_>) = permits
                .iter()
                .map(|(holder, packets)| (holder, *packets))
                .partition(|(_, packets)| packets.iter().all(|span| span.is_single()));
            let exact = with_wider(apart(exact)?, &ranged);
            let (ports, wide) =
                apart(ranged)?
                    .into_iter()
                    .partition(|(_, [source, destination, ..])| {
                        source.is_single() && destination.is_single()
                    });
            for (form, boxes) in [
                (Form::Exact, exact),
                (Form::Ports, ports),
                (Form::Wide, wide),
            ] {
                if !boxes.is_empty() {
                    tables.push(shelf.table(&self.shown, word, form, &boxes));
                }
            }
        }
        Some(tables)
    }
}

/// How many permits a flow is: services, and pairs of addresses of one family.
pub(super) fn count(
    flow: &Flow,
    sources: &[(Family, Span)],
    destinations: &[(Family, Span)],
) -> usize {
    let of =
        |spans: &[(Family, Span)], family| spans.iter().filter(|(of, _)| *of == family).count();
    let pairs = [Family::V4, Family::V6]
        .map(|family| of(sources, family).saturating_mul(of(destinations, family)));
    pairs
        .iter()
        .sum::<usize>()
        .saturating_mul(flow.services.len())
}

/// Exact permits with the wider ones that cover them too: asked first, they
/// must not close before those do. Both by source, ascending.
fn with_wider<'a>(
    mut exact: Vec<(Vec<&'a Holder>, PacketBox)>,
    ranged: &[(&'a Holder, PacketBox)],
) -> Vec<(Vec<&'a Holder>, PacketBox)> {
    let mut waiting: Vec<_> = ranged.to_vec();
    waiting.sort_by_key(|(_, wide)| std::cmp::Reverse(*wide)); // the next one last
    let mut open: Vec<(&Holder, PacketBox)> = Vec::new();
    for (holders, packets) in &mut exact {
        let source = packets[0].first;
        while waiting
            .last()
            .is_some_and(|(_, wide)| wide[0].first <= source)
        {
            open.extend(waiting.pop());
        }
        open.retain(|(_, wide)| wide[0].last >= source);
        let covering = open
            .iter()
            .filter(|(_, wide)| common_box(wide, packets).is_some());
        holders.extend(covering.map(|(holder, _)| *holder));
        holders.sort_unstable();
        holders.dedup();
    }
    exact
}

impl Shelf {
    fn table(
        &self,
        shown: &str,
        word: &str,
        form: Form,
        boxes: &[(Vec<&Holder>, PacketBox)],
    ) -> Table {
        let (header, kind) = (self.family.header(), self.family.address_type());
        let digit = self.family.digit();
        let name = self.name(word, digit, form);
        let mut head = vec![if self.echo {
            format!("type {kind} . {kind}")
        } else {
            format!("type {kind} . {kind} . inet_proto . inet_service")
        }];
        let flags = match form {
            Form::Exact => "flags timeout",
            Form::Ports | Form::Wide => "flags interval,timeout",
        };
        head.extend([flags.to_owned(), "counter".to_owned()]);
        let elements = boxes
            .iter()
            .map(|(holders, packets)| (self.key(packets), element(holders)))
            .collect();
        let who = self
            .user
            .map(|uid| format!("meta skuid {uid} "))
            .unwrap_or_default();
        let what = match (self.echo, self.family) {
            (true, Family::V4) => format!("icmp type echo-request ip saddr . ip daddr @{name}"),
            (true, Family::V6) => format!("icmpv6 type echo-request ip6 saddr . ip6 daddr @{name}"),
            (false, _) => {
                format!("{header} saddr . {header} daddr . meta l4proto . th dport @{name}")
            }
        };
        let mut ends = String::new();
        let mut sets = Vec::new();
        if form == Form::Ports {
            let set = ends_set(format!("{name}.ends"), kind, self.family, boxes);
            ends = format!("{header} saddr . {header} daddr @{} ", set.name);
            sets.push(set);
        }
        sets.push(Set {
            name,
            map: false,
            head,
            elements,
        });
        let mut measured = String::new();
        if let Some(Alone {
            id,
            rate: Some(rate),
            ..
        }) = &self.alone
        {
            let meter = format!("meter.{digit}.{id}");
            measured = format!(" update @{meter} {{ {header} saddr {} }}", limit(*rate));
            sets.insert(0, meter_set(meter, kind, *rate));
        }
        Table {
            sets,
            rule: format!("{who}{ends}{what}{measured}{} accept", self.log(shown)),
        }
    }

    fn name(&self, word: &str, digit: char, form: Form) -> String {
        let mut name = format!("{word}.{digit}");
        if let Some(uid) = self.user {
            name = format!("{name}.uid{uid}");
        }
        for (part, present) in [
            ("echo", self.echo),
            ("ports", form == Form::Ports),
            ("range", form == Form::Wide),
            ("logged", !self.quiet),
        ] {
            if present {
                name = format!("{name}.{part}");
            }
        }
        match &self.alone {
            Some(alone) => format!("{name}.only.{}", alone.id),
            None => name,
        }
    }

    /// A trial is logged by its id whatever its `log` says.
    fn log(&self, shown: &str) -> String {
        let prefix = match &self.alone {
            Some(Alone {
                trial: true, id, ..
            }) => format!("sekimori trial {id}"),
            Some(_) | None if self.quiet => return String::new(),
            Some(_) | None => format!("sekimori new {shown}"),
        };
        let prefix: String = prefix.chars().take(100).collect();
        format!(" log prefix \"{prefix}: \"")
    }

    fn key(&self, packets: &PacketBox) -> String {
        let [source, destination, protocol, ports] = packets;
        let addresses = format!(
            "{} . {}",
            source.address_text(self.family),
            destination.address_text(self.family)
        );
        if self.echo {
            addresses
        } else {
            let protocol = if protocol.first == 6 { "tcp" } else { "udp" };
            format!("{addresses} . {protocol} . {}", ports.port_text())
        }
    }
}

/// What the kernel holds of the flows that cover a box.
fn element(holders: &[&Holder]) -> Element {
    let mut ids = holders.iter().map(|holder| holder.id.clone());
    Element {
        verdict: None,
        comment: ids.next(),
        until: holders.iter().map(|holder| holder.until).max(),
        also: ids.collect(),
    }
}

/// The two hosts of each box. It opens nothing by itself, so it has no ends in time.
fn ends_set(name: String, kind: &str, family: Family, boxes: &[(Vec<&Holder>, PacketBox)]) -> Set {
    let pair = |(_, [source, destination, ..]): &(Vec<&Holder>, PacketBox)| {
        let (source, destination) = (
            source.address_text(family),
            destination.address_text(family),
        );
        (format!("{source} . {destination}"), Element::default())
    };
    Set {
        name,
        map: false,
        head: vec![format!("type {kind} . {kind}")],
        elements: boxes.iter().map(pair).collect(),
    }
}

/// Counts new connections by source. It forgets a source after as long as it
/// takes to have its whole allowance back.
fn meter_set(name: String, kind: &str, rate: Rate) -> Set {
    let forgets = match rate.per {
        Per::Second | Per::Minute => "1m",
        Per::Hour => "1h",
    };
    Set {
        name,
        map: false,
        head: vec![
            format!("type {kind}"),
            format!("size {METERED}"),
            "flags dynamic,timeout".to_owned(),
            format!("timeout {forgets}"),
        ],
        elements: BTreeMap::new(),
    }
}

/// So many at once, then as they come back at this rate. nft does not list
/// its default burst of five (measured), so it is not written either.
fn limit(rate: Rate) -> String {
    let per = match rate.per {
        Per::Second => "second",
        Per::Minute => "minute",
        Per::Hour => "hour",
    };
    match rate.connections {
        5 => format!("limit rate 5/{per}"),
        n => format!("limit rate {n}/{per} burst {n} packets"),
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
