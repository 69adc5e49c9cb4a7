//! How high a line of a font is, and how large its letters are: readers sort
//! words into blocks by it. What the font's dictionary says counts, in the way
//! that readers take it, and never what its program says.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object};

/// Above and below the baseline, in thousandths of the size; neither is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) ascent: u16,
    pub(super) descent: u16,
}

/// Beyond this (thousandths) a dictionary is wrong, and readers say so too.
const HIGHEST: f32 = 1_900.0;

impl Line {
    /// Where nothing says it.
    pub(super) const USUAL: Self = Self::new(950, 350);

    pub(super) const fn new(ascent: u16, descent: u16) -> Self {
        Self { ascent, descent }
    }

    /// Of a font with this descriptor (ISO 32000-1 section 9.8.1).
    pub(super) fn of(font: &Dict<'_>, descriptor: Option<&Dict<'_>>) -> Self {
        let name = font.get::<Name<'_>>("BaseFont");
        let standard = match name {
            Some(name) if !is_composite(font) => standard(name.as_str()),
            _ => None,
        };
        let usual = standard.unwrap_or(Self::USUAL);
        match descriptor {
            Some(descriptor) if standard.is_none() || is_embedded(descriptor) => Self {
                ascent: part(descriptor, "Ascent").unwrap_or(usual.ascent),
                descent: part(descriptor, "Descent").unwrap_or(usual.descent),
            },
            _ => usual,
        }
    }

    /// How unlike two lines are.
    pub(super) fn distance(self, other: Self) -> u16 {
        self.ascent.abs_diff(other.ascent) + self.descent.abs_diff(other.descent)
    }
}

fn part(descriptor: &Dict<'_>, key: &str) -> Option<u16> {
    let part = descriptor.get::<f32>(key)?.abs();
    // NaN is none either.
    (part > 0.0 && part < HIGHEST).then(|| part.round().clamp(1.0, HIGHEST - 1.0) as u16)
}

/// A font whose glyphs are those of another, its descendant.
pub(super) fn is_composite(font: &Dict<'_>) -> bool {
    font.contains_key("DescendantFonts")
}

/// The file brings the font's program.
pub(super) fn is_embedded(descriptor: &Dict<'_>) -> bool {
    ["FontFile", "FontFile2", "FontFile3"]
        .iter()
        .any(|program| descriptor.contains_key(program))
}

/// Of the fonts that every reader has (Adobe font metrics), by the names they
/// go by: `Arial,Bold`, `TimesNewRomanPS-BoldItalicMT`.
fn standard(name: &str) -> Option<Line> {
    let families = [
        ("Helvetica", Line::new(718, 207)),
        ("Arial", Line::new(718, 207)),
        ("TimesNewRoman", Line::new(683, 217)),
        ("Times", Line::new(683, 217)),
        ("CourierNew", Line::new(629, 157)),
        ("Courier", Line::new(629, 157)),
        ("Symbol", Line::new(1_010, 293)),
        ("ZapfDingbats", Line::new(820, 143)),
    ];
    let (style, line) = families
        .iter()
        .find_map(|(family, line)| Some((name.strip_prefix(family)?, *line)))?;
    let rest = ["PS", "MT", "Roman", "Bold", "Italic", "Oblique", ",", "-"]
        .iter()
        .fold(style.to_owned(), |rest, part| rest.replacen(part, "", 1));
    // `Arial-Black` and `ArialNarrow` are others.
    rest.is_empty().then_some(line)
}

/// The size of letters against the size of the text: a Type 3 font may have
/// any unit, so readers take the width of its `m`, else of any letter, for the
/// usual one. 1 for all other fonts.
pub(super) fn scale(font: &Dict<'_>) -> f64 {
    let is_type3 = font
        .get::<Name<'_>>("Subtype")
        .is_some_and(|name| name.as_str() == "Type3");
    if !is_type3 {
        return 1.0;
    }
    let matrix = font
        .get::<[f64; 6]>("FontMatrix")
        .unwrap_or([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    let [unit, _, _, height, _, _] = matrix;
    let first = font.get::<u32>("FirstChar").unwrap_or(0);
    let widths = font.get::<Array<'_>>("Widths");
    let widths: Vec<(u32, f64)> = widths
        .iter()
        .flat_map(Array::iter::<f64>)
        .take(256)
        .zip(first..)
        .map(|(width, code)| (code, width * unit))
        .filter(|(_, width)| *width > 0.0)
        .collect();
    let names = names(font);
    let name = |code: u32| names.get(code as usize).map_or("", String::as_str);
    let wide = |is: &dyn Fn(&str) -> bool| {
        let found = widths.iter().find(|(code, _)| is(name(*code)));
        found.map(|(_, width)| *width)
    };
    let letter = |name: &str| matches!(name.as_bytes(), [one] if one.is_ascii_alphabetic());
    let guess = wide(&|name| name == "m")
        .map(|width| width / 0.6)
        .or_else(|| wide(&letter).map(|width| width / 0.5))
        .or_else(|| wide(&|name| !name.is_empty()).map(|width| width / 0.5))
        .unwrap_or(1.0);
    let scale = guess * (height / unit).abs();
    if (0.001..1_000.0).contains(&scale) {
        scale
    } else {
        1.0
    }
}

/// The glyph of each code of a simple font; letters are named after themselves.
fn names(font: &Dict<'_>) -> Vec<String> {
    let plain = |code: u8| match code {
        b'A'..=b'Z' | b'a'..=b'z' => char::from(code).to_string(),
        _ => String::new(),
    };
    let mut names: Vec<String> = (0..=u8::MAX).map(plain).collect();
    let encoding = font.get::<Dict<'_>>("Encoding").unwrap_or_default();
    let differences = encoding.get::<Array<'_>>("Differences");
    let mut code = 0_usize;
    for entry in differences
        .iter()
        .flat_map(Array::iter::<Object<'_>>)
        .take(512)
    {
        match entry {
            Object::Number(number) => code = number.as_f64().clamp(0.0, 256.0) as usize,
            Object::Name(name) => {
                if let Some(place) = names.get_mut(code) {
                    name.as_str().clone_into(place);
                }
                code += 1;
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_fonts_are_known_by_all_their_names_and_no_others() {
        for name in [
            "Helvetica",
            "Arial,Bold",
            "ArialMT",
            "Helvetica-BoldOblique",
        ] {
            assert_eq!(standard(name), Some(Line::new(718, 207)), "{name}");
        }
        for name in [
            "Times-Roman",
            "TimesNewRomanPS-BoldItalicMT",
            "TimesNewRoman",
        ] {
            assert_eq!(standard(name), Some(Line::new(683, 217)), "{name}");
        }
        for name in [
            "Arial-Black",
            "ArialNarrow",
            "ABCDEF+Arial",
            "Timesheet",
            "",
        ] {
            assert_eq!(standard(name), None, "{name}");
        }
    }
}
