//! Adobe-Japan1 (Adobe Technical Note 5078) for fonts that are named and not
//! embedded: which character each number of the collection is. hayro's own
//! map gives several numbers as a character with a variation selector, or not
//! at all, and then draws whatever glyph has that number in the machine's font:
//! another kanji. That must never happen; what cannot be drawn is shown as 〓,
//! as printers do.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use hayro::hayro_interpret::hayro_cmap::{BfString, CMap, CMapName, load_embedded};
use skrifa::{FontRef, MetadataProvider as _};

use crate::sanitise::Fonts;

/// Numbers of the collection (supplement 7).
const NUMBERS: u32 = 23_060;
/// Stands for a character that the machine's fonts lack.
const MISSING: char = '〓';

/// Signs that look different in vertical lines, and the character that is
/// drawn there. Small kana keep their shape and stand a little off.
const VERTICAL: &[(char, char)] = &[
    ('、', '︑'),
    ('。', '︒'),
    ('，', '︐'),
    ('：', '︓'),
    ('；', '︔'),
    ('！', '︕'),
    ('？', '︖'),
    ('…', '︙'),
    ('‥', '︰'),
    ('―', '︱'),
    ('ー', '︱'),
    ('－', '︱'),
    ('‐', '︲'),
    ('～', '︴'),
    ('〜', '︴'),
    ('＿', '︳'),
    ('＝', '‖'),
    ('（', '︵'),
    ('）', '︶'),
    ('｛', '︷'),
    ('｝', '︸'),
    ('〔', '︹'),
    ('〕', '︺'),
    ('【', '︻'),
    ('】', '︼'),
    ('《', '︽'),
    ('》', '︾'),
    ('〈', '︿'),
    ('〉', '﹀'),
    ('「', '﹁'),
    ('」', '﹂'),
    ('『', '﹃'),
    ('』', '﹄'),
    ('［', '﹇'),
    ('］', '﹈'),
];

/// The map (a ToUnicode `CMap`) for reading.
pub(super) fn for_reading() -> &'static [u8] {
    static MAP: LazyLock<Vec<u8>> = LazyLock::new(|| written(&characters()));
    &MAP
}

/// The map for drawing with `fonts`: only characters that they have.
pub(super) fn for_drawing(fonts: &Fonts) -> Vec<u8> {
    let faces: Vec<FontRef<'_>> = [&fonts.mincho, &fonts.gothic]
        .into_iter()
        .flatten()
        .filter_map(|(bytes, index)| FontRef::from_index((**bytes).as_ref(), *index).ok())
        .collect();
    let has = |c: char| faces.iter().all(|face| face.charmap().map(c).is_some());
    let mut known = characters();
    turn(&mut known, has);
    for character in known.values_mut() {
        if !has(*character) {
            *character = MISSING;
        }
    }
    for number in 1..NUMBERS {
        known.entry(number).or_insert(MISSING);
    }
    written(&known)
}

/// Gives the numbers of vertical signs the characters that look like them.
fn turn(known: &mut HashMap<u32, char>, has: impl Fn(char) -> bool) {
    let (Some(across), Some(down)) = (unicode(b"UniJIS-UTF16-H"), unicode(b"UniJIS-UTF16-V"))
    else {
        return;
    };
    for (usual, turned) in VERTICAL {
        let number = down.lookup_cid_code(u32::from(*usual), 2);
        if number != across.lookup_cid_code(u32::from(*usual), 2)
            && let Some(number) = number
            && has(*turned)
        {
            known.insert(number, *turned);
        }
    }
}

/// What Windows calls the number; else hayro's map where it gives one
/// character; else Unicode's encoding of the collection the other way round.
fn characters() -> HashMap<u32, char> {
    let mut known = HashMap::new();
    let plane = || (0x20..=0xFFFF).filter_map(char::from_u32);
    if let Some(windows) = unicode(b"90ms-RKSJ-H") {
        for character in plane() {
            if let Some((code, length)) = windows_code(character)
                && let Some(number) = windows.lookup_cid_code(code, length)
            {
                known.entry(number).or_insert(character);
            }
        }
    }
    let map = unicode(b"Adobe-Japan1-UCS2");
    let in_map = |number| map.as_ref()?.lookup_bf_string(number);
    for number in 1..NUMBERS {
        if let Some(BfString::Char(character)) = in_map(number) {
            known.entry(number).or_insert(character);
        }
    }
    if let Some(encoding) = unicode(b"UniJIS-UTF16-H") {
        for character in plane() {
            if let Some(number) = encoding.lookup_cid_code(u32::from(character), 2) {
                known.entry(number).or_insert(character);
            }
        }
    }
    for number in 1..NUMBERS {
        if let Some(BfString::String(text)) = in_map(number)
            && let Some(character) = text.chars().next()
        {
            known.entry(number).or_insert(character);
        }
    }
    known
}

/// The character in Windows' Shift_JIS, and how many bytes it has there.
fn windows_code(character: char) -> Option<(u32, u8)> {
    // Private characters have codes there too, and no meaning.
    if (0xE000..=0xF8FF).contains(&u32::from(character)) {
        return None;
    }
    let mut utf8 = [0; 4];
    let text: &str = character.encode_utf8(&mut utf8);
    let (bytes, _, unknown) = encoding_rs::SHIFT_JIS.encode(text);
    // There and back: the encoder also takes signs that are merely alike.
    let (back, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&bytes);
    match *bytes {
        _ if unknown || back != text => None,
        [one] => Some((u32::from(one), 1)),
        [high, low] => Some((u32::from(high) << 8 | u32::from(low), 2)),
        _ => None,
    }
}

fn unicode(name: &'static [u8]) -> Option<CMap> {
    CMap::parse(load_embedded(CMapName::from_bytes(name))?, load_embedded)
}

fn written(known: &HashMap<u32, char>) -> Vec<u8> {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    let mut numbers: Vec<(&u32, &char)> = known.iter().collect();
    numbers.sort_unstable();
    for block in numbers.chunks(100) {
        let _ = writeln!(map, "{} beginbfchar", block.len());
        for (number, character) in block {
            let _ = write!(map, "<{number:04X}> <");
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(map, "{unit:04X}");
            }
            map.push_str(">\n");
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end\n");
    map.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From four encodings to the number, and back to the sign itself.
    #[test]
    fn signs_are_themselves_whatever_the_encoding() {
        let map = CMap::parse(for_reading(), load_embedded).unwrap();
        let windows = unicode(b"90ms-RKSJ-H").unwrap();
        let unicode = unicode(b"UniJIS-UCS2-H").unwrap();
        for character in "①㈱髙﨑寬葛辻祇～－∥￢ｶﾅ高崎吉々ー「」Ⅳ㎡".chars()
        {
            let (code, length) = windows_code(character).unwrap();
            let number = windows.lookup_cid_code(code, length).unwrap();
            let found = map.lookup_bf_string(number);
            assert_eq!(found, Some(BfString::Char(character)), "{number}");
        }
        for character in "髙﨑高崎予算の通知、令和。".chars() {
            let number = unicode.lookup_cid_code(u32::from(character), 2).unwrap();
            let found = map.lookup_bf_string(number);
            assert_eq!(found, Some(BfString::Char(character)), "{number}");
        }
    }

    #[test]
    fn a_machine_without_a_sign_shows_that_it_is_missing() {
        let broken = Fonts {
            mincho: Some((std::sync::Arc::new(super::super::glyphless::font()), 0)),
            gothic: None,
        };
        let map = CMap::parse(&for_drawing(&broken), load_embedded).unwrap();
        assert!((1..NUMBERS).all(|n| map.lookup_bf_string(n) == Some(BfString::Char(MISSING))));
    }

    #[test]
    fn brackets_of_vertical_lines_are_turned() {
        let down = unicode(b"UniJIS-UTF16-V").unwrap();
        let number = down.lookup_cid_code(u32::from('「'), 2).unwrap();
        let map = CMap::parse(&for_drawing(&Fonts::default()), load_embedded).unwrap();
        assert_eq!(map.lookup_bf_string(number), Some(BfString::Char('﹁')));
        let map = CMap::parse(for_reading(), load_embedded).unwrap();
        assert_eq!(map.lookup_bf_string(number), Some(BfString::Char('「')));
    }
}
