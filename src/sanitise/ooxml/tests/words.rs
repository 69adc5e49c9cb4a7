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

/// A value below the heading of another is worse than none.
#[test]
fn cells_stand_in_their_columns_as_they_show() {
    let cells = "<c r=\"C1\"><v>1</v></c></row>\
         <row r=\"2\"><c r=\"B2\" s=\"1\"><v>42803</v></c><c r=\"D2\" s=\"2\"><v>0.2</v></c></row>\
         <row r=\"3\"><c r=\"A3\" s=\"1\"/></row><row r=\"4\"/>\
         <row r=\"9\"><c r=\"XFD9\" s=\"3\"><v>1234567</v></c>";
    let styles = b"<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
        <numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"#,##0&quot;\xE5\x86\x86&quot;\"/></numFmts>\
        <cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"9\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
    let book = fixture::sheet(cells, "", "")
        .part("xl/styles.xml", "spreadsheetml.styles", styles)
        .relation("xl/workbook.xml", "styles", "xl/styles.xml");
    let far = "\t".repeat(16_383);
    assert_eq!(
        text(&book),
        format!("見積書の本文です。\t\t1\n\t2017-03-09\t\t20%\n\n{far}1,234,567円\n\n")
    );
}

#[test]
fn of_several_sheets_each_has_its_name_above_it() {
    let place = "xl/worksheets/sheet2.xml";
    let other = b"<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\"><v>7</v></c></row></sheetData></worksheet>";
    let workbook = |state: &str, cells: &[u8]| {
        let workbook = format!(
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"内訳\" sheetId=\"1\" r:id=\"rId2\"/><sheet name=\"控え\" sheetId=\"2\" {state} r:id=\"rId3\"/></sheets></workbook>"
        );
        let mut book = fixture::sheet("", "", "")
            .part(place, "spreadsheetml.worksheet", cells)
            .relation("xl/workbook.xml", "worksheet", place);
        book.parts[0].2 = workbook.into_bytes();
        text(&book)
    };
    assert_eq!(
        workbook("state=\"hidden\"", other),
        "[内訳]\n見積書の本文です。\n\n[控え]（非表示シート / hidden sheet）\n7\n\n"
    );
    let empty = b"<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData/></worksheet>";
    assert_eq!(workbook("", empty), "見積書の本文です。\n\n");
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

fn as_text(draft: &Draft) -> (Result<String, Refusal>, Report) {
    with_context(|context| {
        let mut report = Report::default();
        let how = (draft.kind, Treatment::Text);
        let out = treat(how, Wish::default(), &draft.bytes(), context, &mut report);
        (out.map(|out| String::from_utf8(out).unwrap()), report)
    })
}

#[test]
fn one_long_string_in_many_cells_is_refused_at_once() {
    let strings = format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>{}</t></si></sst>",
        "a".repeat(200_000)
    );
    let shown = |cells: usize| {
        let cells = "<c r=\"B1\" t=\"s\"><v>0</v></c>".repeat(cells);
        let draft = fixture::sheet(&cells, "", "")
            .part(
                "xl/sharedStrings.xml",
                "spreadsheetml.sharedStrings",
                strings.as_bytes(),
            )
            .relation("xl/workbook.xml", "sharedStrings", "xl/sharedStrings.xml");
        as_text(&draft).0.map(|text| text.len())
    };
    // Together they would be four gigabytes.
    assert_eq!(shown(20_000), Err(Refusal::OverBudget));
    assert!(shown(5).is_ok_and(|length| length > 1_000_000));
}

#[test]
fn pictures_are_not_read_where_only_words_are_wanted() {
    let draft = fixture::word_with_picture(b"neither PNG nor JPEG, and it may cost anything");
    let (_, report) = rebuild(draft.kind, &draft.bytes()).unwrap();
    assert_eq!(report.removed[0].what, What::UnknownPart);
    let (words, report) = as_text(&draft);
    assert!(words.unwrap().contains(SENTENCE));
    assert!(report.removed.is_empty(), "{:?}", report.removed);
}
