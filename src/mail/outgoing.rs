//! What may be delivered. The only makers of [`Outgoing`] stand in this file:
//! `deliver` takes nothing else, so a stranger's bytes cannot reach it.
//! Absent on purpose until quarantine can release: an original with its
//! `Approval`. Pure.

use sha2::{Digest as _, Sha256};

use super::rebuild::{self, RebuildInput};

/// A mail of clean parts, notices and re-emitted headers: canonical CRLF,
/// 7-bit, lines of at most 998 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    bytes: Vec<u8>,
    sha256: String,
}

impl Outgoing {
    /// From `Clean` parts and parsed header values only.
    #[must_use]
    pub fn rebuilt(input: &RebuildInput<'_>) -> Self {
        Self::sealed(rebuild::write(input))
    }

    /// The mail that tells recipients that a whole mail is kept back.
    #[must_use]
    pub fn held(input: &rebuild::HeldInput<'_>) -> Self {
        Self::sealed(rebuild::write_held(input))
    }

    /// Takes up what an earlier run of ours wrote. For `mail::spool::resume`
    /// alone, which has compared the sealed file's digest with the record;
    /// `tests/house.rs` knows no other caller.
    #[must_use]
    pub(super) fn resumed(bytes: Vec<u8>) -> Self {
        Self::sealed(bytes)
    }

    fn sealed(bytes: Vec<u8>) -> Self {
        let sha256 = hex(&bytes);
        Self { bytes, sha256 }
    }

    /// The mail, from its first header to its last line.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of [`Self::bytes`], lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// SHA-256 in lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    crate::policy::text::hex(&Sha256::digest(bytes))
}
