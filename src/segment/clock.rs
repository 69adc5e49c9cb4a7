//! The clocks of this machine, read.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::pending::SinceBoot;

/// Which start of the machine this is, and how long ago it was. None where
/// the kernel does not tell; then no trial counts as running.
#[must_use]
pub fn since_boot() -> Option<SinceBoot> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let elapsed = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Some(SinceBoot {
        boot: boot.trim().to_owned(),
        elapsed: Duration::from(elapsed),
    })
}
