//! Sekimori (関守), the keeper of the checkpoint: a gateway daemon between a
//! public body's LGWAN segment and the internet.
//!
//! The map, in reading order. `tests/house.rs` holds who may look into whom.

pub mod audit; // the record: typed events, one hash chain per role
pub mod cli; // one file per command group
pub mod mail; // FLOW 2: receive -> spool -> split -> plan -> treat -> rebuild -> deliver
pub mod policy; // what is allowed: configuration -> Policy, or every mistake at once
pub mod quarantine; // every original, sealed
pub mod run; // one file per process
pub mod sandbox; // workers: spawn, confine, reap
pub mod sanitise; // bytes of a stranger -> fresh bytes (pure)
pub mod segment; // FLOW 1: policy -> rule set -> kernel -> read back
pub mod sys; // the only unsafe
