//! The events of the record in a few words each. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::audit::event::{DeniedGroup, SessionGroup};
use crate::audit::{Event, Reversal};
use crate::policy::moment::second;
use crate::policy::text::Text;

/// An event in a few words, its moments in the site's `zone`.
pub(super) fn told(event: &Event, zone: &TimeZone) -> Text {
    match event {
        Event::Started { engine } => {
            Text::new(format!("開始（{engine}）"), format!("started ({engine})"))
        }
        Event::Stopped => Text::new("終了", "stopped"),
        Event::Head { role, seq, .. } => Text::new(
            format!("{role} の記録の控え #{seq}"),
            format!("head of {role} #{seq}"),
        ),
        Event::Received {
            mail,
            peer,
            sender,
            recipients,
            size,
            ..
        } => {
            let to = recipients.join(", ");
            Text::new(
                format!("受信 {mail}: {peer} <{sender}> から {to} へ、{size} バイト"),
                format!("received {mail}: from {peer} <{sender}> to {to}, {size} bytes"),
            )
        }
        Event::Refused { peer, reply } => Text::new(
            format!("拒否 {peer}: {reply}"),
            format!("refused {peer}: {reply}"),
        ),
        Event::Passed {
            mail,
            variant,
            records,
            ..
        } => Text::new(
            format!("無害化 {mail}.{variant}: {} 部分", records.len()),
            format!("sanitised {mail}.{variant}: {} parts", records.len()),
        ),
        Event::Delivered {
            mail,
            variant,
            recipients,
            reply,
        } => {
            let to = recipients.join(", ");
            Text::new(
                format!("配送 {mail}.{variant}: {to}（{reply}）"),
                format!("delivered {mail}.{variant}: {to} ({reply})"),
            )
        }
        Event::Deferred {
            mail,
            variant,
            reason,
        } => Text::new(
            format!("延期 {mail}.{variant}: {reason}"),
            format!("deferred {mail}.{variant}: {reason}"),
        ),
        Event::Held { mail, reason } => Text::new(
            format!("保留 {mail}: {reason}"),
            format!("held {mail}: {reason}"),
        ),
        Event::Tampered { mail, variant } => Text::new(
            format!("改変を検出 {mail}.{variant}: 無害化をやり直します"),
            format!("tampered {mail}.{variant}: treated again"),
        ),
        Event::Bounced {
            mail,
            recipients,
            reply,
        } => {
            let to = recipients.join(", ");
            Text::new(
                format!("不達通知 {mail}: {to}（{reply}）"),
                format!("bounced {mail}: {to} ({reply})"),
            )
        }
        Event::Applied { revision, by, .. } => Text::new(
            format!("適用 第{revision}版（{by}）"),
            format!("applied revision {revision} (by {by})"),
        ),
        Event::ApplyFailed { revision, reason } => Text::new(
            format!("適用失敗 第{revision}版: {reason}"),
            format!("apply of revision {revision} failed: {reason}"),
        ),
        Event::OnTrial {
            revision,
            previous,
            until,
            by,
        } => {
            let (until, then) = (second(zone, *until), came_back(*previous));
            Text::new(
                format!(
                    "試行適用 第{revision}版（{by}）: {until} までに confirm がなければ{}",
                    then.ja
                ),
                format!(
                    "revision {revision} on trial (by {by}): unless confirmed by {until}, {}",
                    then.en
                ),
            )
        }
        Event::Confirmed { revision, by } => Text::new(
            format!("確定 第{revision}版（{by}）"),
            format!("confirmed revision {revision} (by {by})"),
        ),
        Event::Reverted { from, to, why } => {
            let why = match why {
                Reversal::NotConfirmed => Text::new(
                    "期限までに confirm がなかったため",
                    "was not confirmed in time",
                ),
                Reversal::Abandoned => Text::new(
                    "適用コマンドが途中で終わったため",
                    "was left half applied by its command",
                ),
            };
            Text::new(
                format!("自動復帰: 第{from}版は{}、{}", why.ja, came_back(*to).ja),
                format!(
                    "reverted by itself: revision {from} {}; {}",
                    why.en,
                    came_back(*to).en
                ),
            )
        }
        Event::Cut { by } => Text::new(
            format!("緊急遮断: インターネットと LGWAN の間を全て止めました（{by}）"),
            format!("CUT: everything between internet and LGWAN stopped (by {by})"),
        ),
        Event::CutUndone { by } => Text::new(
            format!("緊急遮断を解除（{by}）"),
            format!("cut undone (by {by})"),
        ),
        Event::Probed {
            by,
            probes,
            leaks,
            over_blocks,
            unproven,
            ..
        } => Text::new(
            format!(
                "分離を検査（{by}、{probes} 件）: 漏れ {leaks}、止めすぎ {over_blocks}、確かめられず {unproven}"
            ),
            format!(
                "separation probed (by {by}, {probes} tests): {leaks} leaks, {over_blocks} over-blocks, {unproven} unproven"
            ),
        ),
        Event::SessionsCut { count, sessions } => Text::new(
            format!(
                "許可のなくなった接続 {count} 件を切断: {}",
                sessions.join(" | ")
            ),
            format!(
                "ended {count} sessions that no flow covers: {}",
                sessions.join(" | ")
            ),
        ),
        Event::Drift {
            lines,
            processes,
            noticed,
            repaired,
        } => drift(lines, processes, (*noticed, *repaired), zone),
        Event::Denied {
            seen,
            groups,
            others,
            ..
        } => denied(*seen, groups, *others),
        Event::Hits { flows } => {
            let sum = flows
                .values()
                .fold(0_u64, |sum, hit| sum.saturating_add(hit.count));
            let used: Vec<String> = flows
                .iter()
                .take(SHOWN)
                .map(|(flow, hit)| format!("{flow} ×{}", hit.count))
                .collect();
            let used = used.join(", ");
            Text::new(
                format!("許可通信の利用 {sum} 回: {used}"),
                format!("flows were used {sum} times: {used}"),
            )
        }
        Event::Sessions {
            groups,
            others,
            lost,
        } => sessions(groups, *others, *lost),
        Event::Alarm { message } => {
            Text::new(format!("警報: {message}"), format!("alarm: {message}"))
        }
        Event::AlarmEnded { message } => Text::new(
            format!("警報の解消: {message}"),
            format!("alarm over: {message}"),
        ),
    }
}

/// What a revision that goes by itself leaves behind.
fn came_back(revision: u64) -> Text {
    match revision {
        0 => Text::new("全て遮断に戻ります", "nothing passes again"),
        known => Text::new(
            format!("第{known}版に戻ります"),
            format!("revision {known} is in force again"),
        ),
    }
}

/// Groups that one line names; the rest is in `--json`.
const SHOWN: usize = 5;

fn denied(seen: u64, groups: &[DeniedGroup], others: u64) -> Text {
    let named: Vec<String> = groups
        .iter()
        .take(SHOWN)
        .map(|group| {
            format!(
                "{} -> {} {} ×{}",
                group.source, group.destination, group.service, group.count
            )
        })
        .collect();
    let rest = groups
        .iter()
        .skip(SHOWN)
        .fold(others, |sum, group| sum.saturating_add(group.count));
    let named = named.join(", ");
    Text::new(
        format!("拒否 {seen} パケット: {named}、その他 {rest}"),
        format!("denied {seen} packets: {named}, others {rest}"),
    )
}

fn sessions(groups: &[SessionGroup], others: u64, lost: bool) -> Text {
    let named: Vec<String> = groups
        .iter()
        .take(SHOWN)
        .map(|group| {
            format!(
                "{}: {} -> {} {} {}{}",
                group.flow,
                group.source,
                group.destination,
                group.service,
                if group.ended { '-' } else { '+' },
                group.count
            )
        })
        .collect();
    let named = named.join(", ");
    let lost = if lost {
        Text::new("（取りこぼしあり）", " (some were lost)")
    } else {
        Text::new("", "")
    };
    Text::new(
        format!(
            "接続の開始(+)と終了(-): {named}、その他 {others}{}",
            lost.ja
        ),
        format!(
            "sessions begun (+) and ended (-): {named}, others {others}{}",
            lost.en
        ),
    )
}

fn drift(
    lines: &[String],
    processes: &[String],
    times: (Option<Timestamp>, Option<Timestamp>),
    zone: &TimeZone,
) -> Text {
    let (count, shown) = (lines.len(), lines.join(" | "));
    let plural = if count == 1 { "" } else { "s" };
    let who = match processes {
        [] => Text::new("", ""),
        some => Text::new(
            format!("（変更したプロセス: {}）", some.join(", ")),
            format!(" (by process {})", some.join(", ")),
        ),
    };
    let times = match times {
        (None, _) => Text::new("", ""), // of an earlier version
        (Some(noticed), None) => {
            let noticed = second(zone, noticed);
            Text::new(
                format!("、{noticed} に検知、修復できず"),
                format!(", noticed at {noticed}, not repaired"),
            )
        }
        (Some(noticed), Some(repaired)) => {
            let seconds = repaired.duration_since(noticed).as_secs_f64();
            let noticed = second(zone, noticed);
            Text::new(
                format!("、{noticed} に検知、{seconds:.3} 秒で修復"),
                format!(", noticed at {noticed}, repaired {seconds:.3} s later"),
            )
        }
    };
    Text::new(
        format!("規則の不一致 {count} 行{}{}: {shown}", who.ja, times.ja),
        format!(
            "drift of {count} line{plural}{}{}: {shown}",
            who.en, times.en
        ),
    )
}
