//! The layout of pages that stay drawings: per page its dictionary, operators
//! and resources; the fonts of the text layer; what pages share (outlines of
//! glyphs, pictures, each with its opacity behind it); the bookmarks. The
//! operators are read line by line: what our writer has no word for refuses
//! the file.

use std::collections::BTreeSet;

use super::content::{Lines, exactly, numbers};
use super::reader::Value;
use super::{
    Checked, File, LONGEST_CONTENT, LONGEST_PAGE, entries, inflate, is_name, is_number,
    is_reference, media_box, named_fonts, require, side,
};
use crate::sanitise::{Context, Refusal};

/// Deepest nesting of `q`; far beyond what drawings have.
const DEEPEST: usize = 10_000;

/// Of one page; far beyond what pages have.
const MOST_LINKS: usize = 1_000;
/// Bytes of an address.
const LONGEST_ADDRESS: usize = 2_083;

/// What an object that pages share turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum Shared {
    Glyph,
    Picture,
    Opacity,
}

impl File<'_> {
    pub(super) fn drawn(&self, context: &Context<'_>) -> Checked {
        let bookmarks = self.catalogue()?;
        let pages = self.page_tree()?;
        require(pages > 0)?;
        require(pages <= usize::try_from(context.limits.pages).unwrap_or(usize::MAX))?;
        let fonts = 3 + pages * 3;
        let sheets: Vec<Sheet> = (0..pages)
            .map(|page| self.sheet(3 + page * 3, fonts))
            .collect::<Result<_, _>>()?;
        let heights: Vec<Option<usize>> = sheets.iter().map(|sheet| sheet.heights).collect();
        let first = self.fonts(fonts, &heights)?;
        let end = bookmarks.unwrap_or(self.objects.len() + 1);
        require(first <= end && end <= self.objects.len() + 1)?;
        let shared = self.shared(first, end)?;
        let mut named = BTreeSet::new();
        for (letter, place) in sheets.iter().flat_map(|sheet| &sheet.objects) {
            let role = place.checked_sub(first).and_then(|at| shared.get(at));
            let wanted = if *letter == b'G' {
                Shared::Glyph
            } else {
                Shared::Picture
            };
            require(role == Some(&wanted))?;
            named.insert(*place);
        }
        // What no page shows has no business here.
        let shown =
            |(place, role): (usize, &Shared)| *role == Shared::Opacity || named.contains(&place);
        require((first..).zip(&shared).all(shown))?;
        bookmarks.map_or(Ok(()), |first| self.outline(first, pages))
    }

    /// Page, operators and resources.
    fn sheet(&self, number: usize, fonts: usize) -> Result<Sheet, Refusal> {
        const KEYS: [&str; 5] = ["Type", "Parent", "MediaBox", "Contents", "Resources"];
        let values = match self.dictionary(number, &KEYS) {
            Ok(values) => values,
            Err(_) => {
                let values = self.dictionary(number, &[&KEYS[..], &["Annots"]].concat())?;
                links(values.get(5))?;
                values
            }
        };
        is_name(values.first(), "Page")?;
        is_reference(values.get(1), 2)?;
        media_box(values.get(2))?;
        is_reference(values.get(3), number + 1)?;
        is_reference(values.get(4), number + 2)?;
        let operators = self.zlib(number + 1, LONGEST_CONTENT)?;
        let used = Used::of(&operators)?;
        self.resources(number + 2, fonts, &used)
    }

    /// Exactly what the operators name.
    fn resources(&self, number: usize, fonts: usize, used: &Used) -> Result<Sheet, Refusal> {
        let values = self.dictionary(number, &["XObject", "ExtGState", "Font"])?;
        let (Some(Value::Dictionary(objects)), Some(Value::Dictionary(states)), Some(named)) =
            (values.first(), values.get(1), values.get(2))
        else {
            return Err(Refusal::Residue);
        };
        let mut sheet = Sheet {
            objects: Vec::new(),
            heights: None,
        };
        let mut names = BTreeSet::new();
        for (name, value) in objects {
            let Value::Reference(place) = value else {
                return Err(Refusal::Residue);
            };
            names.insert(*name);
            sheet.objects.push((*name.first().unwrap_or(&0), *place));
        }
        for (name, value) in states {
            names.insert(*name);
            let values = entries(value, &["Type", "ca", "CA"])?;
            is_name(values.first(), "ExtGState")?;
            let share = |value: Option<&&Value<'_>>| matches!(value, Some(Value::Number(share)) if (0.0..=1.0).contains(share));
            require(share(values.get(1)) && share(values.get(2)))?;
        }
        require(names.into_iter().eq(used.names.iter().map(Vec::as_slice)))?;
        match used.heights {
            Some(used) => {
                let named = named_fonts(named, fonts)?;
                require(used <= named)?;
                sheet.heights = Some(named);
            }
            None => {
                entries(named, &[])?;
            }
        }
        Ok(sheet)
    }

    /// The roles of the objects from `first` until `end`.
    fn shared(&self, first: usize, end: usize) -> Result<Vec<Shared>, Refusal> {
        let mut roles: Vec<Shared> = Vec::new();
        let mut opacity_next = false;
        for number in first..end {
            if opacity_next {
                self.opacity(number)?;
                roles.push(Shared::Opacity);
                opacity_next = false;
            } else if self.glyph(number).is_ok() {
                roles.push(Shared::Glyph);
            } else {
                opacity_next = self.shared_picture(number)?;
                roles.push(Shared::Picture);
            }
        }
        require(!opacity_next)?;
        Ok(roles)
    }

    fn glyph(&self, number: usize) -> Checked {
        let object = self.object(number)?;
        let values = entries(
            &object.value,
            &["Length", "Type", "Subtype", "BBox", "Filter"],
        )?;
        is_name(values.get(1), "XObject")?;
        is_name(values.get(2), "Form")?;
        let bounds = [-1e5, -1e5, 1e5, 1e5].map(Value::Number).to_vec();
        require(values.get(3) == Some(&&Value::Array(bounds)))?;
        is_name(values.get(4), "FlateDecode")?;
        let operators = inflate(object.stream.ok_or(Refusal::Residue)?, LONGEST_CONTENT)?;
        let mut lines = Lines::of(&operators)?.collect::<Vec<_>>().into_iter();
        exactly(lines.next_back(), b"f")?;
        let mut begun = false;
        for line in lines {
            begun = path(line, begun)?.ok_or(Refusal::Residue)?;
        }
        require(begun)
    }

    /// Whether its opacity follows.
    fn shared_picture(&self, number: usize) -> Result<bool, Refusal> {
        if self.picture(number, &[]).is_ok() {
            return Ok(false);
        }
        self.picture(number, &["SMask"])?;
        let Value::Dictionary(found) = &self.object(number)?.value else {
            return Err(Refusal::Residue);
        };
        let mask = found.iter().find(|(key, _)| *key == b"SMask");
        require(mask.is_some_and(|(_, value)| *value == Value::Reference(number + 1)))?;
        Ok(true)
    }

    fn opacity(&self, number: usize) -> Checked {
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
        let values = entries(&object.value, &keys)?;
        is_name(values.get(1), "XObject")?;
        is_name(values.get(2), "Image")?;
        let (columns, rows) = (side(values.get(3))?, side(values.get(4))?);
        is_name(values.get(5), "DeviceGray")?;
        is_number(values.get(6), 8.0)?;
        is_name(values.get(7), "FlateDecode")?;
        let size = columns * rows;
        let data = object.stream.ok_or(Refusal::Residue)?;
        require(inflate(data, size as u64)?.len() == size)
    }
}

/// Annotations that are a place and a web address, and nothing else.
fn links(value: Option<&&Value<'_>>) -> Checked {
    let Some(Value::Array(annotations)) = value else {
        return Err(Refusal::Residue);
    };
    require((1..=MOST_LINKS).contains(&annotations.len()))?;
    for annotation in annotations {
        let values = entries(annotation, &["Type", "Subtype", "Rect", "Border", "A"])?;
        is_name(values.first(), "Annot")?;
        is_name(values.get(1), "Link")?;
        let side = |side: &Value<'_>| matches!(side, Value::Number(side) if (0.0..=LONGEST_PAGE).contains(side));
        require(
            matches!(values.get(2), Some(Value::Array(place)) if place.len() == 4 && place.iter().all(side)),
        )?;
        require(values.get(3) == Some(&&Value::Array(vec![Value::Number(0.0); 3])))?;
        let action = entries(values.get(4).ok_or(Refusal::Residue)?, &["S", "URI"])?;
        is_name(action.first(), "URI")?;
        require(matches!(action.get(1), Some(Value::Word(address)) if is_web_address(address)))?;
    }
    Ok(())
}

/// `http`, `https` with a host, and nobody's name before it; or a mailbox.
fn is_web_address(address: &[u8]) -> bool {
    let Ok(address) = std::str::from_utf8(address) else {
        return false;
    };
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    address.len() <= LONGEST_ADDRESS
        && match scheme.to_ascii_lowercase().as_str() {
            "mailto" => {
                let (_, fields) = rest.split_once('?').unwrap_or_default();
                let mut names = fields.split('&').map(|field| field.split('=').next());
                fields.is_empty() || names.all(|name| name.is_some_and(is_of_mail))
            }
            "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| {
                let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
                let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
                !host.is_empty() && host.chars().all(plain)
            }),
            _ => false,
        }
}

/// A field of a new mail that no program takes for a file.
fn is_of_mail(name: &str) -> bool {
    let known = ["", "to", "cc", "bcc", "subject", "body"];
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What a page names: letter of the name and number of the object.
struct Sheet {
    objects: Vec<(u8, usize)>,
    /// Of lines, that it names fonts for, if it has text.
    heights: Option<usize>,
}

/// What a page's operators name.
struct Used {
    names: BTreeSet<Vec<u8>>,
    /// Of lines, that its text needs fonts for, if there is any.
    heights: Option<usize>,
}

impl Used {
    fn of(operators: &[u8]) -> Result<Self, Refusal> {
        let mut used = Self {
            names: BTreeSet::new(),
            heights: None,
        };
        let (mut depth, mut begun) = (0_usize, false);
        let mut lines = Lines::of(operators)?;
        while let Some(line) = lines.next() {
            if let Some(after) = path(line, begun)? {
                begun = after;
                continue;
            }
            let paints = matches!(line, b"f" | b"f*" | b"S" | b"W n" | b"W* n");
            require(paints == begun)?;
            begun = false;
            match line {
                b"f" | b"f*" | b"S" | b"W n" | b"W* n" => {}
                b"q" => depth += 1,
                b"Q" => depth = depth.checked_sub(1).ok_or(Refusal::Residue)?,
                b"BT" => {
                    require(depth == 0)?;
                    used.heights = Some(super::content::text(&mut lines)?);
                    return Ok(used);
                }
                _ => used.operator(line)?,
            }
            require(depth <= DEEPEST)?;
        }
        require(depth == 0 && !begun)?;
        Ok(used)
    }

    fn operator(&mut self, line: &[u8]) -> Checked {
        if let Some(name) = named(line, b" Do", b"GP") {
            self.names.insert(name);
            return Ok(());
        }
        if let Some(name) = named(line, b" gs", b"A") {
            self.names.insert(name);
            return Ok(());
        }
        if let Some(dashes) = line.strip_prefix(b"[") {
            let end = dashes.iter().position(|byte| *byte == b']');
            let (dashes, rest) = dashes
                .split_at_checked(end.ok_or(Refusal::Residue)?)
                .ok_or(Refusal::Residue)?;
            dashes
                .split(|byte| *byte == b' ')
                .try_for_each(|dash| super::reader::number(dash).map(drop))?;
            return numbers(rest.strip_prefix(b"] ").ok_or(Refusal::Residue)?, b" d", 1).map(drop);
        }
        let operators: [(&[u8], usize); 7] = [
            (b" cm", 6),
            (b" rg", 3),
            (b" RG", 3),
            (b" w", 1),
            (b" J", 1),
            (b" j", 1),
            (b" M", 1),
        ];
        operators
            .iter()
            .find(|(operator, _)| line.ends_with(operator))
            .ok_or(Refusal::Residue)
            .and_then(|(operator, count)| numbers(line, operator, *count))
            .map(drop)
    }
}

/// `/G12 Do`: the name, a letter and digits.
fn named(line: &[u8], operator: &[u8], letters: &[u8]) -> Option<Vec<u8>> {
    let name = line.strip_prefix(b"/")?.strip_suffix(operator)?;
    let (letter, digits) = name.split_first()?;
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    (letters.contains(letter) && plain).then(|| name.to_vec())
}

/// A line of a path: whether one is begun after it; `None` for other lines.
fn path(line: &[u8], begun: bool) -> Result<Option<bool>, Refusal> {
    let count = match line {
        b"h" => 0,
        [.., b' ', b'm' | b'l'] => 2,
        [.., b' ', b'c'] => 6,
        _ => return Ok(None),
    };
    if let [.., operator] = line
        && count > 0
    {
        numbers(line, &[b' ', *operator], count)?;
    }
    // A path begins with its first point.
    require(begun || line.ends_with(b" m"))?;
    Ok(Some(true))
}
