//! Flows -> permits by crossing (from side, to side). What each crossing's
//! permits become in the kernel is `shelf`'s affair.
//!
//! Promised: a flow that is closed at this moment, that the policy gives no
//! carrier, or that would join LGWAN and the internet opens nothing, and a
//! note says so.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::policy::moment::minute;
use crate::policy::text::Text;
use crate::policy::{ELEMENTS, Endpoint, Flow, Opening, Policy, Via, ZoneKind};

use super::compile::{Facts, MAIL_USER};
use super::error::SegmentError;
use super::shelf::{self, Permits};
use super::span::{Family, Span};
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

/// The crossings that are open at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossings {
    /// Permits by crossing; none is empty.
    pub open: BTreeMap<Crossing, Permits>,
    /// The next moment at which a flow opens or closes.
    pub changes_at: Option<Timestamp>,
}

/// All flows that are in force, by crossing. What stays closed is noted.
///
/// # Errors
/// An undefined name, an id that cannot be quoted, a missing role user, more
/// than [`ELEMENTS`].
pub fn crossings(
    policy: &Policy,
    facts: &Facts,
    notes: &mut Vec<Text>,
) -> Result<Crossings, SegmentError> {
    let mut crossings = Crossings::default();
    let mut room = ELEMENTS;
    let mut flows: Vec<&Flow> = policy.flows.iter().collect();
    flows.sort_by(|one, other| one.id.cmp(&other.id)); // order has no meaning
    for flow in flows {
        id_word(&flow.id)?;
        let opening = flow.opening(&policy.site, facts.now);
        crossings.changes_at = [crossings.changes_at, opening.changes()]
            .into_iter()
            .flatten()
            .min();
        let until = match opening {
            Opening::Open { until } => until,
            Opening::Closed { opens } => {
                notes.push(closed(policy, flow, opens));
                continue;
            }
        };
        for (crossing, user) in legs(policy, flow, facts, notes)? {
            let sources = spans(policy, flow, &flow.from, &crossing.from, &crossing.to)?;
            let destinations = spans(policy, flow, &flow.to, &crossing.to, &crossing.from)?;
            // Counted before anything is made of it.
            let count = shelf::count(flow, &sources, &destinations);
            room = room.checked_sub(count).ok_or(SegmentError::TooMany)?;
            let permits = crossings.open.entry(crossing.clone()).or_default();
            permits.shown = crossing.shown();
            permits.add(flow, until, user, &sources, &destinations);
            if count == 0 {
                notes.push(Text::new(
                    format!("許可通信 {} に当てはまるアドレスがありません (gateway の設定または IP 版の違い)。通しません。", flow.id),
                    format!("flow {} has no pair of addresses (gateway not set, or families differ); it is closed.", flow.id),
                ));
            }
        }
    }
    crossings.open.retain(|_, permits| !permits.is_empty());
    Ok(crossings)
}

/// Why a flow is not in force at this moment.
fn closed(policy: &Policy, flow: &Flow, opens: Option<Timestamp>) -> Text {
    let (id, last) = (&flow.id, flow.last_day());
    match opens.map(|at| minute(&policy.site.zone(), at)) {
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
    policy: &Policy,
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
        (None, Side::Zone(one), Side::Zone(other)) if joins(policy, one, other) => closed(
            notes,
            "LGWAN とインターネットの間は直接転送できません",
            "LGWAN and the internet are never joined by forwarding",
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

/// E20, once more where it matters: one is LGWAN, the other the internet.
pub(super) fn joins(policy: &Policy, one: &str, other: &str) -> bool {
    let kind = |zone: &str| policy.zones.get(zone).map(|zone| zone.kind);
    matches!(
        (kind(one), kind(other)),
        (Some(ZoneKind::Internet), Some(ZoneKind::Lgwan))
            | (Some(ZoneKind::Lgwan), Some(ZoneKind::Internet))
    )
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
