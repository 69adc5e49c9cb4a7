//! Entries of a package that no relation leads to.

use std::collections::{HashMap, HashSet};

use super::{package, role};
use crate::sanitise::office::zip_view::View;
use crate::sanitise::{Report, What};

/// They are not read; each is said, so that nothing is lost unseen. `relations` are
/// those that were read, by the lower-case name of their part (empty: of the
/// package).
pub(super) fn note(
    view: &mut View<'_>,
    mut relations: HashMap<String, Vec<package::Row>>,
    is_kept: impl Fn(&str) -> bool,
    report: &mut Report,
) {
    let mut reached: HashSet<String> = HashSet::new();
    let mut waiting = vec![String::new()];
    while let Some(name) = waiting.pop() {
        // What belongs to a part that is left out is part of it.
        let known = relations.remove(&name.to_ascii_lowercase());
        let rows = known.unwrap_or_else(|| package::relations(view, &name).unwrap_or_default());
        for row in &rows {
            let step = role::step(&row.untrusted_type);
            if row.external && step == Some("frame") && !is_kept(&name) {
                report.removed(What::Frame, &name);
            }
            if !row.external
                && let Some(to) = package::resolve(&name, &row.untrusted_target)
                && reached.insert(to.to_ascii_lowercase())
            {
                waiting.push(to);
            }
        }
    }
    for entry in &view.entries {
        let name = entry.untrusted_name.to_ascii_lowercase();
        let belongs = name.ends_with('/')
            || name.ends_with(".rels")
            || name == "[content_types].xml"
            || reached.contains(&name);
        if !belongs {
            let what = if name.contains("vbaproject") {
                What::VbaProject
            } else if name.contains("/embeddings/") {
                What::OleObject
            } else {
                What::UnknownPart
            };
            report.removed(what, &entry.untrusted_name);
        }
    }
}
