//! FLOW 1: policy -> rule set -> kernel -> read back.
