//! Medians, and targets met or missed.

use std::fmt;
use std::process::ExitCode;
use std::time::Instant;

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Just enough to see that the harness works.
    Quick,
    /// What the documents quote.
    Full,
}

impl Scale {
    /// One of two numbers.
    pub fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Targets and what was measured, in the order of measuring.
#[derive(Default)]
pub struct Targets(Vec<(String, bool)>);

impl Targets {
    /// Notes whether a target is met.
    pub fn judge(&mut self, met: bool, what: impl Into<String>) {
        self.0.push((what.into(), met));
    }

    /// Prints them; the status says whether all were met.
    pub fn show(&self) -> ExitCode {
        println!("\n== targets");
        for (what, met) in &self.0 {
            println!("{}  {what}", if *met { "met   " } else { "MISSED" });
        }
        let missed = self.0.iter().filter(|(_, met)| !met).count();
        println!("{} of {} met", self.0.len() - missed, self.0.len());
        ExitCode::from(u8::from(missed > 0))
    }
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The middle one and the middle half of a series.
pub struct Spread {
    /// The middle one.
    pub median: f64,
    quartiles: [f64; 2],
}

impl Spread {
    /// Of a series that has at least one value.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |quarter| values[values.len() * quarter / 4];
        Self {
            median: at(2),
            quartiles: [at(1), at(3)],
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.quartiles;
        write!(f, "{:.2} ({low:.2}–{high:.2})", self.median)
    }
}

/// The median of `turns` runs in milliseconds, and the last result.
pub fn timed<T>(turns: usize, mut run: impl FnMut() -> T) -> (T, f64) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..turns {
        let start = Instant::now();
        last = Some(run());
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    (last.unwrap(), median(times))
}

/// The first figure of the kernel's load average.
pub fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
