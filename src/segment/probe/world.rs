//! Two network namespaces built from the policy: the gateway with its
//! interfaces, addresses and routes as the policy names them, and one far
//! place that holds the other end of every cable. The far place has no
//! address at all, so that nobody answers but us. Acts.
//!
//! Promised: nothing outside these two namespaces is read or written, and
//! both are gone when the value is dropped, however the program ends, because
//! only descriptors keep them alive.
//!
//! One thread enters one or the other (`setns` is per thread); it is bound to
//! one processor, since a frame on a veth pair is then handled in order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsRawFd as _, RawFd};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, CpuSet, sched_getcpu, sched_setaffinity, setns, unshare};
use nix::unistd::Pid;
use socket2::{Domain, Protocol, SockAddr, SockFilter, Socket, Type};

use super::super::compile::LOG_GROUP;
use super::super::error::SegmentError;
use super::super::netlink::conntrack::Conntrack;
use super::super::netlink::nflog::Group;
use super::super::ruleset::{Forwarding, Ruleset};
use super::super::{apply, observe, put_in_force};
use super::field::{Field, Inside, Standing};
use super::frames::hardware_text;
use super::terrain::{Side, Terrain};
use super::wall;
use super::wire::{EAR, Wire};

/// IP protocols that a program on the gateway listens for: every one that is
/// offered to it.
const LISTENED4: [i32; 13] = [1, 2, 4, 6, 17, 41, 46, 47, 50, 51, 132, 253, 255];
const LISTENED6: [i32; 7] = [6, 17, 47, 50, 58, 132, 253];

/// Where `ip` may be: never looked up through `PATH`.
const IP: [&str; 3] = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];

/// The hardware address of the interface that [`World::plug`] adds.
pub const PLUGGED: [u8; 6] = [0x02, 0x5e, 0x4b, 0x7e, 0, 1];

/// The gateway and what lies beyond.
pub struct World {
    gateway: File,
    far: File,
    sessions: Conntrack,
    /// The far ends of the cables, and ears and mouth on the gateway.
    pub field: Field,
}

impl World {
    /// Builds it. The calling thread is in no namespace of its own afterwards
    /// than before; it stays bound to one processor.
    ///
    /// # Errors
    /// Not root (nor in a user namespace of its own), or no `ip`.
    pub fn build(terrain: Terrain) -> Result<Self, SegmentError> {
        let mut one = CpuSet::new();
        let bound = sched_getcpu().and_then(|cpu| {
            one.set(cpu)?;
            sched_setaffinity(Pid::from_raw(0), &one)
        });
        bound.map_err(|error| world("bind to one processor", &error))?;
        let home = here()?;
        let made = Self::make(terrain);
        let back = setns(&home, CloneFlags::CLONE_NEWNET);
        back.map_err(|error| world("return from a namespace", &error))?;
        made
    }

    fn make(terrain: Terrain) -> Result<Self, SegmentError> {
        let fresh =
            || unshare(CloneFlags::CLONE_NEWNET).map_err(|error| world("make a namespace", &error));
        fresh()?;
        let far = here()?;
        write_switch("net/ipv6/conf/default/disable_ipv6", "1");
        fresh()?;
        let gateway = here()?;
        for (switch, value) in [
            ("net/ipv6/conf/default/accept_dad", "0"),
            ("net/ipv6/conf/default/disable_ipv6", "0"),
            ("net/ipv6/conf/all/disable_ipv6", "0"),
        ] {
            write_switch(switch, value);
        }
        run_ip(&[], &cables(&terrain, far.as_raw_fd()))?;
        for side in &terrain.sides {
            write_switch(&format!("net/ipv6/conf/{}/accept_dad", side.interface), "0");
        }
        run_ip(&[], &addresses(&terrain))?;
        for family in ["-4", "-6"] {
            run_ip(&[family], &wrong_routes(&terrain, family == "-4"))?;
        }
        let inside = Inside {
            namespace: here()?,
            ears: listeners()?,
            doors: deaf_doors(&terrain)?,
            links: links(&terrain),
        };
        let sessions = Conntrack::open().map_err(|error| world("ask about sessions", &error))?;
        setns(&far, CloneFlags::CLONE_NEWNET)
            .map_err(|error| world("enter the far side", &error))?;
        let mut up = String::new();
        for side in &terrain.sides {
            let _ = writeln!(up, "link set far{} up", side.number);
        }
        run_ip(&[], &up)?;
        let far_names = terrain
            .sides
            .iter()
            .map(|side| format!("far{}", side.number));
        let wire = Wire::open(&far_names.collect::<Vec<_>>())?;
        Ok(Self {
            gateway,
            far,
            sessions,
            field: Field {
                wire,
                terrain,
                standing: Standing::Within(inside),
            },
        })
    }

    /// Runs inside the gateway's namespace.
    ///
    /// # Errors
    /// The namespace cannot be entered or left.
    pub fn at_gateway<T>(&self, run: impl FnOnce() -> T) -> Result<T, SegmentError> {
        within(&self.gateway, run)
    }

    /// Runs beyond the gateway.
    ///
    /// # Errors
    /// The namespace cannot be entered or left.
    pub fn beyond<T>(&self, run: impl FnOnce() -> T) -> Result<T, SegmentError> {
        within(&self.far, run)
    }

    /// Puts a rule set in force as the segment role does, read back.
    ///
    /// # Errors
    /// As `put_in_force`.
    pub fn hold(&self, ruleset: &Ruleset) -> Result<(), SegmentError> {
        self.at_gateway(|| put_in_force(ruleset))?
    }

    /// No rules, forwarding on, no reverse path filter, ARP answers for all:
    /// what every positive control is fired at.
    ///
    /// # Errors
    /// `nft` refuses.
    pub fn open(&self) -> Result<(), SegmentError> {
        self.at_gateway(|| {
            apply::load("flush ruleset\n")?;
            let on = Forwarding {
                ipv4: true,
                ipv6: true,
            };
            apply::forward(on, &[])?;
            self.loosen();
            for interface in self.interfaces() {
                write_switch(&format!("net/ipv4/conf/{interface}/proxy_arp"), "1");
            }
            Ok(())
        })?
    }

    /// Takes the kernel's own walls away, so that the rules stand alone. Call
    /// it inside the gateway's namespace.
    pub fn loosen(&self) {
        // First: the kernel rewrites other switches when these change.
        write_switch("net/ipv4/ip_forward", "1");
        write_switch("net/ipv6/conf/all/forwarding", "1");
        for interface in self.interfaces() {
            for (name, value) in [
                ("rp_filter", "0"),
                ("accept_source_route", "1"),
                ("arp_ignore", "0"),
                ("route_localnet", "1"),
                ("accept_local", "1"),
                ("bc_forwarding", "1"),
                ("drop_unicast_in_l2_multicast", "0"),
            ] {
                write_switch(&format!("net/ipv4/conf/{interface}/{name}"), value);
            }
        }
        write_switch("net/ipv4/icmp_echo_ignore_broadcasts", "0");
    }

    /// Lets each wall stand alone for what bears its mark. Lasts until rules
    /// are put in force again.
    ///
    /// # Errors
    /// `nft` refuses.
    pub fn open_walls(&self) -> Result<(), SegmentError> {
        self.at_gateway(|| apply::load(&wall::openings()))?
    }

    /// Lets the walls behind that of the services stand without it. Lasts as long.
    ///
    /// # Errors
    /// `nft` refuses.
    pub fn open_services(&self) -> Result<(), SegmentError> {
        self.at_gateway(|| apply::load(&wall::services_open()))?
    }

    /// Hears of every denied packet at once.
    ///
    /// # Errors
    /// The kernel refuses, or another process hears.
    pub fn record(&self) -> Result<Group, SegmentError> {
        let group = self.at_gateway(|| Group::prompt(LOG_GROUP))?;
        group.map_err(|error| world("hear of denied packets", &error))
    }

    /// What each base chain has counted as denied.
    ///
    /// # Errors
    /// The kernel cannot be read.
    pub fn counted(&self) -> Result<BTreeMap<String, u64>, SegmentError> {
        let live = self.at_gateway(observe::live)??;
        Ok(live.table.map(|table| table.denied).unwrap_or_default())
    }

    fn interfaces(&self) -> impl Iterator<Item = &str> {
        let named = self
            .field
            .terrain
            .sides
            .iter()
            .map(|side| side.interface.as_str());
        ["all", "default"].into_iter().chain(named)
    }

    /// Forgets every connection, so that no probe finds a door that another
    /// one opened.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn forget(&mut self) -> Result<(), SegmentError> {
        let flushed = self.sessions.flush();
        flushed.map_err(|error| world("forget sessions", &error))
    }

    /// Fills the gateway's table of sessions, with `most` at most; how many.
    ///
    /// # Errors
    /// The kernel takes none.
    pub fn fill(&mut self, most: u32) -> Result<u32, SegmentError> {
        let filled = self.sessions.fill(most);
        filled.map_err(|error| world("fill the table of sessions", &error))
    }

    /// A new cable of no zone, as when somebody plugs one in; gives its far end.
    ///
    /// # Errors
    /// `ip` refuses.
    pub fn plug(&self) -> Result<String, SegmentError> {
        let place = format!("/proc/{}/fd/{}", std::process::id(), self.far.as_raw_fd());
        let near = hardware_text(PLUGGED);
        let lines = format!(
            "link add plug0 address {near} type veth peer name plugfar netns {place}\nlink set plug0 up\naddr add 169.254.79.1/24 dev plug0\n"
        );
        self.at_gateway(|| run_ip(&[], &lines))??;
        self.beyond(|| run_ip(&[], "link set plugfar up\n"))??;
        Ok("plugfar".to_owned())
    }

    /// Takes it away again.
    ///
    /// # Errors
    /// `ip` refuses.
    pub fn unplug(&self) -> Result<(), SegmentError> {
        self.at_gateway(|| run_ip(&[], "link del plug0\n"))?
    }

    /// An ear on the gateway's own interfaces, to show that a frame which the
    /// kernel stops by itself did reach it.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn tap(&self) -> Result<Wire, SegmentError> {
        let names = self
            .field
            .terrain
            .sides
            .iter()
            .map(|side| side.interface.clone());
        let names: Vec<String> = names.collect();
        self.at_gateway(|| Wire::open(&names))?
    }
}

/// Lets this thread run anywhere again.
pub fn use_all_processors() {
    let mut all = CpuSet::new();
    for cpu in 0..CpuSet::count() {
        let _ = all.set(cpu);
    }
    let _ = sched_setaffinity(Pid::from_raw(0), &all); // it floods all the same
}

fn listeners() -> Result<Vec<Socket>, SegmentError> {
    let mut ears = Vec::new();
    for (domain, protocols) in [
        (Domain::IPV4, &LISTENED4[..]),
        (Domain::IPV6, &LISTENED6[..]),
    ] {
        for protocol in protocols {
            let ear = Socket::new(domain, Type::RAW, Some(Protocol::from(*protocol)));
            let Ok(ear) = ear else { continue }; // a kernel without IPv6
            ear.set_nonblocking(true)
                .and_then(|()| ear.set_recv_buffer_size(EAR))
                .map_err(|error| world("listen on the gateway", &error))?;
            ears.push(ear);
        }
    }
    Ok(ears)
}

/// Holds each TCP door and answers nothing, so that the conversation of the
/// probe is the only one: to a closed port the kernel would answer with a reset.
fn deaf_doors(terrain: &Terrain) -> Result<Vec<Socket>, SegmentError> {
    let open = |port: u16| {
        let any = std::net::SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, port));
        let door = Socket::new(Domain::IPV6, Type::STREAM, None)?;
        door.attach_filter(&[SockFilter::new(6, 0, 0, 0)])?; // return 0: take nothing
        door.bind(&SockAddr::from(any))?;
        door.listen(1)?;
        Ok(door)
    };
    let doors = terrain.doors.iter().filter(|port| **port > 0);
    doors
        .map(|port| open(*port).map_err(|error: std::io::Error| world("hold a door", &error)))
        .collect()
}

/// The index of each side's interface, by the side's number.
fn links(terrain: &Terrain) -> BTreeMap<u16, u32> {
    let sides = terrain.sides.iter();
    sides
        .filter_map(|side| {
            let index = if_nametoindex(side.interface.as_str()).ok()?;
            Some((side.number.into(), index))
        })
        .collect()
}

fn here() -> Result<File, SegmentError> {
    let path = Path::new("/proc/thread-self/ns/net");
    File::open(path).map_err(SegmentError::file(path))
}

pub(super) fn within<T>(namespace: &File, run: impl FnOnce() -> T) -> Result<T, SegmentError> {
    let home = here()?;
    setns(namespace, CloneFlags::CLONE_NEWNET)
        .map_err(|error| world("enter a namespace", &error))?;
    let result = run();
    setns(&home, CloneFlags::CLONE_NEWNET).map_err(|error| world("leave a namespace", &error))?;
    Ok(result)
}

pub(super) fn world(doing: &str, error: &dyn std::fmt::Display) -> SegmentError {
    SegmentError::World {
        doing: doing.to_owned(),
        reason: error.to_string(),
    }
}

fn write_switch(path: &str, value: &str) {
    let _ = std::fs::write(Path::new("/proc/sys").join(path), value); // absent on some kernels; controls show it
}

/// Both ends of each cable, the far ones moved beyond.
fn cables(terrain: &Terrain, far: RawFd) -> String {
    let place = format!("/proc/{}/fd/{far}", std::process::id());
    let mut text = String::from("link set lo up\n");
    for side in &terrain.sides {
        let (near, beyond) = (hardware_text(side.near()), hardware_text(side.far()));
        let _ = writeln!(
            text,
            "link add {} address {near} type veth peer name far{} address {beyond} netns {place}",
            side.interface, side.number
        );
    }
    text
}

/// Addresses and routes; every network lies behind one neighbour, whose
/// hardware address is known, so that no packet waits for an answer.
fn addresses(terrain: &Terrain) -> String {
    let mut text = String::new();
    for side in &terrain.sides {
        let Side {
            interface, number, ..
        } = side;
        let far = hardware_text(side.far());
        let hop = std::net::Ipv4Addr::new(169, 254, 78, *number);
        let _ = writeln!(text, "link set {interface} up");
        let _ = writeln!(text, "addr add {}/32 dev {interface}", side.cable.sentinel);
        for (address, length) in &side.addresses {
            let more = if address.is_ipv4() {
                "brd + noprefixroute"
            } else {
                "nodad noprefixroute"
            };
            let _ = writeln!(text, "addr add {address}/{length} {more} dev {interface}");
        }
        let _ = writeln!(
            text,
            "neigh replace {hop} lladdr {far} dev {interface} nud permanent"
        );
        let _ = writeln!(
            text,
            "neigh replace fe80::5e:1 lladdr {far} dev {interface} nud permanent"
        );
        for net in &side.networks {
            let via = if net.addr().is_ipv4() {
                hop.to_string()
            } else {
                "fe80::5e:1".to_owned()
            };
            let _ = writeln!(text, "route replace {net} via {via} dev {interface} onlink");
        }
        if side.internet {
            let _ = writeln!(
                text,
                "route replace ::/0 via fe80::5e:1 dev {interface} onlink"
            );
        }
    }
    text
}

/// The table of the routes that lead to a wrong interface.
const WRONG_TABLE: u16 = 100;

/// What bears the mark of a wrong route is led by a table of its own.
fn wrong_routes(terrain: &Terrain, v4: bool) -> String {
    let mut text = String::new();
    let routes = terrain.wrong_routes().into_iter();
    for (net, side) in routes.filter(|(net, _)| net.addr().is_ipv4() == v4) {
        let Side {
            interface, number, ..
        } = side;
        let hop = if v4 {
            format!("169.254.78.{number}")
        } else {
            "fe80::5e:1".to_owned()
        };
        let _ = writeln!(
            text,
            "route replace {net} via {hop} dev {interface} onlink table {WRONG_TABLE}"
        );
    }
    for service in wall::WRONG_ROUTE {
        let _ = writeln!(text, "rule add tos {service:#x} lookup {WRONG_TABLE}");
    }
    text
}

/// One `ip` for many lines.
fn run_ip(options: &[&str], lines: &str) -> Result<(), SegmentError> {
    let ip = IP.iter().find(|path| Path::new(path).is_file());
    let ip = ip.ok_or_else(|| world("find ip (apt install iproute2)", &"not there"))?;
    let ran = || {
        let mut child = Command::new(ip)
            .args(options)
            .args(["-batch", "-"])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(lines.as_bytes())?;
        }
        child.wait_with_output()
    };
    let output = ran().map_err(|error| world("run ip", &error))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(world(
            "configure the world",
            &String::from_utf8_lossy(&output.stderr),
        ))
    }
}
