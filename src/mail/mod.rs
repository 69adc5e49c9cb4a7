//! FLOW 2: a mail's way across.
//!
//! ```text
//! receive --Received--> split --Shape--> plan --Plan--> treat --Clean|Refusal--> rebuild --Outgoing--> deliver
//!    |                 [worker]                     [worker, worker]                                     |
//!    +-> quarantine (every original, first)                                 audit <----------------------+
//! ```

pub mod deliver;
pub mod due;
pub mod envelope;
pub mod folder;
pub mod house;
pub mod ledger;
pub mod name;
pub mod notice;
pub mod number;
pub mod outgoing;
pub mod pass;
pub mod plan;
pub mod progress;
pub mod rebuild;
pub mod receive;
pub mod record;
pub mod smtp;
pub mod spool;
pub mod treat;
