//! What must happen to a packet, by the policy alone. The evaluator knows
//! nothing of nft; this only puts its questions. Pure.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::policy::{Policy, PortRange, Protocol, Space, Via};

use super::super::compile::MAIL_USER;
use super::super::evaluate::Judge;
use super::super::question::{Question, Spot};
use super::super::verdict::Verdict;
use super::offer::{Place, Station};
use super::terrain::{Terrain, zone_of};

/// The first packet of a connection, as the policy sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tuple {
    /// Where it is sent.
    pub from: Station,
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub target: IpAddr,
    /// Protocol.
    pub protocol: Protocol,
    /// Destination port.
    pub port: u16,
}

/// What must happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where it is seen; none means nowhere.
    pub place: Option<Place>,
    /// The flow that allows it.
    pub flow: Option<String>,
    /// Flow or cause, as a code.
    pub because: String,
}

/// The policy at one moment.
#[derive(Clone, Debug)]
pub struct Oracle<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The ground.
    pub terrain: &'a Terrain,
    /// The moment.
    pub now: Timestamp,
    /// Role users by name.
    pub users: &'a BTreeMap<String, u32>,
    judge: Judge<'a>,
}

impl<'a> Oracle<'a> {
    /// For thousands of questions about one moment.
    #[must_use]
    pub fn new(
        policy: &'a Policy,
        terrain: &'a Terrain,
        now: Timestamp,
        users: &'a BTreeMap<String, u32>,
    ) -> Self {
        Self {
            policy,
            terrain,
            now,
            users,
            judge: Judge::new(policy, now),
        }
    }

    /// The evaluator's answer.
    pub fn answer(&self, question: &Question) -> Verdict {
        self.judge.answer(question, Some(self.now))
    }

    /// Asks the evaluator.
    #[must_use]
    pub fn ask(&self, tuple: &Tuple) -> Answer {
        let deny = |because: &str| Answer {
            place: None,
            flow: None,
            because: because.to_owned(),
        };
        let (to, place) = self.target(tuple.target);
        let from = match &tuple.from {
            Station::Side(interface) => match self.zone(interface) {
                Some(zone) => Spot::In {
                    zone: zone.to_owned(),
                    space: Space::single(tuple.source),
                },
                None => return deny("no-zone"),
            },
            Station::Gateway(_) => Spot::Gateway,
        };
        let question = Question {
            from,
            to,
            services: vec![PortRange {
                protocol: tuple.protocol,
                first: tuple.port,
                last: tuple.port,
            }],
        };
        match self.answer(&question) {
            Verdict::Deny(reason) => deny(reason.cause.code()),
            Verdict::Allow { flow } => {
                if let Station::Gateway(uid) = tuple.from
                    && self.carrier(&flow) != Some(uid)
                {
                    return deny("another-user");
                }
                Answer {
                    place,
                    because: flow.clone(),
                    flow: Some(flow),
                }
            }
        }
    }

    /// The zone of an interface.
    #[must_use]
    pub fn zone(&self, interface: &str) -> Option<&str> {
        let mut sides = self.terrain.sides.iter();
        sides
            .find(|side| side.interface == interface)
            .map(|side| side.zone.as_str())
    }

    /// The user that carries a flow of the box itself.
    fn carrier(&self, flow: &str) -> Option<u32> {
        let flow = self.policy.flows.iter().find(|known| known.id == flow)?;
        match flow.via? {
            Via::Mail => self.users.get(MAIL_USER).copied(),
            Via::Proxy => None, // this version has no proxy role
        }
    }

    fn target(&self, address: IpAddr) -> (Spot, Option<Place>) {
        for (name, zone) in &self.policy.zones {
            if zone.gateway.contains(&address) {
                return (Spot::GatewayIn(name.clone()), Some(Place::Gateway));
            }
        }
        match zone_of(self.policy, address) {
            Some(zone) => (
                Spot::In {
                    zone: zone.to_owned(),
                    space: Space::single(address),
                },
                Some(Place::Zone(zone.to_owned())),
            ),
            None => (Spot::Nowhere(IpNet::from(address)), None),
        }
    }
}
