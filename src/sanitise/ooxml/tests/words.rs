//! The text of a package: its words in order, and what stands beside them.

use super::*;

fn text(draft: &Draft) -> String {
    with_context(|context| {
        let mut report = Report::default();
        let how = (draft.kind, Treatment::Text);
        let out = treat(how, Wish::default(), &draft.bytes(), context, &mut report);
        String::from_utf8(out.unwrap()).unwrap()
    })
}

#[test]
fn the_text_is_the_words_in_order() {
    assert_eq!(
        text(&fixture::word(
            "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b\u{202e}</w:t></w:r></w:p>"
        )),
        "見積書の本文です。\na\tb\n\n"
    );
    assert_eq!(
        text(&fixture::sheet("<c r=\"B1\"><v>6</v></c>", "", "")),
        "見積書の本文です。\t6\n\n"
    );
    let truths = "<c r=\"B1\" t=\"b\"><v>1</v></c><c r=\"C1\" t=\"b\"><v>0</v></c>";
    assert_eq!(
        text(&fixture::sheet(truths, "", "")),
        "見積書の本文です。\tTRUE\tFALSE\n\n",
        "as they are shown"
    );
    assert_eq!(text(&fixture::slides("", "")), "見積書の本文です。\n\n");
}

#[test]
fn notes_boxes_and_comments_stand_behind_a_mark() {
    let notes = fixture::slides("", "").part(
        "ppt/notesSlides/notesSlide1.xml",
        "presentationml.notesSlide",
        b"<p:notes xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>n</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:notes>",
    );
    let slide = "ppt/slides/slide1.xml";
    let notes = notes.relation(slide, "notesSlide", "ppt/notesSlides/notesSlide1.xml");
    assert_eq!(
        text(&notes),
        "見積書の本文です。\n\n（ノート / notes）\nn\n\n"
    );
    let behind = |words| {
        format!(
            "見積書の本文です。\n\n（図形・コメントの文字 / text in boxes and notes）\n{words}\n\n"
        )
    };
    let noted = fixture::commented().remove(1);
    assert_eq!(text(&noted), behind("要確認"));
    let place = "xl/drawings/drawing1.xml";
    let boxed = fixture::sheet("", "<drawing r:id=\"rId3\"/>", "").part(
        place,
        "drawing",
        b"<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><xdr:twoCellAnchor><xdr:sp><xdr:txBody><a:p><a:r><a:t>box</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>",
    );
    let boxed = boxed.relation("xl/worksheets/sheet1.xml", "drawing", place);
    assert_eq!(text(&boxed), behind("box"));
}
