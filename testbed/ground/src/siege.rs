//! A denied flood through the gateway, counted on both sides of it: packets
//! that the gateway received, and frames that came out at the far side.

use std::net::{SocketAddr, UdpSocket};

use crate::count::{Seen, received};
use crate::flood::flooded;
use crate::net::Net;

/// A flood from the office that no flow of a `Town` allows: half of it to a
/// server that has a flow, at another port; half to the LGWAN side, where no
/// flow of the office goes at all.
pub struct Siege<'a> {
    net: &'a Net,
    sender: UdpSocket,
    seen: [Seen<'a>; 2],
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Packets that the gateway received from the office meanwhile.
    pub offered: u64,
    /// Frames of the flood that arrived at a far side.
    pub leaked: u64,
    /// Offered packets a second.
    pub rate: u64,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            offered,
            leaked,
            rate,
        } = self;
        write!(f, "{offered} packets offered ({rate}/s), {leaked} leaked")
    }
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.offered += other.offered;
        self.leaked += other.leaked;
        self.rate = if self.rate == 0 {
            other.rate
        } else {
            self.rate.min(other.rate)
        };
    }
}

const TARGETS: [SocketAddr; 2] = {
    use std::net::{IpAddr, Ipv4Addr};
    const fn target(address: [u8; 4]) -> SocketAddr {
        let [a, b, c, d] = address;
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), 9999)
    }
    [target([10, 4, 0, 2]), target([10, 1, 20, 80])]
};

impl<'a> Siege<'a> {
    /// In the net of a `Town`.
    #[must_use]
    pub fn of(net: &'a Net) -> Self {
        let seen = |side| Seen::of(net, side, "udp dport 9999", "drop");
        Self {
            net,
            sender: net.socket("off", "10.3.0.2:0"),
            seen: [seen("srv"), seen("lan")],
        }
    }

    fn arrived(&self) -> u64 {
        self.seen.iter().map(Seen::count).sum()
    }

    /// Floods while `run` runs; at most `pace` packets a second. `run` begins
    /// when the flood flows.
    ///
    /// # Panics
    /// When `run` panics.
    pub fn during<T>(&self, pace: Option<u32>, run: impl FnOnce() -> T) -> (T, Outcome) {
        let (offered, arrived) = (received(self.net, "off0"), self.arrived());
        let (result, flood) = flooded(&self.sender, &TARGETS, pace, run);
        let offered = received(self.net, "off0") - offered;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let rate = (offered as f64 / flood.seconds) as u64;
        let outcome = Outcome {
            offered,
            leaked: self.arrived() - arrived,
            rate,
        };
        (result, outcome)
    }

    /// The positive control: how much of a short flood arrives without rules.
    #[must_use]
    pub fn control(&self) -> Outcome {
        self.net.open();
        self.during(None, || {
            std::thread::sleep(std::time::Duration::from_millis(50)); // how long the flood is
        })
        .1
    }
}
