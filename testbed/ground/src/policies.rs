//! Policies by chance: overlapping networks and ranges of ports, both
//! families, flows to and from the box, echo, closed hours, ended flows,
//! trials. The same seed gives the same policy.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sekimori::policy::{
    Days, Endpoint, Flow, Holidays, Host, Hours, LogMode, Place, Policy, PortRange, Protocol, Via,
    Volume, Window, Zone, ZoneKind,
};

/// Numbers by chance (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `end`, which is not nought.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// One of `things`.
    pub fn one<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let place = self.below(things.len() as u64);
        &things[usize::try_from(place).unwrap_or(0)]
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A policy over the three sides of `THREE_SIDES`.
#[must_use]
pub fn random(seed: u64, now: Timestamp) -> Policy {
    let mut chance = Chance::new(seed);
    let zones = [
        zone(
            "internet",
            ZoneKind::Internet,
            "wan0",
            "0.0.0.0/0",
            None,
            &["198.51.100.1"],
        ),
        zone(
            "lgwan",
            ZoneKind::Lgwan,
            "lan0",
            "10.1.0.0/16",
            Some("2001:db8:1::/48"),
            &["10.1.20.1", "2001:db8:1::1"],
        ),
        zone(
            "office",
            ZoneKind::Internal,
            "off0",
            "10.3.0.0/16",
            Some("2001:db8:3::/48"),
            &["10.3.0.1", "2001:db8:3::1"],
        ),
    ];
    let mut policy = Policy::without_site();
    policy.zones = zones.map(|zone| (zone.name.clone(), zone)).into();
    policy.hosts = hosts(&mut chance);
    let flows = 2 + chance.below(14);
    policy.flows = (0..flows)
        .map(|number| flow(&mut chance, &policy, number, now))
        .collect();
    policy
}

fn zone(
    name: &str,
    kind: ZoneKind,
    interface: &str,
    network: &str,
    network6: Option<&str>,
    gateway: &[&str],
) -> Zone {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    Zone {
        name: name.into(),
        kind,
        interfaces: vec![interface.into()],
        networks: vec![network.parse().expect("a network")],
        except: if kind == ZoneKind::Internet {
            private.map(|net| net.parse().expect("a network")).to_vec()
        } else {
            Vec::new()
        },
        networks6: network6
            .iter()
            .map(|net| net.parse().expect("a network"))
            .collect(),
        gateway: gateway
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect(),
    }
}

/// Single addresses, networks inside each other, and several at once.
fn hosts(chance: &mut Chance) -> BTreeMap<String, Host> {
    let mut hosts = BTreeMap::new();
    for (zone, four, six) in [
        ("internet", "198.51", None),
        ("lgwan", "10.1", Some("2001:db8:1")),
        ("office", "10.3", Some("2001:db8:3")),
    ] {
        for number in 0..6 {
            let addresses = (0..=chance.below(2)).map(|_| {
                let (a, b) = (chance.below(4), chance.below(16) * 16);
                let bits = *chance.one(&[16, 22, 24, 26, 28, 30, 32, 32, 32]);
                match six {
                    Some(six) if chance.once_in(3) => {
                        let bits = *chance.one(&[48, 64, 120, 124, 128, 128]);
                        format!("{six}:{a}::{b:x}/{bits}")
                    }
                    _ => format!("{four}.{}.{b}/{bits}", 100 + a),
                }
            });
            let addresses: Vec<String> = addresses.collect();
            let host = Host {
                zone: zone.into(),
                addresses: addresses.iter().map(|net| truncated(net)).collect(),
                asset: None,
            };
            hosts.insert(format!("{zone}-{number}"), host);
        }
    }
    hosts
}

/// The network without the bits of a host.
fn truncated(net: &str) -> IpNet {
    net.parse::<IpNet>().expect("a network").trunc()
}

fn flow(chance: &mut Chance, policy: &Policy, number: u64, now: Timestamp) -> Flow {
    let today = TimeZone::UTC.to_datetime(now).date();
    let ends = [
        ("office", "lgwan"),
        ("lgwan", "office"),
        ("office", "office"),
        ("office", "internet"),
    ];
    let (from, to) = *chance.one(&ends);
    let (from, to, via) = match chance.below(8) {
        0 => {
            let from = *chance.one(&["office", "internet", "lgwan"]);
            (end(chance, policy, from), Endpoint::Gateway, None)
        }
        1 => (
            end(chance, policy, "internet"),
            end(chance, policy, "lgwan"),
            Some(Via::Mail),
        ),
        _ => (end(chance, policy, from), end(chance, policy, to), None),
    };
    let services = (0..=chance.below(2)).map(|_| service(chance));
    Flow {
        id: format!("flow-{number:02}"),
        place: Place {
            file: "flows.d/random.toml".into(),
            line: 1,
            column: 1,
        },
        from,
        to,
        services: services.collect::<BTreeSet<_>>().into_iter().collect(),
        names: Vec::new(),
        via,
        purpose: String::new(),
        owner: String::new(),
        approved_by: String::new(),
        approved_on: today.saturating_sub(30.days()),
        ticket: String::new(),
        expires: if chance.once_in(10) {
            today.saturating_sub(2.days())
        } else {
            today.saturating_add(30.days())
        },
        clause: None,
        class: None,
        log: *chance.one(&[LogMode::Denied, LogMode::Denied, LogMode::New]),
        hours: chance.once_in(5).then(|| hours(chance, now)),
        rate: None,
        trial_until: chance.once_in(12).then(|| today.saturating_add(3.days())),
        volume: Volume::default(),
    }
}

/// Open around this minute, or closed all around it.
fn hours(chance: &mut Chance, now: Timestamp) -> Hours {
    let zone = TimeZone::get("Asia/Tokyo").expect("a time zone");
    let hour = zone.to_datetime(now).hour().unsigned_abs();
    let begin = if chance.once_in(2) {
        hour + 22
    } else {
        hour + 4
    } % 24;
    let first = u16::from(begin) * 60;
    Hours {
        windows: vec![Window {
            first,
            last: (first + 5 * 60) % 1_440,
        }],
        days: Days::ALL,
        holidays: Holidays::Same,
    }
}

fn end(chance: &mut Chance, policy: &Policy, zone: &str) -> Endpoint {
    let hosts: Vec<&String> = policy
        .hosts
        .iter()
        .filter_map(|(name, host)| (host.zone == zone).then_some(name))
        .collect();
    let named = if chance.once_in(6) {
        0
    } else {
        1 + chance.below(2)
    };
    let hosts: BTreeSet<String> = (0..named).map(|_| (*chance.one(&hosts)).clone()).collect();
    Endpoint::Zone {
        zone: zone.into(),
        hosts: hosts.into_iter().collect(),
    }
}

/// Of few ports, so that flows overlap.
fn service(chance: &mut Chance) -> PortRange {
    let protocol = *chance.one(&[Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp]);
    if protocol == Protocol::Icmp {
        return PortRange {
            protocol,
            first: 0,
            last: 0,
        };
    }
    let first = u16::try_from(1_000 + chance.below(12)).unwrap_or(1_000);
    let more = if chance.once_in(2) {
        0
    } else {
        chance.below(6)
    };
    PortRange {
        protocol,
        first,
        last: first + u16::try_from(more).unwrap_or(0),
    }
}
