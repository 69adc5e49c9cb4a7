//! What a reader sees of a file must be seen of ours: values of forms, notes,
//! text in fonts without maps.

use super::*;
use crate::sanitise::pdf::text::{Glyph, Run, keep_only_characters};

/// A form whose fields have values and no looks; `form` goes into its
/// dictionary, `looks` into the first field.
fn filled(form: &str, looks: &str) -> Vec<u8> {
    let widget =
        |rect: &str, more: &str| format!("<</Type/Annot/Subtype/Widget/Rect[{rect}]{more}>>");
    let objects = [
        format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R 6 0 R 7 0 R]{form}>>>>"),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[4 0 R 5 0 R 6 0 R 7 0 R 8 0 R 9 0 R]>>".to_owned(),
        widget("10 170 190 190", &format!("/FT/Tx/V<FEFF4EE4548C2460>/DA(/F 12 Tf 1 0 0 rg){looks}")),
        widget("10 140 190 160", "/FT/Ch/V(b)/Opt[[(a)(Ah)][(b)(Bee)]]"),
        widget("10 110 30 130", "/FT/Btn/AS/On"),
        widget("10 80 190 100", "/Parent 10 0 R/Q 2"),
        widget("10 50 190 70", "/FT/Tx/V(ZZ)/F 2"),
        "<</Type/Annot/Subtype/FreeText/Rect[10 10 190 45]/Contents(Note)/MK<</R 90>>>>".to_owned(),
        "<</FT/Tx/V(Kid)/Parent 10 0 R>>".to_owned(),
        stream(
            &format!("/Type/XObject/Subtype/Form/BBox[0 0 180 20]{HELVETICA}"),
            "0 1 0 rg 0 0 180 20 re f 0 g BT /F 9 Tf 5 5 Td (old) Tj ET",
        ),
    ];
    file(&objects, "")
}

pub(super) fn flat(bytes: &[u8]) -> Flat {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    parse::parse(bytes, &[], &context, &mut report).unwrap()
}

pub(super) fn words(flat: &Flat) -> Vec<String> {
    let runs = flat.pages.iter().flat_map(|page| &page.text);
    let text = |run: &Run| run.glyphs.iter().map(|glyph| glyph.text.as_str()).collect();
    runs.map(text).collect()
}

#[test]
fn values_and_notes_without_looks_are_drawn_and_can_be_found() {
    let untreated = filled("", "");
    assert_eq!(check(&untreated), Err(Refusal::Residue));
    let flat = flat(&untreated);
    assert_eq!(words(&flat), ["令和①", "Bee", "Kid", "Note"]);
    let right = &flat.pages[0].text[2].glyphs[0];
    assert!(right.x > 150.0, "right aligned at {}", right.x);
    let colours = match &flat.pages[0].picture.coding {
        picture::Coding::Palette { colours, .. } => colours.clone(),
        other => panic!("{other:?}"),
    };
    assert!(colours.len() > 2, "words and the tick are drawn");
    let output = flatten(&untreated).0.unwrap();
    assert_eq!(check(&output), Ok(()));
    assert!(!alphabet(&output).contains('Z'), "hidden stays hidden");
}

#[test]
fn a_tick_is_drawn_where_the_box_is_on() {
    let page = |state: &str| {
        hello(
            &format!("/Annots[<</Subtype/Widget/FT/Btn/AS/{state}/Rect[60 10 80 30]>>]"),
            "",
            &[],
        )
    };
    let data = |state| flat(&page(state)).pages.remove(0).picture.data;
    assert_ne!(data("On"), data("Off"));
    assert_eq!(
        data("Off"),
        flat(&hello("", "", &[])).pages.remove(0).picture.data
    );
}

/// The file draws a green field and says that this is out of date: covered
/// only where the field has a ground of its own.
#[test]
fn looks_out_of_date_are_covered_by_the_value_and_its_ground() {
    let green = |bytes: &[u8]| match &flat(bytes).pages[0].picture.coding {
        picture::Coding::Palette { colours, .. } => colours.contains(&[0, 255, 0]),
        other => panic!("{other:?}"),
    };
    assert!(green(&filled("", "/AP<</N 11 0 R>>")));
    let grounded = filled("/NeedAppearances true", "/AP<</N 11 0 R>>/MK<</BG[1]>>");
    assert!(!green(&grounded));
    assert_eq!(words(&flat(&grounded)), ["令和①", "Bee", "Kid", "Note"]);
    let groundless = filled("/NeedAppearances true", "/AP<</N 11 0 R>>");
    assert!(green(&groundless), "nothing of the page is hidden unasked");
    assert_eq!(
        words(&flat(&groundless)),
        ["old", "令和①", "Bee", "Kid", "Note"]
    );
}

/// Looks that say the value already are not drawn twice.
#[test]
fn a_value_that_is_seen_is_not_drawn_again() {
    let shown = filled("/NeedAppearances true", "/AP<</N 11 0 R>>");
    let same = replaced(&shown, b"<FEFF4EE4548C2460>", b"(old)             ");
    assert_eq!(words(&flat(&same)), ["old", "Bee", "Kid", "Note"]);
}

#[test]
fn values_and_titles_without_a_mark_are_no_half_width_kana() {
    // The octal form of the bytes B1 A3 and BD.
    let sum = r"(\261\2434,500 \275)";
    let input = hello(
        &format!("/Annots[<</Subtype/Widget/FT/Tx/V{sum}/Rect[1 1 80 12]>>]"),
        "/Outlines 5 0 R",
        &[
            "<</First 6 0 R/Last 6 0 R/Count 1>>".to_owned(),
            format!("<</Title{sum}/Parent 5 0 R/Dest[3 0 R/Fit]>>"),
        ],
    );
    let flat = flat(&input);
    assert!(words(&flat).concat().contains("±£4,500 ½"));
    assert_eq!(flat.bookmarks[0].title, "±£4,500 ½");
}

/// A field that is its own parent has no value and no end of its own.
#[test]
fn parents_in_a_circle_end() {
    let circle = hello(
        "/Annots[5 0 R]",
        "",
        &["<</Subtype/Widget/Rect[0 0 90 40]/Parent 5 0 R>>".to_owned()],
    );
    assert_eq!(words(&flat(&circle)), ["Hello"]);
}

/// `font` shows two codes; the program is embedded and draws nothing.
pub(super) fn embedded(font: &str, codes: &str) -> Vec<u8> {
    let program: String = glyphless::font()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_owned(),
        stream("", &format!("BT /F 12 Tf 10 15 Td <{codes}> Tj ET")),
        format!("<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Ryumin/DescendantFonts[6 0 R]{font}>>"),
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+Ryumin/DW 1000/FontDescriptor 7 0 R\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>".to_owned(),
        "<</Type/FontDescriptor/FontName/ABCDEF+Ryumin/Flags 4/FontFile2 8 0 R>>".to_owned(),
        stream("/Filter/ASCIIHexDecode", &program),
    ];
    file(&objects, "")
}

#[test]
fn embedded_fonts_without_a_map_are_read_by_their_collection() {
    for (font, codes, expected) in [
        ("/Encoding/90ms-RKSJ-H", "8ca98e9a", "見字"),
        ("/Encoding/90ms-RKSJ-V", "8740878a", "①㈱"),
        ("/Encoding/EUC-H", "a4a2b4c1", "あ漢"),
        ("/Encoding/UniJIS-UCS2-H", "9ad96f22", "髙漢"),
        ("/Encoding/Identity-H", "034b034d", "あい"),
        ("/Encoding/UniJIS-UTF8-V", "e8a68be5ad97", "見字"),
        (
            "/Encoding/Identity-H/ToUnicode/Identity-H",
            "fa114e00",
            "﨑一",
        ),
    ] {
        let flat = flat(&embedded(font, codes));
        assert_eq!(words(&flat).concat(), expected, "{font}");
        assert_eq!(flat.pages[0].text[0].vertical, font.ends_with("-V"));
    }
}

#[test]
fn strings_that_go_on_are_one_run() {
    let pieces = hello("", "", &[]);
    let whole = replaced(&pieces, b"(Hello) Tj ET", b"(He) Tj(llo)Tj");
    assert_eq!(words(&flat(&whole)), ["Hello"]);
}

#[test]
fn a_hyphen_that_is_drawn_stays_and_ligatures_stay_words() {
    let glyph = |text: &str| Glyph {
        text: text.to_owned(),
        x: 0.0,
        y: 0.0,
        width: 500.0,
    };
    let mut runs = vec![Run {
        vertical: false,
        size: 10.0,
        line: line::Line::USUAL,
        along: (1.0, 0.0),
        glyphs: vec![glyph("e\u{AD}ﬁ"), glyph("\u{202e}")],
    }];
    keep_only_characters(&mut runs, &mut Report::default());
    assert_eq!(runs[0].glyphs, [glyph("e\u{2010}ﬁ")]);
}

/// One page with so many lists to choose from, all of them object 4.
fn lists(many: usize, chosen: &str, options: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[{}]>>",
            "4 0 R ".repeat(many)
        ),
        format!("<</Type/Annot/Subtype/Widget/FT/Ch/Rect[10 10 190 190]/V[{chosen}]/Opt 5 0 R>>"),
        format!("[{options}]"),
    ];
    file(&objects, "")
}

#[test]
fn what_a_list_shows_is_looked_for_once_and_bounded() {
    let few = lists(1, "(b)(z)(a)", "[(a)(Ah)][(b)(Bee)][(b)(Bay)]");
    assert_eq!(words(&flat(&few)), ["Bee", "z", "Ah"]);
    // Each of a hundred values of each of the lists, in each option.
    let option = format!("[({})(x)]", "a".repeat(2_000));
    let many = lists(5_000, &"(z)".repeat(100), &option.repeat(5_000));
    assert_eq!(flatten(&many).0, Err(Refusal::OverBudget));
}

#[test]
fn one_long_value_in_many_fields_is_refused() {
    let parent = format!("<</FT/Tx/V({})>>", "a ".repeat(200_000));
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[{}]>>",
            "4 0 R ".repeat(5_000)
        ),
        "<</Type/Annot/Subtype/Widget/Rect[10 10 190 190]/Parent 5 0 R>>".to_owned(),
        parent,
    ];
    assert_eq!(flatten(&file(&objects, "")).0, Err(Refusal::OverBudget));
}
