//! Kernel and evaluator about the same real packets, a small sample; the whole
//! is `cargo bench --bench agreement`.

use ground::Court;
use ground::policies::{Chance, random};
use jiff::Timestamp;
use sekimori::segment::{Facts, compile, compile::deny_all};

use crate::segment_policy::facts;

#[test]
#[ignore = "needs root"]
fn kernel_and_evaluator_agree_about_packets_and_policies_by_chance() {
    let Some(court) = Court::new("court") else {
        return;
    };
    let mut chance = Chance::new(11);
    let (mut offered, mut passed) = (0, 0);
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
    }
    println!("{offered} packets offered, {passed} passed");
    assert!(passed > offered / 10, "{passed} of {offered}");
    // The same packets and a kernel that lets nothing through: it shows.
    let policy = random(0, Timestamp::now());
    let one = court.hear(&policy, &deny_all(), &mut chance, 200);
    assert!(one.disagreements.len() > 20, "{}", one.disagreements.len());
}
