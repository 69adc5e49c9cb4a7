//! Disk -> lines. A chain is the files `000001.jsonl`, `000002.jsonl`, … of
//! one folder, read as one. Nothing is judged here.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::chain::is_role;
use super::error::AuditError;

/// The longest line that is read whole; a longer one comes in pieces, and
/// then none of them is a line of ours.
pub const LONGEST_LINE: u64 = 64 << 20;

/// One line as it stands on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// File.
    pub path: PathBuf,
    /// Line in it, from 1.
    pub line: u64,
    /// Its bytes, without line feed.
    pub raw: Vec<u8>,
    /// Ended by a line feed; false for the torn end of a file.
    pub complete: bool,
}

/// Streams the lines of one chain, oldest first.
#[derive(Debug)]
pub struct Entries {
    waiting: std::vec::IntoIter<PathBuf>,
    open: Option<(PathBuf, BufReader<File>, u64)>,
}

/// The lines of the chain in `folder` (`<state>/audit/<role>`).
///
/// # Errors
/// When the folder cannot be listed.
pub fn read(folder: &Path) -> Result<Entries, AuditError> {
    let paths: Vec<PathBuf> = files(folder)?.into_iter().map(|(_, path)| path).collect();
    Ok(Entries {
        waiting: paths.into_iter(),
        open: None,
    })
}

/// The lines of one file.
///
/// # Errors
/// When it cannot be opened.
pub fn read_file(path: &Path) -> Result<Entries, AuditError> {
    let mut entries = Entries {
        waiting: Vec::new().into_iter(),
        open: None,
    };
    entries.open(path.to_owned())?;
    Ok(entries)
}

/// Which roles have a chain under `root` (`<state>/audit`), sorted.
///
/// # Errors
/// When the folder cannot be listed.
pub fn roles(root: &Path) -> Result<Vec<String>, AuditError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root).map_err(|error| AuditError::open(root, &error))? {
        let entry = entry.map_err(|error| AuditError::open(root, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_role(&name) && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The files of a chain with their numbers, in order.
///
/// # Errors
/// When the folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<(u32, PathBuf)>, AuditError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| AuditError::open(folder, &error))? {
        let path = entry
            .map_err(|error| AuditError::open(folder, &error))?
            .path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".jsonl"))
            .and_then(|digits| digits.parse().ok());
        if let Some(number) = number {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

impl Entries {
    fn open(&mut self, path: PathBuf) -> Result<(), AuditError> {
        let file = File::open(&path).map_err(|error| AuditError::open(&path, &error))?;
        self.open = Some((path, BufReader::new(file), 0));
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Entry>, AuditError> {
        loop {
            if let Some((path, reader, line)) = &mut self.open {
                let mut raw = Vec::new();
                let taken = reader
                    .by_ref()
                    .take(LONGEST_LINE)
                    .read_until(b'\n', &mut raw)
                    .map_err(|error| AuditError::open(path, &error))?;
                if taken > 0 {
                    *line = line.saturating_add(1);
                    let complete = raw.pop_if(|byte| *byte == b'\n').is_some();
                    return Ok(Some(Entry {
                        path: path.clone(),
                        line: *line,
                        raw,
                        complete,
                    }));
                }
            }
            match self.waiting.next() {
                Some(path) => self.open(path)?,
                None => return Ok(None),
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.open = None;
            self.waiting = Vec::new().into_iter();
        }
        next.transpose()
    }
}
