//! What hayro draws, written down as operators of our own, one a line. The
//! language is repeated, independently, in `verify::drawn`.

use std::collections::BTreeSet;
use std::io::Write as _;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::util::x_y_advances;
use hayro::hayro_interpret::{
    BlendMode, CacheKey as _, ClipPath, Device, DrawMode, DrawProps, FillRule, Image,
    ImageDrawProps, Paint, SoftMask, StrokeProps,
};
use hayro::kurbo::{Affine, BezPath, Cap, Join, PathEl, Point, Rect};

use super::store::Store;
use super::{LONGEST_CONTENT, Named};
use crate::sanitise::Refusal;

/// Decimals of a place in points, and of numbers in spaces of the source.
const FINE: usize = 3;
const FINEST: usize = 6;
/// Decimals of an outline in thousandths of the font's size.
const COARSE: usize = 1;
/// Numbers beyond are not written.
const LARGEST: f64 = 1e8;
/// Pixels of a picture per point: 300 dots an inch.
const SHARPEST: f64 = 300.0 / 72.0;

/// A device that writes along.
pub(super) struct Canvas<'s> {
    store: &'s mut Store,
    /// What is seen of the page.
    bounds: Rect,
    content: Vec<u8>,
    named: BTreeSet<Named>,
    /// Inks now, and those that come back with each `Q`.
    ink: Ink,
    above: Vec<Ink>,
    /// False for good once something came that this language cannot say.
    sayable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Ink {
    fill: [u8; 3],
    stroke: [u8; 3],
    opacity: u8,
}

/// As a page begins (ISO 32000-1 table 52).
const BLACK: Ink = Ink {
    fill: [0; 3],
    stroke: [0; 3],
    opacity: 255,
};

impl<'s> Canvas<'s> {
    pub(super) fn new(store: &'s mut Store, bounds: Rect) -> Self {
        Self {
            store,
            bounds,
            content: Vec::new(),
            named: BTreeSet::new(),
            ink: BLACK,
            above: Vec::new(),
            sayable: true,
        }
    }

    /// The operators and what they name, if all could be said.
    pub(super) fn finish(mut self) -> Option<(Vec<u8>, BTreeSet<Named>)> {
        while !self.above.is_empty() {
            self.back();
        }
        self.sayable.then_some((self.content, self.named))
    }

    /// More is worth drawing: nothing was unsayable, and there is room.
    fn goes_on(&self) -> bool {
        self.sayable && !self.store.is_over()
    }

    /// Nothing of `place` is on the page: it must not stand in the file, where
    /// it could be dug out. False for places that are no numbers.
    fn is_outside(&self, place: Rect) -> bool {
        let page = self.bounds;
        place.x1 < page.x0 || place.x0 > page.x1 || place.y1 < page.y0 || place.y0 > page.y1
    }

    fn line(&mut self, words: &str) {
        if self.content.len() > LONGEST_CONTENT {
            self.sayable = false;
        }
        if self.sayable {
            self.content.extend(words.bytes());
            self.content.push(b'\n');
        }
    }

    /// `operands operator`, numbers cut to `decimals`.
    fn say(&mut self, operands: &[f64], decimals: usize, operator: &str) {
        match said(operands, decimals) {
            Some(operands) => self.line(&format!("{operands}{operator}")),
            None => self.sayable = false,
        }
    }

    fn keep(&mut self) {
        self.above.push(self.ink);
        self.line("q");
    }

    fn back(&mut self) {
        if let Some(ink) = self.above.pop() {
            self.ink = ink;
            self.line("Q");
        }
    }

    fn path(&mut self, path: &BezPath, decimals: usize) {
        match outline(path, decimals) {
            Some(lines) => {
                if self.content.len() + lines.len() > LONGEST_CONTENT {
                    self.sayable = false;
                } else {
                    self.content.extend(lines);
                }
            }
            None => self.sayable = false,
        }
    }

    fn opacity(&mut self, opacity: u8) {
        if self.ink.opacity != opacity {
            self.ink.opacity = opacity;
            self.named.insert(Named::Opacity(opacity));
            self.line(&format!("/A{opacity} gs"));
        }
    }

    /// A plain colour; anything else cannot be said.
    fn colour(&mut self, paint: &Paint<'_>) -> Option<[u8; 3]> {
        match paint {
            Paint::Color(colour) => {
                let [r, g, b, opacity] = colour.to_rgba().to_rgba8();
                self.opacity(opacity);
                Some([r, g, b])
            }
            Paint::Pattern(_) => {
                self.sayable = false;
                None
            }
        }
    }

    fn fill_with(&mut self, paint: &Paint<'_>) {
        if let Some(colour) = self.colour(paint)
            && self.ink.fill != colour
        {
            self.ink.fill = colour;
            self.say(&colour.map(|part| f64::from(part) / 255.0), FINE, "rg");
        }
    }

    fn stroke_with(&mut self, paint: &Paint<'_>) {
        if let Some(colour) = self.colour(paint)
            && self.ink.stroke != colour
        {
            self.ink.stroke = colour;
            self.say(&colour.map(|part| f64::from(part) / 255.0), FINE, "RG");
        }
    }

    fn plain(&mut self, mask: Option<&SoftMask<'_>>, blend: BlendMode) {
        self.sayable &= mask.is_none() && blend == BlendMode::Normal;
    }

    fn fill(&mut self, path: &BezPath, props: &DrawProps<'_>, rule: FillRule) {
        let place = props.transform.transform_rect_bbox(path.control_box());
        if path.elements().is_empty() || self.is_outside(place) {
            return;
        }
        self.fill_with(&props.paint);
        self.path(&(props.transform * path.clone()), FINE);
        self.line(match rule {
            FillRule::NonZero => "f",
            FillRule::EvenOdd => "f*",
        });
    }

    /// In the space of the source: its pen may be oval.
    fn stroke(&mut self, path: &BezPath, props: &DrawProps<'_>, pen: &StrokeProps) {
        // The pen's reach at corners and ends; the thinnest line has some, too.
        let corner = match pen.line_join {
            Join::Miter => f64::from(pen.miter_limit.max(2.0)),
            Join::Round | Join::Bevel => 2.0,
        };
        let reach = f64::from(pen.line_width.max(0.0)) / 2.0 * corner;
        let place = path.control_box().inflate(reach, reach);
        let place = props.transform.transform_rect_bbox(place);
        if path.elements().is_empty() || self.is_outside(place.inflate(1.0, 1.0)) {
            return;
        }
        self.stroke_with(&props.paint);
        self.keep();
        self.say(&props.transform.as_coeffs(), FINEST, "cm");
        self.say(&[f64::from(pen.line_width.max(0.0))], FINEST, "w");
        let cap = match pen.line_cap {
            Cap::Butt => 0,
            Cap::Round => 1,
            Cap::Square => 2,
        };
        let join = match pen.line_join {
            Join::Miter => 0,
            Join::Round => 1,
            Join::Bevel => 2,
        };
        self.line(&format!("{cap} J\n{join} j"));
        self.say(&[f64::from(pen.miter_limit.max(1.0))], FINE, "M");
        let dashes: Vec<f64> = pen.dash_array.iter().map(|dash| f64::from(*dash)).collect();
        if dashes.iter().any(|dash| *dash > 0.0) {
            match said(&dashes, FINE).zip(said(&[f64::from(pen.dash_offset)], FINE)) {
                Some((dashes, offset)) => self.line(&format!("[{}] {offset}d", dashes.trim_end())),
                None => self.sayable = false,
            }
        }
        self.path(path, FINEST);
        self.line("S");
        self.back();
    }

    fn glyph(&mut self, path: &BezPath, to_page: Affine, paint: &Paint<'_>) {
        let place = to_page.transform_rect_bbox(path.control_box());
        if path.elements().is_empty() || self.is_outside(place) {
            return;
        }
        self.fill_with(paint);
        let Some(outline) = outline(path, COARSE) else {
            self.sayable = false;
            return;
        };
        let number = self.store.glyph(outline);
        self.placed(to_page, Named::Glyph(number), &format!("/G{number} Do"));
    }

    fn placed(&mut self, matrix: Affine, named: Named, operator: &str) {
        self.named.insert(named);
        self.keep();
        self.say(&matrix.as_coeffs(), FINEST, "cm");
        self.line(operator);
        self.back();
    }

    fn picture(
        &mut self,
        number: Result<usize, Refusal>,
        transform: Affine,
        (width, height): (f64, f64),
    ) {
        let Ok(number) = number else {
            self.sayable = false;
            return;
        };
        // From the unit square, upright, to pixels that count down.
        let square = Affine::new([width, 0.0, 0.0, -height, 0.0, height]);
        let operator = format!("/P{number} Do");
        self.placed(transform * square, Named::Picture(number), &operator);
    }
}

/// Operands with a blank behind each; `None` for what no reader would read.
fn said(operands: &[f64], decimals: usize) -> Option<String> {
    let mut words = String::new();
    for operand in operands {
        if !operand.is_finite() || operand.abs() > LARGEST {
            return None;
        }
        let word = format!("{operand:.decimals$}");
        let word = word.trim_end_matches('0').trim_end_matches('.');
        words += if matches!(word, "" | "-0" | "-") {
            "0"
        } else {
            word
        };
        words.push(' ');
    }
    Some(words)
}

/// A path as lines of `m`, `l`, `c` and `h`.
fn outline(path: &BezPath, decimals: usize) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    let mut pen = Point::ZERO;
    for element in path.elements() {
        let (points, operator): (&[Point], &str) = match element {
            PathEl::MoveTo(to) => (&[*to], "m"),
            PathEl::LineTo(to) => (&[*to], "l"),
            PathEl::QuadTo(by, to) => {
                let near = |end: Point| end + (*by - end) * (2.0 / 3.0);
                (&[near(pen), near(*to), *to], "c")
            }
            PathEl::CurveTo(first, second, to) => (&[*first, *second, *to], "c"),
            PathEl::ClosePath => (&[], "h"),
        };
        let operands: Vec<f64> = points.iter().flat_map(|point| [point.x, point.y]).collect();
        let _ = writeln!(lines, "{}{operator}", said(&operands, decimals)?);
        pen = points.last().copied().unwrap_or(pen);
    }
    Some(lines)
}

impl<'a> Device<'a> for Canvas<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.plain(props.soft_mask.as_ref(), props.blend_mode);
        match mode {
            DrawMode::Fill(rule) => self.fill(path, &props, *rule),
            DrawMode::Stroke(pen) => self.stroke(path, &props, pen),
            DrawMode::FillAndStroke(rule, pen) => {
                self.fill(path, &props, *rule);
                self.stroke(path, &props, pen);
            }
            DrawMode::Invisible => {}
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.keep();
        let nothing = clip.path.elements().is_empty() || self.is_outside(clip.path.control_box());
        if nothing {
            self.line("0 0 m\nh");
        } else {
            self.path(&clip.path, FINE);
        }
        self.line(match clip.fill {
            FillRule::NonZero => "W n",
            FillRule::EvenOdd => "W* n",
        });
    }

    fn pop_clip(&mut self) {
        self.back();
    }

    fn push_transparency_group(
        &mut self,
        opacity: f32,
        mask: Option<SoftMask<'a>>,
        blend: BlendMode,
    ) {
        self.plain(mask.as_ref(), blend);
        // A group that is as opaque as its parts is its parts.
        self.sayable &= opacity >= 1.0;
    }

    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.plain(props.soft_mask.as_ref(), props.blend_mode);
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        for glyph in run.glyphs() {
            if !self.goes_on() {
                return;
            }
            let place = glyph.transform();
            match &**glyph {
                Glyph::Type3(drawn) => drawn.interpret(self, props.transform, place, &props.paint),
                Glyph::Outline(shape) => {
                    let path = shape.outline();
                    if let DrawMode::Fill(_) | DrawMode::FillAndStroke(..) = mode {
                        self.glyph(&path, props.transform * place, &props.paint);
                    }
                    if let DrawMode::Stroke(pen) | DrawMode::FillAndStroke(_, pen) = mode {
                        self.stroke(&(place * path), &props, pen);
                    }
                }
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.plain(props.soft_mask.as_ref(), props.blend_mode);
        let transform = props.transform;
        let whole = Rect::new(
            0.0,
            0.0,
            f64::from(image.width()),
            f64::from(image.height()),
        );
        if !self.goes_on() || self.is_outside(transform.transform_rect_bbox(whole)) {
            return;
        }
        let (across, down) = x_y_advances(&transform);
        let pixels = |advance: f64, side: u32| (advance * f64::from(side) * SHARPEST).ceil() as u32;
        let wanted = (
            pixels(across.length(), image.width()),
            pixels(down.length(), image.height()),
        );
        let sides = |width: u32, height: u32, (x, y): (f32, f32)| {
            (
                f64::from(width) * f64::from(x),
                f64::from(height) * f64::from(y),
            )
        };
        match image {
            Image::Raster(raster) => {
                self.opacity(255);
                let key = raster.cache_key();
                let size = (f64::from(raster.width()), f64::from(raster.height()));
                let wanted = match self.store.known(key, wanted) {
                    Ok(number) => {
                        self.picture(Ok(number), transform, size);
                        return;
                    }
                    Err(wanted) => wanted,
                };
                raster.with_rgba(
                    |data, opacity| {
                        let size = sides(data.width(), data.height(), data.scale_factors());
                        let number = self.store.picture(key, wanted, &data, opacity.as_ref());
                        self.picture(number, transform, size);
                    },
                    Some(wanted),
                );
            }
            Image::Stencil(stencil) => stencil.with_stencil(
                |shape, paint| {
                    let Some(colour) = self.colour(paint) else {
                        return;
                    };
                    let size = sides(shape.width, shape.height, shape.scale_factors);
                    let number = self.store.stencil(colour, &shape);
                    self.picture(number, transform, size);
                },
                Some(wanted),
            ),
        }
    }
}
