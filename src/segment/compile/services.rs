//! The wall before session tracking: which services any flow across names at
//! all. What asks for another is dropped before the kernel makes a session or
//! looks for a route, so that a flood of it costs little more than to pass it on
//! (measured). Pure.
//!
//! Promised: whatever a flow allows passes here, until the last flow that names
//! its service is gone; so do its answers. It opens nothing: from where, by
//! whom and until when is asked by the walls behind it. What is for the box
//! itself is left to the box's own wall, so that no flood across hides in its
//! record who knocks at the box.
//!
//! Absent on purpose: ranges of ports of one host, which would cost four times
//! as much to ask as a host does (measured): such a host stands here with the
//! whole protocol. So do ranges of addresses where there are many of them: no
//! policy is refused for what this wall would like to know exactly.

use std::collections::{BTreeMap, BTreeSet};

use crate::segment::ruleset::Element;
use crate::segment::shelf::Permits;
use crate::segment::span::{Family, Span, disjoint, joined};
use crate::segment::territory::own_addresses;

use super::Build;

/// TCP that begins nothing: whether it belongs to a session, tracking knows.
const BEGUN: &str = "tcp flags != syn / syn,ack accept";
/// IANA's number of UDP, whose answers say nothing of themselves.
const UDP: u128 = 17;

/// More ranges of addresses than these, or more pieces of them, are not told
/// apart by their ports.
pub(in crate::segment) const MANY: usize = 100;
const PIECES: usize = 1_000;

const EVERY_PORT: Span = Span {
    first: 0,
    last: 65_535,
};

/// Destination, protocol, ports.
pub(in crate::segment) type Service = [Span; 3];

impl Build<'_> {
    /// The wall's chain and sets.
    pub(super) fn offered<'p>(
        &mut self,
        name: &str,
        permits: impl Iterator<Item = &'p Permits> + Clone,
    ) {
        let mut rules = vec![
            "iifname \"lo\" accept".to_owned(),
            "meta l4proto icmp accept".to_owned(),
        ];
        if self.has_ipv6() {
            rules.push("meta l4proto ipv6-icmp accept".to_owned());
        }
        rules.push(BEGUN.to_owned());
        for family in [Family::V4, Family::V6] {
            let named = permits.clone().flat_map(|permits| permits.services(family));
            self.asked(&Offer::of(named), family, &mut rules);
            self.own(family, &mut rules);
        }
        self.chain(name.to_owned(), rules);
    }

    /// The box's addresses of one family.
    fn own(&mut self, family: Family, rules: &mut Vec<String>) {
        let own = own_addresses(self.policy, family);
        let own: BTreeMap<_, _> = own
            .iter()
            .map(|span| (span.address_text(family), Element::default()))
            .collect();
        if !own.is_empty() {
            let (name, kind) = (format!("own.{}", family.digit()), family.address_type());
            rules.push(format!("{} daddr @{name} accept", family.header()));
            self.set(&name, false, vec![format!("type {kind}")], own);
        }
    }

    /// One family's sets, and the rules that ask them.
    fn asked(&mut self, offer: &Offer, family: Family, rules: &mut Vec<String>) {
        let (header, kind) = (family.header(), family.address_type());
        let ported = format!("type {kind} . inet_proto . inet_service");
        let whole = format!("type {kind} . inet_proto");
        for (part, head, services) in [
            ("", vec![ported.clone()], &offer.exact),
            (".hosts", vec![whole], &offer.hosts),
            (
                ".range",
                vec![ported, "flags interval".to_owned()],
                &offer.wide,
            ),
        ] {
            if services.is_empty() {
                continue;
            }
            let (set, with_port) = (
                format!("services.{}{part}", family.digit()),
                part != ".hosts",
            );
            let port = |of: &str| {
                if with_port {
                    format!(" . {of}")
                } else {
                    String::new()
                }
            };
            rules.push(format!(
                "{header} daddr . meta l4proto{} @{set} accept",
                port("th dport")
            ));
            if services
                .iter()
                .any(|[_, protocol, _]| protocol.first == UDP)
            {
                rules.push(match with_port {
                    true => format!("{header} saddr . meta l4proto . udp sport @{set} accept"),
                    false => {
                        format!("meta l4proto udp {header} saddr . meta l4proto @{set} accept")
                    }
                });
            }
            let key = |[destination, protocol, ports]: &Service| {
                let protocol = if protocol.first == UDP { "udp" } else { "tcp" };
                let key = format!(
                    "{} . {protocol}{}",
                    destination.address_text(family),
                    port(&ports.port_text())
                );
                (key, Element::default())
            };
            self.set(&set, false, head, services.iter().map(key).collect());
        }
    }
}

/// The services of one family.
#[derive(Debug, PartialEq, Eq)]
struct Offer {
    /// One address, one port.
    exact: BTreeSet<Service>,
    /// One address with every port, because a range of them is named.
    hosts: BTreeSet<Service>,
    /// Ranges of addresses, disjoint.
    wide: BTreeSet<Service>,
}

impl Offer {
    fn of(named: impl Iterator<Item = Service>) -> Self {
        let (single, wide): (BTreeSet<_>, BTreeSet<_>) =
            named.partition(|[destination, ..]| destination.is_single());
        let (mut exact, ranged): (BTreeSet<_>, BTreeSet<_>) = single
            .into_iter()
            .partition(|[.., ports]| ports.is_single());
        let hosts: BTreeSet<Service> = ranged.into_iter().map(whole).collect();
        exact.retain(|service| !hosts.contains(&whole(*service)));
        Self {
            exact,
            hosts,
            wide: apart(&wide).unwrap_or_else(|| without_ports(wide)),
        }
    }
}

/// With every port.
fn whole([destination, protocol, _]: Service) -> Service {
    [destination, protocol, EVERY_PORT]
}

/// Disjoint, each as narrow as it was; none where that would be too many.
fn apart(wide: &BTreeSet<Service>) -> Option<BTreeSet<Service>> {
    let boxes = wide.iter().map(|[destination, protocol, ports]| {
        ((), [*destination, *protocol, *ports, Span::single(0_u8)])
    });
    let pieces = disjoint(boxes.collect(), PIECES).filter(|_| wide.len() <= MANY)?;
    let pieces = pieces.into_iter();
    Some(
        pieces
            .map(|(_, [destination, protocol, ports, _])| [destination, protocol, ports])
            .collect(),
    )
}

/// Disjoint, by address and protocol alone.
fn without_ports(wide: BTreeSet<Service>) -> BTreeSet<Service> {
    let mut by_protocol: BTreeMap<Span, Vec<Span>> = BTreeMap::new();
    for [destination, protocol, _] in wide {
        by_protocol.entry(protocol).or_default().push(destination);
    }
    let joined = by_protocol.into_iter().flat_map(|(protocol, spans)| {
        let spans = joined(spans).into_iter();
        spans.map(move |span| [span, protocol, EVERY_PORT])
    });
    joined.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(service: &Service, [destination, protocol, port]: [u8; 3]) -> bool {
        let holds = |span: Span, n: u8| span.common(Span::single(n)).is_some();
        holds(service[0], destination) && holds(service[1], protocol) && holds(service[2], port)
    }

    fn service() -> impl Strategy<Value = Service> {
        let span = (0_u8..6, 0_u8..3).prop_map(|(first, more)| Span::between(first, first + more));
        let protocol = prop_oneof![Just(Span::single(6_u8)), Just(Span::single(17_u8))];
        (span.clone(), protocol, span).prop_map(|(hosts, protocol, ports)| [hosts, protocol, ports])
    }

    #[test]
    fn too_many_ranges_are_told_apart_by_address_alone() {
        let tcp = Span::single(6_u8);
        let net = |n: u16| [Span::between(n * 10, n * 10 + 25), tcp, Span::single(n)];
        let few = u16::try_from(MANY).unwrap();
        assert_eq!(Offer::of((0..few).map(net)).wide.len(), MANY);
        let many = Offer::of((0..=few).map(net));
        let all = [Span::between(0_u8, few * 10 + 25), tcp, EVERY_PORT];
        assert_eq!(many.wide, BTreeSet::from([all]));
    }

    proptest! {
        #[test]
        fn what_is_named_passes_and_only_a_host_with_a_range_has_more(
            named in proptest::collection::vec(service(), 0..8),
            packet in (0_u8..8, prop_oneof![Just(6_u8), Just(17_u8)], 0_u8..8),
        ) {
            let packet = [packet.0, packet.1, packet.2];
            let offer = Offer::of(named.iter().copied());
            let all = offer.exact.iter().chain(&offer.hosts).chain(&offer.wide);
            let ranged = named.iter().any(|[to, protocol, ports]| {
                to.is_single() && !ports.is_single() && holds(&[*to, *protocol, EVERY_PORT], packet)
            });
            let expected = ranged || named.iter().any(|service| holds(service, packet));
            prop_assert_eq!(all.clone().any(|service| holds(service, packet)), expected);
            let wide = offer.wide.iter().filter(|service| holds(service, packet));
            prop_assert!(wide.count() <= 1, "the kernel takes disjoint ranges only");
        }
    }
}
