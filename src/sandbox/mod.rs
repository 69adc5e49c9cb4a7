//! Workers: spawn, confine, reap, and the wall between them and us.
//!
//! ```text
//! Untrusted --(order, descriptors)--> server --fork--> worker: confine, then sanitise::serve
//!     ^                                                  | reply + output descriptors
//!     +---- wire: lengths, ranges and words checked <----+
//! ```
//!
//! [`Sandbox::treat`], [`Sandbox::paint`], [`Sandbox::join`] and [`Sandbox::composed`] are the only
//! makers of [`Clean`]: bytes that we wrote, accepted by a fresh worker that
//! never saw the original. There is no other, and none is to be added.

mod client;
mod confine;
pub mod filter;
mod fonts;
pub mod office;
mod order;
pub mod program;
pub mod server;
mod socket;
mod untrusted;
mod wire;
mod work;

use std::sync::Arc;

pub use client::{Sandbox, SandboxError};
pub use confine::{FIRST_WORKER_UID, Failed, MOST_WORKERS};
pub use office::Account;
pub use untrusted::Untrusted;
pub use work::Serve;

use crate::policy::Limits;
use crate::sanitise::codes::{Area, Code};
use crate::sanitise::protocol::{Beside, First, Job, Member, Range, Reply, Shape, Task, Wish};
use crate::sanitise::stage::Conversion;
use crate::sanitise::{Kind, Refusal, Report, Treatment, html};

/// Seconds for reading the QR codes of one file.
pub const READING_SECONDS: u32 = 5;

/// Bytes written by us and accepted by a verifier that never saw the original.
#[derive(Clone, Debug)]
pub struct Clean {
    kind: Kind,
    treatment: Treatment,
    bytes: Arc<Vec<u8>>,
    sha256: String,
    report: Report,
}

impl Clean {
    /// Kind, as the parent fixed it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What was asked of the worker, and so what these bytes are.
    #[must_use]
    pub fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What was taken out on the way.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// What the office stage made of a document: a stranger's file, of the kind
/// that was ordered.
#[derive(Debug)]
pub struct Converted {
    /// Its bytes.
    pub file: Untrusted,
    /// What its network saw of it.
    pub account: Account,
}

impl Sandbox {
    /// What `input` is, by content; `name` only helps to tell texts apart.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn identify(
        &self,
        input: &Untrusted,
        name: &str,
        limits: &Limits,
    ) -> Result<Kind, Refusal> {
        let task = Task::Identify {
            name: crate::policy::text::bounded(name, 1_000),
        };
        match self.run(
            &Job {
                task,
                limits: limits.clone(),
            },
            input,
        )? {
            (Reply::Identified(kind), _) => Ok(kind),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Takes a container apart. Leaves come back in order with their bytes.
    /// `first` decides between versions of a mail's text.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn split(
        &self,
        input: &Untrusted,
        kind: Kind,
        first: First,
        limits: &Limits,
    ) -> Result<(Shape, Vec<Untrusted>), Refusal> {
        let job = Job {
            task: Task::Split { kind, first },
            limits: limits.clone(),
        };
        match self.run(&job, input)? {
            (Reply::Split(shape), written) => {
                let parts: Result<Vec<_>, _> = shape
                    .leaves
                    .iter()
                    .map(|leaf| written.part(leaf.range))
                    .collect();
                Ok((*shape, parts.map_err(|_| Refusal::WorkerLost)?))
            }
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Rebuilds in one worker, verifies in a second, fresh one.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn treat(
        &self,
        input: &Untrusted,
        (kind, treatment): (Kind, Treatment),
        beside: Beside,
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        // The parent fixes what must come out; a worker has no say in it.
        let output = treatment.output_kind(kind).ok_or(Refusal::Unsupported)?;
        let may_show: Vec<_> = beside.pictures.iter().map(html::picture_id).collect();
        let job = Job {
            task: Task::Treat {
                kind,
                treatment,
                beside,
            },
            limits: limits.clone(),
        };
        let clean = match self.run(&job, input)? {
            (Reply::Treated(report), written) => {
                self.accept(&written, (output, treatment), report, limits)?
            }
            (other, _) => return Err(unexpected(other)),
        };
        // A page shows what the parent gave it and nothing else.
        let shown = match output {
            Kind::Html => html::pictures_in(clean.bytes()),
            _ => Vec::new(),
        };
        if shown.iter().all(|(_, id)| may_show.contains(id)) {
            Ok(clean)
        } else {
            Err(Refusal::Residue)
        }
    }

    /// As [`Sandbox::treat`], with `areas` of its pictures or pages painted
    /// over.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn paint(
        &self,
        input: &Untrusted,
        (kind, treatment): (Kind, Treatment),
        areas: &[Area],
        wish: Wish,
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let output = treatment.output_kind(kind).ok_or(Refusal::Unsupported)?;
        let job = Job {
            task: Task::Paint {
                kind,
                treatment,
                areas: areas.to_vec(),
                wish,
            },
            limits: limits.clone(),
        };
        match self.run(&job, input)? {
            (Reply::Treated(report), written) => {
                self.accept(&written, (output, treatment), report, limits)
            }
            (other, _) => Err(unexpected(other)),
        }
    }

    /// What LibreOffice makes of `input`, in the office stage. Whether it
    /// worked is judged by the result: bytes that a fresh worker identifies as
    /// the kind that was ordered. They are to be treated like any stranger's.
    ///
    /// # Errors
    /// `NotInstalled`; `Unsupported` where the stage cannot be confined;
    /// `WorkerLost` where nothing came of it, or not what was ordered.
    pub fn convert(
        &self,
        input: &Untrusted,
        conversion: Conversion,
        limits: &Limits,
    ) -> Result<Converted, Refusal> {
        let (account, written) = self.office(conversion, input, limits)?;
        let file = written.whole().map_err(|_| Refusal::WorkerLost)?;
        let kind = self.identify(&file, "", limits)?;
        if kind == conversion.to() && account.is_silent() {
            Ok(Converted { file, account })
        } else {
            Err(Refusal::WorkerLost)
        }
    }

    /// The QR codes in `clean`, read by a worker of its own that has
    /// [`READING_SECONDS`]: a picture that takes longer is not read.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too. It says nothing about
    /// `clean`, which stays what it is.
    pub fn read_codes(
        &self,
        clean: &Clean,
        pages: &[u32],
        limits: &Limits,
    ) -> Result<Vec<Code>, Refusal> {
        let input = Untrusted::copy_from(&mut clean.bytes(), limits.expanded_bytes)
            .map_err(|_| Refusal::OverBudget)?;
        let job = Job {
            task: Task::ReadCodes {
                kind: clean.kind(),
                pages: pages.to_vec(),
            },
            limits: Limits {
                file_seconds: limits.file_seconds.min(READING_SECONDS),
                ..limits.clone()
            },
        };
        match self.run(&job, &input)? {
            (Reply::Codes(codes), _) => Ok(codes),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Writes a container of clean members and has it verified.
    ///
    /// # Errors
    /// A named refusal; a lost worker is one too.
    pub fn join(
        &self,
        kind: Kind,
        members: &[(String, Clean)],
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (name, clean) in members {
            let range = Range {
                offset: length(&bytes),
                length: length(clean.bytes()),
            };
            places.push(Member {
                name: name.clone(),
                range,
            });
            bytes.extend_from_slice(clean.bytes());
        }
        let input = Untrusted::copy_from(&mut bytes.as_slice(), limits.expanded_bytes)
            .map_err(|_| Refusal::OverBudget)?;
        let job = Job {
            task: Task::Join {
                kind,
                members: places,
            },
            limits: limits.clone(),
        };
        match self.run(&job, &input)? {
            (Reply::Joined, written) => self.accept(
                &written,
                (kind, Treatment::Rebuild),
                Report::default(),
                limits,
            ),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Has a container verified that this process itself composed of [`Clean`]
    /// parts and parsed header values (`mail::rebuild`). The parent holds no
    /// other bytes it could give here: those of a stranger cannot be read out
    /// of an [`Untrusted`]. `tests/house.rs` holds who may call it.
    ///
    /// # Errors
    /// The verifier's refusal; a lost worker is one too.
    pub(crate) fn composed(
        &self,
        written: &[u8],
        kind: Kind,
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let output = Untrusted::copy_from(&mut &*written, limits.expanded_bytes)
            .map_err(|_| Refusal::OverBudget)?;
        self.verify(&output, kind, limits)?;
        let (bytes, sha256) = (Arc::new(written.to_vec()), output.sha256().to_owned());
        Ok(Clean {
            kind,
            treatment: Treatment::Rebuild,
            bytes,
            sha256,
            report: Report::default(),
        })
    }

    /// Is `input` one of our own outputs of this kind?
    ///
    /// # Errors
    /// The verifier's refusal; a lost worker is one too.
    pub fn verify(&self, input: &Untrusted, kind: Kind, limits: &Limits) -> Result<(), Refusal> {
        self.verified(input, (kind, None), limits)
    }

    /// Is `input` an output of this kind, and of the treatment `ordered`?
    fn verified(
        &self,
        input: &Untrusted,
        (kind, ordered): (Kind, Option<Treatment>),
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let job = Job {
            task: Task::Verify { kind, ordered },
            limits: limits.clone(),
        };
        match self.run(&job, input)? {
            (Reply::Verified, _) => Ok(()),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// What a worker wrote, accepted by a second one.
    fn accept(
        &self,
        written: &untrusted::Written,
        (kind, treatment): (Kind, Treatment),
        report: Report,
        limits: &Limits,
    ) -> Result<Clean, Refusal> {
        let output = written.whole().map_err(|_| Refusal::WorkerLost)?;
        self.verified(&output, (kind, Some(treatment)), limits)?;
        let bytes = written
            .bytes(limits.expanded_bytes)
            .map_err(|_| Refusal::WorkerLost)?;
        Ok(Clean {
            kind,
            treatment,
            bytes: Arc::new(bytes),
            sha256: output.sha256().to_owned(),
            report,
        })
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// `wire` lets only fitting replies through, so what is left is a refusal.
fn unexpected(reply: Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => refusal,
        Reply::Identified(_)
        | Reply::Split(_)
        | Reply::Treated(_)
        | Reply::Codes(_)
        | Reply::Verified
        | Reply::Joined => Refusal::WorkerLost,
    }
}
