//! Whether a frame passes that no flow allows, while rules are loaded, while
//! the box comes up, while the role is killed; and whether what is allowed
//! goes on meanwhile. Forwarding is on throughout.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ground::{
    CLIENTS, Connections, Echo, Gateway, Net, Outcome, SERVER, Siege, Town, connect_for,
    kill_at_random,
};
use jiff::Timestamp;
use sekimori::segment::transaction::transaction;
use sekimori::segment::{apply, put_in_force};

use crate::PROGRAM;
use crate::measure::{Scale, Targets, median};

/// As many packets a second as the targets ask for, at least.
const LEAST: u64 = 25_000;

const TOWN: Town = Town::of(100);
const ONE_MORE: Town = Town::of(101);

pub fn run(scale: Scale, targets: &mut Targets) {
    reloads(scale, targets);
    boots(scale, targets);
    kills(scale, targets);
    undisturbed(scale, targets);
}

fn judge(targets: &mut Targets, what: &str, seen: Outcome) {
    println!("{what}: {seen}");
    targets.judge(
        seen.leaked == 0,
        format!("{what}: {} leaked (0)", seen.leaked),
    );
    targets.judge(
        seen.rate >= LEAST,
        format!("{what}: {} packets/s offered (>= {LEAST})", seen.rate),
    );
}

fn control(targets: &mut Targets, siege: &Siege<'_>) {
    let seen = siege.control();
    println!("  control, rules flushed: {seen}");
    targets.judge(
        seen.leaked > 0,
        format!(
            "control: without rules {} of {} arrive",
            seen.leaked, seen.offered
        ),
    );
}

fn reloads(scale: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("reloads") else {
        return;
    };
    net.plug_in();
    let turns = scale.pick(50, 1_000);
    let (one, more) = (TOWN.ruleset(), ONE_MORE.ruleset());
    net.put_in_force(&one);
    let siege = Siege::of(&net);
    let ((), seen) = siege.during(None, || {
        net.inside("gw", || {
            for _ in 0..turns {
                apply::load(&transaction(&one, None, Timestamp::now())).unwrap();
            }
        });
    });
    judge(targets, &format!("{turns} full reloads"), seen);
    let ((), seen) = siege.during(None, || {
        net.inside("gw", || {
            for turn in 0..turns {
                put_in_force(if turn % 2 == 0 { &more } else { &one }).unwrap();
            }
        });
    });
    judge(targets, &format!("{turns} deltas"), seen);
    // What the harness would see: the same rules, their base chains' last drop left to the policy.
    let whole = transaction(&one, None, Timestamp::now());
    let by_policy = whole.replace("\t\tcounter drop\n", "");
    let last_rules = whole.lines().count() - by_policy.lines().count();
    let base_chains = one.chains.iter().filter(|chain| chain.hook.is_some());
    assert_eq!(last_rules, base_chains.count(), "one of each base chain");
    let ((), seen) = siege.during(None, || {
        net.inside("gw", || {
            for _ in 0..turns {
                apply::load(&by_policy).unwrap();
            }
        });
    });
    println!(
        "  beside it, {turns} full reloads of the same rules with `policy drop` instead of a last rule: {seen}"
    );
    control(targets, &siege);
}

fn boots(scale: Scale, targets: &mut Targets) {
    let mut sum = Outcome::default();
    let turns = scale.pick(2, 20);
    for _ in 0..turns {
        let Some(net) = Town::net("boot") else {
            return;
        };
        let gateway = Gateway::new(&net, PROGRAM, TOWN);
        gateway.run("apply");
        net.open(); // as after a power cut, with forwarding on against all advice
        net.load(include_str!("../../systemd/deny-all.nft"));
        let _echo = Echo::serve(&net, "srv", SERVER, 1);
        let siege = Siege::of(&net);
        let (role, seen) = siege.during(None, || {
            net.plug_in();
            let role = gateway.start_role();
            role.wait_until_ready();
            role
        });
        sum += seen;
        assert_eq!(one_connection(&net).made, 1, "ready means that flows pass");
        role.kill();
        if sum.offered == seen.offered {
            control(targets, &siege);
        }
    }
    judge(
        targets,
        &format!("{turns} boots, interface-up to ready"),
        sum,
    );
}

fn kills(scale: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("kills") else {
        return;
    };
    net.plug_in();
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    gateway.run("apply");
    gateway.configure(ONE_MORE);
    gateway.run("apply");
    let _echo = Echo::serve(&net, "srv", SERVER, 1);
    let siege = Siege::of(&net);
    let seed = u64::try_from(Timestamp::now().as_second()).unwrap();
    let times = scale.pick(10, 100);
    let (killed, seen) = siege.during(None, || kill_at_random(&gateway, times, seed));
    println!("seed {seed}: {killed}");
    judge(targets, &format!("{times} kills of the role"), seen);
    let role = gateway.start_role();
    role.wait_until_ready();
    assert_eq!(
        one_connection(&net).made,
        1,
        "the next role holds the rules"
    );
    assert!(role.terminate());
    control(targets, &siege);
}

fn one_connection(net: &Net) -> Connections {
    let once = AtomicBool::new(false);
    let enough = || once.swap(true, Ordering::Relaxed);
    connect_for(net, "off", &CLIENTS[..1], SERVER, enough)
}

/// New connections beside deltas, back to back, and without: in turns.
fn undisturbed(scale: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("undisturbed") else {
        return;
    };
    net.plug_in();
    let (one, more) = (TOWN.ruleset(), ONE_MORE.ruleset());
    net.put_in_force(&one);
    let _echo = Echo::serve(&net, "srv", SERVER, 1);
    let (rounds, deltas) = (scale.pick(3, 10), scale.pick(10, 100));
    let mut rates: [Vec<f64>; 2] = Default::default();
    let mut failed = 0;
    for _ in 0..rounds {
        let done = AtomicBool::new(false);
        let (beside, took) = std::thread::scope(|scope| {
            let changes = scope.spawn(|| {
                let start = Instant::now();
                net.inside("gw", || {
                    for turn in 0..deltas {
                        put_in_force(if turn % 2 == 0 { &more } else { &one }).unwrap();
                    }
                });
                done.store(true, Ordering::Relaxed);
                start.elapsed()
            });
            let stop = || done.load(Ordering::Relaxed);
            let beside = connect_for(&net, "off", &CLIENTS[..1], SERVER, stop);
            (beside, changes.join().unwrap())
        });
        let end = Instant::now() + took.min(Duration::from_secs(10));
        let alone = connect_for(&net, "off", &CLIENTS[..1], SERVER, || Instant::now() >= end);
        failed += beside.failed + alone.failed;
        rates[0].push(alone.rate());
        rates[1].push(beside.rate());
    }
    let [alone, beside] = rates.map(median);
    let ratio = beside / alone;
    let all = rounds * deltas;
    println!(
        "new connections/s, one client: {alone:.0} undisturbed, {beside:.0} during {all} deltas back to back, ratio {ratio:.3}, {failed} failed"
    );
    targets.judge(
        ratio >= 0.95,
        format!("new connections during {all} deltas {ratio:.2} of the undisturbed rate (>= 0.95)"),
    );
    targets.judge(
        failed == 0,
        format!("{failed} connections failed during deltas (0)"),
    );
}
