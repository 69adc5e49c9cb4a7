//! Changed files by the hundred thousand: `cargo bench --bench mutation --
//! [--runs N] [--seed N] [FAMILY…]`. Every run must end as a verified output
//! or a named refusal; `--input FAMILY NUMBER` writes what a run was given to
//! standard output. With a corpus at hand (SEKIMORI_CORPUS, else
//! ../shared/corpus) its small files are seeds too, beside the project's own.
//!
//! The runs stand in child processes under a worker's memory limit and clock,
//! so that what only the wall of the sandbox would end is seen, named by its
//! number, and put before the real sandbox as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

mod child;
mod shift;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use mutation::{Campaign, Family, seeds};
use sekimori::policy::Limits;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::Treatment;
use sekimori::sanitise::protocol::{Beside, First};

use crate::shift::{Found, Shift};

/// The longest corpus file that is a seed: a run stays a few milliseconds.
const LONGEST_SEED: u64 = 24 << 10;
/// Files of a corpus that are seeds: every child reads them.
const MOST_SEEDS: usize = 60;
/// Runs without a word on the command line.
const RUNS: u64 = 200_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if words.first().is_some_and(|word| word == "--child") {
        return child::main(&words[1..]);
    }
    let (mut runs, mut seed, mut families, mut wanted) = (RUNS, 20_261_126, Vec::new(), None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--runs" => runs = words.next().unwrap().parse().unwrap(),
            "--seed" => seed = words.next().unwrap().parse().unwrap(),
            "--input" => {
                let named = family(words.next().unwrap());
                wanted = Some((named, words.next().unwrap().parse().unwrap()));
            }
            name => families.push(family(name)),
        }
    }
    if let Some((family, number)) = wanted {
        let campaign = campaign(family, seed);
        let (of, bytes) = campaign.input(number);
        eprintln!(
            "{} run {number}: changed from {} ({:?})",
            family.name(),
            of.name,
            of.kind
        );
        std::io::stdout().write_all(&bytes).unwrap();
        return ExitCode::SUCCESS;
    }
    if families.is_empty() {
        families.extend(Family::ALL);
    }
    report(runs, seed, &families)
}

fn family(name: &str) -> Family {
    *Family::ALL
        .iter()
        .find(|family| family.name() == name)
        .unwrap_or_else(|| panic!("no family is called {name}"))
}

/// The seeds of a family, ours and the corpus's, in the order that run numbers
/// stand for.
fn campaign(family: Family, seed: u64) -> Campaign {
    let folder = std::env::var_os("SEKIMORI_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let corpus = if folder.is_dir() {
        seeds::corpus(family, &folder, LONGEST_SEED, MOST_SEEDS).unwrap()
    } else {
        Vec::new()
    };
    Campaign::new(family, seeds::own(family), corpus, seed)
}

fn report(runs: u64, seed: u64, families: &[Family]) -> ExitCode {
    println!("seed {seed}, {runs} runs over {} families", families.len());
    println!(
        "| family | runs | verified | refused, by name | own output refused | panics | ended by the wall | slowest |"
    );
    println!("|---|---:|---:|---|---:|---:|---:|---:|");
    let share = runs.div_ceil(families.len() as u64);
    let (mut all, mut notes) = (0, Vec::new());
    for family in families {
        let began = Instant::now();
        let found = Shift::new(*family, seed).work(share);
        println!("{}", row(*family, &found));
        eprintln!(
            "  {} took {:.0} s",
            family.name(),
            began.elapsed().as_secs_f64()
        );
        all += found.runs;
        let campaign = campaign(*family, seed);
        for (number, words) in &found.panics {
            notes.push(format!("{} run {number}: panic: {words}", family.name()));
        }
        for number in &found.disowned {
            notes.push(format!(
                "{} run {number}: own output refused",
                family.name()
            ));
        }
        for (number, how) in &found.walls {
            let verdict = before_the_sandbox(&campaign, *number);
            notes.push(format!(
                "{} run {number}: {how}; the sandbox says: {verdict}",
                family.name()
            ));
        }
    }
    println!("{all} runs");
    for note in &notes {
        println!("- {note}");
    }
    ExitCode::from(u8::from(!notes.is_empty()))
}

fn row(family: Family, found: &Found) -> String {
    let refused: Vec<String> = found
        .outcomes
        .iter()
        .filter(|(code, _)| !["verified", "disowned"].contains(&code.as_str()))
        .map(|(code, count)| format!("{code} {count}"))
        .collect();
    let count = |code: &str| found.outcomes.get(code).copied().unwrap_or(0);
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {:.2} s |",
        family.name(),
        found.runs,
        count("verified"),
        refused.join(", "),
        count("disowned"),
        found.panics.len(),
        found.walls.len(),
        found.slowest.as_secs_f64()
    )
}

/// What the product says of an input that cost a process its life.
fn before_the_sandbox(campaign: &Campaign, number: u64) -> String {
    let sandbox = Sandbox::private(Path::new(env!("CARGO_BIN_EXE_sekimori-worker"))).unwrap();
    let (seed, bytes) = campaign.input(number);
    let input = Untrusted::copy_from(&mut bytes.as_slice(), u64::MAX).unwrap();
    let treatment = Treatment::default_for(seed.kind);
    let limits = Limits::default();
    let answer = if seed.kind.is_container() {
        sandbox
            .split(&input, seed.kind, First::Text, &limits)
            .map(|(shape, _)| shape.leaves.len())
    } else {
        sandbox
            .treat(&input, (seed.kind, treatment), Beside::default(), &limits)
            .map(|clean| clean.bytes().len())
    };
    match answer {
        Ok(_) => "a verified output".to_owned(),
        Err(refusal) => refusal.code().to_owned(),
    }
}

/// Codes of outcomes and how often they were seen.
type Codes = BTreeMap<String, u64>;
