//! The units in `systemd/`, checked offline by systemd's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sekimori::segment::compile::deny_all;

fn units() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

/// A tree in which the units are installed, so that what they start exists.
fn installed() -> Option<tempfile::TempDir> {
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: no systemd-analyze on this machine");
        return None;
    }
    let root = tempfile::tempdir().unwrap();
    let own = root.path().join("etc/systemd/system");
    fs::create_dir_all(&own).unwrap();
    for entry in fs::read_dir(units()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|end| end == "service" || end == "socket" || end == "target")
        {
            fs::copy(&path, own.join(path.file_name().unwrap())).unwrap();
        }
    }
    let network = own.join("systemd-networkd.service.d");
    fs::create_dir_all(&network).unwrap();
    fs::copy(
        units().join("sekimori-network.conf"),
        network.join("sekimori.conf"),
    )
    .unwrap();
    let system = root.path().join("usr/lib/systemd/system");
    fs::create_dir_all(&system).unwrap();
    for entry in fs::read_dir("/lib/systemd/system").unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, system.join(path.file_name().unwrap())).unwrap();
        }
    }
    for program in [
        "usr/bin/sekimori",
        "usr/sbin/nft",
        "bin/sh",
        "lib/systemd/systemd-networkd",
        "usr/bin/networkctl",
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = root.path().join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Some(root)
}

fn analyse(root: &Path, words: &[&str]) -> (bool, String) {
    let output = Command::new("systemd-analyze")
        .args(words)
        .arg(format!("--root={}", root.display()))
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

#[test]
fn systemd_accepts_every_unit() {
    let Some(root) = installed() else { return };
    let (accepted, text) = analyse(
        root.path(),
        &[
            "verify",
            "--man=no",
            "sekimori.target",
            "sekimori-deny-all.service",
            "sekimori-segment.service",
            "sekimori-mail.service",
            "sekimori-mail.socket",
            "sekimori-sandbox.service",
            "systemd-networkd.service",
        ],
    );
    let complaints: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("sekimori"))
        .collect();
    assert!(accepted && complaints.is_empty(), "{text}");
}

/// 2.0 for roles that face a network; the sandbox role has none, and its
/// figure is what namespaces and throw-away users cost (its unit says so).
#[test]
fn exposure_stays_low() {
    let Some(root) = installed() else { return };
    for (role, most) in [("segment", 20), ("mail", 20), ("sandbox", 26)] {
        let unit = format!("sekimori-{role}.service");
        let (within, text) = analyse(
            root.path(),
            &[
                "security",
                "--offline=yes",
                &format!("--threshold={most}"),
                &unit,
            ],
        );
        let overall = text
            .lines()
            .find(|line| line.contains("Overall"))
            .unwrap_or(&text);
        println!("{overall}");
        assert!(within, "{overall}");
    }
}

/// Whoever may write there could squat a role's name and keep it from starting.
#[test]
fn the_runtime_folder_is_roots_and_each_sockets_folder_its_roles() {
    let text = fs::read_to_string(units().join("sekimori.tmpfiles")).unwrap();
    let folder = |wanted: &str| -> Vec<String> {
        let mut lines = text.lines().map(|line| line.split_whitespace());
        let words = lines.find(|words| words.clone().nth(1) == Some(wanted));
        words.unwrap().skip(2).take(2).map(str::to_owned).collect()
    };
    assert_eq!(folder("/run/sekimori"), ["0755", "root"]);
    for role in ["mail", "segment"] {
        let user = format!("sekimori-{role}");
        assert_eq!(folder(&format!("/run/sekimori/{role}")), ["0755", &user]);
        let unit = fs::read_to_string(units().join(format!("{user}.service"))).unwrap();
        let writes = unit
            .lines()
            .find(|line| line.starts_with("ReadWritePaths="))
            .unwrap();
        assert!(
            writes.ends_with(&format!("-/run/sekimori/{role}")),
            "{writes}"
        );
    }
}

#[test]
fn the_static_rules_are_those_of_the_compiler() {
    let text = fs::read_to_string(units().join("deny-all.nft")).unwrap();
    let rules: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rules.join("\n").trim(), deny_all().to_string().trim());
}

#[test]
#[ignore = "needs root"]
fn the_static_rules_are_loaded_wherever_nothing_guards_and_nowhere_else() {
    let Some(net) = ground::Net::unplugged("unit", &[]) else {
        return;
    };
    let unit = fs::read_to_string(units().join("sekimori-deny-all.service")).unwrap();
    let script = unit
        .lines()
        .find_map(|line| {
            line.strip_prefix("ExecCondition=/bin/sh -c '")?
                .strip_suffix('\'')
        })
        .unwrap();
    let loads = || {
        let mut shell = net.command("gw", "/bin/sh");
        shell.args(["-c", script]).status().unwrap().success()
    };
    assert!(loads(), "no table");
    net.load("add table inet sekimori\n");
    assert!(loads(), "a table that holds nothing");
    net.load(
        "add chain inet sekimori forward { type filter hook forward priority 0; policy drop; }\n",
    );
    assert!(loads(), "no last rule");
    net.load(&format!(
        "delete table inet sekimori\n{}",
        include_str!("../../systemd/deny-all.nft")
    ));
    assert!(!loads(), "walls that stand");
}
