//! The report as a value: each test with what was offered, expected and seen.
//! Pure; the clock and the machine's name come in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::policy::text::{Text, escape_hostile};

use super::class::{CLASSES, Method};
use super::judge::{Judged, Outcome, Proof};
use super::lifecycle::Lived;
use super::offer::{Control, Place, Probe, Stage};

/// Where it was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Circumstances {
    /// Site id.
    pub site: String,
    /// The body's name.
    pub body: String,
    /// The machine's name.
    pub machine: String,
    /// Program version.
    pub engine: String,
    /// Revision; none for a configuration that is not applied.
    pub revision: Option<u64>,
    /// SHA-256 of the configuration.
    pub policy: String,
    /// SHA-256 of the rule set as compiled.
    pub ruleset: String,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub milliseconds: u64,
    /// `namespaces`, or the interfaces that were used.
    pub ground: String,
    /// Packets handed to the kernel.
    pub packets: u64,
    /// What else must be known.
    pub notes: Vec<Words>,
    /// The real interfaces; none in the probe's own namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<Cabled>,
    /// Tests that could not be run from there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// A real interface of the machine that probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cabled {
    /// The zone it was in.
    pub zone: String,
    /// Its name.
    pub interface: String,
    /// Its hardware address.
    pub hardware: String,
    /// The gateway's address at the other end.
    pub gateway: String,
    /// The gateway's hardware address.
    pub gateway_hardware: String,
    /// How many other machines were heard on it.
    pub others: usize,
}

/// Tests that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Why.
    pub why: Words,
    /// How many.
    pub tests: usize,
}

/// A text in both languages, as it stands in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self {
            ja: text.ja,
            en: text.en,
        }
    }
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tests, lifecycles included.
    pub probes: usize,
    /// Had to pass and did.
    pub passed: usize,
    /// Had to be stopped and were, with a control that arrived.
    pub held: usize,
    /// Stopped by the kernel itself.
    pub held_by_kernel: usize,
    /// Seen where they must not be.
    pub leaks: usize,
    /// Had to pass and did not.
    pub over_blocks: usize,
    /// Prove nothing.
    pub unproven: usize,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Class.
    pub class: u8,
    /// The flow it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What was offered.
    pub offered: String,
    /// Where its last packet had to be seen.
    pub expected: String,
    /// Where it was.
    pub seen: String,
    /// Flow or cause.
    pub because: String,
    /// `passed`, `held`, `held-by-kernel`, `unproven`, `over-block`, `leak`.
    pub outcome: &'static str,
    /// What stops it without rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Words>,
    /// What its silence proves: `control`, `kernel`, `path`, `other-family`,
    /// `legs`, `cables`, `gateway`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<&'static str>,
}

/// A class in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassLine {
    /// Number.
    pub number: u8,
    /// Name.
    pub title: Words,
    /// Tests of this class.
    pub probes: usize,
    /// Leaks, over-blocks and unproven ones.
    pub findings: usize,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_tested: Option<Words>,
}

/// The whole report; its JSON is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// 1.
    pub schema: u32,
    /// Where and when.
    #[serde(flatten)]
    pub circumstances: Circumstances,
    /// Result in figures.
    pub counts: Counts,
    /// What must be looked at, in words.
    pub findings: Vec<Words>,
    /// The forty classes.
    pub classes: Vec<ClassLine>,
    /// Every test.
    pub probes: Vec<Line>,
}

impl Report {
    /// Writes the report of one run.
    #[must_use]
    pub fn of(
        circumstances: Circumstances,
        probes: &[Probe],
        judged: &[Judged],
        lived: &[Lived],
    ) -> Self {
        let mut counts = Counts::default();
        let mut lines = Vec::new();
        let mut findings = Vec::new();
        for (probe, judged) in probes.iter().zip(judged) {
            let line = line(probe, judged);
            findings.extend(finding(&line, judged));
            counts.add(judged.outcome);
            lines.push(line);
        }
        for lived in lived {
            counts.add(lived.outcome);
            let line = Line {
                class: lived.class,
                flow: lived.flow.clone(),
                offered: format!("{} ({} packets)", lived.name.en, lived.offered),
                expected: lived.expected.clone(),
                seen: lived.seen.clone(),
                because: lived.flow.clone().unwrap_or_else(|| "lifecycle".to_owned()),
                outcome: code(lived.outcome),
                layer: None,
                proof: None,
            };
            if is_finding(lived.outcome) {
                findings.push(Words {
                    ja: format!(
                        "{}: {} (種別 {})。結果 {}",
                        word(lived.outcome).ja,
                        lived.name.ja,
                        lived.class,
                        lived.seen
                    ),
                    en: format!(
                        "{}: {} (class {}); seen: {}",
                        word(lived.outcome).en,
                        lived.name.en,
                        lived.class,
                        lived.seen
                    ),
                });
            }
            lines.push(line);
        }
        let outside = !circumstances.interfaces.is_empty();
        let classes = CLASSES
            .iter()
            .map(|class| {
                let of_class = || lines.iter().filter(|line| line.class == class.number);
                let bad = |line: &&Line| matches!(line.outcome, "leak" | "over-block" | "unproven");
                let tested = of_class().count();
                let not_tested = match class.method {
                    Method::Elsewhere(ja, en) => Some(Text::new(ja, en).into()),
                    Method::Lifecycle if outside => Some(
                        Text::new(
                            "機器の規則を動かす検査です。--interface を付けない sekimori probe で検査します",
                            "moments need rules that may be changed: sekimori probe without --interface tests them",
                        )
                        .into(),
                    ),
                    Method::Packets | Method::Lifecycle if tested == 0 => Some(
                        Text::new(
                            "この設定または実行方法では、この検査に使える通信がありません",
                            "this configuration, or this way of running, gives nothing to test it with",
                        )
                        .into(),
                    ),
                    Method::Packets | Method::Lifecycle => None,
                };
                ClassLine {
                    number: class.number,
                    title: class.title().into(),
                    probes: tested,
                    findings: of_class().filter(bad).count(),
                    not_tested,
                }
            })
            .collect();
        Self {
            schema: 1,
            circumstances,
            counts,
            findings,
            classes,
            probes: lines,
        }
    }

    /// Nothing leaked, nothing was stopped that must pass, all was proven.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts.leaks == 0 && self.counts.over_blocks == 0 && self.counts.unproven == 0
    }
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        self.probes = self.probes.saturating_add(1);
        let one = match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Held => &mut self.held,
            Outcome::HeldByKernel => &mut self.held_by_kernel,
            Outcome::Unproven => &mut self.unproven,
            Outcome::OverBlock => &mut self.over_blocks,
            Outcome::Leak => &mut self.leaks,
        };
        *one = one.saturating_add(1);
    }
}

/// The outcome's code.
#[must_use]
pub fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Held => "held",
        Outcome::HeldByKernel => "held-by-kernel",
        Outcome::Unproven => "unproven",
        Outcome::OverBlock => "over-block",
        Outcome::Leak => "leak",
    }
}

/// The proof's code.
#[must_use]
pub fn proof_code(proof: Proof) -> &'static str {
    match proof {
        Proof::Control => "control",
        Proof::Kernel => "kernel",
        Proof::Path => "path",
        Proof::OtherFamily => "other-family",
        Proof::Legs => "legs",
        Proof::Cables => "cables",
        Proof::Gateway => "gateway",
    }
}

/// What the proofs of silences on real interfaces are, in words.
#[must_use]
pub fn proof_word(proof: Proof) -> Text {
    match proof {
        Proof::Control => Text::new(
            "規則がなければ同じパケットが届きます",
            "without rules the same packet arrives",
        ),
        Proof::Kernel => Text::new(
            "機器に届き、カーネル自身が止めます",
            "it reached the gateway, and the kernel stops it by itself",
        ),
        Proof::Path => Text::new(
            "直前と直後に、許可された通信が同じ経路を通りました",
            "allowed traffic went the same way just before and just after",
        ),
        Proof::OtherFamily => Text::new(
            "直前と直後に、もう一方の IP 版の許可された通信が同じ経路を通りました。この IP 版の経路が機器にあるかは示しません",
            "allowed traffic of the other IP version went the same way just before and just after; whether the gateway has a route for this one is not shown",
        ),
        Proof::Legs => Text::new(
            "直前と直後に、許可された通信が同じ口から入り、同じ口から出ました。この二つの間に許可された通信はありません",
            "allowed traffic came in at the same port and out at the same port just before and just after; none is allowed from the one to the other",
        ),
        Proof::Cables => Text::new(
            "直前と直後に、機器が両方の口で ARP に答え、ほかの口の間では許可された通信を転送しました。この口を通る許可がないため、機器にこの経路があるかは示しません",
            "the gateway answered ARP at both ports just before and just after, and forwarded allowed traffic between others; nothing may use this port, so that it has such a route is not shown",
        ),
        Proof::Gateway => Text::new(
            "直後に機器が同じ口で ARP に答えました。受け取ったなら何か答えます (黙って受け取るプログラムは見えません)",
            "the gateway answered ARP at the same port just after; had it taken the packet it would have answered (a program that takes it in silence is not seen)",
        ),
    }
}

/// The outcome in words.
#[must_use]
pub fn word(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Passed => Text::new("通過 (許可どおり)", "passed, as allowed"),
        Outcome::Held => Text::new("遮断", "stopped"),
        Outcome::HeldByKernel => Text::new("遮断 (カーネル自身)", "stopped by the kernel itself"),
        Outcome::Unproven => Text::new("確かめられず", "unproven"),
        Outcome::OverBlock => Text::new("止めすぎ", "over-block"),
        Outcome::Leak => Text::new("漏れ", "leak"),
    }
}

fn is_finding(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Leak | Outcome::OverBlock | Outcome::Unproven
    )
}

fn line(probe: &Probe, judged: &Judged) -> Line {
    let layer = match (probe.control, judged.outcome) {
        (Control::Kernel(ja, en), Outcome::HeldByKernel) => Some(Text::new(ja, en).into()),
        _ => None,
    };
    // The step that differs, else the last.
    let differs = probe
        .steps
        .iter()
        .zip(&judged.seen)
        .find(|(step, seen)| match &step.expect {
            Some(place) => !seen.contains(place),
            None => !seen.is_empty(),
        });
    let (mut expected, mut seen) =
        match differs.or_else(|| probe.steps.iter().zip(&judged.seen).next_back()) {
            Some((step, seen)) => (shown(step.expect.iter()), shown(seen.iter())),
            None => (shown([].iter()), shown([].iter())),
        };
    match (probe.stage, judged.unrecorded) {
        (Stage::Counter(_), unrecorded) => {
            let both = "counted and recorded";
            both.clone_into(&mut expected);
            let told = if unrecorded { "not both" } else { both };
            told.clone_into(&mut seen);
        }
        (_, true) => seen.push_str(", not in the record of denials"),
        (_, false) => {}
    }
    Line {
        class: probe.class,
        flow: probe.flow.clone(),
        offered: escape_hostile(&probe.offered),
        expected,
        seen,
        because: probe.because.clone(),
        outcome: code(judged.outcome),
        layer,
        proof: judged.proof.map(proof_code),
    }
}

fn finding(line: &Line, judged: &Judged) -> Option<Words> {
    let what = word(judged.outcome);
    let behind = if judged.behind_kernel {
        (
            "。カーネルの逆経路検査が止めており、規則だけでは漏れます",
            "; only the kernel's own checks stop it, the rules alone do not",
        )
    } else {
        ("", "")
    };
    is_finding(judged.outcome).then(|| Words {
        ja: format!(
            "{}: {} (種別 {})。期待 {}、実際 {}{}",
            what.ja, line.offered, line.class, line.expected, line.seen, behind.0
        ),
        en: format!(
            "{}: {} (class {}); expected {}, seen {}{}",
            what.en, line.offered, line.class, line.expected, line.seen, behind.1
        ),
    })
}

fn shown<'a>(places: impl Iterator<Item = &'a Place>) -> String {
    let places: BTreeSet<String> = places
        .map(|place| match place {
            Place::Zone(zone) => zone.clone(),
            Place::Gateway => "gateway".to_owned(),
            Place::Answer => "answered".to_owned(),
        })
        .collect();
    if places.is_empty() {
        "nowhere".to_owned()
    } else {
        places.into_iter().collect::<Vec<_>>().join(", ")
    }
}
