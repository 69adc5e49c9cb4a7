//! Denials as people are told of them: drafts, what would pass and what would
//! stop, counts that add up. No kernel needed.

use std::net::IpAddr;

use jiff::Timestamp;
use sekimori::segment::consequence::{consequences, named};
use sekimori::segment::denials::{Account, Denial, Hook, draft};
use sekimori::segment::header::Header;
use sekimori::segment::tally::Seen;
use sekimori::segment::traffic::Session;

use crate::segment_policy::{NOW, small_body};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn denial(
    hook: Hook,
    incoming: &str,
    outgoing: &str,
    from: &str,
    to: &str,
    service: &str,
) -> Denial {
    Denial {
        header: Header {
            source: from.parse().unwrap(),
            destination: to.parse().unwrap(),
            service: service.parse().unwrap(),
            opening: true,
        },
        hook,
        incoming: incoming.to_owned(),
        outgoing: outgoing.to_owned(),
    }
}

fn asked(denial: &Denial) -> Option<String> {
    draft(&small_body(), denial, now())
}

#[test]
fn a_draft_names_hosts_and_is_signed_by_nobody() {
    let known = denial(
        Hook::Forward,
        "off0",
        "lan0",
        "10.3.0.2",
        "10.1.20.80",
        "udp/53",
    );
    let text = asked(&known).unwrap();
    assert!(
        text.contains("from     = \"office:desk\"") && text.contains("to       = \"lgwan:web\""),
        "{text}"
    );
    assert!(
        text.contains("owner    = \"\"") && text.contains("by = \"\""),
        "{text}"
    );
    assert!(!text.contains("[hosts]"), "both have names");
    let strange = denial(
        Hook::Forward,
        "off0",
        "lan0",
        "10.3.0.99",
        "10.1.20.80",
        "icmp",
    );
    let text = asked(&strange).unwrap();
    assert!(
        text.contains("# host-10-3-0-99 = { zone = \"office\", address = \"10.3.0.99\" }"),
        "{text}"
    );
    let box_itself = denial(Hook::Input, "off0", "", "10.3.0.2", "10.3.0.1", "tcp/22");
    assert!(
        asked(&box_itself)
            .unwrap()
            .contains("to       = \"gateway\"")
    );
}

#[test]
fn what_no_flow_may_allow_gets_no_draft() {
    let never = [
        denial(
            Hook::Forward,
            "lan0",
            "wan0",
            "10.1.20.80",
            "198.51.100.10",
            "tcp/443",
        ), // LGWAN to internet
        denial(
            Hook::Prerouting,
            "wan0",
            "",
            "10.1.20.80",
            "198.51.100.1",
            "tcp/25",
        ), // forged source
        denial(Hook::Input, "off0", "", "10.3.0.2", "10.1.20.1", "tcp/22"), // far gateway
        denial(
            Hook::Forward,
            "off0",
            "lan0",
            "10.3.0.2",
            "10.1.20.80",
            "ip/47",
        ), // no service of ours
        denial(
            Hook::Forward,
            "new0",
            "lan0",
            "10.3.0.2",
            "10.1.20.80",
            "tcp/1",
        ), // in no zone
        denial(
            Hook::Forward,
            "off0",
            "lan0",
            "10.3.0.2",
            "10.1.20.80",
            "tcp/8443",
        ), // allowed already
    ];
    for one in &never {
        assert_eq!(asked(one), None, "{one:?}");
    }
    let mut stray = denial(
        Hook::Forward,
        "off0",
        "lan0",
        "10.3.0.2",
        "10.1.20.80",
        "tcp/52000",
    );
    assert!(asked(&stray).is_some(), "positive control");
    stray.header.opening = false;
    assert_eq!(asked(&stray), None, "an answer's port is nobody's service");
}

#[test]
fn a_denial_survives_the_record_and_the_counts_add_up() {
    let one = denial(
        Hook::Forward,
        "off0",
        "lan0",
        "10.3.0.2",
        "10.1.20.80",
        "udp/53",
    );
    let seen = Seen::once(now());
    assert_eq!(Denial::read(&one.written(seen)), Some((one.clone(), seen)));
    let groups = [one.written(seen)];
    let mut account = Account::new(10);
    account.begin(100);
    account.add(150, 41, &groups, 40);
    account.add(7, 2, &groups, 1); // loaded anew meanwhile
    assert_eq!(
        (account.dropped, account.seen, account.unseen()),
        (57, 43, 14)
    );
    assert_eq!(account.denials.total(), 43);
}

#[test]
fn a_plan_tells_only_what_changes() {
    let before = small_body();
    let mut after = small_body();
    after.flows.retain(|flow| flow.id != "office-web");
    let mut new = before
        .flows
        .iter()
        .find(|flow| flow.id == "office-log")
        .unwrap()
        .clone();
    new.id = "office-dns".into();
    for range in &mut new.services {
        (range.first, range.last) = (53, 53);
    }
    after.flows.push(new);
    let seen = Seen::once(now());
    let denials = [
        (
            denial(
                Hook::Forward,
                "off0",
                "lan0",
                "10.3.0.2",
                "10.1.20.80",
                "udp/53",
            ),
            seen,
        ),
        (
            denial(
                Hook::Forward,
                "off0",
                "lan0",
                "10.3.0.2",
                "10.1.20.80",
                "udp/54",
            ),
            seen,
        ),
    ];
    let session = |service: &str| {
        let session = Session {
            source: "10.3.0.2".parse().unwrap(),
            destination: "10.1.20.80".parse().unwrap(),
            service: service.parse().unwrap(),
        };
        (session, seen)
    };
    let sessions = [session("tcp/8443"), session("udp/5001"), session("tcp/9")];
    let found = consequences(Some(&before), &after, &denials, &sessions, now());
    let opened: Vec<(String, &str)> = found
        .opened
        .iter()
        .map(|one| (one.denial.header.service.to_string(), one.flow.as_str()))
        .collect();
    assert_eq!(opened, [("udp/53".to_owned(), "office-dns")]);
    let closed: Vec<(String, &str)> = found
        .closed
        .iter()
        .map(|one| (one.session.service.to_string(), one.flow.as_str()))
        .collect();
    assert_eq!(closed, [("tcp/8443".to_owned(), "office-web")]);
    assert_eq!(
        consequences(Some(&after), &after, &denials, &sessions, now()),
        Default::default()
    );
    let first = consequences(None, &after, &denials, &sessions, now());
    assert_eq!(
        (first.opened.len(), first.closed.len()),
        (1, 0),
        "before the first revision nothing passes"
    );
    let address = |text: &str| named(&before, text.parse::<IpAddr>().unwrap());
    assert_eq!(address("10.3.0.1"), "10.3.0.1 (gateway)");
    assert_eq!(address("10.3.0.2"), "10.3.0.2 (office:desk)");
}
