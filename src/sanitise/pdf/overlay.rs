//! Draws form values and notes that the file gives no looks: as pages of a
//! PDF of our own, in memory, which the renderer lays over the file's pages.
//! So they are drawn, and their words collected, as everything else is.

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::Pdf as Source;
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Point, Rect as Place};
use pdf_writer::types::{CidFontType, SystemInfo};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

use super::field::{Alignment, Form, Lines, Looks, Mark, Text, Value};
use super::parse::Shape;
use super::text::{Shelf, View};
use crate::sanitise::Refusal;

const CATALOGUE: i32 = 1;
const PAGE_TREE: i32 = 2;
const LATIN: i32 = 3;
/// Gothic and Mincho: font and descendant each.
const GOTHIC: i32 = 4;
const MINCHO: i32 = 6;
const FIRST_PAGE: i32 = 8;
const OBJECTS_PER_PAGE: i32 = 2;

/// What is laid over the pages of a file.
pub(super) struct Overlay {
    file: Source,
    /// Of each page, in its space: places whose own words are seen no more.
    covered: Vec<Vec<Place>>,
}

/// What is laid over one page.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    /// In the space of the page below.
    pub(super) page: &'a SourcePage<'a>,
    pub(super) covered: &'a [Place],
}

impl Overlay {
    pub(super) fn sheet(&self, number: usize) -> Option<Sheet<'_>> {
        Some(Sheet {
            page: self.file.pages().get(number)?,
            covered: self.covered.get(number)?,
        })
    }
}

/// One sheet per page of `source`; none where nothing is missing.
///
/// # Errors
/// As [`Form::values`].
pub(super) fn of(
    source: &Source,
    reading: &InterpreterSettings,
) -> Result<Option<Overlay>, Refusal> {
    let form = Form::of(source);
    let pages = source.pages();
    let values = pages.iter().map(|page| {
        let mut values = form.values(page)?;
        leave_out_seen(&mut values, page, reading);
        Ok(values)
    });
    let values = values.collect::<Result<Vec<Vec<Value>>, Refusal>>()?;
    if values.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    Ok(drawn(source, &values))
}

/// The sheets with these values.
fn drawn(source: &Source, values: &[Vec<Value>]) -> Option<Overlay> {
    let pages = source.pages();
    let count = i32::try_from(values.len()).ok()?;
    let page = |n: i32| Ref::new(FIRST_PAGE + n * OBJECTS_PER_PAGE);
    let mut file = Pdf::new();
    file.catalog(Ref::new(CATALOGUE)).pages(Ref::new(PAGE_TREE));
    file.pages(Ref::new(PAGE_TREE))
        .kids((0..count).map(page))
        .count(count);
    fonts(&mut file);
    for ((n, values), of) in (0..count).zip(values).zip(pages.iter()) {
        let shown = of.intersected_crop_box();
        let id = page(n);
        let content = Ref::new(id.get() + 1);
        let mut dictionary = file.page(id);
        dictionary
            .parent(Ref::new(PAGE_TREE))
            .media_box(Rect::new(
                shown.x0 as f32,
                shown.y0 as f32,
                shown.x1 as f32,
                shown.y1 as f32,
            ))
            .contents(content);
        dictionary
            .resources()
            .fonts()
            .pair(Name(b"L"), Ref::new(LATIN))
            .pair(Name(b"G"), Ref::new(GOTHIC))
            .pair(Name(b"M"), Ref::new(MINCHO));
        dictionary.finish();
        let mut pen = Content::new();
        values.iter().for_each(|value| draw(&mut pen, value));
        file.stream(content, &pen.finish());
    }
    let covers = |value: &Value| (value.looks == Looks::Covered).then_some(value.place);
    Some(Overlay {
        file: Source::new(file.finish()).ok()?,
        covered: values
            .iter()
            .map(|values| values.iter().filter_map(covers).collect())
            .collect(),
    })
}

/// Takes out values that the file's own looks, which stay, show already.
fn leave_out_seen(values: &mut Vec<Value>, page: &SourcePage<'_>, reading: &InterpreterSettings) {
    if values.iter().all(|value| value.looks != Looks::Kept) {
        return;
    }
    let view = View::of(page, Shape::of(page).scale);
    let (cache, shelf) = (InterpreterCache::new(), Shelf::new(reading));
    // A page over budget is refused where it is drawn.
    let runs = view.collect(page, &cache, reading, &shelf);
    let runs = runs.map_or_else(|_| Vec::new(), |seen| seen.runs);
    let glyphs: Vec<_> = runs.iter().flat_map(|run| &run.glyphs).collect();
    let solid = |words: &str| words.split_whitespace().collect::<String>();
    values.retain(|value| {
        let (Looks::Kept, Some(Mark::Words(text))) = (value.looks, &value.mark) else {
            return true;
        };
        let place = view.transform.transform_rect_bbox(value.place);
        let there = glyphs
            .iter()
            .filter(|glyph| place.contains(Point::new(glyph.x, glyph.y)));
        let there: String = there.map(|glyph| glyph.text.as_str()).collect();
        solid(&there) != solid(&text.words)
    });
}

/// Helvetica, and Mincho and Gothic that the machine brings (`font`).
fn fonts(file: &mut Pdf) {
    file.type1_font(Ref::new(LATIN))
        .base_font(Name(b"Helvetica"))
        .encoding_predefined(Name(b"WinAnsiEncoding"));
    for (id, name) in [(GOTHIC, &b"HeiseiKakuGo-W5"[..]), (MINCHO, b"HeiseiMin-W3")] {
        file.type0_font(Ref::new(id))
            .base_font(Name(name))
            .encoding_predefined(Name(b"UniJIS-UTF16-H"))
            .descendant_font(Ref::new(id + 1));
        let mut cid = file.cid_font(Ref::new(id + 1));
        cid.subtype(CidFontType::Type0)
            .base_font(Name(name))
            .system_info(SystemInfo {
                registry: Str(b"Adobe"),
                ordering: Str(b"Japan1"),
                supplement: 6,
            })
            .default_width(1_000.0);
        // Half-width katakana (CIDs of Adobe-Japan1).
        cid.widths().same(327, 389, 500.0);
        cid.finish();
    }
}

fn draw(pen: &mut Content, value: &Value) {
    let place = value.place;
    let (mut width, mut height) = (place.width() as f32, place.height() as f32);
    let (x, y) = (place.x0 as f32, place.y0 as f32);
    pen.save_state();
    if let Some([r, g, b]) = value.ground {
        pen.set_fill_rgb(r, g, b)
            .rect(x, y, width, height)
            .fill_nonzero();
    }
    if let Some([r, g, b]) = value.frame {
        pen.set_stroke_rgb(r, g, b)
            .rect(x + 0.5, y + 0.5, width - 1.0, height - 1.0)
            .stroke();
    }
    pen.set_fill_gray(0.0).set_stroke_gray(0.0);
    match value.turned {
        90 => pen.transform([0.0, 1.0, -1.0, 0.0, x + width, y]),
        180 => pen.transform([-1.0, 0.0, 0.0, -1.0, x + width, y + height]),
        270 => pen.transform([0.0, -1.0, 1.0, 0.0, x, y + height]),
        _ => pen.transform([1.0, 0.0, 0.0, 1.0, x, y]),
    };
    if matches!(value.turned, 90 | 270) {
        (width, height) = (height, width);
    }
    match &value.mark {
        Some(Mark::Words(text)) => write(pen, text, width, height),
        Some(Mark::Tick) => tick(pen, width, height),
        Some(Mark::Dot) => dot(pen, width, height),
        None => {}
    }
    pen.restore_state();
}

fn tick(pen: &mut Content, width: f32, height: f32) {
    let side = width.min(height);
    let (x, y) = ((width - side) / 2.0, (height - side) / 2.0);
    pen.set_line_width(side * 0.1)
        .move_to(x + side * 0.2, y + side * 0.5)
        .line_to(x + side * 0.42, y + side * 0.25)
        .line_to(x + side * 0.8, y + side * 0.78)
        .stroke();
}

fn dot(pen: &mut Content, width: f32, height: f32) {
    let radius = width.min(height) * 0.25;
    let (x, y) = (width / 2.0, height / 2.0);
    let bend = radius * 0.5523;
    pen.move_to(x + radius, y)
        .cubic_to(x + radius, y + bend, x + bend, y + radius, x, y + radius)
        .cubic_to(x - bend, y + radius, x - radius, y + bend, x - radius, y)
        .cubic_to(x - radius, y - bend, x - bend, y - radius, x, y - radius)
        .cubic_to(x + bend, y - radius, x + radius, y - bend, x + radius, y)
        .fill_nonzero();
}

/// Between the edge of a field and its words, points.
const MARGIN: f32 = 2.0;
/// Distance of lines in sizes.
const LEADING: f32 = 1.2;

fn write(pen: &mut Content, text: &Text, width: f32, height: f32) {
    let room = (width - 2.0 * MARGIN).max(1.0);
    let size = size(text, room, height);
    let lines = match text.lines {
        Lines::Several => wrapped(&text.words, size, room),
        Lines::One | Lines::Comb(_) => vec![text.words.replace('\n', " ")],
    };
    let [r, g, b] = text.colour;
    pen.rect(0.0, 0.0, width, height).clip_nonzero().end_path();
    pen.set_fill_rgb(r, g, b).begin_text();
    let top = match text.lines {
        Lines::Several => height - MARGIN - size * 0.9,
        Lines::One | Lines::Comb(_) => (height - size) / 2.0 + size * 0.2,
    };
    for (n, line) in lines.iter().enumerate() {
        let y = top - n as f32 * size * LEADING;
        if y < -size {
            break;
        }
        if let Lines::Comb(boxes) = text.lines {
            let step = width / f32::from(boxes);
            for (at, sign) in line.chars().take(usize::from(boxes)).enumerate() {
                let sign = sign.to_string();
                let x = step * at as f32 + (step - length(&sign) * size) / 2.0;
                show(pen, &sign, text.mincho, size, x, y);
            }
            continue;
        }
        let left = room - length(line) * size;
        let x = MARGIN
            + match text.alignment {
                Alignment::Left => 0.0,
                Alignment::Centre => (left / 2.0).max(0.0),
                Alignment::Right => left.max(0.0),
            };
        show(pen, line, text.mincho, size, x, y);
    }
    pen.end_text();
}

/// As asked for; else as large as fits, as readers do it.
fn size(text: &Text, room: f32, height: f32) -> f32 {
    if text.size > 0.0 {
        return text.size;
    }
    let usual = match text.lines {
        Lines::Several => 12.0_f32.min(height * 0.8),
        Lines::One | Lines::Comb(_) => 12.0_f32.min((height - MARGIN) * 0.8),
    };
    let fitting = match text.lines {
        Lines::One => room / length(&text.words).max(0.1),
        Lines::Several | Lines::Comb(_) => usual,
    };
    usual.min(fitting).max(4.0)
}

/// Lines that fit into `room`, broken between signs where they must be.
fn wrapped(words: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in words.lines() {
        let mut line = String::new();
        let mut used = 0.0;
        for sign in paragraph.chars() {
            let wide = width(sign) * size;
            if used + wide > room && !line.is_empty() {
                // After the last space, if there is one in the line's second half.
                let cut = line.rfind(' ').filter(|at| at * 2 > line.len());
                let rest = match cut {
                    Some(at) if sign != ' ' && sign.is_ascii() => line.split_off(at + 1),
                    _ => String::new(),
                };
                lines.push(std::mem::replace(&mut line, rest));
                used = length(&line) * size;
            }
            line.push(sign);
            used += wide;
        }
        lines.push(line);
    }
    lines
}

/// Shows `line` from (`x`, `y`), Latin and other signs each in their font.
fn show(pen: &mut Content, line: &str, mincho: bool, size: f32, x: f32, y: f32) {
    pen.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
    let other = if mincho { Name(b"M") } else { Name(b"G") };
    let signs: Vec<char> = line.chars().collect();
    for run in signs.chunk_by(|a, b| latin(*a).is_some() == latin(*b).is_some()) {
        let bytes: Vec<u8> = run.iter().filter_map(|sign| latin(*sign)).collect();
        if bytes.is_empty() {
            let run: String = run.iter().collect();
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            pen.set_font(other, size).show(Str(&units));
        } else {
            pen.set_font(Name(b"L"), size).show(Str(&bytes));
        }
    }
}

/// The byte of a sign that Helvetica has.
fn latin(sign: char) -> Option<u8> {
    if sign.is_ascii() {
        return u8::try_from(sign).ok();
    }
    // Japanese text has these wide.
    if matches!(sign, '×' | '÷' | '±' | '°' | '´' | '¨' | '§' | '¶') {
        return None;
    }
    u8::try_from(sign).ok().filter(|byte| *byte >= 0xA1)
}

/// In sizes.
fn length(line: &str) -> f32 {
    line.chars().map(width).sum()
}

fn width(sign: char) -> f32 {
    match latin(sign) {
        None if matches!(u32::from(sign), 0xFF61..=0xFF9F) => 0.5,
        None => 1.0,
        Some(byte) => usize::from(byte)
            .checked_sub(32)
            .and_then(|at| HELVETICA.get(at))
            .map_or(0.556, |thousandths| f32::from(*thousandths) / 1_000.0),
    }
}

/// Widths of Helvetica from space to tilde (Adobe font metrics).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_broken_between_signs_and_latin_ones_at_spaces() {
        assert_eq!(
            wrapped("令和八年度予算", 10.0, 40.0),
            ["令和八年", "度予算"]
        );
        assert_eq!(wrapped("one two three", 10.0, 45.0), ["one two ", "three"]);
        assert_eq!(wrapped("a\n\nb", 10.0, 40.0), ["a", "", "b"]);
        assert_eq!(wrapped("mm", 10.0, 1.0), ["m", "m"]);
    }

    #[test]
    fn half_width_kana_take_half_the_room() {
        assert_eq!(length("ｶﾅ字"), 2.0);
        assert_eq!(latin('×'), None);
        assert_eq!(latin('é'), Some(0xE9));
    }
}
