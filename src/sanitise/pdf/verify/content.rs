//! The two languages inside streams, line by line: the operators of a page
//! and the character map. A line that our writer cannot have written refuses
//! the file.

use crate::sanitise::Refusal;

use super::reader::number;

/// Letters of one string: no page has more.
const MOST_LETTERS: usize = 200_000;

type Checked = Result<(), Refusal>;

/// A page's content: the picture over the whole page, then invisible text.
/// Returns how many heights of lines the text needs, none without text.
pub(super) fn page(content: &[u8], width: f64, height: f64) -> Result<Option<usize>, Refusal> {
    let mut lines = Lines::of(content)?;
    exactly(lines.next(), b"q")?;
    let matrix = numbers(lines.next().ok_or(Refusal::Residue)?, b" cm", 6)?;
    let expected = [width, 0.0, 0.0, height, 0.0, 0.0];
    if matrix
        .iter()
        .zip(expected)
        .any(|(is, should)| (is - should).abs() > 0.001)
    {
        return Err(Refusal::Residue);
    }
    exactly(lines.next(), b"/I Do")?;
    exactly(lines.next(), b"Q")?;
    let Some(begin) = lines.next() else {
        return Ok(None);
    };
    exactly(Some(begin), b"BT")?;
    text(&mut lines).map(Some)
}

/// Invisible text behind its `BT`, to the end of the content. Returns how many
/// heights of lines it needs: `/H0` to one less.
pub(super) fn text(lines: &mut Lines<'_>) -> Result<usize, Refusal> {
    exactly(lines.next(), b"3 Tr")?;
    let mut heights = 0;
    loop {
        let line = lines.next().ok_or(Refusal::Residue)?;
        if line == b"ET" {
            break;
        }
        let size = match line.strip_prefix(b"/H") {
            None => line.strip_prefix(b"/V "),
            Some(rest) => {
                let end = rest.iter().position(|byte| *byte == b' ');
                let (height, size) = rest
                    .split_at_checked(end.ok_or(Refusal::Residue)?)
                    .ok_or(Refusal::Residue)?;
                heights = heights.max(whole(height)? + 1);
                size.get(1..)
            }
        };
        numbers(size.ok_or(Refusal::Residue)?, b" Tf", 1)?;
        numbers(lines.next().ok_or(Refusal::Residue)?, b" Tm", 6)?;
        show(lines.next().ok_or(Refusal::Residue)?)?;
    }
    if lines.next().is_some() {
        Err(Refusal::Residue)
    } else {
        Ok(heights)
    }
}

/// One or two digits, as they are written: no sign, no leading zero.
fn whole(digits: &[u8]) -> Result<usize, Refusal> {
    match *digits {
        [one @ b'0'..=b'9'] => Ok(usize::from(one - b'0')),
        [ten @ b'1'..=b'9', one @ b'0'..=b'9'] => {
            Ok(usize::from(ten - b'0') * 10 + usize::from(one - b'0'))
        }
        _ => Err(Refusal::Residue),
    }
}

/// `[` then strings of four-digit letters and whole numbers, then `]TJ`.
fn show(line: &[u8]) -> Checked {
    let inside = line
        .strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]TJ"))
        .ok_or(Refusal::Residue)?;
    for item in inside.split(|byte| *byte == b'>').rev().skip(1) {
        let at = item
            .iter()
            .position(|byte| *byte == b'<')
            .ok_or(Refusal::Residue)?;
        let (shift, letter) = item.split_at_checked(at).ok_or(Refusal::Residue)?;
        if !shift.is_empty() {
            number(shift)?;
        }
        hex(letter.get(1..).unwrap_or_default(), MOST_LETTERS)?;
    }
    if inside.ends_with(b">") {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// The character map: fixed words around lines `<0001> <3042>`, numbers
/// rising from 1 without a gap. Returns how many there are.
pub(super) fn character_map(map: &[u8]) -> Result<usize, Refusal> {
    let mut lines = Lines::of(map)?;
    for expected in BEFORE {
        exactly(lines.next(), expected)?;
    }
    let mut known = 0;
    loop {
        let line = lines.next().ok_or(Refusal::Residue)?;
        if line == b"endcmap" {
            break;
        }
        let count = numbers(line, b" beginbfchar", 1)?
            .first()
            .copied()
            .unwrap_or(0.0);
        if !(1.0..=100.0).contains(&count) || count.fract() != 0.0 {
            return Err(Refusal::Residue);
        }
        for _ in 0..count as usize {
            known += 1;
            letter(lines.next().ok_or(Refusal::Residue)?, known)?;
        }
        exactly(lines.next(), b"endbfchar")?;
    }
    for expected in AFTER {
        exactly(lines.next(), expected)?;
    }
    if lines.next().is_some() {
        Err(Refusal::Residue)
    } else {
        Ok(known)
    }
}

fn letter(line: &[u8], number: usize) -> Checked {
    let text = line
        .strip_prefix(format!("<{number:04X}> <").as_bytes())
        .and_then(|rest| rest.strip_suffix(b">"))
        .ok_or(Refusal::Residue)?;
    hex(text, 32)?;
    let units: Vec<u16> = text
        .chunks_exact(4)
        .filter_map(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok())
        .collect();
    let text = String::from_utf16(&units).map_err(|_| Refusal::Residue)?;
    if text.chars().any(crate::policy::text::is_deceptive) {
        Err(Refusal::Residue)
    } else {
        Ok(())
    }
}

/// One to `most` groups of four upper-case hex digits.
fn hex(digits: &[u8], most: usize) -> Checked {
    let plain = digits
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let length = digits.len();
    if plain && length.is_multiple_of(4) && (4..=most * 4).contains(&length) {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

pub(super) fn numbers(line: &[u8], operator: &[u8], count: usize) -> Result<Vec<f64>, Refusal> {
    let operands = line.strip_suffix(operator).ok_or(Refusal::Residue)?;
    let values: Vec<f64> = operands
        .split(|byte| *byte == b' ')
        .map(number)
        .collect::<Result<_, _>>()?;
    if values.len() == count {
        Ok(values)
    } else {
        Err(Refusal::Residue)
    }
}

pub(super) fn exactly(line: Option<&[u8]>, expected: &[u8]) -> Checked {
    if line == Some(expected) {
        Ok(())
    } else {
        Err(Refusal::Residue)
    }
}

/// Lines that each end in a line feed; nothing after the last.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) fn of(content: &'a [u8]) -> Result<Self, Refusal> {
        if content.is_empty() || content.ends_with(b"\n") {
            Ok(Self { rest: content })
        } else {
            Err(Refusal::Residue)
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Some(line)
    }
}

const BEFORE: [&[u8]; 9] = [
    b"/CIDInit /ProcSet findresource begin",
    b"12 dict begin",
    b"begincmap",
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
    b"/CMapName /Adobe-Identity-UCS def",
    b"/CMapType 2 def",
    b"1 begincodespacerange",
    b"<0000> <FFFF>",
    b"endcodespacerange",
];

const AFTER: [&[u8]; 3] = [
    b"CMapName currentdict /CMap defineresource pop",
    b"end",
    b"end",
];
