//! Draws each page with hayro and keeps only its compact picture and text.
//! One page is in memory as pixels at a time.

use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf as Source};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

use super::density::Density;
use super::missed::Missed;
use super::sequence::Sequence;
use super::{Flat, Page, font, inventory, open, outline, overlay, picture, text};
use crate::sanitise::codes::{Area, Grey, MOST_PAGES, may_be_seen_in};
use crate::sanitise::{Context, Refusal, Report, What};

/// Dots per inch of the pictures (treatments.md).
const RESOLUTION: f32 = 150.0;
/// The longest side of a picture, in pixels: memory stays bounded.
const LONGEST_SIDE: f32 = 5_000.0;
/// The longest side of a page, in points (ISO 32000-2 annex C.2).
const LONGEST_PAGE: f32 = 14_400.0;
/// Glyphs and fonts are forgotten after so many pages: memory stays bounded.
pub(super) const PAGES_PER_CACHE: usize = 16;

/// Loads a file and refuses what has too many pages or none.
pub(super) fn load(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Source, Refusal> {
    let source = open::open(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected
            | DecryptionError::UnsupportedAlgorithm
            | DecryptionError::InvalidEncryption
            | DecryptionError::MissingIDEntry,
        ) => Refusal::Encrypted,
        LoadPdfError::Invalid => Refusal::Malformed,
    })?;
    let count = source.pages().len();
    if count == 0 {
        return Err(Refusal::Malformed);
    }
    if count > usize::try_from(context.limits.pages).unwrap_or(usize::MAX) {
        return Err(Refusal::OverBudget);
    }
    inventory::report(bytes, &source, report)?;
    Ok(source)
}

/// The pages in reading order, within the limit.
pub(super) fn sequence(source: &Source, context: &Context<'_>) -> Result<Sequence, Refusal> {
    let most = usize::try_from(context.limits.pages).unwrap_or(usize::MAX);
    Sequence::of(source, most)
}

/// The words of every page, without drawing it.
pub(super) fn words(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Vec<Vec<text::Run>>, Refusal> {
    let source = load(bytes, context, report)?;
    let missed = Missed::default();
    let settings = missed.heard_by(font::for_reading(context.fonts));
    let overlay = overlay::of(&source, &settings)?;
    let mut pages = Vec::new();
    for batch in sequence(&source, context)?.batches(PAGES_PER_CACHE) {
        let (cache, over_cache) = (InterpreterCache::new(), InterpreterCache::new());
        let (shelf, over_shelf) = (text::Shelf::new(&settings), text::Shelf::new(&settings));
        for &at in batch {
            let Some(page) = source.pages().get(at) else {
                continue;
            };
            let over = overlay.as_ref().and_then(|o| o.sheet(at));
            let view = text::View::of(page, Shape::of(page).scale);
            let seen = view.collect(page, &cache, &settings, &shelf)?;
            let number = following(pages.len());
            seen.tell(number, report);
            missed.tell(number, report);
            let mut runs = seen.runs;
            if let Some(over) = over {
                view.uncovered(&mut runs, over.covered);
                runs.extend(
                    view.collect(over.page, &over_cache, &settings, &over_shelf)?
                        .runs,
                );
            }
            text::keep_only_characters(&mut runs, report);
            pages.push(runs);
        }
    }
    Ok(pages)
}

/// Pages (from 1) as pixels of red, green, blue and alpha, with their number
/// of columns: for the reader of codes.
///
/// # Errors
/// As `parse`.
pub(in crate::sanitise) fn draw_pages(
    bytes: &[u8],
    pages: &[u32],
    context: &Context<'_>,
    mut each: impl FnMut(u32, &[u8], usize),
) -> Result<(), Refusal> {
    let source = load(bytes, context, &mut Report::default())?;
    let settings = font::for_drawing(context.fonts);
    for (number, at) in (1_u32..).zip(sequence(&source, context)?.iter()) {
        if let Some(page) = source.pages().get(at)
            && pages.contains(&number)
        {
            let shape = Shape::of(page);
            let mut canvas = RenderContext::new(shape.columns, shape.rows);
            Brush::new(&settings).draw(page, &mut canvas, shape.to_pixels(page));
            let mut pixmap = Pixmap::new(0, 0);
            dry(canvas, &mut pixmap);
            each(
                number,
                pixmap.data_as_u8_slice(),
                usize::from(shape.columns),
            );
        }
    }
    Ok(())
}

pub(super) fn parse(
    bytes: &[u8],
    areas: &[Area],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Flat, Refusal> {
    let source = load(bytes, context, report)?;
    let missed = Missed::default();
    let settings = missed.heard_by(font::for_drawing(context.fonts));
    let reading = font::for_reading(context.fonts);
    let overlay = overlay::of(&source, &reading)?;
    let sequence = sequence(&source, context)?;
    let mut pages = Vec::with_capacity(sequence.len());
    let mut stored = 0_u64;
    let mut pixmap = Pixmap::new(0, 0);
    for batch in sequence.batches(PAGES_PER_CACHE) {
        let (brush, over_brush) = (Brush::new(&settings), Brush::new(&settings));
        let (shelf, over_shelf) = (text::Shelf::new(&reading), text::Shelf::new(&reading));
        for &at in batch {
            let Some(page) = source.pages().get(at) else {
                continue;
            };
            let over = overlay.as_ref().and_then(|o| o.sheet(at));
            let mut shape = Shape::of(page);
            let view = text::View::of(page, shape.scale);
            let number = following(pages.len());
            let seen = view.collect(page, &brush.text, &reading, &shelf)?;
            seen.tell(number, report);
            let (mut text, density) = (seen.runs, seen.density);
            match over {
                Some(over) => {
                    view.uncovered(&mut text, over.covered);
                    text.extend(
                        view.collect(over.page, &over_brush.text, &reading, &over_shelf)?
                            .runs,
                    );
                }
                None => shape.coarsen(density),
            }
            let sole = seen.sole.filter(|_| over.is_none());
            let taken = sole.and_then(|sole| sole.page(shape.columns, shape.rows, &mut pixmap));
            if taken.is_none() {
                let mut canvas = RenderContext::new(shape.columns, shape.rows);
                let to_pixels = shape.to_pixels(page);
                brush.draw(page, &mut canvas, to_pixels);
                if let Some(over) = over {
                    over_brush.draw(over.page, &mut canvas, to_pixels);
                }
                dry(canvas, &mut pixmap);
            }
            missed.tell(number, report);
            if has_no_area(page) {
                report.removed(What::UnknownPart, &format!("page {number}"));
            }
            for area in areas.iter().filter(|area| area.page == number) {
                area.paint(pixmap.data_as_u8_slice_mut(), usize::from(shape.columns));
            }
            let survey = picture::Survey::of(pixmap.data_as_u8_slice(), shape.columns);
            if survey.may_hold_code() {
                report.may_hold_code(number);
            }
            let picture = survey.compact()?;
            stored = stored.saturating_add(picture.data.len() as u64);
            if stored > context.limits.expanded_bytes {
                return Err(Refusal::OverBudget);
            }
            pages.push(Page {
                width: shape.width,
                height: shape.height,
                picture,
                text,
            });
        }
    }
    Ok(Flat {
        pages,
        bookmarks: sequence.lead(outline::collect(&source)),
    })
}

/// Whether the boxes of a page leave nothing of it: hayro takes another size, and
/// draws nothing on it.
fn has_no_area(page: &SourcePage<'_>) -> bool {
    let seen = page.intersected_crop_box();
    seen.width() <= 0.0 || seen.height() <= 0.0
}

/// The number (from 1) of the page that follows so many.
pub(super) fn following(pages: usize) -> u32 {
    u32::try_from(pages).unwrap_or(u32::MAX).saturating_add(1)
}

/// Draws pages only to look for codes on them.
pub(super) struct Looker<'a> {
    settings: &'a InterpreterSettings,
    brush: Brush<'a>,
    pixmap: Pixmap,
    drawn: usize,
}

impl<'a> Looker<'a> {
    pub(super) fn new(settings: &'a InterpreterSettings) -> Self {
        Self {
            settings,
            brush: Brush::new(settings),
            pixmap: Pixmap::new(0, 0),
            drawn: 0,
        }
    }

    /// Notes whether `page` may show a code.
    pub(super) fn at(&mut self, page: &'a SourcePage<'a>, number: u32, report: &mut Report) {
        // More places than are read are not looked for.
        if report.codes.len() > MOST_PAGES {
            return;
        }
        if self.drawn == PAGES_PER_CACHE {
            (self.brush, self.drawn) = (Brush::new(self.settings), 0);
        }
        self.drawn += 1;
        let shape = Shape::of(page);
        let mut canvas = RenderContext::new(shape.columns, shape.rows);
        self.brush.draw(page, &mut canvas, shape.to_pixels(page));
        dry(canvas, &mut self.pixmap);
        let columns = usize::from(self.pixmap.width());
        let grey = Grey::of_page(self.pixmap.data_as_u8_slice(), columns);
        if may_be_seen_in(&grey) {
            report.may_hold_code(number);
        }
    }
}

/// How large a page is seen and drawn.
pub(super) struct Shape {
    /// Points.
    pub(super) width: f32,
    pub(super) height: f32,
    /// Points of the new page per point of the old one; 1 but for giants.
    pub(super) scale: f32,
    /// Pixels.
    columns: u16,
    rows: u16,
}

impl Shape {
    pub(super) fn of(page: &SourcePage<'_>) -> Self {
        let (width, height) = page.render_dimensions();
        let longest = width.max(height).max(1.0);
        let scale = (LONGEST_PAGE / longest).min(1.0);
        let dots = (RESOLUTION / 72.0).min(LONGEST_SIDE / longest);
        Self {
            width: hundredths(width * scale),
            height: hundredths(height * scale),
            scale,
            columns: pixels(width * dots),
            rows: pixels(height * dots),
        }
    }

    /// To the pixels that the page needs.
    fn coarsen(&mut self, density: Density) {
        let most = f64::from(self.columns) / f64::from(self.width);
        let dots = density.pixels_per_point(most);
        if dots < most {
            self.columns = pixels((f64::from(self.width) * dots) as f32);
            self.rows = pixels((f64::from(self.height) * dots) as f32);
        }
    }

    /// From the page's own space to pixels.
    fn to_pixels(&self, page: &SourcePage<'_>) -> Affine {
        let (width, height) = page.render_dimensions();
        Affine::scale_non_uniform(
            f64::from(self.columns) / f64::from(width),
            f64::from(self.rows) / f64::from(height),
        ) * page.initial_transform(true).to_kurbo()
    }
}

/// At least one point, two decimals: what the verifier reads back.
fn hundredths(points: f32) -> f32 {
    ((points * 100.0).round() / 100.0).max(1.0)
}

fn pixels(length: f32) -> u16 {
    // Saturating by definition of `as`; NaN becomes 0, then 1.
    (length.round().clamp(1.0, LONGEST_SIDE)) as u16
}

/// What is kept from page to page of one file.
struct Brush<'a> {
    settings: &'a InterpreterSettings,
    drawing: RenderCache<'a>,
    text: InterpreterCache<'a>,
}

impl<'a> Brush<'a> {
    fn new(settings: &'a InterpreterSettings) -> Self {
        Self {
            settings,
            drawing: RenderCache::new(),
            text: InterpreterCache::new(),
        }
    }

    fn draw(&self, page: &'a SourcePage<'a>, canvas: &mut RenderContext, to_pixels: Affine) {
        render_into(
            page,
            &self.drawing,
            self.settings,
            &RenderSettings::default(),
            canvas,
            to_pixels,
        );
    }
}

/// Pixels for a page. Most pages of a file are of one size, so the memory of the
/// page before is used again.
pub(super) fn sized(pixmap: &mut Pixmap, columns: u16, rows: u16) -> &mut Pixmap {
    if (pixmap.width(), pixmap.height()) != (columns, rows) {
        *pixmap = Pixmap::new(0, 0); // Never two of them at once.
        *pixmap = Pixmap::new(columns, rows);
    }
    pixmap
}

/// The pixels of a finished canvas, on white.
fn dry(mut canvas: RenderContext, pixmap: &mut Pixmap) {
    canvas.flush();
    let pixmap = sized(pixmap, canvas.width(), canvas.height());
    canvas.render_with(
        pixmap,
        &mut Resources::default(),
        RasterizerSettings {
            target_init: TargetInit::Clear(WHITE),
            ..Default::default()
        },
    );
}
