//! What staff read below a mail, and instead of one that is held. Pure.
//! Promised: one line per attachment, nothing clickable, nothing of a
//! stranger's unescaped, only what the recipient may know (no envelope).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rebuild::{HeldInput, RebuildInput};
use super::record::{Outcome, Record};
use super::treat::Treated;
use super::words;
use crate::policy::text::{Lang, Text, bounded, escape_hostile};
use crate::policy::{Policy, Retention};
use crate::sanitise::protocol::{Headers, Place};
use crate::sanitise::{Kind, Removed, Report};

const RULE: &str = "――――――――――――――――――――――――――――――";

/// Hostile text for reading: no control signs, no address that a mail program
/// makes clickable, at most 200 bytes.
pub(super) fn inert(untrusted: &str) -> String {
    let shown = escape_hostile(&bounded(untrusted, 200));
    shown
        .replace("://", "[://]")
        .replace("www.", "www[.]")
        .replace("WWW.", "WWW[.]")
}

/// Whether the reader gets something else than an equal document.
pub(super) fn is_changed(treated: &Treated) -> bool {
    match treated.record.outcome {
        Outcome::Rebuilt | Outcome::Unpacked => !removed_anywhere(&treated.record).is_empty(),
        Outcome::Flattened | Outcome::Text | Outcome::Withheld => true,
    }
}

/// The block below the body of a rebuilt mail.
pub(super) fn block(input: &RebuildInput<'_>, names: &[String]) -> String {
    let mut block = format!("\r\n{RULE}\r\n");
    for lang in languages(input.headers) {
        let head = match lang {
            Lang::Ja => format!(
                "【無害化通知】 受付番号 {}   受信 {}",
                input.envelope.receipt,
                local(input.policy, input.envelope.received_at)
            ),
            Lang::En => format!(
                "[Sanitised] receipt {}   received {}",
                input.envelope.receipt,
                local(input.policy, input.envelope.received_at)
            ),
        };
        line(&mut block, &head);
        lines_of_parts(&mut block, lang, input.report, input.treated, names);
        line(
            &mut block,
            &ask(input.policy, input.envelope.received_at, lang),
        );
    }
    block.push_str(RULE);
    block.push_str("\r\n");
    block
}

/// The block below a message inside a mail: the outer one says how to ask.
pub(super) fn nested_block(
    headers: &Headers,
    report: &Report,
    treated: &[(Place, Treated)],
    names: &[String],
) -> String {
    let mut block = format!("\r\n{RULE}\r\n");
    for lang in languages(headers) {
        line(
            &mut block,
            Text::new(
                "【無害化通知】 転送されたメール",
                "[Sanitised] forwarded mail",
            )
            .get(lang),
        );
        lines_of_parts(&mut block, lang, report, treated, names);
    }
    block.push_str(RULE);
    block.push_str("\r\n");
    block
}

/// The text of the mail that says a whole mail is kept back.
pub(super) fn held(input: &HeldInput<'_>) -> String {
    let untrusted_from = input
        .headers
        .and_then(|headers| headers.untrusted_from.first());
    let from = untrusted_from.map_or_else(
        || inert(&input.envelope.untrusted_sender),
        |from| {
            inert(&format!(
                "{} <{}>",
                from.untrusted_name, from.untrusted_address
            ))
        },
    );
    let subject = inert(
        input
            .headers
            .and_then(|headers| headers.untrusted_subject.as_deref())
            .unwrap_or("-"),
    );
    let receipt = &input.envelope.receipt;
    let when = local(input.policy, input.envelope.received_at);
    let reason = input.reason.text();
    let mut text = String::new();
    line(
        &mut text,
        &format!("【保留通知】 受付番号 {receipt}   受信 {when}"),
    );
    line(
        &mut text,
        "あなた宛のメールを安全に変換できないため、お届けせずに保管しています。",
    );
    line(&mut text, &format!("差出人 : {from}"));
    line(&mut text, &format!("件名   : {subject}"));
    line(&mut text, &format!("理由   : {}", reason.ja));
    line(
        &mut text,
        &ask(input.policy, input.envelope.received_at, Lang::Ja),
    );
    line(&mut text, RULE);
    line(
        &mut text,
        &format!("[Held] receipt {receipt}   received {when}"),
    );
    line(
        &mut text,
        "A mail to you could not be converted safely. It is kept and was not delivered.",
    );
    line(&mut text, &format!("From    : {from}"));
    line(&mut text, &format!("Subject : {subject}"));
    line(&mut text, &format!("Reason  : {}", reason.en));
    line(
        &mut text,
        &ask(input.policy, input.envelope.received_at, Lang::En),
    );
    text
}

/// Japanese always; English below it where the sender did not write Japanese.
fn languages(headers: &Headers) -> impl Iterator<Item = Lang> {
    std::iter::once(Lang::Ja).chain((!headers.japanese).then_some(Lang::En))
}

fn line(into: &mut String, text: &str) {
    into.push_str(text);
    into.push_str("\r\n");
}

fn lines_of_parts(
    into: &mut String,
    lang: Lang,
    report: &Report,
    treated: &[(Place, Treated)],
    names: &[String],
) {
    for (_, body) in treated.iter().filter(|(place, _)| *place == Place::Body) {
        line(into, &body_line(body, lang));
    }
    if !report.removed.is_empty() {
        let label = Text::new("メール全体", "Message");
        line(
            into,
            &format!("{} : {}", label.get(lang), taken_out(&report.removed, lang)),
        );
    }
    let attachments = treated
        .iter()
        .filter(|(place, _)| *place == Place::Attachment);
    for (number, ((_, part), name)) in attachments.zip(names).enumerate() {
        let label = Text::new(
            format!("添付{}", number + 1),
            format!("Attachment {}", number + 1),
        );
        line(
            into,
            &format!(
                "{} : {}",
                label.get(lang),
                attachment_line(part, name, lang)
            ),
        );
    }
}

fn body_line(treated: &Treated, lang: Lang) -> String {
    let removed = removed_anywhere(&treated.record);
    let html = treated.record.source.kind == Kind::Html;
    let what = match (&treated.clean, html) {
        (None, _) => withheld(&treated.record, lang),
        (Some(_), true) => Text::new("HTML→テキスト", "HTML to text")
            .get(lang)
            .to_owned(),
        (Some(_), false) if removed.is_empty() => unchanged(lang),
        (Some(_), false) => String::new(),
    };
    let removed = if removed.is_empty() {
        String::new()
    } else {
        taken_out(&removed, lang)
    };
    format!(
        "{} : {what}{}{removed}",
        Text::new("本文", "Body").get(lang),
        if what.is_empty() || removed.is_empty() {
            ""
        } else {
            "  "
        }
    )
}

/// `見積書.docm → 見積書.docx  マクロ1件を除去`
fn attachment_line(treated: &Treated, name: &str, lang: Lang) -> String {
    let record = &treated.record;
    let old = inert(&record.source.name);
    let removed = removed_anywhere(record);
    if treated.clean.is_none() {
        let kept = Text::new("保留", "withheld");
        return format!("{old} → {}  {}", kept.get(lang), withheld(record, lang));
    }
    let how = match record.outcome {
        Outcome::Rebuilt if removed.is_empty() => unchanged(lang),
        Outcome::Rebuilt | Outcome::Withheld => String::new(),
        Outcome::Flattened => Text::new("ページを画像にしました", "pages became images")
            .get(lang)
            .to_owned(),
        Outcome::Text => Text::new("文字だけを取り出しました", "text only")
            .get(lang)
            .to_owned(),
        Outcome::Unpacked => members(record, lang),
    };
    let removed = if removed.is_empty() {
        String::new()
    } else {
        taken_out(&removed, lang)
    };
    let said = [how, removed]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join("  ");
    let new = inert(name);
    if old == new {
        format!("{old}  {said}")
    } else {
        format!("{old} → {new}  {said}")
    }
}

fn unchanged(lang: Lang) -> String {
    Text::new("変更なし", "no change").get(lang).to_owned()
}

/// Why, in words, and how to ask.
fn withheld(record: &Record, lang: Lang) -> String {
    let reason = record.reason.map(crate::sanitise::Refusal::text);
    let unknown = Text::new("変換できませんでした", "could not be converted");
    reason.unwrap_or(unknown).get(lang).to_owned()
}

/// `3件中2件を変換、setup.exe は取り除きました`
fn members(record: &Record, lang: Lang) -> String {
    let all = record.children.len();
    let kept_back: Vec<String> = record
        .children
        .iter()
        .filter(|child| child.outcome == Outcome::Withheld)
        .map(|child| {
            let why = child
                .reason
                .map(|reason| reason.text().get(lang).to_owned())
                .unwrap_or_default();
            match lang {
                Lang::Ja => format!("{}（{why}）", inert(&child.source.name)),
                Lang::En => format!("{} ({why})", inert(&child.source.name)),
            }
        })
        .collect();
    let done = all - kept_back.len();
    let more = kept_back.len().saturating_sub(10);
    let named = kept_back
        .into_iter()
        .take(10)
        .collect::<Vec<_>>()
        .join(Text::new("、", ", ").get(lang));
    match (lang, named.is_empty()) {
        (Lang::Ja, true) => format!("{all}件を変換"),
        (Lang::En, true) => format!("{all} files converted"),
        (Lang::Ja, false) if more > 0 => {
            format!("{all}件中{done}件を変換、{named} ほか{more}件は取り除きました")
        }
        (Lang::En, false) if more > 0 => {
            format!("{done} of {all} files converted; taken out: {named} and {more} more")
        }
        (Lang::Ja, false) => format!("{all}件中{done}件を変換、{named} は取り除きました"),
        (Lang::En, false) => format!("{done} of {all} files converted; taken out: {named}"),
    }
}

/// Of the thing and everything inside it.
fn removed_anywhere(record: &Record) -> Vec<Removed> {
    let mut removed = record.removed.clone();
    for child in &record.children {
        removed.extend(removed_anywhere(child));
    }
    removed
}

/// `マクロ1件・コメント3件を除去`
fn taken_out(removed: &[Removed], lang: Lang) -> String {
    let mut sums: std::collections::BTreeMap<_, u32> = std::collections::BTreeMap::new();
    for line in removed {
        let sum = sums.entry(line.what).or_default();
        *sum = sum.saturating_add(line.count);
    }
    let phrases = sums.iter().map(|(what, count)| match lang {
        Lang::Ja => format!("{}{count}件", words::phrase(*what).ja),
        Lang::En => format!("{count} x {}", words::phrase(*what).en),
    });
    match lang {
        Lang::Ja => format!("{}を除去", phrases.collect::<Vec<_>>().join("・")),
        Lang::En => format!("removed {}", phrases.collect::<Vec<_>>().join(", ")),
    }
}

fn ask(policy: &Policy, received: Timestamp, lang: Lang) -> String {
    let contact = &policy.site.contact;
    let until = last_day(policy, &policy.retention, received);
    match lang {
        Lang::Ja => format!("原本が必要な場合: 受付番号を添えて {contact} へ（保管期限 {until}）"),
        Lang::En => format!(
            "If you need the original: ask {contact} with the receipt number (kept until {until})"
        ),
    }
}

fn zone(policy: &Policy) -> TimeZone {
    TimeZone::get(&policy.site.timezone).unwrap_or(TimeZone::UTC)
}

fn local(policy: &Policy, moment: Timestamp) -> String {
    moment
        .to_zoned_datetime(zone(policy))
        .strftime("%Y/%m/%d %H:%M")
        .to_string()
}

fn last_day(policy: &Policy, retention: &Retention, received: Timestamp) -> String {
    let day = received.to_zoned_datetime(zone(policy)).date();
    let kept = jiff::Span::new().try_days(i64::from(retention.original_days));
    let last = kept.and_then(|span| day.checked_add(span)).unwrap_or(day);
    last.strftime("%Y/%m/%d").to_string()
}

#[cfg(test)]
mod tests;
