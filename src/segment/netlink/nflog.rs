//! Packets that the rules hand to a log group: the first bytes of each, where
//! it came in and was to go out, and which rule said so.
//!
//! Promised: what the kernel could not hand over is told (`lost`, at least 1
//! for every gap). How many packets were dropped in sum is not known here: the
//! rules' own counters say that.

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
const CONFIGURE_FLAGS: u16 = 6;
const BIND: u8 = 1;
const COPY_PACKET: u8 = 2;
/// Numbers packets, so that gaps show.
const NUMBERED: u16 = 1;

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
    /// Its number in this group.
    sequence: Option<u32>,
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
                12 => logged.sequence = attribute.four(),
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
    next: Option<u32>,
}

impl Group {
    /// Takes the group.
    ///
    /// # Errors
    /// `PermissionDenied` when another process has it, or without CAP_NET_ADMIN.
    pub fn bind(group: u16) -> io::Result<Self> {
        let mut socket = Socket::open()?;
        let mut configure = |number: u16, value: &[u8]| {
            let request = Request::new(CONFIGURE, ACKNOWLEDGE, 0, group).with(number, value);
            socket.request(&request, &mut |_| {})
        };
        configure(CONFIGURE_COMMAND, &[BIND])?;
        let mut mode = SNAP.to_be_bytes().to_vec();
        mode.extend_from_slice(&[COPY_PACKET, 0]);
        configure(CONFIGURE_MODE, &mode)?;
        configure(CONFIGURE_THRESHOLD, &GATHER.to_be_bytes())?;
        configure(CONFIGURE_TIMEOUT, &WITHIN.to_be_bytes())?;
        configure(CONFIGURE_FLAGS, &NUMBERED.to_be_bytes())?;
        Ok(Self { socket, next: None })
    }

    /// Reads what waits, at most `limit` datagrams. Returns how many packets
    /// were lost on the way here since the last look.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn receive(&mut self, limit: usize, seen: &mut dyn FnMut(Logged)) -> io::Result<u64> {
        let mut lost = 0_u64;
        let next = &mut self.next;
        self.socket.receive(limit, &mut |message| {
            let Some(logged) = Logged::read(message) else {
                return;
            };
            if let Some(sequence) = logged.sequence {
                let gap = next.map_or(0, |next| sequence.wrapping_sub(next));
                lost = lost.saturating_add(u64::from(gap));
                *next = Some(sequence.wrapping_add(1));
            }
            seen(logged);
        })?;
        Ok(lost) // an overrun shows as a gap at the next packet
    }
}

impl AsFd for Group {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
