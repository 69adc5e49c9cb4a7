//! What a probe is fired on: the far ends of the gateway's cables, and how we
//! stand there. One shape for the probe's own world and for real interfaces.
//! Acts.
//!
//! In its own world the probe holds the gateway too: it hears what programs
//! there are given, and speaks as one. On real interfaces it is a guest: it
//! plays hosts that nobody else is, and tells that to the gateway alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nix::unistd::{Uid, setfsuid};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::super::error::SegmentError;
use super::manners;
use super::neighbour::Word;
use super::offer::Shot;
use super::terrain::{Side, Terrain};
use super::wire::Wire;
use super::world::within;

/// Between two packets of a guest: at most five hundred a second.
pub(super) const GUESTS_PAUSE: Duration = Duration::from_millis(2);

/// The far ends of all cables.
pub struct Field {
    /// One end for each side, in their order.
    pub wire: Wire,
    /// The sides that have a cable here.
    pub terrain: Terrain,
    /// How we stand there.
    pub standing: Standing,
}

/// Whose the gateway is.
pub enum Standing {
    /// Ours: in the probe's own world.
    Within(Inside),
    /// Somebody's.
    Guest(Guest),
}

/// What a guest knows.
#[derive(Debug, Default)]
pub struct Guest {
    /// The hosts that are played, each with its cable.
    pub played: BTreeSet<(usize, IpAddr)>,
    /// The gateway's own addresses, on all its interfaces.
    pub gateway: BTreeSet<IpAddr>,
}

/// The inside of a gateway of our own.
pub struct Inside {
    /// Its network namespace.
    pub namespace: File,
    /// What reaches programs there.
    pub ears: Vec<Socket>,
    /// Keep the kernel there from refusing what its doors would take.
    pub doors: Vec<Socket>,
    /// The index of each side's interface, by the side's number.
    pub links: BTreeMap<u16, u32>,
}

impl Inside {
    /// Sends a whole packet from a program of `uid` on the gateway.
    ///
    /// # Errors
    /// The namespace cannot be entered.
    pub fn speak(&self, uid: u32, target: IpAddr, packet: &[u8]) -> Result<bool, SegmentError> {
        within(&self.namespace, || {
            let domain = if target.is_ipv4() {
                Domain::IPV4
            } else {
                Domain::IPV6
            };
            // The file system user of this thread alone: what `meta skuid` reads.
            let before = setfsuid(Uid::from_raw(uid));
            let mouth = Socket::new(domain, Type::RAW, Some(Protocol::from(255)));
            setfsuid(before);
            let to = SockAddr::from(self.address(target));
            mouth.is_ok_and(|mouth| mouth.send_to(packet, &to).is_ok())
        })
    }

    /// The last word of a link-local address, or of a group, names the side.
    fn address(&self, target: IpAddr) -> SocketAddr {
        match target {
            IpAddr::V6(one) if one.is_unicast_link_local() || one.is_multicast() => {
                let [.., number] = one.segments();
                let link = self.links.get(&number).copied().unwrap_or(0);
                SocketAddrV6::new(one, 0, 0, link).into()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(target, 0),
        }
    }
}

impl Field {
    /// A cable's place, and its side, by the gateway's interface.
    #[must_use]
    pub fn end(&self, interface: &str) -> Option<(usize, &Side)> {
        let mut sides = self.terrain.sides.iter().enumerate();
        sides.find(|(_, side)| side.interface == interface)
    }

    /// Whether the gateway is somebody's.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        matches!(self.standing, Standing::Guest(_))
    }

    /// Whether we play this host on this cable.
    #[must_use]
    pub fn plays(&self, host: &(usize, IpAddr)) -> bool {
        matches!(&self.standing, Standing::Guest(guest) if guest.played.contains(host))
    }

    /// Sends a shot out of a cable's far end.
    #[must_use]
    pub fn send(&self, end: usize, side: &Side, shot: Shot) -> bool {
        let shot = if self.is_guest() {
            std::thread::sleep(GUESTS_PAUSE); // never a flood on a living network
            manners::polite(shot)
        } else {
            shot
        };
        self.wire.send(end, &shot.frame(side.near(), side.far()))
    }

    /// Answers the gateway when it looks for a host that is played.
    pub fn greet(&self, end: usize, word: &Word) {
        let (Some(side), Some(asked)) = (self.terrain.sides.get(end), word.asks) else {
            return;
        };
        if word.hardware == side.near()
            && self.plays(&(end, asked))
            && let Some(answer) = word.answer(side.far())
        {
            self.wire.send(end, &answer);
        }
    }
}
