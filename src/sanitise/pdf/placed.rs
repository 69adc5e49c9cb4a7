//! One glyph as the source draws it: what it says, and where on the page.

use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::kurbo::{Affine, Point, Rect, Vec2};

/// Characters one glyph may stand for (ligatures).
const LONGEST_GLYPH: usize = 16;

/// A glyph with its geometry in points.
pub(super) struct Placed {
    pub(super) text: Option<String>,
    pub(super) origin: Point,
    pub(super) along: (f64, f64),
    pub(super) size: f64,
    /// Declared width, in thousandths.
    pub(super) advance: f64,
    /// Horizontal stretch of the glyph against its height.
    stretch: f64,
}

impl Placed {
    /// `pen` is where the pen stands, seen from where the glyph is drawn.
    pub(super) fn of(glyph: &Glyph<'_>, to_page: Affine, pen: Vec2) -> Option<Self> {
        let [a, b, c, d, _, _] = to_page.as_coeffs();
        let across = a.hypot(b);
        // The height at a right angle to the baseline: slant and stretch drop out.
        let size = (a * d - b * c).abs() / across * 1_000.0;
        let advance = f64::from(advance(glyph));
        let origin = to_page * pen.to_point();
        let sane = (0.01..20_000.0).contains(&size) && origin.x.is_finite() && origin.y.is_finite();
        sane.then(|| Self {
            text: glyph.as_unicode().and_then(words),
            origin,
            along: (a / across, b / across),
            size,
            advance,
            stretch: across * 1_000.0 / size,
        })
    }

    /// Any part of its width lies on the page.
    pub(super) fn is_seen(&self, page: Rect) -> bool {
        let length = self.advance / 1_000.0 * self.size;
        let end = self.origin + (self.along.0 * length, self.along.1 * length);
        Rect::from_points(self.origin, end).overlaps(page)
    }

    /// What its ink may reach, whatever its direction.
    pub(super) fn reach(&self) -> Rect {
        let length = self.advance / 1_000.0 * self.size;
        let end = self.origin + (self.along.0 * length, self.along.1 * length);
        Rect::from_points(self.origin, end).inflate(self.size, self.size)
    }

    /// The width that fits the next glyph's place: with or without the
    /// stretch, which is either the text's scaling (it counts) or hayro's
    /// fitting of a substitute font (it does not).
    pub(super) fn width(&self, next: Option<&Self>) -> f64 {
        let Some(next) = next else {
            return self.advance;
        };
        let (dx, dy) = (next.origin.x - self.origin.x, next.origin.y - self.origin.y);
        let step = (dx * self.along.0 + dy * self.along.1) / self.size * 1_000.0;
        let stretched = self.advance * self.stretch;
        let same = (stretched - self.advance).abs() < 1.0;
        if !same && (step - stretched).abs() < (step - self.advance).abs() {
            // Any scaling occurs: in steps of 1/100 em the alphabet stays small.
            (stretched / 10.0).round() * 10.0
        } else {
            self.advance
        }
    }
}

fn advance(glyph: &Glyph<'_>) -> f32 {
    let width = match glyph {
        Glyph::Outline(outline) => outline.advance_width(),
        Glyph::Type3(drawn) => drawn.advance_width(),
    };
    width
        .filter(|width| width.is_finite())
        .unwrap_or(500.0)
        .clamp(0.0, 5_000.0)
}

/// What a glyph says, if that is no more than a ligature.
pub(super) fn words(character: BfString) -> Option<String> {
    let text = match character {
        BfString::Char(c) => c.to_string(),
        BfString::String(text) => text,
    };
    (!text.is_empty() && text.chars().count() <= LONGEST_GLYPH).then_some(text)
}
