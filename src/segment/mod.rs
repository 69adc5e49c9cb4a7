//! FLOW 1: policy -> rule set -> kernel -> read back.
//!
//! ```text
//! Policy --compile--> Ruleset --transaction--> kernel --observe--> Live --drift--> Drift
//! (pure)              (value)   (one, atomic)            (listing)         (must be empty)
//! ```
//!
//! Promised: default deny in every hook and both families; a base chain that
//! is right is never touched; forwarding goes on last and off first; what was
//! written is read back, or it does not count.
//!
//! Absent on purpose: any way to open a packet's path other than a flow of a
//! checked policy; any deletion of other programs' tables.

pub mod apply;
pub mod change;
mod claim; // what flows claim, found by address (pure)
pub mod clock;
pub mod compile;
pub mod configuration;
pub mod consequence; // what another policy would mean for what was seen (pure)
pub mod crossing;
pub mod cut;
pub mod denials; // what was denied, in groups; the flow that would allow it (pure)
pub mod drift;
pub mod error;
pub mod evaluate; // would this pass? (pure)
pub mod expect;
pub mod header; // the head of a packet (pure)
pub mod hits; // how often each flow is used (pure)
pub mod judge; // one policy, many questions (pure)
pub mod listing;
pub mod machine; // interfaces and routes of this box
pub mod netlink; // the kernel's own words: sessions, logged packets
pub mod observe;
pub mod pending;
pub mod probe; // real packets against the allow-list
pub mod question; // the words of a question (pure)
pub mod revision;
pub mod ruleset;
pub mod sessions; // which of them no flow covers any more, and their end
pub mod shelf; // permits -> sets (pure)
pub mod span;
pub mod sysctl;
pub mod tally; // counting by group, bounded (pure)
mod territory;
pub mod traffic; // sessions seen lately, and those to be logged (pure)
pub mod transaction;
pub mod verdict;

use jiff::Timestamp;

pub use compile::{Facts, compile};
pub use drift::Drift;
pub use error::SegmentError;
pub use ruleset::{Forwarding, Ruleset};
use sysctl::Sysctl;

/// The kernel against the desired state, switches included. Other programs'
/// tables are in `Live`, not here: they are shown, never repaired.
///
/// # Errors
/// The kernel cannot be read.
pub fn observe_drift(desired: &Ruleset) -> Result<(Drift, observe::Live), SegmentError> {
    let live = observe::live()?;
    let mut drift = drift::drift(desired, live.table.as_ref(), live.at);
    drift.changed.extend(observe::off_course(desired));
    Ok((drift, live))
}

/// Puts a rule set in force. On success the kernel holds exactly it.
///
/// # Errors
/// The transaction was refused: the rules are as before, and forwarding is
/// unchanged if it was guarded by an intact table. Anything later: forwarding
/// is off, and the rules in the kernel are not to be trusted until a repair.
pub fn put_in_force(desired: &Ruleset) -> Result<(), SegmentError> {
    let before = observe::live()?;
    let guarded = before.table.as_ref().is_some_and(ends_in_drop);
    let off = Forwarding::default();
    if !guarded || desired.forwarding == off {
        apply::set_switches(&sysctl::forwarding(off, &machine::names()))?; // nothing crosses while there is no guard
        let _ = apply::set_switches(&desired.sysctls); // once more below: no switch may keep the rules away
    }
    let written = transaction::transaction(desired, before.table.as_ref(), Timestamp::now());
    if !written.is_empty() {
        apply::load(&written)?;
    }
    let result = read_back(desired).and_then(|generation| {
        apply::forward(desired.forwarding, &desired.sysctls)?; // last
        // What was read back still stands, or is read once more.
        if observe::generation()? != generation {
            read_back(desired)?;
        }
        Ok(())
    });
    if result.is_err() {
        let _ = apply::forward(off, &desired.sysctls); // first; the error below is the one to tell
    }
    result
}

/// Whether nothing can pass that no rule names: each base chain stands at its
/// hook and ends in its drop. For whoever does not know what else there must be.
///
/// # Errors
/// The kernel cannot be read.
pub fn guarded() -> Result<bool, SegmentError> {
    Ok(observe::tersely()?.as_ref().is_some_and(ends_in_drop))
}

/// The same, and something is let in: a box that is not shut.
///
/// # Errors
/// The kernel cannot be read.
pub fn carries_a_list() -> Result<bool, SegmentError> {
    let table = observe::tersely()?;
    Ok(table.is_some_and(|table| ends_in_drop(&table) && !table.sets.is_empty()))
}

/// What stands now, as something to be held, with these switches; none where
/// something could pass that no rule names. For whoever cannot read what there
/// must be: it stays as it is, or it is not trusted any more.
///
/// # Errors
/// The kernel cannot be read.
pub fn last_good(sysctls: Vec<Sysctl>) -> Result<Option<Ruleset>, SegmentError> {
    let stands = observe::live()?.table.filter(ends_in_drop);
    Ok(stands.map(|stands| Ruleset {
        sets: stands.sets.into_values().collect(),
        chains: stands.chains.into_values().collect(),
        forwarding: observe::forwarding(),
        sysctls,
        notes: Vec::new(),
        changes_at: None,
    }))
}

/// Returns the generation of rules that was found right.
fn read_back(desired: &Ruleset) -> Result<u32, SegmentError> {
    let live = observe::live()?;
    let drift = drift::drift(desired, live.table.as_ref(), live.at);
    if drift.is_empty() {
        Ok(live.generation)
    } else {
        Err(SegmentError::NotAsWritten(drift))
    }
}

/// Every base chain of the static rule set is in the kernel as it must be.
fn ends_in_drop(live: &listing::Listing) -> bool {
    live.strange.is_empty()
        && compile::deny_all()
            .chains
            .iter()
            .filter(|chain| chain.hook.is_some())
            .all(|chain| live.chains.get(&chain.name) == Some(chain))
}
