//! Rates and trials in a kernel: real connections, and a read-back that is
//! equal although a meter remembers sources.

use std::net::{SocketAddr, UdpSocket};

use jiff::civil::date;
use sekimori::policy::{Per, Protocol, Rate};

use crate::segment_net::{Net, arrived, compiled, ip};
use crate::segment_policy::{end, flow, host, service, small_body};

#[test]
#[ignore = "needs root"]
fn a_rate_lets_each_source_begin_so_many_and_no_more() {
    let Some(net) = Net::new("rate") else { return };
    ip(&format!(
        "-n {}-off addr add 10.3.0.3/16 dev eth0",
        net.prefix
    ));
    let mut policy = small_body();
    policy
        .hosts
        .insert("other".into(), host("office", "10.3.0.3"));
    let mut rated = flow(
        "rated",
        end("office", &["desk", "other"]),
        end("lgwan", &["web"]),
        &[service(Protocol::Udp, 6_000, 6_000)],
        None,
    );
    rated.rate = Some(Rate {
        connections: 3,
        per: Per::Hour,
    });
    policy.flows.push(rated);
    let ruleset = compiled(&policy);
    net.put_in_force(&ruleset);
    let receiver = net.socket("lan", "10.1.20.80:6000");
    let begun = |source: &str| -> usize {
        let sockets: Vec<UdpSocket> = (0..10)
            .map(|_| net.socket("off", &format!("{source}:0")))
            .collect();
        for socket in &sockets {
            let _ = socket.send_to(b"sekimori", SocketAddr::from(([10, 1, 20, 80], 6_000)));
        }
        arrived(&receiver)
    };
    assert_eq!(begun("10.3.0.2"), 3);
    assert_eq!(begun("10.3.0.2"), 0, "its allowance is used up");
    assert_eq!(begun("10.3.0.3"), 3, "each source has its own");
    let (drift, _) = net
        .inside("gw", || sekimori::segment::observe_drift(&ruleset))
        .unwrap();
    assert!(drift.is_empty(), "{drift}");
    // A change elsewhere leaves the meter as it is.
    policy.flows.retain(|flow| flow.id != "office-web");
    net.put_in_force(&compiled(&policy));
    assert_eq!(begun("10.3.0.2"), 0);
    net.open();
    assert_eq!(begun("10.3.0.2"), 10, "without rules all pass");
}

#[test]
#[ignore = "needs root"]
fn a_trial_passes_and_reads_back_equal() {
    let Some(net) = Net::new("trial") else { return };
    let mut policy = small_body();
    let mut trial = flow(
        "tried",
        end("office", &["desk"]),
        end("lgwan", &[]),
        &[service(Protocol::Udp, 6_000, 6_010)],
        None,
    );
    trial.trial_until = Some(date(2036, 1, 31));
    trial.rate = Some(Rate {
        connections: 5,
        per: Per::Minute,
    });
    policy.flows.push(trial);
    let ruleset = compiled(&policy);
    net.put_in_force(&ruleset);
    let receiver = net.socket("lan", "10.1.20.80:6003");
    let sender = net.socket("off", "10.3.0.2:0");
    sender.send_to(b"sekimori", "10.1.20.80:6003").unwrap();
    assert_eq!(arrived(&receiver), 1);
    let (drift, _) = net
        .inside("gw", || sekimori::segment::observe_drift(&ruleset))
        .unwrap();
    assert!(drift.is_empty(), "{drift}");
}
