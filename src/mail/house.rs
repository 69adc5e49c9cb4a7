//! What the stages of a mail's way share. Made once by the role.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::due::Due;
use super::ledger::Ledger;
use super::spool::Spool;
use crate::audit::{AuditError, Event};
use crate::policy::{Endpoint, Policy, Via};
use crate::quarantine::MailId;
use crate::sandbox::Sandbox;

/// The policy in force.
#[derive(Debug)]
pub struct Rules {
    /// As loaded from the current revision.
    pub policy: Policy,
    /// Its number.
    pub revision: u64,
}

impl Rules {
    /// Whether `peer` is a host that a flow `via = "mail"` names: such a
    /// relay brings everybody's mail and may have more sessions.
    #[must_use]
    pub fn is_upstream(&self, peer: IpAddr) -> bool {
        let named = self
            .policy
            .flows
            .iter()
            .filter(|flow| flow.via == Some(Via::Mail));
        named
            .filter_map(|flow| match &flow.from {
                Endpoint::Zone { hosts, .. } => Some(hosts),
                Endpoint::Gateway => None,
            })
            .flatten()
            .filter_map(|name| self.policy.hosts.get(name))
            .any(|host| host.addresses.iter().any(|network| network.contains(&peer)))
    }
}

/// Everything a stage needs besides the mail.
#[derive(Debug)]
pub struct House {
    /// Where mails stand.
    pub spool: Spool,
    /// The record.
    pub ledger: Ledger,
    /// Mails to be treated.
    pub treatments: Due,
    deliveries: UnboundedSender<(MailId, u32)>,
    rules: RwLock<Arc<Rules>>,
    /// Internet and LGWAN are cut from each other.
    cut: watch::Sender<bool>,
    workers: PathBuf,
    sandbox: Mutex<Option<Arc<Sandbox>>>,
    /// Who has a mail although no disk has taken it down yet: a full disk
    /// must not mean that it is delivered again and again.
    unwritten: Mutex<BTreeMap<MailId, Vec<Has>>>,
    /// How often treating a mail was begun in vain.
    tries: Mutex<BTreeMap<MailId, Tries>>,
    /// The last alarm about a state that lasts.
    told: Mutex<String>,
}

/// The next hop's 250 for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Has {
    /// When.
    pub at: jiff::Timestamp,
    /// Variant.
    pub variant: u32,
    /// Whom.
    pub recipient: String,
    /// Its words, escaped.
    pub reply: String,
}

/// What treating a mail has cost so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    in_vain: u32,
    lost: u32,
}

impl House {
    /// Brings the parts together. `workers` is the sandbox role's socket;
    /// whoever takes from the other end of `deliveries` delivers.
    #[must_use]
    pub fn new(
        spool: Spool,
        ledger: Ledger,
        rules: Rules,
        workers: PathBuf,
        deliveries: UnboundedSender<(MailId, u32)>,
    ) -> Self {
        Self {
            spool,
            ledger,
            treatments: Due::default(),
            deliveries,
            rules: RwLock::new(Arc::new(rules)),
            cut: watch::Sender::new(false),
            workers,
            sandbox: Mutex::new(None),
            unwritten: Mutex::default(),
            tries: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// The rules in force now; a mail is treated by one set from start to end.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another revision in force.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Whether internet and LGWAN are cut from each other: then mail is kept
    /// as it stands, none is taken and none is delivered.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Makes the cut or takes it back; whether that is news.
    pub fn set_cut(&self, cut: bool) -> bool {
        self.cut
            .send_if_modified(|was| std::mem::replace(was, cut) != cut)
    }

    /// Tells of the cut being made and taken back.
    #[must_use]
    pub fn cuts(&self) -> watch::Receiver<bool> {
        self.cut.subscribe()
    }

    /// The way to workers, if the sandbox role answers (or answered before).
    #[must_use]
    pub fn sandbox(&self) -> Option<Arc<Sandbox>> {
        let mut sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        if sandbox.is_none() {
            *sandbox = Sandbox::role(&self.workers).ok().map(Arc::new);
        }
        sandbox.clone()
    }

    /// Uses these workers instead of the role's (tests, one process).
    pub fn set_sandbox(&self, sandbox: Sandbox) {
        *self.sandbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(sandbox));
    }

    /// Records `event` under the revision in force. Blocks.
    ///
    /// # Errors
    /// As `audit::Log::append`.
    pub fn record(&self, event: &Event) -> Result<(), AuditError> {
        self.ledger.append(self.rules().revision, event).map(|_| ())
    }

    /// Records something a human must look at, and says it on standard error
    /// whether or not the record could be written.
    pub fn alarm(&self, message: String) {
        eprintln!("sekimori-mail: {message}");
        if let Err(error) = self.record(&Event::Alarm { message }) {
            eprintln!("sekimori-mail: {error}");
        }
    }

    /// As [`House::alarm`], but a state that lasts is told once.
    pub fn alarm_once(&self, message: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != message {
            told.clone_from(&message);
            drop(told);
            self.alarm(message);
        }
    }

    /// Counts one more try in vain; how many there were.
    pub fn tried(&self, id: &MailId) -> u32 {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = &mut tries.entry(id.clone()).or_default().in_vain;
        *count = count.saturating_add(1);
        *count
    }

    /// Counts one more worker that died on the whole mail; how many there
    /// were. Waiting for a sandbox that is down does not count.
    pub fn lost(&self, id: &MailId) -> u32 {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = &mut tries.entry(id.clone()).or_default().lost;
        *count = count.saturating_add(1);
        *count
    }

    /// Keeps in mind that this recipient has `id`, until [`House::written`].
    pub fn keep_in_mind(&self, id: &MailId, has: Has) {
        let mut unwritten = self
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unwritten.entry(id.clone()).or_default().push(has);
    }

    /// Who has `id` and is not yet taken down.
    #[must_use]
    pub fn unwritten(&self, id: &MailId) -> Vec<Has> {
        let unwritten = self
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unwritten.get(id).cloned().unwrap_or_default()
    }

    /// This variant's deliveries stand in progress/ and in the record.
    pub fn written(&self, id: &MailId, variant: u32) {
        let mut unwritten = self
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(all) = unwritten.get_mut(id) {
            all.retain(|has| has.variant != variant);
            if all.is_empty() {
                unwritten.remove(id);
            }
        }
    }

    /// Forgets the tries of a mail that is through.
    pub fn through(&self, id: &MailId) {
        self.tries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    /// Has `id` treated as soon as a thread is free.
    pub fn treat(&self, id: MailId) {
        self.treatments.put(id, Instant::now());
    }

    /// Has a variant in outgoing/ delivered.
    pub fn deliver(&self, id: MailId, variant: u32) {
        // Nobody takes any more when the role ends; the file stays in outgoing/.
        let _ = self.deliveries.send((id, variant));
    }
}
