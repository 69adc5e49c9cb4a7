//! `sekimori flow …`: the administrator's hands on the allow-list. Each
//! command changes at most the configuration folder, never the rules: what
//! passes changes with `apply` alone.

pub mod ledger;
pub mod list;
pub mod page;
pub mod sheet;
pub mod table;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Globals;

/// The allow-list
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori flow list")]
pub struct Flow {
    #[command(subcommand)]
    command: FlowCommand,
}

#[derive(Debug, Subcommand)]
enum FlowCommand {
    /// All flows: table, spreadsheet, or 許可通信台帳 for print
    List(list::List),
}

/// Runs what was typed.
#[must_use]
pub fn run(globals: &Globals, flow: &Flow) -> ExitCode {
    match &flow.command {
        FlowCommand::List(list) => list::run(globals, list),
    }
}
