//! Treats the artifacts of a mail (or the files of `sekimori sanitise`): a
//! leaf by two workers, a container by splitting it, treating each member and
//! joining the results. What fails costs only itself; one budget counts for
//! all of it in sum. There is no way through here that keeps a byte as it was.

mod staged;

use std::cell::Cell;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::name;
use super::outgoing::hex;
use super::plan::Plan;
use super::rebuild;
use super::record::{Outcome, Output, Record, Source};
use crate::policy::Limits;
use crate::policy::text::escape_hostile;
use crate::sandbox::{Clean, Sandbox, Untrusted};
use crate::sanitise::codes::{Area, all_found};
use crate::sanitise::protocol::{Beside, Leaf, Place, Shape, Shown};
use crate::sanitise::stage::Conversion;
use crate::sanitise::{Family, Kind, Refusal, Removed, Treatment, What};

/// An artifact after treatment.
#[derive(Clone, Debug)]
pub struct Treated {
    /// Its record.
    pub record: Record,
    /// Our name for the result, with our extension (or the cleaned old name
    /// when withheld).
    pub name: String,
    /// The result; `None` when withheld.
    pub clean: Option<Clean>,
}

/// What all artifacts of one mail share.
#[derive(Debug)]
pub struct Treater<'a> {
    sandbox: &'a Sandbox,
    plan: &'a Plan,
    limits: &'a Limits,
    policy: &'a str,
    deadline: Instant,
    expanded: Cell<u64>,
}

/// What came of an artifact, before its record is written.
struct Done {
    clean: Option<Clean>,
    /// Why there is nothing, or only words where more was ordered.
    refusal: Option<Refusal>,
    /// Whether LibreOffice had a hand in it.
    staged: bool,
    removed: Vec<Removed>,
    children: Vec<Record>,
}

impl<'a> Treater<'a> {
    /// Begins the one budget of a mail. `policy` is `sha256:…` for records.
    #[must_use]
    pub fn new(sandbox: &'a Sandbox, plan: &'a Plan, limits: &'a Limits, policy: &'a str) -> Self {
        let deadline = Instant::now() + Duration::from_secs(u64::from(limits.mail_seconds));
        Self {
            sandbox,
            plan,
            limits,
            policy,
            deadline,
            expanded: Cell::new(0),
        }
    }

    /// Treats one file that came in no mail.
    #[must_use]
    pub fn leaf(&self, leaf: &Leaf, bytes: &Untrusted) -> Treated {
        self.artifact(leaf, bytes, &[], 1)
    }

    /// Treats the leaves of a mail; what comes out stands in their order.
    /// `after` each of them is asked whether to go on.
    ///
    /// # Errors
    /// What `after` says.
    pub fn leaves<E>(
        &self,
        leaves: &[Leaf],
        parts: &[Untrusted],
        after: impl FnMut(&Treated) -> Result<(), E>,
    ) -> Result<Vec<(Place, Treated)>, E> {
        self.mail((leaves, parts), 1, after)
    }

    /// What a page may show comes first: it shows only what came out clean.
    fn mail<E>(
        &self,
        (leaves, parts): (&[Leaf], &[Untrusted]),
        depth: u32,
        mut after: impl FnMut(&Treated) -> Result<(), E>,
    ) -> Result<Vec<(Place, Treated)>, E> {
        let mail = mark(parts);
        let (mut treated, mut pictures) = (Vec::new(), Vec::new());
        for first in [true, false] {
            for (number, (leaf, bytes)) in (1_u32..).zip(leaves.iter().zip(parts)) {
                if may_be_shown(leaf) != first {
                    continue;
                }
                let one = self.artifact(leaf, bytes, &pictures, depth);
                after(&one)?;
                if first && let Some(id) = shown_as(leaf, &one) {
                    pictures.push(Shown {
                        number,
                        mail: mail.clone(),
                        untrusted_id: id.to_owned(),
                    });
                }
                treated.push((number, (leaf.place, one)));
            }
        }
        treated.sort_by_key(|(number, _)| *number);
        Ok(treated.into_iter().map(|(_, one)| one).collect())
    }

    fn artifact(&self, leaf: &Leaf, bytes: &Untrusted, pictures: &[Shown], depth: u32) -> Treated {
        let began = Instant::now();
        let done = self.decide(leaf, bytes, pictures, depth);
        let outputs = done.clean.iter().map(|clean| Output {
            name: name::output(&leaf.untrusted_name, clean.kind()),
            kind: clean.kind(),
            size: u64::try_from(clean.bytes().len()).unwrap_or(u64::MAX),
            sha256: clean.sha256().to_owned(),
        });
        let outputs: Vec<_> = outputs.collect();
        let name = outputs.first().map_or_else(
            || name::shown(&leaf.untrusted_name),
            |output| output.name.clone(),
        );
        // How close a result is to LibreOffice's file says nothing of the document.
        let report = done
            .clean
            .as_ref()
            .filter(|_| !done.staged)
            .map(Clean::report);
        let record = Record {
            source: Source {
                name: escape_hostile(&leaf.untrusted_name),
                size: bytes.length(),
                sha256: bytes.sha256().to_owned(),
                kind: leaf.kind,
                claimed: (!leaf.untrusted_claimed.is_empty())
                    .then(|| escape_hostile(&leaf.untrusted_claimed)),
            },
            outcome: outcome(leaf.kind, done.clean.as_ref()),
            reason: done.refusal,
            removed: done.removed,
            verified: !outputs.is_empty(),
            closeness: report.and_then(|report| report.closeness),
            structure: report.map_or_else(Vec::new, |report| report.structure.clone()),
            outputs,
            children: done.children,
            confinement: self.confinement(done.staged),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            policy: self.policy.to_owned(),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        Treated {
            record,
            name,
            clean: done.clean,
        }
    }

    fn decide(&self, leaf: &Leaf, bytes: &Untrusted, pictures: &[Shown], depth: u32) -> Done {
        if let Err(refusal) = self.admit(leaf, bytes) {
            return Done::refused(refusal);
        }
        let treatment = self.plan.treatment(leaf.kind);
        if treatment == Treatment::Withhold {
            return Done::refused(why_withheld(leaf.kind));
        }
        if leaf.kind.is_container() {
            return self.container(leaf.kind, bytes, depth);
        }
        if let Some(conversion) = Conversion::of(leaf.kind, treatment) {
            return self.through_office(conversion, (leaf.kind, treatment), bytes);
        }
        let attempt = |treatment| {
            let beside = Beside {
                charset: leaf.charset.clone(),
                // A page that is read in the mail shows what came with it.
                pictures: match (leaf.kind, leaf.place, treatment) {
                    (Kind::Html, Place::Body, Treatment::Rebuild) => pictures.to_vec(),
                    _ => Vec::new(),
                },
                wish: self.plan.wish(),
            };
            self.sandbox
                .treat(bytes, (leaf.kind, treatment), beside, self.limits)
        };
        let redrawn = leaf.kind == Kind::Pdf && treatment == Treatment::Rebuild;
        let treated = if redrawn && self.plan.paints_codes() {
            // Only on pictures can a code be painted over.
            attempt(Treatment::Flatten)
        } else {
            attempt(treatment)
        };
        let treated = match treated {
            Err(refusal) if redrawn && becomes_pictures(refusal) => attempt(Treatment::Flatten),
            treated => treated,
        };
        match treated {
            Ok(clean) => {
                let treatment = clean.treatment();
                self.with_codes(clean, leaf.kind, treatment, bytes)
            }
            Err(refusal) => Done::refused(refusal),
        }
    }

    /// QR codes are named, or painted over where the site wants that. What
    /// cannot be read is said, and kept back where it would have been painted.
    fn with_codes(
        &self,
        clean: Clean,
        kind: Kind,
        treatment: Treatment,
        bytes: &Untrusted,
    ) -> Done {
        let mut report = clean.report().clone();
        if report.codes.is_empty() {
            return Done::of(clean, report.removed);
        }
        let codes = match self.sandbox.read_codes(&clean, &report.codes, self.limits) {
            Ok(codes) => codes,
            Err(refusal) => {
                if let Some(refusal) = kept_back_unread(self.plan.paints_codes(), refusal) {
                    return Done::refused(refusal);
                }
                // No place: a stranger's code can say any words of ours.
                report.removed(What::QrCode, "");
                return Done::of(clean, report.removed);
            }
        };
        if !all_found(codes.len(), report.codes.len()) {
            let over = Refusal::OverBudget;
            if let Some(refusal) = kept_back_unread(self.plan.paints_codes(), over) {
                return Done::refused(refusal);
            }
            // Where nobody looked there may be one: said like one not read.
            report.removed(What::QrCode, "");
        }
        let painted = self.plan.paints_codes() && !codes.is_empty();
        let what = if painted {
            What::QrCodePainted
        } else {
            What::QrCode
        };
        for code in &codes {
            let place = match (clean.kind(), code.area.page) {
                // No place: said as one that is there and was not read.
                _ if code.untrusted_text.is_empty() => String::new(),
                (Kind::Pdf, page) => format!("p. {page}: {}", code.untrusted_text),
                _ => code.untrusted_text.clone(),
            };
            report.removed(what, &place);
        }
        if !painted {
            return Done::of(clean, report.removed);
        }
        let areas: Vec<Area> = codes.iter().map(|code| code.area).collect();
        match self.sandbox.paint(
            bytes,
            (kind, treatment),
            &areas,
            self.plan.wish(),
            self.limits,
        ) {
            // Looked at once more: painting that left a code is none.
            Ok(painted) => {
                match self
                    .sandbox
                    .read_codes(&painted, &report.codes, self.limits)
                {
                    Ok(left) if left.is_empty() => Done::of(painted, report.removed),
                    Ok(_) => Done::refused(Refusal::Residue),
                    Err(refusal) => Done::refused(refusal),
                }
            }
            Err(refusal) => Done::refused(refusal),
        }
    }

    /// The one budget of a mail: time and expanded bytes in sum.
    fn admit(&self, leaf: &Leaf, bytes: &Untrusted) -> Result<(), Refusal> {
        if let Some(refusal) = leaf.refusal {
            return Err(refusal);
        }
        self.spend(bytes.length())
    }

    fn spend(&self, bytes: u64) -> Result<(), Refusal> {
        let expanded = self.expanded.get().saturating_add(bytes);
        self.expanded.set(expanded);
        let within = expanded <= self.limits.expanded_bytes && Instant::now() < self.deadline;
        if within {
            Ok(())
        } else {
            Err(Refusal::OverBudget)
        }
    }

    fn container(&self, kind: Kind, bytes: &Untrusted, depth: u32) -> Done {
        if depth > self.limits.nesting {
            return Done::refused(Refusal::OverBudget);
        }
        match self
            .sandbox
            .split(bytes, kind, self.plan.first(), self.limits)
        {
            Ok((shape, parts)) if kind == Kind::Message => self.letter(&shape, &parts, depth),
            Ok((shape, parts)) => self.members(kind, &shape, &parts, depth),
            Err(refusal) => Done::refused(refusal),
        }
    }

    /// A mail inside a mail: written anew like the outer one, with a notice of
    /// its own below its text.
    fn letter(&self, shape: &Shape, parts: &[Untrusted], depth: u32) -> Done {
        let all = (shape.leaves.as_slice(), parts);
        let Ok(treated) = self.mail::<Infallible>(all, depth.saturating_add(1), |_| Ok(()));
        let headers = shape.headers.clone().unwrap_or_default();
        let written = rebuild::nested(&headers, &shape.report, &treated, Timestamp::now());
        let accepted = self.sandbox.composed(&written, Kind::Message, self.limits);
        let (clean, refusal) = match accepted {
            Ok(clean) => (Some(clean), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let removed = shape.report.removed.clone();
        let children = treated
            .into_iter()
            .map(|(_, treated)| treated.record)
            .collect();
        Done {
            clean,
            refusal,
            staged: false,
            removed,
            children,
        }
    }

    fn members(&self, kind: Kind, shape: &Shape, parts: &[Untrusted], depth: u32) -> Done {
        let (mut names, mut members, mut children) = (Vec::new(), Vec::new(), Vec::new());
        for (leaf, bytes) in shape.leaves.iter().zip(parts) {
            let treated = self.artifact(leaf, bytes, &[], depth.saturating_add(1));
            if let Some(clean) = treated.clean {
                names.push(name::output_path(&leaf.untrusted_name, clean.kind()));
                members.push(clean);
            }
            children.push(treated.record);
        }
        name::distinguish(&mut names);
        let members: Vec<_> = names.into_iter().zip(members).collect();
        let removed = shape.report.removed.clone();
        if members.is_empty() {
            // Nothing is left to hand over: the first member's reason speaks.
            let refusal = children.iter().find_map(|child| child.reason);
            let refusal = Some(refusal.unwrap_or(Refusal::Unsupported));
            return Done {
                clean: None,
                refusal,
                staged: false,
                removed,
                children,
            };
        }
        match self.sandbox.join(kind, &members, self.limits) {
            Ok(clean) => Done {
                clean: Some(clean),
                refusal: None,
                staged: false,
                removed,
                children,
            },
            Err(refusal) => Done {
                clean: None,
                refusal: Some(refusal),
                staged: false,
                removed,
                children,
            },
        }
    }
}

impl Done {
    fn of(clean: Clean, removed: Vec<Removed>) -> Self {
        Self {
            clean: Some(clean),
            refusal: None,
            staged: false,
            removed,
            children: Vec::new(),
        }
    }

    fn refused(refusal: Refusal) -> Self {
        Self {
            clean: None,
            refusal: Some(refusal),
            staged: false,
            removed: Vec::new(),
            children: Vec::new(),
        }
    }
}

/// A picture that has a name of its own in its mail.
fn may_be_shown(leaf: &Leaf) -> bool {
    leaf.place == Place::Attachment
        && leaf.untrusted_id.is_some()
        && leaf.kind.family() == Family::Picture
}

/// What a page may call it by, where it came out as a picture.
fn shown_as<'l>(leaf: &'l Leaf, treated: &Treated) -> Option<&'l str> {
    let clean = treated.clean.as_ref()?;
    let picture = matches!(clean.kind(), Kind::Png | Kind::Jpeg);
    leaf.untrusted_id.as_deref().filter(|_| picture)
}

/// Twelve hex digits of what the parts of a mail are.
fn mark(parts: &[Untrusted]) -> String {
    let all: String = parts.iter().map(Untrusted::sha256).collect();
    hex(all.as_bytes()).chars().take(12).collect()
}

/// Why a PDF that was to stay drawings is flattened instead: it has more than
/// drawings can say (forms to fill in, shadings, blending), more of it than
/// fits, or they came out as the verifier does not know them. Pictures of its
/// pages are bounded, whatever is on them.
fn becomes_pictures(refusal: Refusal) -> bool {
    match refusal {
        Refusal::Unsupported | Refusal::OverBudget | Refusal::Residue => true,
        Refusal::Encrypted
        | Refusal::Malformed
        | Refusal::Forbidden
        | Refusal::WorkerLost
        | Refusal::NotInstalled => false,
    }
}

/// The reason when the plan itself says withhold.
fn why_withheld(kind: Kind) -> Refusal {
    match kind.family() {
        Family::Never(refusal) => refusal,
        // Treatable, but this site's rules forbid it.
        Family::Container
        | Family::Office
        | Family::Rtf
        | Family::OpenDocument
        | Family::Ole
        | Family::Pdf
        | Family::Picture
        | Family::Text
        | Family::Page => Refusal::Forbidden,
    }
}

/// A picture whose codes are to be painted over never goes out with codes that
/// nobody could find.
fn kept_back_unread(paints: bool, refusal: Refusal) -> Option<Refusal> {
    paints.then_some(refusal)
}

fn outcome(kind: Kind, clean: Option<&Clean>) -> Outcome {
    let Some(clean) = clean else {
        return Outcome::Withheld;
    };
    match (clean.treatment(), clean.kind()) {
        _ if kind.is_container() => Outcome::Unpacked,
        (Treatment::Flatten, _) => Outcome::Flattened,
        (_, Kind::Text) if kind != Kind::Text => Outcome::Text,
        (Treatment::Text, Kind::Csv) => Outcome::Text,
        _ => Outcome::Rebuilt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_cannot_be_read_do_not_pass_unpainted() {
        let lost = Refusal::OverBudget;
        assert_eq!(kept_back_unread(true, lost), Some(lost));
        assert_eq!(kept_back_unread(false, lost), None);
    }

    #[test]
    fn drawings_too_large_or_not_accepted_become_pictures() {
        for refusal in [Refusal::Unsupported, Refusal::OverBudget, Refusal::Residue] {
            assert!(becomes_pictures(refusal), "{refusal:?}");
        }
        // A second worker would be lost in the same way, a password asked for again.
        for refusal in [Refusal::WorkerLost, Refusal::Encrypted, Refusal::Malformed] {
            assert!(!becomes_pictures(refusal), "{refusal:?}");
        }
    }
}
