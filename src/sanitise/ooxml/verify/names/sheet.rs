//! SpreadsheetML and its drawings (ECMA-376-1 18, 20.5; [MS-XLSX] 2.6).

use crate::sanitise::office::verify::names::Names;

pub(super) const NAMES: &[Names] = &[
    Names {
        prefix: "",
        elements: "\
alignment anchor author authors autoFilter autoSortScope b bgColor bookViews border borders \
bottom brk c cacheField cacheFields cacheSource calcPr calculatedColumnFormula calculatedItem \
calculatedItems cellStyle cellStyleXfs cellStyles cellWatch cellWatches cellXfs cfRule cfvo \
charset chartFormat chartFormats chartsheet col colBreaks colFields colItems color colorFilter \
colorScale colors cols comment commentList commentPr comments condense conditionalFormat \
conditionalFormats conditionalFormatting customFilter customFilters d dataBar dataField \
dataFields dataValidation dataValidations dateGroupItem definedName definedNames diagonal \
dimension discretePr drawing dxf dxfs dynamicFilter e end evenFooter evenHeader ext extLst extend \
f family fgColor field fieldGroup fileVersion fill fills filter filterColumn filters firstFooter \
firstHeader font fonts format formats formula formula1 formula2 gradientFill groupItems \
headerFooter horizontal hyperlink hyperlinks i iconFilter iconSet ignoredError ignoredErrors \
indexedColors inputCells is item items left legacyDrawing legacyDrawingHF location m mergeCell \
mergeCells mruColors n name numFmt numFmts oddFooter oddHeader outline outlinePr pageField \
pageFields pageMargins pageSetUpPr pageSetup pane patternFill phoneticPr picture pivotArea \
pivotAreas pivotCache pivotCacheDefinition pivotCacheRecords pivotCaches pivotField pivotFields \
pivotSelection pivotTableDefinition pivotTableStyleInfo printOptions protectedRange \
protectedRanges protection r rFont rPh rPr rangePr reference references rgbColor right row \
rowBreaks rowFields rowItems s scenario scenarios scheme selection shadow sharedItems sheet \
sheetCalcPr sheetData sheetFormatPr sheetPr sheetProtection sheetView sheetViews sheets si \
sortCondition sortState sst start stop strike styleSheet sz t tabColor table tableColumn \
tableColumns tablePart tableParts tableStyle tableStyleElement tableStyleInfo tableStyles text \
top top10 totalsRowFormula u v vertAlign vertical workbook workbookPr workbookProtection \
workbookView worksheet worksheetSource x xf",
        bare: "\
aboveAverage aca action activeCell activeCellId activeCol activePane activeRow activeTab \
algorithmName alignWithMargins alignment allDrilled allowBlank allowRefreshQuery altText and \
appName applyAlignment applyAlignmentFormats applyBorder applyBorderFormats applyFill applyFont \
applyFontFormats applyNumberFormat applyNumberFormats applyPatternFormats applyProtection \
applyStyles applyWidthHeightFormats array asteriskTotals authorId auto autoCompressPictures \
autoEnd autoFill autoFilter autoFilterDateGrouping autoFormatId autoLine autoPageBreaks autoScale \
autoShow autoStart avgSubtotal axis b backupFile base baseColWidth baseField baseItem bc bestFit \
blackAndWhite blank borderId bottom builtinId bx byPosition c ca cacheId cacheIndex calcCompleted \
calcId calcMode calcOnSave calculatedColumn calendarType cap caption caseSensitive cellColor \
cellComments chart chartFormat checkCompatibility click colGrandTotals colHeaderCaption colId \
colPageCount collapsed collapsedLevelsAreSubtotals colorId columnSort comment compact compactData \
concurrentCalc concurrentManualCount containsBlank containsDate containsInteger \
containsMixedTypes containsNonDate containsNumber containsSemiMixedTypes containsString content \
copies count countASubtotal countSubtotal cp createdVersion current customBuiltin customFormat \
customHeight customList customListSort customMenu customWidth d data dataCaption dataCellStyle \
dataDxfId dataField dataOnRows dataOnly dataPosition dataSourceSort databaseField date1904 \
dateTimeGrouping day defaultAttributeDrillState defaultColWidth defaultGridColor \
defaultPivotStyle defaultRowHeight defaultSize defaultSubtotal defaultTableStyle \
defaultThemeVersion degree del1 del2 deleteColumns deleteRows deleted descending description \
diagonalDown diagonalUp differentFirst differentOddEven dimension disableFieldList disablePrompts \
disabled display displayName draft dragOff dragToCol dragToData dragToPage dragToRow dt2D dtr \
dxfId e eb editData emptyCellReference enableDrill enableFieldProperties \
enableFormatConditionsCalculation enableRefresh enableWizard endDate endNum equalAverage error \
errorCaption errorStyle errorTitle errors evalError evalOrder extendable f fc field \
fieldListSortAscending fieldPosition fieldPrintTitles fillId filterMode filterPrivacy filterVal \
firstDataCol firstDataRow firstHeaderRow firstPageNumber firstSheet fitToHeight fitToPage \
fitToWidth fld fontId footer forceFullCalc format formatCells formatCode formatColumns formatRows \
formula formulaRange fullCalcOnLoad fullPrecision grandCol grandRow grandTotalCaption \
gridDropZones gridLines gridLinesSet groupBy groupInterval gte guid h hashValue header \
headerRowBorderDxfId headerRowCellStyle headerRowCount headerRowDxfId headings help hidden \
hiddenButton hiddenLevel hideNewItems hidePivotFieldList hier hierarchy horizontal \
horizontalCentered horizontalDpi hour ht i iLevel iMeasureFld iMeasureHier iconId iconSet id \
imeMode immersive in includeNewItemsInFilter indent indexed insertBlankRow insertColumns \
insertHyperlinks insertPageBreak insertRow insertRowShift insertRows invalid item itemPageCount \
itemPrintTitles iterate iterateCount iterateDelta justLastX justifyLastLine label labelOnly \
lastEdited left level listDataValidation localSheetId location lockRevision lockStructure \
lockText lockWindows locked longText lowestEdited m man manualBreakCount mappingCount max maxDate \
maxLength maxSubtotal maxVal maxValIso maxValue mdxSubqueries measureFilter memberPropertyField \
mergeItem min minDate minLength minRefreshableVersion minSubtotal minValue minimized minute \
missingCaption missingItemsLimit month moveWithCells mpFld multipleFieldFilters \
multipleItemSelectionAllowed n name nonAutoSortDefault numFmtId numberStoredAsText objects offset \
operator optimizeMemory orientation outline outlineData outlineLevel outlineLevelCol \
outlineLevelRow pageOrder pageOverThenDown pageStyle pageWrap pane paperHeight paperSize \
paperWidth par password patternType percent ph phonetic pivot pivotButton pivotTableStyle \
pivotTables position preserveFormatting previousCol previousRow print printDrill priority \
productSubtotal prompt promptTitle promptedSolutions propertyName pt publishItems published \
quotePrefix r r1 r2 rank rankBy readingOrder recordCount ref refMode refreshAllConnections \
refreshedBy refreshedDate refreshedDateIso refreshedVersion relative relativeIndent reverse \
revisionsAlgorithmName revisionsHashValue revisionsPassword revisionsPasswordCharacterSet \
revisionsSaltValue revisionsSpinCount rgb right rightToLeft rowGrandTotals rowHeaderCaption \
rowPageCount rupBuild s saltValue saveData saveExternalLinkValues sb scale scaleWithDoc scenarios \
scope sd second selectLockedCells selectUnlockedCells selected series serverField shapeId sheet \
sheetId show showAll showBorderUnselectedTables showButton showCalcMbrs showColHeaders \
showColStripes showColumnStripes showDataAs showDataDropDown showDataTips showDrill showDropDown \
showDropDowns showDropZones showEmptyCol showEmptyRow showError showErrorMessage showFirstColumn \
showFormulas showGridLines showHeader showHeaders showHorizontalScroll showInkAnnotation \
showInputMessage showItems showLastColumn showMemberPropertyTips showMissing showMultipleLabel \
showObjects showOutlineSymbols showPivotChartFilter showPropAsCaption showPropCell showPropTip \
showRowColHeaders showRowHeaders showRowStripes showRuler showSheetTabs showValue \
showVerticalScroll showWhiteSpace showZeros shrinkToFit si size sizeWithCells sort sortBy \
sortMethod sortType spans spinCount sqlType sqref st start startDate startNum state statusBar \
stdDev stdDevPSubtotal stdDevSubtotal stopIfTrue stringValue1 stringValue2 style subtotal \
subtotalCaption subtotalHiddenItems subtotalTop sumSubtotal summaryBelow summaryRight \
supportAdvancedDrill supportSubquery syncHorizontal syncRef syncVertical t tabRatio tabSelected \
table tableBorderDxfId tableType tag text textHAlign textRotation textVAlign theme thickBot \
thickBottom thickTop timePeriod tint tooltip top topAutoShow topLeftCell totalsRowBorderDxfId \
totalsRowCellStyle totalsRowCount totalsRowDxfId totalsRowFunction totalsRowLabel totalsRowShown \
transitionEntry transitionEvaluation tupleCache twoDigitTextYear type u un undone uniqueCount \
uniqueList uniqueMemberProperty uniqueName unlockedFormula updatedVersion upgradeOnRefresh uri \
useAutoFormatting useFirstPageNumber usePrinterDefaults user v vacatedStyle val valIso \
varPSubtotal varSubtotal vertical verticalCentered verticalDpi view visibility visualTotals width \
windowHeight windowProtection windowWidth workbookAlgorithmName workbookHashValue \
workbookPassword workbookPasswordCharacterSet workbookSaltValue workbookSpinCount workbookViewId \
wrapText x xSplit xWindow xfId ySplit yWindow year zeroHeight zoomScale zoomScaleNormal \
zoomScalePageLayoutView zoomScaleSheetLayoutView zoomToFit",
        prefixed: "",
    },
    Names {
        prefix: "x14",
        elements: "\
axisColor borderColor cfIcon cfRule cfvo color colorAxis colorFirst colorHigh colorLast colorLow \
colorMarkers colorNegative colorScale colorSeries conditionalFormatting conditionalFormattings \
dataBar dataValidation dataValidations dxf fillColor formula1 formula2 iconSet \
negativeBorderColor negativeFillColor sparkline sparklineGroup sparklineGroups sparklines",
        bare: "\
aboveAverage activePresent allowBlank auto axisPosition border bottom count custom dateAxis \
direction disablePrompts displayEmptyCellsAs displayHidden displayXAxis equalAverage error \
errorStyle errorTitle first gradient gte high iconId iconSet id imeMode indexed last lineWeight \
low manualMax manualMin markers maxAxisType maxLength minAxisType minLength negative \
negativeBarBorderColorSameAsPositive negativeBarColorSameAsPositive operator percent pivot \
priority prompt promptTitle rank reverse rgb rightToLeft showDropDown showErrorMessage \
showInputMessage showValue stdDev stopIfTrue text theme tint type",
        prefixed: "",
    },
    Names {
        prefix: "xm",
        elements: "\
f sqref",
        bare: "",
        prefixed: "",
    },
    Names {
        prefix: "xdr",
        elements: "\
absoluteAnchor blipFill cNvCxnSpPr cNvGraphicFramePr cNvGrpSpPr cNvPicPr cNvPr cNvSpPr clientData \
col colOff cxnSp ext from graphicFrame grpSp grpSpPr nvCxnSpPr nvGraphicFramePr nvGrpSpPr nvPicPr \
nvSpPr oneCellAnchor pic pos row rowOff sp spPr style to twoCellAnchor txBody wsDr xfrm",
        bare: "\
bwMode cx cy descr dpi editAs fLocksText fLocksWithSheet fPrintsWithSheet fPublished flipH flipV \
hidden id name preferRelativeResize rot rotWithShape textlink title txBox x y",
        prefixed: "",
    },
];
