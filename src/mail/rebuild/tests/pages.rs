//! Pages that stay HTML, and the pictures that they show.

use super::*;

/// Pages stand before the attachments, their pictures with them; nothing but
/// our own form of it is accepted.
#[test]
fn pages_and_their_pictures_are_accepted_in_our_form_only() {
    let part = |kind, name: &str, bytes: &'static [u8]| Part {
        kind,
        name: name.to_owned(),
        bytes,
    };
    let id = |number| format!("picture{number}.0123456789ab@sekimori.invalid");
    let image = |number| format!("<img src=\"cid:{}\" alt=\"\">", id(number));
    let one = image(2) + &image(30);
    let pages = [
        Page {
            html: one.as_bytes(),
            pictures: vec![
                (id(2), part(Kind::Png, "\u{56f3}.png", b"png")),
                (id(30), part(Kind::Jpeg, "b.jpg", b"jpeg")),
            ],
        },
        Page {
            html: b"<p>two</p>",
            pictures: vec![],
        },
    ];
    let letter = Letter {
        body: "notice\r\n",
        pages: &pages,
        parts: &[part(Kind::Pdf, "c.pdf", b"%PDF-1.7")],
    };
    let mail = letter_of(&Headers::default(), &letter, Timestamp::UNIX_EPOCH);
    let mail = String::from_utf8(mail).unwrap();
    let seen = std::cell::RefCell::new(Vec::new());
    let verdict = |mail: &str| {
        with_context(|context| {
            message::verify(mail.as_bytes(), context, &|kind, bytes| {
                seen.borrow_mut().push((kind, bytes.to_vec()));
                Ok(())
            })
        })
    };
    assert_eq!(verdict(&mail), Ok(()), "{mail}");
    let kinds: Vec<Kind> = seen.take().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        [Kind::Html, Kind::Png, Kind::Jpeg, Kind::Html, Kind::Pdf]
    );
    for (ours, theirs) in [
        ("ab@sekimori.invalid>", "ab@evil.example>"),
        ("<picture30.", "<pictureX."),
        // Neither one that the page does not show nor one twice.
        ("<picture30.", "<picture31."),
        ("<picture30.", "<picture2."),
        ("<picture2.0123456789ab", "<picture2.0123456789ac"),
        ("Content-Type: image/png;", "Content-Type: image/gif;"),
        ("Content-Type: image/png;", "Content-Type: text/html;"),
        (
            "Content-Type: multipart/related;",
            "Content-Type: multipart/parallel;",
        ),
        (
            "Content-Disposition: inline\r\n",
            "Content-Disposition: attachment\r\n",
        ),
        (
            "Content-Disposition: inline;",
            "Content-Disposition: attachment;",
        ),
        (
            "Content-Type: text/html; charset=UTF-8",
            "Content-Type: text/html; charset=UTF-7",
        ),
    ] {
        assert!(mail.contains(ours), "{ours}");
        assert_eq!(
            verdict(&mail.replace(ours, theirs)),
            Err(Refusal::Residue),
            "{theirs}"
        );
    }
    // A page behind an attachment is none of ours.
    let late = Letter {
        pages: &[],
        ..letter
    };
    let late =
        String::from_utf8(letter_of(&Headers::default(), &late, Timestamp::UNIX_EPOCH)).unwrap();
    let (_, delimiter) = late.split_once("boundary=\"").unwrap();
    let delimiter = format!("--{}", &delimiter[..43]);
    let page = format!(
        "{delimiter}\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\neA==\r\n{delimiter}--\r\n"
    );
    let late = late.replace(&format!("{delimiter}--\r\n"), &page);
    assert_eq!(verdict(&late), Err(Refusal::Residue), "{late}");
}

/// A page and its pictures belong together, whatever was left out.
#[test]
fn a_page_without_its_pictures_is_none_of_ours() {
    let shows = b"<img src=\"cid:picture2.0123456789ab@sekimori.invalid\" alt=\"\">";
    let page = Page {
        html: shows,
        pictures: vec![],
    };
    let attached = Part {
        kind: Kind::Html,
        name: "a.html".to_owned(),
        bytes: shows,
    };
    for (pages, parts) in [(vec![page], vec![]), (vec![], vec![attached])] {
        let letter = Letter {
            body: "notice\r\n",
            pages: &pages,
            parts: &parts,
        };
        let mail = letter_of(&Headers::default(), &letter, Timestamp::UNIX_EPOCH);
        let verdict = with_context(|context| message::verify(&mail, context, &|_, _| Ok(())));
        assert_eq!(verdict, Err(Refusal::Residue));
    }
}
