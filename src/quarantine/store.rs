//! `quarantine/<id>`: a hard link of the spool entry, so that the original is
//! kept whatever becomes of the mail, without a second copy. The only module
//! that names files in there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::MailId;

/// The folder of sealed originals. Same file system as the spool.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// Opens `directory`, making it (mode 0700) when it is not there.
    ///
    /// # Errors
    /// What the disk said.
    pub fn open(directory: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// The folder, for whoever synchronises it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, id: &MailId) -> PathBuf {
        self.directory.join(id.as_str())
    }

    /// Keeps the sealed file `entry` as the original of `id`. Repeating it is
    /// nothing; another file under the same id is an error. Durable once the
    /// caller has synchronised the folder.
    ///
    /// # Errors
    /// `AlreadyExists` for another file; else what the disk said.
    pub fn keep(&self, entry: &Path, id: &MailId) -> io::Result<()> {
        match fs::hard_link(entry, self.path(id)) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let (ours, theirs) = (fs::metadata(self.path(id))?, fs::metadata(entry)?);
                let same = ours.ino() == theirs.ino() && ours.dev() == theirs.dev();
                if same { Ok(()) } else { Err(e) }
            }
            other => other,
        }
    }

    /// Puts the original of `id` back as `entry`, to be treated again.
    ///
    /// # Errors
    /// What the disk said; `NotFound` when retention took it.
    pub fn restore(&self, id: &MailId, entry: &Path) -> io::Result<()> {
        match fs::hard_link(self.path(id), entry) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Takes back an original that was never acknowledged with 250.
    ///
    /// # Errors
    /// What the disk said; a missing one is none.
    pub fn forget_unacknowledged(&self, id: &MailId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Whether an original of `id` is kept.
    #[must_use]
    pub fn has(&self, id: &MailId) -> bool {
        self.path(id).exists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_stays_when_the_spool_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("quarantine")).unwrap();
        let id = MailId::parse("a-1").unwrap();
        let entry = dir.path().join("entry");
        fs::write(&entry, b"sealed").unwrap();
        store.keep(&entry, &id).unwrap();
        store.keep(&entry, &id).unwrap();
        fs::remove_file(&entry).unwrap();
        assert!(store.has(&id));
        fs::write(&entry, b"another").unwrap();
        assert!(store.keep(&entry, &id).is_err());
        fs::remove_file(&entry).unwrap();
        store.restore(&id, &entry).unwrap();
        assert_eq!(fs::read(&entry).unwrap(), b"sealed");
    }
}
