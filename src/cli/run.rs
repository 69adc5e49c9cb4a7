//! `sekimori run [ROLE]`: the daemon.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{DONE, Globals};
use crate::policy::text::Text;
use crate::run::{self, Places};

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori run            all roles under one supervisor\n         sekimori run mail       one role, as its systemd unit does"
)]
pub struct RunArguments {
    /// One role instead of all
    pub role: Option<RoleName>,
}

/// Roles of the house. Those without a process yet are refused by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Rules in the kernel
    Segment,
    /// Mail in, mail out
    Mail,
    /// Workers
    Sandbox,
    /// Name allow-list (not in this version)
    Proxy,
    /// Web pages (not in this version)
    Console,
}

/// Runs a role until it is told to end.
#[must_use]
pub fn run(arguments: &RunArguments, globals: &Globals) -> ExitCode {
    let places = Places {
        config: globals.config.clone(),
        state: globals.state.clone(),
        runtime: globals.runtime.clone(),
    };
    let ended = match arguments.role {
        None => run::supervisor::run(&places),
        Some(RoleName::Sandbox) => run::sandbox::run(&places).map(|never| match never {}),
        Some(RoleName::Segment) => run::segment::run(&places),
        Some(RoleName::Mail) => run::mail::run(&places),
        Some(RoleName::Proxy | RoleName::Console) => {
            return globals.fail(&Text::new(
                "このロールは、この版にはまだありません (docs/known-issues.md)",
                "this role does not exist in this version yet (docs/known-issues.md)",
            ));
        }
    };
    match ended {
        Ok(()) => ExitCode::from(DONE),
        Err(error) => globals.fail(&error.0),
    }
}
