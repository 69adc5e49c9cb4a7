//! What a part can be: from which relation and content type it is known, what
//! its root is, and how we name it. A part that is in no row is not read.

use super::model::Family;
use super::space::Space;

/// The roles we keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Document,
    Styles,
    Numbering,
    Settings,
    FontTable,
    Footnotes,
    Endnotes,
    WordComments,
    Header,
    Footer,
    Workbook,
    Worksheet,
    Chartsheet,
    SharedStrings,
    SheetStyles,
    SheetDrawing,
    Table,
    SheetComments,
    Vml,
    PivotTable,
    PivotCache,
    PivotRecords,
    Presentation,
    Slide,
    SlideLayout,
    SlideMaster,
    NotesSlide,
    NotesMaster,
    HandoutMaster,
    TableStyles,
    CommentAuthors,
    SlideComments,
    Theme,
    ThemeOverride,
    Chart,
    ChartShapes,
    DiagramData,
    DiagramLayout,
    DiagramStyle,
    DiagramColors,
    DiagramDrawing,
    /// Read for the pictures in it, never written.
    SlideVml,
    Picture,
}

/// One role's row.
pub(super) struct Row {
    pub(super) role: Role,
    /// Last step of the relation's type.
    pub(super) relation: &'static str,
    /// Content types are all `application/vnd.` + one of these + `+xml`; the
    /// first is the one we write.
    pub(super) types: &'static [&'static str],
    pub(super) root: (Space, &'static str),
    /// Our name without number and extension.
    pub(super) name: &'static str,
    pub(super) numbered: bool,
    /// `None`: in every family.
    pub(super) family: Option<Family>,
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
const RELATIONS_STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/";
const RELATIONS_2007: &str = "http://schemas.microsoft.com/office/2007/relationships/";

macro_rules! row {
    ($role:ident, $relation:literal, [$($type:literal),+], $space:ident $root:literal, $name:literal, $numbered:literal, $family:expr) => {
        Row {
            role: Role::$role,
            relation: $relation,
            types: &[$($type),+],
            root: (Space::$space, $root),
            name: $name,
            numbered: $numbered,
            family: $family,
        }
    };
}

const WORD: Option<Family> = Some(Family::Word);
const SHEET: Option<Family> = Some(Family::Sheet);
const SLIDES: Option<Family> = Some(Family::Slides);

#[rustfmt::skip] // a table is read by columns
pub(super) const ROWS: &[Row] = &[
    row!(Document, "officeDocument", ["openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main", "openxmlformats-officedocument.wordprocessingml.template.main", "ms-word.template.macroEnabledTemplate.main"], W "document", "word/document", false, WORD),
    row!(Styles, "styles", ["openxmlformats-officedocument.wordprocessingml.styles"], W "styles", "word/styles", false, WORD),
    row!(Numbering, "numbering", ["openxmlformats-officedocument.wordprocessingml.numbering"], W "numbering", "word/numbering", false, WORD),
    row!(Settings, "settings", ["openxmlformats-officedocument.wordprocessingml.settings"], W "settings", "word/settings", false, WORD),
    row!(FontTable, "fontTable", ["openxmlformats-officedocument.wordprocessingml.fontTable"], W "fonts", "word/fontTable", false, WORD),
    row!(Footnotes, "footnotes", ["openxmlformats-officedocument.wordprocessingml.footnotes"], W "footnotes", "word/footnotes", false, WORD),
    row!(Endnotes, "endnotes", ["openxmlformats-officedocument.wordprocessingml.endnotes"], W "endnotes", "word/endnotes", false, WORD),
    row!(WordComments, "comments", ["openxmlformats-officedocument.wordprocessingml.comments"], W "comments", "word/comments", false, WORD),
    row!(Header, "header", ["openxmlformats-officedocument.wordprocessingml.header"], W "hdr", "word/header", true, WORD),
    row!(Footer, "footer", ["openxmlformats-officedocument.wordprocessingml.footer"], W "ftr", "word/footer", true, WORD),
    row!(Workbook, "officeDocument", ["openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main", "openxmlformats-officedocument.spreadsheetml.template.main", "ms-excel.template.macroEnabled.main"], S "workbook", "xl/workbook", false, SHEET),
    row!(Worksheet, "worksheet", ["openxmlformats-officedocument.spreadsheetml.worksheet"], S "worksheet", "xl/worksheets/sheet", true, SHEET),
    row!(Chartsheet, "chartsheet", ["openxmlformats-officedocument.spreadsheetml.chartsheet"], S "chartsheet", "xl/chartsheets/sheet", true, SHEET),
    row!(SharedStrings, "sharedStrings", ["openxmlformats-officedocument.spreadsheetml.sharedStrings"], S "sst", "xl/sharedStrings", false, SHEET),
    row!(SheetStyles, "styles", ["openxmlformats-officedocument.spreadsheetml.styles"], S "styleSheet", "xl/styles", false, SHEET),
    row!(SheetDrawing, "drawing", ["openxmlformats-officedocument.drawing"], Xdr "wsDr", "xl/drawings/drawing", true, SHEET),
    row!(Table, "table", ["openxmlformats-officedocument.spreadsheetml.table"], S "table", "xl/tables/table", true, SHEET),
    row!(SheetComments, "comments", ["openxmlformats-officedocument.spreadsheetml.comments"], S "comments", "xl/comments", true, SHEET),
    row!(Vml, "vmlDrawing", ["openxmlformats-officedocument.vmlDrawing"], None "xml", "xl/drawings/vmlDrawing", true, SHEET),
    row!(PivotTable, "pivotTable", ["openxmlformats-officedocument.spreadsheetml.pivotTable"], S "pivotTableDefinition", "xl/pivotTables/pivotTable", true, SHEET),
    row!(PivotCache, "pivotCacheDefinition", ["openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition"], S "pivotCacheDefinition", "xl/pivotCache/pivotCacheDefinition", true, SHEET),
    row!(PivotRecords, "pivotCacheRecords", ["openxmlformats-officedocument.spreadsheetml.pivotCacheRecords"], S "pivotCacheRecords", "xl/pivotCache/pivotCacheRecords", true, SHEET),
    row!(Presentation, "officeDocument", ["openxmlformats-officedocument.presentationml.presentation.main", "ms-powerpoint.presentation.macroEnabled.main", "openxmlformats-officedocument.presentationml.template.main", "ms-powerpoint.template.macroEnabled.main", "openxmlformats-officedocument.presentationml.slideshow.main", "ms-powerpoint.slideshow.macroEnabled.main"], P "presentation", "ppt/presentation", false, SLIDES),
    row!(Slide, "slide", ["openxmlformats-officedocument.presentationml.slide"], P "sld", "ppt/slides/slide", true, SLIDES),
    row!(SlideLayout, "slideLayout", ["openxmlformats-officedocument.presentationml.slideLayout"], P "sldLayout", "ppt/slideLayouts/slideLayout", true, SLIDES),
    row!(SlideMaster, "slideMaster", ["openxmlformats-officedocument.presentationml.slideMaster"], P "sldMaster", "ppt/slideMasters/slideMaster", true, SLIDES),
    row!(NotesSlide, "notesSlide", ["openxmlformats-officedocument.presentationml.notesSlide"], P "notes", "ppt/notesSlides/notesSlide", true, SLIDES),
    row!(NotesMaster, "notesMaster", ["openxmlformats-officedocument.presentationml.notesMaster"], P "notesMaster", "ppt/notesMasters/notesMaster", true, SLIDES),
    row!(HandoutMaster, "handoutMaster", ["openxmlformats-officedocument.presentationml.handoutMaster"], P "handoutMaster", "ppt/handoutMasters/handoutMaster", true, SLIDES),
    row!(TableStyles, "tableStyles", ["openxmlformats-officedocument.presentationml.tableStyles"], A "tblStyleLst", "ppt/tableStyles", false, SLIDES),
    row!(CommentAuthors, "commentAuthors", ["openxmlformats-officedocument.presentationml.commentAuthors"], P "cmAuthorLst", "ppt/commentAuthors", false, SLIDES),
    row!(SlideComments, "comments", ["openxmlformats-officedocument.presentationml.comments"], P "cmLst", "ppt/comments/comment", true, SLIDES),
    row!(SlideVml, "vmlDrawing", ["openxmlformats-officedocument.vmlDrawing"], None "xml", "ppt/drawings/vmlDrawing", true, SLIDES),
    row!(Theme, "theme", ["openxmlformats-officedocument.theme"], A "theme", "theme/theme", true, None),
    row!(ThemeOverride, "themeOverride", ["openxmlformats-officedocument.themeOverride"], A "themeOverride", "theme/themeOverride", true, None),
    row!(Chart, "chart", ["openxmlformats-officedocument.drawingml.chart"], C "chartSpace", "charts/chart", true, None),
    row!(ChartShapes, "chartUserShapes", ["openxmlformats-officedocument.drawingml.chartshapes"], C "userShapes", "drawings/shapes", true, None),
    row!(DiagramData, "diagramData", ["openxmlformats-officedocument.drawingml.diagramData"], Dgm "dataModel", "diagrams/data", true, None),
    row!(DiagramLayout, "diagramLayout", ["openxmlformats-officedocument.drawingml.diagramLayout"], Dgm "layoutDef", "diagrams/layout", true, None),
    row!(DiagramStyle, "diagramQuickStyle", ["openxmlformats-officedocument.drawingml.diagramStyle"], Dgm "styleDef", "diagrams/quickStyle", true, None),
    row!(DiagramColors, "diagramColors", ["openxmlformats-officedocument.drawingml.diagramColors"], Dgm "colorsDef", "diagrams/colors", true, None),
    row!(DiagramDrawing, "diagramDrawing", ["ms-office.drawingml.diagramDrawing"], Dsp "drawing", "diagrams/drawing", true, None),
    row!(Picture, "image", [""], None "", "media/image", true, None),
];

impl Role {
    pub(super) fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.role == self)
    }
}

impl Row {
    /// Whether an input part may declare this content type.
    pub(super) fn takes(&self, untrusted_type: &str) -> bool {
        self.types
            .iter()
            .any(|known| untrusted_type.eq_ignore_ascii_case(&spelled(self.role, known)))
    }

    /// The content type we write.
    pub(super) fn content_type(&self) -> String {
        spelled(self.role, self.types.first().copied().unwrap_or_default())
    }

    /// The type of relations that lead to it, as we write them.
    pub(super) fn relation_type(&self) -> String {
        let base = if self.role == Role::DiagramDrawing {
            RELATIONS_2007
        } else {
            RELATIONS
        };
        format!("{base}{}", self.relation)
    }
}

fn spelled(role: Role, known: &str) -> String {
    // The one type without the `+xml` ending.
    if matches!(role, Role::Vml | Role::SlideVml) {
        return format!("application/vnd.{known}");
    }
    format!("application/vnd.{known}+xml")
}

/// The last step of a relation type of the office families.
pub(super) fn step(untrusted_type: &str) -> Option<&str> {
    [RELATIONS, RELATIONS_STRICT, RELATIONS_2007]
        .iter()
        .find_map(|base| untrusted_type.strip_prefix(base))
}

/// The role that a relation of this type leads to.
pub(super) fn by_relation(family: Family, step: &str) -> Option<&'static Row> {
    ROWS.iter()
        .find(|row| row.relation == step && row.family.is_none_or(|of| of == family))
}

/// The family of a main part's content type.
pub(super) fn family(untrusted_type: &str) -> Option<Family> {
    ROWS.iter()
        .filter(|row| row.relation == "officeDocument")
        .find(|row| row.takes(untrusted_type))
        .and_then(|row| row.family)
}
