//! Workers: spawn, confine, reap, and the wall between them and us.
//!
//! ```text
//! Untrusted --(task, descriptors)--> sandbox role --fork--> worker: confine, then sanitise::serve
//!     ^                                                        | reply + output descriptors
//!     +---- wire: lengths, ranges and words checked <----------+
//! ```
//!
//! [`Sandbox::treat`] is the only maker of [`Clean`]: bytes written by one
//! worker and accepted by a fresh one that never saw the original.

use std::io;

use crate::policy::Limits;
use crate::sanitise::protocol::Shape;
use crate::sanitise::{Kind, Refusal, Report, Treatment};

/// Bytes a stranger wrote: a sealed memfd that this process never maps and
/// never reads back. Opening exists only in the worker.
#[derive(Debug)]
pub struct Untrusted {
    descriptor: std::os::fd::OwnedFd,
    length: u64,
}

impl Untrusted {
    /// Copies at most `limit` bytes of `source` into a sealed memfd.
    ///
    /// # Errors
    /// `FileTooLarge` past `limit`; else what reading or writing met.
    pub fn copy_from(source: &mut dyn io::Read, limit: u64) -> io::Result<Self> {
        let _ = (source, limit);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let _ = &self.descriptor;
        self.length
    }
}

/// Bytes written by us and accepted by a verifier that never saw the original.
#[derive(Clone, Debug)]
pub struct Clean {
    kind: Kind,
    bytes: std::sync::Arc<Vec<u8>>,
    sha256: String,
    report: Report,
}

impl Clean {
    /// Kind, as the parent fixed it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// SHA-256 of the bytes, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
    /// What was taken out on the way.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// A way to workers: the sandbox role's socket, or a private one for
/// `sekimori sanitise`. Blocking; call it from a thread that may wait.
#[derive(Debug)]
pub struct Sandbox {}

impl Sandbox {
    /// Takes a container apart. Leaves come back in order with their bytes.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn split(
        &self,
        input: &Untrusted,
        kind: Kind,
        limits: &Limits,
    ) -> Result<(Shape, Vec<Untrusted>), Refusal> {
        let _ = (input, kind, limits);
        Err(Refusal::WorkerLost)
    }

    /// Rebuilds in one worker, verifies in a second, fresh one.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn treat(
        &self,
        input: &Untrusted,
        kind: Kind,
        treatment: Treatment,
        charset: Option<&str>,
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let _ = (input, kind, treatment, charset, limits);
        Err(Refusal::WorkerLost)
    }

    /// Writes a container of clean members and has it verified.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn join(
        &self,
        kind: Kind,
        members: &[(String, Clean)],
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let _ = (kind, members, limits);
        Err(Refusal::WorkerLost)
    }
}
