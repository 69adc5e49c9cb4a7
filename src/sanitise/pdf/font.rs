//! Which font draws text whose font is not in the file. CJK text gets the
//! machine's Mincho or Gothic; everything else the fonts built into hayro.

use std::sync::{Arc, OnceLock};

use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery};
use hayro::hayro_interpret::hayro_cmap::{CMapName, CidFamily};
use hayro::hayro_interpret::{FontResolverFn, InterpreterSettings};

use super::collection;
use super::encodings::encoding;
use crate::sanitise::Fonts;
use crate::sanitise::fonts::says_mincho;

/// Settings that draw with `fonts`.
pub(super) fn for_drawing(fonts: &Fonts) -> InterpreterSettings {
    let japan = OnceLock::<&'static [u8]>::new();
    let of_japan = fonts.clone();
    settings(fonts, move || {
        // The interpreter wants bytes for ever; a worker draws one file and ends.
        *japan.get_or_init(|| Vec::leak(collection::for_drawing(&of_japan)))
    })
}

/// Settings that read what is written.
pub(super) fn for_reading(fonts: &Fonts) -> InterpreterSettings {
    settings(fonts, collection::for_reading)
}

fn settings(
    fonts: &Fonts,
    japan: impl Fn() -> &'static [u8] + Send + Sync + 'static,
) -> InterpreterSettings {
    InterpreterSettings {
        font_resolver: resolver(fonts.clone()),
        cmap_resolver: Arc::new(move |name| match name {
            CMapName::AdobeJapan1Ucs2 => Some(japan()),
            other => encoding(other),
        }),
        ..InterpreterSettings::default()
    }
}

fn resolver(fonts: Fonts) -> FontResolverFn {
    Arc::new(move |query| match query {
        FontQuery::Standard(standard) => Some(standard.get_font_data()),
        FontQuery::Fallback(fallback) => {
            cjk(&fonts, fallback).or_else(|| Some(fallback.pick_standard_font().get_font_data()))
        }
    })
}

fn cjk(fonts: &Fonts, query: &FallbackFontQuery) -> Option<(FontData, u32)> {
    if !is_cjk(query) {
        return None;
    }
    let (data, index) = fonts.preferred(is_mincho(query))?;
    Some((Arc::clone(data), *index))
}

fn is_cjk(query: &FallbackFontQuery) -> bool {
    let by_collection = query
        .character_collection
        .as_ref()
        .is_some_and(|collection| {
            matches!(
                collection.family,
                CidFamily::AdobeJapan1
                    | CidFamily::AdobeGB1
                    | CidFamily::AdobeCNS1
                    | CidFamily::AdobeKorea1
            )
        });
    by_collection
        || names(query).any(|name| !name.is_ascii() || JAPANESE.iter().any(|n| name.contains(n)))
}

/// Parts of the names of Japanese fonts that come as simple or identity fonts.
const JAPANESE: [&str; 15] = [
    "Mincho",
    "Gothic-",
    "GothicBBB",
    "MSGothic",
    "MS-Gothic",
    "MS-PGothic",
    "Meiryo",
    "YuGothic",
    "YuMin",
    "Hira",
    "Heisei",
    "Ryumin",
    "KozMin",
    "KozGo",
    "BIZ-UD",
];

/// By name; where no name says it, by the descriptor's serif flag.
fn is_mincho(query: &FallbackFontQuery) -> bool {
    names(query).find_map(says_mincho).unwrap_or(query.is_serif)
}

fn names(query: &FallbackFontQuery) -> impl Iterator<Item = &str> {
    [
        &query.post_script_name,
        &query.font_name,
        &query.font_family,
    ]
    .into_iter()
    .filter_map(|name| name.as_deref())
}
