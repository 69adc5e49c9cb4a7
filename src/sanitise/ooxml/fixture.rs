//! Builders of small packages, hostile and clean, for tests. A clean draft is
//! spelled the way our writer spells, so that the verifier refuses a hostile
//! one for what is hostile in it and for nothing else.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests stop at the first surprise

mod package;
pub(super) mod sheet;
pub(super) mod slides;
mod word;

use crate::sanitise::{Kind, What};

pub(super) const SENTENCE: &str = "見積書の本文です。";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
     xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
     xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
     xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\" \
     xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\"";
const S: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const P: &str = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
     xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
     xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";

/// A package being drafted.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) parts: Vec<(String, String, Vec<u8>)>,
    /// Owner, id, type, target, external.
    relations: Vec<(String, String, String, String, bool)>,
}

/// A hostile draft: what must be reported, and what must not be in the output.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) draft: Draft,
    pub(super) what: What,
    pub(super) gone: &'static [&'static str],
}

impl Draft {
    fn new(kind: Kind, main: &str, content_type: &str, content: &str) -> Self {
        let draft = Self {
            kind,
            parts: Vec::new(),
            relations: Vec::new(),
        };
        draft
            .part(main, content_type, content.as_bytes())
            .relation("", "officeDocument", main)
    }

    pub(super) fn part(mut self, name: &str, content_type: &str, content: &[u8]) -> Self {
        let content_type = if content_type.is_empty() {
            String::new()
        } else if content_type.contains('/') {
            content_type.to_owned()
        } else {
            format!("application/vnd.openxmlformats-officedocument.{content_type}+xml")
        };
        self.parts
            .push((name.to_owned(), content_type, content.to_vec()));
        self
    }

    /// An internal relation; ids count up from rId1 over the whole draft.
    pub(super) fn relation(self, owner: &str, step: &str, target: &str) -> Self {
        let target = format!("/{target}");
        self.relate(owner, step, &target, false)
    }

    pub(super) fn external(self, owner: &str, step: &str, target: &str) -> Self {
        self.relate(owner, step, target, true)
    }

    fn relate(mut self, owner: &str, step: &str, target: &str, external: bool) -> Self {
        let id = format!("rId{}", self.relations.len() + 1);
        let kind = if step.contains("//") {
            step.to_owned()
        } else {
            format!("{REL}{step}")
        };
        self.relations
            .push((owner.to_owned(), id, kind, target.to_owned(), external));
        self
    }

    /// Replaces the main part's content type.
    pub(super) fn typed(mut self, content_type: &str) -> Self {
        self.parts[0].1 = content_type.to_owned();
        self
    }

    /// All entries with their content, in order.
    pub(super) fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let mut types = format!(
            "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"png\" ContentType=\"image/png\"/>\
             <Default Extension=\"vml\" ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>"
        );
        for (name, content_type, _) in self.parts.iter().filter(|part| !part.1.is_empty()) {
            types += &format!("<Override PartName=\"/{name}\" ContentType=\"{content_type}\"/>");
        }
        types += "</Types>";
        let mut entries = vec![("[Content_Types].xml".to_owned(), types.into_bytes())];
        let mut owners: Vec<&str> = self.relations.iter().map(|r| r.0.as_str()).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            let mut list = format!(
                "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            );
            for (_, id, kind, target, external) in self.relations.iter().filter(|r| r.0 == owner) {
                let mode = if *external {
                    " TargetMode=\"External\""
                } else {
                    ""
                };
                list += &format!(
                    "<Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"{target}\"{mode}/>"
                );
            }
            list += "</Relationships>";
            let name = match owner.rsplit_once('/') {
                Some((folder, file)) => format!("{folder}/_rels/{file}.rels"),
                None => format!("_rels/{owner}.rels"),
            };
            entries.push((name, list.into_bytes()));
        }
        entries.extend(
            self.parts
                .iter()
                .map(|(name, _, content)| (name.clone(), content.clone())),
        );
        entries
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        zip(&self.entries())
    }
}

/// Stored entries in the layout that our writer uses.
pub(in crate::sanitise) fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = u32::try_from(bytes.len()).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        header.extend(crc.sum().to_le_bytes());
        header.extend(size);
        header.extend(size);
        header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        header.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(name.as_bytes());
        bytes.extend(content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    for field in [&count[..], &count, &length, &start, &[0, 0]] {
        bytes.extend(field);
    }
    bytes
}

/// A docx with `SENTENCE` and more body.
pub(super) fn word(body: &str) -> Draft {
    let content = format!(
        "{HEAD}<w:document {W}><w:body><w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>{body}</w:body></w:document>"
    );
    Draft::new(
        Kind::Word,
        "word/document.xml",
        "wordprocessingml.document.main",
        &content,
    )
}

/// An xlsx with `SENTENCE` in A1, more cells and more in the workbook.
pub(super) fn sheet(cells: &str, after: &str, book: &str) -> Draft {
    let workbook = format!(
        "{HEAD}<workbook {S}><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId2\"/></sheets>{book}</workbook>"
    );
    let content = format!(
        "{HEAD}<worksheet {S}><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{SENTENCE}</t></is></c>{cells}</row></sheetData>{after}</worksheet>"
    );
    Draft::new(
        Kind::Sheet,
        "xl/workbook.xml",
        "spreadsheetml.sheet.main",
        &workbook,
    )
    .part(
        "xl/worksheets/sheet1.xml",
        "spreadsheetml.worksheet",
        content.as_bytes(),
    )
    .relation("xl/workbook.xml", "worksheet", "xl/worksheets/sheet1.xml")
}

/// A pptx of one slide with `SENTENCE` and more shapes.
pub(super) fn slides(shapes: &str, after: &str) -> Draft {
    let presentation = format!(
        "{HEAD}<p:presentation {P}><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId2\"/></p:sldIdLst></p:presentation>"
    );
    let content = format!(
        "{HEAD}<p:sld {P}><p:cSld><p:spTree><p:sp><p:txBody><a:bodyPr/><a:p><a:r><a:t>{SENTENCE}</a:t></a:r></a:p></p:txBody></p:sp>{shapes}</p:spTree></p:cSld>{after}</p:sld>"
    );
    Draft::new(
        Kind::Slides,
        "ppt/presentation.xml",
        "presentationml.presentation.main",
        &presentation,
    )
    .part(
        "ppt/slides/slide1.xml",
        "presentationml.slide",
        content.as_bytes(),
    )
    .relation("ppt/presentation.xml", "slide", "ppt/slides/slide1.xml")
}

/// A small PNG.
pub(super) fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(3, 2)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn blip(attribute: &str) -> String {
    format!(
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic><pic:blipFill><a:blip {attribute}/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
}

/// A docx with a picture.
pub(super) fn word_with_picture(bytes: &[u8]) -> Draft {
    word(&blip("r:embed=\"rId2\""))
        .part("word/media/image1.png", "", bytes)
        .relation("word/document.xml", "image", "word/media/image1.png")
}

/// A field whose code is told in pieces.
pub(super) fn field(pieces: &[&str], result: &str) -> String {
    let mark = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let code: String = pieces
        .iter()
        .map(|piece| format!("<w:r><w:instrText>{piece}</w:instrText></w:r>"))
        .collect();
    let (begin, separate, end) = (mark("begin"), mark("separate"), mark("end"));
    format!("<w:p>{begin}{code}{separate}<w:r><w:t>{result}</w:t></w:r>{end}</w:p>")
}

/// Clean drafts: rebuilt with their text, and accepted as they stand.
pub(super) fn clean() -> Vec<Draft> {
    vec![
        word(&field(&[" PA", "GE "], "1")),
        word(&field(&["HYPERLINK \\l &quot;x&quot;"], "目次")),
        word("<w:p><w:hyperlink r:id=\"rId2\"><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>")
            .external("word/document.xml", "hyperlink", "https://example.lg.jp/"),
        sheet("<c r=\"B1\"><f>SUM(C1:C3)</f><v>6</v></c>", "", ""),
        slides("", ""),
    ]
}

/// A sheet whose chart has a box with words and a macro.
pub(super) fn chart_with_shapes() -> Draft {
    let chart = format!(
        "{HEAD}<c:chartSpace xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><c:chart/><c:userShapes r:id=\"rId5\"/></c:chartSpace>"
    );
    let shapes = format!(
        "{HEAD}<c:userShapes xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" xmlns:cdr=\"http://schemas.openxmlformats.org/drawingml/2006/chartDrawing\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><cdr:relSizeAnchor><cdr:sp macro=\"EVIL\"><cdr:txBody><a:p><a:r><a:t>出典：総務省</a:t></a:r></a:p></cdr:txBody></cdr:sp></cdr:relSizeAnchor></c:userShapes>"
    );
    let drawing = format!(
        "{HEAD}<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><xdr:twoCellAnchor><xdr:graphicFrame><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/chart\"><c:chart r:id=\"rId4\"/></a:graphicData></a:graphic></xdr:graphicFrame></xdr:twoCellAnchor></xdr:wsDr>"
    );
    sheet("", "<drawing r:id=\"rId3\"/>", "")
        .part("xl/drawings/drawing1.xml", "drawing", drawing.as_bytes())
        .relation(
            "xl/worksheets/sheet1.xml",
            "drawing",
            "xl/drawings/drawing1.xml",
        )
        .part("xl/charts/chart1.xml", "drawingml.chart", chart.as_bytes())
        .relation("xl/drawings/drawing1.xml", "chart", "xl/charts/chart1.xml")
        .part(
            "xl/drawings/drawing2.xml",
            "drawingml.chartshapes",
            shapes.as_bytes(),
        )
        .relation(
            "xl/charts/chart1.xml",
            "chartUserShapes",
            "xl/drawings/drawing2.xml",
        )
}

/// Drafts with one comment of a colleague's each.
pub(super) fn commented() -> Vec<Draft> {
    let words = "要確認";
    let slide = "ppt/slides/slide1.xml";
    vec![
        word("<w:p><w:commentRangeStart w:id=\"1\"/><w:r><w:t>x</w:t></w:r><w:commentRangeEnd w:id=\"1\"/><w:r><w:commentReference w:id=\"1\"/></w:r></w:p>")
            .part("word/comments.xml", "wordprocessingml.comments", &story("comments", &format!("<w:comment w:id=\"1\"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:comment>")))
            .relation("word/document.xml", "comments", "word/comments.xml"),
        sheet("", "<legacyDrawing r:id=\"rId4\"/>", "")
            .part("xl/comments1.xml", "spreadsheetml.comments", format!("{HEAD}<comments {S}><commentList><comment ref=\"A1\"><text><t>{words}</t></text></comment></commentList></comments>").as_bytes())
            .relation("xl/worksheets/sheet1.xml", "comments", "xl/comments1.xml")
            .part("xl/drawings/vmlDrawing1.vml", "application/vnd.openxmlformats-officedocument.vmlDrawing", b"<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><v:shape id=\"s\"><x:ClientData ObjectType=\"Note\"/></v:shape></xml>")
            .relation("xl/worksheets/sheet1.xml", "vmlDrawing", "xl/drawings/vmlDrawing1.vml"),
        slides("", "")
            .part("ppt/comments/comment1.xml", "presentationml.comments", format!("{HEAD}<p:cmLst {P}><p:cm authorId=\"0\" idx=\"1\"><p:text>{words}</p:text></p:cm></p:cmLst>").as_bytes())
            .relation(slide, "comments", "ppt/comments/comment1.xml"),
    ]
}

/// One vector, one minimal file: every row of the table that is about packages.
pub(super) fn vectors() -> Vec<Vector> {
    let mut all = word::vectors();
    all.extend(word::fields());
    all.extend(sheet::vectors());
    all.extend(slides::vectors());
    all.extend(package::vectors());
    all
}

fn vector(name: &str, draft: Draft, what: What, gone: &'static [&'static str]) -> Vector {
    Vector {
        name: name.to_owned(),
        draft,
        what,
        gone,
    }
}

/// A part of Word's with this root and content.
pub(super) fn story(root: &str, content: &str) -> Vec<u8> {
    format!("{HEAD}<w:{root} {W}>{content}</w:{root}>").into_bytes()
}

/// A relation type of Microsoft's own.
fn microsoft(step: &str) -> String {
    format!("http://schemas.microsoft.com/office/{step}")
}
