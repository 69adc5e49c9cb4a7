//! E14: a flow written for answers. Answers pass by themselves; a flow for
//! them lets the other side begin.

use std::cmp::Ordering;

use crate::policy::diagnostic::Notes;
use crate::policy::ranges::Ranges;
use crate::policy::text::Text;

use super::extent::{DESTINATION, Extent, SERVICE, SOURCE};
use super::index::Index;

/// So many ports above the well-known ones are meant for answers.
const EPHEMERAL: u128 = 1_000;

pub(super) fn judge(extents: &[Extent<'_>], index: &Index<'_>, notes: &mut Notes<'_>) {
    for (at, extent) in extents.iter().enumerate() {
        if extent.via().is_some() {
            continue; // a relay speaks in both directions
        }
        let mut back = index.back(extent).into_iter().filter_map(|other| {
            let forth = extents.get(other)?;
            let answers = forth.via().is_none() && answers(extent, forth, other.cmp(&at));
            answers.then_some(forth)
        });
        if let Some(forth) = back.next() {
            answered(extent, forth, notes);
        }
    }
}

/// Does `extent` hold what answers to `forth` would be?
fn answers(extent: &Extent<'_>, forth: &Extent<'_>, order: Ordering) -> bool {
    extent.products.iter().any(|(six, mine)| {
        forth
            .products
            .iter()
            .filter(|(other, _)| other == six)
            .any(|(_, theirs)| {
                let axis = |product: &super::extent::Product, axis: usize| {
                    product.0.get(axis).cloned().unwrap_or_default()
                };
                let between = axis(mine, SOURCE).touches(&axis(theirs, DESTINATION))
                    && axis(mine, DESTINATION).touches(&axis(theirs, SOURCE));
                let (mine, theirs) = (axis(mine, SERVICE), axis(theirs, SERVICE));
                // Of a mirrored pair, the one that was written later is asked about.
                between
                    && (order == Ordering::Less && mine.touches(&theirs)
                        || for_answers(&mine, &theirs))
            })
    })
}

/// A wide range of high ports, of a protocol that the other flow speaks.
fn for_answers(mine: &Ranges, theirs: &Ranges) -> bool {
    let protocol = |service: u128| service >> 16;
    mine.as_slice().iter().any(|(first, last)| {
        let high = (*first & 0xffff) >= 1_024 && last.saturating_sub(*first) >= EPHEMERAL;
        let spoken = theirs.as_slice().iter().any(|(begin, end)| {
            protocol(*begin) <= protocol(*first) && protocol(*first) <= protocol(*end)
        });
        high && spoken
    })
}

fn answered(extent: &Extent<'_>, forth: &Extent<'_>, notes: &mut Notes<'_>) {
    let (id, other) = (&extent.id.value, &forth.id.value);
    let message = Text::new(
        format!("許可 {id} は {other} の逆向きです (応答は自動で通るので要りません)"),
        format!("flow {id} is {other} turned round; answers pass by themselves"),
    );
    let hint = Text::new(
        "相手の側から通信を始める必要がなければ、消してください",
        "remove it unless the other side must begin connections itself",
    );
    notes.warn("E14", &extent.id.span, message, Some(hint));
}
