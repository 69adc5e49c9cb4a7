//! Ranges of addresses and boxes of packets: which packets a flow means, as
//! numbers. The kernel's interval sets refuse elements that touch (measured,
//! and load-order dependent), so overlaps are cut here into disjoint boxes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Address family of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// nft's word for its header.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::V4 => "ip",
            Self::V6 => "ip6",
        }
    }

    /// nft's type of its addresses.
    #[must_use]
    pub fn address_type(self) -> &'static str {
        match self {
            Self::V4 => "ipv4_addr",
            Self::V6 => "ipv6_addr",
        }
    }

    /// What it is called in names of sets.
    #[must_use]
    pub fn digit(self) -> char {
        match self {
            Self::V4 => '4',
            Self::V6 => '6',
        }
    }

    /// The length of an address in bits.
    const fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    fn write_address(self, number: u128, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::V4 => {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                write!(out, "{}", Ipv4Addr::from(number))
            }
            Self::V6 => write!(out, "{}", Ipv6Addr::from(number)),
        }
    }
}

/// An inclusive range of numbers (addresses, ports, protocols).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First.
    pub first: u128,
    /// Last, not below `first`.
    pub last: u128,
}

/// Packets as a box: source, destination, protocol, destination port.
pub type PacketBox = [Span; 4];

impl Span {
    /// One number.
    #[must_use]
    pub fn single(value: impl Into<u128>) -> Self {
        let value = value.into();
        Self {
            first: value,
            last: value,
        }
    }

    /// From one number to another, both in.
    #[must_use]
    pub fn between(first: impl Into<u128>, last: impl Into<u128>) -> Self {
        Self {
            first: first.into(),
            last: last.into(),
        }
    }

    /// The addresses of a prefix, with its family.
    #[must_use]
    pub fn of(net: &IpNet) -> (Family, Self) {
        match net {
            IpNet::V4(net) => (
                Family::V4,
                Self::between(u32::from(net.network()), u32::from(net.broadcast())),
            ),
            IpNet::V6(net) => (
                Family::V6,
                Self::between(u128::from(net.network()), u128::from(net.broadcast())),
            ),
        }
    }

    /// One address, with its family.
    #[must_use]
    pub fn of_address(address: IpAddr) -> (Family, Self) {
        Self::of(&IpNet::from(address))
    }

    /// Holds exactly one number.
    #[must_use]
    pub fn is_single(self) -> bool {
        self.first == self.last
    }

    /// What both hold.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        let first = self.first.max(other.first);
        let last = self.last.min(other.last);
        (first <= last).then_some(Self { first, last })
    }

    /// What is left of `self` below and above `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Vec<Self> {
        let Some(hole) = self.common(other) else {
            return vec![self];
        };
        let mut left = Vec::new();
        if let Some(last) = hole
            .first
            .checked_sub(1)
            .filter(|_| hole.first > self.first)
        {
            left.push(Self {
                first: self.first,
                last,
            });
        }
        if let Some(first) = hole.last.checked_add(1).filter(|_| hole.last < self.last) {
            left.push(Self {
                first,
                last: self.last,
            });
        }
        left
    }

    /// As nft lists it: address, prefix where it is one, else range.
    #[must_use]
    pub fn address_text(self, family: Family) -> String {
        let mut text = String::new();
        let _ = self.write_addresses(family, &mut text);
        text
    }

    /// The same, at the end of what is written already: ten thousand keys are
    /// put in words at every look at the kernel.
    pub(super) fn write_addresses(self, family: Family, out: &mut impl fmt::Write) -> fmt::Result {
        family.write_address(self.first, out)?;
        if self.is_single() {
            return Ok(());
        }
        match self.prefix_length(family.bits()) {
            Some(length) => write!(out, "/{length}"),
            None => {
                out.write_char('-')?;
                family.write_address(self.last, out)
            }
        }
    }

    /// The length of the prefix that holds exactly this span.
    fn prefix_length(self, bits: u32) -> Option<u32> {
        let Some(size) = (self.last - self.first).checked_add(1) else {
            return Some(0); // all of IPv6
        };
        let host_bits = size.trailing_zeros();
        (size.is_power_of_two() && self.first.is_multiple_of(size))
            .then(|| bits.saturating_sub(host_bits))
    }

    /// As nft lists ports.
    #[must_use]
    pub fn port_text(self) -> String {
        let mut text = String::new();
        let _ = self.write_ports(&mut text);
        text
    }

    /// The same, at the end of what is written already.
    pub(super) fn write_ports(self, out: &mut impl fmt::Write) -> fmt::Result {
        write!(out, "{}", self.first)?;
        if self.is_single() {
            return Ok(());
        }
        write!(out, "-{}", self.last)
    }
}

/// Sorted, disjoint, never touching: one form for one set of numbers.
#[must_use]
pub fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(before) if span.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(span.last);
            }
            Some(_) | None => joined.push(span),
        }
    }
    joined
}

/// `spans` without everything in `holes`, joined.
#[must_use]
pub fn without(spans: &[Span], holes: &[Span]) -> Vec<Span> {
    let mut left = spans.to_vec();
    for hole in holes {
        left = left
            .into_iter()
            .flat_map(|span| span.without(*hole))
            .collect();
    }
    joined(left)
}

/// What both hold.
#[must_use]
pub fn common_box(one: &PacketBox, other: &PacketBox) -> Option<PacketBox> {
    let mut common = *one;
    for (mine, theirs) in common.iter_mut().zip(other) {
        *mine = mine.common(*theirs)?;
    }
    Some(common)
}

/// What is left of `whole` outside `taken`, as disjoint boxes.
fn box_without(whole: PacketBox, taken: &PacketBox) -> Vec<PacketBox> {
    let Some(common) = common_box(&whole, taken) else {
        return vec![whole];
    };
    // Cut one axis after the other; what remains in the end is `common`.
    let mut left = Vec::new();
    let mut rest = whole;
    for axis in 0..rest.len() {
        let (Some(mine), Some(both)) = (rest.get(axis).copied(), common.get(axis).copied()) else {
            continue;
        };
        for piece in mine.without(both) {
            let mut cut = rest;
            if let Some(slot) = cut.get_mut(axis) {
                *slot = piece;
            }
            left.push(cut);
        }
        if let Some(slot) = rest.get_mut(axis) {
            *slot = both;
        }
    }
    left
}

/// The same packets as disjoint boxes, each with everything that covers it,
/// ascending: all of a box is covered by the same ones. The order of `boxes`
/// makes no difference.
///
/// Boxes are taken by their sources, ascending; a piece whose sources lie
/// below all that follows is finished, so that thousands of hosts stay cheap.
/// Boxes that overlap on every side fall into as many pieces as the fourth
/// power of their number: beyond `most` there is none.
#[must_use]
pub fn disjoint<T: Ord + Clone>(
    mut boxes: Vec<(T, PacketBox)>,
    most: usize,
) -> Option<Vec<(Vec<T>, PacketBox)>> {
    boxes.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    boxes.dedup();
    let mut finished: Vec<(Vec<T>, PacketBox)> = Vec::new();
    let mut open: Vec<(Vec<T>, PacketBox)> = Vec::new();
    for (owner, whole) in boxes {
        let [source, ..] = whole;
        let mut fresh = vec![whole];
        let mut next = Vec::with_capacity(open.len().saturating_add(1));
        for (owners, taken) in open {
            if taken[0].last < source.first {
                finished.push((owners, taken));
                continue;
            }
            let Some(common) = common_box(&whole, &taken) else {
                next.push((owners, taken));
                continue;
            };
            next.extend(
                box_without(taken, &common)
                    .into_iter()
                    .map(|rest| (owners.clone(), rest)),
            );
            let mut both = owners;
            if let Err(place) = both.binary_search(&owner) {
                both.insert(place, owner.clone());
            }
            next.push((both, common));
            fresh = fresh
                .into_iter()
                .flat_map(|piece| box_without(piece, &common))
                .collect();
        }
        next.extend(fresh.into_iter().map(|piece| (vec![owner.clone()], piece)));
        open = next;
        if finished.len().saturating_add(open.len()) > most {
            return None;
        }
    }
    finished.append(&mut open);
    finished.sort_by_key(|(_, packets)| *packets);
    Some(finished)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_span_is_written_as_nft_lists_it() {
        let text = |net: &str| {
            let (family, span) = Span::of(&net.parse().unwrap());
            span.address_text(family)
        };
        assert_eq!(text("10.1.0.0/16"), "10.1.0.0/16");
        assert_eq!(text("10.1.20.25/32"), "10.1.20.25");
        assert_eq!(text("0.0.0.0/0"), "0.0.0.0/0");
        assert_eq!(text("::/0"), "::/0");
        assert_eq!(text("2001:db8::/32"), "2001:db8::/32");
        assert_eq!(
            Span::between(1_u32, 2_u32).address_text(Family::V4),
            "0.0.0.1-0.0.0.2"
        );
    }

    fn small_box() -> impl Strategy<Value = PacketBox> {
        proptest::array::uniform4(
            (0_u8..6, 0_u8..3).prop_map(|(first, more)| Span::between(first, first + more)),
        )
    }

    fn holds(packet_box: &PacketBox, packet: &[u8; 4]) -> bool {
        packet_box
            .iter()
            .zip(packet)
            .all(|(span, n)| span.common(Span::single(*n)).is_some())
    }

    #[test]
    fn what_falls_into_too_many_pieces_is_given_up_before_it_is_all_made() {
        let nested = |n: u16| [Span::between(n, 9_999 - n); 4];
        let boxes: Vec<_> = (0..1_000).map(|n| ((), nested(n * 4))).collect();
        assert_eq!(disjoint(boxes.clone(), 100), None);
        let apart = disjoint(boxes.into_iter().take(3).collect(), 100).unwrap();
        assert_eq!(apart.len(), 17); // the core, and eight sides around it, twice
    }

    proptest! {
        #[test]
        fn disjoint_boxes_hold_the_same_packets_once_with_all_their_owners(
            boxes in proptest::collection::vec(("[a-c]", small_box()), 0..6),
            packet in proptest::array::uniform4(0_u8..9),
        ) {
            let apart = disjoint(boxes.clone(), usize::MAX).unwrap();
            let covering: Vec<_> = apart.iter().filter(|(_, b)| holds(b, &packet)).collect();
            let owners: std::collections::BTreeSet<_> =
                boxes.iter().filter(|(_, b)| holds(b, &packet)).map(|(id, _)| id.clone()).collect();
            prop_assert!(covering.len() <= 1);
            let found = covering.first().map(|(ids, _)| ids.clone()).unwrap_or_default();
            prop_assert_eq!(found, owners.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn the_order_of_boxes_makes_no_difference(
            boxes in proptest::collection::vec(("[a-c]", small_box()), 0..6),
        ) {
            let mut other = boxes.clone();
            other.reverse();
            prop_assert_eq!(disjoint(boxes, usize::MAX), disjoint(other, usize::MAX));
        }

        #[test]
        fn taking_away_leaves_exactly_the_rest(
            spans in proptest::collection::vec((0_u8..200, 0_u8..50), 0..5),
            holes in proptest::collection::vec((0_u8..200, 0_u8..50), 0..5),
            n in 0_u8..=255,
        ) {
            let make = |v: &[(u8, u8)]| v.iter().map(|(f, m)| Span::between(*f, f + m)).collect::<Vec<_>>();
            let (spans, holes) = (make(&spans), make(&holes));
            let within = |v: &[Span]| v.iter().any(|s| s.common(Span::single(n)).is_some());
            prop_assert_eq!(within(&without(&spans, &holes)), within(&spans) && !within(&holes));
        }
    }
}
