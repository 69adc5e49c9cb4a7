//! What a line of the record is, and what it must follow. Pure: the clock is
//! passed in.
//!
//! A line is one JSON object on one line. Its last member is always `hash`:
//!
//! ```text
//! {"schema":1,"seq":7,"at":"…Z","role":"mail","revision":3,"prev":"<64 hex>","event":{…},"hash":"<64 hex>"}
//! ```
//!
//! `hash` is the SHA-256, in lower-case hex, of the line's own bytes with
//! `,"hash":"<64 hex>"` taken out (so the object still ends in `}`), without
//! the line feed. `prev` is the `hash` of the line before, 64 zeros for the
//! first. `seq` counts from 1 and never skips. No canonical form of JSON is
//! needed: the bytes that were written are the bytes that are hashed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::event::Event;

/// Schema of a line.
pub const SCHEMA: u32 = 1;
/// `prev` of the first line.
pub const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const TAIL_OPEN: &[u8] = b",\"hash\":\"";
const TAIL_CLOSE: &[u8] = b"\"}";
const HEX: usize = 64;

/// The end of a chain: what the next line must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Sequence number of the last line, 0 for none.
    pub seq: u64,
    /// Its hash, hex.
    pub hash: String,
}

/// A chain's end as it is told to others: other roles, journald, an auditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub role: String,
    /// Its last sequence number.
    pub seq: u64,
    /// Its last hash, hex.
    pub hash: String,
}

/// One line, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Schema, 1.
    pub schema: u32,
    /// From 1, without gaps.
    pub seq: u64,
    /// When it was recorded, UTC.
    pub at: Timestamp,
    /// Whose chain.
    pub role: String,
    /// Revision of the configuration in force.
    pub revision: u64,
    /// Hash of the line before.
    pub prev: String,
    /// What happened; kept as a value so that an event of a later version
    /// does not make a chain unreadable.
    pub event: serde_json::Value,
    /// Hash of this line, as it is written there.
    pub hash: String,
}

/// Why a line does not follow the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// Not a line of ours; a short reason.
    Unreadable(String),
    /// Its bytes are not those that were hashed.
    Altered,
    /// Not the next number.
    Sequence {
        /// The number due.
        expected: u64,
    },
    /// Names another predecessor.
    Predecessor,
    /// Belongs to another role.
    Role(String),
}

#[derive(Serialize)]
struct Body<'a> {
    schema: u32,
    seq: u64,
    at: Timestamp,
    role: &'a str,
    revision: u64,
    prev: &'a str,
    event: &'a Event,
}

impl Tip {
    /// Before the first line.
    #[must_use]
    pub fn start() -> Self {
        Self {
            seq: 0,
            hash: NOTHING.to_owned(),
        }
    }

    /// The next line, with its line feed, and the tip after it.
    ///
    /// # Errors
    /// When the event cannot be written as JSON.
    pub fn next(
        &self,
        at: Timestamp,
        role: &str,
        revision: u64,
        event: &Event,
    ) -> Result<(Vec<u8>, Self), serde_json::Error> {
        let seq = self.seq.saturating_add(1);
        let body = Body {
            schema: SCHEMA,
            seq,
            at,
            role,
            revision,
            prev: &self.hash,
            event,
        };
        let mut line = serde_json::to_vec(&body)?;
        let hash = hex_sha256(&line);
        line.pop();
        line.extend_from_slice(TAIL_OPEN);
        line.extend_from_slice(hash.as_bytes());
        line.extend_from_slice(TAIL_CLOSE);
        line.push(b'\n');
        Ok((line, Self { seq, hash }))
    }

    /// Does this line (without line feed) follow?
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of [`Break`].
    pub fn follow(&self, role: &str, raw: &[u8]) -> Result<Line, Break> {
        let line = Line::read(raw)?;
        match self.accepts(role, raw, &line) {
            None => Ok(line),
            Some(broken) => Err(broken),
        }
    }

    /// What is wrong with `line`, read from `raw`, as the next one.
    #[must_use]
    pub fn accepts(&self, role: &str, raw: &[u8], line: &Line) -> Option<Break> {
        let expected = self.seq.saturating_add(1);
        if hash_of(raw).as_deref() != Some(line.hash.as_str()) {
            Some(Break::Altered)
        } else if line.role != role {
            Some(Break::Role(line.role.clone()))
        } else if line.seq != expected {
            Some(Break::Sequence { expected })
        } else if line.prev != self.hash {
            Some(Break::Predecessor)
        } else {
            None
        }
    }
}

impl Line {
    /// Takes a line (without line feed) apart; proves nothing about its hash.
    ///
    /// # Errors
    /// [`Break::Unreadable`].
    pub fn read(raw: &[u8]) -> Result<Self, Break> {
        if split(raw).is_none() {
            return Err(Break::Unreadable("no hash at the end".to_owned()));
        }
        let line: Self = serde_json::from_slice(raw).map_err(|error| {
            Break::Unreadable(crate::policy::text::bounded(&error.to_string(), 200))
        })?;
        if line.schema == SCHEMA {
            Ok(line)
        } else {
            Err(Break::Unreadable(format!("schema {}", line.schema)))
        }
    }

    /// The event, when this version knows it.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        Event::deserialize(&self.event).ok()
    }

    /// The tip after this line.
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip {
            seq: self.seq,
            hash: self.hash.clone(),
        }
    }
}

impl fmt::Display for Head {
    /// The line that is sent off the box.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sekimori-head role={} seq={} hash={}",
            self.role, self.seq, self.hash
        )
    }
}

impl Head {
    /// Finds a head in a line of a journal, whatever stands before it.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("sekimori-head ")?;
        let mut words = rest.split_whitespace();
        let role = words.next()?.strip_prefix("role=")?.to_owned();
        let seq = words.next()?.strip_prefix("seq=")?.parse().ok()?;
        let hash = words.next()?.strip_prefix("hash=")?.to_owned();
        let plain =
            is_role(&role) && hash.len() == HEX && hash.bytes().all(|b| b.is_ascii_hexdigit());
        plain.then_some(Self { role, seq, hash })
    }
}

/// Role names stand in paths: lower-case letters, digits and `-` only.
#[must_use]
pub fn is_role(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What the line's bytes hash to; `None` when it has no `hash` at its end.
fn hash_of(raw: &[u8]) -> Option<String> {
    let (body, _) = split(raw)?;
    let mut bytes = body.to_vec();
    bytes.push(b'}');
    Some(hex_sha256(&bytes))
}

/// The bytes before `,"hash":"`, and the hex.
fn split(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = raw.strip_suffix(TAIL_CLOSE)?;
    let (rest, hex) = rest.split_at_checked(rest.len().checked_sub(HEX)?)?;
    Some((rest.strip_suffix(TAIL_OPEN)?, hex))
}

fn hex_sha256(bytes: &[u8]) -> String {
    crate::policy::text::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_exactly_this() {
        let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let (line, tip) = Tip::start().next(at, "mail", 3, &Event::Stopped).unwrap();
        let body = format!(
            "{{\"schema\":1,\"seq\":1,\"at\":\"2026-11-23T09:00:00Z\",\"role\":\"mail\",\"revision\":3,\
             \"prev\":\"{NOTHING}\",\"event\":{{\"event\":\"stopped\"}}}}"
        );
        // An auditor can recompute it with sha256sum.
        assert_eq!(tip.hash, hex_sha256(body.as_bytes()));
        let shown = String::from_utf8(line).unwrap();
        assert_eq!(
            shown,
            format!(
                "{},\"hash\":\"{}\"}}\n",
                body.strip_suffix('}').unwrap(),
                tip.hash
            )
        );
    }

    #[test]
    fn a_head_is_found_behind_a_journal_prefix() {
        let head = Head {
            role: "mail".into(),
            seq: 9,
            hash: "ab".repeat(32),
        };
        assert_eq!(
            Head::find(&format!("Nov 23 gw sekimori[7]: {head}")),
            Some(head)
        );
        assert_eq!(Head::find("sekimori-head role=../x seq=1 hash=00"), None);
    }
}
