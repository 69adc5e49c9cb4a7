//! Numbered runs over the seeds of one family: run `n` of seed `s` is the same
//! input everywhere, so that a number in a table is a case to look at.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Chance, Family, Outcome, Seed, edit, trial};

/// One run in so many changes a file of the corpus.
const CORPUS_SHARE: usize = 8;

/// The runs of one family.
#[derive(Debug)]
pub struct Campaign {
    own: Vec<Seed>,
    corpus: Vec<Seed>,
    family: Family,
    chance: u64,
}

/// What came of one run.
#[derive(Debug)]
pub enum Run {
    /// Every treatment ended as it may.
    Held(Vec<Outcome>),
    /// The code under trial panicked, with these words.
    Panicked(String),
}

/// Outcomes of many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs.
    pub runs: u64,
    /// Treatments by how they ended.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Panics: run and words.
    pub panics: Vec<(u64, String)>,
    /// Runs with an output that its verifier refused.
    pub disowned: Vec<u64>,
}

impl Campaign {
    /// Over our own seeds, of which there must be at least one, and those of a
    /// corpus, which are larger and therefore rarer.
    #[must_use]
    pub fn new(family: Family, own: Vec<Seed>, corpus: Vec<Seed>, seed: u64) -> Self {
        assert!(!own.is_empty(), "nothing to change");
        Self {
            own,
            corpus,
            family,
            chance: seed,
        }
    }

    /// The input of run `number`: which seed, and its changed bytes. The first
    /// runs are our own seeds as they are.
    #[must_use]
    pub fn input(&self, number: u64) -> (&Seed, Vec<u8>) {
        if let Some(seed) = usize::try_from(number).ok().and_then(|n| self.own.get(n)) {
            return (seed, seed.bytes.clone());
        }
        let mut chance = Chance::new(self.chance ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (seed, other) = (self.seed(&mut chance), self.seed(&mut chance));
        let bytes = edit::changed(self.family, &seed.bytes, &other.bytes, &mut chance);
        (seed, bytes)
    }

    fn seed(&self, chance: &mut Chance) -> &Seed {
        if !self.corpus.is_empty() && chance.once_in(CORPUS_SHARE) {
            chance.one(&self.corpus)
        } else {
            chance.one(&self.own)
        }
    }

    /// One run.
    #[must_use]
    pub fn run(&self, number: u64) -> Run {
        let (seed, bytes) = self.input(number);
        let tried = catch_unwind(AssertUnwindSafe(|| trial(&bytes, &seed.name, seed.kind)));
        match tried {
            Ok(outcomes) => Run::Held(outcomes),
            Err(panic) => {
                let words = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied());
                Run::Panicked(words.unwrap_or("without words").to_owned())
            }
        }
    }

    /// Many runs.
    #[must_use]
    pub fn runs(&self, numbers: std::ops::Range<u64>) -> Tally {
        let mut tally = Tally::default();
        for number in numbers {
            tally.add(number, self.run(number));
        }
        tally
    }
}

impl Tally {
    /// Counts one run.
    pub fn add(&mut self, number: u64, run: Run) {
        self.runs += 1;
        match run {
            Run::Held(outcomes) => {
                for outcome in outcomes {
                    *self.outcomes.entry(outcome).or_default() += 1;
                    if matches!(outcome, Outcome::Disowned(..)) {
                        self.disowned.push(number);
                    }
                }
            }
            Run::Panicked(words) => self.panics.push((number, words)),
        }
    }
}
