//! Writes to the kernel: one transaction, or one switch.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use super::error::SegmentError;
use super::machine;
use super::observe::{nft, switch_file, switches_off_course};
use super::ruleset::Forwarding;
use super::sysctl::{self, Sysctl};

/// Programs of ours whose transactions nobody heard of yet, by process id.
static WRITERS: Mutex<VecDeque<u32>> = Mutex::new(VecDeque::new());
const WRITERS_KEPT: usize = 64;

/// Whether a transaction that was just heard of is ours, by its process. It is
/// known once, because process ids come again. Who hears of another compares.
#[must_use]
pub fn was_ours(process: u32) -> bool {
    let mut writers = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
    let place = writers.iter().position(|writer| *writer == process);
    place.and_then(|place| writers.remove(place)).is_some()
}

/// Some transactions will never be heard of: none is known as ours any more.
pub fn unheard() {
    let mut writers = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
    writers.clear();
}

fn remember(process: u32) {
    let mut writers = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
    writers.push_back(process);
    if writers.len() > WRITERS_KEPT {
        writers.pop_front();
    }
}

/// Hands one transaction to the kernel: all of it happens, or none.
///
/// # Errors
/// `nft` missing or refused; then the kernel's rules are as before.
pub fn load(transaction: &str) -> Result<(), SegmentError> {
    let failed = |untrusted_said: String| SegmentError::Nft {
        doing: "load",
        untrusted_said,
    };
    let mut child = nft()?
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let process = child.id();
    remember(process);
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(transaction.as_bytes()),
        None => Ok(()),
    };
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let _ = was_ours(process); // the kernel tells of no transaction
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    written.map_err(|error| failed(error.to_string()))
}

/// Writes all switches; those that are optional and absent are left. One that
/// cannot be written keeps no other from being written.
///
/// # Errors
/// The first one that cannot be written.
pub fn set_switches(switches: &[Sysctl]) -> Result<(), SegmentError> {
    let mut done = Ok(());
    for switch in switches {
        let path = switch_file(switch);
        let opened = std::fs::OpenOptions::new().write(true).open(&path);
        match opened.and_then(|mut file| file.write_all(switch.value.as_bytes())) {
            Err(error) if switch.optional && error.kind() == ErrorKind::NotFound => {}
            written => done = done.and(written.map_err(SegmentError::file(&path))),
        }
    }
    done
}

/// Switches forwarding, then writes and reads back every other switch again,
/// because the kernel rewrites some of them when forwarding changes (measured).
///
/// # Errors
/// A switch that cannot be written or does not stand as written.
pub fn forward(state: Forwarding, switches: &[Sysctl]) -> Result<(), SegmentError> {
    let forwarding = sysctl::forwarding(state, &machine::names());
    let forwards = set_switches(&forwarding);
    set_switches(switches).and(forwards)?;
    let mut changed = switches_off_course(switches);
    changed.extend(switches_off_course(&forwarding));
    if changed.is_empty() {
        Ok(())
    } else {
        Err(SegmentError::NotAsWritten(super::drift::Drift {
            changed,
            ..Default::default()
        }))
    }
}
