//! `[Content_Types].xml` and `.rels` (ISO/IEC 29500-2) as our own lists.

use std::collections::{HashMap, HashSet};

use super::reading;
use super::zip_view::View;
use crate::sanitise::Refusal;

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
        let text = reading::decode(view.content(at)?)?;
        let mut types = Self {
            by_extension: HashMap::new(),
            by_name: HashMap::new(),
        };
        for row in reading::rows(&text, MOST_ROWS)? {
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
    let text = reading::decode(view.content(at)?)?;
    let mut found: Vec<Row> = Vec::new();
    let mut ids: HashSet<String> = HashSet::new();
    for row in reading::rows(&text, MOST_ROWS)? {
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

/// A hyperlink target we keep: the web, a mailbox, or a place inside.
pub(super) fn is_link(untrusted_target: &str) -> bool {
    let plain = !untrusted_target.chars().any(|c| {
        c.is_whitespace()
            || crate::policy::text::is_deceptive(c)
            || matches!(c, '"' | '<' | '>' | '\\')
    });
    let lower = untrusted_target
        .get(..8)
        .unwrap_or(untrusted_target)
        .to_ascii_lowercase();
    let kept = ["http://", "https://", "mailto:", "#"]
        .iter()
        .any(|start| lower.starts_with(start));
    plain && kept && names_its_host(untrusted_target) && untrusted_target.len() <= 2_083
}

/// `https://bank.example@evil.example/` shows another host than it opens;
/// `http:///evil` shows none.
fn names_its_host(untrusted_target: &str) -> bool {
    let Some((scheme, rest)) = untrusted_target.split_once("://") else {
        return true;
    };
    if !scheme.to_ascii_lowercase().starts_with("http") {
        return true;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !host.contains('@')
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

    #[test]
    fn only_web_mail_and_inner_links_are_kept() {
        assert!(is_link("https://example.lg.jp/申請?a=1"));
        assert!(is_link("MAILTO:soumu@example.lg.jp"));
        assert!(is_link("#Sheet2!A1"));
        assert!(is_link("https://example.lg.jp/@user?a=b@c"));
        for bad in [
            "file:///c:/x",
            "\\\\host\\share",
            "javascript:alert(1)",
            "ms-msdt:/id",
            " http://x",
            "http:/x",
            "https://bank.example@evil.example/",
            "https://a:b@evil.example",
            "http:///evil.example",
            "",
        ] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}
