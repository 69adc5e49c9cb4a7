//! What stands where, for the command line: names, sizes and times of files,
//! and the lines of progress/. Reads only; needs neither the key nor the
//! daemon, so it also says what a dead daemon left.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;

use super::progress::Note;
use crate::quarantine::MailId;

/// One file of the spool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// `received`, `outgoing`, `held` or `corrupt`.
    pub state: &'static str,
    /// Mail id.
    pub id: String,
    /// Variant number; none for a whole mail.
    pub variant: Option<u32>,
    /// Bytes of the sealed file.
    pub size: u64,
    /// Seconds since it was written.
    pub age: u64,
}

/// The files of `states`, in that order, then by id.
///
/// # Errors
/// What the disk said; a missing folder is an empty one.
pub fn standing(state: &Path, states: &[&'static str]) -> io::Result<Vec<Standing>> {
    let mut found = Vec::new();
    for &name in states {
        let folder = match std::fs::read_dir(state.join("spool").join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let mut here = Vec::new();
        for entry in folder {
            let entry = entry?;
            let file = entry.file_name();
            let (id, variant) = match file.to_str().unwrap_or_default().split_once('.') {
                Some((id, variant)) => (id.to_owned(), variant.parse().ok()),
                None => (file.to_string_lossy().into_owned(), None),
            };
            // A mail may move on between listing and looking.
            let (Some(_), Ok(meta)) = (MailId::parse(&id), entry.metadata()) else {
                continue;
            };
            let written = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let age = written.elapsed().map_or(0, |age| age.as_secs());
            here.push(Standing {
                state: name,
                id,
                variant,
                size: meta.len(),
                age,
            });
        }
        here.sort_by(|a, b| (&a.id, a.variant).cmp(&(&b.id, b.variant)));
        found.append(&mut here);
    }
    Ok(found)
}

/// What became of a mail's recipients so far.
///
/// # Errors
/// What the disk said; no file means nothing yet.
pub fn notes(state: &Path, id: &MailId) -> io::Result<Vec<Note>> {
    match std::fs::read(state.join("spool/progress").join(id.as_str())) {
        Ok(bytes) => Ok(super::progress::lines(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
