//! WordprocessingML, what it adds to drawings, and formulas (ECMA-376-1 17, 20.4, 22.1;
//! [MS-DOCX] 2.5, 2.6; [MS-ODRAWXML] 2.22 ff.).

use crate::sanitise::office::verify::names::Names;

pub(super) const NAMES: &[Names] = &[
    Names {
        prefix: "w",
        elements: "\
abstractNum abstractNumId activeWritingStyle adjustLineHeightInTable adjustRightInd alias aliases \
alignBordersAndEdges alignTablesRowByRow allowSpaceOfSameStyleInTable altName \
alwaysMergeEmptyNamespace alwaysShowPlaceholderText annotationRef applyBreakingRules autoCaption \
autoCaptions autoFormatOverride autoHyphenation autoRedefine autoSpaceDE autoSpaceDN \
autoSpaceLikeWord95 autofitToFirstFixedWidthCell b bCs background \
balanceSingleByteDoubleByteWidth bar basedOn bdo bdr between bibliography bidi bidiVisual body \
bookFoldPrinting bookFoldPrintingSheets bookFoldRevPrinting bookmarkEnd bookmarkStart \
bordersDoNotSurroundFooter bordersDoNotSurroundHeader bottom br cachedColBalance calcOnExit \
calendar cantSplit caps caption captions cellDel cellIns cellMerge characterSpacingControl \
charset checkBox checked citation clickAndTypeStyle clrSchemeMapping cnfStyle col color cols \
comboBox comment commentRangeEnd commentRangeStart commentReference comments compat compatSetting \
consecutiveHyphenLimit contextualSpacing continuationSeparator convMailMergeEsc cr cs \
customXmlDelRangeEnd customXmlDelRangeStart customXmlInsRangeEnd customXmlInsRangeStart \
customXmlMoveFromRangeEnd customXmlMoveFromRangeStart customXmlMoveToRangeEnd \
customXmlMoveToRangeStart date dateFormat dayLong dayShort ddList decimalSymbol default \
defaultTabStop defaultTableStyle del delInstrText delText dir dirty displayBackgroundShape \
displayHangulFixedWidth displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery divId \
doNotAutoCompressPictures doNotAutofitConstrainedTables doNotBreakConstrainedForcedTable \
doNotBreakWrappedTables doNotDemarcateInvalidXml doNotDisplayPageBoundaries doNotEmbedSmartTags \
doNotExpandShiftReturn doNotHyphenateCaps doNotIncludeSubdocsInStats doNotLeaveBackslashAlone \
doNotShadeFormData doNotSnapToGridInCell doNotSuppressIndentation doNotSuppressParagraphBorders \
doNotTrackFormatting doNotTrackMoves doNotUseEastAsianBreakRules doNotUseHTMLParagraphAutoSpacing \
doNotUseIndentAsNumberingTabStop doNotUseMarginsForDrawingGridOrigin doNotValidateAgainstSchema \
doNotVertAlignCellWithSp doNotVertAlignInTxbx doNotWrapTextWithPunct docDefaults docGrid docPart \
docPartCategory docPartGallery docPartList docPartObj docPartUnique document documentProtection \
documentType drawing drawingGridHorizontalOrigin drawingGridHorizontalSpacing \
drawingGridVerticalOrigin drawingGridVerticalSpacing dropDownList dstrike eastAsianLayout effect \
em emboss enabled end endnote endnotePr endnoteRef endnoteReference endnotes equation \
evenAndOddHeaders family ffData fitText fldChar fldSimple font fonts footerReference footnote \
footnoteLayoutLikeWW8 footnotePr footnoteRef footnoteReference footnotes forceUpgrade \
forgetLastTabAlignment formProt format formsDesign framePr ftr gridAfter gridBefore gridCol \
gridSpan group growAutofit gutterAtTop hMerge hdr header headerReference headers helpText hidden \
hideGrammaticalErrors hideMark hideSpellingErrors highlight hps hpsBaseText hpsRaise hyperlink \
hyphenationZone i iCs id ignoreMixedContent ilvl imprint ind ins insideH insideV instrText isLgl \
jc keepLines keepNext kern kinsoku label lang lastRenderedPageBreak latentStyles \
layoutRawTableWidth layoutTableRowsApart left legacy lid lineWrapLikeWord6 link listEntry \
listItem listSeparator lnNumType lock locked lsdException lvl lvlJc lvlOverride lvlPicBulletId \
lvlRestart lvlText maxLength mirrorIndents mirrorMargins monthLong monthShort moveFrom \
moveFromRangeEnd moveFromRangeStart moveTo moveToRangeEnd moveToRangeStart multiLevelType \
mwSmallCaps name next noBreakHyphen noColumnBalance noEndnote noExtraLineSpacing noLeading \
noLineBreaksAfter noLineBreaksBefore noProof noPunctuationKerning noSpaceRaiseLower noTabHangInd \
noWrap notTrueType nsid num numFmt numId numIdMacAtCleanup numPicBullet numPr numRestart numStart \
numStyleLink numbering numberingChange oMath outline outlineLvl overflowPunct p pBdr pPr \
pPrChange pPrDefault pStyle pageBreakBefore panose1 paperSrc permEnd permStart personal \
personalCompose personalReply pgBorders pgMar pgNum pgNumType pgSz pict picture pitch placeholder \
pos position printBodyTextBeforeHeader printColBlack printFormsData printFractionalCharacterWidth \
printPostScriptOverText printTwoOnOne proofErr proofState ptab qFormat r rFonts rPr rPrChange \
rPrDefault rStyle readModeInkLockDown removeDateAndTime removePersonalInformation result \
revisionView richText right rt rtl rtlGutter ruby rubyAlign rubyBase rubyPr saveFormsData \
saveInvalidXml savePreviewPicture sdt sdtContent sdtEndPr sdtPr sectPr sectPrChange \
selectFldWithFirstOrLastChar semiHidden separator settings shadow shapeLayoutLikeWW8 shd \
showBreaksInFrames showEnvelope showXMLTags showingPlcHdr sig size sizeAuto smallCaps snapToGrid \
softHyphen spaceForUL spacing spacingInWholePoints specVanish splitPgBreakAndParaMark start \
startOverride statusText storeMappedDataAs strictFirstAndLastChars strike style styleLink \
styleLockQFSet styleLockTheme stylePaneFormatFilter stylePaneSortMethod styles subFontBySize suff \
summaryLength suppressAutoHyphens suppressBottomSpacing suppressLineNumbers suppressOverlap \
suppressSpBfAfterPgBrk suppressSpacingAtTopOfPage suppressTopSpacing suppressTopSpacingWP \
swapBordersFacingPages sym sz szCs t tab tabIndex tabs tag tbl tblBorders tblCaption tblCellMar \
tblCellSpacing tblDescription tblGrid tblGridChange tblHeader tblInd tblLayout tblLook tblOverlap \
tblPr tblPrChange tblPrEx tblPrExChange tblStyle tblStyleColBandSize tblStylePr \
tblStyleRowBandSize tblW tblpPr tc tcBorders tcFitText tcMar tcPr tcPrChange tcW temporary text \
textAlignment textDirection textInput textboxTightWrap themeFontLang titlePg tl2br tmpl top \
topLinePunct tr tr2bl trHeight trPr trPrChange trackRevisions truncateFontHeightsLikeWP6 \
txbxContent type u uiPriority ulTrailSpace underlineTabInNumList unhideWhenUsed updateFields \
useAltKinsokuLineBreakRules useAnsiKerningPairs useFELayout useNormalStyleForList \
usePrinterMetrics useSingleBorderforContiguousCells useWord2002TableStyleRules \
useWord97LineBreakRules vAlign vMerge vanish vertAlign view w wAfter wBefore webHidden \
widowControl wordWrap wpJustification wpSpaceWidth wrapTrailSpaces writeProtection yearLong \
yearShort zoom",
        bare: "",
        prefixed: "\
abstractNumId accent1 accent2 accent3 accent4 accent5 accent6 actualPg after afterAutospacing \
afterLines algIdExt algIdExtSource algorithmName alignment allStyles alternateStyleNames anchor \
anchorLock appName ascii asciiTheme author before beforeAutospacing beforeLines bg1 bg2 bidi \
bottom bottomFromText caption chapNum chapSep chapStyle char charSpace characterSet checkStyle \
clear clearFormatting code colFirst colLast color combine combineBrackets comments count countBy \
cryptAlgorithmClass cryptAlgorithmSid cryptAlgorithmType cryptProvider cryptProviderType \
cryptProviderTypeExt cryptProviderTypeExtSource cryptSpinCount cs csb0 csb1 cstheme \
customMarkFollows customStyle customStyles date defLockedState defQFormat defSemiHidden \
defUIPriority defUnhideWhenUsed default directFormattingOnNumbering directFormattingOnParagraphs \
directFormattingOnRuns directFormattingOnTables dirty displacedByCustomXml display displayText \
distance dllVersion dropCap eastAsia eastAsiaTheme ed edGrp edit end endChars enforcement \
equalWidth evenHBand evenVBand fill first firstColumn firstLine firstLineChars firstRow \
firstRowFirstColumn firstRowLastColumn fldCharType fldLock fmt followedHyperlink font fontSz \
footer format formatting frame fullDate grammar gutter h hAnchor hAnsi hAnsiTheme hRule hSpace \
hanging hangingChars hash hashValue header heading headingStyles hint history horzAnchor \
hyperlink id ilvl initials inkAnnotations insDel instr lang lastColumn lastRow lastRowFirstColumn \
lastRowLastColumn lastValue latentStyles leader left leftChars leftFromText legacy legacyIndent \
legacySpace line linePitch lineRule lines locked markup multiLine name nlCheck noHBand noLabel \
noVBand null num numFmt numId numPicBulletId numberingStyles oddHBand oddVBand offsetFrom orient \
original other percent pos qFormat recommended relativeTo restart right rightChars rightFromText \
salt saltValue semiHidden sep shadow space spelling spinCount start startChars styleId \
stylesInUse sz t1 t2 tableStyles tblpX tblpXSpec tblpY tblpYSpec tentative themeColor themeFill \
themeFillShade themeFillTint themeShade themeTint tooltip top top3HeadingStyles topFromText tplc \
type uiPriority unhideWhenUsed uri usb0 usb1 usb2 usb3 vAnchor vMerge vMergeOrig vSpace val value \
vendorID vert vertAnchor vertCompress visibleStyles w wrap x xAlign y yAlign zOrder",
    },
    Names {
        prefix: "wp",
        elements: "\
align anchor bg bodyPr cNvCnPr cNvFrPr cNvGraphicFramePr cNvGrpSpPr cNvPr cNvSpPr docPr \
effectExtent extLst extent graphicFrame grpSp grpSpPr inline lineTo linkedTxbx posOffset \
positionH positionV simplePos spPr start style txbx txbxContent wgp whole wpc wrapNone \
wrapPolygon wrapSquare wrapThrough wrapTight wrapTopAndBottom wsp xfrm",
        bare: "\
allowOverlap b behindDoc bwMode cx cy descr distB distL distR distT edited hidden id l \
layoutInCell locked name normalEastAsianFlow r relativeFrom relativeHeight seq simplePos t title \
wrapText x y",
        prefixed: "",
    },
    Names {
        prefix: "wp14",
        elements: "\
pctHeight pctPosHOffset pctPosVOffset pctWidth sizeRelH sizeRelV",
        bare: "\
relativeFrom",
        prefixed: "",
    },
    Names {
        prefix: "wps",
        elements: "\
bodyPr cNvCnPr cNvFrPr cNvPr cNvSpPr linkedTxbx spPr style txbx wsp",
        bare: "\
anchor anchorCtr bIns bwMode compatLnSpc descr forceAA fromWordArt hidden horzOverflow id lIns \
name normalEastAsianFlow numCol rIns rot rtlCol seq spcCol spcFirstLastPara tIns title txBox \
upright vert vertOverflow wrap",
        prefixed: "",
    },
    Names {
        prefix: "wpg",
        elements: "\
cNvFrPr cNvGrpSpPr cNvPr graphicFrame grpSp grpSpPr wgp xfrm",
        bare: "\
bwMode descr flipH flipV hidden id name rot title",
        prefixed: "",
    },
    Names {
        prefix: "wpc",
        elements: "\
bg whole wpc",
        bare: "\
bwMode",
        prefixed: "",
    },
    Names {
        prefix: "w14",
        elements: "\
alpha bevel bevelB bevelT camera checkbox checked checkedState cntxtAlts contourClr extrusionClr \
fillToRect glow gradFill gs gsLst hue hueMod hueOff ligatures lightRig lin lum lumMod lumOff \
miter noFill numForm numSpacing path props3d prstDash reflection rot round sat satMod satOff \
scene3d schemeClr shade shadow solidFill srgbClr styleSet stylisticSets textFill textOutline tint \
uncheckedState",
        bare: "",
        prefixed: "\
algn ang b blurRad cap cmpd contourW dir dist endA endPos extrusionH fadeDir font h id kx ky l \
lat lim lon path pos prst prstMaterial r rad rev rig scaled stA stPos sx sy t val w",
    },
    Names {
        prefix: "w15",
        elements: "\
appearance collapsed color repeatingSection repeatingSectionItem sectionTitle",
        bare: "",
        prefixed: "\
restartNumberingAfterBreak val",
    },
    Names {
        prefix: "m",
        elements: "\
acc accPr aln alnScr argPr argSz bar barPr baseJc begChr borderBox borderBoxPr box boxPr brk \
brkBin brkBinSub cGp cGpRule cSp chr count ctrlPr d dPr defJc deg degHide den diff dispDef e \
endChr eqArr eqArrPr f fName fPr func funcPr groupChr groupChrPr grow hideBot hideLeft hideRight \
hideTop intLim interSp intraSp jc lMargin lim limLoc limLow limLowPr limUpp limUppPr lit m mPr \
mathFont mathPr maxDist mc mcJc mcPr mcs mr nary naryLim naryPr noBreak nor num oMath oMathPara \
oMathParaPr objDist opEmu phant phantPr plcHide pos postSp preSp r rMargin rPr rSp rSpRule rad \
radPr sPre sPrePr sSub sSubPr sSubSup sSubSupPr sSup sSupPr scr sepChr show shp smallFrac \
strikeBLTR strikeH strikeTLBR strikeV sty sub subHide sup supHide t transp type vertJc wrapIndent \
wrapRight zeroAsc zeroDesc zeroWid",
        bare: "",
        prefixed: "\
alnAt val",
    },
];
