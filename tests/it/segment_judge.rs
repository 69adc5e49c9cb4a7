//! The evaluator about packets and names: each answer, and that an index made
//! once answers at any later moment what one made for the moment answers.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sekimori::policy::{Days, Endpoint, Holidays, Hours, Policy, Protocol, Via, Window};
use sekimori::segment::evaluate::{Carries, Cause, Judge, Packet, Verdict, evaluate, judge};
use sekimori::segment::question::Question;

use crate::segment_policy::{end, facts, flow, overlapping, service, small_body};

fn packet(from: &str, source: &str, destination: &str, carries: Carries) -> Packet {
    Packet {
        from: (from != "gateway").then(|| from.to_owned()),
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        carries,
    }
}

fn answer(policy: &Policy, packet: &Packet) -> String {
    match judge(policy, packet, facts().now) {
        Verdict::Allow { flow } => flow,
        Verdict::Deny(reason) => format!("deny {}", reason.cause.code()),
    }
}

#[test]
fn a_packet_is_judged_by_where_it_arrives_and_where_it_goes() {
    let mut policy = small_body();
    let relay = flow(
        "through",
        end("internet", &["mx"]),
        end("lgwan", &["mail-lgwan"]),
        &[service(Protocol::Tcp, 26, 26)],
        Some(Via::Mail),
    );
    policy.flows.push(relay);
    let (smtp, web) = (Carries::Tcp(25), Carries::Tcp(8443));
    for (from, source, destination, carries, wanted) in [
        ("office", "10.3.0.2", "10.1.20.80", web, "office-web"),
        ("office", "10.3.0.3", "10.1.20.80", web, "deny not-listed"),
        ("lgwan", "10.3.0.2", "10.1.20.80", web, "deny spoofed"),
        ("office", "10.3.0.1", "10.1.20.80", web, "deny spoofed"), // the box's own address
        ("nowhere", "10.3.0.2", "10.1.20.80", web, "deny spoofed"),
        (
            "office",
            "10.3.0.2",
            "10.1.20.80",
            Carries::Tcp(21),
            "deny not-listed",
        ), // expired
        (
            "office",
            "10.3.0.2",
            "10.1.20.80",
            Carries::Other(47),
            "deny not-listed",
        ),
        (
            "internet",
            "198.51.100.10",
            "198.51.100.1",
            smtp,
            "inbound-mail",
        ),
        (
            "internet",
            "198.51.100.10",
            "10.1.20.1",
            smtp,
            "deny far-gateway",
        ),
        (
            "internet",
            "198.51.100.10",
            "10.1.20.80",
            web,
            "deny separated",
        ),
        (
            "internet",
            "127.0.0.1",
            "198.51.100.1",
            smtp,
            "deny spoofed",
        ),
        (
            "internet",
            "198.51.100.10",
            "224.0.0.1",
            smtp,
            "deny no-zone",
        ),
        ("gateway", "10.1.20.1", "10.1.20.25", smtp, "relay"),
        (
            "gateway",
            "10.3.0.1",
            "10.1.20.25",
            smtp,
            "deny far-gateway",
        ),
        ("gateway", "10.9.9.9", "10.1.20.25", smtp, "deny no-zone"),
        // A relay has two halves and no whole.
        (
            "internet",
            "198.51.100.10",
            "198.51.100.1",
            Carries::Tcp(26),
            "through",
        ),
        (
            "gateway",
            "10.1.20.1",
            "10.1.20.25",
            Carries::Tcp(26),
            "through",
        ),
        (
            "internet",
            "198.51.100.10",
            "10.1.20.25",
            Carries::Tcp(26),
            "deny separated",
        ),
        (
            "office",
            "::ffff:10.3.0.2",
            "10.1.20.80",
            web,
            "deny spoofed",
        ),
    ] {
        let packet = packet(from, source, destination, carries);
        assert_eq!(answer(&policy, &packet), wanted, "{packet:?}");
    }
}

#[test]
fn what_leaves_the_box_needs_a_carrier() {
    let mut policy = small_body();
    let to = end("lgwan", &["web"]);
    let services = [service(Protocol::Tcp, 80, 80)];
    policy
        .flows
        .push(flow("bare", Endpoint::Gateway, to, &services, None));
    let asked = packet("gateway", "10.1.20.1", "10.1.20.80", Carries::Tcp(80));
    assert_eq!(answer(&policy, &asked), "deny not-listed");
}

#[test]
fn names_are_answered_label_by_label_and_only_the_proxy_is_missing() {
    let mut policy = small_body();
    let mut update = flow(
        "update",
        end("lgwan", &["web"]),
        end("internet", &[]),
        &[service(Protocol::Tcp, 443, 443)],
        Some(Via::Proxy),
    );
    update.names = vec!["*.update.example.jp".into(), "av.example".into()];
    policy.flows.push(update);
    let now = Some(facts().now);
    let cause = |from: &str, url: &str| {
        let question = Question::parse(&policy, from, url, None).unwrap();
        let index = Judge::new(&policy, facts().now);
        let proxy =
            matches!(index.by_name(&question, now), Verdict::Allow { flow } if flow == "update");
        match evaluate(&policy, &question, now) {
            Verdict::Allow { flow } => panic!("{flow} passes without a proxy"),
            Verdict::Deny(reason) => (proxy, reason.cause),
        }
    };
    for (from, url, allowed) in [
        ("web", "https://av.example/x", true),
        ("web", "https://AV.Example./", true),
        ("web", "https://a.b.update.example.jp", true),
        ("web", "https://update.example.jp", false),
        ("web", "https://evilupdate.example.jp", false),
        ("web", "https://x.update.example.jp.evil.example", false),
        ("web", "https://av.example:8443", false),
        ("web", "http://av.example", false),
        ("lgwan", "https://av.example", false), // only one of its hosts may
        ("mx", "https://av.example", false),
    ] {
        let wanted = if allowed {
            Cause::NoProxy
        } else {
            Cause::NotListed
        };
        assert_eq!(cause(from, url), (allowed, wanted), "{from} {url}");
    }
    assert_eq!(
        cause("10.9.9.9", "https://av.example"),
        (false, Cause::NoZone)
    );
}

prop_compose! {
    fn any_packet()(
        from in prop::sample::select(vec!["office", "lgwan", "internet", "gateway"]),
        source in prop::sample::select(vec![
            "10.3.0.2", "10.3.0.3", "10.3.1.9", "10.1.20.80", "10.1.20.1", "10.1.20.70",
            "198.51.100.10", "198.51.100.1", "8.8.8.8", "127.0.0.1",
        ]),
        destination in prop::sample::select(vec![
            "10.3.0.1", "10.3.0.2", "10.1.20.25", "10.1.20.63", "10.1.20.80", "10.1.20.100",
            "198.51.100.1", "198.51.100.10", "224.0.0.1",
        ]),
        carries in prop_oneof![
            (20_u16..30).prop_map(Carries::Tcp),
            (4_985_u16..5_025).prop_map(Carries::Udp),
            Just(Carries::Udp(161)),
            Just(Carries::Tcp(8_443)),
            Just(Carries::Echo),
            (0_u8..=255).prop_map(|protocol| Carries::of(protocol, 25)),
        ],
    ) -> Packet {
        packet(from, source, destination, carries)
    }
}

proptest! {
    #[test]
    fn an_index_answers_at_any_moment_what_a_fresh_one_answers(
        packets in prop::collection::vec(any_packet(), 1..40),
        minutes in -5_000_i64..200_000,
    ) {
        let mut policy = overlapping();
        for (place, flow) in policy.flows.iter_mut().enumerate() {
            if place % 2 == 0 {
                flow.hours = Some(Hours {
                    windows: vec![Window { first: 540, last: 1_020 }],
                    days: Days(0b001_1111),
                    holidays: Holidays::Same,
                });
            }
            if place % 3 == 0 {
                flow.expires = jiff::civil::date(2027, 1, 5);
            }
        }
        let index = Judge::new(&policy, facts().now);
        let later: Timestamp = facts().now + SignedDuration::from_mins(minutes);
        let mut alone: Vec<Policy> = policy.flows.iter().map(|flow| {
            Policy { flows: vec![flow.clone()], ..policy.clone() }
        }).collect();
        alone.sort_by(|one, other| one.flows[0].id.cmp(&other.flows[0].id));
        for packet in packets {
            let fresh = judge(&policy, &packet, later);
            // Whatever finds a flow among many finds what it allows alone.
            let allowed = |only: &&Policy| matches!(judge(only, &packet, later), Verdict::Allow { .. });
            let first = alone.iter().find(allowed).map(|only| only.flows[0].id.clone());
            let found = match &fresh {
                Verdict::Allow { flow } => Some(flow.clone()),
                Verdict::Deny(_) => None,
            };
            prop_assert_eq!(found, first);
            prop_assert_eq!(index.judge(&packet, later), fresh.clone());
            prop_assert_eq!(index.allows_packet(&packet, later), matches!(fresh, Verdict::Allow { .. }));
        }
    }
}
