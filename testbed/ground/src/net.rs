//! Namespaces. The thread that makes a `Net` gets a mount namespace of its own
//! with nothing but this net under `/run/netns` and with the roles' users in
//! `/etc/passwd`; so everything is gone when the thread ends, however it ends.

use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use sekimori::segment::netlink::conntrack::Conntrack;
use sekimori::segment::ruleset::Ruleset;
use sekimori::segment::{Forwarding, apply, put_in_force};

/// One host and its wire to the gateway.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Name of the host's namespace.
    pub name: &'static str,
    /// The gateway's interface towards it.
    pub interface: &'static str,
    /// The gateway's address there.
    pub near: &'static str,
    /// The host's address.
    pub far: &'static str,
}

/// Internet, LGWAN, office.
pub const THREE_SIDES: [Side; 3] = [
    Side {
        name: "wan",
        interface: "wan0",
        near: "198.51.100.1/24",
        far: "198.51.100.10/24",
    },
    Side {
        name: "lan",
        interface: "lan0",
        near: "10.1.20.1/16",
        far: "10.1.20.80/16",
    },
    Side {
        name: "off",
        interface: "off0",
        near: "10.3.0.1/16",
        far: "10.3.0.2/16",
    },
];

/// uid and gid of the roles' users, as `/etc/passwd` has them inside.
const USERS: &str = "sekimori-segment:x:64124:64124::/nonexistent:/usr/sbin/nologin\n\
                     sekimori-mail:x:64123:64123::/nonexistent:/usr/sbin/nologin\n";

/// The gateway's namespace `gw` and one for each side.
pub struct Net {
    /// All namespaces' names begin so.
    pub prefix: String,
    sides: Vec<Side>,
}

/// `ip …`, which must succeed.
///
/// # Panics
/// When it does not.
pub fn ip(line: &str) {
    let done = Command::new("ip")
        .args(line.split_whitespace())
        .output()
        .expect("ip is installed");
    assert!(
        done.status.success(),
        "ip {line}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Net {
    /// Internet, LGWAN and office, wires up. `None` where that cannot be had.
    #[must_use]
    pub fn new(case: &str) -> Option<Self> {
        let net = Self::unplugged(case, &THREE_SIDES)?;
        net.plug_in();
        Some(net)
    }

    /// Any sides, the gateway's interfaces still down and without address.
    ///
    /// # Panics
    /// When a namespace cannot be made although this is root.
    #[must_use]
    pub fn unplugged(case: &str, sides: &[Side]) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() || !Path::new("/usr/sbin/nft").exists() {
            println!("skipped: needs root and nft");
            return None;
        }
        own_mounts();
        let net = Self {
            prefix: format!("skm-seg-{}-{case}", std::process::id()),
            sides: sides.to_vec(),
        };
        let gateway = net.name("gw");
        ip(&format!("netns add {gateway}"));
        ip(&format!("-n {gateway} link set lo up"));
        for side in sides {
            let peer = net.name(side.name);
            ip(&format!("netns add {peer}"));
            ip(&format!(
                "-n {gateway} link add {} type veth peer name eth0 netns {peer}",
                side.interface
            ));
            ip(&format!("-n {peer} link set lo up"));
            ip(&format!("-n {peer} addr add {} dev eth0", side.far));
            ip(&format!("-n {peer} link set eth0 up"));
            let via = side.near.split('/').next().unwrap_or_default();
            ip(&format!("-n {peer} route add default via {via}"));
        }
        Some(net)
    }

    /// The gateway's interfaces get their addresses and come up.
    pub fn plug_in(&self) {
        let gateway = self.name("gw");
        for side in &self.sides {
            ip(&format!(
                "-n {gateway} addr add {} dev {}",
                side.near, side.interface
            ));
            ip(&format!("-n {gateway} link set {} up", side.interface));
        }
    }

    /// The whole name of one of the namespaces.
    #[must_use]
    pub fn name(&self, side: &str) -> String {
        format!("{}-{side}", self.prefix)
    }

    /// Runs in one of the namespaces, in a thread of its own.
    ///
    /// # Panics
    /// When there is no such namespace, or `run` panics.
    pub fn inside<T: Send>(&self, side: &str, run: impl FnOnce() -> T + Send) -> T {
        let file = std::fs::File::open(format!("/run/netns/{}", self.name(side)))
            .expect("the namespace exists");
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                setns(file, CloneFlags::CLONE_NEWNET).expect("the namespace can be entered");
                run()
            });
            match inside.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// A program in one of the namespaces; its process is the program itself.
    #[must_use]
    pub fn command(&self, side: &str, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/run/netns/{}", self.name(side)))
            .arg(program)
            .env_remove("SSH_CONNECTION") // of whoever runs this
            .stdin(Stdio::null());
        command
    }

    /// A datagram socket in one of the namespaces.
    ///
    /// # Panics
    /// When the address cannot be had.
    #[must_use]
    pub fn socket(&self, side: &str, address: &str) -> UdpSocket {
        self.inside(side, || {
            UdpSocket::bind(address).expect("the address is free")
        })
    }

    /// Puts a rule set in force in the gateway.
    ///
    /// # Panics
    /// When the kernel or the read-back refuses.
    pub fn put_in_force(&self, ruleset: &Ruleset) {
        if let Err(error) = self.inside("gw", || put_in_force(ruleset)) {
            panic!("{}", error.text().en);
        }
    }

    /// Hands text to `nft` in the gateway.
    ///
    /// # Panics
    /// When nft refuses.
    pub fn load(&self, text: &str) {
        if let Err(error) = self.inside("gw", || apply::load(text)) {
            panic!("{}", error.text().en);
        }
    }

    /// Ends what the gateway remembers of connections.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn forget_connections(&self) {
        self.inside("gw", || {
            let mut kernel = Conntrack::open().expect("the kernel tracks connections");
            kernel.flush().expect("connections can be ended");
        });
    }

    /// The positive control: no rules, forwarding on, no reverse path filter.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn open(&self) {
        self.inside("gw", || {
            apply::load("flush ruleset\n").expect("rules can be flushed");
            let interfaces = self.sides.iter().map(|side| side.interface);
            for interface in std::iter::once("all").chain(interfaces) {
                let path = format!("/proc/sys/net/ipv4/conf/{interface}/rp_filter");
                std::fs::write(path, "0").expect("a switch of an own namespace");
            }
            let on = Forwarding {
                ipv4: true,
                ipv6: false,
            };
            apply::forward(on, &[]).expect("forwarding can be switched on");
        });
    }
}

/// From here on this thread and its children live after another start of the machine.
///
/// # Panics
/// Outside of a net's thread.
pub fn another_boot(net: &Net) {
    let path = format!("/run/netns/.boot-{}", net.prefix);
    std::fs::write(&path, "5eb4b0a1-0000-4000-8000-000000000001\n").expect("room for an id");
    let target = "/proc/sys/kernel/random/boot_id";
    let none = None::<&str>;
    mount(Some(path.as_str()), target, none, MsFlags::MS_BIND, none).expect("own mounts");
}

/// Mounts that only this thread and its children see.
fn own_mounts() {
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS).expect("root may have mounts of its own");
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).expect("nothing leaks to the machine's mounts");
    std::fs::create_dir_all("/run/netns").expect("the usual place");
    mount(
        Some("tmpfs"),
        "/run/netns",
        Some("tmpfs"),
        MsFlags::empty(),
        none,
    )
    .expect("an empty folder of namespaces");
    let known = std::fs::read_to_string("/etc/passwd").expect("a list of users");
    let others: String = known
        .lines()
        .filter(|line| !line.starts_with("sekimori-"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write("/run/netns/.passwd", others + USERS).expect("room for a list of users");
    mount(
        Some("/run/netns/.passwd"),
        "/etc/passwd",
        none,
        MsFlags::MS_BIND,
        none,
    )
    .expect("the roles' users, for this thread alone");
}
