//! The `segment` role: holds the current revision's rules in the kernel.
//! User sekimori-segment, capability NET_ADMIN; reads revisions, appends to
//! audit/segment, nothing else. Single-threaded: poll, then one thing at once.
//!
//! On SIGTERM the rules stay: no rules must never mean no walls.

use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use caps::Capability;
use jiff::Timestamp;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use serde_json::{Value, json};

use crate::audit::{Event, Head, Log};
use crate::policy::text::{Lang, bounded, escape_hostile};
use crate::segment::revision::Revisions;
use crate::segment::ruleset::Ruleset;
use crate::segment::{SegmentError, change, compile, observe_drift, put_in_force};

use super::control::{Peer, Server, refusal};
use super::privileges::become_role;
use super::{Places, Role, RunError};

/// How often the kernel is compared with what it should hold.
const COMPARE_EVERY: Duration = Duration::from_secs(2);

/// The role while it runs.
struct Segment {
    revisions: Revisions,
    log: Log,
    revision: u64,
    desired: Ruleset,
    /// Whether the kernel held `desired` at the last look.
    holds: bool,
    /// The quarter of an hour of the last compile: every zone's midnight is at one.
    quarter: i64,
    /// Other programs' tables that were told already.
    foreign_tables: BTreeSet<String>,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Only before it works: no record, no socket, no signals. Without a usable
/// revision it works on, and nothing passes.
pub fn run(places: &Places) -> Result<(), RunError> {
    become_role(Role::Segment.user(), &[Capability::CAP_NET_ADMIN])?;
    hold(&places.state, &places.runtime).map_err(|error| RunError(error.text()))
}

fn hold(state: &Path, runtime: &Path) -> Result<(), SegmentError> {
    let log = Log::open(&state.join("audit"), "segment")
        .map_err(|error| SegmentError::NoRecord(error.text().en))?;
    let failed = |error: Errno| SegmentError::Control(error.to_string());
    let mut ends = SigSet::empty();
    ends.add(Signal::SIGTERM);
    ends.add(Signal::SIGINT);
    ends.thread_block().map_err(failed)?;
    let signals = SignalFd::with_flags(&ends, SfdFlags::SFD_CLOEXEC).map_err(failed)?;
    let server = Server::open(runtime, "segment")
        .map_err(|error| SegmentError::Control(format!("{}: {error}", runtime.display())))?;
    let mut segment = Segment {
        revisions: Revisions::of(state),
        log,
        revision: 0,
        desired: compile::deny_all(),
        holds: false,
        quarter: this_quarter(),
        foreign_tables: BTreeSet::new(),
    };
    segment.record(&Event::Started {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
    })?;
    segment.start();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let mut next = Instant::now() + COMPARE_EVERY;
    loop {
        let left = next.saturating_duration_since(Instant::now());
        let wait = PollTimeout::try_from(left.as_millis()).unwrap_or(PollTimeout::ZERO);
        let mut watched = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(server.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut watched, wait) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(failed(error)),
        }
        let [ended, asked] = watched.map(|fd| fd.any().unwrap_or(false));
        if ended {
            break;
        }
        if asked {
            server.serve(&mut |peer, request| segment.answer(peer, request));
        }
        if Instant::now() >= next {
            let looked = Instant::now();
            segment.compare();
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            // Ten thousand flows take a while to list: at most a tenth of the time.
            let now = Instant::now();
            next = now + COMPARE_EVERY.max((now - looked) * 9);
        }
    }
    segment.record(&Event::Stopped) // the rules stay
}

impl Segment {
    fn record(&self, event: &Event) -> Result<(), SegmentError> {
        let written = self.log.append(self.revision, event);
        written
            .map(drop)
            .map_err(|error| SegmentError::NoRecord(error.text().en))
    }

    /// The current revision, and when it cannot be had, nothing at all.
    fn start(&mut self) {
        let started = match self.revisions.current() {
            Ok(Some(revision)) => self.enforce(revision, "start"),
            Ok(None) => put_in_force(&self.desired),
            Err(error) => Err(error),
        };
        self.holds = started.is_ok();
        if let Err(error) = started {
            self.after_failure();
            self.alarm(&error);
        }
    }

    fn enforce(&mut self, revision: u64, by: &str) -> Result<(), SegmentError> {
        let log = self.log.clone();
        let mut record = |revision: u64, event: &Event| {
            log.append(revision, event)
                .map(drop)
                .map_err(|error| error.text().en)
        };
        let desired = change::enforce(&self.revisions, revision, by, &mut record)?;
        (self.desired, self.revision, self.holds) = (desired, revision, true);
        Ok(())
    }

    /// What passed with time (an expired flow) or by another's hand (drift).
    fn compare(&mut self) {
        let result = self
            .follow_the_day()
            .and_then(|()| observe_drift(&self.desired));
        let (drift, live) = match result {
            Ok(seen) => seen,
            Err(error) => return self.alarm_once(&error),
        };
        if !drift.is_empty() {
            let repaired = put_in_force(&self.desired);
            let _ = self.record(&Event::Drift {
                lines: drift.lines(),
                processes: Vec::new(),
            });
            match repaired {
                Ok(()) => self.holds = true,
                Err(error) => return self.alarm_once(&error),
            }
            self.say("drift repaired", &drift.lines().join("; "));
        }
        self.holds = true;
        let foreign: BTreeSet<String> = live.foreign_tables.into_iter().collect();
        if foreign != self.foreign_tables {
            let names: Vec<&str> = foreign.iter().map(String::as_str).collect();
            let message = escape_hostile(&bounded(
                &format!("tables of other programs: {}", names.join(", ")),
                500,
            ));
            let _ = self.record(&Event::Alarm { message });
            self.foreign_tables = foreign;
        }
    }

    /// On a new day, flows that expired go.
    fn follow_the_day(&mut self) -> Result<(), SegmentError> {
        if self.revision == 0 || this_quarter() == self.quarter {
            return Ok(());
        }
        self.quarter = this_quarter();
        let (revision, desired) = change::current(&self.revisions, Timestamp::now())?;
        if revision == self.revision && desired != self.desired {
            put_in_force(&desired)?;
            let notes: Vec<&str> = desired
                .notes
                .iter()
                .map(|note| note.get(Lang::En))
                .collect();
            let message = bounded(
                &format!("the day changed the rules: {}", notes.join(" ")),
                1_000,
            );
            self.record(&Event::Alarm { message })?;
            self.desired = desired;
        }
        Ok(())
    }

    fn alarm(&self, error: &SegmentError) {
        let message = bounded(error.text().get(Lang::En), 1_000);
        let _ = self.record(&Event::Alarm {
            message: message.clone(),
        });
        self.say("alarm", &message);
    }

    /// A state that lasts is told once, not every two seconds.
    fn alarm_once(&mut self, error: &SegmentError) {
        if self.holds {
            self.alarm(error);
        }
        self.holds = false;
    }

    fn say(&self, what: &str, untrusted_text: &str) {
        eprintln!(
            "sekimori segment: revision {}: {what}: {}",
            self.revision,
            escape_hostile(untrusted_text)
        );
    }

    fn answer(&mut self, peer: &Peer, request: &Value) -> Value {
        if let Some(head) = request.get("head") {
            return self.exchange_heads(peer, head);
        }
        let command = request
            .get("command")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match command {
            "status" => self.status(),
            "apply" | "rollback" if peer.may_change() => {
                let Some(revision) = request.get("revision").and_then(Value::as_u64) else {
                    return refusal("revision is missing");
                };
                let by = request
                    .get("by")
                    .and_then(Value::as_str)
                    .unwrap_or(&peer.name);
                match self.enforce(revision, &escape_hostile(by)) {
                    Ok(()) => json!({ "applied": revision }),
                    Err(error) => {
                        self.after_failure();
                        refusal(&bounded(error.text().get(language(request)), 4_000))
                    }
                }
            }
            "apply" | "rollback" => refusal("not allowed"),
            _ => refusal("unknown command"),
        }
    }

    /// `enforce` fell back by itself; believe what is on the disk.
    fn after_failure(&mut self) {
        match change::current(&self.revisions, Timestamp::now()) {
            Ok((revision, desired)) => (self.revision, self.desired) = (revision, desired),
            Err(_) => self.desired = compile::deny_all(),
        }
    }

    fn status(&self) -> Value {
        let drift = observe_drift(&self.desired);
        let (drift, denied) = match drift {
            Ok((drift, live)) => (
                drift.lines(),
                live.table.map(|table| table.denied).unwrap_or_default(),
            ),
            Err(error) => (vec![error.text().en], std::collections::BTreeMap::new()),
        };
        json!({
            "role": "segment", "revision": self.revision, "drift": drift, "denied": denied,
            "forwarding": { "ipv4": self.desired.forwarding.ipv4, "ipv6": self.desired.forwarding.ipv6 },
            "foreign_tables": self.foreign_tables, "head": self.log.head(),
        })
    }

    /// Another role's head goes into our chain, ours into theirs.
    fn exchange_heads(&self, peer: &Peer, head: &Value) -> Value {
        let Ok(head) = serde_json::from_value::<Head>(head.clone()) else {
            return refusal("not a head");
        };
        let shaped = head.hash.len() == 64 && head.hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !peer.speaks_for(&head.role) || !shaped || head.role == "segment" {
            return refusal("not allowed");
        }
        match self.record(&Event::Head {
            role: head.role,
            seq: head.seq,
            hash: head.hash,
        }) {
            Ok(()) => json!({ "head": self.log.head() }),
            Err(error) => refusal(&error.text().en),
        }
    }
}

fn this_quarter() -> i64 {
    Timestamp::now().as_second().div_euclid(900)
}

fn language(request: &Value) -> Lang {
    Lang::from_locale(
        request
            .get("lang")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )
}
