//! Settings: truths, numbers, and a few words; nothing of printers, data,
//! passwords, links or programs.

use std::str::FromStr as _;

use crate::sanitise::office::verify::scan::{self, Piece};
use crate::sanitise::office::verify::{Checked, NotOurs};

/// The only ones that are words.
const WORDS: &[&str] = &[
    "ActiveTable",
    "BeginLine",
    "Country",
    "EndLine",
    "Language",
    "Variant",
];

/// Those that are truths and numbers.
const LOOKS: &str = "\
ActiveSplitRange AddExternalLeading AddFrameOffsets AddParaLineSpacingToTableCells \
AddParaSpacingToTableCells AddParaTableSpacing AddParaTableSpacingAtStart \
AddVerticalFrameOffsets AdjustTableLineHeightsToGridHeight AlignTabStopPosition \
AnchoredTextOverflowLegacy ApplyParagraphMarkFormatToNumbering \
ApplyTextAttrToEmptyLineAtEndOfParagraph AutoFirstLineIndentDisregardLineSpace \
BackgroundParaOverDrawings BalanceSpacesAndIdeographicSpace CharacterCompressionType \
ClipAsCharacterAnchoredWriterFlyFrames ClippedPictures CollapseEmptyCellPara \
ConsiderTextWrapOnObjPos ContinuousEndnotes CursorPositionX CursorPositionY DefaultTabStop \
DisableOffPagePositioning DoNotBreakWrappedTables DoNotCaptureDrawObjsOnPage \
DoNotJustifyLinesWithManualBreak DoNotMirrorRtlDrawObjs DoNotResetParaAttrsForNumFont \
DropCapPunctuation EmptyDbFieldHidesPara FloattableNomargins FootnoteInColumnToPageEnd \
FrameAutowidthWithMorePara GridColor GutterAtTop HasColumnRowHeaders HasSheetTabs \
HeaderSpacingBelowLastPara HorizontalSplitMode HorizontalSplitPosition HyphenateURLs \
IgnoreFirstLineIndentInNumbering IgnoreHiddenCharsForLineCalculation \
IgnoreTabsAndBlanksForLineCalculation InvertBorderSpacing IsAddParaSpacing \
IsKernAsianPunctuation IsOutlineSymbolsSet JustifyLinesWithShrinking MathBaselineAlignment \
MinRowHeightInclBorder MsWordCompGridMetrics MsWordCompMinLineHeightByFly \
MsWordCompTrailingBlanks MsWordUlTrailSpace NoClippingWithWrapPolygon NoGapAfterNoteNumber \
NoNumberingShowFollowBy OutlineLevelYieldsNumbering PageNumberFormat PageViewZoomValue \
ParagraphSummation PositionBottom PositionLeft PositionRight PositionTop \
PrinterIndependentLayout PropLineSpacingShrinksFirstLine ShowGrid ShowNotes \
ShowPageBreakPreview ShowPageBreaks ShowZeroValues SmallCapsPercentage66 StylesNoDefault \
SubtractFlysAnchoredAtFlys SurroundTextWrapSmall TabAtLeftIndentForParagraphsInList TabColor \
TabOverMargin TabOverSpacing TabOverflow TableRowKeep TabsRelativeToIndent \
TreatSingleColumnBreakAsPageBreak UnbreakableNumberings UnxForceZeroExtLeading \
UseFormerLineSpacing UseFormerObjectPositioning UseFormerTextWrapping UseOldNumbering \
UseOldPrinterMetrics UseVariableWidthNBSP VerticalSplitMode VerticalSplitPosition \
WordLikeWrapForAsCharFlys WrapAsCharFlysLikeInOOXML ZoomType ZoomValue";

/// Checks the settings.
pub(super) fn check(text: &str) -> Checked {
    let mut item: Option<(&str, &str)> = None;
    let mut words = String::new();
    let mut pieces = scan::pieces(text)?;
    while let Some(piece) = pieces.step()? {
        match piece {
            Piece::Open {
                name,
                attributes,
                root,
            } => {
                let get = |key: &str| {
                    let found = attributes.iter().find(|(k, _)| *k == key);
                    found.map_or("", |(_, value)| *value)
                };
                if root != (name == "office:document-settings") {
                    return Err(NotOurs("settings' root"));
                }
                match name {
                    "office:document-settings" | "office:settings" => continue,
                    "config:config-item" => {
                        words.clear();
                        item = Some((get("config:name"), get("config:type")));
                    }
                    "config:config-item-set" => {
                        let known = ["ooo:view-settings", "ooo:configuration-settings"];
                        if !known.contains(&get("config:name")) {
                            return Err(NotOurs("set of settings"));
                        }
                    }
                    "config:config-item-map-indexed" | "config:config-item-map-named" => {
                        let known = ["ForbiddenCharacters", "Tables", "Views"];
                        if !known.contains(&get("config:name")) {
                            return Err(NotOurs("list of settings"));
                        }
                    }
                    "config:config-item-map-entry" => {}
                    _ => return Err(NotOurs("settings' element")),
                }
                if attributes
                    .iter()
                    .any(|(key, _)| !matches!(*key, "config:name" | "config:type"))
                {
                    return Err(NotOurs("settings' attribute"));
                }
            }
            Piece::Text(piece) => words.push_str(piece),
            Piece::Close { name } => {
                if name == "config:config-item"
                    && let Some((name, kind)) = item.take()
                {
                    value(name, kind, &words)?;
                }
            }
        }
    }
    Ok(())
}

fn value(name: &str, kind: &str, words: &str) -> Checked {
    let looks = || LOOKS.split_ascii_whitespace().any(|look| look == name);
    let plain = match kind {
        "boolean" => matches!(words, "true" | "false") && looks(),
        "short" | "int" | "long" => i64::from_str(words).is_ok() && looks(),
        "string" => WORDS.contains(&name),
        _ => false,
    };
    if plain {
        scan::in_order(words)
    } else {
        Err(NotOurs("value of a setting"))
    }
}

/// All of them, for the test that holds them against what is left.
#[cfg(test)]
pub(in crate::sanitise::odf) fn all() -> impl Iterator<Item = &'static str> {
    LOOKS.split_ascii_whitespace().chain(WORDS.iter().copied())
}
