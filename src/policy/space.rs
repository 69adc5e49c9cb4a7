//! Sets of addresses, exactly: networks minus their holes. Who may send from
//! where and whether two zones overlap is decided here, for both families.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::model::Zone;

/// Inclusive ranges of one family, disjoint and ascending.
type Ranges = Vec<(u128, u128)>;

/// A set of IPv4 and IPv6 addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    v4: Ranges,
    v6: Ranges,
}

impl Space {
    /// `networks` without `except`.
    #[must_use]
    pub fn new<'a>(
        networks: impl IntoIterator<Item = &'a IpNet>,
        except: impl IntoIterator<Item = &'a IpNet>,
    ) -> Self {
        let (mut v4, mut v6) = (Ranges::new(), Ranges::new());
        for network in networks {
            if network.addr().is_ipv4() {
                &mut v4
            } else {
                &mut v6
            }
            .push(range(network));
        }
        let mut space = Self {
            v4: merged(v4),
            v6: merged(v6),
        };
        for hole in except {
            let side = if hole.addr().is_ipv4() {
                &mut space.v4
            } else {
                &mut space.v6
            };
            *side = without(side, range(hole));
        }
        space
    }

    /// One address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        Self::new([&IpNet::from(address.to_canonical())], [])
    }

    /// No address at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Is every address of `other` in this set?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        within(&other.v4, &self.v4) && within(&other.v6, &self.v6)
    }

    /// Is `address` in this set? An IPv4-mapped IPv6 address counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Self::single(address))
    }

    /// The first address that both sets have.
    #[must_use]
    pub fn shared(&self, other: &Self) -> Option<IpAddr> {
        let v4 = first_shared(&self.v4, &other.v4)
            .and_then(|n| u32::try_from(n).ok())
            .map(|n| IpAddr::V4(Ipv4Addr::from_bits(n)));
        v4.or_else(|| first_shared(&self.v6, &other.v6).map(|n| IpAddr::V6(Ipv6Addr::from_bits(n))))
    }

    /// Both sets have addresses of one family: a packet between them exists.
    #[must_use]
    pub fn same_family(&self, other: &Self) -> bool {
        (!self.v4.is_empty() && !other.v4.is_empty())
            || (!self.v6.is_empty() && !other.v6.is_empty())
    }
}

impl Zone {
    /// The addresses that may stand behind this zone's interfaces.
    #[must_use]
    pub fn space(&self) -> Space {
        Space::new(self.networks.iter().chain(&self.networks6), &self.except)
    }
}

fn range(network: &IpNet) -> (u128, u128) {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    (number(network.network()), number(network.broadcast()))
}

fn merged(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut result = Ranges::new();
    for (first, last) in ranges {
        match result.last_mut() {
            Some(previous) if first <= previous.1.saturating_add(1) => {
                previous.1 = previous.1.max(last);
            }
            _ => result.push((first, last)),
        }
    }
    result
}

fn without(ranges: &Ranges, hole: (u128, u128)) -> Ranges {
    let mut result = Ranges::new();
    for &(first, last) in ranges {
        if hole.1 < first || last < hole.0 {
            result.push((first, last));
            continue;
        }
        if let Some(end) = hole.0.checked_sub(1).filter(|end| *end >= first) {
            result.push((first, end));
        }
        if let Some(start) = hole.1.checked_add(1).filter(|start| *start <= last) {
            result.push((start, last));
        }
    }
    result
}

fn within(inner: &Ranges, outer: &Ranges) -> bool {
    inner
        .iter()
        .all(|i| outer.iter().any(|o| o.0 <= i.0 && i.1 <= o.1))
}

fn first_shared(a: &Ranges, b: &Ranges) -> Option<u128> {
    let pairs = a
        .iter()
        .flat_map(|x| b.iter().map(move |y| (x.0.max(y.0), x.1.min(y.1))));
    pairs
        .filter(|(first, last)| first <= last)
        .map(|(first, _)| first)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<IpNet> {
        list.iter().map(|n| n.parse().unwrap()).collect()
    }

    #[test]
    fn the_internet_without_private_addresses_shares_nothing_with_an_office() {
        let internet = Space::new(
            &nets(&["0.0.0.0/0"]),
            &nets(&["10.0.0.0/8", "192.168.0.0/16"]),
        );
        let office = Space::new(&nets(&["192.168.10.0/24"]), &[]);
        assert_eq!(internet.shared(&office), None);
        assert!(internet.contains("8.8.8.8".parse().unwrap()));
        assert!(!internet.contains("10.1.5.5".parse().unwrap()));
        assert!(!internet.contains("::ffff:10.1.5.5".parse().unwrap()));
        let leaky = Space::new(&nets(&["0.0.0.0/0"]), &nets(&["192.168.10.0/25"]));
        assert_eq!(
            leaky.shared(&office),
            Some("192.168.10.128".parse().unwrap())
        );
    }

    #[test]
    fn adjacent_networks_cover_what_spans_them() {
        let halves = Space::new(&nets(&["10.0.0.0/25", "10.0.0.128/25"]), &[]);
        assert!(halves.covers(&Space::new(&nets(&["10.0.0.0/24"]), &[])));
        assert!(!halves.covers(&Space::new(&nets(&["10.0.0.0/23"]), &[])));
        let all = Space::new(&nets(&["0.0.0.0/0", "::/0"]), &nets(&["0.0.0.0/0", "::/0"]));
        assert!(all.is_empty());
    }
}
