//! Lines and heads -> findings. Pure: what was read comes in, what is wrong
//! comes out.
//!
//! Found: a line altered or removed (its own hash, its number, its
//! predecessor); the tail cut (somebody recorded a head beyond the end); the
//! whole file rewritten with consistent hashes (a head recorded elsewhere is
//! not what stands at that number). Not found: every chain rewritten at once
//! by one who also holds what was sent off the box; that is why heads leave it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chain::{Break, Head, Line, Tip};
use super::event::Event;
use super::read::Entry;
use crate::policy::text::Text;

/// A head, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What was claimed.
    pub head: Head,
    /// The role that recorded it, `None` for one from off the box.
    pub witness: Option<String>,
}

/// What one chain shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainResult {
    /// Role.
    pub role: String,
    /// Lines read.
    pub lines: u64,
    /// Last number.
    pub seq: u64,
    /// Heads that were compared and agreed.
    pub confirmed: u64,
    /// What is wrong, in order.
    pub findings: Vec<Finding>,
}

/// What all chains show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// One per chain.
    pub chains: Vec<ChainResult>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whose chain.
    pub role: String,
    /// `file:line`, empty where there is none.
    pub place: String,
    /// Number concerned.
    pub seq: u64,
    /// What.
    pub what: What,
}

/// The kinds of tampering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Not a line of the record.
    Unreadable(String),
    /// A line's bytes were changed.
    Altered,
    /// Lines are missing before this one.
    Removed {
        /// The number that was due.
        expected: u64,
    },
    /// The line names another predecessor: the one before was replaced.
    Replaced,
    /// A line of another role.
    Foreign(String),
    /// A witness knows a line beyond the end.
    TailCut {
        /// Who.
        witness: Option<String>,
        /// Last number that is there.
        last: u64,
    },
    /// A witness knows another line at this number: rewritten as a whole.
    Rewritten {
        /// Who.
        witness: Option<String>,
    },
}

impl Claim {
    /// A head kept off the box.
    #[must_use]
    pub fn external(head: Head) -> Self {
        Self {
            head,
            witness: None,
        }
    }

    /// The head that a line of `witness` records, if it does.
    #[must_use]
    pub fn in_entry(witness: &str, entry: &Entry) -> Option<Self> {
        match Line::read(&entry.raw).ok()?.event()? {
            Event::Head { role, seq, hash } => Some(Self {
                head: Head { role, seq, hash },
                witness: Some(witness.to_owned()),
            }),
            _ => None,
        }
    }
}

/// Roles that somebody knows and that have no chain any more.
#[must_use]
pub fn missing_roles(present: &[String], claims: &[Claim]) -> Vec<String> {
    let mut missing: Vec<String> = claims
        .iter()
        .filter(|claim| claim.head.seq > 0 && !present.contains(&claim.head.role))
        .map(|claim| claim.head.role.clone())
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

impl Findings {
    /// Adds a chain.
    pub fn add(&mut self, chain: ChainResult) {
        self.chains.push(chain);
    }

    /// Everything that is wrong.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.chains.iter().flat_map(|chain| &chain.findings)
    }

    /// Nothing is wrong.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.all().next().is_none()
    }
}

/// Walks one chain, line by line.
#[derive(Debug)]
pub struct ChainCheck {
    tip: Tip,
    wanted: BTreeMap<u64, Vec<Claim>>,
    result: ChainResult,
}

impl ChainCheck {
    /// Begins with what others say about `role`.
    #[must_use]
    pub fn new(role: &str, claims: &[Claim]) -> Self {
        let mut wanted: BTreeMap<u64, Vec<Claim>> = BTreeMap::new();
        for claim in claims
            .iter()
            .filter(|claim| claim.head.role == role && claim.head.seq > 0)
        {
            wanted
                .entry(claim.head.seq)
                .or_default()
                .push(claim.clone());
        }
        let result = ChainResult {
            role: role.to_owned(),
            lines: 0,
            seq: 0,
            confirmed: 0,
            findings: Vec::new(),
        };
        Self {
            tip: Tip::start(),
            wanted,
            result,
        }
    }

    /// Takes the next line. After a break it goes on from what stands there,
    /// so that one removal is one finding and not a thousand.
    pub fn see(&mut self, entry: &Entry) {
        if !entry.complete {
            // Being written, or torn by a crash: never acknowledged. Whatever
            // was cut away with it shows by the heads.
            return;
        }
        self.result.lines = self.result.lines.saturating_add(1);
        let place = format!("{}:{}", entry.path.display(), entry.line);
        let line = match Line::read(&entry.raw) {
            Ok(line) => line,
            Err(broken) => {
                let due = self.tip.seq.saturating_add(1);
                self.find(place, due, broken.into());
                return;
            }
        };
        if let Some(broken) = self.tip.accepts(&self.result.role, &entry.raw, &line) {
            self.find(place.clone(), line.seq, broken.into());
        }
        for claim in self.wanted.remove(&line.seq).unwrap_or_default() {
            if claim.head.hash == line.hash {
                self.result.confirmed = self.result.confirmed.saturating_add(1);
            } else {
                self.find(
                    place.clone(),
                    line.seq,
                    What::Rewritten {
                        witness: claim.witness,
                    },
                );
            }
        }
        self.tip = line.tip();
    }

    /// The end was reached: what was claimed beyond it is gone.
    #[must_use]
    pub fn end(mut self) -> ChainResult {
        let last = self.tip.seq;
        self.result.seq = last;
        // Numbers inside that were not met are already findings: a gap.
        let beyond = self.wanted.split_off(&last.saturating_add(1));
        if let Some((seq, claims)) = beyond.last_key_value() {
            let witness = claims.first().and_then(|claim| claim.witness.clone());
            self.find(String::new(), *seq, What::TailCut { witness, last });
        }
        self.result
    }

    fn find(&mut self, place: String, seq: u64, what: What) {
        let role = self.result.role.clone();
        self.result.findings.push(Finding {
            role,
            place,
            seq,
            what,
        });
    }
}

impl From<Break> for What {
    fn from(broken: Break) -> Self {
        match broken {
            Break::Unreadable(reason) => Self::Unreadable(reason),
            Break::Altered => Self::Altered,
            Break::Sequence { expected } => Self::Removed { expected },
            Break::Predecessor => Self::Replaced,
            Break::Role(role) => Self::Foreign(crate::policy::text::escape_hostile(&role)),
        }
    }
}

impl Finding {
    /// What, where, and what it means.
    #[must_use]
    pub fn text(&self) -> Text {
        let Self {
            role,
            place,
            seq,
            what,
        } = self;
        let place = if place.is_empty() { role } else { place };
        match what {
            What::Unreadable(reason) => Text::new(
                format!("{place}: 記録として読めない行です（番号 {seq} の位置、{reason}）"),
                format!("{place}: not a line of the record (where {seq} was due, {reason})"),
            ),
            What::Altered => Text::new(
                format!("{place}: 番号 {seq} の行が書き換えられています"),
                format!("{place}: line {seq} was altered"),
            ),
            What::Removed { expected } => Text::new(
                format!(
                    "{place}: 番号 {expected} の行があるべき所に {seq} があります（行の削除・挿入・入れ替え）"
                ),
                format!(
                    "{place}: {seq} stands where {expected} was due (a line removed, inserted or moved)"
                ),
            ),
            What::Replaced => Text::new(
                format!("{place}: 番号 {seq} の一つ前の行が差し替えられています"),
                format!("{place}: the line before {seq} was replaced"),
            ),
            What::Foreign(other) => Text::new(
                format!("{place}: 別のロール（{other}）の行です（番号 {seq}）"),
                format!("{place}: a line of another role ({other}), number {seq}"),
            ),
            What::TailCut { witness, last } => {
                let (ja, en) = named(witness.as_deref());
                Text::new(
                    format!(
                        "{place}: 末尾が切られています。{ja}は番号 {seq} を知っていますが、{last} で終わっています"
                    ),
                    format!(
                        "{place}: the tail was cut. {en} knows line {seq}, the chain ends at {last}"
                    ),
                )
            }
            What::Rewritten { witness } => {
                let (ja, en) = named(witness.as_deref());
                Text::new(
                    format!(
                        "{place}: 記録全体が書き直されています。番号 {seq} は{ja}が控えたものと違います"
                    ),
                    format!(
                        "{place}: rewritten as a whole. Line {seq} is not the one that {en} noted"
                    ),
                )
            }
        }
    }
}

fn named(witness: Option<&str>) -> (String, String) {
    witness.map_or_else(
        || {
            (
                "外部に送った控え".to_owned(),
                "the copy kept off the box".to_owned(),
            )
        },
        |role| (format!("{role} の記録"), format!("the record of {role}")),
    )
}
