//! One file per command group: what was typed -> what it means -> call.

// First: its macros are those of all below.
#[macro_use]
mod voice;

pub mod apply;
pub mod attestation;
pub mod audit;
pub mod check;
pub mod configuration;
pub mod confirm;
pub mod cut;
pub mod explain;
pub mod flow;
pub mod help;
pub mod key;
pub mod letter;
pub mod manual;
pub mod observed;
mod order;
pub mod plan;
pub mod probe;
pub mod queue;
mod resolve;
pub mod revisions;
pub mod rollback;
pub mod run;
pub mod sanitise;
mod session;
pub mod status;
mod summary;
mod system;
pub mod tree;
pub mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;

use crate::policy;
use crate::policy::text::{Lang, Text};
use crate::segment::revision::Revisions;

/// Done.
pub const DONE: u8 = 0;
/// Refused or failed, with a message.
pub const FAILED: u8 = 1;
/// Wrong usage.
pub const USAGE: u8 = 2;
/// Ran, and something was withheld, did not verify, or leaked.
pub const WITHHELD: u8 = 3;

/// Head of the options that every command has.
const COMMON: &str = "Options of every command";

/// 関守: the keeper of the checkpoint between LGWAN and the internet.
#[derive(Debug, Parser)]
#[command(
    name = "sekimori",
    version,
    about,
    max_term_width = 100,
    after_help = "Example: sekimori check
         sekimori sanitise 見積書.docm -o out
         sekimori help apply"
)]
pub struct Cli {
    /// Folder with sekimori.toml and flows.d/
    #[arg(
        long,
        global = true,
        help_heading = COMMON,
        hide_env_values = true,
        env = "SEKIMORI_CONFIG",
        default_value = "/etc/sekimori"
    )]
    pub config: PathBuf,
    /// Spool, sealed originals, revisions, audit log
    #[arg(
        long,
        global = true,
        help_heading = COMMON,
        hide_env_values = true,
        env = "SEKIMORI_STATE",
        default_value = "/var/lib/sekimori"
    )]
    pub state: PathBuf,
    /// Control sockets
    #[arg(
        long,
        global = true,
        env = "SEKIMORI_RUNTIME",
        default_value = "/run/sekimori",
        hide = true
    )]
    pub runtime: PathBuf,
    /// Language of messages
    #[arg(long, global = true, help_heading = COMMON, value_parser = ["ja", "en"])]
    pub lang: Option<String>,
    /// Machine-readable output
    #[arg(long, global = true, help_heading = COMMON)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of interface.md section 2 that this version has.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: all roles, or one
    Run(run::RunArguments),
    /// Take files apart and write them anew, without anything active
    #[command(alias = "sanitize")]
    Sanitise(sanitise::SanitiseArguments),
    /// What is inside a file, and what is active in it; changes nothing
    Inspect(sanitise::InspectArguments),
    /// Does the independent verifier accept this file as one of our outputs?
    Verify(sanitise::VerifyArguments),
    /// The record: verify, tail, export
    Audit(audit::Audit),
    /// Show every mistake of the configuration at once; change nothing
    Check(check::Check),
    /// What apply would change: flows in words, then the rules; change nothing
    #[command(after_help = "Example: sekimori --config ./config plan")]
    Plan,
    /// Put the configuration in force, atomically
    Apply(apply::Apply),
    /// Keep the revision that is on trial (apply --confirm-within)
    #[command(after_help = "Example: sekimori confirm")]
    Confirm,
    /// Make an earlier revision current again
    Rollback(rollback::Rollback),
    /// What was applied, when and by whom
    #[command(after_help = "Example: sekimori revisions --json")]
    Revisions,
    /// Emergency: stop everything between internet and LGWAN at once
    Cut(cut::CutArguments),
    /// Roles, revision, drift, queue and disk on one screen
    #[command(after_help = "Example: sekimori status")]
    Status,
    /// Would this pass? By which flow, or what is the nearest and what is missing
    Explain(explain::Explain),
    /// The allow-list: list, add, remove, expiring
    Flow(flow::Flow),
    /// Fire real packets across the boundary and compare with the allow-list
    Probe(probe::Probe),
    /// The keys of this box: make, public
    Key(key::Key),
    /// Mails on their way
    Queue(queue::Queue),
    /// What is withheld
    Held(queue::Held),
    /// Completions for a shell, on standard output
    Completions(manual::Completions),
    /// Manual pages into a folder
    Manual(manual::Manual),
}

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
    /// The site's time zone, for moments that people read: of the revision in
    /// force, else of the configuration folder; UTC where neither says.
    fn zone(&self) -> TimeZone {
        let revisions = Revisions::of(&self.state);
        let current = revisions.current().ok().flatten();
        current
            .and_then(|number| flow::list::sources_of(&revisions, number).ok())
            .or_else(|| configuration::read(&self.config).ok())
            .map_or(TimeZone::UTC, |sources| policy::zone(&sources))
    }

    /// Prints an error to its reader and gives exit status 1.
    #[must_use]
    pub fn fail(&self, message: &Text) -> ExitCode {
        self.complain(message);
        ExitCode::from(FAILED)
    }

    /// Prints an error to its reader, who goes on with something else.
    pub fn complain(&self, message: &Text) {
        let message = match self.lang {
            Lang::Ja => system::in_japanese(&message.ja),
            Lang::En => message.en.clone(),
        };
        eprintln!("sekimori: {message}");
    }
}

/// What was asked for with `--lang`, else the machine's.
fn language(asked: Option<&str>) -> Lang {
    asked.map_or_else(
        || Lang::from_locale(&std::env::var("LANG").unwrap_or_default()),
        Lang::from_locale,
    )
}

/// Runs what was typed.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let lang = language(cli.lang.as_deref());
    let globals = Globals {
        config: cli.config,
        state: cli.state,
        runtime: cli.runtime,
        lang,
        json: cli.json,
    };
    let code = match cli.command {
        Command::Run(arguments) => run::run(&arguments, &globals),
        Command::Sanitise(arguments) => sanitise::sanitise(&arguments, &globals),
        Command::Inspect(arguments) => sanitise::inspect(&arguments, &globals),
        Command::Verify(arguments) => sanitise::verify(&arguments, &globals),
        Command::Audit(audit) => audit::run(&globals, audit),
        Command::Check(args) => check::run(&args, &globals),
        Command::Plan => plan::run(&globals),
        Command::Apply(apply) => apply::run(&globals, &apply),
        Command::Confirm => confirm::run(&globals),
        Command::Cut(arguments) => cut::run(&globals, &arguments),
        Command::Rollback(rollback) => rollback::run(&globals, &rollback),
        Command::Revisions => revisions::run(&globals),
        Command::Status => status::run(&globals),
        Command::Explain(args) => explain::run(&args, &globals),
        Command::Flow(flow) => flow::run(&globals, &flow),
        Command::Probe(probe) => probe::run(&globals, &probe),
        Command::Key(key) => key::run(&globals, &key),
        Command::Queue(queue) => queue::queue(&globals, &queue),
        Command::Held(held) => queue::held(&globals, &held),
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Manual(arguments) => manual::manual(&globals, &arguments),
    };
    if voice::unheard() {
        return globals.fail(&Text::new(
            "結果をすべて書き出せませんでした。出力先の空きを確かめてください",
            "not all of the result could be written: see to the room where it goes",
        ));
    }
    code
}
