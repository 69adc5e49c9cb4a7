//! Word documents ([MS-DOC]). Signs of the private use area in a text stand
//! for what formatting says about it.

use super::{Stream, compound, put, stream, utf16};

/// A cell mark that ends a row.
pub const ROW_END: char = '\u{e000}';
/// Around hidden text.
pub const HIDDEN: [char; 2] = ['\u{e001}', '\u{e002}'];
/// Around deleted text.
pub const DELETED: [char; 2] = ['\u{e003}', '\u{e004}'];

const TEXT_AT: usize = 0x400;
const PAGE: usize = 512;

/// What stands in a document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Main text, footnotes, headers, macros, comments, endnotes, boxes, boxes
    /// of headers; each that is not empty ends in `\r`.
    pub parts: [String; 8],
    /// Bytes of changed commands.
    pub commands: Vec<u8>,
    /// The template.
    pub template: String,
    /// Streams beside the document.
    pub beside: Vec<Stream>,
    /// Flags of the information block, beside those that are always set.
    pub flags: u16,
    /// The main text stands in a piece of 8-bit characters.
    pub narrow: bool,
}

/// A document with a main text.
#[must_use]
pub fn document(main: &str) -> Document {
    let mut document = Document::default();
    document.parts[0] = format!("{main}\r");
    document
}

/// What a municipal letter has: lines, a table, a field, notes, a box.
#[must_use]
pub fn letter() -> Vec<u8> {
    let mut letter = document(&format!(
        "見積書①㈱髙﨑𠮷\r金額\u{b}税込 \u{13} PAGE \u{14}3\u{15}頁\r品名\u{7}数量\r二行目\u{7}{ROW_END}机\u{7}12\u{7}{ROW_END}\
         終わり{}隠し{}{}削除{}\u{2}",
        HIDDEN[0], HIDDEN[1], DELETED[0], DELETED[1]
    ));
    letter.parts[1] = "\u{2} 脚注です\r".to_owned();
    letter.parts[2] = "総務課\r".to_owned();
    letter.parts[4] = "\u{5}コメント\r".to_owned();
    letter.parts[5] = "\u{2} 文末脚注\r".to_owned();
    letter.parts[6] = "枠の文字\r".to_owned();
    letter.file()
}

impl Document {
    /// The file.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let mut text = Formatted::default();
        let lengths: Vec<usize> = self.parts.iter().map(|part| text.add(part)).collect();
        let main = lengths[0];
        let mut word = vec![0; TEXT_AT];
        put(&mut word, 0, &0xA5ECu16.to_le_bytes());
        put(&mut word, 2, &0x00C1u16.to_le_bytes());
        put(&mut word, 6, &0x0411u16.to_le_bytes());
        put(&mut word, 0x0A, &(0x0200 | self.flags).to_le_bytes());
        put(&mut word, 0x20, &14u16.to_le_bytes());
        put(&mut word, 0x3E, &22u16.to_le_bytes());
        for (index, length) in lengths.iter().enumerate() {
            put(&mut word, 0x4C + 4 * index, &long(*length));
        }
        put(&mut word, 0x98, &0x5Du16.to_le_bytes());
        // Text, in one piece or two; then the pages of formatting.
        let wide_from = if self.narrow { main } else { 0 };
        let narrow: Vec<u8> = text.units[..wide_from]
            .iter()
            .map(|unit| *unit as u8)
            .collect();
        let wide: Vec<u8> = text.units[wide_from..]
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        let wide_at = TEXT_AT + narrow.len().next_multiple_of(2);
        put(&mut word, TEXT_AT, &narrow);
        put(&mut word, wide_at, &wide);
        let place = |unit: usize| {
            if unit < wide_from {
                TEXT_AT + unit
            } else {
                wide_at + 2 * (unit - wide_from)
            }
        };
        let page = word.len().div_ceil(PAGE);
        put(&mut word, page * PAGE, &text.characters(&place));
        put(&mut word, (page + 1) * PAGE, &text.paragraphs(&place));
        let mut table = Vec::new();
        let mut list = |index: usize, bytes: Vec<u8>| {
            put(&mut word, 0x9A + 8 * index, &long(table.len()));
            put(&mut word, 0x9A + 8 * index + 4, &long(bytes.len()));
            table.extend(bytes);
        };
        list(33, pieces(wide_from, text.units.len(), wide_at));
        list(12, plc(page));
        list(13, plc(page + 1));
        list(24, self.commands.clone());
        list(32, strings(&self.template));
        let mut streams = vec![stream("WordDocument", word), stream("1Table", table)];
        streams.extend(self.beside.clone());
        compound(&streams)
    }
}

fn long(number: usize) -> [u8; 4] {
    (number as u32).to_le_bytes()
}

/// Clx: a property list that is passed over, then the pieces.
fn pieces(narrow: usize, units: usize, wide_at: usize) -> Vec<u8> {
    let mut ends = vec![0];
    let mut places = Vec::new();
    if narrow > 0 {
        ends.push(narrow);
        places.push(0x4000_0000 | (2 * TEXT_AT));
    }
    if units > narrow {
        ends.push(units);
        places.push(wide_at);
    }
    let mut list: Vec<u8> = ends.iter().flat_map(|end| long(*end)).collect();
    for at in places {
        list.extend([0, 0]);
        list.extend(long(at));
        list.extend([0, 0]);
    }
    [&[1, 2, 0, 0, 0, 2][..], &long(list.len()), &list].concat()
}

/// PlcBte with one page.
fn plc(page: usize) -> Vec<u8> {
    [long(0), long(0x00FF_FFFF), long(page)].concat()
}

/// SttbfAssoc, whose second string is the template.
fn strings(template: &str) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xFF, 2, 0, 0, 0, 0, 0];
    bytes.extend((template.encode_utf16().count() as u16).to_le_bytes());
    bytes.extend(utf16(template));
    bytes
}

/// Text without the signs of formatting, and what they said.
#[derive(Default)]
struct Formatted {
    units: Vec<u16>,
    /// Unit where it begins, unit where it ends, properties.
    characters: Vec<(usize, usize, &'static [u8])>,
    paragraphs: Vec<(usize, usize, &'static [u8])>,
}

impl Formatted {
    /// How many units were added.
    fn add(&mut self, part: &str) -> usize {
        let start = self.units.len();
        let (mut since, mut paragraph) = (start, start);
        // A row's cells begin with its first, and a table is nothing else.
        let in_table = |rest: &str| rest.contains(ROW_END) && !rest.starts_with(ROW_END);
        for (at, c) in part.char_indices() {
            let here = self.units.len();
            match c {
                c if c == HIDDEN[0] || c == DELETED[0] => since = here,
                c if c == HIDDEN[1] => self.characters.push((since, here, &[0x3C, 0x08, 1])),
                c if c == DELETED[1] => self.characters.push((since, here, &[0x00, 0x08, 1])),
                c => {
                    let mark = if c == ROW_END { '\u{7}' } else { c };
                    self.units.extend(mark.encode_utf16(&mut [0; 2]).iter());
                    let end = self.units.len();
                    let before = part[..at].contains('\u{7}');
                    let properties: &[u8] = match c {
                        ROW_END => &[0x16, 0x24, 1, 0x17, 0x24, 1],
                        '\u{7}' => &[0x16, 0x24, 1],
                        '\r' if before && in_table(&part[at..]) => &[0x16, 0x24, 1],
                        _ => &[],
                    };
                    if matches!(mark, '\r' | '\u{7}') {
                        self.paragraphs.push((paragraph, end, properties));
                        paragraph = end;
                    }
                }
            }
        }
        self.units.len() - start
    }

    fn characters(&self, place: &dyn Fn(usize) -> usize) -> Vec<u8> {
        let mut runs: Vec<(usize, usize, &[u8])> = Vec::new();
        let mut from = 0;
        for (start, end, properties) in &self.characters {
            runs.push((from, *start, &[]));
            runs.push((*start, *end, properties));
            from = *end;
        }
        runs.push((from, self.units.len(), &[]));
        page(&runs, place, 1, |list| [&[list.len() as u8], list].concat())
    }

    fn paragraphs(&self, place: &dyn Fn(usize) -> usize) -> Vec<u8> {
        page(&self.paragraphs, place, 13, |list| {
            // Length in words, style, list.
            let whole = [&[0, 0], list].concat();
            let mut bytes = vec![0, whole.len().div_ceil(2) as u8];
            bytes.extend(whole);
            bytes
        })
    }
}

/// A page of runs: places, where their properties stand, the properties from
/// its end on.
fn page(
    runs: &[(usize, usize, &[u8])],
    place: &dyn Fn(usize) -> usize,
    width: usize,
    written: impl Fn(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    page[PAGE - 1] = runs.len() as u8;
    let mut free = PAGE - 2;
    for (index, (from, to, properties)) in runs.iter().enumerate() {
        put(&mut page, 4 * index, &long(place(*from)));
        put(&mut page, 4 * (index + 1), &long(place(*to)));
        if !properties.is_empty() {
            let bytes = written(properties);
            free = (free - bytes.len()) & !1;
            put(&mut page, free, &bytes);
            page[4 * (runs.len() + 1) + width * index] = (free / 2) as u8;
        }
    }
    page
}

/// A letter of Word 95: 8-bit Japanese, no pieces.
#[must_use]
pub fn word6() -> Vec<u8> {
    let text =
        b"\x8c\xa9\x90\xcf\x8f\x91\x87\x40\x87\x8a\xfb\xfc\xfa\xb1\rA\x07B\x07\x07\xb6\xc5\r";
    let mut word = vec![0; 0x300];
    put(&mut word, 0, &0xA5DCu16.to_le_bytes());
    put(&mut word, 2, &0x0068u16.to_le_bytes());
    put(&mut word, 6, &0x0411u16.to_le_bytes());
    put(&mut word, 0x18, &long(0x300));
    put(&mut word, 0x34, &long(text.len()));
    word.extend(text);
    // A stream of the ordinary size: small ones stand elsewhere in the file.
    word.resize(4096, 0);
    compound(&[stream("WordDocument", word)])
}
