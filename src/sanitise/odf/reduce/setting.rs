//! Settings (ODF 1.3 part 3, 3.10): those that change how a document looks or
//! what of it is in view. Printers, data sources, passwords, links and paths
//! are in no list, so they are gone.

use crate::sanitise::odf::model::{Open, Tape};
use crate::sanitise::odf::space::Space;
use crate::sanitise::{Report, What};

/// Truths and numbers that are kept.
const LOOKS: &str = "\
ActiveSplitRange AddExternalLeading AddFrameOffsets AddParaLineSpacingToTableCells \
AddParaSpacingToTableCells AddParaTableSpacing AddParaTableSpacingAtStart AddVerticalFrameOffsets \
AdjustTableLineHeightsToGridHeight AlignTabStopPosition AnchoredTextOverflowLegacy \
ApplyParagraphMarkFormatToNumbering ApplyTextAttrToEmptyLineAtEndOfParagraph \
AutoFirstLineIndentDisregardLineSpace BackgroundParaOverDrawings BalanceSpacesAndIdeographicSpace \
CharacterCompressionType ClipAsCharacterAnchoredWriterFlyFrames ClippedPictures \
CollapseEmptyCellPara ConsiderTextWrapOnObjPos ContinuousEndnotes CursorPositionX CursorPositionY \
DefaultTabStop DisableOffPagePositioning DoNotBreakWrappedTables DoNotCaptureDrawObjsOnPage \
DoNotJustifyLinesWithManualBreak DoNotMirrorRtlDrawObjs DoNotResetParaAttrsForNumFont \
DropCapPunctuation EmptyDbFieldHidesPara FloattableNomargins FootnoteInColumnToPageEnd \
FrameAutowidthWithMorePara GridColor GutterAtTop HasColumnRowHeaders HasSheetTabs \
HeaderSpacingBelowLastPara HorizontalSplitMode HorizontalSplitPosition HyphenateURLs \
IgnoreFirstLineIndentInNumbering IgnoreHiddenCharsForLineCalculation \
IgnoreTabsAndBlanksForLineCalculation InvertBorderSpacing IsAddParaSpacing IsKernAsianPunctuation \
IsOutlineSymbolsSet JustifyLinesWithShrinking MathBaselineAlignment MinRowHeightInclBorder \
MsWordCompGridMetrics MsWordCompMinLineHeightByFly MsWordCompTrailingBlanks MsWordUlTrailSpace \
NoClippingWithWrapPolygon NoGapAfterNoteNumber NoNumberingShowFollowBy OutlineLevelYieldsNumbering \
PageNumberFormat PageViewZoomValue ParagraphSummation PositionBottom PositionLeft PositionRight \
PositionTop PrinterIndependentLayout PropLineSpacingShrinksFirstLine ShowGrid ShowNotes \
ShowPageBreakPreview ShowPageBreaks ShowZeroValues SmallCapsPercentage66 StylesNoDefault \
SubtractFlysAnchoredAtFlys SurroundTextWrapSmall TabAtLeftIndentForParagraphsInList TabColor \
TabOverMargin TabOverSpacing TabOverflow TableRowKeep TabsRelativeToIndent \
TreatSingleColumnBreakAsPageBreak UnbreakableNumberings UnxForceZeroExtLeading \
UseFormerLineSpacing UseFormerObjectPositioning UseFormerTextWrapping UseOldNumbering \
UseOldPrinterMetrics UseVariableWidthNBSP VerticalSplitMode VerticalSplitPosition \
WordLikeWrapForAsCharFlys WrapAsCharFlysLikeInOOXML ZoomType ZoomValue";

/// Words that are kept: the sheet in view, and which signs begin and end no
/// line.
const SAYS: &[&str] = &[
    "ActiveTable",
    "BeginLine",
    "Country",
    "EndLine",
    "Language",
    "Variant",
];

/// Lists of entries that are kept.
const LISTS: &[&str] = &["ForbiddenCharacters", "Tables", "Views"];

/// Leaves the settings of the lists.
pub(super) fn reduce(tape: &mut Tape, untrusted_name: &str, report: &mut Report) {
    let places: Vec<(usize, Open)> = tape.opens().collect();
    for (at, open) in places {
        if tape.open(at).is_none() {
            continue;
        }
        let name = tape.value(open, Space::Config, "name").unwrap_or_default();
        let kept = match tape.local(open) {
            "config-item" => {
                let kind = tape.value(open, Space::Config, "type").unwrap_or_default();
                let value = tape.text_within(at);
                (is_plain(kind, &value) && LOOKS.split_ascii_whitespace().any(|look| look == name))
                    || (kind == "string" && SAYS.contains(&name))
            }
            "config-item-map-indexed" | "config-item-map-named" => LISTS.contains(&name),
            "config-item-set" => {
                matches!(name, "ooo:view-settings" | "ooo:configuration-settings")
            }
            _ => true,
        };
        if kept {
            continue;
        }
        if let Some(what) = loss(name).filter(|_| !tape.text_within(at).is_empty()) {
            report.removed(what, untrusted_name);
        }
        tape.remove(at);
    }
    // A list or set of nothing, inner ones first.
    let places: Vec<(usize, Open)> = tape.opens().collect();
    for (at, open) in places.into_iter().rev() {
        if tape.local(open).starts_with("config-item-") && tape.first_child(at).is_none() {
            tape.remove(at);
        }
    }
}

/// What the loss of a setting is called, where it is more than comfort.
fn loss(name: &str) -> Option<What> {
    match name {
        "PrinterSetup" | "PrinterName" | "PrinterFormat" => Some(What::PrinterSettings),
        "CurrentDatabaseDataSource" | "CurrentDatabaseCommand" | "EmbeddedDatabaseName" => {
            Some(What::DataConnection)
        }
        _ => None,
    }
}

fn is_plain(kind: &str, value: &str) -> bool {
    match kind {
        "boolean" => matches!(value, "true" | "false"),
        "short" | "int" | "long" => value.parse::<i64>().is_ok(),
        _ => false,
    }
}

/// All of them, for the test that holds them against the verifier's.
#[cfg(test)]
pub(in crate::sanitise::odf) fn all() -> impl Iterator<Item = &'static str> {
    LOOKS.split_ascii_whitespace().chain(SAYS.iter().copied())
}
