//! PresentationML, DrawingML, charts, diagrams (ECMA-376-1 19, 20, 21; [MS-ODRAWXML]),
//! VML (ECMA-376-4 14), relation ids.

use crate::sanitise::office::verify::names::Names;

pub(super) const NAMES: &[Names] = &[
    Names {
        prefix: "p",
        elements: "\
anim animClr animEffect animMotion animRot animScale attrName attrNameLst bg bgPr bgRef bldAsOne \
bldDgm bldGraphic bldLst bldOleChart bldP bldSub blinds blipFill bodyStyle boolVal by cBhvr \
cNvCxnSpPr cNvGraphicFramePr cNvGrpSpPr cNvPicPr cNvPr cNvSpPr cSld cTn charRg checker childTnLst \
circle clrMap clrMapOvr clrVal cm cmAuthor cmAuthorLst cmLst comb cond cover custShow custShowLst \
cut cxnSp defaultTextStyle diamond dissolve endCondLst endSync excl ext extLst fade fltVal from \
graphicEl graphicFrame grpSp grpSpPr handoutMaster handoutMasterId handoutMasterIdLst hf hsl \
inkTgt intVal iterate kinsoku modifyVerifier newsflash nextCondLst notes notesMaster \
notesMasterId notesMasterIdLst notesStyle notesSz nvCxnSpPr nvGraphicFramePr nvGrpSpPr nvPicPr \
nvPr nvSpPr oleChartEl otherStyle pRg par ph photoAlbum pic plus pos presentation prevCondLst \
progress pull push rCtr random randomBar rgb rtn seq set sld sldId sldIdLst sldLayout sldLayoutId \
sldLayoutIdLst sldLst sldMaster sldMasterId sldMasterIdLst sldSz sldTgt sp spPr spTgt spTree \
split stCondLst strVal strips style subSp subTnLst tav tavLst text tgtEl timing titleStyle tmAbs \
tmPct tmpl tmplLst tn tnLst to transition txBody txEl txStyles val wedge wheel wipe xfrm zoom",
        bare: "\
accel accent1 accent2 accent3 accent4 accent5 accent6 accumulate additive advAuto advClick advTm \
afterEffect algIdExt algIdExtSource algorithmName animBg authorId autoCompressPictures autoRev \
autoUpdateAnimBg b backwards bg1 bg2 bld bldLvl bookmarkIdSeed build bw bwMode by calcmode clrIdx \
clrSpc compatMode concurrent cryptAlgorithmClass cryptAlgorithmSid cryptAlgorithmType \
cryptProvider cryptProviderType cryptProviderTypeExt cryptProviderTypeExtSource cx cy decel delay \
descr dir display dpi dt dur embedTrueTypeFonts end evt evtFilter fill filter firstSlideNum flipH \
flipV fmla folHlink frame from ftr g grpId h hasCustomPrompt hashData hashValue hdr hidden hlink \
id idx initials invalEndChars invalStChars isPhoto l lang lastIdx layout lvl masterRel \
matchingName mod name nextAc nodePh nodeType orient origin override path pathEditMode prLst \
preferRelativeResize preserve presetClass presetID presetSubtype prevAc ptsTypes r rAng rctx \
removePersonalInfoOnSave repeatCount repeatDur restart rev rot rotWithShape rtl s saltData \
saltValue saveSubsetFonts serverZoom shadeToTitle show showCaptions showMasterPhAnim showMasterSp \
showSpecialPlsOnTitleSld sldNum spd spid spinCount spinValue spokes st strictFirstAndLastChars \
syncBehavior sz thruBlk title tm tmFilter to transition tx1 tx2 txBox type uiExpand uri useBgFill \
userDrawn val valueType x xfrmType y zoomContents",
        prefixed: "",
    },
    Names {
        prefix: "a",
        elements: "\
accent1 accent2 accent3 accent4 accent5 accent6 ahLst ahPolar ahXY alpha alphaBiLevel \
alphaCeiling alphaFloor alphaInv alphaMod alphaModFix alphaOff alphaOutset alphaRepl anchor arcTo \
avLst backdrop band1H band1V band2H band2V bevel bevelB bevelT bgClr bgFillStyleLst biLevel \
bldChart bldDgm blend blip blipFill blue blueMod blueOff blur bodyPr bottom br buAutoNum buBlip \
buChar buClr buClrTx buFont buFontTx buNone buSzPct buSzPts buSzTx camera cell3D chExt chOff \
chart close clrChange clrFrom clrMap clrRepl clrScheme clrTo comp cont contourClr cs cubicBezTo \
custClr custClrLst custDash custGeom cxn cxnLst cxnSpLocks defPPr defRPr dgm dk1 dk2 ds duotone \
ea effect effectDag effectLst effectRef effectStyle effectStyleLst endCxn endParaRPr ext extLst \
extraClrScheme extraClrSchemeLst extrusionClr fgClr fill fillOverlay fillRect fillRef \
fillStyleLst fillToRect firstCol firstRow flatTx fld fmtScheme folHlink font fontRef fontScheme \
gamma gd gdLst glow gradFill graphic graphicData graphicFrameLocks gray grayscl green greenMod \
greenOff gridCol grpFill grpSpLocks gs gsLst headEnd header headers highlight hlink hlinkClick \
hlinkHover hlinkMouseOver hsl hslClr hue hueMod hueOff innerShdw insideH insideV inv invGamma \
lastCol lastRow latin left lightRig lin ln lnB lnBlToTr lnDef lnL lnR lnRef lnSpc lnStyleLst lnT \
lnTlToBr lnTo lstStyle lt1 lt2 lum lumMod lumOff lvl1pPr lvl2pPr lvl3pPr lvl4pPr lvl5pPr lvl6pPr \
lvl7pPr lvl8pPr lvl9pPr majorFont masterClrMapping minorFont miter moveTo neCell noAutofit noFill \
norm normAutofit nwCell objectDefaults off outerShdw overrideClrMapping p pPr path pathLst \
pattFill picLocks pos prstClr prstDash prstGeom prstShdw prstTxWarp pt quadBezTo r rPr rect red \
redMod redOff reflection relOff right rot round rtl sat satMod satOff scene3d schemeClr scrgbClr \
seCell shade softEdge solidFill sp3d spAutoFit spDef spLocks spPr spcAft spcBef spcPct spcPts \
srcRect srgbClr stCxn stretch style swCell sym sysClr t tab tabLst tableStyle tableStyleId \
tailEnd tbl tblBg tblGrid tblPr tblStyle tblStyleLst tc tcBdr tcPr tcStyle tcTxStyle theme \
themeElements themeOverride tile tileRect tint tl2br top tr tr2bl txBody txDef uFill uFillTx uLn \
uLnTx up wholeTbl xfrm",
        bare: "\
a accent1 accent2 accent3 accent4 accent5 accent6 action algn altLang amt anchor anchorCtr ang \
animBg b bIns bandCol bandRow baseline bg1 bg2 bld bldStep blend blurRad bmk bright bwMode cap \
categoryIdx char charset cmpd compatLnSpc contourW contrast cstate cx cy d def defTabSz dir dirty \
dist dpi dx dy dz eaLnBrk endA endPos endSnd err extrusionH extrusionOk fadeDir fill firstCol \
firstRow flip flipH flipV fmla folHlink fontAlgn fontScale forceAA fov fromWordArt g gdRefAng \
gdRefR gdRefX gdRefY gridSpan grow h hMerge hR hangingPunct highlightClick history hlink \
horzOverflow hue i id idx indent kern kumimoji kx ky l lIns lang lastClr lastCol lastRow lat \
latinLnBrk len lim lnSpcReduction lon lum lvl marB marL marR marT maxAng maxR maxX maxY minAng \
minR minX minY name noAdjustHandles noChangeArrowheads noChangeAspect noChangeShapeType noCrop \
noDrilldown noEditPoints noGrp noMove noProof noResize noRot noSelect noTextEdit noUngrp \
normalizeH numCol panose path pitchFamily pos prst prstMaterial r rIns rad ref rev rig rot \
rotWithShape rowSpan rtl rtlCol sat scaled script seriesIdx smtClean smtId sp spc spcCol \
spcFirstLastPara stA stAng stPos startAt strike stroke styleId styleName swAng sx sy sz t tIns \
thresh tooltip tx tx1 tx2 ty type typeface u upright uri useA vMerge val vert vertOverflow w wR \
wrap x y z zoom",
        prefixed: "",
    },
    Names {
        prefix: "a14",
        elements: "\
m",
        bare: "",
        prefixed: "",
    },
    Names {
        prefix: "pic",
        elements: "\
blipFill cNvPicPr cNvPr nvPicPr pic spPr",
        bare: "\
bwMode descr dpi hidden id name preferRelativeResize rotWithShape title",
        prefixed: "",
    },
    Names {
        prefix: "c",
        elements: "\
applyToEnd applyToFront applyToSides area3DChart areaChart auto autoTitleDeleted axId axPos \
backWall backward bandFmt bandFmts bar3DChart barChart barDir baseTimeUnit bubble3D bubbleChart \
bubbleScale bubbleSize builtInUnit cat catAx chart chartObject chartSpace clrMapOvr crossAx \
crossBetween crosses crossesAt custSplit custUnit dLbl dLblPos dLbls dPt dTable data date1904 \
dateAx delete depthPercent dispBlanksAs dispEq dispRSqr dispUnits dispUnitsLbl doughnutChart \
downBars dropLines errBarType errBars errDir errValType explosion ext extLst f firstSliceAng \
floor fmtId formatCode formatting forward gapDepth gapWidth grouping h hMode hPercent hiLowLines \
holeSize idx intercept invertIfNegative lang layout layoutTarget lblAlgn lblOffset leaderLines \
legend legendEntry legendPos line3DChart lineChart logBase lvl majorGridlines majorTickMark \
majorTimeUnit majorUnit manualLayout marker max min minorGridlines minorTickMark minorTimeUnit \
minorUnit minus multiLvlStrCache multiLvlStrRef name noEndCap noMultiLvlLbl numCache numFmt \
numLit numRef ofPieChart ofPieType order orientation overlap overlay period perspective \
pictureFormat pictureOptions pictureStackUnit pie3DChart pieChart pivotFmt pivotFmts pivotSource \
plotArea plotVisOnly plus protection pt ptCount rAngAx radarChart radarStyle rich rotX rotY \
roundedCorners scaling scatterChart scatterStyle secondPiePt secondPieSize selection separator \
ser serAx serLines shape showBubbleSize showCatName showDLblsOverMax showHorzBorder showKeys \
showLeaderLines showLegendKey showNegBubbles showOutline showPercent showSerName showVal \
showVertBorder sideWall size sizeRepresents smooth spPr splitPos splitType stockChart strCache \
strLit strRef style surface3DChart surfaceChart symbol thickness tickLblPos tickLblSkip \
tickMarkSkip title trendline trendlineLbl trendlineType tx txPr upBars upDownBars userInterface \
userShapes v val valAx varyColors view3D w wMode wireframe x xMode xVal y yMode yVal",
        bare: "\
accent1 accent2 accent3 accent4 accent5 accent6 bg1 bg2 bwMode folHlink formatCode hlink idx \
sourceLinked tx1 tx2 uri val",
        prefixed: "",
    },
    Names {
        prefix: "cdr",
        elements: "\
absSizeAnchor blipFill cNvCxnSpPr cNvGraphicFramePr cNvGrpSpPr cNvPicPr cNvPr cNvSpPr cxnSp ext \
from graphicFrame grpSp grpSpPr nvCxnSpPr nvGraphicFramePr nvGrpSpPr nvPicPr nvSpPr pic \
relSizeAnchor sp spPr style to txBody x xfrm y",
        bare: "\
bwMode cx cy descr dpi fLocksText fPublished flipH flipV hidden id name preferRelativeResize rot \
rotWithShape textlink title txBox",
        prefixed: "",
    },
    Names {
        prefix: "dgm",
        elements: "\
adj adjLst alg animLvl animOne bg bulletEnabled cat catLst chMax chPref choose clrData colorsDef \
constr constrLst cxn cxnLst dataModel desc dir effectClrLst else extLst fillClrLst forEach \
hierBranch if layoutDef layoutNode linClrLst orgChart param prSet presLayoutVars presOf pt ptLst \
relIds resizeHandles rule ruleLst sampData scene3d shape sp3d spPr style styleData styleDef \
styleLbl t title txEffectClrLst txFillClrLst txLinClrLst txPr varLst whole",
        bare: "\
arg axis blipPhldr bwMode chOrder cnt coherent3DOff contourW csCatId csTypeId custAng custFlipHor \
custFlipVert custLinFactNeighborX custLinFactNeighborY custLinFactX custLinFactY custRadScaleInc \
custRadScaleRad custScaleX custScaleY custSzX custSzY custT cxnId defStyle destId destOrd \
extrusionH fact for forName func hideGeom hideLastTrans hueDir idx lang lkTxEntry loCatId \
loTypeId max meth minVer modelId moveWith name op parTransId phldr phldrT presAssocID presId \
presName presStyleCnt presStyleIdx presStyleLbl pri prstMaterial ptType qsCatId qsTypeId ref \
refFor refForName refPtType refType rev rot sibTransId srcId srcOrd st step styleLbl type \
uniqueId useDef val z zOrderOff",
        prefixed: "",
    },
    Names {
        prefix: "dsp",
        elements: "\
cNvGrpSpPr cNvPr cNvSpPr dataModelExt drawing grpSp grpSpPr nvGrpSpPr nvSpPr sp spPr spTree style \
txBody txXfrm",
        bare: "\
bwMode descr flipH flipV hidden id minVer modelId name relId rot title txBox",
        prefixed: "",
    },
    Names {
        prefix: "v",
        elements: "\
arc curve f fill formulas group h handles image imagedata line oval path polyline rect roundrect \
shadow shape shapetype stroke textbox textpath",
        bare: "\
adj alignshape alt angle arcsize arrowok aspect bilevel blacklevel chromakey class color color2 \
colors control1 control2 coordorigin coordsize cropbottom cropleft cropright croptop dashstyle \
editas embosscolor endAngle endarrow endarrowlength endarrowwidth endcap eqn fillcolor filled \
fillok filltype fitpath fitshape focus focusposition focussize from gain gamma gradientshapeok \
grayscale id imagealignshape imageaspect imagesize inset insetpen insetpenok invx invy joinstyle \
limo linestyle map matrix method miterlimit obscured offset offset2 on opacity origin path points \
polar position print radiusrange recolor recolortarget rotate shadowok size startAngle startarrow \
startarrowlength startarrowwidth string strokecolor stroked strokeok strokeweight style switch \
textboxrect textpathok title to trim type v weight wrapcoords xrange xscale yrange",
        prefixed: "\
ext",
    },
    Names {
        prefix: "o",
        elements: "",
        bare: "",
        prefixed: "\
connecttype insetmode relid spid spt title",
    },
    Names {
        prefix: "x",
        elements: "\
Anchor AutoFill ClientData Column LockText Locked MoveWithCells Row SizeWithCells TextHAlign \
TextVAlign Visible",
        bare: "\
ObjectType",
        prefixed: "",
    },
    Names {
        prefix: "w10",
        elements: "\
anchorlock borderbottom borderleft borderright bordertop wrap",
        bare: "\
anchorx anchory shadow side type width",
        prefixed: "",
    },
    Names {
        prefix: "r",
        elements: "",
        bare: "",
        prefixed: "\
cs dm embed id lo qs",
    },
    Names {
        prefix: "xml",
        elements: "",
        bare: "",
        prefixed: "\
space",
    },
];
