//! Mails as attackers write them (mail.md section 2); Japanese ones are read
//! and written in `mail::rebuild`'s tests.

use super::*;
use crate::policy::Limits;
use crate::sanitise::protocol::{Leaf, Place};
use crate::sanitise::{Fonts, Kind, What};

fn parted(mail: &[u8]) -> Result<(Shape, Vec<u8>), Refusal> {
    parted_for(mail, First::Text)
}

fn parted_for(mail: &[u8], first: First) -> Result<(Shape, Vec<u8>), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    split(
        mail,
        first,
        &Context {
            limits: &limits,
            fonts: &fonts,
        },
    )
}

/// A mail of these header lines (`\n` between) and body.
fn mail(head: &str, body: &str) -> Vec<u8> {
    format!("From: a@example.jp\n{head}\n\n{body}")
        .replace('\n', "\r\n")
        .into_bytes()
}

fn leaves(mail: &[u8]) -> Vec<Leaf> {
    parted(mail).unwrap().0.leaves
}

fn kinds(mail: &[u8]) -> Vec<(Place, Kind, Option<Refusal>)> {
    leaves(mail)
        .into_iter()
        .map(|leaf| (leaf.place, leaf.kind, leaf.refusal))
        .collect()
}

fn held(mail: &[u8]) {
    assert_eq!(
        parted(mail).err(),
        Some(Refusal::Malformed),
        "{}",
        String::from_utf8_lossy(mail)
    );
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=b";

#[test]
fn readers_that_see_different_parts_hold_the_mail() {
    let good = "--b\n\ntext\n--b--\n";
    assert_eq!(kinds(&mail(MIXED, good)), [(Place::Body, Kind::Text, None)]);
    // Boundary tricks.
    for head in [
        "Content-Type: multipart/mixed; boundary=b; boundary=c",
        "Content-Type: multipart/mixed; boundary=\"b\"x",
        "Content-Type: multipart/mixed; boundary*0=b",
        "Content-Type: multipart/mixed; boundary==?UTF-8?Q?b?=",
        "Content-Type: multipart/mixed; boundary=b (comment)",
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain",
        "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
        "Content-Type: multipart/mixed; boundary=b\nFrom: other@example.jp",
        "Content-Type: multipart/mixed; boundary=b\nnot a field",
    ] {
        held(&mail(head, good));
    }
    for body in [
        "--b\n\ntext\n",                            // no end
        "--b\n\ntext\n--bx\n--b--\n",               // longer than the boundary
        "--b\n\ntext\n--b--\n--b\n\nlate\n--b--\n", // life after the end
        "--b--\n",                                  // nothing inside
        "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b--\n",
        "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nx\n--bb--\n--b--\n",
        "--b\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--b--\n", // inner never ends
    ] {
        held(&mail(MIXED, body));
    }
}

#[test]
fn bare_line_ends_and_zero_bytes_are_refused() {
    held(b"From: a@example.jp\r\n\r\na\rb");
    held(b"From: a@example.jp\r\n\r\na\0b");
    held(b"From: a@example.jp\r\r\n\r\nab");
    // A file with LF throughout is a mail all the same.
    assert!(parted(b"From: a@example.jp\n\nab\n").is_ok());
}

#[test]
fn a_part_that_cannot_be_decoded_one_way_costs_only_itself() {
    for part in [
        "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0!xLjQ=",
        "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBE=Ri0xLjQ=",
        "Content-Type: application/pdf\nContent-Transfer-Encoding: quoted-printable\n\n%PDF=GG",
        "Content-Type: application/pdf\nContent-Transfer-Encoding: x-uuencode\n\n%PDF-",
        "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\nJVBERi0xLjQ=",
        "Content-Type: application/pdf\nContent-Type: text/html\n\n%PDF-",
        "Content-Type: application/pdf; name=a; name=b\n\n%PDF-",
        "Content-Type: application (x) /pdf\n\n%PDF-",
    ] {
        let found = kinds(&mail(MIXED, &format!("--b\n\ntext\n--b\n{part}\n--b--\n")));
        assert_eq!(found.len(), 2, "{part}");
        assert_eq!(found[0], (Place::Body, Kind::Text, None));
        assert_eq!(found[1].2, Some(Refusal::Malformed), "{part}");
    }
}

#[test]
fn pieces_and_references_are_never_followed() {
    held(&mail(
        "Content-Type: message/partial; id=x; number=1; total=2",
        "x",
    ));
    let external = "--b\nContent-Type: message/external-body; access-type=URL; URL=\"http://e.example/\"\n\nContent-Type: text/plain\n\n--b--\n";
    let (shape, _) = parted(&mail(MIXED, external)).unwrap();
    assert_eq!(shape.leaves[0].refusal, Some(Refusal::Unsupported));
    assert_eq!(shape.report.removed[0].what, What::AttachmentByReference);
}

#[test]
fn the_plain_alternative_is_the_body_and_its_pictures_stay() {
    let related = "--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: multipart/related; boundary=r\n\n\
        --r\nContent-Type: text/html\n\n<p>html\n--r\nContent-Type: image/gif\nContent-ID: <x>\n\nGIF89a\n--r--\n--b--\n";
    let (shape, bytes) = parted(&mail(
        "Content-Type: multipart/alternative; boundary=b",
        related,
    ))
    .unwrap();
    let found: Vec<_> = shape
        .leaves
        .iter()
        .map(|l| (l.place, l.kind, l.untrusted_name.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Place::Body, Kind::Text, ""),
            (Place::Attachment, Kind::Gif, "image-2")
        ]
    );
    assert_eq!(bytes, b"plainGIF89a");
    assert_eq!(shape.report.removed[0].what, What::UnknownPart);
    let (shape, bytes) = parted_for(
        &mail("Content-Type: multipart/alternative; boundary=b", related),
        First::Page,
    )
    .unwrap();
    let first = &shape.leaves[0];
    assert_eq!((first.place, first.kind), (Place::Body, Kind::Html));
    assert_eq!(shape.leaves[1].untrusted_id.as_deref(), Some("x"));
    assert_eq!(bytes, b"<p>htmlGIF89a");
    let line = &shape.report.removed[0];
    assert_eq!(line.untrusted_where, "alternative text/plain");
    let blank = related.replace("\nplain\n", "\n \n");
    assert_eq!(
        kinds(&mail(
            "Content-Type: multipart/alternative; boundary=b",
            &blank
        ))[0]
            .1,
        Kind::Html
    );
}

#[test]
fn sealed_mails_cannot_be_looked_into() {
    assert_eq!(
        kinds(&mail(
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "x"
        ))[0]
            .1,
        Kind::Encrypted
    );
    assert_eq!(
        kinds(&mail(
            "Content-Type: text/plain",
            "-----BEGIN PGP MESSAGE-----\nx"
        ))[0]
            .1,
        Kind::Encrypted
    );
    let encrypted = "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nx\n--b--\n";
    assert_eq!(
        kinds(&mail(
            "Content-Type: multipart/encrypted; boundary=b",
            encrypted
        )),
        [(Place::Attachment, Kind::Encrypted, None)]
    );
    let signed = "--b\n\ntext\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n";
    let (shape, _) = parted(&mail("Content-Type: multipart/signed; boundary=b", signed)).unwrap();
    assert_eq!(shape.leaves.len(), 1);
    assert_eq!(shape.report.removed[0].what, What::Signature);
}

#[test]
fn what_stands_around_the_parts_is_dropped_and_reported() {
    let (shape, _) = parted(&mail(
        MIXED,
        "evil: preamble\n--b\n\ntext\n--b--\nepilogue\n",
    ))
    .unwrap();
    let places: Vec<_> = shape
        .report
        .removed
        .iter()
        .map(|r| r.untrusted_where.as_str())
        .collect();
    assert_eq!(places, ["preamble", "epilogue"]);
    let usual = "This is a multi-part message in MIME format.\n--b\n\ntext\n--b--\n";
    assert!(
        parted(&mail(MIXED, usual))
            .unwrap()
            .0
            .report
            .removed
            .is_empty()
    );
}

#[test]
fn kinds_come_from_content_and_names_may_make_them_worse() {
    let part = |head: &str, body: &str| {
        kinds(&mail(MIXED, &format!("--b\n{head}\n\n{body}\n--b--\n")))[0].1
    };
    assert_eq!(
        part("Content-Type: image/png; name=a.png", "%PDF-1.4"),
        Kind::Pdf
    );
    assert_eq!(
        part("Content-Type: text/plain; name=\"a.pdf.exe\"", "hello"),
        Kind::Executable
    );
    assert_eq!(
        part(
            "Content-Type: text/plain\nContent-Disposition: attachment; filename=\"a.csv\"",
            "a,b"
        ),
        Kind::Csv
    );
    assert_eq!(
        part("Content-Type: message/rfc822", "From: x@y.example\n\nz"),
        Kind::Message
    );
}

#[test]
fn conflicting_names_are_reported() {
    let body = "--b\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Disposition: attachment; filename=\"b.exe\"\n\n%PDF-\n--b--\n";
    let (shape, _) = parted(&mail(MIXED, body)).unwrap();
    assert_eq!(shape.leaves[0].kind, Kind::Executable);
    assert_eq!(shape.report.removed[0].what, What::NameChanged);
}

#[test]
fn limits_come_before_the_second_reader() {
    let many_headers = "X: y\n".repeat(2_000);
    assert_eq!(
        parted(&mail(many_headers.trim_end(), "x")).err(),
        Some(Refusal::OverBudget)
    );
    let long_header = format!("X: {}", "y".repeat(300 << 10));
    assert_eq!(
        parted(&mail(&long_header, "x")).err(),
        Some(Refusal::OverBudget)
    );
    let many_parts = "--b\n\nx\n".repeat(100_000) + "--b--\n";
    assert_eq!(
        parted(&mail(MIXED, &many_parts)).err(),
        Some(Refusal::OverBudget)
    );
    let mut deep = String::from("x\n");
    for level in 0..1_000 {
        deep = format!(
            "Content-Type: multipart/mixed; boundary=q{level}q\n\n--q{level}q\n{deep}\n--q{level}q--\n"
        );
    }
    let deep = format!("From: a@example.jp\n{deep}").replace('\n', "\r\n");
    assert!(matches!(
        parted(deep.as_bytes()).err(),
        Some(Refusal::OverBudget)
    ));
}

#[test]
fn header_values_are_parsed_not_copied() {
    let head = "Subject: a\nTo: b@example.jp, \"C, D\" <c@example.jp>\nDate: Mon, 1 Jun 2026 09:00:00 +0900\n\
        Message-ID: <1@x>\nReferences: <2@x> junk <3@x>\nReceived: x\nReceived: y\nBcc: z@example.jp\nSubject: b";
    let (shape, _) = parted(&mail(head, "x")).unwrap();
    let headers = shape.headers.unwrap();
    assert_eq!(headers.untrusted_subject.as_deref(), Some("a"));
    assert_eq!(headers.untrusted_to.len(), 2);
    assert_eq!(headers.date, Some((1_780_272_000, 540)));
    assert_eq!(headers.untrusted_references, ["2@x", "3@x"]);
    assert_eq!((headers.received, headers.japanese), (2, false));
    assert_eq!(shape.report.removed[0].what, What::DuplicateEntry);
}

#[test]
fn the_verifier_knows_only_our_form() {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let good = "From: <a@b.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\nQUJD\n";
    let judged = |mail: &str| {
        verify(mail.replace('\n', "\r\n").as_bytes(), &context, &|_, _| {
            Ok(())
        })
    };
    assert_eq!(judged(good), Ok(()));
    for bad in [
        good.replace("base64", "7bit"),
        good.replace("plain", "html"),
        good.replace("From", "X-Other"),
        good.replace("QUJD", "QUJD\n\nQUJD"),
        good.replace("QUJD", "GwEC"),
        good.replace("MIME", "From: <c@d.example>\nMIME"),
        format!("{good}x"),
    ] {
        assert_eq!(judged(&bad), Err(Refusal::Residue), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) { let _ = parted(&bytes); }

    #[test]
    fn any_mail_of_tricks_is_judged(pieces in proptest::collection::vec(0_usize..20, 0..30)) {
        const TRICKS: [&str; 20] = [
            "\r\n", "--b\r\n", "--b--\r\n", "--c\r\n", "--c--\r\n", "Content-Type: multipart/mixed; boundary=b\r\n",
            "Content-Type: multipart/mixed; boundary=c\r\n", "Content-Type: message/rfc822\r\n", "text\r\n", " folded\r\n",
            "Content-Transfer-Encoding: base64\r\n", "QUJD\r\n", "Content-Type: text/html\r\n", "=?", "From: a@b\r\n", "\r\n\r\n",
            "Content-Disposition: attachment; filename*=", "UTF-8''%E3\r\n", "begin 644 a\r\n", "Content-Type: ",
        ];
        let mail: String = pieces.iter().map(|at| TRICKS[*at]).collect();
        if let Ok((shape, bytes)) = parted(mail.as_bytes()) {
            let sum: u64 = shape.leaves.iter().map(|leaf| leaf.range.length).sum();
            assert_eq!(sum, u64::try_from(bytes.len()).unwrap());
        }
    }
}
