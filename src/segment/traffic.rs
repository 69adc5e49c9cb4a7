//! Sessions: which were seen lately, and which are to be logged under which
//! flow. Pure.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::audit::event::SessionGroup;
use crate::policy::{Flow, LogMode, Policy};

use super::denials::spot_of;
use super::evaluate::{Verdict, evaluate};
use super::header::Service;
use super::netlink::conntrack::Connection;
use super::question::{Question, Spot};
use super::tally::Tally;

/// Sessions that are alike: from whom, to whom, what for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Session {
    /// Who begins.
    pub source: IpAddr,
    /// With whom.
    pub destination: IpAddr,
    /// What for.
    pub service: Service,
}

impl Session {
    /// Of a tracked one.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let port = match connection.icmp_type {
            Some(kind) => Some(u16::from(kind)),
            None => matches!(connection.protocol, 6 | 17).then_some(connection.destination_port),
        };
        Self {
            source: connection.source,
            destination: connection.destination,
            service: Service {
                protocol: connection.protocol,
                port,
            },
        }
    }

    /// The box talks to itself: nobody's business.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.source.is_loopback() || self.destination.is_loopback()
    }

    /// What the evaluator is asked about it, as about a new session.
    #[must_use]
    pub fn question(&self, policy: &Policy) -> Question {
        let spot = |address| match spot_of(policy, address) {
            Spot::GatewayIn(_) => Spot::Gateway,
            other => other,
        };
        Question {
            from: spot(self.source),
            to: spot(self.destination),
            services: self.service.listed().into_iter().collect(),
        }
    }

    /// Would it be allowed? Without a moment no flow counts as ended or closed.
    pub fn judged(&self, policy: &Policy, now: Option<Timestamp>) -> Verdict {
        evaluate(policy, &self.question(policy), now)
    }
}

/// A session of a flow that is to be logged, at its beginning or end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The flow's id.
    pub flow: String,
    /// Which.
    pub session: Session,
    /// It ended; else it began.
    pub ended: bool,
}

/// Whether a flow's sessions are recorded: their beginning, and their end.
#[must_use]
pub fn is_logged(flow: &Flow, ended: bool) -> bool {
    match flow.log {
        LogMode::All => true,
        LogMode::New => !ended,
        LogMode::Denied => flow.trial_until.is_some() && !ended,
    }
}

/// The policy with only the flows whose sessions are recorded; none where
/// there is no such flow.
#[must_use]
pub fn logged(policy: &Policy) -> Option<Policy> {
    let mut logged = policy.clone();
    logged.flows.retain(|flow| is_logged(flow, false));
    (!logged.flows.is_empty()).then_some(logged)
}

/// Under which flow a session's step is recorded; `logged` holds only flows
/// whose sessions are.
#[must_use]
pub fn step(logged: &Policy, session: Session, ended: bool, now: Timestamp) -> Option<Step> {
    // What ends may end because its flow did.
    let moment = (!ended).then_some(now);
    let Verdict::Allow { flow } = session.judged(logged, moment) else {
        return None;
    };
    let wanted = logged.flows.iter().find(|known| known.id == flow)?;
    is_logged(wanted, ended).then_some(Step {
        flow,
        session,
        ended,
    })
}

/// At most `most` groups as they stand in the record, and the count of others.
#[must_use]
pub fn written(tally: &Tally<Step>, most: usize) -> (Vec<SessionGroup>, u64) {
    let (ranked, others) = tally.ranked(most);
    let groups = ranked.iter().map(|(step, seen)| SessionGroup {
        flow: step.flow.clone(),
        source: step.session.source,
        destination: step.session.destination,
        service: step.session.service.to_string(),
        ended: step.ended,
        count: seen.count,
        first: seen.first,
        last: seen.last,
    });
    (groups.collect(), others)
}
