//! What another policy would mean for what was seen: which recorded denials
//! would pass, which recent traffic would be denied. Pure.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::policy::Policy;

use super::denials::Denial;
use super::evaluate::Verdict;
use super::judge::Judge;
use super::tally::Seen;
use super::traffic::Session;
use super::verdict::Reason;

/// A denial that would pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was denied.
    pub denial: Denial,
    /// When and how often.
    pub seen: Seen,
    /// By which flow it would pass.
    pub flow: String,
}

/// Traffic that would be denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// What passes now.
    pub session: Session,
    /// When it was seen.
    pub seen: Seen,
    /// By which flow it passes now.
    pub flow: String,
    /// Why not then.
    pub reason: Reason,
}

/// Both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// Denials that would pass.
    pub opened: Vec<Opened>,
    /// Traffic that would be denied.
    pub closed: Vec<Closed>,
}

/// `before` is what is in force (nothing at all where there is none), `after`
/// what is planned. Only what changes is told.
#[must_use]
pub fn consequences(
    before: Option<&Policy>,
    after: &Policy,
    denials: &[(Denial, Seen)],
    sessions: &[(Session, Seen)],
    now: Timestamp,
) -> Consequences {
    let mut found = Consequences::default();
    let then = Judge::new(after, now);
    let today = before.map(|before| (before, Judge::new(before, now)));
    let moment = Some(now);
    for (denial, seen) in denials.iter().filter(|(denial, _)| denial.header.opening) {
        let Verdict::Allow { flow } = then.answer(&denial.question(after), moment) else {
            continue;
        };
        let passes_now = today.as_ref().is_some_and(|(before, judge)| {
            is_allowed(&judge.answer(&denial.question(before), moment))
        });
        if !passes_now {
            let (denial, seen) = (denial.clone(), *seen);
            found.opened.push(Opened { denial, seen, flow });
        }
    }
    let Some((before, today)) = today else {
        return found;
    };
    for (session, seen) in sessions {
        let Verdict::Deny(reason) = then.answer(&session.question(after), moment) else {
            continue;
        };
        if let Verdict::Allow { flow } = today.answer(&session.question(before), moment) {
            found.closed.push(Closed {
                session: session.clone(),
                seen: *seen,
                flow,
                reason,
            });
        }
    }
    found
}

fn is_allowed(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Allow { .. } => true,
        Verdict::Deny(_) => false,
    }
}

/// An address with the name of the host that has it, or of its zone.
#[must_use]
pub fn named(policy: &Policy, address: IpAddr) -> String {
    let address = address.to_canonical();
    let holds = |net: &ipnet::IpNet| net.contains(&address);
    let mut hosts = policy.hosts.iter();
    let host = hosts.find(|(_, host)| host.addresses.iter().any(holds));
    if let Some((name, host)) = host {
        return format!("{address} ({}:{name})", host.zone);
    }
    let mut zones = policy.zones.values();
    match zones.find(|zone| zone.gateway.contains(&address) || zone.space().contains(address)) {
        Some(zone) if zone.gateway.contains(&address) => format!("{address} (gateway)"),
        Some(zone) => format!("{address} ({})", zone.name),
        None => address.to_string(),
    }
}
