//! What became of one record, in words: counts, names and reasons, of a
//! container's files at any depth. Pure.

use super::{inert, is_other_version};
use crate::mail::record::{Outcome, Record};
use crate::mail::words;
use crate::policy::text::{Lang, Text, bounded};

use crate::sanitise::{Kind, Removed, What};

/// Of what a code says (bytes); more is no address that anybody checks by eye.
const LONGEST_QUOTATION: usize = 100;

/// Why, in words; of an archive, why each of its files.
pub(super) fn withheld(record: &Record, lang: Lang) -> String {
    let inside = kept_back(record, lang);
    if !record.children.is_empty() && inside.len() == files(record) {
        let head = Text::new("中のファイルをすべて保留: ", "all files in it withheld: ");
        return format!("{}{}", head.get(lang), listed(inside, lang));
    }
    let reason = words::reason(record);
    let unknown = Text::new("変換できませんでした", "could not be converted");
    reason.unwrap_or(unknown).get(lang).to_owned()
}

/// `3件中2件を変換、setup.exe は取り除きました`
pub(super) fn members(record: &Record, lang: Lang) -> String {
    let all = files(record);
    let kept_back = kept_back(record, lang);
    let done = all.saturating_sub(kept_back.len());
    // A mail is one thing to its reader; its text is no file.
    let mail = record.source.kind == Kind::Message;
    if kept_back.is_empty() {
        return if mail {
            Text::new("添付のメールを変換", "attached mail converted")
        } else {
            Text::new(format!("{all}件を変換"), format!("{all} files converted"))
        }
        .get(lang)
        .to_owned();
    }
    let named = listed(kept_back, lang);
    if mail {
        return Text::new(
            format!("添付のメールを変換、{named} は取り除きました"),
            format!("attached mail converted; taken out: {named}"),
        )
        .get(lang)
        .to_owned();
    }
    Text::new(
        format!("{all}件中{done}件を変換、{named} は取り除きました"),
        format!("{done} of {all} files converted; taken out: {named}"),
    )
    .get(lang)
    .to_owned()
}

/// Files in a container, also in containers inside it; what is withheld
/// whole is one.
fn files(record: &Record) -> usize {
    let count = |child: &Record| {
        if child.outcome == Outcome::Unpacked {
            files(child)
        } else {
            1
        }
    };
    record.children.iter().map(count).sum()
}

/// Name and reason of every file inside, at any depth, that is kept back.
pub(super) fn kept_back(record: &Record, lang: Lang) -> Vec<String> {
    let mut found = Vec::new();
    for child in &record.children {
        let name = if child.source.name.is_empty() {
            Text::new("本文", "body").get(lang).to_owned()
        } else {
            inert(&child.source.name)
        };
        match child.outcome {
            Outcome::Withheld => {
                let why = words::reason(child)
                    .map(|reason| reason.get(lang).to_owned())
                    .unwrap_or_default();
                found.push(
                    Text::new(format!("{name}（{why}）"), format!("{name} ({why})"))
                        .get(lang)
                        .to_owned(),
                );
            }
            Outcome::Unpacked => found.extend(
                kept_back(child, lang)
                    .into_iter()
                    .map(|inner| format!("{name}/{inner}")),
            ),
            Outcome::Rebuilt | Outcome::Flattened | Outcome::Text => {}
        }
    }
    found
}

/// The first ten by name, the others by number.
fn listed(mut names: Vec<String>, lang: Lang) -> String {
    let more = names.len().saturating_sub(10);
    names.truncate(10);
    let named = names.join(Text::new("、", ", ").get(lang));
    if more == 0 {
        return named;
    }
    Text::new(
        format!("{named} ほか{more}件"),
        format!("{named} and {more} more"),
    )
    .get(lang)
    .to_owned()
}

/// Of the thing and everything inside it.
pub(super) fn removed_anywhere(record: &Record) -> Vec<Removed> {
    let mut removed = record.removed.clone();
    // A mail inside says itself which version of its text it shows.
    removed.retain(|line| !is_other_version(line));
    for child in &record.children {
        removed.extend(removed_anywhere(child));
    }
    removed
}

/// What a code says, as a quotation that it cannot end: whoever made the code
/// must never write a sentence of ours. Nothing where nothing was read.
fn said(untrusted: &str, lang: Lang) -> String {
    if untrusted.is_empty() {
        return Text::new("読み取れず", "could not be read")
            .get(lang)
            .to_owned();
    }
    // Half-width forms too; escaped ones are what `inert` makes of line ends.
    let replaced = |c: char| {
        let closes = "「」『』｢｣（）()【】[]〔〕。｡、､\"“”".contains(c);
        let spaces = c.is_whitespace() && c != ' ';
        if closes || spaces { '_' } else { c }
    };
    let quoted: String = bounded(untrusted, LONGEST_QUOTATION)
        .chars()
        .map(replaced)
        .collect();
    format!("「{}」", inert(&quoted))
}

/// What is missing on a page of a PDF: who reads on must know where it was.
fn on_page(untrusted: &str, lang: Lang) -> Option<String> {
    let (page, kind) = untrusted.strip_prefix("page ")?.split_once(' ')?;
    let page: u32 = page.parse().ok()?;
    let (ja, en) = match kind {
        "picture" => ("画像", "picture"),
        "font" => ("フォント", "font"),
        "note" => ("注釈", "note"),
        _ => return None,
    };
    let place = Text::new(
        format!("{page}ページの{ja}"),
        format!("{en} on page {page}"),
    );
    Some(place.get(lang).to_owned())
}

/// `マクロ1件・コメント3件を除去、リンク2件を文字だけに変更`
pub(super) fn taken_out(removed: &[Removed], lang: Lang) -> String {
    let mut sums: std::collections::BTreeMap<_, u32> = std::collections::BTreeMap::new();
    let mut named: std::collections::BTreeMap<_, Vec<String>> = std::collections::BTreeMap::new();
    for line in removed {
        let place = match line.what {
            What::QrCode | What::QrCodePainted => Some(said(&line.untrusted_where, lang)),
            What::UnknownPart => on_page(&line.untrusted_where, lang),
            what => words::is_named(what).then(|| inert(&line.untrusted_where)),
        };
        if let Some(place) = place {
            let places = named.entry(line.what).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let sum = sums.entry(line.what).or_default();
        *sum = sum.saturating_add(line.count);
    }
    let mut deeds: Vec<(Text, Vec<String>)> = Vec::new();
    for (what, count) in sums {
        let (phrase, deed) = (words::phrase(what), words::deed(what));
        let phrase = Text::new(
            format!("{}{count}件", phrase.ja),
            format!("{count} x {}", phrase.en),
        );
        let mut phrase = phrase.get(lang).to_owned();
        if let Some(places) = named.remove(&what) {
            let places = listed(places, lang);
            phrase = Text::new(
                format!("{phrase}（{places}）"),
                format!("{phrase} ({places})"),
            )
            .get(lang)
            .to_owned();
        }
        match deeds.iter_mut().find(|(known, _)| *known == deed) {
            Some((_, phrases)) => phrases.push(phrase),
            None => deeds.push((deed, vec![phrase])),
        }
    }
    let sentences: Vec<String> = deeds
        .into_iter()
        .map(|(deed, phrases)| match lang {
            Lang::Ja => format!("{}{}", phrases.join("・"), deed.ja),
            Lang::En => format!("{} {}", deed.en, phrases.join(", ")),
        })
        .collect();
    sentences.join(Text::new("、", "; ").get(lang))
}
