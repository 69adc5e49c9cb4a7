//! Names of styles (ODF 1.3 part 3, chapters 16 to 20),
//! without those that start something, reach outside or tell who wrote it.

use super::Words;
use crate::sanitise::odf::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::Style,
        elements: "\
background-image chart-properties column column-sep columns default-page-layout default-style \
drawing-page-properties drop-cap font-face footer footer-first footer-left footer-style \
footnote-sep graphic-properties handout-master header header-first header-footer-properties \
header-left header-style list-level-label-alignment list-level-properties map master-page \
page-layout page-layout-properties paragraph-properties presentation-page-layout region-center \
region-left region-right ruby-properties section-properties style tab-stop tab-stops \
table-cell-properties table-column-properties table-properties table-row-properties \
text-properties",
        attributes: "\
adjustment apply-style-name auto-text-indent auto-update background-transparency \
base-cell-address border-line-width border-line-width-bottom border-line-width-left \
border-line-width-right border-line-width-top cell-protect char class color column-width \
condition contextual-spacing country-asian country-complex data-style-name decimal-places \
default-outline-level diagonal-bl-tr diagonal-bl-tr-widths diagonal-tl-br \
diagonal-tl-br-widths direction display display-name distance distance-after-sep \
distance-before-sep dynamic-spacing editable family first-page-number flow-with-text \
font-adornments font-charset font-charset-asian font-charset-complex font-family-asian \
font-family-complex font-family-generic font-family-generic-asian font-family-generic-complex \
font-independent-line-spacing font-name font-name-asian font-name-complex font-pitch \
font-pitch-asian font-pitch-complex font-relief font-size-asian font-size-complex \
font-size-rel font-size-rel-asian font-size-rel-complex font-style-asian font-style-complex \
font-style-name font-style-name-asian font-style-name-complex font-weight-asian \
font-weight-complex footnote-max-height glyph-orientation-vertical height horizontal-pos \
horizontal-rel join-border justify-single-word language-asian language-complex \
layout-grid-base-height layout-grid-base-width layout-grid-color layout-grid-display \
layout-grid-lines layout-grid-mode layout-grid-print layout-grid-ruby-below \
layout-grid-ruby-height layout-grid-snap-to layout-grid-standard-mode leader-char leader-color \
leader-style leader-text leader-text-style leader-type leader-width legend-expansion \
legend-expansion-aspect-ratio length letter-kerning line-break line-height-at-least \
line-spacing line-style lines list-level list-style-name master-page-name \
may-break-between-rows min-row-height mirror name next-style-name num-format num-letter-sync \
num-prefix num-suffix number-wrapped-paragraphs overflow-behavior page-layout-name page-number \
page-usage paper-tray-name parent-style-name percentage-data-style-name position print \
print-content print-orientation print-page-order protect punctuation-wrap register-true \
register-truth-ref-style-name rel-column-width rel-height rel-width repeat repeat-content \
rfc-language-tag rfc-language-tag-asian rfc-language-tag-complex rotation-align rotation-angle \
row-height ruby-align ruby-position run-through scale-to scale-to-X scale-to-Y scale-to-pages \
script-asian script-complex script-type shadow shrink-to-fit snap-to-layout-grid style \
style-name tab-stop-distance table-centering text-align-source text-autospace text-blinking \
text-combine text-combine-end-char text-combine-start-char text-emphasize \
text-line-through-color text-line-through-mode text-line-through-style text-line-through-text \
text-line-through-text-style text-line-through-type text-line-through-width text-outline \
text-overline-color text-overline-mode text-overline-style text-overline-type \
text-overline-width text-position text-rotation-angle text-rotation-scale text-scale \
text-underline-color text-underline-mode text-underline-style text-underline-type \
text-underline-width type use-optimal-column-width use-optimal-row-height \
use-window-font-color vertical-align vertical-pos vertical-rel volatile width wrap \
wrap-contour wrap-contour-mode wrap-dynamic-threshold writing-mode writing-mode-automatic",
    },
    Words {
        space: Space::Fo,
        elements: "",
        attributes: "\
background-color border border-bottom border-left border-right border-top break-after \
break-before clip color column-count column-gap country end-indent font-family font-size \
font-style font-variant font-weight height hyphenate hyphenation-keep hyphenation-ladder-count \
hyphenation-push-char-count hyphenation-remain-char-count keep-together keep-with-next \
language letter-spacing line-height margin margin-bottom margin-left margin-right margin-top \
max-height max-width min-height min-width orphans padding padding-bottom padding-left \
padding-right padding-top page-height page-width script space-after space-before start-indent \
text-align text-align-last text-indent text-shadow text-transform widows width wrap-option",
    },
];
