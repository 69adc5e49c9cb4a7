//! What is asked of a worker and what it may answer: the words on both sides
//! of the sandbox wall. A `Task` is written by the trusted parent; a `Reply`
//! comes from a process that may have been taken over, so every string in it
//! is `untrusted_` and bounded, and `sandbox::wire` checks it before use.

use serde::{Deserialize, Serialize};

use super::codes::{Area, Code};
use super::kind::{Kind, Treatment};
use super::refusal::Refusal;
use super::report::Report;
use crate::policy::Limits;

/// A byte range inside the input or output descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What to do.
    pub task: Task,
    /// Within which budget.
    pub limits: Limits,
}

/// What to do with the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Task {
    /// Say what the input is. `name` as the sender wrote it: only a hint to
    /// tell csv and html from text, and scripts from text.
    Identify {
        /// File name.
        name: String,
    },
    /// Take a container apart; leaves are written to the output one after
    /// the other.
    Split {
        /// `Message` or `Zip`.
        kind: Kind,
        /// Of a mail.
        first: First,
    },
    /// Write the input anew.
    Treat {
        /// As identified before.
        kind: Kind,
        /// As planned.
        treatment: Treatment,
        /// What is known and wanted beside the bytes.
        beside: Beside,
    },
    /// As `Treat`, with areas of its pictures or pages painted over.
    Paint {
        /// As identified before.
        kind: Kind,
        /// As planned; its output shows pixels.
        treatment: Treatment,
        /// Where.
        areas: Vec<Area>,
        /// As planned.
        wish: Wish,
    },
    /// Read the QR codes of one of our own outputs.
    ReadCodes {
        /// `Jpeg`, `Png` or `Pdf`.
        kind: Kind,
        /// Pages to look at, from 1.
        pages: Vec<u32>,
    },
    /// Accept or refuse the input as one of our own outputs.
    Verify {
        /// Fixed by the parent.
        kind: Kind,
        /// The treatment that was ordered, where the parent knows one.
        ordered: Option<Treatment>,
    },
    /// Write a container of clean members, which stand one after the other
    /// in the input.
    Join {
        /// `Zip`.
        kind: Kind,
        /// Names (ours, cleaned) and places.
        members: Vec<Member>,
    },
}

/// Which version of a text is its body, where a mail has it as both (RFC 2046
/// section 5.1.4). The other one is left out and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// Plain text.
    Text,
    /// HTML, for who keeps it as that.
    Page,
}

/// What the parent knows and wants of a part beside its bytes. Each kind heeds
/// what concerns it, and nothing here lets anything active through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Declared charset of a text part or page, lower case.
    pub charset: Option<String>,
    /// What a page may show.
    pub pictures: Vec<Shown>,
    /// Of an Office document or PDF.
    pub wish: Wish,
}

/// What a site wants of documents that people wrote together, beside the
/// treatment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Comments are left out.
    pub without_comments: bool,
    /// Tracked changes are taken as accepted.
    pub changes_accepted: bool,
    /// The report lists the parts.
    pub structure: bool,
    /// A PDF that stays drawings leads to the web where it did.
    pub web_links: bool,
}

/// A picture that came with a page, in the same mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its part's number, from 1.
    pub number: u32,
    /// Twelve hex digits that no other mail has: one inside another never shows
    /// the outer one's pictures.
    pub mail: String,
    /// What the page calls it (RFC 2392), without brackets.
    pub untrusted_id: String,
}

/// One member of a container to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name in the new container, `/` between folders.
    pub name: String,
    /// Bytes in the input.
    pub range: Range,
}

/// The answer to a `Job`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Reply {
    /// To `Identify`.
    Identified(Kind),
    /// To `Split`.
    Split(Box<Shape>),
    /// To `Treat` and `Paint`: the output descriptor holds the bytes.
    Treated(Report),
    /// To `ReadCodes`.
    Codes(Vec<Code>),
    /// To `Verify`: accepted.
    Verified,
    /// To `Join`: the output descriptor holds the bytes.
    Joined,
    /// To any.
    Refused(Refusal),
}

/// A container taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Header fields, of a message.
    pub headers: Option<Headers>,
    /// Leaves in original order.
    pub leaves: Vec<Leaf>,
    /// What the container itself carried and nobody will get.
    pub report: Report,
}

/// What a leaf is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The text a reader sees first.
    Body,
    /// Everything else.
    Attachment,
}

/// One leaf of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Body or attachment.
    pub place: Place,
    /// Decoded file name (path for a zip member), at most 1,000 bytes.
    pub untrusted_name: String,
    /// Claimed media type, lower case, at most 200 bytes.
    pub untrusted_claimed: String,
    /// Declared charset, lower case, at most 40 bytes of `[a-z0-9_.:-]`.
    pub charset: Option<String>,
    /// Content-ID without brackets (RFC 2045), at most 250 bytes; `None` where
    /// there is none or two parts have the same.
    pub untrusted_id: Option<String>,
    /// By content.
    pub kind: Kind,
    /// Bytes in the output descriptor.
    pub range: Range,
    /// Set when this leaf cannot be read in exactly one way: it is withheld.
    pub refusal: Option<Refusal>,
}

/// A mailbox (RFC 5322 section 3.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// Decoded display name, may be empty, at most 1,000 bytes.
    pub untrusted_name: String,
    /// addr-spec, at most 320 bytes.
    pub untrusted_address: String,
}

/// Header fields that are re-emitted from parsed values; all else is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is the RFC 5322 field of its name
pub struct Headers {
    pub untrusted_from: Vec<Mailbox>,
    pub untrusted_sender: Option<Mailbox>,
    pub untrusted_to: Vec<Mailbox>,
    pub untrusted_cc: Vec<Mailbox>,
    pub untrusted_reply_to: Vec<Mailbox>,
    /// Decoded, at most 2,000 bytes.
    pub untrusted_subject: Option<String>,
    /// Seconds since the epoch and the writer's offset in minutes.
    pub date: Option<(i64, i32)>,
    /// msg-id without brackets.
    pub untrusted_message_id: Option<String>,
    pub untrusted_in_reply_to: Vec<String>,
    pub untrusted_references: Vec<String>,
    pub untrusted_list_id: Option<String>,
    pub untrusted_list_post: Option<String>,
    pub untrusted_auto_submitted: Option<String>,
    pub untrusted_importance: Option<String>,
    /// How many `Received` fields there were (RFC 5321 section 6.3).
    pub received: u32,
    /// Whether subject or text is Japanese: decides the notice's languages.
    pub japanese: bool,
}
