//! Who sent a mail to whom, as the SMTP session said it (RFC 5321).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The first record of every spool file. `schema = 1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Schema version, 1.
    pub schema: u32,
    /// Mail id: `<site>-<time>-<random>`, stands in file names, records and
    /// headers; `[a-z0-9-]` only.
    pub id: String,
    /// Receipt number for people: `20260601-7F3K2Q` (local day, six signs
    /// without 0 O 1 I).
    pub receipt: String,
    /// When DATA began.
    pub received_at: Timestamp,
    /// Peer address.
    pub peer: String,
    /// What the peer called itself.
    pub untrusted_helo: String,
    /// Reverse path; empty for `<>`.
    pub untrusted_sender: String,
    /// Accepted forward paths, lower-cased domain, as given otherwise.
    pub recipients: Vec<String>,
    /// Revision of the configuration in force.
    pub revision: u64,
}
