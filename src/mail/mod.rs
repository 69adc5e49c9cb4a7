//! FLOW 2: a mail's way across.
//!
//! ```text
//! receive --Received--> split --Shape--> plan --Plan--> treat --Clean|Refusal--> rebuild --Outgoing--> deliver
//!    |                 [worker]                     [worker, worker]                                     |
//!    +-> quarantine (every original, first)                                 audit <----------------------+
//! ```
//!
//! [`pass`] is the only function that knows the order from received/ to
//! outgoing/; `receive` is before it, `deliver` behind it, `spool` has the
//! table of states. No function here takes a stranger's bytes to `deliver`:
//! that takes an `Outgoing` which the record vouches for, and nothing else.

pub mod deliver;
pub mod due;
pub mod envelope;
mod field;
pub mod folder;
pub mod house;
pub mod ledger;
pub mod name;
pub mod notice;
pub mod number;
pub mod outgoing;
pub mod overview;
pub mod pass;
pub mod plan;
pub mod progress;
pub mod rebuild;
pub mod receive;
pub mod record;
pub mod smtp;
pub mod spool;
pub mod treat;
pub mod words;

use crate::quarantine::MailId;
use house::House;
use pass::Stop;

/// Takes one mail from received/ to outgoing/. Every step can be repeated:
/// who has it already, or stands in outgoing/, is not served twice.
///
/// # Errors
/// Where and why it stopped; the mail is then still in received/.
pub fn pass(id: &MailId, house: &House) -> Result<(), Stop> {
    let rules = house.rules();
    let mut mail = pass::open(id, house)?; // kept in quarantine since before its 250
    let waiting = pass::who_waits(&mail, house)?;
    let sandbox = pass::workers(house)?;
    if !waiting.recipients.is_empty() {
        let bytes = pass::read(&mut mail, &rules)?;
        for variant in pass::plan(&rules, &mail, &waiting) {
            let (shape, parts) = pass::split(&bytes, &variant, &sandbox, &rules)?;
            let treated = pass::treat_all(&variant, &shape, &parts, &sandbox, &rules)?;
            let outgoing = pass::rebuild(&mail, &variant, &shape, &treated, &rules);
            pass::record_and_launch(&mail, &variant, &outgoing, &treated, house)?; // no record, no delivery
        }
    }
    pass::release(id, house)
}
