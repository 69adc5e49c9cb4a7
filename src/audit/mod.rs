//! The record. One append-only file per role, each line chained to the one
//! before by SHA-256; heads are recorded in each other's chain and sent off
//! the box. No record, no delivery: `append` returns after fdatasync.

pub mod event;

pub use event::Event;
