//! What stood for an object or a control is still to be seen.

use super::*;
use crate::sanitise::ooxml::fixture::sheet::object_in_view;
use crate::sanitise::ooxml::fixture::slides::object_of_2007;

fn rebuilt(draft: &Draft) -> (String, Report) {
    let (output, report) = rebuild(draft.kind, &draft.bytes()).unwrap();
    assert_eq!(accepts(draft.kind, &output), Ok(()));
    (everything(&output), report)
}

const ANCHOR: &str = "\n 1, 2, 3, 4, 5, 6, 7, 8";

#[test]
fn an_object_in_a_sheet_leaves_its_picture_in_its_place() {
    let (all, report) = rebuilt(&object_in_view("", ANCHOR));
    let place = "<xdr:from><xdr:col>1</xdr:col><xdr:colOff>19050</xdr:colOff><xdr:row>3</xdr:row>\
        <xdr:rowOff>38100</xdr:rowOff></xdr:from><xdr:to><xdr:col>5</xdr:col><xdr:colOff>57150</xdr:colOff>\
        <xdr:row>7</xdr:row><xdr:rowOff>76200</xdr:rowOff></xdr:to><xdr:pic>";
    assert!(all.contains(place), "{all}");
    assert!(all.contains("xl/media/image1.png"));
    assert!(
        all.contains("<drawing r:id=\"part2\"/><legacyDrawing"),
        "{all}"
    );
    let codes: Vec<What> = report.removed.iter().map(|line| line.what).collect();
    assert_eq!(codes, [What::OleObject, What::OleObject]);
}

#[test]
fn a_sheet_with_a_drawing_gets_no_second_one() {
    let drawing = "<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\">\
        <xdr:twoCellAnchor><xdr:sp><xdr:nvSpPr><xdr:cNvPr id=\"7\" name=\"n\"/></xdr:nvSpPr></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>";
    let draft = object_in_view("<drawing r:id=\"rId6\"/>", ANCHOR)
        .part("xl/drawings/drawing1.xml", "drawing", drawing.as_bytes())
        .relation(
            "xl/worksheets/sheet1.xml",
            "drawing",
            "xl/drawings/drawing1.xml",
        );
    let (all, _) = rebuilt(&draft);
    assert_eq!(all.matches("<drawing ").count(), 1);
    assert!(
        all.contains("name=\"n\"") && all.contains("<xdr:cNvPr id=\"8\""),
        "{all}"
    );
}

#[test]
fn a_picture_without_a_place_on_the_sheet_goes() {
    for anchor in [
        "",
        "1, 2, 3",
        "1, 2, 3, 4, 5, 6, 7, 8, 9",
        "16384, 0, 0, 0, 1, 0, 1, 0",
    ] {
        let (all, _) = rebuilt(&object_in_view("", anchor));
        assert!(
            !all.contains("xdr:pic") && !all.contains("media/"),
            "{anchor}"
        );
    }
}

#[test]
fn an_object_of_2007_on_a_slide_leaves_its_picture() {
    let (all, _) = rebuilt(&object_of_2007("_x0000_s1026"));
    let picture =
        "<p:pic><p:nvPicPr><p:cNvPr id=\"4\" name=\"表\"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>";
    let place = "<p:spPr><a:xfrm><a:off x=\"11\" y=\"22\"/><a:ext cx=\"33\" cy=\"44\"/></a:xfrm>";
    assert!(all.contains(picture) && all.contains(place), "{all}");
    assert!(all.contains("ppt/media/image1.png"));
    // One that stands for nothing is not shown, and is said.
    let (all, report) = rebuilt(&object_of_2007("_x0000_s9"));
    assert!(!all.contains("p:pic") && !all.contains("media/"));
    assert!(
        report
            .removed
            .iter()
            .any(|line| line.what == What::UnknownPart)
    );
}

#[test]
fn a_box_to_tick_keeps_its_tick() {
    let drawing = "<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" \
        xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><xdr:twoCellAnchor><xdr:sp><xdr:nvSpPr>\
        <xdr:cNvPr id=\"1025\" name=\"n\" hidden=\"1\"/></xdr:nvSpPr><xdr:spPr><a:xfrm><a:ext cx=\"0\" cy=\"0\"/></a:xfrm></xdr:spPr>\
        <xdr:txBody><a:p><a:pPr/>WORDS</a:p><a:p/></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>";
    let sheet = "xl/worksheets/sheet1.xml";
    for (kind, checked, words, shown) in [
        (
            "Checkbox",
            "<x:Checked>1</x:Checked>",
            "<a:r><a:t>済</a:t></a:r>",
            "<a:t>☑ </a:t></a:r><a:r><a:t>済",
        ),
        ("Checkbox", "", "", "<a:t>☐ </a:t>"),
        ("Radio", "<x:Checked>1</x:Checked>", "", "<a:t>◉ </a:t>"),
        ("Radio", "<x:Checked>0</x:Checked>", "", "<a:t>○ </a:t>"),
    ] {
        let vml = format!(
            "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\
             <v:shape id=\"_x0000_s1025\"><x:ClientData ObjectType=\"{kind}\">{checked}</x:ClientData></v:shape></xml>"
        );
        let draft = fixture::sheet(
            "",
            "<drawing r:id=\"rId3\"/><legacyDrawing r:id=\"rId4\"/>",
            "",
        )
        .part(
            "xl/drawings/drawing1.xml",
            "drawing",
            drawing.replace("WORDS", words).as_bytes(),
        )
        .relation(sheet, "drawing", "xl/drawings/drawing1.xml")
        .part("xl/drawings/vmlDrawing1.vml", "", vml.as_bytes())
        .relation(sheet, "vmlDrawing", "xl/drawings/vmlDrawing1.vml");
        let (all, report) = rebuilt(&draft);
        assert!(
            all.contains(shown) && !all.contains("hidden"),
            "{kind}: {all}"
        );
        assert_eq!(report.removed[0].what, What::Activex);
    }
}

/// Excel hides them while it shows the control itself.
#[test]
fn the_words_of_a_control_are_shown_once_it_is_gone() {
    let shape = |size: &str, words: &str| {
        format!(
            "<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" \
             xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><xdr:twoCellAnchor><xdr:sp><xdr:nvSpPr>\
             <xdr:cNvPr id=\"1025\" name=\"n\" hidden=\"1\"/></xdr:nvSpPr><xdr:spPr><a:xfrm><a:ext cx=\"{size}\" cy=\"{size}\"/>\
             </a:xfrm></xdr:spPr><xdr:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
        )
    };
    for (size, words, is_shown) in [
        ("0", "同意する", true),
        ("9", "同意する", false),
        ("0", " ", false),
    ] {
        let draft = fixture::sheet("", "<drawing r:id=\"rId3\"/>", "")
            .part(
                "xl/drawings/drawing1.xml",
                "drawing",
                shape(size, words).as_bytes(),
            )
            .relation(
                "xl/worksheets/sheet1.xml",
                "drawing",
                "xl/drawings/drawing1.xml",
            );
        let (all, _) = rebuilt(&draft);
        assert_eq!(!all.contains("hidden="), is_shown, "{size} {words}");
    }
}
