//! What holds for the whole book: its strings, formats and sheets (the
//! globals substream, [MS-XLS] 2.1.7.20.3).

use super::number::Formats;
use super::record::{Reader, Record, Records, Strings};
use crate::sanitise::ole::little::{code_page, size, u8_at, u16_at, u32_at};
use crate::sanitise::{Refusal, Report, What};

/// Everything that sheets refer to.
pub(super) struct Book {
    pub(super) strings: Strings,
    /// The shared strings (SST, 2.4.265).
    pub(super) shared: Vec<String>,
    /// Cell formats (XF, 2.4.353), number formats (Format, 2.4.126), and where days
    /// count from (Date1904, 2.4.77).
    pub(super) formats: Formats,
    pub(super) sheets: Vec<Entry>,
}

/// One sheet (BoundSheet8, 2.4.28).
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) visible: Visible,
    pub(super) contents: Contents,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::sanitise) enum Visible {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    Cells,
    Macros,
    Chart,
    Program,
}

/// BOF (2.4.21): version and kind of a substream.
pub(super) const BEGIN: u16 = 0x0809;
pub(super) const END: u16 = 0x000A;
const VERSION_97: u16 = 0x0600;
const VERSION_5: u8 = 0x05;

impl Book {
    /// # Errors
    /// `Encrypted` (FilePass), `Unsupported` before Excel 5, `Malformed`.
    pub(super) fn read(stream: &[u8], report: &mut Report) -> Result<Self, Refusal> {
        let mut records = Records::from(stream, 0);
        let first = records.next()?.ok_or(Refusal::Malformed)?;
        let strings = match (first.kind, u16_at(first.data, 0)?) {
            (BEGIN, VERSION_97) => Strings::Unicode,
            (BEGIN, version) if version.to_be_bytes()[0] == VERSION_5 => {
                Strings::Page(encoding_rs::WINDOWS_1252)
            }
            (0x0009 | 0x0209 | 0x0409, _) => return Err(Refusal::Unsupported),
            _ => return Err(Refusal::Malformed),
        };
        let mut book = Self {
            strings,
            shared: Vec::new(),
            formats: Formats::default(),
            sheets: Vec::new(),
        };
        while let Some(record) = records.next()? {
            if record.kind == END {
                return book.checked();
            }
            book.take(&record, report)?;
        }
        Err(Refusal::Malformed)
    }

    fn take(&mut self, record: &Record<'_>, report: &mut Report) -> Result<(), Refusal> {
        let data = record.data;
        match record.kind {
            0x002F => return Err(Refusal::Encrypted),
            0x0042 => {
                if let (Strings::Page(_), Some(page)) = (self.strings, code_page(u16_at(data, 0)?))
                {
                    self.strings = Strings::Page(page);
                }
            }
            0x0022 if u16_at(data, 0)? == 1 => self.formats.count_from_1904(),
            0x0085 => self.sheets.push(self.sheet(data)?),
            0x00FC => self.shared = shared(record)?,
            0x00E0 => self.formats.cell(u16_at(data, 2)?),
            0x041E => {
                let code = match self.strings {
                    Strings::Unicode => self.strings.long(data, 2)?,
                    Strings::Page(_) => self.strings.short(data, 2)?,
                };
                self.formats.code(u16_at(data, 0)?, code);
            }
            0x01AE => supporting(data, report),
            // ExternSheet of Excel 5: a name that begins with 1 is a path.
            0x0017 => {
                if let (Strings::Page(_), Some(1)) = (self.strings, data.get(1)) {
                    report.removed(What::ExternalLink, "ExternSheet");
                }
            }
            0x0876 | 0x01AD => report.removed(What::DataConnection, "workbook"),
            _ => {}
        }
        Ok(())
    }

    fn sheet(&self, data: &[u8]) -> Result<Entry, Refusal> {
        Ok(Entry {
            at: size(u32_at(data, 0)?)?,
            visible: if u8_at(data, 4)? & 3 == 0 {
                Visible::Yes
            } else {
                Visible::No
            },
            contents: match u8_at(data, 5)? {
                0 => Contents::Cells,
                1 => Contents::Macros,
                2 => Contents::Chart,
                6 => Contents::Program,
                _ => return Err(Refusal::Malformed),
            },
            name: self.strings.short(data, 6)?,
        })
    }

    /// No two sheets may be the same cells: each would be written again.
    fn checked(self) -> Result<Self, Refusal> {
        let mut places: Vec<usize> = self.sheets.iter().map(|sheet| sheet.at).collect();
        places.sort_unstable();
        if places
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
        {
            return Err(Refusal::Malformed);
        }
        Ok(self)
    }
}

fn shared(record: &Record<'_>) -> Result<Vec<String>, Refusal> {
    let count = size(u32_at(record.data, 4)?)?;
    let mut reader = Reader::new(record, 8);
    let mut strings = Vec::new();
    // Some programs count more than they write: a cell that asks for one of
    // those is refused, not the book.
    while strings.len() < count && !reader.is_spent() {
        strings.push(reader.rich_string()?);
    }
    Ok(strings)
}

/// SupBook (2.4.271): another file, or another program (DDE, OLE).
fn supporting(data: &[u8], report: &mut Report) {
    // References inside the book, and add-in functions.
    if matches!(data.get(2..4), Some([0x01, 0x04] | [0x01, 0x3A]) | None) {
        return;
    }
    let path = Strings::Unicode.long(data, 2).unwrap_or_default();
    // VirtualPath (2.5.277): U+0003 parts a program from its topic.
    let what = if path.contains('\u{3}') && !path.starts_with('\u{1}') {
        What::Dde
    } else {
        What::ExternalLink
    };
    let shown = place(&path);
    // A blank marks a reference that nothing uses any more.
    if !shown.trim_matches(['\\', ' ']).is_empty() {
        report.removed(what, &shown);
    }
}

/// VirtualPath for people: volumes, servers and folders are coded.
fn place(path: &str) -> String {
    let is_file = path.starts_with('\u{1}');
    let rest = path.strip_prefix('\u{1}').unwrap_or(path);
    let mut shown = String::new();
    let mut signs = rest.chars();
    while let Some(sign) = signs.next() {
        match sign {
            // A volume, which a letter or `@` for a server follows.
            '\u{1}' => match signs.next() {
                Some('@') => shown.push_str("\\\\"),
                Some(letter) => shown.push_str(&format!("{letter}:\\")),
                None => {}
            },
            // An address, behind its length.
            '\u{5}' => drop(signs.next()),
            // In a path a folder, else between a program and its topic.
            '\u{3}' if !is_file => shown.push('|'),
            c if c.is_control() => shown.push('\\'),
            c => shown.push(c),
        }
    }
    shown
}
