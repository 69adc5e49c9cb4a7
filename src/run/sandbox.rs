//! The `sandbox` role: opens its door as root, keeps the four capabilities
//! that forking confined workers needs, and becomes `sekimori-worker`, a
//! program with no line of network code in it.

use std::convert::Infallible;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use caps::Capability;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket,
};
use nix::unistd::User;

use super::{Places, Role, RunError, privileges};

/// Namespaces, a throw-away user for each worker, and its end.
const KEPT: [Capability; 4] = [
    Capability::CAP_SYS_ADMIN,
    Capability::CAP_SETUID,
    Capability::CAP_SETGID,
    Capability::CAP_KILL,
];

/// Becomes the process that forks workers.
///
/// # Errors
/// When the door cannot be opened or the worker program is not there; it
/// does not return otherwise.
pub fn run(places: &Places) -> Result<Infallible, RunError> {
    let worker = worker_program()?;
    let door = open_door(&places.runtime.join("sandbox.sock")).map_err(|error| {
        RunError::system(
            "sandbox.sock を作れません",
            "cannot make sandbox.sock",
            error,
        )
    })?;
    privileges::stay_root_with(&KEPT)?;
    let error = Command::new(&worker)
        .arg("listen")
        .args(allowed().map(|uid| uid.to_string()))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(door))
        .exec();
    Err(RunError::system(
        "sekimori-worker を起動できません",
        "cannot start sekimori-worker",
        error,
    ))
}

/// `sekimori-worker` stands beside `sekimori`; nothing else is ever started.
///
/// # Errors
/// When this program's own path is unknown.
pub fn worker_program() -> Result<PathBuf, RunError> {
    let own = std::env::current_exe().map_err(|error| {
        RunError::system(
            "自分の場所が分かりません",
            "cannot find this program",
            error,
        )
    })?;
    Ok(own.with_file_name("sekimori-worker"))
}

/// Who may have work done: root and the mail role.
fn allowed() -> impl Iterator<Item = u32> {
    let mail = User::from_name(Role::Mail.user()).ok().flatten();
    std::iter::once(0).chain(mail.map(|user| user.uid.as_raw()))
}

fn open_door(path: &Path) -> std::io::Result<OwnedFd> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let door = socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    bind(
        std::os::fd::AsRawFd::as_raw_fd(&door),
        &UnixAddr::new(path)?,
    )?;
    // Anyone may knock; the server asks the kernel who it is (SO_PEERCRED).
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    listen(&door, Backlog::new(128)?)?;
    Ok(door)
}
