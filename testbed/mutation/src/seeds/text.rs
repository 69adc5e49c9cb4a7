//! Texts, tables, calendars and cards.

use sekimori::sanitise::Kind;

use super::Seed;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\n\
BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
BEGIN:VEVENT\r\nUID:1@example.jp\r\nDTSTAMP:20260401T000000Z\r\nDTSTART;TZID=Asia/Tokyo:20260401T100000\r\nDURATION:PT1H\r\n\
RRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:会議\\, 第一回\r\nDESCRIPTION:長い説明を折り\r\n 返して書く\r\nLOCATION:三階\r\n\
ATTACH:file:///c:/a.exe\r\nX-ALT-DESC;FMTTYPE=text/html:<b>x</b>\r\nURL:http://x.example.invalid/\r\n\
ORGANIZER;CN=\"髙橋\":mailto:a@example.jp\r\nBEGIN:VALARM\r\nACTION:PROCEDURE\r\nTRIGGER:-PT5M\r\nATTACH:file:///c:/a.exe\r\nEND:VALARM\r\n\
END:VEVENT\r\nEND:VCALENDAR\r\n";

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:髙橋 一郎\r\nN:髙橋;一郎;;;\r\nORG:市役所;総務課\r\nTEL;TYPE=WORK,VOICE:+81-3-1234-5678\r\n\
EMAIL:a@example.jp\r\nADR;TYPE=WORK:;;一丁目;市;県;100-0001;日本\r\nNOTE;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8C=A9=\r\n=90=CF\r\n\
PHOTO;VALUE=URI:http://x.example.invalid/p.jpg\r\nURL:javascript:a()\r\nEND:VCARD\r\n";

const TABLE: &str = "品名,数量,備考\r\n机,12,\"一,二\"\r\n=cmd|' /C calc'!A0,-5,+81-3-1234-5678\r\n@SUM(A1),\"a\"\"b\",\t=1\r\n";

const JSON: &str = r#"{"名": "関守", "値": [1, -2.5e3, true, null, "\u202e\ud83d\ude00", {"a": {"b": []}}], "長": "あいう"}"#;

pub(super) fn seeds() -> Vec<Seed> {
    let plain =
        "会議のお知らせ\r\n①㈱髙﨑 ～－∥ ｶﾀｶﾅ\r\n\u{202e}txt.exe\r\n\u{1b}[31m赤\u{1b}[0m\r\n";
    let shift_jis = b"\x89\xef\x8bc\x82\xcc\x82\xa8\x92m\x82\xe7\x82\xb9\r\n\x87\x40\x8a\x84\xfb\xfc\xfa\xb1 \xb6\xc0\xb6\xc5\r\n";
    let jis = b"\x1b$B2q5D$N$*CN$i$;\x1b(B\r\n\x1b$B-!-j\x1b(B \x1b(I6@6E\x1b(B\r\n";
    let euc = b"\xb2\xf1\xb5\xc4\xa4\xce\xa4\xaa\xc3\xce\xa4\xe9\xa4\xbb\n\x8e\xb6\x8f\xa2\xc3\n";
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(plain.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        Seed::new("a.txt", Kind::Text, plain),
        Seed::new("b.txt", Kind::Text, shift_jis.as_slice()),
        Seed::new("c.txt", Kind::Text, jis.as_slice()),
        Seed::new("d.log", Kind::Text, euc.as_slice()),
        Seed::new("e.txt", Kind::Text, utf16),
        Seed::new(
            "f.xml",
            Kind::Text,
            "<?xml version=\"1.0\"?>\n<a b=\"c\">関守</a>\n",
        ),
        Seed::new("g.csv", Kind::Csv, TABLE),
        Seed::new("h.tsv", Kind::Csv, TABLE.replace(',', "\t")),
        Seed::new(
            "i.csv",
            Kind::Csv,
            b"\x95i\x96\xbc,\x90\x94\r\n\x8a\xf7,-1\r\n".as_slice(),
        ),
        Seed::new("j.json", Kind::Json, JSON),
        Seed::new("k.ics", Kind::Calendar, CALENDAR),
        Seed::new("l.vcf", Kind::Contact, CARD),
    ]
}
