//! What became of many files, as one table: format, how many, and what they
//! came out as, or why they did not.

use std::collections::BTreeMap;
use std::fmt;

use crate::mail::record::{Outcome, Record};
use crate::sanitise::{Kind, Refusal};

/// Counts per format; what is inside containers counts with its container.
#[derive(Debug, Default)]
pub(super) struct Summary {
    kinds: BTreeMap<Kind, Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    rebuilt: u32,
    flattened: u32,
    text: u32,
    unpacked: u32,
    withheld: BTreeMap<Refusal, u32>,
}

impl Counts {
    fn withheld(&self) -> u32 {
        self.withheld.values().sum()
    }

    fn files(&self) -> u32 {
        self.rebuilt + self.flattened + self.text + self.unpacked + self.withheld()
    }

    fn add(&mut self, other: &Self) {
        self.rebuilt += other.rebuilt;
        self.flattened += other.flattened;
        self.text += other.text;
        self.unpacked += other.unpacked;
        for (refusal, count) in &other.withheld {
            *self.withheld.entry(*refusal).or_default() += count;
        }
    }
}

impl Summary {
    pub(super) fn add(&mut self, record: &Record) {
        let counts = self.kinds.entry(record.source.kind).or_default();
        match record.outcome {
            Outcome::Rebuilt => counts.rebuilt += 1,
            Outcome::Flattened => counts.flattened += 1,
            Outcome::Text => counts.text += 1,
            Outcome::Unpacked => counts.unpacked += 1,
            Outcome::Withheld => {
                let reason = record.reason.unwrap_or(Refusal::WorkerLost);
                *counts.withheld.entry(reason).or_default() += 1;
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| format | files | rebuilt | flattened | text | unpacked | withheld | why |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        let mut all = Counts::default();
        for (kind, counts) in &self.kinds {
            line(f, kind.name(), counts)?;
            all.add(counts);
        }
        line(f, "all", &all)
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, counts: &Counts) -> fmt::Result {
    let why: Vec<String> = counts
        .withheld
        .iter()
        .map(|(refusal, count)| format!("{} {count}", refusal.code()))
        .collect();
    writeln!(
        f,
        "| {name} | {} | {} | {} | {} | {} | {} | {} |",
        counts.files(),
        counts.rebuilt,
        counts.flattened,
        counts.text,
        counts.unpacked,
        counts.withheld(),
        why.join(", ")
    )
}
