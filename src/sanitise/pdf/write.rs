//! A fresh file of one section: catalogue, page tree, and per page its
//! dictionary, content and picture; then the fonts of the text layer, then the
//! bookmarks. The grammar is repeated, independently, in `verify`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Chunk, Filter, Finish, Name, Pdf, Rect, Ref, Settings};

use super::picture::{Coding, Picture};
use super::{Flat, Page, outline, text};
use crate::sanitise::Refusal;

const CATALOGUE: i32 = 1;
const PAGE_TREE: i32 = 2;
const FIRST_PAGE: i32 = 3;
/// Page, content, picture.
const OBJECTS_PER_PAGE: i32 = 3;

pub(super) fn write(model: &Flat) -> Result<Vec<u8>, Refusal> {
    let count = i32::try_from(model.pages.len()).map_err(|_| Refusal::OverBudget)?;
    let mut alphabet = text::Alphabet::of(model.pages.iter().flat_map(|page| &page.text));
    let mut file = Pdf::with_settings(Settings { pretty: false });
    let fonts = FIRST_PAGE + count * OBJECTS_PER_PAGE;
    let bookmarks = fonts + alphabet.objects();
    let mut catalogue = file.catalog(Ref::new(CATALOGUE));
    catalogue.pages(Ref::new(PAGE_TREE));
    if !model.bookmarks.is_empty() {
        catalogue.outlines(Ref::new(bookmarks));
    }
    catalogue.finish();
    let starts = (0..count).map(|n| FIRST_PAGE + n * OBJECTS_PER_PAGE);
    file.pages(Ref::new(PAGE_TREE))
        .count(count)
        .kids(starts.clone().map(Ref::new));
    for (page, start) in model.pages.iter().zip(starts) {
        write_page(&mut file, page, start, fonts, &mut alphabet)?;
    }
    alphabet.write(&mut file, fonts)?;
    if !model.bookmarks.is_empty() {
        outline::write(&mut file, &model.bookmarks, bookmarks, |page| {
            let page = i32::try_from(page).unwrap_or(0);
            Ref::new(FIRST_PAGE + page * OBJECTS_PER_PAGE)
        });
    }
    Ok(file.finish())
}

fn write_page(
    file: &mut Chunk,
    page: &Page,
    start: i32,
    fonts: i32,
    alphabet: &mut text::Alphabet,
) -> Result<(), Refusal> {
    let (content, picture) = (Ref::new(start + 1), Ref::new(start + 2));
    let mut dictionary = file.page(Ref::new(start));
    dictionary
        .parent(Ref::new(PAGE_TREE))
        .media_box(Rect::new(0.0, 0.0, page.width, page.height))
        .contents(content);
    let mut resources = dictionary.resources();
    resources.x_objects().pair(Name(b"I"), picture);
    if !page.text.is_empty() {
        alphabet.name_fonts(&mut resources.fonts(), fonts);
    }
    resources.finish();
    dictionary.finish();

    let mut operators =
        format!("q\n{} 0 0 {} 0 0 cm\n/I Do\nQ\n", page.width, page.height).into_bytes();
    text::operators(&page.text, alphabet, &mut operators)?;
    let operators = zlib(&operators)?;
    file.stream(content, &operators).filter(Filter::FlateDecode);
    write_picture(file, picture, &page.picture, None)
}

/// A picture, and where its opacity is.
pub(super) fn write_picture(
    file: &mut Chunk,
    id: Ref,
    picture: &Picture,
    opacity: Option<Ref>,
) -> Result<(), Refusal> {
    if i32::try_from(picture.data.len()).is_err() {
        return Err(Refusal::OverBudget);
    }
    let mut image = file.image_xobject(id, &picture.data);
    image
        .width(i32::from(picture.columns))
        .height(i32::from(picture.rows));
    match &picture.coding {
        Coding::Palette { bits, colours } => {
            let last = i32::try_from(colours.len()).unwrap_or(1) - 1;
            // The first colour is white, so that this is always a hex string.
            image
                .color_space()
                .indexed(Name(b"DeviceRGB"), last, colours.as_flattened());
            image
                .bits_per_component(i32::from(*bits))
                .filter(Filter::FlateDecode);
        }
        Coding::GreyJpeg => {
            image.color_space().device_gray();
            image.bits_per_component(8).filter(Filter::DctDecode);
        }
        Coding::ColourJpeg => {
            image.color_space().device_rgb();
            image.bits_per_component(8).filter(Filter::DctDecode);
        }
    }
    if let Some(opacity) = opacity {
        image.s_mask(opacity);
    }
    Ok(())
}

pub(super) fn zlib(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).map_err(|_| Refusal::OverBudget)?;
    encoder.finish().map_err(|_| Refusal::OverBudget)
}
