//! A mail given to `sanitise` as a file: taken apart, treated and written
//! anew like one that came by SMTP, by the same code, into one `.eml`.

use std::convert::Infallible;
use std::time::Instant;

use jiff::Timestamp;

use crate::mail::envelope::Envelope;
use crate::mail::name;
use crate::mail::outgoing::Outgoing;
use crate::mail::plan::Plan;
use crate::mail::rebuild::RebuildInput;
use crate::mail::record::{Outcome, Output, Record, Source};
use crate::mail::treat::Treater;
use crate::policy::Policy;
use crate::policy::text::escape_hostile;
use crate::sandbox::{Sandbox, Untrusted};
use crate::sanitise::{Kind, Refusal};

/// A mail after treatment, with its bytes unless it is withheld.
pub struct Letter {
    /// interface.md section 4; the parts are children.
    pub record: Record,
    /// Our name for the result.
    pub name: String,
    /// The new mail, accepted by a verifier that never saw the old one.
    pub bytes: Option<Vec<u8>>,
}

/// Rebuilds one mail. `digest` is the policy's, for the record.
#[must_use]
pub fn rebuild(
    sandbox: &Sandbox,
    plan: &Plan,
    (untrusted_name, bytes): (&str, &Untrusted),
    digest: &str,
) -> Letter {
    let began = Instant::now();
    let mut record = Record {
        source: Source {
            name: escape_hostile(untrusted_name),
            size: bytes.length(),
            sha256: bytes.sha256().to_owned(),
            kind: Kind::Message,
            claimed: None,
        },
        outcome: Outcome::Withheld,
        reason: None,
        removed: Vec::new(),
        closeness: None,
        structure: Vec::new(),
        outputs: Vec::new(),
        children: Vec::new(),
        verified: false,
        confinement: sandbox.confinement().to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        policy: digest.to_owned(),
        elapsed_ms: 0,
    };
    let name = name::output(untrusted_name, Kind::Message);
    let written = write(sandbox, plan, bytes, digest, &mut record);
    let bytes = match written {
        Ok(outgoing) => {
            record.outcome = Outcome::Unpacked;
            record.verified = true;
            record.outputs.push(Output {
                name: name.clone(),
                kind: Kind::Message,
                size: u64::try_from(outgoing.bytes().len()).unwrap_or(u64::MAX),
                sha256: outgoing.sha256().to_owned(),
            });
            Some(outgoing.bytes().to_vec())
        }
        Err(refusal) => {
            record.reason = Some(refusal);
            None
        }
    };
    record.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Letter {
        record,
        name,
        bytes,
    }
}

fn write(
    sandbox: &Sandbox,
    plan: &Plan,
    bytes: &Untrusted,
    digest: &str,
    record: &mut Record,
) -> Result<Outgoing, Refusal> {
    let policy = Policy::without_site();
    let (shape, parts) = sandbox.split(bytes, Kind::Message, plan.first(), &policy.limits)?;
    record.removed.clone_from(&shape.report.removed);
    let treater = Treater::new(sandbox, plan, &policy.limits, digest);
    let Ok(treated) = treater.leaves::<Infallible>(&shape.leaves, &parts, |_| Ok(()));
    let children = treated.iter().map(|(_, part)| part.record.clone());
    record.children.extend(children);
    let now = Timestamp::now();
    let outgoing = Outgoing::rebuilt(&RebuildInput {
        policy: &policy,
        envelope: &nobodys(now),
        variant: 1,
        headers: &shape.headers.unwrap_or_default(),
        report: &shape.report,
        treated: &treated,
        now,
    });
    let limits = &policy.limits;
    let output = Untrusted::copy_from(&mut outgoing.bytes(), limits.expanded_bytes)
        .map_err(|_| Refusal::OverBudget)?;
    sandbox.verify(&output, Kind::Message, limits)?;
    Ok(outgoing)
}

/// A file has no envelope: nobody sent it to nobody.
fn nobodys(now: Timestamp) -> Envelope {
    Envelope {
        schema: 1,
        id: "local".to_owned(),
        receipt: String::new(),
        received_at: now,
        peer: "local".to_owned(),
        untrusted_helo: "local".to_owned(),
        untrusted_sender: String::new(),
        recipients: Vec::new(),
        revision: 0,
    }
}
