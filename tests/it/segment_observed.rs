//! What was denied and what was used, as typed: `flow denied`, `flow unused`,
//! `plan`, with a running segment role and real packets.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;

use serde_json::Value;

use crate::segment_cli::{House, Role};
use crate::segment_net::ip;

/// A host behind each interface of the house.
struct Sides<'a>(&'a House);

impl<'a> Sides<'a> {
    fn new(house: &'a House) -> Self {
        for (side, interface, near, far) in [
            ("lan", "lan0", "10.1.0.1/16", "10.1.30.10/16"),
            ("off", "lan1", "192.168.10.1/24", "192.168.10.33/24"),
            ("wan", "wan0", "203.0.113.2/24", "203.0.113.1/24"),
            ("adm", "mgmt0", "192.168.90.1/24", "192.168.90.10/24"),
        ] {
            let (gateway, peer) = (&house.name, format!("{}-{side}", house.name));
            ip(&format!("netns add {peer}"));
            ip(&format!(
                "-n {gateway} link add {interface} type veth peer name eth0 netns {peer}"
            ));
            ip(&format!("-n {gateway} addr add {near} dev {interface}"));
            ip(&format!("-n {gateway} link set {interface} up"));
            ip(&format!("-n {peer} addr add {far} dev eth0"));
            ip(&format!("-n {peer} link set eth0 up"));
            let via = near.split('/').next().unwrap();
            ip(&format!("-n {peer} route add default via {via}"));
        }
        Self(house)
    }

    fn inside<T: Send>(&self, side: &str, run: impl FnOnce() -> T + Send) -> T {
        let file = std::fs::File::open(format!("/run/netns/{}-{side}", self.0.name)).unwrap();
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                nix::sched::setns(file, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
                run()
            });
            inside.join().unwrap()
        })
    }
}

impl Drop for Sides<'_> {
    fn drop(&mut self) {
        for side in ["lan", "off", "wan", "adm"] {
            let _ = Command::new("ip")
                .args(["netns", "del", &format!("{}-{side}", self.0.name)])
                .output();
        }
    }
}

fn group<'a>(denied: &'a Value, service: &str) -> Option<&'a Value> {
    let mut groups = denied["groups"].as_array().unwrap().iter();
    groups.find(|group| group["service"] == service)
}

#[test]
#[ignore = "needs root"]
fn a_denial_becomes_a_draft_a_plan_names_both_consequences_and_silence_is_found() {
    let Some(house) = House::new("seen") else {
        return;
    };
    let sides = Sides::new(&house);
    let mut role = Role(house.command("run segment").spawn().unwrap());
    house.until("the role runs", || {
        house.json("status")["roles"]["segment"].is_object()
    });
    house.run("apply");
    let listener = sides.inside("lan", || TcpListener::bind("10.1.30.10:443").unwrap());
    let desk = sides.inside("off", || UdpSocket::bind("192.168.10.33:4000").unwrap());
    let client = sides.inside("off", || TcpStream::connect("10.1.30.10:443").unwrap());
    let _server = listener.accept().unwrap(); // positive control: a flow's traffic passes
    for _ in 0..3 {
        desk.send_to(b"nonce-7f3a", "10.1.30.10:5000").unwrap();
    }
    house.until("the denial is told", || {
        let denied = house.json("flow denied");
        group(&denied, "udp/5000").is_some_and(|group| group["count"] == 3)
    });
    house.until("every denied packet is seen", || {
        house.json("flow denied")["unseen"] == 0
    });
    let denied = house.json("flow denied --limit 100");
    let told = group(&denied, "udp/5000").unwrap();
    assert_eq!(
        (&told["reason"], &told["nearest"]),
        (&"not-listed".into(), &"office-gyomu".into())
    );
    let shown = house.run("flow denied");
    assert!(
        shown.contains(
            "192.168.10.33 (office:madoguchi) -> 10.1.30.10 (lgwan:gyomu-web) udp/5000  3 packets"
        ),
        "{shown}"
    );

    // Snippets, for an independent reader.
    let pcap = house.path("denied.pcap");
    house.run(&format!("flow denied --pcap {}", pcap.display()));
    let file = std::fs::File::open(&pcap).unwrap();
    let mut reader = pcap_file::pcap::PcapReader::new(file).unwrap();
    let mut ours = 0;
    while let Some(packet) = reader.next_packet() {
        ours += usize::from(packet.unwrap().data.ends_with(b"nonce-7f3a"));
    }
    assert_eq!(ours, 3);

    // The draft passes the check as soon as people have answered for it.
    let draft = told["draft"].as_str().unwrap();
    let (host, flow) = draft.split_once("[[flow]]").unwrap();
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("# host-"))
        .unwrap();
    let main = house.path("config/sekimori.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    let text = text.replacen("[hosts]", &format!("[hosts]\nhost-{host}"), 1);
    std::fs::write(&main, text).unwrap();
    let new = house.path("config/flows.d/new.toml");
    std::fs::write(&new, format!("[[flow]]{flow}\n")).unwrap();
    assert!(
        !house.try_run("check").status.success(),
        "nobody answers for it yet"
    );
    let filled = flow
        .replace("purpose  = \"\"", "purpose  = \"試験\"")
        .replace("owner    = \"\"", "owner    = \"suzuki\"")
        .replace("by = \"\"", "by = \"ciso\"")
        .replace("ticket = \"\"", "ticket = \"情セ-R8-099\"");
    std::fs::write(&new, format!("[[flow]]{filled}\n")).unwrap();
    house.run("check");
    let plan = house.json("plan");
    let would = &plan["seen"]["would_pass"][0];
    assert_eq!(
        (&would["service"], &would["count"]),
        (&"udp/5000".into(), &3.into()),
        "{plan}"
    );
    assert_eq!(plan["seen"]["would_be_denied"], Value::Array(vec![]));
    let words = house.run("plan");
    assert!(
        words.contains("+ a denial would pass: 192.168.10.33"),
        "{words}"
    );

    // Without the office's flows its live session would stop.
    std::fs::remove_file(&new).unwrap();
    std::fs::remove_file(house.path("config/flows.d/office.toml")).unwrap();
    let plan = house.json("plan");
    assert_eq!(plan["seen"]["would_pass"], Value::Array(vec![]));
    let would = &plan["seen"]["would_be_denied"][0];
    assert_eq!(
        (&would["service"], &would["flow"]),
        (&"tcp/443".into(), &"office-gyomu".into())
    );
    let words = house.run("plan");
    assert!(
        words.contains("- traffic in use would be denied: 192.168.10.33"),
        "{words}"
    );
    let sample =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/flows.d/office.toml");
    std::fs::copy(sample, house.path("config/flows.d/office.toml")).unwrap();

    let unused = house.json("flow unused --days 1");
    let silent: Vec<&str> = unused["flows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| flow["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        silent,
        ["admin-ssh", "deliver-mail", "inbound-mail"],
        "{unused}"
    );

    drop(client);
    assert!(role.terminate(), "ends in order");
    let record = house.run("audit tail -n 100");
    assert!(
        record.contains("denied ") && record.contains("office-gyomu ×1"),
        "{record}"
    );
    let denied = house.json("flow denied --limit 100");
    assert_eq!(
        (
            &denied["running"],
            &group(&denied, "udp/5000").unwrap()["count"]
        ),
        (&false.into(), &3.into())
    );
    house.run("audit verify");
}
