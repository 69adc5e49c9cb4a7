//! A record as a tree for people: what it was, what came of it, what was
//! taken out of it, and its members below.

use std::fmt::Write as _;

use crate::mail::record::{Outcome, Record};
use crate::mail::words;
use crate::policy::text::{Lang, Text};
use crate::sanitise::{Kind, Piece, Refusal, Removed, What};

/// Draws `record` and its children. Every name in it is escaped already.
#[must_use]
pub fn draw(record: &Record, lang: Lang) -> String {
    let mut lines = String::new();
    branch(record, lang, &mut lines, (0, false));
    lines
}

/// `depth` below the first, and whether a mail is what it stands in.
fn branch(record: &Record, lang: Lang, lines: &mut String, (depth, in_mail): (usize, bool)) {
    let indent = "  ".repeat(depth);
    // What has no name in a mail is its body, which becomes no file.
    let body = in_mail && record.source.name.is_empty();
    let of_body = Text::new("（本文）", "(body)");
    let name = match record.source.name.as_str() {
        "" if body => of_body.get(lang),
        "" => "-",
        name => name,
    };
    let became = match record.outputs.first() {
        Some(output) if !body => format!(" → {}", output.name),
        Some(_) | None => String::new(),
    };
    let outcome = outcome(record.outcome);
    let why = if record.outcome == Outcome::Withheld {
        words::reason(record)
    } else {
        record.reason.map(instead)
    };
    let reason = why.map_or(String::new(), |why| format!(": {}", why.get(lang)));
    let _ = writeln!(
        lines,
        "{indent}{name} [{}]{became}  {}{reason}",
        record.source.kind.name(),
        outcome.get(lang)
    );
    if let Some(share) = record.closeness {
        let words = Text::new(
            format!("本文の一致 {share}%"),
            format!("{share}% of its text kept"),
        );
        let _ = writeln!(lines, "{indent}  {}", words.get(lang));
    }
    let unplaced = record.removed.iter();
    for finding in findings(unplaced.filter(|removed| part_of(removed, record).is_none())) {
        let _ = writeln!(lines, "{indent}  - {}", finding.line(lang));
    }
    parts(record, lang, &indent, lines);
    let in_mail = record.source.kind == Kind::Message;
    for child in &record.children {
        branch(child, lang, lines, (depth.saturating_add(1), in_mail));
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

/// All that has one code, wherever it was.
struct Finding<'a> {
    what: What,
    count: u32,
    places: Vec<&'a str>,
}

/// By their codes, in order of the first of each.
fn findings<'a>(all: impl Iterator<Item = &'a Removed>) -> Vec<Finding<'a>> {
    let mut findings: Vec<Finding<'a>> = Vec::new();
    for removed in all {
        let place = removed.untrusted_where.as_str();
        match findings.iter_mut().find(|known| known.what == removed.what) {
            Some(known) => {
                known.count = known.count.saturating_add(removed.count);
                known.places.push(place);
            }
            None => findings.push(Finding {
                what: removed.what,
                count: removed.count,
                places: vec![place],
            }),
        }
    }
    findings
}

impl Finding<'_> {
    /// `removed 16 x printer settings (printer-settings): xl/printerSettings/…`
    fn line(&self, lang: Lang) -> String {
        let places: Vec<String> = (self.places.iter())
            // `script` in a `script` says nothing more.
            .filter(|place| !place.is_empty() && **place != code(self.what))
            .map(|place| in_words(place, lang))
            .collect();
        let shown = places.get(..SHOWN.min(places.len())).unwrap_or_default();
        let mut line = said(self.what, self.count, lang);
        if !shown.is_empty() {
            let _ = write!(line, ": {}", shown.join(", "));
        }
        match places.len().saturating_sub(SHOWN) {
            0 => {}
            more => {
                let words = Text::new(format!(" ほか{more}か所"), format!(" and {more} more"));
                line.push_str(words.get(lang));
            }
        }
        line
    }
}

/// Our own words for places that have no name, in Japanese and English.
const NAMELESS: [(&str, &str, &str); 9] = [
    ("before the header", "ヘッダーより前", "before the header"),
    ("after the end", "末尾より後", "after the end"),
    (
        "preamble",
        "最初の区切りより前",
        "before the first boundary",
    ),
    ("epilogue", "最後の区切りより後", "behind the last boundary"),
    ("hidden text", "隠し文字", "hidden text"),
    ("header subject", "件名", "subject"),
    (
        "alternative text/html",
        "本文のHTML版",
        "HTML version of the body",
    ),
    (
        "alternative text/plain",
        "本文のテキスト版",
        "text version of the body",
    ),
    ("cell", "セル", "cell"),
];

/// A page of a PDF, and a place without a name, in the reader's words; other
/// places are names of the format.
fn in_words(place: &str, lang: Lang) -> String {
    if let Some((_, ja, en)) = NAMELESS.iter().find(|(known, ..)| *known == place) {
        return Text::new(*ja, *en).get(lang).to_owned();
    }
    let Some(rest) = place.strip_prefix("page ") else {
        return place.to_owned();
    };
    let (page, thing) = rest.split_once(' ').unwrap_or((rest, ""));
    let thing = match thing {
        _ if page.parse::<u32>().is_err() => return place.to_owned(),
        "" => "",
        "picture" => "の画像",
        "font" => "のフォント",
        "note" => "の注釈",
        _ => return place.to_owned(),
    };
    Text::new(format!("{page}ページ{thing}"), place)
        .get(lang)
        .to_owned()
}

/// Places of one finding that are named.
const SHOWN: usize = 3;

/// In words, and by the code that JSON, record and manual know.
fn said(what: What, count: u32, lang: Lang) -> String {
    format!(
        "{} ({})",
        words::sentence(what, count).get(lang),
        code(what)
    )
}

fn code(what: What) -> String {
    let quoted = serde_json::to_string(&what).unwrap_or_default();
    quoted.trim_matches('"').to_owned()
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
        // A folder has an entry of its own in some packages, and says nothing.
        if !file.is_empty() {
            let _ = writeln!(lines, "{margin}{file}  {what}  {} B", piece.size);
        }
        for (part, removed) in &below {
            if std::ptr::eq(*part, piece) {
                let said = said(removed.what, removed.count, lang);
                let _ = writeln!(lines, "{margin}  - {said}");
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

    /// A record of which nothing is known but its name, kind and outcome.
    fn plain(name: &str, kind: Kind, outcome: Outcome) -> Record {
        Record {
            source: Source {
                name: name.to_owned(),
                size: 9,
                sha256: String::new(),
                kind,
                claimed: None,
            },
            outcome,
            reason: None,
            removed: Vec::new(),
            closeness: None,
            structure: Vec::new(),
            outputs: Vec::new(),
            children: Vec::new(),
            verified: true,
            confinement: String::new(),
            engine: String::new(),
            policy: String::new(),
            elapsed_ms: 0,
        }
    }

    #[test]
    fn the_body_of_a_mail_is_called_so_and_a_page_by_its_number() {
        let mut mail = plain("a.eml", Kind::Message, Outcome::Unpacked);
        let mut paper = plain("b.pdf", Kind::Pdf, Outcome::Flattened);
        for place in ["page 2", "page 3", "after the end", "page x y"] {
            paper.removed.push(Removed {
                what: What::HiddenContent,
                untrusted_where: place.to_owned(),
                count: 1,
            });
        }
        mail.removed.push(Removed {
            what: What::UnknownPart,
            untrusted_where: "alternative text/html".to_owned(),
            count: 1,
        });
        let mut page = plain("", Kind::Html, Outcome::Text);
        page.removed.push(Removed {
            what: What::Script,
            untrusted_where: "script".to_owned(),
            count: 5,
        });
        mail.children = vec![page, paper];
        insta::assert_snapshot!(draw(&mail, Lang::Ja), @r"
        a.eml [message]  展開して再作成
          - 扱えない部分1件を除去 (unknown-part): 本文のHTML版
          （本文） [html]  テキスト化
            - スクリプト5件を除去 (script)
          b.pdf [pdf]  画像化
            - 隠された内容4件を除去または表示 (hidden-content): 2ページ, 3ページ, 末尾より後 ほか1か所
        ");
        insta::assert_snapshot!(draw(&mail, Lang::En), @r"
        a.eml [message]  unpacked and written anew
          - removed 1 x part that cannot be carried over (unknown-part): HTML version of the body
          (body) [html]  text
            - removed 5 x script (script)
          b.pdf [pdf]  flattened
            - removed or made visible: 4 x hidden content (hidden-content): page 2, page 3, after the end and 1 more
        ");
    }

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
        let mut record = plain("a.docm", Kind::Word, Outcome::Rebuilt);
        record.removed = vec![
            removed(What::Metadata, "docProps"),
            removed(What::Dde, "word/document.xml"),
            removed(What::VbaProject, "word/vbaProject.bin"),
        ];
        record.closeness = Some(100);
        record.structure = vec![
            piece("[Content_Types].xml", Some("contentTypes")),
            piece("word/vbaProject.bin", None),
            piece("word/document.xml", Some("officeDocument")),
            piece("word/media/", None),
        ];
        insta::assert_snapshot!(draw(&record, Lang::En), @r"
        a.docm [ooxml.word]  rebuilt
          100% of its text kept
          - removed 1 x metadata (metadata): docProps
          [Content_Types].xml  contentTypes  7 B
          word/
            document.xml  officeDocument  7 B
              - removed 1 x DDE call (dde)
            vbaProject.bin  left out  7 B
              - removed 1 x macro (vba-project)
          word/media/
        ");
        // Nobody asked for the parts: one line a code, however many places.
        record.structure.clear();
        for n in 1..=20 {
            let place = format!("word/printerSettings{n}.bin");
            record.removed.push(removed(What::PrinterSettings, &place));
        }
        insta::assert_snapshot!(draw(&record, Lang::Ja), @r"
        a.docm [ooxml.word]  再構成
          本文の一致 100%
          - 文書情報1件を除去 (metadata): docProps
          - DDE（外部プログラムの呼出し）1件を除去 (dde): word/document.xml
          - マクロ1件を除去 (vba-project): word/vbaProject.bin
          - プリンター設定20件を除去 (printer-settings): word/printerSettings1.bin, word/printerSettings2.bin, word/printerSettings3.bin ほか17か所
        ");
    }
}
