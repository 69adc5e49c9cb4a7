//! Frames whose content is gone: an empty one is more than a gap to readers,
//! who call the document damaged.

use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Node, Tape};

/// Takes out every frame that shows nothing any more.
pub(super) fn drop_hollow(tape: &mut Tape) {
    let mut entered: Vec<usize> = Vec::new();
    let mut hollow: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(node) = tape.node(at) {
        match node {
            Node::Open(_) => {
                if tape.is(at, Space::A, "graphicData") && tape.first_child(at).is_none() {
                    hollow.extend(holder(tape, &entered));
                }
                entered.push(at);
            }
            Node::Close => drop(entered.pop()),
            Node::Gone(end) => at = end as usize,
            Node::Text(_) | Node::Nothing => {}
        }
        at += 1;
    }
    // Inner ones first: what is gone already stays so.
    for at in hollow.into_iter().rev() {
        tape.remove(at);
    }
}

/// What holds the content that is gone, and nothing else: a drawing, a frame, or
/// a frame with its place on the sheet.
fn holder(tape: &Tape, around: &[usize]) -> Option<usize> {
    let is_holder = |at: usize| {
        tape.is(at, Space::W, "drawing")
            || tape
                .open(at)
                .is_some_and(|open| tape.local(open) == "graphicFrame")
    };
    let place = around.iter().rposition(|at| is_holder(*at))?;
    let above = place.checked_sub(1).and_then(|above| around.get(above));
    let anchor = above.filter(|at| {
        tape.open(**at).is_some_and(|open| {
            let local = tape.local(open);
            matches!(open.space, Space::Xdr | Space::Cdr) && local.ends_with("Anchor")
        })
    });
    anchor.or_else(|| around.get(place)).copied()
}
