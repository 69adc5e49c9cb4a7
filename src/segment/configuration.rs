//! The configuration folder, read once as text: `sekimori.toml` and
//! `flows.d/*.toml`. What it means is `policy`'s judgement.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::policy::Policy;

use super::error::SegmentError;

/// Why a configuration is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody wants to change something: every mistake refuses.
    Change,
    /// It was good once and must hold: time alone refuses nothing.
    Hold,
}

/// Files by relative path, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    files: Vec<(String, Vec<u8>)>,
}

/// Larger is no configuration of ours.
const LARGEST_FILE: u64 = 16 << 20;

impl Configuration {
    /// From (path, text).
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut files: Vec<_> =
            files.into_iter().map(|(path, text)| (path.into(), text.into().into_bytes())).collect();
        files.sort();
        Self { files }
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// The folder or one of its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self, SegmentError> {
        let mut files = vec![("sekimori.toml".to_owned(), read(&folder.join("sekimori.toml"))?)];
        let flows = folder.join("flows.d");
        if flows.is_dir() {
            for entry in fs::read_dir(&flows).map_err(SegmentError::file(&flows))? {
                let path = entry.map_err(SegmentError::file(&flows))?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if name.ends_with(".toml") && !name.starts_with('.') {
                    files.push((format!("flows.d/{name}"), read(&path)?));
                }
            }
        }
        files.sort();
        Ok(Self { files })
    }

    /// The files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[(String, Vec<u8>)] {
        &self.files
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SegmentError> {
    let size = fs::metadata(path).map_err(SegmentError::file(path))?.len();
    if size > LARGEST_FILE {
        let reason = format!("{size} bytes; at most {LARGEST_FILE}");
        return Err(SegmentError::File { path: path.display().to_string(), reason });
    }
    fs::read(path).map_err(SegmentError::file(path))
}

impl Configuration {
    /// SHA-256 (hex) over paths and bytes, lengths included.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut all = Vec::new();
        for (path, bytes) in &self.files {
            for piece in [path.as_bytes(), bytes] {
                all.extend_from_slice(&u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
                all.extend_from_slice(piece);
            }
        }
        super::revision::sha256(&all)
    }

    /// The checked policy.
    ///
    /// # Errors
    /// Every mistake at once, worded.
    pub fn policy(&self, _purpose: Purpose, _now: Timestamp) -> Result<Policy, SegmentError> {
        Err(SegmentError::NotInThisVersion(crate::policy::text::Text::new("policy", "policy")))
    }
}
