//! Whole mails with their trace fields and notices, and what is sent instead
//! of one that is held.

use super::*;

fn policy() -> Policy {
    use crate::policy::{MailPolicy, Retention, Site};
    Policy {
        site: Site {
            id: "nishi".into(),
            name: "西広域".into(),
            timezone: "Asia/Tokyo".into(),
            review_days: 365,
            contact: "情報担当（内線 123）".into(),
            policy_title: String::new(),
            holidays: std::collections::BTreeSet::new(),
            unused_days: 90,
        },
        people: Default::default(),
        clauses: Default::default(),
        zones: Default::default(),
        hosts: Default::default(),
        groups: Default::default(),
        services: Default::default(),
        flows: Vec::new(),
        expects: Vec::new(),
        domains: Vec::new(),
        mail: MailPolicy {
            hostname: "gate.town.example".into(),
            listen: Vec::new(),
            max_size: 1,
            max_sessions: 1,
            max_sessions_per_address: 1,
            min_free_bytes: 1,
            paint_qr_codes: false,
            drop_comments: false,
            accept_changes: false,
            keep_pdf_links: false,
            treat: Vec::new(),
        },
        limits: Limits::default(),
        retention: Retention {
            original_days: 30,
            audit_days: 365,
        },
        sha256: "0123456789abcdef".into(),
    }
}

fn envelope() -> Envelope {
    Envelope {
        schema: 1,
        id: "nishi-1-ab".into(),
        receipt: "20260601-7F3K2Q".into(),
        received_at: Timestamp::from_second(1_780_272_000).unwrap(),
        peer: "203.0.113.5".into(),
        untrusted_helo: "mx\r\nX: evil".into(),
        untrusted_sender: "a@example.jp".into(),
        recipients: vec!["secret-bcc@town.example".into()],
        revision: 1,
    }
}

#[test]
fn a_whole_mail_has_trace_fields_and_one_notice() {
    let (policy, envelope, report) = (policy(), envelope(), Report::default());
    let headers = Headers {
        japanese: true,
        ..Headers::default()
    };
    let now = envelope.received_at;
    let input = RebuildInput {
        policy: &policy,
        envelope: &envelope,
        variant: 1,
        headers: &headers,
        report: &report,
        treated: &[],
        now,
    };
    let mail = crate::mail::outgoing::Outgoing::rebuilt(&input);
    with_context(|context| message::verify(mail.bytes(), context, &|_, _| Ok(()))).unwrap();
    let (shape, body) =
        with_context(|context| message::split(mail.bytes(), First::Text, context)).unwrap();
    let text = String::from_utf8(body).unwrap();
    assert!(
        text.contains("受付番号 20260601-7F3K2Q   受信 2026/06/01 09:00"),
        "{text}"
    );
    assert!(
        text.contains("情報担当（内線 123）")
            && text.contains("2026/07/01")
            && !text.contains("bcc")
    );
    assert_eq!(shape.headers.unwrap().received, 1);
    let head = String::from_utf8_lossy(mail.bytes()).into_owned();
    assert!(
        head.starts_with("Received: from mxXevil\r\n ([203.0.113.5])\r\n by gate.town.example\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nAuthentication-Results: gate.town.example; none\r\n"));
    let result = "X-Sekimori-Result: body=none; att=0; changed=0; held=0; policy=0123456789ab";
    assert!(head.replace("\r\n ", " ").contains(result), "{head}");
}

#[test]
fn a_held_mail_is_announced_without_anything_clickable() {
    let (policy, envelope) = (policy(), envelope());
    let headers = Headers {
        untrusted_subject: Some("見て http://evil.example/".into()),
        ..Headers::default()
    };
    let input = HeldInput {
        policy: &policy,
        envelope: &envelope,
        headers: Some(&headers),
        reason: Refusal::Malformed,
        now: envelope.received_at,
    };
    let mail = crate::mail::outgoing::Outgoing::held(&input);
    with_context(|context| message::verify(mail.bytes(), context, &|_, _| Ok(()))).unwrap();
    let (shape, body) =
        with_context(|context| message::split(mail.bytes(), First::Text, context)).unwrap();
    let headers = shape.headers.unwrap();
    assert_eq!(
        headers.untrusted_subject.as_deref(),
        Some("【保留】見て http[://]evil.example/")
    );
    assert_eq!(
        headers.untrusted_auto_submitted.as_deref(),
        Some("auto-generated")
    );
    let text = String::from_utf8(body).unwrap();
    assert!(
        text.contains("20260601-7F3K2Q") && !text.contains("://e") && !text.contains("bcc"),
        "{text}"
    );
}
