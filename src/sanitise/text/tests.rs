use super::*;
use crate::policy::Limits;
use crate::sanitise::Fonts;

fn treated(bytes: &[u8], kind: Kind, charset: Option<&str>) -> (String, Report) {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let mut report = Report::default();
    let output = treat(
        bytes,
        kind,
        Treatment::Rebuild,
        charset,
        &context,
        &mut report,
    )
    .unwrap();
    match kind {
        Kind::Csv => verify_csv(&output).unwrap(),
        _ => verify_text(&output).unwrap(),
    }
    (String::from_utf8(output).unwrap(), report)
}

#[test]
fn control_and_bidi_characters_are_taken_out_and_counted() {
    let (text, report) = treated(
        "a\u{0}b\u{1b}[2Jc\u{202e}d\u{7}\r\ne\tf".as_bytes(),
        Kind::Text,
        None,
    );
    assert_eq!(text, "abcd\r\ne\tf");
    let counts: Vec<_> = report
        .removed
        .iter()
        .map(|line| (line.what, line.count))
        .collect();
    assert_eq!(
        counts,
        [(What::ControlCharacter, 3), (What::BidiControl, 1)]
    );
}

#[test]
fn newlines_stay_as_they_were() {
    assert_eq!(treated(b"a\nb\r\nc\rd", Kind::Text, None).0, "a\nb\r\nc\rd");
}

#[test]
fn a_text_that_starts_like_a_program_is_marked_as_text() {
    assert_eq!(
        treated("MZ世代".as_bytes(), Kind::Text, None).0,
        "\u{feff}MZ世代"
    );
}

#[test]
fn a_text_that_starts_like_a_mail_is_marked_as_text() {
    let head = "Received: x\nFrom: a@b\nContent-Type: multipart/mixed; boundary=b\n";
    assert_eq!(
        treated(head.as_bytes(), Kind::Text, None).0,
        format!("\u{feff}{head}")
    );
    assert_eq!(treated(b"Note: x\ny\n", Kind::Text, None).0, "Note: x\ny\n");
}

#[test]
fn cells_that_calculate_are_disarmed_and_numbers_stay() {
    let source = "=1+1,-5.2,+81-3-1111-2222,@x\r\n\"=cmd|' /C calc'!A0\",-abc,-,a=b\r\n-1+cmd|x,氏名,\"a\n=b\"\n";
    let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
    assert_eq!(
        text,
        "\u{feff}'=1+1,-5.2,+81-3-1111-2222,'@x\r\n\"'=cmd|' /C calc'!A0\",'-abc,-,a=b\r\n'-1+cmd|x,氏名,\"a\n'=b\"\n"
    );
    assert_eq!(
        report.removed.first().map(|l| (l.what, l.count)),
        Some((What::FormulaPrefix, 6))
    );
}

#[test]
fn signs_of_every_width_are_disarmed_and_figures_of_every_kind_stay() {
    for cell in [
        "＝1",
        "＋cmd",
        "－x",
        "﹣x",
        "﹢x",
        "﹦1",
        "﹫x",
        "−SUM(1)",
        "\u{a0}=1",
        "\u{2003}@x",
        "-5円玉です",
        "-2+3+cmd|' /C calc'!A0",
        "+1*cmd",
        "-円",
        "\"=HYPERLINK(1)\"",
        "\r=1",
        "\t=1",
    ] {
        let source = format!("a,{cell}\n");
        let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
        assert_eq!(report.removed.len(), 1, "{cell:?} {text}");
        assert!(
            verify_csv(format!("\u{feff}{source}").as_bytes()).is_err(),
            "{cell:?}"
        );
    }
    for cell in [
        "-5",
        "－５",
        "−3.5",
        "-5%",
        "-1200千円",
        "-3℃",
        "+81(87)839-2011",
        "+81 87 839 2011",
        "-1.5e-3",
        "\"-1,234\"",
        "-",
        "--",
        "- 3",
        "△5",
        "▲1,000",
        "ﾏｲﾅｽ",
        "（注）=",
        "a=b",
    ] {
        let source = format!("a,{cell}\n");
        let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
        assert_eq!(text, format!("\u{feff}{source}"), "{report:?}");
    }
}

#[test]
fn columns_parted_by_tabs_become_columns_that_excel_parts() {
    let (text, _) = treated(
        "氏名\t備考\r\n佐藤\t\"a,b\"\r\n=1\tx\"y\r\n".as_bytes(),
        Kind::Csv,
        None,
    );
    assert_eq!(
        text,
        "\u{feff}氏名,備考\r\n佐藤,\"a,b\"\r\n'=1,\"x\"\"y\"\r\n"
    );
    // Lines without words, quotes that are signs, cells over two lines.
    let table = "\n品名\t注\r\n\r\n5\" 盤\t\"甲\" と乙\n\"開いた\tまま\n\"二\n行\"\t\"a\"\"b\"\n\n";
    assert_eq!(
        treated(table.as_bytes(), Kind::Csv, None).0,
        "\u{feff}\n品名,注\r\n\r\n\"5\"\" 盤\",\"\"\"甲\"\" と乙\"\n\"\"\"開いた\",まま\n\"二\n行\",\"a\"\"b\"\n\n"
    );
    let mixed = "a;b\tc\n1;2\t3\n";
    assert_eq!(
        treated(mixed.as_bytes(), Kind::Csv, None).0,
        format!("\u{feff}{mixed}")
    );
}

#[test]
fn orders_to_a_terminal_are_gone_as_a_whole() {
    let log = "\u{1b}[1;31mERROR\u{1b}[0m \u{1b}]0;title\u{7}disk\u{1b}]8;;http://e.example\u{1b}\\full\u{9b}2K\u{1b}c\n";
    let (text, report) = treated(log.as_bytes(), Kind::Text, None);
    assert_eq!(text, "ERROR diskfull\n");
    assert_eq!(report.removed.iter().map(|line| line.count).sum::<u32>(), 6);
    assert!(verify_text(log.as_bytes()).is_err());
}

#[test]
fn a_text_that_starts_like_a_page_is_marked_as_text() {
    assert!(verify_text(b"<script>x</script>").is_err());
    assert_eq!(
        treated(b" <?xml version='1.0'?><a/>", Kind::Text, None).0,
        "\u{feff} <?xml version='1.0'?><a/>"
    );
    let shouted = treated(b"<?XML version=\"1.0\"?>\n<a b=", Kind::Text, None).0;
    assert!(shouted.starts_with("\u{feff}<?XML"), "{shouted}");
    for plain in ["<- here", "<hxxp://a.example/>", "<ab>", "<p"] {
        assert_eq!(treated(plain.as_bytes(), Kind::Text, None).0, plain);
    }
}

#[test]
fn the_declaration_of_an_xml_file_names_its_charset() {
    let source = "<?xml version=\"1.0\" encoding='Shift_JIS'?>\n<名 注=\"①㈱髙﨑\">ｶﾞ</名>\n";
    let bytes = encoding_rs::SHIFT_JIS.encode(source).0;
    assert_eq!(
        treated(&bytes, Kind::Text, None).0,
        format!("\u{feff}{source}")
    );
}

#[test]
fn a_csv_in_shift_jis_gets_a_mark_that_excel_understands() {
    let bytes = encoding_rs::SHIFT_JIS.encode("氏名,①㈱髙\r\n").0;
    assert_eq!(treated(&bytes, Kind::Csv, None).0, "\u{feff}氏名,①㈱髙\r\n");
}

#[test]
fn a_cell_freed_of_its_quotes_opens_no_file() {
    let table = "a\tb\n\"begin 644 a.exe\"\tc\n\"begin 644 b.exe\"\n#0V%T\n`\nend\nd\te\n";
    let (text, report) = treated(table.as_bytes(), Kind::Csv, None);
    assert_eq!(text, "\u{feff}a,b\nd,e\n");
    assert!(
        report
            .removed
            .iter()
            .all(|line| line.what == What::EmbeddedFile)
    );
    assert!(verify_csv("\u{feff}a,b\nbegin 644 a.exe\n".as_bytes()).is_err());
}

#[test]
fn files_inside_text_never_stay() {
    let uu = "before\nbegin 644 a.exe\n#0V%T\n`\nend\nafter\n";
    let (text, report) = treated(uu.as_bytes(), Kind::Text, None);
    assert_eq!(text, "before\nafter\n");
    assert_eq!(
        report
            .removed
            .first()
            .map(|l| (l.what, l.untrusted_where.as_str())),
        Some((What::EmbeddedFile, "uuencode: a.exe"))
    );
    let yenc =
        b"hi\r\n=ybegin line=128 size=3 name=b.exe\r\n\xa4\xb0\xc1\r\n=yend size=3\r\nbye\r\n";
    assert_eq!(treated(yenc, Kind::Text, None).0, "hi\r\nbye\r\n");
}

#[test]
fn files_in_text_with_odd_blanks_never_stay() {
    for hidden in [
        "begin 644\ta.exe\n#0V%T\n`\nend\n",
        "begin\t644 a.exe\n#0V%T\n`\nend\n",
        "begin-base64 644 a.exe\nTVqQ\n====\n",
        " (This file must be converted with BinHex 4.0)\n:abc:\n",
    ] {
        let source = format!("before\n{hidden}after\n");
        let (text, report) = treated(source.as_bytes(), Kind::Text, None);
        assert_eq!(text, "before\nafter\n", "{hidden:?}");
        assert_eq!(report.removed.len(), 1, "{hidden:?}");
        assert!(verify_text(source.as_bytes()).is_err(), "{hidden:?}");
    }
    // Some mailers need no mode at all: `begin`, two blanks, a name.
    let (text, _) = treated(b"begin  invoice.exe\n#0V%T\n", Kind::Text, None);
    assert_eq!(text, "begin invoice.exe\n#0V%T\n");
}

#[test]
fn a_cell_that_calculates_behind_a_quote_is_disarmed() {
    let source = "-\"x\"&cmd|' /C calc'!A0,+\"\"&cmd|x,\"-5\",\"+81-3\" \n";
    let (text, _) = treated(source.as_bytes(), Kind::Csv, None);
    assert_eq!(
        text,
        "\u{feff}'-\"x\"&cmd|' /C calc'!A0,'+\"\"&cmd|x,\"-5\",\"+81-3\" \n"
    );
}

/// A reader that knows quotes, or parts cells at another sign, reads on.
#[test]
fn a_number_that_goes_on_behind_an_edge_is_disarmed() {
    for cell in [
        "\"+\ncmd|'/C calc'!A0\"",
        "\"+1\n&cmd|'/C calc'!A0\"",
        "\"-1\t&cmd|'/C calc'!A0\"",
        "\"+(\ncmd|x)\"",
        "\"－\ncmd|x\"",
        "\"+5円\r\n&cmd|x\"",
        "\"-5;cmd|x\"",
        "\"-5\"&cmd|x",
        "\"-5\" x",
        "\"-5",
        "-1\t&cmd|'/C calc'!A0",
        "-5,5&cmd|'/C calc'!A0",
        "\"-5\",5&cmd|'/C calc'!A0",
        "-5;5*HYPERLINK(1)",
        "-5,3/ＨＹＰＥＲＬＩＮＫ（1）",
        "-5,3+[evil.xlsx]S!A1",
    ] {
        let source = format!("a,{cell}\n");
        let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
        assert!(!report.removed.is_empty(), "{cell:?} {text}");
        assert!(
            verify_csv(format!("\u{feff}{source}").as_bytes()).is_err(),
            "{cell:?}"
        );
    }
    for cell in [
        "-5,2024/1/2(月)",
        "-5,10:30",
        "-5,A&B(株)",
        "-5,\"議題(SUM(1))\"",
        "-5,3丁目(Old(1))",
        "-5\t-3\t4.5",
        "\"-1,234.5\"",
        "\"-5\n-6\"",
        "\"-5\" ,x!",
    ] {
        let source = format!("a,{cell}\n");
        let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
        assert_eq!(report.removed, [], "{cell:?} {text}");
        assert!(text.contains(&source), "{cell:?} {text}");
    }
}

#[test]
fn a_separator_that_the_table_names_itself_has_no_effect() {
    for source in ["sep=|\na|=1+1\n", "\"SEP=|\"\na|=1+1\n"] {
        let (text, report) = treated(source.as_bytes(), Kind::Csv, None);
        assert_eq!(text, format!("\u{feff}'{source}"));
        assert_eq!(report.removed.len(), 1);
    }
}

/// Numbers keep all their digits, names their order.
#[test]
fn json_stays_json() {
    let source = "{\"b\": 12345678901234567890.10, \"a\": \"①\u{202e}㈱\"}\r\n";
    let context = (Limits::default(), Fonts::default());
    let mut report = Report::default();
    let output = treat(
        source.as_bytes(),
        Kind::Json,
        Treatment::Rebuild,
        None,
        &Context {
            limits: &context.0,
            fonts: &context.1,
        },
        &mut report,
    );
    let output = output.unwrap();
    assert_eq!(verify_json(&output), Ok(()));
    assert_eq!(
        String::from_utf8(output).unwrap(),
        source.replace('\u{202e}', "")
    );
    assert!(verify_json(source.as_bytes()).is_err());
    for bad in [
        "{", "[}", "\"a", "<svg>", "alert(1)", "", "[1]]", "\"a\nb\"",
    ] {
        assert!(verify_json(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn prose_that_begins_with_begin_stays() {
    assert_eq!(
        treated(b"begin at 10\nend\n", Kind::Text, None).0,
        "begin at 10\nend\n"
    );
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_accepted(bytes: Vec<u8>) {
        treated(&bytes, Kind::Text, None);
        treated(&bytes, Kind::Csv, None);
    }
    #[test]
    fn whatever_lines_are_written_are_accepted(lines in "(=ybegin |begin|begin-base64| |\t|644|a|\u{3000}|end|`|#0V\n|\n|\r|\\(This file must be converted with BinHex|sep=|:){0,30}") {
        treated(lines.as_bytes(), Kind::Text, None);
        treated(lines.as_bytes(), Kind::Csv, None);
    }
    #[test]
    fn whatever_figures_are_written_are_accepted(cells in "[-+eE0-9.() ,人５]{0,24}") {
        let (text, report) = treated(cells.as_bytes(), Kind::Csv, None);
        let untreated = verify_csv(format!("\u{feff}{}\n", cells).as_bytes());
        proptest::prop_assert_eq!(untreated.is_ok(), report.removed.is_empty(), "{}", text);
    }
    #[test]
    fn both_sides_judge_the_same_cells(cells in "([-+=,;\t\r\n\"' 1５.&|!(a円]|cmd\\|x|LOG10\\(1\\)){0,24}") {
        let (text, report) = treated(cells.as_bytes(), Kind::Csv, None);
        let untreated = verify_csv(format!("\u{feff}{}\n", cells).as_bytes());
        // Tabs may have become commas, which is no finding.
        if !cells.contains('\t') {
            proptest::prop_assert_eq!(untreated.is_ok(), report.removed.is_empty(), "{}", text);
        }
    }
    #[test]
    fn whatever_cells_are_written_are_accepted(cells in "[-=+@,;\t\r\n\"' a1あ＝sep]{0,40}") {
        treated(cells.as_bytes(), Kind::Csv, None);
    }
}
