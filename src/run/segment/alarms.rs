//! Alarms that stand. Pure. Each is about one thing: told when it begins, when
//! its words change, and when it is over. Words that change all the time are
//! counted in between, so that no state can flood the record and none is lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// So many times in a minute the words of one alarm that goes on may change.
const CHANGES: u32 = 10;
const MINUTE: Duration = Duration::from_mins(1);

/// What an alarm is about. One of each can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// Which revision holds cannot be read.
    Revision,
    /// What the disk says cannot be put in force.
    Following,
    /// The kernel cannot be compared, retimed or repaired.
    Kernel,
    /// The record cannot be written.
    Record,
    /// Sessions cannot be listed or ended.
    Sessions,
    /// Packets cannot be heard of.
    Hearing,
    /// Sessions that are to be logged cannot be heard of.
    Events,
    /// What was heard of cannot be told.
    Traffic,
    /// The revision fits this machine or this day no more.
    Fit,
    /// Other programs have tables of their own.
    Tables,
}

/// All alarms that stand.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeMap<About, Standing>);

#[derive(Debug)]
struct Standing {
    message: String,
    /// When the minute began in which tellings are counted.
    minute: Instant,
    told: u32,
    unsaid: u64,
}

impl Standing {
    fn words(&self) -> String {
        match self.unsaid {
            0 => self.message.clone(),
            count => format!("{} ({count} others since the last one)", self.message),
        }
    }
}

impl Alarms {
    /// It is so; what is to be told, if anything is.
    pub fn raise(&mut self, about: About, message: &str, now: Instant) -> Option<String> {
        let standing = self.0.entry(about).or_insert_with(|| Standing {
            message: String::new(),
            minute: now,
            told: 0,
            unsaid: 0,
        });
        if standing.message == message {
            return None;
        }
        if now.duration_since(standing.minute) >= MINUTE {
            (standing.minute, standing.told) = (now, 0);
        }
        if standing.told >= CHANGES {
            standing.unsaid = standing.unsaid.saturating_add(1);
            return None;
        }
        standing.told = standing.told.saturating_add(1);
        message.clone_into(&mut standing.message);
        let words = standing.words();
        standing.unsaid = 0;
        Some(words)
    }

    /// It is so no more; what is to be told of its end, if it stood.
    pub fn lower(&mut self, about: About) -> Option<String> {
        self.0.remove(&about).map(|standing| standing.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_at_both_ends_however_often_it_comes() {
        let (mut alarms, now) = (Alarms::default(), Instant::now());
        for _ in 0..3 {
            let told = alarms.raise(About::Tables, "ip nat", now);
            assert_eq!(told.as_deref(), Some("ip nat"));
            assert_eq!(alarms.raise(About::Tables, "ip nat", now), None);
            assert_eq!(alarms.lower(About::Tables).as_deref(), Some("ip nat"));
            assert_eq!(alarms.lower(About::Tables), None);
        }
    }

    #[test]
    fn words_that_change_all_the_time_are_counted_and_nothing_else_waits() {
        let (mut alarms, start) = (Alarms::default(), Instant::now());
        let told = (0..210)
            .filter_map(|n| alarms.raise(About::Kernel, &n.to_string(), start))
            .count();
        assert_eq!(told, 10);
        assert!(alarms.raise(About::Record, "full", start).is_some());
        let told = alarms.raise(About::Kernel, "210", start + MINUTE);
        assert_eq!(told.unwrap(), "210 (200 others since the last one)");
        assert_eq!(alarms.lower(About::Kernel).as_deref(), Some("210"));
    }
}
