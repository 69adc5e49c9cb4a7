//! `sekimori flow list`, as typed: what people, spreadsheets and auditors get.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The sample, and flows with everything that the sample lacks.
fn configuration() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("flows.d")).unwrap();
    for (from, to) in [
        ("config/sekimori.toml", "sekimori.toml"),
        ("config/flows.d/mail.toml", "flows.d/mail.toml"),
        ("config/flows.d/office.toml", "flows.d/office.toml"),
        ("tests/golden/flow/bounded.toml", "flows.d/bounded.toml"),
    ] {
        std::fs::copy(root.join(from), folder.path().join(to)).unwrap();
    }
    folder
}

fn list(folder: &Path, lang: &str, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sekimori"))
        .env_clear()
        .arg("--config")
        .arg(folder)
        .arg("--state")
        .arg(folder.join("state"))
        .args(["--lang", lang, "flow", "list", "--as-of", "2026-12-11"])
        .args(words)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden/flow");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // The digest is of the sample, which may change without changing the look.
    let digits = |at: usize| {
        text.get(at..at + 64)
            .is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let digest = (0..text.len()).find(|at| text.is_char_boundary(*at) && digits(*at));
    let shown = match digest {
        Some(at) => text.replace(&text[at..at + 64], "<sha256>"),
        None => text.to_owned(),
    };
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn the_register_as_a_table_in_both_languages() {
    let folder = configuration();
    for lang in ["ja", "en"] {
        golden(
            &format!("table.{lang}"),
            &said(&list(folder.path(), lang, &[])),
        );
    }
}

#[test]
fn the_register_as_a_sheet_that_excel_reads_and_never_calculates() {
    let folder = configuration();
    let sheet = said(&list(folder.path(), "ja", &["--format", "csv"]));
    golden("sheet", &sheet);
    let text = sheet
        .strip_prefix('\u{feff}')
        .expect("Excel needs the mark to know UTF-8");
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(rows.headers().unwrap().len(), 23);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    assert!(sheet.contains("'=cmd|' /C calc'!A0"), "disarmed, not lost");
}

#[test]
fn the_register_as_a_page_with_nothing_alive_in_it() {
    let folder = configuration();
    let file = folder.path().join("daicho.html");
    let done = list(
        folder.path(),
        "en",
        &["--format", "html", "-o", file.to_str().unwrap()],
    );
    assert_eq!(said(&done), "");
    let page = std::fs::read_to_string(&file).unwrap();
    golden("page", &page);
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "hostile words are shown"
    );
    for alive in [
        "<script", "<link", "<img", "<iframe", " src=", " href=", "url(", "@import", " onload",
    ] {
        assert!(!page.contains(alive), "{alive}");
    }
}

#[test]
fn filters_choose_and_a_slip_is_told() {
    let folder = configuration();
    let ids = |words: &[&str]| -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
        command
            .env_clear()
            .arg("--config")
            .arg(folder.path())
            .arg("--json");
        let answer = command.args(["flow", "list"]).args(words).output().unwrap();
        let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
        let flows = answer["flows"].as_array().unwrap();
        flows
            .iter()
            .map(|flow| flow["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&["--owner", "suzuki"]), ["night-batch", "office-gyomu"]);
    assert_eq!(ids(&["--zone", "management"]), ["admin-ssh"]);
    assert_eq!(ids(&["--zone", "gateway", "--owner", "sato"]).len(), 3);
    for slip in [["--zone", "offise"], ["--owner", "satoh"]] {
        let refused = list(folder.path(), "en", &slip);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains("defined"),
            "{slip:?}"
        );
    }
    let refused = list(folder.path(), "en", &["--revision", "7"]);
    assert_eq!(refused.status.code(), Some(1), "there is no revision 7");
}

#[test]
fn what_ends_soon_comes_in_groups_with_what_to_do() {
    let folder = configuration();
    let expiring = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
        command
            .env_clear()
            .arg("--config")
            .arg(folder.path())
            .args(["--lang", "ja"])
            .args(words);
        let answer = command.output().unwrap();
        assert_eq!(answer.status.code(), Some(0));
        String::from_utf8(answer.stdout).unwrap()
    };
    golden(
        "expiring",
        &expiring(&["flow", "expiring", "--as-of", "2026-12-11"]),
    );
    let json = expiring(&[
        "--json",
        "flow",
        "expiring",
        "--as-of",
        "2026-12-20",
        "--days",
        "7",
    ]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let ids = |at: usize| json["groups"][at]["flows"][0]["id"].clone();
    assert_eq!(
        (ids(0), ids(1)),
        ("night-batch".into(), "trial-print".into())
    );
    assert_eq!(json["groups"].as_array().unwrap().len(), 2);
    assert!(expiring(&["flow", "expiring", "--as-of", "2026-01-01"]).contains("ありません"));
}

#[test]
fn completions_and_manual_pages_are_made_of_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let program = || Command::new(env!("CARGO_BIN_EXE_sekimori"));
    let script = program().args(["completions", "bash"]).output().unwrap();
    assert!(
        String::from_utf8(script.stdout)
            .unwrap()
            .contains("sekimori__subcmd__flow")
    );
    let done = program()
        .arg("manual")
        .arg("-o")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(done.success());
    let page = std::fs::read_to_string(folder.path().join("sekimori-flow-add.1")).unwrap();
    assert!(page.contains("flow add"));
}

#[test]
fn explain_tells_bounds_and_that_a_name_has_no_proxy_yet() {
    let folder = configuration();
    let explain = |lang: &str, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
        command
            .env_clear()
            .arg("--config")
            .arg(folder.path())
            .args(["--lang", lang, "explain"]);
        String::from_utf8(command.args(words).output().unwrap().stdout).unwrap()
    };
    let print = explain("en", &["office:192.168.10.7", "gyomu-web", "tcp/9100"]);
    for words in [
        "trial (until 2026-12-24)",
        "recorded: new (trial)",
        "expires: 2026-12-24",
    ] {
        assert!(print.contains(words), "{words}: {print}");
    }
    let batch = explain("ja", &["gyomu-web", "madoguchi", "tcp/8081"]);
    assert!(
        batch.contains("月-金 12:00-13:00, 22:00-05:00、送信元ごとに毎分 30 接続まで"),
        "{batch}"
    );
    let update = explain("ja", &["office", "https://www.windowsupdate.com"]);
    for words in [
        "拒否",
        "proxy がこの版にない",
        "pattern-update",
        "名前: *.windowsupdate.com",
    ] {
        assert!(update.contains(words), "{words}: {update}");
    }
}
