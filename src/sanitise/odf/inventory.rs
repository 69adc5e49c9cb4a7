//! What a package holds besides the parts that are read: nothing of it comes
//! through, and what a person would miss or should know of is named.

use std::collections::HashSet;

use crate::sanitise::office::zip_view::View;
use crate::sanitise::{Report, What};

/// Notes every entry that was not read.
pub(super) fn note(view: &View<'_>, used: &HashSet<String>, report: &mut Report) {
    // A document inside the document is one thing, however many files it has.
    let objects: HashSet<String> = (view.entries.iter())
        .filter_map(|entry| {
            let name = entry.untrusted_name.to_ascii_lowercase();
            name.strip_suffix("/content.xml").map(str::to_owned)
        })
        .collect();
    let mut said: HashSet<&str> = HashSet::new();
    for entry in &view.entries {
        let name = &entry.untrusted_name;
        let lower = name.to_ascii_lowercase();
        if entry.size == 0 || used.contains(&lower) {
            continue;
        }
        let object = objects.iter().find(|object| {
            lower
                .strip_prefix(object.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        });
        if let Some(object) = object {
            let read = used.contains(&format!("{object}/content.xml"));
            if !read && said.insert(object) {
                report.removed(What::OleObject, object);
            }
        } else if let Some(what) = stray(&lower) {
            // Who wrote it and when is one thing, however many entries say it.
            let place = if what == What::Metadata {
                "meta.xml"
            } else {
                name
            };
            report.removed(what, place);
        }
    }
}

/// The code of an entry that no part names; `None` for what only serves the
/// program that wrote it.
fn stray(name: &str) -> Option<What> {
    let folder = name.split_once('/').map_or("", |(folder, _)| folder);
    Some(match (folder, name) {
        (_, "mimetype" | "meta.xml" | "layout-cache" | "meta-inf/manifest.xml") => return None,
        ("objectreplacements", _) => return None,
        ("basic" | "scripts" | "dialogs", _) => What::Script,
        ("configurations2", _) => What::CustomUi,
        ("meta-inf", name) if name.contains("signature") => What::DigitalSignature,
        ("thumbnails", _) | (_, "manifest.rdf" | "documentlist.xml") => What::Metadata,
        ("fonts", _) => What::EmbeddedFont,
        ("database" | "forms" | "reports", _) => What::DataConnection,
        ("media", _) => What::RichMedia,
        (_, name) if name.starts_with("object ") => What::OleObject,
        _ => What::UnknownPart,
    })
}
