//! The head of a packet: from whom, to whom, which service. Pure. The bytes
//! are a stranger's: what is cut off or lies stays unknown, never guessed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::policy::{PortRange, Protocol};

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP6: u8 = 58;
const ECHO: u16 = 8;
const ECHO6: u16 = 128;
/// Extension headers of IPv6 that are walked over; more of them are not.
const EXTENSIONS: usize = 8;
const FRAGMENT: u8 = 44;

/// What is asked for: protocol and destination port, or type of an ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// IANA protocol number.
    pub protocol: u8,
    /// Port or type; none where the protocol has none or the packet is a
    /// later fragment.
    pub port: Option<u16>,
}

impl Service {
    /// In the words of the policy; none where no flow could name it.
    #[must_use]
    pub fn listed(self) -> Option<PortRange> {
        let (protocol, port) = match (self.protocol, self.port) {
            (TCP, Some(port)) => (Protocol::Tcp, port),
            (UDP, Some(port)) => (Protocol::Udp, port),
            (ICMP, Some(ECHO)) | (ICMP6, Some(ECHO6)) => (Protocol::Icmp, 0),
            _ => return None,
        };
        Some(PortRange {
            protocol,
            first: port,
            last: port,
        })
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.protocol, self.port) {
            (ICMP, Some(ECHO)) => write!(f, "icmp"),
            (ICMP6, Some(ECHO6)) => write!(f, "icmpv6"),
            (ICMP, Some(kind)) => write!(f, "icmp/{kind}"),
            (ICMP6, Some(kind)) => write!(f, "icmpv6/{kind}"),
            (TCP, Some(port)) => write!(f, "tcp/{port}"),
            (UDP, Some(port)) => write!(f, "udp/{port}"),
            (protocol, _) => write!(f, "ip/{protocol}"),
        }
    }
}

impl FromStr for Service {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let service = |protocol, port| Ok(Self { protocol, port });
        match word.split_once('/') {
            None if word == "icmp" => service(ICMP, Some(ECHO)),
            None if word == "icmpv6" => service(ICMP6, Some(ECHO6)),
            Some(("ip", number)) => service(number.parse().map_err(drop)?, None),
            Some((name, number)) => {
                let number = Some(number.parse().map_err(drop)?);
                match name {
                    "tcp" => service(TCP, number),
                    "udp" => service(UDP, number),
                    "icmp" => service(ICMP, number),
                    "icmpv6" => service(ICMP6, number),
                    _ => Err(()),
                }
            }
            None => Err(()),
        }
    }
}

/// The head of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Header {
    /// From.
    pub source: IpAddr,
    /// To.
    pub destination: IpAddr,
    /// What for.
    pub service: Service,
    /// It could begin a session: not a TCP segment that presupposes one, not
    /// an answer or an error of ICMP, not a later fragment.
    pub opening: bool,
}

impl Header {
    /// Reads a packet from its network header on.
    #[must_use]
    pub fn read(untrusted_bytes: &[u8]) -> Option<Self> {
        match untrusted_bytes.first()? >> 4 {
            4 => Self::of_ipv4(untrusted_bytes),
            6 => Self::of_ipv6(untrusted_bytes),
            _ => None,
        }
    }

    fn of_ipv4(bytes: &[u8]) -> Option<Self> {
        let source: [u8; 4] = *bytes.get(12..)?.first_chunk()?;
        let destination: [u8; 4] = *bytes.get(16..)?.first_chunk()?;
        let length = usize::from(bytes.first()? & 0xf).checked_mul(4)?;
        let protocol = *bytes.get(9)?;
        let later = two(bytes, 6)? & 0x1fff != 0;
        let inside = if later || length < 20 {
            &[]
        } else {
            bytes.get(length..).unwrap_or_default()
        };
        Some(Self::with(
            IpAddr::V4(Ipv4Addr::from(source)),
            IpAddr::V4(Ipv4Addr::from(destination)),
            protocol,
            inside,
        ))
    }

    fn of_ipv6(bytes: &[u8]) -> Option<Self> {
        let source: [u8; 16] = *bytes.get(8..)?.first_chunk()?;
        let destination: [u8; 16] = *bytes.get(24..)?.first_chunk()?;
        let mut protocol = *bytes.get(6)?;
        let mut inside = bytes.get(40..).unwrap_or_default();
        for _ in 0..EXTENSIONS {
            let length = match protocol {
                FRAGMENT if two(inside, 2).is_none_or(|word| word & 0xfff8 != 0) => {
                    protocol = inside.first().copied().unwrap_or(protocol);
                    inside = &[];
                    break;
                }
                FRAGMENT => 8,
                // hop-by-hop, routing, destination options
                0 | 43 | 60 => match inside.get(1) {
                    Some(units) => usize::from(*units).saturating_add(1).saturating_mul(8),
                    None => break,
                },
                _ => break,
            };
            let Some(next) = inside.first() else { break };
            protocol = *next;
            inside = inside.get(length..).unwrap_or_default();
        }
        Some(Self::with(
            IpAddr::V6(Ipv6Addr::from(source)),
            IpAddr::V6(Ipv6Addr::from(destination)),
            protocol,
            inside,
        ))
    }

    fn with(source: IpAddr, destination: IpAddr, protocol: u8, inside: &[u8]) -> Self {
        let port = match protocol {
            TCP | UDP => two(inside, 2),
            ICMP | ICMP6 => inside.first().map(|kind| u16::from(*kind)),
            _ => None,
        };
        let opening = match protocol {
            // SYN without ACK, RST, FIN
            TCP => inside.get(13).is_some_and(|flags| flags & 0b1_0111 == 0b10),
            ICMP => port == Some(ECHO),
            ICMP6 => port == Some(ECHO6),
            UDP => port.is_some(),
            _ => true,
        };
        Self {
            source,
            destination,
            service: Service { protocol, port },
            opening,
        }
    }
}

fn two(bytes: &[u8], place: usize) -> Option<u16> {
    let two = bytes.get(place..)?.first_chunk()?;
    Some(u16::from_be_bytes(*two))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A SYN from 10.1.5.5 to 8.8.8.8 port 443, as nflog handed it over.
    const SYN: [u8; 40] = [
        0x45, 0, 0, 40, 0xa1, 0xb2, 0x40, 0, 63, 6, 0, 0, 10, 1, 5, 5, 8, 8, 8, 8, // IPv4
        0xc3, 0x50, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xfa, 0xf0, 0, 0, 0,
        0, // TCP
    ];

    fn shown(bytes: &[u8]) -> String {
        let head = Header::read(bytes).unwrap();
        let opening = if head.opening { "opening" } else { "stray" };
        format!(
            "{} {} {} {opening}",
            head.source, head.destination, head.service
        )
    }

    #[test]
    fn a_head_is_read_and_what_is_cut_off_stays_unknown() {
        assert_eq!(shown(&SYN), "10.1.5.5 8.8.8.8 tcp/443 opening");
        assert_eq!(shown(&SYN[..20]), "10.1.5.5 8.8.8.8 ip/6 stray");
        assert_eq!(Header::read(&SYN[..19]), None);
        let mut acknowledged = SYN;
        acknowledged[33] = 0x12;
        assert_eq!(shown(&acknowledged), "10.1.5.5 8.8.8.8 tcp/443 stray");
        let mut fragment = SYN;
        fragment[7] = 1; // its ports would be a stranger's choice
        assert_eq!(shown(&fragment), "10.1.5.5 8.8.8.8 ip/6 stray");
    }

    #[test]
    fn extension_headers_are_walked_over() {
        let mut packet = vec![0x60, 0, 0, 0, 0, 24, 60, 64];
        packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        packet.extend([FRAGMENT, 0, 1, 4, 0, 0, 0, 0]); // destination options
        packet.extend([UDP, 0, 0, 1, 0, 0, 0, 7]); // first fragment
        packet.extend([0x10, 0, 0, 53, 0, 8, 0, 0]);
        assert_eq!(shown(&packet), "2001:db8::1 2001:db8::2 udp/53 opening");
        packet[51] = 8; // a later fragment
        assert_eq!(shown(&packet), "2001:db8::1 2001:db8::2 ip/17 stray");
    }

    proptest! {
        #[test]
        fn no_packet_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = Header::read(&bytes);
        }

        #[test]
        fn a_service_is_read_as_it_is_written(protocol in any::<u8>(), port in proptest::option::of(any::<u16>())) {
            let service = Service { protocol, port };
            let read: Service = service.to_string().parse().unwrap();
            prop_assert_eq!(read.to_string(), service.to_string());
            prop_assert_eq!(read.listed(), service.listed());
        }
    }
}
