//! How much text may come out of a document.

use crate::sanitise::{Context, Refusal};

/// How much text may come out of a file: a word that stands once can be asked
/// for many times.
#[derive(Clone, Copy, Debug)]
pub(in crate::sanitise) struct Budget {
    most: usize,
}

/// Below this size a high ratio harms nobody.
const RATIO_COUNTS_FROM: usize = 4 << 20;
/// A text is held a few times while it is cleaned.
const SHARE_OF_MEMORY: u64 = 8;

impl Budget {
    /// For a file of this many bytes.
    pub(in crate::sanitise) fn new(stored: usize, context: &Context<'_>) -> Self {
        let limits = context.limits;
        let ratio = usize::try_from(limits.ratio).unwrap_or(usize::MAX);
        let room = limits
            .expanded_bytes
            .min(limits.memory_bytes / SHARE_OF_MEMORY);
        Self {
            most: stored
                .saturating_mul(ratio)
                .max(RATIO_COUNTS_FROM)
                .min(usize::try_from(room).unwrap_or(usize::MAX)),
        }
    }

    /// Whether a text of this length may come out.
    ///
    /// # Errors
    /// `OverBudget` where it may not.
    pub(in crate::sanitise) fn fits(&self, length: usize) -> Result<(), Refusal> {
        if length > self.most {
            return Err(Refusal::OverBudget);
        }
        Ok(())
    }
}
