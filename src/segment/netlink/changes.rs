//! Who changed the kernel's rules: nftables' own news of each transaction,
//! with the process that made it.
//!
//! Promised: no transaction goes unheard. One that did not fit into the
//! queue is told as an overrun; then everything must be compared.
//!
//! Absent on purpose: what was changed. That is seen by comparing the whole,
//! so that no way of changing rules can be forgotten here. Kernel switches
//! have no news at all.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::Socket;
use super::message::Message;
use crate::policy::text::{bounded, escape_hostile};

/// `NFNLGRP_NFTABLES`.
const GROUP: u32 = 7;
/// Subsystem nftables in the upper byte, `NFT_MSG_NEWGEN` in the lower.
const NEW_GENERATION: u16 = 0x0a0f;
const NFTA_GEN_PROC_PID: u16 = 2;
const NFTA_GEN_PROC_NAME: u16 = 3;

/// A large load announces each of its ten thousand elements.
const DATAGRAMS: usize = 4_096;

/// The process that made a transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    /// Process id, as the first PID namespace counts.
    pub process: u32,
    /// The name the process gave itself.
    pub untrusted_name: String,
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = escape_hostile(&bounded(&self.untrusted_name, 32));
        write!(f, "{name} (pid {})", self.process)
    }
}

/// What was heard since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Who committed transactions, in order.
    pub authors: Vec<Author>,
    /// Some more may have.
    pub overrun: bool,
}

/// Hears of transactions in this thread's network namespace.
#[derive(Debug)]
pub struct Changes(Socket);

impl Changes {
    /// Subscribes.
    ///
    /// # Errors
    /// The system refuses: not privileged.
    pub fn subscribe() -> io::Result<Self> {
        Socket::subscribed(&[GROUP]).map(Self)
    }

    /// Everything that waits.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn take(&mut self) -> io::Result<Heard> {
        let mut heard = Heard::default();
        let received = self.0.receive(DATAGRAMS, &mut |message| {
            if message.kind == NEW_GENERATION {
                heard.authors.push(author(message));
            }
        })?;
        heard.overrun = received.overrun;
        Ok(heard)
    }
}

fn author(message: &Message<'_>) -> Author {
    let attributes = message.attributes();
    Author {
        process: attributes
            .get(NFTA_GEN_PROC_PID)
            .and_then(|found| found.four())
            .unwrap_or(0),
        untrusted_name: attributes
            .get(NFTA_GEN_PROC_NAME)
            .map(|found| found.text())
            .unwrap_or_default(),
    }
}

impl AsFd for Changes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
