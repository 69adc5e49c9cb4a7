//! The configuration as text: which file says what, and where in it.
//! Reading the folder from disk is not here: this room is pure.

use std::collections::BTreeSet;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::model::Place;

/// The file that holds everything but the allow-list.
pub const MAIN: &str = "sekimori.toml";

/// One file of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the configuration folder, with `/`.
    pub path: String,
    /// Its text; bytes that are no UTF-8 are shown as U+FFFD.
    pub text: String,
    /// What keeps it from being read as it stands.
    pub damage: Option<Damage>,
    /// Where each line begins: places are asked for once per flow.
    starts: Vec<usize>,
}

impl SourceFile {
    fn new(path: String, text: String, damage: Option<Damage>) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        let starts = std::iter::once(0).chain(ends).collect();
        Self {
            path,
            text,
            damage,
            starts,
        }
    }
}

/// Why a file cannot be taken as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Not UTF-8 from this byte of `text` on.
    NotUtf8(usize),
    /// The reader outside could not open it, for this reason.
    Unreadable(String),
    /// Larger than a configuration file may be, in bytes.
    TooLarge(u64),
}

/// Every file of the configuration: `sekimori.toml` first, then by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
    retired: BTreeSet<String>,
}

impl Sources {
    /// From (relative path, text).
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut sources = Self::default();
        for (path, text) in files {
            sources.push(SourceFile::new(path.into(), text.into(), None));
        }
        sources
    }

    /// Adds a file as bytes; not being UTF-8 becomes a diagnostic of that file.
    pub fn push_bytes(&mut self, path: &str, bytes: &[u8]) {
        let damage = std::str::from_utf8(bytes)
            .err()
            .map(|error| Damage::NotUtf8(error.valid_up_to()));
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.push(SourceFile::new(path.to_owned(), text, damage));
    }

    /// Adds a file that exists and could not be read.
    pub fn push_damaged(&mut self, path: &str, damage: Damage) {
        self.push(SourceFile::new(
            path.to_owned(),
            String::new(),
            Some(damage),
        ));
    }

    fn push(&mut self, file: SourceFile) {
        self.files.push(file);
        self.files
            .sort_by(|a, b| (a.path != MAIN, &a.path).cmp(&(b.path != MAIN, &b.path)));
    }

    /// Flow ids that were in force once and are gone: never used again (E05).
    #[must_use]
    pub fn with_retired(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.retired.extend(ids);
        self
    }

    /// The retired flow ids.
    #[must_use]
    pub fn retired(&self) -> &BTreeSet<String> {
        &self.retired
    }

    /// The files, `sekimori.toml` first.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// SHA-256 (hex) over every path and text, lengths included, so that no
    /// two configurations share one.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            for piece in [file.path.as_bytes(), file.text.as_bytes()] {
                hash.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(piece);
            }
        }
        super::text::hex(&hash.finalize())
    }

    /// Line and column of a span's start.
    #[must_use]
    pub fn place(&self, span: &Span) -> Place {
        let Some(file) = self.files.get(span.file) else {
            return Place {
                file: MAIN.to_owned(),
                line: 1,
                column: 1,
            };
        };
        let line = file
            .starts
            .partition_point(|start| *start <= span.range.start);
        let start = line
            .checked_sub(1)
            .and_then(|at| file.starts.get(at))
            .copied()
            .unwrap_or(0);
        let before = file.text.get(start..span.range.start).unwrap_or_default();
        let column = u32::try_from(before.chars().count())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        Place {
            file: file.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column,
        }
    }

    /// The whole line `number` (1-based) of `file`, without its end.
    #[must_use]
    pub fn line(&self, file: &str, number: u32) -> Option<&str> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let file = self.files.iter().find(|f| f.path == file)?;
        file.text
            .get(*file.starts.get(index)?..)?
            .lines()
            .next()
            .or(Some(""))
    }
}

/// Bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Index in `Sources::files`.
    pub file: usize,
    /// Byte range.
    pub range: Range<usize>,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// What is written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Located<T> {
    /// The same place, another value.
    pub fn with<U>(&self, value: U) -> Located<U> {
        Located {
            value,
            span: self.span.clone(),
        }
    }
}
