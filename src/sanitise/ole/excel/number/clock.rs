//! Days and parts of days as dates and times, in the Western and the Japanese
//! calendar.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan as _};

use super::code::{Section, Token};

/// Where days are counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Clock {
    /// Day 1 is 1 January 1900, and 29 February 1900 is counted though it
    /// never was.
    #[default]
    From1900,
    /// Day 0 is 1 January 1904.
    From1904,
}

const DAY: f64 = 86_400.0;
/// 31 December 9999.
const LAST_DAY: f64 = 2_958_466.0;

struct Moment {
    year: i16,
    month: i8,
    day: i8,
    /// Monday is 0.
    weekday: usize,
    /// Since midnight, in milliseconds.
    millis: u64,
    /// Since day 0, in whole seconds.
    seconds: u64,
}

impl Clock {
    /// `None` where the number is no day.
    pub(super) fn shown(self, number: f64, section: &Section) -> Option<String> {
        if !(0.0..LAST_DAY).contains(&number) {
            return None;
        }
        let moment = self.moment(number, thousandths(section))?;
        let mut shown = String::new();
        for (at, token) in section.tokens.iter().enumerate() {
            moment.push(token, at, section, &mut shown);
        }
        Some(shown)
    }

    /// Rounded to what is shown, so that 59.9999 seconds are a minute.
    fn moment(self, number: f64, decimals: u32) -> Option<Moment> {
        let unit = 10u64.pow(decimals);
        // Between 0 and the last day, as the caller has seen.
        let parts = (number * DAY * unit as f64).round() as u64;
        let (seconds, millis) = (parts / unit, parts % unit * (1_000 / unit));
        let (days, second) = (i64::try_from(seconds / 86_400).ok()?, seconds % 86_400);
        let (year, month, day, weekday) = self.day(days)?;
        Some(Moment {
            year,
            month,
            day,
            weekday,
            millis: second * 1_000 + millis,
            seconds,
        })
    }

    fn day(self, days: i64) -> Option<(i16, i8, i8, usize)> {
        let (start, days) = match (self, days) {
            (Self::From1904, days) => (date(1904, 1, 1), days),
            (Self::From1900, 0) => return Some((1900, 1, 0, 5)),
            (Self::From1900, 60) => return Some((1900, 2, 29, 2)),
            (Self::From1900, 1..60) => (date(1899, 12, 31), days),
            (Self::From1900, days) => (date(1899, 12, 30), days),
        };
        let span: Span = days.try_into().ok().map(|days: i32| days.days())?;
        let found: Date = start.checked_add(span).ok()?;
        let weekday = usize::try_from(found.weekday().to_monday_zero_offset()).ok()?;
        Some((found.year(), found.month(), found.day(), weekday))
    }
}

/// Decimals of seconds that are shown, at most three.
fn thousandths(section: &Section) -> u32 {
    u32::try_from(section.decimals.clamp(0, 3)).unwrap_or(0)
}

impl Moment {
    fn push(&self, token: &Token, at: usize, section: &Section, shown: &mut String) {
        let tokens = &section.tokens;
        let hour = self.millis / 3_600_000;
        let text = match token {
            Token::Literal(text) => text.clone(),
            Token::Date('y', ..=2) => format!("{:02}", self.year % 100),
            Token::Date('y', _) => format!("{:04}", self.year),
            Token::Date('m', length) if is_minute(tokens, at) => {
                two(self.millis / 60_000 % 60, *length)
            }
            Token::Date('m', length) => self.month(*length),
            Token::Date('d', length) => match length {
                ..=2 => two(u64::from(self.day.unsigned_abs()), *length),
                3 => pick(
                    &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
                    self.weekday,
                ),
                _ => pick(&DAYS, self.weekday),
            },
            Token::Date('a', ..=3) => {
                pick(&["月", "火", "水", "木", "金", "土", "日"], self.weekday)
            }
            Token::Date('a', _) => {
                pick(&["月", "火", "水", "木", "金", "土", "日"], self.weekday) + "曜日"
            }
            Token::Date('h', length) => two(
                if section.halves {
                    (hour + 11) % 12 + 1
                } else {
                    hour
                },
                *length,
            ),
            Token::Date('s', length) => two(self.millis / 1_000 % 60, *length),
            Token::Date('g', length) => self.era().map_or(String::new(), |era| era.name(*length)),
            Token::Date('e', length) => self.japanese_year(*length, tokens),
            Token::Elapsed('h') => (self.seconds / 3_600).to_string(),
            Token::Elapsed('m') => (self.seconds / 60).to_string(),
            Token::Elapsed(_) => self.seconds.to_string(),
            Token::Half(morning, _) if hour < 12 => (*morning).to_owned(),
            Token::Half(_, evening) => (*evening).to_owned(),
            Token::Point => ".".to_owned(),
            Token::Digit(_) => self.decimal(tokens, at),
            Token::Fraction => "/".to_owned(),
            Token::Date(..) | Token::Percent | Token::Exponent(_) | Token::General => String::new(),
        };
        shown.push_str(&text);
    }

    fn month(&self, length: usize) -> String {
        let name = usize::from(self.month.unsigned_abs()).saturating_sub(1);
        let cut = |count: usize| pick(&MONTHS, name).chars().take(count).collect();
        match length {
            ..=2 => two(u64::from(self.month.unsigned_abs()), length),
            3 => cut(3),
            5 => cut(1),
            _ => pick(&MONTHS, name),
        }
    }

    /// A digit of the seconds' fraction: the first behind the point, or the next.
    fn decimal(&self, tokens: &[Token], at: usize) -> String {
        let before = tokens.get(..at).unwrap_or_default();
        let index = before
            .iter()
            .rev()
            .take_while(|t| matches!(t, Token::Digit(_)))
            .take(3)
            .count();
        let digits = format!("{:03}", self.millis % 1_000);
        digits
            .chars()
            .nth(index)
            .map_or("0".to_owned(), |c| c.to_string())
    }

    fn era(&self) -> Option<&'static Era> {
        let day = (self.year, self.month, self.day);
        ERAS.iter().find(|era| day >= era.first)
    }

    /// The year of the era; without an era's name and in other languages the
    /// year as it is.
    fn japanese_year(&self, length: usize, tokens: &[Token]) -> String {
        let named = tokens
            .iter()
            .any(|token| matches!(token, Token::Date('g', _)));
        match self.era().filter(|_| named) {
            Some(era) => {
                let year = self.year - era.first.0 + 1;
                two(u64::from(year.unsigned_abs()), length)
            }
            None => self.year.to_string(),
        }
    }
}

struct Era {
    first: (i16, i8, i8),
    names: [&'static str; 3],
}

impl Era {
    fn name(&self, length: usize) -> String {
        pick(&self.names, length.clamp(1, 3) - 1)
    }
}

const ERAS: [Era; 5] = [
    era((2019, 5, 1), ["R", "令", "令和"]),
    era((1989, 1, 8), ["H", "平", "平成"]),
    era((1926, 12, 25), ["S", "昭", "昭和"]),
    era((1912, 7, 30), ["T", "大", "大正"]),
    era((1868, 1, 25), ["M", "明", "明治"]),
];

const fn era(first: (i16, i8, i8), names: [&'static str; 3]) -> Era {
    Era { first, names }
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn pick(names: &[&str], index: usize) -> String {
    names.get(index).copied().unwrap_or_default().to_owned()
}

fn two(number: u64, length: usize) -> String {
    if length >= 2 {
        format!("{number:02}")
    } else {
        number.to_string()
    }
}

/// `m` is a minute behind an hour or before a second (18.8.31).
fn is_minute(tokens: &[Token], at: usize) -> bool {
    let date = |token: &&Token| matches!(token, Token::Date(..) | Token::Elapsed(_));
    let before = tokens.get(..at).unwrap_or_default().iter().rev().find(date);
    let after = tokens.get(at + 1..).unwrap_or_default().iter().find(date);
    matches!(before, Some(Token::Date('h', _) | Token::Elapsed('h')))
        || matches!(after, Some(Token::Date('s', _) | Token::Elapsed('s')))
}
