//! What staff read below a mail, and instead of one that is held. Pure.
//! Promised: one line per attachment, nothing clickable, nothing of a
//! stranger's unescaped, only what the recipient may know (no envelope).

mod account;

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use account::{kept_back, members, removed_anywhere, taken_out, withheld};

use super::rebuild::{HeldInput, RebuildInput};
use super::record::Outcome;
use super::treat::Treated;
use crate::policy::text::{Lang, Text, bounded, escape_hostile};
use crate::policy::{Policy, local_day};
use crate::sanitise::protocol::{Headers, Place};
use crate::sanitise::{Kind, Refusal, Removed, Report};

const RULE: &str = "――――――――――――――――――――――――――――――";

/// Hostile text for reading: no control signs, no address that a mail program
/// makes clickable, at most 200 bytes.
pub(super) fn inert(untrusted: &str) -> String {
    const CLICKABLE: [(&str, &str); 5] = [
        ("://", "[://]"),
        ("\\\\", "[\\\\]"),
        ("www.", "www[.]"),
        ("mailto:", "mailto[:]"),
        ("file:", "file[:]"),
    ];
    let untrusted = escape_hostile(&bounded(untrusted, 200));
    let mut shown = String::with_capacity(untrusted.len());
    let mut rest = untrusted.as_str();
    while let Some(c) = rest.chars().next() {
        let begins = |sign: &str| {
            rest.get(..sign.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(sign))
        };
        let found = CLICKABLE.iter().find(|(sign, _)| begins(sign));
        let (put, taken) = found.map_or_else(
            || (c.to_string(), c.len_utf8()),
            |(sign, put)| ((*put).to_owned(), sign.len()),
        );
        shown.push_str(&put);
        rest = rest.get(taken..).unwrap_or_default();
    }
    shown
}

/// Lines of a stranger's text that pretend to be ours are shown as quoted.
pub(super) fn without_false_notice(untrusted_body: &str) -> String {
    untrusted_body
        .split_inclusive('\n')
        .flat_map(|line| [if pretends(line) { "> " } else { "" }, line])
        .collect()
}

/// Whether a reader may take a line for the head of a notice: its words, whatever
/// brackets, blanks or signs that nobody sees stand around and between them.
fn pretends(untrusted_line: &str) -> bool {
    if untrusted_line.trim_start().starts_with('>') {
        return false; // as we would show it
    }
    // Also letters that are shown as nothing (Hangul fillers), and what sits on others.
    let unseen = |c: &char| matches!(c, '\u{115F}' | '\u{1160}') || is_combining_mark(*c);
    let seen = untrusted_line.nfkc().filter(|c| !unseen(c));
    let start = seen.skip_while(|c| !c.is_ascii_graphic() && !c.is_alphanumeric() && !is_open(*c));
    // Longer than any head with decoration.
    let said: String = start.take(200).flat_map(char::to_lowercase).collect();
    let of_word = |c: &char| c.is_alphanumeric();
    let letters = said.chars().filter(of_word);
    let japanese: String = letters.skip_while(|c| c.is_numeric()).take(8).collect();
    let words = said.trim_start_matches(|c: char| !of_word(&c));
    let before = said.strip_suffix(words).unwrap_or_default().trim_end();
    let english: String = words.chars().take_while(of_word).collect();
    let heads = ["無害化通知", "保留通知"];
    heads.iter().any(|head| japanese.starts_with(head))
        || before.ends_with(is_open)
            && ["sanitised", "sanitized", "held"].contains(&english.as_str())
}

/// Brackets that may stand for ours, not those of a usual sentence.
fn is_open(c: char) -> bool {
    "[【〔〖〚〈《<{".contains(c)
}

/// Whether the reader gets something else than an equal document.
pub(super) fn is_changed(treated: &Treated) -> bool {
    let record = &treated.record;
    match record.outcome {
        Outcome::Rebuilt | Outcome::Unpacked => {
            !removed_anywhere(record).is_empty() || !kept_back(record, Lang::Ja).is_empty()
        }
        Outcome::Flattened | Outcome::Text | Outcome::Withheld => true,
    }
}

/// The block below the body of a rebuilt mail.
pub(super) fn block(input: &RebuildInput<'_>, names: &[String]) -> String {
    let mut block = format!("\r\n{RULE}\r\n");
    let (receipt, received) = (&input.envelope.receipt, input.envelope.received_at);
    let when = when(input.policy, received);
    // A mail that was given as a file has no receipt: nobody keeps its original.
    let kept = !receipt.is_empty();
    for lang in languages(input.headers) {
        let head = match (lang, kept) {
            (Lang::Ja, true) => format!("【無害化通知】 受付番号 {receipt}   受信 {when}"),
            (Lang::En, true) => format!("[Sanitised] receipt {receipt}   received {when}"),
            (Lang::Ja, false) => format!("【無害化通知】 変換 {when}"),
            (Lang::En, false) => format!("[Sanitised] converted {when}"),
        };
        line(&mut block, &head);
        lines_of_parts(&mut block, lang, input.report, input.treated, names);
        if kept {
            line(&mut block, &ask(input.policy, received, lang));
        }
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
    let when = when(input.policy, input.envelope.received_at);
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
    let bodies: Vec<&Treated> = treated
        .iter()
        .filter(|(place, _)| *place == Place::Body)
        .map(|(_, body)| body)
        .collect();
    let (versions, removed): (Vec<_>, Vec<_>) =
        report.removed.iter().cloned().partition(is_other_version);
    let shown = bodies.first().is_some_and(|body| body.clean.is_some());
    let mut said = left_out(&versions, shown, lang);
    for (number, body) in bodies.iter().enumerate() {
        let label = Text::new("本文", "Body").get(lang).to_owned();
        let label = match (bodies.len(), lang) {
            (..=1, _) => label,
            (_, Lang::Ja) => format!("{label}{}", number + 1),
            (_, Lang::En) => format!("{label} {}", number + 1),
        };
        let words = body_words(body, said.take(), lang);
        line(into, &format!("{label} : {words}"));
    }
    let whole = [
        said,
        (!removed.is_empty()).then(|| taken_out(&removed, lang)),
    ];
    let whole: Vec<String> = whole.into_iter().flatten().collect();
    if !whole.is_empty() {
        let label = Text::new("メール全体", "Message");
        line(
            into,
            &format!("{} : {}", label.get(lang), together(&whole, lang)),
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

/// A version of the body beside the one that is shown (`message::leaves`).
fn is_other_version(line: &Removed) -> bool {
    line.what == crate::sanitise::What::UnknownPart
        && line.untrusted_where.starts_with("alternative ")
}

/// That a version of the body is not shown: the reader must be able to know.
fn left_out(versions: &[Removed], shown: bool, lang: Lang) -> Option<String> {
    let sum = |html: bool| {
        versions
            .iter()
            .filter(|line| (line.untrusted_where == "alternative text/html") == html)
            .fold(0_u32, |sum, line| sum.saturating_add(line.count))
    };
    match (sum(true), sum(false)) {
        (0, 0) => None,
        (_, 0) if shown => Some(
            Text::new(
                "テキスト版を表示（HTML版は省略）",
                "text version shown (HTML version left out)",
            )
            .get(lang)
            .to_owned(),
        ),
        (html, others) => {
            let all = html.saturating_add(others);
            Some(
                Text::new(
                    format!("本文の別の版{all}件を省略"),
                    format!("{all} other version(s) of the body left out"),
                )
                .get(lang)
                .to_owned(),
            )
        }
    }
}

fn body_words(treated: &Treated, left_out: Option<String>, lang: Lang) -> String {
    let removed = removed_anywhere(&treated.record);
    let html = treated.record.source.kind == Kind::Html;
    let mut words = Vec::new();
    if treated.clean.is_none() {
        words.push(Text::new("保留", "withheld").get(lang).to_owned());
        words.push(withheld(&treated.record, lang));
    } else if super::rebuild::is_page(treated) {
        words.push(
            Text::new(
                "HTMLのまま（文字と表だけ）",
                "HTML kept, plain elements only",
            )
            .get(lang)
            .to_owned(),
        );
    } else if html {
        words.push(
            Text::new("HTML→テキスト", "HTML to text")
                .get(lang)
                .to_owned(),
        );
    } else if treated.record.source.size == 0 {
        words.push(Text::new("なし", "none").get(lang).to_owned());
    }
    words.extend(left_out);
    if !removed.is_empty() {
        words.push(taken_out(&removed, lang));
    }
    if words.is_empty() {
        words.push(unchanged(lang));
    }
    together(&words, lang)
}

/// `見積書.docm → 見積書.docx  マクロ1件を除去`
fn attachment_line(treated: &Treated, name: &str, lang: Lang) -> String {
    let record = &treated.record;
    let old = inert(&record.source.name);
    let removed = removed_anywhere(record);
    if treated.clean.is_none() {
        let kept = Text::new("保留", "withheld");
        let words = [kept.get(lang).to_owned(), withheld(record, lang)];
        return format!("{old} → {}", together(&words, lang));
    }
    let how = match record.outcome {
        Outcome::Rebuilt if removed.is_empty() => renamed(&record.source.name, name, lang),
        Outcome::Rebuilt | Outcome::Withheld => String::new(),
        Outcome::Flattened => as_picture(record.source.kind).get(lang).to_owned(),
        Outcome::Text => only_words(record.reason).get(lang).to_owned(),
        Outcome::Unpacked => members(record, lang),
    };
    let removed = if removed.is_empty() {
        String::new()
    } else {
        taken_out(&removed, lang)
    };
    let close = match record.closeness {
        Some(share) if !removed.is_empty() || share < 100 => closeness(share, lang),
        Some(_) | None => String::new(),
    };
    let said = [how, removed, close]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>();
    let said = together(&said, lang);
    let new = inert(name);
    if old == new {
        format!("{old}  {said}")
    } else {
        format!("{old} → {new}  {said}")
    }
}

/// What is said one after the other: full-width letters need no more than room.
fn together(words: &[String], lang: Lang) -> String {
    words.join(Text::new("  ", "; ").get(lang))
}

/// A drawing has no pages.
fn as_picture(kind: Kind) -> Text {
    match kind {
        Kind::Svg | Kind::Wmf | Kind::Emf => Text::new("図を画像にしました", "became a picture"),
        _ => Text::new("ページを画像にしました", "pages became images"),
    }
}

/// Words alone, and why where more was ordered.
fn only_words(reason: Option<Refusal>) -> Text {
    match reason {
        None => Text::new("文字だけを取り出しました", "text only"),
        Some(Refusal::NotInstalled) => Text::new(
            "文字だけを取り出しました（変換用の LibreOffice がこの機器にないため）",
            "text only (this machine has no LibreOffice to convert it with)",
        ),
        Some(_) => Text::new(
            "文字だけを取り出しました（指定の形には変換できなかったため）",
            "text only (it could not be converted as ordered)",
        ),
    }
}

/// How near the result is to the original.
fn closeness(share: u8, lang: Lang) -> String {
    Text::new(
        format!("本文の一致{share}％"),
        format!("{share} % of its text kept"),
    )
    .get(lang)
    .to_owned()
}

/// The content is as it was; its name may not be.
fn renamed(old: &str, new: &str, lang: Lang) -> String {
    let extension = |name: &str| {
        name.rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
    };
    if old == new {
        return unchanged(lang);
    }
    let words = if extension(old).is_none() || extension(old) == extension(new) {
        Text::new("名前だけ変更", "only the name changed")
    } else {
        Text::new(
            "中身に合わせて拡張子を変更",
            "extension changed to fit the content",
        )
    };
    words.get(lang).to_owned()
}

fn unchanged(lang: Lang) -> String {
    Text::new("変更なし", "no change").get(lang).to_owned()
}

fn ask(policy: &Policy, received: Timestamp, lang: Lang) -> String {
    let contact = &policy.site.contact;
    let until = last_day(policy, received);
    match lang {
        Lang::Ja => format!("原本が必要な場合: 受付番号を添えて {contact} へ（保管期限 {until}）"),
        Lang::En => format!(
            "If you need the original: ask {contact}, giving the receipt number (kept until {until})"
        ),
    }
}

/// As staff write moments and days; all of them live in one zone.
fn when(policy: &Policy, received: Timestamp) -> String {
    let local = received.to_zoned_datetime(policy.site.zone());
    local.strftime("%Y/%m/%d %H:%M").to_string()
}

fn last_day(policy: &Policy, received: Timestamp) -> String {
    let day = local_day(&policy.site, received);
    let kept = jiff::Span::new().try_days(i64::from(policy.retention.original_days));
    let last = kept.and_then(|span| day.checked_add(span)).unwrap_or(day);
    last.strftime("%Y/%m/%d").to_string()
}

#[cfg(test)]
mod tests;
