//! Sessions as the kernel tracks them: all of them, one to be ended, and the
//! news of new and ended ones.
//!
//! Promised: what cannot be read completely is no [`Connection`]; `delete`
//! ends exactly the session that was listed (its id is sent along), never a
//! later one with the same addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;

use super::message::{
    ACKNOWLEDGE, Attribute, Attributes, CREATED, DUMP, Message, NESTED, Request, inside,
};
use super::{Received, Socket};

/// Subsystem `ctnetlink` in the upper byte; new, get, delete in the lower.
const NEW: u16 = 0x0100;
const GET: u16 = 0x0101;
const DELETE: u16 = 0x0102;

/// Multicast groups.
const GROUP_NEW: u32 = 1;
const GROUP_DESTROY: u32 = 3;

const CTA_TUPLE_ORIG: u16 = 1;
const CTA_TUPLE_REPLY: u16 = 2;
const CTA_STATUS: u16 = 3;
const CTA_TIMEOUT: u16 = 7;
const CTA_COUNTERS_ORIG: u16 = 9;
const CTA_COUNTERS_REPLY: u16 = 10;
const CTA_ID: u16 = 12;
const CTA_ZONE: u16 = 18;
const CTA_TUPLE_IP: u16 = 1;
const CTA_TUPLE_PROTO: u16 = 2;
/// Seen in both directions, assured and confirmed (`enum ip_conntrack_status`):
/// a full table throws such a session out for nobody.
const ASSURED: u32 = 2 | 4 | 8;
const CTA_COUNTERS_PACKETS: u16 = 1;
const CTA_COUNTERS_BYTES: u16 = 2;

/// One tracked session, in the direction of its first packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who began it.
    pub source: IpAddr,
    /// With whom.
    pub destination: IpAddr,
    /// IANA protocol number.
    pub protocol: u8,
    /// Nought for protocols without ports.
    pub source_port: u16,
    /// Nought for protocols without ports.
    pub destination_port: u16,
    /// Type of the first message, for ICMP and ICMPv6.
    pub icmp_type: Option<u8>,
    /// `enum ip_conntrack_status`.
    pub status: u32,
    /// Conntrack zone (not a zone of the policy).
    pub zone: u16,
    /// The kernel's number for this session.
    pub id: Option<u32>,
    /// Packets and bytes of both directions, where the kernel counts them
    /// (`nf_conntrack_acct`).
    pub traffic: Option<(u64, u64)>,
    /// The first packet's tuple as the kernel wrote it.
    tuple: Vec<u8>,
}

impl Connection {
    /// Reads one message about a session.
    #[must_use]
    pub fn read(message: &Message<'_>) -> Option<Self> {
        let attributes = message.attributes();
        let tuple = attributes.get(CTA_TUPLE_ORIG)?;
        let addresses = tuple.nested().get(CTA_TUPLE_IP)?.nested();
        let protocol = tuple.nested().get(CTA_TUPLE_PROTO)?.nested();
        let source = address(&addresses, 1, 3)?;
        let destination = address(&addresses, 2, 4)?;
        let number = |number| protocol.get(number).and_then(|found| found.two());
        let icmp = protocol.get(5).or_else(|| protocol.get(8));
        Some(Self {
            source,
            destination,
            protocol: protocol.get(1)?.byte()?,
            source_port: number(2).unwrap_or(0),
            destination_port: number(3).unwrap_or(0),
            icmp_type: icmp.and_then(|found| found.byte()),
            status: attributes
                .get(CTA_STATUS)
                .and_then(|found| found.four())
                .unwrap_or(0),
            zone: attributes
                .get(CTA_ZONE)
                .and_then(|found| found.two())
                .unwrap_or(0),
            id: attributes.get(CTA_ID).and_then(|found| found.four()),
            traffic: traffic(&attributes),
            tuple: tuple.value.to_vec(),
        })
    }

    fn family(&self) -> u8 {
        // AF_INET and AF_INET6 of Linux.
        if self.source.is_ipv4() { 2 } else { 10 }
    }
}

fn address(addresses: &Attributes<'_>, four: u16, six: u16) -> Option<IpAddr> {
    let octets = |number| addresses.get(number).map(|found| found.value);
    if let Some(octets) = octets(four) {
        let octets: [u8; 4] = octets.try_into().ok()?;
        return Some(IpAddr::V4(Ipv4Addr::from(octets)));
    }
    let octets: [u8; 16] = octets(six)?.try_into().ok()?;
    Some(IpAddr::V6(Ipv6Addr::from(octets)))
}

fn traffic(attributes: &Attributes<'_>) -> Option<(u64, u64)> {
    let (mut packets, mut bytes, mut counted) = (0_u64, 0_u64, false);
    for direction in [CTA_COUNTERS_ORIG, CTA_COUNTERS_REPLY] {
        let Some(counters) = attributes.get(direction) else {
            continue;
        };
        let value = |number| {
            let found: Option<Attribute<'_>> = counters.nested().get(number);
            found.and_then(|found| found.eight()).unwrap_or(0)
        };
        counted = true;
        packets = packets.saturating_add(value(CTA_COUNTERS_PACKETS));
        bytes = bytes.saturating_add(value(CTA_COUNTERS_BYTES));
    }
    counted.then_some((packets, bytes))
}

/// Asks the kernel about sessions, in this thread's network namespace.
#[derive(Debug)]
pub struct Conntrack(Socket);

impl Conntrack {
    /// A socket for questions.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open() -> io::Result<Self> {
        Socket::open().map(Self)
    }

    /// Shows every session, of both address families.
    ///
    /// # Errors
    /// What the kernel says; `Interrupted` when the table was resized meanwhile.
    pub fn each(&mut self, seen: &mut dyn FnMut(Connection)) -> io::Result<()> {
        let all = Request::new(GET, DUMP, 0, 0);
        self.0.request(&all, &mut |message| {
            if message.kind == NEW
                && let Some(connection) = Connection::read(message)
            {
                seen(connection);
            }
        })
    }

    /// Ends every session of this network namespace.
    ///
    /// # Errors
    /// What the kernel says: not privileged.
    pub fn flush(&mut self) -> io::Result<()> {
        let all = Request::new(DELETE, ACKNOWLEDGE, 0, 0);
        self.0.request(&all, &mut |_| {})
    }

    /// Writes sessions that no packet began until the table is full, at most
    /// `most`; says how many. None of them makes room for another.
    ///
    /// # Errors
    /// What the kernel says, but that there is no room.
    pub fn fill(&mut self, most: u32) -> io::Result<u32> {
        for number in 0..most {
            // 198.18.0.0/15 is for measuring and never a host's (RFC 2544).
            let [_, high, low, port] = number.to_be_bytes();
            let one = SocketAddrV4::new(Ipv4Addr::new(198, 18, high, low), u16::from(port) + 1);
            let other = SocketAddrV4::new(Ipv4Addr::new(198, 19, 0, 1), 9);
            let request = Request::new(NEW, ACKNOWLEDGE | CREATED, 2, 0)
                .with_nested(CTA_TUPLE_ORIG, &udp_tuple(one, other))
                .with_nested(CTA_TUPLE_REPLY, &udp_tuple(other, one))
                .with(CTA_STATUS, &ASSURED.to_be_bytes())
                .with(CTA_TIMEOUT, &60_u32.to_be_bytes());
            match self.0.request(&request, &mut |_| {}) {
                Ok(()) => {}
                Err(error) if error.raw_os_error() == Some(Errno::ENOMEM as i32) => {
                    return Ok(number);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(most)
    }

    /// Ends one session: its next packet is a new one and is judged as such.
    /// False when it was gone already.
    ///
    /// # Errors
    /// What the kernel says: not privileged.
    pub fn delete(&mut self, connection: &Connection) -> io::Result<bool> {
        let mut request = Request::new(DELETE, ACKNOWLEDGE, connection.family(), 0)
            .with_nested(CTA_TUPLE_ORIG, &connection.tuple);
        if connection.zone != 0 {
            request = request.with(CTA_ZONE, &connection.zone.to_be_bytes());
        }
        if let Some(id) = connection.id {
            request = request.with(CTA_ID, &id.to_be_bytes());
        }
        match self.0.request(&request, &mut |_| {}) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A UDP session's two addresses with their ports, as an attribute's inside.
fn udp_tuple(from: SocketAddrV4, to: SocketAddrV4) -> Vec<u8> {
    let addresses = inside(&[(1, &from.ip().octets()), (2, &to.ip().octets())]);
    let (source, destination) = (from.port().to_be_bytes(), to.port().to_be_bytes());
    let protocol = inside(&[(1, &[17]), (2, &source), (3, &destination)]);
    inside(&[
        (CTA_TUPLE_IP | NESTED, &addresses),
        (CTA_TUPLE_PROTO | NESTED, &protocol),
    ])
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its first packet was let through.
    Began,
    /// It ended, was deleted or ran out of time.
    Ended,
}

/// Hears of sessions that begin and end, in this thread's network namespace.
#[derive(Debug)]
pub struct Events(Socket);

impl Events {
    /// Subscribes.
    ///
    /// # Errors
    /// The system refuses: not privileged.
    pub fn subscribe() -> io::Result<Self> {
        Socket::subscribed(&[GROUP_NEW, GROUP_DESTROY]).map(Self)
    }

    /// Reads what waits, at most `limit` datagrams.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn receive(
        &mut self,
        limit: usize,
        seen: &mut dyn FnMut(Change, Connection),
    ) -> io::Result<Received> {
        self.0.receive(limit, &mut |message| {
            let change = match message.kind {
                NEW if message.flags & CREATED == CREATED => Change::Began,
                DELETE => Change::Ended,
                _ => return,
            };
            if let Some(connection) = Connection::read(message) {
                seen(change, connection);
            }
        })
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
