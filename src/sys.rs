//! The only `unsafe`: a handful of system calls that no safe wrapper in our
//! dependencies offers. Each block says why it is sound.
#![allow(unsafe_code)] // this file is where the house keeps it; tests/house.rs knows no other

use std::ffi::{CStr, c_void};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::ptr::NonNull;

use nix::libc;
use nix::sched::CloneFlags;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

/// What [`fork_into`] returns, once in each process.
#[derive(Debug)]
pub enum Forked {
    /// In the caller: the child's pid and a descriptor that becomes readable
    /// when it ends (pidfd_open(2)).
    Parent {
        /// Process id, as the caller sees it.
        pid: i32,
        /// Its pidfd, close-on-exec.
        pidfd: OwnedFd,
    },
    /// In the child.
    Child,
}

/// Forks like fork(2), into new `namespaces` of the child's own (clone(2) with
/// `CLONE_PIDFD`; not clone3(2), whose flags systemd's `RestrictNamespaces=`
/// cannot see and therefore forbids). With `CLONE_NEWPID` the child is process 1
/// and its end is that of all it started. The caller must be single-threaded:
/// the child inherits one thread and every lock as it stands.
///
/// # Errors
/// What clone says: `EPERM` without `CAP_SYS_ADMIN` in the user namespace,
/// `EAGAIN` or `ENOMEM` when the machine is full.
pub fn fork_into(namespaces: CloneFlags) -> io::Result<Forked> {
    let mut pidfd: RawFd = -1;
    let namespaces = namespaces & every_namespace();
    let flags = namespaces.bits() | libc::CLONE_PIDFD | libc::SIGCHLD;
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: namespaces alone, no CLONE_VM and no new stack, so the child continues on its own
    // copy of this stack as after fork(2); with CLONE_PIDFD the kernel writes
    // one descriptor to the third argument, which outlives the call; the
    // remaining arguments are ignored without their flags.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone,
            libc::c_long::from(flags),
            none,
            &raw mut pidfd,
            none,
            none,
        )
    };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => {
            // SAFETY: the kernel has just opened this descriptor for us alone.
            let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
            let pid = i32::try_from(pid).map_err(io::Error::other)?;
            Ok(Forked::Parent { pid, pidfd })
        }
    }
}

/// What may be new for a child. Everything else that clone(2) can do would
/// share memory with it.
fn every_namespace() -> CloneFlags {
    CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
}

/// Adds `restrictions` (`MOUNT_ATTR_…`) to the mount at `path`, and to all
/// below it where `all` (mount_setattr(2)): unlike a remount it takes none of
/// those away that the mount has already.
///
/// # Errors
/// What mount_setattr says; `ENOSYS` before Linux 5.12.
pub(crate) fn restrict_mount(path: &CStr, restrictions: u64, all: bool) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: restrictions,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if all { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the kernel reads a path that ends in NUL and as many bytes of
    // `attributes` as it is told; both outlive the call.
    let status = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if status == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Takes ownership of a descriptor that recvmsg(2) has just put into this
/// process (`SCM_RIGHTS`), or that the service manager passed at start
/// (`LISTEN_FDS`). Call it once per descriptor.
#[must_use]
pub(crate) fn own(received: RawFd) -> OwnedFd {
    // SAFETY: by this function's contract the descriptor is open and nobody
    // else in this process owns it.
    unsafe { OwnedFd::from_raw_fd(received) }
}

/// Closes every descriptor from `first` on (close_range(2)). For a process
/// that is about to give itself up to a stranger's bytes.
///
/// # Errors
/// What close_range says.
pub fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the caller holds no owned descriptor at or above `first` that
    // it will use again; closing is otherwise free of memory effects.
    let status = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0_u32) };
    if status == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Lets a packet socket hear every frame on an interface, whomever it is for
/// (packet(7), `PACKET_MR_PROMISC`), until the socket is closed.
///
/// # Errors
/// What setsockopt says.
pub(crate) fn hear_every_frame(socket: &OwnedFd, interface: usize) -> io::Result<()> {
    let wanted = libc::packet_mreq {
        mr_ifindex: i32::try_from(interface).map_err(io::Error::other)?,
        mr_type: u16::try_from(libc::PACKET_MR_PROMISC).map_err(io::Error::other)?,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let size = u32::try_from(size_of::<libc::packet_mreq>()).map_err(io::Error::other)?;
    // SAFETY: the kernel reads `size` bytes of `wanted`, which outlives the call.
    let status = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            (&raw const wanted).cast(),
            size,
        )
    };
    if status == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// A file of this machine's own, readable as memory without being copied
/// (mmap(2)): only the pages that are looked at are ever loaded.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<c_void>,
    length: NonZeroUsize,
}

impl Mapping {
    /// Maps all of `file`, which must be one that nobody writes to in place
    /// (a package's file is replaced, never rewritten).
    ///
    /// # Errors
    /// What mmap says; an empty file is an error too.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let length = NonZeroUsize::new(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        // SAFETY: a new mapping at a place the kernel chooses; private and
        // read-only, so no one can change it through this process.
        let start = unsafe {
            mmap(
                None,
                length,
                ProtFlags::PROT_READ,
                MapFlags::MAP_PRIVATE,
                file,
                0,
            )
        }?;
        Ok(Self { start, length })
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `start` and `length` are those of a readable mapping that
        // lives as long as `self`, and any bytes are valid `u8`s.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length.get()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own and no slice outlives it.
        let _ = unsafe { munmap(self.start, self.length.get()) };
    }
}

// SAFETY: memory that is only read can be read by any thread.
unsafe impl Send for Mapping {}
// SAFETY: the same.
unsafe impl Sync for Mapping {}

/// Ends this process at once: no destructor, no exit handler, no flush.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit(2) takes any status and does not return.
    unsafe { libc::_exit(status) }
}

/// Freed memory stays with the process instead of going back to the kernel and
/// coming again, cleared, a page at a time: for processes that do one job and end
/// (mallopt(3)). Nothing where the C library has no such setting.
pub fn keep_freed_memory() {
    #[cfg(target_env = "gnu")]
    for (setting, bytes) in [
        (libc::M_MMAP_THRESHOLD, 256 << 20),
        (libc::M_TRIM_THRESHOLD, 256 << 20),
        (libc::M_TOP_PAD, 4 << 20),
    ] {
        // SAFETY: plain numbers; mallopt(3) takes its own lock and refuses what
        // it does not know, which costs speed only.
        unsafe { libc::mallopt(setting, bytes) };
    }
}

/// Empties the environment, so that nothing of ours is there to be read.
pub fn empty_environment() {
    // SAFETY: called in a single-threaded process before any stranger's byte;
    // clearenv(3) only frees and resets `environ`.
    unsafe {
        libc::clearenv();
    }
}

/// Performs system call `number` with zero arguments. Only the test worker
/// uses it, to show that the filter ends a process at each refused call.
///
/// # Errors
/// What the call says, if the process lives to see it.
pub fn try_system_call(number: i64) -> io::Result<i64> {
    // SAFETY: with all-zero arguments none of the calls that the test worker
    // orders dereferences memory of ours.
    let result = unsafe { libc::syscall(number, 0, 0, 0, 0, 0, 0) };
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
