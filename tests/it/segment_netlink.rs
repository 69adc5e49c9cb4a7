//! The kernel's own words, from a real kernel: sessions and logged packets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use sekimori::segment::apply;
use sekimori::segment::netlink::conntrack::{Change, Connection, Conntrack, Events};
use sekimori::segment::netlink::nflog::{Group, Logged};

use crate::segment_net::Net;

/// A gateway that tracks and lets everything through.
fn tracking(net: &Net) {
    net.open();
    net.inside("gw", || {
        apply::load(
            "table inet sekimori {\n chain forward {\n type filter hook forward priority 0;\n ct state invalid drop\n ct state established accept\n ct state new tcp flags != syn drop\n }\n}\n",
        )
        .unwrap();
        std::fs::write("/proc/sys/net/netfilter/nf_conntrack_tcp_loose", "0").unwrap();
    });
}

fn sessions(net: &Net) -> Vec<Connection> {
    net.inside("gw", || {
        let mut found = Vec::new();
        Conntrack::open()
            .unwrap()
            .each(&mut |one| found.push(one))
            .unwrap();
        found
    })
}

fn readable(fd: &impl std::os::fd::AsFd) -> bool {
    use nix::poll::{PollFd, PollFlags, poll};
    let mut watched = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    poll(&mut watched, 5_000_u16).unwrap() == 1
}

#[test]
#[ignore = "needs root"]
fn a_session_is_listed_cut_and_its_end_is_heard() {
    let Some(net) = Net::new("ct") else { return };
    tracking(&net);
    let mut events = net.inside("gw", || Events::subscribe().unwrap());
    let listener = net.inside("off", || TcpListener::bind("10.3.0.2:8080").unwrap());
    let mut client = net.inside("lan", || TcpStream::connect("10.3.0.2:8080").unwrap());
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"before").unwrap();
    let mut word = [0; 6];
    server.read_exact(&mut word).unwrap(); // positive control: it works while it is tracked

    let all = sessions(&net);
    let ours = all.iter().find(|one| one.destination_port == 8080).unwrap();
    assert_eq!(ours.source.to_string(), "10.1.20.80");
    assert_eq!(ours.destination.to_string(), "10.3.0.2");
    assert_eq!(ours.protocol, 6);
    assert_eq!(ours.source_port, client.local_addr().unwrap().port());
    assert!(ours.status & 2 != 0 && ours.id.is_some(), "IPS_SEEN_REPLY");

    assert!(net.inside("gw", || Conntrack::open().unwrap().delete(ours).unwrap()));
    assert!(!net.inside("gw", || Conntrack::open().unwrap().delete(ours).unwrap()));
    assert!(
        sessions(&net)
            .iter()
            .all(|one| one.destination_port != 8080)
    );
    client.write_all(b"after").unwrap();
    server
        .set_read_timeout(Some(Duration::from_millis(600)))
        .unwrap();
    let late = server.read(&mut word);
    assert!(late.is_err(), "a cut session carries nothing: {late:?}");

    assert!(readable(&events));
    let mut heard = Vec::new();
    events
        .receive(1_000, &mut |change, one| {
            if one.destination_port == 8080 {
                heard.push(change);
            }
        })
        .unwrap();
    assert_eq!(heard, [Change::Began, Change::Ended]);
}

#[test]
#[ignore = "needs root"]
fn a_later_session_of_the_same_addresses_is_not_cut_for_the_earlier() {
    let Some(net) = Net::new("ctid") else { return };
    tracking(&net);
    let sender = net.socket("lan", "10.1.20.80:4000");
    sender.send_to(b"one", "10.3.0.2:9000").unwrap();
    let first = sessions(&net)
        .into_iter()
        .find(|one| one.destination_port == 9000)
        .unwrap();
    net.inside("gw", || {
        let mut kernel = Conntrack::open().unwrap();
        assert!(kernel.delete(&first).unwrap());
    });
    sender.send_to(b"two", "10.3.0.2:9000").unwrap();
    let second = sessions(&net)
        .into_iter()
        .find(|one| one.destination_port == 9000)
        .unwrap();
    net.inside("gw", || {
        let mut kernel = Conntrack::open().unwrap();
        if first.id != second.id {
            assert!(!kernel.delete(&first).unwrap(), "the id is sent along");
        }
        assert!(kernel.delete(&second).unwrap());
    });
}

#[test]
#[ignore = "needs root"]
fn a_logged_packet_says_where_it_came_from_and_which_rule_dropped_it() {
    let Some(net) = Net::new("log") else { return };
    net.open();
    net.inside("gw", || {
        apply::load("table inet sekimori {\n chain forward {\n type filter hook forward priority 0;\n counter log prefix \"sekimori deny forward\" group 77 drop\n }\n}\n").unwrap();
    });
    let mut group = net.inside("gw", || Group::bind(77).unwrap());
    let taken = net.inside("gw", || Group::bind(77).unwrap_err());
    assert_eq!(taken.kind(), std::io::ErrorKind::PermissionDenied);
    let sender = net.socket("lan", "10.1.20.80:4000");
    for _ in 0..3 {
        sender.send_to(b"sekimori-nonce", "10.3.0.2:53").unwrap();
    }
    let mut seen: Vec<Logged> = Vec::new();
    while seen.len() < 3 {
        assert!(readable(&group), "packets arrive: {} of 3", seen.len());
        group.receive(100, &mut |one| seen.push(one)).unwrap();
    }
    assert_eq!(seen.len(), 3);
    let (lan, off) = net.inside("gw", || {
        let index = |name| nix::net::if_::if_nametoindex(name).unwrap();
        (index("lan0"), index("off0"))
    });
    for one in seen {
        assert_eq!(one.prefix, "sekimori deny forward");
        assert_eq!((one.incoming, one.outgoing), (lan, off));
        assert!(one.untrusted_bytes.ends_with(b"sekimori-nonce"));
        assert_eq!(one.untrusted_bytes.len(), 20 + 8 + 14);
    }
}
