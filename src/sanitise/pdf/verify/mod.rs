//! Accepts only a PDF that `write` can have written: every object has one
//! known role, every dictionary exactly its keys, every stream is decoded to
//! its last byte. Names no crate that `parse` names.

mod content;
mod drawn;
mod outline;
mod reader;

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use sha2::{Digest as _, Sha256};

use self::reader::{Object, Value};
use crate::sanitise::image::verify::jpeg;
use crate::sanitise::{Context, Refusal};

type Checked = Result<(), Refusal>;

/// SHA-256 of the one font program we ever write (`glyphless`).
const FONT_PROGRAM: [u8; 32] = [
    0x4F, 0x04, 0x24, 0x7D, 0x26, 0xA7, 0x54, 0x95, 0x5A, 0xBC, 0xF7, 0x4B, 0xAA, 0xB8, 0x63, 0xD7,
    0xE6, 0x43, 0x30, 0x18, 0x33, 0xD1, 0x4A, 0x4F, 0x28, 0x8A, 0x74, 0xB3, 0xCD, 0xAE, 0xC6, 0x61,
];
/// Heights of lines of one file.
const MOST_HEIGHTS: usize = 64;
/// Longest side of a picture in pixels, of a page in points.
const LONGEST_SIDE: f64 = 5_000.0;
const LONGEST_PAGE: f64 = 14_400.0;
/// Of the text layer: what all fonts share, then what each height has.
const SHARED_BY_FONTS: usize = 5;
const PER_HEIGHT: usize = 3;
/// Inflated bytes of a page's operators or of the character map.
const LONGEST_CONTENT: u64 = 64 << 20;

/// Pages of either kind.
pub(super) fn verify(output: &[u8], context: &Context<'_>) -> Checked {
    let objects = reader::read(output)?;
    let file = File { objects: &objects };
    flat(&file, context).or_else(|_| file.drawn(context))
}

/// Pages of pictures only.
pub(super) fn flattened(output: &[u8], context: &Context<'_>) -> Checked {
    let objects = reader::read(output)?;
    flat(&File { objects: &objects }, context)
}

/// Pages of pictures.
fn flat(file: &File<'_>, context: &Context<'_>) -> Checked {
    let bookmarks = file.catalogue()?;
    let pages = file.page_tree()?;
    if pages == 0 || pages > usize::try_from(context.limits.pages).unwrap_or(usize::MAX) {
        return Err(Refusal::Residue);
    }
    let fonts = 3 + pages * 3;
    let heights: Vec<Option<usize>> = (0..pages)
        .map(|page| file.page(3 + page * 3, fonts))
        .collect::<Result<_, _>>()?;
    let last = file.fonts(fonts, &heights)?;
    match bookmarks {
        None => require(file.objects.len() + 1 == last),
        Some(first) => {
            require(first == last)?;
            file.outline(first, pages)
        }
    }
}

fn require(holds: bool) -> Checked {
    if holds { Ok(()) } else { Err(Refusal::Residue) }
}

struct File<'a> {
    objects: &'a [Object<'a>],
}

impl File<'_> {
    fn object(&self, number: usize) -> Result<&Object<'_>, Refusal> {
        number
            .checked_sub(1)
            .and_then(|at| self.objects.get(at))
            .ok_or(Refusal::Residue)
    }

    /// A dictionary without stream that has exactly `keys`, in our order.
    fn dictionary(&self, number: usize, keys: &[&str]) -> Result<Vec<&Value<'_>>, Refusal> {
        let object = self.object(number)?;
        require(object.stream.is_none())?;
        entries(&object.value, keys)
    }

    /// A zlib stream, inflated: at most `most` bytes, nothing left over.
    fn zlib(&self, number: usize, most: u64) -> Result<Vec<u8>, Refusal> {
        let object = self.object(number)?;
        let values = entries(&object.value, &["Length", "Filter"])?;
        is_name(values.get(1), "FlateDecode")?;
        inflate(object.stream.ok_or(Refusal::Residue)?, most)
    }

    /// Where the bookmarks are, if there are any.
    fn catalogue(&self) -> Result<Option<usize>, Refusal> {
        let values = self
            .dictionary(1, &["Type", "Pages"])
            .or_else(|_| self.dictionary(1, &["Type", "Pages", "Outlines"]))?;
        is_name(values.first(), "Catalog")?;
        is_reference(values.get(1), 2)?;
        match values.get(2) {
            None => Ok(None),
            Some(Value::Reference(first)) => Ok(Some(*first)),
            Some(_) => Err(Refusal::Residue),
        }
    }

    fn page_tree(&self) -> Result<usize, Refusal> {
        let values = self.dictionary(2, &["Type", "Count", "Kids"])?;
        is_name(values.first(), "Pages")?;
        let Some(Value::Array(kids)) = values.get(2) else {
            return Err(Refusal::Residue);
        };
        for (at, kid) in kids.iter().enumerate() {
            is_reference(Some(&kid), 3 + at * 3)?;
        }
        is_number(values.get(1), kids.len() as f64)?;
        Ok(kids.len())
    }

    /// Page, content and picture; the heights of lines it names, if it has text.
    fn page(&self, number: usize, fonts: usize) -> Result<Option<usize>, Refusal> {
        let values = self.dictionary(
            number,
            &["Type", "Parent", "MediaBox", "Contents", "Resources"],
        )?;
        is_name(values.first(), "Page")?;
        is_reference(values.get(1), 2)?;
        let (width, height) = media_box(values.get(2))?;
        is_reference(values.get(3), number + 1)?;
        let named = resources(values.get(4), number + 2, fonts)?;
        let operators = self.zlib(number + 1, LONGEST_CONTENT)?;
        let used = content::page(&operators, width, height)?;
        require(used.is_some() == named.is_some() && used <= named)?;
        self.picture(number + 2, &[])?;
        Ok(named)
    }

    /// A picture whose dictionary may end in `more` keys.
    fn picture(&self, number: usize, more: &[&str]) -> Checked {
        let object = self.object(number)?;
        let keys = [
            "Length",
            "Type",
            "Subtype",
            "Width",
            "Height",
            "ColorSpace",
            "BitsPerComponent",
            "Filter",
        ];
        let values = entries(&object.value, &[&keys[..], more].concat())?;
        let data = object.stream.ok_or(Refusal::Residue)?;
        is_name(values.get(1), "XObject")?;
        is_name(values.get(2), "Image")?;
        let (columns, rows) = (side(values.get(3))?, side(values.get(4))?);
        match (values.get(5), values.get(6), values.get(7)) {
            (
                Some(Value::Array(space)),
                Some(Value::Number(bits)),
                Some(Value::Name(b"FlateDecode")),
            ) => {
                let bits = indexed(space, *bits)?;
                let size = rows * (columns * bits).div_ceil(8);
                require(inflate(data, size as u64)?.len() == size)
            }
            (
                Some(Value::Name(space)),
                Some(Value::Number(8.0)),
                Some(Value::Name(b"DCTDecode")),
            ) => {
                let components = match *space {
                    b"DeviceGray" => 1,
                    b"DeviceRGB" => 3,
                    _ => return Err(Refusal::Residue),
                };
                let found = jpeg::verify(data)?;
                require(
                    found.columns == columns
                        && found.rows == rows
                        && found.components == components,
                )
            }
            _ => Err(Refusal::Residue),
        }
    }

    /// The objects of the text layer: the vertical font, what all share, then
    /// a horizontal font per height. Every page with text names the same
    /// `heights`. Returns the first number behind them.
    fn fonts(&self, first: usize, heights: &[Option<usize>]) -> Result<usize, Refusal> {
        let mut named = heights.iter().flatten();
        let Some(count) = named.next() else {
            return Ok(first);
        };
        require((1..=MOST_HEIGHTS).contains(count) && named.all(|other| other == count))?;
        let program = self.zlib(first + 1, 4_096)?;
        require(Sha256::digest(&program).as_slice() == FONT_PROGRAM.as_slice())?;
        let glyphs = self.zlib(first + 2, 0x2_0000)?;
        require(glyphs.len() == 0x2_0000 && glyphs.iter().all(|byte| *byte == 0))?;
        let letters = content::character_map(&self.zlib(first + 3, LONGEST_CONTENT)?)?;
        self.widths(first + 4, letters)?;
        let behind = first + SHARED_BY_FONTS;
        self.font(first, "Identity-V", behind + 1, first + 3)?;
        for font in (behind..).step_by(PER_HEIGHT).take(*count) {
            self.font(font, "Identity-H", font + 1, first + 3)?;
            self.descendant(font + 1, first)?;
            self.descriptor(font + 2, first + 1)?;
        }
        Ok(behind + PER_HEIGHT * count)
    }

    fn font(&self, number: usize, encoding: &str, descendant: usize, unicode: usize) -> Checked {
        let keys = [
            "Type",
            "Subtype",
            "BaseFont",
            "Encoding",
            "DescendantFonts",
            "ToUnicode",
        ];
        let values = self.dictionary(number, &keys)?;
        is_name(values.first(), "Font")?;
        is_name(values.get(1), "Type0")?;
        is_name(values.get(2), "Sekimori")?;
        is_name(values.get(3), encoding)?;
        require(values.get(4) == Some(&&Value::Array(vec![Value::Reference(descendant)])))?;
        is_reference(values.get(5), unicode)
    }

    /// `[1 [width of each letter]]`.
    fn widths(&self, number: usize, letters: usize) -> Checked {
        let object = self.object(number)?;
        require(object.stream.is_none())?;
        let Value::Array(widths) = &object.value else {
            return Err(Refusal::Residue);
        };
        let [Value::Number(1.0), Value::Array(widths)] = widths.as_slice() else {
            return Err(Refusal::Residue);
        };
        let plain = |value: &Value<'_>| matches!(value, Value::Number(width) if (0.0..=5_000.0).contains(width));
        require(widths.len() == letters && widths.iter().all(plain))
    }

    /// A font of the layer whose shared objects start at `first`.
    fn descendant(&self, number: usize, first: usize) -> Checked {
        let keys = [
            "Type",
            "Subtype",
            "BaseFont",
            "CIDSystemInfo",
            "FontDescriptor",
            "CIDToGIDMap",
            "W",
        ];
        let values = self.dictionary(number, &keys)?;
        is_name(values.first(), "Font")?;
        is_name(values.get(1), "CIDFontType2")?;
        is_name(values.get(2), "Sekimori")?;
        let system = entries(
            values.get(3).ok_or(Refusal::Residue)?,
            &["Registry", "Ordering", "Supplement"],
        )?;
        require(system.first() == Some(&&Value::Word(b"Adobe")))?;
        require(system.get(1) == Some(&&Value::Word(b"Identity")))?;
        is_number(system.get(2), 0.0)?;
        is_reference(values.get(4), number + 1)?;
        is_reference(values.get(5), first + 2)?;
        is_reference(values.get(6), first + 4)
    }

    fn descriptor(&self, number: usize, program: usize) -> Checked {
        let keys = [
            "Type",
            "FontName",
            "Flags",
            "FontBBox",
            "ItalicAngle",
            "Ascent",
            "Descent",
            "CapHeight",
            "StemV",
            "FontFile2",
        ];
        let values = self.dictionary(number, &keys)?;
        is_name(values.first(), "FontDescriptor")?;
        is_name(values.get(1), "Sekimori")?;
        for (at, expected) in [(2, 4.0), (4, 0.0), (7, 880.0), (8, 80.0)] {
            is_number(values.get(at), expected)?;
        }
        let part = |value: Option<&&Value<'_>>, sign: f64| matches!(value, Some(Value::Number(part)) if (1.0..1_900.0).contains(&(part * sign)) && part.fract() == 0.0);
        require(part(values.get(5), 1.0) && part(values.get(6), -1.0))?;
        let bounds = [0.0, 0.0, 1_000.0, 1_000.0].map(Value::Number).to_vec();
        require(values.get(3) == Some(&&Value::Array(bounds)))?;
        is_reference(values.get(9), program)
    }
}

/// The values of a dictionary that has exactly `keys`, in this order.
fn entries<'v, 'a>(value: &'v Value<'a>, keys: &[&str]) -> Result<Vec<&'v Value<'a>>, Refusal> {
    let Value::Dictionary(entries) = value else {
        return Err(Refusal::Residue);
    };
    require(
        entries
            .iter()
            .map(|(key, _)| *key)
            .eq(keys.iter().map(|key| key.as_bytes())),
    )?;
    Ok(entries.iter().map(|(_, value)| value).collect())
}

fn is_name(value: Option<&&Value<'_>>, expected: &str) -> Checked {
    require(matches!(value, Some(Value::Name(name)) if *name == expected.as_bytes()))
}

fn is_reference(value: Option<&&Value<'_>>, expected: usize) -> Checked {
    require(matches!(value, Some(Value::Reference(number)) if *number == expected))
}

fn is_number(value: Option<&&Value<'_>>, expected: f64) -> Checked {
    require(matches!(value, Some(Value::Number(number)) if *number == expected))
}

fn side(value: Option<&&Value<'_>>) -> Result<usize, Refusal> {
    match value {
        Some(Value::Number(side)) if (1.0..=LONGEST_SIDE).contains(side) && side.fract() == 0.0 => {
            Ok(*side as usize)
        }
        _ => Err(Refusal::Residue),
    }
}

fn media_box(value: Option<&&Value<'_>>) -> Result<(f64, f64), Refusal> {
    let Some(Value::Array(sides)) = value else {
        return Err(Refusal::Residue);
    };
    match sides.as_slice() {
        [
            Value::Number(0.0),
            Value::Number(0.0),
            Value::Number(width),
            Value::Number(height),
        ] if (1.0..=LONGEST_PAGE).contains(width) && (1.0..=LONGEST_PAGE).contains(height) => {
            Ok((*width, *height))
        }
        _ => Err(Refusal::Residue),
    }
}

/// The picture as `/I` and, where there is text, the fonts: how many heights.
fn resources(
    value: Option<&&Value<'_>>,
    picture: usize,
    fonts: usize,
) -> Result<Option<usize>, Refusal> {
    let value = value.ok_or(Refusal::Residue)?;
    let (pictures, named) = match entries(value, &["XObject"]) {
        Ok(values) => (values, None),
        Err(_) => {
            let values = entries(value, &["XObject", "Font"])?;
            let named = values.get(1).copied();
            (values, named)
        }
    };
    let pictures = entries(pictures.first().ok_or(Refusal::Residue)?, &["I"])?;
    is_reference(pictures.first(), picture)?;
    named.map(|named| named_fonts(named, fonts)).transpose()
}

/// The fonts of the text layer, `H0` and so on, then `V`; how many heights.
fn named_fonts(value: &Value<'_>, first: usize) -> Result<usize, Refusal> {
    let Value::Dictionary(named) = value else {
        return Err(Refusal::Residue);
    };
    let Some(((b"V", vertical), heights)) = named.split_last() else {
        return Err(Refusal::Residue);
    };
    is_reference(Some(&vertical), first)?;
    for (at, (name, font)) in heights.iter().enumerate() {
        require(*name == format!("H{at}").as_bytes())?;
        is_reference(Some(&font), first + SHARED_BY_FONTS + PER_HEIGHT * at)?;
    }
    Ok(heights.len())
}

/// `[/Indexed /DeviceRGB last <colours>]` with one of our depths.
fn indexed(space: &[Value<'_>], bits: f64) -> Result<usize, Refusal> {
    let [
        Value::Name(b"Indexed"),
        Value::Name(b"DeviceRGB"),
        Value::Number(last),
        Value::Bytes(colours),
    ] = space
    else {
        return Err(Refusal::Residue);
    };
    let bits = match bits {
        1.0 => 1,
        2.0 => 2,
        4.0 => 4,
        8.0 => 8,
        _ => return Err(Refusal::Residue),
    };
    let count = colours.len() / 3;
    require(colours.len().is_multiple_of(3) && (1..=1_usize << bits).contains(&count))?;
    require(*last == count as f64 - 1.0)?;
    Ok(bits)
}

/// Inflates all of `data`; refuses more than `most` bytes and any remainder.
fn inflate(data: &[u8], most: u64) -> Result<Vec<u8>, Refusal> {
    let mut decoder = ZlibDecoder::new(data);
    let mut inflated = Vec::new();
    decoder
        .by_ref()
        .take(most + 1)
        .read_to_end(&mut inflated)
        .map_err(|_| Refusal::Residue)?;
    require(inflated.len() as u64 <= most && decoder.total_in() == data.len() as u64)?;
    Ok(inflated)
}
