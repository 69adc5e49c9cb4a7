//! Connection after connection: connect, one byte there and back, reset. The
//! smallest exchange that shows that a connection works, so that the gateway
//! and not the two ends is what is measured.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, SockaddrStorage, bind, connect, listen,
    setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::Net;

/// How long one end waits for the other before the connection has failed.
const PATIENCE: i64 = 3;

/// A server that returns one byte of each connection.
pub struct Echo {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Echo {
    /// Listens in a namespace with that many threads, each with a queue of its own.
    ///
    /// # Panics
    /// When the address cannot be had.
    #[must_use]
    pub fn serve(net: &Net, side: &str, address: SocketAddr, threads: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..threads)
            .map(|_| {
                let (listener, stop) = (net.inside(side, || listener(address)), Arc::clone(&stop));
                std::thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        // Waits at most PATIENCE, as the listener does and what it accepts inherits.
                        if let Ok((mut stream, _)) = listener.accept() {
                            let mut byte = [0];
                            if stream.read_exact(&mut byte).is_ok() {
                                let _ = stream.write_all(&byte);
                                let _ = stream.read(&mut byte); // the reset
                            }
                        }
                    }
                })
            })
            .collect();
        Self { stop, threads }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn listener(address: SocketAddr) -> TcpListener {
    let socket = stream_socket();
    setsockopt(&socket, sockopt::ReuseAddr, &true).expect("an option of every kernel");
    setsockopt(&socket, sockopt::ReusePort, &true).expect("an option of every kernel");
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address)).expect("the address is free");
    listen(&socket, Backlog::MAXALLOWABLE).expect("a listener");
    TcpListener::from(socket)
}

/// A socket on which nothing waits longer than PATIENCE.
fn stream_socket() -> OwnedFd {
    let socket = socket(
        AddressFamily::Inet,
        SockType::Stream,
        SockFlag::SOCK_CLOEXEC,
        None,
    )
    .expect("a socket");
    let patience = TimeVal::seconds(PATIENCE);
    setsockopt(&socket, sockopt::ReceiveTimeout, &patience).expect("an option of every kernel");
    setsockopt(&socket, sockopt::SendTimeout, &patience).expect("an option of every kernel");
    socket
}

/// What the clients saw.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// Connections whose byte came back.
    pub made: usize,
    /// Connections that did not work.
    pub failed: usize,
    /// Of all clients, together.
    pub seconds: f64,
    /// Microseconds of every connection made, ascending.
    pub micros: Vec<u32>,
}

impl Connections {
    /// Made a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn rate(&self) -> f64 {
        self.made as f64 / self.seconds
    }

    /// The time that a share (0 to 100) of the connections took at most.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> u32 {
        let place = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        self.micros.get(place).copied().unwrap_or(0)
    }
}

/// Opens connections from each of `sources` to `server`, one thread each,
/// until `stop` says so.
///
/// # Panics
/// When a source is no address of that namespace.
pub fn connect_for(
    net: &Net,
    side: &str,
    sources: &[IpAddr],
    server: SocketAddr,
    stop: impl Fn() -> bool + Sync,
) -> Connections {
    let start = Instant::now();
    let mut all = net.inside(side, || {
        std::thread::scope(|scope| {
            let threads: Vec<_> = sources
                .iter()
                .map(|source| {
                    let stop = &stop;
                    scope.spawn(move || one_client(*source, server, stop))
                })
                .collect();
            let mut all = Connections::default();
            for thread in threads {
                let one = thread.join().expect("a client");
                all.made += one.made;
                all.failed += one.failed;
                all.micros.extend(one.micros);
            }
            all
        })
    });
    all.seconds = start.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    all
}

fn one_client(source: IpAddr, server: SocketAddr, stop: &dyn Fn() -> bool) -> Connections {
    let mut seen = Connections::default();
    while !stop() {
        let start = Instant::now();
        if exchange(source, server) {
            seen.made += 1;
            let micros = start.elapsed().min(Duration::from_secs(60)).as_micros();
            seen.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
        } else {
            seen.failed += 1;
        }
    }
    seen
}

/// One connection: did the byte come back?
fn exchange(source: IpAddr, server: SocketAddr) -> bool {
    let socket = stream_socket();
    let reset = nix::libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    setsockopt(&socket, sockopt::Linger, &reset).expect("an option of every kernel");
    // The port is chosen at connect, by the whole tuple: more ports than one bind has.
    setsockopt(&socket, sockopt::IpBindAddressNoPort, &true).expect("an option of every kernel");
    let IpAddr::V4(source) = source else {
        panic!("clients speak IPv4")
    };
    bind(
        socket.as_raw_fd(),
        &SockaddrIn::from(std::net::SocketAddrV4::new(source, 0)),
    )
    .expect("the source is an address of this namespace");
    if connect(socket.as_raw_fd(), &SockaddrStorage::from(server)).is_err() {
        return false;
    }
    let mut stream = TcpStream::from(socket);
    let mut byte = [b's'];
    stream.write_all(&byte).is_ok() && stream.read_exact(&mut byte).is_ok()
}
