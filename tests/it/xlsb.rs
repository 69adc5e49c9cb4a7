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

/// Words in boxes are words that a reader sees; what a shape leads to is not.
#[test]
fn words_in_boxes_stand_below_the_cells() {
    let drawing = |words: &str| {
        let mut book = Workbook {
            sheets: vec![("表", 0, vec![row(0), cell(7, 0, 0, &[0; 4])])],
            strings: vec![WORDS],
            of_sheet: vec![(xlsb::office("drawing"), "../drawings/drawing1.xml", false)],
            ..Workbook::default()
        };
        book.parts.push(("xl/drawings/drawing1.xml", words.into()));
        let links = xlsb::relations(&[(xlsb::office("hyperlink"), "http://evil.example/", true)]);
        book.parts
            .push(("xl/drawings/_rels/drawing1.xml.rels", links.into_bytes()));
        let (cells, removed) = treated(&book.file()).unwrap();
        let named: Vec<What> = removed.iter().map(|line| line.what).collect();
        (cells, named)
    };
    let (cells, named) = drawing(
        "<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><xdr:twoCellAnchor><xdr:sp>\
         <xdr:txBody><a:p><a:r><a:t>提出期限</a:t></a:r></a:p><a:p><a:r><a:t>11月27日</a:t></a:r></a:p>\
         </xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>",
    );
    let mark = "（図形・コメントの文字 / text in boxes and notes）";
    assert_eq!(
        cells,
        format!("\u{feff}{WORDS}\r\n\r\n{mark}\r\n\"提出期限\n11月27日\"\r\n")
    );
    assert_eq!(named, [What::Link]);
    // The cells are worth having without it.
    let (cells, named) = drawing("<xdr:wsDr");
    assert_eq!(cells, format!("\u{feff}{WORDS}\r\n"));
    assert_eq!(named, [What::Link, What::UnknownPart]);
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

#[test]
fn a_wide_table_of_honest_numbers_comes_out() {
    let mut records = Vec::new();
    for number in 0..400 {
        records.push(row(number));
        records.extend((0..256).map(|column| cell(2, column, 0, &[6, 0, 0, 0])));
    }
    let wide = Workbook {
        sheets: vec![("表", 0, records)],
        ..Workbook::default()
    };
    let (cells, removed) = treated(&wide.file()).unwrap();
    assert_eq!((cells.matches(',').count(), removed), (400 * 255, vec![]));
}

/// What a reader could look for and does not find has a line.
#[test]
fn sheets_and_cells_that_are_told_twice_or_by_nobody_are_not_lost_unseen() {
    let words = |text| vec![row(0), cell(6, 0, 0, &xlsb::string(text))];
    let lines = |book: &Workbook| {
        let (cells, removed) = treated(&book.file()).unwrap();
        let place = |line: Removed| (line.what, line.untrusted_where);
        (cells, removed.into_iter().map(place).collect::<Vec<_>>())
    };
    let book = Workbook {
        sheets: vec![("表", 0, words("語"))],
        listed: vec![("again", "rId1"), ("nowhere", "rId99")],
        parts: vec![
            ("xl/vbaProject.bin", vec![0]),
            ("xl/worksheets/sheet9.bin", vec![0]),
        ],
        ..Workbook::default()
    };
    let (cells, removed) = lines(&book);
    assert_eq!(cells, "\u{feff}語\r\n");
    let unknown = |name: &str| (What::UnknownPart, name.to_owned());
    let said = [
        unknown("again"),
        unknown("nowhere"),
        (What::VbaProject, "xl/vbaProject.bin".to_owned()),
        unknown("xl/worksheets/sheet9.bin"),
    ];
    assert_eq!(removed, said);

    let twice = Workbook {
        sheets: vec![("表", 0, [words("前"), words("後")].concat())],
        ..Workbook::default()
    };
    let (cells, _) = lines(&twice);
    assert!(cells.contains("後") && cells.contains("前"), "{cells}");
}
