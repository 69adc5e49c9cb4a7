//! Namespaces for tests of FLOW 1: the gateway and one host on each side.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use sekimori::policy::Policy;
use sekimori::segment::ruleset::Ruleset;
use sekimori::segment::{Forwarding, apply, compile, put_in_force};

use crate::segment_policy::facts;

/// Namespaces gateway, internet, lgwan and office, gone when this is dropped.
pub struct Net {
    pub prefix: String,
}

const SIDES: [(&str, &str, &str, &str); 3] = [
    ("wan", "wan0", "198.51.100.1/24", "198.51.100.10/24"),
    ("lan", "lan0", "10.1.20.1/16", "10.1.20.80/16"),
    ("off", "off0", "10.3.0.1/16", "10.3.0.2/16"),
];

pub fn ip(line: &str) {
    let done = Command::new("ip")
        .args(line.split_whitespace())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "ip {line}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Net {
    pub fn new(case: &str) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() || !std::path::Path::new("/usr/sbin/nft").exists() {
            println!("skipped: needs root and nft");
            return None;
        }
        let net = Self {
            prefix: format!("skm-seg-{}-{case}", std::process::id()),
        };
        ip(&format!("netns add {}-gw", net.prefix));
        ip(&format!("-n {}-gw link set lo up", net.prefix));
        for (side, interface, near, far) in SIDES {
            let (gateway, peer) = (
                format!("{}-gw", net.prefix),
                format!("{}-{side}", net.prefix),
            );
            ip(&format!("netns add {peer}"));
            ip(&format!(
                "-n {gateway} link add {interface} type veth peer name eth0 netns {peer}"
            ));
            ip(&format!("-n {gateway} addr add {near} dev {interface}"));
            ip(&format!("-n {gateway} link set {interface} up"));
            ip(&format!("-n {peer} link set lo up"));
            ip(&format!("-n {peer} addr add {far} dev eth0"));
            ip(&format!("-n {peer} link set eth0 up"));
            let via = near.split('/').next().unwrap();
            ip(&format!("-n {peer} route add default via {via}"));
        }
        Some(net)
    }

    /// Runs in one of the namespaces, in a thread of its own.
    pub fn inside<T: Send>(&self, side: &str, run: impl FnOnce() -> T + Send) -> T {
        let file = std::fs::File::open(format!("/run/netns/{}-{side}", self.prefix)).unwrap();
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    nix::sched::setns(file, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
                    run()
                })
                .join()
                .unwrap()
        })
    }

    pub fn socket(&self, side: &str, address: &str) -> UdpSocket {
        self.inside(side, || UdpSocket::bind(address).unwrap())
    }

    pub fn put_in_force(&self, ruleset: &Ruleset) {
        self.inside("gw", || put_in_force(ruleset))
            .unwrap_or_else(|error| panic!("{}", error.text().en));
    }

    /// The positive control: no rules, forwarding on, no reverse path filter.
    pub fn open(&self) {
        self.inside("gw", || {
            apply::load("flush ruleset\n").unwrap();
            for path in [
                "all/rp_filter",
                "wan0/rp_filter",
                "lan0/rp_filter",
                "off0/rp_filter",
            ] {
                std::fs::write(format!("/proc/sys/net/ipv4/conf/{path}"), "0").unwrap();
            }
            apply::forward(
                Forwarding {
                    ipv4: true,
                    ipv6: false,
                },
                &[],
            )
            .unwrap();
        });
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for side in ["gw", "wan", "lan", "off"] {
            let _ = Command::new("ip")
                .args(["netns", "del", &format!("{}-{side}", self.prefix)])
                .output();
        }
    }
}

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
