//! The segment role's deeds: what [`super::agenda`] decided is done here.

use std::time::Instant;

use jiff::Timestamp;

use super::agenda::{Deed, Footing, Held, Seen, Wanted};
use super::alarms::About;
use super::{AGAIN_AFTER, LOOK_EVERY, Segment};
use crate::audit::{Event, Reversal};
use crate::segment::change::{self, Standing};
use crate::segment::clock::since_boot;
use crate::segment::compile::deny_all;
use crate::segment::{
    Drift, Ruleset, SegmentError, apply, carries_a_list, last_good, machine, observe,
    observe_drift, put_in_force, sessions,
};

impl Segment {
    /// What holds now, before anything else is done.
    pub(super) fn start(&mut self) {
        match self.wanted() {
            Some(wanted) => self.act(Deed::Follow {
                wanted,
                reversal: None,
            }),
            None => {
                let left = self.leave();
                self.outcome(About::Kernel, left);
            }
        }
    }

    /// An alarm for as long as it fails.
    fn outcome(&mut self, about: About, done: Result<(), SegmentError>) {
        self.state_of(about, done.map_err(|error| error.text().en));
    }

    pub(super) fn held(&self) -> Held {
        let standing = self.standing.as_ref();
        Held {
            revision: standing.map(|standing| standing.revision),
            cut: standing.is_some_and(|standing| standing.cut),
            footing: self.footing,
            changes: standing.and_then(|standing| standing.changes),
        }
    }

    pub(super) fn see(&mut self) -> Seen {
        let held = self.held();
        let mut wanted = self.wanted();
        let other = |wanted: Option<Wanted>| wanted.map(|wanted| wanted.revision) != held.revision;
        let mut changing = false;
        if other(wanted) {
            changing = self.revisions.changing();
            wanted = self.wanted(); // what a command wrote before it let go
        }
        if !other(wanted) {
            self.outcome(About::Following, Ok(()));
            self.footing = match self.revisions.trial(since_boot().as_ref()) {
                Some(_) => Footing::OnTrial,
                None => Footing::Firm,
            };
        }
        Seen {
            now: Timestamp::now(),
            wanted,
            changing,
            astray: self.follow_at.is_some_and(|at| Instant::now() < at),
            waits: self.again_at.is_some_and(|at| Instant::now() < at),
            sessions: self.sessions.is_some_and(|at| Instant::now() >= at),
            clock_was_set: self.clock_was_set,
            rewired: self.is_rewired(),
            touched: self.touched,
            off_course: !self.off_course().is_empty(),
            look_due: Instant::now() >= self.next_look,
        }
    }

    /// What the disk says. Where it cannot be read, what is held goes on.
    fn wanted(&mut self) -> Option<Wanted> {
        let cut = self.cut_ordered || self.revisions.cut().is_some();
        match self.revisions.current() {
            Ok(revision) => {
                self.outcome(About::Revision, Ok(()));
                Some(Wanted {
                    revision: revision.unwrap_or(0),
                    cut,
                })
            }
            Err(error) => {
                self.outcome(About::Revision, Err(error));
                let revision = self.standing.as_ref()?.revision;
                Some(Wanted { revision, cut })
            }
        }
    }

    /// No news tells of a bridge: the interfaces are looked at each time.
    fn is_rewired(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| {
            let policy = standing.policy.as_ref();
            policy.is_some_and(|policy| machine::wires(policy) != standing.wires)
        })
    }

    /// What the kernel is held to.
    fn desired(&self) -> Option<&Ruleset> {
        let standing = self.standing.as_ref().map(|standing| &standing.ruleset);
        standing.or(self.left.as_ref())
    }

    fn off_course(&self) -> Vec<String> {
        self.desired().map(observe::off_course).unwrap_or_default()
    }

    pub(super) fn act(&mut self, deed: Deed) {
        let done = match deed {
            Deed::Follow { wanted, reversal } => self.follow(wanted, reversal),
            Deed::Retime => self.retime(),
            Deed::EndSessions => return self.end_sessions(),
            Deed::Compare => self.compare(),
            Deed::SetSwitches => self.set_switches(),
            Deed::Rest => return,
        };
        let again_at = done.is_err().then(|| Instant::now() + AGAIN_AFTER);
        if let Deed::Follow { .. } = deed {
            self.follow_at = again_at;
            self.outcome(About::Following, done);
        } else {
            self.again_at = again_at;
            self.outcome(About::Kernel, done);
        }
    }

    /// Puts in force what the disk says.
    fn follow(&mut self, wanted: Wanted, reversal: Option<Reversal>) -> Result<(), SegmentError> {
        let from = self.revision();
        let by = if reversal.is_some() {
            "by itself"
        } else {
            "start"
        };
        let taking_away = reversal.is_some() || wanted.cut && !self.held().cut;
        if self.left.is_some() && !taking_away {
            // Still unreadable: what stands is not even tried against.
            change::meaning(
                &self.revisions,
                wanted.revision,
                wanted.cut,
                Timestamp::now(),
            )?;
        }
        if let Err(error) = self.record.pay()
            && !carries_a_list()?
        {
            self.deny()?;
            return Err(error); // a box that is shut stays so until there is a record
        }
        let enforced = self.enforce(wanted, by);
        if enforced.is_err() {
            self.after_failure(wanted, taking_away);
        }
        if let Some(why) = reversal
            && self.held().revision == Some(wanted.revision)
        {
            let to = wanted.revision;
            self.say("reverted by itself", &format!("{from} -> {to}"));
            self.tell(Event::Reverted { from, to, why }); // no record keeps a trial alive
        }
        enforced
    }

    /// Kernel, read back, record.
    pub(super) fn enforce(&mut self, wanted: Wanted, by: &str) -> Result<(), SegmentError> {
        let Self {
            revisions,
            record: log,
            failure,
            ..
        } = self;
        let mut record = |revision: u64, event: &Event| {
            let failed = matches!(event, Event::ApplyFailed { .. });
            if failed && failure.replace(event.clone()).as_ref() == Some(event) {
                return Ok(()); // a failure that lasts is recorded once
            }
            log.append(revision, event).map_err(|error| match error {
                SegmentError::NoRecord(reason) => reason,
                other => other.text().en,
            })
        };
        let Wanted { revision, cut } = wanted;
        let standing = change::enforce(revisions, revision, cut, by, &mut record)?;
        self.stands(standing);
        Ok(())
    }

    /// Kernel and read back, nothing else.
    pub(super) fn put(&mut self, wanted: Wanted) -> Result<(), SegmentError> {
        let Wanted { revision, cut } = wanted;
        let standing = change::meaning(&self.revisions, revision, cut, Timestamp::now())?;
        put_in_force(&standing.ruleset)?;
        self.stands(standing);
        Ok(())
    }

    fn stands(&mut self, standing: Standing) {
        let heard = self.traffic.follow(standing.policy.as_ref());
        let heard = heard.map_err(|error| format!("sessions cannot be heard of: {error}"));
        self.state_of(About::Events, heard);
        self.standing = Some(standing);
        self.say_whether_it_fits();
        self.left = None;
        self.failure = None;
        self.sessions = Some(Instant::now());
        self.next_look = Instant::now() + LOOK_EVERY;
    }

    fn say_whether_it_fits(&mut self) {
        let standing = self.standing.as_ref();
        let fits = match standing.map(|standing| standing.unfit.as_slice()) {
            None | Some([]) => Ok(()),
            Some(unfit) => Err(unfit.join("; ")),
        };
        self.state_of(About::Fit, fits);
    }

    /// What holds is put back. Where that cannot be, and something was to be
    /// taken away, nothing passes: what was to go must go.
    pub(super) fn after_failure(&mut self, wanted: Wanted, taking_away: bool) {
        let done = match change::fall_back(&self.revisions, wanted.cut) {
            Some(standing) => {
                self.stands(standing);
                Ok(())
            }
            None if taking_away => self.deny(),
            None => self.leave(),
        };
        self.outcome(About::Kernel, done);
    }

    /// The revision cannot be read. What holds is known still; else the
    /// kernel's rules are the last good ones: they stay as they are at this
    /// moment, provided that they end in a drop everywhere.
    fn leave(&mut self) -> Result<(), SegmentError> {
        if let Some(held) = &self.standing
            && put_in_force(&held.ruleset).is_ok()
        {
            return Ok(());
        }
        if self.left.is_some() {
            self.touched = true; // a failure may have written something
            return Ok(());
        }
        let switches = match self.standing.take() {
            Some(held) => held.ruleset.sysctls,
            None => deny_all().sysctls,
        };
        match last_good(switches)? {
            Some(stood) => self.left = Some(stood),
            None => self.deny()?,
        }
        self.next_look = Instant::now() + LOOK_EVERY;
        Ok(())
    }

    /// Nothing passes, and nothing goes on.
    fn deny(&mut self) -> Result<(), SegmentError> {
        self.standing = None;
        self.left = Some(deny_all());
        self.sessions = Some(Instant::now());
        put_in_force(&deny_all())
    }

    /// The same revision at this moment: what ended goes, what opens comes,
    /// and every end is written anew.
    fn retime(&mut self) -> Result<(), SegmentError> {
        self.end_sessions(); // what ended just now, before anything is computed; and again behind it
        let set = std::mem::take(&mut self.clock_was_set);
        let Some(held) = &self.standing else {
            self.left = None; // its ends are moments of the other clock
            return self.leave();
        };
        let (before, wires) = (held.ruleset.clone(), held.wires.clone());
        let revision = held.revision;
        let retimed = change::again(&self.revisions, held, Timestamp::now())
            .and_then(|standing| put_in_force(&standing.ruleset).map(|()| standing));
        let standing = match retimed {
            Ok(standing) => standing,
            Err(error) => {
                self.clock_was_set = set; // not done yet
                return Err(error);
            }
        };
        let rewired = standing.wires != wires;
        if standing.ruleset != before || set {
            let ruleset = crate::segment::revision::sha256(standing.ruleset.to_string().as_bytes());
            let by = match (set, rewired) {
                (true, _) => "the clock was set",
                (false, true) => "an interface changed",
                (false, false) => "time",
            };
            self.tell(Event::Applied {
                revision,
                by: by.to_owned(),
                ruleset,
            });
        }
        self.stands(standing);
        Ok(())
    }

    /// Ends what no flow covers; what could not be ended is tried again.
    pub(super) fn end_sessions(&mut self) {
        self.sessions = None;
        let policy = match &self.standing {
            Some(standing) => standing.policy.as_ref(),
            None if self.left.as_ref() == Some(&deny_all()) => None,
            None => return, // nobody knows which are covered
        };
        let done = match sessions::end_uncovered(policy, Timestamp::now()) {
            Ok(sessions::Ended { count, named, left }) => {
                if count > 0 {
                    self.say("sessions ended", &count.to_string());
                    self.tell(Event::SessionsCut {
                        count,
                        sessions: named,
                    });
                }
                let stays = |(left, why)| Err(format!("{left} sessions cannot be ended: {why}"));
                left.map_or(Ok(()), stays)
            }
            Err(error) => Err(format!("sessions cannot be listed: {error}")),
        };
        if done.is_err() {
            self.sessions = Some(Instant::now() + AGAIN_AFTER);
        }
        self.state_of(About::Sessions, done);
    }

    /// Everything against the kernel; repaired before it is told.
    fn compare(&mut self) -> Result<(), SegmentError> {
        let began = Instant::now();
        let authors = std::mem::take(&mut self.authors);
        self.touched = false;
        let compared = self.compare_with(authors.iter().map(ToString::to_string).collect());
        if compared.is_err() {
            self.authors.extend(authors); // still to be named
            self.touched = true; // and to be looked at
        }
        // Ten thousand flows take a while to list: at most a tenth of the time.
        let now = Instant::now();
        self.next_look = now + LOOK_EVERY.max((now - began) * 9);
        compared
    }

    fn compare_with(&mut self, processes: Vec<String>) -> Result<(), SegmentError> {
        let Some(desired) = self.desired() else {
            return self.leave();
        };
        let (drift, live) = observe_drift(desired)?;
        if !drift.is_empty() {
            let noticed = Timestamp::now();
            // Of a revision that nobody can read, what was changed cannot be put right.
            let repaired = match &self.standing {
                Some(standing) => put_in_force(&standing.ruleset),
                None => self.deny(),
            };
            self.sessions = Some(Instant::now()); // what came in meanwhile is in the table of sessions
            self.drifted(&drift, processes, noticed, repaired.is_ok());
            repaired?;
        }
        self.foreign_tables = live.foreign_tables.into_iter().collect();
        let names: Vec<&str> = self.foreign_tables.iter().map(String::as_str).collect();
        let alone = match names.as_slice() {
            [] => Ok(()),
            names => Err(format!("tables of other programs: {}", names.join(", "))),
        };
        self.state_of(About::Tables, alone);
        self.say_whether_it_fits();
        Ok(())
    }

    fn set_switches(&mut self) -> Result<(), SegmentError> {
        let lines = self.off_course();
        let Some(desired) = self.desired() else {
            return Ok(());
        };
        let noticed = Timestamp::now();
        let set = apply::forward(desired.forwarding, &desired.sysctls);
        if !lines.is_empty() {
            self.sessions = Some(Instant::now());
            let drift = Drift {
                changed: lines,
                ..Drift::default()
            };
            self.drifted(&drift, Vec::new(), noticed, set.is_ok());
        }
        set
    }

    /// Told behind the repair, because a packet does not wait for a record.
    fn drifted(
        &mut self,
        drift: &Drift,
        processes: Vec<String>,
        noticed: Timestamp,
        repaired: bool,
    ) {
        let lines = drift.lines();
        let by = match processes.as_slice() {
            [] => String::new(),
            some => format!(" (by {})", some.join(", ")),
        };
        let done = if repaired { "repaired" } else { "not repaired" };
        self.say(&format!("drift {done}{by}"), &lines.join("; "));
        let event = Event::Drift {
            lines,
            processes,
            noticed: Some(noticed),
            repaired: repaired.then(Timestamp::now),
        };
        self.tell(event);
    }
}
