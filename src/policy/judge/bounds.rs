//! E10 and the bounds that need their surroundings: a trial ends, a holiday
//! rule has holidays to go by, bytes are counted where a proxy carries.

use super::Bench;
use crate::policy::diagnostic::Notes;
use crate::policy::model::Via;
use crate::policy::read::WrittenFlow;
use crate::policy::text::Text;

/// Longest trial, in days from its approval. Counted from there and not from
/// today, or it could be pushed on for ever without another approval.
const TRIAL: i32 = 31;

pub(super) fn judge(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    trial(bench, flow, notes);
    holidays(bench, flow, notes);
    let proxied = flow.via.as_ref().is_some_and(|via| via.value == Via::Proxy);
    let volumes = [&flow.bounds.upload, &flow.bounds.download];
    for volume in volumes.into_iter().flatten().filter(|_| !proxied) {
        let message = Text::new(
            "一日あたりの量 (upload、download) は via = \"proxy\" の許可にだけ書けます",
            "bytes a day (`upload`, `download`) belong to via = \"proxy\" only",
        );
        notes.error("S04", &volume.span, message, None);
    }
}

/// E10: never open-ended, never longer than its approval can answer for.
fn trial(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let Some(trial) = &flow.bounds.trial else {
        return;
    };
    let latest = flow
        .on
        .as_ref()
        .and_then(|on| on.value.checked_add(jiff::Span::new().days(TRIAL)).ok());
    let Some(until) = &trial.until else {
        let message = Text::new(
            "試行 (mode = \"report\") には終わりの日 (report_until) が必要です",
            "a trial (mode = \"report\") needs its last day (`report_until`)",
        );
        let hint = match latest.filter(|latest| bench.today.is_none_or(|today| today <= *latest)) {
            Some(latest) => Text::new(
                format!("report_until = {latest} (承認から {TRIAL} 日) まで"),
                format!("report_until = {latest} at the latest ({TRIAL} days after the approval)"),
            ),
            None => Text::new(
                format!("試行は承認から {TRIAL} 日までです。承認を受け直してください"),
                format!("a trial lasts {TRIAL} days from its approval; have it approved again"),
            ),
        };
        return notes.error("E10", &trial.mode, message, Some(hint));
    };
    if let Some(latest) = latest.filter(|latest| until.value > *latest) {
        let message = Text::new(
            format!("試行が承認から {TRIAL} 日を超えています"),
            format!("the trial ends more than {TRIAL} days after its approval"),
        );
        let hint = Text::new(format!("{latest} まで"), format!("{latest} at the latest"));
        notes.error("E10", &until.span, message, Some(hint));
    }
    if flow
        .expires
        .as_ref()
        .is_some_and(|expires| until.value > expires.value)
    {
        let message = Text::new(
            "試行の終わりが許可の期限より後です",
            "the trial ends after the flow expires",
        );
        let hint = Text::new(
            "期限と同じ日かそれより前に",
            "on the day of `expires` or before",
        );
        notes.error("E10", &until.span, message, Some(hint));
    }
    if bench.today.is_some_and(|today| until.value < today) {
        let message = Text::new(
            format!("試行は {} に終わりました", until.value),
            format!("the trial ended on {}", until.value),
        );
        let hint = Text::new(
            "正式な許可として承認を受け直すか、消してください",
            "have it approved as a lasting flow, or remove it",
        );
        notes.note(bench.changed(), "E10", &until.span, message, Some(hint));
    }
}

/// A rule about holidays with none to go by does nothing: somebody believes
/// that the flow is closed at New Year, and it is open.
fn holidays(bench: &Bench<'_>, flow: &WrittenFlow, notes: &mut Notes<'_>) {
    let (Some(span), Some(expires)) = (&flow.bounds.holidays, &flow.expires) else {
        return;
    };
    let first = bench
        .today
        .or_else(|| flow.on.as_ref().map(|on| on.value))
        .unwrap_or(expires.value);
    if first > expires.value
        || bench
            .written
            .holidays
            .range(first..=expires.value)
            .next()
            .is_some()
    {
        return;
    }
    let message = Text::new(
        format!(
            "[site] holidays に、期限 {} までの休日がありません",
            expires.value
        ),
        format!("[site] holidays lists no holiday until {}", expires.value),
    );
    let hint = Text::new(
        "例: holidays = [2026-12-29, 2026-12-30, 2026-12-31]",
        "such as holidays = [2026-12-29, 2026-12-30, 2026-12-31]",
    );
    notes.warn("S12", span, message, Some(hint));
}
