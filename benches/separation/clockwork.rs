//! How soon: drift noticed and repaired, a flow's end, a trial's end. The real
//! role in a namespace, the real clock; what is seen is the kernel's state.

use std::time::{Duration, Instant};

use ground::{Gateway, Heartbeat, Net, SERVER, Town, another_boot};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::PROGRAM;
use crate::measure::{Scale, Targets, median};

const TOWN: Town = Town::of(100);

/// How long anything here may take before it counts as never.
const NEVER: Duration = Duration::from_secs(90);

/// Seconds until `holds`.
fn until(what: &str, mut holds: impl FnMut() -> bool) -> f64 {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < NEVER, "never: {what}");
    }
    start.elapsed().as_secs_f64()
}

fn nft(net: &Net, words: &str) -> String {
    let done = net
        .command("gw", "nft")
        .args(words.split(' '))
        .output()
        .unwrap();
    String::from_utf8(done.stdout).unwrap()
}

fn holds(net: &Net, id: &str) -> bool {
    nft(net, "list table inet sekimori").contains(id)
}

/// What somebody else does, and how its repair is seen.
struct Meddling {
    what: &'static str,
    act: fn(&Net),
    gone: fn(&Net) -> bool,
    /// Whether the kernel tells who did it.
    named: bool,
}

const SWITCH: &str = "/proc/sys/net/ipv4/conf/wan0/accept_redirects";

const MEDDLINGS: [Meddling; 3] = [
    Meddling {
        what: "a foreign rule added",
        act: |net| drop(nft(net, "insert rule inet sekimori forward accept")),
        gone: |net| !nft(net, "list chain inet sekimori forward").contains("\t\taccept"),
        named: true,
    },
    Meddling {
        what: "the table deleted",
        act: |net| drop(nft(net, "delete table inet sekimori")),
        // All of it comes in one transaction; to list ten thousand elements takes too long.
        gone: |net| nft(net, "-t list table inet sekimori").contains("chain forwarding"),
        named: true,
    },
    Meddling {
        what: "a sysctl changed",
        act: |net| net.inside("gw", || std::fs::write(SWITCH, "1").unwrap()),
        gone: |net| {
            net.inside("gw", || {
                std::fs::read_to_string(SWITCH).unwrap().starts_with('0')
            })
        },
        named: false,
    },
];

/// Foreign changes: noticed, by the role's own record, and repaired, as seen
/// in the kernel. Both count from before the change, so they are too long by
/// the start of the program that makes it.
pub fn drift(scale: Scale, targets: &mut Targets) {
    for flows in [100, 10_000].into_iter().take(scale.pick(1, 2)) {
        let Some(net) = Town::net("drift") else {
            return;
        };
        net.plug_in();
        let gateway = Gateway::new(&net, PROGRAM, Town::of(flows));
        let role = gateway.start_role();
        role.wait_until_ready();
        gateway.run("apply");
        for meddling in &MEDDLINGS {
            let what = meddling.what;
            let (mut noticed, mut repaired, mut by) = (Vec::new(), Vec::new(), None);
            for turn in 0..scale.pick(2, 10) {
                std::thread::sleep(Duration::from_millis(300 + 37 * turn)); // any phase of the role's tick
                let began = Timestamp::now();
                (meddling.act)(&net);
                until(what, || (meddling.gone)(&net));
                repaired.push(seconds_after(began, Timestamp::now()));
                assert!(holds(&net, "measured"), "what a flow allows is there too");
                let mut record = None;
                until("it is on record", || {
                    record = drift_since(&gateway, began);
                    record.is_some()
                });
                let (seen, process) = record.unwrap();
                noticed.push(seconds_after(began, seen));
                by = process;
            }
            let worst = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
            let (late, later) = (worst(&noticed), worst(&repaired));
            println!(
                "{flows} flows, {what}: noticed after {:.3} s (worst {late:.3}), repaired after {:.3} s (worst {later:.3}), by {}",
                median(noticed),
                median(repaired),
                by.as_deref().unwrap_or("nobody named"),
            );
            if meddling.named {
                targets.judge(
                    by.is_some_and(|by| by.starts_with("nft (pid ")),
                    format!("{flows} flows, {what}: the process is named"),
                );
            }
            targets.judge(
                late <= 0.2,
                format!("{flows} flows, {what}: noticed after {late:.3} s (<= 0.2)"),
            );
            targets.judge(
                later <= 1.0,
                format!("{flows} flows, {what}: repaired after {later:.3} s (<= 1)"),
            );
        }
        assert!(role.terminate());
    }
}

/// When the first drift behind `began` was noticed, and who is on record for it.
fn drift_since(gateway: &Gateway<'_>, began: Timestamp) -> Option<(Timestamp, Option<String>)> {
    let tail = gateway.run("--json audit tail -n 5 --role segment");
    tail.lines().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let event = &line["event"];
        let noticed: Timestamp = event["noticed"].as_str()?.parse().unwrap();
        let process = event["processes"][0].as_str().map(str::to_owned);
        (event["event"] == "drift" && noticed >= began).then_some((noticed, process))
    })
}

/// The next full minute that is far enough away.
fn full_minute() -> Timestamp {
    let soon = Timestamp::now().as_second() + 12;
    Timestamp::from_second((soon.div_euclid(60) + 1) * 60).unwrap()
}

fn seconds_after(instant: Timestamp, seen: Timestamp) -> f64 {
    seen.duration_since(instant).as_secs_f64()
}

/// A flow ends: its element goes, its session is cut; also without the daemon.
pub fn expiry(_: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("expiry") else {
        return;
    };
    net.plug_in();
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    let role = gateway.start_role();
    role.wait_until_ready();
    let end = full_minute();
    gateway.configure(TOWN.closing(end));
    gateway.run("apply");
    let session = Heartbeat::start(&net, SERVER);
    let gone = when_gone(&net, end);
    std::thread::sleep(Duration::from_secs(2)); // time in which a session that lives would beat
    let cut = seconds_after(end, session.last());
    drop(session);
    println!(
        "a flow ends: its element gone after {gone:.3} s, the last byte of its session {cut:.3} s after the instant"
    );
    targets.judge(
        (-1.0..=1.0).contains(&gone),
        format!("expired: element gone {gone:.3} s after the instant (<= 1)"),
    );
    targets.judge(
        (-1.0..=1.0).contains(&cut),
        format!("expired: TCP session cut {cut:.3} s after the instant (<= 1)"),
    );

    let end = full_minute();
    gateway.configure(TOWN.closing(end));
    gateway.run("apply");
    drop(Heartbeat::start(&net, SERVER)); // it passes before
    assert!(role.terminate());
    let gone = when_gone(&net, end);
    println!("the same with the daemon stopped: gone after {gone:.3} s");
    targets.judge(
        (-1.0..=1.0).contains(&gone),
        format!("expired, daemon stopped: element gone {gone:.3} s after the instant (<= 1)"),
    );
}

/// Seconds after `end` at which the element of the measured flow is gone.
fn when_gone(net: &Net, end: Timestamp) -> f64 {
    assert!(holds(net, "measured"), "the flow is there before its end");
    let early = end.saturating_sub(1.second()).unwrap();
    let left = SignedDuration::max(early.duration_since(Timestamp::now()), SignedDuration::ZERO);
    std::thread::sleep(left.unsigned_abs()); // nothing happens until then
    until("the element goes", || !holds(net, "measured"));
    seconds_after(end, Timestamp::now())
}

/// `apply --confirm-within 20s`, the daemon killed in its fifth second; and
/// the same when the box starts anew.
pub fn confirm(_: Scale, targets: &mut Targets) {
    let Some(net) = Town::net("confirm") else {
        return;
    };
    net.plug_in();
    let gateway = Gateway::new(&net, PROGRAM, TOWN);
    let role = gateway.start_role();
    role.wait_until_ready();
    gateway.run("apply");
    let trial = Town::of(101);
    gateway.configure(trial);
    let start = Instant::now();
    gateway.run("apply --confirm-within 20s");
    assert!(holds(&net, &trial.last_id()), "on trial");
    std::thread::sleep(Duration::from_secs(5).saturating_sub(start.elapsed())); // the fifth second
    role.kill();
    let role = gateway.start_role();
    role.wait_until_ready();
    assert!(holds(&net, &trial.last_id()), "still on trial");
    until("it is reverted", || !holds(&net, &trial.last_id()));
    let reverted = start.elapsed().as_secs_f64();
    println!("confirm within 20 s, role killed at 5 s: reverted at {reverted:.2} s");
    targets.judge(
        (19.0..=21.0).contains(&reverted),
        format!("confirm-within 20s, role killed: reverted at {reverted:.2} s (20 +- 1)"),
    );

    gateway.run("apply --confirm-within 5m");
    role.kill();
    net.open(); // the box starts anew: nothing is left in the kernel
    another_boot(&net);
    net.load(include_str!("../../systemd/deny-all.nft"));
    let start = Instant::now();
    let role = gateway.start_role();
    role.wait_until_ready();
    let ready = start.elapsed().as_secs_f64();
    let reverted = !holds(&net, &trial.last_id()) && holds(&net, "measured");
    println!(
        "the box starts anew before the confirmation: the earlier revision {} after {ready:.2} s",
        if reverted { "in force" } else { "NOT in force" }
    );
    targets.judge(reverted, "confirm-within, then a boot: reverted at once");
    assert!(role.terminate());
}
