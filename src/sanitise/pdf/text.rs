//! The text of a page: collected from hayro's drawing of it, kept as Unicode
//! and places, and written invisibly (render mode 3) under our own names.
//! Nothing of the source's fonts or strings crosses.

use hayro::hayro_interpret::font::{Glyph as SourceGlyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::WritingMode;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context as Interpreter, Device, DrawMode, DrawProps, Image,
    ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Affine, BezPath, ParamCurveExtrema as _, Point, Rect, Vec2};

use crate::policy::text::is_deceptive;
use crate::sanitise::{Refusal, Report, What};

use super::density::Density;
pub(super) use super::layer::{Alphabet, operators};
use super::line::Line;
use super::placed::{Placed, words};
use super::sole::{Coded, Sole};
pub(super) use super::typeface::Shelf;
use super::typeface::Typefaces;
use super::unseen::{Ground, Ink};

/// Glyphs of one page.
const MOST_GLYPHS: usize = 200_000;

/// Pixels of a picture that is tried before it is trusted to be drawn.
const LARGEST_PICTURE: u64 = 50_000_000;
const SMALL: Option<(u32, u32)> = Some((64, 64));

/// In vertical lines the pen is above the middle of the glyph (ISO 32000-1
/// section 9.7.4.3, the default of `DW2`).
const USUAL_PEN: Vec2 = Vec2::new(500.0, 880.0);

/// Glyphs on one straight line of one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) vertical: bool,
    /// Points.
    pub(super) size: f64,
    pub(super) line: Line,
    /// Unit vector of the baseline.
    pub(super) along: (f64, f64),
    pub(super) glyphs: Vec<Glyph>,
}

/// One glyph: what it says and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    pub(super) text: String,
    /// Points from the lower left corner of the page.
    pub(super) x: f64,
    pub(super) y: f64,
    /// Width in thousandths of the size.
    pub(super) width: f64,
}

/// From a page's own space to points of the new page.
pub(super) struct View {
    pub(super) transform: Affine,
    pub(super) bounds: Rect,
}

impl View {
    /// Of `page`, whose points are `scale` points of the new page.
    pub(super) fn of(page: &SourcePage<'_>, scale: f32) -> Self {
        let (width, height) = page.render_dimensions();
        let scale = f64::from(scale);
        let (width, height) = (f64::from(width) * scale, f64::from(height) * scale);
        Self {
            // Down-pointing as drawn, then turned up: the same turn as the picture.
            transform: Affine::new([1.0, 0.0, 0.0, -1.0, 0.0, height])
                * Affine::scale(scale)
                * page.initial_transform(true).to_kurbo(),
            bounds: Rect::new(0.0, 0.0, width, height),
        }
    }

    /// Reads what `page` shows, the one viewed or one of our own over it.
    pub(super) fn collect<'a>(
        &self,
        page: &SourcePage<'a>,
        cache: &InterpreterCache<'a>,
        settings: &InterpreterSettings,
        shelf: &Shelf<'a>,
    ) -> Result<Seen, Refusal> {
        let mut state = Interpreter::new(
            self.transform,
            self.bounds,
            cache,
            page.xref(),
            settings.clone(),
        );
        let mut reader = Reader {
            runs: Vec::new(),
            bare: Vec::new(),
            left: MOST_GLYPHS,
            bounds: self.bounds,
            typefaces: shelf.typefaces(page),
            density: Density::NONE,
            sole: Sole::of(page),
            ground: Ground::of(self.bounds),
            unseen: false,
            undrawn: false,
        };
        interpret_page(page, &mut state, &mut reader);
        if reader.left == 0 {
            return Err(Refusal::OverBudget);
        }
        Ok(reader.finished())
    }
}

/// What a page shows.
pub(super) struct Seen {
    pub(super) runs: Vec<Run>,
    /// How finely it is to be drawn.
    pub(super) density: Density,
    /// The picture that it is, if it is nothing else.
    pub(super) sole: Option<Coded>,
    /// It carried words that nobody sees.
    unseen: bool,
    /// It has a picture too large to be drawn.
    undrawn: bool,
}

impl Seen {
    /// Tells what of `page` (from 1) is not there any more.
    pub(super) fn tell(&self, page: u32, report: &mut Report) {
        if self.unseen {
            report.removed(What::HiddenContent, &format!("page {page}"));
        }
        if self.undrawn {
            report.removed(What::UnknownPart, &format!("page {page} picture"));
        }
    }
}

impl View {
    /// Takes out the words of places that are `covered`: seen no more.
    pub(super) fn uncovered(&self, runs: &mut Vec<Run>, covered: &[Rect]) {
        if covered.is_empty() {
            return;
        }
        let covered: Vec<Rect> = covered
            .iter()
            .map(|place| self.transform.transform_rect_bbox(*place))
            .collect();
        for run in runs.iter_mut() {
            run.glyphs.retain(|glyph| {
                let at = Point::new(glyph.x, glyph.y);
                !covered.iter().any(|place| place.contains(at))
            });
        }
        runs.retain(|run| !run.glyphs.is_empty());
    }
}

/// Takes out what is no character: controls and invisible direction marks.
pub(super) fn keep_only_characters(runs: &mut Vec<Run>, report: &mut Report) {
    for run in runs.iter_mut() {
        for glyph in &mut run.glyphs {
            if !glyph.text.contains(|c: char| is_deceptive(c)) {
                continue;
            }
            let spaced: String = glyph
                .text
                .chars()
                .map(|c| match c {
                    '\t' | '\n' | '\r' => ' ',
                    // In running text invisible; here a hyphen that is seen, and
                    // that readers do not take out at the end of a line.
                    '\u{AD}' => '\u{2010}',
                    _ => c,
                })
                .collect();
            if spaced.contains(|c: char| matches!(u32::from(c), 0x202A..=0x202E | 0x2066..=0x2069))
            {
                report.removed(What::BidiControl, "text");
            }
            glyph.text = spaced.chars().filter(|c| !is_deceptive(*c)).collect();
        }
        run.glyphs.retain(|glyph| !glyph.text.is_empty());
    }
    runs.retain(|run| !run.glyphs.is_empty());
}

/// A device that draws nothing and reads along.
struct Reader<'a> {
    runs: Vec<Run>,
    /// Which of them are drawn without ink, or in that of the paper.
    bare: Vec<bool>,
    left: usize,
    bounds: Rect,
    typefaces: Typefaces<'a>,
    density: Density,
    sole: Sole,
    ground: Ground,
    unseen: bool,
    undrawn: bool,
}

impl Reader<'_> {
    /// Words without ink stay where something is drawn that they may tell of.
    fn finished(mut self) -> Seen {
        for (run, _) in self
            .runs
            .iter_mut()
            .zip(&self.bare)
            .filter(|(_, bare)| **bare)
        {
            let before = run.glyphs.len();
            let (size, vertical, along) = (run.size, run.vertical, run.along);
            run.glyphs
                .retain(|glyph| glyph.is_over(&self.ground, size, vertical, along));
            self.unseen |= run.glyphs.len() < before;
        }
        self.runs.retain(|run| !run.glyphs.is_empty());
        Seen {
            runs: self.runs,
            density: self.density,
            sole: match self.density {
                Density::Pictures(_) => self.sole.taken(),
                Density::Drawn => None,
            },
            unseen: self.unseen,
            undrawn: self.undrawn,
        }
    }

    fn read(&mut self, run: &GlyphRun<'_, '_>, transform: Affine, ink: Ink) {
        let vertical = matches!(run.writing_mode(), WritingMode::Vertical);
        let face = run.glyphs().first();
        let face = face.and_then(|glyph| self.typefaces.of(glyph));
        let (line, scale) = face.map_or((Line::USUAL, 1.0), |face| (face.line, face.scale));
        let placed: Vec<Placed> = run
            .glyphs()
            .iter()
            .take(self.left)
            .filter_map(|glyph| {
                let pen = match (vertical, face) {
                    (false, _) => Vec2::ZERO,
                    (true, Some(face)) => face.pen(glyph.char_code()),
                    (true, None) => USUAL_PEN,
                };
                let mut placed = Placed::of(glyph, transform * glyph.transform(), pen)?;
                if placed.text.is_none() {
                    placed.text = self.typefaces.character(glyph).and_then(words);
                }
                placed.size *= scale;
                placed.advance /= scale;
                Some(placed)
            })
            .collect();
        self.left = self.left.saturating_sub(run.glyphs().len());
        for (at, glyph) in placed.iter().enumerate() {
            let width = glyph.width(placed.get(at + 1));
            let Some(text) = glyph.text.clone() else {
                continue;
            };
            let blank = text.trim().is_empty();
            if !(glyph.is_seen(self.bounds) && self.ground.is_left(glyph.reach())) {
                self.unseen |= !blank;
                continue;
            }
            let bare = ink == Ink::None && !blank;
            if ink == Ink::Plain && !blank {
                self.ground.draw(glyph.reach());
            }
            let written = Glyph {
                text,
                x: glyph.origin.x,
                y: glyph.origin.y,
                width,
            };
            let alike = self.bare.last() == Some(&bare);
            match self.runs.last_mut() {
                Some(last) if alike && last.continues(glyph, line, vertical, at == 0) => {
                    last.glyphs.push(written);
                }
                Some(_) | None => {
                    self.bare.push(bare);
                    self.runs.push(Run {
                        vertical,
                        size: glyph.size,
                        line,
                        along: glyph.along,
                        glyphs: vec![written],
                    });
                }
            }
        }
    }
}

impl Run {
    /// Same size and line, at less than half a point's error; a `fresh` string
    /// must also begin about where this run ends.
    fn continues(&self, next: &Placed, line: Line, vertical: bool, fresh: bool) -> bool {
        let (Some(first), Some(last)) = (self.glyphs.first(), self.glyphs.last()) else {
            return false;
        };
        let (ux, uy) = if self.vertical {
            (self.along.1, -self.along.0)
        } else {
            self.along
        };
        let (dx, dy) = (next.origin.x - first.x, next.origin.y - first.y);
        let off_line = (dx * uy - dy * ux).abs();
        let advance = if vertical { 1_000.0 } else { last.width };
        let step = (next.origin.x - last.x) * ux + (next.origin.y - last.y) * uy;
        let gap = step / self.size - advance / 1_000.0;
        self.vertical == vertical
            && self.line == line
            && (self.size - next.size).abs() < self.size * 0.01
            && (self.along.0 - next.along.0).abs() < 0.001
            && (self.along.1 - next.along.1).abs() < 0.001
            && off_line < 0.1
            && (!fresh || (-0.1..0.5).contains(&gap))
    }
}

impl Glyph {
    /// Something to be seen is drawn where it stands.
    fn is_over(&self, ground: &Ground, size: f64, vertical: bool, along: (f64, f64)) -> bool {
        let up = Vec2::new(-along.1, along.0) * size;
        let along = Vec2::new(along.0, along.1) * size;
        let middle = if vertical {
            up * -0.5
        } else {
            along * (self.width / 2_000.0) + up * 0.3
        };
        let pen = Point::new(self.x, self.y);
        self.text.trim().is_empty() || [pen, pen + middle].iter().any(|at| ground.is_drawn_at(*at))
    }
}

impl<'a> Device<'a> for Reader<'a> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.density = Density::Drawn;
        if props.blend_mode == BlendMode::Normal && Ink::of(&props.paint) == Ink::None {
            return;
        }
        let pen = match mode {
            DrawMode::Fill(_) | DrawMode::FillAndStroke(..) => {
                let place = props.transform.transform_rect_bbox(path.control_box());
                self.ground.draw(place);
                return;
            }
            DrawMode::Stroke(pen) => f64::from(pen.line_width.max(0.0)),
            DrawMode::Invisible => return,
        };
        // A frame is nothing inside.
        for piece in path.segments() {
            let place = piece.bounding_box().inflate(pen, pen);
            self.ground.draw(props.transform.transform_rect_bbox(place));
        }
    }

    fn push_clip_path(&mut self, path: &ClipPath) {
        self.sole = Sole::Other;
        self.ground.push_cut(path);
    }

    fn push_transparency_group(
        &mut self,
        opacity: f32,
        mask: Option<SoftMask<'a>>,
        blend: BlendMode,
    ) {
        if mask.is_some() {
            self.density = Density::Drawn;
        }
        if opacity < 1.0 || blend != BlendMode::Normal {
            self.sole = Sole::Other;
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.density.picture(&image, &props.transform);
        self.sole.picture(&image, &props.transform, self.bounds);
        let (width, height) = (image.width(), image.height());
        let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        self.ground.draw(props.transform.transform_rect_bbox(whole));
        // hayro says nothing of one that it finds too large.
        if u64::from(width) * u64::from(height) > LARGEST_PICTURE {
            let mut drawn = false;
            match image {
                Image::Raster(raster) => raster.with_rgba(|_, _| drawn = true, SMALL),
                Image::Stencil(stencil) => stencil.with_stencil(|_, _| drawn = true, SMALL),
            }
            self.undrawn |= !drawn;
        }
    }

    fn pop_clip(&mut self) {
        self.ground.pop_cut();
    }

    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let invisible = matches!(mode, DrawMode::Invisible);
        if !invisible {
            self.density = Density::Drawn;
        }
        // A drawn glyph brings its own colours; a blend is not looked through.
        let own = matches!(
            run.glyphs().first().map(|glyph| &**glyph),
            Some(SourceGlyph::Type3(_))
        );
        let ink = match (invisible, own || props.blend_mode != BlendMode::Normal) {
            (true, _) => Ink::None,
            (false, true) => Ink::Plain,
            (false, false) => Ink::of(&props.paint),
        };
        let before = self.runs.len();
        self.read(run, props.transform, ink);
        // "Fill, then stroke" shows one text twice.
        if matches!(mode, DrawMode::Stroke(_)) && before <= self.runs.len() {
            let fresh = self.runs.split_off(before);
            let bare = self.bare.split_off(before);
            if self.runs.ends_with(&fresh) {
                // Seen if either is.
                let from = before.saturating_sub(fresh.len());
                for (filled, stroked) in self.bare.iter_mut().skip(from).zip(bare) {
                    *filled &= stroked;
                }
            } else {
                self.runs.extend(fresh);
                self.bare.extend(bare);
            }
        }
    }
}
