//! Properties of drawings (RTF 1.9.1, "Drawing Object Properties"): those that
//! say how something looks, with numbers for values. What names a file, an
//! address, a macro or a person is not on the list.

use super::model::Value;

/// Numbers: kind, place, size, colours, lines, fills, shadows, wrapping.
const NUMBERS: &str = "
    shapeType fFlipH fFlipV rotation fPseudoInline fLayoutInCell fAllowOverlap fLockAnchor
    fRelChangePage fRelFlipH fRelFlipV fRelRotation fRelativeToAnchor fBehindDocument
    fEditedWrap fBackground fDeleteAttachedObject fInitiator fPreferRelativeResize
    fLockRotation fLockAspectRatio fLockPosition fLockAgainstSelect fLockCropping fLockVertices
    fLockText fLockAdjustHandles fLockAgainstGrouping fLockShapeType
    groupLeft groupTop groupRight groupBottom relLeft relTop relRight relBottom relRotation
    dxTextLeft dyTextTop dxTextRight dyTextBottom WrapText anchorText txflTextFlow cdirFont hspNext
    txdir fSelectText fAutoTextMargin fRotateText fFitShapeToText fFitTextToShape fColumnLineSet
    gtextAlign gtextSize gtextSpacing fGtext gtextFVertical gtextFKern gtextFTight gtextFStretch
    gtextFShrinkFit gtextFBestFit gtextFNormalize gtextFDxMeasure gtextFBold gtextFItalic
    gtextFUnderline gtextFShadow gtextFSmallcaps gtextFStrikethrough
    cropFromTop cropFromBottom cropFromLeft cropFromRight pictureTransparent pictureContrast
    pictureBrightness pictureGamma pictureGray pictureBiLevel
    geoLeft geoTop geoRight geoBottom shapePath adjustValue adjust2Value adjust3Value adjust4Value
    adjust5Value adjust6Value adjust7Value adjust8Value adjust9Value adjust10Value fShadowOK f3DOK
    fLineOK fGtextOK fFillShadeShapeOK fFillOK
    fillType fillColor fillOpacity fillBackColor fillBackOpacity fillCrMod fillWidth fillHeight fillAngle
    fillFocus fillToLeft fillToTop fillToRight fillToBottom fillRectLeft fillRectTop fillRectRight
    fillRectBottom fillDztype fillShadePreset fillOriginX fillOriginY fillShapeOriginX fillShapeOriginY
    fillShadeType fFilled fHitTestFill fillShape fillUseRect fNoFillHitTest
    lineColor lineOpacity lineBackColor lineCrMod lineType lineFillWidth lineFillHeight lineFillDztype
    lineWidth lineMiterLimit lineStyle lineDashing lineStartArrowhead lineEndArrowhead
    lineStartArrowWidth lineStartArrowLength lineEndArrowWidth lineEndArrowLength lineJoinStyle
    lineEndCapStyle fArrowheadsOK fLine fHitTestLine lineFillShape fNoLineDrawDash fLineUseShapeAnchor
    shadowType shadowColor shadowHighlight shadowCrMod shadowOpacity shadowOffsetX shadowOffsetY
    shadowSecondOffsetX shadowSecondOffsetY shadowScaleXToX shadowScaleYToX shadowScaleXToY
    shadowScaleYToY shadowPerspectiveX shadowPerspectiveY shadowWeight shadowOriginX shadowOriginY
    fShadow fshadowObscured
    dxWrapDistLeft dyWrapDistTop dxWrapDistRight dyWrapDistBottom posh posrelh posv posrelv dhgt
    pctHoriz pctVert pctHorizPos pctVertPos sizerelh sizerelv fUserDrawn fUseShapeAnchor
    fHorizRule fStandardHR fNoshadeHR alignHR dxWidthHR dxHeightHR pctHR fIsSignatureLine
    borderTopColor borderLeftColor borderBottomColor borderRightColor
    ";
/// Lists of points and of what joins them.
const POINTS: &str = "pVertices pSegmentInfo pWrapPolygonVertices";
/// Words that are drawn.
const TEXTS: &str = "gtextUNICODE gtextFont";
/// Pictures.
const PICTURES: &str = "pib fillBlip";

/// The longest list of points, in bytes.
const MOST_POINTS: usize = 65_536;
/// The longest words that are drawn, in bytes.
const LONGEST_TEXT: usize = 1_024;

/// The name and value as they may be written.
pub(super) fn judge(untrusted_name: &str, value: Value) -> Option<(&'static str, Value)> {
    let among = |names: &'static str| {
        names
            .split_ascii_whitespace()
            .find(|name| *name == untrusted_name.trim())
    };
    match value {
        Value::Picture(_) => Some((among(PICTURES)?, value)),
        Value::Words(words) => {
            let words = words.trim();
            let (name, fits) = if let Some(name) = among(NUMBERS) {
                (name, words.parse::<i32>().is_ok())
            } else if let Some(name) = among(POINTS) {
                let point = |b: u8| b.is_ascii_digit() || b"(),;-".contains(&b);
                (name, words.len() <= MOST_POINTS && words.bytes().all(point))
            } else {
                (among(TEXTS)?, words.len() <= LONGEST_TEXT)
            };
            // `+5` is a number to us and none to the verifier.
            let plain = !words.is_empty() && !words.starts_with('+');
            (fits && plain).then(|| (name, Value::Words(words.to_owned())))
        }
    }
}

/// All names, for the test that holds them against the verifier's.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let names = [NUMBERS, POINTS, TEXTS, PICTURES];
    names.into_iter().flat_map(str::split_ascii_whitespace)
}
