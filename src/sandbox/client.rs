//! A way to workers: the sandbox role's socket, or a private server of one's
//! own for `sekimori sanitise`. Blocking: call it from a thread that may wait.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket, socketpair, sockopt,
};
use nix::sys::time::TimeVal;

use super::office::Account;
use super::order::{Ended, Greeting, NOT_CONFINED, Order};
use super::socket as message;
use super::untrusted::{Untrusted, Written, memory};
use super::wire;
use crate::policy::Limits;
use crate::policy::text::Text;
use crate::sanitise::protocol::{Job, Reply, Task};
use crate::sanitise::stage::Conversion;
use crate::sanitise::{Family, Kind, Refusal, Treatment};

/// Why there is no way to workers.
#[derive(Debug)]
pub enum SandboxError {
    /// Nobody answers at the sandbox role's socket.
    NotReachable(PathBuf, io::Error),
    /// The worker program cannot be started.
    NotStarted(PathBuf, io::Error),
    /// This machine does not give the mandatory confinement.
    NotConfined,
}

impl SandboxError {
    /// What, where, what to do.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotReachable(path, error) => Text::new(
                format!(
                    "sandbox に接続できません ({}): {error}。sekimori-sandbox が動いているか確認してください",
                    path.display()
                ),
                format!(
                    "cannot reach the sandbox ({}): {error}; see whether sekimori-sandbox runs",
                    path.display()
                ),
            ),
            Self::NotStarted(path, error) => Text::new(
                format!(
                    "{} を起動できません: {error}。sekimori と同じフォルダに置いてください",
                    path.display()
                ),
                format!(
                    "cannot start {}: {error}; it belongs beside sekimori",
                    path.display()
                ),
            ),
            Self::NotConfined => Text::new(
                "この環境では変換処理を隔離できないため、何も変換しません (必要: user namespaces, landlock, seccomp)",
                "this machine cannot confine the conversion, so nothing is converted (needed: user namespaces, landlock, seccomp)",
            ),
        }
    }
}

/// A way to workers.
#[derive(Debug)]
pub struct Sandbox {
    way: Way,
    idle: Mutex<Vec<OwnedFd>>,
    confinement: String,
    fonts: bool,
    office: bool,
    /// How often no server was there for a job.
    absences: AtomicU64,
}

#[derive(Debug)]
enum Way {
    Role(PathBuf),
    Private(Child),
}

/// Which side of the wall failed.
enum Lost {
    /// The process that forks workers does not answer.
    Server,
    /// The worker died or lied.
    Worker,
    /// It did not end in its time.
    Overtime,
    /// It could not be confined, and did nothing.
    Unconfined,
}

/// How long a job waits for a server that is being started again.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks for it.
const PAUSE: Duration = Duration::from_millis(50);

/// How much longer than its worker a client waits for the server's word.
const GRACE: Duration = Duration::from_secs(10);

impl Sandbox {
    /// Connects to the sandbox role.
    ///
    /// # Errors
    /// [`SandboxError::NotReachable`].
    pub fn role(path: &Path) -> Result<Self, SandboxError> {
        let (connection, greeting) =
            open(path).map_err(|error| SandboxError::NotReachable(path.to_owned(), error))?;
        Ok(Self::greeted(
            Way::Role(path.to_owned()),
            connection,
            greeting,
        ))
    }

    /// Starts a private server: `worker` is the path of `sekimori-worker`.
    /// Works with and without root, with the same confinement.
    ///
    /// # Errors
    /// When it cannot be started or this machine cannot confine it.
    pub fn private(worker: &Path) -> Result<Self, SandboxError> {
        let failed = |error: io::Error| SandboxError::NotStarted(worker.to_owned(), error);
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )
        .map_err(|error| failed(error.into()))?;
        let child = Command::new(worker)
            .arg("private")
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        set_patience(&ours, GRACE).map_err(failed)?;
        match message::receive::<Greeting>(ours.as_fd()) {
            Ok((greeting, _)) => Ok(Self::greeted(Way::Private(child), ours, greeting)),
            Err(_) => {
                reap(child);
                Err(SandboxError::NotConfined)
            }
        }
    }

    fn greeted(way: Way, connection: OwnedFd, greeting: Greeting) -> Self {
        let Greeting {
            confinement,
            fonts,
            office,
        } = greeting;
        Self {
            way,
            idle: Mutex::new(vec![connection]),
            confinement,
            fonts,
            office,
            absences: AtomicU64::new(0),
        }
    }

    /// The confinement that workers have here.
    #[must_use]
    pub fn confinement(&self) -> &str {
        &self.confinement
    }

    /// Whether text in CJK fonts that are not embedded can be drawn.
    #[must_use]
    pub fn has_fonts(&self) -> bool {
        self.fonts
    }

    /// Whether there is an office stage. Not installed is a normal state.
    #[must_use]
    pub fn has_office(&self) -> bool {
        self.office
    }

    /// Whether the server answers now. Tells "the sandbox is down" (try again
    /// later) from "this input costs every worker its life".
    #[must_use]
    pub fn reachable(&self) -> bool {
        match &self.way {
            Way::Role(path) => open(path).is_ok(),
            Way::Private(_) => self.idle.lock().is_ok_and(|idle| !idle.is_empty()),
        }
    }

    /// How often, since this way was made, a job found no server (or lost it
    /// under way). Whoever compares before and after knows whether a lost
    /// worker or a spent budget may be the server's fault and not the
    /// input's; asking [`Sandbox::reachable`] afterwards cannot tell, since
    /// the role may be back by then.
    #[must_use]
    pub fn absences(&self) -> u64 {
        self.absences.load(Ordering::Relaxed)
    }

    /// One job in one fresh worker.
    pub(super) fn run(&self, job: &Job, input: &Untrusted) -> Result<(Reply, Written), Refusal> {
        self.patiently(|| self.attempt(job, input))
    }

    /// One start of the office stage.
    pub(super) fn office(
        &self,
        conversion: Conversion,
        input: &Untrusted,
        limits: &Limits,
    ) -> Result<(Account, Written), Refusal> {
        if !self.office {
            return Err(Refusal::NotInstalled);
        }
        let order = Order::office(conversion, limits);
        self.patiently(|| {
            let no_job = Untrusted::copy_from(&mut io::empty(), 0).map_err(|_| Lost::Worker)?;
            let (output, reply) = self.ordered(&order, &no_job, input)?;
            account(output, reply).map_err(|_| Lost::Worker)
        })
    }

    /// A server that went away is waited for: an input must not be judged by
    /// the fate of a process it cannot reach.
    fn patiently<T>(&self, attempt: impl Fn() -> Result<T, Lost>) -> Result<T, Refusal> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let attempted = attempt();
            if matches!(attempted, Err(Lost::Server)) {
                self.absences.fetch_add(1, Ordering::Relaxed);
            }
            match attempted {
                Ok(done) => return Ok(done),
                Err(Lost::Server) if Instant::now() < patience && self.can_return() => {
                    std::thread::sleep(PAUSE);
                }
                Err(Lost::Server | Lost::Worker) => return Err(Refusal::WorkerLost),
                Err(Lost::Overtime) => return Err(Refusal::OverBudget),
                // Never less confined: rather not at all.
                Err(Lost::Unconfined) => return Err(Refusal::Unsupported),
            }
        }
    }

    /// The role's supervisor starts it again; a private server stays dead.
    fn can_return(&self) -> bool {
        matches!(self.way, Way::Role(_))
    }

    fn attempt(&self, job: &Job, input: &Untrusted) -> Result<(Reply, Written), Lost> {
        let order = Order::new(&job.limits, renders(&job.task), draws_text(&job.task));
        let task = serde_json::to_vec(job)
            .map_err(io::Error::from)
            .and_then(|json| Untrusted::copy_from(&mut json.as_slice(), u64::MAX))
            .map_err(|_| Lost::Worker)?;
        let (output, reply) = match self.ordered(&order, &task, input) {
            // What takes a mail apart is quick: if it was not, the machine was
            // not, and the mail is tried again.
            Err(Lost::Overtime)
                if matches!(
                    job.task,
                    Task::Split {
                        kind: Kind::Message,
                        ..
                    }
                ) =>
            {
                Err(Lost::Worker)
            }
            done => done,
        }?;
        hear(job, output, reply).map_err(|_| Lost::Worker)
    }

    /// Has one order done; its process is gone, and what it wrote is returned.
    fn ordered(
        &self,
        order: &Order,
        job: &Untrusted,
        input: &Untrusted,
    ) -> Result<(OwnedFd, OwnedFd), Lost> {
        let output = memory("output").map_err(|_| Lost::Worker)?;
        let reply = memory("reply").map_err(|_| Lost::Worker)?;
        let descriptors = [
            job.descriptor(),
            input.descriptor(),
            output.as_fd(),
            reply.as_fd(),
        ];
        match self
            .exchange(order, &descriptors)
            .map_err(|_| Lost::Server)?
        {
            Ended::Exited(0) => Ok((output, reply)),
            // The machine is full: the same as a server that is not there.
            Ended::NotStarted => Err(Lost::Server),
            Ended::Exited(NOT_CONFINED) => Err(Lost::Unconfined),
            Ended::Overtime => Err(Lost::Overtime),
            Ended::Exited(_) | Ended::Killed(_) => Err(Lost::Worker),
        }
    }

    /// Sends the order on an idle connection, or on a new one, and waits.
    fn exchange(
        &self,
        order: &Order,
        descriptors: &[std::os::fd::BorrowedFd<'_>],
    ) -> io::Result<Ended> {
        let idle = self.idle.lock().map_err(|_| io::ErrorKind::Other)?.pop();
        let reused = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        set_patience(
            &connection,
            Duration::from_secs(u64::from(order.seconds)) + GRACE,
        )?;
        let sent = message::send(connection.as_fd(), order, descriptors);
        if sent.is_err() && reused {
            // The role was restarted since: its old connections are dead.
            return self.exchange(order, descriptors);
        }
        sent?;
        let (ended, _) = message::receive::<Ended>(connection.as_fd())?;
        // Only a connection that answered is used again: on any other the
        // server may still owe an answer to an earlier order.
        self.idle
            .lock()
            .map_err(|_| io::ErrorKind::Other)?
            .push(connection);
        Ok(ended)
    }

    fn connect(&self) -> io::Result<OwnedFd> {
        match &self.way {
            Way::Role(path) => Ok(open(path)?.0),
            Way::Private(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Ok(idle) = self.idle.get_mut() {
            idle.clear();
        }
        if let Way::Private(child) = &mut self.way {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a dead worker left, once it is sealed and checked.
fn hear(job: &Job, output: OwnedFd, reply: OwnedFd) -> io::Result<(Reply, Written)> {
    let (output, reply) = (Written::seal(output)?, Written::seal(reply)?);
    let said: Reply = serde_json::from_slice(&reply.bytes(wire::LONGEST_REPLY)?)?;
    let checked = wire::check(&job.task, said, output.length(), &job.limits);
    Ok((checked.ok_or(io::ErrorKind::InvalidData)?, output))
}

/// What the office stage left, and what its keeper counted.
fn account(output: OwnedFd, reply: OwnedFd) -> io::Result<(Account, Written)> {
    let (output, reply) = (Written::seal(output)?, Written::seal(reply)?);
    let account = serde_json::from_slice(&reply.bytes(wire::LONGEST_ACCOUNT)?)?;
    Ok((account, output))
}

fn reap(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn open(path: &Path) -> io::Result<(OwnedFd, Greeting)> {
    let connection = socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    connect(
        std::os::fd::AsRawFd::as_raw_fd(&connection),
        &UnixAddr::new(path)?,
    )?;
    set_patience(&connection, GRACE)?;
    let (greeting, _) = message::receive::<Greeting>(connection.as_fd())?;
    Ok((connection, greeting))
}

fn set_patience(connection: &OwnedFd, patience: Duration) -> io::Result<()> {
    let seconds = i64::try_from(patience.as_secs()).unwrap_or(i64::MAX);
    setsockopt(
        connection,
        sockopt::ReceiveTimeout,
        &TimeVal::new(seconds, 0),
    )?;
    Ok(())
}

/// Pages are rendered in more memory than anything else needs.
fn renders(task: &Task) -> bool {
    match task {
        Task::Treat {
            kind, treatment, ..
        } => {
            *treatment == Treatment::Flatten
                || matches!(kind.family(), Family::Pdf | Family::Picture | Family::Rtf)
        }
        Task::Paint { .. } | Task::ReadCodes { .. } => true,
        Task::Verify { kind, .. } => {
            matches!(kind, Kind::Pdf | Kind::Jpeg | Kind::Png | Kind::Rtf)
        }
        Task::Identify { .. } | Task::Split { .. } | Task::Join { .. } => false,
    }
}

/// Only pages and drawings, which rich text holds as well, have text in fonts
/// that their file may not bring along.
fn draws_text(task: &Task) -> bool {
    match task {
        Task::Treat { kind, .. } | Task::Paint { kind, .. } => {
            // Office documents hold metafiles.
            matches!(kind.family(), Family::Office | Family::OpenDocument)
                || matches!(
                    kind,
                    Kind::Pdf | Kind::Svg | Kind::Wmf | Kind::Emf | Kind::Rtf
                )
        }
        Task::ReadCodes { .. }
        | Task::Verify { .. }
        | Task::Identify { .. }
        | Task::Split { .. }
        | Task::Join { .. } => false,
    }
}
