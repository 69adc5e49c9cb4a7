//! Reads the codes of one of our own outputs, with rqrr: as it is, and once
//! more with its faint places made stronger.

use rqrr::{DeQRError, Point, PreparedImage};

use super::eyes::small_places;
use super::{
    Area, Code, Grey, LONGEST_TEXT, MOST_CODES, MOST_PAGES, Seen as _, WHOLE, may_be_seen_in,
};
use crate::policy::text::bounded;
use crate::sanitise::{Context, Family, Kind, Refusal, Report, image, odf, ooxml, pdf, rtf, text};

/// The codes on `pages` of a clean picture, PDF or Office document (there the
/// numbers of its pictures).
///
/// # Errors
/// As the readers of the kind; `Unsupported` for one that shows no pixels.
pub fn read(
    kind: Kind,
    bytes: &[u8],
    pages: &[u32],
    context: &Context<'_>,
) -> Result<Vec<Code>, Refusal> {
    let mut codes = Vec::new();
    // Only what we write ourselves is read.
    let family = kind.extension().map(|_| kind.family());
    match family {
        Some(Family::Picture) => {
            for grey in Grey::as_seen(&image::pixels(kind, bytes, context)?) {
                collect(&grey, 1, &mut codes);
            }
        }
        Some(Family::Pdf) => {
            let pages = pages.get(..pages.len().min(MOST_PAGES)).unwrap_or_default();
            pdf::draw_pages(bytes, pages, context, |page, rgba, columns| {
                collect(&Grey::of_page(rgba, columns), page, &mut codes);
            })?;
        }
        Some(family @ (Family::Office | Family::OpenDocument)) => {
            let pages = pages.get(..pages.len().min(MOST_PAGES)).unwrap_or_default();
            let pictures = if family == Family::Office {
                ooxml::pictures(bytes, pages, context)?
            } else {
                odf::pictures(bytes, pages, context)?
            };
            for (number, kind, picture) in pictures {
                for grey in Grey::as_seen(&image::pixels(kind, &picture, context)?) {
                    collect(&grey, number, &mut codes);
                }
            }
        }
        Some(Family::Rtf) => {
            let pages = pages.get(..pages.len().min(MOST_PAGES)).unwrap_or_default();
            for (number, kind, picture) in rtf::pictures(bytes, pages) {
                for grey in Grey::as_seen(&image::pixels(kind, &picture, context)?) {
                    collect(&grey, number, &mut codes);
                }
            }
        }
        Some(Family::Container | Family::Ole | Family::Text | Family::Page | Family::Never(_))
        | None => return Err(Refusal::Unsupported),
    }
    codes.truncate(MOST_CODES);
    Ok(codes)
}

/// What is dotted, hatched or noisy is read when it is blurred, so far.
const SOFT: [usize; 2] = [2, 3];
/// Codes side by side are taken for one another's corners: those that were read
/// are painted over, and it is read again, so many times.
const MOST_ROUNDS: usize = 6;
/// Places of small codes that are looked at closely.
const MOST_CUTTINGS: usize = 8;

fn collect(grey: &Grey, page: u32, codes: &mut Vec<Code>) {
    let mut left = grey.clone();
    for _ in 0..MOST_ROUNDS {
        let known = codes.len();
        look(&left, page, codes);
        look(&left.strengthened(), page, codes);
        if codes.len() == known {
            look_closely(&left, page, codes);
        }
        if codes.len() == known {
            look(&left.with_square_eyes(), page, codes);
            for reach in SOFT {
                look(&left.softened(reach).halved(), page, codes);
            }
        }
        let found = codes.get(known..).unwrap_or_default();
        found.iter().for_each(|code| left.paint(&code.area));
        if found.is_empty() || !may_be_seen_in(&left) {
            break;
        }
    }
}

/// Small codes are read from cuttings of four times their size, or three: their
/// modules are no whole numbers of samples, and what suits one does not suit all.
fn look_closely(grey: &Grey, page: u32, codes: &mut Vec<Code>) {
    for [columns, rows] in small_places(grey).into_iter().take(MOST_CUTTINGS) {
        let cutting = grey.cutting(&columns, &rows);
        let mut inside = Vec::new();
        for times in [4, 3] {
            if inside.is_empty() {
                look(&cutting.enlarged(times), page, &mut inside);
            }
        }
        for code in inside {
            let share = |at: u16, from: usize, side: usize, whole: usize| {
                let place = from * usize::from(WHOLE) + side * usize::from(at);
                u16::try_from(place / whole.max(1)).unwrap_or(WHOLE)
            };
            let across = |at| share(at, columns.start, cutting.columns, grey.columns);
            let down = |at| share(at, rows.start, cutting.rows, grey.rows);
            let area = Area {
                page,
                left: across(code.area.left),
                top: down(code.area.top),
                right: across(code.area.right),
                bottom: down(code.area.bottom),
            };
            add(Code { area, ..code }, codes);
        }
    }
}

fn look(grey: &Grey, page: u32, codes: &mut Vec<Code>) {
    // Twice: codes also come light on dark.
    for inverted in [false, true] {
        let mut prepared =
            PreparedImage::prepare_from_greyscale(grey.columns, grey.rows, |x, y| {
                let sample = grey.samples.get(y * grey.columns + x).copied();
                let sample = sample.unwrap_or(u8::MAX);
                if inverted { u8::MAX - sample } else { sample }
            });
        for grid in prepared.detect_grids() {
            let Some(area) = area(&grid.bounds, grey, page) else {
                continue;
            };
            let mut said = Vec::new();
            let untrusted_text = match grid.decode_to(&mut said) {
                Ok(_) => words(&said),
                Err(error) if is_a_code(&error) => String::new(),
                Err(_) => continue,
            };
            add(
                Code {
                    untrusted_text,
                    area,
                },
                codes,
            );
        }
    }
}

/// Each code once, and a code with words rather than one without.
fn add(code: Code, codes: &mut Vec<Code>) {
    let known = |other: &Code| {
        other.area == code.area
            || (other.area.meets(&code.area)
                && (code.untrusted_text.is_empty() || other.untrusted_text == code.untrusted_text))
    };
    if codes.len() < MOST_CODES && code.area.is_sound() && !codes.iter().any(known) {
        codes.push(code);
    }
}

/// Whether what could not be read is a code all the same: its modules stood up
/// to the correction of errors, only what they say is in a mode that rqrr does
/// not know (FNC1, parts of a series) and other readers do. A shape that only
/// looks like a code fails before that, and says nothing.
fn is_a_code(error: &DeQRError) -> bool {
    match error {
        DeQRError::UnknownDataType
        | DeQRError::DataUnderflow
        | DeQRError::DataOverflow
        | DeQRError::EncodingError
        | DeQRError::IoError => true,
        DeQRError::DataEcc
        | DeQRError::FormatEcc
        | DeQRError::InvalidVersion
        | DeQRError::InvalidGridSize => false,
    }
}

fn words(said: &[u8]) -> String {
    let text = text::charset::decode(said, None).text;
    let text = text::clean(&text, &mut Report::default());
    bounded(text.trim(), LONGEST_TEXT)
}

/// The rectangle around four corners and a little more.
fn area(corners: &[Point; 4], grey: &Grey, page: u32) -> Option<Area> {
    let (columns, rows) = (
        i64::try_from(grey.columns).ok()?,
        i64::try_from(grey.rows).ok()?,
    );
    let across = corners.iter().map(|corner| i64::from(corner.x));
    let down = corners.iter().map(|corner| i64::from(corner.y));
    let (left, right) = (across.clone().min()?, across.max()?);
    let (top, bottom) = (down.clone().min()?, down.max()?);
    let margin = (right - left).max(bottom - top) / 20 + 1;
    let share = |place: i64, side: i64| {
        let whole = i64::from(WHOLE);
        u16::try_from((place * whole / side.max(1)).clamp(0, whole)).ok()
    };
    let area = Area {
        page,
        left: share(left - margin, columns)?,
        top: share(top - margin, rows)?,
        right: share(right + margin, columns)?,
        bottom: share(bottom + margin, rows)?,
    };
    area.is_sound().then_some(area)
}
