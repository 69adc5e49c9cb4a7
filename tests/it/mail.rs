//! The mail role's parts on real sockets, real disks and a real audit chain.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sekimori::audit::{self, Event, Line};
use sekimori::mail::envelope::Envelope;
use sekimori::mail::house::{House, Rules};
use sekimori::mail::ledger::Ledger;
use sekimori::mail::outgoing::Outgoing;
use sekimori::mail::rebuild::HeldInput;
use sekimori::mail::receive::{self, Patience};
use sekimori::mail::spool::{self, Spool};
use sekimori::mail::{deliver, pass};
use sekimori::policy::{Domain, Limits, MailPolicy, Policy, Retention, Site};
use sekimori::quarantine::{MailId, SiteKey};
use sekimori::sandbox::Sandbox;
use sekimori::sanitise::Refusal;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

pub const WAIT: Duration = Duration::from_secs(30);

pub fn policy(next_hop: SocketAddr) -> Policy {
    Policy {
        site: Site {
            id: "nishi".into(),
            name: "西広域".into(),
            timezone: "Asia/Tokyo".into(),
            review_days: 365,
            contact: "内線 1".into(),
            policy_title: "方針".into(),
            holidays: std::collections::BTreeSet::new(),
            unused_days: 90,
        },
        people: BTreeMap::new(),
        clauses: BTreeMap::new(),
        zones: BTreeMap::new(),
        hosts: BTreeMap::new(),
        groups: BTreeMap::new(),
        services: BTreeMap::new(),
        flows: vec![],
        expects: vec![],
        domains: vec![Domain {
            name: "city.lg.example".into(),
            next_hop: "mail-lgwan".into(),
            address: next_hop.ip(),
            port: next_hop.port(),
            recipients: vec![],
        }],
        mail: MailPolicy {
            hostname: "gate.example".into(),
            listen: vec![],
            max_size: 1 << 20,
            max_sessions: 100,
            max_sessions_per_address: 60,
            min_free_bytes: 0,
            paint_qr_codes: false,
            drop_comments: false,
            accept_changes: false,
            keep_pdf_links: false,
            treat: vec![],
        },
        limits: Limits::default(),
        retention: Retention {
            original_days: 30,
            audit_days: 365,
        },
        sha256: "0".repeat(64),
    }
}

pub struct Place {
    pub house: Arc<House>,
    orders: Option<mpsc::UnboundedReceiver<(MailId, u32)>>,
    pub end: watch::Sender<bool>,
}

pub fn open(state: &Path, policy: Policy) -> Place {
    let spool = Spool::open(state, SiteKey::from_bytes(&[5; 32]).unwrap()).unwrap();
    let ledger = Ledger::open(&state.join("audit"), &spool.standing().unwrap()).unwrap();
    let (tell, orders) = mpsc::unbounded_channel();
    let rules = Rules {
        policy,
        revision: 7,
    };
    let house = House::new(spool, ledger, rules, state.join("no-sandbox.sock"), tell);
    Place {
        house: Arc::new(house),
        orders: Some(orders),
        end: watch::channel(false).0,
    }
}

impl Place {
    pub async fn listen(&self, patience: Patience) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(receive::serve(
            listener,
            self.house.clone(),
            patience,
            self.end.subscribe(),
        ));
        address
    }

    pub fn deliver(&mut self) {
        let orders = self.orders.take().unwrap();
        tokio::spawn(deliver::run(
            self.house.clone(),
            orders,
            self.end.subscribe(),
        ));
    }

    /// A variant in outgoing/, as `pass` leaves it.
    pub fn outgoing(&self, id: &str, recipients: &[&str]) -> MailId {
        let envelope = envelope(id, recipients);
        let rules = self.house.rules();
        let mail = Outgoing::held(&HeldInput {
            policy: &rules.policy,
            envelope: &envelope,
            headers: None,
            reason: Refusal::Malformed,
            now: envelope.received_at,
        });
        let prepared = self.house.spool.prepare(1, &envelope, &mail).unwrap();
        let passed = Event::Passed {
            mail: id.into(),
            variant: 1,
            recipients: envelope.recipients,
            digest: prepared.digest().to_owned(),
            records: vec![],
        };
        self.house.record(&passed).unwrap();
        self.house.spool.launch(&prepared).unwrap();
        MailId::parse(id).unwrap()
    }
}

pub fn envelope(id: &str, recipients: &[&str]) -> Envelope {
    Envelope {
        schema: 1,
        id: id.into(),
        receipt: "20260601-7F3K2Q".into(),
        received_at: jiff::Timestamp::now(),
        peer: "192.0.2.1".into(),
        untrusted_helo: "a.example".into(),
        untrusted_sender: "a@b.example".into(),
        recipients: recipients.iter().map(|r| (*r).to_owned()).collect(),
        revision: 7,
    }
}

pub fn events(state: &Path) -> Vec<Event> {
    let lines = audit::read(&state.join("audit/mail")).unwrap();
    lines
        .map(|entry| Line::read(&entry.unwrap().raw).unwrap().event().unwrap())
        .collect()
}

/// An SMTP client that waits for each answer.
pub struct Client(pub BufReader<TcpStream>);

impl Client {
    pub async fn connect(to: SocketAddr) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(to).await.unwrap()));
        assert!(client.answer().await.starts_with("220 "));
        client
    }

    pub async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(WAIT, self.0.read_line(&mut line)).await;
            if read.expect("an answer in time").unwrap_or(0) == 0 {
                return "closed".into();
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) -> String {
        let _ = self.0.get_mut().write_all(bytes.as_ref()).await;
        self.answer().await
    }

    pub async fn mail(&mut self, to: &str, message: &[u8]) -> String {
        for line in [
            "EHLO a.example\r\n",
            "MAIL FROM:<a@b.example>\r\n",
            &format!("RCPT TO:<{to}>\r\n"),
        ] {
            let answer = self.say(line).await;
            if !answer.starts_with("250 ") {
                return answer;
            }
        }
        let answer = self.say("DATA\r\n").await;
        if answer.starts_with("354") {
            self.say(message).await
        } else {
            answer
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub sender: String,
    pub recipients: Vec<String>,
    pub message: Vec<u8>,
}

/// A next hop. Recipients `no…` are refused with 550, `later…` with 451.
#[derive(Clone, Default)]
pub struct Sink(pub Arc<Mutex<Vec<Taken>>>, Arc<tokio::sync::Notify>);

impl Sink {
    pub async fn on(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let sink = self.clone();
            tokio::spawn(async move { sink.session(BufReader::new(stream)).await });
        }
    }

    pub async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(self.clone().on(listener));
        address
    }

    async fn session(self, mut stream: BufReader<TcpStream>) -> Option<()> {
        let mut taken = Taken {
            sender: String::new(),
            recipients: vec![],
            message: vec![],
        };
        stream.write_all(b"220 sink\r\n").await.ok()?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let path = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let answer = match line.get(..4).unwrap_or_default() {
                "EHLO" => "250-sink\r\n250 8BITMIME",
                "MAIL" => {
                    taken = Taken {
                        sender: path,
                        recipients: vec![],
                        message: vec![],
                    };
                    "250 ok"
                }
                "RCPT" if path.starts_with("no") => "550 5.1.1 no such user",
                "RCPT" if path.starts_with("later") => "451 4.2.1 later",
                "RCPT" => {
                    taken.recipients.push(path);
                    "250 ok"
                }
                "DATA" => {
                    stream.write_all(b"354 go\r\n").await.ok()?;
                    loop {
                        let mut line = Vec::new();
                        stream.read_until(b'\n', &mut line).await.ok()?;
                        if line == b".\r\n" {
                            break;
                        }
                        taken
                            .message
                            .extend(line.strip_prefix(b".").unwrap_or(&line));
                    }
                    self.0.lock().unwrap().push(taken.clone());
                    self.1.notify_one();
                    "250 2.0.0 taken"
                }
                "QUIT" => return None,
                _ => "250 ok",
            };
            stream
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .ok()?;
        }
    }

    pub async fn next(&self) -> Taken {
        let all = self.wait(1).await;
        all.into_iter().next().unwrap()
    }

    pub async fn wait(&self, count: usize) -> Vec<Taken> {
        let enough = async {
            loop {
                let told = self.1.notified();
                let taken = self.0.lock().unwrap().clone();
                if taken.len() >= count {
                    return taken;
                }
                told.await;
            }
        };
        tokio::time::timeout(WAIT, enough)
            .await
            .expect("the mail in time")
    }
}

/// Waits until `is` holds; looks often, gives up after `WAIT`.
pub async fn until(is: impl Fn() -> bool) {
    let holds = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(WAIT, holds).await.expect("it in time");
}

pub fn nowhere() -> SocketAddr {
    "127.0.0.1:1".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_250_means_on_disk_sealed_and_recorded() {
    let state = tempfile::tempdir().unwrap();
    let house = open(state.path(), policy(nowhere()));
    let address = house.listen(Patience::default()).await;
    let mut client = Client::connect(address).await;
    let answer = client
        .mail(
            "sato@city.lg.example",
            b"Subject: secret\r\n\r\nsecret\r\n.\r\n",
        )
        .await;
    assert!(answer.starts_with("250 2.6.0 nishi-"), "{answer}");
    let id = answer.split(' ').nth(2).unwrap().to_owned();
    for folder in ["spool/received", "quarantine"] {
        let sealed = std::fs::read(state.path().join(folder).join(&id)).unwrap();
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
    }
    let Some(Event::Received {
        mail,
        sender,
        recipients,
        size,
        receipt,
        ..
    }) = events(state.path()).pop()
    else {
        panic!("no record");
    };
    assert_eq!(
        (mail, sender.as_str(), size),
        (id.clone(), "a@b.example", 27)
    );
    assert_eq!(recipients, ["sato@city.lg.example"]);
    assert_eq!(receipt.len(), 15);
    assert_eq!(house.house.treatments.take().unwrap().as_str(), id);
    assert_eq!(
        client.mail("x@elsewhere.example", b"").await,
        "550 5.7.1 relaying denied\r\n"
    );
    assert!(client.say("QUIT\r\n").await.starts_with("221 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_452_and_nothing_is_kept() {
    let state = tempfile::tempdir().unwrap();
    let mut full = policy(nowhere());
    full.mail.min_free_bytes = u64::MAX;
    let house = open(state.path(), full);
    let address = house.listen(Patience::default()).await;
    let mut client = Client::connect(address).await;
    let answer = client.mail("sato@city.lg.example", b"x\r\n.\r\n").await;
    assert!(answer.starts_with("452 4.3.1"), "{answer}");
    // It recovers without a restart.
    house.house.set_rules(Rules {
        policy: policy(nowhere()),
        revision: 8,
    });
    let answer = client.mail("sato@city.lg.example", b"x\r\n.\r\n").await;
    assert!(answer.starts_with("250 "), "{answer}");
    assert_eq!(house.house.spool.received().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_silent_peers_are_cut_and_others_served() {
    let state = tempfile::tempdir().unwrap();
    let house = open(state.path(), policy(nowhere()));
    let short = Duration::from_millis(400);
    let patience = Patience {
        command: short,
        session: WAIT,
        window: short,
        least: 100,
    };
    let address = house.listen(patience).await;
    let mut silent = Client::connect(address).await;
    let mut drip = Client::connect(address).await;
    assert!(
        drip.mail("sato@city.lg.example", b"")
            .await
            .starts_with("421 4.4.2")
    );
    assert!(silent.answer().await.starts_with("421 4.4.2"));
    let mut good = Client::connect(address).await;
    assert!(
        good.mail("sato@city.lg.example", b"x\r\n.\r\n")
            .await
            .starts_with("250 ")
    );
    assert_eq!(
        std::fs::read_dir(state.path().join("spool/receiving"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_sessions_are_turned_away_at_the_door() {
    let state = tempfile::tempdir().unwrap();
    let mut few = policy(nowhere());
    few.mail.max_sessions_per_address = 2;
    let house = open(state.path(), few);
    let address = house.listen(Patience::default()).await;
    let (mut first, _second) = (
        Client::connect(address).await,
        Client::connect(address).await,
    );
    let mut third = Client(BufReader::new(TcpStream::connect(address).await.unwrap()));
    assert!(third.answer().await.starts_with("421 4.7.0"));
    first.say("QUIT\r\n").await;
    assert_eq!(first.answer().await, "closed");
    drop(first);
    loop {
        let mut again = Client(BufReader::new(TcpStream::connect(address).await.unwrap()));
        if again.answer().await.starts_with("220 ") {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn smuggled_ends_never_make_two_mails() {
    let state = tempfile::tempdir().unwrap();
    let house = open(state.path(), policy(nowhere()));
    let address = house.listen(Patience::default()).await;
    for end in [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\r\r\n",
        "\r\r\n.\r\r\n",
        "\r.\r",
        "\r\n.\0\r\n",
    ] {
        let mut client = Client::connect(address).await;
        let message =
            format!("x{end}MAIL FROM:<e@b>\r\nRCPT TO:<x@city.lg.example>\r\nDATA\r\ny\r\n.\r\n");
        let answer = client
            .mail("sato@city.lg.example", message.as_bytes())
            .await;
        assert!(answer.starts_with("554 5.6.0"), "{end:?}: {answer}");
        assert_eq!(client.answer().await, "closed");
    }
    assert!(house.house.spool.received().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_is_delivered_once_and_byte_for_byte() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut house = open(state.path(), policy(sink.start().await));
    house.deliver();
    let id = house.outgoing("nishi-1", &["a@city.lg.example", "b@city.lg.example"]);
    let standing = spool::resume(&house.house.spool, &house.house.ledger, &id, 1).unwrap();
    house.house.deliver(id.clone(), 1);
    house.house.deliver(id.clone(), 1);
    let taken = sink.next().await;
    assert_eq!(taken.message, standing.bytes());
    assert_eq!(taken.sender, "a@b.example");
    assert_eq!(taken.recipients, ["a@city.lg.example", "b@city.lg.example"]);
    until(|| house.house.spool.outgoing().unwrap().is_empty()).await;
    until(|| {
        std::fs::read_dir(state.path().join("spool/progress"))
            .unwrap()
            .count()
            == 0
    })
    .await;
    house.house.deliver(id, 1);
    assert!(
        matches!(events(state.path()).last(), Some(Event::Delivered { reply, .. }) if reply.contains("taken"))
    );
    assert_eq!(sink.0.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_recipients_are_held_the_others_served() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut house = open(state.path(), policy(sink.start().await));
    house.deliver();
    let id = house.outgoing("nishi-2", &["a@city.lg.example", "no@city.lg.example"]);
    house.house.deliver(id.clone(), 1);
    assert_eq!(sink.next().await.recipients, ["a@city.lg.example"]);
    until(|| house.house.spool.held().unwrap() == ["nishi-2.1"]).await;
    let progress = house.house.spool.progress(&id).unwrap();
    assert!(progress.failed.contains("no@city.lg.example"));
    assert!(progress.delivered.contains("a@city.lg.example"));
    assert!(
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Held { reason, .. } if reason == "delivery-failed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_recipient_waits_and_the_others_do_not_get_it_twice() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut house = open(state.path(), policy(sink.start().await));
    house.deliver();
    let id = house.outgoing("nishi-3", &["a@city.lg.example", "later@city.lg.example"]);
    house.house.deliver(id.clone(), 1);
    assert_eq!(sink.next().await.recipients, ["a@city.lg.example"]);
    until(|| {
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Deferred { .. }))
    })
    .await;
    // A restart of the role: the same variant is looked at again.
    let _ = house.end.send(true);
    drop(house);
    until(|| audit::Log::open(&state.path().join("audit"), "mail").is_ok()).await;
    let mut house = open(state.path(), policy(sink.start().await));
    house.deliver();
    for (id, variant) in house.house.spool.outgoing().unwrap() {
        house.house.deliver(id, variant);
    }
    until(|| {
        events(state.path())
            .iter()
            .filter(|e| matches!(e, Event::Deferred { .. }))
            .count()
            == 2
    })
    .await;
    assert_eq!(sink.0.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_hop_that_was_down_gets_everything_within_six_seconds_of_its_return() {
    let state = tempfile::tempdir().unwrap();
    let place = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let mut house = open(state.path(), policy(address));
    house.deliver();
    for n in 0..20 {
        let id = house.outgoing(&format!("nishi-4-{n}"), &["a@city.lg.example"]);
        house.house.deliver(id, 1);
    }
    until(|| {
        events(state.path())
            .iter()
            .filter(|e| matches!(e, Event::Deferred { .. }))
            .count()
            == 20
    })
    .await;
    let sink = Sink::default();
    let began = std::time::Instant::now();
    tokio::spawn(sink.clone().on(TcpListener::bind(address).await.unwrap()));
    sink.next().await;
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    sink.wait(20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_byte_changed_in_outgoing_is_never_delivered() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut house = open(state.path(), policy(sink.start().await));
    let address = house.listen(Patience::default()).await;
    let answer = Client::connect(address)
        .await
        .mail("a@city.lg.example", b"x\r\n.\r\n")
        .await;
    let id = answer.split(' ').nth(2).unwrap().to_owned();
    let id = house.outgoing(&id, &["a@city.lg.example"]);
    house.house.spool.release_received(&id, 1).unwrap();
    let path = state.path().join(format!("spool/outgoing/{id}.1"));
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::File::create(&path)
        .unwrap()
        .write_all(&bytes)
        .unwrap();
    house.deliver();
    house.house.deliver(id.clone(), 1);
    until(|| house.house.spool.received().unwrap() == [id.clone()]).await;
    until(|| house.house.spool.outgoing().unwrap().is_empty()).await;
    assert!(
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Tampered { .. }))
    );
    assert!(sink.0.lock().unwrap().is_empty());
}

/// A program of this build: `target/<profile>/<name>`.
pub fn program(name: &str) -> std::path::PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join(name)
}

impl Place {
    /// Real workers, started by this test, with the same confinement.
    pub fn treat(&self, worker: &str, threads: usize) {
        self.house
            .set_sandbox(Sandbox::private(&program(worker)).unwrap());
        for _ in 0..threads {
            let house = self.house.clone();
            std::thread::spawn(move || pass::treat_due(&house));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.end.send(true);
        self.house.treatments.close();
    }
}

pub const HTML: &[u8] = b"From: Sato <a@b.example>\r\nTo: x@city.lg.example\r\nSubject: hello\r\n\
Date: Mon, 1 Jun 2026 09:00:00 +0900\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\n\
Content-Type: text/html; charset=UTF-8\r\n\r\n<p>MARKER</p><script>evil()</script>\r\n.\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_comes_in_and_its_harmless_form_goes_out() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    place.treat("sekimori-worker", 1);
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let answer = Client::connect(address)
        .await
        .mail("x@city.lg.example", HTML)
        .await;
    assert!(answer.starts_with("250 "), "{answer}");
    let id = answer.split(' ').nth(2).unwrap();
    let taken = sink.next().await;
    let text = String::from_utf8(taken.message).unwrap();
    assert!(
        text.contains(&format!("X-Sekimori-Id: {id}.1\r\n")),
        "{text}"
    );
    assert!(text.contains("Message-ID: <1@b.example>\r\n"));
    assert!(!text.contains("<script>"));
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    until(|| events(state.path()).len() == 3).await;
    let names: Vec<_> = events(state.path()).iter().map(name_of).collect();
    assert_eq!(names, ["received", "passed", "delivered"]);
    assert!(place.house.spool.received().unwrap().is_empty());
    assert!(state.path().join("quarantine").join(id).exists());
}

pub fn name_of(event: &Event) -> String {
    serde_json::to_value(event).unwrap()["event"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_costs_every_worker_its_life_is_held_and_its_recipients_told() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    place.treat("examples/misbehaving-worker", 1);
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let answer = Client::connect(address)
        .await
        .mail("x@city.lg.example", b"MISBEHAVE abort\r\n.\r\n")
        .await;
    let id = answer.split(' ').nth(2).unwrap().to_owned();
    let taken = sink.next().await;
    assert_eq!(
        (taken.sender.as_str(), taken.recipients),
        ("", vec!["x@city.lg.example".to_owned()])
    );
    assert!(
        String::from_utf8(taken.message)
            .unwrap()
            .contains("Auto-Submitted: auto-generated")
    );
    until(|| place.house.spool.held().unwrap() == [id.clone()]).await;
    assert!(place.house.spool.received().unwrap().is_empty());
    assert!(
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Held { reason, .. } if reason == "worker-lost"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_mail_is_taken_and_waits() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    let house = place.house.clone();
    std::thread::spawn(move || pass::treat_due(&house));
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let answer = Client::connect(address)
        .await
        .mail("x@city.lg.example", HTML)
        .await;
    assert!(answer.starts_with("250 "), "{answer}");
    until(|| {
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Alarm { .. }))
    })
    .await;
    assert_eq!(place.house.spool.received().unwrap().len(), 1);
    // The sandbox comes: the mail goes.
    place
        .house
        .set_sandbox(Sandbox::private(&program("sekimori-worker")).unwrap());
    sink.next().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_variant_is_treated_again_and_delivered_once() {
    let state = tempfile::tempdir().unwrap();
    let gone = nowhere();
    let mut place = open(state.path(), policy(gone));
    place.treat("sekimori-worker", 1);
    let address = place.listen(Patience::default()).await;
    Client::connect(address)
        .await
        .mail("x@city.lg.example", HTML)
        .await;
    until(|| place.house.spool.outgoing().unwrap().len() == 1).await;
    until(|| place.house.spool.received().unwrap().is_empty()).await;
    let (id, variant) = place.house.spool.outgoing().unwrap().remove(0);
    let path = state.path().join(format!("spool/outgoing/{id}.{variant}"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let sink = Sink::default();
    let rules = Rules {
        policy: policy(sink.start().await),
        revision: 8,
    };
    place.house.set_rules(rules);
    place.deliver();
    let taken = sink.next().await;
    assert!(
        String::from_utf8(taken.message)
            .unwrap()
            .contains(&format!("X-Sekimori-Id: {id}.2\r\n"))
    );
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    assert!(
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Tampered { .. }))
    );
    assert_eq!(sink.0.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_what_was_acknowledged_goes_on_and_nothing_else() {
    let state = tempfile::tempdir().unwrap();
    let answer = {
        let place = open(state.path(), policy(nowhere()));
        let address = place.listen(Patience::default()).await;
        Client::connect(address)
            .await
            .mail("x@city.lg.example", HTML)
            .await
    };
    let id = answer.split(' ').nth(2).unwrap().to_owned();
    // As a process leaves it that dies between the rename and the record.
    std::fs::copy(
        state.path().join("quarantine").join(&id),
        state.path().join("spool/received/nishi-unheard"),
    )
    .unwrap();
    until(|| audit::Log::open(&state.path().join("audit"), "mail").is_ok()).await;
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    pass::resume_standing(&place.house).unwrap();
    place.treat("sekimori-worker", 1);
    place.deliver();
    let taken = sink.next().await;
    assert!(
        String::from_utf8(taken.message)
            .unwrap()
            .contains(&format!("X-Sekimori-Id: {id}.1\r\n"))
    );
    until(|| place.house.spool.received().unwrap().is_empty()).await;
    assert!(
        events(state.path()).iter().any(
            |e| matches!(e, Event::Refused { reply, .. } if reply.starts_with("nishi-unheard:"))
        )
    );
    assert_eq!(sink.0.lock().unwrap().len(), 1);
}

/// Not a benchmark: shows that stages overlap and that fsyncs are shared.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root"]
async fn throughput() {
    let state = tempfile::Builder::new()
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    let mut role = tokio::process::Command::new(program("sekimori"))
        .arg("--runtime")
        .arg(state.path())
        .args(["run", "sandbox"])
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let door = state.path().join("sandbox.sock");
    until(|| Sandbox::role(&door).is_ok()).await;
    place.house.set_sandbox(Sandbox::role(&door).unwrap());
    for _ in 0..4 {
        let house = place.house.clone();
        std::thread::spawn(move || pass::treat_due(&house));
    }
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let mut message = b"From: a@b.example\r\nSubject: load\r\nMessage-ID: <1@b>\r\n\r\n".to_vec();
    for _ in 0..130 {
        message.extend([b'x'; 76]);
        message.extend(b"\r\n");
    }
    message.extend(b".\r\n");
    let began = std::time::Instant::now();
    let mut sessions = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let message = message.clone();
        sessions.spawn(async move {
            let mut client = Client::connect(address).await;
            for _ in 0..20 {
                assert!(
                    client
                        .mail("x@city.lg.example", &message)
                        .await
                        .starts_with("250 ")
                );
            }
        });
    }
    sessions.join_all().await;
    let taken = began.elapsed();
    sink.wait(400).await;
    let all = began.elapsed();
    role.kill().await.unwrap();
    println!(
        "400 mails acknowledged in {taken:?}, delivered in {all:?}: {:.0}/s",
        400.0 / all.as_secs_f64()
    );
}
