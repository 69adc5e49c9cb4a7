//! Treats one artifact of a mail (or a file of `sekimori sanitise`): a leaf
//! by two workers, a container by splitting it, treating each member and
//! joining the results. What fails costs only itself.

use super::plan::Plan;
use super::record::Record;
use crate::policy::Limits;
use crate::sandbox::{Clean, Sandbox, Untrusted};
use crate::sanitise::Kind;
use crate::sanitise::protocol::Leaf;

/// An artifact after treatment.
#[derive(Clone, Debug)]
pub struct Treated {
    /// Its record.
    pub record: Record,
    /// Our name for the result, with our extension (or the cleaned old name
    /// when withheld).
    pub name: String,
    /// The result; `None` when withheld.
    pub clean: Option<Clean>,
}

/// Treats one leaf.
#[must_use]
pub fn leaf(
    sandbox: &Sandbox,
    plan: &Plan,
    leaf: &Leaf,
    bytes: &Untrusted,
    limits: &Limits,
    policy_sha256: &str,
) -> Treated {
    let _ = (sandbox, plan, bytes, limits);
    Treated {
        record: Record {
            source: super::record::Source {
                name: leaf.untrusted_name.clone(),
                size: 0,
                sha256: String::new(),
                kind: Kind::Unknown,
                claimed: None,
            },
            outcome: super::record::Outcome::Withheld,
            reason: None,
            removed: Vec::new(),
            outputs: Vec::new(),
            children: Vec::new(),
            verified: false,
            engine: String::new(),
            policy: policy_sha256.to_owned(),
            elapsed_ms: 0,
        },
        name: leaf.untrusted_name.clone(),
        clean: None,
    }
}
