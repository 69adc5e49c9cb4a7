//! `sekimori flow add` and `flow remove`, as typed and as asked: what comes
//! into the files, what never does, and that what was there stays.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FILES: [&str; 3] = ["sekimori.toml", "flows.d/mail.toml", "flows.d/office.toml"];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("flows.d")).unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        for file in FILES {
            std::fs::copy(sample.join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekimori"));
        command
            .env_clear()
            .env("TERM", "xterm")
            .arg("--config")
            .arg(self.0.path())
            .arg("--state")
            .arg(self.0.path().join("state"))
            .args(["--lang", "en"]);
        command
    }

    fn flow(&self, words: &[&str]) -> Output {
        self.command()
            .arg("flow")
            .args(words)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    fn all(&self) -> Vec<String> {
        FILES.iter().map(|file| self.text(file)).collect()
    }

    /// A flow that the sample does not cover, approved today.
    fn flow_options(&self) -> Vec<String> {
        let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        let today = tokyo.to_datetime(jiff::Timestamp::now()).date();
        let (today, week) = (
            today.to_string(),
            (today + jiff::Span::new().days(7)).to_string(),
        );
        let options = [
            ("--from", "office:madoguchi"),
            ("--to", "lgwan:gyomu-web"),
            ("--service", "tcp/8443"),
            ("--purpose", "窓口端末からの \"新\" 業務システム利用"),
            ("--owner", "suzuki"),
            ("--approved-by", "ciso"),
            ("--approved-on", &today),
            ("--ticket", "情セ-R8-031"),
            ("--expires", &week),
        ];
        options
            .iter()
            .flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()])
            .collect()
    }

    fn add(&self, more: &[&str]) -> Output {
        let options = self.flow_options();
        let options = options
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied());
        self.flow(&["add"].into_iter().chain(options).collect::<Vec<_>>())
    }
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn what_is_added_stands_beside_its_neighbours_and_removing_it_gives_the_file_back() {
    let folder = Folder::new();
    let before = folder.all();
    let office = folder.0.path().join("flows.d/office.toml");
    std::fs::set_permissions(&office, std::fs::Permissions::from_mode(0o640)).unwrap();
    let added = folder.add(&[
        "--hours",
        "08:30-17:15",
        "--days",
        "mon-fri",
        "--rate",
        "30/minute",
    ]);
    assert!(added.status.success(), "{}", said(&added.stderr));
    let diff = said(&added.stdout);
    assert!(
        diff.contains("+id       = \"madoguchi-gyomu-web-tcp-8443\""),
        "{diff}"
    );
    assert!(
        !diff
            .lines()
            .any(|line| line.starts_with('-') && !line.starts_with("---")),
        "{diff}"
    );
    let text = folder.text("flows.d/office.toml");
    assert!(
        text.contains(
            "rate     = \"30/minute\"\npurpose  = '窓口端末からの \"新\" 業務システム利用'\n"
        ),
        "{text}"
    );
    assert!(text.find("madoguchi-gyomu-web-tcp-8443") < text.find("[[expect]]"));
    let mode = std::fs::metadata(&office).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(folder.command().arg("check").status().unwrap().success());
    let listed = folder
        .command()
        .args(["--json", "flow", "list", "--owner", "suzuki"])
        .output()
        .unwrap();
    assert!(said(&listed.stdout).contains("madoguchi-gyomu-web-tcp-8443"));

    let removed = folder.flow(&["remove", "madoguchi-gyomu-web-tcp-8443"]);
    assert!(removed.status.success(), "{}", said(&removed.stderr));
    assert_eq!(folder.all(), before);
    assert_eq!(
        std::fs::read_dir(folder.0.path().join("flows.d"))
            .unwrap()
            .count(),
        2,
        "nothing is left over"
    );
}

#[test]
fn a_new_host_and_a_new_file_come_with_their_flow() {
    let folder = Folder::new();
    let new = [
        "--to",
        "lgwan:shinsei-web",
        "--new-host",
        "shinsei-web=lgwan:10.1.30.20",
        "--id",
        "shinsei",
        "--file",
        "flows.d/shinsei.toml",
    ];
    let options: Vec<String> = folder.flow_options();
    let kept: Vec<&str> = options
        .iter()
        .map(String::as_str)
        .filter(|o| *o != "--to" && *o != "lgwan:gyomu-web")
        .collect();
    let added = folder.flow(
        &["add"]
            .into_iter()
            .chain(kept)
            .chain(new)
            .collect::<Vec<_>>(),
    );
    assert!(added.status.success(), "{}", said(&added.stderr));
    let hosts = folder.text("sekimori.toml");
    assert!(hosts.contains("kanri-pc      = { zone = \"management\", address = \"192.168.90.10\", asset = \"資産-0007\" }\nshinsei-web = { zone = \"lgwan\", address = \"10.1.30.20\" }\n"), "{hosts}");
    assert!(
        folder
            .text("flows.d/shinsei.toml")
            .starts_with("# 許可通信台帳: office → lgwan\n\n[[flow]]\n")
    );
    assert!(folder.command().arg("check").status().unwrap().success());
}

#[test]
fn nothing_is_written_on_a_mistake_and_it_is_said_which() {
    let folder = Folder::new();
    let before = folder.all();
    for (more, code) in [
        (vec!["--owner", "ciso"], None),
        (vec!["--id", "office-gyomu"], Some("E05")),
        (vec!["--clause", "9(9)9"], Some("E24")),
        (vec!["--hours", "25:00-26:00"], Some("S04")),
        (vec!["--new-host", "stray=lgwan:192.168.99.1"], Some("E13")),
        (vec!["--file", "../x.toml"], None),
    ] {
        let refused = folder.add(&more);
        assert!(!refused.status.success(), "{more:?}");
        if let Some(code) = code {
            assert_eq!(refused.status.code(), Some(1), "{more:?}");
            assert!(
                said(&refused.stderr).contains(code),
                "{more:?}: {}",
                said(&refused.stderr)
            );
        }
        assert_eq!(folder.all(), before, "{more:?}");
    }
    let lacking = folder.flow(&["add", "--from", "office:madoguchi"]);
    assert_eq!(lacking.status.code(), Some(1));
    assert!(said(&lacking.stderr).contains(
        "missing: --to --service --purpose --owner --approved-by --approved-on --ticket --expires"
    ));
    let unknown = folder.flow(&["remove", "ofice-gyomu"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        said(&unknown.stderr).contains("did you mean office-gyomu?"),
        "{}",
        said(&unknown.stderr)
    );
    // An [[expect]] still needs it.
    let needed = folder.flow(&["remove", "office-gyomu"]);
    assert!(
        said(&needed.stderr).contains("S09"),
        "{}",
        said(&needed.stderr)
    );
    assert_eq!(folder.all(), before);
}

#[test]
fn an_expired_flow_can_be_removed_with_its_reason() {
    let folder = Folder::new();
    let file = folder.0.path().join("flows.d/old.toml");
    let old = "# head\n\n# of the first\n[[flow]]\nid = \"old-1\"\nfrom = \"office:madoguchi\"\nto = \"lgwan:gyomu-web\"\nservice = \"tcp/81\"\npurpose = \"a\"\nowner = \"sato\"\napproved = { by = \"ciso\", on = 2025-10-01, ticket = \"x\" }\nexpires = 2025-12-31\n";
    let second = old
        .replace("# head\n\n# of the first\n", "\n")
        .replace("old-1", "old-2")
        .replace("tcp/81", "tcp/82");
    std::fs::write(&file, format!("{old}{second}")).unwrap();
    assert!(
        !folder.command().arg("check").status().unwrap().success(),
        "two have expired"
    );
    let removed = folder.flow(&["remove", "old-1", "--reason", "業務終了"]);
    assert!(removed.status.success(), "{}", said(&removed.stderr));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("# head\n\n# 2")
            && text.contains(" old-1 を削除: 業務終了\n\n[[flow]]\nid = \"old-2\""),
        "{text}"
    );
    assert!(folder.flow(&["remove", "old-2"]).status.success());
    assert!(folder.command().arg("check").status().unwrap().success());
}

#[test]
fn on_a_terminal_it_asks_and_a_no_changes_nothing() {
    for (agree, written) in [("n", false), ("y", true)] {
        let folder = Folder::new();
        let before = folder.all();
        let mut command = folder.command();
        command.args(["flow", "add"]);
        let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
        let answers = [
            ("From", "madoguchi\r"),
            ("To", "gyomu\r"),
            ("Service", "ssh\r"),
            ("Purpose", "Maintenance\r"),
            ("Owner", "suzuki\r"),
            ("Approver", "ciso\r"),
            ("Approved on", "\r"),
            ("Ticket", "R8-099\r"),
            ("Last day", "\r"),
            ("Clause", "6(4)1\r"),
            ("Class", "none\r"),
            ("Hours", "\r"),
            ("Id", "\r"),
            ("Write this", agree),
        ];
        for (question, answer) in answers {
            terminal
                .exp_string(question)
                .unwrap_or_else(|error| panic!("{question}: {error}"));
            terminal.send(answer).unwrap();
            terminal.flush().unwrap();
        }
        terminal.send("\r").unwrap();
        terminal.flush().unwrap();
        let said = terminal.exp_eof().unwrap();
        let text = folder.text("flows.d/office.toml");
        assert_eq!(text.contains("ticket = \"R8-099\""), written, "{said}");
        assert_eq!(folder.all() == before, !written);
        if written {
            assert!(
                text.contains("[[flow]]\nid       = \"madoguchi-gyomu-web-ssh\""),
                "{text}"
            );
            assert!(
                text.contains("clause   = \"6(4)1\"") && !text.contains("class    = \"機密性1\""),
                "{text}"
            );
        }
    }
}
