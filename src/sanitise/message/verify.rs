//! todo
use crate::sanitise::{Context, Refusal};
/// todo
/// # Errors
/// x
pub fn verify(_o: &[u8], _c: &Context<'_>) -> Result<(), Refusal> { Err(Refusal::Residue) }
