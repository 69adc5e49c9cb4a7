//! What a guest on a living network does differently: no packet outlives the
//! gateway's next neighbour, nothing is said to everybody, and connections
//! that were opened are closed. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket};

use super::frames::{Segment, flag, ip, tcp};
use super::offer::{Hardware, Shot};

/// The lifetime of every ordinary probe, and of a guest's: enough for the
/// gateway and the host behind it, and for no router after that.
const ORDINARY: u8 = 64;
const SHORT: u8 = 2;

/// The same shot, fit for a living network.
#[must_use]
pub fn polite(mut shot: Shot) -> Shot {
    shorten(&mut shot);
    let to_all = matches!(shot.to, Hardware::Broadcast | Hardware::Group);
    // A host's packet in a frame for everybody is the test itself, and nobody
    // but a router looks at it; groups, ARP and discovery are for hosts.
    if to_all && !destination(&shot).is_some_and(is_one_host) {
        shot.to = Hardware::Gateway;
    }
    shot
}

fn shorten(shot: &mut Shot) {
    match shot.kind {
        0x0800 => {
            if let Ok(mut packet) = Ipv4Packet::new_checked(shot.body.as_mut_slice())
                && packet.hop_limit() == ORDINARY
            {
                packet.set_hop_limit(SHORT);
                packet.fill_checksum();
            }
        }
        0x86dd => {
            let mut packet = Ipv6Packet::new_unchecked(shot.body.as_mut_slice());
            if packet.check_len().is_ok() && packet.hop_limit() == ORDINARY {
                packet.set_hop_limit(SHORT);
            }
        }
        _ => {}
    }
}

/// The IP destination of a shot, if it is IP at all.
#[must_use]
pub fn destination(shot: &Shot) -> Option<IpAddr> {
    match shot.kind {
        0x0800 => {
            let bytes: [u8; 4] = shot.body.get(16..20)?.try_into().ok()?;
            Some(Ipv4Addr::from(bytes).into())
        }
        0x86dd => {
            let bytes: [u8; 16] = shot.body.get(24..40)?.try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// The IP source of a shot, if it is IP at all.
#[must_use]
pub fn source(shot: &Shot) -> Option<IpAddr> {
    match shot.kind {
        0x0800 => {
            let bytes: [u8; 4] = shot.body.get(12..16)?.try_into().ok()?;
            Some(Ipv4Addr::from(bytes).into())
        }
        0x86dd => {
            let bytes: [u8; 16] = shot.body.get(8..24)?.try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

fn is_one_host(address: IpAddr) -> bool {
    let everybody = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_multicast() && !everybody
}

/// The reset by which the client of a scripted conversation leaves, from its
/// opening; none for what opens nothing.
#[must_use]
pub fn parting(opening: &Shot) -> Option<Shot> {
    let (from, to) = (source(opening)?, destination(opening)?);
    let segment = match opening.kind {
        0x0800 => {
            let packet = Ipv4Packet::new_checked(opening.body.as_slice()).ok()?;
            (packet.next_header() == IpProtocol::Tcp).then(|| packet.payload())?
        }
        _ => {
            let packet = Ipv6Packet::new_checked(opening.body.as_slice()).ok()?;
            (packet.next_header() == IpProtocol::Tcp).then(|| packet.payload())?
        }
    };
    let opened = TcpPacket::new_checked(segment).ok()?;
    let leave = Segment {
        from: opened.src_port(),
        to: opened.dst_port(),
        // After the opening with its nonce and one more.
        seq: opened.seq_number().0.cast_unsigned().wrapping_add(17),
        ack: 0,
        flags: flag::RST,
    };
    (opened.syn() && !opened.ack())
        .then(|| Shot::packet(ip(from, to, 6, &tcp(from, to, leave, &[]))))
}

#[cfg(test)]
mod tests {
    use super::super::frames::{Shape, Stamp, ip4, udp};
    use super::super::way::syn;
    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 3, 0, 2);
    const B: Ipv4Addr = Ipv4Addr::new(10, 1, 20, 80);
    const STAMP: Stamp = Stamp {
        nonce: *b"noncenon",
        port: 40_000,
    };

    fn opening() -> Shot {
        Shot::packet(ip(
            A.into(),
            B.into(),
            6,
            &syn(A, B, 443, flag::SYN, &STAMP),
        ))
    }

    #[test]
    fn no_packet_outlives_the_next_neighbour_but_one_that_tests_lifetimes() {
        let packet = |shot: Shot| Ipv4Packet::new_checked(polite(shot).body).unwrap();
        let ordinary = packet(opening());
        assert_eq!(
            (ordinary.hop_limit(), ordinary.verify_checksum()),
            (2, true)
        );
        let long = Shape {
            ttl: 255,
            ..Shape::default()
        };
        let body = udp(A.into(), B.into(), (1, 2), &STAMP.nonce);
        assert_eq!(
            packet(Shot::packet(ip4(A, B, 17, &body, &long))).hop_limit(),
            255
        );
    }

    #[test]
    fn only_a_hosts_packet_is_ever_sent_to_everybody() {
        let to_all = |shot: Shot| {
            polite(Shot {
                to: Hardware::Broadcast,
                ..shot
            })
            .to
        };
        assert_eq!(to_all(opening()), Hardware::Broadcast);
        let group = Ipv4Addr::new(224, 0, 0, 251);
        let multicast = Shot::packet(ip(A.into(), group.into(), 17, b"12345678"));
        assert_eq!(to_all(multicast), Hardware::Gateway);
        let frame = Shot {
            to: Hardware::Broadcast,
            tags: Vec::new(),
            kind: 0x0806,
            body: vec![0; 28],
        };
        assert_eq!(to_all(frame), Hardware::Gateway);
    }

    #[test]
    fn what_opened_is_closed_and_nothing_else() {
        let leave = parting(&opening()).unwrap();
        let packet = Ipv4Packet::new_checked(leave.body.as_slice()).unwrap();
        let segment = TcpPacket::new_checked(packet.payload()).unwrap();
        assert!(segment.rst() && segment.src_port() == 40_000 && segment.dst_port() == 443);
        assert_eq!(segment.seq_number().0, 1_017);
        let data = ip(A.into(), B.into(), 6, &syn(A, B, 443, flag::ACK, &STAMP));
        assert_eq!(parting(&Shot::packet(data)), None);
    }
}
