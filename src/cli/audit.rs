//! `sekimori audit verify | tail | export`: the record and what it proves.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{DONE, FAILED, Globals};
use crate::audit::event::{DeniedGroup, SessionGroup};
use crate::audit::{self, AuditError, Event, Findings, Head, Line, Reversal};
use crate::policy::text::{Lang, Text, escape_hostile};

/// The record: who did what, chained so that changes show
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori audit verify --heads heads.txt")]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Is the record whole and unchanged?
    #[command(
        after_help = "Example: journalctl -u 'sekimori-*' | grep sekimori-head > heads.txt
         sekimori audit verify --heads heads.txt"
    )]
    Verify {
        /// Heads kept off the box: lines with `sekimori-head role=… seq=… hash=…`
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// The last events of all roles
    #[command(after_help = "Example: sekimori audit tail -n 50 --role mail")]
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: usize,
        /// Only this role
        #[arg(long)]
        role: Option<String>,
    },
    /// All lines as they are written, JSON Lines on standard output
    #[command(after_help = "Example: sekimori audit export > audit.jsonl")]
    Export {
        /// Only this role
        #[arg(long)]
        role: Option<String>,
    },
}

/// Runs what was typed.
#[must_use]
pub fn run(globals: &Globals, audit: Audit) -> ExitCode {
    let root = globals.state.join("audit");
    let done = match audit.command {
        AuditCommand::Verify { heads } => verify(globals, &root, heads.as_deref()),
        AuditCommand::Tail { lines, role } => tail(globals, &root, lines, role.as_deref()),
        AuditCommand::Export { role } => export(&root, role.as_deref()),
    };
    done.unwrap_or_else(|error| globals.fail(&error.text()))
}

fn verify(globals: &Globals, root: &Path, heads: Option<&Path>) -> Result<ExitCode, AuditError> {
    let external = heads.map(read_heads).transpose()?.unwrap_or_default();
    let findings = audit::verify(root, &external)?;
    if globals.json {
        say(&serde_json::to_string(&findings).unwrap_or_default());
    } else {
        say(&shown(&findings, external.len(), globals.lang));
    }
    Ok(ExitCode::from(if findings.clean() { DONE } else { FAILED }))
}

fn read_heads(path: &Path) -> Result<Vec<Head>, AuditError> {
    let unreadable = |reason: String| AuditError::Open {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let heads: Vec<Head> = text.lines().filter_map(Head::find).collect();
    if heads.is_empty() {
        // A file without heads proves nothing; saying "verified" would be a lie.
        return Err(unreadable(
            "no line with sekimori-head role=… seq=… hash=…".to_owned(),
        ));
    }
    Ok(heads)
}

fn shown(findings: &Findings, external: usize, lang: Lang) -> String {
    let mut lines = Vec::new();
    for finding in findings.all() {
        lines.push(finding.text().get(lang).to_owned());
    }
    for chain in &findings.chains {
        let (role, count, confirmed) = (&chain.role, chain.lines, chain.confirmed);
        let wrong = chain.findings.len();
        let text = Text::new(
            format!("{role}: {count} 行、控えとの一致 {confirmed} 件、異常 {wrong} 件"),
            format!("{role}: {count} lines, {confirmed} heads confirmed, {wrong} findings"),
        );
        lines.push(text.get(lang).to_owned());
    }
    let verdict = if findings.clean() && external == 0 {
        Text::new(
            "異常はありません（外部に送った控えとは照合していません: --heads）。",
            "nothing is wrong (not compared with heads kept off the box: --heads).",
        )
    } else if findings.clean() {
        Text::new("異常はありません。", "nothing is wrong.")
    } else {
        Text::new(
            "記録に手が加えられています。フォルダーを保全し、責任者に連絡してください。",
            "the record was tampered with: secure the folder and tell the person in charge.",
        )
    };
    lines.push(verdict.get(lang).to_owned());
    lines.join("\n")
}

fn tail(
    globals: &Globals,
    root: &Path,
    count: usize,
    role: Option<&str>,
) -> Result<ExitCode, AuditError> {
    let mut last: Vec<(Line, Vec<u8>)> = Vec::new();
    for role in chosen(root, role)? {
        let mut ring = VecDeque::new();
        for entry in audit::read(&root.join(role))? {
            let entry = entry?;
            if ring.len() == count {
                ring.pop_front();
            }
            ring.push_back(entry.raw);
        }
        last.extend(
            ring.into_iter()
                .filter_map(|raw| Some((Line::read(&raw).ok()?, raw))),
        );
    }
    last.sort_by_key(|(line, _)| line.at);
    for (line, raw) in last.iter().skip(last.len().saturating_sub(count)) {
        if globals.json {
            say(&String::from_utf8_lossy(raw));
        } else {
            let what = line.event().map_or_else(
                || line.event.to_string(),
                |event| describe(&event).get(globals.lang).to_owned(),
            );
            let what = escape_hostile(&what);
            say(&format!(
                "{} {} #{} r{} {what}",
                super::moment(line.at),
                line.role,
                line.seq,
                line.revision
            ));
        }
    }
    Ok(ExitCode::from(DONE))
}

fn export(root: &Path, role: Option<&str>) -> Result<ExitCode, AuditError> {
    for role in chosen(root, role)? {
        for entry in audit::read(&root.join(role))? {
            let entry = entry?;
            if entry.complete && !say(&String::from_utf8_lossy(&entry.raw)) {
                return Ok(ExitCode::from(FAILED));
            }
        }
    }
    Ok(ExitCode::from(DONE))
}

fn chosen(root: &Path, role: Option<&str>) -> Result<Vec<String>, AuditError> {
    let mut present = audit::roles(root)?;
    if let Some(role) = role {
        present.retain(|name| name == role);
        if present.is_empty() {
            return Err(AuditError::Role(escape_hostile(role)));
        }
    }
    Ok(present)
}

/// One line on standard output; false when nobody reads any more.
fn say(line: &str) -> bool {
    writeln!(std::io::stdout().lock(), "{line}").is_ok()
}

/// An event in a few words.
fn describe(event: &Event) -> Text {
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
        } => Text::new(
            format!(
                "試行適用 第{revision}版（{by}）: {until} までに confirm がなければ{}",
                came_back(*previous).ja
            ),
            format!(
                "revision {revision} on trial (by {by}): unless confirmed by {until}, {}",
                came_back(*previous).en
            ),
        ),
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
        } => drift(lines, processes, *noticed, *repaired),
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
    noticed: Option<Timestamp>,
    repaired: Option<Timestamp>,
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
    let times = match (noticed, repaired) {
        (None, _) => Text::new("", ""), // of an earlier version
        (Some(noticed), None) => Text::new(
            format!("、{noticed} に検知、修復できず"),
            format!(", noticed at {noticed}, not repaired"),
        ),
        (Some(noticed), Some(repaired)) => {
            let seconds = repaired.duration_since(noticed).as_secs_f64();
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
