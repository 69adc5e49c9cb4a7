//! Slides: what a click may do, what stands in for an embedded object, and
//! animations that would start something.

use std::collections::HashSet;

use super::{Place, has_live_picture};
use crate::sanitise::ooxml::model::{Body, Package, Target};
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;
use crate::sanitise::ooxml::tape::{Open, Tape};
use crate::sanitise::{Report, What};

/// Slides that the presentation does not list: nobody sees them.
pub(super) fn drop_unlisted(package: &mut Package, report: &mut Report) {
    let mut listed = HashSet::new();
    if let Some(Body::Xml(tape)) = package.parts.first().map(|part| &part.body) {
        for (_, open) in tape.opens() {
            if (open.space, tape.local(open)) == (Space::P, "sldId")
                && let Some(id) = tape.value(open, Space::R, "id")
                && let Some(Target::Part(to)) = package.target(0, id)
            {
                listed.insert(*to);
            }
        }
    }
    let slides = package.parts.iter_mut().enumerate();
    for (at, slide) in slides.filter(|(_, part)| part.role == Role::Slide) {
        if !listed.contains(&at) {
            report.removed(What::HiddenContent, &slide.untrusted_name);
            slide.gone = true;
        }
    }
}

/// Actions that only turn pages (MS-OE376 2.1.1258).
fn turns_pages(action: &str) -> bool {
    matches!(
        action,
        "" | "ppaction://noaction" | "ppaction://hlinksldjump"
    ) || action
        .strip_prefix("ppaction://hlinkshowjump?jump=")
        .is_some_and(|jump| {
            matches!(
                jump,
                "firstslide"
                    | "lastslide"
                    | "nextslide"
                    | "previousslide"
                    | "endshow"
                    | "lastslideviewed"
            )
        })
}

/// A click or touch.
pub(super) fn action(
    tape: &mut Tape,
    at: usize,
    open: Open,
    untrusted_name: &str,
    report: &mut Report,
) {
    let action = tape.value(open, Space::None, "action").unwrap_or_default();
    if !turns_pages(action) {
        report.removed(What::Action, untrusted_name);
        tape.remove(at);
    }
}

/// A frame with an embedded object leaves its preview picture, if that is one
/// we could read.
pub(super) fn frame(tape: &mut Tape, at: usize, place: &Place<'_>, report: &mut Report) {
    let inner: Vec<(usize, Open)> = tape.inner(at).collect();
    let object = inner
        .iter()
        .find(|(_, inner)| inner.space == Space::P && tape.local(*inner) == "oleObj")
        .map(|(object, _)| *object);
    let Some(object) = object else { return };
    report.removed(What::OleObject, place.untrusted_name);
    let picture = tape
        .children(object)
        .find(|child| tape.is(*child, Space::P, "pic"));
    let Some(picture) = picture.filter(|picture| has_live_picture(tape, *picture, place)) else {
        tape.remove(at);
        return;
    };
    let end = tape.open(picture).map_or(0, |open| open.end as usize);
    for (other, other_open) in inner {
        if (picture..=end).contains(&other) || tape.open(other).is_none() {
            continue;
        }
        if (other_open.end as usize) < picture || other > end {
            tape.remove(other);
        } else {
            tape.unwrap(other);
        }
    }
    tape.unwrap(at);
}

/// Animations go where one of them commands, plays or calls.
pub(super) fn timing(tape: &mut Tape, at: usize, untrusted_name: &str, report: &mut Report) {
    let starts = tape.inner(at).any(|(_, inner)| {
        inner.space == Space::P
            && matches!(
                tape.local(inner),
                "cmd" | "audio" | "video" | "snd" | "sndTgt"
            )
    });
    if starts {
        report.removed(What::Action, untrusted_name);
        tape.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::turns_pages;

    #[test]
    fn only_page_turning_is_kept() {
        assert!(turns_pages("ppaction://hlinkshowjump?jump=nextslide"));
        for bad in [
            "ppaction://macro?name=x",
            "ppaction://program",
            "ppaction://hlinkfile",
            "ppaction://ole?verb=0",
            "PPACTION://macro",
        ] {
            assert!(!turns_pages(bad), "{bad}");
        }
    }
}
