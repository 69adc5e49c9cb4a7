//! The real program: commands as an administrator types them, and the segment
//! role as a process that can be killed.

use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use serde_json::Value;

use crate::{Net, Town};

/// How long a role may take until it says that it is ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration, a state folder and the program, in a net's gateway.
pub struct Gateway<'a> {
    net: &'a Net,
    program: String,
    folder: tempfile::TempDir,
}

impl<'a> Gateway<'a> {
    /// Folders as the supervisor prepares them. `program` is the built `sekimori`.
    ///
    /// # Panics
    /// When the disk refuses.
    #[must_use]
    pub fn new(net: &'a Net, program: &str, town: Town) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("skm-ground-")
            .tempdir()
            .expect("a folder");
        let segment = User::from_name("sekimori-segment")
            .ok()
            .flatten()
            .expect("the net brings the user");
        for (place, owner, mode) in [
            ("", None, 0o755),
            ("run/segment", Some(&segment), 0o755),
            ("state/audit/segment", Some(&segment), 0o750),
        ] {
            let path = folder.path().join(place);
            std::fs::create_dir_all(&path).expect("a folder");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("own folder");
            if let Some(user) = owner {
                chown(&path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                    .expect("root may give");
            }
        }
        let gateway = Self {
            net,
            program: program.to_owned(),
            folder,
        };
        gateway.configure(town);
        gateway
    }

    /// Writes another configuration; nothing is applied.
    pub fn configure(&self, town: Town) {
        town.write(&self.path("config"));
    }

    /// A place below the folder: `config`, `state`, `run`.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// `sekimori …`
    #[must_use]
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = self.net.command("gw", &self.program);
        for (option, place) in [
            ("--config", "config"),
            ("--state", "state"),
            ("--runtime", "run"),
        ] {
            command.arg(option).arg(self.path(place));
        }
        command.args(["--lang", "en"]).args(arguments.split(' '));
        command
    }

    /// Runs a command to its end, whatever that is.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn try_run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program")
    }

    /// Runs a command that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub fn run(&self, arguments: &str) -> String {
        let output = self.try_run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The same, for a command with `--json`.
    ///
    /// # Panics
    /// When it says no JSON.
    #[must_use]
    pub fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.run(&format!("--json {arguments}"))).expect("JSON")
    }

    /// Starts the segment role and does not wait for it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_role(&self) -> Role {
        let path = self.path("run/notify");
        let _ = std::fs::remove_file(&path); // of the role before
        let ready = UnixDatagram::bind(&path).expect("a socket");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).expect("own socket");
        ready.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let child = self
            .command("run segment")
            .env("NOTIFY_SOCKET", &path)
            .stderr(log(&self.path("role.log")))
            .spawn()
            .expect("the program");
        Role { child, ready }
    }

    /// What the roles wrote to their standard error so far.
    #[must_use]
    pub fn role_log(&self) -> String {
        std::fs::read_to_string(self.path("role.log")).unwrap_or_default()
    }
}

fn log(path: &Path) -> Stdio {
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(path);
    Stdio::from(file.expect("a log"))
}

/// A running role; killed by its own process id when dropped.
pub struct Role {
    child: Child,
    ready: UnixDatagram,
}

impl Role {
    /// Waits until the role says that it is ready (`sd_notify`).
    ///
    /// # Panics
    /// When it never does.
    pub fn wait_until_ready(&self) {
        let mut words = [0; 256];
        loop {
            let length = match self.ready.recv(&mut words) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                said => said.expect("the role becomes ready"),
            };
            if String::from_utf8_lossy(words.get(..length).unwrap_or_default()).contains("READY=1")
            {
                return;
            }
        }
    }

    /// Whether it said so already.
    ///
    /// # Panics
    /// When the socket fails.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let mut words = [0; 256];
        self.ready.set_nonblocking(true).expect("own socket");
        let said = self.ready.recv(&mut words).is_ok();
        self.ready.set_nonblocking(false).expect("own socket");
        said
    }

    /// Sends it any signal.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("not reaped: it is still this child's");
    }

    /// `kill -9`, and waits for the end.
    pub fn kill(mut self) {
        self.end(Signal::SIGKILL);
    }

    /// SIGTERM, and whether it ended in order.
    #[must_use]
    pub fn terminate(mut self) -> bool {
        self.end(Signal::SIGTERM)
    }

    fn end(&mut self, signal: Signal) -> bool {
        if let Ok(None) = self.child.try_wait() {
            let pid = i32::try_from(self.child.id()).expect("a process id");
            let _ = kill(Pid::from_raw(pid), signal); // not reaped yet: it is still this child's
        }
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        self.end(Signal::SIGKILL);
    }
}
