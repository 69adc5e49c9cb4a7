//! Kernel and evaluator about 100,000 packets under 200 policies, by chance,
//! real frames in namespaces: `cargo bench --bench agreement [-- SEED]`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

use std::collections::BTreeMap;
use std::time::Instant;

use ground::policies::{Chance, random};
use ground::{Agreement, Court};
use jiff::Timestamp;
use sekimori::segment::{Facts, compile};

const POLICIES: u64 = 200;
const PACKETS: usize = 500;

fn main() {
    let seed = std::env::args()
        .filter_map(|word| word.parse().ok())
        .next_back();
    let seed: u64 = seed.unwrap_or(20_261_125);
    let Some(court) = Court::new("court") else {
        println!("skipped: needs root");
        return;
    };
    let (start, mut chance) = (Instant::now(), Chance::new(seed));
    let mut sum = Agreement::default();
    for number in 0..POLICIES {
        let now = Timestamp::now();
        let policy = random(seed.wrapping_add(number), now);
        let users = BTreeMap::from([("sekimori-mail".to_owned(), 64_123)]);
        let ruleset = compile(&policy, &Facts { now, users }).unwrap();
        let one = court.hear(&policy, &ruleset, &mut chance, PACKETS);
        for line in &one.disagreements {
            println!("policy {}: {line}", seed.wrapping_add(number));
        }
        sum.offered += one.offered;
        sum.passed += one.passed;
        sum.lost += one.lost;
        sum.disagreements.extend(one.disagreements);
    }
    println!(
        "seed {seed}: {} packets, {POLICIES} policies, {} passed, {} lost, {} disagreements, {:.0} s",
        sum.offered,
        sum.passed,
        sum.lost,
        sum.disagreements.len(),
        start.elapsed().as_secs_f64()
    );
    assert!(sum.disagreements.is_empty() && sum.passed > sum.offered / 10);
}
