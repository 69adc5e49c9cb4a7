//! Whose glyph it is, and how high its line is: the text layer says for each
//! font what the file says, and the verifier takes nothing else.

use super::seen::{flat, words};
use super::*;
use crate::sanitise::pdf::line::Line;

/// One page of `content` with these fonts, each a resource `/F0`, `/F1` ...,
/// and further objects from number 5 on.
fn page(content: &str, fonts: &[&str], more: &[String]) -> Vec<u8> {
    let fonts: String = (0..)
        .zip(fonts)
        .map(|(n, font)| format!("/F{n} {font}"))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<<{fonts}>>>>>>"
        ),
        stream("", content),
    ];
    objects.extend_from_slice(more);
    file(&objects, "")
}

/// Our empty program, `more` bytes longer: another program for every length.
fn program(more: usize) -> String {
    let bytes = [glyphless::font(), vec![0; more]].concat();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    stream("/Filter/ASCIIHexDecode", &hex)
}

/// Composite fonts over programs of their own, all of one bare name.
fn subsets(fonts: [&str; 2]) -> Vec<String> {
    let of = |at: usize| {
        let (prefix, first) = (["ABCDEF", "GHIJKL"][at], 5 + 4 * at);
        [
            format!(
                "<</Type/Font/Subtype/Type0/BaseFont/{prefix}+Ryumin/DescendantFonts[{} 0 R]{}>>",
                first + 1,
                fonts[at]
            ),
            format!(
                "<</Type/Font/Subtype/CIDFontType2/BaseFont/{prefix}+Ryumin/DW 1000/FontDescriptor {} 0 R\
                 /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>",
                first + 2
            ),
            format!(
                "<</Type/FontDescriptor/FontName/{prefix}+Ryumin/Flags 4/Ascent {}/Descent -120/FontFile2 {} 0 R>>",
                700 + at,
                first + 3
            ),
            program(at),
        ]
    };
    [of(0), of(1)].concat()
}

#[test]
fn two_subsets_of_one_font_keep_their_own_characters_and_heights() {
    let input = page(
        "BT /F0 10 Tf 10 50 Td <034b> Tj /F1 10 Tf 0 -20 Td <034b> Tj /F0 10 Tf 0 -20 Td <034d> Tj ET",
        &["5 0 R", "9 0 R"],
        &subsets([
            "/Encoding/Identity-H",
            "/Encoding/Identity-H/ToUnicode/Identity-H",
        ]),
    );
    let flat = flat(&input);
    // 0x034b is あ in the collection; as a character it is another.
    assert_eq!(words(&flat), ["あ", "\u{34b}", "い"]);
    let ascents: Vec<u16> = flat.pages[0]
        .text
        .iter()
        .map(|run| run.line.ascent)
        .collect();
    assert_eq!(ascents, [700, 701, 700]);
}

/// Two fonts over one program, of which only the maps differ: nothing says
/// which of them drew the glyph, and a guess could be a wrong word.
#[test]
fn a_glyph_of_either_of_two_fonts_has_no_character() {
    let mut fonts = subsets([
        "/Encoding/Identity-H",
        "/Encoding/Identity-H/ToUnicode/Identity-H",
    ]);
    fonts[7] = program(0);
    let input = page(
        "BT /F0 10 Tf 10 50 Td <034b> Tj ET",
        &["5 0 R", "9 0 R"],
        &fonts,
    );
    assert!(words(&flat(&input)).is_empty());
}

#[test]
fn the_pen_of_vertical_lines_stands_where_the_file_put_it() {
    let fonts = subsets(["/Encoding/Identity-V", "/Encoding/Identity-H"]);
    let input = page("BT /F0 10 Tf 30 80 Td <034b034d> Tj ET", &["5 0 R"], &fonts);
    let flat = flat(&input);
    let run = &flat.pages[0].text[0];
    assert!(run.vertical);
    let places: Vec<(f64, f64)> = run
        .glyphs
        .iter()
        .map(|glyph| (glyph.x.round(), glyph.y.round()))
        .collect();
    assert_eq!(places, [(30.0, 80.0), (30.0, 70.0)]);
}

#[test]
fn heights_of_lines_are_those_of_the_fonts() {
    let fonts = [
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Times-Bold/FirstChar 98/LastChar 98/Widths[556]/FontDescriptor<</Ascent 5/Descent -5>>>>",
        "<</Type/Font/Subtype/TrueType/BaseFont/Calibri/FirstChar 99/LastChar 99/Widths[423]/FontDescriptor<</Ascent 750/Descent -250>>>>",
        "<</Type/Font/Subtype/TrueType/BaseFont/Wrong/FirstChar 100/LastChar 100/Widths[525]/FontDescriptor<</Ascent 32768/Descent 0>>>>",
    ];
    let content = "BT 10 80 Td /F0 9 Tf (a) Tj 0 -20 Td /F1 9 Tf (b) Tj 0 -20 Td /F2 9 Tf (c) Tj 0 -20 Td /F3 9 Tf (d) Tj ET";
    let input = page(content, &fonts, &[]);
    assert_eq!(check(&input), Err(Refusal::Residue));
    let lines: Vec<Line> = flat(&input).pages[0]
        .text
        .iter()
        .map(|run| run.line)
        .collect();
    let expected = [(718, 207), (683, 217), (750, 250), (950, 350)].map(|(a, d)| Line::new(a, d));
    assert_eq!(lines, expected);
    let output = flatten(&input).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/Ascent 750/Descent -250"));
    assert!(contains(&output, b"/H3 "));
    for (ours, theirs) in [
        (&b"/Ascent 750"[..], &b"/Ascent 9e9"[..]),
        (b"/Descent -250", b"/Descent  250"),
        (b"/H3 ", b"/H4 "),
        (b"/H0 ", b"/X0 "),
    ] {
        let changed = replaced(&output, ours, theirs);
        assert_eq!(
            check(&changed),
            Err(Refusal::Residue),
            "{}",
            String::from_utf8_lossy(theirs)
        );
    }
}

/// A Type 3 font of ten units, whose `m` is six wide: as large as any other.
#[test]
fn letters_of_any_unit_have_a_size() {
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 10 10]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 109\
                /LastChar 109/Widths[3]/Encoding<</Differences[109/m]>>/CharProcs<</m 5 0 R>>>>";
    let glyph = stream("", "3 0 0 0 3 5 d1 0 0 3 5 re f");
    let input = page("BT /F0 20 Tf 10 50 Td (mm) Tj ET", &[font], &[glyph]);
    let flat = flat(&input);
    let run = &flat.pages[0].text[0];
    // 0.3 of 20 points wide, where 0.6 is usual.
    assert!((run.size - 10.0).abs() < 0.01, "{}", run.size);
    assert!((run.glyphs[1].x - run.glyphs[0].x - 6.0).abs() < 0.01);
    assert!((run.glyphs[0].width - 600.0).abs() < 1.0);
}

/// Hundreds of heights become the nearest of sixty-four.
#[test]
fn heights_are_bounded() {
    let fonts: Vec<String> = (0..90)
        .map(|n| format!("<</Type/Font/Subtype/TrueType/BaseFont/F{n}/FirstChar 120/LastChar 120/Widths[{w}]/FontDescriptor<</Ascent {w}/Descent -200>>>>", w = 500 + n))
        .collect();
    let fonts: Vec<&str> = fonts.iter().map(String::as_str).collect();
    let content: String = (0..90)
        .map(|n| {
            format!(
                "BT /F{n} 5 Tf {} {} Td (x) Tj ET\n",
                10 + n % 30 * 6,
                10 + n / 30 * 20
            )
        })
        .collect();
    let output = flatten(&page(&content, &fonts, &[])).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(contains(&output, b"/H63 ") && !contains(&output, b"/H64 "));
}

/// 60 to the fifth ways lead to the last layer; each drawing is walked once.
#[test]
fn drawings_that_share_drawings_are_looked_at_once() {
    let (layers, wide) = (5, 60);
    let names = |layer: usize| -> String {
        let first = 5 + layer * wide;
        let shared = (0..wide).map(|n| format!("/X{n} {} 0 R", first + n));
        shared.collect()
    };
    let drawings: Vec<String> = (0..layers * wide)
        .map(|n| {
            let inner = if n / wide + 1 < layers {
                names(n / wide + 1)
            } else {
                String::new()
            };
            // Told apart by what is written: else one would stand for all.
            stream(
                &format!("/Type/XObject/Subtype/Form/Name/N{n}/BBox[0 0 9 9]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>/XObject<<{inner}>>>>"),
                "",
            )
        })
        .collect();
    let page = format!("/Resources<</XObject<<{}>>>>", names(0));
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R{page}>>"),
        stream("", "0 0 9 9 re f"),
    ];
    objects.extend(drawings);
    assert!(flatten(&file(&objects, "")).0.is_ok());
}
