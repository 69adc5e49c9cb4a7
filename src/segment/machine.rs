//! What this machine is: its interfaces and its routes, for the judgements
//! that need them. Reads only, and as anybody: what cannot be read is left
//! out as a fact, never guessed.
//!
//! Absent on purpose: policy routing (`ip rule`). A box that routes by source
//! is not asked about asymmetry here; the kernel's own `fib` rules still drop
//! what comes in on the wrong side.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use ipnet::IpNet;

use crate::policy::facts::{Interface, Route};
use crate::policy::{Facts, Policy};

/// The same facts, with what this machine is.
#[must_use]
pub fn here(facts: Facts) -> Facts {
    Facts {
        interfaces: interfaces(),
        addresses: addresses(),
        routes: routes(),
        ..facts
    }
}

/// Names of all interfaces of this network namespace.
#[must_use]
pub fn names() -> Vec<String> {
    let listed = nix::net::if_::if_nameindex();
    let listed = listed.iter().flat_map(|listed| listed.iter());
    listed
        .map(|one| one.name().to_string_lossy().into_owned())
        .collect()
}

/// The zones' interfaces that are here, each with what it is joined to below
/// IP, where no rule of ours is asked.
#[must_use]
pub fn wires(policy: &Policy) -> BTreeMap<String, Option<String>> {
    let zoned: BTreeSet<&String> = policy
        .zones
        .values()
        .flat_map(|zone| &zone.interfaces)
        .collect();
    let here = names().into_iter().filter(|name| zoned.contains(name));
    here.map(|name| (name.clone(), master(&name))).collect()
}

/// The bridge, bond or the like that has taken an interface.
fn master(name: &str) -> Option<String> {
    let link = fs::read_link(Path::new("/sys/class/net").join(name).join("master")).ok()?;
    Some(link.file_name()?.to_string_lossy().into_owned())
}

/// Kernel's own flag for "switched on" (IFF_UP).
const UP: u32 = 1;

/// Interfaces of this network namespace, without the loopback.
fn interfaces() -> Option<Vec<Interface>> {
    // The list comes from the namespace we are in; /sys may belong to another.
    nix::net::if_::if_nameindex().ok()?;
    let mut found: Vec<Interface> = names()
        .into_iter()
        .filter(|name| name != "lo")
        .map(|name| {
            let flags = Path::new("/sys/class/net").join(&name).join("flags");
            let flags = fs::read_to_string(flags).unwrap_or_default();
            let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16);
            Interface {
                master: master(&name),
                name,
                up: flags.map_or(true, |flags| flags & UP != 0),
            }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Some(found)
}

/// Addresses of this network namespace, by interface.
fn addresses() -> Option<BTreeMap<String, Vec<IpAddr>>> {
    let mut found: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for one in nix::ifaddrs::getifaddrs().ok()? {
        let address = one.address.as_ref().and_then(|address| {
            let four = address.as_sockaddr_in().map(|four| IpAddr::V4(four.ip()));
            four.or_else(|| address.as_sockaddr_in6().map(|six| IpAddr::V6(six.ip())))
        });
        found.entry(one.interface_name).or_default().extend(address);
    }
    Some(found)
}

/// Routes of the main table, of both families.
fn routes() -> Option<Vec<Route>> {
    // Of this thread: a test may stand in another namespace than its program.
    let four = fs::read_to_string("/proc/thread-self/net/route").ok()?;
    let six = fs::read_to_string("/proc/thread-self/net/ipv6_route").unwrap_or_default();
    let four = four.lines().skip(1).filter_map(route_v4);
    Some(four.chain(six.lines().filter_map(route_v6)).collect())
}

/// `RTF_REJECT` and `RTF_LOCAL` of the kernel's route flags.
const REJECT: u32 = 0x200;
const LOCAL: u32 = 0x8000_0000;

/// One line of `/proc/net/route`: interface, destination, gateway, flags,
/// two counters, metric, mask. Numbers as the machine holds them.
fn route_v4(line: &str) -> Option<Route> {
    let mut fields = line.split_ascii_whitespace();
    let interface = fields.next()?;
    let number = |field: &str| u32::from_str_radix(field, 16).ok();
    let to = number(fields.next()?)?;
    let flags = number(fields.nth(1)?)?;
    let metric = fields.nth(2)?.parse().ok()?;
    let mask = number(fields.next()?)?;
    let address = |number: u32| IpAddr::V4(Ipv4Addr::from(number.to_ne_bytes()));
    let to = IpNet::with_netmask(address(to), address(mask)).ok()?;
    let leads_out = flags & REJECT == 0 && interface != "*"; // a blackhole has no flag
    Some(Route {
        to,
        interface: leads_out.then(|| interface.to_owned()),
        metric,
    })
}

/// One line of `/proc/net/ipv6_route`; the box's own addresses are no routes.
fn route_v6(line: &str) -> Option<Route> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let &[to, length, _, _, _, metric, _, _, flags, interface] = fields.as_slice() else {
        return None;
    };
    let number = |field: &str| u32::from_str_radix(field, 16).ok();
    let address = Ipv6Addr::from(u128::from_str_radix(to, 16).ok()?);
    let length = u8::try_from(number(length)?).ok()?;
    let flags = number(flags)?;
    let own = flags & LOCAL != 0 || address.is_multicast() || address.is_unicast_link_local();
    Some(Route {
        to: IpNet::new(address.into(), length).ok()?,
        interface: (flags & REJECT == 0).then(|| interface.to_owned()),
        metric: number(metric)?,
    })
    .filter(|_| !own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_as_the_kernel_writes_them() {
        // Little-endian words, as on every machine that this is built for.
        let route =
            route_v4("lan0\t0000010A\t00000000\t0001\t0\t0\t100\t0000FFFF\t0\t0\t0").unwrap();
        assert_eq!(route.to.to_string(), "10.1.0.0/16");
        assert_eq!(
            (route.interface.as_deref(), route.metric),
            (Some("lan0"), 100)
        );
        let refused = route_v4("*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0").unwrap();
        assert_eq!(
            (refused.to.to_string().as_str(), refused.interface),
            ("10.0.0.0/8", None)
        );
        assert_eq!(route_v4("Iface Destination Gateway"), None);

        let line = "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 \
                    00000000000000000000000000000000 00000100 00000001 00000000 00000001 wan0";
        let route = route_v6(line).unwrap();
        assert_eq!(route.to.to_string(), "2001:db8::/64");
        assert_eq!(route.metric, 256);
        assert_eq!(
            route_v6(&line.replace(" 00000001 wan0", " 80200001 lo")),
            None
        );
        assert_eq!(route_v6("nonsense"), None);
    }

    #[test]
    fn this_machine_can_be_read() {
        let facts = here(Facts::default());
        assert!(
            facts
                .interfaces
                .is_some_and(|list| list.iter().all(|i| i.name != "lo"))
        );
        let own: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert!(
            facts
                .addresses
                .is_some_and(|found| found["lo"].contains(&own))
        );
        assert!(facts.routes.is_some());
    }
}
