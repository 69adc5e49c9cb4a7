//! One file per command group: what was typed -> what it means -> call.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::policy::text::{Lang, Text};

/// Done.
pub const DONE: u8 = 0;
/// Refused or failed, with a message.
pub const FAILED: u8 = 1;
/// Wrong usage.
pub const USAGE: u8 = 2;
/// Ran, and something was withheld, did not verify, or leaked.
pub const WITHHELD: u8 = 3;

/// 関守: the keeper of the checkpoint between LGWAN and the internet.
#[derive(Debug, Parser)]
#[command(name = "sekimori", version, about, max_term_width = 100)]
pub struct Cli {
    /// Folder with sekimori.toml and flows.d/
    #[arg(long, global = true, env = "SEKIMORI_CONFIG", default_value = "/etc/sekimori")]
    pub config: PathBuf,
    /// Spool, sealed originals, revisions, audit log
    #[arg(long, global = true, env = "SEKIMORI_STATE", default_value = "/var/lib/sekimori")]
    pub state: PathBuf,
    /// Control sockets
    #[arg(long, global = true, env = "SEKIMORI_RUNTIME", default_value = "/run/sekimori", hide = true)]
    pub runtime: PathBuf,
    /// Language of messages
    #[arg(long, global = true, value_parser = ["ja", "en"])]
    pub lang: Option<String>,
    /// Machine-readable output
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of interface.md section 2 that this version has.
#[derive(Debug, Subcommand)]
pub enum Command {}

/// What every command gets besides its own arguments.
#[derive(Clone, Debug)]
pub struct Globals {
    /// `--config`
    pub config: PathBuf,
    /// `--state`
    pub state: PathBuf,
    /// Where control sockets are
    pub runtime: PathBuf,
    /// Reader's language
    pub lang: Lang,
    /// `--json`
    pub json: bool,
}

impl Globals {
    /// Prints an error to its reader and gives exit status 1.
    #[must_use]
    pub fn fail(&self, message: &Text) -> ExitCode {
        eprintln!("sekimori: {}", message.get(self.lang));
        ExitCode::from(FAILED)
    }
}

/// Runs what was typed.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let lang = cli.lang.as_deref().map_or_else(
        || Lang::from_locale(&std::env::var("LANG").unwrap_or_default()),
        Lang::from_locale,
    );
    let globals = Globals {
        config: cli.config,
        state: cli.state,
        runtime: cli.runtime,
        lang,
        json: cli.json,
    };
    let _ = &globals;
    match cli.command {}
}
