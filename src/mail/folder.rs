//! A folder whose entries become durable together. A rename or link counts
//! only after fsync of its folder (fsync(2)); one fsync serves everybody who
//! asked before it began, so under load twenty mails share one.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

/// One folder of the spool.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    handle: File,
    turns: Mutex<Turns>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct Turns {
    /// Number of the fsync begun last.
    begun: u64,
    running: bool,
    /// Number of the fsync ended last.
    ended: u64,
    /// Number of the last one that failed, and how.
    failed: Option<(u64, io::ErrorKind)>,
}

impl Folder {
    /// Opens `path`, making it (mode 0700) when it is not there; its own
    /// entry and that of the folder above are on the disk then.
    ///
    /// # Errors
    /// What the disk said.
    pub fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        for above in path.ancestors().skip(1).take(2) {
            // One that may not be listed by us was not made by us either.
            match File::open(above) {
                Ok(above) => above.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            path: path.to_owned(),
            handle: File::open(path)?,
            turns: Mutex::default(),
            over: Condvar::new(),
        })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns once every change made in this folder before the call is on
    /// the disk. Blocks.
    ///
    /// # Errors
    /// What fsync said to whoever did it for us.
    pub fn sync(&self) -> io::Result<()> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // One that runs already may have begun before our change: the next.
        let wanted = turns.begun.saturating_add(1);
        while turns.ended < wanted {
            if turns.running {
                turns = self
                    .over
                    .wait(turns)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            turns.running = true;
            turns.begun = turns.begun.saturating_add(1);
            let ours = turns.begun;
            drop(turns);
            let outcome = self.handle.sync_all();
            turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.running = false;
            turns.ended = ours;
            if let Err(error) = outcome {
                turns.failed = Some((ours, error.kind()));
            }
            self.over.notify_all();
        }
        match turns.failed {
            Some((number, kind)) if number >= wanted => Err(kind.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// Names in this folder that `choose` understands, sorted.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn list<T: Ord>(&self, choose: impl Fn(&str) -> Option<T>) -> io::Result<Vec<T>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            found.extend(entry?.file_name().to_str().and_then(&choose));
        }
        found.sort();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_asks_is_served() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(&dir.path().join("received")).unwrap();
        std::thread::scope(|scope| {
            for n in 0..20 {
                let folder = &folder;
                scope.spawn(move || {
                    for m in 0..5 {
                        std::fs::write(folder.path().join(format!("{n}-{m}")), b"").unwrap();
                        folder.sync().unwrap();
                    }
                });
            }
        });
        assert_eq!(
            folder.list(|name| Some(name.to_owned())).unwrap().len(),
            100
        );
        let begun = folder.turns.lock().unwrap().begun;
        assert!(begun <= 100, "{begun} fsyncs for 100 changes");
    }
}
