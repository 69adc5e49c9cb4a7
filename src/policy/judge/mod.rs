//! From what is written to what is wrong with it as a whole: names that do
//! not exist, permissions that must not exist. Judged by zone kind, never by
//! a zone's name.

mod flow;
mod mail;
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

/// The local day of a moment at this site; UTC where its zone is unknown.
#[must_use]
pub fn local_day(site: &Site, now: Timestamp) -> Date {
    TimeZone::get(&site.timezone)
        .unwrap_or(TimeZone::UTC)
        .to_datetime(now)
        .date()
}

/// Judges everything that the sources and facts can decide.
pub(super) fn judge(written: &Written, facts: &Facts, notes: &mut Notes<'_>) {
    let today = written
        .site
        .as_ref()
        .zip(facts.now)
        .map(|(site, now)| local_day(site, now));
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

/// Hosts and services that something refers to (E22).
#[derive(Debug, Default)]
struct Used {
    hosts: BTreeSet<String>,
    services: BTreeSet<String>,
}
