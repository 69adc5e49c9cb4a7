//! `sekimori verify --attestation FILE`: is this signed record what the box
//! wrote? Needs the file and the public key, nothing else.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::audit::attestation::{self, AttestationError, Attested, PROBE, PUBLIC_FILE, PublicKey};
use crate::policy::moment::recorded;
use crate::policy::text::{Lang, Text, escape_hostile};

use super::{DONE, FAILED, Globals, WITHHELD};

/// Verifies all `files`; 3 where one does not verify.
pub fn verify(globals: &Globals, files: &[PathBuf], key: Option<&Path>) -> ExitCode {
    let default = globals.config.join(PUBLIC_FILE);
    let key = match PublicKey::read(key.unwrap_or(&default)) {
        Ok(key) => key,
        Err(error) => {
            let (because, hint) = (error.text(), "--key FILE");
            return globals.fail(&Text::new(
                format!("{}。公開鍵は {hint} で指定してください", because.ja),
                format!("{}; name the public key with {hint}", because.en),
            ));
        }
    };
    let mut status = DONE;
    for path in files {
        let name = escape_hostile(&path.to_string_lossy());
        let opened = attestation::read(path).and_then(|bytes| key.open(&bytes));
        match opened {
            Ok(attested) => shown(globals, &name, &key, &attested),
            Err(error) => {
                let unread = matches!(error, AttestationError::File(_));
                status = if unread || status == FAILED {
                    FAILED
                } else {
                    WITHHELD
                };
                let text = error.text();
                if globals.json {
                    println!(
                        "{}",
                        json!({ "file": name, "verified": false, "reason": text.get(globals.lang) })
                    );
                } else {
                    eprintln!("sekimori: {name}: {}", text.get(globals.lang));
                }
            }
        }
    }
    ExitCode::from(status)
}

fn shown(globals: &Globals, name: &str, key: &PublicKey, attested: &Attested) {
    let payload: Value = serde_json::from_slice(attested.payload()).unwrap_or(Value::Null);
    if globals.json {
        println!(
            "{}",
            json!({ "file": name, "verified": true, "key": key.id(), "type": attested.payload_type(), "payload": payload })
        );
        return;
    }
    let head = Text::new(
        format!(
            "{name}: 署名は正しく、書き換えられていません (鍵 {})",
            key.id()
        ),
        format!(
            "{name}: the signature is right and nothing was changed (key {})",
            key.id()
        ),
    );
    println!("{}", head.get(globals.lang));
    if attested.payload_type() == PROBE {
        for line in summary(globals, &payload) {
            println!("  {line}");
        }
    } else {
        println!("  {}", escape_hostile(attested.payload_type()));
    }
}

/// What a probe's report attests, in a few lines.
fn summary(globals: &Globals, payload: &Value) -> Vec<String> {
    let at = |pointer: &str| match payload.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => escape_hostile(text),
        Some(other) => other.to_string(),
    };
    let say = |ja: String, en: String| Text::new(ja, en).get(globals.lang).to_owned();
    let started = recorded(&globals.zone(), &at("/started"));
    let (site, machine, revision) = (at("/site"), at("/machine"), at("/revision"));
    let mut lines = vec![
        say(
            format!("疎通検査: {site}、機器 {machine}、改訂 {revision}、{started}"),
            format!("probe of {site}, machine {machine}, revision {revision}, {started}"),
        ),
        say(
            format!("設定 sha256 {}", at("/policy")),
            format!("policy sha256 {}", at("/policy")),
        ),
        say(
            format!(
                "検査 {} 件、漏れ {}、止めすぎ {}、確かめられなかったもの {}",
                at("/counts/probes"),
                at("/counts/leaks"),
                at("/counts/over_blocks"),
                at("/counts/unproven")
            ),
            format!(
                "{} probes: {} leaks, {} over-blocks, {} unproven",
                at("/counts/probes"),
                at("/counts/leaks"),
                at("/counts/over_blocks"),
                at("/counts/unproven")
            ),
        ),
    ];
    for finding in payload
        .get("findings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = finding.get(match globals.lang {
            Lang::Ja => "ja",
            Lang::En => "en",
        });
        lines.push(escape_hostile(text.and_then(Value::as_str).unwrap_or("-")));
    }
    lines
}
