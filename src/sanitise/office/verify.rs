//! Own eyes on packages: a view of the ZIP, a scanner for XML and a reader of
//! pictures that accept our own writing and nothing else, and share no code
//! and no table with what wrote it.

pub(in crate::sanitise) mod field;
pub(in crate::sanitise) mod functions;
pub(in crate::sanitise) mod layout;
pub(in crate::sanitise) mod link;
pub(in crate::sanitise) mod names;
pub(in crate::sanitise) mod picture;
#[cfg(test)]
pub(in crate::sanitise) mod renaming;
pub(in crate::sanitise) mod scan;

/// Why something is not ours; the caller only learns `Residue`.
#[derive(Debug)]
pub(in crate::sanitise) struct NotOurs(
    #[cfg_attr(not(test), expect(dead_code, reason = "tests say which check refused"))]
    pub(in crate::sanitise) &'static str,
);

/// Verified so far, or not ours.
pub(in crate::sanitise) type Checked = Result<(), NotOurs>;
