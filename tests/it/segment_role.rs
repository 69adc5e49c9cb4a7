//! The real role on the proving ground, when somebody else changes the rules
//! or the files that it lives by: what came in meanwhile does not stay.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ground::{Gateway, Net, SERVER, Town, ip};
use jiff::Timestamp;
use nix::sys::signal::Signal;
use sekimori::segment::change::{again, meaning};
use sekimori::segment::revision::Revisions;
use serde_json::{Value, json};

const TOWN: Town = Town::of(10);

/// In LGWAN; no flow leads there.
const WALLED: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 20, 80)),
    9000,
);

fn gateway(net: &Net) -> Gateway<'_> {
    net.plug_in();
    let gateway = Gateway::new(net, env!("CARGO_BIN_EXE_sekimori"), TOWN);
    gateway.run("apply");
    gateway
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}

fn nft(net: &Net, line: &str) -> String {
    let mut command = net.command("gw", "nft");
    let output = command.args(line.split(' ')).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// From the office to `address`, with an echo behind it.
fn session(net: &Net, side: &str, address: SocketAddr) -> Option<TcpStream> {
    let listener = net.inside(side, || TcpListener::bind(address).unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            if stream.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    });
    let patience = Duration::from_secs(2);
    net.inside("off", || {
        TcpStream::connect_timeout(&address, patience).ok()
    })
}

fn echoes(stream: &mut TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut bytes = [0; 8];
    stream.write_all(b"sekimori").is_ok() && stream.read_exact(&mut bytes).is_ok()
}

/// Events of this kind, oldest first.
fn recorded(gateway: &Gateway<'_>, kind: &str) -> Vec<Value> {
    let tail = gateway.run("--json audit tail -n 500");
    let lines = tail
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["event"]["event"] == kind)
        .collect()
}

#[test]
#[ignore = "needs root"]
fn a_session_that_a_foreign_rule_let_in_ends_with_the_repair() {
    let Some(net) = Town::net("letin") else {
        return;
    };
    let gateway = gateway(&net);
    let role = gateway.start_role();
    role.wait_until_ready();
    let mut allowed = session(&net, "srv", SERVER).expect("the allowed flow");
    role.signal(Signal::SIGSTOP); // the moment before the repair, held open
    for wall in ["offered", "forwarding"] {
        nft(&net, &format!("insert rule inet sekimori {wall} accept"));
    }
    let mut let_in = session(&net, "lan", WALLED).expect("the foreign rule lets it in");
    assert!(echoes(&mut let_in) && echoes(&mut allowed));
    role.signal(Signal::SIGCONT);
    until("its session ends", || !echoes(&mut let_in));
    assert!(echoes(&mut allowed), "and no other");
    until("it is on record", || {
        !recorded(&gateway, "sessions-cut").is_empty()
    });
    let cut = recorded(&gateway, "sessions-cut").remove(0);
    assert_eq!(
        cut["revision"], 1,
        "under the revision that does not cover it"
    );
    assert_eq!(cut["event"]["count"], 1);
}

#[test]
#[ignore = "needs root"]
fn a_foreign_rule_lets_nothing_in_while_nobody_can_read_the_revision() {
    let Some(net) = Town::net("blind") else {
        return;
    };
    let gateway = gateway(&net);
    let (revisions, now) = (Revisions::of(&gateway.path("state")), Timestamp::now());
    let held = net.inside("gw", || meaning(&revisions, 1, false, now).unwrap());
    let config = gateway.path("state/revisions/1/config/sekimori.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n# changed")).unwrap();
    let again = net.inside("gw", || again(&revisions, &held, now).unwrap());
    assert_eq!(again.ruleset, held.ruleset, "a role that knows it goes on");
    let role = gateway.start_role();
    role.wait_until_ready();
    let mut allowed = session(&net, "srv", SERVER).expect("the last good rules stay");
    role.signal(Signal::SIGSTOP);
    for wall in ["offered", "forwarding"] {
        nft(&net, &format!("insert rule inet sekimori {wall} accept"));
    }
    let mut let_in = session(&net, "lan", WALLED).expect("the foreign rule lets it in");
    assert!(echoes(&mut let_in) && echoes(&mut allowed));
    role.signal(Signal::SIGCONT);
    until("nothing passes", || {
        !echoes(&mut let_in) && !echoes(&mut allowed)
    });
    let forwarding = nft(&net, "list chain inet sekimori forwarding");
    assert!(!forwarding.contains("accept"), "{forwarding}");
    until("it is on record", || {
        !recorded(&gateway, "drift").is_empty()
    });
    let drift = &recorded(&gateway, "drift")[0]["event"];
    assert!(
        drift["processes"][0]
            .as_str()
            .unwrap()
            .starts_with("nft (pid "),
        "{drift}"
    );
    std::fs::write(&config, text).unwrap();
    until("readable again, in force again", || {
        nft(&net, "list table inet sekimori").contains(&TOWN.last_id())
    });
    let failures = recorded(&gateway, "apply-failed");
    assert_eq!(
        failures.len(),
        1,
        "a failure that lasts is recorded once: {failures:?}"
    );
}

/// Nobody but root may write the record, or the role again.
fn record_writable(gateway: &Gateway<'_>, writable: bool) {
    let folder = gateway.path("state/audit/segment");
    let owner = if writable { 64_124 } else { 0 };
    std::os::unix::fs::chown(folder, Some(owner), Some(owner)).unwrap();
}

#[test]
#[ignore = "needs root"]
fn a_trial_ends_although_nothing_can_be_recorded() {
    let Some(net) = Town::net("norecord") else {
        return;
    };
    let gateway = gateway(&net);
    let role = gateway.start_role();
    role.wait_until_ready();
    let more = Town::of(11);
    gateway.configure(more);
    gateway.run("apply --confirm-within 5s");
    let on_trial = || nft(&net, "list table inet sekimori").contains(&more.last_id());
    assert!(on_trial());
    role.kill();
    record_writable(&gateway, false);
    let role = gateway.start_role();
    role.wait_until_ready(); // with the trial still on, or just over
    until("the trial ends", || !on_trial());
    assert!(
        session(&net, "srv", SERVER).is_some(),
        "what held before goes on"
    );
    record_writable(&gateway, true);
    until("it is on record", || {
        !recorded(&gateway, "reverted").is_empty()
    });
    let started = recorded(&gateway, "started");
    assert_eq!(
        started.len(),
        2,
        "with everything that was owed: {started:?}"
    );
    assert!(role.terminate());
    gateway.run("audit verify");
}

#[test]
#[ignore = "needs root"]
fn a_box_that_starts_without_a_record_stays_shut() {
    let Some(net) = Town::net("shut") else { return };
    let gateway = gateway(&net);
    net.load(&format!(
        "flush ruleset\n{}",
        include_str!("../../systemd/deny-all.nft")
    ));
    record_writable(&gateway, false);
    let role = gateway.start_role();
    role.wait_until_ready();
    let words = "the audit record cannot be written";
    until("it says why", || gateway.role_log().contains(words));
    let open = || nft(&net, "list table inet sekimori").contains(&TOWN.last_id());
    assert!(!open());
    for wall in ["offered", "forwarding"] {
        nft(&net, &format!("insert rule inet sekimori {wall} accept"));
    }
    until("it is repaired", || {
        gateway.role_log().contains("drift repaired")
    });
    assert!(!open());
    record_writable(&gateway, true);
    until("it opens when it can say so", open);
    assert!(
        !recorded(&gateway, "drift").is_empty(),
        "what was owed is on record"
    );
}

#[test]
#[ignore = "needs root"]
fn an_alarm_is_told_at_both_its_ends_each_time() {
    let Some(net) = Town::net("alarms") else {
        return;
    };
    let gateway = gateway(&net);
    let role = gateway.start_role();
    role.wait_until_ready();
    let told = |kind: &str| {
        let events = recorded(&gateway, kind);
        let words =
            |event: &&Value| event["event"]["message"] == "tables of other programs: ip other";
        events.iter().filter(words).count()
    };
    for turn in 1..=3 {
        nft(&net, "add table ip other");
        until("it is told", || told("alarm") == turn);
        nft(&net, "delete table ip other");
        until("its end is told", || told("alarm-ended") == turn);
    }
}

#[test]
#[ignore = "needs root"]
fn another_role_cannot_fill_the_record_with_its_heads() {
    let Some(net) = Town::net("heads") else {
        return;
    };
    let gateway = gateway(&net);
    let role = gateway.start_role();
    role.wait_until_ready();
    for seq in 1..=20 {
        let mut socket = UnixStream::connect(gateway.path("run/segment/control.sock")).unwrap();
        let head = json!({"role": "mail", "seq": seq, "hash": "0".repeat(64)});
        writeln!(socket, "{}", json!({ "head": head })).unwrap();
        let mut answer = String::new();
        BufReader::new(&socket).read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["head"]["role"], "segment", "{answer}");
    }
    assert_eq!(recorded(&gateway, "head").len(), 1);
}

fn switch(net: &Net, path: &str) -> String {
    let path = format!("/proc/sys/net/{path}");
    let read = net.inside("gw", || std::fs::read_to_string(path).unwrap());
    read.trim().to_owned()
}

fn set_switch(net: &Net, path: &str, value: &str) {
    let path = format!("/proc/sys/net/{path}");
    net.inside("gw", || std::fs::write(path, value).unwrap());
}

#[test]
#[ignore = "needs root"]
fn forwarding_is_held_at_each_interface_and_what_else_widens_it_too() {
    let Some(net) = Town::net("each") else { return };
    let gateway = gateway(&net);
    let role = gateway.start_role();
    role.wait_until_ready();
    let widened = [
        ("ipv6/conf/off0/forwarding", "1"), // no flow of this town has IPv6
        ("ipv6/conf/off0/force_forwarding", "1"),
        ("netfilter/nf_conntrack_tcp_be_liberal", "1"),
        ("ipv4/conf/srv0/forwarding", "0"), // an allowed flow needs it
    ];
    for (path, value) in widened {
        if value == "1"
            && path.contains("force_")
            && !net.inside("gw", || {
                std::path::Path::new("/proc/sys/net").join(path).exists()
            })
        {
            println!("this kernel has no {path}");
            continue;
        }
        let before = switch(&net, path);
        assert_ne!(before, value, "{path}");
        set_switch(&net, path, value);
        until(path, || switch(&net, path) == before);
    }
    drop(role);
    // Without a revision, with the box's switch as it should be.
    let shut = Town::net("eachshut").unwrap();
    shut.plug_in();
    let gateway = Gateway::new(&shut, env!("CARGO_BIN_EXE_sekimori"), TOWN);
    set_switch(&shut, "ipv4/conf/lan0/forwarding", "1");
    let role = gateway.start_role();
    role.wait_until_ready();
    assert_eq!(switch(&shut, "ipv4/conf/lan0/forwarding"), "0");
    for (path, value) in [
        ("ipv4/conf/all/arp_ignore", "1"),
        ("ipv4/conf/all/rp_filter", "1"),
        ("ipv4/conf/all/accept_redirects", "0"),
    ] {
        assert_eq!(switch(&shut, path), value, "{path}");
    }
    set_switch(&shut, "ipv4/conf/wan0/forwarding", "1");
    until("repaired", || {
        switch(&shut, "ipv4/conf/wan0/forwarding") == "0"
    });
    drop(role);
}

fn alarmed(gateway: &Gateway<'_>, kind: &str, words: &str) -> bool {
    let events = recorded(gateway, kind);
    let mut messages = events
        .iter()
        .map(|event| event["event"]["message"].as_str());
    messages.any(|message| message.is_some_and(|message| message.contains(words)))
}

#[test]
#[ignore = "needs root"]
fn what_fits_no_more_when_the_role_starts_is_an_alarm() {
    let Some(net) = Town::net("unfit") else {
        return;
    };
    let gateway = gateway(&net);
    let name = net.name("gw");
    ip(&format!("-n {name} link set lan0 down"));
    ip(&format!("-n {name} link set lan0 name old0"));
    ip(&format!("-n {name} route add 10.3.0.0/24 dev wan0"));
    let role = gateway.start_role();
    role.wait_until_ready();
    for words in ["E19: this machine has no interface lan0", "leaves by wan0"] {
        until(words, || alarmed(&gateway, "alarm", words));
    }
    drop(role);
    // A year later (E03): the same words from the same reading.
    let revisions = Revisions::of(&gateway.path("state"));
    let later = Timestamp::now() + jiff::SignedDuration::from_hours(24 * 400);
    let standing = net
        .inside("gw", || meaning(&revisions, 1, false, later))
        .unwrap();
    let ended = |words: &String| words.starts_with("E03: ");
    assert!(standing.unfit.iter().any(ended), "{:?}", standing.unfit);
}
