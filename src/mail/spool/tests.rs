use super::*;
use crate::audit::Event;

fn key() -> SiteKey {
    SiteKey::from_bytes(&[9; 32]).unwrap()
}

fn envelope(id: &str) -> Envelope {
    Envelope {
        schema: 1,
        id: id.into(),
        receipt: "20260601-7F3K2Q".into(),
        received_at: jiff::Timestamp::UNIX_EPOCH,
        peer: "192.0.2.1".into(),
        untrusted_helo: "a.example".into(),
        untrusted_sender: "a@b.example".into(),
        recipients: vec!["x@city.example".into()],
        revision: 1,
    }
}

fn received(spool: &Spool, id: &MailId) {
    let mut writer = spool.begin(id, &envelope(id.as_str())).unwrap();
    writer.write_all(b"Subject: hello\r\n\r\n").unwrap();
    let file = writer.finish().unwrap();
    spool.accept(id, &file).unwrap();
}

#[test]
fn a_mail_goes_through_its_states() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::open(dir.path(), key()).unwrap();
    let id = MailId::parse("nishi-1").unwrap();
    received(&spool, &id);
    assert_eq!(spool.received().unwrap(), std::slice::from_ref(&id));
    let sealed = fs::read(dir.path().join("quarantine/nishi-1")).unwrap();
    assert!(
        !sealed.windows(5).any(|w| w == b"hello" || w == b"city."),
        "plain text on the disk"
    );

    let (read, mut opened) = spool.open_received(&id).unwrap();
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes).unwrap();
    assert_eq!(
        (read, bytes.as_slice()),
        (envelope("nishi-1"), &b"Subject: hello\r\n\r\n"[..])
    );

    let ledger = Ledger::open(&dir.path().join("audit"), &spool.standing().unwrap()).unwrap();
    let prepared = spool
        .prepare(
            1,
            &envelope("nishi-1"),
            &Outgoing::resumed(b"rebuilt".to_vec()),
        )
        .unwrap();
    let passed = Event::Passed {
        mail: id.to_string(),
        variant: 1,
        recipients: vec!["x@city.example".into()],
        digest: prepared.digest().to_owned(),
        records: vec![],
    };
    ledger.append(1, &passed).unwrap();
    spool.launch(&prepared).unwrap();
    spool.release_received(&id, 1).unwrap();
    drop((ledger, spool));

    // After a restart the chain alone vouches for it.
    let spool = Spool::open(dir.path(), key()).unwrap();
    let ledger = Ledger::open(&dir.path().join("audit"), &spool.standing().unwrap()).unwrap();
    assert_eq!(resume(&spool, &ledger, &id, 1).unwrap().bytes(), b"rebuilt");
    assert!(spool.finish(&id, 1, 1).unwrap());
    assert!(matches!(
        resume(&spool, &ledger, &id, 1),
        Err(ResumeError::Gone)
    ));
    assert!(dir.path().join("quarantine/nishi-1").exists());
}

#[test]
fn one_byte_changed_in_outgoing_is_treated_again_never_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::open(dir.path(), key()).unwrap();
    let id = MailId::parse("nishi-2").unwrap();
    received(&spool, &id);
    let ledger = Ledger::open(&dir.path().join("audit"), &spool.standing().unwrap()).unwrap();
    let prepared = spool
        .prepare(
            1,
            &envelope("nishi-2"),
            &Outgoing::resumed(b"rebuilt".to_vec()),
        )
        .unwrap();
    let digest = prepared.digest().to_owned();
    spool.launch(&prepared).unwrap();
    assert!(
        matches!(resume(&spool, &ledger, &id, 1), Err(ResumeError::Tampered)),
        "no record yet"
    );
    let passed = Event::Passed {
        mail: id.to_string(),
        variant: 1,
        recipients: vec![],
        digest,
        records: vec![],
    };
    ledger.append(1, &passed).unwrap();
    assert!(resume(&spool, &ledger, &id, 1).is_ok());
    spool.release_received(&id, 1).unwrap();

    let path = dir.path().join("spool/outgoing/nishi-2.1");
    let whole = fs::read(&path).unwrap();
    for at in [0, 50, 100, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(
            matches!(resume(&spool, &ledger, &id, 1), Err(ResumeError::Tampered)),
            "{at}"
        );
    }
    // Sealed by one who has the key, but not recorded: not enough either.
    let other = spool
        .prepare(
            1,
            &envelope("nishi-2"),
            &Outgoing::resumed(b"evil".to_vec()),
        )
        .unwrap();
    spool.launch(&other).unwrap();
    assert!(matches!(
        resume(&spool, &ledger, &id, 1),
        Err(ResumeError::Tampered)
    ));
    assert!(spool.treat_again(&id, 1).unwrap());
    assert_eq!(spool.received().unwrap(), [id]);
    assert!(spool.outgoing().unwrap().is_empty());
    assert!(dir.path().join("spool/corrupt/nishi-2.1").exists());
}

#[test]
fn what_was_being_received_is_gone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::open(dir.path(), key()).unwrap();
    let id = MailId::parse("nishi-3").unwrap();
    let mut writer = spool.begin(&id, &envelope("nishi-3")).unwrap();
    writer.write_all(b"half").unwrap();
    drop(writer);
    let second = Spool::open(dir.path(), key());
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
    assert!(dir.path().join("spool/receiving/nishi-3").exists());
    drop(spool);
    let spool = Spool::open(dir.path(), key()).unwrap();
    assert!(spool.standing().unwrap().is_empty());
    assert_eq!(
        fs::read_dir(dir.path().join("spool/receiving"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn foreign_names_in_the_folders_are_not_mails() {
    assert!(parse_variant("nishi-1.1").is_some());
    for name in [
        "nishi-1",
        "nishi-1.01",
        "nishi-1.1.1",
        ".1",
        "../x.1",
        "nishi-1.-1",
        "nishi-1.+1",
    ] {
        assert!(parse_variant(name).is_none(), "{name}");
    }
}

#[test]
fn progress_goes_also_when_delivery_was_quicker_than_the_release() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::open(dir.path(), key()).unwrap();
    let id = MailId::parse("nishi-4").unwrap();
    received(&spool, &id);
    let note = Note::Delivered {
        at: jiff::Timestamp::UNIX_EPOCH,
        variant: 1,
        recipient: "x@city.example".into(),
        reply: "250".into(),
    };
    spool.note(&id, &[note]).unwrap();
    let progress = dir.path().join("spool/progress/nishi-4");
    assert!(!spool.finish(&id, 1, 1).unwrap(), "it stands in received");
    assert!(progress.exists());
    assert!(spool.release_received(&id, 1).unwrap());
    assert!(!progress.exists());
}

#[test]
fn with_another_key_nothing_is_taken_for_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::open(dir.path(), key()).unwrap();
    received(&spool, &MailId::parse("nishi-5").unwrap());
    drop(spool);
    let other = Spool::open(dir.path(), SiteKey::from_bytes(&[8; 32]).unwrap());
    let error = other.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
    let spool = Spool::open(dir.path(), key()).unwrap();
    assert_eq!(spool.received().unwrap().len(), 1);
}

#[test]
fn a_torn_key_check_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    drop(Spool::open(dir.path(), key()).unwrap());
    let check = dir.path().join("spool/key-check");
    fs::write(&check, b"SKM1").unwrap();
    drop(Spool::open(dir.path(), key()).unwrap());
    assert!(seal::open(File::open(&check).unwrap(), &key()).is_ok());
}
