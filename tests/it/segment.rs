//! FLOW 1 as text: policy -> rule set, held against golden files.

use jiff::civil::date;
use proptest::prelude::*;
use sekimori::policy::{Days, Flow, Holidays, Hours, LogMode, Per, Policy, Protocol, Rate, Window};
use sekimori::segment::{SegmentError, compile, compile::deny_all};

use crate::segment_policy::{both_families, facts, overlapping, service, small_body};

fn golden(case: &str, policy: &Policy) {
    let ruleset = compile(policy, &facts()).unwrap();
    let notes: Vec<_> = ruleset.notes.iter().map(|note| note.en.clone()).collect();
    let switches: Vec<_> = sekimori::segment::sysctl::forwarding(ruleset.forwarding, &[])
        .iter()
        .chain(&ruleset.sysctls)
        .map(|switch| format!("{} = {}", switch.path, switch.value))
        .collect();
    insta::with_settings!({snapshot_path => format!("../golden/{case}"), prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("ruleset.nft", ruleset.to_string());
        insta::assert_snapshot!("switches", switches.join("\n"));
        insta::assert_snapshot!("notes", notes.join("\n"));
    });
}

#[test]
fn golden_small_body() {
    golden("small-body", &small_body());
}

#[test]
fn golden_both_families() {
    golden("both-families", &both_families());
}

#[test]
fn golden_overlapping() {
    golden("overlapping", &overlapping());
}

/// One office flow in each form; everything else as in the small body.
fn in_form(case: &str, form: impl FnOnce(&mut Flow)) {
    let mut policy = small_body();
    let place = policy.flows.iter().position(|flow| flow.id == "office-web");
    let web = &mut policy.flows[place.unwrap()];
    web.log = LogMode::Denied;
    form(web);
    policy.flows.retain(|flow| flow.id == "office-web");
    golden(&format!("form/{case}"), &policy);
}

#[test]
fn golden_forms() {
    in_form("exact", |_| {});
    in_form("range", |flow| {
        flow.services = vec![service(Protocol::Udp, 5_000, 5_010)];
    });
    in_form("logged", |flow| flow.log = LogMode::All);
    in_form("rate", |flow| {
        flow.rate = Some(Rate {
            connections: 30,
            per: Per::Minute,
        });
    });
    in_form("trial", |flow| flow.trial_until = Some(date(2026, 12, 31)));
    let hours = |first, last| Hours {
        windows: vec![Window { first, last }],
        days: Days::ALL,
        holidays: Holidays::Same,
    };
    in_form("hours-open", |flow| flow.hours = Some(hours(540, 1_020)));
    in_form("hours-closed", |flow| flow.hours = Some(hours(60, 300)));
    golden("form/ipv6", &both_families());
    golden("form/cut", &sekimori::segment::cut::closed(&small_body()));
}

#[test]
fn a_rate_has_one_meter_and_is_asked_last() {
    let mut policy = overlapping();
    let flow = policy
        .flows
        .iter_mut()
        .find(|flow| flow.id == "office-log")
        .unwrap();
    flow.rate = Some(Rate {
        connections: 3,
        per: Per::Second,
    });
    let ruleset = compile(&policy, &facts()).unwrap();
    let meters = ruleset.sets.iter().filter(|set| set.is_meter()).count();
    assert_eq!(meters, 1);
    let chain = ruleset
        .chains
        .iter()
        .find(|chain| chain.name == "pair.office.lgwan")
        .unwrap();
    assert!(
        chain
            .rules
            .last()
            .unwrap()
            .contains("update @meter.4.office-log")
    );
}

#[test]
fn golden_deny_all() {
    insta::with_settings!({snapshot_path => "../golden/deny-all", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("ruleset.nft", deny_all().to_string());
    });
}

#[test]
fn every_base_chain_ends_in_a_counted_logged_drop() {
    for ruleset in [deny_all(), compile(&overlapping(), &facts()).unwrap()] {
        let base: Vec<_> = ruleset
            .chains
            .iter()
            .filter(|chain| chain.hook.is_some())
            .collect();
        assert_eq!(base.len(), 6);
        for chain in base {
            let [.., logged, last] = chain.rules.as_slice() else {
                panic!("{chain}")
            };
            assert!(logged.ends_with(" group 77"), "{logged}");
            assert_eq!(last, "counter drop");
        }
    }
}

#[test]
fn a_mail_flow_never_makes_a_forwarding_rule() {
    let mut policy = small_body();
    policy.flows.retain(|flow| flow.via.is_some());
    let ruleset = compile(&policy, &facts()).unwrap();
    assert!(!ruleset.forwarding.ipv4 && !ruleset.forwarding.ipv6);
    assert!(!ruleset.to_string().contains("pair."));
}

#[test]
fn a_missing_role_user_is_an_error_that_says_what_to_do() {
    let mut facts = facts();
    facts.users.clear();
    let error = compile(&small_body(), &facts).unwrap_err();
    assert!(matches!(error, SegmentError::User { .. }));
}

#[test]
fn a_word_that_could_end_a_quote_never_reaches_a_rule() {
    let mut policy = small_body();
    policy.flows[0].id = "x\" accept".into();
    assert!(matches!(
        compile(&policy, &facts()),
        Err(SegmentError::Word { .. })
    ));
    let mut policy = small_body();
    policy.zones.get_mut("office").unwrap().interfaces = vec!["off*".into()];
    assert!(matches!(
        compile(&policy, &facts()),
        Err(SegmentError::Word { .. })
    ));
}

proptest! {
    #[test]
    fn the_order_of_flows_makes_no_difference(policy in Just(overlapping()), seed in proptest::collection::vec(any::<u32>(), 10)) {
        let expected = compile(&policy, &facts()).unwrap();
        let mut shuffled = policy.clone();
        let mut keyed: Vec<_> = seed.into_iter().zip(shuffled.flows).collect();
        keyed.sort_by_key(|(key, _)| *key);
        shuffled.flows = keyed.into_iter().map(|(_, flow)| flow).collect();
        prop_assume!(shuffled.flows.len() == policy.flows.len());
        prop_assert_eq!(compile(&shuffled, &facts()).unwrap(), expected);
    }
}
