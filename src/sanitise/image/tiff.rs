//! TIFF 6.0: the chain of its pages. Faxes and scans come as one file of many
//! pages; each is decoded for itself, by a header that points to it alone.
//!
//! Absent on purpose: BigTIFF, sub-images, and every tag that is no pixel.

mod colours;
mod fax;
#[cfg(test)]
mod tests;

use ::image::DynamicImage;
use ::image::metadata::Orientation;

use super::{Picture, inventory, parse};
use crate::sanitise::codes::{self, Area};
use crate::sanitise::pdf::Binder;
use crate::sanitise::{Context, Kind, Refusal, Report, What};

/// Dots per inch where the file does not say.
const USUAL_RESOLUTION: f32 = 150.0;

/// How a page is to be turned, as in EXIF.
const ORIENTATION: u16 = 274;

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
        let picture = decoded(&mut page, &directory, context, report)?;
        let (across, down) = if picture.turned {
            (directory.resolution.1, directory.resolution.0)
        } else {
            directory.resolution
        };
        if codes::may_be_in(&picture.pixels) {
            report.may_hold_code(number);
        }
        let pixels = super::hidden(picture.pixels, number, areas);
        binder.add(&pixels, across, down)?;
    }
    binder.finish()
}

/// The first page alone.
pub(super) fn first(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let directories = directories(bytes, context.limits.pages)?;
    let first = directories.first().ok_or(Refusal::Malformed)?;
    decoded(&mut bytes.to_vec(), first, context, report)
}

/// The page that the header points to.
fn decoded(
    page: &mut [u8],
    directory: &Directory,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let place = usize::try_from(directory.offset).map_err(|_| Refusal::Malformed)?;
    match colours::model(page, place)? {
        colours::Model::Plain => match fax::read(page, place, context)? {
            Some(pixels) => Ok(upright(page, place, pixels.into(), report)),
            None => parse::parse(Kind::Tiff, page, context, report),
        },
        colours::Model::Luma => {
            let mut picture = parse::parse(Kind::Tiff, page, context, report)?;
            picture.pixels = colours::from_luma(&picture.pixels)?;
            Ok(picture)
        }
        colours::Model::Palette(colours) => {
            let pixels = colours::coloured(page, &colours, context)?;
            Ok(upright(page, place, pixels.into(), report))
        }
    }
}

/// Pixels that were read here, turned as their directory says.
fn upright(
    page: &[u8],
    directory: usize,
    mut pixels: DynamicImage,
    report: &mut Report,
) -> Picture {
    let turned = Reader::new(page).value(directory, ORIENTATION);
    let turned = turned.and_then(|value| u8::try_from(value).ok());
    let turned = turned.and_then(Orientation::from_exif);
    let turned = turned.unwrap_or(Orientation::NoTransforms);
    pixels.apply_orientation(turned);
    inventory::report(Kind::Tiff, page, report);
    Picture {
        pixels,
        jpeg: false,
        turned: parse::changes_places(turned),
    }
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
    let file = Reader::new(bytes);
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

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let little = bytes.starts_with(b"II");
        Self { bytes, little }
    }

    /// Where a directory describes `tag`.
    fn entry(&self, directory: usize, tag: u16) -> Option<usize> {
        let first = directory.checked_add(2)?;
        (0..usize::from(self.short(directory)?))
            .map(|n| first + n * 12)
            .find(|at| self.short(*at) == Some(tag))
    }

    /// All whole numbers of `tag`, short or long.
    fn numbers(&self, directory: usize, tag: u16) -> Option<Vec<u32>> {
        let entry = self.entry(directory, tag)?;
        let count = usize::try_from(self.long(entry + 4)?).ok()?;
        let size = match self.short(entry + 2)? {
            3 => 2,
            4 => 4,
            _ => return None,
        };
        // No list is longer than its file.
        let length = count.checked_mul(size)?;
        let place = if length <= 4 {
            entry + 8
        } else {
            usize::try_from(self.long(entry + 8)?).ok()?
        };
        self.bytes.get(place..place.checked_add(length)?)?;
        let number = |at: usize| {
            if size == 2 {
                self.short(at).map(u32::from)
            } else {
                self.long(at)
            }
        };
        (0..count).map(|n| number(place + n * size)).collect()
    }

    fn part(&self, offset: u32, length: u32) -> Option<&'a [u8]> {
        let from = usize::try_from(offset).ok()?;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        self.bytes.get(from..to)
    }

    /// The short number of `tag`.
    fn value(&self, directory: usize, tag: u16) -> Option<u16> {
        self.short(self.entry(directory, tag)? + 8)
    }

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
