//! The wall holds against a worker that lies, hangs, floods, allocates,
//! forks, opens, connects and dies: each costs only itself.

use std::path::PathBuf;

use sekimori::policy::Limits;
use sekimori::sandbox::filter::REFUSED_FOR_CERTAIN;
use sekimori::sandbox::{Sandbox, Untrusted};
use sekimori::sanitise::protocol::{Beside, First};
use sekimori::sanitise::{Kind, Refusal, Treatment};

/// A program of this build: `target/<profile>/<name>`.
fn program(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join(name)
}

fn misbehaving() -> Sandbox {
    Sandbox::private(&program("examples/misbehaving-worker")).unwrap()
}

fn limits() -> Limits {
    Limits {
        file_seconds: 1,
        expanded_bytes: 8 << 20,
        ..Limits::default()
    }
}

fn order(sandbox: &Sandbox, order: &str) -> Result<String, Refusal> {
    let input =
        Untrusted::copy_from(&mut format!("MISBEHAVE {order}").as_bytes(), 1 << 20).unwrap();
    let clean = sandbox.treat(
        &input,
        (Kind::Text, Treatment::Rebuild),
        Beside::default(),
        &limits(),
    )?;
    Ok(String::from_utf8_lossy(clean.bytes()).into_owned())
}

#[test]
fn whatever_a_worker_does_costs_only_itself() {
    let sandbox = misbehaving();
    for fault in [
        "panic", "abort", "hang", "exit", "allocate", "flood", "overflow", "lie-kind",
    ] {
        let said = if fault == "hang" {
            Refusal::OverBudget
        } else {
            Refusal::WorkerLost
        };
        assert_eq!(order(&sandbox, fault), Err(said), "{fault}");
        assert!(sandbox.reachable(), "the server outlives {fault}");
    }
    assert_eq!(
        order(&sandbox, "environment").as_deref(),
        Ok("0"),
        "and serves on"
    );
}

#[test]
fn a_lying_split_is_lost() {
    let sandbox = misbehaving();
    let input = Untrusted::copy_from(&mut &b"MISBEHAVE lie-range"[..], 100).unwrap();
    let refused = sandbox
        .split(&input, Kind::Zip, First::Text, &limits())
        .unwrap_err();
    assert_eq!(refused, Refusal::WorkerLost);
}

#[test]
fn what_a_lying_rebuild_hands_back_is_refused_by_the_verifier() {
    assert_eq!(order(&misbehaving(), "lie-content"), Err(Refusal::Residue));
}

#[test]
fn drawings_in_place_of_the_pictures_that_were_ordered_are_refused() {
    const ORDER: &str = "MISBEHAVE lie-treatment
%PDF-1.7
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Count 1/Kids[3 0 R]>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 40]/Contents 4 0 R>>
endobj
4 0 obj
<</Length 13>>
stream
1 1 9 9 re f

endstream
endobj
trailer
<</Size 5/Root 1 0 R>>
%%EOF
";
    let input = Untrusted::copy_from(&mut ORDER.as_bytes(), 1_000).unwrap();
    let sandbox = misbehaving();
    let answer = |treatment| {
        let clean = sandbox.treat(&input, (Kind::Pdf, treatment), Beside::default(), &limits());
        clean.map(|clean| clean.kind())
    };
    // Positive control: the same bytes pass where drawings were ordered.
    assert_eq!(answer(Treatment::Rebuild), Ok(Kind::Pdf));
    assert_eq!(answer(Treatment::Flatten), Err(Refusal::Residue));
}

#[test]
fn each_refused_system_call_ends_the_worker() {
    let sandbox = misbehaving();
    // Positive control: a call that the filter allows comes back.
    let getpid = order(&sandbox, &format!("call {}", nix::libc::SYS_getpid));
    assert_eq!(
        getpid.as_deref(),
        Ok("Ok(1)"),
        "a worker is process 1 of its own namespace"
    );
    for (number, name) in REFUSED_FOR_CERTAIN {
        assert_eq!(
            order(&sandbox, &format!("call {number}")),
            Err(Refusal::WorkerLost),
            "{name}"
        );
    }
}

#[test]
fn an_unprivileged_user_gets_the_same_confinement() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: every test of this file already runs unprivileged");
        return;
    }
    // The same test binary, as nobody: the private server must use a user
    // namespace and still confine.
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join("misbehaving-worker");
    std::fs::copy(program("examples/misbehaving-worker"), &worker).unwrap();
    let own = folder.path().join("it");
    std::fs::copy(std::env::current_exe().unwrap(), &own).unwrap();
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let output = std::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&own)
        .args(["--exact", "sandbox::as_nobody", "--nocapture"])
        .env("SEKIMORI_TEST_WORKER", &worker)
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("1 passed") && !said.contains("runs inside"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The half of the test above that runs as nobody.
#[test]
fn as_nobody() {
    let Some(worker) = std::env::var_os("SEKIMORI_TEST_WORKER") else {
        println!("runs inside an_unprivileged_user_gets_the_same_confinement");
        return;
    };
    let worker = PathBuf::from(worker);
    let sandbox = Sandbox::private(&worker).unwrap();
    assert!(
        sandbox.confinement().starts_with("user-namespace"),
        "{}",
        sandbox.confinement()
    );
    assert_eq!(order(&sandbox, "environment").as_deref(), Ok("0"));
    for (number, name) in REFUSED_FOR_CERTAIN {
        assert_eq!(
            order(&sandbox, &format!("call {number}")),
            Err(Refusal::WorkerLost),
            "{name}"
        );
    }
}

#[test]
fn the_worker_program_has_no_network_code() {
    // Mangled names of the crates' roots; the daemon is the positive control.
    let names = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    let worker = std::fs::read(program("sekimori-worker")).unwrap();
    let daemon = std::fs::read(program("sekimori")).unwrap();
    for name in ["5tokio", "6lettre"] {
        assert!(names(&daemon, name.as_bytes()), "{name} would be found");
        assert!(
            !names(&worker, name.as_bytes()),
            "{name} is linked into sekimori-worker"
        );
    }
}
