//! What nobody sees does not cross, and goes with a line.

use super::*;

fn told(draft: &Draft) -> (String, Vec<(What, String)>) {
    let (output, report) = rebuild(draft.kind, &draft.bytes()).unwrap();
    assert_eq!(accepts(draft.kind, &output), Ok(()));
    let lines = report.removed.iter();
    let lines = lines.map(|line| (line.what, line.untrusted_where.clone()));
    (everything(&output), lines.collect())
}

fn hidden(part: &str) -> (What, String) {
    (What::HiddenContent, part.to_owned())
}

fn shape(words: &str) -> String {
    format!("<p:sp><p:txBody><a:bodyPr/><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>")
}

fn with_slide(draft: Draft, words: &str) -> Draft {
    let slide = fixture::slides(&shape(words), "").parts[1].2.clone();
    draft
        .part("ppt/slides/slide2.xml", "presentationml.slide", &slide)
        .relation("ppt/presentation.xml", "slide", "ppt/slides/slide2.xml")
}

#[test]
fn a_slide_that_no_list_names_goes() {
    let click = "<p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"x\"><a:hlinkClick r:id=\"rId4\" action=\"ppaction://hlinksldjump\"/></p:cNvPr></p:nvSpPr></p:sp>";
    for (shapes, is_linked) in [("", false), (click, true)] {
        let mut draft = with_slide(fixture::slides(shapes, ""), "秘密");
        assert!(accepts(draft.kind, &draft.bytes()).is_err());
        if is_linked {
            draft = draft.relation("ppt/slides/slide1.xml", "slide", "ppt/slides/slide2.xml");
        }
        let (all, lines) = told(&draft);
        assert!(!all.contains("秘密") && !all.contains("slide2.xml"));
        assert_eq!(lines, [hidden("ppt/slides/slide2.xml")]);
    }
}

/// A slide and its notes lead to each other.
#[test]
fn notes_stay_with_a_slide_and_go_with_it() {
    let with_notes = |draft: Draft, slide: &str| {
        let notes = format!(
            "<p:notes xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><p:cSld><p:spTree>{}</p:spTree></p:cSld></p:notes>",
            shape("覚え書き")
        );
        let part = "ppt/notesSlides/notesSlide1.xml";
        draft
            .part(part, "presentationml.notesSlide", notes.as_bytes())
            .relation(slide, "notesSlide", part)
            .relation(part, "slide", slide)
    };
    let seen = with_notes(fixture::slides("", ""), "ppt/slides/slide1.xml");
    let (all, lines) = told(&seen);
    assert!(all.contains("覚え書き"));
    assert_eq!(lines, []);
    let unseen = with_slide(fixture::slides("", ""), "秘密");
    let (all, lines) = told(&with_notes(unseen, "ppt/slides/slide2.xml"));
    assert!(!all.contains("覚え書き"));
    assert_eq!(lines, [hidden("ppt/slides/slide2.xml")]);
}

#[test]
fn a_sheet_that_no_list_names_is_said_once_with_all_that_is_in_it() {
    // The same chart on a sheet that is listed and on one that is not.
    let mut draft = fixture::chart_with_shapes();
    let book = String::from_utf8(draft.parts[0].2.clone()).unwrap();
    let other = fixture::sheet("", "", "").parts[1].2.clone();
    draft = draft
        .part(
            "xl/worksheets/sheet2.xml",
            "spreadsheetml.worksheet",
            &other,
        )
        .relation("xl/workbook.xml", "worksheet", "xl/worksheets/sheet2.xml");
    let (all, lines) = told(&draft);
    assert!(!all.contains("sheet2.xml"));
    assert!(lines.contains(&hidden("xl/worksheets/sheet2.xml")));
    // Now the second one is listed instead of the first.
    draft.parts[0].2 = book.replace("rId2", "rId6").into_bytes();
    let (all, lines) = told(&draft);
    assert!(all.contains("sheet1.xml") && !all.contains("出典"));
    let lines = lines
        .iter()
        .filter(|(what, _)| *what == What::HiddenContent);
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [&hidden("xl/worksheets/sheet1.xml")]
    );
}

#[test]
fn a_head_that_no_page_has_is_said_where_it_has_words() {
    let with_head = |body: &str, content: &str| {
        fixture::word(body)
            .part(
                "word/header1.xml",
                "wordprocessingml.header",
                &fixture::story("hdr", content),
            )
            .relation("word/document.xml", "header", "word/header1.xml")
    };
    let words = "<w:p><w:r><w:t>秘密</w:t></w:r></w:p>";
    let unseen = with_head("", words);
    assert_eq!(
        accepts(Kind::Word, &unseen.bytes()),
        Err("part that no list names")
    );
    let (all, lines) = told(&unseen);
    assert!(!all.contains("秘密"));
    assert_eq!(lines, [hidden("word/header1.xml")]);
    assert_eq!(told(&with_head("", "<w:p/>")).1, []);
    let section = |kind: &str| {
        format!("<w:sectPr><w:{kind}Reference w:type=\"default\" r:id=\"rId2\"/></w:sectPr>")
    };
    let (all, lines) = told(&with_head(&section("header"), words));
    assert!(all.contains("秘密"));
    assert_eq!(lines, []);
    // Named where it means nothing.
    let (all, lines) = told(&with_head(&section("footer"), words));
    assert!(!all.contains("秘密"));
    assert_eq!(lines, [hidden("word/header1.xml")]);
}

const DIAGRAM: &str = "http://schemas.openxmlformats.org/drawingml/2006/diagram";

/// A letter with a diagram, of whose four parts so many are there.
fn diagram(parts: usize) -> Draft {
    let a = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"";
    let dgm = format!("xmlns:dgm=\"{DIAGRAM}\"");
    let body = format!(
        "<w:p><w:r><w:t>前</w:t></w:r><w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri=\"{DIAGRAM}\">\
         <dgm:relIds {dgm} r:dm=\"rId2\" r:lo=\"rId4\" r:qs=\"rId5\" r:cs=\"rId6\"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    );
    let words = "<a:p><a:r><a:t>組織図</a:t></a:r></a:p>";
    let dsp = "xmlns:dsp=\"http://schemas.microsoft.com/office/drawing/2008/diagram\"";
    let data = format!(
        "<dgm:dataModel {dgm} {a}><dgm:ptLst><dgm:pt modelId=\"1\"><dgm:t>{words}</dgm:t></dgm:pt></dgm:ptLst>\
         <dgm:extLst><a:ext uri=\"http://schemas.microsoft.com/office/drawing/2008/diagram\"><dsp:dataModelExt {dsp} relId=\"rId3\"/></a:ext></dgm:extLst></dgm:dataModel>"
    );
    let drawing = format!(
        "<dsp:drawing {dsp} {a}><dsp:spTree><dsp:sp><dsp:txBody>{words}</dsp:txBody></dsp:sp></dsp:spTree></dsp:drawing>"
    );
    let main = "word/document.xml";
    let mut draft = fixture::word(&body)
        .part(
            "word/diagrams/data1.xml",
            "drawingml.diagramData",
            data.as_bytes(),
        )
        .relation(main, "diagramData", "word/diagrams/data1.xml")
        .part(
            "word/diagrams/drawing1.xml",
            "application/vnd.ms-office.drawingml.diagramDrawing+xml",
            drawing.as_bytes(),
        )
        .relation(
            main,
            "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing",
            "word/diagrams/drawing1.xml",
        );
    let others = [
        ("layout1", "diagramLayout", "diagramLayout", "layoutDef"),
        (
            "quickStyle1",
            "diagramStyle",
            "diagramQuickStyle",
            "styleDef",
        ),
        ("colors1", "diagramColors", "diagramColors", "colorsDef"),
    ];
    for (file, kind, step, root) in others.into_iter().take(parts - 1) {
        let name = format!("word/diagrams/{file}.xml");
        let content = format!("<dgm:{root} {dgm}/>");
        draft = draft
            .part(&name, &format!("drawingml.{kind}"), content.as_bytes())
            .relation(main, step, &name);
    }
    draft
}

#[test]
fn a_diagram_that_is_not_whole_goes_with_a_line() {
    let (all, lines) = told(&diagram(4));
    assert_eq!(lines, []);
    assert_eq!(all.matches("組織図").count(), 2);
    for parts in 1..4 {
        let (all, lines) = told(&diagram(parts));
        assert!(all.contains("前") && !all.contains("組織図"), "{parts}");
        assert!(!all.contains("graphicData") && !all.contains("w:drawing"));
        assert_eq!(lines, [(What::UnknownPart, "word/document.xml".to_owned())]);
    }
}

#[test]
fn a_chart_names_no_other_book() {
    let mut draft = fixture::chart_with_shapes();
    for (name, _, content) in &mut draft.parts {
        if name.ends_with("chart1.xml") {
            let text = String::from_utf8(content.clone()).unwrap();
            let source = "<c:pivotSource><c:name>[機密.xlsx]S!P</c:name><c:fmtId val=\"0\"/></c:pivotSource><c:chart/>";
            *content = text.replace("<c:chart/>", source).into_bytes();
        }
    }
    let (all, _) = told(&draft);
    assert!(all.contains("<c:name>[]S!P</c:name>") && !all.contains("機密"));
}

/// A link as relations hold it: in the file `&` is written as `&amp;`.
#[test]
fn mail_links_with_fields_stay_in_every_format() {
    let mail = "mailto:soumu@example.lg.jp?subject=%E6%9B%B8&amp;body=%E6%96%87";
    let click = |id: &str| {
        format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"x\"><a:hlinkClick r:id=\"{id}\"/></p:cNvPr></p:nvSpPr></p:sp>"
        )
    };
    let cell = |id: &str| format!("<hyperlinks><hyperlink ref=\"A1\" r:id=\"{id}\"/></hyperlinks>");
    let words = |id: &str| {
        format!("<w:p><w:hyperlink r:id=\"{id}\"><w:r><w:t>語</w:t></w:r></w:hyperlink></w:p>")
    };
    for draft in [
        fixture::word(&words("rId2")).external("word/document.xml", "hyperlink", mail),
        fixture::sheet("", &cell("rId3"), "").external(
            "xl/worksheets/sheet1.xml",
            "hyperlink",
            mail,
        ),
        fixture::slides(&click("rId3"), "").external("ppt/slides/slide1.xml", "hyperlink", mail),
    ] {
        let (all, lines) = told(&draft);
        assert!(all.contains(mail), "{all}");
        assert_eq!(lines, []);
    }
}

#[test]
fn a_picture_that_goes_with_a_table_without_rows_is_said() {
    let (_, report) =
        word_body("<w:tbl><w:p><w:r><w:pict><v:shape id=\"a\"/></w:pict></w:r></w:p></w:tbl>");
    assert_eq!(report.removed.first().unwrap().what, What::UnknownPart);
}
