//! outgoing/ -> the next hop. Takes only what `spool::resume` vouches for.
//!
//! ```text
//! due --attempt--> resume --Outgoing--> hop.bring --Fate per recipient--> settle
//!  ^                                        |                              | audit delivered, progress/ (done records)
//!  +---- 4xx: pause(attempt) <--------------+--> hop down: parked          | audit deferred / held
//!  +---- hop answers again (probe every 5 s) ---- parked                   | unlink, or held/
//! ```
//!
//! Promised: delivered at least once; twice only when this process dies
//! between the next hop's 250 and the first of its two done records. 5xx and
//! five days end in held/, never in nothing. While internet and LGWAN are cut
//! from each other no attempt begins; everything waits where it stands.
//!
//! Absent on purpose in this version: delivery status notifications to
//! outside senders (RFC 3464). A human sees held/.

pub mod hop;
pub mod schedule;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::house::{Has, House};
use super::progress::Note;
use super::spool::{self, ResumeError, Resumed};
use crate::audit::Event;
use crate::quarantine::MailId;
use hop::{Down, Fate, Hop};

/// Deliveries at once, over all hops.
const AT_ONCE: usize = 20;

/// One variant on its way.
#[derive(Clone, Debug)]
struct Job {
    id: MailId,
    variant: u32,
    attempt: u32,
    /// The revision whose hops the last attempt tried.
    revision: u64,
    /// Its waiting for a hop has been recorded.
    deferred: bool,
}

/// What an attempt led to.
enum Next {
    /// Nothing is left to do.
    Done,
    /// Again after the schedule's pause.
    Again,
    /// Again when this hop answers.
    Park(SocketAddr),
}

/// Delivers what is told by `orders` until `ending`; attempts under way are
/// finished.
pub async fn run(
    house: Arc<House>,
    mut orders: UnboundedReceiver<(MailId, u32)>,
    mut ending: watch::Receiver<bool>,
) {
    let mut round = Round::default();
    let mut cuts = house.cuts();
    loop {
        let cut = *cuts.borrow_and_update();
        if !cut {
            round.start_due(&house);
        }
        let next = round.next_due();
        tokio::select! {
            order = orders.recv() => match order {
                Some((id, variant)) => round.add(id, variant),
                None => break,
            },
            Some(ended) = round.attempts.join_next(), if !round.attempts.is_empty() => {
                if let Ok((job, next)) = ended {
                    round.settle(&house, job, next);
                }
            }
            Some(up) = round.probes.join_next(), if !round.probes.is_empty() => {
                if let Ok(address) = up {
                    round.unpark(address);
                }
            }
            () = sleep_until(next), if !cut && round.attempts.len() < AT_ONCE => {}
            _ = cuts.changed() => {}
            _ = ending.wait_for(|ending| *ending) => break,
        }
    }
    while round.attempts.join_next().await.is_some() {}
}

/// The state of all deliveries; touched by one task only.
#[derive(Default)]
struct Round {
    due: BTreeMap<(Instant, u64), Job>,
    order: u64,
    /// In `due`, under way or parked.
    known: BTreeSet<(MailId, u32)>,
    /// Asked for again while under way: one more look when it ends.
    again: BTreeSet<(MailId, u32)>,
    attempts: JoinSet<(Job, Next)>,
    parked: HashMap<SocketAddr, Vec<Job>>,
    probes: JoinSet<SocketAddr>,
    hops: HashMap<SocketAddr, Arc<Hop>>,
}

impl Round {
    /// Takes an order. One that waits for its time is tried now; one under
    /// way is looked at once more when it ends.
    fn add(&mut self, id: MailId, variant: u32) {
        if self.known.insert((id.clone(), variant)) {
            let job = Job {
                id,
                variant,
                attempt: 0,
                revision: 0,
                deferred: false,
            };
            return self.put(job, Duration::ZERO);
        }
        let waits = self
            .due
            .iter()
            .find(|(_, job)| job.id == id && job.variant == variant);
        match waits
            .map(|(key, _)| *key)
            .and_then(|key| self.due.remove(&key))
        {
            Some(job) => self.put(job, Duration::ZERO),
            None => {
                self.again.insert((id, variant));
            }
        }
    }

    fn put(&mut self, job: Job, pause: Duration) {
        self.order = self.order.wrapping_add(1);
        self.due.insert((Instant::now() + pause, self.order), job);
    }

    fn next_due(&self) -> Instant {
        let far = Instant::now() + Duration::from_hours(1);
        self.due.first_key_value().map_or(far, |((at, _), _)| *at)
    }

    fn start_due(&mut self, house: &Arc<House>) {
        while self.attempts.len() < AT_ONCE && self.next_due() <= Instant::now() {
            let Some((_, mut job)) = self.due.pop_first() else {
                return;
            };
            job.revision = house.rules().revision; // before its hops: a newer one is noticed
            let hops = self.hops(house);
            let down: Vec<SocketAddr> = self.parked.keys().copied().collect();
            let house = Arc::clone(house);
            self.attempts.spawn(async move {
                let same = job.clone();
                // A task of its own: a fault of ours must not lose the order.
                let attempted = tokio::spawn(attempt(house, hops, down, job)).await;
                attempted.unwrap_or((same, Next::Again))
            });
        }
    }

    /// The hops of the policy in force, with their idle connections.
    fn hops(&mut self, house: &House) -> HashMap<String, Arc<Hop>> {
        let rules = house.rules();
        let hello = &rules.policy.mail.hostname;
        let domains = rules.policy.domains.iter().map(|domain| {
            let address = SocketAddr::new(domain.address, domain.port);
            let known = self.hops.entry(address);
            let hop = known.or_insert_with(|| Arc::new(Hop::new(address, hello.clone())));
            (domain.name.to_ascii_lowercase(), Arc::clone(hop))
        });
        domains.collect()
    }

    fn settle(&mut self, house: &Arc<House>, mut job: Job, next: Next) {
        let asked_again = self.again.remove(&(job.id.clone(), job.variant));
        match next {
            Next::Done if asked_again => self.put(job, Duration::ZERO),
            Next::Done => {
                self.known.remove(&(job.id, job.variant));
            }
            Next::Again => {
                job.attempt = job.attempt.saturating_add(1);
                let pause = schedule::pause(job.attempt);
                self.put(job, if asked_again { Duration::ZERO } else { pause });
            }
            Next::Park(address) => {
                if !self.parked.contains_key(&address)
                    && let Some(hop) = self.hops.get(&address)
                {
                    self.probes
                        .spawn(until_up(Arc::clone(hop), Arc::clone(house), job.revision));
                }
                job.deferred = true;
                self.parked.entry(address).or_default().push(job);
            }
        }
    }

    fn unpark(&mut self, address: SocketAddr) {
        for job in self.parked.remove(&address).unwrap_or_default() {
            self.put(job, Duration::ZERO);
        }
    }
}

/// The circuit breaker: one probe every five seconds, for all who wait. Ends
/// also with another revision, which may name another hop for them, and
/// after an hour, so that five days end for them too.
async fn until_up(hop: Arc<Hop>, house: Arc<House>, revision: u64) -> SocketAddr {
    tell(
        &house,
        format!(
            "next hop {} does not answer; mail for it waits",
            hop.address()
        ),
    )
    .await;
    let began = Instant::now();
    while house.rules().revision == revision && began.elapsed() < schedule::PARKED {
        tokio::time::sleep(schedule::PROBE).await;
        if hop.probe().await.is_ok() {
            tell(&house, format!("next hop {} answers again", hop.address())).await;
            break;
        }
    }
    hop.address()
}

async fn tell(house: &Arc<House>, message: String) {
    let house = Arc::clone(house);
    let _ = tokio::task::spawn_blocking(move || house.alarm(message)).await;
}

async fn tell_once(house: &Arc<House>, message: String) {
    let house = Arc::clone(house);
    let _ = tokio::task::spawn_blocking(move || house.alarm_once(message)).await;
}

/// One try of one variant, to every hop its recipients need.
async fn attempt(
    house: Arc<House>,
    hops: HashMap<String, Arc<Hop>>,
    down: Vec<SocketAddr>,
    job: Job,
) -> (Job, Next) {
    let opened = {
        let (house, job) = (Arc::clone(&house), job.clone());
        tokio::task::spawn_blocking(move || open(&house, &job)).await
    };
    let (mail, pending) = match opened {
        Ok(Ok(Some(opened))) => opened,
        Ok(Ok(None)) => return (job, Next::Done),
        Ok(Err(error)) => {
            let what = format!("{}.{} cannot be read: {error}", job.id, job.variant);
            tell_once(&house, what).await;
            return (job, Next::Again);
        }
        Err(_) => return (job, Next::Again),
    };
    let mut fates = Vec::new();
    let mut parked = None;
    for (hop, recipients) in by_hop(&hops, pending) {
        let Some(hop) = hop else {
            let later = Fate::Later("no next hop for this domain in the current revision".into());
            fates.extend(
                recipients
                    .into_iter()
                    .map(|recipient| (recipient, later.clone())),
            );
            continue;
        };
        let brought = if down.contains(&hop.address()) {
            Err(Down("next hop does not answer".to_owned()))
        } else {
            hop.bring(&mail, &recipients).await
        };
        match brought {
            Ok(each) => fates.extend(recipients.into_iter().zip(each)),
            Err(Down(why)) => {
                parked = Some(hop.address());
                fates.extend(
                    recipients
                        .into_iter()
                        .map(|r| (r, Fate::Later(why.clone()))),
                );
            }
        }
    }
    let settled = {
        let (house, job) = (Arc::clone(&house), job.clone());
        tokio::task::spawn_blocking(move || settle(&house, &job, &mail, fates)).await
    };
    match settled {
        Ok(Ok(true)) => (job, Next::Done),
        Ok(Ok(false)) => {
            let next = parked.map_or(Next::Again, Next::Park);
            (job, next)
        }
        Ok(Err(error)) => {
            let what = format!("{}.{} cannot be settled: {error}", job.id, job.variant);
            tell_once(&house, what).await;
            (job, Next::Again)
        }
        Err(_) => (job, Next::Again),
    }
}

/// A hop and those it is for.
type Group = (Option<Arc<Hop>>, Vec<String>);

/// Who still needs it, by hop; no hop for a domain that the policy lost.
fn by_hop(hops: &HashMap<String, Arc<Hop>>, pending: Vec<String>) -> Vec<Group> {
    let mut groups: BTreeMap<Option<SocketAddr>, Group> = BTreeMap::new();
    for recipient in pending {
        let domain = recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
        let hop = hops.get(&domain.to_ascii_lowercase());
        let group = groups.entry(hop.map(|hop| hop.address()));
        group
            .or_insert_with(|| (hop.cloned(), Vec::new()))
            .1
            .push(recipient);
    }
    groups.into_values().collect()
}

/// The variant and those who do not have it yet; `None` when there is
/// nothing (more) to deliver. Blocks.
fn open(house: &House, job: &Job) -> io::Result<Option<(Resumed, Vec<String>)>> {
    let Job { id, variant, .. } = job;
    match spool::resume(&house.spool, &house.ledger, id, *variant) {
        Ok(mail) => {
            let progress = house.spool.progress(id)?;
            let recorded = house.ledger.delivered(id);
            let unwritten = house
                .unwritten(id)
                .into_iter()
                .map(|has| has.recipient)
                .collect();
            let done = |r: &&String| {
                ![&unwritten, &progress.delivered, &progress.failed, &recorded]
                    .iter()
                    .any(|served| served.contains(*r))
            };
            let pending = mail.recipients().iter().filter(done).cloned().collect();
            Ok(Some((mail, pending)))
        }
        Err(ResumeError::Gone) => Ok(None),
        Err(ResumeError::Io(error)) => Err(error),
        Err(ResumeError::Tampered) => {
            // Never delivered as it stands: the original is treated again.
            let event = Event::Tampered {
                mail: id.to_string(),
                variant: *variant,
            };
            house.record(&event).map_err(io::Error::other)?;
            if house.spool.treat_again(id, *variant)? {
                house.treat(id.clone());
            } else {
                house.alarm(format!(
                    "{id}.{variant} was changed on the disk and no original is kept; see corrupt/"
                ));
            }
            Ok(None)
        }
    }
}

/// Records who has it and is not recorded: by their replies, and those whom
/// an earlier process could only note in progress/.
fn record_delivered(house: &House, job: &Job, mail: &Resumed, has: &[Has]) -> io::Result<()> {
    let (recorded, noted) = (
        house.ledger.delivered(&job.id),
        house.spool.progress(&job.id)?,
    );
    let mut by_reply = BTreeMap::<&str, Vec<String>>::new();
    for has in has.iter().filter(|has| !recorded.contains(&has.recipient)) {
        by_reply
            .entry(&has.reply)
            .or_default()
            .push(has.recipient.clone());
    }
    for recipient in mail.recipients() {
        let known = recorded.contains(recipient) || has.iter().any(|h| h.recipient == *recipient);
        if noted.delivered.contains(recipient) && !known {
            by_reply
                .entry("recorded later than delivered")
                .or_default()
                .push(recipient.clone());
        }
    }
    for (reply, recipients) in by_reply {
        let (mail, reply) = (job.id.to_string(), reply.to_owned());
        let event = Event::Delivered {
            mail,
            variant: job.variant,
            recipients,
            reply,
        };
        house.record(&event).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Writes down what happened, in the order that loses nothing: the audit
/// record first (one fdatasync for all who deliver now), progress/, then the
/// file moves. Whatever cannot be written is kept in mind and written later. `true` when nothing is left to do. Blocks.
fn settle(
    house: &House,
    job: &Job,
    mail: &Resumed,
    fates: Vec<(String, Fate)>,
) -> io::Result<bool> {
    let Job { id, variant, .. } = job;
    let at = Timestamp::now();
    let age = Duration::try_from(at.duration_since(mail.received_at())).unwrap_or_default();
    let mut notes = Vec::new();
    let mut later = None;
    for (recipient, fate) in fates {
        match fate {
            Fate::Delivered(reply) => {
                house.keep_in_mind(
                    id,
                    Has {
                        at,
                        variant: *variant,
                        recipient,
                        reply,
                    },
                );
            }
            Fate::Never(reply) => {
                notes.push(Note::Failed {
                    at,
                    variant: *variant,
                    recipient,
                    reply,
                });
            }
            Fate::Later(reply) if schedule::expired(age) => {
                let reply = format!("given up after five days: {reply}");
                notes.push(Note::Failed {
                    at,
                    variant: *variant,
                    recipient,
                    reply,
                });
            }
            Fate::Later(reply) => later = Some(reply),
        }
    }
    let has: Vec<Has> = house
        .unwritten(id)
        .into_iter()
        .filter(|has| has.variant == *variant)
        .collect();
    let recorded = record_delivered(house, job, mail, &has);
    // Of the two either is enough, so one that fails must not keep the other.
    let noted = house.spool.progress(id)?.delivered;
    notes.extend(
        has.into_iter()
            .filter(|has| !noted.contains(&has.recipient))
            .map(
                |Has {
                     at,
                     variant,
                     recipient,
                     reply,
                 }| Note::Delivered {
                    at,
                    variant,
                    recipient,
                    reply,
                },
            ),
    );
    if !notes.is_empty() {
        house.spool.note(id, &notes)?;
    }
    recorded?;
    house.written(id, *variant);
    if let Some(reason) = later {
        if !job.deferred {
            let event = Event::Deferred {
                mail: id.to_string(),
                variant: *variant,
                reason,
            };
            house.record(&event).map_err(io::Error::other)?;
        }
        return Ok(false);
    }
    let progress = house.spool.progress(id)?;
    if mail
        .recipients()
        .iter()
        .any(|recipient| progress.failed.contains(recipient))
    {
        let reason = "delivery-failed".to_owned();
        let held = Note::Held {
            at,
            variant: Some(*variant),
            reason: reason.clone(),
        };
        house.spool.note(id, &[held])?;
        house
            .record(&Event::Held {
                mail: id.to_string(),
                reason,
            })
            .map_err(io::Error::other)?;
        house.spool.hold_variant(id, *variant)?;
        house.alarm(format!("{id}.{variant} is held: the next hop refused recipients (see `sekimori held show {id}`)"));
        return Ok(true);
    }
    if house.spool.finish(id, *variant, house.ledger.highest(id))? {
        house.ledger.forget(id);
    }
    Ok(true)
}
