//! Binds pictures of pages (faxes, scans) into a fresh PDF.

use ::image::DynamicImage;

use super::{Flat, Page, picture, write};
use crate::sanitise::{Context, Refusal};

/// The longest side of a page, in points (ISO 32000-2 annex C.2).
const LONGEST_PAGE: f32 = 14_400.0;
/// The longest side of a picture, in pixels: A3 at 300 dots an inch.
const LONGEST_SIDE: u32 = 5_000;

/// A growing file; only compact pages are in memory.
pub(in crate::sanitise) struct Binder {
    flat: Flat,
    /// Bytes that may still be added.
    left: u64,
}

impl Binder {
    /// An empty file.
    pub(in crate::sanitise) fn new(context: &Context<'_>) -> Self {
        Self {
            flat: Flat::default(),
            left: context.limits.expanded_bytes,
        }
    }

    /// Adds a page, on white; `across` and `down` are its dots per inch.
    pub(in crate::sanitise) fn add(
        &mut self,
        pixels: &DynamicImage,
        across: f32,
        down: f32,
    ) -> Result<(), Refusal> {
        let points = |dots: u32, per_inch: f32| {
            let points = dots as f32 / per_inch * 72.0;
            ((points * 100.0).round() / 100.0).clamp(1.0, LONGEST_PAGE)
        };
        let (width, height) = (
            points(pixels.width(), across),
            points(pixels.height(), down),
        );
        let smaller;
        let pixels = if pixels.width().max(pixels.height()) > LONGEST_SIDE {
            smaller = pixels.thumbnail(LONGEST_SIDE, LONGEST_SIDE);
            &smaller
        } else {
            pixels
        };
        let side = |side: u32| u16::try_from(side).map_err(|_| Refusal::OverBudget);
        let columns = side(pixels.width())?;
        let mut rgba = pixels.to_rgba8();
        if pixels.color().has_alpha() {
            rgba.pixels_mut()
                .for_each(|pixel| pixel.0 = on_white(pixel.0));
        }
        let picture = picture::Survey::of(rgba.as_raw(), columns).compact()?;
        self.left = self
            .left
            .checked_sub(picture.data.len() as u64)
            .ok_or(Refusal::OverBudget)?;
        self.flat.pages.push(Page {
            width,
            height,
            picture,
            text: Vec::new(),
        });
        Ok(())
    }

    /// The file.
    pub(in crate::sanitise) fn finish(self) -> Result<Vec<u8>, Refusal> {
        if self.flat.pages.is_empty() {
            return Err(Refusal::Malformed);
        }
        write::write(&self.flat)
    }
}

fn on_white([r, g, b, alpha]: [u8; 4]) -> [u8; 4] {
    let blend = |colour: u8| {
        let (colour, alpha) = (u16::from(colour), u16::from(alpha));
        u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    [blend(r), blend(g), blend(b), 255]
}
