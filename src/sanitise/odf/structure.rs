//! The parts of a package as it came, for who looks inside.

use super::model::{Class, Document, Package};
use super::write;
use crate::policy::Limits;
use crate::policy::text::bounded;
use crate::sanitise::office::zip_view::View;
use crate::sanitise::report::{LONGEST_WHERE, MOST_PIECES};
use crate::sanitise::{Piece, Refusal};

/// Every entry in the order of the archive, with what it was read as.
pub(super) fn of(bytes: &[u8], package: &Package, limits: &Limits) -> Result<Vec<Piece>, Refusal> {
    let shown = write::shown(package);
    let read = |name: &str| -> Option<(&'static str, bool)> {
        match name {
            "mimetype" => return Some(("mediaType", true)),
            "META-INF/manifest.xml" => return Some(("manifest", true)),
            "meta.xml" => return Some(("metadata", package.title.is_some())),
            _ => {}
        }
        (package.documents.iter().enumerate()).find_map(|(at, document)| {
            let kept = document.class == Class::Main || shown.objects.contains(&at);
            let file = name.strip_prefix(&document.untrusted_folder)?;
            if let Some(part) = (document.parts.iter()).find(|part| part.role.name() == file) {
                return Some((role(document, part.role.name()), kept));
            }
            let picture = document.pictures.get(name).copied()?;
            let shown = picture.is_some_and(|picture| shown.pictures.contains(&picture));
            Some(("picture", kept && shown))
        })
    };
    let entries = View::new(bytes, limits)?.entries;
    let pieces = entries.iter().take(MOST_PIECES).map(|entry| {
        let known = read(&entry.untrusted_name);
        Piece {
            untrusted_name: bounded(&entry.untrusted_name, LONGEST_WHERE),
            role: known.map(|(role, _)| role.to_owned()),
            size: entry.size,
            kept: known.is_some_and(|(_, kept)| kept),
        }
    });
    Ok(pieces.collect())
}

fn role(document: &Document, file: &str) -> &'static str {
    match (document.class, file) {
        (Class::Chart, "content.xml") => "chart",
        (Class::Formula, "content.xml") => "formula",
        (_, "content.xml") => "content",
        (_, "styles.xml") => "styles",
        _ => "settings",
    }
}
