//! Kernel and evaluator about the same packets. Real frames, one after the
//! other, through the gateway; each carries its own source port (or echo id),
//! which the witnesses write down: the hosts on each side before anything
//! else, the box behind its last rule.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use jiff::Timestamp;
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, sendto, socket};
use sekimori::policy::{Endpoint, Policy, Protocol};
use sekimori::segment::evaluate::{Carries, Judge, Packet, Verdict};
use sekimori::segment::{Forwarding, apply, observe, sessions};

use crate::net::{Net, ip};
use crate::policies::Chance;

/// Zone, namespace and interface of each side.
const SIDES: [(&str, &str, &str); 3] = [
    ("internet", "wan", "wan0"),
    ("lgwan", "lan", "lan0"),
    ("office", "off", "off0"),
];
/// The first source port; ports asked about are far below.
const FIRST_NONCE: u16 = 30_000;
/// How often a packet that seems to be wrong is offered again.
const AGAIN: usize = 3;

const WITNESS: &str = "add table inet witness\ndelete table inet witness\ntable inet witness {\n\
    set ports {\n type inet_proto . inet_service\n size 65535\n flags dynamic\n}\n\
    set echoes {\n type inet_service\n size 65535\n flags dynamic\n}\n\
    chain seen {\n type filter hook HOOK\n\
    meta l4proto { tcp, udp } add @ports { meta l4proto . th sport }\n\
    icmp type echo-request add @echoes { icmp id }\n\
    icmpv6 type echo-request add @echoes { icmpv6 id }\n\
    END\n}\n}\n";

/// Protocol (1 for echoes) and nonce, by witness.
type Seen = Vec<(&'static str, BTreeSet<(u8, u16)>)>;

/// What came of one policy's packets.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// Packets offered.
    pub offered: usize,
    /// Those that both let pass.
    pub passed: usize,
    /// Those that neither a witness nor a drop counter saw within five seconds.
    pub lost: usize,
    /// Where they differ, in words.
    pub disagreements: Vec<String>,
}

/// The net with witnesses, ready for any number of policies.
pub struct Court {
    net: Net,
    /// Frames in, by side; with the two hardware addresses.
    wires: Vec<(OwnedFd, LinkAddr, [u8; 6])>,
}

impl Court {
    /// `None` where namespaces cannot be had.
    ///
    /// # Panics
    /// When the net cannot be set up.
    #[must_use]
    pub fn new(case: &str) -> Option<Self> {
        let net = Net::new(case)?;
        let mut wires = Vec::new();
        for (_, side, interface) in SIDES {
            routed(&net, side, interface);
            let mine = hardware(&net, "gw", interface);
            wires.push(net.inside(side, || wire(mine)));
            let quiet = WITNESS
                .replace("HOOK", "prerouting priority -400;")
                .replace("END", "drop");
            net.inside(side, || apply::load(&quiet))
                .unwrap_or_else(|error| panic!("{}", error.text().en));
        }
        let inside = WITNESS
            .replace("HOOK", "input priority 100;")
            .replace("END", "");
        net.inside("gw", || apply::load(&inside))
            .unwrap_or_else(|error| panic!("{}", error.text().en));
        Some(Self { net, wires })
    }

    /// Puts `ruleset` in force, offers `count` packets, and asks the evaluator
    /// about each.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn hear(
        &self,
        policy: &Policy,
        ruleset: &sekimori::segment::Ruleset,
        chance: &mut Chance,
        count: usize,
    ) -> Agreement {
        self.put_in_force(policy, ruleset);
        let packets: Vec<(usize, Packet)> = (0..count).map(|_| packet(chance, policy)).collect();
        let judge = Judge::new(policy, Timestamp::now());
        let mut agreement = Agreement {
            offered: count,
            ..Agreement::default()
        };
        let mut asked: Vec<usize> = (0..count).collect();
        let mut wrong = BTreeMap::new();
        for _ in 0..AGAIN {
            let (seen, lost) = self.offer(&packets, &asked);
            agreement.lost += lost;
            wrong = BTreeMap::new();
            for place in asked {
                let (_, packet) = &packets[place];
                let verdict = judge.judge(packet, Timestamp::now());
                let wanted: Option<&str> = match &verdict {
                    Verdict::Allow { .. } => Some(side_of(policy, &judge, packet.destination)),
                    Verdict::Deny(_) => None,
                };
                let got: Vec<&str> = seen
                    .iter()
                    .filter(|(_, nonces)| nonces.contains(&(carried(packet), nonce(place))))
                    .map(|(side, _)| *side)
                    .collect();
                if got == wanted.into_iter().collect::<Vec<_>>() {
                    agreement.passed += usize::from(wanted.is_some());
                } else {
                    wrong.insert(
                        place,
                        format!("{packet:?}: kernel {got:?}, evaluator {verdict:?}"),
                    );
                }
            }
            asked = wrong.keys().copied().collect();
            if asked.is_empty() {
                break;
            }
        }
        agreement.disagreements = wrong.into_values().collect();
        agreement
    }

    /// As the role does it: the rules, then the end of what they no longer
    /// cover. Else the box, which answers an echo request of one policy, takes
    /// the same request under the next one for an established session.
    ///
    /// Forwarding is on for both families whatever the rules say of it: the
    /// rules alone are on trial, and each packet ends before a witness or at a
    /// counted drop.
    fn put_in_force(&self, policy: &Policy, ruleset: &sekimori::segment::Ruleset) {
        self.net.put_in_force(ruleset);
        self.net.inside("gw", || {
            sessions::end_uncovered(Some(policy), Timestamp::now()).expect("sessions can be ended");
            let on = Forwarding {
                ipv4: true,
                ipv6: true,
            };
            if let Err(error) = apply::forward(on, &ruleset.sysctls) {
                panic!("{}", error.text().en);
            }
        });
    }

    /// Sends the packets at `places`; what each witness saw, and how many
    /// packets nobody did.
    fn offer(&self, packets: &[(usize, Packet)], places: &[usize]) -> (Seen, usize) {
        for side in ["wan", "lan", "off", "gw"] {
            let text = "flush set inet witness ports\nflush set inet witness echoes\n";
            self.net
                .inside(side, || apply::load(text))
                .unwrap_or_else(|error| panic!("{}", error.text().en));
        }
        let before = self.denied();
        for place in places {
            let (side, packet) = &packets[*place];
            let (socket, end, gateway) = &self.wires[*side];
            let frame = frame(
                packet,
                nonce(*place),
                *gateway,
                end.addr().unwrap_or_default(),
            );
            sendto(socket.as_raw_fd(), &frame, end, MsgFlags::empty()).expect("the frame goes out");
        }
        let start = Instant::now();
        loop {
            let seen = self.seen();
            let passed: usize = seen.iter().map(|(_, nonces)| nonces.len()).sum();
            let denied =
                usize::try_from(self.denied().saturating_sub(before)).unwrap_or(usize::MAX);
            let lost = places.len().saturating_sub(passed.saturating_add(denied));
            if lost == 0 || start.elapsed() > Duration::from_secs(5) {
                return (seen, lost);
            }
        }
    }

    fn denied(&self) -> u64 {
        let denied = self.net.inside("gw", observe::denied);
        denied
            .map(|chains| chains.values().sum())
            .unwrap_or_default()
    }

    fn seen(&self) -> Seen {
        let listed = |side: &str| {
            let done = self
                .net
                .command(side, "nft")
                .args(["-n", "list", "table", "inet", "witness"])
                .output();
            String::from_utf8_lossy(&done.expect("nft is installed").stdout).into_owned()
        };
        ["wan", "lan", "off", "gw"]
            .map(|side| (side, nonces(&listed(side))))
            .into()
    }
}

/// The elements of both sets: protocol (1 for echoes) and nonce.
fn nonces(listed: &str) -> BTreeSet<(u8, u16)> {
    let words = listed.split("elements = {").skip(1);
    let elements = words.flat_map(|text| text.split('}').next().unwrap_or_default().split(','));
    elements
        .map(|element| match element.trim().split_once(" . ") {
            Some((protocol, port)) => (
                protocol.parse().expect("a protocol"),
                port.parse().expect("a port"),
            ),
            None => (1, element.trim().parse().expect("an id")),
        })
        .collect()
}

fn nonce(place: usize) -> u16 {
    FIRST_NONCE + u16::try_from(place).expect("few enough packets")
}

fn carried(packet: &Packet) -> u8 {
    match packet.carries {
        Carries::Tcp(_) => 6,
        Carries::Udp(_) => 17,
        Carries::Echo => 1,
        Carries::Other(other) => other,
    }
}

fn side_of(policy: &Policy, judge: &Judge<'_>, destination: IpAddr) -> &'static str {
    if policy
        .zones
        .values()
        .any(|zone| zone.gateway.contains(&destination))
    {
        return "gw";
    }
    let zone = judge.zone_of(destination);
    let side = SIDES.iter().find(|(name, ..)| Some(*name) == zone);
    side.map_or("nowhere", |(_, side, _)| side)
}

/// Every address of a side lies behind its host, whose hardware address the
/// gateway knows.
fn routed(net: &Net, side: &str, interface: &str) {
    let gateway = net.name("gw");
    let host = hardware(net, side, "eth0");
    let (four, six) = match side {
        "wan" => (("198.51.100.1/24", "198.51.100.10", "0.0.0.0/0"), None),
        "lan" => (
            ("10.1.20.1/16", "10.1.20.80", "10.1.0.0/16"),
            Some(("2001:db8:1::1", "2001:db8:1::80", "2001:db8:1::/48")),
        ),
        _ => (
            ("10.3.0.1/16", "10.3.0.2", "10.3.0.0/16"),
            Some(("2001:db8:3::1", "2001:db8:3::2", "2001:db8:3::/48")),
        ),
    };
    let (near, far, net4) = four;
    let bare = near.split('/').next().unwrap_or(near);
    ip(&format!("-n {gateway} addr del {near} dev {interface}"));
    ip(&format!("-n {gateway} addr add {bare}/32 dev {interface}"));
    let six = six.map(|(near, far, net6)| {
        ip(&format!(
            "-n {gateway} addr add {near}/128 dev {interface} nodad"
        ));
        (far, net6)
    });
    for (far, whole) in [Some((far, net4)), six].into_iter().flatten() {
        ip(&format!(
            "-n {gateway} neigh replace {far} lladdr {host} dev {interface} nud permanent"
        ));
        ip(&format!("-n {gateway} route replace {far} dev {interface}"));
        ip(&format!(
            "-n {gateway} route replace {whole} via {far} dev {interface}"
        ));
    }
}

fn hardware(net: &Net, namespace: &str, interface: &str) -> String {
    let path = format!("/sys/class/net/{interface}/address");
    let done = net
        .command(namespace, "ip")
        .args(["-br", "link", "show", "dev", interface])
        .output();
    let listed = String::from_utf8_lossy(&done.expect("ip is installed").stdout).into_owned();
    listed
        .split_whitespace()
        .nth(2)
        .unwrap_or_else(|| panic!("no {path}"))
        .to_owned()
}

fn wire(gateway: String) -> (OwnedFd, LinkAddr, [u8; 6]) {
    let flags = SockFlag::SOCK_CLOEXEC;
    let socket =
        socket(AddressFamily::Packet, SockType::Raw, flags, None).expect("a packet socket");
    let links = nix::ifaddrs::getifaddrs().expect("interfaces");
    let end = links
        .filter(|link| link.interface_name == "eth0")
        .find_map(|link| Some(*link.address?.as_link_addr()?))
        .expect("eth0");
    let mut octets = [0; 6];
    for (octet, text) in octets.iter_mut().zip(gateway.split(':')) {
        *octet = u8::from_str_radix(text, 16).expect("a hardware address");
    }
    (socket, end, octets)
}

/// A packet by chance: half of them after a flow, more or less.
fn packet(chance: &mut Chance, policy: &Policy) -> (usize, Packet) {
    loop {
        let flow = chance.one(&policy.flows).clone();
        let zone = |end: &Endpoint, other: &Endpoint| match (end, other) {
            (Endpoint::Zone { zone, .. }, _) | (Endpoint::Gateway, Endpoint::Zone { zone, .. }) => {
                zone.clone()
            }
            (Endpoint::Gateway, Endpoint::Gateway) => "office".to_owned(),
        };
        let mut from = zone(&flow.from, &flow.to);
        let mut source = address(chance, policy, &flow.from, &from);
        let mut destination = address(chance, policy, &flow.to, &zone(&flow.to, &flow.from));
        let range = *chance.one(&flow.services);
        let mut port = range.first
            + u16::try_from(chance.below(u64::from(range.last - range.first) + 1)).unwrap_or(0);
        let mut protocol = range.protocol;
        match chance.below(12) {
            0 => from = (*chance.one(&["internet", "lgwan", "office"])).to_owned(),
            1 => source = anywhere(chance, policy),
            2 | 3 => destination = anywhere(chance, policy),
            4 => port = port.saturating_add(1),
            5 => port = port.saturating_sub(1),
            6 => protocol = *chance.one(&[Protocol::Tcp, Protocol::Udp, Protocol::Icmp]),
            7 => std::mem::swap(&mut source, &mut destination),
            8 => destination = neighbour(destination),
            9 => source = neighbour(source),
            _ => {}
        }
        if source.is_ipv4() != destination.is_ipv4()
            || edge(source)
            || edge(destination)
            || source == destination
        {
            continue;
        }
        let Some(side) = SIDES.iter().position(|(name, ..)| *name == from) else {
            continue;
        };
        let carries = match protocol {
            Protocol::Tcp => Carries::Tcp(port),
            Protocol::Udp => Carries::Udp(port),
            Protocol::Icmp => Carries::Echo,
        };
        return (
            side,
            Packet {
                from: Some(from),
                source,
                destination,
                carries,
            },
        );
    }
}

fn address(chance: &mut Chance, policy: &Policy, end: &Endpoint, zone: &str) -> IpAddr {
    let gateway = &policy.zones[zone].gateway;
    match end {
        Endpoint::Gateway => *chance.one(gateway),
        Endpoint::Zone { hosts, .. } if hosts.is_empty() => {
            let own = policy.hosts.values().filter(|host| host.zone == zone);
            let nets: Vec<IpNet> = own.flat_map(|host| host.addresses.clone()).collect();
            inside(chance, chance.clone().one(&nets))
        }
        Endpoint::Zone { hosts, .. } => {
            let host = chance.one(hosts).clone();
            inside(chance, chance.clone().one(&policy.hosts[&host].addresses))
        }
    }
}

fn anywhere(chance: &mut Chance, policy: &Policy) -> IpAddr {
    if chance.once_in(4) {
        let zones: Vec<_> = policy.zones.values().collect();
        return *chance.one(&chance.clone().one(&zones).gateway);
    }
    let nets: Vec<IpNet> = policy
        .hosts
        .values()
        .flat_map(|host| host.addresses.clone())
        .collect();
    inside(chance, chance.clone().one(&nets))
}

/// The first, the last or any address of a network.
fn inside(chance: &mut Chance, net: &IpNet) -> IpAddr {
    match chance.below(4) {
        0 => net.network(),
        1 => net.broadcast(),
        _ => match net {
            IpNet::V4(net) => {
                let size = 1_u64 << (32 - net.prefix_len());
                let more = u32::try_from(chance.below(size)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(net.network().to_bits() + more))
            }
            IpNet::V6(net) => {
                let bits = u32::from(128 - net.prefix_len()).min(32);
                let more = u128::from(chance.below(1_u64 << bits));
                IpAddr::V6(Ipv6Addr::from_bits(net.network().to_bits() + more))
            }
        },
    }
}

fn neighbour(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() ^ 1)),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() ^ 1)),
    }
}

/// Addresses that routing, not a rule, treats apart: a network's own and its
/// broadcast.
fn edge(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [.., c, d] = address.octets();
            matches!((c, d), (0, 0) | (255, 255))
        }
        IpAddr::V6(address) => address.segments()[4..] == [0; 4], // the subnet's routers
    }
}

fn frame(packet: &Packet, nonce: u16, to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
    let (number, mut body) = match packet.carries {
        Carries::Tcp(port) => {
            let mut tcp = [nonce.to_be_bytes(), port.to_be_bytes()].concat();
            tcp.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0, 0, 0, 0, 0]); // SYN
            (6, tcp)
        }
        Carries::Udp(port) => {
            let words = [nonce, port, 12, 0];
            let mut udp: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            udp.extend(b"skm!");
            (17, udp)
        }
        Carries::Echo => {
            let kind = if packet.source.is_ipv4() { 8 } else { 128 };
            let mut echo = vec![kind, 0, 0, 0];
            echo.extend(nonce.to_be_bytes());
            echo.extend([0, 1]);
            (if packet.source.is_ipv4() { 1 } else { 58 }, echo)
        }
        Carries::Other(number) => (number, Vec::new()),
    };
    let length = u16::try_from(body.len()).unwrap_or(0);
    let (mut head, ether, pseudo) = match (packet.source, packet.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut head = vec![0x45, 0];
            head.extend((length + 20).to_be_bytes());
            head.extend([0, 1, 0x40, 0, 64, number, 0, 0]);
            head.extend(source.octets());
            head.extend(destination.octets());
            let sum = checksum(&head);
            head[10..12].copy_from_slice(&sum.to_be_bytes());
            let pseudo = [&source.octets()[..], &destination.octets()].concat();
            (head, [0x08, 0x00], pseudo)
        }
        (source, destination) => {
            let octets = |address: IpAddr| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                IpAddr::V6(address) => address.octets(),
            };
            let mut head = vec![0x60, 0, 0, 0];
            head.extend(length.to_be_bytes());
            head.extend([number, 64]);
            head.extend(octets(source));
            head.extend(octets(destination));
            let pseudo = [octets(source), octets(destination)].concat();
            (head, [0x86, 0xdd], pseudo)
        }
    };
    let place = match number {
        6 => Some(16),
        17 => Some(6),
        1 | 58 => Some(2),
        _ => None,
    };
    if let Some(place) = place {
        // ICMP of IPv4 is summed without addresses.
        let mut summed = if number == 1 { Vec::new() } else { pseudo };
        if number != 1 {
            summed.extend(u32::from(length).to_be_bytes());
            summed.extend([0, 0, 0, number]);
        }
        summed.extend(&body);
        body[place..place + 2].copy_from_slice(&checksum(&summed).to_be_bytes());
    }
    let mut frame = [to, from].concat();
    frame.extend(ether);
    frame.append(&mut head);
    frame.append(&mut body);
    frame
}

fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}
