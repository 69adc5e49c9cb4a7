//! FLOW 2: a mail's way across.
//!
//! ```text
//! receive --Received--> split --Shape--> plan --Plan--> treat --Clean|Refusal--> rebuild --Outgoing--> deliver
//!    |                 [worker]                     [worker, worker]                                     |
//!    +-> quarantine (every original, first)                                 audit <----------------------+
//! ```

pub mod envelope;
pub mod name;
pub mod plan;
pub mod record;
pub mod treat;
