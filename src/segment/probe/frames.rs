//! Packets as bytes, also those no host would send. Pure. Layout and checksums
//! are smoltcp's; which bytes stand in a field is ours, so that a field can
//! hold what it must not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, Icmpv4Message, Icmpv4Packet, IpAddress,
    IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, TcpSeqNumber, UdpPacket,
};
use smoltcp::wire::{Icmpv6Message, Icmpv6Packet};

/// TCP flags as they stand in the header.
pub mod flag {
    /// No more data.
    pub const FIN: u8 = 0x01;
    /// Open.
    pub const SYN: u8 = 0x02;
    /// Reset.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// Acknowledge.
    pub const ACK: u8 = 0x10;
    /// Urgent.
    pub const URG: u8 = 0x20;
}

/// What makes one firing of one step recognisable, and fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Sixty-four bits that stand in no other packet.
    pub nonce: [u8; 8],
    /// A source port that no other probe of this round uses.
    pub port: u16,
}

impl Stamp {
    /// What tells the packets of one run apart.
    #[must_use]
    pub fn number(&self) -> u32 {
        let [_, _, _, _, a, b, c, d] = self.nonce;
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Header fields of IPv4 that are usually dull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Options, padded to words.
    pub options: Vec<u8>,
    /// More-fragments flag.
    pub more: bool,
    /// Fragment offset in bytes.
    pub offset: u16,
    /// Identification.
    pub ident: u16,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            ttl: 64,
            options: Vec::new(),
            more: false,
            offset: 0,
            ident: 0x5348,
        }
    }
}

/// An IPv4 packet.
#[must_use]
pub fn ip4(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, body: &[u8], shape: &Shape) -> Vec<u8> {
    let head = 20_usize.saturating_add(shape.options.len());
    let mut bytes = vec![0; head];
    bytes.extend_from_slice(body);
    let total = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    if let Some(place) = bytes.get_mut(20..head) {
        place.copy_from_slice(&shape.options);
    }
    let mut packet = Ipv4Packet::new_unchecked(&mut bytes);
    packet.set_version(4);
    packet.set_header_len(u8::try_from(head).unwrap_or(60));
    packet.set_total_len(total);
    packet.set_ident(shape.ident);
    packet.clear_flags();
    packet.set_more_frags(shape.more);
    packet.set_frag_offset(shape.offset);
    packet.set_hop_limit(shape.ttl);
    packet.set_next_header(IpProtocol::from(protocol));
    packet.set_src_addr(from);
    packet.set_dst_addr(to);
    packet.fill_checksum();
    bytes
}

/// An IPv6 packet.
#[must_use]
pub fn ip6(from: Ipv6Addr, to: Ipv6Addr, next: u8, body: &[u8], hops: u8) -> Vec<u8> {
    let mut bytes = vec![0; 40];
    bytes.extend_from_slice(body);
    let mut packet = Ipv6Packet::new_unchecked(&mut bytes);
    packet.set_version(6);
    packet.set_payload_len(u16::try_from(body.len()).unwrap_or(u16::MAX));
    packet.set_next_header(IpProtocol::from(next));
    packet.set_hop_limit(hops);
    packet.set_src_addr(from);
    packet.set_dst_addr(to);
    bytes
}

/// A packet of the family that both addresses have; nothing where they differ.
#[must_use]
pub fn ip(from: IpAddr, to: IpAddr, protocol: u8, body: &[u8]) -> Vec<u8> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => ip4(from, to, protocol, body, &Shape::default()),
        (IpAddr::V6(from), IpAddr::V6(to)) => ip6(from, to, protocol, body, 64),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Vec::new(),
    }
}

/// A hardware address as people write it.
#[must_use]
pub fn hardware_text(hardware: [u8; 6]) -> String {
    hardware.map(|byte| format!("{byte:02x}")).join(":")
}

/// The same packet with another type of service (traffic class).
#[must_use]
pub fn served(mut packet: Vec<u8>, service: u8) -> Vec<u8> {
    if packet.first().is_some_and(|byte| byte >> 4 == 6) {
        Ipv6Packet::new_unchecked(&mut packet).set_traffic_class(service);
    } else if packet.len() >= 20 {
        if let Some(place) = packet.get_mut(1) {
            *place = service;
        }
        Ipv4Packet::new_unchecked(&mut packet).fill_checksum();
    }
    packet
}

/// A TCP segment's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Source port.
    pub from: u16,
    /// Destination port.
    pub to: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledged.
    pub ack: u32,
    /// Flags.
    pub flags: u8,
}

/// A TCP segment.
#[must_use]
pub fn tcp(from: IpAddr, to: IpAddr, segment: Segment, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 20];
    bytes.extend_from_slice(payload);
    if let Some(place) = bytes.get_mut(13) {
        *place = segment.flags;
    }
    let mut packet = TcpPacket::new_unchecked(&mut bytes);
    packet.set_src_port(segment.from);
    packet.set_dst_port(segment.to);
    packet.set_seq_number(TcpSeqNumber(segment.seq.cast_signed()));
    packet.set_ack_number(TcpSeqNumber(segment.ack.cast_signed()));
    packet.set_header_len(20);
    packet.set_window_len(64_240);
    packet.fill_checksum(&IpAddress::from(from), &IpAddress::from(to));
    bytes
}

/// A UDP datagram.
#[must_use]
pub fn udp(from: IpAddr, to: IpAddr, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    bytes.extend_from_slice(payload);
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut packet = UdpPacket::new_unchecked(&mut bytes);
    packet.set_src_port(ports.0);
    packet.set_dst_port(ports.1);
    packet.set_len(length);
    packet.fill_checksum(&IpAddress::from(from), &IpAddress::from(to));
    bytes
}

/// An ICMP message: type, code, the four bytes after the checksum, the rest.
#[must_use]
pub fn icmp(kind: u8, code: u8, rest: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend_from_slice(&rest);
    bytes.extend_from_slice(payload);
    let mut packet = Icmpv4Packet::new_unchecked(&mut bytes);
    packet.set_msg_type(Icmpv4Message::from(kind));
    packet.set_msg_code(code);
    packet.fill_checksum();
    bytes
}

/// An ICMPv6 message.
#[must_use]
pub fn icmp6(from: Ipv6Addr, to: Ipv6Addr, kind: u8, rest: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend_from_slice(&rest);
    bytes.extend_from_slice(payload);
    let mut packet = Icmpv6Packet::new_unchecked(&mut bytes);
    packet.set_msg_type(Icmpv6Message::from(kind));
    packet.set_msg_code(0);
    packet.fill_checksum(&from, &to);
    bytes
}

/// An echo request of either family, whole packet.
#[must_use]
pub fn echo(from: IpAddr, to: IpAddr, stamp: &Stamp) -> Vec<u8> {
    let [high, low] = stamp.port.to_be_bytes();
    match (from, to) {
        (IpAddr::V6(from), IpAddr::V6(to)) => ip6(
            from,
            to,
            58,
            &icmp6(from, to, 128, [high, low, 0, 1], &stamp.nonce),
            64,
        ),
        _ => ip(from, to, 1, &icmp(8, 0, [high, low, 0, 1], &stamp.nonce)),
    }
}

/// An ARP packet for Ethernet and IPv4. `operation` 1 asks, 2 answers.
#[must_use]
pub fn arp(operation: u16, from: ([u8; 6], Ipv4Addr), to: ([u8; 6], Ipv4Addr)) -> Vec<u8> {
    let mut bytes = vec![0, 1, 8, 0, 6, 4];
    bytes.extend_from_slice(&operation.to_be_bytes());
    for (hardware, address) in [from, to] {
        bytes.extend_from_slice(&hardware);
        bytes.extend_from_slice(&address.octets());
    }
    bytes
}

/// A frame. `tags` are pairs of ethertype and tag, outermost first.
#[must_use]
pub fn ethernet(
    to: [u8; 6],
    from: [u8; 6],
    tags: &[(u16, u16)],
    kind: u16,
    body: &[u8],
) -> Vec<u8> {
    let mut bytes = vec![0; 14];
    let mut kinds = tags.iter().map(|(kind, _)| *kind).chain([kind]);
    let outermost = kinds.next().unwrap_or(kind);
    for ((_, tag), next) in tags.iter().zip(kinds) {
        bytes.extend_from_slice(&tag.to_be_bytes());
        bytes.extend_from_slice(&next.to_be_bytes());
    }
    bytes.extend_from_slice(body);
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    frame.set_dst_addr(EthernetAddress(to));
    frame.set_src_addr(EthernetAddress(from));
    frame.set_ethertype(EthernetProtocol::from(outermost));
    bytes
}

#[cfg(test)]
mod tests {
    use smoltcp::wire::{Ipv4Repr, TcpControl, TcpRepr};

    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 3, 0, 2);
    const B: Ipv4Addr = Ipv4Addr::new(10, 1, 20, 80);

    #[test]
    fn a_plain_segment_is_read_by_an_independent_parser() {
        let segment = Segment {
            from: 40_000,
            to: 443,
            seq: 7,
            ack: 0,
            flags: flag::SYN,
        };
        let packet = ip4(
            A,
            B,
            6,
            &tcp(A.into(), B.into(), segment, b"nonce"),
            &Shape::default(),
        );
        let read = Ipv4Packet::new_checked(&packet).unwrap();
        let checks = smoltcp::phy::ChecksumCapabilities::default();
        let head = Ipv4Repr::parse(&read, &checks).unwrap();
        let inner = TcpPacket::new_checked(read.payload()).unwrap();
        let inner = TcpRepr::parse(
            &inner,
            &head.src_addr.into(),
            &head.dst_addr.into(),
            &checks,
        )
        .unwrap();
        assert_eq!(
            (inner.control, inner.payload),
            (TcpControl::Syn, &b"nonce"[..])
        );
    }

    #[test]
    fn tags_stand_in_order_and_options_in_the_header() {
        let frame = ethernet([1; 6], [2; 6], &[(0x88a8, 5), (0x8100, 100)], 0x0800, b"x");
        assert_eq!(frame[12..], [0x88, 0xa8, 0, 5, 0x81, 0, 0, 100, 8, 0, b'x']);
        let shape = Shape {
            options: vec![131, 7, 4, 10, 0, 0, 1, 0],
            offset: 16,
            ..Shape::default()
        };
        let packet = ip4(A, B, 17, b"body", &shape);
        assert_eq!(
            (packet[0], packet[7], packet[20], packet.len()),
            (0x47, 2, 131, 32)
        );
    }

    #[test]
    fn families_never_mix() {
        assert!(ip(A.into(), Ipv6Addr::LOCALHOST.into(), 6, b"").is_empty());
    }
}
