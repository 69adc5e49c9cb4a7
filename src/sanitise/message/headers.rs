//! The header fields that are re-emitted (interface.md section 5), as parsed
//! values. All others are gone from here on.

use mail_parser::DateTime;

use super::address;
use super::field::{Field, unfold};
use super::words;
use crate::policy::text::bounded;
use crate::sanitise::protocol::Headers;
use crate::sanitise::{Refusal, Report, What};

/// The most msg-ids of `References` that are kept: the newest.
const MOST_REFERENCES: usize = 100;

/// Reads the fields of a message.
pub(super) fn read(fields: &[Field<'_>], report: &mut Report) -> Result<Headers, Refusal> {
    let all = |name: &'static str| {
        fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.value)
    };
    let mut first = |name: &'static str| {
        let mut found = all(name);
        let value = found.next();
        if found.next().is_some() {
            report.removed(What::DuplicateEntry, &format!("header {name}"));
        }
        value
    };
    // Two authors' fields: readers show one or the other (RFC 5322 section 3.6).
    if all("from").count() > 1 {
        return Err(Refusal::Malformed);
    }
    let text = |value: Option<&[u8]>, most: usize| {
        value.map(|raw| bounded(&words::unstructured(raw), most))
    };
    let token = |value: Option<&[u8]>| {
        text(value, 100).filter(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        })
    };
    let one = |value: Option<&[u8]>| {
        value
            .map(address::list)
            .and_then(|list| list.into_iter().next())
    };
    let many = |value: Option<&[u8]>| value.map(address::list).unwrap_or_default();
    let mut references = message_ids(first("references"));
    let newest = references.len().saturating_sub(MOST_REFERENCES);
    Ok(Headers {
        untrusted_from: many(first("from")),
        untrusted_sender: one(first("sender")),
        untrusted_to: many(first("to")),
        untrusted_cc: many(first("cc")),
        untrusted_reply_to: many(first("reply-to")),
        untrusted_subject: text(first("subject"), 2_000),
        date: first("date").and_then(date),
        untrusted_message_id: message_ids(first("message-id")).into_iter().next(),
        untrusted_in_reply_to: message_ids(first("in-reply-to"))
            .into_iter()
            .take(20)
            .collect(),
        untrusted_references: references.split_off(newest),
        untrusted_list_id: text(first("list-id"), 500),
        untrusted_list_post: text(first("list-post"), 500),
        untrusted_auto_submitted: token(first("auto-submitted")),
        untrusted_importance: token(first("importance")),
        received: u32::try_from(all("received").count()).unwrap_or(u32::MAX),
        japanese: false,
    })
}

fn date(raw: &[u8]) -> Option<(i64, i32)> {
    let line = unfold(raw);
    let read = DateTime::parse_rfc822(&String::from_utf8_lossy(&line))?;
    let minutes = i32::from(read.tz_hour) * 60 + i32::from(read.tz_minute);
    let offset = if read.tz_before_gmt {
        -minutes
    } else {
        minutes
    };
    let plausible = (1970..=9999).contains(&read.year) && offset.abs() < 24 * 60;
    (read.is_valid() && plausible).then(|| (read.to_timestamp(), offset))
}

/// What stands in angle brackets, where it is visible ASCII of sane length.
fn message_ids(raw: Option<&[u8]>) -> Vec<String> {
    let line = raw.map(unfold).unwrap_or_default();
    let text = String::from_utf8_lossy(&line);
    text.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(id, _)| id.trim()))
        .filter(|id| {
            (3..=250).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'<')
        })
        .map(str::to_owned)
        .collect()
}

/// Whether `text` has kana or kanji.
pub(super) fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xFF66..=0xFF9F))
}
