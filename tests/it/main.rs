//! One binary for all integration tests: every extra one is another link.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // tests stop at the first surprise

mod ooxml;
