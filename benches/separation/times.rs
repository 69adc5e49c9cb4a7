//! How long things take: compile with all checks, the kernel, one flow more,
//! one question. Three sizes of register.

use ground::{CLIENTS, Gateway, Net, SERVER, Town};
use jiff::Timestamp;
use sekimori::policy::Policy;
use sekimori::segment::evaluate::{Judge, Question};
use sekimori::segment::transaction::transaction;
use sekimori::segment::{apply, change, compile, observe_drift, put_in_force};

use crate::PROGRAM;
use crate::measure::{Scale, Targets, median, timed};

/// Most milliseconds of each size, where there is a target.
struct Sized {
    flows: usize,
    compile: Option<f64>,
    full: Option<f64>,
    one_flow: Option<f64>,
}

const SIZES: [Sized; 3] = [
    Sized {
        flows: 50,
        compile: Some(20.0),
        full: None,
        one_flow: None,
    },
    Sized {
        flows: 1_000,
        compile: None,
        full: None,
        one_flow: Some(50.0),
    },
    Sized {
        flows: 10_000,
        compile: Some(300.0),
        full: Some(200.0),
        one_flow: Some(100.0),
    },
];

pub fn run(scale: Scale, targets: &mut Targets) {
    println!(
        "| flows | check | compile | kernel, full | full, read back | one flow, read back | compare only | one question | `apply` of one flow | `explain` |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for size in SIZES.iter().take(scale.pick(2, 3)) {
        // A net of its own for each: what went before costs nothing.
        let Some(net) = Town::net("times") else {
            return;
        };
        net.plug_in();
        measure(&net, size, scale.pick(3, 9), targets);
    }
}

fn measure(net: &Net, size: &Sized, turns: usize, targets: &mut Targets) {
    let flows = size.flows;
    let town = Town::of(flows);
    let (policy, check) = timed(turns, || town.policy());
    let facts = change::facts(Timestamp::now());
    let (ruleset, compiling) = timed(turns, || compile(&policy, &facts).unwrap());
    let more = Town::of(flows + 1).ruleset();
    let (full, held, one_flow, compare) = net.inside("gw", || {
        let ((), full) = timed(turns, || {
            apply::load(&transaction(&ruleset, None, Timestamp::now())).unwrap();
        });
        let ((), held) = timed(turns, || {
            apply::load("flush ruleset\n").unwrap();
            put_in_force(&ruleset).unwrap();
        });
        let mut turn = 0;
        let ((), one_flow) = timed(2 * turns, || {
            turn += 1;
            put_in_force(if turn % 2 == 0 { &ruleset } else { &more }).unwrap();
        });
        let ((), compare) = timed(turns, || drop(observe_drift(&ruleset).unwrap()));
        (full, held, one_flow, compare)
    });
    let question = question(&policy, facts.now, turns);
    let (applied, explained) = commands(net, town, turns.min(5));
    println!(
        "| {flows} | {check:.1} ms | {compiling:.1} ms | {full:.0} ms | {held:.0} ms | {one_flow:.1} ms | {compare:.0} ms | {question:.3} ms | {applied:.0} ms | {explained:.0} ms |"
    );
    for (what, measured, most) in [
        ("compile with all checks", check + compiling, size.compile),
        ("full kernel apply", full, size.full),
        ("one-flow change with read-back", one_flow, size.one_flow),
        ("explain one packet", question, Some(1.0)),
    ] {
        if let Some(most) = most {
            targets.judge(
                measured <= most,
                format!("{flows} flows: {what} {measured:.1} ms (<= {most})"),
            );
        }
    }
}

/// The slowest of three: allowed by the last flow, denied beside it, denied far from it.
fn question(policy: &Policy, now: Timestamp, turns: usize) -> f64 {
    let judge = Judge::new(policy, now);
    let last = format!("tcp/{}", SERVER.port());
    let asked = [
        (CLIENTS[3].to_string(), last.as_str()),
        (CLIENTS[3].to_string(), "udp/9999"),
        ("8.8.8.8".to_owned(), "tcp/25"),
    ];
    let times = asked.map(|(from, service)| {
        let to = SERVER.ip().to_string();
        let question = Question::parse(policy, &from, &to, Some(service)).unwrap();
        timed(turns, || judge.answer(&question, Some(now))).1
    });
    times.into_iter().fold(0.0, f64::max)
}

/// The commands as typed, process and disk included, the role running.
fn commands(net: &Net, town: Town, turns: usize) -> (f64, f64) {
    net.load("flush ruleset\n");
    let gateway = Gateway::new(net, PROGRAM, town);
    let role = gateway.start_role();
    role.wait_until_ready();
    gateway.run("apply");
    let mut applied = Vec::new();
    for turn in 0..turns {
        gateway.configure(Town::of(town.flows() + 1 + turn)); // an id is never used again
        applied.push(timed(1, || gateway.run("apply")).1);
    }
    let explain = format!(
        "explain {} {} tcp/{}",
        CLIENTS[3],
        SERVER.ip(),
        SERVER.port()
    );
    let (_, explained) = timed(turns, || gateway.run(&explain));
    assert!(role.terminate());
    (median(applied), explained)
}
