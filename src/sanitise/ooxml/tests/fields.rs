//! Fields of Word whose marks do not stand as they should.

use super::*;

fn marks(kind: &str, count: usize) -> String {
    format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>").repeat(count)
}

/// Each field in fields costs another look at what it holds.
#[test]
fn fields_that_never_end_are_refused_at_once() {
    let paragraph = |fields: String| {
        rebuild(
            Kind::Word,
            &fixture::word(&format!("<w:p>{fields}</w:p>")).bytes(),
        )
        .map(drop)
    };
    assert_eq!(paragraph(marks("begin", 32)), Ok(()));
    assert_eq!(paragraph(marks("begin", 33)), Err(Refusal::OverBudget));
    let nested = [marks("begin", 20_000), marks("end", 20_000)].concat();
    assert_eq!(paragraph(nested), Err(Refusal::OverBudget));
}

#[test]
fn a_field_that_somebody_put_in_whole_stays() {
    let field = fixture::field(&[" PA", "GE "], "1").replace("<w:p>", "<w:p><w:ins w:id=\"1\">");
    let body = field.replace("</w:p>", "</w:ins></w:p>");
    let bytes = fixture::word(&body).bytes();
    assert_eq!(accepts(Kind::Word, &bytes), Ok(()));
    let (output, report) = rebuild(Kind::Word, &bytes).unwrap();
    assert!(everything(&output).contains(&body), "{:?}", report.removed);
}

#[test]
fn changes_in_what_a_field_shows_stay() {
    let body = fixture::field(&["PAGE"], "1").replace(
        "<w:r><w:t>1</w:t></w:r>",
        "<w:del w:id=\"1\"><w:r><w:delText>1</w:delText></w:r></w:del><w:ins w:id=\"2\"><w:r><w:t>2</w:t></w:r></w:ins>",
    );
    let (output, report) = rebuild(Kind::Word, &fixture::word(&body).bytes()).unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    assert!(everything(&output).contains(&body), "{:?}", report.removed);
}

/// What a table of contents looks like: its code in one paragraph, its end in
/// another, links with fields of their own between them.
#[test]
fn a_table_of_contents_stays() {
    let mark = |kind| marks(kind, 1);
    let code = |code: &str| format!("<w:r><w:instrText>{code}</w:instrText></w:r>");
    let body = [
        "<w:p><w:pPr><w:rPr><w:ins w:id=\"1\"/></w:rPr></w:pPr>",
        &mark("begin"),
        &code("TOC \\o &quot;1-3&quot; \\h \\z \\u"),
        &mark("separate"),
        "<w:hyperlink w:anchor=\"_Toc1\"><w:r><w:rPr><w:b/></w:rPr><w:t>第１章</w:t></w:r>",
        &mark("begin"),
        &code("PAGEREF _Toc1 \\h"),
        &mark("separate"),
        "<w:r><w:t>1</w:t></w:r>",
        &mark("end"),
        "</w:hyperlink></w:p><w:p>",
        &mark("end"),
        "</w:p>",
    ]
    .concat();
    let (output, report) = rebuild(Kind::Word, &fixture::word(&body).bytes()).unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    let body = body.replace("&quot;", "\"");
    assert!(everything(&output).contains(&body), "{:?}", report.removed);
}

/// Only turning pages, to the letter.
#[test]
fn the_verifier_knows_every_action_that_is_kept_by_its_whole_name() {
    let slide = |action: &str| {
        let click = format!("<a:hlinkClick r:id=\"\" action=\"ppaction://{action}\"/>");
        let shape = format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"b\">{click}</p:cNvPr></p:nvSpPr></p:sp>"
        );
        let draft = fixture::slides(&shape, "");
        accepts(draft.kind, &draft.bytes())
    };
    let jump = "hlinkshowjump?jump=nextslide";
    assert_eq!(slide(jump), Ok(()));
    for bad in [
        "hlinkshowjump?jump=nextslide&amp;x",
        "hlinkshowjump?jump=x",
        "hlinksldjump?x",
    ] {
        assert_eq!(slide(bad), Err("action"), "{bad}");
    }
}
