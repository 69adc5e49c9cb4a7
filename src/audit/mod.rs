//! The record. One append-only file per role, each line chained to the one
//! before by SHA-256; heads are recorded in each other's chain and sent off
//! the box. No record, no delivery: `append` returns after fdatasync.
//!
//! ```text
//! append.rs  Event -> line -> group commit -> disk      (one writer per chain)
//! chain.rs   what a line is, what it must follow         (pure)
//! read.rs    disk -> lines, in order, files joined
//! verify.rs  lines + heads -> findings                   (pure)
//! attestation.rs  bytes -> signed envelope, and back only when it verifies
//! ```
//!
//! Absent on purpose: no function changes or removes a line, and no option
//! lets `append` return before its line is on the disk.

pub mod append;
pub mod attestation;
pub mod chain;
pub mod error;
pub mod event;
pub mod read;
pub mod verify;

use std::path::Path;

pub use append::{Log, Position};
pub use chain::{Head, Line};
pub use error::AuditError;
pub use event::{Event, Reversal};
pub use read::{read, roles};
pub use verify::{Claim, Finding, Findings};

/// Examines every chain under `root` (`<state>/audit`): each line against the
/// one before, and each chain against the heads the other roles recorded and
/// `external` heads that were kept off the box.
///
/// Safe beside a running daemon: heads are gathered before the chains are
/// walked, so whatever a head names was already on the disk.
///
/// # Errors
/// Only when the folder or a file cannot be read; what is wrong in a chain is
/// a finding and never an error.
pub fn verify(root: &Path, external: &[Head]) -> Result<Findings, AuditError> {
    let present = roles(root)?;
    let mut claims: Vec<Claim> = external.iter().cloned().map(Claim::external).collect();
    for role in &present {
        for entry in read(&root.join(role))? {
            claims.extend(Claim::in_entry(role, &entry?));
        }
    }
    let mut findings = Findings::default();
    for role in &present {
        let mut check = verify::ChainCheck::new(role, &claims);
        for entry in read(&root.join(role))? {
            check.see(&entry?);
        }
        findings.add(check.end());
    }
    for role in verify::missing_roles(&present, &claims) {
        findings.add(verify::ChainCheck::new(&role, &claims).end());
    }
    Ok(findings)
}
