//! What `sekimori-worker` is: its standard input is either one private
//! connection (`private`) or the daemon's listening socket (`listen UID…`).

use std::os::fd::AsFd as _;
use std::process::ExitCode;

use super::server::{self, Door};
use super::work::Serve;

/// Serves until its peer is gone. `serve` is what each worker does once it
/// is confined.
#[must_use]
pub fn main(serve: Serve) -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next();
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::from(2);
    };
    let door = match mode.as_deref() {
        Some("private") => Door::Private(socket),
        Some("listen") => Door::Listener(
            socket,
            arguments.filter_map(|uid| uid.parse().ok()).collect(),
        ),
        _ => {
            eprintln!("sekimori-worker: started by sekimori only / sekimori から起動されます");
            return ExitCode::from(2);
        }
    };
    crate::sys::keep_freed_memory(); // every worker is a fork of this process
    let prepared = silence_standard_streams().and_then(|()| {
        let fonts = super::fonts::FontFiles::open();
        server::serve(door, serve, fonts)
    });
    match prepared {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sekimori-worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// 0 and 1 are `/dev/null` from here on; 2 stays for our own last words and
/// is given up by each worker.
fn silence_standard_streams() -> std::io::Result<()> {
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    Ok(())
}
