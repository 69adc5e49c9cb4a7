//! The words of `explain FROM TO SERVICE` and of `[[expect]]`, and what they
//! mean under a policy. Pure.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::text::{Text, bounded, escape_hostile};
use crate::policy::{Host, Policy, PortRange, Protocol, Space, Zone, parse_ports};

/// One side of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The box, by whichever of its addresses fits.
    Gateway,
    /// The box by its address in this zone.
    GatewayIn(String),
    /// Addresses said to be in this zone.
    In {
        /// The zone.
        zone: String,
        /// The addresses; all of them are meant.
        space: Space,
    },
    /// An address that no zone has.
    Nowhere(IpNet),
    /// A name that only the proxy could reach.
    Name(String),
}

/// The first packet of a new connection, as the kernel sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packet {
    /// Zone of the interface it arrives by. None: the box itself sends it,
    /// through the role that carries such traffic.
    pub from: Option<String>,
    /// Source address.
    pub source: IpAddr,
    /// Destination address, of the box or beyond it.
    pub destination: IpAddr,
    /// What it carries.
    pub carries: Carries,
}

/// Protocol and destination port of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carries {
    /// TCP to this port.
    Tcp(u16),
    /// UDP to this port.
    Udp(u16),
    /// An ICMP or ICMPv6 echo request.
    Echo,
    /// Anything else, by IANA number; no flow can name it.
    Other(u8),
}

impl Carries {
    /// By IANA protocol number; `port` means nothing but for TCP and UDP. Of
    /// ICMP the echo request is meant.
    #[must_use]
    pub fn of(protocol: u8, port: u16) -> Self {
        match protocol {
            6 => Self::Tcp(port),
            17 => Self::Udp(port),
            1 | 58 => Self::Echo,
            other => Self::Other(other),
        }
    }

    /// As a flow would name it.
    #[must_use]
    pub fn range(self) -> Option<PortRange> {
        let (protocol, port) = match self {
            Self::Tcp(port) => (Protocol::Tcp, port),
            Self::Udp(port) => (Protocol::Udp, port),
            Self::Echo => (Protocol::Icmp, 0),
            Self::Other(_) => return None,
        };
        Some(PortRange {
            protocol,
            first: port,
            last: port,
        })
    }
}

/// Would this pass?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// From.
    pub from: Spot,
    /// To.
    pub to: Spot,
    /// All of these must pass.
    pub services: Vec<PortRange>,
}

/// A word that means nothing under this policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// No host, zone or address.
    Spot(String),
    /// No such zone.
    Zone(String),
    /// The host is in another zone than was said: (host, its zone).
    Elsewhere(String, String),
    /// No service.
    Service(String),
}

impl Unclear {
    /// What, and what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        let shown = |word: &str| escape_hostile(&bounded(word, 80));
        match self {
            Self::Spot(word) => Text::new(
                format!(
                    "\"{}\" は区域でもホストでもアドレスでもありません",
                    shown(word)
                ),
                format!("\"{}\" is no zone, host or address", shown(word)),
            ),
            Self::Zone(word) => Text::new(
                format!("区域 \"{}\" は定義されていません", shown(word)),
                format!("zone \"{}\" is not defined", shown(word)),
            ),
            Self::Elsewhere(host, zone) => Text::new(
                format!("ホスト {} は区域 {} にあります", shown(host), shown(zone)),
                format!("host {} is in zone {}", shown(host), shown(zone)),
            ),
            Self::Service(word) => Text::new(
                format!(
                    "\"{}\" はサービスではありません (例: https、tcp/443、icmp)",
                    shown(word)
                ),
                format!(
                    "\"{}\" is no service (such as https, tcp/443, icmp)",
                    shown(word)
                ),
            ),
        }
    }
}

impl Question {
    /// Understands three words. `service` is `None` for a URL, or where every
    /// service is asked about (`services` is then empty).
    ///
    /// # Errors
    /// The first word that means nothing.
    pub fn parse(
        policy: &Policy,
        from: &str,
        to: &str,
        service: Option<&str>,
    ) -> Result<Self, Unclear> {
        let from = spot(policy, from)?;
        if let (Some((host, port)), None) = (url(to), service) {
            let range = PortRange {
                protocol: Protocol::Tcp,
                first: port,
                last: port,
            };
            let to = spot(policy, host).unwrap_or_else(|_| Spot::Name(host.to_owned()));
            return Ok(Self {
                from,
                to,
                services: vec![range],
            });
        }
        let services = match service {
            Some(word) => services(policy, word)?,
            None => Vec::new(),
        };
        Ok(Self {
            from,
            to: spot(policy, to)?,
            services,
        })
    }
}

/// Host and port of an `http` or `https` URL.
fn url(word: &str) -> Option<(&str, u16)> {
    let (rest, port) = if let Some(rest) = word.strip_prefix("https://") {
        (rest, 443)
    } else {
        (word.strip_prefix("http://")?, 80)
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    if let Some((address, after)) = authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        let said = after.strip_prefix(':').and_then(|port| port.parse().ok());
        return Some((address, said.unwrap_or(port)));
    }
    match authority.rsplit_once(':') {
        Some((host, said)) => Some((host, said.parse().ok()?)),
        None => Some((authority, port)),
    }
}

/// A service's name, `tcp/443`, `udp/5000-5010`, `icmp`.
fn services(policy: &Policy, word: &str) -> Result<Vec<PortRange>, Unclear> {
    if let Some(ranges) = policy.services.get(word) {
        return Ok(ranges.clone());
    }
    parse_ports(word)
        .map(|range| vec![range])
        .map_err(|_| Unclear::Service(word.to_owned()))
}

fn spot(policy: &Policy, word: &str) -> Result<Spot, Unclear> {
    if word == "gateway" {
        return Ok(Spot::Gateway);
    }
    if let Some(zone) = policy.zones.get(word) {
        return Ok(Spot::In {
            zone: word.to_owned(),
            space: zone.space(),
        });
    }
    if let Some(host) = policy.hosts.get(word) {
        return Ok(Spot::In {
            zone: host.zone.clone(),
            space: Space::new(&host.addresses, []),
        });
    }
    if let Some(found) = group(policy, word) {
        return Ok(found);
    }
    if let Some(net) = network(word) {
        return Ok(by_address(policy, net));
    }
    let Some((zone, rest)) = word.split_once(':') else {
        return Err(Unclear::Spot(word.to_owned()));
    };
    let Some(found) = policy.zones.get(zone) else {
        return Err(Unclear::Zone(zone.to_owned()));
    };
    if let Some(host) = policy.hosts.get(rest) {
        return if host.zone == zone {
            Ok(Spot::In {
                zone: zone.to_owned(),
                space: Space::new(&host.addresses, []),
            })
        } else {
            Err(Unclear::Elsewhere(rest.to_owned(), host.zone.clone()))
        };
    }
    match group(policy, rest) {
        Some(Spot::In { zone: home, .. }) if home != zone => {
            return Err(Unclear::Elsewhere(rest.to_owned(), home));
        }
        Some(found) => return Ok(found),
        None => {}
    }
    let net = network(rest).ok_or_else(|| Unclear::Spot(rest.to_owned()))?;
    Ok(if is_gateway(found, &net) {
        Spot::GatewayIn(zone.to_owned())
    } else {
        // Said to stand there; whether it can is for the evaluator to judge.
        Spot::In {
            zone: zone.to_owned(),
            space: Space::new([&net], []),
        }
    })
}

/// A group of hosts, all of one zone.
fn group(policy: &Policy, word: &str) -> Option<Spot> {
    let hosts = policy.groups.get(word)?;
    let hosts: Vec<&Host> = hosts
        .iter()
        .filter_map(|name| policy.hosts.get(name))
        .collect();
    Some(Spot::In {
        zone: hosts.first()?.zone.clone(),
        space: Space::new(hosts.iter().flat_map(|host| &host.addresses), []),
    })
}

fn by_address(policy: &Policy, net: IpNet) -> Spot {
    let space = Space::new([&net], []);
    for (name, zone) in &policy.zones {
        if is_gateway(zone, &net) {
            return Spot::GatewayIn(name.clone());
        }
        if zone.space().covers(&space) {
            return Spot::In {
                zone: name.clone(),
                space,
            };
        }
    }
    Spot::Nowhere(net)
}

fn is_gateway(zone: &Zone, net: &IpNet) -> bool {
    zone.gateway
        .iter()
        .any(|address| IpNet::from(*address) == *net)
}

/// An address or prefix; IPv4 in IPv6 clothes is IPv4.
fn network(word: &str) -> Option<IpNet> {
    match word.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address.to_canonical())),
        Err(_) => word.parse::<IpNet>().ok().map(|net| net.trunc()),
    }
}
