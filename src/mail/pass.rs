//! The steps of [`super::pass`], and what follows when one of them stops.
//!
//! | stop | what is done |
//! |---|---|
//! | later: no workers, disk, record | stays in received/, tried again with growing pauses |
//! | lost: a worker died on the whole mail, and the sandbox answers | tried once more, then held |
//! | hold: refused as a whole | held/, its recipients get a notice, its sender never |
//! | corrupt: the sealed file cannot be read | corrupt/, alarm |
//!
//! A worker lost on one part costs that part: it is withheld with its notice.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::envelope::Envelope;
use super::house::{House, Rules};
use super::outgoing::Outgoing;
use super::plan::{self, Variant};
use super::progress::Note;
use super::rebuild::{HeldInput, RebuildInput};
use super::record::Record;
use super::spool::{self, ResumeError};
use super::treat::{Treated, Treater};
use crate::audit::{AuditError, Event};
use crate::quarantine::{MailId, SealError};
use crate::sandbox::{Sandbox, Untrusted};
use crate::sanitise::protocol::{Place, Shape};
use crate::sanitise::{Kind, Refusal};

/// Between two tries of a mail that waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a mail did not get through.
#[derive(Debug)]
pub enum Stop {
    /// Not its fault: again later.
    Later(String),
    /// It cost a worker its life.
    Lost,
    /// It is refused as a whole.
    Hold(Refusal),
    /// Its sealed file cannot be read.
    Corrupt,
    /// It is not in received/ (any more).
    Gone,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<AuditError> for Stop {
    fn from(error: AuditError) -> Self {
        Self::Later(error.to_string())
    }
}

/// A mail in received/.
#[derive(Debug)]
pub struct Mail {
    id: MailId,
    envelope: Envelope,
    reader: crate::quarantine::Opened<File>,
}

/// Recipients that are not served yet, and the first free variant number.
#[derive(Debug)]
pub struct Waiting {
    /// Whom.
    pub recipients: Vec<String>,
    first: u32,
}

/// Opens a received mail.
///
/// # Errors
/// Gone, corrupt, or the disk.
pub fn open(id: &MailId, house: &House) -> Result<Mail, Stop> {
    match house.spool.open_received(id) {
        Ok((envelope, reader)) => Ok(Mail {
            id: id.clone(),
            envelope,
            reader,
        }),
        Err(SealError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Err(Stop::Gone),
        Err(SealError::Io(error)) => Err(error.into()),
        Err(SealError::Broken | SealError::Key(_)) => Err(Stop::Corrupt),
    }
}

/// Whom an earlier try has not served. A mail that was being held goes on
/// being held.
///
/// # Errors
/// The disk, or an earlier decision to hold.
pub fn who_waits(mail: &Mail, house: &House) -> Result<Waiting, Stop> {
    let progress = house.spool.progress(&mail.id)?;
    if let Some(code) = &progress.held {
        let known = [
            Refusal::Encrypted,
            Refusal::Malformed,
            Refusal::OverBudget,
            Refusal::Residue,
            Refusal::Unsupported,
            Refusal::Forbidden,
        ];
        let refusal = known.into_iter().find(|refusal| refusal.code() == code);
        return Err(Stop::Hold(refusal.unwrap_or(Refusal::WorkerLost)));
    }
    Ok(not_served(mail, house)?)
}

fn not_served(mail: &Mail, house: &House) -> io::Result<Waiting> {
    let noted = house.spool.progress(&mail.id)?.highest;
    let highest = noted.max(house.ledger.highest(&mail.id));
    let mut served: BTreeSet<String> = BTreeSet::new();
    for variant in 1..=highest {
        match spool::resume(&house.spool, &house.ledger, &mail.id, variant) {
            Ok(standing) => {
                served.extend(standing.recipients().iter().cloned());
                house.deliver(mail.id.clone(), variant);
            }
            Err(ResumeError::Gone | ResumeError::Tampered) => {}
            // It may well stand there: to go on would serve its readers twice.
            Err(ResumeError::Io(error)) => return Err(error),
        }
    }
    // Looked at last: what left outgoing/ meanwhile stands here by now.
    let progress = house.spool.progress(&mail.id)?;
    served.extend(progress.delivered);
    served.extend(progress.failed);
    served.extend(house.ledger.delivered(&mail.id));
    served.extend(
        house
            .unwritten(&mail.id)
            .into_iter()
            .map(|has| has.recipient),
    );
    let recipients = mail
        .envelope
        .recipients
        .iter()
        .filter(|r| !served.contains(*r));
    Ok(Waiting {
        recipients: recipients.cloned().collect(),
        first: highest.saturating_add(1),
    })
}

/// The way to workers.
///
/// # Errors
/// The sandbox role does not answer.
pub fn workers(house: &House) -> Result<Arc<Sandbox>, Stop> {
    house
        .sandbox()
        .ok_or_else(|| Stop::Later("the sandbox role does not answer".to_owned()))
}

/// The mail in memory of the kernel alone (a memfd).
///
/// # Errors
/// It is larger than may be, damaged, or the disk.
pub fn read(mail: &mut Mail, rules: &Rules) -> Result<Untrusted, Stop> {
    let limit = rules.policy.mail.max_size;
    Untrusted::copy_from(&mut mail.reader, limit).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Stop::Corrupt,
        io::ErrorKind::FileTooLarge => Stop::Hold(Refusal::OverBudget),
        _ => error.into(),
    })
}

/// Has one worker take the mail apart, as this variant reads it. Plain text
/// exists only in memfds.
///
/// # Errors
/// The whole mail is refused, or there is no worker.
pub fn split(
    bytes: &Untrusted,
    variant: &Variant,
    sandbox: &Sandbox,
    rules: &Rules,
) -> Result<(Shape, Vec<Untrusted>), Stop> {
    let absences = sandbox.absences();
    let (first, limits) = (variant.plan.first(), &rules.policy.limits);
    sandbox
        .split(bytes, Kind::Message, first, limits)
        .map_err(|refusal| match refusal {
            Refusal::WorkerLost if sandbox.absences() == absences => Stop::Lost,
            Refusal::WorkerLost => went_away(),
            Refusal::Encrypted
            | Refusal::Malformed
            | Refusal::OverBudget
            | Refusal::Residue
            | Refusal::Unsupported
            | Refusal::Forbidden
            | Refusal::NotInstalled => Stop::Hold(refusal),
        })
}

/// Variants for those who wait, numbered behind every earlier one.
#[must_use]
pub fn plan(rules: &Rules, mail: &Mail, waiting: &Waiting) -> Vec<Variant> {
    let mut variants = plan::plan(
        &rules.policy,
        &mail.envelope.untrusted_sender,
        &waiting.recipients,
    );
    for (number, variant) in (waiting.first..).zip(&mut variants) {
        variant.number = number;
    }
    variants
}

/// Treats every leaf of the mail; a refusal becomes a notice to its reader.
///
/// # Errors
/// Parts were lost because the sandbox went away: that is not their fault.
pub fn treat_all(
    variant: &Variant,
    shape: &Shape,
    parts: &[Untrusted],
    sandbox: &Sandbox,
    rules: &Rules,
) -> Result<Vec<(Place, Treated)>, Stop> {
    let policy = format!("sha256:{}", rules.policy.sha256);
    let absences = sandbox.absences();
    let treater = Treater::new(sandbox, &variant.plan, &rules.policy.limits, &policy);
    treater.leaves(&shape.leaves, parts, |treated| {
        // Never maimed for an outage of ours, and no waiting part by part.
        if sandbox.absences() != absences && has_suffered(&treated.record) {
            return Err(went_away());
        }
        Ok(())
    })
}

fn went_away() -> Stop {
    Stop::Later("the sandbox role does not answer".to_owned())
}

/// Whether an outage of the sandbox role can explain the loss: no worker, or
/// a budget of time that was spent on waiting.
fn has_suffered(record: &Record) -> bool {
    matches!(
        record.reason,
        Some(Refusal::WorkerLost | Refusal::OverBudget)
    ) || record.children.iter().any(has_suffered)
}

/// The new mail for one variant.
#[must_use]
pub fn rebuild(
    mail: &Mail,
    variant: &Variant,
    shape: &Shape,
    treated: &[(Place, Treated)],
    rules: &Rules,
) -> Outgoing {
    Outgoing::rebuilt(&RebuildInput {
        policy: &rules.policy,
        envelope: &Envelope {
            recipients: variant.recipients.clone(),
            ..mail.envelope.clone()
        },
        variant: variant.number,
        headers: &shape.headers.clone().unwrap_or_default(),
        report: &shape.report,
        treated,
        now: Timestamp::now(),
    })
}

/// Audit `passed`, then outgoing/.
///
/// # Errors
/// The disk or the record; then it is not outgoing.
pub fn record_and_launch(
    mail: &Mail,
    variant: &Variant,
    outgoing: &Outgoing,
    treated: &[(Place, Treated)],
    house: &House,
) -> Result<(), Stop> {
    let records = treated
        .iter()
        .filter_map(|(_, treated)| serde_json::to_value(&treated.record).ok());
    let envelope = Envelope {
        recipients: variant.recipients.clone(),
        ..mail.envelope.clone()
    };
    launch(variant.number, envelope, outgoing, records.collect(), house)
}

fn launch(
    variant: u32,
    envelope: Envelope,
    outgoing: &Outgoing,
    records: Vec<serde_json::Value>,
    house: &House,
) -> Result<(), Stop> {
    let prepared = house.spool.prepare(variant, &envelope, outgoing)?;
    house.record(&Event::Passed {
        mail: envelope.id,
        variant,
        recipients: envelope.recipients,
        digest: prepared.digest().to_owned(),
        records,
    })?;
    house.spool.launch(&prepared)?;
    house.deliver(prepared.id().clone(), variant);
    Ok(())
}

/// received/ lets go: every recipient is done or stands in outgoing/.
///
/// # Errors
/// The disk.
pub fn release(id: &MailId, house: &House) -> Result<(), Stop> {
    let highest = house.ledger.highest(id);
    if house.spool.release_received(id, highest)? {
        house.ledger.forget(id);
    }
    Ok(())
}

/// Keeps a whole mail for a human and tells its recipients, never its sender.
fn hold(id: &MailId, refusal: Refusal, house: &House) -> Result<(), Stop> {
    let mail = open(id, house)?;
    let reason = refusal.code().to_owned();
    if house.spool.progress(id)?.held.is_none() {
        let note = Note::Held {
            at: Timestamp::now(),
            variant: None,
            reason: reason.clone(),
        };
        house.spool.note(id, &[note])?;
    }
    // Asked of the record itself: a process may have died behind the note.
    if !house.ledger.is_held(id, &reason) {
        house.record(&Event::Held {
            mail: id.to_string(),
            reason,
        })?;
    }
    let waiting = not_served(&mail, house)?;
    if !waiting.recipients.is_empty() {
        let rules = house.rules();
        let notice = Outgoing::held(&HeldInput {
            policy: &rules.policy,
            envelope: &mail.envelope,
            headers: None, // what cannot be split is not read further
            reason: refusal,
            now: Timestamp::now(),
        });
        let envelope = Envelope {
            untrusted_sender: String::new(), // a notice causes no notice
            recipients: waiting.recipients,
            ..mail.envelope
        };
        launch(waiting.first, envelope, &notice, Vec::new(), house)?;
    }
    Ok(house.spool.hold_mail(id)?)
}

/// Treats mails as they come due, until the queue is closed. One thread's
/// life; several share the queue.
pub fn treat_due(house: &House) {
    while let Some(id) = house.treatments.take() {
        let treated = catch_unwind(AssertUnwindSafe(|| treat(&id, house)));
        // A fault of ours must not cost the thread, nor the mail its next try.
        let outcome = treated.unwrap_or_else(|_| {
            Err(Stop::Later(
                "treating it ended in a fault of ours".to_owned(),
            ))
        });
        match outcome {
            Ok(()) | Err(Stop::Gone) => house.through(&id),
            Err(Stop::Lost) => house.treat(id),
            Err(Stop::Later(why)) => {
                let pause = pause(house.tried(&id));
                house.alarm_once(format!("mail waits in received/: {why}"));
                house.treatments.put(id, Instant::now() + pause);
            }
            Err(Stop::Corrupt | Stop::Hold(_)) => set_aside(&id, house),
        }
    }
}

fn treat(id: &MailId, house: &House) -> Result<(), Stop> {
    let passed = catch_unwind(AssertUnwindSafe(|| super::pass(id, house)));
    match passed.unwrap_or(Err(Stop::Lost)) {
        Err(Stop::Hold(refusal)) => hold(id, refusal, house),
        Err(Stop::Lost) if house.lost(id) >= 2 => hold(id, Refusal::WorkerLost, house),
        other => other,
    }
}

/// Short at first: most often the sandbox role is being started again.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(250)
        .saturating_mul(1 << tries.min(8))
        .min(LONGEST_PAUSE)
}

fn set_aside(id: &MailId, house: &House) {
    let reason = "damaged".to_owned();
    let done = house
        .record(&Event::Held {
            mail: id.to_string(),
            reason,
        })
        .map_err(io::Error::other)
        .and_then(|()| house.spool.set_aside(id));
    match done {
        Ok(()) => {
            house.alarm(format!(
                "{id} cannot be read; it is in corrupt/ and its recipients stand in the record"
            ));
            house.through(id);
        }
        Err(error) => {
            house.alarm_once(format!("{id} cannot be read, nor set aside: {error}"));
            house
                .treatments
                .put(id.clone(), Instant::now() + LONGEST_PAUSE);
        }
    }
}

/// Takes up what stood on the disk when the role started.
///
/// # Errors
/// A folder that cannot be listed.
pub fn resume_standing(house: &House) -> io::Result<()> {
    if !house.ledger.is_whole() {
        house.alarm(
            "the audit chain is broken (sekimori audit verify); every mail is treated again"
                .to_owned(),
        );
    }
    for id in house.spool.noted()? {
        // A process died between a mail's last file and its lines.
        let highest = house
            .ledger
            .highest(&id)
            .max(house.spool.progress(&id)?.highest);
        if house.spool.forget_when_nothing_stands(&id, highest)? {
            house.ledger.forget(&id);
        }
    }
    for id in house.spool.received()? {
        if house.ledger.acknowledged(&id) || !house.ledger.is_whole() {
            house.treat(id);
            continue;
        }
        // Its sender never heard 250 and comes again; the original stays.
        let reply = format!("{id}: ended before its acknowledgement");
        house
            .record(&Event::Refused {
                peer: "-".to_owned(),
                reply,
            })
            .map_err(io::Error::other)?;
        house.spool.leave_unacknowledged(&id)?;
    }
    for (id, variant) in house.spool.outgoing()? {
        house.deliver(id, variant);
    }
    Ok(())
}

/// Has everything of a mail tried now; how many things that were.
#[must_use]
pub fn retry(house: &House, id: &MailId) -> usize {
    let outgoing = house.spool.outgoing().unwrap_or_default();
    let variants = outgoing.into_iter().filter(|(other, _)| other == id);
    let mut count = 0;
    for (id, variant) in variants {
        house.deliver(id, variant);
        count += 1;
    }
    if house.spool.received().unwrap_or_default().contains(id) {
        house.treat(id.clone());
        count += 1;
    }
    count
}
