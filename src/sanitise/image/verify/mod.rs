//! Accepts only pictures that `write` can have written, by their structure
//! from the first byte to the last. Names no crate that `parse` names.

pub(in crate::sanitise) mod jpeg;
pub(super) mod png;

use crate::sanitise::{Context, Refusal};

/// A JPEG within the budget.
pub(super) fn photo(bytes: &[u8], context: &Context<'_>) -> Result<(), Refusal> {
    let frame = jpeg::verify(bytes)?;
    within_budget(frame.columns as u64, frame.rows as u64, context)
}

fn within_budget(columns: u64, rows: u64, context: &Context<'_>) -> Result<(), Refusal> {
    if columns.saturating_mul(rows) <= u64::from(context.limits.megapixels) * 1_000_000 {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}
