//! A PDF that stays lines and letters: each page is interpreted by hayro and
//! written down anew in a language of our own, which knows paths, colours,
//! clips, glyphs and pictures, and nothing else.
//!
//! Promised: sharp at any size, small, pages and words as they were. Fonts
//! become outlines (parsed, and written as forms of their own), pictures are
//! decoded and coded anew, and no object, string, font or stream of the
//! source is copied.
//! Absent on purpose: what this language has no word for (shadings, patterns,
//! masks over drawings, blending, forms to fill in). A file with any of it is
//! refused as `Unsupported`, and whoever asked may ask for pictures.

mod canvas;
mod links;
mod store;
mod write;

use std::collections::BTreeSet;

use hayro::hayro_interpret::{Context as Interpreter, InterpreterCache, interpret_page};

use self::canvas::Canvas;
use self::store::Store;
use super::missed::Missed;
use super::{font, outline, overlay, parse, text};
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Context, Refusal, Report, What};

pub(super) use self::write::write;

/// Drawing instructions of one page, inflated.
const LONGEST_CONTENT: usize = 16 << 20;

/// Pages of drawings: what is left of a PDF.
#[derive(Debug)]
pub(super) struct Drawn {
    pages: Vec<Sheet>,
    store: Store,
    bookmarks: Vec<outline::Bookmark>,
}

/// One page.
#[derive(Debug)]
struct Sheet {
    /// Points.
    width: f32,
    height: f32,
    content: Vec<u8>,
    /// What its content names.
    named: BTreeSet<Named>,
    text: Vec<text::Run>,
    links: Vec<links::Link>,
}

/// What a page draws that is kept outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    /// A glyph's outline, by its place in the store.
    Glyph(usize),
    /// A picture.
    Picture(usize),
    /// An opacity in steps of 1/255.
    Opacity(u8),
}

/// Draws every page anew. `OverBudget` as soon as glyphs, pictures and pages
/// are more than a result may be; `Unsupported` where one of them has more than can be
/// said here, or where there is a form to fill in.
pub(super) fn draw(
    bytes: &[u8],
    wish: Wish,
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Drawn, Refusal> {
    let source = parse::load(bytes, context, report)?;
    let fillable = |line: &crate::sanitise::Removed| matches!(line.what, What::Form | What::Xfa);
    if report.removed.iter().any(fillable) {
        return Err(Refusal::Unsupported);
    }
    let missed = Missed::default();
    let settings = missed.heard_by(font::for_drawing(context.fonts));
    let reading = font::for_reading(context.fonts);
    if overlay::of(&source, &reading)?.is_some() {
        return Err(Refusal::Unsupported);
    }
    let mut look = parse::Looker::new(&settings);
    let mut store = Store::new(context.limits.expanded_bytes);
    let sequence = parse::sequence(&source, context)?;
    let mut pages = Vec::with_capacity(sequence.len());
    for batch in sequence.batches(parse::PAGES_PER_CACHE) {
        let (cache, text_cache) = (InterpreterCache::new(), InterpreterCache::new());
        let shelf = text::Shelf::new(&reading);
        for &at in batch {
            let Some(page) = source.pages().get(at) else {
                continue;
            };
            let shape = parse::Shape::of(page);
            let view = text::View::of(page, shape.scale);
            let mut canvas = Canvas::new(&mut store, view.bounds);
            let mut state = Interpreter::new(
                view.transform,
                view.bounds,
                &cache,
                page.xref(),
                settings.clone(),
            );
            interpret_page(page, &mut state, &mut canvas);
            let finished = canvas.finish();
            if let Some((content, _)) = &finished {
                store.spend(content.len());
            }
            if store.is_over() {
                return Err(Refusal::OverBudget);
            }
            let (content, named) = finished.ok_or(Refusal::Unsupported)?;
            let number = parse::following(pages.len());
            look.at(page, number, report);
            let seen = view.collect(page, &text_cache, &reading, &shelf)?;
            seen.tell(number, report);
            missed.tell(number, report);
            let mut text = seen.runs;
            text::keep_only_characters(&mut text, report);
            let links = if wish.web_links {
                links::of(page, &view)
            } else {
                Vec::new()
            };
            report.kept(What::Link, links.len());
            pages.push(Sheet {
                width: shape.width,
                height: shape.height,
                content,
                named,
                text,
                links,
            });
        }
    }
    Ok(Drawn {
        pages,
        store,
        bookmarks: sequence.lead(outline::collect(&source)),
    })
}

#[cfg(test)]
mod tests;
