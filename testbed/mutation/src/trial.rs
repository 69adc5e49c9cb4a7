//! The body of every mutation run and every fuzz target: one input through
//! the worker's own `serve`, treated in every way its kind is offered, each
//! output verified by the same words the parent would use.

use sekimori::mail::rebuild::{Letter, Page, Part, letter_of};
use sekimori::policy::Limits;
use sekimori::sanitise::protocol::{
    Beside, First, Headers, Job, Leaf, Member, Place, Range, Reply, Shape, Shown, Task, Wish,
};
use sekimori::sanitise::stage::Conversion;
use sekimori::sanitise::{Fonts, Kind, Refusal, Treatment, html, serve};

/// What came of one treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An output, accepted by its verifier.
    Verified,
    /// A named refusal.
    Refused(Refusal),
    /// An output that its own verifier refuses, or a reply that does not
    /// answer the task. Nothing crosses, but something is lost: a defect.
    Disowned(Kind, Treatment),
}

/// Charsets that senders claim, rightly or not.
const CLAIMED: [Option<&str>; 8] = [
    None,
    Some("utf-8"),
    Some("iso-2022-jp"),
    Some("shift_jis"),
    Some("euc-jp"),
    Some("utf-16"),
    Some("windows-1252"),
    Some("x-unknown"),
];

/// Budgets of a trial: small, so that reaching one is cheap.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        pages: 4,
        megapixels: 4,
        expanded_bytes: 32 << 20,
        ..Limits::default()
    }
}

/// Treats `bytes` as what they are by content, and as `kind` too, because a
/// parser must stand what `identify` would have kept away from it.
#[must_use]
pub fn trial(bytes: &[u8], name: &str, kind: Kind) -> Vec<Outcome> {
    let bench = Bench { limits: limits() };
    let named = name.to_owned();
    let found = match bench.serve(Task::Identify { name: named }, bytes) {
        (Reply::Identified(found), _) => found,
        _ => return vec![Outcome::Disowned(kind, Treatment::Withhold)],
    };
    let mut outcomes = bench.every_way(found, bytes, 0);
    if found != kind {
        outcomes.extend(bench.every_way(kind, bytes, 0));
    }
    outcomes
}

/// The body of a fuzz target.
///
/// # Panics
/// Where an output is not its verifier's; the code under trial may panic too,
/// and that is what a fuzzer looks for.
pub fn must_hold(bytes: &[u8], name: &str, kind: Kind) {
    for outcome in trial(bytes, name, kind) {
        assert!(!matches!(outcome, Outcome::Disowned(..)), "{outcome:?}");
    }
}

struct Bench {
    limits: Limits,
}

impl Bench {
    fn serve(&self, task: Task, bytes: &[u8]) -> (Reply, Vec<u8>) {
        let limits = self.limits.clone();
        serve(&Job { task, limits }, bytes, &Fonts::default())
    }

    fn every_way(&self, kind: Kind, bytes: &[u8], depth: u32) -> Vec<Outcome> {
        // The verifier gets the stranger's bytes as well: it must stand them.
        let _ = self.serve(
            Task::Verify {
                kind,
                ordered: None,
            },
            bytes,
        );
        if kind.is_container() {
            return vec![self.container(kind, bytes, depth).0];
        }
        let ways = [Treatment::Rebuild, Treatment::Flatten, Treatment::Text];
        let mut outcomes: Vec<Outcome> = ways
            .into_iter()
            .filter(|way| way.output_kind(kind).is_some())
            // What needs another program is tried with that program.
            .filter(|way| Conversion::of(kind, *way).is_none())
            .map(|way| self.treat(kind, way, bytes, &[]).0)
            .collect();
        if outcomes.is_empty() {
            outcomes.push(self.treat(kind, Treatment::Withhold, bytes, &[]).0);
        }
        outcomes
    }

    fn treat(
        &self,
        kind: Kind,
        treatment: Treatment,
        bytes: &[u8],
        pictures: &[Shown],
    ) -> (Outcome, Vec<u8>) {
        let charset = CLAIMED[bytes.len() % CLAIMED.len()].map(str::to_owned);
        let task = Task::Treat {
            kind,
            treatment,
            beside: Beside {
                charset,
                pictures: pictures.to_vec(),
                wish: wished(bytes.len()),
            },
        };
        let disowned = Outcome::Disowned(kind, treatment);
        match (self.serve(task, bytes), treatment.output_kind(kind)) {
            ((Reply::Treated(_), output), Some(written)) => {
                let verify = Task::Verify {
                    kind: written,
                    ordered: Some(treatment),
                };
                match self.serve(verify, &output).0 {
                    Reply::Verified => (Outcome::Verified, output),
                    _ => (disowned, Vec::new()),
                }
            }
            ((Reply::Refused(refusal), _), _) => (Outcome::Refused(refusal), Vec::new()),
            _ => (disowned, Vec::new()),
        }
    }

    /// Splits, treats every leaf, and writes a container of what is clean.
    fn container(&self, kind: Kind, bytes: &[u8], depth: u32) -> (Outcome, Vec<u8>) {
        let nothing = |outcome| (outcome, Vec::new());
        if depth >= self.limits.nesting {
            return nothing(Outcome::Refused(Refusal::OverBudget));
        }
        let disowned = Outcome::Disowned(kind, Treatment::Rebuild);
        // Pages stay HTML in every second mail.
        let first = if bytes.len().is_multiple_of(2) {
            First::Page
        } else {
            First::Text
        };
        let (shape, written) = match self.serve(Task::Split { kind, first }, bytes) {
            (Reply::Split(shape), written) => (shape, written),
            (Reply::Refused(refusal), _) => return nothing(Outcome::Refused(refusal)),
            _ => return nothing(disowned),
        };
        match self.members(&shape, first, &written, depth) {
            Ok(members) if kind == Kind::Zip => self.join(&members),
            Ok(members) => self.letter(&shape.headers.unwrap_or_default(), &members),
            Err(_) => nothing(disowned),
        }
    }

    /// The clean leaves; fails where one is disowned or the container lied
    /// about its place.
    fn members(
        &self,
        shape: &Shape,
        first: First,
        written: &[u8],
        depth: u32,
    ) -> Result<Vec<Clean>, Outcome> {
        let mut members = Vec::new();
        let mut leaves: Vec<(u32, &Leaf)> = (1..).zip(&shape.leaves).collect();
        // A page shows only what came out as a picture before it.
        leaves.sort_by_key(|(_, leaf)| leaf.untrusted_id.is_none());
        for (number, leaf) in leaves {
            if leaf.refusal.is_some() {
                continue;
            }
            let place = leaf.range.offset..leaf.range.offset.saturating_add(leaf.range.length);
            let disowned = Outcome::Disowned(leaf.kind, Treatment::Rebuild);
            let bytes = usize::try_from(place.start)
                .ok()
                .zip(usize::try_from(place.end).ok())
                .and_then(|(start, end)| written.get(start..end))
                .ok_or(disowned)?;
            let stays =
                leaf.kind == Kind::Html && leaf.place == Place::Body && first == First::Page;
            let (treatment, (outcome, clean)) = if leaf.kind.is_container() {
                let done = self.container(leaf.kind, bytes, depth + 1);
                (Treatment::Rebuild, done)
            } else if stays {
                let done = self.treat(
                    leaf.kind,
                    Treatment::Rebuild,
                    bytes,
                    &shown(shape, &members),
                );
                (Treatment::Rebuild, done)
            } else {
                let treatment = Treatment::default_for(leaf.kind);
                (treatment, self.treat(leaf.kind, treatment, bytes, &[]))
            };
            match outcome {
                Outcome::Verified => members.push(Clean {
                    number,
                    place: leaf.place,
                    kind: treatment.output_kind(leaf.kind).ok_or(disowned)?,
                    bytes: clean,
                }),
                Outcome::Refused(_) => {}
                Outcome::Disowned(..) => return Err(outcome),
            }
        }
        members.sort_by_key(|clean: &Clean| clean.number);
        Ok(members)
    }

    /// As the mail half writes it, but for the notice; then judged like one.
    fn letter(&self, headers: &Headers, members: &[Clean]) -> (Outcome, Vec<u8>) {
        let of = |place: Place, page: bool| {
            let fits =
                move |clean: &&Clean| clean.place == place && (clean.kind == Kind::Html) == page;
            members.iter().filter(fits)
        };
        let body: String = of(Place::Body, false)
            .filter_map(|clean| std::str::from_utf8(&clean.bytes).ok())
            .map(|text| text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
            .map(|text| text.replace(['\r', '\n'], "\r\n") + "\r\n")
            .collect();
        let pages: Vec<Page<'_>> = of(Place::Body, true)
            .map(|page| {
                let part = |number| members.iter().find(|clean| clean.number == number);
                let pictures = html::pictures_in(&page.bytes).into_iter();
                Page {
                    html: &page.bytes,
                    pictures: pictures
                        .filter_map(|(number, id)| Some((id, part(number)?.part())))
                        .collect(),
                }
            })
            .collect();
        let parts: Vec<Part<'_>> = members
            .iter()
            .filter(|clean| clean.place == Place::Attachment)
            .map(Clean::part)
            .collect();
        let letter = Letter {
            body: &body,
            pages: &pages,
            parts: &parts,
        };
        let written = letter_of(headers, &letter, jiff::Timestamp::UNIX_EPOCH);
        self.judged(Kind::Message, written)
    }

    fn join(&self, members: &[Clean]) -> (Outcome, Vec<u8>) {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for clean in members {
            let range = Range {
                offset: bytes.len() as u64,
                length: clean.bytes.len() as u64,
            };
            places.push(Member {
                name: clean.part().name,
                range,
            });
            bytes.extend_from_slice(&clean.bytes);
        }
        let task = Task::Join {
            kind: Kind::Zip,
            members: places,
        };
        match self.serve(task, &bytes) {
            (Reply::Joined, joined) => self.judged(Kind::Zip, joined),
            (Reply::Refused(refusal), _) => (Outcome::Refused(refusal), Vec::new()),
            _ => (Outcome::Disowned(Kind::Zip, Treatment::Rebuild), Vec::new()),
        }
    }

    /// A container of ours, and what its verifier says.
    fn judged(&self, kind: Kind, written: Vec<u8>) -> (Outcome, Vec<u8>) {
        let ordered = None;
        match self.serve(Task::Verify { kind, ordered }, &written).0 {
            Reply::Verified => (Outcome::Verified, written),
            _ => (Outcome::Disowned(kind, Treatment::Rebuild), Vec::new()),
        }
    }
}

/// A leaf after treatment.
struct Clean {
    number: u32,
    place: Place,
    kind: Kind,
    bytes: Vec<u8>,
}

impl Clean {
    fn part(&self) -> Part<'_> {
        let extension = self.kind.extension().unwrap_or_default();
        Part {
            kind: self.kind,
            name: format!("{}.{extension}", self.number),
            bytes: &self.bytes,
        }
    }
}

/// What a page of this mail may show: what is clean so far.
/// Every wish in turn, by the length of the file.
fn wished(length: usize) -> Wish {
    Wish {
        without_comments: length % 2 == 1,
        changes_accepted: length / 2 % 2 == 1,
        structure: length / 4 % 2 == 1,
        web_links: length / 8 % 2 == 1,
    }
}

fn shown(shape: &Shape, members: &[Clean]) -> Vec<Shown> {
    (1..)
        .zip(&shape.leaves)
        .filter(|(_, leaf)| leaf.place == Place::Attachment)
        .filter_map(|(number, leaf)| {
            let untrusted_id = leaf.untrusted_id.clone()?;
            let clean = members.iter().find(|clean| clean.number == number)?;
            matches!(clean.kind, Kind::Png | Kind::Jpeg).then_some(Shown {
                number,
                mail: "0123456789ab".to_owned(),
                untrusted_id,
            })
        })
        .collect()
}

/// Our own PDF of a PDF, as a seed.
pub(crate) fn flattened(bytes: &[u8]) -> Option<Vec<u8>> {
    let bench = Bench { limits: limits() };
    match bench.treat(Kind::Pdf, Treatment::Flatten, bytes, &[]) {
        (Outcome::Verified, output) => Some(output),
        _ => None,
    }
}
