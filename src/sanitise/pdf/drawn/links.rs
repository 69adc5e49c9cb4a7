//! Web addresses that a page leads to (ISO 32000-2 section 12.5.6.5): where the
//! policy keeps them, each becomes a link annotation of our own with nothing
//! but a place and an address.

use hayro::hayro_interpret::util::RectExt as _;
use hayro::hayro_syntax::object::{Array, Dict, Name, Rect as SourceRect, String as Words};
use hayro::hayro_syntax::page::Page as SourcePage;

use super::super::text::View;
use crate::sanitise::office::link::is_link;

/// More on one page are left out, and counted as such.
const MOST_LINKS: usize = 1_000;

/// A place of a page that leads to the web.
#[derive(Debug)]
pub(super) struct Link {
    /// Left, bottom, right, top, in points of the new page.
    pub(super) place: [f32; 4],
    /// Printable ASCII, without what ends or escapes a string.
    pub(super) address: String,
}

/// Those of `page` that may stay.
pub(super) fn of(page: &SourcePage<'_>, view: &View) -> Vec<Link> {
    let annotations = page.raw().get::<Array<'_>>("Annots");
    annotations
        .iter()
        .flat_map(|array| array.iter::<Dict<'_>>())
        .take(MOST_LINKS)
        .filter_map(|annotation| link(&annotation, view))
        .collect()
}

fn link(annotation: &Dict<'_>, view: &View) -> Option<Link> {
    const HIDDEN: u32 = 1 << 1;
    const NO_VIEW: u32 = 1 << 5;
    if annotation.get::<Name<'_>>("Subtype")?.as_str() != "Link"
        || annotation.get::<u32>("F").unwrap_or(0) & (HIDDEN | NO_VIEW) != 0
    {
        return None;
    }
    let action = annotation.get::<Dict<'_>>("A")?;
    if action.get::<Name<'_>>("S")?.as_str() != "URI" {
        return None;
    }
    let address = action.get::<Words<'_>>("URI")?;
    let address = std::str::from_utf8(address.as_bytes()).ok()?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\' | '<' | '>' | '"');
    // A place inside of the file has no address.
    if !address.chars().all(plain) || !is_link(address) || address.starts_with('#') {
        return None;
    }
    let place = annotation.get::<SourceRect>("Rect")?.to_kurbo();
    let place = view
        .transform
        .transform_rect_bbox(place)
        .intersect(view.bounds);
    // Also what is not a number is no place.
    let seen = place.width() >= 1.0 && place.height() >= 1.0;
    seen.then(|| Link {
        place: [place.x0, place.y0, place.x1, place.y1]
            .map(|side| ((side * 100.0).round() / 100.0) as f32),
        address: address.to_owned(),
    })
}
