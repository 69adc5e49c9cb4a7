//! The parts of a package as it came, for who looks inside.

use std::collections::HashMap;

use super::model::Package;
use super::zip_view::View;
use crate::policy::Limits;
use crate::policy::text::bounded;
use crate::sanitise::report::{LONGEST_WHERE, MOST_PIECES};
use crate::sanitise::{Piece, Refusal};

/// The lists that hold a package together; ours say what is in ours.
fn list_of(lower_name: &str) -> Option<&'static str> {
    if lower_name == "[content_types].xml" {
        Some("contentTypes")
    } else {
        lower_name.ends_with(".rels").then_some("relationships")
    }
}

/// Every entry in the order of the archive, with what it was read as.
pub(super) fn of(bytes: &[u8], package: &Package, limits: &Limits) -> Result<Vec<Piece>, Refusal> {
    let read: HashMap<String, _> = (package.parts.iter())
        .map(|part| (part.untrusted_name.to_ascii_lowercase(), part))
        .collect();
    let entries = View::new(bytes, limits)?.entries;
    let pieces = entries.iter().take(MOST_PIECES).map(|entry| {
        let name = entry.untrusted_name.to_ascii_lowercase();
        let part = read.get(&name);
        let row = part.and_then(|part| part.role.row());
        let list = list_of(&name);
        Piece {
            untrusted_name: bounded(&entry.untrusted_name, LONGEST_WHERE),
            role: list.or(row.map(|row| row.relation)).map(str::to_owned),
            size: entry.size,
            kept: list.is_some() || part.is_some_and(|part| !part.gone),
        }
    });
    Ok(pieces.collect())
}
