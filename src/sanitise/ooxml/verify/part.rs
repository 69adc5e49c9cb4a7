//! The verifier's own list of parts: name, content type, root, relation.

use std::collections::BTreeMap;

use super::{NotOurs, Target, scan};
use crate::sanitise::Kind;
use crate::sanitise::office::verify::link::leads_to_the_web;

/// One kind of part.
pub(super) struct Shape {
    /// Path without number and extension; `*` stands for word, xl or ppt.
    path: &'static str,
    numbered: bool,
    kind: &'static str,
    /// Tag of the root; empty: a picture.
    pub(super) root: &'static str,
    relation: &'static str,
}

const fn one(
    path: &'static str,
    kind: &'static str,
    root: &'static str,
    relation: &'static str,
) -> Shape {
    Shape {
        path,
        numbered: false,
        kind,
        root,
        relation,
    }
}

const fn many(
    path: &'static str,
    kind: &'static str,
    root: &'static str,
    relation: &'static str,
) -> Shape {
    Shape {
        path,
        numbered: true,
        kind,
        root,
        relation,
    }
}

#[rustfmt::skip] // a table is read by columns
const SHAPES: &[Shape] = &[
    one("word/document", "wordprocessingml.document.main", "w:document", "officeDocument"),
    one("word/styles", "wordprocessingml.styles", "w:styles", "styles"),
    one("word/numbering", "wordprocessingml.numbering", "w:numbering", "numbering"),
    one("word/settings", "wordprocessingml.settings", "w:settings", "settings"),
    one("word/fontTable", "wordprocessingml.fontTable", "w:fonts", "fontTable"),
    one("word/footnotes", "wordprocessingml.footnotes", "w:footnotes", "footnotes"),
    one("word/endnotes", "wordprocessingml.endnotes", "w:endnotes", "endnotes"),
    one("word/comments", "wordprocessingml.comments", "w:comments", "comments"),
    many("word/header", "wordprocessingml.header", "w:hdr", "header"),
    many("word/footer", "wordprocessingml.footer", "w:ftr", "footer"),
    one("xl/workbook", "spreadsheetml.sheet.main", "workbook", "officeDocument"),
    many("xl/worksheets/sheet", "spreadsheetml.worksheet", "worksheet", "worksheet"),
    many("xl/chartsheets/sheet", "spreadsheetml.chartsheet", "chartsheet", "chartsheet"),
    one("xl/sharedStrings", "spreadsheetml.sharedStrings", "sst", "sharedStrings"),
    one("xl/styles", "spreadsheetml.styles", "styleSheet", "styles"),
    many("xl/drawings/drawing", "drawing", "xdr:wsDr", "drawing"),
    many("xl/tables/table", "spreadsheetml.table", "table", "table"),
    many("xl/comments", "spreadsheetml.comments", "comments", "comments"),
    many("xl/drawings/vmlDrawing", "vmlDrawing", "xml", "vmlDrawing"),
    many("xl/pivotTables/pivotTable", "spreadsheetml.pivotTable", "pivotTableDefinition", "pivotTable"),
    many("xl/pivotCache/pivotCacheDefinition", "spreadsheetml.pivotCacheDefinition", "pivotCacheDefinition", "pivotCacheDefinition"),
    many("xl/pivotCache/pivotCacheRecords", "spreadsheetml.pivotCacheRecords", "pivotCacheRecords", "pivotCacheRecords"),
    one("ppt/presentation", "presentationml.presentation.main", "p:presentation", "officeDocument"),
    many("ppt/slides/slide", "presentationml.slide", "p:sld", "slide"),
    many("ppt/slideLayouts/slideLayout", "presentationml.slideLayout", "p:sldLayout", "slideLayout"),
    many("ppt/slideMasters/slideMaster", "presentationml.slideMaster", "p:sldMaster", "slideMaster"),
    many("ppt/notesSlides/notesSlide", "presentationml.notesSlide", "p:notes", "notesSlide"),
    many("ppt/notesMasters/notesMaster", "presentationml.notesMaster", "p:notesMaster", "notesMaster"),
    many("ppt/handoutMasters/handoutMaster", "presentationml.handoutMaster", "p:handoutMaster", "handoutMaster"),
    one("ppt/tableStyles", "presentationml.tableStyles", "a:tblStyleLst", "tableStyles"),
    one("ppt/commentAuthors", "presentationml.commentAuthors", "p:cmAuthorLst", "commentAuthors"),
    many("ppt/comments/comment", "presentationml.comments", "p:cmLst", "comments"),
    many("*theme/theme", "theme", "a:theme", "theme"),
    many("*theme/themeOverride", "themeOverride", "a:themeOverride", "themeOverride"),
    many("*charts/chart", "drawingml.chart", "c:chartSpace", "chart"),
    many("*drawings/shapes", "drawingml.chartshapes", "c:userShapes", "chartUserShapes"),
    many("*diagrams/data", "drawingml.diagramData", "dgm:dataModel", "diagramData"),
    many("*diagrams/layout", "drawingml.diagramLayout", "dgm:layoutDef", "diagramLayout"),
    many("*diagrams/quickStyle", "drawingml.diagramStyle", "dgm:styleDef", "diagramQuickStyle"),
    many("*diagrams/colors", "drawingml.diagramColors", "dgm:colorsDef", "diagramColors"),
    many("*diagrams/drawing", "", "dsp:drawing", "diagramDrawing"),
    many("*media/image", "", "", "image"),
    one("docProps/app", "extended-properties", "Properties", "extended-properties"),
];

/// Content types by extension.
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    (
        "rels",
        "application/vnd.openxmlformats-package.relationships+xml",
    ),
    ("xml", "application/xml"),
    (
        "vml",
        "application/vnd.openxmlformats-officedocument.vmlDrawing",
    ),
    ("png", "image/png"),
    ("jpeg", "image/jpeg"),
];

impl Shape {
    pub(super) fn content_type(&self) -> String {
        if self.relation == "diagramDrawing" {
            return "application/vnd.ms-office.drawingml.diagramDrawing+xml".to_owned();
        }
        format!(
            "application/vnd.openxmlformats-officedocument.{}+xml",
            self.kind
        )
    }
}

/// The main part's name.
pub(super) fn main_name(kind: Kind) -> Option<&'static str> {
    match folder(kind)? {
        "word/" => Some("word/document.xml"),
        "xl/" => Some("xl/workbook.xml"),
        _ => Some("ppt/presentation.xml"),
    }
}

fn folder(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Word => Some("word/"),
        Kind::Sheet => Some("xl/"),
        Kind::Slides => Some("ppt/"),
        Kind::Message
        | Kind::Zip
        | Kind::OdfText
        | Kind::OdfSheet
        | Kind::OdfSlides
        | Kind::OdfDrawing
        | Kind::Doc
        | Kind::Xls
        | Kind::Xlsb
        | Kind::Ppt
        | Kind::Rtf
        | Kind::Pdf
        | Kind::Jpeg
        | Kind::Png
        | Kind::Gif
        | Kind::Bmp
        | Kind::Tiff
        | Kind::Webp
        | Kind::Jp2
        | Kind::Wmf
        | Kind::Emf
        | Kind::Svg
        | Kind::Text
        | Kind::Csv
        | Kind::Json
        | Kind::Calendar
        | Kind::Contact
        | Kind::Html
        | Kind::Encrypted
        | Kind::Executable
        | Kind::Unsupported
        | Kind::Unknown => None,
    }
}

/// What a part with this name is.
pub(super) fn shape_of(kind: Kind, name: &str) -> Option<&'static Shape> {
    let folder = folder(kind)?;
    let properties = name == super::maker::NAME;
    let inner = name.strip_prefix(if properties { "docProps/" } else { folder })?;
    let (_, extension) = name.rsplit_once('.')?;
    SHAPES.iter().find(|shape| {
        let stem = match shape.path.strip_prefix('*') {
            Some(path) => inner.strip_prefix(path),
            None => name.strip_prefix(shape.path),
        };
        let number = stem.and_then(|stem| stem.strip_suffix(extension)?.strip_suffix('.'));
        let fits = number.is_some_and(|number| {
            if shape.numbered {
                (1..=6).contains(&number.len())
                    && number.bytes().all(|b| b.is_ascii_digit())
                    && !number.starts_with('0')
            } else {
                number.is_empty()
            }
        });
        fits && match shape.relation {
            "image" => matches!(extension, "png" | "jpeg"),
            "vmlDrawing" => extension == "vml",
            _ => extension == "xml",
        }
    })
}

/// One relation: its id, and its target where that is a part.
pub(super) fn relation<'a>(
    attributes: &[(&'a str, &'a str)],
    shapes: &BTreeMap<&str, &'static Shape>,
) -> Result<(&'a str, Target), NotOurs> {
    let get = |key: &str| {
        attributes
            .iter()
            .find(|(k, _)| *k == key)
            .map_or("", |(_, v)| *v)
    };
    if attributes
        .iter()
        .any(|(k, _)| !matches!(*k, "Id" | "Type" | "Target" | "TargetMode"))
    {
        return Err(NotOurs("relation attribute"));
    }
    let (id, kind, target) = (get("Id"), get("Type"), get("Target"));
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
        return Err(NotOurs("relation id"));
    }
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    match get("TargetMode") {
        "" => {
            let name = target.strip_prefix('/').ok_or(NotOurs("relation target"))?;
            let shape = shapes.get(name).ok_or(NotOurs("relation to no part"))?;
            let base = if shape.relation == "diagramDrawing" {
                "http://schemas.microsoft.com/office/2007/relationships/"
            } else {
                office
            };
            if kind.strip_prefix(base) != Some(shape.relation) {
                return Err(NotOurs("relation type"));
            }
            let target = Target {
                kind: shape.relation,
                part: Some(name.to_owned()),
            };
            Ok((id, target))
        }
        "External" => {
            if kind.strip_prefix(office) == Some("hyperlink")
                && leads_to_the_web(&scan::plain(target))
            {
                let target = Target {
                    kind: "hyperlink",
                    part: None,
                };
                Ok((id, target))
            } else {
                Err(NotOurs("external relation"))
            }
        }
        _ => Err(NotOurs("target mode")),
    }
}
