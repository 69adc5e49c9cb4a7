//! The parent of the children of one family: gives out blocks of runs, looks
//! at the clock, and carries on behind a run that a child did not survive.

use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mutation::Family;
use sekimori::policy::Limits;

use crate::Codes;

/// Runs of one child: what a death costs again.
const BLOCK: u64 = 1_000;
/// Between two looks at a child.
const PAUSE: Duration = Duration::from_millis(20);

/// All runs of one family.
pub struct Shift {
    family: Family,
    seed: u64,
}

/// What came of them.
#[derive(Debug, Default)]
pub struct Found {
    pub runs: u64,
    pub outcomes: Codes,
    pub panics: Vec<(u64, String)>,
    pub disowned: Vec<u64>,
    /// Runs that no child survived: number, and how it ended.
    pub walls: Vec<(u64, String)>,
    pub slowest: Duration,
}

impl Shift {
    pub fn new(family: Family, seed: u64) -> Self {
        Self { family, seed }
    }

    /// Does `runs` runs, on every core.
    pub fn work(&self, runs: u64) -> Found {
        let blocks: Vec<_> = (0..runs)
            .step_by(usize::try_from(BLOCK).unwrap())
            .map(|first| first..(first + BLOCK).min(runs))
            .collect();
        let (blocks, found) = (Mutex::new(blocks.into_iter()), Mutex::new(Found::default()));
        let next = || blocks.lock().unwrap().next();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(block) = next() {
                        self.block(block, &found);
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap();
        found.panics.sort();
        found.disowned.sort();
        found.walls.sort();
        found
    }

    /// Does one block; where a run ends its child, the rest around that run.
    fn block(&self, block: std::ops::Range<u64>, found: &Mutex<Found>) {
        let progress = tempfile::NamedTempFile::new().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--child", self.family.name(), &self.seed.to_string()])
            .args([block.start.to_string(), block.end.to_string()])
            .arg(progress.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        match watched(&mut child, progress.as_file()) {
            Ok(words) => found.lock().unwrap().add(block.end - block.start, &words),
            Err((number, how)) => {
                let mut all = found.lock().unwrap();
                all.walls.push((number, how));
                all.runs += 1;
                drop(all);
                for rest in [block.start..number, number + 1..block.end] {
                    if !rest.is_empty() {
                        self.block(rest, found);
                    }
                }
            }
        }
    }
}

/// What the child said, or at which run it ended and how.
fn watched(child: &mut Child, progress: &std::fs::File) -> Result<String, (u64, String)> {
    let allowed = Duration::from_secs(u64::from(Limits::default().file_seconds));
    let at = || {
        let mut number = [0; 8];
        progress
            .read_exact_at(&mut number, 0)
            .map_or(0, |()| u64::from_le_bytes(number))
    };
    let mut said = child.stdout.take().unwrap();
    let words = std::thread::spawn(move || {
        let mut words = String::new();
        said.read_to_string(&mut words).map(|_| words)
    });
    let (mut run, mut since) = (at(), Instant::now());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if run != at() {
            (run, since) = (at(), Instant::now());
        }
        if since.elapsed() > allowed {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err((run, format!("longer than {} s", allowed.as_secs())));
        }
        std::thread::sleep(PAUSE);
    };
    if status.success() {
        Ok(words.join().unwrap().unwrap())
    } else {
        Err((at(), status.to_string()))
    }
}

impl Found {
    fn add(&mut self, runs: u64, words: &str) {
        self.runs += runs;
        for line in words.lines() {
            let mut parts = line.splitn(3, ' ');
            let (what, which) = (parts.next().unwrap(), parts.next().unwrap());
            let rest = parts.next().unwrap_or_default();
            match what {
                "outcome" => {
                    *self.outcomes.entry(which.to_owned()).or_default() +=
                        rest.parse::<u64>().unwrap();
                }
                "panic" => self.panics.push((which.parse().unwrap(), rest.to_owned())),
                "disowned" => self.disowned.push(which.parse().unwrap()),
                "slowest" => {
                    let took = Duration::from_millis(rest.parse().unwrap());
                    self.slowest = self.slowest.max(took);
                }
                other => panic!("a child says {other}"),
            }
        }
    }
}
