//! One connection through the gateway that lasts, and since when it is silent.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
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
    client: Option<JoinHandle<()>>,
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
        std::thread::spawn(move || {
            if let Ok((mut stream, _)) = listener.accept() {
                let silence = Some(Duration::from_secs(2)); // cut: nobody tells this end
                stream
                    .set_read_timeout(silence)
                    .expect("an option of every kernel");
                let mut byte = [0];
                while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
            }
        });
        let stream = net.inside("off", || {
            TcpStream::connect_timeout(&server, Duration::from_secs(3)).expect("an allowed flow")
        });
        let last = Arc::new(Mutex::new(Timestamp::now()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, end) = (Arc::clone(&last), Arc::clone(&stop));
        let client = std::thread::spawn(move || beat(stream, &seen, &end));
        Self {
            last,
            stop,
            client: Some(client),
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

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(client) = self.client.take() {
            let _ = client.join();
        }
    }
}
