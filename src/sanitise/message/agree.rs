//! The second opinion: mail-parser must see the same parts at the same places
//! as `structure` does. Where two readers differ, the mail is held.

use mail_parser::{MessageParser, PartType};

use super::structure::Entity;
use crate::sanitise::Refusal;
use crate::sanitise::refusal::stumbling;

/// Compares; `bytes` is what `root` was read from.
pub(super) fn with_second_reader(bytes: &[u8], root: &Entity<'_>) -> Result<(), Refusal> {
    // It asserts in debug builds on some nested boundaries: a reader that
    // stumbles does not agree. (Where panics abort, the worker is lost and the
    // mail held just the same.)
    let second = stumbling(|| MessageParser::default().parse(bytes))?.ok_or(Refusal::Malformed)?;
    let mut ours = Vec::new();
    outline(root, bytes, &mut ours);
    let theirs: Vec<(bool, usize)> = second
        .parts
        .iter()
        .map(|part| {
            (
                matches!(part.body, PartType::Multipart(_)),
                usize::try_from(part.offset_body).unwrap_or(usize::MAX),
            )
        })
        .collect();
    let same = |(ours, theirs): (&Part, &(bool, usize))| {
        // An empty part may end before its blank line, whose place is then nowhere.
        ours.multipart == theirs.0 && (ours.empty || ours.begins == theirs.1)
    };
    if ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same) {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}

/// One part as both readers describe it.
struct Part {
    multipart: bool,
    begins: usize,
    empty: bool,
}

/// All parts, in the order in which they stand.
fn outline(entity: &Entity<'_>, bytes: &[u8], into: &mut Vec<Part>) {
    let begins = entity
        .body
        .as_ptr()
        .addr()
        .saturating_sub(bytes.as_ptr().addr());
    into.push(Part {
        multipart: entity.media.starts_with("multipart/"),
        begins,
        empty: entity.body.is_empty(),
    });
    for child in &entity.children {
        outline(child, bytes, into);
    }
}
