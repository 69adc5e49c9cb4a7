//! The record of one sanitised thing (interface.md section 4).

use serde::{Deserialize, Serialize};

use crate::sanitise::{Kind, Piece, Refusal, Removed};

/// What became of it. There is no outcome that means "passed as it was".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Written anew, editable.
    Rebuilt,
    /// Pages as images.
    Flattened,
    /// Text only.
    Text,
    /// A container; see children.
    Unpacked,
    /// Kept back.
    Withheld,
}

/// The thing as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name, escaped.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hex; computed over the descriptor without parsing.
    pub sha256: String,
    /// By content.
    pub kind: Kind,
    /// Claimed media type, escaped.
    pub claimed: Option<String>,
}

/// One file that came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Our name.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// One JSON object per input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The input.
    pub source: Source,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, when withheld.
    pub reason: Option<Refusal>,
    /// What was taken out.
    pub removed: Vec<Removed>,
    /// How many per cent of the characters of its text came out; below 100 where
    /// one is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closeness: Option<u8>,
    /// The parts of a package, in records of `inspect`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub structure: Vec<Piece>,
    /// What came out.
    pub outputs: Vec<Output>,
    /// Members of a container.
    pub children: Vec<Record>,
    /// An independent verifier accepted every output.
    pub verified: bool,
    /// How the workers were locked up (`sandbox::Sandbox::confinement`).
    pub confinement: String,
    /// Version of this program.
    pub engine: String,
    /// `sha256:…` of the policy.
    pub policy: String,
    /// Wall-clock time.
    pub elapsed_ms: u64,
}

/// `policy` of a record made without a site's configuration: the digest of
/// the built-in limits and treatments.
#[must_use]
pub fn defaults_digest(limits: &crate::policy::Limits) -> String {
    use sha2::{Digest as _, Sha256};
    let defaults: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| (kind, crate::sanitise::Treatment::default_for(*kind)))
        .collect();
    let text = serde_json::to_vec(&(limits, defaults)).unwrap_or_default();
    let hex = crate::policy::text::hex(&Sha256::digest(&text));
    format!("sha256:{hex}")
}
