//! `[Content_Types].xml` and `.rels` (ISO/IEC 29500-2) as our own lists.

use std::collections::{HashMap, HashSet};

use crate::sanitise::Refusal;
use crate::sanitise::office::zip_view::View;
use crate::sanitise::office::{rows, source};

/// Most rows of one list.
const MOST_ROWS: usize = 20_000;

/// Content types by part name.
pub(super) struct Types {
    by_extension: HashMap<String, String>,
    by_name: HashMap<String, String>,
}

impl Types {
    /// Reads the list; two different rows for one part are refused.
    pub(super) fn read(view: &mut View<'_>) -> Result<Self, Refusal> {
        let at = view.find("[Content_Types].xml").ok_or(Refusal::Malformed)?;
        let text = source::decode(view.content(at)?)?;
        let mut types = Self {
            by_extension: HashMap::new(),
            by_name: HashMap::new(),
        };
        for row in rows::rows(&text, MOST_ROWS)? {
            let content_type = row.get("ContentType").to_owned();
            let (list, key) = match row.local.as_str() {
                "Default" => (
                    &mut types.by_extension,
                    row.get("Extension").to_ascii_lowercase(),
                ),
                "Override" => {
                    let name = row.get("PartName").to_ascii_lowercase();
                    (&mut types.by_name, name.trim_start_matches('/').to_owned())
                }
                _ => continue,
            };
            let before = list.insert(key, content_type.clone());
            if before.is_some_and(|before| before != content_type) {
                return Err(Refusal::Malformed);
            }
        }
        Ok(types)
    }

    /// The content type of a part, empty where none is declared.
    pub(super) fn of(&self, untrusted_name: &str) -> &str {
        let name = untrusted_name.to_ascii_lowercase();
        if let Some(found) = self.by_name.get(&name) {
            return found;
        }
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        self.by_extension.get(extension).map_or("", String::as_str)
    }
}

/// One row of a `.rels`.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) untrusted_type: String,
    pub(super) untrusted_target: String,
    pub(super) external: bool,
}

/// The relations of a part; empty name: of the package. Two relations with
/// one id are refused.
pub(super) fn relations(view: &mut View<'_>, untrusted_name: &str) -> Result<Vec<Row>, Refusal> {
    let (folder, file) = untrusted_name
        .rsplit_once('/')
        .unwrap_or(("", untrusted_name));
    let separator = if folder.is_empty() { "" } else { "/" };
    let Some(at) = view.find(&format!("{folder}{separator}_rels/{file}.rels")) else {
        return Ok(Vec::new());
    };
    let text = source::decode(view.content(at)?)?;
    let mut found: Vec<Row> = Vec::new();
    let mut ids: HashSet<String> = HashSet::new();
    for row in rows::rows(&text, MOST_ROWS)? {
        if row.local != "Relationship" {
            continue;
        }
        let id = row.get("Id").to_owned();
        if !ids.insert(id.clone()) {
            return Err(Refusal::Malformed);
        }
        found.push(Row {
            id,
            untrusted_type: row.get("Type").to_owned(),
            untrusted_target: row.get("Target").to_owned(),
            external: row.get("TargetMode").eq_ignore_ascii_case("External"),
        });
    }
    Ok(found)
}

/// The part that an internal target names, seen from `source`; `None` if it
/// leads out of the package.
pub(super) fn resolve(source: &str, untrusted_target: &str) -> Option<String> {
    if untrusted_target.contains(['\\', ':', '#', '?']) {
        return None;
    }
    let mut steps: Vec<&str> = Vec::new();
    if !untrusted_target.starts_with('/') {
        steps.extend(
            source
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .split('/'),
        );
    }
    for step in untrusted_target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    steps.retain(|step| !step.is_empty());
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_cannot_leave_the_package() {
        assert_eq!(
            resolve("word/document.xml", "media/a.png").as_deref(),
            Some("word/media/a.png")
        );
        assert_eq!(
            resolve("word/document.xml", "../docProps/core.xml").as_deref(),
            Some("docProps/core.xml")
        );
        assert_eq!(
            resolve("word/document.xml", "/word/x.xml").as_deref(),
            Some("word/x.xml")
        );
        assert_eq!(resolve("word/document.xml", "../../etc/passwd"), None);
        assert_eq!(resolve("word/document.xml", "file:///etc/passwd"), None);
    }
}
