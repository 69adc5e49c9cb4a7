//! `sekimori flow …`: the administrator's hands on the allow-list. Each
//! command changes at most the configuration folder, never the rules: what
//! passes changes with `apply` alone.

pub mod add;
pub mod ask;
mod capture;
pub mod denied;
pub mod draft;
mod edit;
pub mod expiring;
pub mod ledger;
pub mod list;
pub mod page;
pub mod remove;
mod replace;
pub mod sheet;
pub mod table;
pub mod unused;

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
    /// All flows: table, spreadsheet, or the register (許可通信台帳) for print
    List(list::List),
    /// Add a flow: asks what is missing, checks, writes; applies nothing
    Add(Box<add::Add>),
    /// Take a flow out of its file; applies nothing
    Remove(remove::Remove),
    /// What ends soon, whom to ask, what to do
    Expiring(expiring::Expiring),
    /// What was refused, with the flow that would allow it, ready to copy
    Denied(denied::Denied),
    /// Flows that nothing came through
    Unused(unused::Unused),
}

/// Runs what was typed.
#[must_use]
pub fn run(globals: &Globals, flow: &Flow) -> ExitCode {
    match &flow.command {
        FlowCommand::List(list) => list::run(globals, list),
        FlowCommand::Add(add) => add::run(globals, add),
        FlowCommand::Remove(remove) => remove::run(globals, remove),
        FlowCommand::Expiring(expiring) => expiring::run(globals, expiring),
        FlowCommand::Denied(denied) => denied::run(globals, denied),
        FlowCommand::Unused(unused) => unused::run(globals, unused),
    }
}
