//! `sekimori apply`: check, expects, next revision, kernel, read back, record,
//! `current`. Any failure leaves the last good rules.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use crate::audit::{Event, Log};
use crate::policy::text::Text;
use crate::segment::SegmentError;
use crate::segment::change::{self, Prepared};
use crate::segment::configuration::{Configuration, Purpose};
use crate::segment::revision::{Change, Revisions};

use super::{DONE, Globals};

/// Puts the configuration in force, atomically
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: sekimori --config /etc/sekimori apply --as sato")]
pub struct Apply {
    /// Person id (from [people]) on whose behalf this is done
    #[arg(long = "as", value_name = "ID")]
    person: Option<String>,
    /// Revert by itself unless confirmed in time (not in this version)
    #[arg(long, value_name = "TIME")]
    confirm_within: Option<String>,
}

/// Runs the command.
pub fn run(globals: &Globals, apply: &Apply) -> ExitCode {
    match try_run(globals, apply) {
        Ok((revision, prepared)) => {
            done(globals, revision, &prepared);
            ExitCode::from(DONE)
        }
        Err(error) => globals.fail(&error.text()),
    }
}

fn try_run(globals: &Globals, apply: &Apply) -> Result<(u64, Prepared), SegmentError> {
    if apply.confirm_within.is_some() {
        return Err(SegmentError::NotInThisVersion(Text::new(
            "--confirm-within はこの版にありません。apply の後、必要なら rollback を使ってください。何も変更していません。",
            "--confirm-within is not in this version. Use apply, then rollback if needed. Nothing was changed.",
        )));
    }
    let revisions = Revisions::of(&globals.state);
    let change = revisions.change()?;
    let now = Timestamp::now();
    let prepared = change::prepare(read(globals, &revisions)?, Purpose::Change, now)?;
    let by = who(apply.person.as_deref(), &prepared)?;
    let meta = revisions.store(&change, &prepared, &by, now)?;
    switch_to(globals, &revisions, &change, meta.revision, &by, "apply")?;
    Ok((meta.revision, prepared))
}

/// The configuration folder, and the flow ids that are never used again.
pub(super) fn read(
    globals: &Globals,
    revisions: &Revisions,
) -> Result<Configuration, SegmentError> {
    let sources = super::configuration::read(&globals.config)
        .map_err(|error| SegmentError::Configuration(error.text()))?;
    Ok(Configuration::of(sources).with_retired(revisions.retired()?))
}

/// Kernel first, through the role where it runs; then `current`.
pub(super) fn switch_to(
    globals: &Globals,
    revisions: &Revisions,
    change: &Change,
    revision: u64,
    by: &str,
    command: &str,
) -> Result<(), SegmentError> {
    let lang = match globals.lang {
        crate::policy::text::Lang::Ja => "ja",
        crate::policy::text::Lang::En => "en",
    };
    let request = json!({ "command": command, "revision": revision, "by": by, "lang": lang });
    let answer = crate::run::ask(&globals.runtime, "segment", &request)
        .map_err(|error| SegmentError::Control(error.to_string()))?;
    if answer.is_none() {
        let log = Log::open(&globals.state.join("audit"), "segment")
            .map_err(|error| SegmentError::NoRecord(error.text().get(globals.lang).to_owned()))?;
        let mut record = |revision: u64, event: &Event| {
            log.append(revision, event)
                .map(drop)
                .map_err(|error| error.text().en)
        };
        let enforced = change::enforce(revisions, revision, by, &mut record);
        give_to_role(&globals.state.join("audit/segment"));
        enforced?;
    }
    revisions.make_current(change, revision)
}

/// What root wrote for the role that did not run must be the role's.
fn give_to_role(folder: &std::path::Path) {
    let Ok(Some(user)) = nix::unistd::User::from_name("sekimori-segment") else {
        return;
    };
    let files = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in files.chain([folder.to_owned()]) {
        let _ = nix::unistd::chown(&path, Some(user.uid), Some(user.gid)); // the role says so when it cannot write
    }
}

/// A person of the policy where one is named, else who is logged in.
pub(super) fn who(person: Option<&str>, prepared: &Prepared) -> Result<String, SegmentError> {
    let Some(id) = person else {
        let user = nix::unistd::User::from_uid(nix::unistd::getuid())
            .ok()
            .flatten();
        let name = user.map_or_else(|| nix::unistd::getuid().to_string(), |user| user.name);
        return Ok(match std::env::var("SUDO_USER") {
            Ok(untrusted_name) => format!(
                "{name} ({})",
                crate::policy::text::escape_hostile(&untrusted_name)
            ),
            Err(_) => name,
        });
    };
    if prepared.policy.people.contains_key(id) {
        return Ok(id.to_owned());
    }
    Err(SegmentError::Configuration(Text::new(
        format!("--as {id}: [people] にこの id はありません。何も変更していません。"),
        format!("--as {id}: [people] has no such id. Nothing was changed."),
    )))
}

fn done(globals: &Globals, revision: u64, prepared: &Prepared) {
    let notes: Vec<&str> = prepared
        .ruleset
        .notes
        .iter()
        .map(|note| note.get(globals.lang))
        .collect();
    for warning in &prepared.warnings {
        eprint!("{}", warning.render(globals.lang));
    }
    if globals.json {
        println!("{}", json!({ "applied": revision, "notes": notes }));
        return;
    }
    let flows = prepared.policy.flows.len();
    let text = Text::new(
        format!("改訂 {revision} を適用し、読み戻して一致を確認しました (許可通信 {flows} 件)。"),
        format!("revision {revision} is in force, read back and equal ({flows} flows)."),
    );
    println!("{}", text.get(globals.lang));
    for note in notes {
        println!("  {note}");
    }
}
