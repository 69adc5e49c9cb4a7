//! Excel workbooks ([MS-XLS]).

use super::{Stream, compound, stream, utf16};

/// A record: kind and data.
pub type Record = (u16, Vec<u8>);

/// What stands in a book.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Records of the globals, behind the first.
    pub globals: Vec<Record>,
    /// Sheets.
    pub sheets: Vec<Sheet>,
    /// Streams beside the book.
    pub beside: Vec<Stream>,
}

/// One sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// 1: hidden.
    pub hidden: u8,
    /// 0: cells, 1: macros.
    pub kind: u8,
    /// Records between its first and its last.
    pub records: Vec<Record>,
}

/// Cells that everybody sees.
#[must_use]
pub fn sheet(name: &'static str, records: Vec<Record>) -> Sheet {
    Sheet {
        name,
        hidden: 0,
        kind: 0,
        records,
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn cell(row: u16, column: u16, format: u16) -> Vec<u8> {
    [row, column, format]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect()
}

/// A shared string in a cell (LabelSst).
#[must_use]
pub fn shared(row: u16, column: u16, index: u32) -> Record {
    (0x00FD, join(&[&cell(row, column, 0), &index.to_le_bytes()]))
}

/// A number in a cell.
#[must_use]
pub fn number(row: u16, column: u16, format: u16, number: f64) -> Record {
    (
        0x0203,
        join(&[&cell(row, column, format), &number.to_le_bytes()]),
    )
}

/// A string with a length of two bytes.
#[must_use]
pub fn string(text: &str) -> Vec<u8> {
    let length = text.encode_utf16().count() as u16;
    join(&[&length.to_le_bytes(), &[1], &utf16(text)])
}

/// The shared strings, all in one record.
#[must_use]
pub fn strings(texts: &[&str]) -> Record {
    let count = (texts.len() as u32).to_le_bytes();
    let texts: Vec<u8> = texts.iter().flat_map(|text| string(text)).collect();
    (0x00FC, join(&[&count, &count, &texts]))
}

/// A format of numbers (Format) and a cell format that uses it (XF).
#[must_use]
pub fn format(number: u16, code: &str) -> [Record; 2] {
    [
        (0x041E, join(&[&number.to_le_bytes(), &string(code)])),
        (0x00E0, join(&[&[0, 0], &number.to_le_bytes(), &[0; 16]])),
    ]
}

/// The usual cell format.
#[must_use]
pub fn plain() -> Record {
    (0x00E0, vec![0; 20])
}

impl Book {
    /// The file.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let name = |name: &str| join(&[&[name.encode_utf16().count() as u8, 1], &utf16(name)]);
        self.written("Workbook", 0x0600, &name)
    }

    fn written(&self, stream_name: &str, version: u16, name: &dyn Fn(&str) -> Vec<u8>) -> Vec<u8> {
        let begin = |kind: u16| {
            let mut data: Vec<u8> = [version, kind]
                .iter()
                .flat_map(|n| n.to_le_bytes())
                .collect();
            data.resize(16, 0);
            record(0x0809, &data)
        };
        let end = record(0x000A, &[]);
        let mut globals = begin(0x0005);
        // Places of the sheets are filled in when all lengths are known.
        let mut places = Vec::new();
        for sheet in &self.sheets {
            places.push(globals.len() + 4);
            let head = [0, 0, 0, 0, sheet.hidden, sheet.kind];
            globals.extend(record(0x0085, &join(&[&head, &name(sheet.name)])));
        }
        for (kind, data) in &self.globals {
            globals.extend(record(*kind, data));
        }
        globals.extend(&end);
        for (sheet, place) in self.sheets.iter().zip(places) {
            let at = (globals.len() as u32).to_le_bytes();
            globals[place..place + 4].copy_from_slice(&at);
            globals.extend(begin(if sheet.kind == 1 { 0x0040 } else { 0x0010 }));
            for (kind, data) in &sheet.records {
                globals.extend(record(*kind, data));
            }
            globals.extend(&end);
        }
        let mut streams = vec![stream(stream_name, globals)];
        streams.extend(self.beside.clone());
        compound(&streams)
    }
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    join(&[
        &kind.to_le_bytes(),
        &(data.len() as u16).to_le_bytes(),
        data,
    ])
}

/// A book with a little of everything.
#[must_use]
pub fn book() -> Vec<u8> {
    let mut globals = vec![plain()];
    globals.extend(format(164, "[$-411]ggge\"年\"m\"月\"d\"日\""));
    globals.extend(format(165, "#,##0;\"▲ \"#,##0"));
    globals.push(strings(&["見積①㈱髙﨑𠮷", "一,二\n三", "=1+2"]));
    let text_result = |row: u16, text: &str| {
        let result = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
        let formula = join(&[&cell(row, 3, 0), &result, &[0; 8]]);
        [(0x0006, formula), (0x0207, string(text))]
    };
    let mut first = vec![
        shared(0, 0, 0),
        shared(0, 1, 1),
        number(1, 0, 1, 46_113.0),
        number(1, 1, 2, -1_234_567.0),
        // RK 12.34 in hundredths, and two of them.
        (
            0x027E,
            join(&[&cell(1, 2, 0), &(1234u32 << 2 | 3).to_le_bytes()]),
        ),
        (
            0x00BD,
            join(&[
                &[3, 0, 0, 0],
                &[0, 0],
                &(7u32 << 2 | 2).to_le_bytes(),
                &[0, 0],
                &(8u32 << 2 | 2).to_le_bytes(),
                &[1, 0],
            ]),
        ),
        shared(3, 2, 2),
        (0x0205, join(&[&cell(4, 0, 0), &[1, 0]])),
        (0x0205, join(&[&cell(4, 1, 0), &[0x2A, 1]])),
        (
            0x0006,
            join(&[&cell(4, 2, 0), &0.1f64.to_le_bytes(), &[0; 8]]),
        ),
    ];
    first.extend(text_result(5, "結果"));
    // A text box: its length, then its characters in the next record.
    let mut box_head = vec![0; 18];
    box_head[10] = 2;
    first.push((0x01B6, box_head));
    first.push((0x003C, join(&[&[1], &utf16("枠字")])));
    Book {
        globals,
        sheets: vec![
            sheet("集計", first),
            Sheet {
                hidden: 1,
                ..sheet("裏", vec![number(0, 0, 0, 1.0)])
            },
            sheet("空", Vec::new()),
        ],
        beside: Vec::new(),
    }
    .file()
}

/// A book of Excel 95: strings in the code page of the book.
#[must_use]
pub fn book5() -> Vec<u8> {
    let label = join(&[&cell(0, 0, 0), &[8, 0], b"\x87\x40\x87\x8a\xfb\xfc\xfa\xb1"]);
    let book = Book {
        globals: vec![(0x0042, 932u16.to_le_bytes().to_vec()), plain()],
        sheets: vec![sheet("S", vec![(0x0204, label), number(0, 1, 0, 2.5)])],
        beside: Vec::new(),
    };
    let name = |name: &str| join(&[&[name.len() as u8], name.as_bytes()]);
    book.written("Book", 0x0500, &name)
}
