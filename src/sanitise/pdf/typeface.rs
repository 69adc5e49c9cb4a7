//! What the font dictionaries of a file say and hayro does not pass on: how
//! high a line is (readers put words into blocks and order by it), and the
//! characters of fonts that are embedded without a map of their own: those of
//! old Japanese files, whose codes ISO 32000-1 section 9.7.5.2 and Adobe's
//! collections define, and those whose map says "the code is the character".

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use hayro::hayro_interpret::hayro_cmap::{
    BfString, CMap, CMapName, CharacterCollection, CidFamily, load_embedded,
};
use hayro::hayro_syntax::object::{
    Array, Dict, Name, Object, ObjectIdentifier, Stream, String as Words,
};
use hayro::hayro_syntax::page::Page;

use super::collection::for_reading;

/// Fonts looked at per page, levels of drawings in drawings.
const MOST_FONTS: usize = 200;
const DEEPEST: usize = 4;

/// How high a line is, from the lowest to the highest sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Height {
    /// As the standard Type 1 fonts: about 0.93 sizes.
    Low,
    /// As Arial: about 1.12 sizes.
    Middle,
    /// About 1.3 sizes; also where nothing says it.
    High,
}

/// The typefaces of a file, each read once.
#[derive(Default)]
pub(super) struct Shelf {
    known: RefCell<HashMap<ObjectIdentifier, Rc<Typeface>>>,
}

/// One font dictionary.
struct Typeface {
    /// Without the prefix of a subset.
    name: String,
    /// Glyphs of Type 1 fonts do not say which font they are of.
    nameless: bool,
    /// In sizes.
    height: Option<f64>,
    characters: Characters,
}

/// How codes become characters, where hayro does not know.
enum Characters {
    None,
    /// The code is the character.
    Codes,
    /// By the number in Adobe's collection.
    Collection(Box<(CMap, CMap)>),
}

/// The typefaces of one page.
pub(super) struct Typefaces(Vec<Rc<Typeface>>);

impl Shelf {
    /// Those that a page and the looks of its annotations can use.
    pub(super) fn typefaces(&self, page: &Page<'_>) -> Typefaces {
        let mut found = Vec::new();
        let resources = page.resources();
        self.collect(&resources.fonts, &resources.x_objects, 0, &mut found);
        let annotations = page.raw().get::<Array<'_>>("Annots");
        let annotations = annotations.iter().flat_map(Array::iter::<Dict<'_>>);
        for annotation in annotations.take(MOST_FONTS) {
            let looks = annotation.get::<Dict<'_>>("AP").unwrap_or_default();
            if let Some(looks) = looks.get::<Stream<'_>>("N") {
                self.inside(&looks, DEEPEST, &mut found);
            }
        }
        Typefaces(found)
    }

    /// Those of a drawing.
    fn inside(&self, drawing: &Stream<'_>, depth: usize, found: &mut Vec<Rc<Typeface>>) {
        if let Some(inner) = drawing.dict().get::<Dict<'_>>("Resources") {
            let fonts = inner.get::<Dict<'_>>("Font").unwrap_or_default();
            let drawings = inner.get::<Dict<'_>>("XObject").unwrap_or_default();
            self.collect(&fonts, &drawings, depth, found);
        }
    }

    fn collect(
        &self,
        fonts: &Dict<'_>,
        drawings: &Dict<'_>,
        depth: usize,
        found: &mut Vec<Rc<Typeface>>,
    ) {
        for name in fonts.keys() {
            if found.len() >= MOST_FONTS {
                return;
            }
            if let Some(font) = fonts.get::<Dict<'_>>(name) {
                found.push(self.typeface(&font));
            }
        }
        if depth >= DEEPEST {
            return;
        }
        for name in drawings.keys().take(MOST_FONTS) {
            if let Some(drawing) = drawings.get::<Stream<'_>>(name) {
                self.inside(&drawing, depth + 1, found);
            }
            if found.len() >= MOST_FONTS {
                return;
            }
        }
    }

    fn typeface(&self, font: &Dict<'_>) -> Rc<Typeface> {
        let Some(id) = font.obj_id() else {
            return Rc::new(Typeface::read(font));
        };
        if let Some(known) = self.known.borrow().get(&id) {
            return Rc::clone(known);
        }
        let read = Rc::new(Typeface::read(font));
        self.known.borrow_mut().insert(id, Rc::clone(&read));
        read
    }
}

impl Typefaces {
    /// The height of a line in the font of that name; without a name, in the
    /// Type 1 fonts of the page on average.
    pub(super) fn height(&self, name: Option<&str>) -> Height {
        let faces = self.0.iter();
        let heights: Vec<f64> = faces
            .filter(|face| name.map_or(face.nameless, |name| face.name == bare(name)))
            .filter_map(|face| face.height)
            .collect();
        let sum: f64 = heights.iter().sum();
        match sum / heights.len() as f64 {
            low if low < 1.02 => Height::Low,
            middle if middle < 1.21 => Height::Middle,
            // Also NaN: none known.
            _ => Height::High,
        }
    }

    /// The character of a code that the font itself has no map for.
    pub(super) fn character(&self, name: &str, code: u32) -> Option<BfString> {
        let face = self.0.iter().find(|face| face.name == bare(name))?;
        match &face.characters {
            Characters::None => None,
            Characters::Codes => char::from_u32(code).map(BfString::Char),
            Characters::Collection(maps) => {
                let (codes, characters) = &**maps;
                let number = (1..=4).find_map(|length| codes.lookup_cid_code(code, length))?;
                characters.lookup_bf_string(number)
            }
        }
    }
}

impl Typeface {
    fn read(font: &Dict<'_>) -> Self {
        let name = font.get::<Name<'_>>("BaseFont");
        let name = name.map_or_else(String::new, |name| bare(name.as_str()).to_owned());
        let descendant = font.get::<Array<'_>>("DescendantFonts");
        let descendant = descendant.and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let descriptor = descendant
            .as_ref()
            .unwrap_or(font)
            .get::<Dict<'_>>("FontDescriptor");
        let embedded = descriptor
            .as_ref()
            .is_some_and(|descriptor| descriptor.contains_key("FontFile2"));
        Self {
            nameless: descendant.is_none() && !embedded,
            height: descriptor
                .and_then(|descriptor| height(&descriptor))
                .or_else(|| standard_height(&name)),
            characters: descendant
                .and_then(|descendant| characters(font, &descendant))
                .unwrap_or(Characters::None),
            name,
        }
    }
}

/// Ascent and descent together, bounded as readers do it.
fn height(descriptor: &Dict<'_>) -> Option<f64> {
    let part = |key| {
        let part = f64::from(descriptor.get::<f32>(key)?.abs()) / 1_000.0;
        (part < 1.9).then_some(part)
    };
    let height = part("Ascent")?.min(1.05) + part("Descent")?.min(0.4);
    (0.3..=1.5).contains(&height).then_some(height)
}

/// Of the fonts that every reader has (Adobe font metrics).
fn standard_height(name: &str) -> Option<f64> {
    [
        ("Helvetica", 0.925),
        ("Arial", 0.925),
        ("Times", 0.9),
        ("Courier", 0.786),
    ]
    .iter()
    .find(|(known, _)| name.starts_with(known))
    .map(|(_, height)| *height)
}

fn characters(font: &Dict<'_>, descendant: &Dict<'_>) -> Option<Characters> {
    match font.get::<Object<'_>>("ToUnicode") {
        None => {}
        Some(Object::Name(name)) if name.as_str().starts_with("Identity") => {
            return Some(Characters::Codes);
        }
        Some(_) => return None,
    }
    // What is not embedded is drawn by its characters: hayro knows those.
    let descriptor = descendant.get::<Dict<'_>>("FontDescriptor")?;
    if !["FontFile", "FontFile2", "FontFile3"]
        .iter()
        .any(|program| descriptor.contains_key(program))
    {
        return None;
    }
    let codes = match font.get::<Object<'_>>("Encoding")? {
        Object::Name(name) => match CMapName::from_bytes(name.as_str().as_bytes()) {
            CMapName::IdentityH => CMap::identity_h(),
            CMapName::IdentityV => CMap::identity_v(),
            other => CMap::parse(load_embedded(other)?, load_embedded)?,
        },
        Object::Stream(map) => CMap::parse(&map.decoded_data().ok()?, load_embedded)?,
        _ => return None,
    };
    let of_codes = codes.metadata().character_collection.clone();
    let collection = of_codes
        .filter(|of| of.family != CidFamily::AdobeIdentity)
        .or_else(|| collection(descendant))?;
    let characters = match collection.family.ucs2_cmap()? {
        CMapName::AdobeJapan1Ucs2 => for_reading(),
        other => load_embedded(other)?,
    };
    let characters = CMap::parse(characters, load_embedded)?;
    Some(Characters::Collection(Box::new((codes, characters))))
}

fn collection(descendant: &Dict<'_>) -> Option<CharacterCollection> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<Words<'_>>("Registry")?;
    let ordering = info.get::<Words<'_>>("Ordering")?;
    Some(CharacterCollection {
        family: CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes()),
        supplement: info.get::<i32>("Supplement").unwrap_or(0),
    })
}

/// `ABCDEF+Name` is a subset of `Name`.
fn bare(name: &str) -> &str {
    match name.split_once('+') {
        Some((prefix, rest)) if prefix.len() == 6 => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_is_named_like_the_whole() {
        assert_eq!(bare("ABCDEF+Ryumin-Light"), "Ryumin-Light");
        assert_eq!(bare("C+Ryumin"), "C+Ryumin");
    }

    #[test]
    fn a_font_of_another_page_has_no_characters() {
        let none = Typefaces(Vec::new());
        assert!(none.character("Any", 65).is_none());
        assert_eq!(none.height(None), Height::High);
    }
}
