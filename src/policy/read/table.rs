//! One TOML table, key by key: what was asked for is known, what is left
//! over is a mistake with a suggestion. No key is ever ignored in silence.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::policy::diagnostic::{Notes, names_secret};
use crate::policy::similar;
use crate::policy::source::{Located, Span};
use crate::policy::text::{Text, bounded, escape_hostile, is_deceptive};

/// Longest text in the configuration, in characters.
const LONGEST: usize = 500;

/// A value with its place.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    file: usize,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    /// Where it stands.
    pub fn span(&self) -> Span {
        Span {
            file: self.file,
            range: self.value.span(),
        }
    }

    fn wrong_type(&self, notes: &mut Notes<'_>, wanted: &Text) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => Text::new("文字列", "a string"),
            DeValue::Integer(_) => Text::new("整数", "an integer"),
            DeValue::Float(_) => Text::new("小数", "a float"),
            DeValue::Boolean(_) => Text::new("真偽値", "a boolean"),
            DeValue::Datetime(_) => Text::new("日時", "a date or time"),
            DeValue::Array(_) => Text::new("配列", "an array"),
            DeValue::Table(_) => Text::new("表", "a table"),
        };
        let message = Text::new(
            format!("{}が必要ですが、{}が書かれています", wanted.ja, found.ja),
            format!("expected {}, found {}", wanted.en, found.en),
        );
        notes.error("S02", &self.span(), message, None);
    }

    /// A non-empty text without control or invisible characters.
    pub fn text(&self, notes: &mut Notes<'_>) -> Option<Located<String>> {
        let DeValue::String(text) = self.value.get_ref() else {
            self.wrong_type(notes, &Text::new("文字列", "a string"));
            return None;
        };
        let fault = if text.trim().is_empty() {
            Text::new("空の文字列です", "an empty string")
        } else if text.chars().count() > LONGEST {
            Text::new(
                format!("{LONGEST} 文字を超えています"),
                format!("longer than {LONGEST} characters"),
            )
        } else if text.chars().any(is_deceptive) {
            Text::new(
                "制御文字または見えない文字が含まれています",
                "contains control or invisible characters",
            )
        } else {
            return Some(Located {
                value: text.to_string(),
                span: self.span(),
            });
        };
        notes.error("S04", &self.span(), fault, None);
        None
    }

    /// A whole number within `range`.
    pub fn integer(
        &self,
        notes: &mut Notes<'_>,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let DeValue::Integer(integer) = self.value.get_ref() else {
            self.wrong_type(notes, &Text::new("整数", "an integer"));
            return None;
        };
        let value = u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix());
        self.within(notes, value.ok(), range)
    }

    /// Bytes: a whole number, or `"50MB"`, `"512MiB"`.
    pub fn size(&self, notes: &mut Notes<'_>, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let DeValue::String(text) = self.value.get_ref() else {
            return self.integer(notes, range);
        };
        let value = parse_size(text);
        if value.is_none() {
            let message = Text::new("大きさとして読めません", "not a size");
            let hint = Text::new("例: \"50MB\"、\"512MiB\"", "such as \"50MB\" or \"512MiB\"");
            notes.error("S04", &self.span(), message, Some(hint));
            return None;
        }
        self.within(notes, value, range)
    }

    fn within(
        &self,
        notes: &mut Notes<'_>,
        value: Option<u64>,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        if let Some(value) = value.filter(|value| range.contains(value)) {
            return Some(value);
        }
        let (first, last) = (range.start(), range.end());
        let message = Text::new("値が範囲の外です", "out of range");
        let hint = Text::new(
            format!("{first} から {last} まで"),
            format!("from {first} to {last}"),
        );
        notes.error("S04", &self.span(), message, Some(hint));
        None
    }

    /// A local day, written without quotes (TOML local date).
    pub fn date(&self, notes: &mut Notes<'_>) -> Option<Located<Date>> {
        if let DeValue::Datetime(written) = self.value.get_ref()
            && let (Some(day), None, None) = (written.date, written.time, written.offset)
        {
            let part = |n: u8| i8::try_from(n).unwrap_or(0);
            let year = i16::try_from(day.year).unwrap_or(0);
            if let Ok(date) = Date::new(year, part(day.month), part(day.day)) {
                return Some(Located {
                    value: date,
                    span: self.span(),
                });
            }
        }
        let message = Text::new("日付が必要です", "a date is needed");
        let hint = Text::new(
            "引用符なしで 2027-03-31 のように",
            "without quotes, such as 2027-03-31",
        );
        notes.error("S02", &self.span(), message, Some(hint));
        None
    }

    /// The elements of an array, or the value itself as the only one.
    pub fn one_or_more(&self) -> Vec<Item<'a>> {
        match self.value.get_ref() {
            DeValue::Array(array) => array
                .iter()
                .map(|value| Item {
                    file: self.file,
                    value,
                })
                .collect(),
            _ => vec![*self],
        }
    }

    /// Texts: one, or an array of them.
    pub fn texts(&self, notes: &mut Notes<'_>) -> Vec<Located<String>> {
        self.one_or_more()
            .iter()
            .filter_map(|item| item.text(notes))
            .collect()
    }

    /// A table.
    pub fn table(&self, notes: &mut Notes<'_>) -> Option<Node<'a>> {
        let DeValue::Table(table) = self.value.get_ref() else {
            self.wrong_type(notes, &Text::new("表", "a table"));
            return None;
        };
        Some(Node::new(self.file, table, self.value.span()))
    }

    /// Text or a number: what could be a secret.
    pub fn is_literal(&self) -> bool {
        matches!(
            self.value.get_ref(),
            DeValue::String(_) | DeValue::Integer(_)
        )
    }
}

/// What a missing key could look like.
fn example(key: &str) -> Option<&'static str> {
    Some(match key {
        "id" => "id = \"office-gyomu\"",
        "from" => "from = \"office:madoguchi\"",
        "to" => "to = \"lgwan:gyomu-web\"",
        "purpose" => "purpose = \"窓口端末からの業務システム利用\"",
        "owner" => "owner = \"sato\"",
        "approved" => "approved = { by = \"ciso\", on = 2026-10-15, ticket = \"情セ-R8-021\" }",
        "by" => "by = \"ciso\"",
        "on" => "on = 2026-10-15",
        "ticket" => "ticket = \"情セ-R8-021\"",
        "expires" => "expires = 2027-09-30",
        "kind" => "kind = \"internal\" (internet, lgwan, internal, partner, management)",
        "interfaces" => "interfaces = [\"lan0\"]",
        "networks" => "networks = [\"10.1.0.0/16\"]",
        "address" => "address = \"10.1.30.10\"",
        "zone" => "zone = \"lgwan\"",
        "timezone" => "timezone = \"Asia/Tokyo\"",
        "review_days" => "review_days = 365",
        "schema" => "schema = 1",
        _ => return None,
    })
}

/// The words of a size: `50MB`, `512MiB`, `4096`.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(factor)
}

/// A table that is being read.
#[derive(Debug)]
pub struct Node<'a> {
    file: usize,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Node<'a> {
    /// Starts to read a table.
    pub fn new(file: usize, table: &'a DeTable<'a>, span: Range<usize>) -> Self {
        Self {
            file,
            table,
            span,
            asked: RefCell::default(),
        }
    }

    /// Where the table begins (its header, or its brace).
    pub fn span(&self) -> Span {
        Span {
            file: self.file,
            range: self.span.clone(),
        }
    }

    /// The value of `key`, if it is written.
    pub fn item(&self, key: &'static str) -> Option<Item<'a>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key).map(|value| Item {
            file: self.file,
            value,
        })
    }

    /// The value of `key`; its absence is a mistake of the table.
    pub fn required(
        &self,
        notes: &mut Notes<'_>,
        code: &'static str,
        key: &'static str,
        meaning: &str,
    ) -> Option<Item<'a>> {
        let item = self.item(key);
        let place = match &item {
            None => self.span(),
            // An empty list could be read as "all" further on: never let in.
            Some(item) if item.one_or_more().is_empty() => item.span(),
            Some(_) => return item,
        };
        let message = Text::new(
            format!("{meaning} ({key}) が必要です"),
            format!("`{key}` is required here"),
        );
        let hint = example(key).map(|example| Text::new(example, example));
        notes.error(code, &place, message, hint);
        item
    }

    /// A required text.
    pub fn text(
        &self,
        notes: &mut Notes<'_>,
        key: &'static str,
        meaning: &str,
    ) -> Option<Located<String>> {
        self.required(notes, "S05", key, meaning)?.text(notes)
    }

    /// An optional text.
    pub fn optional(&self, notes: &mut Notes<'_>, key: &'static str) -> Option<Located<String>> {
        self.item(key)?.text(notes)
    }

    /// A whole number, with its default.
    pub fn number(
        &self,
        notes: &mut Notes<'_>,
        key: &'static str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        let range = u64::from(*range.start())..=u64::from(*range.end());
        let value = self.item(key).and_then(|item| item.integer(notes, range));
        value
            .and_then(|value| u32::try_from(value).ok())
            .unwrap_or(default)
    }

    /// A size in bytes, with its default.
    pub fn bytes(
        &self,
        notes: &mut Notes<'_>,
        key: &'static str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        self.item(key)
            .and_then(|item| item.size(notes, range))
            .unwrap_or(default)
    }

    /// Every key with its value, for tables whose keys are names.
    pub fn entries(&self) -> Vec<(Located<String>, Item<'a>)> {
        let entry = |(key, value): (&Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &Spanned<std::borrow::Cow<'_, str>> = key;
            let span = Span {
                file: self.file,
                range: key.span(),
            };
            let name = Located {
                value: key.get_ref().to_string(),
                span,
            };
            (
                name,
                Item {
                    file: self.file,
                    value,
                },
            )
        };
        self.table.iter().map(entry).collect()
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self, notes: &mut Notes<'_>) {
        let known = self.asked.borrow();
        for (key, item) in self.entries() {
            if known.contains(key.value.as_str()) || (names_secret(&key.value) && item.is_literal())
            {
                continue; // an inline secret is told by E23
            }
            let name = escape_hostile(&bounded(&key.value, 60));
            let message = Text::new(
                format!("項目 \"{name}\" はありません"),
                format!("unknown key \"{name}\""),
            );
            let names = known.iter().copied();
            notes.error(
                "S03",
                &key.span,
                message,
                similar::suggest(&key.value, names),
            );
        }
    }
}
