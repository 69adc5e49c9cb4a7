//! One connection through the gateway that lasts, and since when it is silent.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;

use crate::Net;

/// A byte goes there and back as often.
const BEAT: Duration = Duration::from_millis(10);

/// An established connection that beats until it is dropped.
pub struct Heartbeat {
    last: Arc<Mutex<Timestamp>>,
    stop: Arc<AtomicBool>,
    /// The far end: nobody tells it of a cut.
    hang_up: TcpStream,
    ends: Vec<JoinHandle<()>>,
}

impl Heartbeat {
    /// From an address of the office to a server that this brings itself.
    ///
    /// # Panics
    /// When the connection is not let through.
    #[must_use]
    pub fn start(net: &Net, server: SocketAddr) -> Self {
        let listener = net.inside("srv", || {
            TcpListener::bind(server).expect("the address is free")
        });
        let near = net.inside("off", || {
            TcpStream::connect_timeout(&server, Duration::from_secs(3)).expect("an allowed flow")
        });
        let (far, _) = listener.accept().expect("one is connected");
        drop(listener); // the address is free for the next one
        let last = Arc::new(Mutex::new(Timestamp::now()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, end) = (Arc::clone(&last), Arc::clone(&stop));
        let hang_up = far.try_clone().expect("a second handle");
        Self {
            last,
            stop,
            hang_up,
            ends: vec![
                std::thread::spawn(move || beat(near, &seen, &end)),
                std::thread::spawn(move || echo(far)),
            ],
        }
    }

    /// When the last byte came back.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn beat(mut stream: TcpStream, last: &Mutex<Timestamp>, end: &AtomicBool) {
    stream
        .set_read_timeout(Some(BEAT))
        .expect("an option of every kernel");
    let mut bytes = [b'b'; 64];
    while !end.load(Ordering::Relaxed) {
        let _ = stream.write(&bytes[..1]);
        if stream.read(&mut bytes).is_ok_and(|count| count > 0) {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Timestamp::now();
            std::thread::sleep(BEAT); // the beat
        }
    }
}

fn echo(mut stream: TcpStream) {
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.hang_up.shutdown(Shutdown::Both);
        for end in self.ends.drain(..) {
            let _ = end.join();
        }
    }
}
