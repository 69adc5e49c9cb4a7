//! ZIP and XML that two readers could read differently, and bombs.

use super::*;

#[test]
fn a_zip_that_two_readers_could_see_differently_is_refused() {
    let draft = fixture::word("");
    let bytes = draft.bytes();
    let mut twice = draft.entries();
    twice.push(("WORD/document.xml".to_owned(), b"<x/>".to_vec()));
    let mut escaping = draft.entries();
    escaping.push(("../evil".to_owned(), Vec::new()));
    let mut lying = bytes.clone();
    let at = lying.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    lying[at + 16] ^= 1;
    let mut locked = bytes.clone();
    locked[6] |= 1;
    locked[at + 8] |= 1;
    let mut absolute = draft.entries();
    absolute.push(("/etc/evil".to_owned(), Vec::new()));
    let mut wide = bytes.clone();
    wide[at + 24..at + 28].fill(0xFF);
    let mut foreign = bytes.clone();
    (foreign[8], foreign[at + 10]) = (12, 12);
    let between = [&bytes[..at], b"EVIL", &bytes[at..]].concat();
    for (name, bad) in [
        ("before", [b"MZ", &bytes[..]].concat()),
        ("behind", [&bytes[..], b"EVIL"].concat()),
        ("between", between),
        ("twice", fixture::zip(&twice)),
        ("escaping", fixture::zip(&escaping)),
        ("other checksum", lying),
        ("encrypted", locked),
        ("absolute", fixture::zip(&absolute)),
        ("a size that is not there", wide),
        ("a method of others", foreign),
        ("bomb", bomb()),
    ] {
        assert!(rebuild(Kind::Word, &bad).is_err(), "{name}");
        assert!(accepts(Kind::Word, &bad).is_err(), "{name}");
    }
}

/// A document with blanks behind its end that a thousandth of them stand for.
fn bomb() -> Vec<u8> {
    let mut draft = fixture::word("");
    draft.parts[0].2.resize(4 << 20, b' ');
    let mut package = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in draft.entries() {
        let plain = zip::write::SimpleFileOptions::default();
        package.start_file(name, plain).unwrap();
        std::io::Write::write_all(&mut package, &content).unwrap();
    }
    package.finish().unwrap().into_inner()
}

#[test]
fn what_says_no_more_than_another_writer_does_is_read() {
    let draft = fixture::word("");
    let mut folders = draft.entries();
    for (name, _) in &mut folders {
        *name = name.replace('/', "\\");
    }
    for bytes in [
        [&draft.bytes()[..], b"\r\n"].concat(),
        fixture::zip(&folders),
    ] {
        assert_eq!(crate::sanitise::identify::identify(&bytes, ""), Kind::Word);
        let (output, _) = rebuild(Kind::Word, &bytes).unwrap();
        assert!(everything(&output).contains(SENTENCE));
    }
    let mut twice = draft.entries();
    twice.push(("word\\document.xml".to_owned(), b"<x/>".to_vec()));
    assert!(rebuild(Kind::Word, &fixture::zip(&twice)).is_err());
}

#[test]
fn a_charset_that_hides_tags_is_refused() {
    let mut draft = fixture::word("");
    let text = String::from_utf8(draft.parts[0].2.clone()).unwrap();
    draft.parts[0].2 = text.replace("UTF-8", "UTF-7").into();
    let refused = rebuild(Kind::Word, &draft.bytes()).unwrap_err();
    assert_eq!(refused, Refusal::Malformed);
}

#[test]
fn a_document_type_is_refused() {
    let mut draft = fixture::word("");
    let text = String::from_utf8(draft.parts[0].2.clone()).unwrap();
    draft.parts[0].2 = text
        .replace("<w:document", "<!DOCTYPE x [<!ENTITY a \"b\">]><w:document")
        .into();
    assert_eq!(
        rebuild(Kind::Word, &draft.bytes()).unwrap_err(),
        Refusal::Malformed
    );
}
