//! Interfaces that are renamed, pulled and plugged in again, and a machine
//! that is not the one the configuration is written for.

use std::net::{SocketAddr, UdpSocket};

use sekimori::segment::observe_drift;
use serde_json::{Value, json};

use crate::segment_cli::{House, Role};
use crate::segment_net::{Net, arrived, compiled, ip, offered};
use crate::segment_policy::small_body;

const DESK: &str = "10.3.0.2:40001";
const WEB: &str = "10.1.20.80:5005";

fn renamed(net: &Net, from: &str, to: &str) {
    let gateway = net.name("gw");
    ip(&format!("-n {gateway} link set {from} down"));
    ip(&format!("-n {gateway} link set {from} name {to}"));
    ip(&format!("-n {gateway} link set {to} up"));
}

/// How many of five arrive at the desk.
fn answered(web: &UdpSocket, desk: &UdpSocket) -> usize {
    offered(web, DESK.parse().unwrap(), desk, 5)
}

#[test]
#[ignore = "needs root"]
fn an_interface_carries_what_its_name_allows_and_none_without_a_zone_carries_anything() {
    let Some(net) = Net::new("plug") else { return };
    let ruleset = compiled(&small_body());
    net.put_in_force(&ruleset);
    let to_web: SocketAddr = WEB.parse().unwrap();
    let (desk, web) = (net.socket("off", DESK), net.socket("lan", WEB));
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "the allowed flow");
    assert_eq!(answered(&web, &desk), 5, "its session");

    renamed(&net, "off0", "new0");
    assert_eq!(offered(&desk, to_web, &web, 5), 0, "no zone has this name");
    assert_eq!(
        answered(&web, &desk),
        0,
        "nor does a live session go out by it"
    );
    let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
    assert!(drift.is_empty(), "what is not there is no drift: {drift}");
    net.load("flush ruleset\n"); // forwarding is on
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "positive control");
    net.put_in_force(&ruleset);
    assert_eq!(offered(&desk, to_web, &web, 5), 0, "again");

    // The name of another zone: its sources, so the desk is spoofed there.
    renamed(&net, "wan0", "old0");
    renamed(&net, "new0", "wan0");
    assert_eq!(
        offered(&desk, to_web, &web, 5),
        0,
        "the office at the internet's name"
    );
    assert_eq!(answered(&web, &desk), 0, "and back");
    renamed(&net, "wan0", "off0");
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "it comes back");
    assert_eq!(answered(&web, &desk), 5, "with its session");
}

#[test]
#[ignore = "needs root"]
fn an_interface_that_comes_later_is_as_tight_as_one_that_was_there() {
    let Some(net) = Net::new("later") else { return };
    let (gateway, office) = (net.name("gw"), net.name("off"));
    ip(&format!("-n {gateway} link del off0"));
    let ruleset = compiled(&small_body());
    net.put_in_force(&ruleset); // the office has no wire yet
    ip(&format!(
        "-n {gateway} link add off0 type veth peer name eth0 netns {office}"
    ));
    ip(&format!("-n {gateway} addr add 10.3.0.1/16 dev off0"));
    ip(&format!("-n {gateway} link set off0 up"));
    for address in ["10.3.0.2/16", "10.1.9.9/32"] {
        ip(&format!("-n {office} addr add {address} dev eth0"));
    }
    ip(&format!("-n {office} link set eth0 up"));
    ip(&format!("-n {office} route add default via 10.3.0.1"));
    let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
    assert!(
        drift.is_empty(),
        "switches too, from the first moment: {drift}"
    );
    let web = net.socket("lan", WEB);
    let beside = net.socket("lan", "10.1.20.80:5011");
    let desk = net.socket("off", DESK);
    let spoofing = net.socket("off", "10.1.9.9:40001");
    let to_web: SocketAddr = WEB.parse().unwrap();
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "the allowed flow");
    let denied = [
        ("a port beside the range", &desk, "10.1.20.80:5011", &beside),
        ("a source of LGWAN", &spoofing, WEB, &web),
    ];
    for (what, sender, to, receiver) in denied {
        assert_eq!(
            offered(sender, to.parse().unwrap(), receiver, 5),
            0,
            "{what}"
        );
    }
    net.open();
    for (what, sender, to, receiver) in denied {
        let count = offered(sender, to.parse().unwrap(), receiver, 5);
        assert_eq!(count, 5, "positive control: {what}");
    }
    assert_eq!(arrived(&desk), 0);
}

#[test]
#[ignore = "needs root"]
fn an_interface_that_was_bridged_or_lent_away_is_none_of_its_zone_until_it_is_back() {
    let Some(net) = Net::new("lent") else { return };
    let (gateway, elsewhere) = (net.name("gw"), net.name("wan"));
    let ruleset = compiled(&small_body());
    net.put_in_force(&ruleset);
    let to_web: SocketAddr = WEB.parse().unwrap();
    let (desk, web) = (net.socket("off", DESK), net.socket("lan", WEB));
    let back = || {
        ip(&format!("-n {gateway} addr replace 10.3.0.1/16 dev off0"));
        ip(&format!("-n {gateway} link set off0 up"));
    };

    ip(&format!("-n {gateway} link add br0 type bridge"));
    ip(&format!("-n {gateway} addr del 10.3.0.1/16 dev off0"));
    ip(&format!("-n {gateway} link set off0 master br0"));
    ip(&format!("-n {gateway} addr add 10.3.0.1/16 dev br0"));
    ip(&format!("-n {gateway} link set br0 up"));
    assert_eq!(offered(&desk, to_web, &web, 5), 0, "by a bridge of no zone");
    net.load("flush ruleset\n"); // forwarding is on
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "positive control");
    net.put_in_force(&ruleset);
    ip(&format!("-n {gateway} link del br0"));
    back();
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "out of the bridge");

    ip(&format!("-n {gateway} link set off0 netns {elsewhere}"));
    ip(&format!("-n {elsewhere} link set off0 netns {gateway}"));
    back();
    let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
    assert!(drift.is_empty(), "its switches are ours again: {drift}");
    assert_eq!(offered(&desk, to_web, &web, 5), 5, "back from elsewhere");
}

/// The four interfaces of the sample, with their addresses.
fn wired(house: &House) {
    let name = &house.name;
    for (interface, address) in [
        ("lan0", "10.1.0.1/16"),
        ("lan1", "192.168.10.1/24"),
        ("wan0", "203.0.113.2/24"),
        ("mgmt0", "192.168.90.1/24"),
    ] {
        ip(&format!(
            "-n {name} link add {interface} type veth peer name far-{interface}"
        ));
        ip(&format!("-n {name} addr add {address} dev {interface}"));
        ip(&format!("-n {name} link set {interface} up"));
    }
    ip(&format!("-n {name} route add default dev wan0"));
}

#[test]
#[ignore = "needs root"]
fn apply_refuses_a_machine_that_the_configuration_does_not_fit() {
    let Some(house) = House::new("unfit") else {
        return;
    };
    wired(&house);
    let name = &house.name;
    let refused = |code: &str, words: &str| {
        let output = house.try_run("apply");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("error {code}: ")), "{said}");
        assert!(said.contains(words), "{said}");
        assert_eq!(
            house.json("status")["revision"],
            Value::Null,
            "nothing changed"
        );
    };
    ip(&format!("-n {name} link set mgmt0 name mgmt1"));
    refused("E19", "no interface mgmt0");
    ip(&format!("-n {name} link set mgmt1 name mgmt0"));
    ip(&format!("-n {name} link add br0 type bridge"));
    ip(&format!("-n {name} link set lan1 master br0"));
    refused("E19", "lan1 is enslaved to br0");
    ip(&format!("-n {name} link set lan1 nomaster"));
    ip(&format!("-n {name} route add 10.1.30.0/24 dev wan0"));
    refused("E15", "leaves by wan0");
    ip(&format!("-n {name} route del 10.1.30.0/24 dev wan0"));
    house.run("apply"); // and nothing else was wrong
    assert_eq!(house.json("status")["revision"], 1);
}

#[test]
#[ignore = "needs root"]
fn zones_joined_below_ip_are_an_alarm_and_nothing_is_forwarded() {
    let Some(house) = House::new("joined") else {
        return;
    };
    wired(&house);
    house.run("apply");
    let _role = Role(house.command("run segment").spawn().unwrap());
    let drift = || house.json("status")["roles"]["segment"]["drift"].clone();
    house.until("the role runs", || drift() == json!([]));
    assert_eq!(house.forwarding(), "1");
    let told = |kind: &str, words: &str| {
        let tail = house.run("--json audit tail -n 200");
        tail.lines().any(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let message = line["event"]["message"].as_str().unwrap_or_default();
            line["event"]["event"] == kind && message.contains(words)
        })
    };
    let (name, joined) = (&house.name, "E19: interface lan0 is enslaved to br0");
    ip(&format!("-n {name} link add br0 type bridge"));
    ip(&format!("-n {name} link set lan0 master br0"));
    house.until("it is told", || told("alarm", joined));
    assert_eq!(house.forwarding(), "0");
    assert_eq!(drift(), json!([]), "and that is how it should be");
    ip(&format!("-n {name} link set lan0 nomaster"));
    house.until("its end is told", || told("alarm-ended", joined));
    assert_eq!(house.forwarding(), "1");
    ip(&format!("-n {name} link set lan1 down"));
    ip(&format!("-n {name} link set lan1 name old1"));
    let gone = "E19: this machine has no interface lan1";
    house.until("it is told", || told("alarm", gone));
}
