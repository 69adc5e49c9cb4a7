//! SVG 1.1/2: drawn with resvg to pixels. Nothing is fetched and no file is
//! opened: a picture inside counts only where its bytes stand in the drawing
//! itself. Text is drawn with the machine's Mincho and Gothic.
//!
//! Absent on purpose: scripts, events, animation, foreign objects, links.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use ::image::{DynamicImage, ImageFormat, ImageReader, RgbaImage};
use flate2::read::MultiGzDecoder;
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{
    self, FontFamily, FontResolver, ImageHrefResolver, ImageKind, Options, Tree, fontdb,
};

use super::Picture;
use crate::sanitise::fonts::says_mincho;
use crate::sanitise::refusal::stumbling;
use crate::sanitise::{Context, Fonts, Refusal, Report, What};

/// Pixels per CSS pixel (1/96 inch): 150 dpi, as pages have.
const DENSITY: f32 = 150.0 / 96.0;
/// The longest side in pixels.
const LONGEST_SIDE: f32 = 4_000.0;
/// Bytes of one bitmap inside a drawing.
const LARGEST_BITMAP: u64 = 64 << 20;

pub(super) fn parse(
    bytes: &[u8],
    context: &Context<'_>,
    report: &mut Report,
) -> Result<Picture, Refusal> {
    let inflated;
    let bytes = if is_compressed(bytes) {
        inflated = inflate(bytes, context)?;
        &inflated
    } else {
        bytes
    };
    let source = std::str::from_utf8(bytes).map_or_else(
        |_| crate::sanitise::text::charset::decode(bytes, None).text,
        str::to_owned,
    );
    inventory(&source, report);
    draw(&source, context)
}

/// RFC 1952: a drawing may come compressed (`.svgz`).
fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B])
}

/// Below 1 MiB whatever it gives, above it as much as the ratio allows.
fn inflate(bytes: &[u8], context: &Context<'_>) -> Result<Vec<u8>, Refusal> {
    let stored = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let most = stored
        .saturating_mul(u64::from(context.limits.ratio))
        .clamp(1 << 20, context.limits.memory_bytes / 8);
    let mut inflated = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(most + 1)
        .read_to_end(&mut inflated)
        .map_err(|_| Refusal::Malformed)?;
    if u64::try_from(inflated.len()).unwrap_or(u64::MAX) > most {
        return Err(Refusal::OverBudget);
    }
    Ok(inflated)
}

/// Draws the text of a drawing.
pub(super) fn draw(source: &str, context: &Context<'_>) -> Result<Picture, Refusal> {
    // The renderer stumbles over some numbers without measure.
    stumbling(|| drawn(source, context))?
}

fn drawn(source: &str, context: &Context<'_>) -> Result<Picture, Refusal> {
    let tree = Tree::from_str(source, &options(context.fonts)).map_err(|error| match error {
        usvg::Error::ElementsLimitReached
        | usvg::Error::ParsingFailed(usvg::roxmltree::Error::NodesLimitReached) => {
            Refusal::OverBudget
        }
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
    let (columns, rows) = (pixels(width), pixels(height));
    // As the verifier counts them.
    if u64::from(columns) * u64::from(rows) > u64::from(context.limits.megapixels) * 1_000_000 {
        return Err(Refusal::OverBudget);
    }
    let mut canvas = Pixmap::new(columns, rows).ok_or(Refusal::OverBudget)?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut canvas.as_mut(),
    );
    let (columns, rows) = (canvas.width(), canvas.height());
    let straight = straight(canvas);
    let pixels = RgbaImage::from_raw(columns, rows, straight).ok_or(Refusal::Malformed)?;
    Ok(Picture {
        pixels: DynamicImage::from(pixels),
        jpeg: false,
        turned: false,
    })
}

/// The pixels with colours that alpha is not multiplied into. Nearly all of a
/// drawing is ink or nothing, and stays as it is.
fn straight(canvas: Pixmap) -> Vec<u8> {
    let mut bytes = canvas.take();
    for pixel in bytes.as_chunks_mut::<4>().0 {
        let [r, g, b, alpha] = *pixel;
        if !matches!(alpha, 0 | u8::MAX)
            && let Some(colour) = PremultipliedColorU8::from_rgba(r, g, b, alpha)
        {
            let colour = colour.demultiply();
            *pixel = [colour.red(), colour.green(), colour.blue(), alpha];
        }
    }
    bytes
}

fn options(fonts: &Fonts) -> Options<'static> {
    let mut known = fontdb::Database::new();
    let mut face = |mincho| {
        let (file, index) = fonts.preferred(mincho)?;
        let ids = known.load_font_source(fontdb::Source::Binary(file.clone()));
        ids.into_iter()
            .find(|id| known.face(*id).is_some_and(|face| face.index == *index))
    };
    let (mincho, gothic) = (face(true), face(false));
    Options {
        languages: vec!["ja".to_owned(), "en".to_owned()],
        font_family: "sans-serif".to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(carried),
            resolve_string: Box::new(|_, _| None),
        },
        font_resolver: FontResolver {
            select_font: Box::new(move |font, _| {
                let says = font.families().iter().find_map(family_says_mincho);
                if says == Some(true) { mincho } else { gothic }
            }),
            ..FontResolver::default()
        },
        fontdb: Arc::new(known),
        ..Options::default()
    }
}

fn family_says_mincho(family: &FontFamily) -> Option<bool> {
    match family {
        FontFamily::Serif | FontFamily::Cursive => Some(true),
        FontFamily::SansSerif | FontFamily::Fantasy | FontFamily::Monospace => Some(false),
        FontFamily::Named(name) => says_mincho(name),
    }
}

/// A picture whose bytes stand in the drawing. Metafiles hold bitmaps, which
/// resvg does not know: they become PNG on the way.
fn carried(media_type: &str, bytes: Arc<Vec<u8>>, options: &Options<'_>) -> Option<ImageKind> {
    if !bytes.starts_with(b"BM") {
        return ImageHrefResolver::default_data_resolver()(media_type, bytes, options);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes.as_slice()), ImageFormat::Bmp);
    let mut limits = ::image::Limits::no_limits();
    limits.max_alloc = Some(LARGEST_BITMAP);
    reader.limits(limits);
    let mut png = Cursor::new(Vec::new());
    reader
        .decode()
        .ok()?
        .write_to(&mut png, ImageFormat::Png)
        .ok()?;
    Some(ImageKind::PNG(Arc::new(png.into_inner())))
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
    let mut inflated = Vec::new();
    let head = if is_compressed(bytes) {
        // Its beginning alone; an error further on is the reader's to tell.
        let _ = MultiGzDecoder::new(bytes)
            .take(4096)
            .read_to_end(&mut inflated);
        &inflated
    } else {
        bytes.get(..bytes.len().min(4096)).unwrap_or_default()
    };
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;

    use super::*;
    use crate::policy::Limits;
    use crate::sanitise::{Kind, Treatment, image};

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        file.write_all(text).unwrap();
        file.finish().unwrap()
    }

    fn treated(bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Report) {
        let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
        let context = Context {
            limits: &limits,
            fonts: &fonts,
        };
        let result = image::treat(Kind::Svg, Treatment::Flatten, bytes, &context, &mut report);
        (result, report)
    }

    #[test]
    fn a_compressed_drawing_is_drawn_and_its_script_counted() {
        let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' width='96' height='48'><script>x()</script><rect width='96' height='48' fill='#0c0'/></svg>";
        let input = compressed(drawing);
        assert!(image::is_drawing(&input) && !image::is_drawing(&compressed(b"<html>")));
        let (output, report) = treated(&input);
        let seen = ::image::load_from_memory(&output.unwrap())
            .unwrap()
            .to_rgb8();
        assert_eq!(seen.get_pixel(70, 30).0, [0, 0xCC, 0]);
        assert_eq!(report.removed.len(), 1);
    }

    #[test]
    fn a_compressed_bomb_is_over_budget_and_a_broken_one_malformed() {
        let mut bomb = b"<svg xmlns='http://www.w3.org/2000/svg'>".to_vec();
        bomb.resize(40 << 20, b' ');
        assert_eq!(treated(&compressed(&bomb)).0, Err(Refusal::OverBudget));
        let mut broken =
            compressed(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>");
        broken.truncate(broken.len() - 9);
        assert!(treated(&broken).0.is_err());
    }

    /// Two to the thirtieth circles in a kilobyte: no picture of some of them
    /// would be the drawing.
    #[test]
    fn a_drawing_of_itself_many_times_over_is_over_budget() {
        let groups: String = (0..30)
            .map(|n| {
                format!(
                    "<g id='a{}'><use href='#a{n}'/><use href='#a{n}'/></g>",
                    n + 1
                )
            })
            .collect();
        let drawing = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><defs><circle id='a0' r='2'/>{groups}</defs><use href='#a30'/></svg>"
        );
        assert_eq!(treated(drawing.as_bytes()).0, Err(Refusal::OverBudget));
    }

    #[test]
    fn the_first_family_that_says_it_decides() {
        let named = |name: &str| FontFamily::Named(name.to_owned());
        let first = |families: &[FontFamily]| families.iter().find_map(family_says_mincho);
        let western = [
            named("Tahoma"),
            named("Times New Roman"),
            FontFamily::SansSerif,
        ];
        assert_eq!(first(&western), Some(true));
        assert_eq!(
            first(&[named("ＭＳ ゴシック"), FontFamily::Serif]),
            Some(false)
        );
        assert_eq!(first(&[named("Tahoma")]), None);
    }

    #[test]
    fn a_bitmap_inside_is_drawn() {
        let mut bitmap = Cursor::new(Vec::new());
        let red = ::image::RgbImage::from_pixel(8, 8, ::image::Rgb([200, 0, 0]));
        red.write_to(&mut bitmap, ImageFormat::Bmp).unwrap();
        let inside = base64::engine::general_purpose::STANDARD.encode(bitmap.into_inner());
        let drawing = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><image width='64' height='64' href='data:image/bmp;base64,{inside}'/></svg>"
        );
        let output = treated(drawing.as_bytes()).0.unwrap();
        let seen = ::image::load_from_memory(&output).unwrap().to_rgba8();
        assert_eq!(seen.get_pixel(50, 50).0, [200, 0, 0, 255]);
    }
}
