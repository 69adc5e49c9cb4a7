//! A record as a tree for people: what it was, what came of it, what was
//! taken out of it, and its members below.

use std::fmt::Write as _;

use crate::mail::record::{Outcome, Record};
use crate::policy::text::{Lang, Text};
use crate::sanitise::{Kind, Piece, Refusal, Removed};

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
    if let Some(share) = record.closeness {
        let words = Text::new("本文の一致", "of its text");
        let _ = writeln!(lines, "{indent}  {share}% {}", words.get(lang));
    }
    for removed in &record.removed {
        if part_of(removed, record).is_none() {
            taken_out(removed, true, &indent, lines);
        }
    }
    parts(record, lang, &indent, lines);
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

/// `- vba-project ×1  word/vbaProject.bin`; the place only where it is not said.
fn taken_out(removed: &Removed, placed: bool, indent: &str, lines: &mut String) {
    let code = serde_json::to_string(&removed.what).unwrap_or_default();
    let code = code.trim_matches('"');
    let place = if placed {
        removed.untrusted_where.as_str()
    } else {
        ""
    };
    let line = format!("{indent}  - {code} ×{}  {place}", removed.count);
    let _ = writeln!(lines, "{}", line.trim_end());
}

/// The parts of a package below their folders, and below each what is active in
/// it.
fn parts(record: &Record, lang: Lang, indent: &str, lines: &mut String) {
    let mut pieces: Vec<&Piece> = record.structure.iter().collect();
    pieces.sort_by_key(|piece| folder_and_file(&piece.untrusted_name));
    let below: Vec<(&Piece, &Removed)> = (record.removed.iter())
        .filter_map(|removed| part_of(removed, record).map(|piece| (piece, removed)))
        .collect();
    let mut inside = "";
    for piece in pieces {
        let (folder, file) = folder_and_file(&piece.untrusted_name);
        if folder != inside {
            let _ = writeln!(lines, "{indent}  {folder}/");
            inside = folder;
        }
        let margin = format!("{indent}  {}", if folder.is_empty() { "" } else { "  " });
        let left_out = Text::new("除外", "left out");
        let what = match &piece.role {
            Some(role) if piece.kept => role.as_str(),
            Some(_) | None => left_out.get(lang),
        };
        let _ = writeln!(lines, "{margin}{file}  {what}  {}", piece.size);
        for (part, removed) in &below {
            if std::ptr::eq(*part, piece) {
                taken_out(removed, false, &margin, lines);
            }
        }
    }
}

/// The part that something was taken out of. Rich text calls a group by its
/// own name, wherever it stands: the first one of that name.
fn part_of<'a>(removed: &Removed, record: &'a Record) -> Option<&'a Piece> {
    let place = removed.untrusted_where.as_str();
    let by_file = record.source.kind == Kind::Rtf;
    record.structure.iter().find(|piece| {
        let name = piece.untrusted_name.as_str();
        name == place || (by_file && folder_and_file(name).1 == place)
    })
}

fn folder_and_file(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::record::Source;
    use crate::sanitise::What;

    #[test]
    fn what_is_active_stands_below_the_part_that_it_is_in() {
        let piece = |name: &str, role: Option<&str>| Piece {
            untrusted_name: name.to_owned(),
            role: role.map(str::to_owned),
            size: 7,
            kept: role.is_some(),
        };
        let removed = |what, place: &str| Removed {
            what,
            untrusted_where: place.to_owned(),
            count: 1,
        };
        let record = Record {
            source: Source {
                name: "a.docm".into(),
                size: 9,
                sha256: String::new(),
                kind: Kind::Word,
                claimed: None,
            },
            outcome: Outcome::Rebuilt,
            reason: None,
            removed: vec![
                removed(What::Metadata, "docProps"),
                removed(What::Dde, "word/document.xml"),
                removed(What::VbaProject, "word/vbaProject.bin"),
            ],
            closeness: Some(100),
            structure: vec![
                piece("[Content_Types].xml", Some("contentTypes")),
                piece("word/vbaProject.bin", None),
                piece("word/document.xml", Some("officeDocument")),
            ],
            outputs: Vec::new(),
            children: Vec::new(),
            verified: true,
            confinement: String::new(),
            engine: String::new(),
            policy: String::new(),
            elapsed_ms: 0,
        };
        insta::assert_snapshot!(draw(&record, Lang::En), @r"
        a.docm [ooxml.word]  rebuilt
          100% of its text
          - metadata ×1  docProps
          [Content_Types].xml  contentTypes  7
          word/
            document.xml  officeDocument  7
              - dde ×1
            vbaProject.bin  left out  7
              - vba-project ×1
        ");
    }
}
