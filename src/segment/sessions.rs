//! Sessions that no flow covers any more, and their end.
//!
//! Promised: whatever a change, an expiry or a cut takes from the list, its
//! live sessions end with it; the evaluator is asked about each as about a
//! new connection. What a remaining flow covers goes on undisturbed, and the
//! box's talk with itself is never touched.
//!
//! A session is ended by taking it out of the kernel's table: its next packet
//! is then a new one, and nobody lets it in.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use jiff::Timestamp;

use super::evaluate::{Carries, Judge, Packet};
use super::netlink::conntrack::{Connection, Conntrack};
use crate::policy::Policy;

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
    /// How many the kernel did not end, and what it said to the first.
    pub left: Option<(u64, String)>,
}

/// Ends every session that `policy` does not cover at `now`, in this
/// thread's network namespace. Without a policy nothing is covered.
///
/// # Errors
/// The kernel does not list sessions.
pub fn end_uncovered(policy: Option<&Policy>, now: Timestamp) -> io::Result<Ended> {
    let mut kernel = Conntrack::open()?;
    let all = list(&mut kernel)?;
    let mut ended = Ended::default();
    for session in uncovered(policy, &all, now) {
        match kernel.delete(session) {
            Ok(true) => {
                ended.count = ended.count.saturating_add(1);
                if ended.named.len() < NAMED {
                    ended.named.push(shown(session));
                }
            }
            Ok(false) => {} // it ended by itself
            // The others end all the same.
            Err(error) => {
                let (left, _) = ended.left.get_or_insert_with(|| (0, error.to_string()));
                *left = left.saturating_add(1);
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
    let judge = policy.map(|policy| (policy, Judge::new(policy, now)));
    let mut known: HashMap<Packet, bool> = HashMap::new();
    let mut covered = |session: &Connection| {
        let (source, destination) = (session.source, session.destination);
        if source.is_loopback() || source == destination {
            return true; // the box with itself
        }
        let Some((policy, judge)) = &judge else {
            return false;
        };
        let packet = Packet {
            from: arrival(policy, judge, source),
            source,
            destination,
            carries: Carries::of(session.protocol, session.destination_port),
        };
        *known
            .entry(packet)
            .or_insert_with_key(|packet| judge.allows_packet(packet, now))
    };
    sessions
        .iter()
        .filter(|session| !covered(session))
        .collect()
}

/// The zone a session began in. The kernel checked on arrival that its source
/// belongs there; the box's own addresses mean that the box began it.
fn arrival(policy: &Policy, judge: &Judge<'_>, source: IpAddr) -> Option<String> {
    let own = policy
        .zones
        .values()
        .any(|zone| zone.gateway.contains(&source));
    let zone = judge.zone_of(source).map(str::to_owned);
    // In no zone: "" is none, and spoofed.
    if own {
        None
    } else {
        Some(zone.unwrap_or_default())
    }
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
