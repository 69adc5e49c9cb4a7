//! What wakes the segment role besides its tick: an order to end, a request,
//! news of the kernel's rules, somebody setting the clock.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags as Arm};

use crate::run::control::Server;
use crate::segment::SegmentError;
use crate::segment::netlink::changes::{Changes, Heard};

/// A moment that no test reaches (the year 2255): this timer only ever goes
/// off because the clock was set.
const NEVER: i64 = 9_000_000_000;

/// Descriptors that are watched.
pub(super) struct Watch {
    signals: SignalFd,
    changes: Changes,
    clock: TimerFd,
}

/// Why the role woke.
#[derive(Debug, Default)]
pub(super) struct Woken {
    /// SIGTERM or SIGINT.
    pub ended: bool,
    /// Somebody waits at the control socket.
    pub asked: bool,
    /// Transactions since the last look.
    pub heard: Heard,
    /// Somebody set the wall clock.
    pub clock_was_set: bool,
}

impl Watch {
    pub fn open() -> Result<Self, SegmentError> {
        let failed = |error: Errno| SegmentError::Control(error.to_string());
        let mut ends = SigSet::empty();
        ends.add(Signal::SIGTERM);
        ends.add(Signal::SIGINT);
        ends.thread_block().map_err(failed)?;
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let watch = Self {
            signals: SignalFd::with_flags(&ends, SfdFlags::SFD_CLOEXEC).map_err(failed)?,
            changes: Changes::subscribe()
                .map_err(|error| SegmentError::Control(format!("netlink: {error}")))?,
            clock: TimerFd::new(ClockId::CLOCK_REALTIME, flags).map_err(failed)?,
        };
        watch.arm().map_err(failed)?;
        Ok(watch)
    }

    fn arm(&self) -> nix::Result<()> {
        let flags = Arm::TFD_TIMER_ABSTIME | Arm::TFD_TIMER_CANCEL_ON_SET;
        self.clock
            .set(Expiration::OneShot(TimeSpec::new(NEVER, 0)), flags)
    }

    /// Waits until something happens, at most `longest`.
    pub fn wait(&mut self, server: &Server, longest: Duration) -> Result<Woken, SegmentError> {
        let longest = PollTimeout::try_from(longest.as_millis()).unwrap_or(PollTimeout::ZERO);
        let mut watched = [
            PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(server.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.changes.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.clock.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut watched, longest) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(SegmentError::Control(error.to_string())),
        }
        let [ended, asked, touched, clock_was_set] = watched.map(|fd| fd.any().unwrap_or(false));
        if clock_was_set {
            let _ = self.clock.wait(); // only takes the news away
            let _ = self.arm();
        }
        let heard = if touched {
            self.heard()
        } else {
            Heard::default()
        };
        Ok(Woken {
            ended,
            asked,
            heard,
            clock_was_set,
        })
    }

    /// Transactions that wait; news that cannot be read may be any.
    fn heard(&mut self) -> Heard {
        self.changes.take().unwrap_or(Heard {
            authors: Vec::new(),
            overrun: true,
        })
    }
}

/// Tells a service manager that asked for it that the loop still turns.
pub(super) struct Watchdog {
    every: Option<Duration>,
    next: Instant,
}

impl Watchdog {
    /// Twice as often as it waits; never where none was asked for, because a
    /// socket that nobody reads would hold the loop up.
    pub fn of_the_service_manager() -> Self {
        Self {
            every: sd_notify::watchdog_enabled().map(|patience| patience / 2),
            next: Instant::now(),
        }
    }

    pub fn feed(&mut self) {
        let Some(every) = self.every else { return };
        let now = Instant::now();
        if now >= self.next {
            self.next = now + every;
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}
