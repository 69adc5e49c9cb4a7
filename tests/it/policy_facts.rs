//! The configuration against what is around it: this machine's interfaces and
//! addresses, the administrator's own session, what the kernel can hold.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sekimori::cli::check::all;
use sekimori::policy::facts::{Interface, Stage};
use sekimori::policy::{Facts, Policy, Severity, load};
use sekimori::segment::SegmentError;
use sekimori::segment::compile::compile;
use sekimori::segment::expect::{Session, check_session};

use crate::policy::{APPROVED, facts, now, policy, sample, with_flows};

#[test]
fn a_missing_or_enslaved_interface_refuses_an_editor_and_only_warns_at_boot() {
    let live = |name: &str, master: Option<&str>| Interface {
        name: name.to_owned(),
        master: master.map(str::to_owned),
        up: true,
    };
    let interfaces = vec![
        live("wan0", Some("br0")),
        live("lan0", None),
        live("lan1", None),
        live("eth9", None),
    ];
    let mut facts = Facts {
        interfaces: Some(interfaces),
        ..facts()
    };
    let codes = |facts: &Facts| -> Vec<_> {
        let found = all(&sample(), facts);
        found
            .iter()
            .filter(|d| d.code == "E19")
            .map(|d| d.severity)
            .collect()
    };
    let mut found = codes(&facts);
    found.sort_unstable();
    assert_eq!(found, [Severity::Error, Severity::Error, Severity::Warning]);
    facts.stage = Stage::Boot;
    assert_eq!(codes(&facts), [Severity::Warning; 3]);
    assert!(load(&sample(), &facts).is_ok());
}

#[test]
fn a_gateway_address_that_the_box_does_not_have_is_told() {
    let has = |manage: &str| {
        let pairs = [
            ("wan0", "203.0.113.2"),
            ("lan0", "10.1.0.1"),
            ("lan1", "192.168.10.1"),
            ("mgmt0", manage),
        ];
        let interfaces = pairs.map(|(name, _)| Interface {
            name: name.to_owned(),
            master: None,
            up: true,
        });
        let addresses = pairs.map(|(name, own)| (name.to_owned(), vec![own.parse().unwrap()]));
        Facts {
            interfaces: Some(interfaces.to_vec()),
            addresses: Some(addresses.into()),
            ..facts()
        }
    };
    assert_eq!(all(&sample(), &has("192.168.90.1")), []);
    let told = all(&sample(), &has("192.168.90.254"));
    assert_eq!((told.len(), told[0].code), (1, "E19"));
    assert!(
        told[0]
            .message
            .en
            .contains("192.168.90.1 is on no interface of zone management")
    );
    // Addresses come later than the role.
    let boot = Facts {
        stage: Stage::Boot,
        ..has("192.168.90.254")
    };
    assert_eq!(all(&sample(), &boot), []);
}

#[test]
fn whoever_would_cut_their_own_session_is_told() {
    let policy = policy();
    let told = |policy: Option<&Policy>, peer: &str, here: &str| {
        let session = Session {
            peer: peer.parse().unwrap(),
            here: here.parse().unwrap(),
            port: 22,
        };
        check_session(policy, &sample(), &session, now()).map(|d| d.code)
    };
    let policy = Some(&policy);
    assert_eq!(told(policy, "192.168.90.10", "192.168.90.1"), None);
    assert_eq!(
        told(policy, "::ffff:192.168.90.10", "::ffff:192.168.90.1"),
        None
    );
    assert_eq!(told(policy, "192.168.90.11", "192.168.90.1"), Some("E21"));
    assert_eq!(told(policy, "8.8.8.8", "203.0.113.2"), Some("E21"));
    // At another address of the box than the one that the policy opens.
    assert_eq!(told(policy, "192.168.90.10", "192.168.90.254"), Some("E21"));
    assert_eq!(told(policy, "192.168.90.10", "192.168.10.1"), Some("E21"));
    assert_eq!(told(None, "192.168.90.10", "192.168.90.1"), Some("E21"));
}

#[test]
fn a_list_that_spreads_too_far_is_refused_before_anything_is_made_of_it() {
    let many = |net: &str, count: usize| -> Vec<String> {
        (0..count).map(|n| format!("{net}.{n}")).collect()
    };
    let told = |count: usize| -> Vec<&'static str> {
        let hosts = format!(
            "many-office = {{ zone = \"office\", address = {:?} }}\n\
             many-lgwan = {{ zone = \"lgwan\", address = {:?} }}",
            many("192.168.10", count),
            many("10.1.31", 100)
        );
        let flow = format!(
            "[[flow]]\nid = \"wide\"\nfrom = \"office:many-office\"\nto = \"lgwan:many-lgwan\"\n\
             service = [\"tcp/9000\", \"tcp/9002\"]\n{APPROVED}"
        );
        let diagnostics = all(&with_flows("", &hosts, &flow), &facts());
        diagnostics.iter().map(|told| told.code).collect()
    };
    assert_eq!(told(99), Vec::<&str>::new());
    assert_eq!(told(120), ["E11"]);

    let mut policy = policy();
    for (name, net) in [("madoguchi", "192.168.10"), ("gyomu-web", "10.1.31")] {
        let addresses = many(net, 150)
            .iter()
            .map(|one| ipnet::IpNet::from(one.parse::<IpAddr>().unwrap()))
            .collect();
        policy.hosts.get_mut(name).unwrap().addresses = addresses;
    }
    let facts = sekimori::segment::Facts {
        now: now().unwrap(),
        users: BTreeMap::from([("sekimori-mail".to_owned(), 64_123)]),
    };
    assert!(matches!(
        compile(&policy, &facts),
        Err(SegmentError::TooMany)
    ));
}
