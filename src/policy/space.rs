//! Sets of addresses, exactly: networks minus their holes. Who may send from
//! where and whether two zones overlap is decided here, for both families.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::model::Zone;
use super::ranges::Ranges;

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
        let space = Self::of(networks);
        let holes = Self::of(except);
        if holes.is_empty() {
            return space;
        }
        space.without(&holes)
    }

    fn of<'a>(networks: impl IntoIterator<Item = &'a IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(_) => &mut v4,
                IpNet::V6(_) => &mut v6,
            }
            .push(range(network));
        }
        Self {
            v4: v4.into_iter().collect(),
            v6: v6.into_iter().collect(),
        }
    }

    /// One address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        Self::of([&IpNet::from(address.to_canonical())])
    }

    /// The box itself, whichever of its addresses: one number in each family.
    pub(in crate::policy) fn of_box() -> Self {
        Self {
            v4: Ranges::between(0, 0),
            v6: Ranges::between(0, 0),
        }
    }

    /// Its IPv4 addresses, as numbers.
    #[must_use]
    pub fn v4(&self) -> &Ranges {
        &self.v4
    }

    /// Its IPv6 addresses, as numbers.
    #[must_use]
    pub fn v6(&self) -> &Ranges {
        &self.v6
    }

    /// No address at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Is every address of `other` in this set?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Is `address` in this set? An IPv4-mapped IPv6 address counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Self::single(address))
    }

    /// Its addresses, where there are at most `most`.
    #[must_use]
    pub fn few(&self, most: u16) -> Option<Vec<IpAddr>> {
        let (four, six) = (self.v4.as_slice(), self.v6.as_slice());
        let size = |sum: u128, (first, last): &(u128, u128)| {
            sum.saturating_add(last.saturating_sub(*first))
                .saturating_add(1)
        };
        if four.iter().chain(six).fold(0, size) > u128::from(most) {
            return None;
        }
        let numbers = |ranges: &'_ [(u128, u128)]| {
            let all = ranges.iter().flat_map(|(first, last)| *first..=*last);
            all.collect::<Vec<u128>>()
        };
        let four = numbers(four).into_iter().filter_map(address_v4);
        let six = numbers(six).into_iter().map(address_v6);
        Some(four.chain(six).collect())
    }

    /// The first address that both sets have.
    #[must_use]
    pub fn shared(&self, other: &Self) -> Option<IpAddr> {
        let v4 = self.v4.first_common(&other.v4).and_then(address_v4);
        v4.or_else(|| self.v6.first_common(&other.v6).map(address_v6))
    }

    /// The first address.
    #[must_use]
    pub fn first(&self) -> Option<IpAddr> {
        let first = |ranges: &Ranges| ranges.bounds().map(|(first, _)| first);
        let v4 = first(&self.v4).and_then(address_v4);
        v4.or_else(|| first(&self.v6).map(address_v6))
    }

    /// What both sets have.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.common(&other.v4),
            v6: self.v6.common(&other.v6),
        }
    }

    /// What is left of this set outside `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.without(&other.v4),
            v6: self.v6.without(&other.v6),
        }
    }

    /// Both sets together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let both =
            |a: &Ranges, b: &Ranges| a.as_slice().iter().chain(b.as_slice()).copied().collect();
        Self {
            v4: both(&self.v4, &other.v4),
            v6: both(&self.v6, &other.v6),
        }
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

fn address_v4(number: u128) -> Option<IpAddr> {
    let bits = u32::try_from(number).ok()?;
    Some(IpAddr::V4(Ipv4Addr::from_bits(bits)))
}

fn address_v6(number: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(number))
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
