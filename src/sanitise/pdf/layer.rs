//! Writes the text layer: one alphabet for the whole file, in which every
//! character sequence of every width has a number of its own, and four
//! invisible fonts over it: three heights of horizontal lines, and vertical ones.

use std::collections::HashMap;
use std::io::Write as _;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Chunk, Filter, Finish, Name, Rect, Ref, Str};

use super::glyphless;
use super::text::{Glyph, Height, Run};
use super::write::zlib;
use crate::sanitise::Refusal;

/// Numbers given out; 0 stays `.notdef`.
#[derive(Default)]
pub(super) struct Alphabet {
    numbers: HashMap<(String, u16), u16>,
    /// In order of number, from 1.
    letters: Vec<(String, u16)>,
}

impl Alphabet {
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
        let of_height = |k: i32| [id(5 + 3 * k), id(6 + 3 * k), id(7 + 3 * k)];
        let font = |file: &mut Chunk, id: Ref, encoding: &[u8], descendant: Ref| {
            file.type0_font(id)
                .base_font(Name(FONT))
                .encoding_predefined(Name(encoding))
                .descendant_font(descendant)
                .to_unicode(unicode);
        };
        let [_, highest, _] = of_height(2);
        font(file, vertical, b"Identity-V", highest);
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
        for (k, (ascent, descent)) in (0..).zip(HEIGHTS) {
            let [horizontal, descendant, descriptor] = of_height(k);
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
                .ascent(ascent)
                .descent(descent)
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
/// Ascent and descent of the three heights of lines, in thousandths.
const HEIGHTS: [(f32, f32); 3] = [(718.0, -207.0), (905.0, -212.0), (950.0, -350.0)];

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
    let font = match (run.vertical, run.height) {
        (true, _) => "V",
        (false, Height::Low) => "H0",
        (false, Height::Middle) => "H1",
        (false, Height::High) => "H2",
    };
    let (cos, sin) = run.along;
    let (forward_x, forward_y) = if run.vertical {
        (sin, -cos)
    } else {
        (cos, sin)
    };
    // The sizes stand in the matrix, so that a turned line needs no more.
    let _ = writeln!(
        to,
        "/{font} {:.2} Tf\n{cos:.4} {sin:.4} {:.4} {cos:.4} {:.2} {:.2} Tm",
        run.size, -sin, first.x, first.y
    );
    to.extend(b"[<");
    let mut pen = 0.0; // thousandths of the size from the first glyph
    for glyph in &run.glyphs {
        let number = alphabet.number(glyph)?;
        let along = (glyph.x - first.x) * forward_x + (glyph.y - first.y) * forward_y;
        let place = along / run.size * 1_000.0;
        let shift = (place - pen).round().clamp(-1e6, 1e6);
        // What is less no eye sees, and the next glyph makes up for it.
        if shift.abs() >= 2.0 {
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
