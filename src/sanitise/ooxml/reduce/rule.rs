//! The dangerous names among the known ones, and what becomes of them.

use crate::sanitise::What;
use crate::sanitise::ooxml::role::Role;
use crate::sanitise::ooxml::space::Space;

/// What becomes of an element.
pub(in crate::sanitise::ooxml) enum Rule {
    Keep,
    /// With all its content.
    Remove(What),
    /// Its content stays.
    Unwrap,
}

/// What becomes of an attribute.
pub(in crate::sanitise::ooxml) enum Verdict {
    Keep,
    Drop(Option<What>),
}

#[rustfmt::skip] // a table is read by columns
pub(in crate::sanitise::ooxml) fn for_element(space: Space, local: &str) -> Rule {
    use Rule::{Keep, Remove, Unwrap};
    match (space, local) {
        // Word: what runs, fetches, merges or binds.
        (Space::W, "altChunk") => Remove(What::AltChunk),
        (Space::W, "subDoc") => Remove(What::ExternalLink),
        (Space::W, "control" | "movie") => Remove(What::Activex),
        (Space::W, "frameset" | "frame") => Remove(What::Frame),
        (Space::W, "attachedTemplate") => Remove(What::RemoteTemplate),
        (Space::W, "mailMerge") => Remove(What::DataConnection),
        (Space::W, "dataBinding" | "attachedSchema" | "saveThroughXslt" | "useXSLTWhenSaving"
            | "saveXmlDataOnly" | "customXmlPr") => Remove(What::CustomXml),
        (Space::W, "embedRegular" | "embedBold" | "embedItalic" | "embedBoldItalic") => Remove(What::EmbeddedFont),
        (Space::W, "docVars" | "fldData") => Remove(What::HiddenContent),
        (Space::W, "entryMacro" | "exitMacro") => Remove(What::EventHandler),
        (Space::W | Space::Wp | Space::Xdr | Space::P, "contentPart") => Remove(What::UnknownPart),
        (Space::W, "printerSettings") => Remove(What::PrinterSettings),
        (Space::W, "rsids") => Remove(What::Metadata),
        (Space::W, "smartTag" | "customXml") => Unwrap,
        // Excel.
        (Space::S, "oleObjects" | "oleObject" | "oleSize") => Remove(What::OleObject),
        (Space::S, "controls" | "control") => Remove(What::Activex),
        // Of a box to tick, which is looked at before and taken out as a whole.
        (Space::X, "Checked") => Remove(What::Activex),
        (Space::S, "externalReferences" | "externalReference") => Remove(What::ExternalLink),
        (Space::S, "dataConsolidate") => Remove(What::DataConnection),
        // PowerPoint.
        (Space::P, "controls" | "control") => Remove(What::Activex),
        (Space::P, "sndAc" | "audio" | "video" | "snd" | "sndTgt") => Remove(What::RichMedia),
        // A frame's own object is looked at before its content is reached.
        (Space::P, "oleObj" | "embed" | "link") => Remove(What::OleObject),
        (Space::P, "cmd") => Remove(What::Action),
        (Space::A, "audioFile" | "videoFile" | "wavAudioFile" | "quickTimeFile" | "audioCd" | "snd") => Remove(What::RichMedia),
        // Charts keep their cached data; the workbook behind them goes.
        (Space::C, "externalData") => Remove(What::OleObject),
        _ => Keep,
    }
}

#[rustfmt::skip] // a table is read by columns
pub(in crate::sanitise::ooxml) fn for_attribute(element: (Space, &str), attribute: (Space, &str), value: &str) -> Verdict {
    use Verdict::{Drop, Keep};
    match (element, attribute) {
        // A place in this workbook; no sheet's name has these signs.
        ((Space::S, "hyperlink"), (Space::None, "location")) if value.contains(['/', '\\', '|', '[']) => Drop(Some(What::Link)),
        // Which cells a formula looks at; another book stands in brackets.
        ((Space::S, "f"), (Space::None, "ref" | "r1" | "r2")) if value.contains('[') => Drop(Some(What::ExternalLink)),
        // Clicking such a shape would call a macro.
        ((Space::Xdr | Space::Cdr, _), (Space::None, "macro")) => Drop((!value.is_empty()).then_some(What::Action)),
        ((Space::Xdr | Space::Cdr, _), (Space::None, "textlink"))
        | ((Space::S, "cfvo"), (Space::None, "val")) => {
            if super::formula::is_harmless(value) { Keep } else { Drop(Some(What::ActiveFormula)) }
        }
        ((Space::S, _), (Space::None, "formula")) => {
            if super::formula::is_harmless_over_fields(value) { Keep } else { Drop(Some(What::ActiveFormula)) }
        }
        // A name that is set so is taken out as a whole before.
        ((Space::S, _), (Space::None, "xlm" | "function" | "vbProcedure")) => Drop(None),
        ((Space::S, "table"), (Space::None, "tableType")) if value != "worksheet" => Drop(None),
        // VML reaches outside through many names; only relations may lead anywhere.
        ((Space::V, _), (Space::None, "href" | "src" | "althref" | "target")) => Drop(Some(What::Link)),
        ((Space::V, _), (Space::None, "style")) if value.to_ascii_lowercase().contains("url(") => Drop(Some(What::Link)),
        (_, (Space::O, "oleid")) => Drop((!value.is_empty()).then_some(What::OleObject)),
        ((Space::V, _), (Space::R, "pict" | "link")) => Drop(Some(What::ExternalImage)),
        (_, (Space::R, "pict" | "link")) => Drop(None),
        _ => Keep,
    }
}

/// Whether a part with a root of this namespace may use that one. Where a
/// stranger's part does, what it names means nothing there.
pub(in crate::sanitise::ooxml) fn belongs(root: Space, space: Space) -> bool {
    let drawing = matches!(
        space,
        Space::R | Space::A | Space::A14 | Space::M | Space::Xml
    );
    let graphic = drawing || matches!(space, Space::C | Space::Dgm);
    match root {
        Space::W => {
            graphic
                || matches!(
                    space,
                    Space::W | Space::Wp | Space::Wp14 | Space::Wps | Space::Wpg | Space::Wpc
                )
                || matches!(
                    space,
                    Space::W14 | Space::W15 | Space::Pic | Space::V | Space::O | Space::W10
                )
        }
        Space::S => matches!(
            space,
            Space::S | Space::X14 | Space::Xm | Space::R | Space::Xml
        ),
        Space::Xdr | Space::P => graphic || space == root,
        Space::C => drawing || matches!(space, Space::C | Space::Cdr),
        Space::Dgm => drawing || matches!(space, Space::Dgm | Space::Dsp),
        Space::Dsp => drawing || space == Space::Dsp,
        Space::A => matches!(space, Space::A | Space::R | Space::Xml),
        // The root of VML stands in no namespace.
        _ => matches!(
            space,
            Space::None | Space::V | Space::O | Space::X | Space::R | Space::Xml
        ),
    }
}

/// What a relation id may lead to: an address, or parts with these roles.
pub(in crate::sanitise::ooxml) struct Leads {
    pub(in crate::sanitise::ooxml) to_the_web: bool,
    pub(in crate::sanitise::ooxml) to: &'static [Role],
}

/// Whither the relation id of an attribute may lead. Readers go by the id
/// alone, so an id in the wrong place would load what its relation names.
pub(in crate::sanitise::ooxml) fn leads(element: (Space, &str), attribute: (Space, &str)) -> Leads {
    let parts = |to| Leads {
        to_the_web: false,
        to,
    };
    match (element, attribute) {
        ((Space::A, "hlinkClick" | "hlinkHover" | "hlinkMouseOver"), (Space::R, "id")) => Leads {
            to_the_web: true,
            to: &[Role::Slide],
        },
        ((Space::W | Space::S, "hyperlink"), (Space::R, "id")) => Leads {
            to_the_web: true,
            to: &[],
        },
        ((Space::A, "blip"), (Space::R, "embed"))
        | ((Space::V, "imagedata" | "fill" | "stroke"), (Space::R, "id") | (Space::O, "relid"))
        | ((Space::W, "top" | "left" | "bottom" | "right"), (Space::R, "id"))
        | ((Space::S, "picture"), (Space::R, "id")) => parts(&[Role::Picture]),
        ((Space::C, "chart"), (Space::R, "id")) => parts(&[Role::Chart]),
        ((Space::C, "userShapes"), (Space::R, "id")) => parts(&[Role::ChartShapes]),
        ((Space::Dgm, "relIds"), (Space::R, "dm")) => parts(&[Role::DiagramData]),
        ((Space::Dgm, "relIds"), (Space::R, "lo")) => parts(&[Role::DiagramLayout]),
        ((Space::Dgm, "relIds"), (Space::R, "qs")) => parts(&[Role::DiagramStyle]),
        ((Space::Dgm, "relIds"), (Space::R, "cs")) => parts(&[Role::DiagramColors]),
        ((Space::W, "headerReference"), (Space::R, "id")) => parts(&[Role::Header]),
        ((Space::W, "footerReference"), (Space::R, "id")) => parts(&[Role::Footer]),
        ((Space::S, "sheet"), (Space::R, "id")) => parts(&[Role::Worksheet, Role::Chartsheet]),
        ((Space::S, "drawing"), (Space::R, "id")) => parts(&[Role::SheetDrawing]),
        ((Space::S, "legacyDrawing" | "legacyDrawingHF"), (Space::R, "id")) => parts(&[Role::Vml]),
        ((Space::S, "tablePart"), (Space::R, "id")) => parts(&[Role::Table]),
        ((Space::S, "pivotCache"), (Space::R, "id")) => parts(&[Role::PivotCache]),
        ((Space::S, "pivotCacheDefinition"), (Space::R, "id")) => parts(&[Role::PivotRecords]),
        ((Space::S, "pivotSelection"), (Space::R, "id")) => parts(&[Role::PivotTable]),
        ((Space::P, "sldId" | "sld"), (Space::R, "id")) => parts(&[Role::Slide]),
        ((Space::P, "sldLayoutId"), (Space::R, "id")) => parts(&[Role::SlideLayout]),
        ((Space::P, "sldMasterId"), (Space::R, "id")) => parts(&[Role::SlideMaster]),
        ((Space::P, "notesMasterId"), (Space::R, "id")) => parts(&[Role::NotesMaster]),
        ((Space::P, "handoutMasterId"), (Space::R, "id")) => parts(&[Role::HandoutMaster]),
        _ => parts(&[]),
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
    )
}
