//! What can happen, typed. Strings of strangers are escaped before they come
//! here (`policy::text::escape_hostile`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a revision went by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversal {
    /// Nobody confirmed it in time, or the box started anew meanwhile.
    NotConfirmed,
    /// The command that put it in force ended before it was done.
    Abandoned,
}

/// Denied packets that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedGroup {
    /// From.
    pub source: IpAddr,
    /// To.
    pub destination: IpAddr,
    /// `tcp/443`, `icmp`, `ip/47`.
    pub service: String,
    /// It could begin a session.
    pub opening: bool,
    /// Which base chain dropped it.
    pub hook: String,
    /// Interface it came in by; empty for the box's own.
    pub incoming: String,
    /// Interface it was to leave by; empty where that was not known yet.
    pub outgoing: String,
    /// Seen first.
    pub first: Timestamp,
    /// Seen last.
    pub last: Timestamp,
    /// How many packets.
    pub count: u64,
}

/// Sessions of one flow between two hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionGroup {
    /// The flow's id.
    pub flow: String,
    /// Who began them.
    pub source: IpAddr,
    /// With whom.
    pub destination: IpAddr,
    /// `tcp/443`.
    pub service: String,
    /// They ended; else they began.
    pub ended: bool,
    /// How many.
    pub count: u64,
    /// First news of one.
    pub first: Timestamp,
    /// Last news of one.
    pub last: Timestamp,
}

/// How often a flow was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// New sessions (first packets) since the last such event.
    pub count: u64,
    /// When the counter was last seen to have grown.
    pub last: Timestamp,
}

/// One event. `schema = 1`; add variants, never change one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A role began to work.
    Started {
        /// Program version.
        engine: String,
    },
    /// A role ended in order.
    Stopped,
    /// Another role's head, as it told us.
    Head {
        /// Whose.
        role: String,
        /// Its last sequence number.
        seq: u64,
        /// Its last hash, hex.
        hash: String,
    },
    /// A mail was acknowledged with 250.
    Received {
        /// Mail id.
        mail: String,
        /// Receipt number.
        receipt: String,
        /// Peer address.
        peer: String,
        /// Reverse path.
        sender: String,
        /// Forward paths.
        recipients: Vec<String>,
        /// Message bytes.
        size: u64,
        /// SHA-256 of the message, hex.
        sha256: String,
    },
    /// An SMTP session or recipient was refused.
    Refused {
        /// Peer address.
        peer: String,
        /// Reply sent.
        reply: String,
    },
    /// A variant was rebuilt and may be delivered.
    Passed {
        /// Mail id.
        mail: String,
        /// Variant number.
        variant: u32,
        /// Its recipients.
        recipients: Vec<String>,
        /// SHA-256 (hex) of the file in `outgoing/`.
        digest: String,
        /// interface.md section 4, one per part.
        records: Vec<Value>,
    },
    /// The next hop said 250.
    Delivered {
        /// Mail id.
        mail: String,
        /// Variant number.
        variant: u32,
        /// Recipients it accepted.
        recipients: Vec<String>,
        /// Its reply.
        reply: String,
    },
    /// The next hop could not take it now.
    Deferred {
        /// Mail id.
        mail: String,
        /// Variant number.
        variant: u32,
        /// Why.
        reason: String,
    },
    /// Kept for a human.
    Held {
        /// Mail id.
        mail: String,
        /// Code.
        reason: String,
    },
    /// A file in `outgoing/` was not what the record says: treated again.
    Tampered {
        /// Mail id.
        mail: String,
        /// Variant number.
        variant: u32,
    },
    /// A sender was told of failure (RFC 3464).
    Bounced {
        /// Mail id.
        mail: String,
        /// Recipients concerned.
        recipients: Vec<String>,
        /// Next hop's reply.
        reply: String,
    },
    /// A revision is in force: loaded, read back, equal.
    Applied {
        /// Revision number.
        revision: u64,
        /// Who.
        by: String,
        /// SHA-256 of the rule set text.
        ruleset: String,
    },
    /// A revision could not be put in force; the last good rules stay.
    ApplyFailed {
        /// Revision number.
        revision: u64,
        /// Why.
        reason: String,
    },
    /// A revision is on trial: unless confirmed in time, it ends by itself.
    OnTrial {
        /// Revision number.
        revision: u64,
        /// What comes back; 0 for nothing at all.
        previous: u64,
        /// When, by the wall clock.
        until: Timestamp,
        /// Who.
        by: String,
    },
    /// A revision on trial was confirmed.
    Confirmed {
        /// Revision number.
        revision: u64,
        /// Who.
        by: String,
    },
    /// A revision went by itself and another came back.
    Reverted {
        /// The one that went.
        from: u64,
        /// The one that came back; 0 for nothing at all.
        to: u64,
        /// Why.
        why: Reversal,
    },
    /// Emergency: every flow between internet and LGWAN stopped.
    Cut {
        /// Who.
        by: String,
    },
    /// The emergency is over; the revision holds again in full.
    CutUndone {
        /// Who.
        by: String,
    },
    /// Live sessions that no flow covers any more were ended.
    SessionsCut {
        /// How many.
        count: u64,
        /// The first of them, as `tcp source -> destination port`.
        sessions: Vec<String>,
    },
    /// Packets that were denied since the last such event.
    Denied {
        /// What the drop counters of the rules read now, in sum: of all
        /// packets, seen or not. Nought again after the rules were loaded anew.
        kernel: u64,
        /// Packets that the log group handed over.
        seen: u64,
        /// The largest groups of these.
        groups: Vec<DeniedGroup>,
        /// Packets of these in no group.
        others: u64,
    },
    /// How often flows were used since the last such event, by flow id;
    /// a flow that was not used is not named.
    Hits {
        /// Flow id to its use.
        flows: BTreeMap<String, Hit>,
    },
    /// Sessions of flows that are to be logged (`log = "new"`, `"all"`, on
    /// trial), since the last such event.
    Sessions {
        /// The largest groups.
        groups: Vec<SessionGroup>,
        /// Sessions that began or ended in no group.
        others: u64,
        /// News was lost for want of room: there may have been more.
        lost: bool,
    },
    /// The kernel's rules or switches were not ours.
    Drift {
        /// Lines missing, extra or changed, bounded.
        lines: Vec<String>,
        /// Who changed the rules, as the kernel told: name and process id.
        /// The kernel tells it of rules only, never of switches.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        processes: Vec<String>,
        /// When the comparison showed it, before anything was mended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noticed: Option<Timestamp>,
        /// When everything was as it should be again, read back; none where
        /// that failed, and is tried again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repaired: Option<Timestamp>,
    },
    /// The separation was probed with real packets.
    Probed {
        /// Who.
        by: String,
        /// `namespaces`, or the interfaces that were used.
        ground: String,
        /// Tests.
        probes: u64,
        /// Packets offered.
        packets: u64,
        /// Seen where they must not be.
        leaks: u64,
        /// Stopped though a flow allows them.
        over_blocks: u64,
        /// Tests that prove nothing.
        unproven: u64,
        /// SHA-256 (hex) of the report's JSON.
        report: String,
    },
    /// Something a human must look at.
    Alarm {
        /// What.
        message: String,
    },
    /// What an alarm told of is no longer so.
    AlarmEnded {
        /// The alarm's words.
        message: String,
    },
}
