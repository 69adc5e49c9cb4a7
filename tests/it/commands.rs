//! `sekimori check` and `sekimori explain` as typed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config");
const BROKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/policy/broken");

fn sekimori(folder: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
    command
        .env_clear()
        .args(["--config", folder, "--lang", "en"])
        .args(words);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn check_exits_1_on_mistakes_and_prints_them_as_json() {
    let output = sekimori(BROKEN, &["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let list = json(&output);
    let first = &list[0];
    for field in [
        "code",
        "severity",
        "file",
        "line",
        "column",
        "message",
        "suggestion",
    ] {
        assert!(first.get(field).is_some(), "{field}");
    }
    assert!(list.as_array().unwrap().len() > 40);
}

/// What is offered for a kind can be ordered; what is not can only withhold.
#[test]
fn check_names_a_rule_of_mail_that_can_only_withhold() {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("flows.d")).unwrap();
    for file in ["flows.d/mail.toml", "flows.d/office.toml"] {
        fs::copy(Path::new(CONFIG).join(file), copy.path().join(file)).unwrap();
    }
    let sample = fs::read_to_string(Path::new(CONFIG).join("sekimori.toml")).unwrap();
    let checked = |rule: &str| {
        let whole = format!("{sample}\n[[mail.treat]]\n{rule}\n");
        fs::write(copy.path().join("sekimori.toml"), whole).unwrap();
        sekimori(copy.path().to_str().unwrap(), &["check"])
    };
    for treatment in ["rebuild", "flatten", "text", "withhold"] {
        let rule = format!("kinds = [\"xlsb\"]\ntreatment = \"{treatment}\"");
        let output = checked(&rule);
        assert!(output.status.success(), "{output:?}");
        assert!(
            !text(&output.stdout).contains("is not offered"),
            "{output:?}"
        );
    }
    let output = checked("kinds = [\"jpeg\"]\ntreatment = \"flatten\"");
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("flatten is not offered for jpeg"));
    let odd = checked("kinds = [\"xlsb\"]\ntreatment = \"pages\"");
    assert_eq!(odd.status.code(), Some(1), "{odd:?}");
}

#[test]
fn check_says_what_is_wrong_with_the_folder() {
    let empty = tempfile::tempdir().unwrap();
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let gone = sekimori(&at(&empty.path().join("gone")), &["check"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).contains("no configuration folder"));

    let bare = sekimori(&at(empty.path()), &["check"]);
    assert_eq!(bare.status.code(), Some(1));
    assert!(text(&bare.stdout).contains("there is no sekimori.toml"));

    let file = empty.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(text(&sekimori(&at(&file), &["check"]).stderr).contains("not a folder"));

    // A pipe in place of a file must not make it wait for ever.
    let flows = empty.path().join("flows.d");
    fs::create_dir_all(flows.join("folder.toml")).unwrap();
    nix::unistd::mkfifo(
        &empty.path().join("sekimori.toml"),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    fs::write(flows.join("latin.toml"), b"[[flow]]\npurpose = \"\xe9\"\n").unwrap();
    let odd = text(&sekimori(&at(empty.path()), &["check"]).stdout);
    for place in [
        "sekimori.toml:1:1",
        "flows.d/folder.toml:1:1",
        "flows.d/latin.toml:2:12",
    ] {
        assert!(
            odd.contains(&format!("{place}: error S01")),
            "{place}\n{odd}"
        );
    }
}

#[test]
fn explain_answers_with_the_flow_or_with_what_is_missing() {
    let allowed = sekimori(
        CONFIG,
        &["explain", "madoguchi", "https://gyomu-web/x", "--json"],
    );
    assert_eq!(allowed.status.code(), Some(0));
    assert_eq!(json(&allowed)["flow"], "office-gyomu");
    let denied = json(&sekimori(
        CONFIG,
        &["explain", "madoguchi", "gyomu-web", "ssh", "--json"],
    ));
    assert_eq!(
        (&denied["verdict"], &denied["nearest"]),
        (&"deny".into(), &"office-gyomu".into())
    );
    let every = text(&sekimori(CONFIG, &["explain", "madoguchi", "gyomu-web"]).stdout);
    assert!(
        every.starts_with("ALLOWED") && every.contains("office-gyomu"),
        "{every}"
    );
    for words in [
        "office:madoguchi (192.168.10.32/28) → lgwan:gyomu-web (10.1.30.10)",
        "https (tcp/443)",
        "鈴木 一郎 (住民課)",
        "田中 正 (事務局長)",
        "2027-09-30",
    ] {
        assert!(every.contains(words), "{words}: {every}");
    }
    let name = json(&sekimori(
        CONFIG,
        &["explain", "lgwan", "https://example.com", "--json"],
    ));
    assert_eq!(name["reason"], "not-listed");
}

#[test]
fn explain_never_shows_a_hostile_word_as_it_is() {
    let output = sekimori(
        CONFIG,
        &["explain", "x\u{1b}[2J\u{202e}", "gateway", "smtp"],
    );
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("\\u{1b}") && !said.contains('\u{1b}') && !said.contains('\u{202e}'));
}

/// `sekimori status | head`: the work goes on to its end, and is not a fault.
#[test]
fn a_reader_who_has_seen_enough_ends_nothing() {
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let ended = Command::new(env!("CARGO_BIN_EXE_sekimori"))
        .env_clear()
        .args(["--config", CONFIG, "--lang", "en", "check"])
        .stdout(write)
        .output()
        .unwrap();
    assert_eq!(text(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn what_could_not_be_written_is_not_done() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_sekimori"))
        .env_clear()
        .args(["--config", CONFIG, "--lang", "en", "check"])
        .stdout(full)
        .output()
        .unwrap();
    assert!(text(&ended.stderr).contains("not all of the result"));
    assert_eq!(ended.status.code(), Some(1));
}
