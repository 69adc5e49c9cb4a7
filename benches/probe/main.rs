//! Does the probe find faults? `cargo bench --bench probe [-- COUNT [SEED]]`, as
//! root: seeded faults of rule sets, loaded into the probe's own world, one
//! after the other; and how long a whole probe of 50 flows takes. `all` for
//! COUNT: every fault once.
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
use sekimori::segment::probe::offer::Probe;
use sekimori::segment::{self, compile};

const MAIL_UID: u32 = 64_123;

fn main() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: needs root");
        return;
    }
    fifty();
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let count = words.next();
    let seed = words.next().and_then(|word| word.parse().ok());
    let mut tally = Tally::default();
    let start = Instant::now();
    let policies = [policy(&sources(0)), policy(&sources(12)), small_ipv6()];
    let wanted = match count.as_deref() {
        Some("all") => None,
        Some(count) => Some(count.parse().unwrap()),
        None => Some(1_000),
    };
    let mut seed = faults::Seed(seed.unwrap_or(2_026));
    for (place, policy) in policies.iter().enumerate() {
        let share = wanted
            .map(|wanted| wanted * (place + 1) / policies.len() - wanted * place / policies.len());
        offer(place, policy, share, &mut seed, &mut tally);
    }
    tally.show(start.elapsed().as_secs_f64());
}

/// What came of all faults.
#[derive(Default)]
struct Tally {
    found: usize,
    missed: Vec<String>,
    refused: Vec<String>,
    equivalent: BTreeMap<&'static str, usize>,
}

/// So many seeded faults of one policy's rules, or every one once.
fn offer(
    place: usize,
    policy: &Policy,
    share: Option<usize>,
    seed: &mut faults::Seed,
    tally: &mut Tally,
) {
    let (mut range, rules) = built(policy);
    let found = findings(&mut range, &rules).unwrap();
    assert!(found.is_empty(), "on the right rule set: {found:#?}");
    let all = faults::faults(&rules);
    println!(
        "policy {place}: {} probes, {} faults to draw from",
        range.probes().len(),
        all.len()
    );
    let (mut offered, mut drawn) = (0, 0);
    while share.map_or(drawn < all.len(), |share| offered < share) {
        let fault = match share {
            Some(_) => &all[seed.below(all.len())],
            None => &all[drawn],
        };
        drawn += 1;
        let name = format!("policy {place}: {}", fault.name);
        match (examined(&mut range, &fault.rules), fault.equivalent) {
            // The kernel takes no such rules, or does not hold them as written.
            (Err(why), _) => {
                tally
                    .refused
                    .push(format!("{name}: {}", why.lines().next().unwrap_or("")));
                continue;
            }
            (Ok(0), Some(why)) => *tally.equivalent.entry(why).or_default() += 1,
            (Ok(_), Some(why)) => panic!("{name} was called equivalent ({why}), but it is seen"),
            (Ok(0), None) => tally.missed.push(name),
            (Ok(_), None) => tally.found += 1,
        }
        offered += 1;
    }
}

impl Tally {
    fn show(&mut self, seconds: f64) {
        for list in [&mut self.missed, &mut self.refused] {
            list.sort();
        }
        let real = self.found + self.missed.len();
        let same: usize = self.equivalent.values().sum();
        for (why, count) in &self.equivalent {
            println!("equivalent, {count}: {why}");
        }
        for name in &self.refused {
            println!("never in force: {name}");
        }
        for name in &self.missed {
            println!("missed: {name}");
        }
        println!(
            "{} faults in {seconds:.1} s: {} of {real} that change anything were found ({:.2} %), {same} change nothing",
            real + same,
            self.found,
            self.found as f64 * 100.0 / real.max(1) as f64,
        );
    }
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
    findings(range, rules).map(|found| found.len())
}

fn findings(range: &mut Range, rules: &segment::Ruleset) -> Result<Vec<String>, String> {
    let judged: Vec<Judged> = range
        .examine(rules, &mut |_, _| {})
        .map_err(|error| error.text().en)?;
    let finding = |(one, probe): (Judged, &Probe)| match one.outcome {
        Outcome::Leak | Outcome::OverBlock | Outcome::Unproven => {
            Some(format!("{:?}: {}", one.outcome, probe.offered))
        }
        Outcome::Passed | Outcome::Held | Outcome::HeldByKernel => None,
    };
    Ok(judged
        .into_iter()
        .zip(range.probes())
        .filter_map(finding)
        .collect())
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

/// Three zones that have IPv6, and flows in it, also to the box.
fn small_ipv6() -> Policy {
    let mut policy = policy(&sources(4));
    for (zone, net, own) in [
        ("office", "2001:db8:f1::/64", "2001:db8:f1::1"),
        ("lgwan", "2001:db8:f2::/64", "2001:db8:f2::1"),
        ("management", "2001:db8:f3::/64", "2001:db8:f3::1"),
    ] {
        let zone = policy.zones.get_mut(zone).unwrap();
        zone.networks6 = vec![net.parse().unwrap()];
        zone.gateway.push(own.parse().unwrap());
    }
    for (host, address) in [
        ("pc-3", "2001:db8:f1::66/128"),
        ("gyomu-web", "2001:db8:f2::30/128"),
        ("mail-lgwan", "2001:db8:f2::25/128"),
        ("kanri-pc", "2001:db8:f3::10/128"),
    ] {
        let host = policy.hosts.get_mut(host).unwrap();
        host.addresses.push(address.parse().unwrap());
    }
    policy
}
