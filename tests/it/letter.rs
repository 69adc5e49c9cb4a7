//! Mails as files through `sekimori sanitise`: the same code as the daemon's,
//! read back by another parser.

use std::path::PathBuf;
use std::process::Command;

use mail_parser::{MessageParser, MimeHeaders as _};

fn sekimori() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("sekimori")
}

/// Sanitises `mail`; gives the one record and the bytes of the new mail.
fn sanitised(mail: &str) -> (serde_json::Value, Vec<u8>) {
    sanitised_as(mail, &[])
}

fn sanitised_as(mail: &str, options: &[&str]) -> (serde_json::Value, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("came.eml");
    std::fs::write(&input, mail.replace('\n', "\r\n")).unwrap();
    let output = folder.path().join("out");
    let ran = Command::new(sekimori())
        .args(["--json", "sanitise"])
        .args(options)
        .arg("-o")
        .args([&output, &input])
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let record =
        serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error}: {said}"));
    (record, std::fs::read(output.join("came.eml")).unwrap())
}

const HEAD: &str = "From: a@example.com\nTo: b@example.lg.jp\nSubject: outer\nDate: Mon, 01 Jun 2026 09:00:00 +0900\nMIME-Version: 1.0\n";

#[test]
fn a_mail_inside_a_mail_is_written_anew_like_the_outer_one() {
    let inner = "From: c@example.com\nSubject: inner\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=i\n\n\
        --i\nContent-Type: text/plain; charset=utf-8\n\ninner words\n\
        --i\nContent-Type: application/octet-stream; name=run.exe\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAA=\n--i--\n";
    let mail = format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nouter words\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    );
    let (record, bytes) = sanitised(&mail);
    assert_eq!(record["verified"], true);
    let program = &record["children"][1]["children"][1];
    assert_eq!(
        (&program["outcome"], &program["reason"]),
        (&"withheld".into(), &"forbidden".into())
    );

    let outer = MessageParser::default().parse(&bytes).unwrap();
    assert!(outer.body_text(0).unwrap().contains("outer words"));
    let nested = outer.attachment(0).unwrap().message().unwrap();
    assert_eq!(nested.subject(), Some("inner"));
    let text = nested.body_text(0).unwrap();
    assert!(
        text.contains("inner words") && text.contains("run.exe"),
        "{text}"
    );
    assert_eq!(
        nested.attachment_count(),
        0,
        "the program is named, not carried"
    );
    assert!(!bytes.windows(8).any(|window| window == b"TVqQAAMA"));
}

#[test]
fn mails_nested_too_deep_lose_only_the_innermost() {
    let mut mail = "From: x@example.com\nSubject: 9\n\ninnermost\n".to_owned();
    for depth in (0..9).rev() {
        mail = format!(
            "From: x@example.com\nSubject: {depth}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b{depth}\n\n\
            --b{depth}\nContent-Type: text/plain\n\nwords {depth}\n--b{depth}\nContent-Type: message/rfc822\n\n{mail}\n--b{depth}--\n"
        );
    }
    let (record, bytes) = sanitised(&mail);
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("innermost"));
    let mut deepest = &record;
    while let Some(child) = deepest["children"]
        .as_array()
        .and_then(|children| children.get(1))
    {
        deepest = child;
    }
    assert_eq!(deepest["outcome"], "withheld", "{deepest}");
}

#[test]
fn a_header_cannot_be_smuggled_in_by_a_subject_or_a_name() {
    let mail = format!(
        "{}Subject: =?utf-8?B?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?=\nContent-Type: text/plain; name=\"=?utf-8?B?eA0KWC1FdmlsOiB5?=\"\n\nwords\n",
        HEAD.replace("Subject: outer\n", "")
    );
    let (_, bytes) = sanitised(&mail);
    let message = MessageParser::default().parse(&bytes).unwrap();
    let names: Vec<_> = message
        .headers()
        .iter()
        .map(|header| header.name().to_lowercase())
        .collect();
    assert!(
        !names.iter().any(|name| name == "bcc" || name == "x-evil"),
        "{names:?}"
    );
    assert!(message.attachments().all(|part| {
        part.attachment_name()
            .is_none_or(|name| !name.contains('\n'))
    }));
}

/// Two pages show the same picture, called in escapes and without brackets; one
/// that is no picture is its words.
#[test]
fn each_page_shows_what_came_out_as_a_picture() {
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let page = "Content-Type: text/html; charset=utf-8\n\n<img src=\"cid:a%40b\" alt=a><img src=\"cid:c@d\" alt=c><img src=\"cid:e@f\" alt=e>\n";
    let picture = |id: &str, bytes: &str| {
        format!(
            "--r\nContent-Type: image/png\nContent-ID: {id}\nContent-Transfer-Encoding: base64\n\n{bytes}\n"
        )
    };
    let mail = format!(
        "{HEAD}Content-Type: multipart/related; boundary=r\n\n--r\n{page}--r\n{page}{}{}{}--r--\n",
        picture("<a%40b>", png),
        picture("c@d", png),
        picture("<e@f>", &png[..40]),
    );
    let (record, bytes) = sanitised_as(&mail, &["--as", "rebuild"]);
    assert_eq!(record["verified"], true);
    assert_eq!(record["children"][4]["outcome"], "withheld");
    let message = MessageParser::default().parse(&bytes).unwrap();
    let pages = message.parts.iter().filter_map(|part| match &part.body {
        mail_parser::PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let mut count = 0;
    for html in pages {
        count += 1;
        assert!(
            html.contains("cid:picture3.") && html.contains("cid:picture4."),
            "{html}"
        );
        assert!(
            html.contains("[e]") && !html.contains("cid:picture5."),
            "{html}"
        );
    }
    assert_eq!(count, 2);
    let ids = message.parts.iter().filter_map(|part| part.content_id());
    assert_eq!(ids.count(), 4);
}

/// A page that stays HTML shows the pictures that came with it, under our own
/// names for them, and no others.
#[test]
fn a_page_shows_the_rebuilt_pictures_of_its_mail() {
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let mail = format!(
        "{HEAD}Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html; charset=utf-8\n\n\
        <h1>Report</h1><script>x()</script><img src=\"cid:map@example\" alt=\"map\" onerror=x()><img src=\"https://t.example/1\" alt=far>\n\
        --r\nContent-Type: image/png; name=map.png\nContent-ID: <map@example>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\n{png}\n\
        --r\nContent-Type: image/png; name=other.png\nContent-ID: <other@example>\nContent-Transfer-Encoding: base64\n\n{png}\n--r--\n"
    );
    let (record, bytes) = sanitised_as(&mail, &["--as", "rebuild"]);
    assert_eq!(record["verified"], true);
    assert_eq!(record["children"][0]["outcome"], "rebuilt");
    let message = MessageParser::default().parse(&bytes).unwrap();
    let html = message
        .parts
        .iter()
        .find_map(|part| match &part.body {
            mail_parser::PartType::Html(html) => Some(html.to_string()),
            _ => None,
        })
        .unwrap();
    let (_, id) = html.split_once("<h1>Report</h1><img src=\"cid:").unwrap();
    let (id, after) = id.split_once('"').unwrap();
    assert!(after.starts_with(" alt=\"map\">[far]"), "{html}");
    assert!(id.starts_with("picture2.") && id.ends_with("@sekimori.invalid"));
    let shown: Vec<_> = message
        .parts
        .iter()
        .filter_map(|part| Some((part.content_id()?, part.attachment_name()?)))
        .collect();
    assert_eq!(shown, [(id, "map.png")]);
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("X-Sekimori-Result: body=html; att=2;"),
        "{text}"
    );
    assert!(text.contains("other.png") && !text.contains("map@example"));
    // As it is by default: text, and both pictures beside it.
    let (record, bytes) = sanitised(&mail);
    assert_eq!(record["children"][0]["outcome"], "text");
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("Content-ID") && text.contains("body=html-to-text"));
}

/// Where HTML stays HTML it is read before the plain version, and the other
/// version is told, not lost unseen.
#[test]
fn a_mail_with_two_versions_shows_the_one_that_is_wanted() {
    let mail = format!(
        "{HEAD}Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nplain words\n\
        --a\nContent-Type: text/html\n\n<b>page words</b>\n--a--\n"
    );
    for (options, wanted, left, result) in [
        (&[][..], "plain words", "text/html", "body=text"),
        (
            &["--as", "rebuild"],
            "<b>page words</b>",
            "text/plain",
            "body=html",
        ),
    ] {
        let (record, bytes) = sanitised_as(&mail, options);
        let message = MessageParser::default().parse(&bytes).unwrap();
        let shown: Vec<String> = message
            .parts
            .iter()
            .filter_map(|part| match &part.body {
                mail_parser::PartType::Html(words) | mail_parser::PartType::Text(words) => {
                    Some(words.to_string())
                }
                _ => None,
            })
            .collect();
        let all = shown.concat();
        assert!(all.contains(wanted), "{all}");
        assert_eq!(
            all.contains("plain words") as u8 + all.contains("page words") as u8,
            1,
            "{all}"
        );
        let told = record["removed"].as_array().unwrap();
        assert_eq!(told[0]["where"], format!("alternative {left}"));
        assert!(String::from_utf8_lossy(&bytes).contains(result));
    }
}
