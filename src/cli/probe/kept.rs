//! A probe's result: signed, written, kept below the state folder, recorded,
//! and read again for `status`. Acts.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::audit::Event;
use crate::audit::attestation::{AttestationError, AttestationKey, PROBE};
use crate::policy::moment::recorded;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::segment::SegmentError;
use crate::segment::probe::page::page;
use crate::segment::probe::report::Report;
use crate::segment::revision::sha256;

use super::super::{Globals, order};
use super::shown::show;

/// Results that are kept below the state folder.
const KEPT: usize = 100;

/// Signs, writes, keeps, records and shows.
pub(super) fn finish(
    globals: &Globals,
    output: Option<&Path>,
    report: &Report,
    zone: &TimeZone,
) -> Result<(), SegmentError> {
    let json =
        serde_json::to_string(report).map_err(|error| SegmentError::Control(error.to_string()))?;
    let key = key(globals);
    if let Some(folder) = output {
        let id = key.as_ref().ok().map(|key| key.public().id());
        std::fs::create_dir_all(folder).map_err(SegmentError::file(folder))?;
        write(&folder.join("probe.json"), &json)?;
        write(
            &folder.join("probe.html"),
            &page(report, id.as_deref(), zone),
        )?;
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
pub fn last_in_words(lang: Lang, zone: &TimeZone, last: &Value) -> String {
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
        let (when, revision) = (recorded(zone, &at("/at")), at("/revision"));
        Text::new(
            format!(
                "検査 {when} 改訂 {revision}: 漏れ {leaks}、止めすぎ {over}、確かめられず {unproven}"
            ),
            format!(
                "probe {when} revision {revision}: leaks {leaks}, over-blocks {over}, unproven {unproven}"
            ),
        )
    };
    text.get(lang).to_owned()
}
