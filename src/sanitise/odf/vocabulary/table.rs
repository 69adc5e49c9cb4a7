//! Names of spreadsheets, charts and number formats (ODF 1.3 part 3, chapters 9, 11 and 16.29),
//! without those that start something, reach outside or tell who wrote it.

use super::Words;
use crate::sanitise::odf::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::Table,
        elements: "\
background body calculation-settings cell-address cell-content-change cell-content-deletion \
change-deletion change-track-table-cell consolidation content-validation content-validations \
covered-table-cell cut-offs data-pilot-display-info data-pilot-field \
data-pilot-field-reference data-pilot-group data-pilot-group-member data-pilot-groups \
data-pilot-layout-info data-pilot-level data-pilot-member data-pilot-members \
data-pilot-sort-info data-pilot-subtotal data-pilot-subtotals data-pilot-table \
data-pilot-tables database-range database-ranges deletion deletions dependencies dependency \
desc detective error-message even-columns even-rows filter filter-and filter-condition \
filter-or filter-set-item first-column first-row help-message highlighted-range insertion \
insertion-cut-off iteration label-range label-ranges last-column last-row movement \
movement-cut-off named-expression named-expressions named-range null-date odd-columns odd-rows \
operation previous scenario shapes sort sort-by sort-groups source-cell-range \
source-range-address subtotal-field subtotal-rule subtotal-rules table table-cell table-column \
table-column-group table-columns table-header-columns table-header-rows table-row \
table-row-group table-rows table-template target-range-address title tracked-changes",
        attributes: "\
acceptance-state add-empty-lines algorithm align allow-empty-cell automatic-find-labels \
base-cell-address bind-styles-to-content border-color border-model case-sensitive cell-address \
cell-range cell-range-address column comment condition condition-source \
condition-source-range-address contains-error contains-header content-validation-name \
copy-back copy-formulas copy-styles count country data-cell-range-address data-field data-type \
date-end date-start date-value default-cell-style-name direction display display-border \
display-duplicates display-filter-buttons display-list display-member-mode \
drill-down-on-double-click embedded-number-behavior enabled end end-cell-address end-column \
end-position end-row end-table end-x end-y expression field-name field-number \
first-row-end-column first-row-start-column formula function grand-total group-by-field-number \
grouped-by has-persistent-data id identify-categories ignore-empty-rows index is-active \
is-data-layout-field is-selection is-sub-table label-cell-range-address language \
last-column-spanned last-row-end-column last-row-spanned last-row-start-column layout-mode \
link-to-source-data marked-invalid matrix-covered maximum-difference member-count member-name \
member-type message-type mode multi-deletion-spanned name null-year number-columns-repeated \
number-columns-spanned number-matrix-columns-spanned number-matrix-rows-spanned \
number-rows-repeated number-rows-spanned on-update-keep-size on-update-keep-styles operator \
order orientation page-breaks-on-group-change paragraph-style-name position precision-as-shown \
print print-ranges protect protected protection-key protection-key-digest-algorithm \
range-usable-as rejecting-change-id rfc-language-tag row scenario-ranges script \
search-criteria-must-apply-to-whole-cell selected-page show-details show-empty \
show-filter-button sort-mode source-cell-range-addresses source-field-name start start-column \
start-position start-row start-table status step steps structure-protected style-name \
tab-color table table-background table-name target-cell-address target-range-address \
template-name title track-changes type use-banding-columns-styles use-banding-rows-styles \
use-first-column-styles use-first-row-styles use-labels use-last-column-styles \
use-last-row-styles use-regular-expressions use-wildcards used-hierarchy value value-type \
visibility",
    },
    Words {
        space: Space::Chart,
        elements: "\
axis categories chart coordinate-region data-label data-point domain equation error-indicator \
floor footer grid label-separator legend mean-value plot-area regression-curve series \
stock-gain-marker stock-loss-marker stock-range-line subtitle symbol-image title wall",
        attributes: "\
base-time-unit major-interval-unit major-interval-value minor-interval-unit \
minor-interval-value angle-offset attached-axis auto-position auto-size automatic-content axis-label-position \
axis-position class column-mapping connect-bars data-label-number data-label-series \
data-label-symbol data-label-text data-source-has-labels deep dimension display-equation \
display-label display-r-square error-category error-lower-indicator error-lower-limit \
error-lower-range error-margin error-percentage error-upper-indicator error-upper-limit \
error-upper-range gap-width group-bars-per-axis hole-size include-hidden-cells interpolation \
interval-major interval-minor-divisor japanese-candle-stick label-arrangement \
label-cell-address label-position label-position-negative legend-align legend-position lines \
link-data-style-to-source logarithmic maximum mean-value minimum name origin overlap \
percentage pie-offset regression-force-intercept regression-intercept-value \
regression-max-degree regression-moving-type regression-name regression-period regression-type \
repeated reverse-direction right-angled-axes row-mapping scale-text series-source solid-type \
sort-by-x-values spline-order spline-resolution stacked style-name symbol-height symbol-name \
symbol-type symbol-width text-overlap three-dimensional tick-mark-position \
tick-marks-major-inner tick-marks-major-outer tick-marks-minor-inner tick-marks-minor-outer \
treat-empty-cells values-cell-range-address vertical visible",
    },
    Words {
        space: Space::Number,
        elements: "\
am-pm boolean boolean-style currency-style currency-symbol date-style day day-of-week \
embedded-text era fill-character fraction hours minutes month number number-style \
percentage-style quarter scientific-number seconds text text-content text-style time-style \
week-of-year year",
        attributes: "\
automatic-order calendar country decimal-places decimal-replacement denominator-value \
display-factor exponent-interval forced-exponent-sign format-source grouping language \
max-denominator-value min-decimal-places min-denominator-digits min-exponent-digits \
min-integer-digits min-numerator-digits position possessive-form rfc-language-tag script style \
textual title transliteration-country transliteration-format transliteration-language \
transliteration-style truncate-on-overflow",
    },
];
