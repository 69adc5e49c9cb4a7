//! Does the probe find faults? `cargo bench --bench probe [-- COUNT]`, as root:
//! seeded faults of rule sets, loaded into the probe's own world, one after the
//! other; and how long a whole probe of 50 flows takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

mod faults;

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use sekimori::policy::{Facts, Policy, Sources, load};
use sekimori::segment::probe::Range;
use sekimori::segment::probe::judge::{Judged, Outcome};
use sekimori::segment::{self, compile};

const MAIL_UID: u32 = 64_123;

fn main() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: needs root");
        return;
    }
    let asked = std::env::args().find_map(|word| word.parse::<usize>().ok());
    let wanted = asked.unwrap_or(1_000);
    fifty();
    let policies = [policy(&sources(0)), policy(&sources(12)), small_ipv6()];
    let mut seed = faults::Seed(2_026);
    let (mut found, mut offered) = (0, 0);
    let mut equivalent: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    let start = Instant::now();
    for (place, policy) in policies.iter().enumerate() {
        let (mut range, rules) = built(policy);
        let clean = examined(&mut range, &rules).unwrap();
        assert_eq!(clean, 0, "the right rule set has no finding");
        let all = faults::faults(&rules);
        println!(
            "policy {place}: {} probes, {} faults to draw from",
            range.probes().len(),
            all.len()
        );
        let share = wanted * (place + 1) / policies.len() - wanted * place / policies.len();
        for _ in 0..share {
            let fault = &all[seed.below(all.len())];
            let seen = examined(&mut range, &fault.rules);
            match (seen, fault.equivalent) {
                (Err(why), _) => panic!("{}: {why}", fault.name),
                (Ok(0), Some(why)) => *equivalent.entry(why).or_default() += 1,
                (Ok(_), Some(why)) => panic!(
                    "{} was called equivalent ({why}), but it is seen",
                    fault.name
                ),
                (Ok(0), None) => missed.push(format!("policy {place}: {}", fault.name)),
                (Ok(_), None) => found += 1,
            }
            offered += 1;
        }
    }
    let real = offered - equivalent.values().sum::<usize>();
    missed.sort();
    missed.dedup();
    for (why, count) in &equivalent {
        println!("equivalent, {count}: {why}");
    }
    for name in &missed {
        println!("missed: {name}");
    }
    println!(
        "{offered} faults in {:.1} s: {found} of {real} that change what passes were found ({:.2} %), {} change nothing",
        start.elapsed().as_secs_f64(),
        found as f64 * 100.0 / real as f64,
        offered - real
    );
}

fn fifty() {
    let policy = policy(&sources(50));
    let start = Instant::now();
    let (mut range, rules) = built(&policy);
    assert_eq!(examined(&mut range, &rules).unwrap(), 0);
    let matrix = start.elapsed();
    let lived = range
        .live_through(&policy, &users(), now(), segment::probe::lifecycle::REPEATS)
        .unwrap();
    assert!(
        lived.iter().all(|lived| lived.outcome == Outcome::Held),
        "{lived:?}"
    );
    println!(
        "{} flows: {} probes and their controls, {} packets, {:.2} s; with all moments {:.2} s",
        policy.flows.len(),
        range.probes().len(),
        range.offered(),
        matrix.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn users() -> BTreeMap<String, u32> {
    BTreeMap::from([("sekimori-mail".to_owned(), MAIL_UID)])
}

fn built(policy: &Policy) -> (Range, segment::Ruleset) {
    let facts = segment::Facts {
        now: now(),
        users: users(),
    };
    let rules = compile(policy, &facts).unwrap();
    let range = Range::build(
        policy,
        &users(),
        now(),
        None,
        true,
        *b"skmb",
        &mut |_, _| {},
    );
    (
        range.unwrap_or_else(|error| panic!("{}", error.text().en)),
        rules,
    )
}

/// How many findings a rule set gives.
fn examined(range: &mut Range, rules: &segment::Ruleset) -> Result<usize, String> {
    let judged: Vec<Judged> = range
        .examine(rules, &mut |_, _| {})
        .map_err(|error| error.text().en)?;
    let finding = |one: &&Judged| {
        matches!(
            one.outcome,
            Outcome::Leak | Outcome::OverBlock | Outcome::Unproven
        )
    };
    Ok(judged.iter().filter(finding).count())
}

fn policy(sources: &Sources) -> Policy {
    load(sources, &Facts::at("2026-11-23T00:00:00Z".parse().unwrap()))
        .unwrap_or_else(|mistakes| panic!("{:?}", mistakes.first()))
        .0
}

/// The shipped sample, and so many office flows more.
fn sources(flows: usize) -> Sources {
    let mut hosts = String::from("[hosts]\n");
    let mut register = String::new();
    for number in 0..flows {
        hosts += &format!(
            "pc-{number} = {{ zone = \"office\", address = \"192.168.10.{}\" }}\n",
            60 + number * 2
        );
        let service = match number % 4 {
            0 => format!("tcp/{}-{}", 8_000 + number * 10, 8_007 + number * 10),
            1 => format!("udp/{}", 5_000 + number),
            2 => "icmp".to_owned(),
            _ => format!("tcp/{}", 1_000 + number),
        };
        register += &format!(
            "[[flow]]\nid = \"flow-{number}\"\nfrom = \"office:pc-{number}\"\nto = \"lgwan:gyomu-web\"\n\
             service = \"{service}\"\npurpose = \"計測\"\nowner = \"sato\"\n\
             approved = {{ by = \"ciso\", on = 2026-10-01, ticket = \"情セ-1\" }}\nexpires = 2027-09-30\n\
             clause = \"6(4)1\"\n\n"
        );
    }
    Sources::new([
        (
            "sekimori.toml",
            include_str!("../../config/sekimori.toml").replace("[hosts]\n", &hosts),
        ),
        (
            "flows.d/mail.toml",
            include_str!("../../config/flows.d/mail.toml").to_owned(),
        ),
        (
            "flows.d/office.toml",
            include_str!("../../config/flows.d/office.toml").to_owned(),
        ),
        ("flows.d/many.toml", register),
    ])
}

/// Two zones that have IPv6, and a flow in it.
fn small_ipv6() -> Policy {
    let mut policy = policy(&sources(4));
    for (zone, net, own) in [
        ("office", "2001:db8:f1::/64", "2001:db8:f1::1"),
        ("lgwan", "2001:db8:f2::/64", "2001:db8:f2::1"),
    ] {
        let zone = policy.zones.get_mut(zone).unwrap();
        zone.networks6 = vec![net.parse().unwrap()];
        zone.gateway.push(own.parse().unwrap());
    }
    policy
        .hosts
        .get_mut("pc-3")
        .unwrap()
        .addresses
        .push("2001:db8:f1::66/128".parse().unwrap());
    policy
        .hosts
        .get_mut("gyomu-web")
        .unwrap()
        .addresses
        .push("2001:db8:f2::30/128".parse().unwrap());
    policy
}
