//! A flood of datagrams for as long as something runs.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What was sent meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Flooded {
    /// Packets the sender's kernel took.
    pub sent: u64,
    /// For how long.
    pub seconds: f64,
}

impl Flooded {
    /// Packets a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn rate(&self) -> f64 {
        self.sent as f64 / self.seconds
    }
}

/// Sends 64-byte datagrams to each of `to` in turn while `run` runs, at most
/// `pace` a second. What cannot be sent (the wire is not there yet) is tried
/// again.
///
/// # Panics
/// When `run` panics.
pub fn flooded<T>(
    sender: &UdpSocket,
    to: &[SocketAddr],
    pace: Option<u32>,
    run: impl FnOnce() -> T,
) -> (T, Flooded) {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let (result, sent) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            let mut sent = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                for to in to.iter().cycle().take(32) {
                    sent += u64::from(sender.send_to(&[b'x'; 64], to).is_ok());
                }
                if let Some(pace) = pace {
                    let due = Flooded {
                        sent,
                        seconds: f64::from(pace),
                    }
                    .rate();
                    let early = due - start.elapsed().as_secs_f64();
                    if early > 0.0 {
                        std::thread::sleep(Duration::from_secs_f64(early)); // the pace; nothing waits for it
                    }
                }
            }
            sent
        });
        let stopping = Stopping(&stop);
        let result = run();
        drop(stopping);
        (result, flood.join().expect("a flood"))
    });
    let seconds = start.elapsed().as_secs_f64();
    (result, Flooded { sent, seconds })
}

/// Stops the flood also when `run` panics; otherwise the scope would wait for ever.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
