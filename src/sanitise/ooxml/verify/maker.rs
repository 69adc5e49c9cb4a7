//! The one part that says which program a document is of.

use super::{Checked, NotOurs};

pub(super) const NAME: &str = "docProps/app.xml";

const BEFORE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Properties \
    xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>";
const BETWEEN: &str = "</Application><AppVersion>";
const BEHIND: &str = "</AppVersion></Properties>";

/// Four programs, four versions, and not a sign more.
pub(super) fn check(text: &str) -> Checked {
    let said = text
        .strip_prefix(BEFORE)
        .and_then(|rest| rest.strip_suffix(BEHIND))
        .and_then(|said| said.split_once(BETWEEN));
    match said {
        Some((
            "Microsoft Excel"
            | "Microsoft Office Word"
            | "Microsoft Office PowerPoint"
            | "LibreOffice",
            "12.0000" | "14.0000" | "15.0000" | "16.0000",
        )) => Ok(()),
        Some(_) | None => Err(NotOurs("document properties")),
    }
}
