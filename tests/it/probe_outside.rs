//! `sekimori probe --interface`: a test machine with a cable into each zone of
//! a gateway whose role runs; what it finds there, and what it leaves alone.

use std::os::fd::AsFd as _;
use std::process::Output;

use ground::{Gateway, Net, Town, ip};
use nix::poll::{PollFd, PollFlags, poll};
use sekimori::segment::probe::frames::{arp, ethernet};
use sekimori::segment::probe::{neighbour::Word, wire::Wire};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sekimori");
const TOWN: Town = Town::of(4);
/// The office's first host is a living machine (`pc-0` of the register).
const LIVING: &str = "10.3.1.1";

/// The gateway, and a machine with cables to the servers and the LGWAN side,
/// and into a switch of the office on which another machine lives.
fn building(case: &str) -> Option<Net> {
    building_with(case, "1")
}

/// The same; `no_ipv6` is the kernel's switch of that name.
fn building_with(case: &str, no_ipv6: &str) -> Option<Net> {
    let net = Net::unplugged(case, &[])?;
    for place in ["test", "switch", "pc"] {
        ip(&format!("netns add {}", net.name(place)));
    }
    let cable = |from: &str, one: &str, to: &str, other: &str| {
        let (from, to) = (net.name(from), net.name(to));
        ip(&format!(
            "-n {from} link add {one} type veth peer name {other} netns {to}"
        ));
        ip(&format!("-n {from} link set {one} up"));
        ip(&format!("-n {to} link set {other} up"));
    };
    for place in ["gw", "test", "switch", "pc"] {
        net.inside(place, || {
            for (switch, value) in [
                ("ipv6/conf/all/disable_ipv6", no_ipv6),
                ("ipv6/conf/default/disable_ipv6", no_ipv6),
                ("ipv4/ip_forward", "0"),
            ] {
                std::fs::write(format!("/proc/sys/net/{switch}"), value).unwrap();
            }
        });
    }
    cable("gw", "wan0", "test", "unused");
    cable("gw", "lan0", "test", "eth3");
    cable("gw", "srv0", "test", "eth2");
    cable("gw", "off0", "switch", "one");
    cable("test", "eth1", "switch", "two");
    cable("pc", "eth0", "switch", "three");
    cable("test", "eth5", "switch", "four");
    let switch = net.name("switch");
    ip(&format!("-n {switch} link add office type bridge"));
    for port in ["one", "two", "three", "four"] {
        ip(&format!("-n {switch} link set {port} master office"));
    }
    ip(&format!("-n {switch} link set office up"));
    let gateway = net.name("gw");
    for (interface, near) in [
        ("wan0", "198.51.100.1/24"),
        ("lan0", "10.1.20.1/16"),
        ("off0", "10.3.0.1/16"),
        ("srv0", "10.4.0.1/16"),
    ] {
        ip(&format!("-n {gateway} addr add {near} dev {interface}"));
    }
    ip(&format!(
        "-n {} addr add {LIVING}/16 dev eth0",
        net.name("pc")
    ));
    for interface in ["eth1", "eth2", "eth3", "eth5"] {
        until_linked(&net, interface);
    }
    Some(net)
}

/// The kernel tells the state of a link some time after it has it; a bound,
/// not a measure of time.
fn until_linked(net: &Net, interface: &str) {
    use nix::net::if_::InterfaceFlags;
    let bound = std::time::Instant::now() + std::time::Duration::from_secs(20);
    net.inside("test", || {
        loop {
            let mut links = nix::ifaddrs::getifaddrs().unwrap();
            let is_up = |flags: InterfaceFlags| flags.contains(InterfaceFlags::IFF_RUNNING);
            if links.any(|link| link.interface_name == interface && is_up(link.flags)) {
                return;
            }
            assert!(std::time::Instant::now() < bound, "{interface} has no link");
            std::thread::yield_now();
        }
    });
}

/// `sekimori … probe` on the test machine, with what stands before it.
fn probe(net: &Net, gateway: &Gateway<'_>, before: &[&str], order: &str) -> Output {
    let (program, words) = match before {
        [program, words @ ..] => (*program, words),
        [] => (PROGRAM, &[][..]),
    };
    let mut command = net.command("test", program);
    command.args(words);
    if program != PROGRAM {
        command.arg(PROGRAM);
    }
    for (option, place) in [
        ("--config", "config"),
        ("--state", "tester"),
        ("--runtime", "nowhere"),
    ] {
        command.arg(option).arg(gateway.path(place));
    }
    command.args(["--lang", "en"]).args(order.split(' '));
    command.output().unwrap()
}

fn both(output: &Output) -> (Option<i32>, String) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn lines(report: &Value) -> &Vec<Value> {
    report["probes"].as_array().unwrap()
}

#[test]
#[ignore = "needs root"]
fn a_gateway_in_force_is_judged_from_outside() {
    let Some(net) = building("outside") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let role = gateway.start_role();
    role.wait_until_ready();

    let out = gateway.path("out");
    let order = format!(
        "--json probe --interface office=eth1 --interface servers=eth2 --interface lgwan=eth3 -o {}",
        out.display()
    );
    let output = probe(&net, &gateway, &[], &order);
    let (code, said) = both(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    println!("{} {}", report["counts"], report["milliseconds"]);
    assert_eq!(code, Some(0), "{}", report["findings"]);
    for flow in ["flow-00001", "flow-00002", "measured"] {
        let passed = |line: &&Value| line["flow"] == flow && line["outcome"] == "passed";
        assert!(lines(&report).iter().any(|line| passed(&line)), "{flow}");
        let real = |line: &&Value| {
            let offered = line["offered"].as_str().unwrap_or_default();
            offered.contains("a real conversation") && passed(line)
        };
        assert!(lines(&report).iter().any(|line| real(&line)), "{flow}");
    }
    let silent = lines(&report)
        .iter()
        .filter(|line| line["outcome"] == "held");
    assert!(silent.clone().count() > 500);
    assert!(silent.clone().all(|line| line["proof"].is_string()));
    for proof in ["path", "other-family", "cables", "gateway"] {
        assert!(silent.clone().any(|line| line["proof"] == proof), "{proof}");
    }
    // What lives is left alone, and said to be.
    assert!(
        report["left_out"]
            .to_string()
            .contains(&format!("address in use: {LIVING} "))
    );
    let touches = |line: &Value| {
        line["offered"]
            .as_str()
            .unwrap()
            .contains(&format!("{LIVING} "))
    };
    assert!(!lines(&report).iter().any(touches));
    assert_eq!(report["interfaces"][0]["others"], 1);
    assert_eq!(report["interfaces"][1]["gateway"], "10.4.0.1");
    assert_eq!(report["ground"], "office=eth1, servers=eth2, lgwan=eth3");
    let page = std::fs::read_to_string(out.join("probe.html")).unwrap();
    for cable in report["interfaces"].as_array().unwrap() {
        for hardware in ["hardware", "gateway_hardware"] {
            assert!(page.contains(cable[hardware].as_str().unwrap()), "{cable}");
        }
    }
    assert!(role.terminate());
}

#[test]
#[ignore = "needs root"]
fn a_side_without_flows_of_its_own_is_proven_by_the_others() {
    let Some(net) = building("from") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let order = "--json probe --interface office=eth1 --interface servers=eth2 --from servers";
    let output = probe(&net, &gateway, &[], order);
    let (code, said) = both(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(code, Some(0), "{}", report["findings"]);
    let proven = |line: &Value| line["outcome"] == "held" && line["proof"] == "path";
    assert!(lines(&report).iter().filter(|line| proven(line)).count() > 50);
    let others = |line: &Value| line["offered"] == "office: 10.3.0.2 > 10.4.0.2 tcp/7000";
    assert!(
        !lines(&report).iter().any(others),
        "only what was asked for"
    );
}

/// A machine that takes an address once it hears the gateway look for it,
/// and says so to everybody.
fn take_when_asked_for(net: &Net, place: &str, address: std::net::Ipv4Addr) {
    let bound = std::time::Instant::now() + std::time::Duration::from_secs(60);
    net.inside(place, || {
        let wire = Wire::open(&["eth0".to_owned()]).map_err(|error| error.text().en);
        let wire = wire.unwrap();
        let own = wire.hardware(0).unwrap();
        let mut buffer = [0; 2_048];
        loop {
            let asked = wire
                .receive(&mut buffer)
                .and_then(|(_, frame)| Word::read(frame))
                // A careful question of the probe has no speaker.
                .is_some_and(|word| word.speaker.is_some() && word.asks == Some(address.into()));
            if asked {
                let body = arp(2, (own, address), (own, address));
                wire.send(0, &ethernet([0xff; 6], own, &[], 0x0806, &body));
                return;
            }
            assert!(
                std::time::Instant::now() < bound,
                "nobody looks for {address}"
            );
            let mut heard = [PollFd::new(wire.socket().as_fd(), PollFlags::POLLIN)];
            poll(&mut heard, 100_u8).unwrap();
        }
    });
}

#[test]
#[ignore = "needs root"]
fn an_address_that_is_taken_meanwhile_is_given_up() {
    let Some(net) = building("taken") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let order = "--json probe --interface office=eth1 --interface servers=eth2 --from office";
    let output = std::thread::scope(|scope| {
        let run = scope.spawn(|| probe(&net, &gateway, &[], order));
        take_when_asked_for(&net, "pc", "10.3.1.2".parse().unwrap());
        run.join().unwrap()
    });
    let (_, said) = both(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let left_out = report["left_out"].to_string();
    assert!(left_out.contains("address in use: 10.3.1.2 "), "{left_out}");
    let touches = |line: &Value| line["offered"].as_str().unwrap().contains("10.3.1.2 ");
    assert!(!lines(&report).iter().any(touches));
    assert!(lines(&report).len() > 500, "the others went on");
}

#[test]
#[ignore = "needs root"]
fn a_broken_rule_is_found_from_outside() {
    let Some(net) = building("broken") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let role = gateway.start_role();
    role.wait_until_ready();
    role.kill(); // the rules stay, and nobody repairs them
    net.load(
        "insert rule inet sekimori forwarding tcp dport 3389 accept\n\
         insert rule inet sekimori forwarding udp dport 1001 drop\n\
         insert rule inet sekimori forwarding meta length > 1000 drop\n\
         insert rule inet sekimori incoming tcp dport 22 accept\n",
    );
    let order = "probe --interface office=eth1 --interface servers=eth2 --from office";
    let (code, said) = both(&probe(&net, &gateway, &[], order));
    assert_eq!(code, Some(3), "{said}");
    let found = |kind: &str, what: &str| {
        let mut lines = said.lines();
        lines.any(|line| line.starts_with(&format!("  ! {kind}")) && line.contains(what))
    };
    assert!(found("leak", "tcp/3389"), "{said}");
    assert!(found("over-block", "udp/1001"), "{said}");
    assert!(found("leak", "10.3.0.1 tcp/22"), "{said}");
    // Only a real stack sends full segments.
    assert!(
        found("over-block", "tcp/7000, a real conversation"),
        "{said}"
    );
}

#[test]
#[ignore = "needs root"]
fn a_router_that_is_not_there_is_stood_in_for() {
    let Some(net) = building("router") else {
        return;
    };
    let there = net.name("gw");
    ip(&format!("-n {there} addr del 10.4.0.1/16 dev srv0"));
    ip(&format!("-n {there} addr add 10.4.0.1/30 dev srv0"));
    ip(&format!("-n {there} route add 10.4.0.254/32 dev srv0"));
    ip(&format!("-n {there} route add 10.4.0.0/16 via 10.4.0.254"));
    ip(&format!("-n {there} route add 10.4.0.2/32 via 10.4.0.254"));
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let order = "probe --interface office=eth1 --interface servers=eth2 --from office";
    let (code, said) = both(&probe(&net, &gateway, &[], order));
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("note 10.4.0.254 (zone servers) is where the gateway sends on"),
        "{said}"
    );
}

#[test]
#[ignore = "needs root"]
fn what_lies_behind_a_living_router_is_not_reached() {
    let Some(net) = building("behind") else {
        return;
    };
    // The living machine is the office's router to all its hosts.
    let there = net.name("gw");
    ip(&format!("-n {there} addr del 10.3.0.1/16 dev off0"));
    ip(&format!("-n {there} addr add 10.3.0.1/32 dev off0"));
    ip(&format!("-n {there} route add {LIVING}/32 dev off0"));
    ip(&format!("-n {there} route add 10.3.0.0/16 via {LIVING}"));
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let order = "probe --interface office=eth1 --interface servers=eth2 --from office";
    let (code, said) = both(&probe(&net, &gateway, &[], order));
    assert_eq!(code, Some(3), "no answer comes back to us: {said}");
    assert!(said.contains("leaks 0, "), "{said}");
    assert!(!said.contains("stood in"), "{said}");
    assert!(
        said.contains("1 other machines were heard on eth1"),
        "{said}"
    );
}

#[test]
#[ignore = "needs root"]
fn hosts_are_played_in_ipv6_too() {
    let Some(net) = building_with("six", "0") else {
        return;
    };
    let there = net.name("gw");
    for (interface, near) in [("off0", "fd00:3::1/64"), ("srv0", "fd00:4::1/64")] {
        ip(&format!("-n {there} addr add {near} dev {interface} nodad"));
    }
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    let edit = |file: &str, changes: &[(&str, &str)]| {
        let path = gateway.path("config").join(file);
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}: {text}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(path, text).unwrap();
    };
    edit(
        "sekimori.toml",
        &[
            (
                "ipv6 = \"deny\"\ngateway = [\"10.3.0.1\"]",
                "networks6 = [\"fd00:3::/64\"]\ngateway = [\"10.3.0.1\", \"fd00:3::1\"]",
            ),
            (
                "ipv6 = \"deny\"\ngateway = [\"10.4.0.1\"]",
                "networks6 = [\"fd00:4::/64\"]\ngateway = [\"10.4.0.1\", \"fd00:4::1\"]",
            ),
            (
                "server = { zone = \"servers\", address = \"10.4.0.2\" }",
                "server = { zone = \"servers\", address = [\"10.4.0.2\", \"fd00:4::2\"] }",
            ),
            (
                "address = [\"10.3.0.2\"",
                "address = [\"fd00:3::2\", \"10.3.0.2\"",
            ),
        ],
    );
    gateway.run("apply");
    let order = "--json probe --interface office=eth1 --interface servers=eth2 --from office";
    let output = probe(&net, &gateway, &[], order);
    let (code, said) = both(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    println!("{} {}", report["counts"], report["milliseconds"]);
    assert_eq!(code, Some(0), "{}", report["findings"]);
    let about = |outcome: &str, proof: &Value| {
        let of = |line: &&Value| {
            let offered = line["offered"].as_str().unwrap_or_default();
            offered.contains("fd00:3::2 > fd00:4::2 tcp/")
                && line["outcome"] == outcome
                && line["proof"] == *proof
        };
        lines(&report).iter().filter(of).count()
    };
    assert!(
        about("passed", &Value::Null) >= 2,
        "script and conversation"
    );
    assert!(about("held", &Value::from("path")) > 1);
}

#[test]
#[ignore = "needs root"]
fn a_silence_without_a_living_way_is_unproven() {
    let Some(net) = building("unproven") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let order = "probe --interface servers=eth2 --interface lgwan=eth3 --from lgwan";
    let (code, said) = both(&probe(&net, &gateway, &[], order));
    assert_eq!(code, Some(3), "no flow joins the two: {said}");
    assert!(said.contains("leaks 0, over-blocks 0"), "{said}");
    assert!(said.contains("! unproven: lgwan: "), "{said}");
}

#[test]
#[ignore = "needs root"]
fn an_order_that_cannot_be_carried_out_is_refused() {
    let Some(net) = building("refused") else {
        return;
    };
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    let refused = |before: &[&str], order: &str, why: &str| {
        let (code, said) = both(&probe(&net, &gateway, before, &format!("probe {order}")));
        assert_eq!(code, Some(1), "{order}: {said}");
        assert!(said.contains(why), "{order}: {said}");
    };
    let office = "--interface office=eth1";
    let two = "--interface office=eth1 --interface servers=eth2";
    refused(&[], office, "at least two zones");
    refused(
        &[],
        &format!("{office} --interface school=eth2"),
        "there is no zone school",
    );
    refused(
        &[],
        &format!("{office} --interface servers=eth9"),
        "there is no interface eth9",
    );
    refused(
        &[],
        &format!("{office} --interface servers=eth1"),
        "eth1 is given twice",
    );
    refused(
        &[],
        &format!("{office} --interface servers=lo"),
        "lo is no Ethernet interface",
    );
    refused(
        &[],
        "--interface office=eth2 --interface servers=eth1",
        "the gateway's side of servers, not of office",
    );
    refused(
        &["/usr/bin/setpriv", "--bounding-set=-net_raw"],
        two,
        "needs CAP_NET_RAW",
    );
    refused(
        &[],
        "--interface office=eth1 --interface servers=eth5",
        "they hear each other directly",
    );
    refused(
        &[],
        "--interface office=eth1 --interface lgwan=unused",
        "the gateway's side of internet, not of lgwan",
    );
    refused(
        &[],
        &format!("{two} --from internet"),
        "nothing that can be tested",
    );
    let tester = net.name("test");
    ip(&format!("-n {tester} addr add 10.4.0.2/32 dev eth2"));
    refused(&[], two, "eth2 has 10.4.0.2 as an address of this machine");
    ip(&format!("-n {tester} addr del 10.4.0.2/32 dev eth2"));
    ip(&format!("-n {tester} link set eth2 down"));
    refused(&[], two, "eth2 is down");
    ip(&format!("-n {tester} link set eth2 up"));
    net.inside("test", || {
        std::fs::write("/proc/sys/net/ipv4/conf/eth1/forwarding", "1").unwrap();
    });
    refused(&[], two, "a way around the gateway");
    assert_eq!(
        probe(&net, &gateway, &[], "probe --interface office")
            .status
            .code(),
        Some(2),
        "wrong usage"
    );
}
