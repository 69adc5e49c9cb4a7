//! Sessions that no flow covers any more, and their end.
//!
//! Promised: whatever a change, an expiry or a cut takes from the list, its
//! live sessions end with it; the evaluator is asked about each as about a
//! new connection. What a remaining flow covers goes on undisturbed, and the
//! box's talk with itself is never touched.
//!
//! A session is ended by taking it out of the kernel's table: its next packet
//! is then a new one, and nobody lets it in.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;

use jiff::Timestamp;

use super::evaluate::{Verdict, evaluate};
use super::netlink::conntrack::{Connection, Conntrack};
use super::question::{Question, Spot};
use crate::policy::{Endpoint, Flow, Policy, PortRange, Protocol, Space};

/// Sessions named in the record; the rest is counted.
const NAMED: usize = 50;
/// A table that is resized meanwhile is listed again.
const TRIES: usize = 3;

/// Sessions that were ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many.
    pub count: u64,
    /// The first of them in words.
    pub named: Vec<String>,
}

/// Ends every session that `policy` does not cover at `now`, in this
/// thread's network namespace. Without a policy nothing is covered.
///
/// # Errors
/// The kernel does not list or end sessions.
pub fn end_uncovered(policy: Option<&Policy>, now: Timestamp) -> io::Result<Ended> {
    let mut kernel = Conntrack::open()?;
    let all = list(&mut kernel)?;
    let mut ended = Ended::default();
    for session in uncovered(policy, &all, now) {
        if kernel.delete(session)? {
            ended.count = ended.count.saturating_add(1);
            if ended.named.len() < NAMED {
                ended.named.push(shown(session));
            }
        }
    }
    Ok(ended)
}

fn list(kernel: &mut Conntrack) -> io::Result<Vec<Connection>> {
    let mut tried = 0;
    loop {
        let mut all = Vec::new();
        match kernel.each(&mut |session| all.push(session)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted && tried < TRIES => tried += 1,
            listed => return listed.map(|()| all),
        }
    }
}

/// Those of `sessions` that `policy` would not let begin at `now`.
#[must_use]
pub fn uncovered<'a>(
    policy: Option<&Policy>,
    sessions: &'a [Connection],
    now: Timestamp,
) -> Vec<&'a Connection> {
    let mut judge = policy.map(Judge::of);
    let mut known: HashMap<_, bool> = HashMap::new();
    let covered = |session: &Connection| {
        let (from, to) = (session.source, session.destination);
        if from.is_loopback() || from == to {
            return true; // the box with itself
        }
        let Some(judge) = &mut judge else {
            return false;
        };
        let key = (from, to, session.protocol, session.destination_port);
        *known
            .entry(key)
            .or_insert_with(|| judge.allows(session, now))
    };
    let mut covered = covered;
    sessions
        .iter()
        .filter(|session| !covered(session))
        .collect()
}

/// `tcp 10.3.0.2:40000 -> 10.1.20.80:443`
fn shown(session: &Connection) -> String {
    let name = match session.protocol {
        1 | 58 => "icmp".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        other => format!("protocol {other}"),
    };
    format!(
        "{name} {} -> {}",
        std::net::SocketAddr::new(session.source, session.source_port),
        std::net::SocketAddr::new(session.destination, session.destination_port)
    )
}

/// The evaluator, asked only about flows whose destination fits: ten
/// thousand flows and as many sessions are judged in a moment.
struct Judge<'a> {
    policy: &'a Policy,
    zones: Vec<(&'a str, Space)>,
    by_destination: BTreeMap<IpAddr, Vec<&'a Flow>>,
    wide: Vec<&'a Flow>,
    /// The policy with the fitting flows only.
    narrow: Policy,
}

impl<'a> Judge<'a> {
    fn of(policy: &'a Policy) -> Self {
        let mut judge = Self {
            policy,
            zones: policy
                .zones
                .iter()
                .map(|(name, zone)| (name.as_str(), zone.space()))
                .collect(),
            by_destination: BTreeMap::new(),
            wide: Vec::new(),
            narrow: Policy {
                flows: Vec::new(),
                ..policy.clone()
            },
        };
        for flow in &policy.flows {
            match exact_destinations(policy, flow) {
                Some(addresses) => {
                    for address in addresses {
                        judge.by_destination.entry(address).or_default().push(flow);
                    }
                }
                None => judge.wide.push(flow),
            }
        }
        judge
    }

    fn allows(&mut self, session: &Connection, now: Timestamp) -> bool {
        let port = session.destination_port;
        let (protocol, first) = match session.protocol {
            1 | 58 => (Protocol::Icmp, 0),
            6 => (Protocol::Tcp, port),
            17 => (Protocol::Udp, port),
            _ => return false,
        };
        let service = PortRange {
            protocol,
            first,
            last: first,
        };
        let (from, to) = (self.spot(session.source), self.spot(session.destination));
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        let exact = self.by_destination.get(&session.destination);
        self.narrow.flows = exact
            .into_iter()
            .flatten()
            .chain(&self.wide)
            .map(|flow| (*flow).clone())
            .collect();
        let question = Question {
            from,
            to,
            services: vec![service],
        };
        matches!(
            evaluate(&self.narrow, &question, Some(now)),
            Verdict::Allow { .. }
        )
    }

    fn spot(&self, address: IpAddr) -> Option<Spot> {
        for (name, zone) in &self.policy.zones {
            if zone.gateway.contains(&address) {
                return Some(Spot::GatewayIn(name.clone()));
            }
        }
        let space = Space::single(address);
        let zone = self.zones.iter().find(|(_, of)| of.covers(&space));
        zone.map(|(name, _)| Spot::In {
            zone: (*name).to_owned(),
            space,
        })
    }
}

/// The destinations of a flow where each is a single address.
fn exact_destinations(policy: &Policy, flow: &Flow) -> Option<Vec<IpAddr>> {
    let hosts = match &flow.to {
        Endpoint::Gateway => return None,
        Endpoint::Zone { hosts, .. } if hosts.is_empty() => return None,
        Endpoint::Zone { hosts, .. } => hosts,
    };
    let networks = hosts
        .iter()
        .filter_map(|name| policy.hosts.get(name))
        .flat_map(|host| &host.addresses);
    networks
        .map(|network| (network.prefix_len() == network.max_prefix_len()).then(|| network.addr()))
        .collect()
}
