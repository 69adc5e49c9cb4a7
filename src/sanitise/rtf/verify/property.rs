//! Properties of drawings: a number, points, drawn words or a picture, each
//! under a name of the list.

use std::str::FromStr as _;

/// What stands as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Points,
    Words,
    Picture,
}

#[rustfmt::skip] // a table is read by columns
const NAMES: &[(Kind, &str)] = &[
    (Kind::Number, "
        WrapText adjust10Value adjust2Value adjust3Value adjust4Value adjust5Value adjust6Value adjust7Value
        adjust8Value adjust9Value adjustValue alignHR anchorText borderBottomColor borderLeftColor
        borderRightColor borderTopColor cdirFont cropFromBottom cropFromLeft cropFromRight cropFromTop dhgt
        dxHeightHR dxTextLeft dxTextRight dxWidthHR dxWrapDistLeft dxWrapDistRight dyTextBottom dyTextTop
        dyWrapDistBottom dyWrapDistTop f3DOK fAllowOverlap fArrowheadsOK fAutoTextMargin fBackground
        fBehindDocument fColumnLineSet fDeleteAttachedObject fEditedWrap fFillOK fFillShadeShapeOK fFilled
        fFitShapeToText fFitTextToShape fFlipH fFlipV fGtext fGtextOK fHitTestFill fHitTestLine fHorizRule
        fInitiator fIsSignatureLine fLayoutInCell fLine fLineOK fLineUseShapeAnchor fLockAdjustHandles
        fLockAgainstGrouping fLockAgainstSelect fLockAnchor fLockAspectRatio fLockCropping fLockPosition
        fLockRotation fLockShapeType fLockText fLockVertices fNoFillHitTest fNoLineDrawDash fNoshadeHR
        fPreferRelativeResize fPseudoInline fRelChangePage fRelFlipH fRelFlipV fRelRotation
        fRelativeToAnchor fRotateText fSelectText fShadow fShadowOK fStandardHR fUseShapeAnchor fUserDrawn
        fillAngle fillBackColor fillBackOpacity fillColor fillCrMod fillDztype fillFocus fillHeight
        fillOpacity fillOriginX fillOriginY fillRectBottom fillRectLeft fillRectRight fillRectTop
        fillShadePreset fillShadeType fillShape fillShapeOriginX fillShapeOriginY fillToBottom fillToLeft
        fillToRight fillToTop fillType fillUseRect fillWidth fshadowObscured geoBottom geoLeft geoRight
        geoTop groupBottom groupLeft groupRight groupTop gtextAlign gtextFBestFit gtextFBold gtextFDxMeasure
        gtextFItalic gtextFKern gtextFNormalize gtextFShadow gtextFShrinkFit gtextFSmallcaps gtextFStretch
        gtextFStrikethrough gtextFTight gtextFUnderline gtextFVertical gtextSize gtextSpacing hspNext
        lineBackColor lineColor lineCrMod lineDashing lineEndArrowLength lineEndArrowWidth lineEndArrowhead
        lineEndCapStyle lineFillDztype lineFillHeight lineFillShape lineFillWidth lineJoinStyle
        lineMiterLimit lineOpacity lineStartArrowLength lineStartArrowWidth lineStartArrowhead lineStyle
        lineType lineWidth pctHR pctHoriz pctHorizPos pctVert pctVertPos pictureBiLevel pictureBrightness
        pictureContrast pictureGamma pictureGray pictureTransparent posh posrelh posrelv posv relBottom
        relLeft relRight relRotation relTop rotation shadowColor shadowCrMod shadowHighlight shadowOffsetX
        shadowOffsetY shadowOpacity shadowOriginX shadowOriginY shadowPerspectiveX shadowPerspectiveY
        shadowScaleXToX shadowScaleXToY shadowScaleYToX shadowScaleYToY shadowSecondOffsetX
        shadowSecondOffsetY shadowType shadowWeight shapePath shapeType sizerelh sizerelv txdir txflTextFlow
    "),
    (Kind::Points, "pSegmentInfo pVertices pWrapPolygonVertices"),
    (Kind::Words, "gtextFont gtextUNICODE"),
    (Kind::Picture, "fillBlip pib"),
];

/// What the property of this name holds.
pub(super) fn kind(name: &str) -> Option<Kind> {
    NAMES
        .iter()
        .find(|(_, names)| names.split_ascii_whitespace().any(|known| known == name))
        .map(|(kind, _)| *kind)
}

/// Whether a value without pictures is of this kind.
pub(super) fn fits(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Number => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            digits.len() <= 10
                && digits.bytes().all(|b| b.is_ascii_digit())
                && i32::from_str(value).is_ok()
        }
        Kind::Points => {
            let point = |b: u8| b.is_ascii_digit() || matches!(b, b'(' | b')' | b',' | b';' | b'-');
            !value.is_empty() && value.len() <= 65_536 && value.bytes().all(point)
        }
        Kind::Words => !value.is_empty() && value.len() <= 1_024,
        Kind::Picture => false,
    }
}

/// All names, for the test that holds them against the reader's.
#[cfg(test)]
pub(in crate::sanitise::rtf) fn all() -> impl Iterator<Item = &'static str> {
    let names = NAMES.iter().map(|(_, names)| *names);
    names.flat_map(str::split_ascii_whitespace)
}
