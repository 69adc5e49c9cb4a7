//! What a site may want beside the treatment, and what the report tells of a
//! whole document.

use super::*;

fn wished(kind: Kind, wish: Wish, bytes: &[u8]) -> (String, Report) {
    with_context(|context| {
        let mut report = Report::default();
        let how = (kind, Treatment::Rebuild);
        let output = treat(how, wish, bytes, context, &mut report).unwrap();
        assert_eq!(accepts(kind, &output), Ok(()));
        (everything(&output), report)
    })
}

#[test]
fn comments_stay_or_go_as_the_site_wants() {
    let without = Wish {
        without_comments: true,
        ..Wish::default()
    };
    for draft in fixture::commented() {
        let bytes = draft.bytes();
        let (kept, report) = wished(draft.kind, Wish::default(), &bytes);
        assert!(kept.contains("要確認") && report.removed.is_empty());
        let (gone, report) = wished(draft.kind, without, &bytes);
        assert!(gone.contains(SENTENCE) && !gone.contains("要確認"));
        assert!(
            !gone.contains("omment") && !gone.contains("drawings/"),
            "{gone}"
        );
        assert_eq!(report.closeness, Some(100));
        let removed: Vec<_> = report
            .removed
            .iter()
            .map(|line| (line.what, line.count))
            .collect();
        assert_eq!(removed, [(What::Comment, 1)]);
    }
}

#[test]
fn changes_stay_or_are_accepted_as_the_site_wants() {
    let bytes = fixture::word(
        "<w:p><w:pPr><w:pPrChange w:id=\"1\"><w:pPr><w:jc w:val=\"right\"/></w:pPr></w:pPrChange></w:pPr>\
         <w:ins w:id=\"2\"><w:r><w:t>新</w:t></w:r></w:ins><w:del w:id=\"3\"><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>\
         <w:p><w:pPr><w:rPr><w:del w:id=\"4\"/></w:rPr></w:pPr><w:del w:id=\"5\"><w:r><w:delText>段落</w:delText></w:r></w:del></w:p>\
         <w:tbl><w:tr><w:trPr><w:del w:id=\"6\"/></w:trPr><w:tc><w:p><w:r><w:t>行</w:t></w:r></w:p></w:tc></w:tr>\
         <w:tr><w:trPr><w:ins w:id=\"7\"/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>\
         <w:moveFrom w:id=\"8\"><w:r><w:t>元</w:t></w:r></w:moveFrom><w:moveTo w:id=\"9\"><w:r><w:t>先</w:t></w:r></w:moveTo>",
    )
    .bytes();
    let accepted = Wish {
        changes_accepted: true,
        ..Wish::default()
    };
    let (kept, report) = wished(Kind::Word, Wish::default(), &bytes);
    assert!(
        ["新", "旧", "段落", "行", "先"]
            .iter()
            .all(|words| kept.contains(words))
    );
    assert_eq!(report.removed, []);
    let (after, report) = wished(Kind::Word, accepted, &bytes);
    let body = after
        .split_once("<w:body>")
        .unwrap()
        .1
        .split_once("</w:body>")
        .unwrap()
        .0;
    assert_eq!(
        body,
        "<w:p><w:r><w:t>見積書の本文です。</w:t></w:r></w:p><w:p><w:pPr/><w:r><w:t>新</w:t></w:r></w:p>\
         <w:tbl><w:tr><w:trPr/><w:tc><w:p/></w:tc></w:tr></w:tbl><w:r><w:t>先</w:t></w:r>"
    );
    assert!(
        report
            .removed
            .iter()
            .all(|line| line.what == What::Revision)
    );
}

#[test]
fn a_button_keeps_its_words_and_loses_its_macro() {
    let code = |pieces: &[&str]| {
        let runs: String = (pieces.iter())
            .map(|piece| format!("<w:r><w:instrText>{piece}</w:instrText></w:r>"))
            .collect();
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>{runs}<w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
        )
    };
    for pieces in [
        &[" MACROBUTTON  EVIL ここを 押す "][..],
        &["MACRO", "BUTTON EVIL ここを", " 押す"],
    ] {
        let (output, report) = rebuild(Kind::Word, &fixture::word(&code(pieces)).bytes()).unwrap();
        let all = everything(&output);
        assert!(all.contains("<w:t>ここを 押す</w:t>"), "{all}");
        assert!(!all.contains("EVIL") && !all.contains("BUTTON"));
        assert_eq!(report.removed[0].what, What::FieldCode);
    }
}

#[test]
fn what_is_lost_is_counted_in_per_cent() {
    let body = "<w:p xmlns:z=\"urn:z\"><z:r><z:t>知らない文字だ。</z:t></z:r></w:p>";
    let (_, report) = rebuild(Kind::Word, &fixture::word(body).bytes()).unwrap();
    // Nine of seventeen characters.
    assert_eq!(report.closeness, Some(52));
    let cell = "<c r=\"B1\"><f>CALL(&quot;x&quot;)</f><v>7</v></c>";
    let (_, report) = rebuild(Kind::Sheet, &fixture::sheet(cell, "", "").bytes()).unwrap();
    assert_eq!(report.closeness, Some(100));
}

#[test]
fn who_looks_inside_sees_every_part() {
    let looking = Wish {
        structure: true,
        ..Wish::default()
    };
    let bytes = fixture::word_with_picture(&fixture::png())
        .part(
            "word/vbaProject.bin",
            "application/vnd.ms-office.vbaProject",
            b"x",
        )
        .bytes();
    let (_, report) = wished(Kind::Word, looking, &bytes);
    let seen: Vec<String> = (report.structure.iter())
        .map(|piece| {
            let role = piece.role.as_deref().unwrap_or("-");
            format!("{} {role} {}", piece.untrusted_name, piece.kept)
        })
        .collect();
    assert_eq!(
        seen,
        [
            "[Content_Types].xml contentTypes true",
            "_rels/.rels relationships true",
            "word/_rels/document.xml.rels relationships true",
            "word/document.xml officeDocument true",
            "word/media/image1.png image true",
            "word/vbaProject.bin - false",
        ]
    );
    assert_eq!(wished(Kind::Word, Wish::default(), &bytes).1.structure, []);
}

/// One part as Word reads it: what stands in an element whose tags may be ignored.
#[test]
fn content_that_is_to_be_processed_stays_and_other_words_are_not_lost_unseen() {
    let run = |words: &str| format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>");
    let told = |body: &str| {
        let (all, report) = wished(Kind::Word, Wish::default(), &fixture::word(body).bytes());
        let unknown = report
            .removed
            .iter()
            .filter(|line| line.what == What::UnknownPart);
        (all, unknown.map(|line| line.count).sum::<u32>())
    };
    let names = "xmlns:x=\"urn:x\" xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"";
    let wrapped = |marks: &str| {
        format!(
            "<w:sdt><w:sdtContent {names} {marks}><x:wrap>{}</x:wrap></w:sdtContent></w:sdt>",
            run("中身")
        )
    };
    for marks in [
        "mc:Ignorable=\"x\" mc:ProcessContent=\"x:wrap\"",
        "mc:ProcessContent=\"x:*\" mc:Ignorable=\"x\"",
    ] {
        let (all, unknown) = told(&wrapped(marks));
        assert!(all.contains("中身") && !all.contains("wrap"), "{marks}");
        assert_eq!(unknown, 0, "{marks}");
    }
    // Word shows nothing of it either.
    let (all, unknown) = told(&wrapped("mc:Ignorable=\"x\""));
    assert!(!all.contains("中身") && unknown == 0);
    // Another namespace's mark, one that ended, and a namespace that Word knows.
    let ended = format!(
        "{}<x:gone xmlns:x=\"urn:x\">{}</x:gone>",
        wrapped("mc:Ignorable=\"x\""),
        run("後")
    );
    let known = format!(
        "<w:sdt><w:sdtContent {names} mc:Ignorable=\"w\"><w:unheardof>{}</w:unheardof></w:sdtContent></w:sdt>",
        run("語")
    );
    for lost in [wrapped("x:Ignorable=\"x\""), ended, known] {
        assert_eq!(told(&lost).1, 1, "{lost}");
    }
}

#[test]
fn words_that_word_hides_are_told_where_the_text_shows_them() {
    let body = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隠</w:t></w:r>\
        <w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>見</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:tab/></w:r></w:p>";
    let bytes = fixture::word(body).bytes();
    let hidden = |treatment| {
        with_context(|context| {
            let mut report = Report::default();
            let how = (Kind::Word, treatment);
            treat(how, Wish::default(), &bytes, context, &mut report).unwrap();
            let lines = report
                .removed
                .iter()
                .filter(|line| line.what == What::HiddenContent);
            lines.map(|line| line.count).sum::<u32>()
        })
    };
    assert_eq!(hidden(Treatment::Text), 1);
    assert_eq!(hidden(Treatment::Rebuild), 0);
}

/// What a reader sees goes with a line, also where it stands in an extension or in
/// a part that usually says nothing new.
#[test]
fn labels_and_threads_are_not_lost_unseen() {
    let said = |draft: &fixture::Draft, what: What| {
        let (_, report) = wished(Kind::Sheet, Wish::default(), &draft.bytes());
        let lines = report.removed.iter().filter(|line| line.what == what);
        lines
            .map(|line| line.untrusted_where.clone())
            .collect::<Vec<_>>()
    };
    let mut chart = fixture::chart_with_shapes();
    let before = said(&chart, What::UnknownPart);
    let label = "<c:chart/><c:extLst><c:ext uri=\"{02D57815-91ED-43cb-92C2-25804820EDAC}\">\
        <c15:datalabelsRange xmlns:c15=\"http://schemas.microsoft.com/office/drawing/2012/chart\">\
        <c15:f>A1</c15:f></c15:datalabelsRange></c:ext></c:extLst>";
    for (name, _, content) in &mut chart.parts {
        if name.ends_with("chart1.xml") {
            let text = String::from_utf8(content.clone()).unwrap();
            *content = text.replace("<c:chart/>", label).into_bytes();
        }
    }
    assert_eq!(before, [""; 0]);
    assert_eq!(said(&chart, What::UnknownPart), ["xl/charts/chart1.xml"]);

    let thread = |draft: fixture::Draft| {
        let part = "xl/threadedComments/threadedComment1.xml";
        let kind = "application/vnd.ms-excel.threadedcomments+xml";
        let relation = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment";
        draft.part(part, kind, b"<ThreadedComments/>").relation(
            "xl/worksheets/sheet1.xml",
            relation,
            part,
        )
    };
    let alone = thread(fixture::sheet("", "", ""));
    assert_eq!(said(&alone, What::Comment), ["xl/worksheets/sheet1.xml"]);
    let with_note = thread(fixture::commented().remove(1));
    assert_eq!(said(&with_note, What::Comment), [""; 0]);
}
