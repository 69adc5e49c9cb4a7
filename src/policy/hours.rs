//! When a flow is open: until the end of its last day, and within its hours.
//! Pure: the moment comes in, an answer with an end goes out. Whatever opens
//! has an end, so that the kernel can close it by itself.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::model::{Flow, Site};

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;

/// `hours`, `days` and `holidays` of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// Windows; each belongs to the day on which it begins.
    pub windows: Vec<Window>,
    /// Days of the week on which windows begin.
    pub days: Days,
    /// What `[site] holidays` do to them.
    pub holidays: Holidays,
}

/// From one minute of the day to another, local time. Where `last` is not
/// after `first`, it crosses midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Window {
    /// First minute, 0 to 1439.
    pub first: u16,
    /// The minute at which it closes, 1 to 1440.
    pub last: u16,
}

/// Days of the week; bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Days(pub u8);

/// What a holiday is to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holidays {
    /// A day like any other.
    #[default]
    Same,
    /// Closed on holidays.
    Closed,
    /// Open on holidays too, whatever day of the week they are.
    Open,
}

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// Whether `day` is one of them.
    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// Whether a flow is open at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Open, and closed from `until` on.
    Open {
        /// The first moment at which it is closed.
        until: Timestamp,
    },
    /// Closed; `opens` is none where it will never open again.
    Closed {
        /// The next moment at which it opens.
        opens: Option<Timestamp>,
    },
}

impl Opening {
    /// The next moment at which the answer changes.
    #[must_use]
    pub fn changes(self) -> Option<Timestamp> {
        match self {
            Self::Open { until } => Some(until),
            Self::Closed { opens } => opens,
        }
    }
}

impl Flow {
    /// The inclusive last local day: `expires`, or the end of a trial.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.trial_until
            .map_or(self.expires, |until| until.min(self.expires))
    }

    /// Whether it is open at `now`, and until when. A moment that cannot be
    /// computed counts as closed.
    #[must_use]
    pub fn opening(&self, site: &Site, now: Timestamp) -> Opening {
        let zone = site.zone();
        let closed = Opening::Closed { opens: None };
        let Some(end) = self
            .last_day()
            .tomorrow()
            .ok()
            .and_then(|day| at(&zone, day, 0))
        else {
            return closed;
        };
        if now >= end {
            return closed;
        }
        let Some(hours) = &self.hours else {
            return Opening::Open { until: end };
        };
        match hours.around(site, &zone, now, end) {
            Some((from, _)) if from >= end => closed,
            Some((from, _)) if from > now => Opening::Closed { opens: Some(from) },
            Some((_, until)) => Opening::Open {
                until: until.min(end),
            },
            None => closed,
        }
    }
}

impl Hours {
    /// The stretch of adjoining windows that holds `now`, else the next one
    /// that begins before `end`.
    fn around(
        &self,
        site: &Site,
        zone: &TimeZone,
        now: Timestamp,
        end: Timestamp,
    ) -> Option<(Timestamp, Timestamp)> {
        let mut day = zone.to_datetime(now).date().yesterday().ok()?;
        let mut found: Option<(Timestamp, Timestamp)> = None;
        loop {
            let midnight = at(zone, day, 0)?;
            if midnight >= end || found.is_some_and(|(_, until)| until < midnight) {
                return found;
            }
            for (from, until) in self.on(site, zone, day) {
                found = match found {
                    Some((first, last)) if from <= last => Some((first, last.max(until))),
                    None if until > now => Some((from, until)),
                    Some(_) => return found,
                    None => None,
                };
            }
            day = day.tomorrow().ok()?;
        }
    }

    /// The windows that begin on `day`, ascending.
    fn on(&self, site: &Site, zone: &TimeZone, day: Date) -> Vec<(Timestamp, Timestamp)> {
        let holiday = site.holidays.contains(&day);
        let open = match (holiday, self.holidays) {
            (true, Holidays::Closed) => false,
            (true, Holidays::Open) => true,
            (_, Holidays::Same) | (false, _) => self.days.has(day.weekday()),
        };
        if !open {
            return Vec::new();
        }
        let mut stretches: Vec<_> = self
            .windows
            .iter()
            .filter_map(|window| {
                let from = at(zone, day, window.first)?;
                let last = if window.last > window.first {
                    at(zone, day, window.last)?
                } else {
                    at(zone, day.tomorrow().ok()?, window.last)?
                };
                (last > from).then_some((from, last))
            })
            .collect();
        stretches.sort_unstable();
        stretches
    }
}

/// A minute of a local day as a moment; minute 1440 is the next midnight.
fn at(zone: &TimeZone, day: Date, minute: u16) -> Option<Timestamp> {
    let (day, minute) = if minute >= DAY {
        (day.checked_add(1.day()).ok()?, minute.checked_sub(DAY)?)
    } else {
        (day, minute)
    };
    let hour = i8::try_from(minute.checked_div(60)?).ok()?;
    let rest = i8::try_from(minute.checked_rem(60)?).ok()?;
    let time = Time::new(hour, rest, 0, 0).ok()?;
    zone.to_timestamp(day.to_datetime(time)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{Endpoint, LogMode, Place, Policy};

    fn site() -> Site {
        Site {
            holidays: ["2026-11-23".parse().unwrap()].into(),
            ..Policy::without_site().site
        }
    }

    fn flow(hours: Option<Hours>) -> Flow {
        Flow {
            id: "night".into(),
            place: Place {
                file: "flows.d/a.toml".into(),
                line: 1,
                column: 1,
            },
            from: Endpoint::Gateway,
            to: Endpoint::Gateway,
            services: Vec::new(),
            names: Vec::new(),
            via: None,
            purpose: String::new(),
            owner: String::new(),
            approved_by: String::new(),
            approved_on: "2026-04-01".parse().unwrap(),
            ticket: String::new(),
            expires: "2026-12-31".parse().unwrap(),
            clause: None,
            class: None,
            log: LogMode::Denied,
            hours,
            rate: None,
            trial_until: None,
            volume: crate::policy::Volume::default(),
        }
    }

    fn hours(windows: &[(u16, u16)], days: Days, holidays: Holidays) -> Hours {
        let windows = windows
            .iter()
            .map(|(first, last)| Window {
                first: *first,
                last: *last,
            })
            .collect();
        Hours {
            windows,
            days,
            holidays,
        }
    }

    /// `local` is a time in Tokyo.
    fn opening(flow: &Flow, local: &str) -> String {
        let zone = site().zone();
        let now = local.parse().unwrap();
        let now = zone.to_timestamp(now).unwrap();
        let shown = |at| zone.to_datetime(at).to_string();
        match flow.opening(&site(), now) {
            Opening::Open { until } => format!("open until {}", shown(until)),
            Opening::Closed { opens: Some(at) } => format!("opens {}", shown(at)),
            Opening::Closed { opens: None } => "ended".to_owned(),
        }
    }

    #[test]
    fn the_last_day_is_inclusive_and_local() {
        let mut plain = flow(None);
        assert_eq!(
            opening(&plain, "2026-12-31T23:59:59"),
            "open until 2027-01-01T00:00:00"
        );
        assert_eq!(opening(&plain, "2027-01-01T00:00:00"), "ended");
        plain.trial_until = Some("2026-11-30".parse().unwrap());
        assert_eq!(
            opening(&plain, "2026-11-30T12:00:00"),
            "open until 2026-12-01T00:00:00"
        );
        assert_eq!(opening(&plain, "2026-12-01T00:00:00"), "ended");
    }

    #[test]
    fn a_window_may_cross_midnight_and_belongs_to_the_day_it_begins() {
        // 22:00-05:00, Monday to Friday; 2026-11-27 is a Friday.
        let night = flow(Some(hours(
            &[(1320, 300)],
            Days(0b001_1111),
            Holidays::Same,
        )));
        assert_eq!(
            opening(&night, "2026-11-27T23:00:00"),
            "open until 2026-11-28T05:00:00"
        );
        assert_eq!(
            opening(&night, "2026-11-28T04:59:59"),
            "open until 2026-11-28T05:00:00"
        );
        assert_eq!(
            opening(&night, "2026-11-28T23:00:00"),
            "opens 2026-11-30T22:00:00"
        );
        assert_eq!(
            opening(&night, "2026-12-31T23:00:00"),
            "open until 2027-01-01T00:00:00"
        );
        assert_eq!(opening(&night, "2027-01-01T00:30:00"), "ended");
    }

    #[test]
    fn adjoining_windows_are_one_stretch() {
        let split = flow(Some(hours(
            &[(480, 720), (720, 1020), (1080, 1140)],
            Days::ALL,
            Holidays::Same,
        )));
        assert_eq!(
            opening(&split, "2026-11-25T09:00:00"),
            "open until 2026-11-25T17:00:00"
        );
        assert_eq!(
            opening(&split, "2026-11-25T17:30:00"),
            "opens 2026-11-25T18:00:00"
        );
        let whole = flow(Some(hours(&[(0, DAY)], Days(0b001_1111), Holidays::Same)));
        assert_eq!(
            opening(&whole, "2026-11-25T09:00:00"),
            "open until 2026-11-28T00:00:00"
        );
    }

    #[test]
    fn a_holiday_closes_or_opens_as_the_flow_says() {
        // 2026-11-23 is a Monday and a holiday.
        let at = |holidays, days| {
            opening(
                &flow(Some(hours(&[(540, 1020)], days, holidays))),
                "2026-11-23T10:00:00",
            )
        };
        assert_eq!(
            at(Holidays::Same, Days::ALL),
            "open until 2026-11-23T17:00:00"
        );
        assert_eq!(at(Holidays::Closed, Days::ALL), "opens 2026-11-24T09:00:00");
        assert_eq!(
            at(Holidays::Open, Days(0b100_0000)),
            "open until 2026-11-23T17:00:00"
        );
    }

    proptest! {
        /// What `opening` says of a moment holds for every minute up to the change.
        #[test]
        fn nothing_changes_before_it_was_said_to(
            windows in proptest::collection::vec((0_u16..1440, 1_u16..=1440), 1..4),
            days in 1_u8..128,
            start in 0_i64..20_000,
        ) {
            let windows: Vec<_> = windows.into_iter().filter(|(first, last)| first != last).collect();
            prop_assume!(!windows.is_empty());
            let flow = flow(Some(hours(&windows, Days(days), Holidays::Closed)));
            let base: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
            let moment = |minute: i64| Timestamp::from_second(base.as_second() + minute * 60).unwrap();
            let now = moment(start);
            let said = flow.opening(&site(), now);
            let open = |at| matches!(flow.opening(&site(), at), Opening::Open { .. });
            if let Some(change) = said.changes() {
                prop_assert!(change > now);
                let minutes = (change.as_second() - now.as_second()) / 60;
                for minute in (0..minutes).step_by(7) {
                    prop_assert_eq!(open(moment(start + minute)), open(now));
                }
                prop_assert_eq!(open(change), !open(now));
            }
        }
    }
}
