//! Names of documents, text and settings (ODF 1.3 part 3, chapters 3 to 8),
//! without those that start something, reach outside or tell who wrote it.

use super::Words;
use crate::sanitise::odf::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::Office,
        elements: "\
annotation annotation-end automatic-styles body change-info chart document-content \
document-meta document-settings document-styles drawing font-face-decls forms master-styles \
presentation scripts settings spreadsheet styles text",
        attributes: "\
boolean-value currency date-value display name string-value time-value title value value-type \
version",
    },
    Words {
        space: Space::Text,
        elements: "\
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
        attributes: "\
active address alphabetical-separators anchor-page-number anchor-type animation \
animation-delay animation-direction animation-repeat animation-start-inside animation-steps \
animation-stop-inside annote author bibliography-data-field bibliography-type booktitle \
bullet-char bullet-relative-size c capitalize-entries caption-sequence-format \
caption-sequence-name change-id chapter citation-body-style-name citation-style-name \
class-names combine-entries combine-entries-with-dash combine-entries-with-pp comma-separated \
cond-style-name condition consecutive-numbering continue-list continue-numbering \
copy-outline-levels count-empty-lines count-in-text-boxes current-selected current-value \
custom1 custom2 custom3 custom4 custom5 date-adjust date-value default-style-name description \
display display-levels display-outline-level dont-balance-text-columns duration edition editor \
fixed footnotes-position formula global howpublished id identifier ignore-case increment \
index-name index-scope institution is-hidden is-list-header isbn issn journal key key1 \
key1-phonetic key2 key2-phonetic kind label label-followed-by level line-break line-number \
list-id list-level-position-and-space-mode list-tab-stop-position main-entry \
main-entry-style-name master-page-name min-label-distance min-label-width month name note \
note-class number number-lines number-position numbered-entries offset organizations \
outline-level page-adjust pages placeholder-type prefix protected protection-key \
protection-key-digest-algorithm publisher ref-name reference-format relative-tab-stop-position \
report-type restart-numbering restart-on-page row-number school section-name select-page \
separation-character series sort-algorithm sort-ascending sort-by-position space-before \
start-numbering-at start-value string-value string-value-if-false string-value-if-true \
string-value-phonetic style-name style-override suffix tab-ref time-adjust time-value title \
track-changes url use-caption use-chart-objects use-draw-objects use-floating-frames \
use-graphics use-index-marks use-index-source-styles use-keys-as-entries use-math-objects \
use-objects use-other-objects use-outline-level use-soft-page-breaks use-spreadsheet-objects \
use-tables value visited-style-name volume year",
    },
    Words {
        space: Space::Config,
        elements: "\
config-item config-item-map-entry config-item-map-indexed config-item-map-named \
config-item-set",
        attributes: "\
name type",
    },
    Words {
        space: Space::Dc,
        elements: "\
creator date title",
        attributes: "",
    },
    Words {
        space: Space::Xlink,
        elements: "",
        attributes: "\
actuate href show title type",
    },
    Words {
        space: Space::Xml,
        elements: "",
        attributes: "\
id",
    },
];
