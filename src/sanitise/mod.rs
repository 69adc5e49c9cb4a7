//! Harmless conversion. This room is pure: bytes in, fresh bytes and a report
//! out, the same in a worker, a test and a fuzz target.
//!
//! ```text
//! identify --Kind--> (plan, outside) --Treatment--> parse --Model--> reduce --Model--> write --bytes--> verify
//! ```
//!
//! Each format is a file or folder in the five-part shape of [`Format`].
//! Nothing is copied from input to output but decoded-and-re-encoded content,
//! and there is no treatment that means "pass".

pub mod codes;
pub mod fonts;
pub mod html;
pub mod identify;
pub mod image;
pub mod kind;
pub mod message;
pub mod odf;
mod office;
pub mod ole;
pub mod ooxml;
pub mod pdf;
pub mod protocol;
pub mod refusal;
pub mod report;
pub mod rtf;
mod serve;
pub mod stage;
pub mod text;
pub mod zip;

pub use fonts::{FontBytes, Fonts};
pub use kind::{Family, Kind, Treatment};
pub use refusal::Refusal;
pub use report::{Piece, Removed, Report, What};
pub use serve::serve;

use crate::policy::Limits;

/// What a format's code gets besides the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Budgets.
    pub limits: &'a Limits,
    /// Fonts for text whose font is not embedded.
    pub fonts: &'a Fonts,
}

/// Makes the tables of names that packages are read and judged by, which else the
/// first package would. The parent of all workers does so before there is one:
/// each is forked with them, and they are the same for every document.
pub fn prepare() {
    ooxml::prepare();
    odf::prepare();
}

/// Judges one member of a container by its kind: the verifiers of containers
/// know only their own layer and ask this for what is inside.
pub type MemberCheck<'a> = dyn Fn(Kind, &[u8]) -> Result<(), Refusal> + 'a;

/// The five parts of every format, in this order in every file.
pub trait Format {
    /// Only what we keep: the smaller world.
    type Model;

    /// By content and structure, never by name.
    fn identify(bytes: &[u8]) -> bool;

    /// Reads what we understand; anything that two readers could read
    /// differently is refused.
    ///
    /// # Errors
    /// A named [`Refusal`]; never a panic, never beyond the budget.
    fn parse(
        bytes: &[u8],
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Self::Model, Refusal>;

    /// Takes out what the treatment does not allow and counts it.
    ///
    /// # Errors
    /// As `parse`.
    fn reduce(
        model: Self::Model,
        treatment: Treatment,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Result<Self::Model, Refusal>;

    /// Fresh bytes, no copied regions.
    ///
    /// # Errors
    /// As `parse`.
    fn write(model: &Self::Model, context: &Context<'_>) -> Result<Vec<u8>, Refusal>;

    /// From the output's bytes alone, sharing no code with `parse`: accepts
    /// only what our own writer can produce.
    ///
    /// # Errors
    /// [`Refusal::Residue`] for anything else.
    fn verify(output: &[u8], context: &Context<'_>) -> Result<(), Refusal>;
}
