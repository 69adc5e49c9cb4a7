//! Names of PresentationML (ISO/IEC 29500-4 schemas; for later
//! namespaces the documented part we understand). Being listed only means that
//! the name is understood: what is dangerous among them is taken out by `rules`.

use super::Words;
use crate::sanitise::ooxml::space::Space;

pub(super) const WORDS: &[Words] = &[Words {
    space: Space::P,
    elements: "\
anim animClr animEffect animMotion animRot animScale attrName attrNameLst audio bg bgPr bgRef
bldAsOne bldDgm bldGraphic bldLst bldOleChart bldP bldSub blinds blipFill bodyStyle boolVal by
cBhvr cNvCxnSpPr cNvGraphicFramePr cNvGrpSpPr cNvPicPr cNvPr cNvSpPr cSld cTn charRg checker
childTnLst circle clrMap clrMapOvr clrVal cm cmAuthor cmAuthorLst cmLst cmd comb cond
contentPart control controls cover custShow custShowLst cut cxnSp defaultTextStyle diamond
dissolve embed endCondLst endSync excl ext extLst fade fltVal from graphicEl graphicFrame
grpSp grpSpPr handoutMaster handoutMasterId handoutMasterIdLst hf hsl inkTgt intVal iterate
kinsoku link modifyVerifier newsflash nextCondLst notes notesMaster notesMasterId
notesMasterIdLst notesStyle notesSz nvCxnSpPr nvGraphicFramePr nvGrpSpPr nvPicPr nvPr nvSpPr
oleChartEl oleObj otherStyle pRg par ph photoAlbum pic plus pos presentation prevCondLst
progress pull push rCtr random randomBar rgb rtn seq set sld sldId sldIdLst sldLayout
sldLayoutId sldLayoutIdLst sldLst sldMaster sldMasterId sldMasterIdLst sldSz sldTgt snd sndAc
sndTgt sp spPr spTgt spTree split stCondLst strVal strips style subSp subTnLst tav tavLst text
tgtEl timing titleStyle tmAbs tmPct tmpl tmplLst tn tnLst to transition txBody txEl txStyles
val video wedge wheel wipe xfrm zoom",
    attributes: "\
accel accent1 accent2 accent3 accent4 accent5 accent6 accumulate additive advAuto advClick
advTm afterEffect algIdExt algIdExtSource algorithmName animBg authorId autoCompressPictures
autoRev autoUpdateAnimBg b backwards bg1 bg2 bld bldLvl bookmarkIdSeed build bw bwMode by
calcmode clrIdx clrSpc compatMode concurrent cryptAlgorithmClass cryptAlgorithmSid
cryptAlgorithmType cryptProvider cryptProviderType cryptProviderTypeExt
cryptProviderTypeExtSource cx cy decel delay descr dir display dpi dt dur embedTrueTypeFonts
end evt evtFilter fill filter firstSlideNum flipH flipV fmla folHlink frame from ftr g grpId h
hasCustomPrompt hashData hashValue hdr hidden hlink id idx initials invalEndChars invalStChars
isPhoto l lang lastIdx layout lvl masterRel matchingName mod name nextAc nodePh nodeType
orient origin override path pathEditMode prLst preferRelativeResize preserve presetClass
presetID presetSubtype prevAc ptsTypes r rAng rctx removePersonalInfoOnSave repeatCount
repeatDur restart rev rot rotWithShape rtl s saltData saltValue saveSubsetFonts serverZoom
shadeToTitle show showCaptions showMasterPhAnim showMasterSp showSpecialPlsOnTitleSld sldNum
spd spid spinCount spinValue spokes st strictFirstAndLastChars syncBehavior sz thruBlk title
tm tmFilter to transition tx1 tx2 txBox type uiExpand uri useBgFill userDrawn val valueType x
xfrmType y zoomContents",
    prefixed: "",
}];
