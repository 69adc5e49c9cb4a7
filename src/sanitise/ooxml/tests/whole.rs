//! Tables, cells and notes that lost what they must have.

use super::*;

fn mended(body: &str) -> String {
    word_body(body).0
}

const WORDS: &str = "<w:p><w:r><w:t>語</w:t></w:r></w:p>";

#[test]
fn a_cell_ends_with_a_paragraph() {
    let table = |cell: &str| format!("<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>");
    assert_eq!(mended(&table("")), table("<w:p/>"));
    assert_eq!(mended(&table("<w:tcPr/>")), table("<w:tcPr/><w:p/>"));
    let inner = table(WORDS);
    assert_eq!(mended(&table(&inner)), table(&format!("{inner}<w:p/>")));
    let marked = format!("{WORDS}<w:bookmarkEnd w:id=\"1\"/>");
    let control = format!("<w:sdt><w:sdtContent>{WORDS}</w:sdtContent></w:sdt>");
    for whole in [WORDS, &marked, &control, &format!("{inner}{WORDS}")] {
        assert_eq!(mended(&table(whole)), table(whole));
    }
    // What is in a box within a paragraph is not the cell's.
    let boxed = format!(
        "<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{WORDS}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    );
    assert_eq!(mended(&table(&boxed)), table(&format!("{boxed}<w:p/>")));
}

#[test]
fn tables_without_rows_and_rows_without_cells_go() {
    for hollow in [
        "<w:tbl/>",
        "<w:tbl><w:tblPr/><w:tblGrid/></w:tbl>",
        "<w:tbl><w:tr/><w:tr><w:trPr/></w:tr></w:tbl>",
        "<w:tbl><w:sdt><w:sdtPr/><w:sdtContent><w:tr/></w:sdtContent></w:sdt></w:tbl>",
    ] {
        assert_eq!(mended(hollow), "", "{hollow}");
    }
    let row = format!("<w:tr><w:tc>{WORDS}</w:tc></w:tr>");
    let kept = format!("<w:tbl><w:sdt><w:sdtContent>{row}</w:sdtContent></w:sdt>{row}</w:tbl>");
    assert_eq!(mended(&kept.replacen("<w:sdt>", "<w:tr/><w:sdt>", 1)), kept);
    // A cell that holds only such a table.
    let nested = "<w:tbl><w:tr><w:tc><w:tbl/></w:tc></w:tr></w:tbl>";
    assert_eq!(mended(nested), nested.replace("<w:tbl/>", "<w:p/>"));
}

#[test]
fn words_that_go_with_a_table_are_said() {
    let (body, report) = word_body(&format!("<w:tbl>{WORDS}</w:tbl>"));
    assert_eq!(body, "");
    assert_eq!(report.removed.first().unwrap().what, What::UnknownPart);
    assert_eq!(word_body("<w:tbl/>").1.removed, []);
}

#[test]
fn text_boxes_end_with_a_paragraph() {
    let boxed = |content: &str| {
        format!(
            "<w:p><w:r><w:pict><v:shape><v:textbox><w:txbxContent>{content}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
        )
    };
    assert_eq!(mended(&boxed("")), boxed("<w:p/>"));
    assert_eq!(mended(&boxed(WORDS)), boxed(WORDS));
}

/// Whatever changes took, what is left is a document that Word opens.
#[test]
fn what_changes_emptied_is_whole_or_gone() {
    let deleted = "<w:p><w:pPr><w:rPr><w:del w:id=\"9\"/></w:rPr></w:pPr><w:del w:id=\"1\"><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>";
    let table = |row: &str, cell: &str| {
        format!("<w:tbl><w:tblPr/><w:tr>{row}<w:tc>{cell}{deleted}</w:tc></w:tr></w:tbl>")
    };
    let (row, cell) = (
        "<w:trPr><w:del w:id=\"2\"/></w:trPr>",
        "<w:tcPr><w:cellDel w:id=\"3\"/></w:tcPr>",
    );
    let accepted = Wish {
        changes_accepted: true,
        ..Wish::default()
    };
    let after = |draft: &Draft| {
        with_context(|context| {
            let mut report = Report::default();
            let how = (Kind::Word, Treatment::Rebuild);
            let output = treat(how, accepted, &draft.bytes(), context, &mut report).unwrap();
            assert_eq!(accepts(Kind::Word, &output), Ok(()));
            everything(&output)
        })
    };
    assert_eq!(body_of(&after(&fixture::word(&table(row, "")))), "");
    assert_eq!(body_of(&after(&fixture::word(&table("", cell)))), "");
    assert_eq!(
        body_of(&after(&fixture::word(&table("", "")))),
        "<w:tbl><w:tblPr/><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    );
    let stray = "<w:p><w:r><w:delText>旧</w:delText></w:r></w:p>";
    assert_eq!(body_of(&after(&fixture::word(stray))), "<w:p><w:r/></w:p>");
    for (root, one) in [
        ("footnotes", "footnote"),
        ("endnotes", "endnote"),
        ("comments", "comment"),
    ] {
        let content = format!("<w:{one} w:id=\"2\">{deleted}</w:{one}>");
        let draft = fixture::word("").part(
            &format!("word/{root}.xml"),
            &format!("wordprocessingml.{root}"),
            &fixture::story(root, &content),
        );
        let draft = draft.relation("word/document.xml", root, &format!("word/{root}.xml"));
        let whole = format!("<w:{one} w:id=\"2\"><w:p/></w:{one}>");
        assert!(after(&draft).contains(&whole), "{root}");
    }
}

/// The separators of notes in the settings are no notes.
#[test]
fn only_notes_get_a_paragraph() {
    let content = "<w:footnotePr><w:footnote w:id=\"0\"/></w:footnotePr>";
    let draft = fixture::word("")
        .part(
            "word/settings.xml",
            "wordprocessingml.settings",
            &fixture::story("settings", content),
        )
        .relation("word/document.xml", "settings", "word/settings.xml");
    let (output, _) = rebuild(Kind::Word, &draft.bytes()).unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    assert!(everything(&output).contains(content));
}

#[test]
fn the_verifier_refuses_what_word_calls_damaged() {
    let accepted = |body: &str| accepts(Kind::Word, &fixture::word(body).bytes());
    let row = |cell: &str| format!("<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>");
    assert_eq!(accepted(&row(WORDS)), Ok(()));
    for hollow in ["<w:tbl><w:tblPr/></w:tbl>", "<w:tbl><w:tr/></w:tbl>"] {
        assert_eq!(accepted(hollow), Err("table without content"));
    }
    for short in [row(""), row(&row(WORDS))] {
        assert_eq!(accepted(&short), Err("text without a last paragraph"));
    }
}
