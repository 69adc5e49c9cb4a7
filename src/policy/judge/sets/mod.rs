//! Flows against each other, as sets of packets at moments: what others cover
//! already (E06), what they share and treat differently (E07), what is only
//! an answer (E14), and what the internet reaches by a chain (E21).
//!
//! ```text
//! flow --extent--> product of six sets --index--> those that may touch it --> decided exactly
//! ```
//!
//! Promised: everything that E06 names can be removed at once and nothing
//! changes. Never compared pair by pair: an R-tree finds who may touch whom.

mod chain;
mod cover;
mod extent;
mod index;
mod moments;
mod outside;
mod reverse;

use super::Bench;
use crate::policy::diagnostic::Notes;

pub(super) fn judge(bench: &Bench<'_>, notes: &mut Notes<'_>) {
    let extents = extent::extents(bench.written);
    let index = index::Index::new(&extents);
    cover::judge(&extents, &index, notes);
    reverse::judge(&extents, &index, notes);
    chain::judge(bench, &extents, notes);
}
