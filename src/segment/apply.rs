//! Writes to the kernel: one transaction, or one switch.

use std::io::Write as _;
use std::process::Stdio;

use super::error::SegmentError;
use super::observe::{nft, switch_file, switches_off_course};
use super::ruleset::Forwarding;
use super::sysctl::{self, Sysctl};

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
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(transaction.as_bytes()),
        None => Ok(()),
    };
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    written.map_err(|error| failed(error.to_string()))
}

/// Writes all switches; those that are optional and absent are left.
///
/// # Errors
/// The first one that cannot be written.
pub fn set_switches(switches: &[Sysctl]) -> Result<(), SegmentError> {
    for switch in switches {
        let path = switch_file(switch);
        if switch.optional && !path.exists() {
            continue;
        }
        std::fs::write(&path, switch.value).map_err(SegmentError::file(&path))?;
    }
    Ok(())
}

/// Switches forwarding, then writes and reads back every other switch again,
/// because the kernel rewrites some of them when forwarding changes (measured).
///
/// # Errors
/// A switch that cannot be written or does not stand as written.
pub fn forward(state: Forwarding, switches: &[Sysctl]) -> Result<(), SegmentError> {
    let forwarding = sysctl::forwarding(state);
    set_switches(&forwarding)?;
    set_switches(switches)?;
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
