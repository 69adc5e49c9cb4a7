//! Full disks, a record that cannot be written, workers that die on one
//! part, a hop that moves: the mail role's parts on real sockets and disks.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use sekimori::audit::{self, Event};
use sekimori::mail::house::Rules;
use sekimori::mail::receive::Patience;

use super::mail::{Client, HTML, Sink, events, nowhere, open, policy, until};

const TO: &str = "x@city.lg.example";

/// A disk of its own, so small that it is full at once. Gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn on(place: &'a Path, size: &str) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: mounting a small disk needs root");
            return None;
        }
        fs::create_dir_all(place).unwrap();
        let done = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size},mode=755"),
                "skm-crash",
            ])
            .arg(place)
            .status();
        assert!(done.unwrap().success());
        Some(Self(place))
    }

    fn fill(&self) {
        let ballast = fs::write(self.0.join("ballast"), vec![0; 16 << 20]);
        assert_eq!(ballast.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_while_receiving_is_452_and_mail_flows_again_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Some(disk) = SmallDisk::on(&state, "600k") else {
        return;
    };
    let place = open(&state, policy(nowhere()));
    let address = place.listen(Patience::default()).await;
    let mut client = Client::connect(address).await;
    let mut large = [
        b"Subject: large\r\n\r\n".as_slice(),
        &b"0123456789abcdef\r\n".repeat(50_000),
    ]
    .concat();
    large.extend(b".\r\n");
    let answer = client.mail(TO, &large).await;
    assert!(answer.starts_with("452 4.3.1"), "{answer}");
    assert_eq!(
        fs::read_dir(state.join("spool/receiving")).unwrap().count(),
        0,
        "no half file keeps it full"
    );
    assert!(
        client.mail(TO, HTML).await.starts_with("250 "),
        "the same session, a smaller mail"
    );
    disk.fill();
    let answer = client.mail(TO, HTML).await;
    assert!(
        answer.starts_with("452 ") || answer.starts_with("451 "),
        "{answer}"
    );
    disk.make_room();
    assert!(client.mail(TO, HTML).await.starts_with("250 "));
    assert_eq!(place.house.spool.received().unwrap().len(), 2);
    assert_eq!(fs::read_dir(state.join("quarantine")).unwrap().count(), 2);
    assert!(audit::verify(&state.join("audit"), &[]).unwrap().clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_written_is_451_and_delivers_nothing_until_it_can() {
    let state = tempfile::tempdir().unwrap();
    let record = state.path().join("audit");
    let Some(disk) = SmallDisk::on(&record, "64k") else {
        return;
    };
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    let address = place.listen(Patience::default()).await;
    let mut client = Client::connect(address).await;
    disk.fill();
    // What fits into the record's last page still counts, then no more.
    let mut acknowledged = 0;
    let answer = loop {
        let answer = client.mail(TO, HTML).await;
        if !answer.starts_with("250 ") {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 100);
    };
    assert!(answer.starts_with("451 4.3.0"), "{answer}");
    assert_eq!(place.house.spool.received().unwrap().len(), acknowledged);
    assert_eq!(
        fs::read_dir(state.path().join("quarantine"))
            .unwrap()
            .count(),
        acknowledged
    );
    place.treat("sekimori-worker", 2);
    place.deliver();
    let answer = client.mail(TO, HTML).await;
    assert!(answer.starts_with("451 4.3.0"), "{answer}");
    // `passed` of a mail that was taken cannot be recorded either.
    until(|| {
        fs::read_dir(state.path().join("spool/receiving"))
            .unwrap()
            .count()
            > 0
            || acknowledged == 0
    })
    .await;
    assert!(sink.0.lock().unwrap().is_empty() && place.house.spool.outgoing().unwrap().is_empty());
    disk.make_room();
    assert!(client.mail(TO, HTML).await.starts_with("250 "));
    sink.wait(acknowledged + 1).await;
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    assert_eq!(sink.0.lock().unwrap().len(), acknowledged + 1);
    assert!(audit::verify(&record, &[]).unwrap().clean());
}

fn with_parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut mail = String::from(
        "From: a@b.example\r\nTo: x@city.lg.example\r\nSubject: parts\r\nDate: Mon, 1 Jun 2026 09:00:00 +0900\r\n\
         Message-ID: <parts@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"skm\"\r\n\r\n\
         --skm\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nBODY-STAYS\r\n",
    );
    for (name, bytes) in parts {
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        mail += &format!(
            "--skm\r\nContent-Type: text/plain; charset=UTF-8; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n"
        );
    }
    (mail + "--skm--\r\n.\r\n").into_bytes()
}

/// All base64 in a mail, decoded line by line: enough to find words.
fn words(message: &[u8]) -> String {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let parts = text
        .split("\r\n\r\n")
        .map(|part| part.split("\r\n--").next().unwrap_or_default());
    let decoded = parts.filter_map(|part| {
        let sign: String = part.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(sign).ok()
    });
    decoded
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_hung_or_out_of_memory_costs_its_part_only() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut short = policy(sink.start().await);
    short.limits.file_seconds = 1;
    let mut place = open(state.path(), short);
    place.treat("examples/misbehaving-worker", 1);
    place.deliver();
    let address = place.listen(Patience::default()).await;
    let message = with_parts(&[
        ("killed.txt", b"MISBEHAVE abort"),
        ("hung.txt", b"MISBEHAVE hang"),
        ("memory.txt", b"MISBEHAVE allocate"),
        ("good.txt", b"PART-STAYS"),
    ]);
    let answer = Client::connect(address).await.mail(TO, &message).await;
    assert!(answer.starts_with("250 "), "{answer}");
    let taken = sink.next().await;
    let text = words(&taken.message);
    for word in [
        "BODY-STAYS",
        "PART-STAYS",
        "killed.txt",
        "hung.txt",
        "memory.txt",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("MISBEHAVE"));
    let all = events(state.path());
    let records = all.iter().find_map(|event| match event {
        Event::Passed { records, .. } => Some(records),
        _ => None,
    });
    let reasons: Vec<_> = records
        .unwrap()
        .iter()
        .map(|record| record["reason"].clone())
        .collect();
    let counted = |wanted: &str| reasons.iter().filter(|reason| *reason == wanted).count();
    let of_walls = (counted("worker-lost"), counted("over-budget"));
    assert_eq!(of_walls, (2, 1), "{reasons:?}");
    assert_eq!(
        reasons.iter().filter(|reason| reason.is_null()).count(),
        2,
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_changed_variant_only_those_who_lack_it_are_served() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    place.treat("sekimori-worker", 1);
    place.deliver();
    let mut client = Client::connect(place.listen(Patience::default()).await).await;
    for line in [
        "EHLO a\r\n",
        "MAIL FROM:<a@b.example>\r\n",
        "RCPT TO:<a@city.lg.example>\r\n",
        "RCPT TO:<later@city.lg.example>\r\n",
    ] {
        assert!(client.say(line).await.starts_with("250 "));
    }
    client.say("DATA\r\n").await;
    let answer = client.say(HTML).await;
    let id = answer.split(' ').nth(2).unwrap().to_owned();
    assert_eq!(sink.next().await.recipients, ["a@city.lg.example"]);
    until(|| {
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Deferred { .. }))
    })
    .await;
    let path = state.path().join(format!("spool/outgoing/{id}.1"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[150] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (id, _) = place.house.spool.outgoing().unwrap().remove(0);
    let second = state.path().join(format!("spool/outgoing/{id}.2"));
    until(|| {
        place.house.deliver(id.clone(), 1);
        second.exists()
    })
    .await;
    until(|| place.house.spool.received().unwrap().is_empty()).await;
    assert!(state.path().join(format!("spool/corrupt/{id}.1")).exists());
    let passed: Vec<_> = events(state.path())
        .into_iter()
        .filter_map(|event| match event {
            Event::Passed {
                variant,
                recipients,
                ..
            } => Some((variant, recipients)),
            _ => None,
        })
        .collect();
    assert_eq!(
        passed.last().unwrap(),
        &(2, vec!["later@city.lg.example".to_owned()])
    );
    assert_eq!(
        sink.0.lock().unwrap().len(),
        1,
        "who has it does not get it again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_for_a_hop_that_is_down_follows_a_revision_that_names_another() {
    let state = tempfile::tempdir().unwrap();
    let mut place = open(state.path(), policy(nowhere()));
    place.deliver();
    let id = place.outgoing("nishi-9", &[TO]);
    place.house.deliver(id, 1);
    until(|| {
        events(state.path())
            .iter()
            .any(|e| matches!(e, Event::Deferred { .. }))
    })
    .await;
    let sink = Sink::default();
    let moved = Rules {
        policy: policy(sink.start().await),
        revision: 8,
    };
    place.house.set_rules(moved);
    let began = std::time::Instant::now();
    sink.next().await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_as_delivered_is_not_delivered_again_when_progress_is_gone() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    let id = place.outgoing("nishi-8", &[TO]);
    let delivered = Event::Delivered {
        mail: id.to_string(),
        variant: 1,
        recipients: vec![TO.into()],
        reply: "250".into(),
    };
    place.house.record(&delivered).unwrap();
    drop(place);
    // As a power failure leaves it: progress/ gone, the folder entry back.
    place = open(state.path(), policy(sink.start().await));
    place.deliver();
    place.house.deliver(id, 1);
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    assert!(sink.0.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_after_the_next_hop_took_a_mail_does_not_deliver_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Some(disk) = SmallDisk::on(&state, "600k") else {
        return;
    };
    let sink = Sink::default();
    let mut place = open(&state, policy(sink.start().await));
    place.deliver();
    let id = place.outgoing("nishi-7", &[TO]);
    // The record's last page filled up, so that nothing more fits anywhere.
    disk.fill();
    let record = state.join("audit/mail/000001.jsonl");
    let alarm = |n: usize| Event::Alarm {
        message: "x".repeat(n),
    };
    while place.house.record(&alarm(200)).is_ok() {}
    while place.house.record(&alarm(1)).is_ok() {}
    assert!(record.exists());
    place.house.deliver(id.clone(), 1);
    sink.next().await;
    until(|| !place.house.unwritten(&id).is_empty()).await;
    for _ in 0..5 {
        place.house.deliver(id.clone(), 1);
    }
    assert_eq!(sink.0.lock().unwrap().len(), 1);
    disk.make_room();
    place.house.deliver(id.clone(), 1);
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    assert!(place.house.unwritten(&id).is_empty());
    assert!(
        events(&state)
            .iter()
            .any(|e| matches!(e, Event::Delivered { .. }))
    );
    assert_eq!(sink.0.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_cut_mail_is_answered_450_and_kept_and_afterwards_it_flows() {
    let state = tempfile::tempdir().unwrap();
    let sink = Sink::default();
    let mut place = open(state.path(), policy(sink.start().await));
    let address = place.listen(Patience::default()).await;
    let mut client = Client::connect(address).await;
    assert!(client.mail(TO, HTML).await.starts_with("250 "));
    assert!(place.house.set_cut(true));
    let answer = client.mail(TO, HTML).await;
    assert!(answer.starts_with("450 4.3.2"), "{answer}");
    let mut another = Client::connect(address).await;
    assert!(another.mail(TO, HTML).await.starts_with("450 4.3.2"));
    // What was taken before is made harmless and waits in outgoing/.
    place.deliver();
    let id = place.outgoing("nishi-10", &[TO]);
    place.house.deliver(id, 1);
    place.treat("sekimori-worker", 2);
    until(|| place.house.spool.outgoing().unwrap().len() == 2).await;
    assert!(sink.0.lock().unwrap().is_empty(), "nothing was delivered");
    assert!(place.house.set_cut(false));
    until(|| place.house.spool.outgoing().unwrap().is_empty()).await;
    assert_eq!(sink.0.lock().unwrap().len(), 2);
    assert!(client.mail(TO, HTML).await.starts_with("250 "));
}
