//! What the audit chain says about the mails that stand in the spool: which
//! were acknowledged, which digest each variant passed with, who has it and
//! why it is held. Read once at
//! start from the chain itself, each line checked against the one before;
//! kept up to date afterwards by whoever appends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::audit::chain::Tip;
use crate::audit::{self, AuditError, Event, Log, Position};
use crate::quarantine::MailId;

/// The record of the mail role, and what it has said.
#[derive(Debug)]
pub struct Ledger {
    log: Log,
    whole: bool,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    acknowledged: BTreeSet<String>,
    passed: BTreeMap<(String, u32), String>,
    delivered: BTreeMap<String, BTreeSet<String>>,
    held: BTreeMap<String, String>,
}

impl Ledger {
    /// Opens the chain of role `mail` under `root` (`<state>/audit`) and
    /// reads it, keeping what concerns `standing`. Lines behind a broken one
    /// are not believed: their mails are treated again.
    ///
    /// # Errors
    /// When the chain cannot be opened or read: the role must not work then.
    pub fn open(root: &Path, standing: &BTreeSet<MailId>) -> Result<Self, AuditError> {
        let log = Log::open(root, "mail")?;
        let mut said = Said::default();
        let mut tip = Tip::start();
        let mut whole = true;
        for entry in audit::read(&root.join("mail"))? {
            let entry = entry?;
            if !entry.complete {
                continue;
            }
            let Ok(line) = tip.follow("mail", &entry.raw) else {
                whole = false;
                break;
            };
            tip = line.tip();
            if let Some(event) = line.event() {
                said.hear(&event, |mail| {
                    MailId::parse(mail).is_some_and(|id| standing.contains(&id))
                });
            }
        }
        Ok(Self {
            log,
            whole,
            said: Mutex::new(said),
        })
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records `event`; on the disk when this returns. Blocks.
    ///
    /// # Errors
    /// As `audit::Log::append`: nothing may build on the event then.
    pub fn append(&self, revision: u64, event: &Event) -> Result<Position, AuditError> {
        let position = self.log.append(revision, event)?;
        self.said().hear(event, |_| true);
        Ok(position)
    }

    /// The chain itself, for its head.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Whether every line of the chain followed the one before. Where not,
    /// the absence of a record says nothing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether the chain says that `id` was acknowledged.
    #[must_use]
    pub fn acknowledged(&self, id: &MailId) -> bool {
        self.said().acknowledged.contains(id.as_str())
    }

    /// The digest with which this variant passed last.
    #[must_use]
    pub fn digest(&self, id: &MailId, variant: u32) -> Option<String> {
        self.said()
            .passed
            .get(&(id.as_str().to_owned(), variant))
            .cloned()
    }

    /// Who has `id`, as recorded. Outlives progress/: when a folder entry
    /// that was removed comes back after a power failure, nobody is served
    /// twice.
    #[must_use]
    pub fn delivered(&self, id: &MailId) -> BTreeSet<String> {
        let said = self.said();
        said.delivered.get(id.as_str()).cloned().unwrap_or_default()
    }

    /// Whether it is recorded that `id` is held for `reason`.
    #[must_use]
    pub fn is_held(&self, id: &MailId, reason: &str) -> bool {
        let said = self.said();
        said.held.get(id.as_str()).is_some_and(|why| why == reason)
    }

    /// The highest variant number of `id` that ever passed.
    #[must_use]
    pub fn highest(&self, id: &MailId) -> u32 {
        let from = (id.as_str().to_owned(), 0);
        let to = (id.as_str().to_owned(), u32::MAX);
        self.said()
            .passed
            .range(from..=to)
            .next_back()
            .map_or(0, |((_, variant), _)| *variant)
    }

    /// Forgets a mail that left the spool; the chain keeps it.
    pub fn forget(&self, id: &MailId) {
        let highest = self.highest(id);
        let mut said = self.said();
        said.acknowledged.remove(id.as_str());
        said.delivered.remove(id.as_str());
        said.held.remove(id.as_str());
        for variant in 0..=highest {
            said.passed.remove(&(id.as_str().to_owned(), variant));
        }
    }
}

impl Said {
    fn hear(&mut self, event: &Event, concerns: impl Fn(&str) -> bool) {
        match event {
            Event::Received { mail, .. } if concerns(mail) => {
                self.acknowledged.insert(mail.clone());
            }
            Event::Passed {
                mail,
                variant,
                digest,
                ..
            } if concerns(mail) => {
                self.passed.insert((mail.clone(), *variant), digest.clone());
            }
            Event::Delivered {
                mail, recipients, ..
            } if concerns(mail) => {
                let whom = self.delivered.entry(mail.clone()).or_default();
                whom.extend(recipients.iter().cloned());
            }
            Event::Held { mail, reason } if concerns(mail) => {
                self.held.insert(mail.clone(), reason.clone());
            }
            _ => {} // the other events are about what stands elsewhere on the disk
        }
    }
}
