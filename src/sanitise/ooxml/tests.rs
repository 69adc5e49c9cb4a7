//! The whole way: hostile package in, harmless package out, or a refusal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests stop at the first surprise

mod archive;
mod fields;
mod names;
mod reasons;
mod stand_in;
mod unseen;
mod whole;
mod wished;
mod words;

use std::io::Read as _;

use proptest::prelude::*;

use super::fixture::{self, Draft, SENTENCE};
use super::*;
use crate::sanitise::{Fonts, What};

fn with_context<T>(act: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    act(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

fn rebuild(kind: Kind, bytes: &[u8]) -> Result<(Vec<u8>, Report), Refusal> {
    with_context(|context| {
        let mut report = Report::default();
        let how = (kind, Treatment::Rebuild);
        let output = treat(how, Wish::default(), bytes, context, &mut report)?;
        Ok((output, report))
    })
}

fn accepts(kind: Kind, bytes: &[u8]) -> Result<(), &'static str> {
    verify::examine(kind, bytes, &Limits::default()).map_err(|why| why.0)
}

/// A document of Word's with this body, rebuilt: the body then.
fn word_body(body: &str) -> (String, Report) {
    let (output, report) = rebuild(Kind::Word, &fixture::word(body).bytes()).unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    (body_of(&everything(&output)).to_owned(), report)
}

/// What stands behind the sentence in a document of Word's.
fn body_of(all: &str) -> &str {
    let behind = all.split_once(SENTENCE).unwrap().1;
    let behind = behind.strip_prefix("</w:t></w:r></w:p>").unwrap();
    behind.split_once("</w:body>").unwrap().0
}

/// All names and contents in one, as another reader sees them.
fn everything(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        all.extend_from_slice(file.name_raw());
        file.read_to_end(&mut all).unwrap();
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_clean_draft_keeps_its_words_and_is_accepted_before_and_after() {
    for draft in fixture::clean() {
        let bytes = draft.bytes();
        assert_eq!(identify(&bytes), Some(draft.kind));
        assert_eq!(accepts(draft.kind, &bytes), Ok(()));
        let (output, report) = rebuild(draft.kind, &bytes).unwrap();
        assert_eq!(accepts(draft.kind, &output), Ok(()));
        assert_eq!(
            (report.removed.as_slice(), report.closeness),
            (&[][..], Some(100))
        );
        let (before, after) = (everything(&bytes), everything(&output));
        for words in [
            SENTENCE,
            "GE ",
            "https://example.lg.jp/",
            "SUM(C1:C3)",
            "目次",
        ] {
            assert_eq!(before.contains(words), after.contains(words), "{words}");
        }
    }
}

#[test]
fn every_vector_is_refused_untreated_and_gone_after() {
    for vector in fixture::vectors() {
        let bytes = vector.draft.bytes();
        let kind = vector.draft.kind;
        assert_eq!(identify(&bytes), Some(kind), "{}", vector.name);
        assert!(
            accepts(kind, &bytes).is_err(),
            "{} is accepted untreated",
            vector.name
        );
        let (output, report) =
            rebuild(kind, &bytes).unwrap_or_else(|why| panic!("{}: {why:?}", vector.name));
        assert_eq!(accepts(kind, &output), Ok(()), "{}", vector.name);
        let all = everything(&output);
        assert!(all.contains(SENTENCE), "{} lost its text", vector.name);
        for gone in vector.gone {
            assert!(!all.contains(gone), "{}: {gone} is left", vector.name);
        }
        assert!(
            report.removed.iter().any(|line| line.what == vector.what),
            "{}: {:?}",
            vector.name,
            report.removed
        );
    }
}

#[test]
fn another_kind_than_the_parent_fixed_is_refused() {
    let output = rebuild(Kind::Word, &fixture::word("").bytes()).unwrap().0;
    assert!(accepts(Kind::Sheet, &output).is_err());
    assert!(accepts(Kind::Pdf, &output).is_err());
    assert!(rebuild(Kind::Sheet, &fixture::word("").bytes()).is_err());
}

#[test]
fn prefixes_strict_names_and_utf_16_are_read_and_spelled_our_way() {
    let mut draft = fixture::word("");
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><q:document xmlns:q=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"><q:body><q:p><q:r><q:t>見積書の本文です。</q:t></q:r></q:p></q:body></q:document>";
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    draft.parts[0].2 = wide;
    let (output, _) = rebuild(Kind::Word, &draft.bytes()).unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    assert!(everything(&output).contains("<w:t>見積書の本文です。</w:t>"));
}

#[test]
fn alternate_content_is_decided_for_the_reader() {
    let body = "<w:p xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" xmlns:z=\"urn:z\"><w:r><mc:AlternateContent><mc:Choice Requires=\"z\"><w:t>EVIL</w:t></mc:Choice><mc:Fallback><w:t>代替</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>";
    let (output, _) = rebuild(Kind::Word, &fixture::word(body).bytes()).unwrap();
    let all = everything(&output);
    assert!(all.contains("代替") && !all.contains("EVIL") && !all.contains("mc:"));
}

#[test]
fn a_workbook_of_macro_sheets_only_is_not_turned_into_nothing() {
    let mut draft = fixture::sheet("", "", "");
    draft.parts.remove(1);
    assert_eq!(
        rebuild(Kind::Sheet, &draft.bytes()).unwrap_err(),
        Refusal::Unsupported
    );
}

#[test]
fn a_place_in_per_cent_is_the_length_that_every_reader_knows() {
    let body = "<w:p xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" xmlns:wp14=\"http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing\"><w:r><w:drawing><wp:anchor><wp:positionH><mc:AlternateContent><mc:Choice Requires=\"wp14\"><wp14:pctPosHOffset>5900</wp14:pctPosHOffset></mc:Choice><mc:Fallback><wp:posOffset>446070</wp:posOffset></mc:Fallback></mc:AlternateContent></wp:positionH></wp:anchor></w:drawing></w:r></w:p>";
    let (output, _) = rebuild(Kind::Word, &fixture::word(body).bytes()).unwrap();
    assert!(everything(&output).contains("<wp:positionH><wp:posOffset>446070</wp:posOffset>"));
}

#[test]
fn what_a_person_drew_into_a_chart_stays_without_its_macro() {
    let (output, report) = rebuild(Kind::Sheet, &fixture::chart_with_shapes().bytes()).unwrap();
    assert_eq!(accepts(Kind::Sheet, &output), Ok(()));
    let all = everything(&output);
    assert!(all.contains("xl/drawings/shapes1.xml") && all.contains("出典：総務省"));
    assert!(!all.contains("EVIL"));
    assert_eq!(report.removed[0].what, What::Action);
}

#[test]
fn a_picture_in_a_header_of_a_sheet_stays() {
    let draft = fixture::sheet("", "<headerFooter><oddHeader>&amp;G</oddHeader></headerFooter><legacyDrawingHF r:id=\"rId3\"/>", "")
        .part("xl/drawings/vmlDrawing1.vml", "", b"<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\"><v:shape id=\"LH\"><v:imagedata o:relid=\"rId4\"/></v:shape></xml>")
        .relation("xl/worksheets/sheet1.xml", "vmlDrawing", "xl/drawings/vmlDrawing1.vml")
        .part("xl/media/image1.png", "", &fixture::png())
        .relation("xl/drawings/vmlDrawing1.vml", "image", "xl/media/image1.png");
    let (output, report) = rebuild(Kind::Sheet, &draft.bytes()).unwrap();
    assert_eq!(accepts(Kind::Sheet, &output), Ok(()));
    let all = everything(&output);
    assert!(
        all.contains("legacyDrawingHF") && all.contains("xl/media/image1.png"),
        "{:?}",
        report.removed
    );
}

#[test]
fn pictures_are_encoded_anew() {
    let (output, _) = rebuild(
        Kind::Word,
        &fixture::word_with_picture(&fixture::png()).bytes(),
    )
    .unwrap();
    assert_eq!(accepts(Kind::Word, &output), Ok(()));
    assert!(everything(&output).contains("word/media/image1.png"));
}

/// Pieces that change what a part means.
const TOKENS: &[&str] = &[
    "<w:fldChar w:fldCharType=\"begin\"/>",
    "<w:fldChar w:fldCharType=\"separate\"/>",
    "<w:fldChar w:fldCharType=\"end\"/>",
    "<w:instrText>DDE x</w:instrText>",
    "</w:p>",
    "<w:p>",
    "<w:object>",
    "</w:object>",
    "r:id=\"rId1\"",
    "<f>",
    "</f>",
    "[1]",
    "|",
    "'",
    "\"",
    "&amp;",
    "&#0;",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "xmlns:w=\"urn:x\"",
    " ",
    "\u{feff}",
    "<w:txbxContent>",
    "</w:txbxContent>",
    "<w:tbl>",
    "<w:tr>",
    "<w:tc>",
    "</w:tc>",
    "</w:tbl>",
    "<w:del>",
    "</w:del>",
    "<mc:Choice>",
    "<extLst>",
    "</extLst>",
    "HYPERLINK(",
    "/>",
    "&quot;",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in the parts: an output that verifies, or a refusal.
    #[test]
    fn changed_parts_give_a_verified_output_or_a_refusal(
        which in 0_usize..256, part in 0_usize..8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..TOKENS.len(), 0_usize..12), 1..4),
    ) {
        let vectors = fixture::vectors();
        let mut draft = vectors[which % vectors.len()].draft.clone();
        let count = draft.parts.len();
        let content = &mut draft.parts[part % count].2;
        for (place, token, cut) in changes {
            let at = place.index(content.len() + 1);
            let end = (at + cut).min(content.len());
            content.splice(at..end, TOKENS[token].bytes());
        }
        if let Ok((output, _)) = rebuild(draft.kind, &draft.bytes()) {
            prop_assert_eq!(accepts(draft.kind, &output), Ok(()));
        }
    }

    /// Whatever happens to the container: no panic, and the same.
    #[test]
    fn changed_bytes_give_a_verified_output_or_a_refusal(
        which in 0_usize..256, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let vectors = fixture::vectors();
        let draft = &vectors[which % vectors.len()].draft;
        let mut bytes = draft.bytes();
        for (place, value) in flips {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        let _ = identify(&bytes);
        let _ = accepts(draft.kind, &bytes);
        if let Ok((output, _)) = rebuild(draft.kind, &bytes) {
            prop_assert_eq!(accepts(draft.kind, &output), Ok(()));
        }
    }
}

#[test]
fn an_entry_that_nothing_leads_to_is_said_not_lost_unseen() {
    let mut entries = fixture::word("<w:p/>").entries();
    for name in ["evil.zip", "word/vbaProject.bin", "word/embeddings/b.xlsx"] {
        entries.push((name.to_owned(), b"x".to_vec()));
    }
    let (_, report) = rebuild(Kind::Word, &fixture::zip(&entries)).unwrap();
    let said: Vec<_> = report
        .removed
        .iter()
        .map(|line| (line.what, line.untrusted_where.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (What::UnknownPart, "evil.zip"),
            (What::VbaProject, "word/vbaProject.bin"),
            (What::OleObject, "word/embeddings/b.xlsx"),
        ]
    );
}

#[test]
fn words_keep_their_order() {
    let body = "<w:p><w:r><w:t>invoice\u{202e}fdp\u{202c}.exe\u{2066}x</w:t></w:r></w:p>";
    let draft = fixture::word(body);
    assert!(accepts(Kind::Word, &draft.bytes()).is_err());
    let (output, report) = rebuild(Kind::Word, &draft.bytes()).unwrap();
    assert!(everything(&output).contains("invoicefdp.exex"));
    let count = report.removed.iter().map(|line| (line.what, line.count));
    assert_eq!(count.collect::<Vec<_>>(), [(What::BidiControl, 3)]);
}

#[test]
fn a_place_in_a_workbook_is_not_a_place_outside() {
    let links = "<hyperlinks><hyperlink ref=\"A1\" location=\"\\\\host\\share\\x!A1\"/>\
        <hyperlink ref=\"A2\" location=\"file:///c:/x\"/>\
        <hyperlink ref=\"A3\" location=\"Sheet1!A1:B2\"/></hyperlinks>";
    let draft = fixture::sheet("", links, "");
    assert!(accepts(Kind::Sheet, &draft.bytes()).is_err());
    let (output, _) = rebuild(Kind::Sheet, &draft.bytes()).unwrap();
    let all = everything(&output);
    assert!(all.contains("Sheet1!A1:B2") && !all.contains("share") && !all.contains("file:"));
}

/// Brackets name another book, whatever names cells in them.
#[test]
fn what_names_another_book_goes() {
    let cells = "<row r=\"1\"><c r=\"A1\"><f t=\"dataTable\" ref=\"A1:A2\" r1=\"[1]S!A1\"/><v>3</v></c></row>";
    let links = "<hyperlinks><hyperlink ref=\"A1\" location=\"[evil.xlsx]S!A1\"/></hyperlinks>";
    for (cells, links) in [(cells, ""), ("", links)] {
        let draft = fixture::sheet(cells, links, "");
        assert!(
            accepts(Kind::Sheet, &draft.bytes()).is_err(),
            "{cells}{links}"
        );
        let (output, report) = rebuild(Kind::Sheet, &draft.bytes()).unwrap();
        let all = everything(&output);
        assert!(
            !all.contains("[1]S") && !all.contains("evil"),
            "{cells}{links}"
        );
        assert!(!report.removed.is_empty());
    }
}

#[test]
fn a_sign_that_xml_cannot_carry_hides_nothing() {
    for sign in ["\0", "\u{1f}", "\u{ffff}", "&#1;", "&#xFFFE;"] {
        let names = format!(
            "<definedNames><definedName name=\"{sign}_xlnm.Auto_Open\">表!$A$1</definedName></definedNames>"
        );
        let cells =
            format!("<row r=\"1\"><c r=\"A1\"><f>WEB{sign}SERVICE(B1)</f><v>3</v></c></row>");
        let draft = fixture::sheet(&cells, "", &names);
        let (output, report) = rebuild(Kind::Sheet, &draft.bytes()).unwrap();
        assert_eq!(accepts(Kind::Sheet, &output), Ok(()), "{sign:?}");
        let all = everything(&output);
        assert!(!all.contains("Auto_Open") && !all.contains("SERVICE"));
        assert!(!report.removed.is_empty());
    }
}
