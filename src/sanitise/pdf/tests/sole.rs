//! Pages that are one picture in tiles.

use hayro::hayro_interpret::InterpreterCache;
use hayro::vello_cpu::Pixmap;

use super::super::parse::{Shape, load};
use super::super::{font, text};
use super::{check, counted, file, flatten, stream};
use crate::policy::Limits;
use crate::sanitise::image::tests::{TILED, from_hex};
use crate::sanitise::{Context, Fonts, Report, What};

/// A page of 40 by 28 points, drawn by `content`, with that picture as /I.
fn page(page: &str, resources: &str, picture: &str, content: &str) -> Vec<u8> {
    let coded = from_hex(TILED);
    let place = "J".repeat(coded.len());
    let mut bytes = file(
        &[
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 28]/Contents 4 0 R{page}/Resources\
                 <</XObject<</I 5 0 R>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>\
                 {resources}>>>>"
            ),
            stream("", content),
            stream(
                &format!(
                    "/Type/XObject/Subtype/Image/Width 40/Height 28/BitsPerComponent 8\
                     /Filter/JPXDecode{picture}"
                ),
                &place,
            ),
            stream(
                "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8\
                 /ColorSpace/DeviceGray",
                "x",
            ),
        ],
        "",
    );
    let at = bytes
        .windows(place.len())
        .position(|window| window == place.as_bytes())
        .unwrap();
    bytes[at..at + coded.len()].copy_from_slice(&coded);
    bytes
}

const WHOLE: &str = "q 40 0 0 28 0 0 cm /I Do Q";

/// The page's pixels, where they are taken from the picture.
fn taken(input: &[u8]) -> Option<Vec<u8>> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let source = load(input, &context, &mut Report::default()).unwrap();
    let page = &source.pages()[0];
    let settings = font::for_reading(&fonts);
    let view = text::View::of(page, Shape::of(page).scale);
    let shelf = text::Shelf::new(&settings);
    let seen = view
        .collect(page, &InterpreterCache::new(), &settings, &shelf)
        .unwrap();
    let mut pixmap = Pixmap::new(0, 0);
    seen.sole?.page(40, 28, &mut pixmap)?;
    Some(pixmap.data_as_u8_slice().to_vec())
}

/// What hayro draws, and what is taken over tile by tile, is the same.
#[test]
fn a_page_of_one_picture_in_tiles_looks_as_drawn() {
    const DRAWN: &str = "/ExtGState<</G<</LW 1>>>>";
    const UNSEEN: &str = "BT 3 Tr /F 12 Tf 4 9 Td (Read) Tj ET ";
    for (picture, before) in [
        ("", ""),
        ("/ColorSpace/DeviceRGB", ""),
        ("", UNSEEN),
        ("/Interpolate true", "1 0 0 rg 0 0 40 28 re W n "),
    ] {
        let content = format!("{before}{WHOLE}");
        let tiled = page("", "", picture, &content);
        let drawn = page("", DRAWN, picture, &content);
        assert!(taken(&tiled).is_some() && taken(&drawn).is_none());
        let (tiled, drawn) = (flatten(&tiled), flatten(&drawn));
        let tiled = tiled.0.unwrap();
        assert_eq!(check(&tiled), Ok(()));
        assert!(tiled == drawn.0.unwrap(), "{picture} {before}");
    }
}

/// Whatever else a page has is drawn.
#[test]
fn what_is_more_than_a_picture_is_drawn() {
    assert!(taken(&page("", "", "", WHOLE)).is_some());
    for (beside, resources, picture, content) in [
        ("/Rotate 90", "", "", WHOLE),
        ("/CropBox[1 1 39 27]", "", "", WHOLE),
        ("", "", "/Decode[1 0 1 0 1 0]", WHOLE),
        ("", "", "/SMask 6 0 R", WHOLE),
        ("", "", "/Mask[0 9 0 9 0 9]", WHOLE),
        ("", "", "/SMaskInData 1", WHOLE),
        ("", "", "/ColorSpace/DeviceGray", WHOLE),
        ("", "", "/ColorSpace[/CalRGB<</WhitePoint[1 1 1]>>]", WHOLE),
        ("", "/ExtGState<</G<</ca 0.5>>>>", "", WHOLE),
        ("", "", "", "q 39 0 0 28 0 0 cm /I Do Q"),
        ("", "", "", "q -40 0 0 28 40 0 cm /I Do Q"),
        ("", "", "", "q 40 0 0 28 0 0 cm /I Do /I Do Q"),
        ("", "", "", "q 0 0 9 9 re W n 40 0 0 28 0 0 cm /I Do Q"),
        ("", "", "", "q 40 0 0 28 0 0 cm /I Do Q 1 1 5 5 re f"),
        ("", "", "", "1 1 5 5 re f q 40 0 0 28 0 0 cm /I Do Q"),
        (
            "",
            "",
            "",
            "q 40 0 0 28 0 0 cm /I Do Q BT /F 9 Tf 4 9 Td (Seen) Tj ET",
        ),
        ("", "", "", "1 1 5 5 re f"),
    ] {
        let input = page(beside, resources, picture, content);
        assert_eq!(
            taken(&input),
            None,
            "{beside}{resources}{picture} {content}"
        );
        assert_eq!(check(&flatten(&input).0.unwrap()), Ok(()));
    }
}

/// A tile that does not decode: hayro does not draw the picture either, and says so.
#[test]
fn a_broken_tile_is_no_page() {
    let mut input = page("", "", "", WHOLE);
    let at = input
        .windows(4)
        .rposition(|window| window == [0xFF, 0x90, 0, 10])
        .unwrap();
    input[at + 13] = 1; // An unknown marker in place of the start of data.
    assert!(taken(&input).is_none());
    let (output, report) = flatten(&input);
    assert_eq!(check(&output.unwrap()), Ok(()));
    assert_eq!(counted(&report, What::UnknownPart), 1);
}
