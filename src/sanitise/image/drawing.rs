//! SVG 1.1/2: drawn with resvg to pixels. Nothing is fetched and no file is
//! opened: a picture inside counts only where its bytes stand in the drawing
//! itself. Text is drawn with the machine's Mincho and Gothic.
//!
//! Absent on purpose: scripts, events, animation, foreign objects, links.

use std::sync::Arc;

use ::image::{DynamicImage, RgbaImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, Options, Tree, fontdb};

use super::Picture;
use crate::sanitise::{Context, FontBytes, Fonts, Refusal, Report, What};

/// Pixels per CSS pixel (1/96 inch): 150 dpi, as pages have.
const DENSITY: f32 = 150.0 / 96.0;
/// The longest side in pixels.
const LONGEST_SIDE: f32 = 4_000.0;

pub(super) fn parse(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let source = std::str::from_utf8(bytes).map_or_else(
        |_| crate::sanitise::text::charset::decode(bytes, None).text,
        str::to_owned,
    );
    inventory(&source, report);
    let tree = Tree::from_str(&source, &options(context.fonts)).map_err(|error| match error {
        usvg::Error::ElementsLimitReached => Refusal::OverBudget,
        usvg::Error::NotAnUtf8Str
        | usvg::Error::MalformedGZip
        | usvg::Error::SvgzFeatureNotEnabled
        | usvg::Error::InvalidSize
        | usvg::Error::ParsingFailed(_) => Refusal::Malformed,
    })?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = DENSITY.min(LONGEST_SIDE / width.max(height));
    // Saturating by definition of `as`; clamped to what was allowed for.
    let pixels = |length: f32| (length * scale).round().clamp(1.0, LONGEST_SIDE) as u32;
    let mut canvas = Pixmap::new(pixels(width), pixels(height)).ok_or(Refusal::OverBudget)?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut canvas.as_mut(),
    );
    let (columns, rows) = (canvas.width(), canvas.height());
    let straight: Vec<u8> = canvas
        .pixels()
        .iter()
        .flat_map(|pixel| {
            let colour = pixel.demultiply();
            [colour.red(), colour.green(), colour.blue(), colour.alpha()]
        })
        .collect();
    let pixels = RgbaImage::from_raw(columns, rows, straight).ok_or(Refusal::Malformed)?;
    Ok(Picture {
        pixels: DynamicImage::from(pixels),
        jpeg: false,
        turned: false,
    })
}

fn options(fonts: &Fonts) -> Options<'static> {
    let mut known = fontdb::Database::new();
    for (file, _) in [&fonts.mincho, &fonts.gothic].into_iter().flatten() {
        known.load_font_source(fontdb::Source::Binary(file.clone()));
    }
    // A family that nobody brought is drawn as Gothic, a serif one as Mincho.
    let family = |of: &Option<(FontBytes, u32)>| {
        let (bytes, index) = of.as_ref()?;
        known.faces().find_map(|face| match &face.source {
            fontdb::Source::Binary(data) => {
                let same = std::ptr::eq((**data).as_ref().as_ptr(), (**bytes).as_ref().as_ptr());
                (same && face.index == *index)
                    .then(|| face.families.first().map(|(name, _)| name.clone()))?
            }
        })
    };
    let gothic = family(&fonts.gothic).or_else(|| family(&fonts.mincho));
    let mincho = family(&fonts.mincho).or_else(|| family(&fonts.gothic));
    if let (Some(gothic), Some(mincho)) = (gothic, mincho) {
        known.set_serif_family(&mincho);
        known.set_sans_serif_family(&gothic);
        known.set_monospace_family(&gothic);
        known.set_cursive_family(&mincho);
        known.set_fantasy_family(&gothic);
    }
    Options {
        languages: vec!["ja".to_owned(), "en".to_owned()],
        font_family: "sans-serif".to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        fontdb: Arc::new(known),
        ..Options::default()
    }
}

/// Counts what a drawing carried besides lines and areas. Best effort: only
/// pixels cross, whatever is found here.
fn inventory(source: &str, report: &mut Report) {
    let mut reader = quick_xml::Reader::from_str(source);
    reader.config_mut().check_end_names = false;
    loop {
        let event = match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) | Err(_) => return,
            Ok(event) => event,
        };
        match event {
            quick_xml::events::Event::DocType(_) => report.removed(What::UnknownPart, "DOCTYPE"),
            quick_xml::events::Event::PI(_) => {
                report.removed(What::UnknownPart, "processing instruction");
            }
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                let name = element.local_name();
                match name.as_ref() {
                    "script" => report.removed(What::Script, "script"),
                    "foreignObject" => report.removed(What::Frame, "foreignObject"),
                    "a" => report.removed(What::Link, "a"),
                    "animate" | "set" | "animateTransform" | "animateMotion" => {
                        report.removed(What::RichMedia, "animation");
                    }
                    _ => {}
                }
                for attribute in element.attributes().flatten() {
                    let key = attribute.key.local_name();
                    let key = key.as_ref();
                    let value = attribute.value.trim().to_ascii_lowercase();
                    if key.len() > 2 && key.to_ascii_lowercase().starts_with("on") {
                        report.removed(What::EventHandler, key);
                    }
                    if matches!(key, "href" | "src") && name.as_ref() != "a" {
                        if value.starts_with("javascript:") {
                            report.removed(What::Script, "href");
                        } else if !value.starts_with('#') && !value.starts_with("data:") {
                            report.removed(What::ExternalImage, "href");
                        }
                    }
                    if value.contains("url(") && !value.contains("url(#") {
                        report.removed(What::StyleUrl, key);
                    }
                }
            }
            quick_xml::events::Event::Text(text) => {
                let text = text.to_ascii_lowercase();
                if text.contains("@import") || text.contains("url(http") {
                    report.removed(What::StyleUrl, "style");
                }
            }
            quick_xml::events::Event::End(_)
            | quick_xml::events::Event::CData(_)
            | quick_xml::events::Event::Comment(_)
            | quick_xml::events::Event::Decl(_)
            | quick_xml::events::Event::GeneralRef(_)
            | quick_xml::events::Event::Eof => {}
        }
    }
}

/// Whether the first element is `svg`. A page or a letter that has a drawing
/// in it, or only speaks of one, is none.
pub(super) fn identify(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    is_svg(head.trim_start_matches('\u{feff}').trim_start())
}

fn is_svg(lower_head: &str) -> bool {
    let mut rest = lower_head;
    loop {
        rest = rest.trim_start();
        if rest.starts_with("<!doctype svg") {
            return true;
        }
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else {
            None
        };
        match end.and_then(|end| rest.get(end..)) {
            Some(later) => rest = later,
            None => break,
        }
    }
    let name: String = rest
        .chars()
        .take(60)
        .take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/'))
        .collect();
    name == "<svg" || (name.starts_with('<') && name.ends_with(":svg"))
}
