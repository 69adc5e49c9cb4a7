//! One file per process.

pub mod control;
pub mod segment;

pub use control::ask;
