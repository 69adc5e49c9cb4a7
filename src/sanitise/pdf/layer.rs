//! Writes the text layer: one alphabet for the whole file, in which every
//! character sequence of every width has a number of its own, and invisible
//! fonts over it: one per height of horizontal lines, and one of vertical ones.

use std::collections::HashMap;
use std::io::Write as _;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Chunk, Dict, Filter, Finish, Name, Rect, Ref, Str};

use super::glyphless;
use super::line::Line;
use super::text::{Glyph, Run};
use super::write::zlib;
use crate::sanitise::Refusal;

/// Numbers given out; 0 stays `.notdef`.
#[derive(Default)]
pub(super) struct Alphabet {
    numbers: HashMap<(String, u16), u16>,
    /// In order of number, from 1.
    letters: Vec<(String, u16)>,
    /// Each height of lines once; none without text.
    lines: Vec<Line>,
}

/// Heights of lines that are kept apart; others become the nearest of them.
const MOST_LINES: usize = 64;
/// Objects that the fonts share, then those of each height.
const SHARED: i32 = 5;
const PER_LINE: i32 = 3;

impl Alphabet {
    /// For exactly these runs.
    pub(super) fn of<'r>(runs: impl Iterator<Item = &'r Run>) -> Self {
        let mut alphabet = Self::default();
        for run in runs {
            if alphabet.lines.len() < MOST_LINES && !alphabet.lines.contains(&run.line) {
                alphabet.lines.push(run.line);
            }
        }
        alphabet
    }

    /// Objects that [`Self::write`] needs.
    pub(super) fn objects(&self) -> i32 {
        match (0..).zip(&self.lines).last() {
            Some((last, _)) => SHARED + PER_LINE * (last + 1),
            None => 0,
        }
    }

    /// What the text layer calls its fonts, whose objects start at `first`.
    pub(super) fn name_fonts(&self, names: &mut Dict<'_>, first: i32) {
        for (at, _) in (0..).zip(&self.lines) {
            let font = Ref::new(first + SHARED + PER_LINE * at);
            names.pair(Name(format!("H{at}").as_bytes()), font);
        }
        names.pair(Name(b"V"), Ref::new(first));
    }

    /// The place of the height of `run`.
    fn line(&self, run: &Run) -> usize {
        let lines = self.lines.iter().enumerate();
        let nearest = lines.min_by_key(|(_, line)| line.distance(run.line));
        nearest.map_or(0, |(at, _)| at)
    }

    fn number(&mut self, glyph: &Glyph) -> Result<u16, Refusal> {
        // Coarse when the alphabet grows large: it must not end.
        let step = if self.letters.len() < 0x8000 { 1 } else { 50 };
        let width = (glyph.width.round().clamp(0.0, 5_000.0) as u16) / step * step;
        let key = (glyph.text.clone(), width);
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        let number = u16::try_from(self.letters.len() + 1).map_err(|_| Refusal::OverBudget)?;
        self.letters.push(key.clone());
        self.numbers.insert(key, number);
        Ok(number)
    }

    fn width(&self, number: u16) -> f64 {
        usize::from(number)
            .checked_sub(1)
            .and_then(|at| self.letters.get(at))
            .map_or(0.0, |(_, width)| f64::from(*width))
    }

    /// Writes the fonts as objects from `first` on, if any text is there.
    pub(super) fn write(&self, file: &mut Chunk, first: i32) -> Result<(), Refusal> {
        if self.letters.is_empty() {
            return Ok(());
        }
        let id = |n: i32| Ref::new(first + n);
        let [vertical, program, glyphs, unicode, widths] = [id(0), id(1), id(2), id(3), id(4)];
        let of_line = |at: i32| [0, 1, 2].map(|part| id(SHARED + PER_LINE * at + part));
        let font = |file: &mut Chunk, id: Ref, encoding: &[u8], descendant: Ref| {
            file.type0_font(id)
                .base_font(Name(FONT))
                .encoding_predefined(Name(encoding))
                .descendant_font(descendant)
                .to_unicode(unicode);
        };
        let [_, any, _] = of_line(0);
        font(file, vertical, b"Identity-V", any);
        let empty = glyphless::font();
        file.stream(program, &zlib(&empty)?)
            .filter(Filter::FlateDecode);
        // Every number shows glyph 0, which is empty.
        file.stream(glyphs, &zlib(&[0; 0x2_0000])?)
            .filter(Filter::FlateDecode);
        file.stream(unicode, &zlib(&self.unicode())?)
            .filter(Filter::FlateDecode);
        let mut all = file.indirect(widths).array();
        all.item(1);
        all.push()
            .array()
            .items(self.letters.iter().map(|(_, width)| i32::from(*width)));
        all.finish();
        for (at, line) in (0..).zip(&self.lines) {
            let [horizontal, descendant, descriptor] = of_line(at);
            font(file, horizontal, b"Identity-H", descendant);
            let mut cid = file.cid_font(descendant);
            cid.subtype(CidFontType::Type2)
                .base_font(Name(FONT))
                .system_info(SystemInfo {
                    registry: Str(b"Adobe"),
                    ordering: Str(b"Identity"),
                    supplement: 0,
                })
                .font_descriptor(descriptor)
                .cid_to_gid_map_stream(glyphs);
            cid.pair(Name(b"W"), widths);
            cid.finish();
            file.font_descriptor(descriptor)
                .name(Name(FONT))
                .flags(FontFlags::SYMBOLIC)
                .bbox(Rect::new(0.0, 0.0, 1000.0, 1000.0))
                .italic_angle(0.0)
                .ascent(f32::from(line.ascent))
                .descent(-f32::from(line.descent))
                .cap_height(880.0)
                .stem_v(80.0)
                .font_file2(program);
        }
        Ok(())
    }

    /// The ToUnicode map (ISO 32000-1 section 9.10.3).
    fn unicode(&self) -> Vec<u8> {
        let mut map = BEFORE.as_bytes().to_vec();
        for (block, letters) in self.letters.chunks(100).enumerate() {
            let _ = writeln!(map, "{} beginbfchar", letters.len());
            for (at, (text, _)) in letters.iter().enumerate() {
                let _ = write!(map, "<{:04X}> <", block * 100 + at + 1);
                for unit in text.encode_utf16() {
                    let _ = write!(map, "{unit:04X}");
                }
                map.extend(b">\n");
            }
            map.extend(b"endbfchar\n");
        }
        map.extend(AFTER.as_bytes());
        map
    }
}

const FONT: &[u8] = b"Sekimori";

const BEFORE: &str = "/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
";

const AFTER: &str = "endcmap
CMapName currentdict /CMap defineresource pop
end
end
";

/// Appends the operators that place `runs`, nothing when there are none.
pub(super) fn operators(
    runs: &[Run],
    alphabet: &mut Alphabet,
    to: &mut Vec<u8>,
) -> Result<(), Refusal> {
    if runs.is_empty() {
        return Ok(());
    }
    to.extend(b"BT\n3 Tr\n");
    for run in runs {
        show(run, alphabet, to)?;
    }
    to.extend(b"ET\n");
    Ok(())
}

fn show(run: &Run, alphabet: &mut Alphabet, to: &mut Vec<u8>) -> Result<(), Refusal> {
    let Some(first) = run.glyphs.first() else {
        return Ok(());
    };
    let font = match run.vertical {
        true => "V".to_owned(),
        false => format!("H{}", alphabet.line(run)),
    };
    let (cos, sin) = run.along;
    // What is read is what is measured with: nothing drifts along a line.
    let size = (run.size * 1e4).round().max(1.0) / 1e4;
    let (forward_x, forward_y) = if run.vertical {
        (sin, -cos)
    } else {
        (cos, sin)
    };
    // The sizes stand in the matrix, so that a turned line needs no more.
    let _ = writeln!(
        to,
        "/{font} {} Tf\n{cos} {sin} {} {cos} {} {} Tm",
        short(size, 4),
        short(-run.along.1, 6),
        short(first.x, 4),
        short(first.y, 4),
        cos = short(cos, 6),
        sin = short(sin, 6),
    );
    to.extend(b"[<");
    let mut pen = 0.0; // thousandths of the size from the first glyph
    for glyph in &run.glyphs {
        let number = alphabet.number(glyph)?;
        let along = (glyph.x - first.x) * forward_x + (glyph.y - first.y) * forward_y;
        let place = along / size * 1_000.0;
        let shift = (place - pen).round().clamp(-1e6, 1e6);
        // What is less the next glyph makes up for.
        if shift != 0.0 {
            let sign = if run.vertical { shift } else { -shift };
            let _ = write!(to, ">{sign:.0}<");
            pen += shift;
        }
        let _ = write!(to, "{number:04X}");
        pen += if run.vertical {
            1_000.0
        } else {
            alphabet.width(number)
        };
    }
    to.extend(b">]TJ\n");
    Ok(())
}

/// At most so many decimals, and no more than it needs.
fn short(value: f64, decimals: usize) -> String {
    let long = format!("{value:.decimals$}");
    match long.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (value, expected) in [
            (12.0, "12"),
            (9.962_64, "9.9626"),
            (-0.000_01, "0"),
            (100.0, "100"),
        ] {
            assert_eq!(short(value, 4), expected);
        }
    }
}
