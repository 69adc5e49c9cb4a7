//! A configuration as it was checked, kept and read again byte for byte.
//! What it means is `policy`'s judgement.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::policy::source::{MAIN, Sources};
use crate::policy::text::{Lang, Text};
use crate::policy::{Diagnostic, Facts, Policy, load};

use super::error::SegmentError;
use super::evaluate::check_expects;

/// Ids of flows that are gone, one a line (E05): a file of a revision only.
const RETIRED: &str = "retired-flows";

/// Why a configuration is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody wants to change something: every mistake refuses.
    Change,
    /// It was good once and must hold: time alone refuses nothing.
    Hold,
}

/// Files by relative path, and the flow ids that are never used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    sources: Sources,
}

impl Configuration {
    /// From what was read.
    #[must_use]
    pub fn of(sources: Sources) -> Self {
        Self { sources }
    }

    /// Reads a revision's folder.
    ///
    /// # Errors
    /// The folder or one of its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self, SegmentError> {
        let mut sources = Sources::default();
        sources.push_bytes(MAIN, &read(&folder.join(MAIN))?);
        let flows = folder.join("flows.d");
        if flows.is_dir() {
            for entry in fs::read_dir(&flows).map_err(SegmentError::file(&flows))? {
                let entry = entry.map_err(SegmentError::file(&flows))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                sources.push_bytes(&format!("flows.d/{name}"), &read(&entry.path())?);
            }
        }
        let retired = String::from_utf8_lossy(&read(&folder.join(RETIRED))?).into_owned();
        Ok(Self::of(sources).with_retired(retired.lines().map(str::to_owned).collect()))
    }

    /// Adds flow ids that may never be used again.
    #[must_use]
    pub fn with_retired(self, ids: BTreeSet<String>) -> Self {
        Self {
            sources: self.sources.with_retired(ids),
        }
    }

    /// The files, to point into.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Everything a revision keeps, by relative path.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let retired: String = self
            .sources
            .retired()
            .iter()
            .map(|id| format!("{id}\n"))
            .collect();
        let files = self
            .sources
            .files()
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()));
        files.chain([(RETIRED.to_owned(), retired)]).collect()
    }

    /// SHA-256 (hex) over paths and texts: the policy's own digest.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.sources.sha256()
    }

    /// The policy, checked against this machine, and what the check warned of.
    ///
    /// # Errors
    /// Every mistake at once, worded; for a change also every `[[expect]]`
    /// that is answered otherwise.
    pub fn policy(
        &self,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<(Policy, Vec<Diagnostic>), SegmentError> {
        let facts = match purpose {
            Purpose::Change => Facts::at(now),
            Purpose::Hold => Facts::boot(now),
        };
        let facts = super::machine::here(facts);
        let (policy, warnings) = load(&self.sources, &facts).map_err(|all| mistakes(&all))?;
        if purpose == Purpose::Change {
            let wrong = check_expects(&policy, &self.sources, Some(now));
            if !wrong.is_empty() {
                return Err(mistakes(&wrong));
            }
        }
        Ok((policy, warnings))
    }
}

fn mistakes(all: &[Diagnostic]) -> SegmentError {
    let shown = |lang: Lang| -> String { all.iter().map(|mistake| mistake.render(lang)).collect() };
    SegmentError::Configuration(Text::new(
        format!(
            "設定に誤りがあるため、何も変更していません。\n{}",
            shown(Lang::Ja).trim_end()
        ),
        format!(
            "the configuration has mistakes; nothing was changed.\n{}",
            shown(Lang::En).trim_end()
        ),
    ))
}

fn read(path: &Path) -> Result<Vec<u8>, SegmentError> {
    fs::read(path).map_err(SegmentError::file(path))
}
