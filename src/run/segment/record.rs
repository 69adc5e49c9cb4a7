//! The role's own chain of the record. It may be out of reach for a while:
//! a full disk must not keep the role from taking away what has ended.
//!
//! Promised: what was done without a record, the first hundred events of it, is
//! recorded as soon as that is possible, before anything else. All of it is
//! said to the journal at once.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::audit::{AuditError, Event, Head, Log};
use crate::segment::SegmentError;

/// How long until a chain that cannot be opened is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Events kept in memory until they can be written.
const OWED: usize = 100;

/// One role's writing end.
pub(super) struct Record {
    root: PathBuf,
    log: Option<Log>,
    not_before: Instant,
    /// Done, told, and not on the disk yet, each with its revision.
    owed: VecDeque<(u64, Event)>,
}

impl Record {
    /// Opens it now, or whenever that becomes possible.
    ///
    /// # Errors
    /// Another process writes it: two roles must never hold one kernel.
    pub fn open(root: PathBuf) -> Result<Self, SegmentError> {
        let log = match Log::open(&root, "segment") {
            Err(error @ AuditError::Locked(_)) => return Err(unwritten(&error)),
            opened => opened.ok(),
        };
        Ok(Self {
            root,
            log,
            not_before: Instant::now(),
            owed: VecDeque::new(),
        })
    }

    /// Writes one event, after everything that is owed; durable on return.
    ///
    /// # Errors
    /// It is not in the record.
    pub fn append(&mut self, revision: u64, event: &Event) -> Result<(), SegmentError> {
        self.pay()?;
        let log = self.log()?;
        log.append(revision, event)
            .map_err(|error| unwritten(&error))?;
        Ok(())
    }

    /// Writes one event of what was done in any case: now, or later.
    ///
    /// # Errors
    /// It is not in the record yet.
    pub fn tell(&mut self, revision: u64, event: Event) -> Result<(), SegmentError> {
        let written = self.append(revision, &event);
        if written.is_err() && self.owed.len() < OWED {
            self.owed.push_back((revision, event));
        }
        written
    }

    /// Writes what is owed.
    ///
    /// # Errors
    /// Some of it still is.
    pub fn pay(&mut self) -> Result<(), SegmentError> {
        while let Some((revision, event)) = self.owed.pop_front() {
            let paid = match self.log() {
                Ok(log) => log
                    .append(revision, &event)
                    .map_err(|error| unwritten(&error)),
                Err(error) => Err(error),
            };
            if let Err(error) = paid {
                self.owed.push_front((revision, event));
                return Err(error);
            }
        }
        Ok(())
    }

    /// The chain's end; none while it is out of reach.
    pub fn head(&self) -> Option<Head> {
        self.log.as_ref().map(Log::head)
    }

    fn log(&mut self) -> Result<&Log, SegmentError> {
        if self.log.is_none() {
            let now = Instant::now();
            if now < self.not_before {
                return Err(SegmentError::NoRecord("it could not be opened".to_owned()));
            }
            self.not_before = now + AGAIN;
            self.log = Some(Log::open(&self.root, "segment").map_err(|error| unwritten(&error))?);
        }
        let missing = || SegmentError::NoRecord(String::new());
        self.log.as_ref().ok_or_else(missing)
    }
}

fn unwritten(error: &AuditError) -> SegmentError {
    SegmentError::NoRecord(error.text().en)
}
