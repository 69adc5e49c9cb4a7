//! `sekimori completions` and `sekimori manual`: made from the commands
//! themselves, so that they can never tell something else.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, DONE, Globals};
use crate::policy::text::{Text, escape_hostile};

/// `sekimori completions`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: sekimori completions bash > /usr/share/bash-completion/completions/sekimori"
)]
pub struct Completions {
    /// bash, zsh, fish, elvish or powershell
    shell: Shell,
}

/// `sekimori manual`
#[derive(Debug, Args)]
#[command(after_help = "Example: sekimori manual -o /usr/share/man/man1")]
pub struct Manual {
    /// Folder for sekimori.1, sekimori-apply.1 and so on
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Completions on standard output.
#[must_use]
pub fn completions(arguments: &Completions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "sekimori",
        &mut script,
    );
    print!("{}", String::from_utf8_lossy(&script));
    ExitCode::from(DONE)
}

/// One page per command.
#[must_use]
pub fn manual(globals: &Globals, arguments: &Manual) -> ExitCode {
    match write(&arguments.output) {
        Ok(()) => ExitCode::from(DONE),
        Err(error) => {
            let shown = escape_hostile(&arguments.output.display().to_string());
            globals.fail(&Text::new(
                format!("{shown} に書けません: {error}"),
                format!("cannot write to {shown}: {error}"),
            ))
        }
    }
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
