//! The segment role killed at random moments: starting, at rest, and in the
//! midst of a change, because somebody applies and rolls back all the while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Gateway;

/// Longest life of a role: a start takes about a third of it.
const LONGEST: u64 = 300;

/// What happened.
#[derive(Clone, Copy, Debug)]
pub struct Kills {
    /// Roles killed.
    pub kills: u32,
    /// Of them, before the role was ready.
    pub starting: u32,
    /// Changes asked for that went through.
    pub changed: u32,
    /// Changes that were refused or cut short.
    pub refused: u32,
}

impl std::fmt::Display for Kills {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} kills ({} of a starting role), meanwhile {} changes done and {} refused",
            self.kills, self.starting, self.changed, self.refused
        )
    }
}

/// Starts and kills the role `times` times; the seed makes the moments.
/// Needs two revisions that were in force.
///
/// # Panics
/// When the role cannot be started.
#[must_use]
pub fn kill_at_random(gateway: &Gateway<'_>, times: u32, seed: u64) -> Kills {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            let (mut changed, mut refused) = (0, 0);
            let mut revisions = [1, 2].iter().cycle();
            while !stop.load(Ordering::Relaxed) {
                let revision = revisions.next().expect("a cycle");
                if gateway
                    .try_run(&format!("rollback {revision}"))
                    .status
                    .success()
                {
                    changed += 1;
                } else {
                    refused += 1;
                }
            }
            (changed, refused)
        });
        let mut die = seed.max(1);
        let mut starting = 0;
        for _ in 0..times {
            die ^= die << 13;
            die ^= die >> 7;
            die ^= die << 17;
            let role = gateway.start_role();
            std::thread::sleep(Duration::from_millis(die % LONGEST)); // the random moment
            starting += u32::from(!role.is_ready());
            role.kill();
        }
        stop.store(true, Ordering::Relaxed);
        let (changed, refused) = changes.join().expect("changes");
        Kills {
            kills: times,
            starting,
            changed,
            refused,
        }
    })
}
