//! The office stage with the real LibreOffice: what it cannot do costs only
//! that part, and where it is not there the words come out instead. That it
//! reaches nobody stands in `office_reach`.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use mail_parser::{MessageParser, MimeHeaders as _};
use sekimori::mail::plan::{self, Plan};
use sekimori::mail::receive::Patience;
use sekimori::mail::record::Outcome;
use sekimori::mail::treat::{Treated, Treater};
use sekimori::policy::{Limits, TreatRule};
use sekimori::sandbox::{Clean, FIRST_WORKER_UID, Sandbox, Untrusted};
use sekimori::sanitise::protocol::{Beside, Leaf, Place, Range};
use sekimori::sanitise::stage::Conversion;
use sekimori::sanitise::{Kind, Refusal, Treatment, What};

use super::mail::{Client, Sink, open, policy, program};
use super::office_files::{SENTENCE, STRUCK, letter, old_form, reaching};

/// The stage; `None`, and said, where this machine has no LibreOffice.
pub fn stage() -> Option<Sandbox> {
    let sandbox = Sandbox::private(&program("sekimori-worker")).unwrap();
    if !sandbox.has_office() {
        println!("skipped: LibreOffice is not installed (testbed/setup installs it)");
    }
    sandbox.has_office().then_some(sandbox)
}

pub fn untrusted(bytes: &[u8]) -> Untrusted {
    Untrusted::copy_from(&mut &*bytes, 1 << 30).unwrap()
}

pub fn treat(
    sandbox: &Sandbox,
    limits: &Limits,
    order: Treatment,
    file: (&str, Kind, &[u8]),
) -> Treated {
    treat_as(sandbox, limits, &Plan::only(order), file)
}

fn treat_as(
    sandbox: &Sandbox,
    limits: &Limits,
    plan: &Plan,
    (name, kind, bytes): (&str, Kind, &[u8]),
) -> Treated {
    let leaf = Leaf {
        place: Place::Attachment,
        untrusted_name: name.into(),
        untrusted_claimed: String::new(),
        untrusted_id: None,
        charset: None,
        kind,
        range: Range {
            offset: 0,
            length: bytes.len() as u64,
        },
        refusal: None,
    };
    Treater::new(sandbox, plan, limits, "sha256:0").leaf(&leaf, &untrusted(bytes))
}

/// What LibreOffice, or who has taken it over, can see and do in there.
#[test]
fn in_the_stage_there_is_nothing_but_what_it_needs() {
    let root = nix::unistd::geteuid().is_root();
    let test_worker = program("examples/misbehaving-worker");
    let look = |command: &mut Command| {
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = String::from_utf8(output.stdout).unwrap();
        // Folders that a machine may lack.
        let there = |line: &&str| {
            !line.starts_with("write /etc/fonts")
                && !line.starts_with("write /var/cache")
                && !line.starts_with("write /usr/lib/lib")
                && !line.starts_with("write /usr/share")
        };
        for line in said.lines().filter(|line| !there(line)) {
            assert!(!line.ends_with(": yes"), "{line}");
        }
        let firm: Vec<&str> = said.lines().filter(there).collect();
        assert_eq!(
            firm,
            [
                "list /: permission denied",
                "powers: 0",
                "write /job/made: yes",
                "write /made: read-only filesystem or storage medium",
                "write /dev/made: read-only filesystem or storage medium",
                "write /dev/null: yes",
                "see /etc/passwd: entity not found",
                "see /proc/self/status: entity not found",
                "see /usr/bin/env: entity not found",
                "see /root: entity not found",
                "execute /job/made: permission denied",
                "speak TCP: permission denied",
                "become root: permission denied",
                "fill more than its folder: no storage space",
                "take two gigabytes: false",
            ],
            "{said}{errors}"
        );
    };
    if root {
        // With the powers and the mask of the unit, and no more.
        let mut command = Command::new("setpriv");
        command.arg("--bounding-set=-all,+sys_admin,+setuid,+setgid,+kill");
        command
            .args(["sh", "-c", "umask 077; exec \"$0\" \"$@\""])
            .arg(&test_worker);
        look(command.args(["world", &FIRST_WORKER_UID.to_string()]));
    }
    // Without privilege: inside a user namespace, from a place that nobody may enter.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("worker");
    std::fs::copy(&test_worker, &copy).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "unshare",
        ]);
        command
    } else {
        Command::new("unshare")
    };
    look(
        command
            .args(["--user", "--map-root-user"])
            .arg(&copy)
            .args(["world", "-"]),
    );
}

#[test]
fn pages_of_a_letter_and_modern_forms_of_old_files() {
    let Some(sandbox) = stage() else { return };
    let limits = Limits::default();
    // Cleaned by us first: template and picture are named, and gone before LibreOffice.
    let hostile = reaching("203.0.113.9");
    let pages = treat(
        &sandbox,
        &limits,
        Treatment::Flatten,
        ("見積書.docm", Kind::Word, &hostile),
    );
    assert_eq!(
        pages.record.outcome,
        Outcome::Flattened,
        "{:?}",
        pages.record
    );
    assert_eq!(pages.name, "見積書.pdf");
    assert!(pages.record.confinement.contains("office: own-root"));
    for what in [What::ExternalImage, What::RemoteTemplate] {
        let named = pages.record.removed.iter().any(|line| line.what == what);
        assert!(named, "{what:?}: {:?}", pages.record.removed);
    }
    assert!(words(&sandbox, &pages.clean.unwrap()).contains(SENTENCE));
    let rich = format!(r"{{\rtf1\ansi \u{}? Hello}}", 0x898b);
    let pages = treat(
        &sandbox,
        &limits,
        Treatment::Flatten,
        ("a.rtf", Kind::Rtf, rich.as_bytes()),
    );
    assert_eq!(
        pages.record.outcome,
        Outcome::Flattened,
        "{:?}",
        pages.record
    );
    let said = words(&sandbox, &pages.clean.unwrap());
    assert!(said.contains('見') && said.contains("Hello"), "{said}");
    for (kind, source, extension, modern) in [
        (Kind::Doc, "text", "doc", Kind::Word),
        (Kind::Xls, "spreadsheet", "xls", Kind::Sheet),
        (Kind::Ppt, "presentation", "ppt", Kind::Slides),
    ] {
        let bytes = old_form(source, extension);
        let old = format!("a.{extension}");
        let made = treat(&sandbox, &limits, Treatment::Rebuild, (&old, kind, &bytes));
        assert_eq!(made.record.outcome, Outcome::Rebuilt, "{:?}", made.record);
        let clean = made.clean.unwrap();
        assert_eq!(clean.kind(), modern);
        assert!(
            words(&sandbox, &clean).contains(SENTENCE),
            "{:?}",
            clean.kind()
        );
        // What came is no output of ours, what went out is.
        assert!(sandbox.verify(&untrusted(&bytes), modern, &limits).is_err());
        assert_eq!(
            sandbox.verify(&untrusted(clean.bytes()), modern, &limits),
            Ok(())
        );
    }
}

#[test]
fn a_hang_a_crash_and_an_empty_result_cost_only_their_part() {
    let Some(sandbox) = stage() else { return };
    let flatten = Conversion::of(Kind::Word, Treatment::Flatten).unwrap();
    let convert = |bytes: &[u8], limits: &Limits| {
        let converted = sandbox.convert(&untrusted(bytes), flatten, limits);
        converted.map(|converted| converted.file.length() > 0)
    };
    let long = letter(40_000, "", "");
    let hasty = Limits {
        file_seconds: 1,
        ..Limits::default()
    };
    assert_eq!(
        convert(&long, &hasty),
        Err(Refusal::OverBudget),
        "out of time"
    );
    let starved = Limits {
        render_memory_bytes: 64 << 20,
        ..Limits::default()
    };
    let short = letter(1, "", "");
    assert_eq!(
        convert(&short, &starved),
        Err(Refusal::WorkerLost),
        "it cannot even start"
    );
    // LibreOffice says that all went well, and made nothing.
    let nothing = convert(b"no letter", &Limits::default());
    assert_eq!(nothing, Err(Refusal::WorkerLost), "judged by the result");
    // The words stand in, and say why; the next file is none the worse.
    let words = treat(
        &sandbox,
        &starved,
        Treatment::Flatten,
        ("a.docx", Kind::Word, &short),
    );
    assert_eq!(words.record.outcome, Outcome::Text);
    assert_eq!(words.record.reason, Some(Refusal::WorkerLost));
    let text = words.clean.unwrap().bytes().to_vec();
    assert!(String::from_utf8(text).unwrap().contains(SENTENCE));
    assert_eq!(convert(&short, &Limits::default()), Ok(true));
}

pub fn words(sandbox: &Sandbox, clean: &Clean) -> String {
    let (input, limits) = (untrusted(clean.bytes()), Limits::default());
    let text = sandbox.treat(
        &input,
        (clean.kind(), Treatment::Text),
        Beside::default(),
        &limits,
    );
    String::from_utf8(text.unwrap().bytes().to_vec()).unwrap()
}

/// A doc cannot be cleaned before LibreOffice has read it; its pages obey all the same.
#[test]
fn pages_of_an_old_letter_show_no_change_that_the_site_accepts() {
    let Some(sandbox) = stage() else { return };
    let bytes = old_form("text", "doc");
    let limits = Limits::default();
    for accepted in [false, true] {
        let mut policy = policy("127.0.0.1:25".parse().unwrap());
        policy.mail.accept_changes = accepted;
        policy.mail.treat.push(rule("doc"));
        let variants = plan::plan(&policy, "a@b.example", &["x@city.lg.example".to_owned()]);
        let file = ("a.doc", Kind::Doc, bytes.as_slice());
        let pages = treat_as(&sandbox, &limits, &variants[0].plan, file);
        assert_eq!(
            pages.record.outcome,
            Outcome::Flattened,
            "{:?}",
            pages.record
        );
        let words = words(&sandbox, &pages.clean.unwrap());
        assert!(words.contains(SENTENCE), "{words}");
        assert_eq!(words.contains(STRUCK), !accepted, "{words}");
    }
}

fn rule(kind: &str) -> TreatRule {
    TreatRule {
        kinds: vec![kind.into()],
        recipients: vec![],
        senders: vec![],
        treatment: "flatten".into(),
    }
}

/// The whole product on a machine without LibreOffice, and for a plain user.
#[test]
fn where_it_is_not_installed_the_words_come_out_and_a_plain_user_gets_pages() {
    if stage().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| {
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(path, open).unwrap();
    };
    for name in ["sekimori", "sekimori-worker"] {
        std::fs::copy(program(name), folder.path().join(name)).unwrap();
    }
    open(folder.path());
    let source = folder.path().join("見積書.docx");
    std::fs::write(&source, letter(1, "", "")).unwrap();
    let run = |before: &str, out: &str| {
        let folder = folder.path().display();
        let mut command = Command::new("sh");
        let script = format!(
            "{before} {folder}/sekimori sanitise --json --as flatten -o {folder}/{out} {folder}/見積書.docx"
        );
        let output = command.args(["-c", &script]).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect(&errors)
    };
    let (other, hidden) = if nix::unistd::geteuid().is_root() {
        (
            "setpriv --reuid=65534 --regid=65534 --clear-groups",
            "unshare -m",
        )
    } else {
        ("", "unshare -Urm")
    };
    let pages = run(other, "pages");
    assert_eq!(pages["outcome"], "flattened", "{pages}");
    if !other.is_empty() {
        let confinement = pages["confinement"].as_str().unwrap();
        assert!(confinement.starts_with("user-namespace"), "{confinement}");
    }
    let hide =
        format!("{hidden} sh -c 'mount -t tmpfs none /usr/lib/libreoffice && exec \"$@\"' -");
    let words = run(&hide, "words");
    assert_eq!(words["outcome"], "text", "{words}");
    assert_eq!(words["reason"], "not-installed", "{words}");
    assert_eq!(words["outputs"][0]["name"], "見積書.txt");
}

/// The way of a real mail: a rule that orders pages, workers and the stage, SMTP.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_orders_pages_and_they_are_delivered() {
    if stage().is_none() {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut policy = policy(sink.start().await);
    policy.mail.treat.push(rule("ooxml.word"));
    let mut place = open(state.path(), policy);
    place.treat("sekimori-worker", 1);
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let armoured = base64::prelude::BASE64_STANDARD.encode(letter(1, "", ""));
    let lines: Vec<&str> = armoured
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let message = format!(
        "From: Sato <a@b.example>\r\nTo: x@city.lg.example\r\nSubject: =?utf-8?B?6KaL56mN?=\r\n\
         Date: Mon, 1 Jun 2026 09:00:00 +0900\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n\
         --b\r\nContent-Type: application/octet-stream; name=\"a.docx\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n.\r\n",
        lines.join("\r\n")
    );
    let mut client = Client::connect(address).await;
    let answer = client.mail("x@city.lg.example", message.as_bytes()).await;
    assert!(answer.starts_with("250 "), "{answer}");
    let taken = sink.next().await;
    let mail = MessageParser::default().parse(&taken.message).unwrap();
    let attached = mail.attachments().next().unwrap();
    assert_eq!(attached.attachment_name(), Some("a.pdf"));
    assert!(attached.contents().starts_with(b"%PDF-"));
    let body = mail.body_text(0).unwrap();
    assert!(body.contains("ページを画像にしました"), "{body}");
}
