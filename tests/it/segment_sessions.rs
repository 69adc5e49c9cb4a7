//! What the kernel tells: sessions of flows that are gone end, the others do
//! not notice; who changed rules is heard, and what was not heard is known.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use sekimori::policy::{Policy, Protocol};
use sekimori::segment::netlink::changes::Changes;
use sekimori::segment::sessions::end_uncovered;

use crate::segment_net::{Net, compiled, ip};
use crate::segment_policy::{end, facts, flow, service, small_body};

/// From the desk to `port` of the web server, with an echo behind it.
fn session(net: &Net, port: u16) -> TcpStream {
    let listener = net.inside("lan", || TcpListener::bind(("10.1.20.80", port)).unwrap());
    let echo = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            if stream.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    };
    std::thread::spawn(echo);
    let address = ([10, 1, 20, 80], port).into();
    net.inside("off", || {
        TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap()
    })
}

fn echoes(stream: &mut TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut bytes = [0; 8];
    stream.write_all(b"sekimori").unwrap();
    stream.read_exact(&mut bytes).is_ok()
}

fn with_second(mut policy: Policy) -> Policy {
    policy.flows.push(flow(
        "office-second",
        end("office", &["desk"]),
        end("lgwan", &["web"]),
        &[service(Protocol::Tcp, 8444, 8444)],
        None,
    ));
    policy
}

#[test]
#[ignore = "needs root"]
fn sessions_of_a_removed_flow_end_and_others_go_on() {
    let Some(net) = Net::new("sess") else { return };
    let now = facts().now;
    let policy = with_second(small_body());
    net.put_in_force(&compiled(&policy));
    let (mut gone, mut stays) = (session(&net, 8443), session(&net, 8444));
    assert!(echoes(&mut gone) && echoes(&mut stays));
    let nothing = net
        .inside("gw", || end_uncovered(Some(&policy), now))
        .unwrap();
    assert_eq!(nothing.count, 0, "{nothing:?}");

    let mut fewer = policy.clone();
    fewer.flows.retain(|flow| flow.id != "office-web");
    net.put_in_force(&compiled(&fewer));
    assert!(
        echoes(&mut gone),
        "the control: rules alone end no session (measured)"
    );
    let ended = net
        .inside("gw", || end_uncovered(Some(&fewer), now))
        .unwrap();
    assert_eq!(ended.count, 1, "{ended:?}");
    assert!(ended.named[0].starts_with("tcp 10.3.0.2:") && ended.named[0].ends_with(":8443"));
    assert!(!echoes(&mut gone));
    assert!(echoes(&mut stays), "and is not disturbed");

    // On the day after its last, without any change of the policy.
    let mut ends = policy.clone();
    for flow in ends
        .flows
        .iter_mut()
        .filter(|flow| flow.id == "office-second")
    {
        flow.expires = "2026-11-23".parse().unwrap();
    }
    let next_day = "2026-11-23T15:00:00Z".parse().unwrap(); // midnight in Tokyo
    let before = "2026-11-23T14:59:59Z".parse().unwrap();
    let at = |now| {
        net.inside("gw", || end_uncovered(Some(&ends), now))
            .unwrap()
    };
    assert_eq!(at(before).count, 0);
    assert_eq!(at(next_day).count, 1);
    assert!(!echoes(&mut stays), "nothing picks it up in the middle");
}

#[test]
#[ignore = "needs root"]
fn whoever_commits_rules_is_heard_and_an_overrun_is_told() {
    let Some(net) = Net::new("heard") else { return };
    let mut changes = net.inside("gw", || Changes::subscribe().unwrap());
    net.put_in_force(&compiled(&small_body()));
    let own = changes.take().unwrap();
    assert!(!own.authors.is_empty() && !own.overrun);
    assert!(
        own.authors
            .iter()
            .all(|author| sekimori::segment::apply::was_ours(author.process)),
        "{own:?}"
    );
    assert!(
        !sekimori::segment::apply::was_ours(own.authors[0].process),
        "a process id that comes again is somebody else's"
    );
    let gateway = format!("{}-gw", net.prefix);
    ip(&format!(
        "netns exec {gateway} nft add rule inet sekimori forward accept"
    ));
    let heard = changes.take().unwrap();
    assert_eq!(heard.authors.len(), 1, "{heard:?}");
    assert_eq!(heard.authors[0].untrusted_name, "nft");
    assert!(!sekimori::segment::apply::was_ours(
        heard.authors[0].process
    ));
    assert_eq!(changes.take().unwrap().authors, [], "each is told once");
    // More news than fit: nothing of it may be taken for silence.
    let elements: Vec<String> = (0..20_000_u32)
        .map(|n| format!("10.9.{}.{}", n >> 8 & 255, n & 255))
        .collect();
    let fill = format!(
        "add table inet other\nadd set inet other s {{ type ipv4_addr; }}\nflush set inet other s\nadd element inet other s {{ {} }}\n",
        elements.join(", ")
    );
    for _ in 0..40 {
        net.inside("gw", || sekimori::segment::apply::load(&fill).unwrap());
    }
    assert!(changes.take().unwrap().overrun);
}
