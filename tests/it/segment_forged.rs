//! Packets that no host would send: what conntrack might take for related or
//! established. Each with its positive control.

use std::net::SocketAddr;
use std::process::Command;

use ground::Seen;
use sekimori::policy::Protocol;

use crate::segment_net::{Net, compiled, offered};
use crate::segment_policy::{end, flow, service, small_body};

/// Sends one raw IPv4 packet from a namespace: ICMP error or TCP segment.
const FORGE: &str = r"
import socket, struct, sys
kind, source, target, length = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def check(b):
    b += b'\0' * (len(b) % 2)
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def header(protocol, a, b, size):
    return struct.pack('!BBHHHBBH4s4s', 69, 0, 20 + size, 1, 0, 64, protocol, 0, socket.inet_aton(a), socket.inet_aton(b))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
if kind == 'ack':
    tcp = struct.pack('!HHIIBBHHH', 40000, 8443, 7, 7, 80, 24, 512, 0, 0) + b'covert'
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack('!BBH', 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack('!H', check(pseudo + tcp)) + tcp[18:]
    raw.sendto(header(6, source, target, len(tcp)) + tcp, (target, 0))
else:
    desk, web = ('10.3.0.2', 40001), ('10.1.20.80', 5005)
    there, back = (desk, web) if target == desk[0] else (web, desk)
    inner = header(17, there[0], back[0], 16)
    inner = inner[:10] + struct.pack('!H', check(inner)) + inner[12:] + struct.pack('!HHHH', there[1], back[1], 16, 0)
    kind, code = {'redirect': (5, 1), 'unreachable': (3, 1)}[kind]
    icmp = struct.pack('!BBHI', kind, code, 0, 0) + inner + b'x' * (length - len(inner) - 28)
    icmp = icmp[:2] + struct.pack('!H', check(icmp)) + icmp[4:]
    raw.sendto(header(1, source, target, len(icmp)) + icmp, (target, 0))
";

fn forge(net: &Net, side: &str, arguments: &str) {
    let mut words = vec![
        "netns".to_owned(),
        "exec".into(),
        format!("{}-{side}", net.prefix),
    ];
    words.extend(["/usr/bin/python3", "-c", FORGE].map(str::to_owned));
    words.extend(arguments.split(' ').map(str::to_owned));
    let done = Command::new("ip").args(&words).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
#[ignore = "needs root"]
fn a_forged_redirect_a_large_icmp_error_and_a_mid_stream_segment_do_not_cross() {
    let Some(net) = Net::new("forge") else { return };
    net.put_in_force(&compiled(&small_body()));
    let receiver = net.socket("lan", "10.1.20.80:5005");
    let desk = net.socket("off", "10.3.0.2:40001");
    assert_eq!(
        offered(
            &desk,
            SocketAddr::from(([10, 1, 20, 80], 5005)),
            &receiver,
            1
        ),
        1,
        "a tracked flow"
    );
    let errors = Seen::of(&net, "off", "ip protocol icmp ip saddr 10.1.20.80", "");
    let segments = Seen::of(&net, "lan", "ip protocol tcp", "");
    forge(&net, "lan", "unreachable 10.1.20.80 10.3.0.2 120");
    assert_eq!(errors.count(), 1, "an error of a tracked flow passes");
    let hostile = [
        ("lan", "redirect 10.1.20.80 10.3.0.2 120"),
        ("lan", "redirect 10.1.20.80 10.3.0.2 400"),
        ("lan", "unreachable 10.1.20.80 10.3.0.2 700"),
        ("wan", "unreachable 10.1.20.80 10.3.0.2 120"),
    ];
    for (side, packet) in hostile {
        forge(&net, side, packet);
        assert_eq!(errors.count(), 1, "{packet} from {side}");
    }
    forge(&net, "off", "ack 10.3.0.2 10.1.20.80 0");
    assert_eq!(
        segments.count(),
        0,
        "a segment in the middle of no connection, on an allowed tuple"
    );
    net.open();
    for (count, (side, packet)) in (2..).zip(hostile) {
        forge(&net, side, packet);
        assert_eq!(errors.count(), count, "positive control: {packet}");
    }
    forge(&net, "off", "ack 10.3.0.2 10.1.20.80 0");
    assert_eq!(segments.count(), 1, "positive control");
    println!("5 forged packets offered, 0 passed; without rules 5 passed");
}

#[test]
#[ignore = "needs root"]
fn an_error_comes_from_the_zone_of_the_other_end_alone() {
    let Some(net) = Net::new("errors") else {
        return;
    };
    let mut policy = small_body();
    let udp = service(Protocol::Udp, 5005, 5005);
    let (office, internet) = (end("office", &[]), end("internet", &[]));
    policy
        .flows
        .push(flow("office-out", office, internet, &[udp], None));
    net.put_in_force(&compiled(&policy));
    let web = SocketAddr::from(([10, 1, 20, 80], 5005));
    let receiver = net.socket("lan", "10.1.20.80:5005");
    let desk = net.socket("off", "10.3.0.2:40001");
    assert_eq!(offered(&desk, web, &receiver, 1), 1, "a tracked session");
    let to_desk = Seen::of(&net, "off", "ip protocol icmp", "");
    let to_web = Seen::of(&net, "lan", "ip protocol icmp", "");
    // From either end, and from a host on the way to it.
    forge(&net, "lan", "unreachable 10.1.20.80 10.3.0.2 120");
    forge(&net, "lan", "unreachable 10.1.7.7 10.3.0.2 120");
    assert_eq!(to_desk.count(), 2, "about what goes to LGWAN, from there");
    forge(&net, "off", "unreachable 10.3.0.2 10.1.20.80 120");
    assert_eq!(to_web.count(), 1, "about what goes back, from the office");
    // The internet has a flow with the office too, but no part in this session.
    let stranger = "unreachable 198.51.100.10 10.3.0.2 120";
    forge(&net, "wan", stranger);
    assert_eq!(to_desk.count(), 2, "about what never was there");
    net.open();
    forge(&net, "wan", stranger);
    assert_eq!(to_desk.count(), 3, "positive control");
}
