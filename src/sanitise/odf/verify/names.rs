//! The verifier's own list of elements, by our prefixes (ODF 1.3 part 3,
//! presentation MathML, and what LibreOffice adds to dress documents).

/// Prefix and names.
pub(super) const ELEMENTS: &[(&str, &str)] = &[
    (
        "office",
        "\
annotation annotation-end automatic-styles body change-info chart document-content \
document-meta document-settings document-styles drawing font-face-decls master-styles \
presentation settings spreadsheet styles text",
    ),
    (
        "text",
        "\
a alphabetical-index alphabetical-index-entry-template alphabetical-index-mark \
alphabetical-index-mark-end alphabetical-index-mark-start alphabetical-index-source \
bibliography bibliography-configuration bibliography-entry-template bibliography-mark \
bibliography-source bookmark bookmark-end bookmark-ref bookmark-start change change-end \
change-start changed-region chapter character-count conditional-text date deletion drop-down \
expression format-change h hidden-paragraph hidden-text illustration-index \
illustration-index-entry-template illustration-index-source image-count index-body \
index-entry-bibliography index-entry-chapter index-entry-link-end index-entry-link-start \
index-entry-page-number index-entry-span index-entry-tab-stop index-entry-text \
index-source-style index-source-styles index-title index-title-template insertion label \
line-break linenumbering-configuration linenumbering-separator list list-header list-item \
list-level-style-bullet list-level-style-image list-level-style-number list-style measure note \
note-body note-citation note-continuation-notice-backward note-continuation-notice-forward \
note-ref notes-configuration number numbered-paragraph object-count object-index \
object-index-entry-template object-index-source outline-level-style outline-style p page \
page-continuation page-count page-number page-sequence page-variable-get page-variable-set \
paragraph-count placeholder reference-mark reference-mark-end reference-mark-start \
reference-ref ruby ruby-base ruby-text s section sequence sequence-decl sequence-decls \
sequence-ref sheet-name soft-page-break sort-key span tab table-count table-index \
table-index-entry-template table-index-source table-of-content table-of-content-entry-template \
table-of-content-source text-input time title toc-mark toc-mark-end toc-mark-start \
tracked-changes user-field-decl user-field-decls user-field-get user-field-input user-index \
user-index-entry-template user-index-mark user-index-mark-end user-index-mark-start \
user-index-source variable-decl variable-decls variable-get variable-input variable-set \
word-count",
    ),
    (
        "table",
        "\
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
    ),
    (
        "draw",
        "\
a area-circle area-polygon area-rectangle caption circle connector contour-path \
contour-polygon custom-shape ellipse enhanced-geometry equation fill-image frame g glue-point \
gradient handle hatch image image-map layer layer-set line marker measure object opacity page \
page-thumbnail path polygon polyline rect regular-polygon stroke-dash text-box",
    ),
    (
        "dr3d",
        "\
cube extrude light rotate scene sphere",
    ),
    (
        "svg",
        "\
desc linearGradient radialGradient stop title",
    ),
    (
        "style",
        "\
background-image chart-properties column column-sep columns default-page-layout default-style \
drawing-page-properties drop-cap font-face footer footer-first footer-left footer-style \
footnote-sep graphic-properties handout-master header header-first header-footer-properties \
header-left header-style list-level-label-alignment list-level-properties map master-page \
page-layout page-layout-properties paragraph-properties presentation-page-layout region-center \
region-left region-right ruby-properties section-properties style tab-stop tab-stops \
table-cell-properties table-column-properties table-properties table-row-properties \
text-properties",
    ),
    (
        "number",
        "\
am-pm boolean boolean-style currency-style currency-symbol date-style day day-of-week \
embedded-text era fill-character fraction hours minutes month number number-style \
percentage-style quarter scientific-number seconds text text-content text-style time-style \
week-of-year year",
    ),
    (
        "chart",
        "\
axis categories chart coordinate-region data-label data-point domain equation error-indicator \
floor footer grid label-separator legend mean-value plot-area regression-curve series \
stock-gain-marker stock-loss-marker stock-range-line subtitle symbol-image title wall",
    ),
    (
        "presentation",
        "\
animation-group animations date-time date-time-decl dim footer footer-decl header header-decl \
hide-shape hide-text notes placeholder settings show show-shape show-text",
    ),
    (
        "anim",
        "\
animate animateColor animateMotion animateTransform iterate par param seq set transitionFilter",
    ),
    (
        "config",
        "\
config-item config-item-map-entry config-item-map-indexed config-item-map-named \
config-item-set",
    ),
    (
        "dc",
        "\
creator date title",
    ),
    (
        "math",
        "\
annotation maligngroup malignmark math menclose merror mfenced mfrac mi mlabeledtr \
mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub \
msubsup msup mtable mtd mtext mtr munder munderover none semantics",
    ),
    (
        "meta",
        "\
creator-initials date-string",
    ),
    (
        "loext",
        "\
char-complex-color color color-scheme color-table complex-color fill-character footer-first gradient-stop \
graphic-properties header-first opacity-stop p table table-protection text theme theme-colors \
transformation",
    ),
    ("chartooo", "date-scale"),
    (
        "field",
        "fieldmark fieldmark-end fieldmark-separator fieldmark-start param",
    ),
    (
        "calcext",
        "\
color-scale color-scale-entry condition conditional-format conditional-formats data-bar \
date-is formatting-entry icon-set sparkline sparkline-group sparkline-groups sparklines",
    ),
];
