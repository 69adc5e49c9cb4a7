//! plan, apply, rollback, revisions, status and the segment role, as typed,
//! in a network namespace and with role users that only the test sees.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// One namespace, one state folder, a copy of the sample configuration.
pub struct House {
    pub name: String,
    folder: tempfile::TempDir,
}

const USERS: &str = "sekimori-segment:x:64124:64124::/nonexistent:/usr/sbin/nologin\n\
                     sekimori-mail:x:64123:64123::/nonexistent:/usr/sbin/nologin\n";

impl House {
    pub fn new(case: &str) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() || !Path::new("/usr/sbin/nft").exists() {
            println!("skipped: needs root and nft");
            return None;
        }
        let name = format!("skm-seg-{}-{case}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), None, None).unwrap();
        std::fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
        let others: String = passwd
            .lines()
            .filter(|line| !line.starts_with("sekimori-"))
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(folder.path().join("passwd"), others + USERS).unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        std::fs::create_dir_all(folder.path().join("config/flows.d")).unwrap();
        for file in ["sekimori.toml", "flows.d/mail.toml", "flows.d/office.toml"] {
            std::fs::copy(sample.join(file), folder.path().join("config").join(file)).unwrap();
        }
        for (place, mode) in [("run/segment", 0o755), ("state/audit/segment", 0o750)] {
            let place = folder.path().join(place);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(mode))
                .unwrap();
            std::os::unix::fs::chown(&place, Some(64_124), Some(64_124)).unwrap();
        }
        let done = Command::new("ip")
            .args(["netns", "add", &name])
            .status()
            .unwrap();
        assert!(done.success());
        Some(Self { name, folder })
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// `sekimori …` where the test's users exist.
    pub fn command(&self, arguments: &str) -> Command {
        let script = format!(
            "mount --bind {passwd} /etc/passwd && exec ip netns exec {name} {program} --lang en \
             --config {config} --state {state} --runtime {run} {arguments}",
            passwd = self.path("passwd").display(),
            name = self.name,
            program = env!("CARGO_BIN_EXE_sekimori"),
            config = self.path("config").display(),
            state = self.path("state").display(),
            run = self.path("run").display(),
        );
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", &script])
            .env_remove("SSH_CONNECTION") // of whoever runs the tests
            .stdin(Stdio::null());
        command
    }

    pub fn try_run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn run(&self, arguments: &str) -> String {
        let output = self.try_run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.run(&format!("--json {arguments}"))).unwrap()
    }

    pub fn nft(&self, arguments: &str) -> String {
        let words = ["netns", "exec", &self.name, "nft"]
            .into_iter()
            .chain(arguments.split(' '));
        String::from_utf8(Command::new("ip").args(words).output().unwrap().stdout).unwrap()
    }

    pub fn forwarding(&self) -> String {
        let words = [
            "netns",
            "exec",
            &self.name,
            "cat",
            "/proc/sys/net/ipv4/ip_forward",
        ];
        String::from_utf8(Command::new("ip").args(words).output().unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    }

    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < end, "never: {what}");
            std::thread::yield_now();
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = Command::new("ip")
            .args(["netns", "del", &self.name])
            .status();
    }
}

/// Ended when dropped, by its own process id.
pub struct Role(pub Child);

impl Role {
    pub fn terminate(&mut self) -> bool {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.0.wait().unwrap().success()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// nft lists in the order of making; the order of objects means nothing.
/// Lines without order, and without how long an element still has.
fn sorted(listing: &str) -> Vec<String> {
    let timeless = |line: &str| match line.split_once(" timeout ") {
        Some((before, after)) => {
            let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
            format!("{before} {rest}")
        }
        None => line.to_owned(),
    };
    let mut lines: Vec<String> = listing.lines().map(timeless).collect();
    lines.sort_unstable();
    lines
}

#[test]
#[ignore = "needs root"]
fn plan_apply_and_rollback_change_the_kernel_and_the_revision_together() {
    let Some(house) = House::new("cli") else {
        return;
    };
    let plan = house.json("plan");
    assert_eq!(
        plan["flows"]["added"].as_array().unwrap().len(),
        4,
        "{plan}"
    );
    assert_eq!(house.forwarding(), "0");
    assert!(house.run("apply --as sato").contains("revision 1"));
    assert_eq!(house.forwarding(), "1", "office-gyomu is forwarded");
    let rules = house.nft("-s list table inet sekimori");
    assert!(rules.contains("office-gyomu") && rules.contains("meta skuid 64123"));
    assert_eq!(house.run("plan").trim(), "nothing would change.");
    let status = house.json("status");
    assert_eq!(
        (&status["revision"], &status["drift"]),
        (&1.into(), &Value::Array(vec![])),
        "{status}"
    );
    assert_eq!(status["ending"]["within_30_days"], 0, "{status}");
    let earlier = house.try_run("rollback");
    let said = String::from_utf8_lossy(&earlier.stderr).into_owned();
    assert!(
        said.contains("no revision before 1 was ever confirmed"),
        "{said}"
    );
    assert!(
        !house.try_run("rollback 0").status.success(),
        "it would leave kernel and disk apart"
    );
    let listed = house.json("flow list");
    assert_eq!(listed["flows"].as_array().unwrap().len(), 4);
    let standing = listed["standing"].as_str().unwrap();
    assert!(standing.starts_with("revision 1 in force"), "{standing}");

    std::fs::remove_file(house.path("config/flows.d/office.toml")).unwrap();
    assert!(
        house.json("flow list")["standing"]
            .as_str()
            .unwrap()
            .contains("differs from revision 1")
    );
    let said = house.run("explain office:madoguchi gyomu-web https");
    assert!(
        said.starts_with("DENIED")
            && said.contains("differs from revision 1")
            && said.contains("now: ALLOWED (revision 1 in force)"),
        "{said}"
    );
    let first = house.json("flow list --revision 1");
    assert_eq!(
        first["flows"].as_array().unwrap().len(),
        4,
        "as it was applied"
    );
    let plan = house.run("plan");
    assert!(
        plan.contains("- removed office-gyomu: office:madoguchi -> lgwan:gyomu-web tcp/443"),
        "{plan}"
    );
    house.run("apply");
    assert_eq!(house.forwarding(), "0", "nothing is forwarded any more");
    assert!(
        !house
            .nft("list table inet sekimori")
            .contains("office-gyomu")
    );

    assert!(house.run("rollback").contains("revision 1"));
    assert_eq!(house.forwarding(), "1");
    assert_eq!(
        sorted(&house.nft("-s list table inet sekimori")),
        sorted(&rules)
    );
    let revisions = house.run("revisions");
    assert!(
        revisions.lines().next().unwrap().ends_with("current") && revisions.contains(" JST  "),
        "{revisions}"
    );
    assert!(!house.try_run("rollback 9").status.success());
    house.run("audit verify");
}

#[test]
#[ignore = "needs root"]
fn a_mistake_changes_nothing_and_no_record_means_no_apply() {
    let Some(house) = House::new("refuse") else {
        return;
    };
    house.run("apply");
    let before = house.nft("-s list table inet sekimori");
    let flows = house.path("config/flows.d/mail.toml");
    let text = std::fs::read_to_string(&flows).unwrap();
    std::fs::write(&flows, text.replace("\"gateway\"", "\"intranet\"")).unwrap();
    let refused = house.try_run("apply");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("flows.d/mail.toml:"));
    let wrong = text.replace(
        "verdict = \"deny\"\nfrom    = \"lgwan:10.1.5.5\"",
        "verdict = \"allow\"\nfrom    = \"lgwan:10.1.5.5\"",
    );
    assert_ne!(wrong, text);
    std::fs::write(&flows, wrong).unwrap();
    let refused = house.try_run("apply");
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("S09"),
        "a wrong [[expect]] changes nothing"
    );
    let never = house.try_run("apply --confirm-within 2d");
    assert!(String::from_utf8_lossy(&never.stderr).contains("between 5s and 24h"));

    std::fs::write(&flows, text).unwrap();
    std::fs::rename(house.path("state/audit"), house.path("state/audit.away")).unwrap();
    std::fs::write(house.path("state/audit"), "no folder").unwrap();
    assert_eq!(house.try_run("apply").status.code(), Some(1));
    assert_eq!(house.nft("-s list table inet sekimori"), before);
    assert_eq!(house.json("status")["revision"], 1);
}

#[test]
#[ignore = "needs root"]
fn the_role_holds_the_rules_repairs_drift_and_leaves_them_when_it_ends() {
    let Some(house) = House::new("role") else {
        return;
    };
    let mut role = Role(house.command("run segment").spawn().unwrap());
    house.until("the role runs", || {
        house.json("status")["roles"]["segment"].is_object()
    });
    assert!(
        house
            .nft("list table inet sekimori")
            .contains("chain forward"),
        "deny all before the first revision"
    );
    assert_eq!(house.forwarding(), "0");
    house.run("apply");
    assert_eq!(house.forwarding(), "1");
    assert_eq!(house.json("status")["roles"]["segment"]["revision"], 1);

    house.nft("insert rule inet sekimori forward accept");
    house.until("the foreign rule is repaired", || {
        !house
            .nft("list chain inet sekimori forward")
            .contains("\t\taccept")
    });
    house.nft("delete table inet sekimori");
    house.until("the table is back", || {
        house
            .nft("list table inet sekimori")
            .contains("office-gyomu")
    });
    house.until("forwarding is back", || house.forwarding() == "1");
    house.until("it is on record", || {
        house.run("--json audit tail").contains("drift")
    });

    std::fs::remove_file(house.path("config/flows.d/office.toml")).unwrap();
    house.run("apply");
    house.run("rollback");
    assert!(role.terminate(), "ends in order");
    assert!(
        house
            .nft("list table inet sekimori")
            .contains("office-gyomu"),
        "the rules stay"
    );
    house.run("apply");
    house.run("audit verify");
}
