//! How long things take: compile with all checks, the kernel, one flow more,
//! one question. Three sizes of register.

use ground::{CLIENTS, SERVER, Town};
use jiff::Timestamp;
use sekimori::segment::evaluate::evaluate;
use sekimori::segment::question::Question;
use sekimori::segment::transaction::transaction;
use sekimori::segment::{apply, change, compile, observe_drift, put_in_force};

use crate::measure::{Scale, Targets, timed};

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
    let Some(net) = Town::net("times") else {
        return;
    };
    net.plug_in();
    println!(
        "| flows | check | compile | both | kernel, full | full, read back | one flow, read back | compare only | one question |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let turns = scale.pick(3, 9);
    for size in SIZES.iter().take(scale.pick(2, 3)) {
        let flows = size.flows;
        let town = Town::of(flows);
        let (policy, check) = timed(turns, || town.policy());
        let facts = change::facts(Timestamp::now());
        let (ruleset, compiling) = timed(turns, || compile(&policy, &facts).unwrap());
        let more = Town::of(flows + 1).ruleset();
        let full_text = transaction(&ruleset, None, jiff::Timestamp::now());
        let (full, held, one_flow, compare) = net.inside("gw", || {
            let ((), full) = timed(turns, || apply::load(&full_text).unwrap());
            let ((), held) = timed(turns, || {
                apply::load("flush ruleset\n").unwrap();
                put_in_force(&ruleset).unwrap();
            });
            let mut turn = 0;
            let ((), one_flow) = timed(turns, || {
                turn += 1;
                put_in_force(if turn % 2 == 0 { &ruleset } else { &more }).unwrap();
            });
            let ((), compare) = timed(turns, || drop(observe_drift(&ruleset).unwrap()));
            (full, held, one_flow, compare)
        });
        let questions = [
            (CLIENTS[3].to_string(), format!("tcp/{}", SERVER.port())),
            (CLIENTS[3].to_string(), "udp/9999".to_owned()),
            ("8.8.8.8".to_owned(), "tcp/25".to_owned()),
        ]
        .map(|(from, service)| {
            Question::parse(&policy, &from, &SERVER.ip().to_string(), Some(&service)).unwrap()
        });
        let answers = questions
            .map(|question| timed(turns, || evaluate(&policy, &question, Some(facts.now))).1);
        let explain = answers.into_iter().fold(0.0, f64::max);
        let both = check + compiling;
        println!(
            "| {flows} | {check:.1} ms | {compiling:.1} ms | {both:.1} ms | {full:.0} ms | {held:.0} ms | {one_flow:.1} ms | {compare:.0} ms | {explain:.3} ms |"
        );
        for (what, measured, most) in [
            ("compile with all checks", both, size.compile),
            ("full kernel apply", full, size.full),
            ("one-flow change with read-back", one_flow, size.one_flow),
            ("explain one packet", explain, Some(1.0)),
        ] {
            if let Some(most) = most {
                targets.judge(
                    measured <= most,
                    format!("{flows} flows: {what} {measured:.1} ms (<= {most})"),
                );
            }
        }
    }
}
