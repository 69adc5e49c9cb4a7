//! From outside, on real cables: what a probe aims at, which hosts must be
//! played for it, and why it cannot be fired. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::policy::text::Text;

use super::frames::Stamp;
use super::manners::{destination, source};
use super::offer::{Place, Probe, Shot, Station};
use super::oracle::Oracle;
use super::terrain::{Terrain, ordinary, zone_of};

/// Where a packet would come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// At a host beyond this interface of the gateway.
    Host(String),
    /// At the gateway itself, which would answer.
    Gateway,
    /// At no place of its own: it must come out on no cable.
    Anywhere,
}

/// What a probe needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The gateway's interface that its last packet comes to.
    pub from: String,
    /// Where its last packet would come out.
    pub aim: Aim,
    /// Hosts that we must be, each beyond its interface.
    pub hosts: BTreeSet<(String, IpAddr)>,
    /// Its last packet is IPv6.
    pub ipv6: bool,
}

/// Why a probe is not fired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its packets start on the gateway.
    FromGateway,
    /// A program of the gateway would really serve it.
    Service,
    /// Whether the gateway took it cannot be heard outside.
    Unheard,
    /// A zone, or a part of it, has no interface here.
    NoCable(String),
    /// Somebody else has the address.
    InUse {
        /// The zone.
        zone: String,
        /// The address.
        address: IpAddr,
        /// Theirs.
        hardware: String,
    },
}

impl Why {
    /// In words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::FromGateway => Text::new(
                "機器自身からの送信は、外からは起こせません",
                "what programs of the gateway send cannot be caused from outside",
            ),
            Self::Service => Text::new(
                "機器自身が提供するサービスへの許可です。実際のサービスには触れません",
                "allowed to a service of the gateway itself: real services are not touched",
            ),
            Self::Unheard => Text::new(
                "機器が受け取ったかどうかは、外からは分かりません",
                "whether the gateway took it cannot be heard outside",
            ),
            Self::NoCable(zone) => Text::new(
                format!(
                    "区域 {zone} (またはその一部) につながるインターフェースが指定されていません"
                ),
                format!("no interface was given for zone {zone}, or for this part of it"),
            ),
            Self::InUse {
                zone,
                address,
                hardware,
            } => Text::new(
                format!("{address} (区域 {zone}) は {hardware} が使用中です。触れません"),
                format!(
                    "address in use: {address} (zone {zone}) belongs to {hardware} and is not touched"
                ),
            ),
        }
    }
}

/// Finds out what a probe needs; `cabled` are the sides that have a cable.
///
/// # Errors
/// Why it cannot be fired from here.
pub fn reach(oracle: &Oracle<'_>, cabled: &Terrain, probe: &Probe) -> Result<Reach, Why> {
    let has_cable = |interface: &str| {
        let mut sides = cabled.sides.iter();
        sides.any(|side| side.interface == interface)
    };
    let mut reach = Reach {
        from: String::new(),
        aim: Aim::Anywhere,
        hosts: BTreeSet::new(),
        ipv6: false,
    };
    for step in &probe.steps {
        let Station::Side(interface) = &step.from else {
            return Err(Why::FromGateway);
        };
        let zone = oracle.zone(interface).unwrap_or_default();
        if !has_cable(interface) {
            return Err(Why::NoCable(zone.to_owned()));
        }
        if step.expect == Some(Place::Gateway) {
            return Err(Why::Service);
        }
        reach.from.clone_from(interface);
        let shot = (step.build)(&ANY);
        let of_policy = |address: &IpAddr| ordinary(oracle.policy, *address);
        let here = source(&shot).filter(of_policy);
        let here = here.filter(|source| zone_of(oracle.policy, *source) == Some(zone));
        reach
            .hosts
            .extend(here.map(|here| (interface.clone(), here)));
        let (aim, host) = aim(oracle, &shot, step.asks.is_some())?;
        if let Aim::Host(there) = &aim {
            if !has_cable(there) {
                let zone = oracle.zone(there).unwrap_or_default();
                return Err(Why::NoCable(zone.to_owned()));
            }
            let host = host.filter(of_policy);
            reach.hosts.extend(host.map(|host| (there.clone(), host)));
        }
        reach.aim = aim;
        reach.ipv6 = shot.kind == 0x86dd;
    }
    Ok(reach)
}

/// Nothing that decides where a packet goes hangs on its stamp.
const ANY: Stamp = Stamp {
    nonce: [0; 8],
    port: 20_000,
};

fn aim(oracle: &Oracle<'_>, shot: &Shot, asks: bool) -> Result<(Aim, Option<IpAddr>), Why> {
    let Some(target) = destination(shot) else {
        return Ok((if asks { Aim::Gateway } else { Aim::Anywhere }, None));
    };
    let mut zones = oracle.policy.zones.values();
    if zones.any(|zone| zone.gateway.contains(&target)) {
        return if is_answered(shot) {
            Ok((Aim::Gateway, None))
        } else {
            Err(Why::Unheard)
        };
    }
    if target.is_multicast() {
        // Discovery is for the gateway's own ears.
        let heard_inside = shot.kind == 0x86dd && shot.body.get(6) == Some(&58);
        return if heard_inside {
            Err(Why::Unheard)
        } else {
            Ok((Aim::Anywhere, None))
        };
    }
    let zone = zone_of(oracle.policy, target);
    let side = match zone {
        Some(zone) => oracle.terrain.side(zone, target),
        // Addresses that only stand for IPv6 twins belong to no zone.
        None => {
            let mut sides = oracle.terrain.sides.iter();
            sides.find(|side| side.networks.iter().any(|net| net.contains(&target)))
        }
    };
    Ok(match side {
        Some(side) => (Aim::Host(side.interface.clone()), Some(target)),
        None => (Aim::Anywhere, None),
    })
}

/// TCP, UDP and echo: a host that takes them says something.
fn is_answered(shot: &Shot) -> bool {
    let head = shot
        .body
        .first()
        .map_or(0, |first| usize::from(first & 15) * 4);
    match (shot.kind, shot.body.get(9)) {
        (0x0800, Some(6 | 17)) => true,
        (0x0800, Some(1)) => shot.body.get(head) == Some(&8),
        _ => false,
    }
}
