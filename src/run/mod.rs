//! One file per process.
