//! One policy, many questions: what the answers need of it is worked out once,
//! so that a packet takes well under a millisecond with ten thousand flows. It
//! knows the policy and nothing of the compiler or nft, so that the two can be
//! held against each other. Pure.
//!
//! Promised: no flow, no `Allow`; deny beats allow; the order of flows never
//! matters; `via` never forwards; LGWAN and the internet are never joined,
//! whatever a flow says; a source outside its zone's networks is spoofed.
//!
//! Absent on purpose: what is no new connection. Answers of the other side,
//! ICMP errors and the box talking to itself over its loopback are no
//! questions; rates are not counted here (within its rate a flow allows).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use jiff::Timestamp;

use crate::policy::{Endpoint, Flow, Opening, Policy, PortRange, Space, Via, Zone, ZoneKind};

use super::claim::{Claim, Claims, covers, matches_name, touches};
use super::question::{Packet, Question, Spot};
use super::verdict::{Cause, Missing, Reason, Verdict};

/// A policy, prepared for questions.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    policy: &'a Policy,
    /// When the openings of the claims were worked out.
    made: Option<Timestamp>,
    grounds: BTreeMap<&'a str, Ground<'a>>,
    /// The box's own addresses.
    own: Space,
    /// What no host has as its address across a border.
    never: Space,
    claims: Claims<'a>,
}

/// A zone and its addresses.
#[derive(Clone, Debug)]
struct Ground<'a> {
    zone: &'a Zone,
    space: Space,
    gateway: Space,
}

/// In what a claim differs from a question.
#[derive(Clone, Copy, Debug, Default)]
struct Apart {
    time: Option<Opening>,
    service: bool,
    from: bool,
    to: bool,
    carried: bool,
}

impl<'a> Judge<'a> {
    /// Prepares a policy for questions about `now` and later.
    #[must_use]
    pub fn new(policy: &'a Policy, now: Timestamp) -> Self {
        Self::made(policy, Some(now))
    }

    pub(super) fn made(policy: &'a Policy, made: Option<Timestamp>) -> Self {
        let grounds: BTreeMap<_, _> = policy
            .zones
            .iter()
            .map(|(name, zone)| {
                let gateway: Vec<IpNet> = zone.gateway.iter().copied().map(IpNet::from).collect();
                let ground = Ground {
                    zone,
                    space: zone.space(),
                    gateway: Space::new(&gateway, []),
                };
                (name.as_str(), ground)
            })
            .collect();
        let own: Vec<IpNet> = policy
            .zones
            .values()
            .flat_map(|zone| zone.gateway.iter().copied().map(IpNet::from))
            .collect();
        Self {
            policy,
            made,
            grounds,
            own: Space::new(&own, []),
            never: never_a_host(),
            claims: Claims::of(policy, made),
        }
    }

    /// Would this new connection pass at `now`?
    pub fn judge(&self, packet: &Packet, now: Timestamp) -> Verdict {
        let question = self.question(packet);
        if clothed(packet) {
            return self.deny(&question, Some(now), Cause::Spoofed);
        }
        self.answer(&question, Some(now))
    }

    /// The same as a bare answer, for whoever asks about thousands and needs no
    /// reason.
    #[must_use]
    pub fn allows_packet(&self, packet: &Packet, now: Timestamp) -> bool {
        !clothed(packet) && self.decide(&self.question(packet), Some(now)).is_ok()
    }

    /// The zone whose networks have this address.
    #[must_use]
    pub fn zone_of(&self, address: IpAddr) -> Option<&'a str> {
        let space = Space::single(address);
        let mut grounds = self.grounds.iter();
        let found = grounds.find(|(_, ground)| ground.space.covers(&space));
        found.map(|(name, _)| *name)
    }

    /// Answers one question. With no `now`, no flow counts as ended or closed.
    pub fn answer(&self, question: &Question, now: Option<Timestamp>) -> Verdict {
        match self.decide(question, now) {
            Ok(flow) if matches!(question.to, Spot::Name(_)) => Verdict::Deny(Reason {
                cause: Cause::NoProxy,
                nearest: Some(flow.to_owned()),
                missing: Vec::new(),
            }),
            Ok(flow) => Verdict::Allow {
                flow: flow.to_owned(),
            },
            Err(cause) => self.deny(question, now, cause),
        }
    }

    /// What the proxy is to do: the answer to a question about a name, as if
    /// there were a proxy. About addresses it is the same as `answer`.
    pub fn by_name(&self, question: &Question, now: Option<Timestamp>) -> Verdict {
        match self.decide(question, now) {
            Ok(flow) => Verdict::Allow {
                flow: flow.to_owned(),
            },
            Err(cause) => self.deny(question, now, cause),
        }
    }

    /// The lexically first flow that allows it.
    fn decide(&self, question: &Question, now: Option<Timestamp>) -> Result<&'a str, Cause> {
        if let Some(cause) = self.impossible(question) {
            return Err(cause);
        }
        // With no service named nothing is asked, so nothing is allowed.
        let mut answer: Option<&'a str> = None;
        for range in &question.services {
            let allows = |claim: &Claim<'a>| self.allows(claim, question, range, now);
            let first = self.claims.first(question, allows);
            let flow = first.ok_or(Cause::NotListed)?.flow.id.as_str();
            answer = Some(answer.map_or(flow, |first| first.min(flow)));
        }
        answer.ok_or(Cause::NotListed)
    }

    /// The flows that allow anything at all of a question, by id.
    #[must_use]
    pub fn allowing(&self, question: &Question, now: Option<Timestamp>) -> Vec<&'a Flow> {
        if self.impossible(question).is_some() {
            return Vec::new();
        }
        let allows = |claim: &&Claim<'a>| {
            let mut services = claim.flow.services.iter();
            services.any(|range| self.allows(claim, question, range, now))
        };
        let claims = self.claims.all();
        claims
            .iter()
            .filter(allows)
            .map(|claim| claim.flow)
            .collect()
    }

    fn question(&self, packet: &Packet) -> Question {
        let gateway = |address: IpAddr| {
            let mut grounds = self.grounds.iter();
            grounds.find_map(|(name, ground)| {
                let mine = ground.zone.gateway.contains(&address);
                mine.then(|| Spot::GatewayIn((*name).to_owned()))
            })
        };
        let nowhere = |address: IpAddr| Spot::Nowhere(IpNet::from(address));
        let from = match &packet.from {
            Some(zone) => Spot::In {
                zone: zone.clone(),
                space: Space::single(packet.source),
            },
            None => gateway(packet.source).unwrap_or_else(|| nowhere(packet.source)),
        };
        let to = gateway(packet.destination).unwrap_or_else(|| {
            let space = Space::single(packet.destination);
            let host = !self.never.covers(&space);
            match self.zone_of(packet.destination).filter(|_| host) {
                Some(zone) => Spot::In {
                    zone: zone.to_owned(),
                    space,
                },
                None => nowhere(packet.destination),
            }
        });
        Question {
            from,
            to,
            services: packet.carries.range().into_iter().collect(),
        }
    }

    /// What no flow can allow: deny beats allow.
    fn impossible(&self, question: &Question) -> Option<Cause> {
        let ground = |zone: &str| self.grounds.get(zone);
        // A zone as a whole means the hosts in it.
        let stands = |zone: &str, space: &Space, may_be_ours: bool| {
            ground(zone).is_some_and(|ground| {
                let whole = *space == ground.space;
                let real = whole
                    || (self.never.shared(space).is_none()
                        && (may_be_ours || self.own.shared(space).is_none()));
                !space.is_empty() && ground.space.covers(space) && real
            })
        };
        match &question.from {
            Spot::Nowhere(_) => return Some(Cause::NoZone),
            Spot::Name(_) => return Some(Cause::NameOnly),
            Spot::In { zone, space } if !stands(zone, space, false) => return Some(Cause::Spoofed),
            Spot::In { .. } | Spot::Gateway | Spot::GatewayIn(_) => {}
        }
        match &question.to {
            Spot::Nowhere(_) => return Some(Cause::NoZone),
            Spot::In { zone, space } if !stands(zone, space, true) => return Some(Cause::NotThere),
            Spot::In { .. } | Spot::Gateway | Spot::GatewayIn(_) | Spot::Name(_) => {}
        }
        match (&question.from, &question.to) {
            (Spot::In { zone, .. }, Spot::GatewayIn(far))
            | (Spot::GatewayIn(far), Spot::In { zone, .. })
                if zone != far =>
            {
                Some(Cause::FarGateway)
            }
            (Spot::In { zone, space }, Spot::Gateway | Spot::GatewayIn(_))
            | (Spot::Gateway | Spot::GatewayIn(_), Spot::In { zone, space }) => {
                let near = ground(zone).is_some_and(|ground| ground.gateway.same_family(space));
                (!near).then_some(Cause::FarGateway) // it has no address there
            }
            (
                Spot::In {
                    zone: a,
                    space: from,
                },
                Spot::In { zone: b, space: to },
            ) => {
                let kind = |zone: &str| ground(zone).map(|ground| ground.zone.kind);
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

    fn allows(
        &self,
        claim: &Claim<'_>,
        question: &Question,
        range: &PortRange,
        now: Option<Timestamp>,
    ) -> bool {
        // Time last: it is the only part that may have to be worked out.
        let apart = self.apart(claim, question, std::slice::from_ref(range), None);
        apart.count() == 0 && self.closed(claim, now).is_none()
    }

    fn closed(&self, claim: &Claim<'_>, now: Option<Timestamp>) -> Option<Opening> {
        let now = now?;
        let known = claim.opening.filter(|opening| {
            self.made.is_some_and(|made| made <= now)
                && opening.changes().is_none_or(|changes| now < changes)
        });
        match known.unwrap_or_else(|| claim.flow.opening(&self.policy.site, now)) {
            Opening::Open { .. } => None,
            closed @ Opening::Closed { .. } => Some(closed),
        }
    }

    fn apart(
        &self,
        claim: &Claim<'_>,
        question: &Question,
        services: &[PortRange],
        now: Option<Timestamp>,
    ) -> Apart {
        let flow = claim.flow;
        let asked = |range: &PortRange| {
            flow.services.iter().any(|listed| {
                listed.protocol == range.protocol
                    && listed.first <= range.first
                    && range.last <= listed.last
            })
        };
        let from = covers(&flow.from, claim.from.as_ref(), &question.from);
        let to = match &question.to {
            Spot::Name(host) => flow.names.iter().any(|name| matches_name(name, host)),
            spot => covers(&flow.to, claim.to.as_ref(), spot),
        };
        let apart = Apart {
            time: self.closed(claim, now),
            service: !services.iter().all(asked),
            from: !from,
            to: !to,
            carried: false,
        };
        let named = matches!(question.to, Spot::Name(_));
        match (flow.via, &flow.from, &flow.to) {
            (None, Endpoint::Zone { .. }, _) if !named => apart,
            (Some(Via::Mail), Endpoint::Gateway, Endpoint::Zone { .. })
            | (Some(Via::Mail), Endpoint::Zone { .. }, Endpoint::Gateway)
                if !named =>
            {
                apart
            }
            // Two halves, the box between them.
            (Some(Via::Mail), Endpoint::Zone { .. }, Endpoint::Zone { .. }) => {
                let at_box = |spot: &Spot| matches!(spot, Spot::Gateway | Spot::GatewayIn(_));
                if at_box(&question.to) && from {
                    Apart { to: false, ..apart }
                } else if at_box(&question.from) && to && !named {
                    Apart {
                        from: false,
                        ..apart
                    }
                } else {
                    Apart {
                        carried: true,
                        ..apart
                    }
                }
            }
            (Some(Via::Proxy), Endpoint::Zone { .. }, Endpoint::Zone { .. }) if named => apart,
            (None | Some(Via::Mail | Via::Proxy), _, _) => Apart {
                carried: true,
                ..apart
            },
        }
    }

    fn deny(&self, question: &Question, now: Option<Timestamp>, cause: Cause) -> Verdict {
        let mut best: Option<(usize, Apart, &Claim<'_>)> = None;
        for claim in self.claims.all() {
            let sides = [
                (&claim.flow.from, &question.from),
                (&claim.flow.to, &question.to),
            ];
            let away = sides
                .iter()
                .filter(|(end, spot)| !touches(end, spot))
                .count();
            let apart = self.apart(claim, question, &question.services, now);
            if away > 0 && apart.from && apart.to {
                continue; // nothing in common is no neighbour
            }
            let distance = away.saturating_add(apart.count());
            if best.as_ref().is_none_or(|(least, ..)| distance < *least) {
                best = Some((distance, apart, claim)); // of equals, the lexically first
            }
        }
        Verdict::Deny(Reason {
            cause,
            nearest: best.map(|(_, _, claim)| claim.flow.id.clone()),
            missing: best.map_or_else(Vec::new, |(_, apart, claim)| apart.missing(claim.flow)),
        })
    }
}

/// IPv4 in IPv6 clothes.
fn clothed(packet: &Packet) -> bool {
    [packet.source, packet.destination]
        .iter()
        .any(|address| address.to_canonical() != *address)
}

impl Apart {
    fn count(&self) -> usize {
        let marks = [
            self.time.is_some(),
            self.service,
            self.from,
            self.to,
            self.carried,
        ];
        marks.iter().filter(|mark| **mark).count()
    }

    fn missing(&self, flow: &Flow) -> Vec<Missing> {
        let time = self.time.map(|opening| match opening.changes() {
            Some(at) => Missing::Closed(at),
            None => Missing::Expired(flow.last_day()),
        });
        let marks = [
            (self.service, Missing::Service),
            (self.from, Missing::From),
            (self.to, Missing::To),
            (self.carried, Missing::Carried),
        ];
        let marked = marks.into_iter().filter(|(mark, _)| *mark);
        time.into_iter()
            .chain(marked.map(|(_, missing)| missing))
            .collect()
    }
}

/// This network, loopback, link-local, multicast, reserved (RFC 6890) and
/// their IPv6 counterparts; IPv4 in IPv6 clothes, 6to4 and Teredo.
fn never_a_host() -> Space {
    let v4 = |a, b, bits| {
        Ipv4Net::new(Ipv4Addr::new(a, b, 0, 0), bits)
            .ok()
            .map(IpNet::V4)
    };
    let v6 = |a, b, bits| {
        let first = Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0);
        Ipv6Net::new(first, bits).ok().map(IpNet::V6)
    };
    let nets: Vec<IpNet> = [
        v4(0, 0, 8),
        v4(127, 0, 8),
        v4(169, 254, 16),
        v4(224, 0, 3),
        v6(0, 0, 8),
        v6(0xfe80, 0, 10),
        v6(0xff00, 0, 8),
        v6(0x2002, 0, 16),
        v6(0x2001, 0, 32),
    ]
    .into_iter()
    .flatten()
    .collect();
    Space::new(&nets, [])
}
