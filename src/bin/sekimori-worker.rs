//! `sekimori-worker`: started by `sekimori` and by nobody else. The process
//! that forks workers, and each worker after the fork; see `sandbox::server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sekimori::sanitise::prepare();
    sekimori::sandbox::program::main(sekimori::sanitise::serve)
}
