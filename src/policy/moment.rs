//! A moment as people read it: in the time of their site, with the zone's
//! sign, `2026-11-27 23:05:41 JST`. What machines read (records, `--json`,
//! rules, protocols) is UTC and RFC 3339, and has nothing to do with this room.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::model::Site;
use super::text::escape_hostile;

/// To the second: what was done, seen or recorded, and when a trial ends.
#[must_use]
pub fn second(zone: &TimeZone, at: Timestamp) -> String {
    shown(zone, at, "%Y-%m-%d %H:%M:%S %Z")
}

/// To the minute: what is agreed upon in minutes, and what is told in passing.
#[must_use]
pub fn minute(zone: &TimeZone, at: Timestamp) -> String {
    shown(zone, at, "%Y-%m-%d %H:%M %Z")
}

/// A recorded moment (RFC 3339), to the second; words that are none stay.
#[must_use]
pub fn recorded(zone: &TimeZone, words: &str) -> String {
    words
        .parse()
        .map_or_else(|_| escape_hostile(words), |at| second(zone, at))
}

fn shown(zone: &TimeZone, at: Timestamp, shape: &str) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime(shape)
        .to_string()
}

/// The zone of that name; UTC where there is none (`check` refuses that), and
/// what is shown says so.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

impl Site {
    /// Its time zone.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        zone(&self.timezone)
    }
}

/// The local day of a moment at this site.
#[must_use]
pub fn local_day(site: &Site, now: Timestamp) -> Date {
    site.zone().to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, at: &str) -> [String; 2] {
        let (zone, at) = (zone(name), at.parse().unwrap());
        [second(&zone, at), minute(&zone, at)]
    }

    #[test]
    fn the_day_is_the_site_s_own() {
        assert_eq!(
            shown("Asia/Tokyo", "2026-11-27T14:59:59.9Z"),
            ["2026-11-27 23:59:59 JST", "2026-11-27 23:59 JST"]
        );
        assert_eq!(
            shown("Asia/Tokyo", "2026-11-27T15:30:00Z"),
            ["2026-11-28 00:30:00 JST", "2026-11-28 00:30 JST"]
        );
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_by_its_sign() {
        assert_eq!(
            shown("Europe/Berlin", "2026-10-25T00:30:00Z")[0],
            "2026-10-25 02:30:00 CEST"
        );
        assert_eq!(
            shown("Europe/Berlin", "2026-10-25T01:30:00Z")[0],
            "2026-10-25 02:30:00 CET"
        );
    }

    #[test]
    fn without_a_known_zone_it_is_utc_and_says_so() {
        assert_eq!(
            shown("Asia/Edo", "2026-11-27T15:30:00Z"),
            ["2026-11-27 15:30:00 UTC", "2026-11-27 15:30 UTC"]
        );
    }

    #[test]
    fn a_recorded_moment_is_read_and_anything_else_stays() {
        let tokyo = zone("Asia/Tokyo");
        assert_eq!(
            recorded(&tokyo, "2026-11-27T15:30:00.123456789Z"),
            "2026-11-28 00:30:00 JST"
        );
        assert_eq!(recorded(&tokyo, "-"), "-");
    }
}
