//! Packet sockets: frames as they are, in and out. Acts.

use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, recvfrom, sendto,
    setsockopt, socket, sockopt,
};

use super::super::error::SegmentError;
use super::world::world;

/// `PACKET_OUTGOING`: what we sent ourselves.
const OUTGOING: u8 = 4;

/// The receive buffer of each ear, bytes.
pub(super) const EAR: usize = 8 << 20;

/// One packet socket for several interfaces of one namespace, in order.
pub struct Wire {
    socket: OwnedFd,
    ends: Vec<LinkAddr>,
}

impl Wire {
    /// Opens it in this thread's namespace.
    ///
    /// # Errors
    /// Not privileged, or an interface is not there.
    pub fn open(interfaces: &[String]) -> Result<Self, SegmentError> {
        Self::made(interfaces, true)
    }

    /// The same, which also hears what is for other machines.
    ///
    /// # Errors
    /// Not privileged, or an interface is not there.
    pub fn open_to_all(interfaces: &[String]) -> Result<Self, SegmentError> {
        let wire = Self::made(interfaces, true)?;
        for end in &wire.ends {
            crate::sys::hear_every_frame(&wire.socket, end.ifindex())
                .map_err(|error| world("hear every frame", &error))?;
        }
        Ok(wire)
    }

    /// The same, deaf.
    ///
    /// # Errors
    /// Not privileged, or an interface is not there.
    pub fn open_to_send(interfaces: &[String]) -> Result<Self, SegmentError> {
        Self::made(interfaces, false)
    }

    fn made(interfaces: &[String], hears: bool) -> Result<Self, SegmentError> {
        let failed = |error: Errno| world("open a packet socket", &error);
        let links = nix::ifaddrs::getifaddrs().map_err(failed)?;
        let links: Vec<(String, LinkAddr)> = links
            .filter_map(|link| Some((link.interface_name, *link.address?.as_link_addr()?)))
            .collect();
        let mut ends = Vec::new();
        for interface in interfaces {
            let found = links.iter().find(|(name, _)| name == interface);
            let found =
                found.ok_or_else(|| world(&format!("find interface {interface}"), &"not there"))?;
            ends.push(found.1);
        }
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let protocol = hears.then_some(SockProtocol::EthAll);
        let socket =
            socket(AddressFamily::Packet, SockType::Raw, flags, protocol).map_err(failed)?;
        // Beyond the kernel's limit only with privilege outside.
        if setsockopt(&socket, sockopt::RcvBufForce, &EAR).is_err() {
            let _ = setsockopt(&socket, sockopt::RcvBuf, &EAR);
        }
        Ok(Self { socket, ends })
    }

    /// Sends a frame out of an interface; false when it was not taken.
    pub fn send(&self, end: usize, frame: &[u8]) -> bool {
        self.ends
            .get(end)
            .is_some_and(|to| sendto(self.socket.as_raw_fd(), frame, to, MsgFlags::empty()).is_ok())
    }

    /// The next frame that came in, and on which interface. Never waits.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> Option<(usize, &'a [u8])> {
        loop {
            let (length, from) = match recvfrom::<LinkAddr>(self.socket.as_raw_fd(), buffer) {
                Ok(received) => received,
                Err(Errno::EINTR) => continue,
                Err(_) => return None,
            };
            let from = from?;
            let place = self
                .ends
                .iter()
                .position(|end| end.ifindex() == from.ifindex());
            if let (Some(place), false) = (place, from.pkttype() == OUTGOING) {
                return Some((place, buffer.get(..length)?));
            }
        }
    }

    /// The hardware address of an interface.
    pub fn hardware(&self, end: usize) -> Option<[u8; 6]> {
        self.ends.get(end)?.addr()
    }

    /// To wait on.
    pub fn socket(&self) -> &OwnedFd {
        &self.socket
    }
}
