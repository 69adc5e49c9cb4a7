//! How alike our pages and poppler's are.
use super::Bench;
pub fn run(_bench: &Bench) {}
