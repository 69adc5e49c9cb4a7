//! The system calls a worker may make. Everything else kills it: there is no
//! socket, open, exec, clone, kill, ioctl or prctl in this list, and a call
//! that a later kernel invents is not in it either.

use std::io;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Calls allowed with any arguments, and why each is needed.
pub const ALLOWED: &[(i64, &str)] = &[
    (libc::SYS_read, "the job and the input"),
    (libc::SYS_pread64, "the input, by place"),
    (libc::SYS_write, "output and reply"),
    (libc::SYS_lseek, "the input's length"),
    (libc::SYS_fstat, "the input's length"),
    (libc::SYS_close, "descriptors given up early"),
    (libc::SYS_brk, "allocator"),
    (libc::SYS_munmap, "allocator"),
    (libc::SYS_mremap, "allocator"),
    (libc::SYS_madvise, "allocator"),
    (libc::SYS_futex, "uncontended locks of std"),
    (libc::SYS_getrandom, "hash map seeds"),
    (libc::SYS_clock_gettime, "where the vDSO has no fast clock"),
    (libc::SYS_sched_yield, "spin loops of std"),
    (
        libc::SYS_sigaltstack,
        "std's stack overflow handler, at exit",
    ),
    (libc::SYS_rt_sigreturn, "return from that handler"),
    (libc::SYS_rt_sigprocmask, "abort(3)"),
    (libc::SYS_rt_sigaction, "abort(3)"),
    (libc::SYS_gettid, "abort(3)"),
    (libc::SYS_getpid, "abort(3)"),
    (libc::SYS_exit, "the end"),
    (libc::SYS_exit_group, "the end"),
];

/// A call allowed only where `argument & mask == value`.
struct Condition {
    call: i64,
    argument: u8,
    mask: i32,
    value: i32,
}

const CONDITIONS: &[Condition] = &[
    // Memory may be readable and writable, never executable.
    Condition {
        call: libc::SYS_mmap,
        argument: 2,
        mask: libc::PROT_EXEC,
        value: 0,
    },
    Condition {
        call: libc::SYS_mprotect,
        argument: 2,
        mask: libc::PROT_EXEC,
        value: 0,
    },
    // abort(3) signals this very process, which is number 1 of its namespace.
    Condition {
        call: libc::SYS_tgkill,
        argument: 0,
        mask: -1,
        value: 1,
    },
    // std's File asks for a descriptor's metadata by an empty path …
    Condition {
        call: libc::SYS_statx,
        argument: 2,
        mask: libc::AT_EMPTY_PATH,
        value: libc::AT_EMPTY_PATH,
    },
    // … and, in builds with assertions, whether a descriptor is open.
    Condition {
        call: libc::SYS_fcntl,
        argument: 1,
        mask: -1,
        value: libc::F_GETFD,
    },
];

impl Condition {
    fn rule(&self) -> io::Result<SeccompRule> {
        let mask = SeccompCmpOp::MaskedEq(u64::from(self.mask.cast_unsigned()));
        let value = u64::from(self.value.cast_unsigned());
        SeccompCondition::new(self.argument, SeccompCmpArgLen::Dword, mask, value)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(io::Error::other)
    }
}

/// Calls whose refusal a test executes one by one. A list of what an
/// attacker would want, not the mechanism: the mechanism is [`ALLOWED`].
pub const REFUSED_FOR_CERTAIN: &[(i64, &str)] = &[
    (libc::SYS_socket, "socket"),
    (libc::SYS_socketpair, "socketpair"),
    (libc::SYS_connect, "connect"),
    (libc::SYS_bind, "bind"),
    (libc::SYS_sendto, "sendto"),
    (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_openat, "openat"),
    (libc::SYS_openat2, "openat2"),
    (libc::SYS_open_by_handle_at, "open_by_handle_at"),
    (libc::SYS_unlinkat, "unlinkat"),
    (libc::SYS_renameat2, "renameat2"),
    (libc::SYS_execve, "execve"),
    (libc::SYS_execveat, "execveat"),
    (libc::SYS_clone, "clone"),
    (libc::SYS_clone3, "clone3"),
    (libc::SYS_unshare, "unshare"),
    (libc::SYS_setns, "setns"),
    (libc::SYS_mount, "mount"),
    (libc::SYS_ptrace, "ptrace"),
    (libc::SYS_process_vm_readv, "process_vm_readv"),
    (libc::SYS_kill, "kill"),
    (libc::SYS_bpf, "bpf"),
    (libc::SYS_keyctl, "keyctl"),
    (libc::SYS_io_uring_setup, "io_uring_setup"),
    (libc::SYS_memfd_create, "memfd_create"),
    (libc::SYS_userfaultfd, "userfaultfd"),
    (libc::SYS_perf_event_open, "perf_event_open"),
    (libc::SYS_ioctl, "ioctl"),
    (libc::SYS_prctl, "prctl"),
    (libc::SYS_setuid, "setuid"),
    (libc::SYS_dup, "dup"),
    (libc::SYS_fcntl, "fcntl"),
];

/// Installs the filter for this thread (the worker has one).
///
/// # Errors
/// When the filter cannot be built or the kernel refuses it.
pub fn apply() -> io::Result<()> {
    seccompiler::apply_filter(&program()?).map_err(io::Error::other)
}

fn program() -> io::Result<BpfProgram> {
    let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> = ALLOWED
        .iter()
        .map(|(number, _)| (*number, Vec::new()))
        .collect();
    for condition in CONDITIONS {
        rules
            .entry(condition.call)
            .or_default()
            .push(condition.rule()?);
    }
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        architecture,
    )
    .and_then(BpfProgram::try_from)
    .map_err(io::Error::other)
}
