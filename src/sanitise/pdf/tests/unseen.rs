//! Words that nobody sees, and what could not be drawn: gone, and said.

use super::density::page as scan;
use super::seen::embedded;
use super::{HELVETICA, alphabet, check, counted, file, flatten, hello, replaced, stream};
use crate::policy::Limits;
use crate::sanitise::pdf::treat;
use crate::sanitise::{Context, Fonts, Kind, Refusal, Report, Treatment, What};

/// A page with "Hello", and these operators behind it.
fn page(content: &str) -> Vec<u8> {
    let resources = HELVETICA.replace(
        "/Resources<<",
        "/Resources<</ExtGState<</A<</ca 0>>>>/XObject<</I 5 0 R>>",
    );
    file(
        &[
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R{resources}>>"),
            stream(
                "",
                &format!("BT /F 12 Tf 10 150 Td (Hello) Tj ET {content}"),
            ),
            stream(
                "/Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8\
                 /ColorSpace/DeviceGray/Filter/DCTDecode",
                "no picture",
            ),
        ],
        "",
    )
}

fn words(bytes: &[u8]) -> (String, u32) {
    let (output, report) = flatten(bytes);
    let output = output.unwrap();
    assert_eq!(check(&output), Ok(()));
    (alphabet(&output), counted(&report, What::HiddenContent))
}

fn said(report: &Report, what: What) -> Vec<&str> {
    let lines = report.removed.iter().filter(|line| line.what == what);
    lines.map(|line| line.untrusted_where.as_str()).collect()
}

#[test]
fn words_that_nobody_sees_are_left_out_and_counted() {
    for hidden in [
        "BT 3 Tr /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "/A gs BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "1 1 1 rg BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "q 0 0 1 1 re W n BT /F 12 Tf 10 50 Td (XYZ) Tj ET Q",
        "BT /F 12 Tf 400 50 Td (XYZ) Tj ET",
        // Paper that is painted white is still paper, and a frame is not a ground.
        "1 1 1 rg 0 0 300 200 re f BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "0 0 300 200 re S 1 1 1 rg BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
    ] {
        let bytes = page(hidden);
        assert_eq!(words(&bytes), ("Helo".to_owned(), 1), "{hidden}");
        let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        let text = treat(Kind::Pdf, Treatment::Text, &bytes, &context, &mut report).unwrap();
        assert_eq!(text, b"Hello\n", "{hidden}");
        assert_eq!(said(&report, What::HiddenContent), ["page 1"]);
    }
}

#[test]
fn words_that_are_seen_or_tell_of_what_is_drawn_stay() {
    for seen in [
        "0 0 300 100 re f BT 3 Tr /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "0 0 300 100 re f 1 1 1 rg BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "1 1 1 rg 0 0 0 RG BT 2 Tr /F 12 Tf 10 50 Td (XYZ) Tj ET",
        "q 0 40 300 40 re W n BT /F 12 Tf 10 50 Td (XYZ) Tj ET Q",
        "q 0 0 1 1 re W n Q BT /F 12 Tf 10 50 Td (XYZ) Tj ET",
    ] {
        assert_eq!(words(&page(seen)), ("HeloXYZ".to_owned(), 0), "{seen}");
    }
    let scanned = scan((120, 80), "", "BT 3 Tr /F 12 Tf 10 15 Td (XYZ) Tj ET");
    assert_eq!(words(&scanned), ("XYZ".to_owned(), 0));
}

#[test]
fn pictures_that_cannot_be_drawn_are_said_with_their_page() {
    let broken = page("q 90 0 0 60 0 0 cm /I Do Q");
    let giant = replaced(&broken, b"/Width 9/Height 9", b"/Width 60000/Height 60000");
    let giant = replaced(&giant, b"/Filter/DCTDecode", b"/Filter/ASCIIHexDecode");
    for bytes in [broken, giant] {
        let (output, report) = flatten(&bytes);
        assert_eq!(check(&output.unwrap()), Ok(()));
        assert_eq!(said(&report, What::UnknownPart), ["page 1 picture"]);
    }
    let (_, report) = flatten(&page(""));
    assert_eq!(said(&report, What::UnknownPart), [""; 0]);
}

/// A page of one Japanese font that is not in the file.
fn japanese(encoding: &str, codes: &str) -> Vec<u8> {
    let font = format!(
        "/Resources<</Font<</F<</Type/Font/Subtype/Type0/BaseFont/MS-Mincho/Encoding/{encoding}\
         /DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/MS-Mincho/DW 1000\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>\
         /FontDescriptor<</Type/FontDescriptor/FontName/MS-Mincho/Flags 4>>>>]>>>>>>"
    );
    file(
        &[
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{font}>>"),
            stream("", &format!("BT /F 12 Tf 10 15 Td <{codes}> Tj ET")),
        ],
        "",
    )
}

#[test]
fn fonts_in_encodings_that_hayro_lacks_are_read_or_said() {
    for (encoding, codes) in [
        ("UniJIS-UTF32-H", "0000898b00005b57"),
        ("UniJIS2004-UTF16-H", "898b5b57"),
        ("UniJIS-UTF8-H", "e8a68be5ad97"),
        ("UniJISX0213-UTF32-H", "0000898b00005b57"),
        ("78-RKSJ-H", "8ca98e9a"),
        ("78ms-RKSJ-H", "8ca98e9a"),
        ("78-EUC-H", "b8abbbfa"),
        ("78-H", "382b3b7a"),
        ("Add-H", "382b3b7a"),
        ("Ext-H", "382b3b7a"),
        ("NWP-V", "382b3b7a"),
    ] {
        let (output, report) = flatten(&japanese(encoding, codes));
        assert_eq!(alphabet(&output.unwrap()), "見字", "{encoding}");
        assert_eq!(said(&report, What::UnknownPart), [""; 0], "{encoding}");
    }
    // The program may have the forms of 1978 under numbers of their own.
    let (_, report) = flatten(&embedded("/Encoding/78-H", "382b"));
    assert_eq!(said(&report, What::UnknownPart), ["font"]);
    let (_, report) = flatten(&japanese("Hiragana", "b1b2"));
    assert_eq!(said(&report, What::UnknownPart), ["page 1 font"]);
}

#[test]
fn notes_that_are_not_drawn_are_counted() {
    let note = |note: &str| {
        let note = format!("/Annots[<</Type/Annot/Rect[0 0 9 9]{note}>>]");
        let (output, report) = flatten(&hello(
            &note,
            "",
            &[stream("/Subtype/Form/BBox[0 0 9 9]", "")],
        ));
        assert_eq!(check(&output.unwrap()), Ok(()));
        counted(&report, What::Comment)
    };
    assert_eq!(note("/Subtype/Text/Contents(see here)"), 1);
    assert_eq!(note("/Subtype/Ink/InkList[[0 0 9 9]]"), 1);
    assert_eq!(note("/Subtype/Stamp/Name/Approved"), 1);
    assert_eq!(note("/Subtype/Highlight/AP<</N 5 0 R>>/Contents(why)"), 1);
    // Drawn, and no word is lost.
    assert_eq!(note("/Subtype/Highlight/AP<</N 5 0 R>>"), 0);
    assert_eq!(note("/Subtype/FreeText/Contents(drawn)/DA(/F 9 Tf)"), 0);
}

#[test]
fn a_page_that_the_tree_names_twice_is_there_twice() {
    let one = hello(
        "",
        "/Outlines 6 0 R",
        &[
            stream("", "BT /F 12 Tf 10 15 Td (World) Tj ET"),
            "<</First 7 0 R/Last 7 0 R/Count 1>>".to_owned(),
            "<</Title(W)/Parent 6 0 R/Dest[8 0 R/Fit]>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 5 0 R{HELVETICA}>>"),
        ],
    );
    // Offsets move: the file is mended as readers do.
    let twice = replaced(
        &one,
        b"/Kids[3 0 R]",
        b"/Kids[3 0 R 3 0 R 8 0 R 2 0 R 3 0 R]",
    );
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let few = Limits {
        pages: 3,
        ..limits.clone()
    };
    let context = |limits| Context {
        limits,
        fonts: &fonts,
    };
    let how = (Kind::Pdf, Treatment::Text);
    let text = treat(how.0, how.1, &twice, &context(&limits), &mut report).unwrap();
    assert_eq!(
        String::from_utf8(text)
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>(),
        ["Hello", "Hello", "World", "Hello"]
    );
    let refused = treat(how.0, how.1, &twice, &context(&few), &mut report);
    assert_eq!(refused, Err(Refusal::OverBudget));
    for treatment in [Treatment::Flatten, Treatment::Rebuild] {
        let output = treat(Kind::Pdf, treatment, &twice, &context(&limits), &mut report).unwrap();
        assert_eq!(check(&output), Ok(()));
        let source = hayro::hayro_syntax::Pdf::new(output).unwrap();
        assert_eq!(source.pages().len(), 4);
        assert_eq!(crate::sanitise::pdf::outline::collect(&source)[0].page, 2);
    }
}

#[test]
fn a_picture_behind_blanks_is_drawn() {
    let pixels = vec![0; 16 * 16];
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder
        .encode(&pixels, 16, 16, jpeg_encoder::ColorType::Luma)
        .unwrap();
    let black = |blanks: &[u8]| {
        let stream = [blanks, &jpeg].concat();
        let broken = page("q 300 0 0 200 0 0 cm /I Do Q");
        let length = format!("/Length {}", stream.len());
        let long = replaced(&broken, b"/Length 10", length.as_bytes());
        let whole = replaced(&long, b"no picture", &stream);
        let whole = replaced(&whole, b"/Width 9/Height 9", b"/Width 16/Height 16");
        let (output, report) = flatten(&whole);
        assert_eq!(said(&report, What::UnknownPart), [""; 0]);
        output.unwrap()
    };
    assert_eq!(black(b"\r\n"), black(b""));
    assert_eq!(black(b"\n"), black(b""));
}

#[test]
fn widths_of_more_characters_than_a_font_has_are_over_budget() {
    let bytes = japanese("UniJIS-UTF16-H", "898b5b57");
    let giant = replaced(&bytes, b"/DW 1000", b"/DW 1000/W[0 2147483647 1000]");
    assert_eq!(flatten(&giant).0, Err(Refusal::OverBudget));
    let usual = replaced(&bytes, b"/DW 1000", b"/DW 1000/W[0 65535 1000]");
    assert_eq!(alphabet(&flatten(&usual).0.unwrap()), "見字");
}
