//! The `segment` role: holds the revision that is in force in the kernel.
//! User sekimori-segment, capability NET_ADMIN; reads revisions, appends to
//! audit/segment, nothing else. Single-threaded: wait, then one thing at once.
//!
//! ```text
//! watch.rs   wait: signals, control socket, news of rules, the clock
//! agenda.rs  what is to be done next, decided apart from doing it   (pure)
//! alarms.rs  what stands, told at both its ends                     (pure)
//! record.rs  its own chain, which may be out of reach for a while
//! deeds.rs   follow, retime, compare and repair, end sessions
//! traffic.rs what passes and what is denied: seen, recorded, told
//! answer.rs  apply, rollback, confirm, cut, status
//! ```
//!
//! On SIGTERM the rules stay: no rules must never mean no walls.

mod agenda;
mod alarms;
mod answer;
mod deeds;
mod record;
pub mod traffic;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use caps::Capability;

use crate::audit::Event;
use crate::policy::text::{bounded, escape_hostile};
use crate::segment::change::Standing;
use crate::segment::netlink::changes::Author;
use crate::segment::revision::Revisions;
use crate::segment::{Ruleset, SegmentError};

use super::control::Server;
use super::privileges::become_role;
use super::{Places, Role, RunError};
use agenda::{Deed, Footing};
use alarms::{About, Alarms};
use record::Record;
use traffic::Traffic;
use watch::{Watch, Watchdog, Woken};

/// How often the disk, the clock and every switch are looked at. No news
/// tells of a changed switch.
const TICK: Duration = Duration::from_millis(100);

/// How often everything is compared although nobody told of a change.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long after a failure the same is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The role while it runs.
struct Segment {
    revisions: Revisions,
    record: Record,
    /// What the kernel holds; none when the revision could not be read and
    /// the kernel's rules were left as they stood.
    standing: Option<Standing>,
    /// What stood when nobody could read the revision; anything else is
    /// somebody's change.
    left: Option<Ruleset>,
    footing: Footing,
    /// `cut` was ordered by command; holds also where it cannot be written down.
    cut_ordered: bool,
    /// Sessions are to be looked at, from this moment on.
    sessions: Option<Instant>,
    clock_was_set: bool,
    /// Who else committed rules since the last comparison.
    authors: BTreeSet<Author>,
    touched: bool,
    next_look: Instant,
    /// The disk is not followed before this moment: the last try failed.
    follow_at: Option<Instant>,
    /// The same for any other deed.
    again_at: Option<Instant>,
    /// The last failure that is on record.
    failure: Option<Event>,
    alarms: Alarms,
    /// Other programs' tables.
    foreign_tables: BTreeSet<String>,
    /// When another role's head was last taken into the record.
    heads: BTreeMap<String, Instant>,
    /// What passes and what is denied.
    traffic: Traffic,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Only before it works: another one runs, no socket, no signals. Without a
/// usable revision or a record it works on, and nothing more passes than before.
pub fn run(places: &Places) -> Result<(), RunError> {
    become_role(Role::Segment.user(), &[Capability::CAP_NET_ADMIN])?;
    hold(&places.state, &places.runtime).map_err(|error| RunError(error.text()))
}

fn hold(state: &Path, runtime: &Path) -> Result<(), SegmentError> {
    let record = Record::open(state.join("audit"))?;
    let mut watch = Watch::open()?;
    let server = Server::open(runtime, "segment")
        .map_err(|error| SegmentError::Control(format!("{}: {error}", runtime.display())))?;
    let mut segment = Segment::new(Revisions::of(state), record);
    segment.tell(Event::Started {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
    });
    segment.listen(); // before there are rules: what they drop first is seen too
    segment.start();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let mut watchdog = Watchdog::of_the_service_manager();
    let mut pause = Duration::ZERO;
    loop {
        let woken = watch.wait(&server, pause)?;
        if woken.ended {
            break;
        }
        if woken.asked {
            server.serve(&mut |peer, request| segment.answer(peer, request));
        }
        segment.take_note(woken);
        let deed = agenda::next(&segment.held(), &segment.see());
        pause = if deed == Deed::Rest {
            TICK
        } else {
            Duration::ZERO
        };
        segment.act(deed);
        segment.observe();
        watchdog.feed();
    }
    segment.settle();
    segment.append(&Event::Stopped) // the rules stay
}

impl Segment {
    fn new(revisions: Revisions, record: Record) -> Self {
        Self {
            revisions,
            record,
            standing: None,
            left: None,
            footing: Footing::Firm,
            cut_ordered: false,
            sessions: None,
            clock_was_set: false,
            authors: BTreeSet::new(),
            touched: false,
            next_look: Instant::now(),
            follow_at: None,
            again_at: None,
            failure: None,
            alarms: Alarms::default(),
            foreign_tables: BTreeSet::new(),
            heads: BTreeMap::new(),
            traffic: Traffic::new(),
        }
    }

    fn take_note(&mut self, woken: Woken) {
        self.clock_was_set |= woken.clock_was_set;
        let others = woken
            .heard
            .authors
            .into_iter()
            .filter(|author| !crate::segment::apply::was_ours(author.process));
        for author in others {
            self.touched = true;
            self.authors.insert(author);
        }
        if woken.heard.overrun {
            self.touched = true;
            crate::segment::apply::unheard();
        }
    }

    /// Takes what the kernel has to tell of packets and sessions; what cannot
    /// be seen is an alarm and stops nothing.
    fn listen(&mut self) {
        let heard = self.traffic.listen();
        let heard = heard.map_err(|error| format!("packets cannot be heard of: {error}"));
        self.state_of(About::Hearing, heard);
    }

    /// A short look at what passes and what is denied.
    fn observe(&mut self) {
        self.listen();
        let revision = self.revision();
        let Self {
            traffic, record, ..
        } = self;
        let told = traffic.each_turn(&mut |event| record.append(revision, event));
        self.state_of(About::Traffic, told.map_err(|error| error.text().en));
        let paid = self.record.pay();
        self.state_of(About::Record, paid.map_err(|error| error.text().en));
    }

    /// Everything seen so far goes into the record, under this revision.
    fn settle(&mut self) {
        let revision = self.revision();
        let Self {
            traffic, record, ..
        } = self;
        let settled = traffic.settle(&mut |event| record.append(revision, event));
        self.state_of(About::Traffic, settled.map_err(|error| error.text().en));
    }

    fn revision(&self) -> u64 {
        self.standing
            .as_ref()
            .map_or(0, |standing| standing.revision)
    }

    /// Records what is done only when it is recorded.
    fn append(&mut self, event: &Event) -> Result<(), SegmentError> {
        self.record.append(self.revision(), event)
    }

    /// Records what is done in any case: now, or as soon as that is possible.
    fn tell(&mut self, event: Event) {
        let words = bounded(&format!("{event:?}"), 1_000);
        let told = self.record.tell(self.revision(), event);
        if let Err(error) = told {
            let error = error.text().en;
            self.say("not recorded yet", &format!("{error}: {words}"));
        }
    }

    /// An alarm begins, goes on or is over.
    fn state_of(&mut self, about: About, state: Result<(), String>) {
        let (said, event): (_, fn(String) -> Event) = match state {
            Err(untrusted_message) => {
                let message = escape_hostile(&bounded(&untrusted_message, 1_000));
                let told = self.alarms.raise(about, &message, Instant::now());
                (told.map(|message| ("alarm", message)), |message| {
                    Event::Alarm { message }
                })
            }
            Ok(()) => {
                let over = self.alarms.lower(about);
                (over.map(|message| ("alarm over", message)), |message| {
                    Event::AlarmEnded { message }
                })
            }
        };
        if let Some((what, message)) = said {
            self.say(what, &message);
            self.tell(event(message));
        }
    }

    fn say(&self, what: &str, untrusted_text: &str) {
        eprintln!(
            "sekimori segment: revision {}: {what}: {}",
            self.revision(),
            escape_hostile(untrusted_text)
        );
    }
}
