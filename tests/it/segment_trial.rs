//! Trials, the cut, lock-out, drift and the clock, as typed, with the real
//! role in a network namespace. What is asserted is order and outcome; how
//! long it takes stands in benches/.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::segment_cli::{House, Role};

const OFFICE: &str = "config/flows.d/office.toml";

/// Revision 1 has office-gyomu, what is in config/ now has not.
fn house_with_two(case: &str) -> Option<House> {
    let house = House::new(case)?;
    house.run("apply");
    std::fs::remove_file(house.path(OFFICE)).unwrap();
    Some(house)
}

fn start(house: &House) -> Role {
    let role = Role(house.command("run segment").spawn().unwrap());
    house.until("the role runs", || {
        house.json("status")["roles"]["segment"].is_object()
    });
    role
}

fn has(house: &House, flow: &str) -> bool {
    house.nft("list table inet sekimori").contains(flow)
}

fn recorded(house: &House, event: &str) -> Option<Value> {
    let tail = house.run("--json audit tail -n 200");
    let lines = tail.lines().rev();
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["event"]["event"] == event)
        .map(|line| line["event"].clone())
}

fn refused(house: &House, arguments: &str) -> String {
    let output = house.try_run(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[ignore = "needs root"]
fn a_trial_outlives_a_killed_role_and_ends_by_itself() {
    let Some(house) = house_with_two("trial") else {
        return;
    };
    let role = start(&house);
    let said = house.run("apply --as sato --confirm-within 5s");
    assert!(
        said.contains("sekimori confirm") && said.contains("revision 1 comes back"),
        "{said}"
    );
    assert!(!has(&house, "office-gyomu"));
    let status = house.json("status");
    assert_eq!(
        (&status["revision"], &status["trial"]["previous"]),
        (&2.into(), &1.into())
    );
    drop(role); // SIGKILL
    assert!(!has(&house, "office-gyomu"), "the rules stay");
    let _role = start(&house);
    house.until("revision 1 is back", || has(&house, "office-gyomu"));
    house.until("it is on record", || recorded(&house, "reverted").is_some());
    assert_eq!(
        recorded(&house, "reverted").unwrap(),
        json!({"event": "reverted", "from": 2, "to": 1, "why": "not-confirmed"})
    );
    assert!(refused(&house, "confirm").contains("no revision is on trial"));
    assert!(house.run("revisions").contains("never confirmed"));
    // Its flows were never in force: none of their ids is used up.
    house.run("apply");
    house.run("audit verify");
}

#[test]
#[ignore = "needs root"]
fn what_is_confirmed_stays_and_while_on_trial_nothing_else_is_applied() {
    let Some(house) = house_with_two("confirm") else {
        return;
    };
    let _role = start(&house);
    house.run("apply --confirm-within 1h");
    let told = refused(&house, "apply");
    assert!(
        told.contains("revision 2 is on trial (until 2") && told.contains(" JST)"),
        "{told}"
    );
    assert!(house.run("revisions").contains("on trial"));
    assert!(house.run("confirm").contains("revision 2 is confirmed"));
    let status = house.json("status");
    assert_eq!(
        (&status["revision"], &status["trial"]),
        (&2.into(), &Value::Null)
    );
    assert_eq!(recorded(&house, "confirmed").unwrap()["revision"], 2);
    assert!(refused(&house, "confirm").contains("no revision is on trial"));
    assert_eq!(recorded(&house, "reverted"), None);
    assert!(!has(&house, "office-gyomu"));
}

#[test]
#[ignore = "needs root"]
fn a_trial_needs_the_role_to_begin_and_nobody_to_be_taken_back_or_kept() {
    let Some(house) = House::new("alone") else {
        return;
    };
    let said = refused(&house, "apply --confirm-within 1h");
    assert!(said.contains("nobody would take a trial"), "{said}");
    assert!(!has(&house, "office-gyomu"));
    assert_eq!(house.json("status")["revision"], Value::Null);
    let role = start(&house);
    house.run("apply --confirm-within 1h");
    assert!(has(&house, "office-gyomu"));
    drop(role);
    assert!(house.run("rollback").contains("nothing passes"));
    assert!(!has(&house, "office-gyomu"));
    assert_eq!(house.forwarding(), "0");
    assert_eq!(house.json("status")["revision"], Value::Null);
    let role = start(&house);
    house.run("apply --confirm-within 1h");
    drop(role);
    house.run("confirm");
    assert_eq!(house.json("status")["revision"], 3);
}

#[test]
#[ignore = "needs root"]
fn a_box_that_starts_anew_is_back_at_once() {
    let Some(house) = house_with_two("boot") else {
        return;
    };
    let role = start(&house);
    house.run("apply --confirm-within 1h");
    drop(role);
    assert!(!has(&house, "office-gyomu"));
    // As another start of the machine finds it.
    let pending = house.path("state/revisions/pending.json");
    let mut trial: Value = serde_json::from_slice(&std::fs::read(&pending).unwrap()).unwrap();
    trial["boot"] = "another".into();
    std::fs::write(&pending, trial.to_string()).unwrap();
    assert_eq!(house.json("status")["revision"], 1);
    let _role = start(&house);
    assert!(has(&house, "office-gyomu"));
}

#[test]
#[ignore = "needs root"]
fn what_a_dead_command_left_half_done_is_taken_back() {
    let Some(house) = house_with_two("abandoned") else {
        return;
    };
    let _role = start(&house);
    house.run("apply --confirm-within 1h");
    house.run("rollback");
    // The kernel's half of an apply, by a command that dies before the disk's.
    let mut command = UnixStream::connect(house.path("run/segment/control.sock")).unwrap();
    writeln!(
        command,
        "{}",
        json!({"command": "apply", "revision": 2, "by": "killed"})
    )
    .unwrap();
    let mut answer = String::new();
    BufReader::new(&command).read_line(&mut answer).unwrap();
    assert_eq!(answer.trim(), r#"{"revision":2}"#);
    house.until("it is taken back", || has(&house, "office-gyomu"));
    house.until("it is on record", || {
        recorded(&house, "reverted").is_some_and(|event| event["why"] == "abandoned")
    });
}

#[test]
#[ignore = "needs root"]
fn a_cut_holds_over_restarts_until_it_is_undone() {
    let Some(house) = House::new("cut") else {
        return;
    };
    house.run("apply");
    let role = start(&house);
    assert!(has(&house, "deliver-mail"));
    assert!(house.run("cut").contains("cut --undo"));
    assert!(house.run("plan").contains("cut --undo") && house.json("plan")["cut"] == true);
    let cut = |house: &House| {
        !has(house, "deliver-mail")
            && ["inbound-mail", "office-gyomu", "admin-ssh"]
                .iter()
                .all(|flow| has(house, flow))
    };
    assert!(cut(&house), "mail leaves the box no more, the rest goes on");
    assert!(house.run("status").starts_with("!!! CUT"));
    let said = house.run("explain gateway mail-lgwan smtp");
    assert!(
        said.starts_with("ALLOWED")
            && said.contains("now: DENIED (revision 1 in force)")
            && said.contains("cut --undo"),
        "{said}"
    );
    assert_eq!(
        house.json("explain gateway mail-lgwan smtp")["in_force"]["cut"],
        true
    );
    assert!(house.run("apply").contains("CUT"));
    assert!(cut(&house), "a new revision does not undo it");
    drop(role);
    let mut role = start(&house);
    assert!(cut(&house), "a killed role does not undo it");
    std::fs::write(house.path("state/revisions/cut.json"), "damaged").unwrap();
    house.nft("delete table inet sekimori");
    house.until("repaired as cut", || cut(&house));
    house.run("cut --undo");
    assert!(has(&house, "deliver-mail"));
    assert!(recorded(&house, "cut").is_some() && recorded(&house, "cut-undone").is_some());
    assert!(role.terminate());
    house.run("cut");
    assert!(cut(&house), "without the role too");
    house.run("cut --undo");
    assert!(has(&house, "deliver-mail"));
    house.run("audit verify");
}

#[test]
#[ignore = "needs root"]
fn a_cut_is_made_also_when_nothing_can_be_written() {
    let Some(house) = House::new("cutfull") else {
        return;
    };
    house.run("apply");
    let _role = start(&house);
    std::fs::remove_dir_all(house.path("state/revisions/.cut.json")).ok();
    std::fs::create_dir(house.path("state/revisions/.cut.json")).unwrap(); // in the way of the file
    let said = refused(&house, "cut");
    assert!(said.contains("the cut is in force"), "{said}");
    assert!(!has(&house, "deliver-mail"));
    assert!(house.run("status").starts_with("!!! CUT"));
}

#[test]
#[ignore = "needs root"]
fn a_cut_goes_past_a_role_that_hangs() {
    use nix::sys::signal::{Signal, kill};
    let Some(house) = House::new("cuthung") else {
        return;
    };
    house.run("apply");
    let role = start(&house);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(role.0.id()).unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    let said = refused(&house, "cut"); // the record is the role's alone
    assert!(
        said.contains("this command cuts by itself") && said.contains("the cut is in force"),
        "{said}"
    );
    assert!(!has(&house, "deliver-mail") && has(&house, "admin-ssh"));
    kill(pid, Signal::SIGCONT).unwrap();
    house.until("the role follows", || {
        house.json("status")["roles"]["segment"]["cut"] == true
    });
    assert!(!has(&house, "deliver-mail"));
    drop(role);
    house.run("cut --undo");
    assert!(has(&house, "deliver-mail"));
    // Somebody who holds the socket and says nothing.
    let path = house.path("run/segment/control.sock");
    std::fs::remove_file(&path).unwrap();
    let _squatter = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(house.run("cut").contains("cut --undo"));
    assert!(!has(&house, "deliver-mail") && recorded(&house, "cut").is_some());
}

#[test]
#[ignore = "needs root"]
fn nobody_locks_themselves_out_without_being_told() {
    let Some(house) = House::new("lockout") else {
        return;
    };
    let from = |peer: &str, arguments: &str| {
        // The shell has the session, the command itself (as after sudo) not.
        let mut inner = house.command(arguments);
        let words: Vec<String> = std::iter::once(inner.get_program())
            .chain(inner.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        inner = Command::new("ip");
        inner
            .args(["netns", "exec", &house.name, "sh", "-c"])
            .args(["env -u SSH_CONNECTION \"$@\"; exit $?", "sh"])
            .args(words)
            .env("SSH_CONNECTION", format!("{peer} 50000 192.168.90.1 22"));
        let output = inner.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), said)
    };
    let (done, said) = from("203.0.113.9", "apply");
    assert!(
        !done && said.contains("E21") && said.contains("--even-if-locked-out"),
        "{said}"
    );
    assert_eq!(house.json("status")["revision"], Value::Null);
    let role = start(&house);
    let (done, said) = from("192.168.90.10", "apply --confirm-within 1h");
    assert!(done && !said.contains("E21"), "{said}");
    let (done, said) = from("192.168.90.10", "rollback");
    assert!(!done && said.contains("E21"), "nothing would pass: {said}");
    let (done, _) = from("192.168.90.10", "rollback --even-if-locked-out");
    assert!(done && !has(&house, "admin-ssh"));
    drop(role);
    let (done, said) = from("192.168.90.10", "apply");
    assert!(done && !said.contains("E21"), "{said}");
    let (_, said) = from("192.168.90.10", "plan");
    assert_eq!(said.trim(), "nothing would change.");
    std::fs::remove_file(house.path(OFFICE)).unwrap(); // admin-ssh is in it
    let (done, said) = from("192.168.90.10", "apply");
    assert!(!done && said.contains("E21"), "{said}");
    let (done, said) = from("192.168.90.10", "plan");
    assert!(
        done && said.contains("E21"),
        "told before it is tried: {said}"
    );
    let (_, said) = from("192.168.90.10", "--json plan");
    let plan: Value = serde_json::from_str(&said).unwrap();
    assert!(
        plan["locked_out"]
            .as_str()
            .unwrap()
            .contains("192.168.90.10")
    );
    let role = start(&house);
    let (done, said) = from("192.168.90.10", "apply --confirm-within 1h");
    assert!(done && said.contains("E21"), "told, and tried: {said}");
    house.run("rollback");
    drop(role);
    let (done, said) = from("192.168.90.10", "apply --even-if-locked-out");
    assert!(done && said.contains("E21"), "{said}");
    let (done, said) = from("203.0.113.9", "rollback");
    assert!(!done && said.contains("E21"), "{said}");
}

#[test]
#[ignore = "needs root"]
fn drift_is_repaired_and_the_process_named() {
    let Some(house) = House::new("author") else {
        return;
    };
    house.run("apply");
    let _role = start(&house);
    let before = house.run("--json audit tail -n 200");
    assert!(
        !before.contains("\"drift\""),
        "our own transactions are no drift: {before}"
    );
    house.nft("insert rule inet sekimori forward accept");
    house.until("it is on record", || recorded(&house, "drift").is_some());
    let event = recorded(&house, "drift").unwrap();
    let process = event["processes"][0].as_str().unwrap();
    assert!(process.starts_with("nft (pid "), "{event}");
    let moment = |name: &str| event[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(moment("noticed") <= moment("repaired"), "{event}");
    let told = house.run("audit tail --role segment");
    let told = told
        .lines()
        .find(|line| line.contains(" drift of "))
        .unwrap();
    for part in ["drift of 1 line (", "noticed at ", " JST, repaired "] {
        assert!(told.contains(part), "{told}");
    }
    assert!(
        !house
            .nft("list chain inet sekimori forward")
            .contains("\t\taccept")
    );
    let switch = "/proc/sys/net/ipv4/conf/all/accept_redirects";
    let words = ["netns", "exec", &house.name, "sh", "-c"];
    let done = Command::new("ip")
        .args(words)
        .arg(format!("echo 1 > {switch}"))
        .status();
    assert!(done.unwrap().success());
    house.until("it is on record", || {
        let event = recorded(&house, "drift").unwrap();
        event["lines"][0]
            .as_str()
            .unwrap()
            .contains("accept_redirects")
    });
    let read = Command::new("ip")
        .args(words)
        .arg(format!("cat {switch}"))
        .output()
        .unwrap();
    assert_eq!(read.stdout, b"0\n");
    // An interface that comes (back) has our switches from its first moment.
    let link = ["-n", &house.name, "link", "add", "lan0", "type", "veth"];
    assert!(Command::new("ip").args(link).status().unwrap().success());
    let path = "/proc/sys/net/ipv4/conf/lan0/arp_ignore";
    let words = ["netns", "exec", &house.name, "cat", path];
    let read = Command::new("ip").args(words).output().unwrap();
    assert_eq!(read.stdout, b"1\n");
}

#[test]
#[ignore = "needs root"]
fn a_clock_that_is_set_writes_every_end_anew() {
    use nix::time::{ClockId, clock_gettime, clock_settime};
    let Some(house) = House::new("clock") else {
        return;
    };
    house.run("apply");
    let _role = start(&house);
    // The kernel tells of any setting, also of one to the same time.
    let now = clock_gettime(ClockId::CLOCK_REALTIME).unwrap();
    if clock_settime(ClockId::CLOCK_REALTIME, now).is_err() {
        println!("skipped: the clock may not be set here");
        return;
    }
    house.until("it is on record", || {
        recorded(&house, "applied").is_some_and(|event| event["by"] == "the clock was set")
    });
}

#[test]
#[ignore = "needs root"]
fn an_unreadable_revision_leaves_the_last_good_rules() {
    let Some(house) = House::new("unread") else {
        return;
    };
    house.run("apply");
    let config = house.path("state/revisions/1/config/sekimori.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n# changed")).unwrap();
    let _role = start(&house);
    assert!(has(&house, "office-gyomu"), "the kernel's rules stay");
    assert!(recorded(&house, "alarm").is_some());
    house.nft("delete table inet sekimori");
    house.until("nothing passes", || has(&house, "chain forward"));
    assert!(!has(&house, "office-gyomu"));
    assert_eq!(house.forwarding(), "0");
    std::fs::write(&config, text).unwrap();
    house.until("readable again, in force again", || {
        has(&house, "office-gyomu")
    });
}

#[test]
#[ignore = "needs root"]
fn an_apply_killed_at_any_moment_leaves_kernel_and_disk_together() {
    let Some(house) = house_with_two("killed") else {
        return;
    };
    let _role = start(&house);
    for turn in 0_u32..12 {
        let command = if turn % 2 == 0 { "apply" } else { "rollback 1" };
        let mut killed = Role(house.command(command).spawn().unwrap());
        let moment = std::time::Duration::from_millis(u64::from(turn) * 7);
        let began = std::time::Instant::now();
        while began.elapsed() < moment && killed.0.try_wait().unwrap().is_none() {
            std::thread::yield_now(); // a moment within the command, not a wait for it
        }
        killed.0.kill().unwrap();
        killed.0.wait().unwrap();
        house.until("kernel and disk agree", || {
            let status = house.json("status");
            let role = &status["roles"]["segment"];
            let office = house.json("status")["revision"] == 1;
            status["revision"] == role["revision"]
                && role["drift"] == json!([])
                && has(&house, "office-gyomu") == office
        });
    }
    house.run("audit verify");
}
