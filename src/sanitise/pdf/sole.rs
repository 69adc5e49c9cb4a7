//! A page that is one picture in its own pixels, as scanners write them, coded in
//! tiles (JPEG 2000): the pixels of the page are those of the picture, taken over
//! tile by tile. hayro would hold the whole of it with four bytes a sample.

use ::image::{ColorType, ImageDecoder as _};
use hayro::hayro_interpret::Image;
use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::{Dict, Object};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Affine, Point, Rect};
use hayro::vello_cpu::Pixmap;

use crate::sanitise::image::Tiled;

/// Points that a corner may be beside its place.
const NEAR: f64 = 0.002;

/// What a page of nothing but pictures showed so far, as to whether it is such a one.
#[derive(Debug)]
pub(super) enum Sole {
    Nothing,
    /// One picture, all over the page, as it stands in the file.
    Picture(Coded),
    /// Anything else.
    Other,
}

/// A picture of device colours (ISO 32000-1 section 8.6.4), coded.
#[derive(Debug)]
pub(super) struct Coded {
    bytes: Vec<u8>,
    /// Those that agree with what the page says.
    colours: &'static [ColorType],
}

impl Sole {
    /// Of `page`, on which nothing was drawn yet. A graphics state may change the
    /// colours of a picture (transfer functions), and nobody would be told.
    pub(super) fn of(page: &SourcePage<'_>) -> Self {
        if page.resources().ext_g_states.is_empty() {
            Self::Nothing
        } else {
            Self::Other
        }
    }

    /// A picture is drawn, its pixels placed by `transform`, on a page that points up.
    pub(super) fn picture(&mut self, image: &Image<'_, '_>, transform: &Affine, page: Rect) {
        let first = matches!(self, Self::Nothing) && covers(image, transform, page);
        *self = first
            .then(|| Coded::of(image))
            .flatten()
            .map_or(Self::Other, Self::Picture);
    }

    /// The picture, if the page is nothing else.
    pub(super) fn taken(self) -> Option<Coded> {
        match self {
            Self::Picture(coded) => Some(coded),
            Self::Nothing | Self::Other => None,
        }
    }
}

/// Upright, from edge to edge.
fn covers(image: &Image<'_, '_>, transform: &Affine, page: Rect) -> bool {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let corners = [
        (Point::ZERO, Point::new(page.x0, page.y1)),
        (Point::new(width, 0.0), Point::new(page.x1, page.y1)),
        (Point::new(0.0, height), Point::new(page.x0, page.y0)),
    ];
    corners
        .iter()
        .all(|(pixel, place)| (*transform * *pixel).distance(*place) <= NEAR)
}

impl Coded {
    /// `None` for what has colours, masks or filters of its own.
    fn of(image: &Image<'_, '_>) -> Option<Self> {
        let Image::Raster(raster) = image else {
            return None;
        };
        let stream = raster.stream();
        let [Filter::JpxDecode] = stream.filters()[..] else {
            return None;
        };
        Some(Self {
            colours: colours(stream.dict())?,
            bytes: stream.raw_data().into_owned(),
        })
    }

    /// The picture as a page of so many pixels, if it has just these.
    pub(super) fn page(&self, columns: u16, rows: u16, pixmap: &mut Pixmap) -> Option<()> {
        let tiled = Tiled::of(&self.bytes)?;
        let colour = tiled.device_colour()?;
        let same = tiled.dimensions() == (columns.into(), rows.into());
        if !(same && self.colours.contains(&colour)) {
            return None;
        }
        let samples_a_pixel = usize::from(colour.bytes_per_pixel());
        let page = super::parse::sized(pixmap, columns, rows).data_as_u8_slice_mut();
        tiled
            .each_row(|x, y, samples| {
                let from = (y * usize::from(columns) + x) * 4;
                let pixels = page.get_mut(from..).unwrap_or_default();
                let samples = samples.chunks_exact(samples_a_pixel);
                for (pixel, samples) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(samples) {
                    match *samples {
                        [red, green, blue] => *pixel = [red, green, blue, 255],
                        [grey] => *pixel = [grey, grey, grey, 255],
                        _ => {}
                    }
                }
            })
            .ok()
    }
}

/// `None` where the page says more of the picture's colours than their number.
fn colours(dict: &Dict<'_>) -> Option<&'static [ColorType]> {
    const OWN: [&[u8]; 6] = [b"SMask", b"SMaskInData", b"Mask", b"Decode", b"D", b"CS"];
    if OWN.iter().any(|key| dict.contains_key(key)) {
        return None;
    }
    match dict.get::<Object<'_>>(b"ColorSpace") {
        None => Some(&[ColorType::L8, ColorType::Rgb8]),
        Some(Object::Name(name)) if *name == *b"DeviceRGB" => Some(&[ColorType::Rgb8]),
        Some(Object::Name(name)) if *name == *b"DeviceGray" => Some(&[ColorType::L8]),
        Some(_) => None,
    }
}
