//! `sekimori`: the only command people type.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    sekimori::cli::run(sekimori::cli::Cli::parse())
}
