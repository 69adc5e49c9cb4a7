//! The second opinion: mail-parser must see the same parts at the same places
//! as `structure` does. Where two readers differ, the mail is held.

use mail_parser::{MessageParser, PartType};

use super::structure::Entity;
use crate::sanitise::Refusal;

/// Compares; `bytes` is what `root` was read from.
pub(super) fn with_second_reader(bytes: &[u8], root: &Entity<'_>) -> Result<(), Refusal> {
    let second = MessageParser::default().parse(bytes).ok_or(Refusal::Malformed)?;
    let mut ours = Vec::new();
    outline(root, bytes, &mut ours);
    let theirs: Vec<(bool, usize)> = second
        .parts
        .iter()
        .map(|part| {
            (matches!(part.body, PartType::Multipart(_)), usize::try_from(part.offset_body).unwrap_or(usize::MAX))
        })
        .collect();
    if ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| a == b) {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}

/// Pre-order: whether a part is a multipart, and where its body begins.
fn outline(entity: &Entity<'_>, bytes: &[u8], into: &mut Vec<(bool, usize)>) {
    let begins = (entity.body.as_ptr() as usize).saturating_sub(bytes.as_ptr() as usize);
    into.push((entity.media.starts_with("multipart/"), begins));
    for child in &entity.children {
        outline(child, bytes, into);
    }
}
