//! TIFF 6.0: the chain of its pages. Faxes and scans come as one file of many
//! pages; each is decoded for itself, by a header that points to it alone.
//!
//! Absent on purpose: BigTIFF, sub-images, and every tag that is no pixel.

use super::parse;
use crate::sanitise::codes::{Area, Grey};
use crate::sanitise::pdf::Binder;
use crate::sanitise::{Context, Refusal, Report, What};

/// Dots per inch where the file does not say.
const USUAL_RESOLUTION: f32 = 150.0;

/// Where a page is described and how densely its dots lie.
struct Directory {
    offset: u32,
    /// Dots per inch, across and down.
    resolution: (f32, f32),
}

/// Every page as a page of a fresh PDF, at the size its resolution gives.
pub(super) fn bind(
    bytes: &[u8],
    areas: &[Area],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<u8>, Refusal> {
    let directories = directories(bytes, context.limits.pages)?;
    let mut page = bytes.to_vec();
    let mut binder = Binder::new(context);
    for (number, directory) in (1_u32..).zip(directories) {
        point_to(&mut page, &directory)?;
        let picture = parse::parse(super::Kind::Tiff, &page, context, report)?;
        let (across, down) = if picture.turned {
            (directory.resolution.1, directory.resolution.0)
        } else {
            directory.resolution
        };
        if Grey::of(&picture.pixels).may_hold_code() {
            report.may_hold_code(number);
        }
        let pixels = super::hidden(picture.pixels, number, areas);
        binder.add(&pixels, across, down)?;
    }
    binder.finish()
}

/// How many pages there are beyond the first; they do not become part of a
/// single picture.
pub(super) fn count_others(bytes: &[u8], context: &Context<'_>, report: &mut Report) {
    let count = directories(bytes, context.limits.pages).map_or(0, |pages| pages.len());
    for _ in 1..count {
        report.removed(What::UnknownPart, "further page");
    }
}

fn point_to(page: &mut [u8], directory: &Directory) -> Result<(), Refusal> {
    let offset = if page.starts_with(b"II") {
        directory.offset.to_le_bytes()
    } else {
        directory.offset.to_be_bytes()
    };
    page.get_mut(4..8)
        .ok_or(Refusal::Malformed)?
        .copy_from_slice(&offset);
    Ok(())
}

/// Walks the chain; a circle or more than `most` pages end it.
fn directories(bytes: &[u8], most: u32) -> Result<Vec<Directory>, Refusal> {
    let file = Reader {
        bytes,
        little: bytes.starts_with(b"II"),
    };
    let mut found: Vec<Directory> = Vec::new();
    let mut offset = file.long(4).ok_or(Refusal::Malformed)?;
    while offset != 0 {
        if found.iter().any(|page| page.offset == offset) {
            return Err(Refusal::Malformed);
        }
        if found.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(Refusal::OverBudget);
        }
        let at = usize::try_from(offset).map_err(|_| Refusal::Malformed)?;
        let entries = usize::from(file.short(at).ok_or(Refusal::Malformed)?);
        let first = at.checked_add(2).ok_or(Refusal::Malformed)?;
        found.push(Directory {
            offset,
            resolution: file.resolution(first, entries),
        });
        // Writers forget the end mark behind the last page.
        offset = file.long(first + entries * 12).unwrap_or(0);
    }
    if found.is_empty() {
        return Err(Refusal::Malformed);
    }
    Ok(found)
}

struct Reader<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Reader<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    }

    /// `XResolution`, `YResolution` and `ResolutionUnit` (tags 282, 283, 296).
    fn resolution(&self, first: usize, entries: usize) -> (f32, f32) {
        let entry = |tag| {
            (0..entries)
                .map(|n| first + n * 12)
                .find(|at| self.short(*at) == Some(tag))
        };
        let ratio = |tag| {
            let place = usize::try_from(self.long(entry(tag)? + 8)?).ok()?;
            let (above, below) = (self.long(place)?, self.long(place.checked_add(4)?)?);
            (below > 0).then(|| above as f32 / below as f32)
        };
        let unit = entry(296).and_then(|at| self.short(at + 8)).unwrap_or(2);
        let inches = |dots: f32| match unit {
            2 => dots,
            3 => dots * 2.54,
            _ => 0.0,
        };
        let sensible = |dots: f32| (30.0..=4_800.0).contains(&dots);
        match (ratio(282).map(inches), ratio(283).map(inches)) {
            (Some(across), Some(down)) if sensible(across) && sensible(down) => (across, down),
            _ => (USUAL_RESOLUTION, USUAL_RESOLUTION),
        }
    }
}
