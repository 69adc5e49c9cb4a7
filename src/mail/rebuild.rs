//! Writes the new mail from clean parts and parsed header values. Pure.
//! Promised: nothing of the original's bytes is in it; its one form is that of
//! [`compose`].

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::envelope::Envelope;
use super::field;
use super::name;
use super::notice;
use super::record::Outcome;
use super::treat::Treated;
use crate::policy::Policy;
use crate::sanitise::protocol::{Headers, Mailbox, Place};
use crate::sanitise::{Kind, Refusal, Report, html};

pub use self::compose::{Letter, Page, Part};

mod compose;

/// All that a rebuilt mail is made of.
#[derive(Clone, Copy, Debug)]
pub struct RebuildInput<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// Who sent what to whom.
    pub envelope: &'a Envelope,
    /// Number of the variant, from 1.
    pub variant: u32,
    /// Parsed header values.
    pub headers: &'a Headers,
    /// What the message itself carried and nobody gets.
    pub report: &'a Report,
    /// The parts after treatment, in order.
    pub treated: &'a [(Place, Treated)],
    /// When it is written.
    pub now: Timestamp,
}

/// All that a notice about a held mail is made of.
#[derive(Clone, Copy, Debug)]
pub struct HeldInput<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// Who sent what to whom.
    pub envelope: &'a Envelope,
    /// Parsed header values, where the mail could be read that far.
    pub headers: Option<&'a Headers>,
    /// Why it is held.
    pub reason: Refusal,
    /// When it is written.
    pub now: Timestamp,
}

pub(super) fn write(input: &RebuildInput<'_>) -> Vec<u8> {
    let (envelope, headers) = (input.envelope, input.headers);
    let host = &input.policy.mail.hostname;
    let mut head = received(input.policy, envelope);
    field::text(
        &mut head,
        "Authentication-Results",
        &format!("{}; none", plain(host)),
    );
    originator(
        &mut head,
        headers,
        envelope.received_at,
        &format!("{}@{}", envelope.id, plain(host)),
    );
    field::text(
        &mut head,
        "X-Sekimori-Id",
        &format!("{}.{}", envelope.id, input.variant),
    );
    field::text(&mut head, "X-Sekimori-Result", &result(input));
    let (names, pages, parts) = attachments(input.treated);
    let body = notice::without_false_notice(&body(input.treated)) + &notice::block(input, &names);
    let letter = Letter {
        body: &body,
        pages: &pages,
        parts: &parts,
    };
    compose::compose(&head, &letter)
}

/// A message inside a mail, written anew from its clean parts: the same form
/// without trace fields and with a short notice of its own. The result still
/// has to be accepted by a verifier like every other output.
#[must_use]
pub fn nested(
    headers: &Headers,
    report: &Report,
    treated: &[(Place, Treated)],
    now: Timestamp,
) -> Vec<u8> {
    let (names, pages, parts) = attachments(treated);
    let body = notice::without_false_notice(&body(treated))
        + &notice::nested_block(headers, report, treated, &names);
    let letter = Letter {
        body: &body,
        pages: &pages,
        parts: &parts,
    };
    letter_of(headers, &letter, now)
}

/// A message of clean parts under the sender's fields, without trace fields.
#[must_use]
pub fn letter_of(headers: &Headers, letter: &Letter<'_>, now: Timestamp) -> Vec<u8> {
    let mut head = String::new();
    originator(&mut head, headers, now, "nested@unknown.invalid");
    compose::compose(&head, letter)
}

pub(super) fn write_held(input: &HeldInput<'_>) -> Vec<u8> {
    let host = plain(&input.policy.mail.hostname);
    let mut head = received(input.policy, input.envelope);
    field::text(
        &mut head,
        "Authentication-Results",
        &format!("{host}; none"),
    );
    let ours = Mailbox {
        untrusted_name: "関守 (Sekimori)".into(),
        untrusted_address: format!("postmaster@{host}"),
    };
    field::mailboxes(&mut head, "From", &[ours]);
    // Recipients do not see each other: some were only in the envelope.
    head.push_str("To: undisclosed-recipients:;\r\n");
    head.push_str(&date(input.now.as_second(), 0, input.now));
    let subject = input
        .headers
        .and_then(|headers| headers.untrusted_subject.as_deref())
        .unwrap_or_default();
    field::text(
        &mut head,
        "Subject",
        &format!("【保留】{}", notice::inert(subject)),
    );
    field::brackets(
        &mut head,
        "Message-ID",
        &[format!("held.{}@{host}", input.envelope.id)],
    );
    field::text(&mut head, "Auto-Submitted", "auto-generated");
    field::text(&mut head, "X-Sekimori-Id", &input.envelope.id);
    field::text(
        &mut head,
        "X-Sekimori-Result",
        &format!(
            "held={}; policy={}",
            input.reason.code(),
            policy_mark(input.policy)
        ),
    );
    let letter = Letter {
        body: &notice::held(input),
        pages: &[],
        parts: &[],
    };
    compose::compose(&head, &letter)
}

fn received(policy: &Policy, envelope: &Envelope) -> String {
    let helo = plain(&envelope.untrusted_helo);
    let helo = if helo.is_empty() {
        "unknown".to_owned()
    } else {
        helo
    };
    let peer: String = envelope
        .peer
        .chars()
        .filter(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'))
        .collect();
    let when = shown_date(envelope.received_at.as_second(), 0, envelope.received_at);
    format!(
        "Received: from {helo}\r\n ([{peer}])\r\n by {}\r\n with ESMTP id {};\r\n {when}\r\n",
        plain(&policy.mail.hostname),
        plain(&envelope.id)
    )
}

/// Letters, digits, dots and hyphens of a host name or id.
fn plain(untrusted: &str) -> String {
    untrusted
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .take(200)
        .collect()
}

/// The sender's fields of interface.md section 5.
fn originator(into: &mut String, headers: &Headers, fallback: Timestamp, fallback_id: &str) {
    let nobody = [Mailbox::default()];
    let from = if headers.untrusted_from.is_empty() {
        &nobody[..]
    } else {
        &headers.untrusted_from
    };
    field::mailboxes(into, "From", from);
    field::mailboxes(into, "Sender", headers.untrusted_sender.as_slice());
    field::mailboxes(into, "To", &headers.untrusted_to);
    field::mailboxes(into, "Cc", &headers.untrusted_cc);
    field::mailboxes(into, "Reply-To", &headers.untrusted_reply_to);
    let (seconds, minutes) = headers.date.unwrap_or((fallback.as_second(), 0));
    into.push_str(&date(seconds, minutes, fallback));
    if let Some(subject) = &headers.untrusted_subject {
        field::text(into, "Subject", subject);
    }
    let id = headers
        .untrusted_message_id
        .clone()
        .unwrap_or_else(|| fallback_id.to_owned());
    field::brackets(into, "Message-ID", &[id]);
    field::brackets(into, "In-Reply-To", &headers.untrusted_in_reply_to);
    field::brackets(into, "References", &headers.untrusted_references);
    let optional = [
        ("List-Id", &headers.untrusted_list_id),
        ("List-Post", &headers.untrusted_list_post),
        ("Auto-Submitted", &headers.untrusted_auto_submitted),
        ("Importance", &headers.untrusted_importance),
    ];
    for (name, value) in optional {
        if let Some(value) = value
            .as_deref()
            .map(field::readable)
            .filter(|value| !value.is_empty())
        {
            field::text(into, name, &value);
        }
    }
}

fn date(seconds: i64, minutes: i32, fallback: Timestamp) -> String {
    format!("Date: {}\r\n", shown_date(seconds, minutes, fallback))
}

/// RFC 5322 section 3.3.
fn shown_date(seconds: i64, minutes: i32, fallback: Timestamp) -> String {
    let offset = minutes
        .checked_mul(60)
        .and_then(|s| Offset::from_seconds(s).ok())
        .unwrap_or(Offset::UTC);
    let moment = Timestamp::from_second(seconds).unwrap_or(fallback);
    moment
        .to_zoned_datetime(TimeZone::fixed(offset))
        .strftime("%a, %d %b %Y %H:%M:%S %z")
        .to_string()
}

fn result(input: &RebuildInput<'_>) -> String {
    let attachments = || {
        input
            .treated
            .iter()
            .filter(|(place, _)| *place == Place::Attachment)
    };
    let body = input
        .treated
        .iter()
        .find(|(place, _)| *place == Place::Body);
    let body = match body {
        None => "none",
        Some((_, treated)) if treated.clean.is_none() => "withheld",
        Some((_, treated)) if is_page(treated) => "html",
        Some((_, treated)) if treated.record.source.kind == Kind::Html => "html-to-text",
        Some(_) => "text",
    };
    let changed = attachments()
        .filter(|(_, treated)| notice::is_changed(treated))
        .count();
    let held = attachments()
        .filter(|(_, treated)| treated.record.outcome == Outcome::Withheld)
        .count();
    format!(
        "body={body}; att={}; changed={changed}; held={held}; policy={}",
        attachments().count(),
        policy_mark(input.policy)
    )
}

fn policy_mark(policy: &Policy) -> String {
    plain(&policy.sha256).chars().take(12).collect()
}

/// Whether a text stays HTML.
pub(super) fn is_page(treated: &Treated) -> bool {
    let clean = treated.clean.as_ref();
    clean.is_some_and(|clean| clean.kind() == Kind::Html)
}

/// Names (made distinct) of all attachments in order, the texts that stay HTML
/// with the pictures they show, and the parts of all others that are not
/// withheld.
fn attachments(treated: &[(Place, Treated)]) -> (Vec<String>, Vec<Page<'_>>, Vec<Part<'_>>) {
    let found: Vec<(u32, &Treated)> = (1_u32..)
        .zip(treated)
        .filter(|(_, (place, _))| *place == Place::Attachment)
        .map(|(number, (_, treated))| (number, treated))
        .collect();
    let mut names: Vec<String> = found
        .iter()
        .map(|(_, treated)| match &treated.clean {
            Some(clean) => name::output(&treated.name, clean.kind()),
            None => name::shown(&treated.name),
        })
        .collect();
    name::distinguish(&mut names);
    let mut parts: Vec<(u32, Part<'_>)> = found
        .iter()
        .zip(&names)
        .filter_map(|((number, treated), name)| {
            let clean = treated.clean.as_ref()?;
            let part = Part {
                kind: clean.kind(),
                name: name.clone(),
                bytes: clean.bytes(),
            };
            Some((*number, part))
        })
        .collect();
    let (mut pages, mut stands) = (Vec::new(), Vec::new());
    for (place, treated) in treated {
        let Some(clean) = treated.clean.as_ref().filter(|_| is_page(treated)) else {
            continue;
        };
        if *place == Place::Body {
            let html = clean.bytes();
            let pictures = html::pictures_in(html)
                .into_iter()
                .filter_map(|(shown, id)| {
                    let (_, part) = parts.iter().find(|(number, part)| {
                        *number == shown && matches!(part.kind, Kind::Png | Kind::Jpeg)
                    })?;
                    stands.push(shown);
                    Some((id, part.clone()))
                })
                .collect();
            pages.push(Page { html, pictures });
        }
    }
    // Beside the pages stands what none of them shows.
    parts.retain(|(number, _)| !stands.contains(number));
    (
        names,
        pages,
        parts.into_iter().map(|(_, part)| part).collect(),
    )
}

/// The clean texts that stand first, with CRLF; none of those that stay HTML.
fn body(treated: &[(Place, Treated)]) -> String {
    let mut body = String::new();
    for (place, treated) in treated {
        let Some(clean) = treated.clean.as_ref() else {
            continue;
        };
        if *place != Place::Body || is_page(treated) {
            continue;
        }
        // The parent's table promises UTF-8 text here; anything else shows as nothing.
        let text = std::str::from_utf8(clean.bytes()).unwrap_or_default();
        body.push_str(&crlf(text.trim_start_matches('\u{feff}')));
        if !body.is_empty() && !body.ends_with("\r\n") {
            body.push_str("\r\n");
        }
    }
    body
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

#[cfg(test)]
mod tests;
