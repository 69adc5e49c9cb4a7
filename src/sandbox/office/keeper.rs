//! Process 1 of a job: locks the door, lays out the profile and the input,
//! starts LibreOffice, and copies out what it made. It reads no byte of either.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use nix::libc;
use nix::sched::CloneFlags;
use nix::sys::resource::Resource;
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::{Account, PROGRAM, filter, profile, world};
use crate::policy::Limits;
use crate::sandbox::confine::{self, Failed, KEPT_DESCRIPTORS};
use crate::sandbox::order::{NOT_CONFINED, Order};
use crate::sandbox::work::Desk;
use crate::sanitise::stage::{Conversion, Wording};
use crate::sys::Forked;

/// Status of a job that made nothing.
const NO_RESULT: i32 = 71;

/// LibreOffice's "start me again" (`EXITHELPER_NORMAL_RESTART`).
const AGAIN: i32 = 81;

/// The most that the private folder holds: profile, input, output and what is
/// written on the way. It counts as memory, beside the limit of the process.
const MOST_PRIVATE_BYTES: u64 = 256 << 20;

/// Threads of one job.
const MOST_THREADS: u64 = 256;

/// Descriptors of one job.
const MOST_DESCRIPTORS: u64 = 256;

/// Larger pages where the kernel has them: a start touches a gigabyte of fresh
/// memory, and half of its time went into that (1.2 s, 0.7 s with them).
const ALLOCATOR: &str = "glibc.malloc.hugetlb=1";

/// A job's whole life, and its exit status. Called in the process that
/// [`crate::sys::fork_into`] made, with [`super::NAMESPACES`] new.
pub(in crate::sandbox) fn keep(
    order: &Order,
    conversion: Conversion,
    uid: Option<u32>,
    descriptors: Vec<OwnedFd>,
) -> i32 {
    let Some(wording) = conversion.wording() else {
        return NO_RESULT;
    };
    let Ok(desk) = Desk::take(descriptors) else {
        return NOT_CONFINED;
    };
    let (input, output, reply) = desk.without_job();
    let Ok(counters) = lock(order, uid) else {
        return NOT_CONFINED;
    };
    let converted = lay_out(&input, &wording)
        .and_then(|()| run(&wording))
        .and_then(|confined| {
            if confined {
                hand_over(order, &wording, output)
            } else {
                Ok(NOT_CONFINED)
            }
        });
    let Ok(account) = count(counters) else {
        return NOT_CONFINED;
    };
    match converted {
        Ok(0) if account.is_silent() => say(reply, account),
        // Not as alone as it had to be.
        Ok(0) => NOT_CONFINED,
        Ok(status) => status,
        Err(_) => NO_RESULT,
    }
}

/// Locks this process, one of [`super::NAMESPACES`], up like LibreOffice. Only the
/// test worker does, to look around in there.
///
/// # Errors
/// The step that failed.
pub fn lock_up(limits: &Limits, uid: Option<u32>) -> Result<(), Failed> {
    drop(lock(&Order::new(limits, true, false), uid)?);
    filter::apply().map_err(Failed::at("seccomp"))
}

/// All walls but the filter, which LibreOffice alone gets: it forbids the fork
/// that starts it. Returns the counters of this job's network, which cannot be
/// opened from inside.
fn lock(order: &Order, uid: Option<u32>) -> Result<File, Failed> {
    crate::sys::close_from(KEPT_DESCRIPTORS).map_err(Failed::at("close_range"))?;
    crate::sys::empty_environment();
    // Folders of the new root are entered under another id; the unit's mask forbids it.
    umask(Mode::from_bits_truncate(0o022));
    let counters = File::open("/proc/self/net/dev").map_err(Failed::at("counters"))?;
    world::enter(uid.unwrap_or(0), order.file_bytes.min(MOST_PRIVATE_BYTES))?;
    confine::give_up_powers(uid)?;
    confine::limit(&[
        (Resource::RLIMIT_NOFILE, MOST_DESCRIPTORS),
        (Resource::RLIMIT_NPROC, MOST_THREADS),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_FSIZE, order.file_bytes),
        (Resource::RLIMIT_CPU, u64::from(order.seconds)),
        (Resource::RLIMIT_AS, order.memory_bytes),
    ])?;
    world::fence()?;
    Ok(counters)
}

/// The profile from our template, and the input under a name of ours.
fn lay_out(input: &File, wording: &Wording) -> io::Result<()> {
    profile::write()?;
    let mut copy = File::create_new(source(wording))?;
    let mut offset = 0;
    let mut chunk = vec![0_u8; 64 << 10];
    // By place: the descriptor's offset is shared with its other holders.
    loop {
        let count = input.read_at(&mut chunk, offset)?;
        if count == 0 {
            return Ok(());
        }
        copy.write_all(chunk.get(..count).unwrap_or_default())?;
        offset = offset.saturating_add(u64::try_from(count).map_err(io::Error::other)?);
    }
}

fn source(wording: &Wording) -> PathBuf {
    PathBuf::from(format!("{}/in/source.{}", world::WORK, wording.reads))
}

fn result(wording: &Wording) -> PathBuf {
    PathBuf::from(format!("{}/out/source.{}", world::WORK, wording.writes))
}

/// Runs LibreOffice to its end, whatever that is; `false` where its filter
/// could not be had. What it says about success is not asked.
fn run(wording: &Wording) -> io::Result<bool> {
    for _ in 0..2 {
        match start(wording)? {
            WaitStatus::Exited(_, NOT_CONFINED) => return Ok(false),
            WaitStatus::Exited(_, AGAIN) => {}
            _ => break,
        }
    }
    Ok(true)
}

fn start(wording: &Wording) -> io::Result<WaitStatus> {
    match crate::sys::fork_into(CloneFlags::empty())? {
        Forked::Parent { pidfd, .. } => Ok(waitid(Id::PIDFd(pidfd.as_fd()), WaitPidFlag::WEXITED)?),
        Forked::Child => {
            become_office(wording);
            crate::sys::exit_now(NOT_CONFINED)
        }
    }
}

/// Returns only where it could not.
fn become_office(wording: &Wording) {
    // No descriptor of ours goes along; standard ones are /dev/null.
    if crate::sys::close_from(3).is_err() || filter::apply().is_err() {
        return;
    }
    let library = PROGRAM.rsplit_once('/').map_or("", |(folder, _)| folder);
    let error = Command::new(PROGRAM)
        .env_clear()
        .env("HOME", world::WORK)
        .env("TMPDIR", "/job/tmp")
        .env("LC_ALL", "C.UTF-8")
        .env("SAL_USE_VCLPLUGIN", "svp")
        // There is no /proc in which it could look up where it is.
        .env("LD_LIBRARY_PATH", library)
        .env("GLIBC_TUNABLES", ALLOCATOR)
        .current_dir(world::WORK)
        .arg(format!("-env:UserInstallation=file://{}", profile::PROFILE))
        .args([
            "--headless",
            "--norestore",
            "--nologo",
            "--nolockcheck",
            "--nodefault",
        ])
        .arg(format!("--infilter={}", wording.reader))
        .arg("--convert-to")
        .arg(format!("{}:{}", wording.writes, wording.writer))
        .args(["--outdir", "/job/out"])
        .arg(source(wording))
        .exec();
    drop(error);
}

/// Copies the result out: a file, not a link, neither empty nor too large. It
/// is a stranger's from here on.
fn hand_over(order: &Order, wording: &Wording, mut output: File) -> io::Result<i32> {
    let made = fs::File::options()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(result(wording))?;
    let about = made.metadata()?;
    if !about.is_file() || about.len() == 0 || about.len() > order.file_bytes {
        return Ok(NO_RESULT);
    }
    io::copy(&mut made.take(order.file_bytes), &mut output)?;
    Ok(0)
}

/// Interfaces and packets of this job's own network (proc_pid_net(5), `dev`).
fn count(mut counters: File) -> io::Result<Account> {
    let mut lines = String::new();
    counters.read_to_string(&mut lines)?;
    read_counters(&lines).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The second and the tenth number of each line are packets.
fn read_counters(lines: &str) -> Option<Account> {
    let mut account = Account {
        interfaces: 0,
        packets: 0,
    };
    for line in lines.lines().skip(2) {
        let (_, numbers) = line.split_once(':')?;
        let numbers: Vec<u64> = numbers
            .split_whitespace()
            .map(|number| number.parse().ok())
            .collect::<Option<_>>()?;
        let seen = numbers.get(1)?.saturating_add(*numbers.get(9)?);
        account.packets = account.packets.saturating_add(seen);
        account.interfaces = account.interfaces.saturating_add(1);
    }
    Some(account)
}

fn say(mut reply: File, account: Account) -> i32 {
    let said = serde_json::to_vec(&account).map_err(io::Error::from);
    match said.and_then(|said| reply.write_all(&said)) {
        Ok(()) => 0,
        Err(_) => NO_RESULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_in_both_directions_over_all_interfaces() {
        let lines = "Inter-|   Receive                                                |  Transmit\n \
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
             lo:     168       2    0    0    0     0          0         0      168       3    0    0    0     0       0          0\n  \
             eth0: 9 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
        let account = read_counters(lines).unwrap();
        assert_eq!((account.interfaces, account.packets), (2, 6));
        assert!(!account.is_silent());
        assert_eq!(read_counters("a\nb\nno counters\n"), None);
    }
}
