//! What is allowed: one typed, checked value. This room is pure: sources and
//! facts come in as values, `Policy` or diagnostics go out.

pub mod limit;
pub mod model;
pub mod text;

pub use limit::Limits;
pub use model::*;
