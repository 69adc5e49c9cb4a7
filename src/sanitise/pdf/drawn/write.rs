//! The file of a [`Drawn`]: catalogue, page tree, and per page its dictionary,
//! content and resources; the fonts of the text layer, what pages share (glyphs,
//! then pictures, each followed by its opacity), and the bookmarks.

use pdf_writer::{Chunk, Dict, Filter, Finish as _, Name, Pdf, Rect, Ref, Settings, Str, writers};

use super::super::write::{write_picture, zlib};
use super::super::{outline, text};
use super::links::Link;
use super::store::{Opacity, Store, Stored};
use super::{Drawn, Named, Sheet};
use crate::sanitise::Refusal;

const CATALOGUE: i32 = 1;
const PAGE_TREE: i32 = 2;
const FIRST_PAGE: i32 = 3;
/// Page, content, resources.
const OBJECTS_PER_PAGE: i32 = 3;

pub(in super::super) fn write(model: &Drawn) -> Result<Vec<u8>, Refusal> {
    let count = number(model.pages.len())?;
    let mut alphabet = text::Alphabet::of(model.pages.iter().flat_map(|page| &page.text));
    let mut file = Pdf::with_settings(Settings { pretty: false });
    let fonts = FIRST_PAGE + count * OBJECTS_PER_PAGE;
    let places = Places::of(&model.store, fonts + alphabet.objects())?;
    let bookmarks = places.end;

    let mut catalogue = file.catalog(Ref::new(CATALOGUE));
    catalogue.pages(Ref::new(PAGE_TREE));
    if !model.bookmarks.is_empty() {
        catalogue.outlines(Ref::new(bookmarks));
    }
    catalogue.finish();
    let starts = (0..count).map(|page| FIRST_PAGE + page * OBJECTS_PER_PAGE);
    file.pages(Ref::new(PAGE_TREE))
        .count(count)
        .kids(starts.clone().map(Ref::new));
    for (page, start) in model.pages.iter().zip(starts) {
        sheet(&mut file, page, start, fonts, &places, &mut alphabet)?;
    }
    alphabet.write(&mut file, fonts)?;
    for (outline, id) in model.store.glyphs.iter().zip(&places.glyphs) {
        glyph(&mut file, outline, *id)?;
    }
    for (stored, id) in model.store.pictures.iter().zip(&places.pictures) {
        picture(&mut file, stored, *id)?;
    }
    if !model.bookmarks.is_empty() {
        outline::write(&mut file, &model.bookmarks, bookmarks, |page| {
            let page = i32::try_from(page).unwrap_or(0);
            Ref::new(FIRST_PAGE + page * OBJECTS_PER_PAGE)
        });
    }
    Ok(file.finish())
}

/// Numbers of the objects that pages share.
struct Places {
    glyphs: Vec<i32>,
    pictures: Vec<i32>,
    /// The first number that is free behind them.
    end: i32,
}

impl Places {
    fn of(store: &Store, first: i32) -> Result<Self, Refusal> {
        let glyphs: Vec<i32> = (first..).take(store.glyphs.len()).collect();
        let mut next = first + number(store.glyphs.len())?;
        let mut pictures = Vec::new();
        for stored in &store.pictures {
            pictures.push(next);
            next += if stored.opacity.is_some() { 2 } else { 1 };
        }
        Ok(Self {
            glyphs,
            pictures,
            end: next,
        })
    }
}

fn sheet(
    file: &mut Chunk,
    page: &Sheet,
    start: i32,
    fonts: i32,
    places: &Places,
    alphabet: &mut text::Alphabet,
) -> Result<(), Refusal> {
    let (content, resources) = (Ref::new(start + 1), Ref::new(start + 2));
    let mut dictionary = file.page(Ref::new(start));
    dictionary
        .parent(Ref::new(PAGE_TREE))
        .media_box(Rect::new(0.0, 0.0, page.width, page.height))
        .contents(content)
        .pair(Name(b"Resources"), resources);
    if !page.links.is_empty() {
        let mut annotations = dictionary.insert(Name(b"Annots")).array();
        for link in &page.links {
            annotate(annotations.push().dict(), link);
        }
    }
    dictionary.finish();
    let mut operators = page.content.clone();
    text::operators(&page.text, alphabet, &mut operators)?;
    let operators = zlib(&operators)?;
    file.stream(content, &operators).filter(Filter::FlateDecode);

    let mut dictionary = file.indirect(resources).start::<writers::Resources>();
    let mut objects = dictionary.x_objects();
    for named in &page.named {
        let (name, place) = match named {
            Named::Glyph(number) => (format!("G{number}"), places.glyphs.get(*number)),
            Named::Picture(number) => (format!("P{number}"), places.pictures.get(*number)),
            Named::Opacity(_) => continue,
        };
        let place = place.ok_or(Refusal::Malformed)?;
        objects.pair(Name(name.as_bytes()), Ref::new(*place));
    }
    objects.finish();
    let mut states = dictionary.ext_g_states();
    for named in &page.named {
        if let Named::Opacity(opacity) = named {
            let share = f32::from(*opacity) / 255.0;
            states
                .insert(Name(format!("A{opacity}").as_bytes()))
                .start::<writers::ExtGraphicsState>()
                .non_stroking_alpha(share)
                .stroking_alpha(share);
        }
    }
    states.finish();
    let mut names = dictionary.fonts();
    if !page.text.is_empty() {
        alphabet.name_fonts(&mut names, fonts);
    }
    Ok(())
}

/// A place and an address, and no frame.
fn annotate(mut annotation: Dict<'_>, link: &Link) {
    annotation.pair(Name(b"Type"), Name(b"Annot"));
    annotation.pair(Name(b"Subtype"), Name(b"Link"));
    annotation.insert(Name(b"Rect")).array().items(link.place);
    annotation.insert(Name(b"Border")).array().items([0, 0, 0]);
    let mut action = annotation.insert(Name(b"A")).dict();
    action.pair(Name(b"S"), Name(b"URI"));
    action.pair(Name(b"URI"), Str(link.address.as_bytes()));
}

/// A form whose colour is the page's.
fn glyph(file: &mut Chunk, outline: &[u8], id: i32) -> Result<(), Refusal> {
    let operators = zlib(&[outline, b"f\n"].concat())?;
    file.form_xobject(Ref::new(id), &operators)
        // Beyond what any glyph fills: nothing of one is cut off.
        .bbox(Rect::new(-100_000.0, -100_000.0, 100_000.0, 100_000.0))
        .filter(Filter::FlateDecode);
    Ok(())
}

fn picture(file: &mut Chunk, stored: &Stored, id: i32) -> Result<(), Refusal> {
    let Some(opacity) = &stored.opacity else {
        return write_picture(file, Ref::new(id), &stored.picture, None);
    };
    let next = Ref::new(id + 1);
    write_picture(file, Ref::new(id), &stored.picture, Some(next))?;
    let Opacity {
        columns,
        rows,
        data,
    } = opacity;
    let mut image = file.image_xobject(next, data);
    image.width(i32::from(*columns)).height(i32::from(*rows));
    image.color_space().device_gray();
    image.bits_per_component(8).filter(Filter::FlateDecode);
    Ok(())
}

fn number(count: usize) -> Result<i32, Refusal> {
    i32::try_from(count).map_err(|_| Refusal::OverBudget)
}
