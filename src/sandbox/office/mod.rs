//! The office stage: LibreOffice, one start for one document, in a world of its
//! own that holds nothing but what it needs. Started by the server that forks
//! workers, never by a worker, and never trusted: what comes out of it is a
//! stranger's file again.
//!
//! ```text
//! server --fork--> keeper (process 1): world, powers given up, limits, landlock
//!                    | profile from our template, the input, an empty out/
//!                    +--fork--> filter, exec soffice.bin ... gone, however
//!                    | a result? copied out; every network counter still nought?
//! ```
//!
//! Whether it worked is judged by the result alone: LibreOffice reports success
//! where it made nothing.

mod filter;
mod keeper;
mod profile;
mod world;

use std::path::Path;

use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};

pub(super) use keeper::keep;
pub use keeper::lock_up;

/// Where Debian's packages put the program itself (its script starts a second
/// process that we have no use for).
const PROGRAM: &str = "/usr/lib/libreoffice/program/soffice.bin";

/// New for every job, beside the process ids. The network has nothing in it.
pub const NAMESPACES: CloneFlags = CloneFlags::CLONE_NEWPID
    .union(CloneFlags::CLONE_NEWNS)
    .union(CloneFlags::CLONE_NEWNET)
    .union(CloneFlags::CLONE_NEWIPC)
    .union(CloneFlags::CLONE_NEWUTS);

/// What records say of it; every word of it holds, or nothing is converted.
pub const CONFINEMENT: &str = "office: own-root read-only-system private-tmpfs pid-mount-net-ipc-uts-namespaces landlock seccomp-deny rlimits";

/// Whether it is on this machine. That it is not is a normal state.
#[must_use]
pub fn installed() -> bool {
    Path::new(PROGRAM).is_file()
}

/// What the keeper counted in the job's own network when all was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Interfaces: the loopback, and tunnels without ends where the kernel gives
    /// them to every new network. All are down.
    pub interfaces: u32,
    /// Packets, in either direction, over all of them.
    pub packets: u64,
}

impl Account {
    /// Nothing was sent, to nobody.
    #[must_use]
    pub fn is_silent(self) -> bool {
        self.packets == 0
    }
}
