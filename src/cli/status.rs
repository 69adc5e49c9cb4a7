//! `sekimori status`: one screen. Asks each role, counts files, changes nothing.

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::policy::moment::recorded;
use crate::policy::text::{Text, escape_hostile};
use crate::policy::{Facts, Flow, load, local_day};
use crate::sandbox::Sandbox;
use crate::segment::clock::since_boot;
use crate::segment::revision::Revisions;
use crate::segment::{change, observe_drift};

use super::cut::still;
use super::flow::ledger;
use super::flow::list::sources_of;
use super::{DONE, Globals};

/// Roles of this version. The sandbox has no control socket: its greeting
/// says what there is to say.
const ROLES: [&str; 3] = ["segment", "mail", "sandbox"];

/// Spool states, in the order of a mail's way.
const QUEUES: [&str; 5] = ["receiving", "received", "outgoing", "held", "corrupt"];

/// Runs the command.
pub fn run(globals: &Globals) -> ExitCode {
    let status = gather(globals);
    if globals.json {
        println!("{status}");
    } else {
        show(globals, &status);
    }
    ExitCode::from(DONE)
}

fn gather(globals: &Globals) -> Value {
    let mut roles = serde_json::Map::new();
    for role in ROLES {
        let answer = if role == "sandbox" {
            sandbox(globals)
        } else {
            asked(globals, role)
        };
        roles.insert(role.to_owned(), answer);
    }
    let revisions = Revisions::of(&globals.state);
    let (revision, revision_error) = match revisions.current() {
        Ok(revision) => (revision, None),
        Err(error) => (None, Some(error.text().get(globals.lang).to_owned())),
    };
    let asked = roles
        .get("segment")
        .and_then(|segment| segment.get("drift"))
        .cloned();
    let drift = asked.unwrap_or_else(|| own_look(globals, &revisions));
    let queue: serde_json::Map<String, Value> = QUEUES
        .iter()
        .map(|state| {
            (
                (*state).to_owned(),
                json!(entries(&globals.state.join("spool").join(state))),
            )
        })
        .collect();
    let trial = revisions.trial(since_boot().as_ref()).map(|trial| {
        let left = since_boot().and_then(|clock| trial.left(&clock));
        let seconds = left.map_or(0, |left| left.as_secs());
        json!({ "revision": trial.revision, "previous": trial.previous, "until": trial.until,
                "seconds_left": seconds, "by": trial.by })
    });
    let ordered = roles
        .get("segment")
        .and_then(|segment| segment.get("cut"))
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let cut = match revisions.cut() {
        Some(cut) => json!({ "by": cut.by, "since": cut.since }),
        None if ordered => json!({ "by": null, "since": null }),
        None => Value::Null,
    };
    let now = Timestamp::now()
        .round(jiff::Unit::Second)
        .unwrap_or_else(|_| Timestamp::now());
    json!({
        "cut": cut, "trial": trial, "ending": ending(&revisions, revision, now),
        "roles": roles, "revision": revision, "revision_error": revision_error,
        "drift": drift, "queue": queue, "probe": super::probe::last(globals), "disk": disk(&globals.state), "clock": now.to_string(),
    })
}

/// Flows of the revision in force that end within thirty days, and those
/// that have ended; unknown (null) where there is none to read.
fn ending(revisions: &Revisions, revision: Option<u64>, now: Timestamp) -> Value {
    let sources = revision.and_then(|number| sources_of(revisions, number).ok());
    // Without the clock what has expired is still a flow, and is counted.
    let loaded = sources.and_then(|sources| load(&sources, &Facts::default()).ok());
    let Some((policy, _)) = loaded else {
        return Value::Null;
    };
    let today = local_day(&policy.site, now);
    let left = |flow: &Flow| ledger::days_left(flow.last_day(), today);
    let count =
        |is: &dyn Fn(i64) -> bool| policy.flows.iter().filter(|flow| is(left(flow))).count();
    json!({
        "within_30_days": count(&|days| (0..=ledger::SOON).contains(&days)),
        "expired": count(&|days| days < 0),
    })
}

fn asked(globals: &Globals, role: &str) -> Value {
    match crate::run::ask(&globals.runtime, role, &json!({ "command": "status" })) {
        Ok(Some(answer)) => answer,
        Ok(None) => Value::Null,
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn sandbox(globals: &Globals) -> Value {
    Sandbox::role(&globals.runtime.join("sandbox.sock")).map_or(Value::Null, |sandbox| {
        json!({ "confinement": sandbox.confinement(), "fonts": sandbox.has_fonts(),
                    "office": sandbox.has_office() })
    })
}

/// Without the role, root can look for itself; others cannot (null).
fn own_look(globals: &Globals, revisions: &Revisions) -> Value {
    let cut = revisions.cut().is_some();
    let look = change::current(revisions, cut, Timestamp::now())
        .and_then(|standing| observe_drift(&standing.ruleset));
    match look {
        Ok((drift, _)) => json!(drift.lines()),
        Err(_) if !nix::unistd::geteuid().is_root() => Value::Null,
        Err(error) => json!([error.text().get(globals.lang)]),
    }
}

/// Entries of a folder that are no dot files; none where there is no folder.
fn entries(folder: &Path) -> Option<usize> {
    let entries = std::fs::read_dir(folder).ok()?;
    let seen = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    Some(seen.count())
}

fn disk(state: &Path) -> Value {
    match nix::sys::statvfs::statvfs(state) {
        Ok(disk) => json!({
            "free_bytes": disk.blocks_available().saturating_mul(disk.fragment_size()),
            "total_bytes": disk.blocks().saturating_mul(disk.fragment_size()),
        }),
        Err(_) => Value::Null,
    }
}

/// A normal state: what comes of it, and which packages change it.
pub(super) fn no_office() -> Text {
    Text::new(
        "任意 LibreOffice がありません: 画像化や旧形式の変換を指定した Office 文書は文字だけになります (libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui)",
        "optional LibreOffice is not installed: office documents ordered as pages, and old ones in modern form, come out as text (libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui)",
    )
}

/// `path: 1, not 0` of a switch, as an administrator would say it in Japanese.
fn difference(line: &str) -> String {
    match line.rsplit_once(", not ") {
        Some((found, wanted)) if line.starts_with('~') => {
            format!("{found}（正しくは {wanted}）")
        }
        _ => line.to_owned(),
    }
}

fn show(globals: &Globals, status: &Value) {
    let say = |ja: String, en: String| println!("{}", Text::new(ja, en).get(globals.lang));
    let no_value = Value::Null;
    let at = |pointer: &str| status.pointer(pointer).unwrap_or(&no_value);
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => escape_hostile(text),
        other => other.to_string(),
    };
    let zone = globals.zone();
    let moment = |pointer: &str| recorded(&zone, at(pointer).as_str().unwrap_or("-"));
    if !at("/cut").is_null() {
        let (by, since) = (shown(at("/cut/by")), moment("/cut/since"));
        say(
            format!("!!! {} [{by} {since}]", still().ja),
            format!("!!! {} [by {by} since {since}]", still().en),
        );
    }
    if !at("/trial").is_null() {
        let (revision, previous) = (shown(at("/trial/revision")), shown(at("/trial/previous")));
        let (until, left) = (moment("/trial/until"), shown(at("/trial/seconds_left")));
        say(
            format!(
                "!!! 改訂 {revision} は試行中: {until} (あと {left} 秒) までに sekimori confirm がなければ改訂 {previous} に戻ります"
            ),
            format!(
                "!!! revision {revision} is on trial: unless confirmed (sekimori confirm) by {until} ({left} s left), revision {previous} comes back"
            ),
        );
    }
    for role in ROLES {
        let answer = at(&format!("/roles/{role}"));
        match (answer, answer.get("error")) {
            (Value::Null, _) => say(
                format!("ロール {role:<8} 停止"),
                format!("role {role:<8} does not run"),
            ),
            (_, Some(error)) => say(
                format!("ロール {role:<8} 異常: {}", shown(error)),
                format!("role {role:<8} fault: {}", shown(error)),
            ),
            (_, None) => {
                let detail = match answer.get("confinement") {
                    Some(confinement) => {
                        let shown = shown(confinement);
                        Text::new(shown.clone(), shown)
                    }
                    None => {
                        let revision = shown(answer.get("revision").unwrap_or(&no_value));
                        Text::new(format!("改訂 {revision}"), format!("revision {revision}"))
                    }
                };
                say(
                    format!("ロール {role:<8} 稼働 ({})", detail.ja),
                    format!("role {role:<8} runs ({})", detail.en),
                );
            }
        }
    }
    if at("/roles/sandbox/fonts") == &Value::Bool(false) {
        say(
            "注意 日本語フォントがありません (fonts-ipafont を入れてください)".into(),
            "note no Japanese font is installed (install fonts-ipafont)".into(),
        );
    }
    if at("/roles/sandbox/office") == &Value::Bool(false) {
        let note = no_office();
        say(note.ja, note.en);
    }
    match at("/revision") {
        Value::Null if at("/revision_error").is_null() => say(
            "改訂 なし (sekimori apply で作成します)".into(),
            "revision none yet (sekimori apply makes one)".into(),
        ),
        revision => {
            let revision = shown(revision);
            say(format!("改訂 {revision}"), format!("revision {revision}"));
        }
    }
    if let Value::String(error) = at("/revision_error") {
        println!("  {error}");
    }
    if !at("/ending").is_null() {
        let (soon, ended) = (
            shown(at("/ending/within_30_days")),
            shown(at("/ending/expired")),
        );
        say(
            format!(
                "期限 30 日以内に終わる許可 {soon} 件、期限切れ {ended} 件 (sekimori flow expiring)"
            ),
            format!("flows {soon} end within 30 days, {ended} expired (sekimori flow expiring)"),
        );
    }
    match at("/drift") {
        Value::Array(lines) if lines.is_empty() => {
            say(
                "規則 カーネルと一致".into(),
                "rules equal to the kernel's".into(),
            );
        }
        Value::Array(lines) => {
            say(
                format!(
                    "規則 不一致 {} 件 (- 欠落、+ 余分、~ 値の違い)",
                    lines.len()
                ),
                format!(
                    "rules differ in {} places (- missing, + extra, ~ changed)",
                    lines.len()
                ),
            );
            for line in lines {
                let line = escape_hostile(line.as_str().unwrap_or_default());
                say(format!("  {}", difference(&line)), format!("  {line}"));
            }
        }
        _ => say(
            "規則 不明 (root で実行してください)".into(),
            "rules unknown (run as root)".into(),
        ),
    }
    println!(
        "{}",
        super::probe::last_in_words(globals.lang, &zone, at("/probe"))
    );
    let counts = |names: [&str; 5]| {
        let count = |(name, state)| format!("{name} {}", shown(at(&format!("/queue/{state}"))));
        let counts: Vec<String> = names.into_iter().zip(QUEUES).map(count).collect();
        counts.join("  ")
    };
    say(
        format!(
            "メール {}",
            counts(["受信中", "処理待ち", "配送待ち", "保留", "破損"])
        ),
        format!("mail {}", counts(QUEUES)),
    );
    let mebibytes = |pointer: &str| {
        at(pointer)
            .as_u64()
            .map_or("-".to_owned(), |bytes| (bytes >> 20).to_string())
    };
    let (free, total) = (
        mebibytes("/disk/free_bytes"),
        mebibytes("/disk/total_bytes"),
    );
    say(
        format!("ディスク 空き {free} MiB / {total} MiB"),
        format!("disk {free} MiB free of {total} MiB"),
    );
    say(
        format!("時計 {}", moment("/clock")),
        format!("clock {}", moment("/clock")),
    );
}
