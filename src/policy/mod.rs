//! What is allowed: one typed, checked value. This room is pure: sources and
//! facts come in as values, `Policy` or diagnostics go out.

pub mod diagnostic;
pub mod domain;
pub mod facts;
pub mod hours;
mod judge;
pub mod limit;
pub mod load;
pub mod model;
pub mod moment;
pub mod ranges;
mod read;
pub mod similar;
pub mod source;
pub mod space;
pub mod text;

pub use diagnostic::{Diagnostic, Severity};
pub use facts::Facts;
pub use hours::{Days, Holidays, Hours, Opening, Window};
pub use limit::Limits;
pub use load::{check, load, zone};
pub use model::*;
pub use moment::local_day;
pub use read::{KINDS, parse_ports};
pub use source::Sources;
pub use space::Space;
