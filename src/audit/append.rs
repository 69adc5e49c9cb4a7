//! Event -> line -> disk. One writer per chain (flock). Many threads may
//! append at once; their lines share one fdatasync (group commit): the first
//! becomes the leader and writes for all, the others wait for its word.
//!
//! Promise: `append` returns `Ok` only when its line is on the disk. When it
//! returns an error, neither this line nor any line after it is in the chain:
//! the file is cut back to the last line that was acknowledged to somebody.
//! What must never happen: a line that follows one which was not written.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::chain::{Head, Tip, is_role};
use super::error::AuditError;
use super::event::Event;
use super::read;

/// A file is followed by a new one when it would grow beyond this.
const LARGEST_FILE: u64 = 32 << 20;

/// The writing end of one role's chain. Clones share it.
#[derive(Clone, Debug)]
pub struct Log(Arc<Inner>);

/// Where an event stands for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Sequence number.
    pub seq: u64,
    /// Hash of its line, hex.
    pub hash: String,
}

#[derive(Debug)]
struct Inner {
    role: String,
    gathering: Mutex<Gathering>,
    decided: Condvar,
    disk: Mutex<Disk>,
    _one_writer: Flock<File>,
}

/// Lines on their way to the disk.
#[derive(Debug)]
struct Gathering {
    /// After the last line given out, written or not.
    tip: Tip,
    /// After the last line on the disk.
    durable: Tip,
    batch: Batch,
    leading: bool,
}

#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    month: Month,
    outcome: Arc<OnceLock<Result<(), AuditError>>>,
}

type Month = Option<(i16, i8)>;

/// The last file of the chain.
#[derive(Debug)]
struct Disk {
    folder: PathBuf,
    number: u32,
    path: PathBuf,
    file: File,
    /// Bytes of acknowledged lines.
    length: u64,
    month: Month,
    /// A failed write could not be cut back yet.
    ragged: bool,
}

impl Log {
    /// Opens the chain of `role` under `root` (`<state>/audit`), makes it when
    /// there is none, and checks its last file line by line.
    ///
    /// A torn last line (no line feed: never acknowledged) is moved aside into
    /// `<file>.torn-<offset>` and an [`Event::Alarm`] is recorded.
    ///
    /// # Errors
    /// [`AuditError::Locked`] when another process has it, `Broken` when the
    /// last file does not hold together, `Open` and `Write` from the disk.
    pub fn open(root: &Path, role: &str) -> Result<Self, AuditError> {
        if !is_role(role) {
            return Err(AuditError::Role(crate::policy::text::escape_hostile(role)));
        }
        let folder = root.join(role);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(&folder)
            .map_err(|error| AuditError::open(&folder, &error))?;
        sync_folder(root)?;
        let one_writer = lock(&folder)?;
        let found = find_end(&folder, role)?;
        let log = Self(Arc::new(Inner {
            role: role.to_owned(),
            gathering: Mutex::new(Gathering {
                tip: found.tip.clone(),
                durable: found.tip,
                batch: Batch::default(),
                leading: false,
            }),
            decided: Condvar::new(),
            disk: Mutex::new(found.disk),
            _one_writer: one_writer,
        }));
        if let Some(torn) = found.torn {
            let message = format!(
                "a torn last line of {} bytes was moved to {}",
                torn.bytes, torn.aside
            );
            log.append(found.revision, &Event::Alarm { message })?;
        }
        Ok(log)
    }

    /// Records `event` and returns when it is on the disk. Blocks: call it
    /// from a thread that may wait for the disk.
    ///
    /// # Errors
    /// [`AuditError::Write`]; the event is then not in the chain, and a later
    /// append may work again.
    pub fn append(&self, revision: u64, event: &Event) -> Result<Position, AuditError> {
        let inner = &self.0;
        let at = Timestamp::now();
        let mut gathering = held(&inner.gathering);
        let (line, tip) = gathering
            .tip
            .next(at, &inner.role, revision, event)
            .map_err(|error| AuditError::Write {
                path: PathBuf::from(&inner.role),
                reason: error.to_string(),
                full: false,
            })?;
        let position = Position {
            seq: tip.seq,
            hash: tip.hash.clone(),
        };
        gathering.tip = tip;
        gathering.batch.bytes.extend_from_slice(&line);
        gathering.batch.month = gathering.batch.month.or_else(|| month(at));
        let outcome = Arc::clone(&gathering.batch.outcome);
        loop {
            if let Some(outcome) = outcome.get() {
                return outcome.clone().map(|()| position);
            }
            gathering = if gathering.leading {
                inner
                    .decided
                    .wait(gathering)
                    .unwrap_or_else(PoisonError::into_inner)
            } else {
                inner.lead(gathering)
            };
        }
    }

    /// The chain's end: the last line that is on the disk.
    #[must_use]
    pub fn head(&self) -> Head {
        let gathering = held(&self.0.gathering);
        let Tip { seq, hash } = gathering.durable.clone();
        Head {
            role: self.0.role.clone(),
            seq,
            hash,
        }
    }

    /// Sends the head off the box: one line on standard error, which journald
    /// keeps and forwards.
    pub fn announce(&self) {
        eprintln!("{}", self.head());
    }
}

impl Inner {
    /// Writes what has gathered, for everybody who waits.
    fn lead<'a>(&'a self, mut gathering: MutexGuard<'a, Gathering>) -> MutexGuard<'a, Gathering> {
        gathering.leading = true;
        let batch = std::mem::take(&mut gathering.batch);
        let after = gathering.tip.clone();
        drop(gathering);

        let written = held(&self.disk).commit(&batch);

        let mut gathering = held(&self.gathering);
        gathering.leading = false;
        match &written {
            Ok(()) => gathering.durable = after,
            Err(error) => {
                // Lines that gathered meanwhile follow lines that are not there.
                let spoiled = std::mem::take(&mut gathering.batch);
                let _ = spoiled.outcome.set(Err(error.clone()));
                gathering.tip = gathering.durable.clone();
            }
        }
        let _ = batch.outcome.set(written);
        self.decided.notify_all();
        gathering
    }
}

impl Disk {
    fn commit(&mut self, batch: &Batch) -> Result<(), AuditError> {
        if self.ragged {
            self.cut_back()?;
        }
        let size = u64::try_from(batch.bytes.len()).unwrap_or(u64::MAX);
        if self.length > 0
            && (self.length.saturating_add(size) > LARGEST_FILE || self.month != batch.month)
        {
            return self.begin_next_file(batch, size);
        }
        let written = self
            .file
            .write_all(&batch.bytes)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.ragged = true;
            let _ = self.cut_back();
            return Err(AuditError::write(&self.path, &error));
        }
        self.length = self.length.saturating_add(size);
        self.month = batch.month;
        Ok(())
    }

    fn begin_next_file(&mut self, batch: &Batch, size: u64) -> Result<(), AuditError> {
        let number = self.number.saturating_add(1);
        let path = name_of(&self.folder, number);
        let begun = open_for_append(&path, true).and_then(|mut file| {
            file.write_all(&batch.bytes)?;
            file.sync_data()?;
            Ok(file)
        });
        let file = match begun {
            Ok(file) => file,
            Err(error) => {
                let _ = fs::remove_file(&path);
                return Err(AuditError::write(&path, &error));
            }
        };
        if let Err(error) = sync_folder(&self.folder) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        *self = Self {
            folder: self.folder.clone(),
            number,
            path,
            file,
            length: size,
            month: batch.month,
            ragged: false,
        };
        Ok(())
    }

    fn cut_back(&mut self) -> Result<(), AuditError> {
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| AuditError::write(&self.path, &error))?;
        self.ragged = false;
        Ok(())
    }
}

struct End {
    disk: Disk,
    tip: Tip,
    revision: u64,
    torn: Option<Torn>,
}

struct Torn {
    bytes: usize,
    aside: String,
}

/// Walks the last file that has lines; mends a torn end.
fn find_end(folder: &Path, role: &str) -> Result<End, AuditError> {
    let mut files: VecDeque<(u32, PathBuf)> = read::files(folder)?.into();
    let (number, path) = files.pop_back().unwrap_or_else(|| (1, name_of(folder, 1)));
    let mut tip = Tip::start();
    let mut revision = 0;
    while let Some((_, before)) = files.pop_back() {
        // The anchor: the last line of the file before.
        if let Some(entry) = read::read_file(&before)?.last().transpose()? {
            let broken = AuditError::Broken {
                path: before,
                line: entry.line,
            };
            let line = super::chain::Line::read(&entry.raw).map_err(|_| broken)?;
            (tip, revision) = (line.tip(), line.revision);
            break;
        }
    }
    let file = open_for_append(&path, false).map_err(|error| AuditError::open(&path, &error))?;
    sync_folder(folder)?;
    let mut disk = Disk {
        folder: folder.to_owned(),
        number,
        path,
        file,
        length: 0,
        month: None,
        ragged: false,
    };
    let mut torn = None;
    for entry in read::read_file(&disk.path)? {
        let entry = entry?;
        if !entry.complete {
            torn = Some(move_aside(&mut disk, &entry.raw)?);
            break;
        }
        let broken = AuditError::Broken {
            path: entry.path,
            line: entry.line,
        };
        let line = tip.follow(role, &entry.raw).map_err(|_| broken)?;
        (tip, revision) = (line.tip(), line.revision);
        disk.month = month(line.at);
        let size = u64::try_from(entry.raw.len())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        disk.length = disk.length.saturating_add(size);
    }
    Ok(End {
        disk,
        tip,
        revision,
        torn,
    })
}

fn move_aside(disk: &mut Disk, torn: &[u8]) -> Result<Torn, AuditError> {
    let mut name = disk.path.clone().into_os_string();
    name.push(format!(".torn-{}", disk.length));
    let aside = PathBuf::from(name);
    open_for_append(&aside, true)
        .and_then(|mut file| file.write_all(torn).and_then(|()| file.sync_all()))
        .map_err(|error| AuditError::write(&aside, &error))?;
    sync_folder(&disk.folder)?;
    disk.cut_back()?;
    let aside = aside
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok(Torn {
        bytes: torn.len(),
        aside: aside.unwrap_or_default(),
    })
}

fn lock(folder: &Path) -> Result<Flock<File>, AuditError> {
    let path = folder.join(".lock");
    let file = open_for_append(&path, false).map_err(|error| AuditError::open(&path, &error))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        Errno::EWOULDBLOCK => AuditError::Locked(path),
        other => AuditError::open(&path, &std::io::Error::from(other)),
    })
}

fn open_for_append(path: &Path, afresh: bool) -> std::io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o640)
        .open(path)?;
    if afresh {
        file.set_len(0)?;
    }
    Ok(file)
}

fn sync_folder(folder: &Path) -> Result<(), AuditError> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(|error| AuditError::write(folder, &error))
}

fn name_of(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

fn month(at: Timestamp) -> Month {
    let date = jiff::tz::Offset::UTC.to_datetime(at).date();
    Some((date.year(), date.month()))
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
