//! What separation costs and whether it holds, measured:
//!
//! ```text
//! cargo bench --bench separation                    everything, as root, on a quiet machine
//! cargo bench --bench separation -- flows leaks     only these parts
//! cargo bench --bench separation -- --quick         everything, small: does the harness work?
//! ```
//!
//! Namespaces are made by this program and gone with it. Prints figures and
//! whether each target is met; a target that is missed is printed, not hidden,
//! and ends the program with status 1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

mod clockwork;
mod flows;
mod leaks;
mod measure;
mod times;

use std::process::ExitCode;

use measure::{Scale, Targets};

/// A part: its name on the command line, and what it does.
type Part = (&'static str, fn(Scale, &mut Targets));

const PARTS: [Part; 6] = [
    ("times", times::run),
    ("flows", flows::run),
    ("leaks", leaks::run),
    ("drift", clockwork::drift),
    ("expiry", clockwork::expiry),
    ("confirm", clockwork::confirm),
];

/// The real program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_sekimori");

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let scale = if words.iter().any(|word| word == "--quick") {
        Scale::Quick
    } else {
        Scale::Full
    };
    let named: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with("--"))
        .collect();
    if let Some(unknown) = named
        .iter()
        .find(|word| PARTS.iter().all(|(name, _)| name != *word))
    {
        eprintln!("no such part: {unknown}");
        return ExitCode::from(2);
    }
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: needs root");
        return ExitCode::SUCCESS;
    }
    let mut targets = Targets::default();
    println!("load average at the start: {}", measure::load_average());
    for (name, run) in PARTS {
        if named.is_empty() || named.contains(&name) {
            println!("\n== {name}, load average {}", measure::load_average());
            // A thread of its own, so that its namespaces end with it.
            std::thread::scope(|scope| {
                scope.spawn(|| run(scale, &mut targets));
            });
        }
    }
    targets.show()
}
