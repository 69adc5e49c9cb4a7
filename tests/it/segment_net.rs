//! What tests of FLOW 1 do on the proving ground (`testbed/ground`).

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use sekimori::policy::Policy;
use sekimori::segment::compile;
use sekimori::segment::ruleset::Ruleset;

use crate::segment_policy::facts;

pub use ground::{Net, ip};

/// How many of `count` datagrams arrive.
pub fn offered(sender: &UdpSocket, to: SocketAddr, receiver: &UdpSocket, count: usize) -> usize {
    for _ in 0..count {
        let _ = sender.send_to(b"sekimori", to);
    }
    arrived(receiver)
}

pub fn arrived(receiver: &UdpSocket) -> usize {
    receiver
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let mut buffer = [0; 64];
    std::iter::from_fn(|| receiver.recv_from(&mut buffer).ok()).count()
}

pub fn compiled(policy: &Policy) -> Ruleset {
    compile(policy, &facts()).unwrap()
}
