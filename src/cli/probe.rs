//! `sekimori probe`: real packets across the boundary, held against the
//! allow-list, in namespaces built from the configuration.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::audit::Event;
use crate::audit::attestation::{AttestationError, AttestationKey, PROBE};
use crate::policy::Policy;
use crate::policy::text::{Lang, Text, bounded, escape_hostile};
use crate::segment::compile::MAIL_USER;
use crate::segment::configuration::{Configuration, Purpose};
use crate::segment::probe::page::page;
use crate::segment::probe::report::{Circumstances, Report};
use crate::segment::probe::{Range, lifecycle::REPEATS, matrix::OTHER_USER};
use crate::segment::revision::{Revisions, sha256};
use crate::segment::{Facts, SegmentError, change, compile, cut};

use super::{DONE, Globals, WITHHELD, order};

/// Real packets against the allow-list; writes a signed report
#[derive(Debug, clap::Args)]
#[command(
    after_help = "例 / Examples:\n  sekimori probe -o report\n  sekimori --config ./config probe --from office"
)]
pub struct Probe {
    /// Only what starts in this zone
    #[arg(long, value_name = "ZONE")]
    from: Option<String>,
    /// Where the report goes (probe.json, probe.html, probe.dsse.json); created if need be
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Results that are kept below the state folder.
const KEPT: usize = 100;

/// What is probed.
struct Subject {
    policy: Policy,
    revision: Option<u64>,
    users: BTreeMap<String, u32>,
    notes: Vec<Text>,
}

/// Runs the command.
pub fn run(globals: &Globals, probe: &Probe) -> ExitCode {
    match try_run(globals, probe) {
        Ok(true) => ExitCode::from(DONE),
        Ok(false) => ExitCode::from(WITHHELD),
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals, probe: &Probe) -> Result<bool, SegmentError> {
    let now = Timestamp::now();
    let mut subject = subject(globals, now)?;
    if let Some(zone) = &probe.from
        && !subject.policy.zones.contains_key(zone)
    {
        let zone = escape_hostile(&bounded(zone, 80));
        return Err(SegmentError::Configuration(Text::new(
            format!("区域 {zone} はありません"),
            format!("there is no zone {zone}"),
        )));
    }
    let root = nix::unistd::geteuid().is_root();
    if !root {
        enter_own_namespace()?;
        subject.notes.push(Text::new(
            "root でないため、機器自身のほかの利用者からの送信は検査していません",
            "not root: what other users of the box send was not tested",
        ));
    }
    let start = std::time::Instant::now();
    let facts = Facts {
        now,
        users: subject.users.clone(),
    };
    let rules = compile(&subject.policy, &facts)?;
    let mut mark = [0; 4];
    getrandom::fill(&mut mark).map_err(|error| SegmentError::Control(error.to_string()))?;
    let mut range = Range::build(
        &subject.policy,
        &subject.users,
        now,
        probe.from.as_deref(),
        root,
        mark,
        &mut progress(globals, Text::new("対照", "controls")),
    )?;
    let judged = range.examine(&rules, &mut progress(globals, Text::new("検査", "tests")))?;
    let lived = match probe.from {
        None => range.live_through(&subject.policy, &subject.users, now, REPEATS)?,
        Some(_) => Vec::new(),
    };
    let circumstances = Circumstances {
        site: subject.policy.site.id.clone(),
        body: subject.policy.site.name.clone(),
        machine: machine(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        revision: subject.revision,
        policy: subject.policy.sha256.clone(),
        ruleset: sha256(rules.to_string().as_bytes()),
        started: now.round(jiff::Unit::Second).unwrap_or(now),
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        ground: "namespaces".to_owned(),
        packets: range.offered(),
        notes: subject.notes.into_iter().map(Into::into).collect(),
    };
    let report = Report::of(circumstances, range.probes(), &judged, &lived);
    finish(globals, probe.output.as_deref(), &report)?;
    Ok(report.is_clean())
}

/// The revision that holds, else what `--config` says.
fn subject(globals: &Globals, now: Timestamp) -> Result<Subject, SegmentError> {
    let revisions = Revisions::of(&globals.state);
    let mut notes = Vec::new();
    let revision = revisions.current()?;
    let policy = match revision {
        Some(number) => {
            let (policy, _) = revisions
                .configuration(number)?
                .policy(Purpose::Hold, now)?;
            if revisions.cut().is_some() {
                notes.push(Text::new(
                    "緊急遮断中の規則を検査しました",
                    "probed as cut: internet and LGWAN are separated",
                ));
                cut::closed(&policy)
            } else {
                policy
            }
        }
        None => {
            notes.push(Text::new(
                "適用された改訂がないため、設定フォルダを検査しました",
                "no revision is applied: the configuration folder was probed",
            ));
            let sources = super::configuration::read(&globals.config)
                .map_err(|error| SegmentError::Configuration(error.text()))?;
            Configuration::of(sources).policy(Purpose::Hold, now)?.0
        }
    };
    let mut users = change::facts(now).users;
    users.entry(MAIL_USER.to_owned()).or_insert_with(|| {
        notes.push(Text::new(
            format!("利用者 {MAIL_USER} がこの機械にないため、仮の番号で検査しました"),
            format!("user {MAIL_USER} does not exist here: a number stood in for it"),
        ));
        OTHER_USER.saturating_sub(1)
    });
    Ok(Subject {
        policy,
        revision,
        users,
        notes,
    })
}

/// A user namespace in which we are root, before any thread is started.
fn enter_own_namespace() -> Result<(), SegmentError> {
    use nix::sched::{CloneFlags, unshare};
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let failed = |reason: String| SegmentError::World {
        doing: "user namespace".to_owned(),
        reason,
    };
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .map_err(|error| failed(error.to_string()))?;
    for (path, text) in [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("0 {uid} 1")),
        ("/proc/self/gid_map", format!("0 {gid} 1")),
    ] {
        std::fs::write(path, text).map_err(|error| failed(format!("{path}: {error}")))?;
    }
    Ok(())
}

fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    escape_hostile(&bounded(name.trim(), 64))
}

/// A line on a terminal, nothing elsewhere.
fn progress(globals: &Globals, what: Text) -> impl FnMut(usize, usize) {
    let lang = globals.lang;
    let shown = std::io::stderr().is_terminal() && !globals.json;
    let mut done: usize = 0;
    move |more, all| {
        done = done.saturating_add(more);
        if shown {
            let end = if done >= all { "\r\x1b[K" } else { "" };
            eprint!("\r{} {done}/{all}{end}", what.get(lang));
            let _ = std::io::stderr().flush();
        }
    }
}

/// Signs, writes, keeps, records and shows.
fn finish(globals: &Globals, output: Option<&Path>, report: &Report) -> Result<(), SegmentError> {
    let json =
        serde_json::to_string(report).map_err(|error| SegmentError::Control(error.to_string()))?;
    let key = key(globals);
    if let Some(folder) = output {
        let id = key.as_ref().ok().map(|key| key.public().id());
        std::fs::create_dir_all(folder).map_err(SegmentError::file(folder))?;
        write(&folder.join("probe.json"), &json)?;
        write(&folder.join("probe.html"), &page(report, id.as_deref()))?;
        if let Ok(key) = &key {
            write(
                &folder.join("probe.dsse.json"),
                &key.sign(PROBE, json.as_bytes()),
            )?;
        }
    }
    let digest = sha256(json.as_bytes());
    let kept = keep(globals, report, &digest, output, key.as_ref().ok());
    let recorded = record(globals, report, &digest);
    show(globals, report, output, key.as_ref().err());
    for (ja, en, result) in [
        (
            "検査の結果を状態フォルダに残せません",
            "the result cannot be kept in the state folder",
            kept,
        ),
        (
            "検査を監査記録に残せません",
            "the probe cannot be recorded",
            recorded,
        ),
    ] {
        if let Err(error) = result {
            let error = error.text();
            let text = Text::new(format!("{ja}: {}", error.ja), format!("{en}: {}", error.en));
            eprintln!("sekimori: {}", text.get(globals.lang));
        }
    }
    Ok(())
}

fn key(globals: &Globals) -> Result<AttestationKey, AttestationError> {
    let given = std::env::var_os("CREDENTIALS_DIRECTORY");
    AttestationKey::from_credential(
        given.as_deref().map(Path::new),
        &globals.config.join("credentials"),
    )
}

fn write(path: &Path, text: &str) -> Result<(), SegmentError> {
    std::fs::write(path, text).map_err(SegmentError::file(path))
}

/// A small signed result under `probes/`, for `status`; the oldest go.
fn keep(
    globals: &Globals,
    report: &Report,
    digest: &str,
    output: Option<&Path>,
    key: Option<&AttestationKey>,
) -> Result<(), SegmentError> {
    let folder = globals.state.join("probes");
    std::fs::create_dir_all(&folder).map_err(SegmentError::file(&folder))?;
    let mut small = serde_json::to_value(report).unwrap_or_default();
    if let Value::Object(fields) = &mut small {
        fields.remove("probes");
        fields.remove("classes");
        fields.insert("report_sha256".to_owned(), json!(digest));
        let place = output.and_then(|folder| std::path::absolute(folder).ok());
        fields.insert("report".to_owned(), json!(place));
    }
    let text = small.to_string();
    let name = report.circumstances.started.strftime("%Y%m%dT%H%M%SZ");
    let (path, text) = match key {
        Some(key) => (
            folder.join(format!("{name}.dsse.json")),
            key.sign(PROBE, text.as_bytes()),
        ),
        None => (folder.join(format!("{name}.json")), text),
    };
    write(&path, &text)?;
    let entries = std::fs::read_dir(&folder).map_err(SegmentError::file(&folder))?;
    let mut all: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    all.sort();
    for old in all.iter().take(all.len().saturating_sub(KEPT)) {
        std::fs::remove_file(old).map_err(SegmentError::file(old))?;
    }
    Ok(())
}

/// Through the role where it runs, else directly; a machine without a record
/// (an auditor's) has none to write.
fn record(globals: &Globals, report: &Report, digest: &str) -> Result<(), SegmentError> {
    if !globals.state.join("audit").is_dir() {
        return Ok(());
    }
    let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let user = nix::unistd::User::from_uid(nix::unistd::getuid())
        .ok()
        .flatten();
    let event = Event::Probed {
        by: user.map_or_else(|| nix::unistd::getuid().to_string(), |user| user.name),
        ground: report.circumstances.ground.clone(),
        probes: many(report.counts.probes),
        packets: report.circumstances.packets,
        leaks: many(report.counts.leaks),
        over_blocks: many(report.counts.over_blocks),
        unproven: many(report.counts.unproven),
        report: digest.to_owned(),
    };
    let request = json!({ "command": "probed", "event": event });
    let answer = crate::run::ask(&globals.runtime, "segment", &request)
        .map_err(|error| SegmentError::Control(error.to_string()))?;
    match answer {
        Some(_) => Ok(()),
        None => order::with_record(globals, |log| {
            order::append(log, report.circumstances.revision.unwrap_or(0), &event)
        }),
    }
}

fn show(
    globals: &Globals,
    report: &Report,
    output: Option<&Path>,
    unsigned: Option<&AttestationError>,
) {
    if globals.json {
        println!("{}", serde_json::to_value(report).unwrap_or_default());
        return;
    }
    let say = |ja: String, en: String| println!("{}", Text::new(ja, en).get(globals.lang));
    let (at, counts) = (&report.circumstances, report.counts);
    let revision = at
        .revision
        .map_or_else(|| "-".to_owned(), |number| number.to_string());
    say(
        format!(
            "分離の検査: 改訂 {revision}、{} 件、パケット {} 個、{} ミリ秒",
            counts.probes, at.packets, at.milliseconds
        ),
        format!(
            "probe: revision {revision}, {} tests, {} packets, {} ms",
            counts.probes, at.packets, at.milliseconds
        ),
    );
    say(
        format!(
            "  許可どおり通過 {}、遮断 {}、カーネルが遮断 {}",
            counts.passed, counts.held, counts.held_by_kernel
        ),
        format!(
            "  passed as allowed {}, stopped {}, by the kernel itself {}",
            counts.passed, counts.held, counts.held_by_kernel
        ),
    );
    say(
        format!(
            "  漏れ {}、止めすぎ {}、確かめられず {}",
            counts.leaks, counts.over_blocks, counts.unproven
        ),
        format!(
            "  leaks {}, over-blocks {}, unproven {}",
            counts.leaks, counts.over_blocks, counts.unproven
        ),
    );
    for words in report.findings.iter().take(20) {
        say(format!("  ! {}", words.ja), format!("  ! {}", words.en));
    }
    if let Some(more) = report
        .findings
        .len()
        .checked_sub(20)
        .filter(|more| *more > 0)
    {
        say(
            format!("  ! ほか {more} 件 (-o で報告を書き出してください)"),
            format!("  ! and {more} more (write the report with -o)"),
        );
    }
    for class in report
        .classes
        .iter()
        .filter(|class| class.not_tested.is_some())
    {
        if let Some(why) = &class.not_tested {
            say(
                format!("  対象外 {} {}: {}", class.number, class.title.ja, why.ja),
                format!(
                    "  not tested {} {}: {}",
                    class.number, class.title.en, why.en
                ),
            );
        }
    }
    for note in &at.notes {
        say(format!("  注 {}", note.ja), format!("  note {}", note.en));
    }
    if let Some(error) = unsigned {
        let error = error.text();
        say(
            format!("  署名なし: {}", error.ja),
            format!("  not signed: {}", error.en),
        );
    }
    if let Some(folder) = output {
        let folder = escape_hostile(&folder.to_string_lossy());
        say(
            format!("報告 {folder}/probe.html"),
            format!("report {folder}/probe.html"),
        );
    }
}

/// The last result, for `status`.
#[must_use]
pub fn last(globals: &Globals) -> Value {
    let folder = globals.state.join("probes");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    all.sort();
    let Some(path) = all.pop() else {
        return Value::Null;
    };
    let signed = path.to_string_lossy().ends_with(".dsse.json");
    let read = || -> Option<Value> {
        let bytes = crate::audit::attestation::read(&path).ok()?;
        if !signed {
            return serde_json::from_slice(&bytes).ok();
        }
        let key = globals.config.join(crate::audit::attestation::PUBLIC_FILE);
        let key = crate::audit::attestation::PublicKey::read(&key).ok()?;
        serde_json::from_slice(key.open(&bytes).ok()?.payload()).ok()
    };
    match read() {
        Some(found) => json!({
            "at": found.get("started"), "revision": found.get("revision"),
            "counts": found.get("counts"), "signed": signed, "report": found.get("report"),
        }),
        None => {
            json!({ "error": Text::new("検査の結果を検証できません", "the result does not verify").get(globals.lang) })
        }
    }
}

/// The last result in one line.
#[must_use]
pub fn last_in_words(lang: Lang, last: &Value) -> String {
    let at = |pointer: &str| match last.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => escape_hostile(text),
        Some(other) => other.to_string(),
    };
    let text = if last.is_null() {
        Text::new(
            "検査 まだありません (sekimori probe)",
            "probe none yet (sekimori probe)",
        )
    } else if last.get("error").is_some() {
        Text::new(
            format!("検査 {}", at("/error")),
            format!("probe {}", at("/error")),
        )
    } else {
        let (leaks, over, unproven) = (
            at("/counts/leaks"),
            at("/counts/over_blocks"),
            at("/counts/unproven"),
        );
        Text::new(
            format!(
                "検査 {} 改訂 {}: 漏れ {leaks}、止めすぎ {over}、確かめられず {unproven}",
                at("/at"),
                at("/revision")
            ),
            format!(
                "probe {} revision {}: leaks {leaks}, over-blocks {over}, unproven {unproven}",
                at("/at"),
                at("/revision")
            ),
        )
    };
    text.get(lang).to_owned()
}
