//! What the segment role answers at its control socket. Who may order
//! something is known from the kernel, never from what is said.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Segment;
use super::agenda::{Footing, Wanted};
use crate::audit::{Event, Head};
use crate::policy::text::{Lang, bounded, escape_hostile};
use crate::run::control::{Peer, refusal};
use crate::segment::clock::since_boot;
use crate::segment::compile::deny_all;
use crate::segment::pending::Pending;
use crate::segment::{SegmentError, observe_drift};

/// Shortest time between two heads of one role in our chain; the mail role
/// tells its own once a minute.
const BETWEEN_HEADS: Duration = Duration::from_secs(45);

impl Segment {
    pub(super) fn answer(&mut self, peer: &Peer, request: &Value) -> Value {
        if let Some(head) = request.get("head") {
            return self.exchange_heads(peer, head);
        }
        let word = |name: &str| request.get(name).and_then(Value::as_str);
        let command = word("command").unwrap_or_default();
        if command == "status" {
            return self.status();
        }
        if let "denied" | "hits" | "traffic" | "capture" = command {
            return self.observed(peer, command, request);
        }
        let by = escape_hostile(&bounded(word("by").unwrap_or(&peer.name), 100));
        let done = match command {
            "apply" | "rollback" | "confirm" | "cut" | "undo-cut" | "probed"
                if !peer.may_change() =>
            {
                return refusal("not allowed");
            }
            "apply" | "rollback" => self.switch(request, &by),
            "confirm" => self.confirm(&by),
            "cut" => self.cut(true, &by),
            "undo-cut" => self.cut(false, &by),
            "probed" => self.probed(request),
            _ => return refusal("unknown command"),
        };
        match done {
            Ok(()) => json!({ "revision": self.revision() }),
            Err(error) => {
                let lang = Lang::from_locale(word("lang").unwrap_or_default());
                refusal(&bounded(error.text().get(lang), 4_000))
            }
        }
    }

    /// Another revision, for good or on trial. The command writes that down
    /// when it has our answer.
    fn switch(&mut self, request: &Value, by: &str) -> Result<(), SegmentError> {
        let missing = || SegmentError::Control("revision is missing".to_owned());
        let revision = request.get("revision").and_then(Value::as_u64);
        let wanted = Wanted {
            revision: revision.ok_or_else(missing)?,
            cut: self.is_cut(),
        };
        let trial = request.get("trial").cloned();
        let trial = trial.and_then(|trial| serde_json::from_value::<Pending>(trial).ok());
        let switched = self.enforce(wanted, by).and_then(|()| {
            let Some(trial) = trial else { return Ok(()) };
            self.append(&Event::OnTrial {
                revision: trial.revision,
                previous: trial.previous,
                until: trial.until,
                by: by.to_owned(),
            })
        });
        match switched {
            Ok(()) => self.footing = Footing::Told,
            Err(_) => self.after_failure(wanted, false),
        }
        switched
    }

    /// Says that what is on trial is held, and records that it stays.
    fn confirm(&mut self, by: &str) -> Result<(), SegmentError> {
        let trial = self.revisions.trial(since_boot().as_ref());
        let revision = self.revision();
        if trial.is_none_or(|trial| trial.revision != revision) {
            return Err(SegmentError::NoTrial);
        }
        self.append(&Event::Confirmed {
            revision,
            by: by.to_owned(),
        })
    }

    /// Records a probe; no other event can be brought in this way.
    fn probed(&mut self, request: &Value) -> Result<(), SegmentError> {
        let told = request.get("event").cloned().unwrap_or_default();
        match serde_json::from_value::<Event>(told) {
            Ok(event @ Event::Probed { .. }) => self.append(&event),
            Ok(_) | Err(_) => Err(SegmentError::Control("not a probe".to_owned())),
        }
    }

    /// Kernel first. A cut is made also when it cannot be recorded; it is
    /// taken back only when it can.
    fn cut(&mut self, cut: bool, by: &str) -> Result<(), SegmentError> {
        let by = by.to_owned();
        if !cut {
            self.append(&Event::CutUndone { by: by.clone() })?;
        }
        self.cut_ordered = cut;
        let wanted = Wanted {
            revision: self.revision(),
            cut: self.is_cut(),
        };
        let done = self.put(wanted);
        if done.is_err() {
            self.after_failure(wanted, cut);
        }
        self.end_sessions();
        if cut {
            let revision = self.revision();
            let told = self.record.tell(revision, Event::Cut { by });
            told.map_err(|error| SegmentError::CutUnrecorded(error.text()))?;
        }
        done
    }

    fn is_cut(&self) -> bool {
        self.cut_ordered || self.revisions.cut().is_some()
    }

    /// What passes and what is denied.
    fn observed(&mut self, peer: &Peer, command: &str, request: &Value) -> Value {
        if !may_look(peer, command) {
            return refusal("not allowed");
        }
        match self.traffic.answer(command, request) {
            Ok(Some(answer)) => answer,
            Ok(None) => refusal("unknown command"),
            Err(error) => refusal(&bounded(&error.text().en, 4_000)),
        }
    }

    fn status(&self) -> Value {
        let Some(standing) = &self.standing else {
            let stands = match &self.left {
                Some(left) if *left == deny_all() => "nothing passes",
                Some(_) | None => "the last good rules stand",
            };
            return json!({
                "role": "segment", "revision": null, "cut": self.is_cut(),
                "drift": [format!("no revision is held: {stands}")],
                "foreign_tables": self.foreign_tables, "head": self.record.head(),
            });
        };
        let (drift, denied) = match observe_drift(&standing.ruleset) {
            Ok((drift, live)) => (
                drift.lines(),
                live.table.map(|table| table.denied).unwrap_or_default(),
            ),
            Err(error) => (vec![error.text().en], BTreeMap::new()),
        };
        let forwarding = standing.ruleset.forwarding;
        json!({
            "role": "segment", "revision": standing.revision, "cut": standing.cut,
            "changes": standing.changes, "drift": drift, "denied": denied,
            "forwarding": { "ipv4": forwarding.ipv4, "ipv6": forwarding.ipv6 },
            "foreign_tables": self.foreign_tables, "head": self.record.head(),
        })
    }

    /// Another role's head goes into our chain, ours into theirs. A role that
    /// tells it all the time cannot fill our record.
    fn exchange_heads(&mut self, peer: &Peer, head: &Value) -> Value {
        let Ok(head) = serde_json::from_value::<Head>(head.clone()) else {
            return refusal("not a head");
        };
        let shaped = head.hash.len() == 64 && head.hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !peer.speaks_for(&head.role) || !shaped || head.role == "segment" {
            return refusal("not allowed");
        }
        let (role, now) = (head.role.clone(), Instant::now());
        let last = self.heads.get(&role);
        if last.is_some_and(|last| now.duration_since(*last) < BETWEEN_HEADS) {
            return json!({ "head": self.record.head() });
        }
        match self.append(&Event::Head {
            role: head.role,
            seq: head.seq,
            hash: head.hash,
        }) {
            Ok(()) => {
                self.heads.insert(role, now);
                json!({ "head": self.record.head() })
            }
            Err(error) => refusal(&error.text().en),
        }
    }
}

/// What passes is for root and the console; the bytes of packets for root alone.
fn may_look(peer: &Peer, command: &str) -> bool {
    peer.may_change() || command != "capture" && peer.speaks_for("console")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_role_looks_at_what_passes() {
        let peer = |name: &str| Peer {
            uid: 64_999,
            name: name.to_owned(),
            pid: 1,
        };
        for command in ["traffic", "denied", "hits"] {
            assert!(!may_look(&peer("sekimori-mail"), command), "{command}");
            assert!(may_look(&peer("sekimori-console"), command), "{command}");
        }
        assert!(!may_look(&peer("sekimori-console"), "capture"));
    }
}
