//! A record as a tree for people: what it was, what came of it, what was
//! taken out of it, and its members below.

use std::fmt::Write as _;

use crate::mail::record::{Outcome, Record};
use crate::policy::text::{Lang, Text};
use crate::sanitise::Refusal;

/// Draws `record` and its children. Every name in it is escaped already.
#[must_use]
pub fn draw(record: &Record, lang: Lang) -> String {
    let mut lines = String::new();
    branch(record, lang, 0, &mut lines);
    lines
}

fn branch(record: &Record, lang: Lang, depth: usize, lines: &mut String) {
    let indent = "  ".repeat(depth);
    let name = if record.source.name.is_empty() {
        "-"
    } else {
        &record.source.name
    };
    let became = record
        .outputs
        .first()
        .map_or(String::new(), |output| format!(" → {}", output.name));
    let outcome = outcome(record.outcome);
    let reason = record.reason.map_or(String::new(), |reason| {
        let why = if record.outcome == Outcome::Withheld {
            reason.text()
        } else {
            instead(reason)
        };
        format!(": {}", why.get(lang))
    });
    let _ = writeln!(
        lines,
        "{indent}{name} [{}]{became}  {}{reason}",
        record.source.kind.name(),
        outcome.get(lang)
    );
    for removed in &record.removed {
        let code = serde_json::to_string(&removed.what).unwrap_or_default();
        let _ = writeln!(
            lines,
            "{indent}  - {} ×{}  {}",
            code.trim_matches('"'),
            removed.count,
            removed.untrusted_where
        );
    }
    for child in &record.children {
        branch(child, lang, depth.saturating_add(1), lines);
    }
}

/// Why something came out, but not as it was ordered.
fn instead(reason: Refusal) -> Text {
    match reason {
        Refusal::NotInstalled => reason.text(),
        _ => Text::new(
            format!("指定の形にはできませんでした ({})", reason.code()),
            format!("could not be made as ordered ({})", reason.code()),
        ),
    }
}

fn outcome(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Rebuilt => Text::new("再構成", "rebuilt"),
        Outcome::Flattened => Text::new("画像化", "flattened"),
        Outcome::Text => Text::new("テキスト化", "text"),
        Outcome::Unpacked => Text::new("展開して再作成", "unpacked and written anew"),
        Outcome::Withheld => Text::new("保留", "withheld"),
    }
}
