//! Ways across the boundary, allowed or not, and what every single-packet
//! probe is made of. Pure.

use std::net::{IpAddr, Ipv4Addr};

use crate::policy::Protocol;

use super::frames::{Segment, Stamp, tcp};
use super::offer::{Control, Place, Probe, Shot, Stage, Station, Step};
use super::oracle::{Oracle, Tuple};
use super::terrain::Side;

/// An IPv4 packet's way, allowed or not.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Sender's side.
    pub from: &'a Side,
    /// Receiver's side.
    pub to: &'a Side,
    /// Source.
    pub source: Ipv4Addr,
    /// Destination.
    pub target: Ipv4Addr,
    /// TCP port that is allowed on it, if any.
    pub port: Option<u16>,
}

impl Way<'_> {
    /// Where it is sent.
    #[must_use]
    pub fn station(&self) -> Station {
        Station::Side(self.from.interface.clone())
    }

    /// `zone: address > address`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}: {} > {}", self.from.zone, self.source, self.target)
    }
}

/// Every pair of zones, and every allowed way with its port.
#[must_use]
pub fn ways<'a>(oracle: &'a Oracle<'a>) -> Vec<Way<'a>> {
    let zones = oracle.terrain.zones();
    let mut ways = Vec::new();
    for from in &zones {
        for to in zones.iter().filter(|to| to.zone != from.zone) {
            ways.push(Way {
                from,
                to,
                source: from.host,
                target: to.host,
                port: None,
            });
        }
    }
    ways.extend(allowed(oracle));
    ways
}

/// Ways over which a TCP flow without a rate limit is open now.
#[must_use]
pub fn allowed<'a>(oracle: &'a Oracle<'a>) -> Vec<Way<'a>> {
    let v4 = |name: &String| {
        let host = oracle.policy.hosts.get(name)?;
        host.addresses.iter().find_map(|net| match net.addr() {
            IpAddr::V4(address) if super::terrain::ordinary(oracle.policy, address.into()) => {
                Some(address)
            }
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        })
    };
    let end = |end: &crate::policy::Endpoint| match end {
        crate::policy::Endpoint::Gateway => None,
        crate::policy::Endpoint::Zone { zone, hosts } => match hosts.iter().find_map(v4) {
            Some(address) => Some((oracle.terrain.side(zone, address.into())?, address)),
            None if hosts.is_empty() => {
                let side = oracle
                    .terrain
                    .sides
                    .iter()
                    .find(|side| side.zone == *zone)?;
                Some((side, side.host))
            }
            None => None,
        },
    };
    let open = oracle
        .policy
        .flows
        .iter()
        .filter(|flow| flow.rate.is_none());
    open.filter_map(|flow| {
        let ((from, source), (to, target)) = (end(&flow.from)?, end(&flow.to)?);
        let port = flow
            .services
            .iter()
            .find(|range| range.protocol == Protocol::Tcp)?
            .first;
        let tuple = Tuple {
            from: Station::Side(from.interface.clone()),
            source: source.into(),
            target: target.into(),
            protocol: Protocol::Tcp,
            port,
        };
        let passes = matches!(oracle.ask(&tuple).place, Some(Place::Zone(_)));
        passes.then_some(Way {
            from,
            to,
            source,
            target,
            port: Some(port),
        })
    })
    .collect()
}

/// A probe of one packet that must be seen nowhere.
pub fn silent(
    class: u8,
    offered: String,
    from: &Station,
    control: Control,
    build: impl Fn(&Stamp) -> Shot + Send + Sync + 'static,
) -> Probe {
    Probe {
        class,
        flow: None,
        offered,
        because: "never".to_owned(),
        steps: vec![Step::new(from, None, build)],
        control,
        stage: Stage::Whole,
    }
}

/// A segment without a connection; eight bytes of data.
#[must_use]
pub fn syn(source: Ipv4Addr, target: Ipv4Addr, port: u16, flags: u8, stamp: &Stamp) -> Vec<u8> {
    let (a, b) = (IpAddr::V4(source), IpAddr::V4(target));
    let segment = Segment {
        from: stamp.port,
        to: port,
        seq: 1_000,
        ack: 0,
        flags,
    };
    tcp(a, b, segment, &stamp.nonce)
}
