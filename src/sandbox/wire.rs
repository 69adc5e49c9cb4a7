//! The near side of the wall: what a worker said is checked here before
//! anything else looks at it. A worker that lies is lost.

use crate::policy::Limits;
use crate::policy::text::escape_hostile;
use crate::sanitise::codes::{self, Code};
use crate::sanitise::protocol::{Headers, Leaf, Mailbox, Range, Reply, Shape, Task};
use crate::sanitise::report::{LONGEST_ROLE, LONGEST_WHERE, MOST_PIECES, MOST_REMOVED};
use crate::sanitise::{Kind, Report};

/// The longest reply that is read, bytes.
pub const LONGEST_REPLY: u64 = 8 << 20;

/// The longest account of the office stage, bytes.
pub const LONGEST_ACCOUNT: u64 = 1_000;

const LONGEST_NAME: usize = 1_000;
const LONGEST_CLAIM: usize = 200;
const LONGEST_CHARSET: usize = 40;
const LONGEST_ID: usize = 250;
const LONGEST_ADDRESS: usize = 320;
const LONGEST_LINE: usize = 2_000;
const MOST_MAILBOXES: usize = 2_000;
const MOST_REFERENCES: usize = 200;

/// Accepts a reply that fits the task, its output and all bounds; escapes
/// what will be shown. `None`: the worker lied.
#[must_use]
pub fn check(task: &Task, reply: Reply, output: u64, limits: &Limits) -> Option<Reply> {
    match (task, reply) {
        (_, Reply::Refused(refusal)) => Some(Reply::Refused(refusal)),
        (Task::Identify { .. }, Reply::Identified(kind)) if output == 0 => {
            Some(Reply::Identified(kind))
        }
        (Task::Paint { .. }, Reply::Treated(report)) => Some(Reply::Treated(check_report(report)?)),
        (Task::ReadCodes { .. }, Reply::Codes(codes)) if output == 0 => {
            Some(Reply::Codes(check_codes(codes)?))
        }
        (Task::Verify { .. }, Reply::Verified) if output == 0 => Some(Reply::Verified),
        (Task::Join { .. }, Reply::Joined) => Some(Reply::Joined),
        (Task::Treat { .. }, Reply::Treated(report)) => Some(Reply::Treated(check_report(report)?)),
        (Task::Split { kind, .. }, Reply::Split(shape)) => Some(Reply::Split(Box::new(
            check_shape(*kind, *shape, output, limits)?,
        ))),
        (
            Task::Identify { .. }
            | Task::Verify { .. }
            | Task::Join { .. }
            | Task::Treat { .. }
            | Task::Paint { .. }
            | Task::ReadCodes { .. }
            | Task::Split { .. },
            Reply::Identified(_)
            | Reply::Verified
            | Reply::Joined
            | Reply::Treated(_)
            | Reply::Codes(_)
            | Reply::Split(_),
        ) => None,
    }
}

fn check_codes(mut found: Vec<Code>) -> Option<Vec<Code>> {
    if found.len() > codes::MOST_CODES {
        return None;
    }
    for code in &mut found {
        if code.untrusted_text.len() > codes::LONGEST_TEXT || !code.area.is_sound() {
            return None;
        }
        code.untrusted_text = escape_hostile(&code.untrusted_text);
    }
    Some(found)
}

fn check_report(mut report: Report) -> Option<Report> {
    if report.removed.len() > MOST_REMOVED || report.codes.len() > codes::MOST_PAGES + 1 {
        return None;
    }
    for line in &mut report.removed {
        if line.untrusted_where.len() > LONGEST_WHERE || line.count == 0 {
            return None;
        }
        line.untrusted_where = escape_hostile(&line.untrusted_where);
    }
    let told = report.structure.len() <= MOST_PIECES;
    if !told || report.closeness.is_some_and(|share| share > 100) {
        return None;
    }
    for piece in &mut report.structure {
        let role = piece.role.as_deref().unwrap_or_default();
        let plain = role.bytes().all(|b| b.is_ascii_alphanumeric());
        if piece.untrusted_name.len() > LONGEST_WHERE || role.len() > LONGEST_ROLE || !plain {
            return None;
        }
        piece.untrusted_name = escape_hostile(&piece.untrusted_name);
    }
    Some(report)
}

fn check_shape(kind: Kind, shape: Shape, output: u64, limits: &Limits) -> Option<Shape> {
    let most = if kind == Kind::Message {
        limits.parts
    } else {
        limits.entries
    };
    if shape.leaves.len() > usize::try_from(most).ok()? {
        return None;
    }
    if shape.headers.is_some() != (kind == Kind::Message) {
        return None;
    }
    let mut end = 0;
    for leaf in &shape.leaves {
        // In order and without overlap: no byte belongs to two leaves.
        end = check_range(leaf.range, end, output)?;
        check_leaf(leaf)?;
    }
    if let Some(headers) = &shape.headers {
        check_headers(headers)?;
    }
    Some(Shape {
        report: check_report(shape.report)?,
        ..shape
    })
}

fn check_range(range: Range, from: u64, output: u64) -> Option<u64> {
    let end = range.offset.checked_add(range.length)?;
    (range.offset >= from && end <= output).then_some(end)
}

fn check_leaf(leaf: &Leaf) -> Option<()> {
    let charset = leaf.charset.as_deref().unwrap_or("ascii");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.:-".contains(c);
    let fits = leaf.untrusted_name.len() <= LONGEST_NAME
        && leaf.untrusted_claimed.len() <= LONGEST_CLAIM
        && leaf
            .untrusted_id
            .as_ref()
            .is_none_or(|id| id.len() <= LONGEST_ID)
        && charset.len() <= LONGEST_CHARSET
        && charset.chars().all(plain);
    fits.then_some(())
}

fn check_headers(headers: &Headers) -> Option<()> {
    let lists = [
        &headers.untrusted_from,
        &headers.untrusted_to,
        &headers.untrusted_cc,
        &headers.untrusted_reply_to,
    ];
    for list in lists {
        if list.len() > MOST_MAILBOXES || !list.iter().all(mailbox_fits) {
            return None;
        }
    }
    if !headers.untrusted_sender.as_ref().is_none_or(mailbox_fits) {
        return None;
    }
    for list in [
        &headers.untrusted_in_reply_to,
        &headers.untrusted_references,
    ] {
        if list.len() > MOST_REFERENCES || !list.iter().all(|id| id.len() <= LONGEST_LINE) {
            return None;
        }
    }
    let lines = [
        &headers.untrusted_subject,
        &headers.untrusted_message_id,
        &headers.untrusted_list_id,
        &headers.untrusted_list_post,
        &headers.untrusted_auto_submitted,
        &headers.untrusted_importance,
    ];
    let fit = lines
        .into_iter()
        .flatten()
        .all(|line| line.len() <= LONGEST_LINE);
    fit.then_some(())
}

fn mailbox_fits(mailbox: &Mailbox) -> bool {
    mailbox.untrusted_name.len() <= LONGEST_NAME
        && mailbox.untrusted_address.len() <= LONGEST_ADDRESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitise::What;
    use crate::sanitise::protocol::{Beside, First, Place};

    fn leaf(offset: u64, length: u64) -> Leaf {
        Leaf {
            place: Place::Attachment,
            untrusted_name: "a".into(),
            untrusted_claimed: String::new(),
            untrusted_id: None,
            charset: None,
            kind: Kind::Text,
            range: Range { offset, length },
            refusal: None,
        }
    }

    fn split(leaves: Vec<Leaf>, output: u64) -> Option<Reply> {
        let shape = Shape {
            headers: None,
            leaves,
            report: Report::default(),
        };
        check(
            &Task::Split {
                kind: Kind::Zip,
                first: First::Text,
            },
            Reply::Split(Box::new(shape)),
            output,
            &Limits::default(),
        )
    }

    #[test]
    fn leaves_beyond_the_output_or_over_each_other_are_lies() {
        assert!(split(vec![leaf(0, 4), leaf(4, 6)], 10).is_some());
        assert!(split(vec![leaf(0, 4), leaf(4, 7)], 10).is_none());
        assert!(split(vec![leaf(0, 4), leaf(3, 2)], 10).is_none());
        assert!(split(vec![leaf(u64::MAX, 2)], 10).is_none());
    }

    #[test]
    fn a_charset_cannot_carry_a_header() {
        let mut lying = leaf(0, 1);
        lying.charset = Some("utf-8\r\nBcc: x".into());
        assert!(split(vec![lying], 10).is_none());
    }

    #[test]
    fn an_answer_to_another_question_is_a_lie() {
        let task = Task::Verify {
            kind: Kind::Pdf,
            ordered: None,
        };
        let reply = Reply::Treated(Report::default());
        assert!(check(&task, reply, 0, &Limits::default()).is_none());
    }

    #[test]
    fn places_are_escaped_before_anyone_shows_them() {
        let mut report = Report::default();
        report.removed(What::Script, "a\u{202e}b\x1b[2J");
        let task = Task::Treat {
            kind: Kind::Html,
            treatment: crate::sanitise::Treatment::Text,
            beside: Beside::default(),
        };
        let Some(Reply::Treated(report)) =
            check(&task, Reply::Treated(report), 1, &Limits::default())
        else {
            panic!("a plain report is accepted")
        };
        assert_eq!(report.removed[0].untrusted_where, "a\\u{202e}b\\u{1b}[2J");
    }
}
