//! Names that are dropped without a word: they only ever stand inside what is
//! taken out and named as a whole, or only serve an editor's comfort. Alone
//! they mean nothing, so they are not even read.

use crate::sanitise::ooxml::space::Space;

pub(super) const WORDS: &[(Space, &str)] = &[
    (
        Space::A,
        "\
end st",
    ),
    (
        Space::C,
        "\
autoUpdate evenFooter evenHeader firstFooter firstHeader headerFooter legacyDrawingHF
oddFooter oddHeader pageMargins pageSetup printSettings",
    ),
    (
        Space::O,
        "\
FieldCodes LinkType LockedField OLEObject bottom callout clippath colormenu colormru column
complex diagram entry equationxml extrusion fill idmap ink left lock proxy r regrouptable rel
relationtable right rules shapedefaults shapelayout signatureline skew top",
    ),
    (
        Space::P,
        "\
bold boldItalic cMediaNode custData custDataLst embeddedFont embeddedFontLst endSnd font
italic regular smartTags stSnd tags",
    ),
    (
        Space::S,
        "\
cacheHierarchies cacheHierarchy calculatedMember calculatedMembers cellSmartTag cellSmartTagPr
cellSmartTags colHierarchiesUsage colHierarchyUsage consolidation controlPr customPr
customProperties customSheetView customSheetViews customWorkbookView customWorkbookViews
dataRef dataRefs dimensions drawingHF entries fieldUsage fieldsUsage fileRecoveryPr
fileSharing functionGroup functionGroups group groupLevel groupLevels groupMember groupMembers
groups kpi kpis map maps measureGroup measureGroups member members mp mpMap mps objectPr p
page pageItem pages pivotHierarchies pivotHierarchy query queryCache rangeSet rangeSets
rowHierarchiesUsage rowHierarchyUsage securityDescriptor serverFormat serverFormats set sets
smartTagPr smartTagType smartTagTypes smartTags sortByTuple tpl tpls tupleCache webPublishItem
webPublishItems webPublishObject webPublishObjects webPublishing xmlColumnPr",
    ),
    (
        Space::V,
        "\
background",
    ),
    (
        Space::W,
        "\
active activeRecord addressFieldName altChunkPr attr checkErrors colDelim column connectString
dataSource dataType destination doNotSuppressBlankLines docVar dynamicAddress embedSystemFonts
embedTrueTypeFonts fHdr fieldMapData glossaryDocument hdrShapeDefaults headerSource linkStyles
linkToQuery linkedToFile mailAsAttachment mailSubject mainDocumentType mappedName matchSrc
objectEmbed objectLink odso query recipientData recipients rsid rsidRoot saveSubsetFonts
shapeDefaults smartTagPr smartTagType src table udl uniqueTag viewMergedData",
    ),
    (
        Space::Wp,
        "\
cNvContentPartPr nvContentPartPr",
    ),
    (
        Space::X,
        "\
Accel Accel2 AutoLine AutoPict AutoScale CF Camera Cancel ColHidden Colored DDE
Default DefaultSize Disabled Dismiss DropLines DropStyle Dx FirstButton FmlaGroup FmlaLink
FmlaMacro FmlaPict FmlaRange FmlaTxbx Help Horiz Inc JustLastX LCT ListItem MapOCX Max Min
MultiLine MultiSel NoThreeD NoThreeD2 Page PrintObject RecalcAlways RowHidden ScriptExtended
ScriptLanguage ScriptLocation ScriptText SecretEdit Sel SelType UIObj VScroll VTEdit Val
ValidIds WidthMin",
    ),
];
