//! The process that forks workers: single-threaded, root in the daemon (else
//! root of an unprivileged user namespace), in an empty network namespace,
//! and it never reads a byte of a stranger. It takes orders from authorised
//! peers, forks, waits, kills what is over its time, and says how each ended.
//!
//! ```text
//! poll -> listener: accept, peer's uid allowed?, greet
//!      -> connection: Order + 4 descriptors -> fork -> [worker: confine, serve, exit]
//!                                                 or   [office::keep]
//!      -> pidfd or deadline: reap, answer Ended, id free again
//! ```
//!
//! One connection has one job at a time; a connection that closes takes its
//! worker with it.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::CloneFlags;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::confine::{self, FIRST_WORKER_UID, MOST_WORKERS};
use super::fonts::FontFiles;
use super::office;
use super::order::{Ended, Greeting, NOT_CONFINED, Order};
use super::socket::{self, DESCRIPTORS};
use super::work::{self, Serve};
use crate::policy::Limits;
use crate::sanitise::Fonts;
use crate::sys::Forked;

/// Where orders come from.
#[derive(Debug)]
pub enum Door {
    /// The daemon's socket; only these user ids may come in.
    Listener(OwnedFd, Vec<u32>),
    /// One private connection, of the process that started us.
    Private(OwnedFd),
}

/// A peer and its worker, if it has one.
struct Connection {
    socket: OwnedFd,
    job: Option<Running>,
    gone: bool,
}

struct Running {
    pid: i32,
    pidfd: OwnedFd,
    deadline: Instant,
    slot: u32,
    overtime: bool,
}

/// Everything the loop holds.
struct Server {
    listener: Option<(OwnedFd, Vec<u32>)>,
    connections: Vec<Connection>,
    slots: Vec<bool>,
    own_uids: bool,
    serve: Serve,
    fonts: FontFiles,
    greeting: Greeting,
}

/// Serves until the private peer is gone; the daemon's door never ends.
///
/// # Errors
/// When this machine cannot give the mandatory confinement: nothing is
/// served then.
pub fn serve(door: Door, serve: Serve, fonts: FontFiles) -> io::Result<()> {
    let own_uids = nix::unistd::geteuid().is_root();
    isolate(own_uids)?;
    let greeting = Greeting {
        confinement: probe(own_uids)?,
        fonts: fonts.any(),
        office: office::installed(),
    };
    let (listener, connections) = match door {
        Door::Listener(socket, allowed) => (Some((socket, allowed)), Vec::new()),
        Door::Private(socket) => (
            None,
            vec![Connection {
                socket,
                job: None,
                gone: false,
            }],
        ),
    };
    for connection in &connections {
        socket::send(connection.socket.as_fd(), &greeting, &[])?;
    }
    let slots = vec![false; usize::try_from(MOST_WORKERS).unwrap_or(1)];
    let mut server = Server {
        listener,
        connections,
        slots,
        own_uids,
        serve,
        fonts,
        greeting,
    };
    while server.listener.is_some() || !server.connections.is_empty() {
        server.turn()?;
    }
    Ok(())
}

/// Leaves the machine's networks for an empty one of our own. Without
/// privilege, through a user namespace (user_namespaces(7)).
fn isolate(privileged: bool) -> io::Result<()> {
    use nix::sched::unshare;
    let empty = CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNS;
    if privileged {
        unshare(empty)?;
        return Ok(());
    }
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(empty | CloneFlags::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {user} 1\n"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {group} 1\n"))?;
    Ok(())
}

/// Confines one worker that does nothing, so that a machine below the floor
/// is found out before any mail is.
fn probe(own_uids: bool) -> io::Result<String> {
    let order = Order::new(&Limits::default(), false, false);
    match crate::sys::fork_into(CloneFlags::CLONE_NEWPID)? {
        Forked::Child => {
            let uid = own_uids.then_some(FIRST_WORKER_UID);
            let status = match confine::confine(&order, uid) {
                Ok(()) => 0,
                Err(failed) => {
                    eprintln!("sekimori-worker: {}: {}", failed.step, failed.error);
                    NOT_CONFINED
                }
            };
            crate::sys::exit_now(status)
        }
        Forked::Parent { pidfd, .. } => {
            match ended(waitid(Id::PIDFd(pidfd.as_fd()), WaitPidFlag::WEXITED)?) {
                Ended::Exited(0) => {
                    let user = if own_uids {
                        "own-uid"
                    } else {
                        "user-namespace"
                    };
                    Ok(format!(
                        "{user} pid-namespace empty-network landlock seccomp-kill rlimits"
                    ))
                }
                other => Err(io::Error::other(format!(
                    "this kernel does not give the mandatory confinement ({other:?})"
                ))),
            }
        }
    }
}

impl Server {
    fn turn(&mut self) -> io::Result<()> {
        let ready = self.wait()?;
        for index in 0..self.connections.len() {
            let (message, child) = (
                ready.messages.contains(&index),
                ready.children.contains(&index),
            );
            self.attend(index, message, child);
        }
        self.connections
            .retain(|connection| !(connection.gone && connection.job.is_none()));
        if ready.listener {
            self.accept();
        }
        Ok(())
    }

    /// Waits for a peer, a worker's end or the next deadline.
    fn wait(&self) -> io::Result<Ready> {
        let mut watched: Vec<PollFd<'_>> = Vec::new();
        let mut meaning = Vec::new();
        if let Some((listener, _)) = &self.listener {
            meaning.push(Watched::Listener);
            watched.push(PollFd::new(listener.as_fd(), PollFlags::POLLIN));
        }
        for (index, connection) in self.connections.iter().enumerate() {
            if !connection.gone {
                meaning.push(Watched::Message(index));
                watched.push(PollFd::new(connection.socket.as_fd(), PollFlags::POLLIN));
            }
            if let Some(job) = &connection.job {
                meaning.push(Watched::Child(index));
                watched.push(PollFd::new(job.pidfd.as_fd(), PollFlags::POLLIN));
            }
        }
        let timeout = self.until_next_deadline();
        match poll(&mut watched, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut ready = Ready::default();
        for (fd, what) in watched.iter().zip(&meaning) {
            if !fd.any().unwrap_or(false) {
                continue;
            }
            match what {
                Watched::Listener => ready.listener = true,
                Watched::Message(index) => ready.messages.push(*index),
                Watched::Child(index) => ready.children.push(*index),
            }
        }
        Ok(ready)
    }

    fn until_next_deadline(&self) -> PollTimeout {
        let next = self
            .connections
            .iter()
            .filter_map(|connection| connection.job.as_ref())
            .filter(|job| !job.overtime)
            .map(|job| job.deadline.saturating_duration_since(Instant::now()))
            .min();
        // One millisecond more, so that the deadline has passed when we look.
        next.map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
        })
    }

    fn accept(&mut self) {
        let Some((listener, allowed)) = &self.listener else {
            return;
        };
        let flags = nix::sys::socket::SockFlag::SOCK_CLOEXEC;
        let Ok(raw) = nix::sys::socket::accept4(listener.as_raw_fd(), flags) else {
            return;
        };
        let socket = crate::sys::own(raw);
        let peer =
            nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::PeerCredentials);
        let welcome = peer.is_ok_and(|peer| allowed.contains(&peer.uid()));
        // Packages come and go while we run.
        let greeting = Greeting {
            office: office::installed(),
            ..self.greeting.clone()
        };
        if welcome && socket::send(socket.as_fd(), &greeting, &[]).is_ok() {
            self.connections.push(Connection {
                socket,
                job: None,
                gone: false,
            });
        }
    }

    /// What happened to one connection since the last turn.
    fn attend(&mut self, index: usize, message: bool, child: bool) {
        if message {
            self.take_order(index);
        }
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let Some(job) = &mut connection.job else {
            return;
        };
        if !child {
            let over = Instant::now() >= job.deadline;
            if (over || connection.gone) && !job.overtime {
                job.overtime = true;
                // Not yet reaped, so the pid is still this worker's.
                let _ = kill(Pid::from_raw(job.pid), Signal::SIGKILL);
            }
            return;
        }
        let status = waitid(Id::PIDFd(job.pidfd.as_fd()), WaitPidFlag::WEXITED);
        let answer = match status {
            Ok(_) if job.overtime => Ended::Overtime,
            Ok(status) => ended(status),
            Err(_) => Ended::NotStarted,
        };
        if let Some(taken) = usize::try_from(job.slot)
            .ok()
            .and_then(|slot| self.slots.get_mut(slot))
        {
            *taken = false;
        }
        connection.job = None;
        if !connection.gone && socket::send(connection.socket.as_fd(), &answer, &[]).is_err() {
            connection.gone = true;
        }
    }

    fn take_order(&mut self, index: usize) {
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        let order = socket::receive::<Order>(connection.socket.as_fd());
        let Ok((order, descriptors)) = order else {
            connection.gone = true;
            return;
        };
        if connection.job.is_some() || descriptors.len() != DESCRIPTORS {
            connection.gone = true;
            return;
        }
        let order = order.under_ceiling();
        let slot = self.slots.iter().position(|taken| !taken);
        let started = slot.and_then(|slot| self.start(slot, &order, descriptors).ok());
        let Some(connection) = self.connections.get_mut(index) else {
            return;
        };
        match started {
            Some(job) => {
                if let Some(taken) = usize::try_from(job.slot)
                    .ok()
                    .and_then(|slot| self.slots.get_mut(slot))
                {
                    *taken = true;
                }
                connection.job = Some(job);
            }
            None => {
                let sent = socket::send(connection.socket.as_fd(), &Ended::NotStarted, &[]);
                connection.gone |= sent.is_err();
            }
        }
    }

    fn start(&self, slot: usize, order: &Order, descriptors: Vec<OwnedFd>) -> io::Result<Running> {
        let slot = u32::try_from(slot).map_err(io::Error::other)?;
        let deadline = Instant::now() + Duration::from_secs(u64::from(order.seconds));
        let namespaces = match order.office {
            Some(_) => office::NAMESPACES,
            None => CloneFlags::CLONE_NEWPID,
        };
        match crate::sys::fork_into(namespaces)? {
            Forked::Parent { pid, pidfd } => Ok(Running {
                pid,
                pidfd,
                deadline,
                slot,
                overtime: false,
            }),
            Forked::Child => {
                let uid = self.own_uids.then(|| FIRST_WORKER_UID.saturating_add(slot));
                std::panic::set_hook(Box::new(|_| {}));
                crate::sys::exit_now(match order.office {
                    Some(conversion) => office::keep(order, conversion, uid, descriptors),
                    None => self.worker(order, uid, descriptors),
                })
            }
        }
    }

    /// A worker's whole life. Nothing of the input is read before `confine`.
    fn worker(&self, order: &Order, uid: Option<u32>, descriptors: Vec<OwnedFd>) -> i32 {
        // Before the desk: it takes numbers that the open font files may have.
        let fonts = if order.fonts {
            self.fonts.mapped()
        } else {
            Fonts::default()
        };
        let Ok(desk) = work::Desk::take(descriptors) else {
            return NOT_CONFINED;
        };
        // Their pages are the machine's; what a job may take is its own.
        let order = order.beside(&fonts);
        if confine::confine(&order, uid).is_err() {
            return NOT_CONFINED;
        }
        match work::work(desk, self.serve, &fonts) {
            Ok(()) => 0,
            Err(_) => 1,
        }
    }
}

enum Watched {
    Listener,
    Message(usize),
    Child(usize),
}

#[derive(Default)]
struct Ready {
    listener: bool,
    messages: Vec<usize>,
    children: Vec<usize>,
}

fn ended(status: WaitStatus) -> Ended {
    match status {
        WaitStatus::Exited(_, status) => Ended::Exited(status),
        WaitStatus::Signaled(_, signal, _) => Ended::Killed(signal as i32),
        WaitStatus::Stopped(..)
        | WaitStatus::PtraceEvent(..)
        | WaitStatus::PtraceSyscall(_)
        | WaitStatus::Continued(_)
        | WaitStatus::StillAlive => Ended::NotStarted,
    }
}
