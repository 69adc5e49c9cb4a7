//! What is written is read back by the strict reader, by mail-parser inside
//! it, and accepted by the verifier that shares nothing with the writer.

mod notices;
mod pages;

use super::*;
use crate::policy::Limits;
use crate::sanitise::protocol::First;
use crate::sanitise::{Context, Fonts, message};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use encoding_rs::{EUC_JP, SHIFT_JIS, UTF_8};

const SUBJECT: &str = "会議資料①㈱髙～の半角ｶﾅ表示について（重要なお知らせです）";
const BODY: &str = "本文です。①㈱髙～ ｶﾅ、表ソ\r\n二行目\r\n";
const NAME: &str = "見積書①㈱髙～ｶﾅ表";

fn with_context<T>(run: impl FnOnce(&Context<'_>) -> T) -> T {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    run(&Context {
        limits: &limits,
        fonts: &fonts,
    })
}

fn written(headers: &Headers, body: &str, parts: &[Part<'_>]) -> Vec<u8> {
    let mut head = String::new();
    originator(&mut head, headers, Timestamp::UNIX_EPOCH, "x@y.example");
    let letter = Letter {
        body,
        pages: &[],
        parts,
    };
    let mail = compose::compose(&head, &letter);
    with_context(|context| message::verify(&mail, context, &|_, _| Ok(())))
        .unwrap_or_else(|refusal| panic!("{refusal:?}: {}", String::from_utf8_lossy(&mail)));
    mail
}

/// ISO-2022-JP as Japanese mailers write it, NEC and IBM extensions included,
/// which encoding_rs's own encoder will not.
fn iso_2022_jp(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.chars() {
        let mut buffer = [0; 4];
        let shown: &str = c.encode_utf8(&mut buffer);
        if c.is_ascii() {
            bytes.push(c as u8);
            continue;
        }
        let code = u32::from(c);
        if (0xFF61..=0xFF9F).contains(&code) {
            bytes.extend(b"\x1b(I");
            bytes.push(u8::try_from(code - 0xFF40).unwrap());
        } else {
            bytes.extend(b"\x1b$B");
            // 髙 stands in NEC's selection of IBM extensions, row 92.
            let pair = if c == '髙' {
                vec![0xFC, 0xE2]
            } else {
                EUC_JP.encode(shown).0.into_owned()
            };
            bytes.extend(pair.iter().map(|b| b & 0x7F));
        }
        bytes.extend(b"\x1b(B");
    }
    bytes
}

#[test]
fn japanese_of_every_charset_arrives_exactly() {
    let encode = |label: &str, text: &str| match label {
        "iso-2022-jp" => iso_2022_jp(text),
        "shift_jis" | "cp932" => SHIFT_JIS.encode(text).0.into_owned(),
        "euc-jp" => text
            .chars()
            .flat_map(|c| {
                if c == '髙' {
                    vec![0xFC, 0xE2]
                } else {
                    EUC_JP.encode(&c.to_string()).0.into_owned()
                }
            })
            .collect(),
        _ => UTF_8.encode(text).0.into_owned(),
    };
    for label in ["iso-2022-jp", "shift_jis", "cp932", "euc-jp", "utf-8"] {
        let word = |text: &str| {
            format!(
                "=?{label}?B?{}?=",
                BASE64_STANDARD.encode(encode(label, text))
            )
        };
        let percent: String = encode(label, &format!("{NAME}.pdf"))
            .iter()
            .map(|b| format!("%{b:02X}"))
            .collect();
        // Subject cut in the middle of a character, name by RFC 2231 and RFC 2047.
        let whole = encode(label, SUBJECT);
        let (first, second) = whole.split_at(21);
        let mail = format!(
            "From: {} <taro@example.jp>\r\nTo: b@example.lg.jp\r\nSubject: =?{label}?B?{}?=\r\n =?{label}?B?{}?=\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset={label}\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b\r\nContent-Type: application/pdf; name=\"{}\"\r\n\
             Content-Disposition: attachment;\r\n filename*={label}''{percent}\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--b--\r\n",
            word("佐藤"),
            BASE64_STANDARD.encode(first),
            BASE64_STANDARD.encode(second),
            BASE64_STANDARD.encode(encode(label, BODY)),
            word(&format!("{NAME}.pdf")),
        );
        let (shape, bytes) =
            with_context(|context| message::split(mail.as_bytes(), First::Text, context)).unwrap();
        let headers = shape.headers.unwrap();
        assert_eq!(
            headers.untrusted_subject.as_deref(),
            Some(SUBJECT),
            "{label}"
        );
        assert_eq!(headers.untrusted_from[0].untrusted_name, "佐藤", "{label}");
        assert!(headers.japanese);
        assert_eq!(
            shape.leaves[1].untrusted_name,
            format!("{NAME}.pdf"),
            "{label}"
        );
        let body_range = 0..usize::try_from(shape.leaves[0].range.length).unwrap();
        let text = crate::sanitise::text::charset::decode(
            &bytes[body_range],
            shape.leaves[0].charset.as_deref(),
        )
        .text;
        assert_eq!(text, BODY, "{label}");
        // And out again.
        let part = Part {
            kind: Kind::Pdf,
            name: name::output(&shape.leaves[1].untrusted_name, Kind::Pdf),
            bytes: b"%PDF-1.7",
        };
        let out = written(&headers, &text, &[part]);
        let (again, bytes) =
            with_context(|context| message::split(&out, First::Text, context)).unwrap();
        let headers = again.headers.unwrap();
        assert_eq!(
            headers.untrusted_subject.as_deref(),
            Some(SUBJECT),
            "{label}"
        );
        assert_eq!(again.leaves[1].untrusted_name, format!("{NAME}.pdf"));
        assert!(bytes.starts_with(BODY.as_bytes()));
        assert!(again.report.removed.is_empty(), "{:?}", again.report);
    }
}

#[test]
fn a_raw_shift_jis_name_is_read() {
    let mut mail = b"From: a@b.example\r\nSubject: ".to_vec();
    mail.extend_from_slice(&SHIFT_JIS.encode("表示の会議資料①").0);
    mail.extend_from_slice(b"\r\nContent-Type: application/pdf; name=\"");
    mail.extend_from_slice(&SHIFT_JIS.encode("予算表.pdf").0);
    mail.extend_from_slice(b"\"\r\n\r\n%PDF-1.4\r\n");
    let (shape, _) = with_context(|context| message::split(&mail, First::Text, context)).unwrap();
    assert_eq!(
        shape.headers.unwrap().untrusted_subject.as_deref(),
        Some("表示の会議資料①")
    );
    assert_eq!(shape.leaves[0].untrusted_name, "予算表.pdf");
}

#[test]
fn the_form_of_a_rebuilt_mail() {
    let headers = Headers {
        untrusted_from: vec![Mailbox {
            untrusted_name: "Sato \"T\" Taro".into(),
            untrusted_address: "sato@example.jp".into(),
        }],
        untrusted_to: vec![Mailbox {
            untrusted_name: "総務課".into(),
            untrusted_address: "soumu@town.example".into(),
        }],
        untrusted_subject: Some("Plan\r\nBcc: evil@example.com".into()),
        date: Some((1_780_272_000, 540)),
        untrusted_message_id: Some("1@example.jp".into()),
        ..Headers::default()
    };
    let parts = [
        Part {
            kind: Kind::Word,
            name: "見積書.docx".into(),
            bytes: b"PK",
        },
        Part {
            kind: Kind::Text,
            name: "a.txt".into(),
            bytes: b"abc",
        },
    ];
    insta::assert_snapshot!(String::from_utf8(written(&headers, "MZ\r\n", &parts)).unwrap().replace("\r\n", "\n"), @r#"
From: "Sato \"T\" Taro"
 <sato@example.jp>
To: =?UTF-8?B?57eP5YuZ6Kqy?=
 <soumu@town.example>
Date: Mon, 01 Jun 2026 09:00:00 +0900
Subject: =?UTF-8?B?UGxhbiAgQmNjOiBldmlsQGV4YW1wbGUuY29t?=
Message-ID: <1@example.jp>
MIME-Version: 1.0
Content-Type: multipart/mixed;
 boundary="=_sekimori_bb4e5ac416c907d036b01d73fb6c211c"

--=_sekimori_bb4e5ac416c907d036b01d73fb6c211c
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: base64

77u/TVoNCg==
--=_sekimori_bb4e5ac416c907d036b01d73fb6c211c
Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document;
 name="=?UTF-8?B?6KaL56mN5pu4LmRvY3g=?="
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
 filename*=UTF-8''%E8%A6%8B%E7%A9%8D%E6%9B%B8.docx

UEs=
--=_sekimori_bb4e5ac416c907d036b01d73fb6c211c
Content-Type: text/plain; charset=UTF-8;
 name="a.txt"
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
 filename="a.txt"

YWJj
--=_sekimori_bb4e5ac416c907d036b01d73fb6c211c--
"#);
}

/// The checker knows no text that starts like another format.
#[test]
fn a_body_that_starts_like_another_format_is_marked_as_text() {
    for body in [
        "From here on\r\n",
        "BMW\r\n",
        "<b>x</b>\r\n",
        "Date: x\r\nSubject: y\r\n",
        "=1\r\n",
    ] {
        let mail = written(&Headers::default(), body, &[]);
        let (shape, bytes) =
            with_context(|context| message::split(&mail, First::Text, context)).unwrap();
        let length = usize::try_from(shape.leaves[0].range.length).unwrap();
        let text = std::str::from_utf8(&bytes[..length]).unwrap();
        assert_eq!(text.trim_start_matches('\u{feff}'), body);
    }
}

#[test]
fn a_message_inside_a_mail_stays_readable() {
    let inner = written(
        &Headers::default(),
        "inner\r\n",
        &[Part {
            kind: Kind::Pdf,
            name: "a.pdf".into(),
            bytes: b"x",
        }],
    );
    let outer = written(
        &Headers::default(),
        "outer\r\n",
        &[Part {
            kind: Kind::Message,
            name: "転送.eml".into(),
            bytes: &inner,
        }],
    );
    let (shape, bytes) =
        with_context(|context| message::split(&outer, First::Text, context)).unwrap();
    assert_eq!(shape.leaves[1].kind, Kind::Message);
    let from = usize::try_from(shape.leaves[1].range.offset).unwrap();
    assert_eq!(&bytes[from..], inner.strip_suffix(b"\r\n").unwrap());
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_verifies_and_is_read_back_alike(
        subject: String, sender: String, address: String, name: String, ids: Vec<String>, bytes: Vec<u8>, body in "[ -~あ-ん\r\n]{0,300}"
    ) {
        let headers = Headers {
            untrusted_from: vec![Mailbox { untrusted_name: sender, untrusted_address: address }],
            untrusted_subject: Some(subject.clone()),
            untrusted_references: ids.clone(),
            untrusted_message_id: ids.first().cloned(),
            untrusted_list_id: Some(subject.clone()),
            ..Headers::default()
        };
        let mut names = [name::output(&name, Kind::Pdf), name::output(&name, Kind::Csv)];
        name::distinguish(&mut names);
        let parts = [
            Part { kind: Kind::Pdf, name: names[0].clone(), bytes: &bytes },
            Part { kind: Kind::Csv, name: names[1].clone(), bytes: b"a" },
        ];
        let mail = written(&headers, &crlf(&body), &parts);
        let (shape, _) = with_context(|context| message::split(&mail, First::Text, context)).unwrap();
        assert_eq!(shape.leaves.len(), 3);
        assert_eq!(shape.leaves[1].untrusted_name, names[0]);
        assert_eq!(shape.headers.unwrap().untrusted_subject.as_deref(), Some(field::readable(&subject).as_str()));
    }
}
