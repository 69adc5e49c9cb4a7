//! Which revision holds now: the confirmed one, one on trial, a cut.
//!
//! ```text
//! current        link to the confirmed revision, switched by rename
//! pending.json   a revision on trial; counts while its time lasts
//! cut.json       internet and LGWAN are cut from each other while it is there
//! ```
//!
//! Everything is written durably by the command line and only read by roles,
//! so that each of them, also one that starts just now, comes to the same
//! answer by itself: no process has to live for a trial to end.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::symlink;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::{Change, IN_FORCE, Revisions, sync, write_durably};
use crate::policy::SCHEMA;
use crate::segment::clock::since_boot;
use crate::segment::cut::Cut;
use crate::segment::error::SegmentError;
use crate::segment::pending::{Pending, SinceBoot};

const PENDING: &str = "pending.json";
const CUT: &str = "cut.json";

impl Revisions {
    /// The number that holds now, if any: the one on trial while its time
    /// lasts, else the confirmed one.
    ///
    /// # Errors
    /// The link cannot be read, or names no revision.
    pub fn current(&self) -> Result<Option<u64>, SegmentError> {
        match self.trial(since_boot().as_ref()) {
            Some(trial) => Ok(Some(trial.revision)),
            None => self.confirmed(),
        }
    }

    /// The number that `current` names, if any: what holds without a trial.
    ///
    /// # Errors
    /// The link cannot be read, or names no revision.
    pub fn confirmed(&self) -> Result<Option<u64>, SegmentError> {
        let link = self.root.join("current");
        match fs::read_link(&link) {
            Ok(target) => match target.to_str().and_then(|name| name.parse().ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(SegmentError::NoRevision {
                    wanted: target.display().to_string(),
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SegmentError::file(&link)(error)),
        }
    }

    /// The trial that runs at this moment. One that cannot be read, is over,
    /// or names no revision is none.
    #[must_use]
    pub fn trial(&self, clock: Option<&SinceBoot>) -> Option<Pending> {
        let bytes = fs::read(self.root.join(PENDING)).ok()?;
        let pending: Pending = serde_json::from_slice(&bytes).ok()?;
        pending.left(clock?)?;
        let there = self
            .root
            .join(pending.revision.to_string())
            .join("meta.json")
            .exists();
        (pending.schema == SCHEMA && there).then_some(pending)
    }

    /// Puts a revision on trial. Atomic and durable.
    ///
    /// # Errors
    /// The disk.
    pub fn begin_trial(&self, _change: &Change, pending: &Pending) -> Result<(), SegmentError> {
        self.put(PENDING, pending)
    }

    /// Ends a trial, or tidies up after one; the confirmed revision holds.
    ///
    /// # Errors
    /// The disk.
    pub fn end_trial(&self, _change: &Change) -> Result<(), SegmentError> {
        self.take_away(PENDING)
    }

    /// Makes a revision the confirmed one, and ends a trial. Atomic, durable.
    ///
    /// # Errors
    /// No such revision, or the disk.
    pub fn make_current(&self, change: &Change, revision: u64) -> Result<(), SegmentError> {
        self.meta(revision)?;
        write_durably(&self.root.join(revision.to_string()).join(IN_FORCE), b"")?;
        let new = self.root.join(".current");
        let link = self.root.join("current");
        let _ = fs::remove_file(&new); // of an apply that died
        symlink(revision.to_string(), &new).map_err(SegmentError::file(&new))?;
        fs::rename(&new, &link).map_err(SegmentError::file(&link))?;
        sync(&self.root)?;
        self.end_trial(change)
    }

    /// Whether internet and LGWAN are cut from each other. A file that is
    /// there and cannot be read is a cut.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        let unread = || Cut {
            schema: SCHEMA,
            by: "-".to_owned(),
            since: None,
        };
        match fs::read(self.root.join(CUT)) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| unread())),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(unread()),
        }
    }

    /// Writes the cut down; it needs no lock, because it may never wait.
    ///
    /// # Errors
    /// The disk.
    pub fn keep_cut(&self, cut: &Cut) -> Result<(), SegmentError> {
        self.put(CUT, cut)
    }

    /// Takes the cut back.
    ///
    /// # Errors
    /// The disk.
    pub fn undo_cut(&self) -> Result<(), SegmentError> {
        self.take_away(CUT)
    }

    /// Whether a command is changing something at this moment. Where that
    /// cannot be told, one is.
    #[must_use]
    pub fn changing(&self) -> bool {
        match File::open(self.root.join(".lock")) {
            Ok(file) => match Flock::lock(file, FlockArg::LockSharedNonblock) {
                Ok(_free) => false,
                Err((_, Errno::EWOULDBLOCK)) => true,
                Err(_) => true,
            },
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    fn put(&self, name: &str, value: &impl serde::Serialize) -> Result<(), SegmentError> {
        let place = self.root.join(name);
        let json = serde_json::to_vec_pretty(value)
            .map_err(|error| SegmentError::file(&place)(error.into()))?;
        let new = self.root.join(format!(".{name}"));
        write_durably(&new, &json)?;
        fs::rename(&new, &place).map_err(SegmentError::file(&place))?;
        sync(&self.root)
    }

    fn take_away(&self, name: &str) -> Result<(), SegmentError> {
        let place = self.root.join(name);
        match fs::remove_file(&place) {
            Ok(()) => sync(&self.root),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(SegmentError::file(&place)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;

    fn clock(boot: &str, seconds: u64) -> SinceBoot {
        SinceBoot {
            boot: boot.into(),
            elapsed: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_trial_is_seen_by_everybody_until_its_end() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        let change = revisions.change().unwrap();
        let begun = clock("one", 100);
        let within = Duration::from_secs(20);
        let trial = Pending::begin(2, 1, within, &begun, Timestamp::UNIX_EPOCH, "sato");
        revisions.begin_trial(&change, &trial).unwrap();
        let seen = |at: &SinceBoot| revisions.trial(Some(at));
        assert_eq!(seen(&begun), None, "there is no revision 2");
        std::fs::create_dir(state.path().join("revisions/2")).unwrap();
        std::fs::write(state.path().join("revisions/2/meta.json"), "{}").unwrap();
        assert_eq!(seen(&clock("one", 119)), Some(trial));
        assert_eq!(seen(&clock("one", 120)), None);
        assert_eq!(seen(&clock("two", 101)), None);
        assert_eq!(revisions.trial(None), None, "without a clock none runs");
        std::fs::write(state.path().join("revisions/pending.json"), "torn").unwrap();
        assert_eq!(seen(&begun), None);
        revisions.end_trial(&change).unwrap();
        revisions.end_trial(&change).unwrap();
    }

    #[test]
    fn a_cut_holds_whatever_stands_in_its_file() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        assert_eq!(revisions.cut(), None);
        let cut = Cut {
            schema: SCHEMA,
            by: "root".into(),
            since: Some(Timestamp::UNIX_EPOCH),
        };
        revisions.keep_cut(&cut).unwrap();
        assert_eq!(revisions.cut(), Some(cut));
        std::fs::write(state.path().join("revisions/cut.json"), "").unwrap();
        assert!(revisions.cut().is_some());
        revisions.undo_cut().unwrap();
        assert_eq!(revisions.cut(), None);
    }

    #[test]
    fn a_command_at_work_is_seen_and_a_dead_one_not() {
        let state = tempfile::tempdir().unwrap();
        let revisions = Revisions::of(state.path());
        assert!(!revisions.changing(), "nothing was ever changed");
        let change = revisions.change().unwrap();
        assert!(revisions.changing());
        drop(change);
        assert!(!revisions.changing());
    }
}
