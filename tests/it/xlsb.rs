//! Excel's binary workbooks: cells as they show, each vector named and gone.

use mutation::seeds::xlsb::{self, SAID, WORDS, Workbook, cell, row};
use sekimori::policy::Limits;
use sekimori::sanitise::protocol::Wish;
use sekimori::sanitise::{
    Context, Fonts, Kind, Refusal, Removed, Report, Treatment, What, identify, ooxml, text,
};

fn treated(bytes: &[u8]) -> Result<(String, Vec<Removed>), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut report = Report::default();
    let tier = (Kind::Xlsb, Treatment::Text);
    let output = ooxml::treat(tier, Wish::default(), bytes, &context, &mut report)?;
    assert_eq!(text::verify_csv(&output), Ok(()));
    Ok((String::from_utf8(output).unwrap(), report.removed))
}

#[test]
fn a_binary_book_is_its_cells_as_they_show() {
    let book = xlsb::book();
    assert_eq!(identify::identify(&book, "a.xlsx"), Kind::Xlsb);
    let (cells, removed) = treated(&book).unwrap();
    assert_eq!(cells, SAID);
    // A cell of text that a program would calculate.
    let named: Vec<What> = removed.iter().map(|line| line.what).collect();
    assert_eq!(named, [What::FormulaPrefix]);
}

#[test]
fn every_vector_is_named_and_gone() {
    for vector in xlsb::vectors() {
        let (name, bytes) = (&vector.seed.name, &vector.seed.bytes);
        assert_eq!(identify::identify(bytes, name), Kind::Xlsb, "{name}");
        assert_eq!(text::verify_csv(bytes), Err(Refusal::Residue), "{name}");
        let (cells, removed) = treated(bytes).unwrap();
        let named = removed.iter().any(|line| line.what == vector.what);
        assert!(named, "{name}: {removed:?}");
        assert_eq!(cells, format!("\u{feff}{WORDS}\r\n"), "{name}");
    }
}

#[test]
fn records_that_lie_and_cells_far_away_are_refused() {
    let with = |records| Workbook {
        sheets: vec![("表", 0, records)],
        strings: vec![WORDS],
        ..Workbook::default()
    };
    let beyond = with(vec![row(0), cell(7, 0, 0, &9u32.to_le_bytes())]);
    assert_eq!(treated(&beyond.file()), Err(Refusal::Malformed));
    let long = with(vec![row(0), cell(6, 0, 0, &[0xFE, 0xFF, 0xFF, 0xFF])]);
    assert_eq!(treated(&long.file()), Err(Refusal::Malformed));
    let outside = with(vec![row(0), cell(7, 16_384, 0, &[0; 4])]);
    assert_eq!(treated(&outside.file()), Err(Refusal::Malformed));
    let mut far = Vec::new();
    for number in 0..20_000 {
        far.push(row(50 * number));
        far.push(cell(2, 16_383, 0, &[6, 0, 0, 0]));
    }
    assert_eq!(treated(&with(far).file()), Err(Refusal::OverBudget));
}
