//! Which font draws text whose font is not in the file. CJK text gets the
//! machine's Mincho or Gothic; everything else the fonts built into hayro.

use std::sync::Arc;

use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery};
use hayro::hayro_interpret::hayro_cmap::CidFamily;
use hayro::hayro_interpret::{FontResolverFn, InterpreterSettings};

use crate::sanitise::Fonts;

/// Settings that draw with `fonts` and keep silent.
pub(super) fn settings(fonts: &Fonts) -> InterpreterSettings {
    InterpreterSettings {
        font_resolver: resolver(fonts.clone()),
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
    let preferred = if is_mincho(query) {
        fonts.mincho.as_ref().or(fonts.gothic.as_ref())
    } else {
        fonts.gothic.as_ref().or(fonts.mincho.as_ref())
    };
    preferred.map(|(data, index)| (Arc::clone(data), *index))
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
const JAPANESE: [&str; 8] = [
    "Mincho",
    "Gothic-",
    "MSGothic",
    "MS-Gothic",
    "Meiryo",
    "YuGothic",
    "YuMin",
    "Hira",
];

/// By name; where the name says nothing, by the descriptor's serif flag.
fn is_mincho(query: &FallbackFontQuery) -> bool {
    let named = |parts: &[&str]| names(query).any(|name| parts.iter().any(|p| name.contains(p)));
    if named(&["Goth", "ゴシック", "Sans", "Meiryo", "メイリオ"]) {
        return false;
    }
    named(&[
        "Min", "Ryumin", "明朝", "Serif", "Song", "Sung", "Myeongjo", "Batang",
    ]) || query.is_serif
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
