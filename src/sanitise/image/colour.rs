//! Colours as the file means them: an ICC profile (ICC.1) is applied, then
//! gone; what comes out is sRGB. A profile that cannot be read changes
//! nothing, as in readers that know no profiles.

use ::image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// A profile is at most a few MiB of tables; more is no profile.
const LONGEST_PROFILE: usize = 8 << 20;

/// The pixels in sRGB. Grey pictures stay as they are.
pub(super) fn to_srgb(pixels: DynamicImage, profile: Option<Vec<u8>>) -> DynamicImage {
    match profile.and_then(|profile| transform(&profile)) {
        Some(transform) => applied(pixels, &transform),
        None => pixels,
    }
}

type Transform = std::sync::Arc<moxcms::Transform8BitExecutor>;

fn transform(profile: &[u8]) -> Option<Transform> {
    if profile.len() > LONGEST_PROFILE {
        return None;
    }
    let source = ColorProfile::new_from_slice(profile).ok()?;
    if source.color_space != DataColorSpace::Rgb {
        return None;
    }
    let options = TransformOptions::default();
    let transform = source
        .create_transform_8bit(Layout::Rgb, &ColorProfile::new_srgb(), Layout::Rgb, options)
        .ok()?;
    changes(&transform).then_some(transform)
}

/// Whether any colour of a coarse grid comes out differently: most profiles
/// are sRGB under one of its names.
fn changes(transform: &Transform) -> bool {
    let steps = [0_u8, 32, 64, 96, 128, 160, 192, 224, 255];
    let mut grid = Vec::new();
    for r in steps {
        for g in steps {
            grid.extend(steps.iter().flat_map(|b| [r, g, *b]));
        }
    }
    let mut seen = vec![0; grid.len()];
    transform.transform(&grid, &mut seen).is_ok()
        && grid.iter().zip(&seen).any(|(a, b)| a.abs_diff(*b) > 2)
}

fn applied(pixels: DynamicImage, transform: &Transform) -> DynamicImage {
    if !pixels.color().has_color() {
        return pixels;
    }
    if pixels.color().has_alpha() {
        let mut whole = pixels.into_rgba8();
        let opaque: Vec<u8> = whole
            .pixels()
            .flat_map(|pixel| {
                let [r, g, b, _] = pixel.0;
                [r, g, b]
            })
            .collect();
        let mut seen = vec![0; opaque.len()];
        if transform.transform(&opaque, &mut seen).is_ok() {
            for (pixel, colour) in whole.pixels_mut().zip(seen.chunks_exact(3)) {
                let alpha = pixel.0[3];
                if let [r, g, b] = colour {
                    pixel.0 = [*r, *g, *b, alpha];
                }
            }
        }
        return whole.into();
    }
    let whole = pixels.into_rgb8();
    let mut seen = ::image::RgbImage::new(whole.width(), whole.height());
    match transform.transform(whole.as_raw(), &mut seen) {
        Ok(()) => seen.into(),
        Err(_) => whole.into(),
    }
}
