//! E06 and E07. Taken away one by one, last written first: what the rest
//! still allows, at the same moments and recorded no less, is redundant.

use std::collections::BTreeSet;

use crate::policy::diagnostic::Notes;
use crate::policy::text::Text;

use super::extent::{Extent, Product};
use super::index::Index;

/// Most pieces that a flow may fall into before it counts as not covered: a
/// warning that is missed, never one that is wrong.
const PIECES: usize = 2_000;

/// Most other flows that a message names.
const NAMED: usize = 5;

pub(super) fn judge(extents: &[Extent<'_>], index: &Index<'_>, notes: &mut Notes<'_>) {
    let mut removed = BTreeSet::new();
    let mut kept: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, extent) in extents.iter().enumerate().rev() {
        let touching: Vec<(usize, &Extent<'_>)> = index
            .near(extent)
            .into_iter()
            .filter(|other| *other != at && !removed.contains(other))
            .filter_map(|other| Some((other, extents.get(other)?)))
            .filter(|(_, other)| extent.touches(other))
            .collect();
        if touching.is_empty() {
            continue;
        }
        let others: Vec<&Extent<'_>> = touching.iter().map(|(_, other)| *other).collect();
        if let Some(by) = covered_by(extent, &others) {
            redundant(extent, &by, notes);
            removed.insert(at);
        } else {
            kept.push((at, touching.iter().map(|(other, _)| *other).collect()));
        }
    }
    // Of a pair, the one that was written later is asked about.
    for (at, touching) in kept {
        let Some(extent) = extents.get(at) else {
            continue;
        };
        let differing: Vec<&Extent<'_>> = touching
            .iter()
            .filter(|other| **other < at && !removed.contains(*other))
            .filter_map(|other| extents.get(*other))
            .filter(|other| !differences(extent, other).is_empty())
            .collect();
        if let Some(first) = differing.first() {
            overlapping(extent, first, differing.len(), notes);
        }
    }
}

/// May `other` stand in for `flow` wherever both allow?
fn stands_in(other: &Extent<'_>, flow: &Extent<'_>) -> bool {
    let rate = other.flow.bounds.rate;
    let volume = |extent: &Extent<'_>| {
        let bounds = &extent.flow.bounds;
        [&bounds.upload, &bounds.download].map(|one| one.as_ref().map(|one| one.value))
    };
    let unbounded = volume(other).iter().all(Option::is_none);
    other.via() == flow.via()
        && other.class() == flow.class()
        && other.log() >= flow.log()
        && (rate.is_none() || rate == flow.flow.bounds.rate)
        && (unbounded || volume(other) == volume(flow))
}

/// The flows that allow together what this one allows, if they do.
fn covered_by<'a>(extent: &Extent<'_>, others: &[&'a Extent<'a>]) -> Option<Vec<&'a Extent<'a>>> {
    let others: Vec<&Extent<'a>> = others
        .iter()
        .copied()
        .filter(|other| stands_in(other, extent))
        .collect();
    // Best told is one flow that does it alone.
    let alone = others.iter().find(|other| {
        let one = std::slice::from_ref(*other);
        outside(extent, one).is_some()
    });
    match alone {
        Some(one) => Some(vec![*one]),
        None => outside(extent, &others),
    }
}

/// Those of `others` that were needed to cover the flow; `None` where they
/// leave something open.
fn outside<'a>(extent: &Extent<'_>, others: &[&'a Extent<'a>]) -> Option<Vec<&'a Extent<'a>>> {
    let mut left: Vec<(bool, Product)> = extent.products.clone();
    let mut used = Vec::new();
    for other in others {
        if left.is_empty() {
            break;
        }
        let mut helped = false;
        for (six, taken) in &other.products {
            let mut next = Vec::with_capacity(left.len());
            for (family, piece) in left {
                if family == *six && piece.touches(taken) {
                    helped = true;
                    next.extend(
                        piece
                            .without(taken)
                            .into_iter()
                            .map(|piece| (family, piece)),
                    );
                } else {
                    next.push((family, piece));
                }
            }
            left = next;
        }
        if left.len() > PIECES {
            return None;
        }
        if helped {
            used.push(*other);
        }
    }
    left.is_empty().then_some(used)
}

fn redundant(extent: &Extent<'_>, by: &[&Extent<'_>], notes: &mut Notes<'_>) {
    let mut ids: Vec<&str> = by.iter().map(|other| other.id.value.as_str()).collect();
    ids.sort_unstable();
    let mut list = ids
        .iter()
        .take(NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if ids.len() > NAMED {
        list.push_str(", …");
    }
    let id = &extent.id.value;
    let message = Text::new(
        format!("許可 {id} は、ほかの許可 ({list}) だけですべて通る内容です"),
        format!("everything that flow {id} allows is allowed by {list} already"),
    );
    let hint = Text::new(
        "この許可を消すか、ほかの許可を必要な範囲まで狭めてください",
        "remove it, or narrow the others to what they need",
    );
    notes.warn("E06", &extent.id.span, message, Some(hint));
}

/// What two flows say differently about the packets that they share.
fn differences(one: &Extent<'_>, other: &Extent<'_>) -> Vec<(&'static str, &'static str)> {
    let (mine, theirs) = (&one.flow.bounds, &other.flow.bounds);
    [
        ("経由 (via)", "via", one.via() != other.via()),
        ("記録 (log)", "log", one.log() != other.log()),
        ("期限", "expires", one.last_day() != other.last_day()),
        ("分類 (class)", "class", one.class() != other.class()),
        ("頻度 (rate)", "rate", mine.rate != theirs.rate),
        ("時間帯", "hours", mine.hours != theirs.hours),
    ]
    .into_iter()
    .filter(|(.., differs)| *differs)
    .map(|(ja, en, _)| (ja, en))
    .collect()
}

fn overlapping(extent: &Extent<'_>, other: &Extent<'_>, count: usize, notes: &mut Notes<'_>) {
    let differing = differences(extent, other);
    let ja: Vec<&str> = differing.iter().map(|(ja, _)| *ja).collect();
    let en: Vec<&str> = differing.iter().map(|(_, en)| *en).collect();
    let (ja, en) = (ja.join("、"), en.join(", "));
    let place = notes.sources().place(&other.id.span);
    let (id, theirs) = (&extent.id.value, &other.id.value);
    let at = format!("{}:{}", place.file, place.line);
    let (more_ja, more_en) = match count.saturating_sub(1) {
        0 => (String::new(), String::new()),
        more => (format!("、ほか {more} 件"), format!(" and {more} more")),
    };
    let message = Text::new(
        format!("許可 {id} は {theirs} ({at}{more_ja}) と一部が重なり、{ja}が違います"),
        format!("flow {id} overlaps {theirs} ({at}{more_en}) and differs in {en}"),
    );
    let hint = Text::new(
        "重ならないように分けるか、同じ内容にそろえてください",
        "keep them apart, or let both say the same",
    );
    notes.warn("E07", &extent.id.span, message, Some(hint));
}
