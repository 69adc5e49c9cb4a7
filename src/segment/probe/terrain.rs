//! The ground on which the probe stands: which addresses lie behind which
//! interface, where a packet to an address must come out, and which addresses
//! stand for a zone. Pure: made from the policy alone, so that the world that
//! is built and the questions that are asked are about the same thing.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::policy::{Endpoint, Flow, Policy, Protocol, Via, Zone, ZoneKind};

/// The cable at one interface of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cable {
    /// The gateway's hardware address on it.
    pub near: [u8; 6],
    /// The hardware address of every host that is played beyond it.
    pub far: [u8; 6],
    /// An address that the gateway answers ARP for on this cable and no other:
    /// by it the probe asks whether all before it is done.
    pub sentinel: Ipv4Addr,
}

/// One interface of the gateway and what lies behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its zone.
    pub zone: String,
    /// Its name.
    pub interface: String,
    /// Its number, from 1.
    pub number: u8,
    /// Networks behind it, those for IPv6 twins included.
    pub networks: Vec<IpNet>,
    /// The gateway's own addresses on it, with prefix length.
    pub addresses: Vec<(IpAddr, u8)>,
    /// A host that stands for the zone.
    pub host: Ipv4Addr,
    /// Another one.
    pub other: Ipv4Addr,
    /// The gateway's declared IPv4 address on it.
    pub gateway: Option<Ipv4Addr>,
    /// Strangers stand behind it.
    pub internet: bool,
    /// Its cable: of the probe's own world until a real one is known.
    pub cable: Cable,
}

/// All sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terrain {
    /// In the order of zone names.
    pub sides: Vec<Side>,
    /// TCP ports on which the box listens to some zone.
    pub doors: BTreeSet<u16>,
}

impl Cable {
    /// A cable of the probe's own world (hardware addresses of local scope).
    fn of_the_world(number: u8) -> Self {
        Self {
            near: [0x02, 0x5e, 0x4b, 0, number, 1],
            far: [0x02, 0x5e, 0x4b, 0, number, 2],
            sentinel: Ipv4Addr::new(169, 254, 77, number),
        }
    }
}

impl Side {
    /// The gateway's hardware address on this side.
    #[must_use]
    pub fn near(&self) -> [u8; 6] {
        self.cable.near
    }

    /// The hardware address of everything beyond.
    #[must_use]
    pub fn far(&self) -> [u8; 6] {
        self.cable.far
    }

    /// The IPv6 address that stands for an IPv4 one where the zone has none.
    #[must_use]
    pub fn twin(&self, address: Ipv4Addr) -> Ipv6Addr {
        let base = self.networks.iter().find_map(|net| match net {
            IpNet::V6(net) => Some(net),
            IpNet::V4(_) => None,
        });
        let low = u128::from(address.to_bits());
        match base {
            Some(net) => {
                let host = u128::MAX
                    .checked_shr(u32::from(net.prefix_len()))
                    .unwrap_or(0);
                Ipv6Addr::from_bits(net.network().to_bits() | (low & host))
            }
            None => Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | low),
        }
    }
}

impl Terrain {
    /// Reads the ground from the policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let mut sides = Vec::new();
        for zone in policy.zones.values() {
            for (place, interface) in zone.interfaces.iter().enumerate() {
                let number = u8::try_from(sides.len())
                    .unwrap_or(u8::MAX)
                    .saturating_add(1);
                sides.push(side(policy, zone, place, interface, number));
            }
        }
        Self {
            sides,
            doors: doors(policy),
        }
    }

    /// The side of a zone behind which an address lies, else its first.
    #[must_use]
    pub fn side(&self, zone: &str, address: IpAddr) -> Option<&Side> {
        let mut of_zone = self.sides.iter().filter(|side| side.zone == zone);
        let first = of_zone.clone().next();
        of_zone
            .find(|side| side.networks.iter().any(|net| net.contains(&address)))
            .or(first)
    }

    /// The side to which the gateway's routes lead for an address.
    #[must_use]
    pub fn route(&self, address: IpAddr) -> Option<&Side> {
        let routes = self
            .sides
            .iter()
            .flat_map(|side| side.networks.iter().map(move |net| (*net, side)));
        longest(routes, address)
    }

    /// The same on the wrong routes.
    #[must_use]
    pub fn wrong_route(&self, address: IpAddr) -> Option<&Side> {
        longest(self.wrong_routes().into_iter(), address)
    }

    /// Wrong routes: what lies beyond one side is led to the next, and the
    /// addresses around each network to that network's side.
    #[must_use]
    pub fn wrong_routes(&self) -> Vec<(IpNet, &Side)> {
        let mut routes = Vec::new();
        let others = self.sides.iter().cycle().skip(1);
        for (side, next) in self.sides.iter().zip(others) {
            routes.extend(side.networks.iter().map(|net| (*net, next)));
            let beside = side.networks.iter().flat_map(|net| {
                [(net.network(), -1), (net.broadcast(), 1)].map(|(edge, by)| moved(edge, by))
            });
            let beside = beside
                .flatten()
                .filter(|one| self.route(*one) != Some(side));
            routes.extend(beside.map(|one| (IpNet::from(one), side)));
        }
        routes
    }

    /// Each zone once, with its first side.
    #[must_use]
    pub fn zones(&self) -> Vec<&Side> {
        let mut zones: Vec<&Side> = Vec::new();
        for side in &self.sides {
            if !zones.iter().any(|known| known.zone == side.zone) {
                zones.push(side);
            }
        }
        zones
    }
}

/// The ports at the edges of what leads to the box, if only half way.
fn doors(policy: &Policy) -> BTreeSet<u16> {
    let to_box = |flow: &&Flow| flow.to == Endpoint::Gateway || flow.via == Some(Via::Mail);
    let services = policy.flows.iter().filter(to_box);
    services
        .flat_map(|flow| &flow.services)
        .filter(|range| range.protocol == Protocol::Tcp)
        .flat_map(|range| [range.first, range.last])
        .collect()
}

/// The most exact route decides.
fn longest<'a>(
    routes: impl Iterator<Item = (IpNet, &'a Side)>,
    address: IpAddr,
) -> Option<&'a Side> {
    routes
        .filter(|(net, _)| net.contains(&address))
        .max_by_key(|(net, _)| net.prefix_len())
        .map(|(_, side)| side)
}

/// The address so many after another.
#[must_use]
pub fn moved(address: IpAddr, by: i8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(one) => one
            .to_bits()
            .checked_add_signed(by.into())
            .map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(one) => one
            .to_bits()
            .checked_add_signed(by.into())
            .map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

fn side(policy: &Policy, zone: &Zone, place: usize, interface: &str, number: u8) -> Side {
    let last = zone.interfaces.len().saturating_sub(1);
    let here = |at: usize| at.min(last) == place;
    let mut networks: Vec<IpNet> = [&zone.networks, &zone.networks6]
        .into_iter()
        .flat_map(|nets| nets.iter().enumerate())
        .filter(|(at, _)| here(*at))
        .map(|(_, net)| *net)
        .collect();
    if zone.networks6.is_empty() {
        // 2001:db8:<number>::/48 stands in for the twin of each packet.
        let base = (0x2001_0db8_u128 << 96) | (u128::from(number) << 80);
        networks.extend(IpNet::new(Ipv6Addr::from_bits(base).into(), 48).ok());
    }
    let home = |address: &IpAddr| networks.iter().find(|net| net.contains(address));
    let addresses: Vec<(IpAddr, u8)> = zone
        .gateway
        .iter()
        .filter(|address| home(address).is_some() || place == 0)
        .map(|address| {
            let length = home(address).map_or(0, IpNet::prefix_len);
            let (short, whole) = if address.is_ipv4() {
                (24, 32)
            } else {
                (64, 128)
            };
            let length = if length == 0 { short } else { length };
            (*address, length.min(whole))
        })
        .collect();
    let gateway = addresses.iter().find_map(|(address, _)| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    });
    let hosts: Vec<Ipv4Addr> = stands(policy, zone, &networks).collect();
    let host = hosts
        .first()
        .copied()
        .unwrap_or(Ipv4Addr::new(192, 0, 2, number));
    let other = hosts
        .iter()
        .copied()
        .find(|other| *other != host)
        .unwrap_or(host);
    Side {
        zone: zone.name.clone(),
        interface: interface.to_owned(),
        number,
        addresses,
        host,
        other,
        gateway,
        internet: zone.kind == ZoneKind::Internet,
        cable: Cable::of_the_world(number),
        networks,
    }
}

/// Addresses that may stand for hosts of this zone: listed ones, then others.
fn stands<'a>(
    policy: &'a Policy,
    zone: &'a Zone,
    networks: &'a [IpNet],
) -> impl Iterator<Item = Ipv4Addr> + 'a {
    let listed = policy
        .hosts
        .values()
        .filter(|host| host.zone == zone.name)
        .flat_map(|host| &host.addresses)
        .map(IpNet::addr);
    let made = networks.iter().flat_map(|net| match net {
        IpNet::V4(net) if net.prefix_len() == 0 => vec![
            Ipv4Addr::new(198, 51, 100, 77),
            Ipv4Addr::new(203, 0, 113, 78),
            Ipv4Addr::new(192, 0, 2, 79),
        ],
        IpNet::V4(net) => [77, 78, 10, 11, 2, 3, 1]
            .into_iter()
            .filter_map(|low| net.network().to_bits().checked_add(low))
            .map(Ipv4Addr::from_bits)
            .collect(),
        IpNet::V6(_) => Vec::new(),
    });
    listed
        .chain(made.map(IpAddr::V4))
        .filter_map(|address| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
        .filter(move |address| {
            zone.space().contains(IpAddr::V4(*address))
                && networks
                    .iter()
                    .any(|net| net.contains(&IpAddr::V4(*address)))
                && ordinary(policy, IpAddr::V4(*address))
        })
}

/// An address that a host can have: none of the box's own, and neither the
/// first nor the last of a network.
#[must_use]
pub fn ordinary(policy: &Policy, address: IpAddr) -> bool {
    let own = policy
        .zones
        .values()
        .any(|zone| zone.gateway.contains(&address));
    let edge = policy
        .zones
        .values()
        .flat_map(|zone| &zone.networks)
        .any(|net| {
            net.prefix_len() < 31 && (net.network() == address || net.broadcast() == address)
        });
    let nowhere = match address {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.octets().starts_with(&[0])
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_multicast() || v6.is_unspecified(),
    };
    !own && !edge && !nowhere
}

/// The zone to which an address belongs: the most exact network decides.
#[must_use]
pub fn zone_of(policy: &Policy, address: IpAddr) -> Option<&str> {
    policy
        .zones
        .values()
        .filter(|zone| zone.space().contains(address))
        .filter_map(|zone| {
            let nets = zone.networks.iter().chain(&zone.networks6);
            let exact = nets
                .filter(|net| net.contains(&address))
                .map(IpNet::prefix_len)
                .max()?;
            Some((exact, zone.name.as_str()))
        })
        .max_by_key(|(exact, _)| *exact)
        .map(|(_, name)| name)
}
