//! When to try again. Pure.

use std::time::Duration;

/// After this long in the queue a mail is held for a human.
pub const EXPIRY: Duration = Duration::from_hours(5 * 24);
/// How often a next hop that does not answer is asked.
pub const PROBE: Duration = Duration::from_secs(5);
/// After this long, mail for such a hop is looked at once more by itself.
pub const PARKED: Duration = Duration::from_hours(1);

/// The pause after the `attempt`-th try (from 1) that ended in 4xx: 10 s,
/// 30 s, 1, 2, 5, 10 min, then 15 min each.
#[must_use]
pub fn pause(attempt: u32) -> Duration {
    Duration::from_secs(match attempt {
        0 | 1 => 10,
        2 => 30,
        3 => 60,
        4 => 120,
        5 => 300,
        6 => 600,
        _ => 900,
    })
}

/// Whether a mail of this age is given up.
#[must_use]
pub fn expired(age: Duration) -> bool {
    age >= EXPIRY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour_and_end_after_five_days() {
        let pauses: Vec<u64> = (1..10).map(|n| pause(n).as_secs()).collect();
        assert_eq!(pauses, [10, 30, 60, 120, 300, 600, 900, 900, 900]);
        let mut age = Duration::ZERO;
        let mut tries = 0;
        while !expired(age) {
            tries += 1;
            age += pause(tries);
        }
        assert!((480..500).contains(&tries), "{tries} tries in five days");
    }
}
