//! How finely pages are drawn.

use super::{check, contains, file, flatten, stream};

/// A page of 90 by 60 points with a picture of that many pixels all over it.
pub(super) fn page(pixels: (u32, u32), picture: &str, beside: &str) -> Vec<u8> {
    let (columns, rows) = pixels;
    let grey = "0 64 128 192 ".repeat((columns * rows / 4) as usize);
    let hex: String = grey
        .split_whitespace()
        .map(|level| format!("{:02x}", level.parse::<u8>().unwrap()))
        .collect();
    file(
        &[
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 60]/Contents 4 0 R/Resources\
             <</XObject<</I 5 0 R>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
                .to_owned(),
            stream("", &format!("q 90 0 0 60 0 0 cm /I Do Q {beside}")),
            stream(
                &format!(
                    "/Type/XObject/Subtype/Image/Width {columns}/Height {rows}/BitsPerComponent 8\
                     /ColorSpace/DeviceGray/Filter/ASCIIHexDecode{picture}"
                ),
                &format!("{hex}>"),
            ),
            stream(
                "/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8\
                 /ColorSpace/DeviceGray/Filter/ASCIIHexDecode",
                "ff00ff00>",
            ),
        ],
        "",
    )
}

fn size(pixels: (u32, u32), picture: &str, beside: &str) -> (u32, u32) {
    let output = flatten(&page(pixels, picture, beside)).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/MediaBox[0 0 90 60]"));
    let found = [(90, 60), (120, 80), (188, 125)]
        .into_iter()
        .filter(|(columns, rows)| {
            contains(
                &output,
                format!("/Width {columns}/Height {rows}").as_bytes(),
            )
        });
    let found: Vec<_> = found.collect();
    let [size] = found[..] else {
        panic!("{found:?}");
    };
    size
}

#[test]
fn a_page_that_is_only_a_picture_keeps_its_pixels() {
    const UNSEEN: &str = "BT 3 Tr /F 12 Tf 10 15 Td (Read aloud) Tj ET";
    assert_eq!(size((120, 80), "", ""), (120, 80));
    assert_eq!(size((120, 80), "", UNSEEN), (120, 80));
    // Finer than 150 dpi, and coarser than 72.
    assert_eq!(size((360, 240), "", ""), (188, 125));
    assert_eq!(size((12, 8), "", ""), (90, 60));
}

#[test]
fn words_lines_and_masks_are_drawn_as_finely_as_ever() {
    for (picture, beside) in [
        ("", "BT /F 12 Tf 10 15 Td (Hello) Tj ET"),
        ("", "0 0 m 90 60 l S"),
        ("", "10 10 5 5 re f"),
        ("/SMask 6 0 R", ""),
    ] {
        assert_eq!(
            size((120, 80), picture, beside),
            (188, 125),
            "{picture}{beside}"
        );
    }
}
