//! A mistake as its reader sees it: where, what, what to do. Every one is
//! shown, none hides another, and no secret is ever cited.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::model::Place;
use super::source::{Damage, Sources, Span};
use super::text::{Lang, Text, bounded, escape_hostile};

/// Whether it stops `plan` and `apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is applied.
    Error,
    /// Shown, and goes on.
    Warning,
}

impl Severity {
    /// The name in `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One mistake. Codes `E01`–`E24` are those of segmentation.md section 1;
/// `S01`–`S10` concern the writing itself (docs/diagnostics.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Code.
    pub code: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What.
    pub message: Text,
    /// What to do.
    pub suggestion: Option<Text>,
    /// The cited line.
    pub excerpt: Option<Excerpt>,
}

/// A cited line, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    line: String,
    indent: usize,
    width: usize,
}

impl Diagnostic {
    /// As lines for a terminal, ending in a newline.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let word = match (self.severity, lang) {
            (Severity::Error, Lang::Ja) => "誤り",
            (Severity::Error, Lang::En) => "error",
            (Severity::Warning, Lang::Ja) => "注意",
            (Severity::Warning, Lang::En) => "warning",
        };
        let mut shown = String::new();
        let Place { file, line, column } = &self.place;
        let _ = writeln!(
            shown,
            "{}:{line}:{column}: {word} {}: {}",
            escape_hostile(file),
            self.code,
            self.message.get(lang)
        );
        let hint = self
            .suggestion
            .as_ref()
            .map(|text| text.get(lang))
            .unwrap_or_default();
        if let Some(Excerpt {
            line: cited,
            indent,
            width,
        }) = &self.excerpt
        {
            let gutter = " ".repeat(line.to_string().len());
            let carets = format!(
                "{}^{}",
                " ".repeat(*indent),
                "~".repeat(width.saturating_sub(1))
            );
            let _ = writeln!(shown, "{line} | {cited}");
            let _ = writeln!(
                shown,
                "{}",
                format!("{gutter} | {carets} {hint}").trim_end()
            );
        } else if !hint.is_empty() {
            let _ = writeln!(shown, "  = {hint}");
        }
        shown
    }
}

/// Collects diagnostics against the sources they cite.
#[derive(Debug)]
pub struct Notes<'a> {
    sources: &'a Sources,
    list: Vec<(Span, Diagnostic)>,
}

impl<'a> Notes<'a> {
    /// None yet, but for files that could not be read at all.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        let mut notes = Self {
            sources,
            list: Vec::new(),
        };
        for (index, file) in sources.files().iter().enumerate() {
            if let Some(damage) = &file.damage {
                let (offset, message) = describe(damage);
                let hint = Text::new("UTF-8 で保存し直してください", "save it as UTF-8");
                let hint = matches!(damage, Damage::NotUtf8(_)).then_some(hint);
                notes.error(
                    "S01",
                    &Span {
                        file: index,
                        range: offset..offset,
                    },
                    message,
                    hint,
                );
            }
        }
        notes
    }

    /// The sources.
    #[must_use]
    pub fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// Notes an error.
    pub fn error(&mut self, code: &'static str, span: &Span, message: Text, hint: Option<Text>) {
        self.note(Severity::Error, code, span, message, hint);
    }

    /// Notes a warning.
    pub fn warn(&mut self, code: &'static str, span: &Span, message: Text, hint: Option<Text>) {
        self.note(Severity::Warning, code, span, message, hint);
    }

    /// Notes with a severity decided by the caller.
    pub fn note(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: &Span,
        message: Text,
        suggestion: Option<Text>,
    ) {
        let place = self.sources.place(span);
        let excerpt = excerpt(self.sources, span, &place);
        let diagnostic = Diagnostic {
            code,
            severity,
            place,
            message,
            suggestion,
            excerpt,
        };
        self.list.push((span.clone(), diagnostic));
    }

    /// Every diagnostic once, by place.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|(a, x), (b, y)| {
            (a.file, a.range.start, x.severity, x.code).cmp(&(
                b.file,
                b.range.start,
                y.severity,
                y.code,
            ))
        });
        self.list.dedup_by(|(_, a), (_, b)| a == b);
        // What cannot be read at all is said once; guesses about the rest of
        // that line would only distract. A secret is still told.
        let line = |d: &Diagnostic| (d.place.file.clone(), d.place.line);
        let unreadable = self.list.iter().filter(|(_, d)| d.code == "S01");
        let garbled: BTreeSet<_> = unreadable.map(|(_, d)| line(d)).collect();
        self.list.retain(|(_, d)| {
            garbled.is_empty() || matches!(d.code, "S01" | "E23") || !garbled.contains(&line(d))
        });
        self.list
            .into_iter()
            .map(|(_, diagnostic)| diagnostic)
            .collect()
    }
}

/// A diagnostic at a place that is already known, such as an `[[expect]]`.
#[must_use]
pub fn at(
    sources: &Sources,
    place: &Place,
    code: &'static str,
    message: Text,
    suggestion: Option<Text>,
) -> Diagnostic {
    let excerpt = sources.line(&place.file, place.line).map(|line| {
        let shown = mask(line);
        Excerpt {
            width: shown.width().max(1),
            indent: 0,
            line: shown,
        }
    });
    Diagnostic {
        code,
        severity: Severity::Error,
        place: place.clone(),
        message,
        suggestion,
        excerpt,
    }
}

fn describe(damage: &Damage) -> (usize, Text) {
    match damage {
        Damage::NotUtf8(offset) => (
            *offset,
            Text::new(
                "UTF-8 ではない文字があります",
                "there are bytes here that are not UTF-8",
            ),
        ),
        Damage::Unreadable(reason) => (
            0,
            Text::new(
                format!("ファイルを読めません: {}", escape_hostile(reason)),
                format!("the file cannot be read: {}", escape_hostile(reason)),
            ),
        ),
        Damage::TooLarge(size) => (
            0,
            Text::new(
                format!("設定ファイルが大きすぎます ({size} バイト)"),
                format!("too large for a configuration file ({size} bytes)"),
            ),
        ),
    }
}

/// Longest part of a line that is cited, in terminal columns.
const CITED: usize = 160;

fn excerpt(sources: &Sources, span: &Span, place: &Place) -> Option<Excerpt> {
    let line = sources.line(&place.file, place.line)?;
    let start: usize = line
        .chars()
        .take(usize::try_from(place.column).ok()?.saturating_sub(1))
        .map(char::len_utf8)
        .sum();
    let end = start.saturating_add(span.range.len()).min(line.len());
    let masked = secret_value(line);
    let before = shown(line.get(..start)?);
    let cited = shown(line.get(start..end).unwrap_or_default());
    if let Some(value) = masked {
        let kept = shown(line.get(..value)?);
        let indent = before.width().min(kept.width().saturating_add(1));
        return Some(Excerpt {
            line: format!("{kept} ********"),
            indent,
            width: 8,
        });
    }
    if before.width() > CITED {
        return Some(Excerpt {
            line: bounded(&cited, CITED),
            indent: 0,
            width: cited.width().clamp(1, CITED),
        });
    }
    let whole = format!("{before}{}", shown(line.get(start..)?));
    let width = cited.width().clamp(1, CITED);
    Some(Excerpt {
        line: bounded(&whole, CITED.saturating_mul(4)),
        indent: before.width(),
        width,
    })
}

/// Control and invisible characters escaped, a tab as one blank.
fn shown(piece: &str) -> String {
    escape_hostile(&piece.replace('\t', " "))
}

fn mask(line: &str) -> String {
    match secret_value(line) {
        Some(value) => format!("{} ********", shown(line.get(..value).unwrap_or_default())),
        None => shown(line),
    }
}

/// The byte after `=` where a line gives something that must stay unseen.
fn secret_value(line: &str) -> Option<usize> {
    if line.contains("PRIVATE KEY") {
        return Some(line.find('=').map_or(0, |at| at.saturating_add(1)));
    }
    let found = line.match_indices('=').find(|(at, _)| {
        let key = line.get(..*at).unwrap_or_default().trim_end();
        let word = key
            .rsplit([' ', '\t', ',', '{', '.'])
            .next()
            .unwrap_or_default();
        names_secret(word.trim_matches(['"', '\'']))
    });
    found.map(|(at, _)| at.saturating_add(1))
}

/// Does a key of this name hold a secret? (E23)
#[must_use]
pub fn names_secret(key: &str) -> bool {
    key.to_ascii_lowercase().split(['_', '-', '.']).any(|word| {
        matches!(
            word,
            "password"
                | "passwd"
                | "passphrase"
                | "pwd"
                | "pass"
                | "secret"
                | "token"
                | "key"
                | "apikey"
                | "privatekey"
                | "pin"
        )
    })
}
