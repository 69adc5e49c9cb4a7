//! E03, E04, E24: who answers for a flow, who approved it, until when, and
//! under which clause.

use super::Bench;
use crate::policy::diagnostic::Notes;
use crate::policy::read::WrittenFlow;
use crate::policy::similar;
use crate::policy::text::{Text, bounded, escape_hostile};

pub(super) fn judge(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    people(bench, flow, notes);
    time(bench, flow, notes);
    words(bench, flow, notes);
}

/// E04, E24: who answers for it.
fn people(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let known = &bench.written.people;
    for id in [&flow.owner, &flow.by].into_iter().flatten() {
        if !known.contains_key(&id.value) {
            let shown = escape_hostile(&bounded(&id.value, 60));
            let message = Text::new(
                format!("\"{shown}\" は [people] にいません"),
                format!("\"{shown}\" is nobody in [people]"),
            );
            let hint = similar::suggest(&id.value, known.keys().map(String::as_str));
            notes.error(
                "E24",
                &id.span,
                message,
                hint.or_else(|| add_to("[people]")),
            );
        }
    }
    if let (Some(owner), Some(by)) = (&flow.owner, &flow.by)
        && owner.value == by.value
    {
        let message = Text::new(
            "所管者と承認者が同じ人です (職務分離)",
            "the owner approved their own flow",
        );
        let hint = Text::new("別の人の承認が必要です", "somebody else must approve it");
        notes.error("E04", &by.span, message, Some(hint));
    }
    let Some((by, person)) = flow
        .by
        .as_ref()
        .and_then(|by| Some((by, &known.get(&by.value)?.value)))
    else {
        return;
    };
    if !person.roles.iter().any(|role| role == "approver") {
        let message = Text::new(
            format!("{} は承認者 (approver) ではありません", by.value),
            format!("{} is not an approver", by.value),
        );
        let hint = Text::new(
            "承認者 (roles に approver) を by に書いてください",
            "`by` must name somebody whose roles hold \"approver\"",
        );
        notes.error("E24", &by.span, message, Some(hint));
    }
    let on = flow.on.as_ref().map(|on| on.value);
    if on.is_some_and(|on| on < person.from || person.until.is_some_and(|until| until < on)) {
        let message = Text::new(
            format!("{} は承認日に在任していません", by.value),
            format!("{} was not in office on the day of the approval", by.value),
        );
        let hint = Text::new(
            "承認日と [people] の from、until を確かめてください",
            "check the day, and `from` and `until` in [people]",
        );
        notes.error("E24", &by.span, message, Some(hint));
    }
    let gone = flow.owner.as_ref().and_then(|owner| {
        let until = known.get(&owner.value)?.value.until?;
        (until < bench.today?).then_some(owner)
    });
    if let Some(owner) = gone {
        let message = Text::new(
            format!("所管者 {} はもう在任していません", owner.value),
            format!("the owner {} is no longer in office", owner.value),
        );
        let hint = Text::new(
            "後任を owner にしてください",
            "make the successor its owner",
        );
        notes.warn("E24", &owner.span, message, Some(hint));
    }
}

/// E03: bounded in time, and the bound is real.
fn time(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    if let (Some(on), Some(expires), Some(days)) =
        (&flow.on, &flow.expires, bench.written.review_days)
    {
        let days = i64::from(days);
        let last = on
            .value
            .checked_add(jiff::Span::new().try_days(days).unwrap_or_default());
        if let Some(last) = last.ok().filter(|last| expires.value > *last) {
            let message = Text::new(
                format!("期限が承認から {days} 日 (review_days) を超えています"),
                format!("it expires more than {days} days (review_days) after its approval"),
            );
            let hint = Text::new(format!("{last} まで"), format!("{last} at the latest"));
            notes.error("E03", &expires.span, message, Some(hint));
        }
        if expires.value < on.value {
            let message = Text::new(
                "期限が承認日より前です",
                "it expires before it was approved",
            );
            let hint = Text::new("承認日より後の日付に", "a day after the approval");
            notes.error("E03", &expires.span, message, Some(hint));
        }
    }
    let Some(today) = bench.today else { return };
    if let Some(expires) = flow
        .expires
        .as_ref()
        .filter(|expires| expires.value < today)
    {
        let message = Text::new(
            format!("期限 {} を過ぎています", expires.value),
            format!("it expired on {}", expires.value),
        );
        let hint = Text::new(
            "再承認を受けて期限を延ばすか、許可を消してください",
            "have it approved again with a new date, or remove it",
        );
        notes.note(bench.changed(), "E03", &expires.span, message, Some(hint));
    }
    if let Some(on) = flow.on.as_ref().filter(|on| on.value > today) {
        let message = Text::new(
            "承認日が未来の日付です",
            "the day of the approval is in the future",
        );
        let hint = Text::new(
            "承認を受けた日を書いてください",
            "write the day on which it was approved",
        );
        notes.note(bench.changed(), "E03", &on.span, message, Some(hint));
    }
}

/// E24: clause and class.
fn words(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let written = bench.written;
    if let Some(clause) = flow
        .clause
        .as_ref()
        .filter(|c| !written.clauses.contains_key(&c.value))
    {
        let shown = escape_hostile(&bounded(&clause.value, 60));
        let message = Text::new(
            format!("条項 \"{shown}\" は [clauses] にありません"),
            format!("clause \"{shown}\" is not in [clauses]"),
        );
        let hint = similar::suggest(&clause.value, written.clauses.keys().map(String::as_str));
        notes.error(
            "E24",
            &clause.span,
            message,
            hint.or_else(|| add_to("[clauses]")),
        );
    }
    if let Some(class) = flow
        .class
        .as_ref()
        .filter(|class| !written.classes.contains(&class.value))
    {
        let shown = escape_hostile(&bounded(&class.value, 60));
        let message = Text::new(
            format!("分類 \"{shown}\" はありません"),
            format!("there is no class \"{shown}\""),
        );
        let hint = similar::suggest(&class.value, written.classes.iter().map(String::as_str));
        notes.error(
            "E24",
            &class.span,
            message,
            hint.or_else(|| add_to("[site] classes")),
        );
    }
}

fn add_to(table: &str) -> Option<Text> {
    Some(Text::new(
        format!("先に {table} に書いてください"),
        format!("write it under {table} first"),
    ))
}
