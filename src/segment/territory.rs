//! Which addresses belong to a zone, and how zones and interfaces are named
//! inside rules. Pure.

use crate::policy::{Policy, Zone};

use super::error::SegmentError;
use super::span::{Family, Span, joined, without};

/// The addresses that belong to a zone: its networks without its holes,
/// without what a more exact network of another zone claims, and without what
/// can never be a host's source or destination across a border.
pub(super) fn zone_spans(policy: &Policy, zone: &Zone, family: Family) -> Vec<Span> {
    let nets = match family {
        Family::V4 => &zone.networks,
        Family::V6 => &zone.networks6,
    };
    let mut holes: Vec<Span> = zone
        .except
        .iter()
        .map(Span::of)
        .chain(nowhere())
        .filter(|(of, _)| *of == family)
        .map(|(_, span)| span)
        .collect();
    holes.sort_unstable();
    let mut spans = Vec::new();
    for net in nets {
        let (_, span) = Span::of(net);
        let claimed: Vec<Span> = policy
            .zones
            .values()
            .filter(|other| other.name != zone.name)
            .flat_map(|other| other.networks.iter().chain(&other.networks6))
            .filter(|other| net.contains(*other) && other.prefix_len() > net.prefix_len())
            .map(|other| Span::of(other).1)
            .collect();
        spans.extend(without(&[span], &claimed));
    }
    without(&joined(spans), &holes)
}

/// Never a host behind an interface: this network, loopback, link-local,
/// multicast, reserved (RFC 6890), and the IPv6 counterparts.
fn nowhere() -> impl Iterator<Item = (Family, Span)> {
    let four = |first: [u8; 4], last: [u8; 4]| {
        (
            Family::V4,
            Span::between(u32::from_be_bytes(first), u32::from_be_bytes(last)),
        )
    };
    let six = |first: u128, bits: u32| {
        (
            Family::V6,
            Span::between(first, first | (u128::MAX >> bits)),
        )
    };
    [
        four([0, 0, 0, 0], [0, 255, 255, 255]),
        four([127, 0, 0, 0], [127, 255, 255, 255]),
        four([169, 254, 0, 0], [169, 254, 255, 255]),
        four([224, 0, 0, 0], [255, 255, 255, 255]),
        six(0, 8),              // unspecified, loopback, v4-mapped (RFC 4291)
        six(0xfe80 << 112, 10), // link-local
        six(0xff << 120, 8),    // multicast
        six(0x2002 << 112, 16), // 6to4 (RFC 3056)
        six(0x2001 << 112, 32), // Teredo (RFC 4380)
    ]
    .into_iter()
}

/// The box's own addresses: never a source from outside.
pub(super) fn own_addresses(policy: &Policy, family: Family) -> Vec<Span> {
    policy
        .zones
        .values()
        .flat_map(|zone| &zone.gateway)
        .map(|address| Span::of_address(*address))
        .filter(|(of, _)| *of == family)
        .map(|(_, span)| span)
        .collect()
}

/// A zone's name inside names of chains and sets; different names stay different.
pub(super) fn zone_word(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            other => format!("_{other:02x}"),
        })
        .collect()
}

/// An interface name that means exactly one interface: no quote, no `*`.
pub(super) fn interface_word(name: &str) -> Result<(), SegmentError> {
    let fine = !name.is_empty()
        && name.len() <= 15
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if fine {
        Ok(())
    } else {
        Err(SegmentError::Word {
            what: "interface",
            untrusted_word: name.to_owned(),
        })
    }
}
