//! A child: some runs of one family, under a worker's limits. Before each run
//! it writes the run's number down, so that its death has a name.

use std::os::unix::fs::FileExt as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mutation::{Outcome, Run};
use nix::sys::resource::{Resource, setrlimit};
use sekimori::policy::Limits;

/// Where the last panic was, for the report.
static LAST: Mutex<String> = Mutex::new(String::new());

/// `FAMILY SEED FIRST END FILE`.
pub fn main(words: &[String]) -> ExitCode {
    let [family, seed, first, end, file] = words else {
        panic!("a child is started by its parent");
    };
    let campaign = crate::campaign(crate::family(family), seed.parse().unwrap());
    let progress = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    let memory = Limits::default().render_memory_bytes;
    setrlimit(Resource::RLIMIT_AS, memory, memory).unwrap();
    setrlimit(Resource::RLIMIT_CORE, 0, 0).unwrap();
    std::panic::set_hook(Box::new(|panic| {
        *LAST.lock().unwrap() = panic.to_string().replace('\n', " ");
    }));
    let (mut codes, mut slowest) = (crate::Codes::new(), (Duration::ZERO, 0));
    for number in first.parse::<u64>().unwrap()..end.parse().unwrap() {
        progress.write_all_at(&number.to_le_bytes(), 0).unwrap();
        let began = Instant::now();
        match campaign.run(number) {
            Run::Held(outcomes) => {
                for outcome in outcomes {
                    *codes.entry(code(outcome).to_owned()).or_default() += 1;
                    if let Outcome::Disowned(..) = outcome {
                        println!("disowned {number}");
                    }
                }
            }
            Run::Panicked(_) => println!("panic {number} {}", LAST.lock().unwrap()),
        }
        slowest = slowest.max((began.elapsed(), number));
    }
    for (code, count) in codes {
        println!("outcome {code} {count}");
    }
    println!("slowest {} {}", slowest.1, slowest.0.as_millis());
    ExitCode::SUCCESS
}

fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Verified => "verified",
        Outcome::Refused(refusal) => refusal.code(),
        Outcome::Disowned(..) => "disowned",
    }
}
