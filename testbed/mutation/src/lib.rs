//! Changed files by chance, and what must become of every one of them.
//!
//! ```text
//! seeds (own builders, a corpus) -> edit (bits, chunks, words of the format) -> trial
//! trial: identify -> treat -> verify, as a worker does it
//!        a verified output or a named refusal; never a panic, and never an
//!        output that its own verifier refuses
//! ```
//!
//! One body, three users: `tests/it` runs a bounded number, `benches/mutation`
//! hundreds of thousands, `fuzz/` lets libFuzzer choose the bytes.
//!
//! Absent on purpose: judging whether an output is harmless. That is what the
//! verifier says, and `seeds::pdf_vectors` and its tests hold it to.

mod campaign;
mod chance;
pub mod edit;
pub mod seeds;
mod trial;

pub use campaign::{Campaign, Run, Tally};
pub use chance::Chance;
pub use seeds::{Family, Seed};
pub use trial::{Outcome, must_hold, trial};
