//! Changes of PDF words: numbers, names, references, whole objects, and what
//! stands inside compressed streams.

use std::io::{Read as _, Write as _};

use super::bytes;
use crate::Chance;

const NUMBERS: [&str; 20] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "255",
    "256",
    "65535",
    "65536",
    "1000000",
    "2147483647",
    "-2147483648",
    "4294967296",
    "99999999999999999999",
    "0.0000001",
    "-.5",
    "1e9",
    ".",
    "--3",
    "3.4e38",
];

const NAMES: [&str; 62] = [
    "/JavaScript",
    "/JS",
    "/OpenAction",
    "/AA",
    "/Launch",
    "/URI",
    "/SubmitForm",
    "/GoToR",
    "/GoToE",
    "/EmbeddedFile",
    "/RichMedia",
    "/XFA",
    "/AcroForm",
    "/Encrypt",
    "/Pages",
    "/Page",
    "/Kids",
    "/Parent",
    "/Count",
    "/Contents",
    "/Resources",
    "/Annots",
    "/Widget",
    "/AP",
    "/N",
    "/Type0",
    "/Type1",
    "/Type3",
    "/TrueType",
    "/CIDFontType0",
    "/CIDFontType2",
    "/Identity-H",
    "/Identity-V",
    "/90ms-RKSJ-V",
    "/FlateDecode",
    "/LZWDecode",
    "/ASCII85Decode",
    "/ASCIIHexDecode",
    "/RunLengthDecode",
    "/DCTDecode",
    "/JPXDecode",
    "/JBIG2Decode",
    "/CCITTFaxDecode",
    "/Crypt",
    "/DecodeParms",
    "/Predictor",
    "/Columns",
    "/Indexed",
    "/Separation",
    "/DeviceN",
    "/ICCBased",
    "/Lab",
    "/Pattern",
    "/Shading",
    "/SMask",
    "/Form",
    "/Image",
    "/XObject",
    "/ObjStm",
    "/XRef",
    "/#4a#53",
    "/A#0",
];

const PIECES: [&str; 26] = [
    "[",
    "]",
    "<<",
    ">>",
    "(",
    ")",
    "<",
    ">",
    "obj",
    "endobj",
    "stream\n",
    "endstream",
    "xref\n",
    "trailer",
    "startxref",
    "%%EOF",
    "%",
    "q ",
    "Q ",
    "BT ",
    "ET ",
    "/F Do ",
    " re W n ",
    " BI /W 9 /H 9 ID ",
    " EI ",
    " 0 R ",
];

pub(super) fn changed(mut whole: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    match chance.below(10) {
        0 | 1 => replace(&mut whole, chance, number, &NUMBERS),
        2 | 3 => replace(&mut whole, chance, name, &NAMES),
        4 => reference(&mut whole, chance),
        5 => object(&mut whole, chance),
        6 => {
            let at = chance.below(whole.len() + 1);
            // Once, or so often that a reader that recurses falls.
            let times = if chance.once_in(6) { 20_000 } else { 1 };
            let piece = chance.one(&PIECES).repeat(times);
            whole.splice(at..at, piece.bytes());
        }
        7 => swap_words(&mut whole, chance),
        8 => return stream(whole, other, chance),
        _ => return bytes::changed(whole, other, chance),
    }
    whole
}

type Place = std::ops::Range<usize>;

/// The next place after a random one at which `find` finds something.
fn place(whole: &[u8], chance: &mut Chance, find: fn(&[u8]) -> Option<Place>) -> Option<Place> {
    let at = chance.below(whole.len());
    let found = find(whole.get(at..)?)?;
    Some(at + found.start..at + found.end)
}

fn run(bytes: &[u8], start: usize, belongs: impl Fn(&u8) -> bool) -> Place {
    let length = bytes
        .iter()
        .skip(start)
        .take_while(|byte| belongs(byte))
        .count();
    start..start + length
}

fn number(bytes: &[u8]) -> Option<Place> {
    let start = bytes.iter().position(u8::is_ascii_digit)?;
    Some(run(bytes, start, |byte| {
        byte.is_ascii_digit() || *byte == b'.'
    }))
}

fn name(bytes: &[u8]) -> Option<Place> {
    let start = bytes.iter().position(|byte| *byte == b'/')?;
    let rest = run(bytes, start + 1, u8::is_ascii_alphanumeric);
    Some(start..rest.end)
}

fn replace(
    whole: &mut Vec<u8>,
    chance: &mut Chance,
    find: fn(&[u8]) -> Option<Place>,
    new: &[&str],
) {
    if let Some(found) = place(whole, chance, find) {
        whole.splice(found, chance.one(new).bytes());
    }
}

/// `7 0 R` becomes a reference to another object, perhaps to itself.
fn reference(whole: &mut Vec<u8>, chance: &mut Chance) {
    let found = place(whole, chance, |bytes| {
        let end = bytes.windows(4).position(|four| four == b" 0 R")?;
        let start = bytes[..end]
            .iter()
            .rposition(|byte| !byte.is_ascii_digit())?
            + 1;
        Some(start..end)
    });
    if let Some(found) = found {
        let to = chance.below(24).to_string();
        whole.splice(found, to.bytes());
    }
}

/// A whole object is doubled under another number, or taken out.
fn object(whole: &mut Vec<u8>, chance: &mut Chance) {
    let found = place(whole, chance, |bytes| {
        let start = bytes.windows(6).position(|six| six == b" 0 obj")?;
        let end = bytes
            .windows(6)
            .skip(start)
            .position(|six| six == b"endobj")?
            + start
            + 6;
        Some(start..end)
    });
    let Some(found) = found else { return };
    if chance.once_in(3) {
        whole.drain(found);
    } else {
        let mut again = format!("\n{}", chance.below(24)).into_bytes();
        again.extend_from_slice(&whole[found]);
        again.push(b'\n');
        let at = chance.below(whole.len() + 1);
        whole.splice(at..at, again);
    }
}

/// Two words of content change places.
fn swap_words(whole: &mut Vec<u8>, chance: &mut Chance) {
    let word = |bytes: &[u8]| {
        let start = bytes.iter().position(u8::is_ascii_whitespace)? + 1;
        Some(run(bytes, start, |byte| !byte.is_ascii_whitespace()))
    };
    let (Some(a), Some(b)) = (place(whole, chance, word), place(whole, chance, word)) else {
        return;
    };
    let (first, second) = if a.start < b.start { (a, b) } else { (b, a) };
    if first.end > second.start {
        return;
    }
    let (early, late) = (
        whole[first.clone()].to_vec(),
        whole[second.clone()].to_vec(),
    );
    whole.splice(second, early);
    whole.splice(first, late);
}

/// Inflates one stream, changes what is inside and deflates it again.
fn stream(mut whole: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let found = place(&whole, chance, |bytes| {
        let start = bytes.windows(7).position(|seven| seven == b"stream\n")? + 7;
        let end = bytes
            .windows(9)
            .skip(start)
            .position(|nine| nine == b"endstream")?
            + start;
        Some(start..end)
    });
    let Some(found) = found else { return whole };
    let mut inside = Vec::new();
    let inflated = flate2::read::ZlibDecoder::new(&whole[found.clone()])
        .take(1 << 20)
        .read_to_end(&mut inside);
    let plain = inflated.is_err() || inside.is_empty();
    if plain {
        inside = whole[found.clone()].to_vec();
    }
    let inside = if chance.once_in(3) {
        bytes::changed(inside, other, chance)
    } else {
        let mut inside = inside;
        match chance.below(3) {
            0 => replace(&mut inside, chance, number, &NUMBERS),
            1 => replace(&mut inside, chance, name, &NAMES),
            _ => swap_words(&mut inside, chance),
        }
        inside
    };
    let new = if plain {
        inside
    } else {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        let _ = encoder.write_all(&inside);
        encoder.finish().unwrap_or_default()
    };
    let length = new.len();
    whole.splice(found.clone(), new);
    relength(&mut whole, found.start, length);
    whole
}

/// The `/Length` before a stream says how long it is now.
fn relength(whole: &mut Vec<u8>, stream: usize, length: usize) {
    let from = stream.saturating_sub(400);
    let key = whole[from..stream]
        .windows(8)
        .rposition(|eight| eight == b"/Length ");
    if let Some(at) = key {
        let digits = run(whole, from + at + 8, u8::is_ascii_digit);
        whole.splice(digits, length.to_string().bytes());
    }
}
