//! From what is written to what is wrong with it as a whole: names that do
//! not exist, permissions that must not exist. Judged by zone kind, never by
//! a zone's name.

mod approval;
mod bounds;
mod carriage;
mod ends;
mod flow;
mod machine;
mod mail;
mod names;
mod network;
mod sets;
mod spread;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::diagnostic::{Notes, Severity};
use super::facts::{Facts, Stage};
use super::read::Written;

pub(super) use flow::services_of;

/// What the judges share.
struct Bench<'a> {
    written: &'a Written,
    facts: &'a Facts,
    today: Option<Date>,
    timezone: TimeZone,
}

impl Bench<'_> {
    /// At boot, what only time or the machine changed is an alarm and no
    /// refusal: the last good rules must come up.
    fn changed(&self) -> Severity {
        match self.facts.stage {
            Stage::Edit | Stage::Desk => Severity::Error,
            Stage::Boot => Severity::Warning,
        }
    }

    /// The same of what this machine says: a file may be looked at elsewhere.
    fn machine(&self) -> Severity {
        match self.facts.stage {
            Stage::Edit => Severity::Error,
            Stage::Desk | Stage::Boot => Severity::Warning,
        }
    }

    /// The site's local day of a moment.
    fn day(&self, at: Timestamp) -> Date {
        self.timezone.to_datetime(at).date()
    }
}

/// Judges everything that the sources and facts can decide.
pub(super) fn judge(written: &Written, facts: &Facts, notes: &mut Notes<'_>) {
    let timezone = written.zone();
    let bench = Bench {
        written,
        facts,
        today: facts.now.map(|now| timezone.to_datetime(now).date()),
        timezone,
    };
    let mut used = Used::default();
    network::judge(&bench, notes);
    machine::judge(&bench, notes);
    flow::judge(&bench, &mut used, notes);
    spread::judge(&bench, notes);
    sets::judge(&bench, notes);
    mail::judge(&bench, &mut used, notes);
    network::unused(&bench, &used, notes);
}

/// Hosts, groups and services that something refers to (E22).
#[derive(Debug, Default)]
struct Used {
    hosts: BTreeSet<String>,
    groups: BTreeSet<String>,
    services: BTreeSet<String>,
}
