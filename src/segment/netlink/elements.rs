//! The elements of nftables' sets, as the kernel holds them: at ten thousand
//! a listing in text takes half a second, this a few hundredths.
//!
//! Promised: what is read comes out in the very words in which `nft` lists it
//! and in which a rule set is written; what is not understood is told as odd
//! and never overlooked. The generation tells whether anything changed between two looks.
//!
//! Absent on purpose: rules. Their wording is `nft`'s own affair.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

use super::Socket;
use super::message::{Attribute, Attributes, DUMP, Request};
use crate::segment::ruleset::{Count, Element};
use crate::segment::span::{Family, Span};

/// Subsystem `nftables` in the upper byte; the kind in the lower.
const GET_ELEMENTS: u16 = 0x0a0d;
const GET_GENERATION: u16 = 0x0a10;
/// Family `inet`.
const INET: u8 = 1;

const LIST_TABLE: u16 = 1;
const LIST_SET: u16 = 2;
const LIST_ELEMENTS: u16 = 3;
const KEY: u16 = 1;
const DATA: u16 = 2;
const FLAGS: u16 = 3;
const TIMEOUT: u16 = 4;
const EXPIRATION: u16 = 5;
const USERDATA: u16 = 6;
const EXPRESSION: u16 = 7;
const PADDING: u16 = 8;
const KEY_END: u16 = 10;
const EXPRESSIONS: u16 = 11;
const INTERVAL_END: u32 = 1;

/// One element: its key in words, what stands behind it, its counter.
pub type Known = (String, Element, Option<Count>);

/// What is in a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Elements in the form of ours.
    pub known: Vec<Known>,
    /// Everything else, in words.
    pub odd: Vec<String>,
}

/// The number of the present generation of rules: every transaction counts it up.
///
/// # Errors
/// The kernel does not answer.
pub fn generation(socket: &mut Socket) -> io::Result<u32> {
    let mut found = None;
    socket.request(&Request::new(GET_GENERATION, 0x4, 0, 0), &mut |message| {
        found = message.attributes().get(1).and_then(|id| id.four());
    })?;
    found.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// All elements of one set of table `table` (family `inet`) at `now`. `head`
/// holds the lines of its declaration.
///
/// # Errors
/// The kernel does not answer, there is no such set, or (`Interrupted`) it
/// changed meanwhile.
pub fn elements(
    socket: &mut Socket,
    table: &str,
    set: &str,
    head: &[String],
    now: Timestamp,
) -> io::Result<Found> {
    let kind = Kind::of(head);
    let zero = |name: &str| [name.as_bytes(), &[0]].concat();
    let request = Request::new(GET_ELEMENTS, DUMP, INET, 0)
        .with(LIST_TABLE, &zero(table))
        .with(LIST_SET, &zero(set));
    let mut found = Found::default();
    let mut edges = Vec::new();
    socket.request(&request, &mut |message| {
        let Some(list) = message.attributes().get(LIST_ELEMENTS) else {
            return;
        };
        for element in list.nested() {
            let raw = Raw::of(element.nested(), now);
            if kind.has_edges() {
                edges.push(raw);
            } else {
                let key = kind.key(&raw);
                found.add(key, raw);
            }
        }
    })?;
    if kind.has_edges() {
        found = joined(&kind, edges);
    }
    Ok(found)
}

/// One element before its key is put in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Raw {
    key: Vec<u8>,
    last: Option<Vec<u8>>,
    flags: u32,
    element: Element,
    count: Option<Count>,
    /// Attributes and expressions that no rule set of ours has.
    odd: Vec<String>,
}

impl Raw {
    fn of(attributes: Attributes<'_>, now: Timestamp) -> Self {
        let mut raw = Self::default();
        let mut timed = false;
        for attribute in attributes {
            match attribute.number {
                KEY => raw.key = data(&attribute),
                KEY_END => raw.last = Some(data(&attribute)),
                DATA => match verdict(&attribute) {
                    Some(verdict) => raw.element.verdict = Some(verdict),
                    None => raw.odd.push("data".to_owned()),
                },
                FLAGS => raw.flags = attribute.four().unwrap_or(u32::MAX),
                TIMEOUT => timed = true,
                EXPIRATION => {
                    let left = attribute.eight().and_then(|left| i64::try_from(left).ok());
                    raw.element.until = left
                        .map(SignedDuration::from_millis)
                        .and_then(|left| now.checked_add(left).ok());
                }
                USERDATA => raw.element.comment = comment(attribute.value),
                EXPRESSION => raw.expression(&attribute),
                EXPRESSIONS => {
                    for expression in attribute.nested() {
                        raw.expression(&expression);
                    }
                }
                PADDING => {}
                other => raw.odd.push(format!("attribute {other}")),
            }
        }
        if timed && raw.element.until.is_none() {
            raw.odd.push("timeout without an end".to_owned());
        }
        raw
    }

    fn expression(&mut self, attribute: &Attribute<'_>) {
        let name = attribute.nested().get(1).map(|name| name.text());
        let values = attribute.nested().get(2);
        let number = |number| values.and_then(|values| values.nested().get(number)?.eight());
        match name.as_deref() {
            Some("counter") => {
                self.count = Some(Count {
                    packets: number(2).unwrap_or(0),
                    bytes: number(1).unwrap_or(0),
                });
            }
            name => self.odd.push(name.unwrap_or("expression").to_owned()),
        }
    }
}

impl Found {
    fn add(&mut self, key: Option<String>, raw: Raw) {
        match key {
            Some(key) if raw.odd.is_empty() && raw.flags & !INTERVAL_END == 0 => {
                self.known.push((key, raw.element, raw.count));
            }
            Some(_) | None => self.odd.push(format!(
                "key {:02x?} flags {} {}",
                raw.key,
                raw.flags,
                raw.odd.join(" ")
            )),
        }
    }
}

/// What a key consists of, and whether it is a range.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    fields: Vec<Field>,
    interval: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Address(Family),
    Protocol,
    Port,
    Interface,
    Unknown,
}

impl Kind {
    fn of(head: &[String]) -> Self {
        let words = head.iter().find_map(|line| line.strip_prefix("type "));
        let key = words
            .unwrap_or_default()
            .split(" : ")
            .next()
            .unwrap_or_default();
        let field = |word: &str| match word {
            "ipv4_addr" => Field::Address(Family::V4),
            "ipv6_addr" => Field::Address(Family::V6),
            "inet_proto" => Field::Protocol,
            "inet_service" => Field::Port,
            "ifname" => Field::Interface,
            _ => Field::Unknown,
        };
        let mut flags = head.iter().filter_map(|line| line.strip_prefix("flags "));
        Self {
            fields: key.split(" . ").map(field).collect(),
            interval: flags.any(|flags| flags.split(',').any(|flag| flag == "interval")),
        }
    }

    /// The kernel keeps ranges of one field as two elements each.
    fn has_edges(&self) -> bool {
        self.interval && self.fields.len() == 1
    }

    fn key(&self, raw: &Raw) -> Option<String> {
        let mut key = String::with_capacity(48); // two addresses of IPv4, protocol, port
        let mut first = raw.key.as_slice();
        let mut last = raw.last.as_deref().unwrap_or(first);
        for field in &self.fields {
            let (from, rest) = first.split_at_checked(field.width())?;
            let (to, rest_of_last) = last.split_at_checked(field.width())?;
            (first, last) = (rest, rest_of_last);
            if !key.is_empty() {
                key.push_str(" . ");
            }
            field.write(from, to, &mut key)?;
        }
        (first.is_empty() && last.is_empty()).then_some(key)
    }
}

impl Field {
    /// In a key every field is padded to four bytes.
    fn width(self) -> usize {
        match self {
            Self::Address(Family::V4) | Self::Protocol | Self::Port => 4,
            Self::Address(Family::V6) | Self::Interface => 16,
            Self::Unknown => usize::MAX,
        }
    }

    /// At the end of the key; none where the kernel's bytes are no such field.
    fn write(self, first: &[u8], last: &[u8], key: &mut String) -> Option<()> {
        match self {
            Self::Address(family) => {
                let number = |bytes: &[u8]| address(family, bytes);
                let span = Span::between(number(first)?, number(last)?);
                span.write_addresses(family, key).ok()
            }
            Self::Port => {
                let number = |bytes: &[u8]| bytes.first_chunk().map(|raw| u16::from_be_bytes(*raw));
                Span::between(number(first)?, number(last)?)
                    .write_ports(key)
                    .ok()
            }
            Self::Protocol => match (first.first()?, last.first()?) {
                (6, 6) => key.write_str("tcp").ok(),
                (17, 17) => key.write_str("udp").ok(),
                (first, last) => Span::between(*first, *last).write_ports(key).ok(),
            },
            Self::Interface => {
                let end = first.iter().position(|byte| *byte == 0);
                let name = first.get(..end.unwrap_or(first.len()))?;
                let rest = first.get(name.len()..)?;
                let whole = first == last && rest.iter().all(|byte| *byte == 0);
                let name = std::str::from_utf8(name).ok().filter(|_| whole)?;
                write!(key, "\"{name}\"").ok()
            }
            Self::Unknown => None,
        }
    }
}

fn address(family: Family, bytes: &[u8]) -> Option<u128> {
    match family {
        Family::V4 => {
            let octets: [u8; 4] = bytes.try_into().ok()?;
            Some(u128::from(Ipv4Addr::from(octets).to_bits()))
        }
        Family::V6 => {
            let octets: [u8; 16] = bytes.try_into().ok()?;
            Some(Ipv6Addr::from(octets).to_bits())
        }
    }
}

/// Pairs the beginnings of ranges with their ends (the first number outside).
fn joined(kind: &Kind, edges: Vec<Raw>) -> Found {
    let mut found = Found::default();
    let family = match kind.fields.first() {
        Some(Field::Address(family)) => Some(*family),
        Some(_) | None => None,
    };
    let mut sorted: BTreeMap<(u128, bool), Raw> = BTreeMap::new();
    for edge in edges {
        let begins = edge.flags & INTERVAL_END == 0;
        // An end sorts before a beginning at the same number.
        match family.and_then(|family| address(family, &edge.key)) {
            Some(number) if edge.last.is_none() => {
                sorted.insert((number, begins), edge);
            }
            Some(_) | None => found.add(None, edge),
        }
    }
    let Some(family) = family else {
        return found;
    };
    let key = |first: u128, last: u128| Some(Span::between(first, last).address_text(family));
    let mut open: Option<(u128, Raw)> = None;
    for ((number, begins), edge) in sorted {
        match (open.take(), begins) {
            (Some((first, raw)), false) => found.add(key(first, number.saturating_sub(1)), raw),
            (Some((_, raw)), true) => {
                found.add(None, raw); // two beginnings: no range of ours
                open = Some((number, edge));
            }
            (None, true) => open = Some((number, edge)),
            (None, false) if number == 0 => {} // the kernel's own mark before the first range
            (None, false) => found.add(None, edge),
        }
    }
    if let Some((first, raw)) = open {
        let last = match family {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        };
        found.add(key(first, last), raw);
    }
    found
}

fn data(attribute: &Attribute<'_>) -> Vec<u8> {
    let value = attribute.nested().get(1);
    value.map(|value| value.value.to_vec()).unwrap_or_default()
}

/// As nft writes a verdict.
fn verdict(attribute: &Attribute<'_>) -> Option<String> {
    let verdict = attribute.nested().get(2)?;
    let chain = || verdict.nested().get(2).map(|chain| chain.text());
    match verdict.nested().get(1)?.four()?.cast_signed() {
        0 => Some("drop".to_owned()),
        1 => Some("accept".to_owned()),
        -1 => Some("continue".to_owned()),
        -3 => Some(format!("jump {}", chain()?)),
        -4 => Some(format!("goto {}", chain()?)),
        -5 => Some("return".to_owned()),
        _ => None,
    }
}

/// The comment among an element's user data: number, length, text.
fn comment(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    while let [number, length, after @ ..] = rest {
        let (value, next) = after.split_at_checked(usize::from(*length))?;
        if *number == 0 {
            let text = value.strip_suffix(&[0]).unwrap_or(value);
            return Some(String::from_utf8_lossy(text).into_owned());
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(key: [u8; 4], flags: u32) -> Raw {
        Raw {
            key: key.to_vec(),
            flags,
            ..Raw::default()
        }
    }

    #[test]
    fn ranges_are_joined_from_their_edges_and_a_lone_edge_is_strange() {
        let head = ["type ipv4_addr".to_owned(), "flags interval".to_owned()];
        let kind = Kind::of(&head);
        assert!(kind.has_edges());
        let keys = |edges: Vec<Raw>| -> Vec<String> {
            let found = joined(&kind, edges);
            let known = found.known.into_iter().map(|(key, ..)| key);
            known.chain(found.odd).collect()
        };
        let edges = vec![
            raw([10, 4, 0, 0], 0),
            raw([10, 2, 0, 0], INTERVAL_END),
            raw([10, 1, 0, 0], 0),
            raw([0, 0, 0, 0], INTERVAL_END),
        ];
        assert_eq!(keys(edges), ["10.1.0.0/16", "10.4.0.0-255.255.255.255"]);
        let edges = vec![raw([10, 1, 0, 0], INTERVAL_END)];
        assert!(keys(edges)[0].starts_with("key [0a, 01"));
    }

    #[test]
    fn a_key_is_written_as_nft_lists_it() {
        let head = [
            "type ipv4_addr . ipv4_addr . inet_proto . inet_service".to_owned(),
            "flags interval,timeout".to_owned(),
        ];
        let kind = Kind::of(&head);
        let mut one = raw([0; 4], 0);
        one.key = [
            [10, 3, 0, 0],
            [10, 1, 20, 80],
            [17, 0, 0, 0],
            [0x13, 0x88, 0, 0],
        ]
        .concat();
        one.last = Some(
            [
                [10, 3, 255, 255],
                [10, 1, 20, 80],
                [17, 0, 0, 0],
                [0x13, 0x92, 0, 0],
            ]
            .concat(),
        );
        assert_eq!(
            kind.key(&one).unwrap(),
            "10.3.0.0/16 . 10.1.20.80 . udp . 5000-5010"
        );
        one.key.pop();
        assert_eq!(kind.key(&one), None);
    }
}
