//! Things under true and false names.

use super::*;

fn archive(names: &[&str]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in names {
        writer
            .start_file(*name, ::zip::write::SimpleFileOptions::DEFAULT)
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn programs_are_known_by_content_and_by_name() {
    assert_eq!(
        identify(b"MZ\x90\0\x03\0\0\0\x04", "report.pdf"),
        Kind::Executable
    );
    assert_eq!(identify(b"#!/bin/sh\n", "a.txt"), Kind::Executable);
    for name in [
        "a.exe",
        "見積.pdf.js",
        "a.LNK",
        "a.exe. ",
        "cod\u{202e}txt.scr",
        "a．vbs",
    ] {
        assert_eq!(identify(b"hello", name), Kind::Executable, "{name}");
    }
    let mut iso = vec![0; 0x8001];
    iso.extend_from_slice(b"CD001");
    assert_eq!(identify(&iso, "a"), Kind::Executable);
}

#[test]
fn a_sentence_about_the_mz_generation_is_text() {
    assert_eq!(identify("MZ世代について".as_bytes(), "a.txt"), Kind::Text);
}

#[test]
fn names_never_make_a_thing_better() {
    assert_eq!(identify(b"%PDF-1.4", "a.txt"), Kind::Pdf);
    assert_eq!(identify(b"\xFF\xD8\xFF\xE0", "a.csv"), Kind::Jpeg);
    assert_eq!(identify(b"\x01\x02\x03\0\0\0", "a.txt"), Kind::Unknown);
}

#[test]
fn text_is_told_apart() {
    assert_eq!(identify(b"a,b\n", "x.CSV"), Kind::Csv);
    assert_eq!(identify(b" <!-- x --><HTML>", "x.txt"), Kind::Html);
    assert_eq!(
        identify(b"From: a@b.example\r\nTo: c@d.example\r\n\r\nx", "x.eml"),
        Kind::Message
    );
    assert_eq!(
        identify(b"From: a@b.example\r\nTo: c@d.example\r\n\r\nx", "x.txt"),
        Kind::Text
    );
    assert_eq!(identify(b"", ""), Kind::Text);
}

#[test]
fn containers_are_looked_into() {
    assert_eq!(
        identify(
            &archive(&["[Content_Types].xml", "word/document.xml"]),
            "a.zip"
        ),
        Kind::Word
    );
    assert_eq!(
        identify(&archive(&["[Content_Types].xml", "word/a", "xl/b"]), "a"),
        Kind::Unknown
    );
    assert_eq!(identify(&archive(&["a.txt"]), "a.docx"), Kind::Zip);
    assert_eq!(
        identify(&archive(&["META-INF/MANIFEST.MF"]), "a.zip"),
        Kind::Executable
    );
    assert_eq!(identify(b"GIF89a.. PK\x05\x06", "a.gif"), Kind::Gif);
    assert_eq!(identify(b"hello PK\x05\x06", "a.txt"), Kind::Unknown);
    let mut locked = OLE2.to_vec();
    for name in ["EncryptedPackage", "EncryptionInfo"] {
        locked.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    }
    assert_eq!(identify(&locked, "a.xlsx"), Kind::Encrypted);
    assert_eq!(identify(&OLE2, "a.doc"), Kind::Unsupported);
}

proptest::proptest! {
    #[test]
    fn any_bytes_have_a_kind(bytes: Vec<u8>, name: String) { let _ = identify(&bytes, &name); }
}

#[test]
fn a_mail_with_parts_is_one_under_any_name() {
    let mail = b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n";
    for name in ["x.txt", "x", "x.log", ""] {
        assert_eq!(identify(mail, name), Kind::Message, "{name}");
    }
    let boxed = [&b"From a@b Mon Jan  1 00:00:00 2026\n"[..], mail].concat();
    assert_eq!(identify(&boxed, "inbox"), Kind::Message);
    // One field is enough, also folded by a line of blanks.
    let folded =
        b"Content-type:\r\n \r\n multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n";
    assert_eq!(identify(folded, "x"), Kind::Message);
    // Only a header, as bounces carry it, and a letter that begins like one.
    let head = b"From: a@b.example\r\nTo: c@d\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    assert_eq!(identify(head, "x.txt"), Kind::Text);
    assert_eq!(
        identify(b"From: a\nTo: b\nSubject: c\n\nDear b,\n", "x.txt"),
        Kind::Text
    );
}

#[test]
fn only_a_drawing_itself_is_a_drawing() {
    for drawing in [
        "<svg xmlns='x'/>",
        "\u{feff}<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC 'x'>\n<svg/>",
        "<?xml version='1.0'?><s:svg xmlns:s='x'/>",
    ] {
        assert_eq!(identify(drawing.as_bytes(), "a"), Kind::Svg, "{drawing}");
    }
    let mail = "From: a@b\nTo: c@d\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n<svg/>\n--b--\n";
    assert_eq!(identify(mail.as_bytes(), "a.eml"), Kind::Message);
    assert_eq!(identify(b"<html><svg></svg>x", "a.html"), Kind::Html);
    assert_eq!(identify(b"the <svg> element", "a.txt"), Kind::Text);
}

#[test]
fn calendars_and_cards_are_known_by_their_first_line() {
    for name in ["a.ics", "a.txt", ""] {
        assert_eq!(
            identify(b"\xEF\xBB\xBFBEGIN:VCALENDAR\r\n", name),
            Kind::Calendar
        );
        assert_eq!(identify(b"begin:vcard\nFN:x\n", name), Kind::Contact);
    }
    assert_eq!(identify(b"BEGIN:VCALENDARS\n", "a.ics"), Kind::Text);
}

#[test]
fn json_is_json_only_where_name_and_content_say_so() {
    assert_eq!(identify(b"{\"a\": [1, 2]}\n", "a.json"), Kind::Json);
    assert_eq!(identify(b"{\"a\": [1, 2}\n", "a.json"), Kind::Text);
    assert_eq!(identify(b"{\"a\": [1, 2]}\n", "a.txt"), Kind::Text);
}
