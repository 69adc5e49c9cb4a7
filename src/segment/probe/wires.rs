//! Real interfaces: finds the gateway at the other end of each and the
//! addresses that nobody has. Acts.
//!
//! Promised: nothing is sent before the whole order is known to be good; an
//! address is played only when three careful questions found nobody who has
//! it, and the gateway alone is told. Refused: a machine that forwards (it
//! would be a way around the gateway), and two cables of one network.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use crate::policy::Policy;
use crate::policy::text::{Text, bounded, escape_hostile};

use super::super::error::SegmentError;
use super::field::{Field, GUESTS_PAUSE, Guest, Standing};
use super::hunt::readable;
use super::neighbour::{Word, question};
use super::terrain::{Cable, Side, Terrain};
use super::wire::Wire;

/// Questions for one address, and what passes after each (RFC 5227).
const QUESTIONS: usize = 3;
const BETWEEN: Duration = Duration::from_secs(1);
/// What the gateway may take to answer for itself.
const GATEWAY: Duration = Duration::from_millis(500);

/// `ZONE=INTERFACE`: an interface of this machine, and the zone it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The zone.
    pub zone: String,
    /// The interface.
    pub interface: String,
}

/// Addresses that others have, each with its cable and their hardware address.
pub type InUse = BTreeMap<(usize, IpAddr), [u8; 6]>;

/// Opens the interfaces and finds the gateway on each. `terrain` learns the
/// hardware addresses.
///
/// # Errors
/// An order that cannot be carried out, in words; no privilege; no gateway.
pub fn open(
    policy: &Policy,
    terrain: &mut Terrain,
    given: &[Given],
) -> Result<Field, SegmentError> {
    sensible(policy, given)?;
    privileged()?;
    let own = given.iter().map(hardware).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = given.iter().map(|given| given.interface.clone()).collect();
    let wire = Wire::open_to_all(&names)?;
    let heard = find(&wire, terrain, &own)?;
    let mut sides = Vec::new();
    for (end, (given, far)) in given.iter().zip(&own).enumerate() {
        let (name, cable) = at_end(terrain, given, end, *far, &heard)?;
        for side in &mut terrain.sides {
            if side.interface == name {
                side.cable = cable;
                sides.push(side.clone());
            }
        }
    }
    let gateways = policy.zones.values().flat_map(|zone| &zone.gateway);
    Ok(Field {
        wire,
        terrain: Terrain {
            sides,
            doors: BTreeSet::new(),
        },
        standing: Standing::Guest(Guest {
            played: BTreeSet::new(),
            gateway: gateways.copied().collect(),
        }),
    })
}

pub(super) fn refused(ja: String, en: String) -> SegmentError {
    SegmentError::Configuration(Text::new(ja, en))
}

fn word(untrusted: &str) -> String {
    escape_hostile(&bounded(untrusted, 80))
}

/// At least two zones, all known, no interface twice.
fn sensible(policy: &Policy, given: &[Given]) -> Result<(), SegmentError> {
    let mut zones = BTreeSet::new();
    let mut interfaces = BTreeSet::new();
    for one in given {
        let (zone, interface) = (word(&one.zone), word(&one.interface));
        if !policy.zones.contains_key(&one.zone) {
            return Err(refused(
                format!("区域 {zone} はありません"),
                format!("there is no zone {zone}"),
            ));
        }
        if !interfaces.insert(&one.interface) {
            return Err(refused(
                format!("{interface} が二度指定されています"),
                format!("{interface} is given twice"),
            ));
        }
        zones.insert(&one.zone);
    }
    if zones.len() < 2 {
        return Err(refused(
            "実際のインターフェースでの検査には、二つ以上の区域が要ります (--interface ZONE=IFNAME を繰り返してください)".to_owned(),
            "a probe on real interfaces needs at least two zones (repeat --interface ZONE=IFNAME)".to_owned(),
        ));
    }
    Ok(())
}

fn privileged() -> Result<(), SegmentError> {
    let family = AddressFamily::Packet;
    match socket(family, SockType::Raw, SockFlag::SOCK_CLOEXEC, None) {
        Err(Errno::EPERM | Errno::EACCES) => Err(refused(
            "実際のインターフェースでの検査には CAP_NET_RAW が要ります。root で実行してください"
                .to_owned(),
            "a probe on real interfaces needs CAP_NET_RAW: run it as root".to_owned(),
        )),
        Ok(_) | Err(_) => Ok(()), // any other failure is told where it is opened
    }
}

/// The hardware address of an interface that can be used.
fn hardware(given: &Given) -> Result<[u8; 6], SegmentError> {
    let name = word(&given.interface);
    let links = nix::ifaddrs::getifaddrs()
        .map_err(|error| super::world::world("list interfaces", &error))?;
    let mut links = links.filter(|link| link.interface_name == given.interface);
    let found = links.find_map(|link| Some((link.flags, *link.address?.as_link_addr()?)));
    let (flags, link) = found.ok_or_else(|| {
        refused(
            format!("インターフェース {name} はありません (ip link で確認してください)"),
            format!("there is no interface {name} (see ip link)"),
        )
    })?;
    let address = link.addr().filter(|address| *address != [0; 6]);
    let address = address.filter(|_| link.hatype() == ETHERNET);
    let address = address.ok_or_else(|| {
        refused(
            format!("{name} は Ethernet ではありません"),
            format!("{name} is no Ethernet interface"),
        )
    })?;
    let up = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    if !flags.contains(up) {
        return Err(refused(
            format!(
                "{name} が停止しているか、ケーブルがつながっていません (ip link set {name} up)"
            ),
            format!("{name} is down, or has no link (ip link set {name} up, and see to the cable)"),
        ));
    }
    for family in ["ipv4", "ipv6"] {
        let path = format!("/proc/sys/net/{family}/conf/{}/forwarding", given.interface);
        let forwards = std::fs::read_to_string(path).unwrap_or_default(); // absent without that family
        if forwards.trim() == "1" {
            return Err(refused(
                format!(
                    "この機械は {name} で転送を行う設定です (net.{family}.conf.{name}.forwarding = 1)。機器を迂回する経路になるため、検査に使えません"
                ),
                format!(
                    "this machine forwards on {name} (net.{family}.conf.{name}.forwarding = 1): it would itself be a way around the gateway"
                ),
            ));
        }
    }
    Ok(address)
}

/// `ARPHRD_ETHER`.
const ETHERNET: u16 = 1;

/// Which of the gateway's addresses answer on which cable.
fn find(wire: &Wire, terrain: &Terrain, own: &[[u8; 6]]) -> Result<InUse, SegmentError> {
    let mut heard = InUse::new();
    for _ in 0..QUESTIONS {
        for (end, far) in own.iter().enumerate() {
            for gateway in terrain.sides.iter().filter_map(|side| side.gateway) {
                wire.send(end, &question(*far, gateway.into()));
            }
        }
        overhear(wire, own, GATEWAY, &mut heard)?;
    }
    Ok(heard)
}

/// The gateway's interface at the other end of a cable.
fn at_end(
    terrain: &Terrain,
    given: &Given,
    end: usize,
    far: [u8; 6],
    heard: &InUse,
) -> Result<(String, Cable), SegmentError> {
    let (zone, interface) = (word(&given.zone), word(&given.interface));
    let of_zone = || terrain.sides.iter().filter(|side| side.zone == given.zone);
    let answers = |side: &&Side| {
        let gateway = side.gateway?;
        let near = heard.get(&(end, gateway.into()))?;
        Some((gateway, *near))
    };
    if let Some((side, (sentinel, near))) = of_zone().find_map(|side| Some((side, answers(&side)?)))
    {
        let cable = Cable {
            near,
            far,
            sentinel,
        };
        return Ok((side.interface.clone(), cable));
    }
    if of_zone().all(|side| side.gateway.is_none()) {
        return Err(refused(
            format!(
                "区域 {zone} に機器の IPv4 アドレス (gateway) が書かれていないため、機器を見つけられません"
            ),
            format!(
                "the policy states no IPv4 address of the gateway in zone {zone}, so it cannot be found"
            ),
        ));
    }
    let other = terrain.sides.iter().find(|side| answers(side).is_some());
    Err(match other {
        Some(other) => refused(
            format!(
                "{interface} の先で答えたのは、区域 {zone} ではなく {} 側の機器です。ケーブルを確認してください",
                other.zone
            ),
            format!(
                "what answers at {interface} is the gateway's side of {}, not of {zone}: see to the cables",
                other.zone
            ),
        ),
        None => refused(
            format!(
                "{interface} の先で機器が ARP に答えません (区域 {zone})。ケーブルと機器を確認してください"
            ),
            format!(
                "no gateway answers ARP at {interface} (zone {zone}): see to the cable and the box"
            ),
        ),
    })
}

/// Listens for a while to who says it has which address.
fn overhear(
    wire: &Wire,
    own: &[[u8; 6]],
    how_long: Duration,
    heard: &mut InUse,
) -> Result<(), SegmentError> {
    let mut buffer = vec![0; 65_536];
    let until = Instant::now() + how_long;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        if let Some((end, frame)) = wire.receive(&mut buffer) {
            if own.iter().any(|own| frame.get(6..12) == Some(own)) {
                return Err(refused(
                    "指定したインターフェースどうしが、機器を通らずにつながっています。同じネットワークに接続していないか確認してください".to_owned(),
                    "the interfaces are joined by something that is not the gateway: they hear each other directly".to_owned(),
                ));
            }
            if let Some(word) = Word::read(frame)
                && let Some(address) = word.speaker
            {
                heard.insert((end, address), word.hardware);
            }
        } else {
            let left = u16::try_from(left.as_millis()).unwrap_or(u16::MAX);
            readable(wire, left.max(1))?;
        }
    }
}

/// Asks for addresses and plays those that nobody has; gives the others.
///
/// # Errors
/// The cables are one network, or an address is this machine's own.
pub fn play(field: &mut Field, wanted: &BTreeSet<(usize, IpAddr)>) -> Result<InUse, SegmentError> {
    ours(wanted)?;
    let own: Vec<[u8; 6]> = field.terrain.sides.iter().map(Side::far).collect();
    let mut heard = InUse::new();
    for _ in 0..QUESTIONS {
        for (end, address) in wanted {
            if let Some(far) = own.get(*end) {
                field.wire.send(*end, &question(*far, *address));
                std::thread::sleep(GUESTS_PAUSE);
            }
        }
        overhear(&field.wire, &own, BETWEEN, &mut heard)?;
    }
    heard.retain(|place, _| wanted.contains(place));
    if let Standing::Guest(guest) = &mut field.standing {
        let free = wanted.iter().filter(|place| !heard.contains_key(place));
        guest.played.extend(free.copied());
    }
    Ok(heard)
}

/// Whoever has the address of a played host would answer for it.
fn ours(wanted: &BTreeSet<(usize, IpAddr)>) -> Result<(), SegmentError> {
    let links = nix::ifaddrs::getifaddrs()
        .map_err(|error| super::world::world("list addresses", &error))?;
    for link in links {
        let Some(address) = link.address else {
            continue;
        };
        let v4 = address.as_sockaddr_in().map(|at| IpAddr::V4(at.ip()));
        let v6 = address.as_sockaddr_in6().map(|at| IpAddr::V6(at.ip()));
        let Some(address) = v4.or(v6) else { continue };
        if wanted.iter().any(|(_, wanted)| *wanted == address) {
            let name = word(&link.interface_name);
            return Err(refused(
                format!(
                    "{name} にこの機械のアドレス {address} が付いています。検査がそのアドレスのホストを演じるため、外してください (ip addr del {address} dev {name})"
                ),
                format!(
                    "{name} has {address} as an address of this machine, and the probe would play that host: take it off (ip addr del {address} dev {name})"
                ),
            ));
        }
    }
    Ok(())
}
