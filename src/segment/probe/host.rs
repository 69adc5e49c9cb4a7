//! A host in user space: smoltcp's own TCP, UDP and echo, with its timers, its
//! options and its orderly end. Packets and time come in, packets go out: it
//! reaches no interface itself. Pure.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{icmp as echoes, tcp, udp};
use smoltcp::storage::PacketMetadata;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint, IpListenEndpoint};

use super::frames::{icmp, icmp6};

/// The largest packet that any Ethernet carries whole.
const LARGEST: usize = 1_500;
/// Room for what is on its way in one direction.
const ROOM: usize = 16_384;

/// What is spoken, and the server's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tongue {
    /// A connection.
    Tcp(u16),
    /// A datagram and its answer.
    Udp(u16),
    /// An echo request and its reply.
    Echo,
}

/// What one half of a conversation is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its address.
    pub own: IpAddr,
    /// The other half's.
    pub peer: IpAddr,
    /// What is spoken.
    pub tongue: Tongue,
    /// The client's port, or the echo's identifier.
    pub port: u16,
    /// What it says; the other half says as much.
    pub words: Vec<u8>,
    /// It begins.
    pub begins: bool,
}

/// One half of a conversation.
pub struct Host {
    interface: Interface,
    line: Line,
    sockets: SocketSet<'static>,
    mouth: Mouth,
    part: Part,
    has_spoken: bool,
    /// What it was told.
    pub heard: Vec<u8>,
}

enum Mouth {
    Tcp(SocketHandle),
    Udp(SocketHandle),
    Echo(SocketHandle),
    /// The stack answers an echo by itself.
    None,
}

impl Host {
    /// None when the two addresses are not of one family, or a port is 0.
    #[must_use]
    pub fn new(part: Part) -> Option<Self> {
        let mut line = Line::default();
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed(&part.words);
        let mut interface = Interface::new(config, &mut line, Instant::ZERO);
        let whole = if part.own.is_ipv4() { 32 } else { 128 };
        interface.update_ip_addrs(|own| {
            // One of one: there is room.
            let _ = own.push(IpCidr::new(part.own.into(), whole));
        });
        let routes = interface.routes_mut();
        match part.peer {
            IpAddr::V4(peer) => routes.add_default_ipv4_route(peer).ok()?,
            IpAddr::V6(peer) => routes.add_default_ipv6_route(peer).ok()?,
        };
        let mut sockets = SocketSet::new(Vec::new());
        let mouth = open(&part, &mut interface, &mut sockets)?;
        (part.own.is_ipv4() == part.peer.is_ipv4()).then_some(Self {
            interface,
            line,
            sockets,
            mouth,
            part,
            has_spoken: false,
            heard: Vec::new(),
        })
    }

    /// Whether a packet with this destination is for it.
    #[must_use]
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.part.own == address
    }

    /// A packet arrives.
    pub fn hear(&mut self, packet: Vec<u8>) {
        self.line.came.push_back(packet);
    }

    /// Works on what came; gives what goes out. `at` counts from any beginning.
    pub fn turn(&mut self, at: Duration) -> Vec<Vec<u8>> {
        let now = Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX));
        self.interface.poll(now, &mut self.line, &mut self.sockets);
        self.converse();
        self.interface.poll(now, &mut self.line, &mut self.sockets);
        std::mem::take(&mut self.line.goes)
    }

    /// It has heard and said everything, and nothing of it stays open.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match self.mouth {
            Mouth::Tcp(socket) => {
                let state = self.sockets.get::<tcp::Socket<'_>>(socket).state();
                let closed = matches!(state, tcp::State::Closed | tcp::State::TimeWait);
                closed && self.has_spoken && self.has_heard()
            }
            Mouth::Udp(_) | Mouth::Echo(_) => self.has_spoken && self.has_heard(),
            Mouth::None => true,
        }
    }

    fn has_heard(&self) -> bool {
        self.heard.len() >= self.part.words.len()
    }

    /// Whose turn it is to speak: the client's, and the server's once it was
    /// told everything.
    fn may_speak(&self) -> bool {
        !self.has_spoken && (self.part.begins || self.has_heard())
    }

    fn converse(&mut self) {
        match self.mouth {
            Mouth::Tcp(socket) => self.by_tcp(socket),
            Mouth::Udp(socket) => self.by_udp(socket),
            Mouth::Echo(socket) => self.by_echo(socket),
            Mouth::None => {}
        }
    }

    fn by_tcp(&mut self, socket: SocketHandle) {
        let heard = &mut self.heard;
        let stream = self.sockets.get_mut::<tcp::Socket<'_>>(socket);
        while stream.can_recv() {
            let more = stream.recv(|bytes| {
                heard.extend_from_slice(bytes);
                (bytes.len(), bytes.len())
            });
            if more.is_err() {
                break;
            }
        }
        let speaks = self.may_speak();
        let stream = self.sockets.get_mut::<tcp::Socket<'_>>(socket);
        if speaks && stream.may_send() {
            self.has_spoken = stream.send_slice(&self.part.words).is_ok();
        }
        if self.has_spoken && self.has_heard() {
            let stream = self.sockets.get_mut::<tcp::Socket<'_>>(socket);
            stream.close();
        }
    }

    fn by_udp(&mut self, socket: SocketHandle) {
        let datagrams = self.sockets.get_mut::<udp::Socket<'_>>(socket);
        let mut from = None;
        while let Ok((bytes, sender)) = datagrams.recv() {
            self.heard.extend_from_slice(bytes);
            from = Some(sender.endpoint);
        }
        let to = match (self.part.tongue, self.part.begins) {
            (Tongue::Udp(port), true) => Some(IpEndpoint::new(self.part.peer.into(), port)),
            _ => from,
        };
        let speaks = self.may_speak();
        let datagrams = self.sockets.get_mut::<udp::Socket<'_>>(socket);
        if let (Some(to), true) = (to, speaks) {
            self.has_spoken = datagrams.send_slice(&self.part.words, to).is_ok();
        }
    }

    fn by_echo(&mut self, socket: SocketHandle) {
        let echo = self.sockets.get_mut::<echoes::Socket<'_>>(socket);
        while let Ok((message, _)) = echo.recv() {
            self.heard.extend(message.get(8..).unwrap_or_default());
        }
        if !self.has_spoken {
            let [high, low] = self.part.port.to_be_bytes();
            let rest = [high, low, 0, 1];
            let message = match (self.part.own, self.part.peer) {
                (IpAddr::V6(own), IpAddr::V6(peer)) => {
                    icmp6(own, peer, 128, rest, &self.part.words)
                }
                _ => icmp(8, 0, rest, &self.part.words),
            };
            self.has_spoken = echo.send_slice(&message, self.part.peer.into()).is_ok();
        }
    }
}

fn open(part: &Part, interface: &mut Interface, sockets: &mut SocketSet<'static>) -> Option<Mouth> {
    let here = |port: u16| IpListenEndpoint {
        addr: Some(part.own.into()),
        port,
    };
    match part.tongue {
        Tongue::Tcp(port) => {
            let room = || tcp::SocketBuffer::new(vec![0; ROOM]);
            let mut stream = tcp::Socket::new(room(), room());
            stream.set_ack_delay(None); // nobody waits for it here
            if part.begins {
                let there = IpEndpoint::new(part.peer.into(), port);
                let context = interface.context();
                stream.connect(context, there, here(part.port)).ok()?;
            } else {
                stream.listen(here(port)).ok()?;
            }
            Some(Mouth::Tcp(sockets.add(stream)))
        }
        Tongue::Udp(port) => {
            let room = || udp::PacketBuffer::new(vec![PacketMetadata::EMPTY; 4], vec![0; ROOM]);
            let mut datagrams = udp::Socket::new(room(), room());
            let own = if part.begins { part.port } else { port };
            datagrams.bind(here(own)).ok()?;
            Some(Mouth::Udp(sockets.add(datagrams)))
        }
        Tongue::Echo if part.begins => {
            let room = || echoes::PacketBuffer::new(vec![PacketMetadata::EMPTY; 4], vec![0; ROOM]);
            let mut echo = echoes::Socket::new(room(), room());
            echo.bind(echoes::Endpoint::Ident(part.port)).ok()?;
            Some(Mouth::Echo(sockets.add(echo)))
        }
        Tongue::Echo => Some(Mouth::None),
    }
}

/// What makes its sequence numbers its own.
fn seed(words: &[u8]) -> u64 {
    let first = words.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first)
}

/// A line to the next neighbour, of which both ends are values.
#[derive(Default)]
struct Line {
    came: VecDeque<Vec<u8>>,
    goes: Vec<Vec<u8>>,
}

struct Coming(Vec<u8>);
struct Going<'a>(&'a mut Vec<Vec<u8>>);

impl Device for Line {
    type RxToken<'a> = Coming;
    type TxToken<'a> = Going<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Coming, Going<'_>)> {
        let packet = self.came.pop_front()?;
        Some((Coming(packet), Going(&mut self.goes)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Going<'_>> {
        Some(Going(&mut self.goes))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut all = DeviceCapabilities::default();
        all.medium = Medium::Ip;
        all.max_transmission_unit = LARGEST;
        all
    }
}

impl RxToken for Coming {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Going<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        self.0.push(packet);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both halves on one line, packet by packet; `passes` may lose some.
    fn talk(
        tongue: Tongue,
        (a, b): (&str, &str),
        mut passes: impl FnMut(usize) -> bool,
    ) -> (Host, Host) {
        let part = |own: &str, peer: &str, word: &[u8], begins| Part {
            own: own.parse().unwrap(),
            peer: peer.parse().unwrap(),
            tongue,
            port: 40_000,
            words: word.repeat(400),
            begins,
        };
        let mut client = Host::new(part(a, b, b"question", true)).unwrap();
        let mut server = Host::new(part(b, a, b"answered", false)).unwrap();
        let mut packets = 0;
        for step in 0..60_000 {
            let at = Duration::from_millis(step);
            for (from, to) in [(0, 1), (1, 0)] {
                let both = [&mut client, &mut server];
                for packet in both[from].turn(at) {
                    packets += 1;
                    if passes(packets) {
                        both[to].hear(packet);
                    }
                }
            }
            if client.is_done() && server.is_done() {
                break;
            }
        }
        (client, server)
    }

    const V4: (&str, &str) = ("10.3.0.2", "10.1.20.80");
    const V6: (&str, &str) = ("2001:db8:3::2", "2001:db8:1::80");

    #[test]
    fn a_connection_is_opened_used_and_closed_by_both() {
        for ends in [V4, V6] {
            let (client, server) = talk(Tongue::Tcp(443), ends, |_| true);
            assert!(client.is_done() && server.is_done());
            assert_eq!(server.heard, b"question".repeat(400));
            assert_eq!(client.heard, b"answered".repeat(400));
        }
    }

    #[test]
    fn what_is_lost_is_sent_again() {
        let lost = [1, 6]; // the opening, and data
        let (client, server) = talk(Tongue::Tcp(443), V4, |packet| !lost.contains(&packet));
        assert!(client.is_done() && server.is_done());
        assert_eq!(client.heard, b"answered".repeat(400));
    }

    #[test]
    fn nothing_is_done_where_nothing_passes() {
        for tongue in [Tongue::Tcp(443), Tongue::Udp(53), Tongue::Echo] {
            let (client, _) = talk(tongue, V4, |_| false);
            assert!(!client.is_done() && client.heard.is_empty());
        }
    }

    #[test]
    fn families_never_mix() {
        let part = Part {
            own: V4.0.parse().unwrap(),
            peer: V6.1.parse().unwrap(),
            tongue: Tongue::Udp(53),
            port: 40_000,
            words: vec![1; 64],
            begins: true,
        };
        assert!(Host::new(part).is_none());
    }
}
