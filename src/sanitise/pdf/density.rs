//! How finely a page is drawn. One that is nothing but pictures of few pixels (a
//! fax, a photo on a page of a metre) is drawn in theirs: more would be a larger
//! file, blurred, with nothing more to see.

use hayro::hayro_interpret::Image;
use hayro::hayro_interpret::util::x_y_advances;
use hayro::hayro_syntax::object::Dict;
use hayro::kurbo::Affine;

/// Pixels a point, 72 dpi: what claims to be coarser is drawn in these, because
/// the dictionary of a picture may say less than its data have.
const COARSEST: f64 = 1.0;

/// What a page shows, as far as its resolution goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Density {
    /// Nothing but pictures; the finest has so many pixels a point.
    Pictures(f64),
    /// Words, lines and fills, which no resolution shows in full.
    Drawn,
}

impl Density {
    /// Of a page on which nothing was drawn yet.
    pub(super) const NONE: Self = Self::Pictures(0.0);

    /// A picture is drawn, its pixels placed by `transform`.
    pub(super) fn picture(&mut self, image: &Image<'_, '_>, transform: &Affine) {
        let dict = match image {
            Image::Stencil(stencil) => stencil.stream().dict(),
            Image::Raster(raster) => raster.stream().dict(),
        };
        if has_mask(dict) {
            // Which may be finer than the picture.
            *self = Self::Drawn;
        }
        if let Self::Pictures(finest) = self {
            let (across, down) = x_y_advances(transform);
            let step = across.length().min(down.length());
            // A step of nothing is infinitely fine.
            *finest = finest.max(1.0 / step.max(0.0));
        }
    }

    /// Pixels a point, `most` at most.
    pub(super) fn pixels_per_point(self, most: f64) -> f64 {
        match self {
            Self::Pictures(finest) => finest.max(COARSEST).min(most),
            Self::Drawn => most,
        }
    }
}

fn has_mask(dict: &Dict<'_>) -> bool {
    dict.contains_key(b"SMask") || dict.contains_key(b"Mask")
}
