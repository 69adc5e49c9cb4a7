//! No frame passes that no flow allows, in any state: under reloads and
//! deltas, while the box comes up, and when the role is killed. Forwarding is
//! on in every one, packets offered are printed, and each has its positive
//! control. The long runs are in `cargo bench --bench separation`.

use ground::{CLIENTS, Echo, Gateway, Net, SERVER, Siege, Town, connect_for, kill_at_random};
use sekimori::segment::transaction::transaction;

/// Packets a second of a siege; others compile on the same machine.
const PACE: Option<u32> = Some(40_000);

const TOWN: Town = Town::of(100);

fn a_connection_works(net: &Net) -> bool {
    let once = std::sync::atomic::AtomicBool::new(false);
    let enough = || once.swap(true, std::sync::atomic::Ordering::Relaxed);
    connect_for(net, "off", &CLIENTS[..1], SERVER, enough).made == 1
}

#[test]
#[ignore = "needs root"]
fn nothing_leaks_during_full_reloads_and_deltas() {
    let Some(net) = Town::net("reload") else {
        return;
    };
    net.plug_in();
    let _echo = Echo::serve(&net, "srv", SERVER, 1);
    let (one, more) = (TOWN.ruleset(), Town::of(101).ruleset());
    net.put_in_force(&one);
    let siege = Siege::of(&net);
    let ((), full) = siege.during(PACE, || {
        for _ in 0..50 {
            net.load(&transaction(&one, None, jiff::Timestamp::now()));
        }
    });
    assert!(a_connection_works(&net), "after full reloads");
    let ((), deltas) = siege.during(PACE, || {
        for turn in 0..50 {
            net.put_in_force(if turn % 2 == 0 { &more } else { &one });
        }
    });
    assert!(a_connection_works(&net), "after deltas");
    let control = siege.control();
    println!("50 full reloads: {full}\n50 deltas: {deltas}\nwithout rules: {control}");
    assert!(full.offered > 1_000 && deltas.offered > 1_000);
    assert_eq!((full.leaked, deltas.leaked), (0, 0));
    assert!(control.leaked > 100, "positive control");
}

#[test]
#[ignore = "needs root"]
fn nothing_leaks_from_interface_up_to_ready() {
    let Some(net) = Town::net("boot") else {
        return;
    };
    let gateway = Gateway::new(&net, env!("CARGO_BIN_EXE_sekimori"), TOWN);
    gateway.run("apply");
    net.open(); // as after a power cut, with forwarding on against all advice
    net.load(include_str!("../../systemd/deny-all.nft"));
    let _echo = Echo::serve(&net, "srv", SERVER, 1);
    let siege = Siege::of(&net);
    let (role, boot) = siege.during(PACE, || {
        net.plug_in();
        let role = gateway.start_role();
        role.wait_until_ready();
        assert!(a_connection_works(&net), "ready means that flows pass");
        role
    });
    assert!(role.terminate());
    let control = siege.control();
    println!("interface-up to ready: {boot}\nwithout rules: {control}");
    assert!(boot.offered > 100);
    assert_eq!(boot.leaked, 0);
    assert!(control.leaked > 100, "positive control");
}

#[test]
#[ignore = "needs root"]
fn nothing_leaks_when_the_role_is_killed_at_any_moment() {
    const SEED: u64 = 20_261_125;
    let Some(net) = Town::net("kill") else {
        return;
    };
    net.plug_in();
    let gateway = Gateway::new(&net, env!("CARGO_BIN_EXE_sekimori"), TOWN);
    gateway.run("apply");
    gateway.configure(Town::of(101));
    gateway.run("apply");
    let _echo = Echo::serve(&net, "srv", SERVER, 1);
    let siege = Siege::of(&net);
    let (kills, besieged) = siege.during(PACE, || kill_at_random(&gateway, 5, SEED));
    let role = gateway.start_role();
    role.wait_until_ready();
    assert!(a_connection_works(&net), "the next role holds the rules");
    assert!(role.terminate());
    gateway.run("audit verify");
    let control = siege.control();
    println!("seed {SEED}: {kills}\n{besieged}\nwithout rules: {control}");
    assert!(besieged.offered > 1_000);
    assert_eq!(besieged.leaked, 0);
    assert!(control.leaked > 100, "positive control");
}
