//! Who has this address? Questions and answers of ARP and of neighbour
//! discovery, as frames. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::frames::{arp, ethernet, icmp6, ip6};

/// One frame of this kind, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose hardware address it bears.
    pub hardware: [u8; 6],
    /// The address that its sender says it has; none in a careful question.
    pub speaker: Option<IpAddr>,
    /// The address that is looked for.
    pub asks: Option<IpAddr>,
}

impl Word {
    /// Reads a frame; none for any other.
    #[must_use]
    pub fn read(frame: &[u8]) -> Option<Self> {
        let hardware: [u8; 6] = frame.get(6..12)?.try_into().ok()?;
        let (speaker, asks) = match frame.get(12..14)? {
            [0x08, 0x06] => read_arp(frame.get(14..)?)?,
            [0x86, 0xdd] => read_discovery(frame.get(14..)?)?,
            _ => return None,
        };
        let speaker = speaker.filter(|address| !address.is_unspecified());
        Some(Self {
            hardware,
            speaker,
            // Who asks for its own address tells us that it has it.
            asks: asks.filter(|asked| Some(*asked) != speaker),
        })
    }

    /// The answer, to the asker alone: what it looks for is at `far`.
    #[must_use]
    pub fn answer(&self, far: [u8; 6]) -> Option<Vec<u8>> {
        match (self.asks?, self.speaker?) {
            (IpAddr::V4(asked), IpAddr::V4(asker)) => {
                let body = arp(2, (far, asked), (self.hardware, asker));
                Some(ethernet(self.hardware, far, &[], 0x0806, &body))
            }
            (IpAddr::V6(asked), IpAddr::V6(asker)) => {
                let body = [&asked.octets()[..], &[2, 1], &far].concat();
                let body = icmp6(asked, asker, 136, [0x60, 0, 0, 0], &body);
                let packet = ip6(asked, asker, 58, &body, 255);
                Some(ethernet(self.hardware, far, &[], 0x86dd, &packet))
            }
            _ => None,
        }
    }
}

type Addresses = (Option<IpAddr>, Option<IpAddr>);

fn read_arp(body: &[u8]) -> Option<Addresses> {
    let v4 = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 4] = body.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(IpAddr::from(bytes))
    };
    match body.get(6..8)? {
        [0, 1] => Some((v4(14), v4(24))),
        [0, 2] => Some((v4(14), None)),
        _ => None,
    }
}

fn read_discovery(packet: &[u8]) -> Option<Addresses> {
    let v6 = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 16] = packet.get(at..at.checked_add(16)?)?.try_into().ok()?;
        Some(IpAddr::from(bytes))
    };
    match (packet.get(6)?, packet.get(40)?) {
        (58, 135) => Some((v6(8), v6(48))),
        (58, 136) => Some((v6(48), None)),
        _ => None,
    }
}

/// Asks carefully, without saying who asks (RFC 5227, RFC 4862): nobody learns
/// anything from it.
#[must_use]
pub fn question(far: [u8; 6], address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => {
            let body = arp(1, (far, Ipv4Addr::UNSPECIFIED), ([0; 6], address));
            ethernet([0xff; 6], far, &[], 0x0806, &body)
        }
        IpAddr::V6(address) => {
            let [.., x, y, z] = address.octets();
            let low = u128::from(u32::from_be_bytes([0, x, y, z]));
            let group = Ipv6Addr::from_bits((0xff02_u128 << 112) | 0x1_ff00_0000 | low);
            let body = icmp6(Ipv6Addr::UNSPECIFIED, group, 135, [0; 4], &address.octets());
            let packet = ip6(Ipv6Addr::UNSPECIFIED, group, 58, &body, 255);
            ethernet([0x33, 0x33, 0xff, x, y, z], far, &[], 0x86dd, &packet)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: [u8; 6] = [2, 0, 0, 0, 0, 1];
    const US: [u8; 6] = [2, 0, 0, 0, 0, 2];

    #[test]
    fn a_careful_question_tells_nobody_anything() {
        for address in ["10.1.20.80", "2001:db8::80"] {
            let address: IpAddr = address.parse().unwrap();
            let word = Word::read(&question(US, address)).unwrap();
            assert_eq!(
                (word.hardware, word.speaker, word.asks),
                (US, None, Some(address))
            );
            assert_eq!(word.answer(BOX), None, "there is nobody to tell");
        }
    }

    #[test]
    fn the_asker_alone_is_answered() {
        let body = arp(
            1,
            (BOX, Ipv4Addr::new(10, 1, 20, 1)),
            ([0; 6], Ipv4Addr::new(10, 1, 20, 80)),
        );
        let asked = Word::read(&ethernet([0xff; 6], BOX, &[], 0x0806, &body)).unwrap();
        let answer = asked.answer(US).unwrap();
        assert_eq!((&answer[..6], &answer[6..12]), (&BOX[..], &US[..]));
        let told = Word::read(&answer).unwrap();
        assert_eq!(told.speaker, asked.asks);
        let (a, b): (Ipv6Addr, Ipv6Addr) = ("fe80::1".parse().unwrap(), "fe80::2".parse().unwrap());
        let body = icmp6(a, b, 135, [0; 4], &b.octets());
        let asked = Word::read(&ethernet(
            [0xff; 6],
            BOX,
            &[],
            0x86dd,
            &ip6(a, b, 58, &body, 255),
        ));
        let told = Word::read(&asked.unwrap().answer(US).unwrap()).unwrap();
        assert_eq!((told.hardware, told.speaker), (US, Some(b.into())));
    }

    #[test]
    fn who_asks_for_its_own_address_has_it() {
        let own = Ipv4Addr::new(10, 1, 20, 9);
        let body = arp(1, (BOX, own), ([0; 6], own));
        let word = Word::read(&ethernet([0xff; 6], BOX, &[], 0x0806, &body)).unwrap();
        assert_eq!((word.speaker, word.asks), (Some(own.into()), None));
    }
}
