//! `sekimori`: the only command people type.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    match sekimori::cli::help::typed(&arguments) {
        Ok(typed) => sekimori::cli::run(typed),
        Err(shown) => shown,
    }
}
