//! The kernel's own words: netfilter over netlink, without a program between.
//!
//! ```text
//! message.rs    bytes <-> messages and attributes (pure, bounded)
//! conntrack.rs  sessions: list, end one, hear of new and ended ones
//! changes.rs    transactions of nftables, with the process that made each
//! nflog.rs      packets that the last rule of a base chain dropped
//! elements.rs   the elements of nftables' sets, and the generation of rules
//! ```
//!
//! Promised: only the kernel is believed (a message of another process is
//! passed over); a buffer that overran is told as [`Received::overrun`], never
//! passed over in silence; no call waits longer than [`PATIENCE`].
//!
//! Absent on purpose: rules are written through `nft` alone, and read through
//! it but for the elements of sets.

pub mod changes;
pub mod conntrack;
pub mod elements;
pub mod message;
pub mod nflog;

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recvmsg, sendto,
    setsockopt, socket, sockopt,
};

use message::{DONE, ERROR, INTERRUPTED, Message, Messages, Request};

/// How long an answer of the kernel is waited for, milliseconds.
const PATIENCE: u16 = 5_000;

/// The largest datagram we take; the kernel writes at most 64 KiB in one.
const BUFFER: usize = 1 << 16;

/// The kernel's queue for us: so much is kept while we are busy.
const QUEUE: usize = 4 << 20;

/// A socket of the netfilter family in this thread's network namespace.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

/// What came of one look into a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Datagrams read.
    pub datagrams: usize,
    /// The kernel dropped messages for want of room since the last look.
    pub overrun: bool,
}

impl Socket {
    /// For requests.
    ///
    /// # Errors
    /// The system refuses (no such family in this kernel).
    pub fn open() -> io::Result<Self> {
        Self::subscribed(&[])
    }

    /// Hears the multicast groups `groups` (numbers of `enum nfnetlink_groups`).
    ///
    /// # Errors
    /// The system refuses: not privileged, no such group.
    pub fn subscribed(groups: &[u32]) -> io::Result<Self> {
        let mut mask = 0_u32;
        for group in groups {
            let bit = group.checked_sub(1).and_then(|bit| 1_u32.checked_shl(bit));
            mask |= bit.ok_or(io::ErrorKind::InvalidInput)?;
        }
        let fd = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::NetlinkNetFilter,
        )?;
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, mask))?;
        // A small queue only means that more is told as lost.
        if setsockopt(&fd, sockopt::RcvBufForce, &QUEUE).is_err() {
            let _ = setsockopt(&fd, sockopt::RcvBuf, &QUEUE);
        }
        Ok(Self {
            fd,
            buffer: vec![0; BUFFER],
            sequence: 0,
        })
    }

    /// Reads what waits, at most `limit` datagrams, and never blocks.
    ///
    /// # Errors
    /// The socket is broken; an overrun is no error.
    pub fn receive(
        &mut self,
        limit: usize,
        each: &mut dyn FnMut(&Message<'_>),
    ) -> io::Result<Received> {
        let mut received = Received::default();
        while received.datagrams < limit {
            match self.datagram()? {
                Datagram::Nothing => break,
                Datagram::Overrun => received.overrun = true,
                Datagram::Stranger => {}
                Datagram::Bytes(length) => {
                    let bytes = self.buffer.get(..length).unwrap_or_default();
                    Messages::of(bytes).for_each(|message| each(&message));
                }
            }
            received.datagrams = received.datagrams.saturating_add(1);
        }
        Ok(received)
    }

    /// Asks the kernel and waits for the whole answer. `each` sees every
    /// message of it but the acknowledgement.
    ///
    /// # Errors
    /// What the kernel says (an errno); `TimedOut` when it says nothing;
    /// `Interrupted` when a dump was not one moment's; `OutOfMemory` when it
    /// was longer than the queue.
    pub fn request(
        &mut self,
        request: &Request,
        each: &mut dyn FnMut(&Message<'_>),
    ) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let bytes = request.bytes(self.sequence);
        let kernel = NetlinkAddr::new(0, 0);
        sendto(self.fd.as_raw_fd(), &bytes, &kernel, MsgFlags::empty())?;
        let mut interrupted = false;
        loop {
            let length = match self.datagram()? {
                Datagram::Bytes(length) => length,
                Datagram::Stranger => continue,
                Datagram::Overrun => return Err(io::ErrorKind::OutOfMemory.into()),
                Datagram::Nothing => {
                    self.wait()?;
                    continue;
                }
            };
            let bytes = self.buffer.get(..length).unwrap_or_default();
            for message in Messages::of(bytes) {
                if message.sequence != self.sequence {
                    continue; // of a request whose answer was not waited for, or an event
                }
                interrupted |= message.flags & INTERRUPTED != 0;
                match (message.kind, message.error_number()) {
                    (ERROR | DONE, Some(0) | None) if interrupted => {
                        return Err(io::ErrorKind::Interrupted.into());
                    }
                    (ERROR | DONE, Some(0) | None) => return Ok(()),
                    (ERROR | DONE, Some(number)) => {
                        return Err(io::Error::from_raw_os_error(number));
                    }
                    _ => each(&message),
                }
            }
        }
    }

    fn wait(&self) -> io::Result<()> {
        let mut watched = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
        match poll(&mut watched, PollTimeout::from(PATIENCE)) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn datagram(&mut self) -> io::Result<Datagram> {
        let mut parts = [IoSliceMut::new(&mut self.buffer)];
        let fd = self.fd.as_raw_fd();
        match recvmsg::<NetlinkAddr>(fd, &mut parts, None, MsgFlags::MSG_DONTWAIT) {
            Ok(got) if got.address.is_none_or(|from| from.pid() != 0) => Ok(Datagram::Stranger),
            // Cut off: a part of it is lost, which part nobody knows.
            Ok(got) if got.flags.contains(MsgFlags::MSG_TRUNC) => Ok(Datagram::Overrun),
            Ok(got) => Ok(Datagram::Bytes(got.bytes)),
            Err(Errno::EAGAIN) => Ok(Datagram::Nothing),
            Err(Errno::EINTR) => Ok(Datagram::Stranger),
            Err(Errno::ENOBUFS) => Ok(Datagram::Overrun),
            Err(error) => Err(error.into()),
        }
    }
}

enum Datagram {
    Nothing,
    /// Lost in the queue.
    Overrun,
    /// Not from the kernel.
    Stranger,
    /// So many bytes are in the buffer.
    Bytes(usize),
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
