//! What passes and what does not, as the segment role sees it while it runs:
//! denied packets, use of flows, sessions. Fed by the kernel over two sockets
//! and by its counters; told to the record in bounded events, and to whom it
//! concerns over the control socket.
//!
//! Promised: nothing here stops the role (what cannot be seen is an alarm);
//! no count is lost (what the log group was not told is in the rules' own
//! counters, which every event quotes); one turn is short, however many
//! packets wait.
//!
//! Absent on purpose: packets on the disk. The last [`SNIPPETS`] denied ones
//! are kept in memory, their first bytes only.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::audit::Event;
use crate::policy::Policy;
use crate::segment::compile::LOG_GROUP;
use crate::segment::denials::{self, Denial};
use crate::segment::hits::Hits;
use crate::segment::netlink::conntrack::{Change, Conntrack, Events};
use crate::segment::netlink::nflog::{Group, Logged};
use crate::segment::tally::{Seen, Tally};
use crate::segment::traffic::{self, Session, Step};
use crate::segment::{SegmentError, observe};

/// Groups that are kept apart between two events.
const GROUPS: usize = 1_000;
/// Groups that one event names.
const RECORDED: usize = 100;
/// Sessions that are remembered, apart from their number.
const RECENT: usize = 2_000;
/// A session that was not seen for so long is no recent one.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Denied packets of which the first bytes are kept.
const SNIPPETS: usize = 500;
/// Datagrams read in one turn, each with up to 64 packets.
const TURN: usize = 256;

/// Denials and sessions are recorded this often …
const MINUTE: Duration = Duration::from_secs(60);
/// … the use of flows this often.
const HOUR: Duration = Duration::from_secs(3_600);
/// Sessions are looked at this often: short ones are tracked for 30 seconds.
const LOOK: Duration = Duration::from_secs(20);
/// Looking may take this part of the time: one in so many.
const SHARE: u32 = 200;

/// Records one event.
pub type Record<'a> = &'a mut dyn FnMut(&Event) -> Result<(), SegmentError>;

/// A denied packet's first bytes.
struct Snippet {
    number: u64,
    at: Timestamp,
    untrusted_bytes: Vec<u8>,
}

/// When something is due, and how often.
struct Due(Instant);

impl Due {
    fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    fn now(&self) -> bool {
        Instant::now() >= self.0
    }

    /// The next time; what took long comes seldom.
    fn again(&mut self, every: Duration, began: Instant) {
        self.0 = Instant::now() + every.max(began.elapsed().saturating_mul(SHARE));
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self::new()
    }
}

/// All of it.
pub struct Traffic {
    denied: Option<Group>,
    denials: Tally<Denial>,
    seen: u64,
    /// The rules' drop counters in sum, at the last event.
    kernel: u64,
    snippets: VecDeque<Snippet>,
    snippet: u64,
    hits: Hits,
    /// The policy with only the flows whose sessions are recorded.
    logged: Option<Policy>,
    events: Option<Events>,
    steps: Tally<Step>,
    lost_news: bool,
    recent: Tally<Session>,
    minute: Due,
    hour: Due,
    look: Due,
    count: Due,
    /// When the log group is tried again, while another process has it.
    bind: Due,
}

impl Traffic {
    /// Nothing seen yet. The log group is taken at the first turn.
    #[must_use]
    pub fn new() -> Self {
        Self {
            denied: None,
            denials: Tally::new(GROUPS),
            seen: 0,
            kernel: 0,
            snippets: VecDeque::new(),
            snippet: 0,
            hits: Hits::default(),
            logged: None,
            events: None,
            steps: Tally::new(GROUPS),
            lost_news: false,
            recent: Tally::new(RECENT),
            minute: Due::after(MINUTE),
            hour: Due::after(HOUR),
            look: Due::after(Duration::ZERO),
            count: Due::after(Duration::ZERO),
            bind: Due::after(Duration::ZERO),
        }
    }

    /// Follows a policy that is in force now: which flows' sessions are
    /// recorded. The kernel tells of sessions only while somebody needs it.
    ///
    /// # Errors
    /// The kernel refuses to tell of sessions.
    pub fn follow(&mut self, policy: Option<&Policy>) -> io::Result<()> {
        self.logged = policy.and_then(traffic::logged);
        match (&self.logged, &self.events) {
            (None, _) => self.events = None,
            (Some(_), None) => self.events = Some(Events::subscribe()?),
            (Some(_), Some(_)) => {}
        }
        Ok(())
    }

    /// Takes what the kernel has to tell, a bounded part of it. To be called
    /// several times a second: the kernel's queue holds thousands of packets.
    ///
    /// # Errors
    /// A socket is broken and given up, or another process has the log group;
    /// it is tried again later.
    pub fn listen(&mut self) -> io::Result<()> {
        let denied = self.hear_denied();
        let sessions = self.hear_sessions();
        if sessions.is_err() {
            self.events = None;
        }
        denied.and(sessions)
    }

    fn hear_denied(&mut self) -> io::Result<()> {
        let mut group = match self.denied.take() {
            Some(group) => group,
            None if self.bind.now() => {
                self.bind.again(MINUTE, Instant::now());
                Group::bind(LOG_GROUP)
                    .map_err(|error| io::Error::other(format!("log group {LOG_GROUP}: {error}")))?
            }
            None => return Ok(()),
        };
        let mut names = BTreeMap::new();
        group.receive(TURN, &mut |logged| self.add_denied(&logged, &mut names))?;
        self.denied = Some(group);
        Ok(())
    }

    fn add_denied(&mut self, logged: &Logged, names: &mut BTreeMap<u32, String>) {
        let at = logged.at.and_then(moment).unwrap_or_else(Timestamp::now);
        let mut name = |index: u32| {
            names
                .entry(index)
                .or_insert_with(|| interface(index))
                .clone()
        };
        let (incoming, outgoing) = (name(logged.incoming), name(logged.outgoing));
        self.seen = self.seen.saturating_add(1);
        let bytes = &logged.untrusted_bytes;
        match Denial::of(&logged.prefix, &incoming, &outgoing, bytes) {
            Some(denial) => self.denials.add(denial, Seen::once(at)),
            None => self.denials.add_others(1),
        }
        if self.snippets.len() >= SNIPPETS {
            self.snippets.pop_front();
        }
        self.snippet = self.snippet.saturating_add(1);
        self.snippets.push_back(Snippet {
            number: self.snippet,
            at,
            untrusted_bytes: bytes.clone(),
        });
    }

    fn hear_sessions(&mut self) -> io::Result<()> {
        let (Some(events), Some(logged)) = (&mut self.events, &self.logged) else {
            return Ok(());
        };
        let now = Timestamp::now();
        let (steps, recent) = (&mut self.steps, &mut self.recent);
        let received = events.receive(TURN, &mut |change, connection| {
            let session = Session::of(&connection);
            if session.is_own() {
                return;
            }
            let ended = change == Change::Ended;
            if let Some(step) = traffic::step(logged, session.clone(), ended, now) {
                steps.add(step, Seen::once(now));
            }
            recent.add(session, Seen::once(now));
        })?;
        self.lost_news |= received.overrun;
        Ok(())
    }

    /// Does what is due.
    ///
    /// # Errors
    /// The record or the kernel refuses; what was counted is kept for the next time.
    pub fn each_turn(&mut self, record: Record<'_>) -> Result<(), SegmentError> {
        let began = Instant::now();
        if self.look.now() {
            let looked = self.look_at_sessions();
            self.look.again(LOOK, began);
            looked.map_err(|error| SegmentError::Control(format!("conntrack: {error}")))?;
        }
        if self.count.now() {
            let counted = self.look_at_counters();
            self.count.again(MINUTE, began);
            counted?;
        }
        if self.minute.now() {
            self.minute.again(MINUTE, began);
            self.record_minute(record)?;
        }
        if self.hour.now() {
            self.hour.again(HOUR, began);
            self.record_hits(record)?;
        }
        Ok(())
    }

    /// Before the role ends: what counters hold is
    /// taken and all of it is recorded.
    ///
    /// # Errors
    /// The record or the kernel refuses.
    pub fn settle(&mut self, record: Record<'_>) -> Result<(), SegmentError> {
        let _ = self.listen(); // what waits; a broken socket has nothing more
        self.look_at_counters()?;
        self.record_minute(record)?;
        self.record_hits(record)
    }

    /// Elements' counters: which flows were used.
    ///
    /// # Errors
    /// The kernel cannot be read.
    pub fn look_at_counters(&mut self) -> Result<(), SegmentError> {
        if let Some(table) = observe::live()?.table {
            self.hits.look(&table, Timestamp::now());
        }
        Ok(())
    }

    fn look_at_sessions(&mut self) -> io::Result<()> {
        let now = Timestamp::now();
        let recent = &mut self.recent;
        if let Ok(limit) = now.checked_sub(REMEMBERED) {
            recent.forget_before(limit);
        }
        let result = Conntrack::open()?.each(&mut |connection| {
            let session = Session::of(&connection);
            if !session.is_own() {
                recent.add(session, Seen::once(now));
            }
        });
        match result {
            // Resized meanwhile: the next look sees the rest.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            other => other,
        }
    }

    fn record_minute(&mut self, record: Record<'_>) -> Result<(), SegmentError> {
        let kernel = kernel_count()?;
        if self.seen > 0 || kernel != self.kernel {
            let (groups, others) = denials::written(&self.denials, RECORDED);
            record(&Event::Denied {
                kernel,
                seen: self.seen,
                groups,
                others,
            })?;
            (self.seen, self.kernel) = (0, kernel);
            let _ = self.denials.take();
        }
        let (groups, others) = traffic::written(&self.steps, RECORDED);
        if !groups.is_empty() || self.lost_news {
            record(&Event::Sessions {
                groups,
                others,
                lost: self.lost_news,
            })?;
            self.lost_news = false;
            let _ = self.steps.take();
        }
        Ok(())
    }

    fn record_hits(&mut self, record: Record<'_>) -> Result<(), SegmentError> {
        if self.hits.pending().is_empty() {
            return Ok(());
        }
        record(&Event::Hits {
            flows: self.hits.pending().clone(),
        })?;
        let _ = self.hits.take();
        Ok(())
    }

    /// Answers `denied`, `hits`, `traffic` and `capture`; none for another
    /// command. `denied` and `hits` tell what is not in the record yet.
    ///
    /// # Errors
    /// The kernel cannot be read.
    pub fn answer(
        &mut self,
        command: &str,
        request: &Value,
    ) -> Result<Option<Value>, SegmentError> {
        let answer = match command {
            "denied" => {
                let _ = self.listen(); // what waits belongs to the answer
                let (groups, others) = denials::written(&self.denials, GROUPS);
                json!({
                    "kernel": kernel_count()?, "seen": self.seen, "groups": groups,
                    "others": others, "listening": self.denied.is_some(),
                })
            }
            "hits" => {
                self.look_at_counters()?;
                json!({ "flows": self.hits.pending() })
            }
            "traffic" => {
                let looked = self.look_at_sessions();
                looked.map_err(|error| SegmentError::Control(format!("conntrack: {error}")))?;
                let (recent, _) = self.recent.ranked(RECENT);
                let shown = recent.iter().map(|(session, seen)| {
                    json!({
                        "source": session.source, "destination": session.destination,
                        "service": session.service.to_string(),
                        "first": seen.first, "last": seen.last,
                    })
                });
                json!({ "sessions": shown.collect::<Vec<_>>() })
            }
            "capture" => {
                let _ = self.listen();
                let after = request.get("after").and_then(Value::as_u64);
                self.captured(after.unwrap_or(u64::MAX))
            }
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }

    /// Snippets after that number; without one only the number to ask from.
    fn captured(&self, after: u64) -> Value {
        let wanted = self.snippets.iter().filter(|one| one.number > after);
        let packets = wanted
            .map(|one| json!({ "at": one.at, "bytes": STANDARD.encode(&one.untrusted_bytes) }));
        json!({ "next": self.snippet, "packets": packets.collect::<Vec<_>>() })
    }
}

fn kernel_count() -> Result<u64, SegmentError> {
    let denied = observe::denied()?;
    Ok(denied
        .values()
        .fold(0, |sum, count| sum.saturating_add(*count)))
}

fn moment((seconds, micros): (u64, u64)) -> Option<Timestamp> {
    let nanos = i32::try_from(micros.checked_mul(1_000)?).ok()?;
    Timestamp::new(i64::try_from(seconds).ok()?, nanos).ok()
}

/// An interface's name; its number where it is gone already.
fn interface(index: u32) -> String {
    if index == 0 {
        return String::new();
    }
    nix::net::if_::if_indextoname(index).map_or_else(
        |_| format!("#{index}"),
        |name| name.to_string_lossy().into_owned(),
    )
}
