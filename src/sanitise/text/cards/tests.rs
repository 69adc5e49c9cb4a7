//! Calendars and cards built here with what must not cross.

use super::*;
use crate::sanitise::Removed;

fn rebuilt(text: &str, kind: Kind) -> (String, Vec<Removed>) {
    let mut report = Report::default();
    let output = rebuild(text, kind, &mut report).unwrap();
    check(kind, &output).unwrap();
    (String::from_utf8(output).unwrap(), report.removed)
}

fn check(kind: Kind, output: &[u8]) -> Result<(), Refusal> {
    match kind {
        Kind::Calendar => verify::calendar(output),
        _ => verify::contact(output),
    }
}

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn a_meeting_stays_a_meeting() {
    let source = event(
        "DTSTART;TZID=Asia/Tokyo:20260401T100000\r\nSUMMARY;LANGUAGE=ja:会議\\, ①㈱髙﨑～\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\nATTENDEE;CN=\"佐藤; 太郎\";PARTSTAT=ACCEPTED:MAILTO:sato@city.example\r\n",
    );
    let (text, removed) = rebuilt(&source, Kind::Calendar);
    assert_eq!(removed, []);
    assert_eq!(
        text,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sekimori//JA\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Asia/Tokyo:20260401T100000\r\nSUMMARY;LANGUAGE=ja:会議\\, ①㈱髙﨑～\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\nATTENDEE;CN=\"佐藤; 太郎\";PARTSTAT=ACCEPTED:mailto:sato@city.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
}

/// Each vector is gone, named, and refused by the verifier where it stood.
#[test]
fn what_opens_or_starts_something_is_gone() {
    for (vector, what) in [
        ("ATTACH:file:///c:/x.exe\r\n", What::AttachmentByReference),
        (
            "ATTACH;FMTTYPE=x/y:https://evil.example/a.exe\r\n",
            What::AttachmentByReference,
        ),
        (
            "ATTACH;ENCODING=BASE64;VALUE=BINARY:TVqQ\r\n",
            What::EmbeddedFile,
        ),
        ("URL:https://evil.example/\r\n", What::ExternalLink),
        (
            "CONFERENCE;VALUE=URI:https://evil.example/\r\n",
            What::ExternalLink,
        ),
        // Another version of the description: every invitation of Outlook has one.
        (
            "X-ALT-DESC;FMTTYPE=text/html:<script>\r\n",
            What::UnknownPart,
        ),
        ("X-EVIL:1\r\n", What::UnknownPart),
        (
            "DESCRIPTION;ALTREP=\"https://evil.example/\":x\r\n",
            What::ExternalLink,
        ),
        ("ORGANIZER:file://evil/share\r\n", What::UnknownPart),
        (
            "BEGIN:VALARM\r\nACTION:PROCEDURE\r\nATTACH:file:///c:/calc.exe\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
            What::Action,
        ),
        (
            "BEGIN:VALARM\r\nACTION:EMAIL\r\nEND:VALARM\r\n",
            What::Action,
        ),
        (
            "BEGIN:X-PART\r\nACTION:DISPLAY\r\nEND:X-PART\r\n",
            What::UnknownPart,
        ),
    ] {
        let source = event(vector);
        assert_eq!(
            check(Kind::Calendar, source.as_bytes()),
            Err(Refusal::Residue),
            "{vector}"
        );
        let (text, removed) = rebuilt(&source, Kind::Calendar);
        assert!(
            removed.iter().any(|line| line.what == what),
            "{vector}: {removed:?}"
        );
        assert!(
            !text.contains("evil") && !text.contains("calc") && !text.contains("script"),
            "{text}"
        );
    }
}

#[test]
fn a_place_on_another_machine_is_words_only() {
    let (text, _) = rebuilt(
        &event("LOCATION:\\\\\\\\evil\\\\share File://evil/x\r\n"),
        Kind::Calendar,
    );
    assert!(
        text.contains("LOCATION:[\\\\]evil\\\\share File[:]//evil/x\r\n"),
        "{text}"
    );
}

#[test]
fn long_lines_are_folded_between_characters() {
    let (text, _) = rebuilt(
        &event(&format!("SUMMARY:{}\r\n", "会議".repeat(60))),
        Kind::Calendar,
    );
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert!(text.replace("\r\n ", "").contains(&"会議".repeat(60)));
}

#[test]
fn a_second_action_of_an_alarm_is_gone() {
    let source = event("BEGIN:VALARM\r\nACTION:DISPLAY\r\nACTION:PROCEDURE\r\nEND:VALARM\r\n");
    assert_eq!(
        check(Kind::Calendar, source.as_bytes()),
        Err(Refusal::Residue)
    );
    let (text, removed) = rebuilt(&source, Kind::Calendar);
    assert!(!text.contains("PROCEDURE"));
    assert_eq!(removed.len(), 1);
}

#[test]
fn a_reminder_that_shows_words_stays() {
    let (text, removed) = rebuilt(
        &event(
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:会議\r\nEND:VALARM\r\n",
        ),
        Kind::Calendar,
    );
    assert!(text.contains("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\n"));
    assert_eq!(removed, []);
}

#[test]
fn a_card_of_an_old_telephone_is_read() {
    let source = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8D=82=8D=E8;=91=BE=\r\n=98=59\r\nTEL;WORK;VOICE:087-839-2011\r\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\nURL:https://evil.example/\r\nKEY;VALUE=URI:https://evil.example/k\r\nEND:VCARD\r\n";
    assert_eq!(
        check(Kind::Contact, source.as_bytes()),
        Err(Refusal::Residue)
    );
    let (text, removed) = rebuilt(source, Kind::Contact);
    assert_eq!(
        text,
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:高崎;太郎\r\nTEL;TYPE=WORK;TYPE=VOICE:087-839-2011\r\nEND:VCARD\r\n"
    );
    let what: Vec<What> = removed.iter().map(|line| line.what).collect();
    assert_eq!(
        what,
        [
            What::EmbeddedFile,
            What::ExternalLink,
            What::AttachmentByReference
        ]
    );
}

/// It has no scheme any more, so it is no URI; and how a name is read comes from nowhere.
#[test]
fn a_number_is_a_number_and_a_reading_no_attachment() {
    let source = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:高橋\r\nTEL;TYPE=work;VALUE=uri:tel:+81-87-839-2011\r\nSOUND;X-IRMC-N:ﾀｶﾊｼ;ﾀﾛｳ\r\nEND:VCARD\r\n";
    let (text, removed) = rebuilt(source, Kind::Contact);
    assert!(text.contains("TEL;TYPE=work:+81-87-839-2011\r\n"), "{text}");
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].what, What::UnknownPart);
}

#[test]
fn components_that_do_not_close_are_malformed() {
    for source in [
        "BEGIN:VCARD\nFN:x\n",
        "BEGIN:VCARD\nEND:VEVENT\n",
        "FN:x\n",
        "",
    ] {
        assert!(
            rebuild(source, Kind::Contact, &mut Report::default()).is_err(),
            "{source}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_accepted(
        lines in "(BEGIN:|END:|VEVENT|VALARM|VCARD|ACTION:|DISPLAY|N;|ENCODING=QUOTED-PRINTABLE|CHARSET=x|CN=\"a|\"|;|:|=|=0A|=5C|file:|\\\\|\\\\n|mailto:a@b|ATTENDEE:|NOTE:|TZID=|あ|\n|\r\n | ){0,40}"
    ) {
        for (kind, source) in [
            (Kind::Calendar, event(&format!("{lines}\r\n"))),
            (Kind::Contact, format!("BEGIN:VCARD\n{lines}\nEND:VCARD\n")),
        ] {
            if let Ok(output) = rebuild(&source, kind, &mut Report::default()) {
                proptest::prop_assert_eq!(check(kind, &output), Ok(()), "{}", String::from_utf8_lossy(&output));
            }
        }
    }
}
