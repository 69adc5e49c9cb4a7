//! What bounds a flow beyond its ends and services: hours, days and holidays,
//! a rate, a trial with its end, bytes a day. What cannot be read is noted
//! and never taken as "unbounded".

use jiff::civil::Date;

use super::{Item, Node, one_of};
use crate::policy::diagnostic::Notes;
use crate::policy::hours::{DAY, Days, Holidays, Hours, Window};
use crate::policy::model::{Per, Rate};
use crate::policy::source::{Located, Span};
use crate::policy::text::{Text, bounded, escape_hostile};

/// The bounds of a flow as written.
#[derive(Debug, Default)]
pub struct Bounds {
    /// When it is open; none means always.
    pub hours: Option<Hours>,
    /// Where `holidays` says something that needs `[site] holidays`.
    pub holidays: Option<Span>,
    /// New connections per source.
    pub rate: Option<Rate>,
    /// `mode = "report"`.
    pub trial: Option<Trial>,
    /// `upload`, bytes a day.
    pub upload: Option<Located<u64>>,
    /// `download`, bytes a day.
    pub download: Option<Located<u64>>,
}

/// A trial as written.
#[derive(Debug)]
pub struct Trial {
    /// Where `mode` stands.
    pub mode: Span,
    /// `report_until`; its absence is a mistake (E10).
    pub until: Option<Located<Date>>,
}

pub(super) fn bounds(node: &Node<'_>, notes: &mut Notes<'_>) -> Bounds {
    let (hours, holidays) = hours(node, notes);
    let rate = node.item("rate").and_then(|item| rate(notes, item));
    Bounds {
        hours,
        holidays,
        rate,
        trial: trial(node, notes),
        upload: volume(node, "upload", notes),
        download: volume(node, "download", notes),
    }
}

/// Most windows of one day: more is a slip of the pen.
const WINDOWS: usize = 24;

fn hours(node: &Node<'_>, notes: &mut Notes<'_>) -> (Option<Hours>, Option<Span>) {
    let (hours, days) = (node.item("hours"), node.item("days"));
    let holidays = node.item("holidays").and_then(|item| {
        let words = [
            ("same", Holidays::Same),
            ("closed", Holidays::Closed),
            ("open", Holidays::Open),
        ];
        one_of(notes, "S04", item, &words)
    });
    for item in [hours, days].into_iter().flatten() {
        if item.one_or_more().is_empty() {
            let message = Text::new("空の配列です", "an empty list");
            notes.error("S04", &item.span(), message, None);
        }
    }
    let windows = hours.map(|item| windows(notes, item));
    let days = days.map(|item| {
        let texts = item.texts(notes);
        texts
            .iter()
            .filter_map(|text| read_days(notes, text))
            .fold(Days(0), |all, some| Days(all.0 | some.0))
    });
    let exception = holidays
        .as_ref()
        .filter(|holidays| holidays.value != Holidays::Same);
    let needs_list = exception.map(|holidays| holidays.span.clone());
    if windows.is_none() && days.is_none() && exception.is_none() {
        return (None, None);
    }
    let whole_day = Window {
        first: 0,
        last: DAY,
    };
    let hours = Hours {
        windows: windows.unwrap_or_else(|| vec![whole_day]),
        days: days.unwrap_or(Days::ALL),
        holidays: holidays.map(|holidays| holidays.value).unwrap_or_default(),
    };
    (Some(hours), needs_list)
}

fn windows(notes: &mut Notes<'_>, item: Item<'_>) -> Vec<Window> {
    let texts = item.texts(notes);
    if texts.len() > WINDOWS {
        let message = Text::new("時間帯が多すぎます", "too many windows");
        notes.error("S04", &item.span(), message, None);
    }
    let mut windows: Vec<Window> = texts
        .iter()
        .filter_map(|text| {
            let window = parse_window(&text.value);
            if window.is_none() {
                let shown = escape_hostile(&bounded(&text.value, 60));
                let message = Text::new(
                    format!("\"{shown}\" は時間帯として読めません"),
                    format!("\"{shown}\" cannot be read as hours"),
                );
                let hint = Text::new(
                    "例: \"08:30-17:15\"、夜間は \"22:00-05:00\"、終日は \"00:00-24:00\"",
                    "such as \"08:30-17:15\", over midnight \"22:00-05:00\", all day \"00:00-24:00\"",
                );
                notes.error("S04", &text.span, message, Some(hint));
            }
            window
        })
        .collect();
    windows.sort_unstable();
    windows.dedup();
    windows
}

/// `08:30-17:15`; the end may be `24:00`, and may lie on the next day.
fn parse_window(text: &str) -> Option<Window> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (minute(first.trim())?, minute(last.trim())?);
    if first >= DAY || first == last {
        return None;
    }
    let last = if last == 0 { DAY } else { last };
    Some(Window { first, last }).filter(|_| (first, last) != (0, 0))
}

/// Minutes since midnight; 24:00 is the day's end.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|_| plain)
    };
    let (hour, minute) = (two(hour)?, two(minute).filter(|_| minute.len() == 2)?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= DAY).then_some(at)
}

const WEEK: [(&str, &str); 7] = [
    ("mon", "月"),
    ("tue", "火"),
    ("wed", "水"),
    ("thu", "木"),
    ("fri", "金"),
    ("sat", "土"),
    ("sun", "日"),
];

fn read_days(notes: &mut Notes<'_>, text: &Located<String>) -> Option<Days> {
    let days = parse_days(&text.value);
    if days.is_none() {
        let shown = escape_hostile(&bounded(&text.value, 60));
        let message = Text::new(
            format!("\"{shown}\" は曜日として読めません"),
            format!("\"{shown}\" cannot be read as days of the week"),
        );
        let hint = Text::new(
            "例: \"月-金\"、\"土,日\"、\"mon-fri\"",
            "such as \"mon-fri\" or \"sat,sun\"",
        );
        notes.error("S04", &text.span, message, Some(hint));
    }
    days
}

/// `mon-fri`, `sat,sun`, `月-金`; a range may go over the week's end.
fn parse_days(text: &str) -> Option<Days> {
    let index = |word: &str| {
        let word = word.trim().to_ascii_lowercase();
        WEEK.iter().position(|(en, ja)| word == *en || word == *ja)
    };
    let mut days = Days(0);
    for part in text.split([',', '、']) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (index(first)?, index(last)?);
        let mut day = first;
        loop {
            days.0 |= 1 << day;
            if day == last {
                break;
            }
            day = if day >= 6 { 0 } else { day.saturating_add(1) };
        }
    }
    Some(days)
}

/// Most connections of a rate: above it there is no limit to speak of.
const FASTEST: u32 = 100_000;

fn rate(notes: &mut Notes<'_>, item: Item<'_>) -> Option<Rate> {
    let text = item.text(notes)?;
    let rate = parse_rate(&text.value);
    if rate.is_none() {
        let shown = escape_hostile(&bounded(&text.value, 60));
        let message = Text::new(
            format!("\"{shown}\" は頻度として読めません"),
            format!("\"{shown}\" cannot be read as a rate"),
        );
        let hint = Text::new(
            format!("例: \"30/minute\" (second、minute、hour。1 から {FASTEST} まで)"),
            format!("such as \"30/minute\" (second, minute or hour; 1 to {FASTEST})"),
        );
        notes.error("S04", &text.span, message, Some(hint));
    }
    rate
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (count, per) = text.split_once('/')?;
    let (count, per) = (count.trim(), per.trim());
    let per = match per {
        "second" => Per::Second,
        "minute" => Per::Minute,
        "hour" => Per::Hour,
        _ => return None,
    };
    let plain = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let connections = count.parse().ok().filter(|_| plain)?;
    (1..=FASTEST)
        .contains(&connections)
        .then_some(Rate { connections, per })
}

/// `mode`: "open" is a word of other products, and never one of ours.
fn trial(node: &Node<'_>, notes: &mut Notes<'_>) -> Option<Trial> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Mode {
        Enforce,
        Report,
        Open,
    }
    let modes = [
        ("enforce", Mode::Enforce),
        ("report", Mode::Report),
        ("open", Mode::Open),
    ];
    let mode = node
        .item("mode")
        .and_then(|item| one_of(notes, "S04", item, &modes));
    let until_item = node.item("report_until");
    let until = until_item.and_then(|item| item.date(notes));
    match mode.as_ref().map(|mode| mode.value) {
        Some(Mode::Report) => mode.map(|mode| Trial {
            mode: mode.span,
            until,
        }),
        Some(Mode::Open) => {
            let message = Text::new(
                "終わりのない開放 (mode = \"open\") は書けません",
                "mode = \"open\" would never end; it does not exist here",
            );
            let hint = Text::new(
                "試行は mode = \"report\" と report_until = 日付 で",
                "for a trial write mode = \"report\" with report_until = a date",
            );
            if let Some(mode) = mode {
                notes.error("E10", &mode.span, message, Some(hint));
            }
            None
        }
        Some(Mode::Enforce) | None => {
            if let Some(item) = until_item {
                let message = Text::new(
                    "report_until は mode = \"report\" の許可にだけ書けます",
                    "`report_until` belongs to mode = \"report\" only",
                );
                notes.error("S04", &item.span(), message, None);
            }
            None
        }
    }
}

/// `"50MB/day"`.
fn volume(node: &Node<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<Located<u64>> {
    let text = node.item(key)?.text(notes)?;
    let size = text
        .value
        .strip_suffix("/day")
        .and_then(|size| super::table::parse_size(size.trim()))
        .filter(|bytes| *bytes > 0);
    if size.is_none() {
        let message = Text::new(
            "一日あたりの量として読めません",
            "cannot be read as bytes a day",
        );
        let hint = Text::new("例: \"50MB/day\"", "such as \"50MB/day\"");
        notes.error("S04", &text.span, message, Some(hint));
    }
    size.map(|bytes| text.with(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_strictly() {
        let read = |text| parse_window(text).map(|window| (window.first, window.last));
        assert_eq!(read("01:00-05:00"), Some((60, 300)));
        assert_eq!(read("22:00-05:00"), Some((1_320, 300)));
        assert_eq!(read("8:30-24:00"), Some((510, DAY)));
        assert_eq!(read("22:00-00:00"), Some((1_320, DAY)));
        assert_eq!(read("00:00-24:00"), Some((0, DAY)));
        for wrong in [
            "",
            "1-5",
            "24:00-01:00",
            "05:00-05:00",
            "00:00-00:00",
            "08:60-09:00",
            "25:00-26:00",
            "24:01-25:00",
            "+8:00-9:00",
            "08:00",
            "08:00-09:00-10:00",
            "08:0-09:00",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_read_in_both_languages() {
        let read = |text| parse_days(text).map(|days| days.0);
        assert_eq!(read("mon-fri"), Some(0b001_1111));
        assert_eq!(read("月-金"), Some(0b001_1111));
        assert_eq!(read("土、日"), Some(0b110_0000));
        assert_eq!(read("Sat, Sun"), Some(0b110_0000));
        assert_eq!(read("fri-mon"), Some(0b111_0001));
        assert_eq!(read("wed"), Some(0b000_0100));
        for wrong in [
            "",
            "-",
            "mon-",
            "平日",
            "mon fri",
            "mon-fri-sun",
            "1-5",
            "mon,,tue",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_bounded() {
        assert_eq!(
            parse_rate("30/minute"),
            Some(Rate {
                connections: 30,
                per: Per::Minute
            })
        );
        for wrong in [
            "",
            "30",
            "0/second",
            "-1/second",
            "100001/hour",
            "30/day",
            "x/minute",
            "+3/hour",
        ] {
            assert_eq!(parse_rate(wrong), None, "{wrong}");
        }
    }
}
