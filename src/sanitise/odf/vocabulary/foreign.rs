//! Names outside of OASIS's own: presentation MathML, and the extensions of
//! LibreOffice that dress text, cells and drawings. What they add that acts
//! (data mappings, content controls, signature lines) is not among them.

use super::Words;
use crate::sanitise::odf::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::Math,
        elements: "\
math mi mn mo mtext mspace ms mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced \
menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr \
mlabeledtr mtd maligngroup malignmark semantics annotation",
        attributes: "\
accent accentunder align bevelled charalign close columnalign columnlines columnspacing \
columnspan crossout denomalign depth dir display displaystyle encoding equalcolumns equalrows \
fence form frame framespacing groupalign height indentalign largeop length linebreak \
linethickness location lquote lspace mathbackground mathcolor mathsize mathvariant maxsize \
minsize movablelimits notation numalign open overflow position rowalign rowlines rowspacing \
rowspan rquote rspace scriptlevel scriptminsize scriptsizemultiplier selection separator \
separators shift side stackalign stretchy subscriptshift superscriptshift symmetric valign \
voffset width",
    },
    Words {
        space: Space::Meta,
        elements: "creator-initials date-string",
        attributes: "",
    },
    Words {
        space: Space::Loext,
        elements: "\
char-complex-color color color-scheme color-table complex-color fill-character footer-first \
graphic-properties gradient-stop header-first opacity-stop p table table-protection text theme \
theme-colors transformation",
        attributes: "\
allow-overlap auto-text-indent blank-width-char border border-bottom border-left border-right \
border-top char-shading-value color color-lum-mod color-lum-off color-type color-value \
contextual-spacing custom-leader-lines decimal-places decorative drop-cap-punctuation \
exponent-interval fill-use-slide-background forced-exponent-sign glow-color \
glow-opacity glow-radius glow-text-color glow-text-opacity glow-text-radius hyphenation-compound-remain-char-count \
hyphenation-keep hyphenation-keep-line hyphenation-keep-type hyphenation-no-caps \
hyphenation-no-last-word hyphenation-word-char-count hyphenation-zone is-rotated-with-fill \
label-stroke-color label-stroke-opacity label-stroke-width letter-kerning line-break linked-style-name \
margin-gutter margin-inner margin-outer max-blank-integer-digits may-break-between-rows \
min-decimal-places name num-list-format opacity padding padding-bottom padding-left \
padding-right padding-top percentage-spacing regression-extrapolate-backward \
regression-extrapolate-forward regression-force-intercept regression-intercept-value \
regression-max-degree regression-moving-type regression-period regression-x-name rel-height-rel rel-width-rel resolved \
scale-to-X scale-to-Y select-protected-cells select-unprotected-cells sender-initials \
shadow-blur softedge-radius split-flys-allowed std-weight subject tab-stop-distance table-column-style-name \
text-decoration theme-type transformation-type type vertical-justify word-spacing-maximum \
word-spacing-minimum writing-mode writing-mode-automatic",
    },
    Words {
        space: Space::Calcext,
        elements: "\
color-scale color-scale-entry condition conditional-format conditional-formats data-bar date-is \
formatting-entry icon-set sparkline sparkline-group sparkline-groups sparklines",
        attributes: "\
apply-style-name axis-color axis-position base-cell-address cell-address color color-axis \
color-first color-high color-last color-low color-markers color-negative color-series \
custom custom-icon custom-iconset custom-index data-range date display-empty-cells-as display-hidden \
display-x-axis first gradient high icon-set-type id last line-width low manual-max manual-min markers \
max-axis-type max-length min-axis-type min-length negative negative-color positive-color \
right-to-left show-value style target-range-address type value value-type",
    },
    Words {
        space: Space::Chartooo,
        elements: "date-scale",
        attributes: "",
    },
    Words {
        space: Space::Field,
        elements: "fieldmark fieldmark-end fieldmark-separator fieldmark-start param",
        attributes: "name type value",
    },
    Words {
        space: Space::Drawooo,
        elements: "",
        attributes: "display enhanced-path sub-view-size",
    },
    Words {
        space: Space::Css3t,
        elements: "",
        attributes: "text-justify",
    },
];
