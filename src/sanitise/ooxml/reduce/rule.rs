//! The dangerous names among the known ones, and what becomes of them.

use crate::sanitise::What;
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;

/// What becomes of an element.
pub(super) enum Rule {
    Keep,
    /// With all its content; noted where that matters to a reader.
    Remove(Option<What>),
    /// Its content stays.
    Unwrap,
}

/// What becomes of an attribute.
pub(super) enum Verdict {
    Keep,
    Drop(Option<What>),
}

#[rustfmt::skip] // a table is read by columns
pub(super) fn for_element(space: Space, local: &str) -> Rule {
    use Rule::{Keep, Remove, Unwrap};
    match (space, local) {
        // Word: what runs, fetches, merges or binds.
        (Space::W, "altChunk") => Remove(Some(What::AltChunk)),
        (Space::W, "subDoc") => Remove(Some(What::ExternalLink)),
        (Space::W, "control" | "movie") => Remove(Some(What::Activex)),
        (Space::W, "frameset" | "frame") => Remove(Some(What::Frame)),
        (Space::W, "attachedTemplate") => Remove(Some(What::RemoteTemplate)),
        (Space::W, "linkStyles") => Remove(None),
        (Space::W, "mailMerge") => Remove(Some(What::DataConnection)),
        (Space::W, "dataBinding" | "attachedSchema" | "schemaLibrary" | "saveThroughXslt"
            | "useXSLTWhenSaving" | "saveXmlDataOnly" | "customXmlPr") => Remove(Some(What::CustomXml)),
        (Space::W, "embedRegular" | "embedBold" | "embedItalic" | "embedBoldItalic") => Remove(Some(What::EmbeddedFont)),
        (Space::W, "embedTrueTypeFonts" | "embedSystemFonts" | "saveSubsetFonts") => Remove(None),
        (Space::W, "docVars" | "fldData") => Remove(Some(What::HiddenContent)),
        (Space::W, "entryMacro" | "exitMacro") => Remove(Some(What::EventHandler)),
        (Space::W, "contentPart") => Remove(Some(What::UnknownPart)),
        (Space::W, "printerSettings") => Remove(Some(What::PrinterSettings)),
        (Space::W, "rsids") => Remove(Some(What::Metadata)),
        (Space::W, "rsid" | "smartTagType" | "smartTagPr" | "shapeDefaults" | "hdrShapeDefaults"
            | "glossaryDocument" | "docPartObjLink") => Remove(None),
        (Space::W, "smartTag" | "customXml") => Unwrap,
        // Excel.
        (Space::S, "oleObjects" | "oleObject" | "oleSize") => Remove(Some(What::OleObject)),
        (Space::S, "controls" | "control") => Remove(Some(What::Activex)),
        (Space::S, "externalReferences" | "externalReference") => Remove(Some(What::ExternalLink)),
        (Space::S, "dataConsolidate") => Remove(Some(What::DataConnection)),
        (Space::S, "webPublishing" | "webPublishItems" | "webPublishObjects" | "customProperties"
            | "smartTags" | "cellSmartTags" | "smartTagPr" | "smartTagTypes" | "functionGroups"
            | "fileRecoveryPr" | "xmlColumnPr" | "xmlCellPr" | "customWorkbookViews"
            | "customSheetViews" | "fileSharing" | "singleXmlCells" | "volTypes"
            | "drawingHF") => Remove(None),
        (Space::Xdr, "contentPart") => Remove(Some(What::UnknownPart)),
        // PowerPoint.
        (Space::P, "controls" | "control") => Remove(Some(What::Activex)),
        (Space::P, "custDataLst" | "tags" | "smartTags" | "embeddedFontLst" | "htmlPubPr"
            | "webPr") => Remove(None),
        (Space::P, "sndAc" | "audio" | "video") => Remove(Some(What::RichMedia)),
        // A frame's own object is looked at before its content is reached.
        (Space::P, "oleObj" | "embed" | "link") => Remove(Some(What::OleObject)),
        (Space::P, "cmd") => Remove(Some(What::Action)),
        (Space::P, "contentPart") => Remove(Some(What::UnknownPart)),
        (Space::A, "audioFile" | "videoFile" | "wavAudioFile" | "quickTimeFile" | "audioCd" | "snd") => Remove(Some(What::RichMedia)),
        // Charts keep their cached data; the workbook behind them goes.
        (Space::C, "externalData") => Remove(Some(What::OleObject)),
        (Space::C, "printSettings") => Remove(None),
        // VML: only what draws.
        (Space::V, "background") => Remove(None),
        (Space::O, "OLEObject") => Remove(None),
        (Space::O, "lock" | "left" | "top" | "right" | "bottom" | "column" | "shapelayout" | "idmap"
            | "diagram" | "signatureline" | "ink" | "proxy" | "rules" | "r" | "rel" | "relationtable"
            | "regrouptable" | "entry" | "colormru" | "colormenu" | "shapedefaults" | "fill"
            | "skew" | "extrusion" | "callout" | "clippath" | "equationxml" | "complex"
            | "LinkType" | "LockedField" | "FieldCodes") => Remove(None),
        (Space::X, name) if !matches!(name, "ClientData" | "MoveWithCells" | "SizeWithCells" | "Anchor"
            | "AutoFill" | "Row" | "Column" | "Visible" | "Locked" | "LockText" | "TextHAlign"
            | "TextVAlign") => Remove(None),
        _ => Keep,
    }
}

#[rustfmt::skip] // a table is read by columns
pub(super) fn for_attribute(element: (Space, &str), attribute: (Space, &str), value: &str) -> Verdict {
    use Verdict::{Drop, Keep};
    match (element, attribute) {
        ((Space::W, _), (Space::W, name)) if name.starts_with("rsid") => Drop(None),
        ((Space::W, "hyperlink"), (Space::W, "docLocation" | "tgtFrame")) => Drop(None),
        // A place in this workbook; no sheet's name has these signs.
        ((Space::S, "hyperlink"), (Space::None, "location")) if value.contains(['/', '\\', '|']) => Drop(Some(What::Link)),
        // Clicking such a shape would call a macro.
        ((Space::Xdr | Space::Cdr, _), (Space::None, "macro")) => Drop((!value.is_empty()).then_some(What::Action)),
        ((Space::Xdr | Space::Cdr, _), (Space::None, "textlink")) => {
            if super::formula::is_harmless(value) { Keep } else { Drop(Some(What::ActiveFormula)) }
        }
        ((Space::S, "c"), (Space::None, "cm" | "vm")) => Drop(None),
        ((Space::S, _), (Space::None, "codeName" | "connectionId" | "queryTableFieldId" | "publishToServer"
            | "workbookParameter" | "refreshOnLoad")) => Drop(None),
        // A name that is set so is taken out as a whole before.
        ((Space::S, "definedName"), (Space::None, "xlm" | "function" | "vbProcedure" | "functionGroupId"
            | "shortcutKey")) => Drop(None),
        ((Space::S, "table"), (Space::None, "tableType")) if value != "worksheet" => Drop(None),
        ((Space::S, "workbookPr"), (Space::None, "updateLinks")) => Drop(None),
        ((Space::A, _), (Space::None, "invalidUrl" | "tgtFrame")) => Drop(None),
        // VML reaches outside through many names; only relations may lead anywhere.
        ((Space::V | Space::O, _), (Space::None, "href" | "src" | "althref" | "target")) => Drop(Some(What::Link)),
        ((Space::V | Space::O, _), (Space::O, "oleid")) => Drop((!value.is_empty()).then_some(What::OleObject)),
        ((Space::V | Space::O, _), (Space::O, name)) if name != "relid" && name != "spt" && name != "spid"
            && name != "connecttype" && name != "insetmode" && name != "title" => Drop(None),
        ((Space::V | Space::O, _), (Space::R, "href" | "pict" | "link")) => Drop(Some(What::ExternalImage)),
        _ => Keep,
    }
}

/// Parts that belong to another one without being named in its XML.
pub(super) fn is_implied(role: Role) -> bool {
    matches!(
        role,
        Role::Styles
            | Role::Numbering
            | Role::Settings
            | Role::FontTable
            | Role::Footnotes
            | Role::Endnotes
            | Role::WordComments
            | Role::SharedStrings
            | Role::SheetStyles
            | Role::SheetComments
            | Role::PivotTable
            | Role::PivotCache
            | Role::PivotRecords
            | Role::SlideLayout
            | Role::SlideMaster
            | Role::NotesSlide
            | Role::NotesMaster
            | Role::Slide
            | Role::TableStyles
            | Role::CommentAuthors
            | Role::SlideComments
            | Role::Theme
            | Role::ThemeOverride
            | Role::DiagramDrawing
    )
}
