//! Words that a page carries and nobody sees on it: drawn without ink, in the white
//! of the paper, outside of the page or of what it is cut to. They are left out where
//! that is sure. Over a picture or a drawing they stay: that is how a scan and a page
//! of outlines can be searched.

use hayro::hayro_interpret::{ClipPath, Paint};
use hayro::kurbo::{Point, Rect, Shape as _};

/// Places of a page in each direction.
const STEPS: usize = 128;
/// What is at least this white is not seen on paper.
const WHITE: u8 = 250;

/// How words are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// To be seen.
    Plain,
    /// None, or that of the paper.
    None,
}

impl Ink {
    pub(super) fn of(paint: &Paint<'_>) -> Self {
        let Paint::Color(colour) = paint else {
            return Self::Plain;
        };
        let [red, green, blue, opacity] = colour.to_rgba().to_rgba8();
        if opacity == 0 || [red, green, blue].iter().all(|part| *part >= WHITE) {
            Self::None
        } else {
            Self::Plain
        }
    }
}

/// What was drawn where, in places.
pub(super) struct Ground {
    page: Rect,
    drawn: Vec<bool>,
    /// What the page is cut to, with that of before.
    cuts: Vec<Rect>,
}

impl Ground {
    pub(super) fn of(page: Rect) -> Self {
        Self {
            page,
            drawn: vec![false; STEPS * STEPS],
            cuts: Vec::new(),
        }
    }

    /// Something to be seen is drawn here.
    pub(super) fn draw(&mut self, place: Rect) {
        let seen = place.intersect(self.cut());
        if !(place.is_finite() && place.overlaps(self.page)) || seen.width() < 0.0 {
            // What is no place may be anywhere.
            if !place.is_finite() {
                self.drawn.fill(true);
            }
            return;
        }
        for place in self.places(seen) {
            if let Some(drawn) = self.drawn.get_mut(place) {
                *drawn = true;
            }
        }
    }

    /// Whether anything to be seen was drawn at a point.
    pub(super) fn is_drawn_at(&self, point: Point) -> bool {
        let mut places = self.places(Rect::from_points(point, point));
        places.any(|place| self.drawn.get(place) != Some(&false))
    }

    pub(super) fn push_cut(&mut self, path: &ClipPath) {
        let place = path.path.bounding_box();
        let cut = self.cut();
        self.cuts.push(if place.is_finite() {
            cut.intersect(place)
        } else {
            cut
        });
    }

    pub(super) fn pop_cut(&mut self) {
        self.cuts.pop();
    }

    /// Whether something of this place is left by the cuts.
    pub(super) fn is_left(&self, place: Rect) -> bool {
        self.cuts.is_empty() || {
            let cut = self.cut();
            cut.width() > 0.0 && cut.height() > 0.0 && cut.overlaps(place)
        }
    }

    fn cut(&self) -> Rect {
        self.cuts.last().copied().unwrap_or(self.page)
    }

    fn places(&self, place: Rect) -> impl Iterator<Item = usize> + use<> {
        let step = |at: f64, from: f64, length: f64| {
            let step = (at - from) / length.max(1.0) * STEPS as f64;
            step.clamp(0.0, (STEPS - 1) as f64) as usize
        };
        let page = self.page;
        let columns = step(place.x0, page.x0, page.width())..=step(place.x1, page.x0, page.width());
        let rows = step(place.y0, page.y0, page.height())..=step(place.y1, page.y0, page.height());
        rows.flat_map(move |row| columns.clone().map(move |column| row * STEPS + column))
    }
}
