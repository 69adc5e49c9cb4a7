//! `sekimori run` without a role: prepares the state folder, starts every
//! role as a process of its own, and starts again what ends. It has no other
//! task, so that it has nothing to fail at.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Places, Role, RunError};

/// First and longest pause before a role is started again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// A role that ran this long counts as healthy: the pause starts over.
const HEALTHY: Duration = Duration::from_secs(10);
/// How long a role may take to end in order.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs until SIGTERM or SIGINT; then ends every role in order.
///
/// # Errors
/// When the state folder cannot be prepared or this is not root.
pub fn run(places: &Places) -> Result<(), RunError> {
    if !nix::unistd::geteuid().is_root() {
        return Err(RunError(crate::policy::text::Text::new(
            "全てのロールの起動には root 権限が必要です (各ロールは直ちに権限を落とします)",
            "starting all roles needs root (each drops its privileges at once)",
        )));
    }
    prepare(places)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::system("起動できません", "cannot start", error))?;
    runtime.block_on(supervise(places))
}

async fn supervise(places: &Places) -> Result<(), RunError> {
    let refused =
        |error| RunError::system("シグナルを受けられません", "cannot take signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let (end, ending) = watch::channel(false);
    let mut roles = tokio::task::JoinSet::new();
    for role in Role::ALL {
        roles.spawn(keep_running(role, places.clone(), ending.clone()));
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = end.send(true);
    while roles.join_next().await.is_some() {}
    Ok(())
}

/// One role, started again for ever, with a growing pause when it keeps
/// falling.
async fn keep_running(role: Role, places: Places, mut ending: watch::Receiver<bool>) {
    let mut pause = PAUSES.0;
    while !*ending.borrow() {
        let began = tokio::time::Instant::now();
        match start(role, &places) {
            Ok(mut child) => {
                tokio::select! {
                    ended = child.wait() => {
                        let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                        eprintln!("sekimori: {} ended ({how}); starting it again", role.name());
                    }
                    _ = ending.changed() => return farewell(child).await,
                }
            }
            Err(error) => eprintln!("sekimori: {} cannot be started: {error}", role.name()),
        }
        pause = if began.elapsed() >= HEALTHY {
            PAUSES.0
        } else {
            (pause * 2).min(PAUSES.1)
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = ending.changed() => return,
        }
    }
}

fn start(role: Role, places: &Places) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg("--config")
        .arg(&places.config)
        .arg("--state")
        .arg(&places.state)
        .arg("--runtime")
        .arg(&places.runtime)
        .args(["run", role.name()])
        .stdin(Stdio::null())
        .spawn()
}

async fn farewell(mut child: Child) {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // Not reaped yet: the pid is still this child's.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    if tokio::time::timeout(FAREWELL, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// Folders and their owners; what systemd's `StateDirectory` and tmpfiles do
/// elsewhere. Roles own what they write and can read revisions.
fn prepare(places: &Places) -> Result<(), RunError> {
    let mail = account(Role::Mail.user())?;
    let segment = account(Role::Segment.user())?;
    let state = &places.state;
    let failed = |error| {
        RunError::system(
            "状態フォルダを準備できません",
            "cannot prepare the state folder",
            error,
        )
    };
    for (path, owner, mode) in [
        (places.runtime.as_path(), None, 0o755),
        (&places.runtime.join("mail"), Some(&mail), 0o755),
        (&places.runtime.join("segment"), Some(&segment), 0o755),
        (state.as_path(), None, 0o755),
        (&state.join("revisions"), None, 0o755),
        (&state.join("audit"), None, 0o755),
        (&state.join("audit/mail"), Some(&mail), 0o750),
        (&state.join("audit/segment"), Some(&segment), 0o750),
        (&state.join("spool"), Some(&mail), 0o700),
        (&state.join("quarantine"), Some(&mail), 0o700),
    ] {
        folder(path, owner, mode).map_err(failed)?;
    }
    for role in ["mail", "segment"] {
        let known = places.runtime.join(format!("{role}.sock"));
        let _ = std::fs::remove_file(&known); // of another version
        symlink(format!("{role}/control.sock"), &known).map_err(failed)?;
    }
    Ok(())
}

fn folder(path: &Path, owner: Option<&User>, mode: u32) -> std::io::Result<()> {
    std::fs::create_dir_all(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    if let Some(user) = owner {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(())
}

fn account(name: &str) -> Result<User, RunError> {
    User::from_name(name)
        .ok()
        .flatten()
        .ok_or_else(|| super::privileges::unknown(name))
}
