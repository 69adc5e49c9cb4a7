//! FLOW 1: policy -> rule set -> kernel -> read back.

pub mod evaluate; // would this pass? (pure)
pub mod question; // the words of a question (pure)
