//! From what is written to what is wrong with it as a whole: names that do
//! not exist, permissions that must not exist. Judged by zone kind, never by
//! a zone's name.

mod approval;
mod bounds;
mod carriage;
mod ends;
mod flow;
mod mail;
mod names;
mod network;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::diagnostic::{Notes, Severity};
use super::facts::{Facts, Stage};
use super::model::Site;
use super::read::Written;

pub(super) use flow::services_of;

/// What the judges share.
struct Bench<'a> {
    written: &'a Written,
    facts: &'a Facts,
    today: Option<Date>,
}

impl Bench<'_> {
    /// At boot, what only time or the machine changed is an alarm and no
    /// refusal: the last good rules must come up.
    fn changed(&self) -> Severity {
        match self.facts.stage {
            Stage::Edit => Severity::Error,
            Stage::Boot => Severity::Warning,
        }
    }
}

/// The local day of a moment at this site.
#[must_use]
pub fn local_day(site: &Site, now: Timestamp) -> Date {
    day_in(&site.timezone, now)
}

/// UTC where the zone is unknown; `check` refuses such a site.
fn day_in(timezone: &str, now: Timestamp) -> Date {
    TimeZone::get(timezone)
        .unwrap_or(TimeZone::UTC)
        .to_datetime(now)
        .date()
}

/// Judges everything that the sources and facts can decide.
pub(super) fn judge(written: &Written, facts: &Facts, notes: &mut Notes<'_>) {
    let timezone = written.timezone.as_deref().unwrap_or("UTC");
    let today = facts.now.map(|now| day_in(timezone, now));
    let bench = Bench {
        written,
        facts,
        today,
    };
    let mut used = Used::default();
    network::judge(&bench, notes);
    flow::judge(&bench, &mut used, notes);
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
