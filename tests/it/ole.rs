//! Word, Excel and PowerPoint 97–2003: their words exactly, and each vector of
//! their row named, gone, and refused untreated.

use mutation::seeds::ole::doc::{self, document};
use mutation::seeds::ole::vectors::{self, WORDS};
use mutation::seeds::ole::xls::{Book, number, plain, shared, sheet, strings};
use mutation::seeds::ole::{ppt, stream, xls};
use sekimori::policy::Limits;
use sekimori::sanitise::{
    Context, Fonts, Kind, Refusal, Removed, Report, Treatment, identify, ole, text,
};

fn treated(kind: Kind, bytes: &[u8]) -> Result<(String, Vec<Removed>), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut report = Report::default();
    let output = ole::treat(kind, Treatment::Text, bytes, &context, &mut report)?;
    assert_eq!(verified(kind, &output), Ok(()));
    Ok((String::from_utf8(output).unwrap(), report.removed))
}

fn verified(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    match Treatment::Text.output_kind(kind) {
        Some(Kind::Text) => text::verify_text(bytes),
        Some(Kind::Csv) => text::verify_csv(bytes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_letter_is_its_words() {
    let letter = doc::letter();
    assert_eq!(identify::identify(&letter, "a"), Kind::Doc);
    let (words, _) = treated(Kind::Doc, &letter).unwrap();
    assert_eq!(
        words,
        "見積書①㈱髙﨑𠮷\n金額\n税込 3頁\n品名\t数量 二行目\n机\t12\n終わり\n\n 脚注です\n\n 文末脚注\n\n\
         コメント\n\n枠の文字\n\n総務課\n"
    );
    let (words, _) = treated(Kind::Doc, &doc::word6()).unwrap();
    assert_eq!(words, "見積書①㈱髙﨑\nA\tB\nｶﾅ\n");
}

/// 8-bit pieces are Western whatever the language of the file.
#[test]
fn a_narrow_piece_is_western() {
    let mut letter = document("caf\u{e9} na\u{ef}ve");
    letter.narrow = true;
    letter.parts[1] = "脚注\r".to_owned();
    let (words, _) = treated(Kind::Doc, &letter.file()).unwrap();
    assert_eq!(words, "café naïve\n\n脚注\n");
}

#[test]
fn a_book_is_its_cells_as_they_show() {
    let book = xls::book();
    assert_eq!(identify::identify(&book, "a"), Kind::Xls);
    let (cells, _) = treated(Kind::Xls, &book).unwrap();
    assert_eq!(
        cells,
        "\u{feff}[集計]\r\n見積①㈱髙﨑𠮷,\"一,二\n三\"\r\n令和8年4月1日,\"▲ 1,234,567\",12.34\r\n\r\n\
         7,8,'=1+2\r\nTRUE,#N/A,0.1\r\n,,,結果\r\n\r\n（図形・コメントの文字 / text in boxes and notes）\r\n枠字\r\n\r\n\
         [裏]（非表示シート / hidden sheet）\r\n1\r\n"
    );
    let (cells, _) = treated(Kind::Xls, &xls::book5()).unwrap();
    assert_eq!(cells, "\u{feff}①㈱髙﨑,2.5\r\n");
}

#[test]
fn a_talk_is_its_slides_in_order() {
    let talk = ppt::talk();
    assert_eq!(identify::identify(&talk, "a"), Kind::Ppt);
    let (words, _) = treated(Kind::Ppt, &talk).unwrap();
    assert_eq!(
        words,
        "[スライド 1 / slide]\n計画①㈱髙﨑𠮷\n一行目\n二行目\n続き\ncafé\n（ノート / notes）\n話すこと\n\n\
         [スライド 2 / slide]（非表示 / hidden）\n予備\n"
    );
}

#[test]
fn every_vector_is_named_and_gone() {
    for vector in vectors::all() {
        let (name, kind) = (&vector.seed.name, vector.seed.kind);
        assert_eq!(identify::identify(&vector.seed.bytes, name), kind, "{name}");
        let untreated = verified(kind, &vector.seed.bytes);
        assert_eq!(untreated, Err(Refusal::Residue), "{name}");
        let (words, removed) = treated(kind, &vector.seed.bytes).unwrap();
        let named = removed.iter().any(|line| line.what == vector.what);
        assert!(named, "{name}: {removed:?}");
        assert!(words.contains(WORDS), "{name}: {words}");
        assert!(!words.contains(vector.gone), "{name}: {words}");
    }
}

#[test]
fn what_needs_a_password_is_withheld_as_such() {
    for seed in vectors::locked() {
        assert_eq!(identify::identify(&seed.bytes, &seed.name), seed.kind);
        let refused = treated(seed.kind, &seed.bytes);
        assert_eq!(refused, Err(Refusal::Encrypted), "{}", seed.name);
    }
}

/// A string that stands once and is asked for without end, cells far apart,
/// sheets and slides that are one another.
#[test]
fn what_would_swell_is_over_budget() {
    let long = "あ".repeat(2_000);
    let cells = (0..60_000u32).map(|n| shared((n / 250) as u16, (n % 250) as u16, 0));
    let swelling = Book {
        globals: vec![plain(), strings(&[&long])],
        sheets: vec![sheet("S", cells.collect())],
        beside: Vec::new(),
    };
    let refused = treated(Kind::Xls, &swelling.file()).map(drop);
    assert_eq!(refused, Err(Refusal::OverBudget));
    let far = (0..60_000u16).map(|row| number(row, 255, 0, 1.0));
    let far = Book {
        globals: vec![plain()],
        sheets: vec![sheet("S", far.collect())],
        beside: Vec::new(),
    };
    let refused = treated(Kind::Xls, &far.file()).map(drop);
    assert_eq!(refused, Err(Refusal::OverBudget));
}

#[test]
fn two_documents_in_one_container_are_neither() {
    let mut both = document(WORDS);
    both.beside.push(stream("Workbook", *b"x"));
    assert_eq!(identify::identify(&both.file(), "a.doc"), Kind::Unknown);
}
