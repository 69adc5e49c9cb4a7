//! `sekimori key`: the keys of a box, made once at installation.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::audit::attestation::{AttestationKey, CREDENTIAL, PUBLIC_FILE};
use crate::policy::text::{Text, escape_hostile};

use super::{DONE, Globals};

/// The keys of this box
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori key make")]
pub struct Key {
    /// What to do
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make the site key and the attestation key where there is none yet
    #[command(after_help = "Example: sekimori key make")]
    Make,
    /// Show the public key with which reports of this box are verified
    #[command(after_help = "Example: sekimori key public > nishi.pub")]
    Public,
}

/// Runs the command.
pub fn run(globals: &Globals, key: &Key) -> ExitCode {
    let credentials = globals.config.join("credentials");
    let made = match key.command {
        KeyCommand::Make => match make(&credentials) {
            Ok(made) => made,
            Err(error) => return globals.fail(&not_made(&credentials, &error)),
        },
        KeyCommand::Public => Vec::new(),
    };
    let public = match AttestationKey::from_credential(None, &credentials) {
        Ok(key) => key.public(),
        Err(error) => return globals.fail(&error.text()),
    };
    if matches!(key.command, KeyCommand::Make) {
        let path = globals.config.join(PUBLIC_FILE);
        if let Err(error) = write(&path, format!("{public}\n").as_bytes(), 0o644, true) {
            return globals.fail(&not_made(&path, &error));
        }
    }
    match (&key.command, globals.json) {
        (_, true) => println!(
            "{}",
            json!({ "made": made, "public": public.to_string(), "id": public.id() })
        ),
        (KeyCommand::Public, false) => println!("{public}"),
        (KeyCommand::Make, false) => {
            let text = Text::new(
                format!(
                    "作成: {}\n報告の検証に使う公開鍵 ({}): {public}\n鍵の識別子: {}",
                    shown(&made, "なし (すでにあります)"),
                    PUBLIC_FILE,
                    public.id()
                ),
                format!(
                    "made: {}\npublic key that verifies reports ({}): {public}\nkey id: {}",
                    shown(&made, "nothing (they exist)"),
                    PUBLIC_FILE,
                    public.id()
                ),
            );
            println!("{}", text.get(globals.lang));
        }
    }
    ExitCode::from(DONE)
}

fn shown(made: &[&str], none: &str) -> String {
    if made.is_empty() {
        none.to_owned()
    } else {
        made.join(", ")
    }
}

fn not_made(path: &Path, error: &io::Error) -> Text {
    let path = escape_hostile(&path.to_string_lossy());
    Text::new(
        format!("{path} に書けません: {error}"),
        format!("cannot write {path}: {error}"),
    )
}

/// Makes what is missing; a key that exists is never written again.
fn make(credentials: &Path) -> io::Result<Vec<&'static str>> {
    if !credentials.is_dir() {
        fs::create_dir_all(credentials)?;
        fs::set_permissions(credentials, fs::Permissions::from_mode(0o700))?;
    }
    let mut made = Vec::new();
    for name in ["site-key", CREDENTIAL] {
        let path = credentials.join(name);
        if path.symlink_metadata().is_ok() {
            continue;
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        write(&path, &key, 0o400, false)?;
        made.push(name);
    }
    File::open(credentials)?.sync_all()?;
    Ok(made)
}

/// Durable. Never through a link or over a file, but where `replace` is said.
fn write(path: &Path, bytes: &[u8], mode: u32, replace: bool) -> io::Result<()> {
    if replace && path.symlink_metadata().is_ok() {
        fs::remove_file(path)?;
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
