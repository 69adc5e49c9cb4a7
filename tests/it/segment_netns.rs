//! FLOW 1 in a kernel: every rule set loads, reads back equal, and real
//! packets pass or do not. Each leak test has its positive control.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use sekimori::policy::Policy;
use sekimori::segment::evaluate::{Verdict, evaluate};
use sekimori::segment::question::Question;
use sekimori::segment::{apply, compile::deny_all, observe, observe_drift};

use crate::segment_net::{Net, compiled, ip, offered};
use crate::segment_policy::{MAIL_UID, both_families, facts, overlapping, small_body};

#[test]
#[ignore = "needs root"]
fn every_golden_rule_set_loads_and_reads_back_equal_in_any_order() {
    let Some(net) = Net::new("load") else { return };
    let all = [
        deny_all(),
        compiled(&small_body()),
        compiled(&overlapping()),
        compiled(&both_families()),
    ];
    for one in &all {
        for other in &all {
            net.put_in_force(one);
            net.put_in_force(other);
            let (drift, _) = net.inside("gw", || observe_drift(other)).unwrap();
            assert!(drift.is_empty(), "{drift}");
        }
    }
}

#[test]
#[ignore = "needs root"]
fn a_foreign_rule_is_noticed_and_repaired() {
    let Some(net) = Net::new("drift") else { return };
    let ruleset = compiled(&small_body());
    let foreign = [
        "insert rule inet sekimori forward accept",
        "add rule inet sekimori forwarding accept",
        "add chain inet sekimori evil { type filter hook forward priority -5; policy accept; }",
        "add chain inet sekimori forward { policy accept; }",
        "delete element inet sekimori pairs { \"off0\" . \"lan0\" }",
        "add element inet sekimori in.internet.4 { 203.0.113.9 . 198.51.100.1 . tcp . 25 comment \"evil\" }",
        "flush chain inet sekimori input",
        "add set inet sekimori more { type ipv4_addr; }",
        "delete table inet sekimori",
    ];
    for line in foreign {
        net.put_in_force(&ruleset);
        net.inside("gw", || apply::load(&format!("{line}\n")))
            .unwrap();
        let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
        assert!(!drift.is_empty(), "not noticed: {line}");
        net.put_in_force(&ruleset);
        let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
        assert!(drift.is_empty(), "not repaired: {line}: {drift}");
    }
    net.inside("gw", || {
        std::fs::write("/proc/sys/net/ipv4/conf/wan0/accept_redirects", "1")
    })
    .unwrap();
    let (drift, _) = net.inside("gw", || observe_drift(&ruleset)).unwrap();
    assert_eq!(drift.changed.len(), 1, "{drift}");
    net.inside("gw", || apply::load("add table ip nat\n"))
        .unwrap();
    assert_eq!(
        net.inside("gw", observe::live).unwrap().foreign_tables,
        ["ip nat"]
    );
}

#[test]
#[ignore = "needs root"]
fn only_what_a_flow_names_passes_and_everything_passes_without_rules() {
    let Some(net) = Net::new("pass") else { return };
    net.put_in_force(&compiled(&small_body()));
    ip(&format!(
        "-n {}-off addr add 10.1.9.9/32 dev lo",
        net.prefix
    ));
    ip(&format!(
        "-n {}-wan addr add 10.3.0.2/32 dev lo",
        net.prefix
    ));
    let web = |port: u16| SocketAddr::from(([10, 1, 20, 80], port));
    let (inside, outside) = (
        net.socket("lan", "10.1.20.80:5005"),
        net.socket("lan", "10.1.20.80:5011"),
    );
    let far_side = net.socket("gw", "10.1.20.1:5005");
    let near_side = net.socket("gw", "198.51.100.1:5005");
    let desk = net.socket("off", "10.3.0.2:0");
    let stranger = net.socket("wan", "198.51.100.10:0");
    let spoofing_office = net.socket("off", "10.1.9.9:0");
    let spoofing_internet = net.socket("wan", "10.3.0.2:0");
    assert_eq!(
        offered(&desk, web(5005), &inside, 10),
        10,
        "the allowed flow"
    );
    let denied: [(&str, &UdpSocket, SocketAddr, &UdpSocket); 7] = [
        ("a port beside the range", &desk, web(5011), &outside),
        ("internet to LGWAN", &stranger, web(5005), &inside),
        (
            "spoofed source in the office",
            &spoofing_office,
            web(5005),
            &inside,
        ),
        (
            "office source from the internet",
            &spoofing_internet,
            web(5005),
            &inside,
        ),
        (
            "far-side address from the office",
            &desk,
            SocketAddr::from(([10, 1, 20, 1], 5005)),
            &far_side,
        ),
        (
            "far-side address from the internet",
            &stranger,
            SocketAddr::from(([10, 1, 20, 1], 5005)),
            &far_side,
        ),
        (
            "the box itself",
            &stranger,
            SocketAddr::from(([198, 51, 100, 1], 5005)),
            &near_side,
        ),
    ];
    for (what, sender, to, receiver) in &denied {
        assert_eq!(offered(sender, *to, receiver, 10), 0, "{what}");
    }
    net.open();
    for (what, sender, to, receiver) in &denied {
        let count = offered(sender, *to, receiver, 10);
        println!("{what}: 10 offered, 0 passed; without rules {count} passed");
        assert_eq!(count, 10, "positive control: {what}");
    }
}

/// Sends one datagram per tuple of `sources`, `destinations` and `ports` and
/// compares what arrives with what the evaluator says. Returns how many passed.
fn agree(
    net: &Net,
    policy: &Policy,
    from: (&str, &str, &[&str]),
    to: (&str, &str, &[&str]),
    ports: &[u16],
) -> usize {
    let now = facts().now;
    let receivers: Vec<UdpSocket> = ports
        .iter()
        .map(|port| net.socket(to.0, &format!("0.0.0.0:{port}")))
        .collect();
    let mut tuples = Vec::new();
    for source in from.2 {
        let sender = net.socket(from.0, &format!("{source}:0"));
        for destination in to.2 {
            for port in ports {
                let nonce = u32::try_from(tuples.len()).unwrap();
                let address: SocketAddr = format!("{destination}:{port}").parse().unwrap();
                sender.send_to(&nonce.to_be_bytes(), address).unwrap();
                tuples.push((*source, *destination, *port));
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for receiver in &receivers {
        receiver
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut buffer = [0; 4];
        while let Ok((4, _)) = receiver.recv_from(&mut buffer) {
            seen.insert(u32::from_be_bytes(buffer));
        }
    }
    for (nonce, (source, destination, port)) in tuples.iter().enumerate() {
        let words = (
            format!("{}:{source}", from.1),
            format!("{}:{destination}", to.1),
            format!("udp/{port}"),
        );
        let question = Question::parse(policy, &words.0, &words.1, Some(&words.2)).unwrap();
        let verdict = evaluate(policy, &question, Some(now));
        let passed = seen.contains(&u32::try_from(nonce).unwrap());
        assert_eq!(
            passed,
            matches!(verdict, Verdict::Allow { .. }),
            "{words:?}: {verdict:?}"
        );
    }
    println!(
        "{} tuples {} to {}: {} passed, as the evaluator says",
        tuples.len(),
        from.1,
        to.1,
        seen.len()
    );
    seen.len()
}

#[test]
#[ignore = "needs root"]
fn the_kernel_and_the_evaluator_give_the_same_answers() {
    let Some(net) = Net::new("agree") else { return };
    let office = ["10.3.0.2", "10.3.0.200", "10.3.1.0", "10.3.77.7"];
    let lgwan = [
        "10.1.20.80",
        "10.1.20.63",
        "10.1.20.64",
        "10.1.20.127",
        "10.1.20.128",
        "10.1.200.9",
    ];
    for (side, addresses) in [("off", &office[1..]), ("lan", &lgwan[1..])] {
        for address in addresses {
            ip(&format!(
                "-n {}-{side} addr add {address}/16 dev eth0",
                net.prefix
            ));
        }
    }
    let policy = overlapping();
    net.put_in_force(&compiled(&policy));
    let ports = [
        161, 162, 4989, 4990, 4999, 5000, 5001, 5005, 5006, 5010, 5011, 5020, 5021,
    ];
    let passed = agree(
        &net,
        &policy,
        ("off", "office", &office),
        ("lan", "lgwan", &lgwan),
        &ports,
    );
    assert!(passed > 40, "{passed}");
    let passed = agree(
        &net,
        &policy,
        ("lan", "lgwan", &lgwan),
        ("off", "office", &office),
        &ports,
    );
    assert_eq!(
        passed, 6,
        "three servers to two hosts of the floor, one port"
    );
}

#[test]
#[ignore = "needs root"]
fn ipv6_passes_only_where_a_zone_lists_it() {
    let Some(net) = Net::new("six") else { return };
    for (side, interface, near, far) in [
        ("lan", "lan0", "2001:db8:1::1", "2001:db8:1::80"),
        ("off", "off0", "2001:db8:3::1", "2001:db8:3::2"),
    ] {
        ip(&format!(
            "-n {}-gw addr add {near}/64 dev {interface} nodad",
            net.prefix
        ));
        ip(&format!(
            "-n {}-{side} addr add {far}/64 dev eth0 nodad",
            net.prefix
        ));
        ip(&format!(
            "-n {}-{side} -6 route add default via {near}",
            net.prefix
        ));
    }
    let receiver = net.socket("lan", "[2001:db8:1::80]:5005");
    let beside = net.socket("lan", "[2001:db8:1::80]:5011");
    let desk = net.socket("off", "[2001:db8:3::2]:0");
    let web = |port: u16| format!("[2001:db8:1::80]:{port}").parse().unwrap();
    net.put_in_force(&compiled(&both_families()));
    let tentative = || {
        let listed = Command::new("ip")
            .args([
                "-n",
                &format!("{}-gw", net.prefix),
                "-6",
                "addr",
                "show",
                "tentative",
            ])
            .output();
        !listed.unwrap().stdout.is_empty()
    };
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while tentative() {
        assert!(
            std::time::Instant::now() < end,
            "link-local addresses stay tentative"
        );
        std::thread::yield_now();
    }
    let first = offered(&desk, web(5005), &receiver, 10);
    assert_eq!(
        first, 10,
        "the flow in IPv6, neighbours found through the rules"
    );
    assert_eq!(offered(&desk, web(5011), &beside, 10), 0, "beside the flow");
    net.put_in_force(&compiled(&small_body()));
    let other = net.socket("off", "[2001:db8:3::2]:0"); // the first is an established connection
    assert_eq!(offered(&other, web(5005), &receiver, 10), 0, "ipv6 = deny");
}

#[test]
#[ignore = "needs root"]
fn counters_of_flows_survive_an_apply() {
    let Some(net) = Net::new("count") else { return };
    net.put_in_force(&compiled(&small_body()));
    let receiver = net.socket("lan", "10.1.20.80:5005");
    let set = "pair.office.lgwan.4.range";
    let key = "10.3.0.0/16 . 10.1.20.80 . udp . 5000-5010";
    for port in 1..=3 {
        let desk = net.socket("off", &format!("10.3.0.2:{}", 40_000 + port));
        assert_eq!(
            offered(
                &desk,
                SocketAddr::from(([10, 1, 20, 80], 5005)),
                &receiver,
                1
            ),
            1
        );
    }
    let packets = || {
        net.inside("gw", observe::live)
            .unwrap()
            .table
            .unwrap()
            .counts
            .get(set)
            .and_then(|counts| counts.get(key))
            .map(|count| count.packets)
    };
    assert_eq!(packets(), Some(3), "one per connection");
    let mut more = small_body();
    more.flows.retain(|flow| flow.id != "office-ping");
    net.put_in_force(&compiled(&more));
    assert_eq!(packets(), Some(3));
}

#[test]
#[ignore = "needs root"]
fn only_the_mail_role_reaches_the_relay() {
    let Some(net) = Net::new("user") else { return };
    ip(&format!(
        "-n {}-lan addr add 10.1.20.25/16 dev eth0",
        net.prefix
    ));
    net.put_in_force(&compiled(&small_body()));
    let relay = net
        .inside("lan", || std::net::TcpListener::bind("10.1.20.25:25"))
        .unwrap();
    let connect = |uid: u32| {
        net.inside("gw", move || {
            let script = "import socket,sys; socket.create_connection(('10.1.20.25', 25), 1)";
            let mut python = Command::new("/usr/bin/python3");
            std::os::unix::process::CommandExt::uid(&mut python, uid);
            python
                .args(["-c", script])
                .stderr(std::process::Stdio::null())
                .status()
                .unwrap()
                .success()
        })
    };
    assert!(connect(MAIL_UID), "the mail role's user");
    assert!(!connect(0), "root");
    assert!(!connect(MAIL_UID + 1), "another user");
    net.open();
    assert!(connect(0), "positive control");
    drop(relay);
}
