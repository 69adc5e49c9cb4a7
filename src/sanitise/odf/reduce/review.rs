//! What people wrote beside the text: comments, and changes that nobody has
//! accepted yet. Both stay unless a site wants them gone.

use crate::sanitise::odf::model::Tape;
use crate::sanitise::odf::space::Space;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Report, What};

/// Takes out what a site does not want. What tracked changes deleted stands
/// only in their list (ODF 1.3 part 3, 5.5): without it they are accepted.
pub(super) fn reduce(tape: &mut Tape, wish: Wish, untrusted_name: &str, report: &mut Report) {
    for at in 0..tape.len() {
        let Some(open) = tape.open(at) else { continue };
        let what = match (open.space, tape.local(open)) {
            (Space::Office, "annotation") if wish.without_comments => Some(What::Comment),
            (Space::Office, "annotation-end") if wish.without_comments => None,
            (Space::Text | Space::Table, "tracked-changes") if wish.changes_accepted => {
                Some(What::Revision)
            }
            (Space::Text, "change" | "change-start" | "change-end") if wish.changes_accepted => {
                None
            }
            _ => continue,
        };
        tape.remove(at);
        if let Some(what) = what {
            report.removed(what, untrusted_name);
        }
    }
}
