//! Names of PresentationML (ISO/IEC 29500-4 schemas; for later
//! namespaces the documented part we understand). Being listed only means that
//! the name is understood: what is dangerous among them is taken out by `rules`.

use super::Words;
use crate::sanitise::ooxml::space::Space;

pub(super) const WORDS: &[Words] = &[Words {
    space: Space::P,
    elements: "\
anim animClr animEffect animMotion animRot animScale attrName attrNameLst audio bg bgPr bgRef
bldAsOne bldDgm bldGraphic bldLst bldOleChart bldP bldSub blinds blipFill bodyStyle bold
boldItalic boolVal browse by cBhvr cMediaNode cNvCxnSpPr cNvGraphicFramePr cNvGrpSpPr cNvPicPr
cNvPr cNvSpPr cSld cSldViewPr cTn cViewPr charRg checker childTnLst circle clrMap clrMapOvr
clrMru clrVal cm cmAuthor cmAuthorLst cmLst cmd comb cond contentPart control controls cover
custData custDataLst custShow custShowLst cut cxnSp defaultTextStyle diamond dissolve embed
embeddedFont embeddedFontLst endCondLst endSnd endSync excl ext extLst fade fltVal font from
graphicEl graphicFrame gridSpacing grpSp grpSpPr guide guideLst handoutMaster handoutMasterId
handoutMasterIdLst hf hsl htmlPubPr inkTgt intVal italic iterate kinsoku kiosk link
modifyVerifier newsflash nextCondLst normalViewPr notes notesMaster notesMasterId
notesMasterIdLst notesStyle notesSz notesTextViewPr notesViewPr nvCxnSpPr nvGraphicFramePr
nvGrpSpPr nvPicPr nvPr nvSpPr oleChartEl oleObj origin otherStyle outlineViewPr pRg par penClr
ph photoAlbum pic plus pos present presentation presentationPr prevCondLst prnPr progress pull
push rCtr random randomBar regular restoredLeft restoredTop rgb rtn scale seq set showPr sld
sldAll sldId sldIdLst sldLayout sldLayoutId sldLayoutIdLst sldLst sldMaster sldMasterId
sldMasterIdLst sldRg sldSyncPr sldSz sldTgt slideViewPr smartTags snd sndAc sndTgt
sorterViewPr sp spPr spTgt spTree split stCondLst stSnd strVal strips style subSp subTnLst tag
tagLst tags tav tavLst text tgtEl timing titleStyle tmAbs tmPct tmpl tmplLst tn tnLst to
transition txBody txEl txStyles val video viewPr webPr wedge wheel wipe xfrm zoom",
    attributes: "\
accel accumulate additive advAuto advClick advTm afterEffect algIdExt algIdExtSource
algorithmName allowPng animBg authorId autoAdjust autoCompressPictures autoRev
autoUpdateAnimBg b backwards bld bldLvl bookmarkIdSeed build bw bwMode by calcmode
clientInsertedTime clr clrIdx clrMode clrSpc cmd collapse compatMode concurrent conformance
cryptAlgorithmClass cryptAlgorithmSid cryptAlgorithmType cryptProvider cryptProviderType
cryptProviderTypeExt cryptProviderTypeExtSource cx cy decel delay dir display dt dur
embedTrueTypeFonts encoding end evt evtFilter fill filter firstSlideNum fmla followColorScheme
frame frameSlides from ftr fullScrn g grpId h hasCustomPrompt hashData hashValue hdr
hiddenSlides horzBarState id idx imgH imgSz imgW initials invalEndChars invalStChars
isNarration isPhoto l lang lastIdx lastView layout loop lvl masterRel matchingName mod mute
name nextAc nodePh nodeType numSld organizeInFolders orient origin override path pathEditMode
pos prLst preferSingleView preserve presetClass presetID presetSubtype prevAc prnWhat progId
ptsTypes r rAng rctx relyOnVml removePersonalInfoOnSave repeatCount repeatDur resizeGraphics
restart rev rtl s saltData saltValue saveSubsetFonts scaleToFitPaper serverSldId
serverSldModifiedTime serverZoom shadeToTitle show showAnimation showAsIcon showCaptions
showComments showFormatting showGuides showMasterPhAnim showMasterSp showNarration
showOutlineIcons showScrollbar showSpeakerNotes showSpecialPlsOnTitleSld showWhenStopped
sldNum snapToGrid snapToObjects snapVertSplitter spd spid spinCount spinValue spokes st
strictFirstAndLastChars syncBehavior sz target thruBlk title tm tmFilter to transition type
uiExpand updateAutomatic uri useBgFill useLongFilenames useTimings userDrawn val valueType
varScale vertBarState vol x xfrmType y zoomContents",
}];
