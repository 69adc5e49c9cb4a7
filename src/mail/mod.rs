//! FLOW 2: a mail's way across.
//!
//! ```text
//! receive --Received--> split --Shape--> plan --Plan--> treat --Clean|Refusal--> rebuild --Outgoing--> deliver
//!    |                 [worker]                     [worker, worker]                                     |
//!    +-> quarantine (every original, first)                                 audit <----------------------+
//! ```

pub mod envelope;
mod field;
pub mod name;
pub mod notice;
pub mod outgoing;
pub mod plan;
pub mod rebuild;
pub mod record;
pub mod treat;
mod words;
