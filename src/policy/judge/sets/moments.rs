//! Hours as sets on one axis. A moment's kind is its day of the week, whether
//! that day and the day before are holidays (a window may have begun there),
//! and its minute; moments that no flow's hours tell apart share one number.
//!
//! Absent on purpose: days on which a clock is put forward or back.

use crate::policy::hours::{DAY, Days, Holidays, Hours};
use crate::policy::ranges::Ranges;

/// Kinds of days: day of the week, eve a holiday, day a holiday.
const KINDS: usize = 7 * 2 * 2;

/// Which distinct hours are open at which number.
#[derive(Debug)]
pub(super) struct Moments<'a> {
    /// Distinct hours, with the numbers at which each is open.
    known: Vec<(&'a Hours, Ranges)>,
    /// Every number.
    always: Ranges,
}

impl<'a> Moments<'a> {
    pub fn new(hours: impl Iterator<Item = &'a Hours>) -> Self {
        let mut distinct: Vec<&Hours> = Vec::new();
        for one in hours {
            if !distinct.contains(&one) {
                distinct.push(one);
            }
        }
        // Refined by one after the other: equal number, never told apart.
        let mut numbers = vec![0_usize; KINDS.saturating_mul(usize::from(DAY))];
        let mut count = 1_usize;
        for one in &distinct {
            let mut renamed: Vec<Option<usize>> = vec![None; count.saturating_mul(2)];
            count = 0;
            for (number, open) in numbers.iter_mut().zip(open(one)) {
                let key = number.saturating_mul(2).saturating_add(usize::from(open));
                let Some(name) = renamed.get_mut(key) else {
                    continue;
                };
                *number = *name.get_or_insert_with(|| {
                    count = count.saturating_add(1);
                    count.saturating_sub(1)
                });
            }
        }
        let number = |n: usize| u128::try_from(n).unwrap_or(u128::MAX);
        let known = distinct.into_iter().map(|one| {
            let at = numbers.iter().zip(open(one)).filter(|(_, open)| *open);
            let mut at: Vec<usize> = at.map(|(number, _)| *number).collect();
            at.sort_unstable();
            at.dedup();
            (
                one,
                at.into_iter().map(|n| (number(n), number(n))).collect(),
            )
        });
        Self {
            known: known.collect(),
            always: Ranges::between(0, number(count.saturating_sub(1))),
        }
    }

    /// When a flow with these hours is open.
    pub fn of(&self, hours: Option<&Hours>) -> Ranges {
        let Some(hours) = hours else {
            return self.always.clone();
        };
        let known = self.known.iter().find(|(one, _)| *one == hours);
        known.map(|(_, at)| at.clone()).unwrap_or_default()
    }
}

/// Open or not, for every kind of day and every minute of it.
fn open(hours: &Hours) -> Vec<bool> {
    let mut open = Vec::with_capacity(KINDS.saturating_mul(usize::from(DAY)));
    for weekday in 0..7_u8 {
        for (eve_is_holiday, is_holiday) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let begins = begins(hours, weekday, is_holiday);
            let began = begins_eve(hours, weekday, eve_is_holiday);
            for minute in 0..DAY {
                open.push(hours.windows.iter().any(|window| {
                    let over = window.last <= window.first;
                    let today = minute >= window.first && (over || minute < window.last);
                    (begins && today) || (began && over && minute < window.last)
                }));
            }
        }
    }
    open
}

fn begins_eve(hours: &Hours, weekday: u8, holiday: bool) -> bool {
    begins(hours, weekday.checked_sub(1).unwrap_or(6), holiday)
}

/// Do windows begin on this day of the week?
fn begins(hours: &Hours, weekday: u8, holiday: bool) -> bool {
    let Days(days) = hours.days;
    match (holiday, hours.holidays) {
        (true, Holidays::Closed) => false,
        (true, Holidays::Open) => true,
        (_, Holidays::Same) | (false, _) => days & (1 << weekday) != 0,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{Facts, Flow, Opening, Policy, Sources, Window, load};

    /// One of the sample's flows; only its hours matter here.
    static FLOW: std::sync::LazyLock<Flow> = std::sync::LazyLock::new(|| {
        let sources = Sources::new([
            (
                "sekimori.toml",
                include_str!("../../../../config/sekimori.toml"),
            ),
            (
                "flows.d/mail.toml",
                include_str!("../../../../config/flows.d/mail.toml"),
            ),
        ]);
        let facts = Facts::at("2026-11-18T00:00:00Z".parse().unwrap());
        let (policy, _) = load(&sources, &facts).unwrap();
        policy.flows[0].clone()
    });

    fn some_hours() -> impl Strategy<Value = Hours> {
        let window = (0_u16..1440, 1_u16..=1440)
            .prop_filter("a length", |(first, last)| first != last)
            .prop_map(|(first, last)| Window { first, last });
        let holidays = prop_oneof![
            Just(Holidays::Same),
            Just(Holidays::Closed),
            Just(Holidays::Open)
        ];
        (proptest::collection::vec(window, 1..3), 1_u8..128, holidays).prop_map(
            |(windows, days, holidays)| Hours {
                windows,
                days: Days(days),
                holidays,
            },
        )
    }

    proptest! {
        /// The axis and the clock of a live flow say the same.
        #[test]
        fn the_axis_says_what_a_flow_says(hours in some_hours(), other in some_hours(), minute in 0_i64..30_000) {
            let mut site = Policy::without_site().site;
            site.timezone = "UTC".into();
            site.holidays = ["2026-11-23", "2026-11-24", "2026-11-28"].map(|day| day.parse().unwrap()).into();
            let base: Timestamp = "2026-11-18T00:00:00Z".parse().unwrap();
            let now = Timestamp::from_second(base.as_second() + minute * 60).unwrap();
            let mut flow = FLOW.clone();
            flow.hours = Some(hours.clone());
            let said = matches!(flow.opening(&site, now), Opening::Open { .. });

            let local = site.zone().to_datetime(now);
            let holiday = |day| site.holidays.contains(&day);
            let kind = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap() * 4
                + usize::from(holiday(local.date().yesterday().unwrap())) * 2
                + usize::from(holiday(local.date()));
            let place = kind * 1440 + usize::try_from(local.hour()).unwrap() * 60
                + usize::try_from(local.minute()).unwrap();
            prop_assert_eq!(open(&hours)[place], said);

            // And the numbers keep apart what the hours keep apart.
            let moments = Moments::new([&hours, &other].into_iter());
            let (mine, theirs) = (moments.of(Some(&hours)), moments.of(Some(&other)));
            let (a, b) = (open(&hours), open(&other));
            let shared = a.iter().zip(&b).any(|(a, b)| *a && *b);
            prop_assert_eq!(mine.touches(&theirs), shared);
            let covered = a.iter().zip(&b).all(|(a, b)| *a || !*b);
            prop_assert_eq!(mine.covers(&theirs), covered);
            prop_assert!(moments.of(None).covers(&mine));
        }
    }
}
