//! Would this pass? The one evaluator behind `explain`, `[[expect]]` and the
//! probe's oracle; it knows the policy and nothing of nft, so that the two
//! can be held against each other. Pure.
//!
//! Promised: no flow, no `Allow`; the order of flows never matters; `via`
//! never forwards; LGWAN and the internet are never joined, whatever a flow
//! says; a source outside its zone's networks is spoofed.

use jiff::Timestamp;

use super::question::{Question, Spot};
use crate::policy::{Endpoint, Flow, Opening, Policy, PortRange, Space, Via, ZoneKind};

pub use super::expect::{check_expects, check_session};
pub use super::verdict::{Cause, Missing, Reason, Verdict};

/// Judges one question. `now` is `None` only where the caller has
/// no clock, and then no flow counts as ended or closed.
pub fn evaluate(policy: &Policy, question: &Question, now: Option<Timestamp>) -> Verdict {
    let deny = |cause| Verdict::Deny(nearest(policy, question, now, cause));
    if let Some(cause) = impossible(policy, question) {
        return deny(cause);
    }
    // With no service named nothing is asked, so nothing is allowed.
    let mut answer: Option<&str> = None;
    for range in &question.services {
        let one = Question {
            services: vec![*range],
            ..question.clone()
        };
        let found = policy
            .flows
            .iter()
            .filter(|flow| differs(policy, flow, &one, now).is_empty());
        let Some(flow) = found.map(|flow| flow.id.as_str()).min() else {
            return deny(Cause::NotListed);
        };
        answer = Some(answer.map_or(flow, |first| first.min(flow)));
    }
    match answer {
        Some(flow) => Verdict::Allow {
            flow: flow.to_owned(),
        },
        None => deny(Cause::NotListed),
    }
}

/// The flows that allow anything at all between two spots, by id.
#[must_use]
pub fn between<'a>(
    policy: &'a Policy,
    question: &Question,
    now: Option<Timestamp>,
) -> Vec<&'a Flow> {
    let allows = |flow: &&Flow| {
        flow.services.iter().any(|range| {
            let one = Question {
                services: vec![*range],
                ..question.clone()
            };
            impossible(policy, &one).is_none() && differs(policy, flow, &one, now).is_empty()
        })
    };
    let mut flows: Vec<&Flow> = policy.flows.iter().filter(allows).collect();
    flows.sort_by(|a, b| a.id.cmp(&b.id));
    flows
}

/// What no flow can allow: deny beats allow.
fn impossible(policy: &Policy, question: &Question) -> Option<Cause> {
    let stands = |zone: &str, space: &Space| {
        policy
            .zones
            .get(zone)
            .is_some_and(|found| !space.is_empty() && found.space().covers(space))
    };
    match &question.from {
        Spot::Nowhere(_) => return Some(Cause::NoZone),
        Spot::Name => return Some(Cause::NameOnly),
        Spot::In { zone, space } if !stands(zone, space) => return Some(Cause::Spoofed),
        Spot::In { .. } | Spot::Gateway | Spot::GatewayIn(_) => {}
    }
    match &question.to {
        Spot::Nowhere(_) => return Some(Cause::NoZone),
        Spot::Name => return Some(Cause::NameOnly),
        Spot::In { zone, space } if !stands(zone, space) => return Some(Cause::NotThere),
        Spot::In { .. } | Spot::Gateway | Spot::GatewayIn(_) => {}
    }
    match (&question.from, &question.to) {
        (Spot::In { zone, .. }, Spot::GatewayIn(far))
        | (Spot::GatewayIn(far), Spot::In { zone, .. })
            if zone != far =>
        {
            Some(Cause::FarGateway)
        }
        (
            Spot::In {
                zone: a,
                space: from,
            },
            Spot::In { zone: b, space: to },
        ) => {
            let kind = |zone: &str| policy.zones.get(zone).map(|zone| zone.kind);
            let crossed = matches!(
                (kind(a), kind(b)),
                (Some(ZoneKind::Internet), Some(ZoneKind::Lgwan))
                    | (Some(ZoneKind::Lgwan), Some(ZoneKind::Internet))
            );
            if crossed {
                Some(Cause::Separated)
            } else {
                (!from.same_family(to)).then_some(Cause::OtherFamily)
            }
        }
        _ => None,
    }
}

/// In what `flow` differs from a question about one service; empty where it
/// allows it.
fn differs(
    policy: &Policy,
    flow: &Flow,
    question: &Question,
    now: Option<Timestamp>,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if let Some(Opening::Closed { opens }) = now.map(|now| flow.opening(&policy.site, now)) {
        let local = |at| policy.site.zone().to_datetime(at);
        missing.push(match opens {
            Some(at) => Missing::Closed(local(at)),
            None => Missing::Expired(flow.last_day()),
        });
    }
    let asked = |range: &PortRange| {
        flow.services.iter().any(|listed| {
            listed.protocol == range.protocol
                && listed.first <= range.first
                && range.last <= listed.last
        })
    };
    if !question.services.iter().all(asked) {
        missing.push(Missing::Service);
    }
    if !covers(policy, &flow.from, &question.from) {
        missing.push(Missing::From);
    }
    if !covers(policy, &flow.to, &question.to) {
        missing.push(Missing::To);
    }
    let at_box = flow.from == Endpoint::Gateway || flow.to == Endpoint::Gateway;
    let carried = match flow.via {
        None => false,
        Some(Via::Mail) => !at_box,
        Some(Via::Proxy) => true,
    };
    if carried {
        missing.push(Missing::Carried);
    }
    missing
}

fn covers(policy: &Policy, end: &Endpoint, spot: &Spot) -> bool {
    match (end, spot) {
        (Endpoint::Gateway, Spot::Gateway | Spot::GatewayIn(_)) => true,
        (Endpoint::Zone { zone, hosts }, Spot::In { zone: there, space }) => {
            zone == there && (hosts.is_empty() || addresses(policy, hosts).covers(space))
        }
        (Endpoint::Gateway, Spot::In { .. } | Spot::Nowhere(_) | Spot::Name)
        | (
            Endpoint::Zone { .. },
            Spot::Gateway | Spot::GatewayIn(_) | Spot::Nowhere(_) | Spot::Name,
        ) => false,
    }
}

fn addresses(policy: &Policy, hosts: &[String]) -> Space {
    let hosts = hosts.iter().filter_map(|name| policy.hosts.get(name));
    Space::new(hosts.flat_map(|host| &host.addresses), [])
}

fn nearest(policy: &Policy, question: &Question, now: Option<Timestamp>, cause: Cause) -> Reason {
    let mut best: Option<(usize, Vec<Missing>, &str)> = None;
    for flow in &policy.flows {
        let apart = [(&flow.from, &question.from), (&flow.to, &question.to)]
            .iter()
            .filter(|(end, spot)| !touches(end, spot))
            .count();
        let missing = differs(policy, flow, question, now);
        let alike = ![Missing::From, Missing::To]
            .iter()
            .all(|end| missing.contains(end));
        if apart > 0 && !alike {
            continue; // nothing in common is no neighbour
        }
        let found = (
            apart.saturating_add(missing.len()),
            missing,
            flow.id.as_str(),
        );
        if best
            .as_ref()
            .is_none_or(|best| (found.0, found.2) < (best.0, best.2))
        {
            best = Some(found);
        }
    }
    match best {
        Some((_, missing, id)) => Reason {
            cause,
            nearest: Some(id.to_owned()),
            missing,
        },
        None => Reason {
            cause,
            nearest: None,
            missing: Vec::new(),
        },
    }
}

/// The same side of the box, whichever addresses on it.
fn touches(end: &Endpoint, spot: &Spot) -> bool {
    match (end, spot) {
        (Endpoint::Gateway, Spot::Gateway | Spot::GatewayIn(_)) => true,
        (Endpoint::Zone { zone, .. }, Spot::In { zone: there, .. }) => zone == there,
        (Endpoint::Gateway, Spot::In { .. } | Spot::Nowhere(_) | Spot::Name)
        | (
            Endpoint::Zone { .. },
            Spot::Gateway | Spot::GatewayIn(_) | Spot::Nowhere(_) | Spot::Name,
        ) => false,
    }
}
