//! What the font dictionaries of a file say and hayro does not pass on: how
//! high a line is (readers put words into blocks and order by it), and the
//! characters of fonts that are embedded without a map of their own: those of
//! old Japanese files, whose codes ISO 32000-1 section 9.7.5.2 and Adobe's
//! collections define, and those whose map says "the code is the character".
//!
//! A drawn glyph does not say which dictionary it comes from, and names are no
//! help: two subsets of one font have the same. So the page's fonts are read
//! here as well, and a glyph is of the one that draws the same for its code.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::{
    BfString, CMap, CMapName, CharacterCollection, CidFamily, load_embedded,
};
use hayro::hayro_interpret::{CacheKey as _, InterpreterSettings};
use hayro::hayro_syntax::object::{Array, Dict, Object, Stream, String as Words};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Vec2;
use hayro_font::{Font, FontCache, FontGlyph};

use super::collection::for_reading;
use super::encodings::encoding;
use super::line::{self, Line};

/// Fonts and drawings looked at per page, levels of drawings in drawings.
const MOST_FONTS: usize = 200;
const MOST_DRAWINGS: usize = 1_000;
const DEEPEST: usize = 4;

/// The typefaces of a file, each read once.
pub(super) struct Shelf<'a> {
    settings: &'a InterpreterSettings,
    fonts: FontCache<'a>,
    /// By what is written in the dictionary.
    known: RefCell<HashMap<u128, Rc<Typeface<'a>>>>,
}

/// One font dictionary.
pub(super) struct Typeface<'a> {
    /// None where it is damaged.
    font: Option<Font<'a>>,
    /// Codes are bytes.
    simple: bool,
    pub(super) line: Line,
    /// Letters are so much larger than the text's size.
    pub(super) scale: f64,
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

/// What a walk over one page came by.
#[derive(Default)]
struct Seen<'a> {
    faces: Vec<Rc<Typeface<'a>>>,
    drawings: BTreeSet<u128>,
}

/// The typefaces of one page.
pub(super) struct Typefaces<'a> {
    faces: Vec<Rc<Typeface<'a>>>,
    /// The one found last: text goes on in it.
    last: Cell<usize>,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(settings: &'a InterpreterSettings) -> Self {
        Self {
            settings,
            fonts: FontCache::new(),
            known: RefCell::default(),
        }
    }

    /// Those that a page and the looks of its annotations can use.
    pub(super) fn typefaces(&self, page: &Page<'a>) -> Typefaces<'a> {
        let mut seen = Seen::default();
        let resources = page.resources();
        self.collect(&resources.fonts, &resources.x_objects, 0, &mut seen);
        let annotations = page.raw().get::<Array<'_>>("Annots");
        let annotations = annotations.iter().flat_map(Array::iter::<Dict<'_>>);
        for annotation in annotations.take(MOST_FONTS) {
            let looks = annotation.get::<Dict<'_>>("AP").unwrap_or_default();
            if let Some(looks) = looks.get::<Stream<'_>>("N") {
                self.inside(&looks, DEEPEST, &mut seen);
            }
        }
        Typefaces {
            faces: seen.faces,
            last: Cell::new(0),
        }
    }

    /// Those of a drawing, once: drawings that share drawings over many layers
    /// are more ways than there is time.
    fn inside(&self, drawing: &Stream<'a>, depth: usize, seen: &mut Seen<'a>) {
        if seen.drawings.len() >= MOST_DRAWINGS || !seen.drawings.insert(drawing.cache_key()) {
            return;
        }
        if let Some(inner) = drawing.dict().get::<Dict<'_>>("Resources") {
            let fonts = inner.get::<Dict<'_>>("Font").unwrap_or_default();
            let drawings = inner.get::<Dict<'_>>("XObject").unwrap_or_default();
            self.collect(&fonts, &drawings, depth, seen);
        }
    }

    fn collect(&self, fonts: &Dict<'a>, drawings: &Dict<'a>, depth: usize, seen: &mut Seen<'a>) {
        for name in fonts.keys() {
            if seen.faces.len() >= MOST_FONTS {
                return;
            }
            if let Some(font) = fonts.get::<Dict<'_>>(name) {
                let face = self.typeface(&font);
                if !seen.faces.iter().any(|known| Rc::ptr_eq(known, &face)) {
                    seen.faces.push(face);
                }
            }
        }
        if depth >= DEEPEST {
            return;
        }
        for name in drawings.keys().take(MOST_FONTS) {
            if let Some(drawing) = drawings.get::<Stream<'_>>(name) {
                self.inside(&drawing, depth + 1, seen);
            }
            if seen.faces.len() >= MOST_FONTS {
                return;
            }
        }
    }

    fn typeface(&self, font: &Dict<'a>) -> Rc<Typeface<'a>> {
        let key = font.cache_key();
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let read = Rc::new(self.read(font));
        self.known.borrow_mut().insert(key, Rc::clone(&read));
        read
    }

    fn read(&self, font: &Dict<'a>) -> Typeface<'a> {
        let descendant = font.get::<Array<'_>>("DescendantFonts");
        let descendant = descendant.and_then(|fonts| fonts.iter::<Dict<'_>>().next());
        let descriptor = descendant
            .as_ref()
            .unwrap_or(font)
            .get::<Dict<'_>>("FontDescriptor");
        let resolvers = (&self.settings.font_resolver, &self.settings.cmap_resolver);
        Typeface {
            font: self.fonts.font(font, resolvers.0, resolvers.1),
            simple: !line::is_composite(font),
            line: Line::of(font, descriptor.as_ref()),
            scale: line::scale(font),
            characters: descendant
                .and_then(|descendant| characters(font, &descendant))
                .unwrap_or(Characters::None),
        }
    }
}

impl<'a> Typefaces<'a> {
    /// The one that `glyph` is of.
    pub(super) fn of(&self, glyph: &Glyph<'_>) -> Option<&Typeface<'a>> {
        let last = self.faces.get(self.last.get());
        if let Some(last) = last.filter(|face| face.shows(glyph)) {
            return Some(last);
        }
        let at = self.faces.iter().position(|face| face.shows(glyph))?;
        self.last.set(at);
        self.faces.get(at).map(Rc::as_ref)
    }

    /// The character of a glyph that hayro knows none for. Where several fonts
    /// draw the same and disagree, there is none: a wrong word is worse.
    pub(super) fn character(&self, glyph: &Glyph<'_>) -> Option<BfString> {
        let faces = self.faces.iter().filter(|face| face.shows(glyph));
        let mut said = faces.map(|face| face.character(glyph.char_code()));
        let first = said.next()?;
        said.all(|other| other == first).then_some(first)?
    }
}

impl Typeface<'_> {
    /// Draws and says for the code of `glyph` what that glyph draws and says.
    fn shows(&self, glyph: &Glyph<'_>) -> bool {
        let code = glyph.char_code();
        let Some(font) = &self.font else {
            return false;
        };
        if self.simple && code > 0xFF {
            return false;
        }
        match (font.glyph(font.map_code(code), code), glyph) {
            (FontGlyph::Outline(ours), Glyph::Outline(drawn)) => {
                ours.identifier() == drawn.identifier()
                    && ours.advance_width() == drawn.advance_width()
                    && ours.as_unicode() == drawn.as_unicode()
            }
            (FontGlyph::Type3(ours), Glyph::Type3(drawn)) => {
                Some(ours.advance_width()) == drawn.advance_width()
                    && ours.as_unicode() == drawn.as_unicode()
            }
            _ => false,
        }
    }

    /// Where the pen stands in a vertical line, seen from where the glyph of
    /// this code is drawn.
    pub(super) fn pen(&self, code: u32) -> Vec2 {
        match &self.font {
            Some(font) if !self.simple => -font.origin_displacement(code),
            _ => Vec2::ZERO,
        }
    }

    /// The character of a code that the font itself has no map for.
    fn character(&self, code: u32) -> Option<BfString> {
        match &self.characters {
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
    if !line::is_embedded(&descriptor) {
        return None;
    }
    let codes = match font.get::<Object<'_>>("Encoding")? {
        Object::Name(name) => match CMapName::from_bytes(name.as_str().as_bytes()) {
            CMapName::IdentityH => CMap::identity_h(),
            CMapName::IdentityV => CMap::identity_v(),
            other => CMap::parse(encoding(other)?, encoding)?,
        },
        Object::Stream(map) => CMap::parse(&map.decoded_data().ok()?, encoding)?,
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
