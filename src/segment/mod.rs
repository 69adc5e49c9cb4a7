//! FLOW 1: policy -> rule set -> kernel -> read back.

pub mod evaluate; // would this pass? (pure)
pub mod expect; // what must be true before apply (pure)
pub mod question; // the words of a question (pure)
pub mod verdict; // the answer and its reason (pure)
