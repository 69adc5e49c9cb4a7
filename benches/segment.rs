//! Speed of FLOW 1: `cargo bench --bench segment`. Configuration to policy,
//! policy to rule set, and as root the kernel (full load, the same again,
//! one flow more or less), in a network namespace that ends with this program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a bench stops at the first surprise

use std::collections::BTreeMap;
use std::time::Instant;

use sekimori::policy::{Facts, Policy, Sources, load};
use sekimori::segment::evaluate::{Carries, Judge, Packet};
use sekimori::segment::{self, Ruleset, compile, observe_drift, put_in_force};

fn main() {
    let privileged = nix::unistd::geteuid().is_root()
        && nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).is_ok();
    for flows in [50, 1_000, 10_000] {
        let sources = configuration(flows);
        let (policy, load_ms) = timed(5, || load_policy(&sources));
        let (ruleset, compile_ms) = timed(5, || rules(&policy));
        println!("{flows} flows: check and load {load_ms:.1} ms, compile {compile_ms:.1} ms");
        let (packets, judge) = (packets(flows), Judge::new(&policy, facts().now.unwrap()));
        for (what, packets) in [
            ("allowed", &packets[0]),
            ("denied, with the nearest flow", &packets[1]),
        ] {
            let ((), judge_ms) = timed(25, || {
                let _ = std::hint::black_box(judge.judge(packets, facts().now.unwrap()));
            });
            println!("  one packet judged, {what}: {judge_ms:.3} ms");
        }
        if !privileged {
            println!("  kernel: skipped, needs root");
            continue;
        }
        let one_more = rules(&load_policy(&configuration(flows + 1)));
        segment::apply::load("flush ruleset\n").unwrap();
        let ((), full_ms) = timed(1, || put_in_force(&ruleset).unwrap());
        let ((), again_ms) = timed(3, || put_in_force(&ruleset).unwrap());
        let mut more = false;
        let ((), more_ms) = timed(7, || {
            more = !more;
            put_in_force(if more { &one_more } else { &ruleset }).unwrap();
        });
        let (drift, look_ms) = timed(3, || observe_drift(&one_more).unwrap().0);
        assert!(drift.is_empty());
        println!(
            "  kernel, read back and switches included: first {full_ms:.0} ms, again {again_ms:.0} ms, \
             one flow more or less {more_ms:.0} ms; compare only {look_ms:.0} ms"
        );
    }
}

/// The median of `turns` runs in milliseconds, and the last result.
fn timed<T>(turns: usize, mut run: impl FnMut() -> T) -> (T, f64) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..turns {
        let start = Instant::now();
        last = Some(run());
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    (last.unwrap(), times[times.len() / 2])
}

fn facts() -> Facts {
    Facts::at("2026-11-23T00:00:00Z".parse().unwrap())
}

fn load_policy(sources: &Sources) -> Policy {
    load(sources, &facts())
        .unwrap_or_else(|mistakes| panic!("{:?}", mistakes.first()))
        .0
}

fn rules(policy: &Policy) -> Ruleset {
    let facts = segment::Facts {
        now: facts().now.unwrap(),
        users: BTreeMap::from([("sekimori-mail".to_owned(), 64_123)]),
    };
    compile(policy, &facts).unwrap()
}

/// One packet of the last flow, and one that no flow allows.
fn packets(flows: usize) -> [Packet; 2] {
    let number = flows - 1;
    let port = if number.is_multiple_of(4) {
        8_000
    } else {
        1_000 + number % 5_000
    };
    let source = format!("10.3.{}.{}", number / 200, number % 200 + 1);
    let to = |port| Packet {
        from: Some("office".to_owned()),
        source: source.parse().unwrap(),
        destination: "10.1.30.10".parse().unwrap(),
        carries: Carries::Tcp(port),
    };
    [to(u16::try_from(port).unwrap()), to(1)]
}

/// The shipped sample with a larger office and one flow per office host, a
/// quarter of them with a range of ports.
fn configuration(flows: usize) -> Sources {
    let sample = include_str!("../config/sekimori.toml")
        .replace("192.168.10.0/24", "10.3.0.0/16")
        .replace("192.168.10.1\"", "10.3.255.1\"")
        .replace("192.168.10.32/28", "10.3.255.32/28");
    let mut hosts = String::from("[hosts]\n");
    let mut register = String::new();
    for number in 0..flows {
        let (high, low) = (number / 200, number % 200 + 1);
        hosts +=
            &format!("pc-{number} = {{ zone = \"office\", address = \"10.3.{high}.{low}\" }}\n");
        let service = if number % 4 == 0 {
            "tcp/8000-8007".to_owned()
        } else {
            format!("tcp/{}", 1_000 + number % 5_000)
        };
        register += &format!(
            "[[flow]]\nid = \"flow-{number}\"\nfrom = \"office:pc-{number}\"\nto = \"lgwan:gyomu-web\"\n\
             service = \"{service}\"\npurpose = \"計測\"\nowner = \"sato\"\n\
             approved = {{ by = \"ciso\", on = 2026-10-01, ticket = \"情セ-1\" }}\nexpires = 2027-09-30\n\
             clause = \"6(4)1\"\n\n"
        );
    }
    Sources::new([
        ("sekimori.toml", sample.replace("[hosts]\n", &hosts)),
        ("flows.d/many.toml", register),
    ])
}
