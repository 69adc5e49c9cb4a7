//! Excel's binary workbooks ([MS-XLSB]): records in a package, by hand.

use std::io::{Cursor, Write as _};

use sekimori::sanitise::{Kind, What};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Seed;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MICROSOFT: &str = "http://schemas.microsoft.com/office/2006/relationships";
const MAIN: &str = "application/vnd.ms-excel.sheet.binary.macroEnabled.main";

/// A record: kind, data.
pub type Record = (u32, Vec<u8>);

/// A relation of the workbook or its first sheet: type, target, external.
pub type Relation = (String, &'static str, bool);

/// What stands in a workbook.
#[derive(Clone, Debug, Default)]
pub struct Workbook {
    /// Name, state (0: visible), records between the rows' begin and end.
    pub sheets: Vec<(&'static str, u32, Vec<Record>)>,
    /// Shared strings.
    pub strings: Vec<&'static str>,
    /// Number formats from 164 on; cell format `n + 1` has the nth.
    pub formats: Vec<&'static str>,
    /// Further relations of the workbook.
    pub relations: Vec<Relation>,
    /// Further rows of its list of sheets: name, id of a relation.
    pub listed: Vec<(&'static str, &'static str)>,
    /// Further relations of its first sheet.
    pub of_sheet: Vec<Relation>,
    /// Further parts.
    pub parts: Vec<(&'static str, Vec<u8>)>,
}

fn long(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

/// XLWideString.
#[must_use]
pub fn string(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let wide = units.iter().flat_map(|unit| unit.to_le_bytes());
    long(units.len() as u32).into_iter().chain(wide).collect()
}

/// RichStr without formats.
#[must_use]
pub fn rich(text: &str) -> Vec<u8> {
    [vec![0], string(text)].concat()
}

/// A part of records.
#[must_use]
pub fn part(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, data) in records {
        let mut number = |mut value: u32| {
            while value > 0x7F {
                bytes.push((value & 0x7F) as u8 | 0x80);
                value >>= 7;
            }
            bytes.push(value as u8);
        };
        number(*kind);
        number(data.len() as u32);
        bytes.extend(data);
    }
    bytes
}

/// A part, or a list in one, between its begin and its end.
fn within(begin: u32, end: u32, records: Vec<Record>) -> Vec<Record> {
    let marks = [vec![(begin, Vec::new())], records, vec![(end, Vec::new())]];
    marks.concat()
}

/// The start of a row.
#[must_use]
pub fn row(number: u32) -> Record {
    (0, [&long(number)[..], &[0; 13]].concat())
}

/// A cell that tells its column.
#[must_use]
pub fn cell(kind: u32, column: u32, style: u32, content: &[u8]) -> Record {
    (kind, [&long(column)[..], &long(style), content].concat())
}

/// A cell behind the one before it.
#[must_use]
pub fn short(kind: u32, content: &[u8]) -> Record {
    (kind, [&long(0)[..], content].concat())
}

/// The list of relations of a part.
#[must_use]
pub fn relations(rows: &[Relation]) -> String {
    let mut list = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">");
    for (at, (kind, target, external)) in rows.iter().enumerate() {
        let mode = if *external {
            " TargetMode=\"External\""
        } else {
            ""
        };
        list += &format!(
            "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"{mode}/>",
            at + 1
        );
    }
    list + "</Relationships>"
}

/// A type of relation.
#[must_use]
pub fn office(step: &str) -> String {
    format!("{OFFICE}/{step}")
}

impl Workbook {
    /// The file.
    ///
    /// # Panics
    /// Never: it is written into memory.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        const TARGETS: [&str; 4] = [
            "worksheets/sheet1.bin",
            "worksheets/sheet2.bin",
            "worksheets/sheet3.bin",
            "worksheets/sheet4.bin",
        ];
        let mut rows: Vec<Relation> = (0..self.sheets.len())
            .map(|at| (office("worksheet"), TARGETS[at], false))
            .collect();
        rows.push((office("sharedStrings"), "sharedStrings.bin", false));
        rows.push((office("styles"), "styles.bin", false));
        rows.extend(self.relations.clone());
        let sheets = self.sheets.iter().enumerate();
        let listed: Vec<(&str, u32, String)> = sheets
            .map(|(at, (name, state, _))| (*name, *state, format!("rId{}", at + 1)))
            .chain(
                self.listed
                    .iter()
                    .map(|(name, id)| (*name, 0, (*id).into())),
            )
            .collect();
        let rows_of_list = (1..).zip(&listed).map(|(number, (name, state, id))| {
            let data = [&long(*state)[..], &long(number), &string(id), &string(name)];
            (156, data.concat())
        });
        let list = within(143, 144, rows_of_list.collect());
        let book = within(131, 132, [vec![(153, vec![0; 12])], list].concat());
        let mut codes: Vec<Record> = Vec::new();
        let mut formats = vec![(
            47,
            vec![0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        )];
        for (at, code) in self.formats.iter().enumerate() {
            let number = (164 + at as u16).to_le_bytes();
            codes.push((44, [&number[..], &string(code)].concat()));
            let mut format = formats[0].1.clone();
            format[2..4].copy_from_slice(&number);
            formats.push((47, format));
        }
        let styles = [within(615, 616, codes), within(617, 618, formats)].concat();
        let styles = within(278, 279, styles);
        let strings = self.strings.iter().map(|text| (19, rich(text)));
        let strings = within(159, 160, strings.collect());
        let types = format!(
            "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"bin\" ContentType=\"application/vnd.ms-excel.worksheet\"/>\
             <Override PartName=\"/xl/workbook.bin\" ContentType=\"{MAIN}\"/></Types>"
        );
        let mut entries: Vec<(String, Vec<u8>)> = vec![
            ("[Content_Types].xml".to_owned(), types.into_bytes()),
            (
                "_rels/.rels".to_owned(),
                relations(&[(office("officeDocument"), "xl/workbook.bin", false)]).into_bytes(),
            ),
            ("xl/workbook.bin".to_owned(), part(&book)),
            (
                "xl/_rels/workbook.bin.rels".to_owned(),
                relations(&rows).into_bytes(),
            ),
            ("xl/sharedStrings.bin".to_owned(), part(&strings)),
            ("xl/styles.bin".to_owned(), part(&styles)),
        ];
        for (target, (_, _, records)) in TARGETS.iter().zip(&self.sheets) {
            let rows = within(145, 146, records.clone());
            entries.push((format!("xl/{target}"), part(&within(129, 130, rows))));
        }
        if !self.of_sheet.is_empty() {
            let rows = relations(&self.of_sheet).into_bytes();
            entries.push(("xl/worksheets/_rels/sheet1.bin.rels".to_owned(), rows));
        }
        for (name, bytes) in &self.parts {
            entries.push(((*name).to_owned(), bytes.clone()));
        }
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            archive
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}

/// What [`book`] comes out as.
pub const SAID: &str = "\u{feff}[集計]\r\n見積①㈱髙﨑𠮷,\"一,二\n三\"\r\n令和8年4月1日,\"▲ 1,234,567\",12.34\r\n\r\n\
    7,8,'=1+2\r\nTRUE,#N/A,0.1\r\n,,,結果\r\n\r\n（図形・コメントの文字 / text in boxes and notes）\r\n覚書\r\n\r\n\
    [裏]（非表示シート / hidden sheet）\r\n1\r\n";

/// Every kind of cell, a hidden sheet, a comment.
#[must_use]
pub fn book() -> Vec<u8> {
    let rk = |number: i32, cents: bool| ((number << 2) | 2 | i32::from(cents)).to_le_bytes();
    let note = within(
        633,
        634,
        vec![(635, vec![0; 36]), (637, rich("覚書")), (636, Vec::new())],
    );
    let note = within(628, 629, note);
    Workbook {
        sheets: vec![
            (
                "集計",
                0,
                vec![
                    row(0),
                    cell(7, 0, 0, &long(0)),
                    short(18, &long(1)),
                    row(1),
                    cell(5, 0, 1, &46_113f64.to_le_bytes()),
                    cell(2, 1, 2, &rk(-1_234_567, false)),
                    short(13, &rk(1_234, true)),
                    row(3),
                    cell(9, 0, 0, &[&7f64.to_le_bytes()[..], &[0; 10]].concat()),
                    cell(2, 1, 0, &rk(8, false)),
                    cell(6, 2, 0, &string("=1+2")),
                    row(4),
                    cell(4, 0, 0, &[1]),
                    cell(3, 1, 0, &[0x2A]),
                    short(16, &0.1f64.to_le_bytes()),
                    row(5),
                    cell(1, 0, 0, &[]),
                    cell(8, 3, 0, &[string("結果"), vec![0; 10]].concat()),
                ],
            ),
            ("裏", 2, vec![row(0), cell(2, 0, 0, &rk(1, false))]),
            ("空", 0, vec![row(0)]),
        ],
        strings: vec!["見積①㈱髙﨑𠮷", "一,二\n三"],
        formats: vec!["[$-411]ggge\"年\"m\"月\"d\"日\"", "#,##0;\"▲ \"#,##0"],
        of_sheet: vec![(office("comments"), "../comments1.bin", false)],
        parts: vec![("xl/comments1.bin", part(&note))],
        ..Workbook::default()
    }
    .file()
}

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The untreated file.
    pub seed: Seed,
    /// What the report must name.
    pub what: What,
}

/// Words that stand in every vector; none has "evil" afterwards.
pub const WORDS: &str = "①㈱髙﨑";

/// What a binary workbook can bring along, each in a file of its own.
#[must_use]
pub fn vectors() -> Vec<Vector> {
    let plain = || Workbook {
        sheets: vec![("表", 0, vec![row(0), cell(7, 0, 0, &long(0))])],
        strings: vec![WORDS],
        ..Workbook::default()
    };
    let evil = |kind: u32| part(&[row(0), (kind, cell(6, 0, 0, &string("evil")).1)]);
    let named = |name: &str, file: &Workbook, what| Vector {
        seed: Seed::new(name, Kind::Xlsb, file.file()),
        what,
    };
    let of_book = |name: &str, kind: String, target: &'static str, bytes: Vec<u8>, what| {
        let mut file = plain();
        file.relations.push((kind, target, false));
        let whole: &'static str = Box::leak(format!("xl/{target}").into_boxed_str());
        file.parts.push((whole, bytes));
        named(name, &file, what)
    };
    let of_sheet = |name: &str, kind: String, target: &'static str, external: bool, what| {
        let mut file = plain();
        file.of_sheet.push((kind, target, external));
        if !external {
            let whole: &'static str = Box::leak(target.replace("..", "xl").into_boxed_str());
            file.parts.push((whole, b"evil".to_vec()));
        }
        named(name, &file, what)
    };
    let supporting = |kind: u8| {
        part(&[(
            360,
            [vec![kind, 0], string("evil"), string("topic")].concat(),
        )])
    };
    let link = office("externalLink");
    // As Excel writes one: in the list of sheets, between the others.
    let mut listed = plain();
    let macros = format!("{MICROSOFT}/xlMacrosheet");
    listed
        .relations
        .push((macros, "macrosheets/sheet1.bin", false));
    listed.listed.push(("evil", "rId4"));
    let sheet = within(145, 146, vec![row(0), cell(6, 0, 0, &string("evil"))]);
    listed
        .parts
        .push(("xl/macrosheets/sheet1.bin", part(&within(129, 130, sheet))));
    vec![
        of_book(
            "xlm.xlsb",
            format!("{MICROSOFT}/xlMacrosheet"),
            "macrosheets/sheet1.bin",
            evil(6),
            What::XlmMacro,
        ),
        of_book(
            "intl.xlsb",
            format!("{MICROSOFT}/xlIntlMacrosheet"),
            "macrosheets/intl1.bin",
            evil(6),
            What::XlmMacro,
        ),
        of_book(
            "dialog.xlsb",
            office("dialogsheet"),
            "dialogsheets/sheet1.bin",
            evil(6),
            What::XlmMacro,
        ),
        named("listed.xlsb", &listed, What::XlmMacro),
        of_book(
            "vba.xlsb",
            format!("{MICROSOFT}/vbaProject"),
            "vbaProject.bin",
            b"evil".to_vec(),
            What::VbaProject,
        ),
        of_book(
            "external.xlsb",
            link.clone(),
            "externalLinks/a.bin",
            supporting(0),
            What::ExternalLink,
        ),
        of_book(
            "dde.xlsb",
            link,
            "externalLinks/a.bin",
            supporting(1),
            What::Dde,
        ),
        of_book(
            "connection.xlsb",
            office("connections"),
            "connections.bin",
            evil(6),
            What::DataConnection,
        ),
        of_book(
            "stray.xlsb",
            office("worksheet"),
            "worksheets/evil.bin",
            evil(6),
            What::UnknownPart,
        ),
        of_sheet(
            "object.xlsb",
            office("oleObject"),
            "../embeddings/a.bin",
            false,
            What::OleObject,
        ),
        of_sheet(
            "control.xlsb",
            office("control"),
            "../activeX/a.bin",
            false,
            What::Activex,
        ),
        of_sheet(
            "printer.xlsb",
            office("printerSettings"),
            "../printerSettings/a.bin",
            false,
            What::PrinterSettings,
        ),
        of_sheet(
            "query.xlsb",
            office("queryTable"),
            "../queryTables/a.bin",
            false,
            What::DataConnection,
        ),
        of_sheet(
            "hyperlink.xlsb",
            office("hyperlink"),
            "http://evil.example/",
            true,
            What::Link,
        ),
        of_sheet(
            "linked.xlsb",
            office("oleObject"),
            "file://evil/a.xls",
            true,
            What::OleObject,
        ),
    ]
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = vec![Seed::new("a.xlsb", Kind::Xlsb, book())];
    seeds.extend(vectors().into_iter().map(|vector| vector.seed));
    seeds
}
