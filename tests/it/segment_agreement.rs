//! Kernel and evaluator about the same real packets, a small sample; the whole
//! is `cargo bench --bench agreement`.

use ground::Court;
use ground::policies::{Chance, random};
use jiff::Timestamp;
use sekimori::policy::{Endpoint, LogMode, PortRange, Protocol};
use sekimori::segment::{Facts, compile, compile::deny_all};

use crate::segment_policy::facts;

#[test]
#[ignore = "needs root"]
fn kernel_and_evaluator_agree_about_packets_and_policies_by_chance() {
    let Some(court) = Court::new("court") else {
        return;
    };
    let mut chance = Chance::new(11);
    let (mut offered, mut passed, mut lost) = (0, 0, 0);
    for seed in 0..8 {
        let now = Timestamp::now();
        let policy = random(seed, now);
        let ruleset = compile(&policy, &Facts { now, ..facts() }).unwrap();
        let one = court.hear(&policy, &ruleset, &mut chance, 400);
        assert!(
            one.disagreements.is_empty(),
            "seed {seed}: {:#?}",
            one.disagreements
        );
        offered += one.offered;
        passed += one.passed;
        lost += one.lost;
    }
    println!("{offered} packets offered, {passed} passed, {lost} lost");
    assert_eq!(lost, 0, "each ends before a witness or at a counted drop");
    assert!(passed > offered / 10, "{passed} of {offered}");
    // The same packets and a kernel that lets nothing through: it shows.
    let policy = random(0, Timestamp::now());
    let one = court.hear(&policy, &deny_all(), &mut chance, 200);
    assert!(one.disagreements.len() > 20, "{}", one.disagreements.len());
}

#[test]
#[ignore = "needs root"]
fn what_one_policy_answered_is_no_session_under_the_next() {
    let Some(court) = Court::new("next") else {
        return;
    };
    let now = Timestamp::now();
    let mut policy = random(0, now);
    let mut echo = policy.flows[0].clone();
    echo.from = Endpoint::Zone {
        zone: "office".into(),
        hosts: Vec::new(),
    };
    (echo.to, echo.via, echo.hours) = (Endpoint::Gateway, None, None);
    (echo.log, echo.trial_until) = (LogMode::Denied, None);
    echo.services = vec![PortRange {
        protocol: Protocol::Icmp,
        first: 0,
        last: 0,
    }];
    policy.flows = vec![echo]; // the box itself answers each
    let mut closed = policy.clone();
    closed.flows[0].expires = policy.flows[0].approved_on;
    // The same packets to the last bit, so the same sessions.
    let heard = [policy, closed].map(|policy| {
        let ruleset = compile(&policy, &Facts { now, ..facts() }).unwrap();
        court.hear(&policy, &ruleset, &mut Chance::new(11), 200)
    });
    for one in &heard {
        assert!(one.disagreements.is_empty(), "{:#?}", one.disagreements);
    }
    assert!(heard[0].passed > 20, "{} answered", heard[0].passed);
    assert_eq!(heard[1].passed, 0);
}
