//! The characters of fonts that are embedded without a map of their own, which
//! hayro does not look for: those of old Japanese files, whose codes ISO 32000-1
//! section 9.7.5.2 and Adobe's collections define, and those whose map says
//! "the code is the character".

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use hayro::hayro_interpret::hayro_cmap::{
    BfString, CMap, CMapName, CharacterCollection, CidFamily, load_embedded,
};
use hayro::hayro_syntax::object::{
    Array, Dict, Name, Object, ObjectIdentifier, Stream, String as Words,
};
use hayro::hayro_syntax::page::Resources;

/// Fonts looked at per page, levels of drawings in drawings.
const MOST_FONTS: usize = 200;
const DEEPEST: usize = 4;

/// The typefaces of a file, each read once.
#[derive(Default)]
pub(super) struct Shelf {
    known: RefCell<HashMap<ObjectIdentifier, Rc<Typeface>>>,
}

/// One font dictionary.
struct Typeface {
    /// Without the prefix of a subset.
    name: String,
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
    /// Those that a page with `resources` can use.
    pub(super) fn typefaces(&self, resources: &Resources<'_>) -> Typefaces {
        let mut found = Vec::new();
        self.collect(&resources.fonts, &resources.x_objects, 0, &mut found);
        Typefaces(found)
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
            let Some(drawing) = drawings.get::<Stream<'_>>(name) else {
                continue;
            };
            if let Some(inner) = drawing.dict().get::<Dict<'_>>("Resources") {
                let fonts = inner.get::<Dict<'_>>("Font").unwrap_or_default();
                let drawings = inner.get::<Dict<'_>>("XObject").unwrap_or_default();
                self.collect(&fonts, &drawings, depth + 1, found);
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
        Self {
            characters: descendant
                .and_then(|descendant| characters(font, &descendant))
                .unwrap_or(Characters::None),
            name,
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
    let characters = CMap::parse(load_embedded(collection.family.ucs2_cmap()?)?, load_embedded)?;
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
        assert!(Typefaces(Vec::new()).character("Any", 65).is_none());
    }
}
