//! Encodings of Adobe's collections (Technical Notes 5078 to 5080, 5093, 5094)
//! that hayro does not bring. They are made of those that it brings: another
//! form of Unicode, the rows of JIS instead of Shift_JIS, the kanji of 1978.

use std::fmt::Write as _;
use std::sync::OnceLock;

use hayro::hayro_interpret::hayro_cmap::{CMap, CMapName, load_embedded};

/// How an encoding is made of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The codes of both are the same.
    Same,
    /// Unicode, of which the other has UTF-16.
    Utf8,
    Utf32,
    /// Rows and cells of JIS X 0208, of which the other has Shift_JIS.
    Rows,
    /// Shift_JIS, rows and cells, or EUC, with kanji in their places of 1978.
    Shifted1978,
    Rows1978,
    Euc1978,
    /// One byte a sign, as the other has them.
    Single,
}

use Way::{Euc1978, Rows, Rows1978, Same, Shifted1978, Single, Utf8, Utf32};

/// Name of an encoding without its direction, what it is made of, and how.
const MADE: &[(&str, &str, Way)] = &[
    ("UniJIS-UTF8", "UniJIS-UTF16", Utf8),
    ("UniJIS-UTF32", "UniJIS-UTF16", Utf32),
    ("UniJIS2004-UTF8", "UniJIS-UTF16", Utf8),
    ("UniJIS2004-UTF16", "UniJIS-UTF16", Same),
    ("UniJIS2004-UTF32", "UniJIS-UTF16", Utf32),
    ("UniJISX0213-UTF32", "UniJIS-UTF16", Utf32),
    ("UniJISX02132004-UTF32", "UniJIS-UTF16", Utf32),
    ("UniJISPro-UCS2", "UniJIS-UCS2", Same),
    ("UniJISPro-UCS2-HW", "UniJIS-UCS2-HW", Same),
    ("UniJISPro-UTF8", "UniJIS-UTF16", Utf8),
    ("RKSJ", "90ms-RKSJ", Same),
    ("78", "90ms-RKSJ", Rows1978),
    ("78-EUC", "90ms-RKSJ", Euc1978),
    ("78-RKSJ", "90ms-RKSJ", Shifted1978),
    ("78ms-RKSJ", "90ms-RKSJ", Shifted1978),
    ("90pv-RKSJ", "90ms-RKSJ", Same),
    ("Add", "Add-RKSJ", Rows),
    ("Ext", "Ext-RKSJ", Rows),
    ("NWP", "Ext-RKSJ", Rows),
    ("Hankaku", "90ms-RKSJ", Single),
    ("Roman", "90msp-RKSJ", Single),
    ("UniGB-UTF8", "UniGB-UTF16", Utf8),
    ("UniGB-UTF32", "UniGB-UTF16", Utf32),
    ("UniCNS-UTF8", "UniCNS-UTF16", Utf8),
    ("UniCNS-UTF32", "UniCNS-UTF16", Utf32),
    ("UniKS-UTF8", "UniKS-UTF16", Utf8),
    ("UniKS-UTF32", "UniKS-UTF16", Utf32),
];

/// Rows and cells of the kanji that changed places between JIS C 6226-1978 and
/// JIS X 0208-1983, and of the four whose other form was added then.
const CHANGED: &[(u32, u32)] = &[
    (0x3033, 0x724D),
    (0x3229, 0x7274),
    (0x3342, 0x695A),
    (0x3349, 0x5978),
    (0x3376, 0x635E),
    (0x3443, 0x5E75),
    (0x3452, 0x6B5D),
    (0x375B, 0x7074),
    (0x395C, 0x6268),
    (0x3C49, 0x6922),
    (0x3F59, 0x7057),
    (0x4128, 0x6C4D),
    (0x445B, 0x5464),
    (0x4557, 0x626A),
    (0x456E, 0x5B6D),
    (0x4573, 0x5E39),
    (0x4676, 0x6D6E),
    (0x4768, 0x6A24),
    (0x4930, 0x5B58),
    (0x4B79, 0x5056),
    (0x4C79, 0x692E),
    (0x4F36, 0x6446),
    (0x3646, 0x7421),
    (0x4B6A, 0x7422),
    (0x4D5A, 0x7423),
    (0x6076, 0x7424),
];

/// An encoding by its name, hayro's or one made here.
pub(super) fn encoding(name: CMapName<'_>) -> Option<&'static [u8]> {
    let CMapName::Custom(bytes) = name else {
        return load_embedded(name);
    };
    static DONE: [[OnceLock<Option<Vec<u8>>>; 2]; MADE.len()] =
        [const { [const { OnceLock::new() }; 2] }; MADE.len()];
    let name = std::str::from_utf8(bytes).ok()?;
    let (at, (_, from, way), down) = found(name)?;
    let from = format!("{from}-{}", if down { 'V' } else { 'H' });
    if way == Same {
        return load_embedded(CMapName::from_bytes(from.as_bytes()));
    }
    let done = DONE.get(at)?.get(usize::from(down))?;
    done.get_or_init(|| made(&from, way, down)).as_deref()
}

/// Whether the numbers that an encoding made here gives are not always its own:
/// a font that has only those does not have these.
pub(super) fn is_like_another(name: &str) -> bool {
    let other = |name: &str| {
        ["78", "2004", "X0213", "NWP", "Pro", "90pv"]
            .iter()
            .any(|part| name.contains(part))
    };
    found(name).is_some_and(|(_, (made, ..), _)| other(made))
}

fn found(name: &str) -> Option<(usize, (&'static str, &'static str, Way), bool)> {
    let (bare, down) = match (name.strip_suffix("-H"), name.strip_suffix("-V")) {
        (Some(bare), _) => (bare, false),
        (_, Some(bare)) => (bare, true),
        _ => (name, false),
    };
    let at = MADE.iter().position(|(made, ..)| *made == bare)?;
    Some((at, *MADE.get(at)?, down))
}

fn made(from: &str, way: Way, down: bool) -> Option<Vec<u8>> {
    let source = load_embedded(CMapName::from_bytes(from.as_bytes()))?;
    let source = CMap::parse(source, load_embedded)?;
    let mut map = Map::default();
    match way {
        Same => return None,
        Utf8 | Utf32 => {
            for character in (0x20..0x3_0000).filter_map(char::from_u32) {
                map.add(unicode(character, way), number_of(&source, character));
            }
        }
        Single => {
            for code in 0x20..=0xFF {
                map.add((code, 1), source.lookup_cid_code(code, 1));
            }
        }
        Shifted1978 => {
            for code in 0x20..=0xFF {
                map.add((code, 1), source.lookup_cid_code(code, 1));
            }
            for (row_and_cell, shifted) in rows() {
                let number = source.lookup_cid_code(shift(of_1978(row_and_cell)), 2);
                map.add((shifted, 2), number);
            }
            // Rows of makers behind those of the standard.
            for code in 0xF000..=0xFCFC {
                map.add((code, 2), source.lookup_cid_code(code, 2));
            }
        }
        Rows | Rows1978 | Euc1978 => {
            let euc = way == Euc1978;
            if euc {
                for code in 0x20..=0x7E {
                    map.add((code, 1), source.lookup_cid_code(code, 1));
                }
                for code in 0xA1..=0xDF {
                    map.add((0x8E00 | code, 2), source.lookup_cid_code(code, 1));
                }
            }
            for (row_and_cell, _) in rows() {
                let other = match way {
                    Rows => row_and_cell,
                    _ => of_1978(row_and_cell),
                };
                let code = if euc {
                    row_and_cell | 0x8080
                } else {
                    row_and_cell
                };
                map.add((code, 2), source.lookup_cid_code(shift(other), 2));
            }
        }
    }
    let ordering = match from.get(..5)? {
        "UniGB" => "GB1",
        "UniCN" => "CNS1",
        "UniKS" => "Korea1",
        _ => "Japan1",
    };
    Some(map.written(ordering, down))
}

/// A code and its length.
fn unicode(character: char, way: Way) -> (u32, u8) {
    if way == Utf32 {
        return (u32::from(character), 4);
    }
    let mut utf8 = [0; 4];
    let bytes = character.encode_utf8(&mut utf8).bytes();
    bytes.fold((0, 0), |(code, length), byte| {
        (code << 8 | u32::from(byte), length + 1)
    })
}

fn number_of(utf16: &CMap, character: char) -> Option<u32> {
    match *character.encode_utf16(&mut [0; 2]) {
        [unit] => utf16.lookup_cid_code(u32::from(unit), 2),
        [high, low] => utf16.lookup_cid_code(u32::from(high) << 16 | u32::from(low), 4),
        _ => None,
    }
}

/// Every row and cell, and its code in Shift_JIS.
fn rows() -> impl Iterator<Item = (u32, u32)> {
    (0x21..=0x7E)
        .flat_map(|row| (0x21..=0x7E).map(move |cell| (row << 8 | cell, shift(row << 8 | cell))))
}

/// Row and cell to Shift_JIS (JIS X 0208 annex 1).
fn shift(row_and_cell: u32) -> u32 {
    let (row, cell) = (row_and_cell >> 8, row_and_cell & 0xFF);
    let high = (row - 0x21) / 2 + if row < 0x5F { 0x81 } else { 0xC1 };
    let low = if row % 2 == 0 {
        cell + 0x7E
    } else {
        cell + 0x1F + u32::from(cell >= 0x60)
    };
    high << 8 | low
}

/// Where the standard of 1983 has what that of 1978 has here.
fn of_1978(row_and_cell: u32) -> u32 {
    let pair = CHANGED
        .iter()
        .find(|(one, other)| [*one, *other].contains(&row_and_cell));
    match pair {
        Some((one, other)) if *one == row_and_cell => *other,
        Some((one, _)) => *one,
        None => row_and_cell,
    }
}

/// A `CMap` being made: ranges of codes whose numbers follow each other.
#[derive(Default)]
struct Map(Vec<Range>);

struct Range {
    first: u32,
    last: u32,
    length: u8,
    number: u32,
}

impl Map {
    /// Codes come in rising order, those of one length together.
    fn add(&mut self, (code, length): (u32, u8), number: Option<u32>) {
        let Some(number) = number.filter(|number| *number != 0) else {
            return;
        };
        if let Some(range) = self.0.last_mut()
            && (range.last + 1, range.length) == (code, length)
            // A range of two bytes and more stays within its last one.
            && code & 0xFF != 0
            && range.number + (range.last - range.first) + 1 == number
        {
            range.last = code;
            return;
        }
        self.0.push(Range {
            first: code,
            last: code,
            length,
            number,
        });
    }

    fn written(&self, ordering: &str, down: bool) -> Vec<u8> {
        let mut text = format!(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/Registry (Adobe) def\n\
             /Ordering ({ordering}) def\n/Supplement 7 def\n/WMode {} def\n",
            u8::from(down)
        );
        for block in self.0.chunks(100) {
            let _ = writeln!(text, "{} begincidrange", block.len());
            for range in block {
                let digits = usize::from(range.length) * 2;
                let _ = writeln!(
                    text,
                    "<{:0digits$X}> <{:0digits$X}> {}",
                    range.first, range.last, range.number
                );
            }
            text.push_str("endcidrange\n");
        }
        text.push_str("endcmap end end\n");
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> CMap {
        let bytes = encoding(CMapName::from_bytes(name.as_bytes())).unwrap();
        CMap::parse(bytes, encoding).unwrap()
    }

    #[test]
    fn every_encoding_that_is_made_is_read_and_says_something() {
        for (name, ..) in MADE {
            let across = of(&format!("{name}-H"));
            let numbers = (0..0x1_0000).filter(|code| {
                (1..=4).any(|length| across.lookup_cid_code(*code, length).is_some())
            });
            assert!(numbers.count() > 90, "{name}");
        }
        assert!(encoding(CMapName::from_bytes(b"Nobody-H")).is_none());
    }

    #[test]
    fn a_sign_has_one_number_in_every_encoding() {
        let utf16 = of("UniJIS-UTF16-H");
        let expected = utf16.lookup_cid_code(0x6F22, 2);
        assert!(expected.is_some());
        let codes: [(&str, u32, u8); 9] = [
            ("UniJIS-UTF8-H", 0xE6_BC_A2, 3),
            ("UniJIS-UTF32-H", 0x6F22, 4),
            ("UniJIS2004-UTF16-H", 0x6F22, 2),
            ("78-H", 0x3441, 2),
            ("78-EUC-H", 0xB4C1, 2),
            ("78-RKSJ-H", 0x8ABF, 2),
            ("Ext-H", 0x3441, 2),
            ("Add-H", 0x3441, 2),
            ("NWP-H", 0x3441, 2),
        ];
        for (name, code, length) in codes {
            let found = of(name).lookup_cid_code(code, length);
            assert_eq!(found, expected, "{name}");
        }
        // Beyond the first plane, 𠮟; and down.
        let high = utf16.lookup_cid_code(0xD842_DF9F, 4);
        assert!(high.is_some());
        let utf32 = of("UniJIS-UTF32-H").lookup_cid_code(0x2_0B9F, 4);
        assert_eq!(utf32, high);
        let down = of("UniJIS-UTF16-V").lookup_cid_code(0x300C, 2);
        assert_eq!(of("UniJIS-UTF32-V").lookup_cid_code(0x300C, 4), down);
    }

    #[test]
    fn kanji_of_1978_changed_places_in_pairs() {
        let character = |row_and_cell: u32| {
            let code = shift(row_and_cell) as u16;
            let bytes = code.to_be_bytes();
            encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
        };
        let (left, right): (String, String) = CHANGED
            .iter()
            .map(|(one, other)| (character(*one), character(*other)))
            .unzip();
        assert_eq!(left, "鯵鴬蛎撹竃潅諌頚砿蕊靭賎壷砺梼涛迩蝿桧侭薮篭尭槙遥瑶");
        assert_eq!(
            right,
            "鰺鶯蠣攪竈灌諫頸礦蘂靱賤壺礪檮濤邇蠅檜儘藪籠堯槇遙瑤"
        );
        let (old, new) = (of("78-H"), of("H"));
        assert_eq!(
            old.lookup_cid_code(0x4930, 2),
            new.lookup_cid_code(0x5B58, 2)
        );
        assert!(is_like_another("78-H") && !is_like_another("UniJIS-UTF8-H"));
    }
}
