//! Packets that the rules hand to a log group: the first bytes of each, where
//! it came in and was to go out, and which rule said so.
//!
//! Absent on purpose: how many there were. What the rules' limit kept back and
//! what found no room on its way here is in the rules' own counters.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::Socket;
use super::message::{ACKNOWLEDGE, Message, Request};

/// Subsystem `ulog` in the upper byte; packet and configuration in the lower.
const PACKET: u16 = 0x0400;
const CONFIGURE: u16 = 0x0401;

const CONFIGURE_COMMAND: u16 = 1;
const CONFIGURE_MODE: u16 = 2;
const CONFIGURE_TIMEOUT: u16 = 4;
const CONFIGURE_THRESHOLD: u16 = 5;
const BIND: u8 = 1;
const COPY_PACKET: u8 = 2;

/// Bytes of a packet that are kept: headers, and enough of what follows to
/// see what it was.
pub const SNAP: u32 = 192;
/// Packets are handed over when so many have gathered …
const GATHER: u32 = 64;
/// … or after so many hundredths of a second.
const WITHIN: u32 = 10;

/// One logged packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// What the rule says: `sekimori deny forward`.
    pub prefix: String,
    /// Index of the interface it came in by; nought for the box's own.
    pub incoming: u32,
    /// Index of the interface it was to leave by, where that was known.
    pub outgoing: u32,
    /// Arrival, seconds and microseconds of Unix time, where the kernel stamped it.
    pub at: Option<(u64, u64)>,
    /// From the network header on, at most [`SNAP`] bytes.
    pub untrusted_bytes: Vec<u8>,
}

impl Logged {
    /// Reads one message of a log group.
    #[must_use]
    pub fn read(message: &Message<'_>) -> Option<Self> {
        if message.kind != PACKET {
            return None;
        }
        let mut logged = Self::default();
        for attribute in message.attributes() {
            match attribute.number {
                3 => {
                    let micros = attribute.value.get(8..).and_then(<[u8]>::first_chunk);
                    let micros = micros.map(|raw| u64::from_be_bytes(*raw));
                    logged.at = attribute.eight().zip(micros);
                }
                4 => logged.incoming = attribute.four()?,
                5 => logged.outgoing = attribute.four()?,
                9 => {
                    let most = usize::try_from(SNAP).unwrap_or(usize::MAX);
                    let kept = attribute.value.get(..most).unwrap_or(attribute.value);
                    logged.untrusted_bytes = kept.to_vec();
                }
                10 => logged.prefix = attribute.text(),
                _ => {}
            }
        }
        Some(logged)
    }
}

/// A log group in this thread's network namespace. One process has it.
#[derive(Debug)]
pub struct Group {
    socket: Socket,
}

impl Group {
    /// Takes the group.
    ///
    /// # Errors
    /// `PermissionDenied` when another process has it, or without CAP_NET_ADMIN.
    pub fn bind(group: u16) -> io::Result<Self> {
        Self::gathering(group, GATHER)
    }

    /// Takes the group; each packet is handed over before its sender goes on.
    ///
    /// # Errors
    /// As `bind`.
    pub fn prompt(group: u16) -> io::Result<Self> {
        Self::gathering(group, 1)
    }

    fn gathering(group: u16, packets: u32) -> io::Result<Self> {
        let mut socket = Socket::open()?;
        let mut configure = |number: u16, value: &[u8]| {
            let request = Request::new(CONFIGURE, ACKNOWLEDGE, 0, group).with(number, value);
            socket.request(&request, &mut |_| {})
        };
        configure(CONFIGURE_COMMAND, &[BIND])?;
        let mut mode = SNAP.to_be_bytes().to_vec();
        mode.extend_from_slice(&[COPY_PACKET, 0]);
        configure(CONFIGURE_MODE, &mode)?;
        configure(CONFIGURE_THRESHOLD, &packets.to_be_bytes())?;
        configure(CONFIGURE_TIMEOUT, &WITHIN.to_be_bytes())?;
        Ok(Self { socket })
    }

    /// Reads what waits, at most `limit` datagrams.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn receive(&mut self, limit: usize, seen: &mut dyn FnMut(Logged)) -> io::Result<()> {
        self.socket.receive(limit, &mut |message| {
            if let Some(logged) = Logged::read(message) {
                seen(logged);
            }
        })?;
        Ok(()) // an overrun is in the rules' counters, as what their limit kept back
    }
}

impl AsFd for Group {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
