//! The walls of the house (docs/architecture.md), held against the source:
//! who may look into whom, what pure rooms never name, where `unsafe` lives,
//! and that no verifier shares code with the parser it judges.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // tests stop at the first surprise

use std::path::{Path, PathBuf};

/// Room and the rooms it may see. A room always sees itself and `sys`.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("policy", &[]),
    ("sanitise", &["policy"]),
    ("audit", &["policy"]),
    ("sandbox", &["policy", "sanitise"]),
    ("quarantine", &["policy", "sanitise", "audit"]),
    ("segment", &["policy", "audit"]),
    (
        "mail",
        &["policy", "sanitise", "sandbox", "quarantine", "audit"],
    ),
    (
        "run",
        &[
            "policy",
            "sanitise",
            "audit",
            "sandbox",
            "quarantine",
            "segment",
            "mail",
        ],
    ),
    (
        "cli",
        &[
            "policy",
            "sanitise",
            "audit",
            "sandbox",
            "quarantine",
            "segment",
            "mail",
            "run",
        ],
    ),
];

/// Rooms and files that decide and never act.
const PURE: &[&str] = &[
    "src/policy",
    "src/sanitise",
    "src/segment/ruleset",
    "src/segment/compile",
    "src/segment/crossing",
    "src/segment/shelf",
    "src/segment/span",
    "src/segment/territory",
    "src/segment/sysctl",
    "src/segment/listing",
    "src/segment/drift",
    "src/segment/transaction",
    "src/segment/evaluate",
    "src/segment/judge",
    "src/segment/question",
    "src/segment/expect",
    "src/segment/netlink/message",
    "src/segment/pending",
    "src/segment/cut",
    "src/run/segment/agenda",
    "src/segment/header",
    "src/segment/hits",
    "src/segment/traffic",
    "src/segment/tally",
    "src/segment/denials",
    "src/segment/consequence",
    "src/segment/probe/class",
    "src/segment/probe/frames",
    "src/segment/probe/host",
    "src/segment/probe/judge",
    "src/segment/probe/leaks",
    "src/segment/probe/link",
    "src/segment/probe/live",
    "src/segment/probe/manners",
    "src/segment/probe/matrix",
    "src/segment/probe/neighbour",
    "src/segment/probe/offer",
    "src/segment/probe/oracle",
    "src/segment/probe/page",
    "src/segment/probe/proof",
    "src/segment/probe/reach",
    "src/segment/probe/report",
    "src/segment/probe/strange",
    "src/segment/probe/terrain",
    "src/segment/probe/way",
    "src/mail/plan",
    "src/mail/name",
    "src/mail/notice",
    "src/mail/rebuild",
    "src/mail/outgoing",
    "src/mail/smtp",
    "src/mail/envelope",
    "src/mail/record",
    "src/audit/chain",
    "src/audit/event",
    "src/cli/words",
    "src/cli/plan/difference",
    "src/cli/flow/draft",
    "src/cli/flow/edit",
    "src/cli/flow/ledger",
    "src/cli/flow/sheet",
    "src/cli/flow/page",
];

/// What a pure file must not name.
const ACTS: &[&str] = &[
    "std::fs",
    "std::process",
    "std::net::Tcp",
    "std::net::Udp",
    "tokio",
    "nix::",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "thread::sleep",
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|(path, text)| {
            (
                path.strip_prefix(root).unwrap().to_owned(),
                without_tests(&text),
            )
        })
        .collect()
}

/// Everything before the unit tests, without comments: tests may look
/// anywhere, prose may name anything.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Is this file compiled for tests only (declared so by its parent)?
fn only_for_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| {
        let stem = stem.to_string_lossy();
        stem == "fixture" || stem == "fixtures" || stem.ends_with("tests")
    }) || path.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn rooms_look_only_where_they_may() {
    let mut trespasses = Vec::new();
    for (path, text) in sources() {
        let Some(room) = path
            .iter()
            .nth(1)
            .map(|part| part.to_string_lossy().into_owned())
        else {
            continue;
        };
        let Some((_, may_see)) = MAY_SEE.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        if only_for_tests(&path) {
            continue;
        }
        for (other, _) in MAY_SEE.iter().filter(|(name, _)| *name != room) {
            let named = text.contains(&format!("crate::{other}::"))
                || text.contains(&format!("crate::{other};"));
            if named && !may_see.contains(other) {
                trespasses.push(format!("{}: {room} looks into {other}", path.display()));
            }
        }
    }
    assert!(trespasses.is_empty(), "{trespasses:#?}");
}

#[test]
fn pure_rooms_never_act() {
    let mut acts = Vec::new();
    for (path, text) in sources() {
        let name = path.to_string_lossy();
        let pure = PURE.iter().any(|pure| {
            name.strip_prefix(pure)
                .is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
        });
        if !pure || only_for_tests(&path) {
            continue;
        }
        for act in ACTS.iter().filter(|act| text.contains(**act)) {
            acts.push(format!("{name} names {act}"));
        }
    }
    assert!(acts.is_empty(), "{acts:#?}");
}

#[test]
fn unsafe_lives_in_one_file() {
    for (path, text) in sources() {
        let unsafe_code = text.contains("unsafe {") || text.contains("unsafe fn");
        assert!(
            !unsafe_code || path == Path::new("src/sys.rs"),
            "{}",
            path.display()
        );
    }
    let sys =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sys.rs")).unwrap();
    let promises = ["unsafe {", "unsafe impl "].map(|word| sys.matches(word).count());
    let (promises, reasons) = (
        promises.iter().sum::<usize>(),
        sys.matches("// SAFETY:").count(),
    );
    assert_eq!(promises, reasons, "each promise has its SAFETY comment");
}

#[test]
fn verifiers_share_nothing_with_what_they_judge() {
    let mut verifiers = 0;
    for (path, text) in sources() {
        let is_verifier = path.file_stem().is_some_and(|stem| stem == "verify")
            || path.iter().any(|folder| folder == "verify");
        if !is_verifier || !path.starts_with("src/sanitise") || only_for_tests(&path) {
            continue;
        }
        verifiers += 1;
        for forbidden in [
            "parse::",
            "reduce::",
            "write::",
            "super::parse",
            "super::reduce",
            "office::{",
        ] {
            assert!(
                !text.contains(forbidden),
                "{} names {forbidden}",
                path.display()
            );
        }
        // A file of its own may take all from its verifier, a verifier nothing so.
        let whole = path.file_stem().is_some_and(|stem| stem == "verify");
        assert!(!whole || !text.contains("super::*"), "{}", path.display());
        for shared in text.split("office::").skip(1) {
            assert!(
                shared.starts_with("verify"),
                "{} sees what packages are read with",
                path.display()
            );
        }
    }
    assert!(verifiers > 0, "there are verifiers to look at");
}

#[test]
fn clean_is_made_in_one_place_only() {
    let makers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains("Ok(Clean {") || text.contains("= Clean {"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(makers, [Path::new("src/sandbox/mod.rs")]);
}

#[test]
fn only_the_mail_half_has_composed_containers_accepted() {
    let callers: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains(".composed("))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(callers, [Path::new("src/mail/treat.rs")]);
}

#[test]
fn an_outgoing_comes_back_from_disk_in_one_place_only() {
    let callers: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| !only_for_tests(path) && text.contains("Outgoing::resumed("))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(callers, [Path::new("src/mail/spool.rs")]);
}
