//! The real roles under SIGKILL, at any moment: whatever got its 250 arrives
//! or stands on the disk, whole, and the record holds together.
//!
//! Everything happens in a network namespace of one thread, which is gone
//! with that thread; roles are children of that thread and killed by pid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use sekimori::audit::{self, Event};
use sekimori::segment::configuration::Configuration;
use sekimori::segment::revision::Meta;

use super::mail::{events, program};

const GATE: &str = "192.0.2.1:25";
const HOP: &str = "10.1.20.25:25";
const WAIT: Duration = Duration::from_secs(45);
const LOAD: Duration = Duration::from_secs(14);
const SESSIONS: u32 = 5;

const MAIN: &str = r#"
schema = 1
[site]
id = "skm"
name = "関守町"
timezone = "Asia/Tokyo"
review_days = 365
contact = "内線 4321"
policy_title = "方針"
[people.sato]
name = "佐藤"
of = "総務課"
roles = ["administrator"]
from = 2020-04-01
[people.ciso]
name = "鈴木"
of = "副町長"
roles = ["approver"]
from = 2020-04-01
[clauses]
"1" = "一"
[zones.internet]
kind = "internet"
interfaces = ["wan0"]
networks = ["0.0.0.0/0"]
except = ["10.0.0.0/8"]
ipv6 = "deny"
gateway = ["192.0.2.1"]
[zones.lgwan]
kind = "lgwan"
interfaces = ["lan0"]
networks = ["10.1.0.0/16"]
ipv6 = "deny"
gateway = ["10.1.0.1"]
[hosts]
mx-internet = { zone = "internet", address = "192.0.2.10" }
mail-lgwan = { zone = "lgwan", address = "10.1.20.25" }
[services]
smtp = "tcp/25"
[mail]
hostname = "gate.town.example.lg.jp"
listen = ["192.0.2.1:25"]
max_size = "5MB"
max_sessions = 50
max_sessions_per_address = 50
min_free = "2MB"
[[domain]]
name = "town.example.lg.jp"
next_hop = "mail-lgwan"
[[flow]]
id = "inbound-mail"
from = "internet:mx-internet"
to = "gateway"
service = "smtp"
via = "mail"
purpose = "受信"
owner = "sato"
approved = { by = "ciso", on = @DAY@, ticket = "情セ-1" }
expires = @END@
clause = "1"
[[flow]]
id = "mail-delivery"
from = "gateway"
to = "lgwan:mail-lgwan"
service = "smtp"
via = "mail"
purpose = "配送"
owner = "sato"
approved = { by = "ciso", on = @DAY@, ticket = "情セ-2" }
expires = @END@
clause = "1"
"#;

/// A seeded die: the seed is printed, so that a run can be had again.
struct Die(u64);

impl Die {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Folders as the supervisor prepares them, one revision, and two roles.
struct Town {
    folder: tempfile::TempDir,
    roles: BTreeMap<&'static str, Child>,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("skm-crash-")
            .tempdir()
            .unwrap();
        let mail = nix::unistd::User::from_name("sekimori-mail")
            .unwrap()
            .unwrap();
        let owner = Some(mail.uid.as_raw());
        for (path, owner, mode) in [
            ("", None, 0o755),
            ("config/credentials", None, 0o755),
            ("run/mail", owner, 0o755),
            ("state/audit/mail", owner, 0o750),
            ("state/spool", owner, 0o700),
            ("state/quarantine", owner, 0o700),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            chown(&path, owner, None).unwrap();
        }
        let key = folder.path().join("config/credentials/site-key");
        fs::write(&key, [7; 32]).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        store_revision(&folder.path().join("state/revisions"));
        Self {
            folder,
            roles: BTreeMap::new(),
        }
    }

    fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    fn start(&mut self, role: &'static str) {
        let at = |name: &str| self.folder.path().join(name);
        let child = Command::new(program("sekimori"))
            .arg("--config")
            .arg(at("config"))
            .arg("--state")
            .arg(at("state"))
            .arg("--runtime")
            .arg(at("run"))
            .args(["run", role])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(
                fs::File::options()
                    .create(true)
                    .append(true)
                    .open(at("stderr"))
                    .unwrap(),
            )
            .spawn();
        self.roles.insert(role, child.unwrap());
    }

    fn kill(&mut self, role: &'static str) {
        if let Some(mut child) = self.roles.remove(role) {
            child.kill().unwrap(); // SIGKILL
            child.wait().unwrap();
        }
    }

    fn count(&self, folder: &str) -> usize {
        fs::read_dir(self.state().join("spool").join(folder))
            .unwrap()
            .count()
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.kill("mail");
        self.kill("sandbox");
    }
}

fn store_revision(root: &Path) {
    let day = |span: i64| {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * span);
        now.strftime("%Y-%m-%d").to_string()
    };
    let text = MAIN.replace("@DAY@", &day(-2)).replace("@END@", &day(100));
    let one = root.join("1");
    fs::create_dir_all(one.join("config")).unwrap();
    fs::write(one.join("config/sekimori.toml"), text).unwrap();
    fs::write(one.join("config/retired-flows"), "").unwrap();
    let configuration = Configuration::read(&one.join("config")).unwrap();
    let meta = Meta {
        schema: 1,
        revision: 1,
        by: "sato".into(),
        at: jiff::Timestamp::now(),
        policy: configuration.sha256(),
        ruleset: String::new(),
        flows: BTreeSet::new(),
    };
    fs::write(one.join("meta.json"), serde_json::to_vec(&meta).unwrap()).unwrap();
    std::os::unix::fs::symlink("1", root.join("current")).unwrap();
}

/// What arrived: by Message-ID, the `X-Sekimori-Id` and the text of each.
type Arrived = Arc<Mutex<BTreeMap<String, Vec<(String, String)>>>>;

fn sink(arrived: Arrived) {
    let listener = TcpListener::bind(HOP).unwrap();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let arrived = Arc::clone(&arrived);
            std::thread::spawn(move || receive(BufReader::new(stream), &arrived));
        }
    });
}

fn receive(mut stream: BufReader<TcpStream>, arrived: &Arrived) -> std::io::Result<()> {
    stream.get_mut().write_all(b"220 sink\r\n")?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line != "DATA\r\n" {
            stream.get_mut().write_all(b"250 ok\r\n")?;
            continue;
        }
        stream.get_mut().write_all(b"354 go\r\n")?;
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(()); // half a mail is none
            }
            if line == ".\r\n" {
                break;
            }
            text.push_str(&line);
        }
        let field = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_default().trim().to_owned()
        };
        let (message, own) = (field("Message-ID:"), field("X-Sekimori-Id:"));
        arrived
            .lock()
            .unwrap()
            .entry(message)
            .or_default()
            .push((own, text.clone()));
        stream.get_mut().write_all(b"250 2.0.0 taken\r\n")?;
    }
}

/// A sender: mails one after another until told to end; notes those that got
/// their 250 with the id it named. A mail without an answer is given up.
struct Sender {
    number: u32,
    zip: String,
    ending: Arc<AtomicBool>,
    sent: Arc<AtomicU32>,
    acknowledged: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Sender {
    fn run(self) {
        while !self.ending.load(Ordering::Relaxed) {
            if self.session().is_err() {
                std::thread::sleep(Duration::from_millis(30)); // the role is being started again
            }
        }
    }

    fn session(&self) -> std::io::Result<()> {
        let stream = TcpStream::connect(GATE)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut stream = BufReader::new(stream);
        answer(&mut stream, "220")?;
        say(&mut stream, "EHLO mx.example\r\n", "250")?;
        while !self.ending.load(Ordering::Relaxed) {
            let count = self.sent.fetch_add(1, Ordering::Relaxed);
            let id = format!("<{count}.{}@mx.example>", self.number);
            say(&mut stream, "MAIL FROM:<a@b.example>\r\n", "250")?;
            say(&mut stream, "RCPT TO:<x@town.example.lg.jp>\r\n", "250")?;
            say(&mut stream, "DATA\r\n", "354")?;
            let text = message(&id, count.is_multiple_of(4).then_some(&self.zip));
            let answer = say(&mut stream, &text, "250")?;
            let own = answer.split(' ').nth(2).unwrap_or_default().to_owned();
            self.acknowledged.lock().unwrap().insert(id, own);
            std::thread::sleep(Duration::from_millis(100)); // a load that can be treated meanwhile
        }
        say(&mut stream, "QUIT\r\n", "221").map(drop)
    }
}

fn say(stream: &mut BufReader<TcpStream>, text: &str, wanted: &str) -> std::io::Result<String> {
    stream.get_mut().write_all(text.as_bytes())?;
    answer(stream, wanted)
}

fn answer(stream: &mut BufReader<TcpStream>, wanted: &str) -> std::io::Result<String> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || !line.starts_with(wanted) {
            return Err(std::io::Error::other(line));
        }
        if line.as_bytes().get(3) == Some(&b' ') {
            return Ok(line);
        }
    }
}

fn message(id: &str, zip: Option<&String>) -> String {
    let head = format!(
        "From: Sato <a@b.example>\r\nTo: x@town.example.lg.jp\r\nSubject: crash\r\n\
         Date: Mon, 1 Jun 2026 09:00:00 +0900\r\nMessage-ID: {id}\r\nMIME-Version: 1.0\r\n"
    );
    let body = "Content-Type: text/plain; charset=UTF-8\r\n\r\nWHOLE\r\n";
    match zip {
        None => format!("{head}{body}.\r\n"),
        Some(zip) => format!(
            "{head}Content-Type: multipart/mixed; boundary=\"skm\"\r\n\r\n--skm\r\n{body}--skm\r\n\
             Content-Type: application/zip; name=\"a.zip\"\r\nContent-Disposition: attachment; filename=\"a.zip\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{zip}\r\n--skm--\r\n.\r\n"
        ),
    }
}

fn zip_of_texts() -> String {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["one.txt", "two.txt"] {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(b"member\r\n").unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let sign = base64::engine::general_purpose::STANDARD.encode(bytes);
    sign.as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect()
}

/// Looks often, gives up after `WAIT`.
fn until(what: &str, town: &Town, is: impl Fn() -> bool) {
    let deadline = Instant::now() + WAIT;
    while !is() {
        assert!(
            Instant::now() < deadline,
            "{what}: {} received, {} outgoing\n{}",
            town.count("received"),
            town.count("outgoing"),
            town.said()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nothing_is_lost_whenever_a_role_is_killed() {
    let known = nix::unistd::User::from_name("sekimori-mail").ok().flatten();
    if !nix::unistd::geteuid().is_root() || known.is_none() {
        println!("skipped: needs root and the user sekimori-mail");
        return;
    }
    let given = std::env::var("SEKIMORI_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()) | 1 << 40);
    println!("SEKIMORI_SEED={seed}");
    // Its own thread: threads and roles started from it share its namespace.
    std::thread::spawn(move || kill_and_count(Die(seed)))
        .join()
        .unwrap();
}

fn kill_and_count(mut die: Die) {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
    for words in [
        "link set lo up",
        "address add 192.0.2.1/32 dev lo",
        "address add 10.1.20.25/32 dev lo",
    ] {
        assert!(
            Command::new("ip")
                .args(words.split(' '))
                .status()
                .unwrap()
                .success()
        );
    }
    let arrived = Arrived::default();
    sink(Arc::clone(&arrived));
    let mut town = Town::new();
    town.start("sandbox");
    town.start("mail");
    until("port 25", &town, || TcpStream::connect(GATE).is_ok());

    let (ending, sent) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let senders: Vec<_> = (0..SESSIONS)
        .map(|number| Sender {
            number,
            zip: zip_of_texts(),
            ending: Arc::clone(&ending),
            sent: Arc::clone(&sent),
            acknowledged: Arc::clone(&acknowledged),
        })
        .map(|sender| std::thread::spawn(move || sender.run()))
        .collect();
    let (began, mut kills) = (Instant::now(), BTreeMap::<_, u32>::new());
    while began.elapsed() < LOAD {
        std::thread::sleep(Duration::from_millis(60 + die.below(700)));
        let which: &[&str] =
            [&["mail"][..], &["mail"], &["sandbox"], &["sandbox", "mail"]][die.below(4) as usize];
        for role in ["mail", "sandbox"]
            .into_iter()
            .filter(|role| which.contains(role))
        {
            town.kill(role);
            *kills.entry(role).or_default() += 1;
        }
        std::thread::sleep(Duration::from_millis(die.below(200)));
        for role in ["sandbox", "mail"]
            .into_iter()
            .filter(|role| which.contains(role))
        {
            town.start(role);
        }
    }
    // Longer than a job waits for its server: nothing may be maimed for it.
    town.kill("sandbox");
    std::thread::sleep(Duration::from_secs(1));
    ending.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.join().unwrap();
    }
    assert!(town.count("received") > 0, "mail was taken and waits");
    std::thread::sleep(Duration::from_secs(16));
    town.start("sandbox");
    let acknowledged = acknowledged.lock().unwrap().clone();
    until("the queue drained", &town, || {
        town.count("received") + town.count("outgoing") == 0
    });

    let arrived = arrived.lock().unwrap().clone();
    let held: BTreeSet<_> = fs::read_dir(town.state().join("spool/held"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|(message, own)| !arrived.contains_key(*message) && !held.contains(*own))
        .collect();
    assert!(
        lost.is_empty(),
        "{} lost of {}: {lost:?}\n{}",
        lost.len(),
        acknowledged.len(),
        town.said()
    );
    assert!(
        held.is_empty(),
        "nothing here costs a worker its life: {held:?}\n{}",
        town.said()
    );
    let mut doubled = 0;
    for (message, copies) in &arrived {
        let ids: BTreeSet<_> = copies.iter().map(|(own, _)| own).collect();
        assert_eq!(ids.len(), 1, "{message} came under several ids: {ids:?}");
        doubled += copies.len() - 1;
        let zipped = message[1..]
            .split('.')
            .next()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            % 4
            == 0;
        for (_, text) in copies {
            assert_eq!(
                text.contains("a.zip"),
                zipped,
                "{message} is maimed:\n{text}\n{}",
                town.said()
            );
        }
    }
    for (message, own) in &acknowledged {
        assert!(
            arrived[message][0].0.starts_with(&format!("{own}.")),
            "{message}"
        );
        assert!(
            town.state().join("quarantine").join(own).exists(),
            "the original of {own}"
        );
    }
    println!(
        "{} sent, {} acknowledged, {} arrived, {doubled} twice, kills {kills:?}",
        sent.load(Ordering::Relaxed),
        acknowledged.len(),
        arrived.len()
    );
    let most = 20 * kills.get("mail").copied().unwrap_or(0) as usize; // what may be under way at a kill
    assert!(doubled <= most, "{doubled} twice");
    assert!(acknowledged.len() > 20, "{}", town.said());
    until("progress emptied", &town, || town.count("progress") == 0);
    assert_eq!(town.count("corrupt"), 0);

    town.kill("mail");
    let record = town.state().join("audit");
    assert!(audit::verify(&record, &[]).unwrap().clean());
    let all = events(&town.state());
    for (name, is) in [
        (
            "received",
            (|event, own| matches!(event, Event::Received { mail, .. } if mail == own))
                as fn(&Event, &str) -> bool,
        ),
        (
            "passed",
            |event, own| matches!(event, Event::Passed { mail, .. } if mail == own),
        ),
        (
            "delivered",
            |event, own| matches!(event, Event::Delivered { mail, .. } if mail == own),
        ),
    ] {
        for own in acknowledged.values() {
            assert!(
                all.iter().any(|event| is(event, own)),
                "no {name} of {own} in the record"
            );
        }
    }
}
