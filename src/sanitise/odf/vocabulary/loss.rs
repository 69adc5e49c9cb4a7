//! What becomes of the names that are not kept, and what their loss is called.

use super::Space;
use crate::sanitise::What;
use crate::sanitise::office::vocabulary::Fate;

/// Fate and code of an element that no list of ours has. A field loses its
/// tags and keeps its result; so does what nobody knows inside a paragraph
/// (ODF 1.3 part 3, 3.17).
#[rustfmt::skip] // a table is read by columns
pub(in crate::sanitise::odf) fn of(space: Space, untrusted_local: &str) -> (Fate, Option<What>) {
    use Fate::{Drop, Unwrap};
    match (space, untrusted_local) {
        (Space::Office, "script") | (Space::Text, "script") | (Space::Draw, "applet") => (Drop, Some(What::Script)),
        (Space::Office, "event-listeners") | (Space::Presentation, "event-listener") | (Space::Script, _) => (Drop, Some(What::EventHandler)),
        (Space::Text, "execute-macro") => (Unwrap, Some(What::Action)),
        (Space::Table, "error-macro") | (Space::Anim, "command") => (Drop, Some(What::Action)),
        (Space::Text, "dde-connection") => (Unwrap, Some(What::Dde)),
        (Space::Text, "dde-connection-decls" | "dde-connection-decl")
        | (Space::Table, "dde-links" | "dde-link")
        | (Space::Office, "dde-source") => (Drop, Some(What::Dde)),
        (Space::Text, "section-source" | "alphabetical-index-auto-mark-file")
        | (Space::Table, "table-source" | "cell-range-source")
        | (Space::Svg, "definition-src") => (Drop, Some(What::ExternalLink)),
        (Space::Text, "database-display" | "database-name" | "database-next" | "database-row-number"
            | "database-row-select") => (Unwrap, Some(What::DataConnection)),
        (Space::Table, "database-source-query" | "database-source-sql" | "database-source-table" | "source-service")
        | (Space::Database, _)
        | (Space::Calcext, "data-mappings" | "data-mapping") => (Drop, Some(What::DataConnection)),
        (Space::Draw, "plugin") | (Space::Presentation, "sound" | "play") | (Space::Anim, "audio") => (Drop, Some(What::RichMedia)),
        (Space::Draw, "floating-frame") => (Drop, Some(What::Frame)),
        (Space::Draw, "object-ole") | (Space::Office, "document") => (Drop, Some(What::OleObject)),
        (Space::Office, "binary-data") => (Drop, Some(What::EmbeddedFile)),
        (Space::Form, "connection-resource") => (Drop, Some(What::DataConnection)),
        // Parts of a form, which is named as a whole.
        (Space::Form, _) => (Drop, None),
        (Space::Xforms, _) => (Drop, Some(What::Form)),
        (Space::Svg, "font-face-src" | "font-face-uri" | "font-face-format" | "font-face-name") => (Drop, Some(What::EmbeddedFont)),
        (Space::Meta, _) => (Drop, Some(What::Metadata)),
        (Space::Text, "meta" | "meta-field") | (Space::Loext, "content-control") => (Unwrap, None),
        // Who wrote it, who reads it, when, under which name: the words stay.
        (Space::Text, "author-initials" | "author-name" | "creation-date" | "creation-time" | "creator"
            | "description" | "editing-cycles" | "editing-duration" | "file-name" | "initial-creator"
            | "keywords" | "modification-date" | "modification-time" | "print-date" | "print-time"
            | "printed-by" | "subject" | "table-formula" | "template-name" | "user-defined") => (Unwrap, Some(What::FieldCode)),
        (Space::Text, name) if name.starts_with("sender-") => (Unwrap, Some(What::FieldCode)),
        (Space::Unknown, _) => (Unwrap, Some(What::UnknownPart)),
        _ => (Drop, Some(What::UnknownPart)),
    }
}
