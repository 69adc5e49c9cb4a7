//! A revision on trial, and when its time is over. Pure: the clock comes in.
//!
//! Promised: the trial ends by itself. Nobody has to write anything for that,
//! so it ends as well when every process was killed, and at once when the box
//! started anew. The clock counts from the start of the machine and cannot be
//! set; the wall time is for people.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::policy::text::Text;

/// Shortest and longest time for a confirmation.
pub const WITHIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_hours(24));

/// Which start of the machine this is, and how long ago it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinceBoot {
    /// The kernel's id of this start.
    pub boot: String,
    /// Time since then, sleep included (`CLOCK_BOOTTIME`).
    pub elapsed: Duration,
}

/// `pending.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Schema, 1.
    pub schema: u32,
    /// The revision on trial.
    pub revision: u64,
    /// What comes back; 0 for nothing at all.
    pub previous: u64,
    /// The start of the machine in which it was applied.
    pub boot: String,
    /// Milliseconds since then at which the trial is over.
    pub deadline: u64,
    /// The same by the wall clock, to be shown.
    pub until: Timestamp,
    /// Who applied it.
    pub by: String,
}

impl Pending {
    /// A trial that begins now.
    #[must_use]
    pub fn begin(
        revision: u64,
        previous: u64,
        within: Duration,
        clock: &SinceBoot,
        now: Timestamp,
        by: &str,
    ) -> Self {
        let over = clock.elapsed.saturating_add(within);
        let until = SignedDuration::try_from(within)
            .ok()
            .and_then(|within| now.checked_add(within).ok())
            .and_then(|until| until.round(jiff::Unit::Second).ok());
        Self {
            schema: crate::policy::SCHEMA,
            revision,
            previous,
            boot: clock.boot.clone(),
            deadline: u64::try_from(over.as_millis()).unwrap_or(u64::MAX),
            until: until.unwrap_or(now),
            by: by.to_owned(),
        }
    }

    /// What is left of the trial; none once it is over.
    #[must_use]
    pub fn left(&self, clock: &SinceBoot) -> Option<Duration> {
        let left = Duration::from_millis(self.deadline).checked_sub(clock.elapsed)?;
        (self.boot == clock.boot && !left.is_zero() && left <= WITHIN.1).then_some(left)
    }
}

/// Reads `5m`, `90s`, `1h 30m`.
///
/// # Errors
/// No duration, or one outside of [`WITHIN`].
pub fn within(word: &str) -> Result<Duration, Text> {
    let (least, most) = WITHIN;
    let read = word.parse::<SignedDuration>().ok();
    read.and_then(|read| Duration::try_from(read).ok())
        .filter(|read| (least..=most).contains(read))
        .ok_or_else(|| {
            let word = crate::policy::text::escape_hostile(word);
            Text::new(
                format!("「{word}」は 5s から 24h までの時間ではありません (例: 5m、90s、1h)"),
                format!("\"{word}\" is no time between 5s and 24h (such as 5m, 90s, 1h)"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(boot: &str, seconds: u64) -> SinceBoot {
        SinceBoot {
            boot: boot.into(),
            elapsed: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_trial_ends_at_its_deadline_and_with_the_machine() {
        let begun = clock("one", 100);
        let trial = Pending::begin(
            2,
            1,
            Duration::from_secs(20),
            &begun,
            Timestamp::UNIX_EPOCH,
            "sato",
        );
        assert_eq!(trial.until.as_second(), 20);
        assert_eq!(trial.left(&begun), Some(Duration::from_secs(20)));
        assert_eq!(trial.left(&clock("one", 119)), Some(Duration::from_secs(1)));
        assert_eq!(trial.left(&clock("one", 120)), None);
        assert_eq!(trial.left(&clock("two", 101)), None, "the box started anew");
        let forged = Pending {
            deadline: u64::MAX,
            ..trial
        };
        assert_eq!(forged.left(&begun), None, "no trial lasts for ever");
    }

    #[test]
    fn times_are_read_and_bounded() {
        assert_eq!(within("5m").unwrap(), Duration::from_secs(300));
        assert_eq!(within("20s").unwrap(), Duration::from_secs(20));
        for wrong in ["", "5", "-5m", "4s", "25h", "soon\n"] {
            assert!(within(wrong).is_err(), "{wrong}");
        }
    }
}
