//! Policies as values, for tests of FLOW 1.

use std::collections::BTreeMap;

use jiff::civil::date;
use sekimori::policy::{
    Endpoint, Flow, Host, Limits, LogMode, MailPolicy, Place, Policy, PortRange, Protocol,
    Retention, Site, Via, Zone, ZoneKind,
};
use sekimori::segment::Facts;

/// The moment at which the samples are compiled: noon in Tokyo.
pub const NOW: &str = "2026-11-23T03:00:00Z";
/// A uid that no user of a test machine has.
pub const MAIL_UID: u32 = 64_123;

pub fn facts() -> Facts {
    Facts {
        now: NOW.parse().unwrap(),
        users: BTreeMap::from([("sekimori-mail".to_owned(), MAIL_UID)]),
    }
}

pub fn zone(name: &str, kind: ZoneKind, interface: &str, network: &str, gateway: &str) -> Zone {
    Zone {
        name: name.into(),
        kind,
        interfaces: vec![interface.into()],
        networks: vec![network.parse().unwrap()],
        except: Vec::new(),
        networks6: Vec::new(),
        gateway: vec![gateway.parse().unwrap()],
    }
}

pub fn host(zone: &str, address: &str) -> Host {
    let net = address
        .parse()
        .unwrap_or_else(|_| ipnet::IpNet::from(address.parse::<std::net::IpAddr>().unwrap()));
    Host {
        zone: zone.into(),
        addresses: vec![net],
        asset: None,
    }
}

pub fn end(zone: &str, hosts: &[&str]) -> Endpoint {
    Endpoint::Zone {
        zone: zone.into(),
        hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
    }
}

pub fn service(protocol: Protocol, first: u16, last: u16) -> PortRange {
    PortRange {
        protocol,
        first,
        last,
    }
}

pub fn flow(
    id: &str,
    from: Endpoint,
    to: Endpoint,
    services: &[PortRange],
    via: Option<Via>,
) -> Flow {
    Flow {
        id: id.into(),
        place: Place {
            file: "flows.d/test.toml".into(),
            line: 1,
            column: 1,
        },
        from,
        to,
        services: services.to_vec(),
        names: Vec::new(),
        via,
        purpose: "試験".into(),
        owner: "sato".into(),
        approved_by: "ciso".into(),
        approved_on: date(2026, 4, 1),
        ticket: "情セ-R8-001".into(),
        expires: date(2036, 3, 31), // the kernel counts from the real day
        clause: None,
        class: None,
        log: LogMode::Denied,
        hours: None,
        rate: None,
        trial_until: None,
        volume: sekimori::policy::Volume::default(),
    }
}

/// Internet, LGWAN and office; mail by relay, one office flow of each form.
pub fn small_body() -> Policy {
    let tcp = |port| service(Protocol::Tcp, port, port);
    let mut internet = zone(
        "internet",
        ZoneKind::Internet,
        "wan0",
        "0.0.0.0/0",
        "198.51.100.1",
    );
    internet.except = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .map(|net| net.parse().unwrap())
        .to_vec();
    let zones = [
        internet,
        zone("lgwan", ZoneKind::Lgwan, "lan0", "10.1.0.0/16", "10.1.20.1"),
        zone(
            "office",
            ZoneKind::Internal,
            "off0",
            "10.3.0.0/16",
            "10.3.0.1",
        ),
    ];
    let mut web = flow(
        "office-web",
        end("office", &["desk"]),
        end("lgwan", &["web"]),
        &[tcp(8443)],
        None,
    );
    web.log = LogMode::New;
    let mut expired = flow(
        "old-ftp",
        end("office", &["desk"]),
        end("lgwan", &["web"]),
        &[tcp(21)],
        None,
    );
    expired.expires = date(2026, 11, 22);
    Policy {
        site: Site {
            id: "nishi".into(),
            name: "西広域行政組合".into(),
            timezone: "Asia/Tokyo".into(),
            review_days: 365,
            contact: "内線 1234".into(),
            policy_title: "情報セキュリティポリシー".into(),
            holidays: std::collections::BTreeSet::new(),
            unused_days: 90,
        },
        people: BTreeMap::new(),
        clauses: BTreeMap::new(),
        zones: zones
            .into_iter()
            .map(|zone| (zone.name.clone(), zone))
            .collect(),
        hosts: [
            ("mx", host("internet", "198.51.100.10")),
            ("mail-lgwan", host("lgwan", "10.1.20.25")),
            ("web", host("lgwan", "10.1.20.80")),
            ("desk", host("office", "10.3.0.2")),
        ]
        .map(|(name, host)| (name.to_owned(), host))
        .into_iter()
        .collect(),
        groups: BTreeMap::new(),
        services: BTreeMap::new(),
        flows: vec![
            flow(
                "inbound-mail",
                end("internet", &["mx"]),
                Endpoint::Gateway,
                &[tcp(25)],
                Some(Via::Mail),
            ),
            expired,
            flow(
                "office-log",
                end("office", &[]),
                end("lgwan", &["web"]),
                &[service(Protocol::Udp, 5000, 5010)],
                None,
            ),
            flow(
                "office-ping",
                end("office", &["desk"]),
                end("lgwan", &["web"]),
                &[service(Protocol::Icmp, 0, 0)],
                None,
            ),
            web,
            flow(
                "relay",
                Endpoint::Gateway,
                end("lgwan", &["mail-lgwan"]),
                &[tcp(25)],
                Some(Via::Mail),
            ),
        ],
        expects: Vec::new(),
        domains: Vec::new(),
        mail: MailPolicy {
            hostname: "gw.example.jp".into(),
            listen: Vec::new(),
            max_size: 1 << 20,
            max_sessions: 10,
            max_sessions_per_address: 2,
            min_free_bytes: 0,
            paint_qr_codes: false,
            drop_comments: false,
            accept_changes: false,
            keep_pdf_links: false,
            treat: Vec::new(),
        },
        limits: Limits::default(),
        retention: Retention {
            original_days: 30,
            audit_days: 365,
        },
        sha256: "00".into(),
    }
}

/// The same with IPv6 on the office and LGWAN sides.
pub fn both_families() -> Policy {
    let mut policy = small_body();
    for (zone, network, gateway) in [
        ("lgwan", "2001:db8:1::/48", "2001:db8:1::1"),
        ("office", "2001:db8:3::/48", "2001:db8:3::1"),
    ] {
        let zone = policy.zones.get_mut(zone).unwrap();
        zone.networks6 = vec![network.parse().unwrap()];
        zone.gateway.push(gateway.parse().unwrap());
    }
    policy
        .hosts
        .get_mut("desk")
        .unwrap()
        .addresses
        .push("2001:db8:3::2/128".parse().unwrap());
    policy
        .hosts
        .get_mut("web")
        .unwrap()
        .addresses
        .push("2001:db8:1::80/128".parse().unwrap());
    policy
}

/// Flows that overlap in every way an interval set refuses.
pub fn overlapping() -> Policy {
    let mut policy = small_body();
    policy
        .hosts
        .insert("floor".into(), host("office", "10.3.0.0/24"));
    policy
        .hosts
        .insert("servers".into(), host("lgwan", "10.1.20.64/26"));
    let udp = |first, last| service(Protocol::Udp, first, last);
    policy.flows.extend([
        flow(
            "a-floor",
            end("office", &["floor"]),
            end("lgwan", &["web"]),
            &[udp(4990, 5005)],
            None,
        ),
        flow(
            "b-all",
            end("office", &[]),
            end("lgwan", &["servers"]),
            &[udp(5000, 5000)],
            None,
        ),
        flow(
            "c-all",
            end("office", &[]),
            end("lgwan", &[]),
            &[udp(5004, 5020)],
            None,
        ),
        flow(
            "d-back",
            end("lgwan", &["servers"]),
            end("office", &["floor"]),
            &[udp(161, 161)],
            None,
        ),
    ]);
    policy
}
