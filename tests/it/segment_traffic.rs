//! What the segment role sees of denied and allowed traffic, in namespaces.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use sekimori::audit::Event;
use sekimori::audit::event::DeniedGroup;
use sekimori::policy::LogMode;
use sekimori::run::segment::traffic::Traffic;
use sekimori::segment::observe;
use serde_json::{Value, json};

use ground::received;

use crate::segment_net::{Net, compiled};
use crate::segment_policy::small_body;

/// Namespaces without IPv6, whose own chatter would be denied and counted too.
fn quiet(case: &str) -> Option<Net> {
    let net = Net::new(case)?;
    for side in ["gw", "wan", "lan", "off"] {
        net.inside(side, || {
            std::fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1").unwrap();
        });
    }
    Some(net)
}

fn asked(traffic: &mut Traffic, command: &str) -> Value {
    traffic.answer(command, &json!({})).unwrap().unwrap()
}

/// Asks until the answer is as wanted; a bound, not a measure of time.
fn until(traffic: &mut Traffic, command: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let bound = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = asked(traffic, command);
        if wanted(&answer) {
            return answer;
        }
        let shown: String = answer.to_string().chars().take(2_000).collect();
        assert!(Instant::now() < bound, "{command}: {shown}");
        std::thread::yield_now();
    }
}

fn settled(traffic: &mut Traffic) -> Vec<Event> {
    let mut events = Vec::new();
    traffic
        .settle(&mut |event| {
            events.push(event.clone());
            Ok(())
        })
        .unwrap();
    events
}

#[test]
#[ignore = "needs root"]
fn denied_packets_stand_in_groups_with_their_exact_counts() {
    let Some(net) = quiet("deny") else { return };
    net.put_in_force(&compiled(&small_body()));
    let desk = net.socket("off", "10.3.0.2:4000");
    let web = net.socket("lan", "10.1.20.80:4000");
    net.inside("gw", || {
        let mut traffic = Traffic::new();
        traffic.listen().unwrap();
        for _ in 0..5 {
            desk.send_to(b"x", "10.1.20.80:53").unwrap();
        }
        for _ in 0..3 {
            web.send_to(b"x", "198.51.100.10:53").unwrap();
        }
        desk.send_to(b"x", "10.1.20.80:5001").unwrap(); // allowed: positive control
        let answer = until(&mut traffic, "denied", |answer| answer["seen"] == 8);
        println!("offered 9, of these 8 denied: {answer}");
        assert_eq!(&answer["kernel"], &json!(8));
        let groups: Vec<DeniedGroup> = serde_json::from_value(answer["groups"].clone()).unwrap();
        let shown: Vec<String> = groups
            .iter()
            .map(|one| {
                format!(
                    "{} {}>{} {}>{} {} ×{}",
                    one.hook,
                    one.incoming,
                    one.outgoing,
                    one.source,
                    one.destination,
                    one.service,
                    one.count
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "forward off0>lan0 10.3.0.2>10.1.20.80 udp/53 ×5",
                "forward lan0>wan0 10.1.20.80>198.51.100.10 udp/53 ×3",
            ]
        );
        let captured = traffic
            .answer("capture", &json!({ "after": 0 }))
            .unwrap()
            .unwrap();
        assert_eq!(captured["packets"].as_array().unwrap().len(), 8);

        let events = settled(&mut traffic);
        let hits: Vec<&Event> = events
            .iter()
            .filter(|e| matches!(e, Event::Hits { .. }))
            .collect();
        assert!(
            hits.is_empty(),
            "what was before the first look is not counted: {hits:?}"
        );
        let Event::Denied {
            kernel: 8,
            seen: 8,
            groups,
            others: 0,
        } = &events[0]
        else {
            panic!("{events:?}");
        };
        assert_eq!(groups.len(), 2);
        assert_eq!(
            asked(&mut traffic, "denied")["groups"],
            json!([]),
            "recorded once"
        );
        assert_eq!(settled(&mut traffic), [], "nothing new, nothing recorded");

        desk.send_to(b"x", "10.1.20.80:5001").unwrap();
        let used = until(&mut traffic, "hits", |hits| {
            hits["flows"]["office-log"]["count"] == 1
        });
        println!("{used}");
    });
}

/// A flood at one hook: every packet is counted, a part of it is seen, and
/// what is denied at another hook meanwhile is seen whole.
#[test]
#[ignore = "needs root"]
fn a_flood_is_counted_whole_and_hides_nothing_at_another_hook() {
    let Some(net) = quiet("flood") else { return };
    net.put_in_force(&compiled(&small_body()));
    let flooding = net.socket("off", "10.3.0.2:4000");
    let knocking = net.socket("off", "10.3.0.2:4001");
    let arrived = |net: &Net| received(net, "off0");
    let before = arrived(&net);
    let mut traffic = net.inside("gw", || {
        let mut traffic = Traffic::new();
        traffic.listen().unwrap();
        traffic
    });
    for number in 0..300_000_u32 {
        let port = u16::try_from(10_000 + number % 3_000).unwrap();
        let _ = flooding.send_to(b"flood", ("10.1.20.80", port));
        if number % 60_000 == 0 {
            knocking.send_to(b"knock", "10.3.0.1:9").unwrap();
        }
        if number % 1_000 == 0 {
            net.inside("gw", || traffic.listen().unwrap());
        }
    }
    let offered = arrived(&net) - before;
    net.inside("gw", || {
        let number = |answer: &Value, key: &str| answer[key].as_u64().unwrap();
        let groups = |answer: &Value| -> Vec<DeniedGroup> {
            serde_json::from_value(answer["groups"].clone()).unwrap()
        };
        let knocks = |answer: &Value| -> u64 {
            let groups = groups(answer).into_iter();
            groups
                .filter(|one| one.hook == "input")
                .map(|one| one.count)
                .sum()
        };
        // Of these, too, only what arrives can be counted and seen.
        let knocked = observe::denied().unwrap()["input"];
        assert!(knocked > 0, "a knock arrived");
        let answer = until(&mut traffic, "denied", |answer| knocks(answer) == knocked);
        let (kernel, seen) = (number(&answer, "kernel"), number(&answer, "seen"));
        let grouped: u64 = groups(&answer).iter().map(|group| group.count).sum();
        println!("offered {offered}: kernel dropped {kernel}, seen {seen}");
        assert!(offered > 150_000, "the flood arrived: {offered}");
        assert!(kernel.abs_diff(offered) <= 10, "each is counted"); // ARP is received and no packet
        assert!(
            (5_000..kernel / 2).contains(&seen),
            "a part is seen: {seen}"
        );
        assert_eq!(grouped + number(&answer, "others"), seen);
        assert!(groups(&answer).len() <= 1_000);
    });
}

#[test]
#[ignore = "needs root"]
fn sessions_of_a_logged_flow_are_recorded_at_their_beginning_and_end() {
    let Some(net) = quiet("step") else { return };
    let mut policy = small_body();
    let web = policy
        .flows
        .iter_mut()
        .find(|flow| flow.id == "office-web")
        .unwrap();
    web.log = LogMode::All;
    web.expires = jiff::civil::date(2099, 12, 31);
    net.put_in_force(&compiled(&policy));
    let listener = net.inside("lan", || TcpListener::bind("10.1.20.80:8443").unwrap());
    net.inside("gw", || {
        let mut traffic = Traffic::new();
        traffic.listen().unwrap();
        traffic.follow(Some(&policy)).unwrap();
        for _ in 0..2 {
            let mut client = net.inside("off", || TcpStream::connect("10.1.20.80:8443").unwrap());
            let (mut server, _) = listener.accept().unwrap();
            client.write_all(b"hello").unwrap();
            let mut word = [0; 5];
            server.read_exact(&mut word).unwrap();
        }
        let sessions = until(&mut traffic, "traffic", |answer| {
            !answer["sessions"].as_array().unwrap().is_empty()
        });
        assert_eq!(sessions["sessions"][0]["service"], "tcp/8443");
        assert_eq!(sessions["sessions"][0]["source"], "10.3.0.2");
        // The kernel keeps an ended session for minutes: end them now.
        let mut kernel = sekimori::segment::netlink::conntrack::Conntrack::open().unwrap();
        let mut all = Vec::new();
        kernel.each(&mut |one| all.push(one)).unwrap();
        let cut = all.iter().filter(|one| kernel.delete(one).unwrap()).count();
        assert_eq!(cut, 2);
        let events = settled(&mut traffic);
        let steps: BTreeMap<bool, u64> = events
            .iter()
            .filter_map(|event| match event {
                Event::Sessions {
                    groups,
                    others: 0,
                    lost: false,
                } => Some(groups),
                _ => None,
            })
            .flatten()
            .inspect(|group| assert_eq!(group.flow, "office-web"))
            .map(|group| (group.ended, group.count))
            .collect();
        assert_eq!(steps, BTreeMap::from([(false, 2), (true, 2)]), "{events:?}");
    });
}
