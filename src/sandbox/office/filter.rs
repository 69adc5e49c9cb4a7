//! System calls that LibreOffice may not make. What it needs cannot be listed,
//! so this filter denies, and is the last of several walls: no other process, no
//! new namespace, no mount, no socket but AF_UNIX (whose only peers are in the
//! same empty world), none of the kernel's wide doors. What is denied fails.

use std::collections::BTreeMap;
use std::io;

use nix::libc;
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// Denied whatever their arguments.
pub(super) const DENIED: &[i64] = &[
    // Namespaces, mounts, roots.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_mknodat,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_kcmp,
    libc::SYS_execveat,
    libc::SYS_memfd_create,
    // Memory that no limit of the process counts.
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    // Wide doors.
    libc::SYS_bpf,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    libc::SYS_personality,
    libc::SYS_mbind,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_set_mempolicy,
    libc::SYS_vmsplice,
    libc::SYS_syslog,
    libc::SYS_lookup_dcookie,
    // The machine.
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// The same, of one architecture only.
#[cfg(target_arch = "x86_64")]
pub(super) const DENIED_HERE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mknod,
    libc::SYS_modify_ldt,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_kexec_file_load,
    libc::SYS_uselib,
];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const DENIED_HERE: &[i64] = &[];

/// The second set of numbers that x86-64 kernels may have for the same calls.
const X32: i64 = 0x4000_0000;

/// Installs the filter for this thread, and all that it starts.
///
/// # Errors
/// When it cannot be built, or the kernel refuses it.
pub(super) fn apply() -> io::Result<()> {
    // A library that is told "no such call" makes threads with clone, whose
    // flags a filter can see; those of clone3 it cannot.
    let absent = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    install(rules([(libc::SYS_clone3, Vec::new())]), absent)?;
    let denied = DENIED.iter().chain(DENIED_HERE);
    let mut calls: Vec<(i64, Vec<SeccompRule>)> =
        denied.map(|number| (*number, Vec::new())).collect();
    calls.push((libc::SYS_clone, no_new_process()?));
    for number in [libc::SYS_socket, libc::SYS_socketpair] {
        let other = when(0, SeccompCmpOp::Ne, libc::AF_UNIX)?;
        calls.push((number, vec![other]));
    }
    install(
        rules(calls),
        SeccompAction::Errno(libc::EPERM.cast_unsigned()),
    )
}

/// Threads may be made, in the namespaces that are there; nothing else.
fn no_new_process() -> io::Result<Vec<SeccompRule>> {
    let thread = SeccompCmpOp::MaskedEq(u64::from(libc::CLONE_THREAD.cast_unsigned()));
    let mut rules = vec![when(0, thread, 0)?];
    for namespace in [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ] {
        let asked = SeccompCmpOp::MaskedEq(u64::from(namespace.cast_unsigned()));
        rules.push(when(0, asked, namespace)?);
    }
    Ok(rules)
}

fn when(argument: u8, how: SeccompCmpOp, value: i32) -> io::Result<SeccompRule> {
    let value = u64::from(value.cast_unsigned());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(io::Error::other)
}

/// Each call under both of its numbers.
fn rules(
    calls: impl IntoIterator<Item = (i64, Vec<SeccompRule>)>,
) -> BTreeMap<i64, Vec<SeccompRule>> {
    let mut both = BTreeMap::new();
    for (number, rules) in calls {
        if cfg!(target_arch = "x86_64") {
            both.insert(number | X32, rules.clone());
        }
        both.insert(number, rules);
    }
    both
}

fn install(rules: BTreeMap<i64, Vec<SeccompRule>>, action: SeccompAction) -> io::Result<()> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    let program = SeccompFilter::new(rules, SeccompAction::Allow, action, architecture)
        .and_then(seccompiler::BpfProgram::try_from)
        .map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::try_system_call;

    /// In a thread: a filter is its thread's own.
    fn filtered(body: impl FnOnce() + Send + 'static) {
        std::thread::spawn(|| {
            nix::sys::prctl::set_no_new_privs().unwrap();
            apply().unwrap();
            body();
        })
        .join()
        .unwrap();
    }

    fn errno(number: i64) -> Option<i32> {
        try_system_call(number)
            .err()
            .and_then(|error| error.raw_os_error())
    }

    #[test]
    fn each_denied_call_fails_under_both_of_its_numbers() {
        filtered(|| {
            let zero_arguments = [libc::SYS_clone, libc::SYS_socket, libc::SYS_socketpair];
            for number in DENIED.iter().chain(DENIED_HERE).chain(&zero_arguments) {
                assert_eq!(errno(*number), Some(libc::EPERM), "{number}");
                if cfg!(target_arch = "x86_64") {
                    assert_eq!(errno(*number | X32), Some(libc::EPERM), "{number}, x32");
                }
            }
            assert_eq!(errno(libc::SYS_clone3), Some(libc::ENOSYS));
        });
    }

    #[test]
    fn what_a_program_needs_still_works() {
        filtered(|| {
            let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
            drop((one, other));
            assert_eq!(std::thread::spawn(|| 5).join().unwrap(), 5);
            let refused = std::net::UdpSocket::bind("127.0.0.1:0").unwrap_err();
            assert_eq!(refused.raw_os_error(), Some(libc::EPERM));
            assert!(std::process::Command::new("/bin/true").status().is_err());
        });
    }
}
