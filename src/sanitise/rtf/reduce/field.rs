//! Codes of fields (RTF 1.9.1, "Fields"): the list is that of Word packages.

use crate::sanitise::rtf::model::Code;
use crate::sanitise::{What, ooxml};

/// Why a field's code goes; `None`: it stays.
pub(super) fn verdict(code: &Code) -> Option<What> {
    let what = ooxml::field_verdict(&code.untrusted);
    match what.or(code.computed.then_some(What::FieldCode))? {
        What::FieldCode => Some(named(&code.untrusted)),
        what => Some(what),
    }
}

/// What a code that goes reached for.
fn named(code: &str) -> What {
    let code = code.trim();
    let end = code.find(|c: char| !c.is_ascii_alphanumeric());
    let name = code.get(..end.unwrap_or(code.len())).unwrap_or_default();
    match name.to_ascii_uppercase().as_str() {
        "LINK" | "INCLUDETEXT" | "INCLUDE" | "IMPORT" | "RD" => What::ExternalLink,
        "INCLUDEPICTURE" => What::ExternalImage,
        "EMBED" => What::OleObject,
        "CONTROL" | "HTMLCONTROL" => What::Activex,
        "DATABASE" | "MERGEFIELD" | "MERGEREC" | "NEXT" => What::DataConnection,
        _ => What::FieldCode,
    }
}
