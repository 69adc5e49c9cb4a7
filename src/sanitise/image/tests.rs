//! Pictures built here with what must not cross; each with its result, and
//! the untreated file refused by the verifier.

use std::io::Cursor;

use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, What};

fn rebuilt(bytes: &[u8]) -> (Result<(Vec<u8>, Kind), Refusal>, Report) {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let result = reencode(bytes, &context, &mut report);
    (result, report)
}

fn check(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    let (limits, fonts) = (Limits::default(), Fonts::default());
    verify(
        kind,
        bytes,
        &Context {
            limits: &limits,
            fonts: &fonts,
        },
    )
}

fn coded(pixels: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Three coloured stripes, the first half transparent.
fn stripes() -> RgbaImage {
    RgbaImage::from_fn(12, 5, |x, _| match x {
        0..4 => Rgba([200, 0, 0, 128]),
        4..8 => Rgba([0, 200, 0, 255]),
        _ => Rgba([0, 0, 200, 255]),
    })
}

fn png() -> Vec<u8> {
    coded(stripes().into(), ImageFormat::Png)
}

/// Left half dark, right half light; EXIF says: turn by a quarter.
fn turned_photo() -> Vec<u8> {
    let pixels = RgbImage::from_fn(32, 16, |x, _| Rgb([if x < 16 { 10 } else { 240 }; 3]));
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    let orientation = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_exif_metadata(orientation).unwrap();
    encoder
        .encode(&pixels, 32, 16, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

fn counted(report: &Report, what: What) -> u32 {
    report
        .removed
        .iter()
        .filter(|line| line.what == what)
        .map(|line| line.count)
        .sum()
}

#[test]
fn bytes_after_a_png_are_gone_and_named() {
    let input = [png().as_slice(), b"PK\x03\x04 hidden"].concat();
    assert_eq!(check(Kind::Png, &input), Err(Refusal::Residue));
    let (result, report) = rebuilt(&input);
    let (output, kind) = result.unwrap();
    assert_eq!((kind, check(kind, &output)), (Kind::Png, Ok(())));
    assert_eq!(
        ::image::load_from_memory(&output).unwrap().to_rgba8(),
        stripes()
    );
    assert_eq!(report.removed.len(), 1);
    assert_eq!(report.removed[0].untrusted_where, "zip after the end");
}

#[test]
fn text_in_a_png_is_gone_and_counted() {
    let mut input = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut input, 1, 1);
    encoder.set_color(::png::ColorType::Rgb);
    encoder
        .add_text_chunk("Comment".into(), "secret".into())
        .unwrap();
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[1, 2, 3])
        .unwrap();
    assert_eq!(check(Kind::Png, &input), Err(Refusal::Residue));
    let (result, report) = rebuilt(&input);
    assert_eq!(check(Kind::Png, &result.unwrap().0), Ok(()));
    assert_eq!(counted(&report, What::Metadata), 1);
}

#[test]
fn a_photo_is_turned_upright_and_loses_its_exif() {
    let input = turned_photo();
    assert_eq!(check(Kind::Jpeg, &input), Err(Refusal::Residue));
    let (result, report) = rebuilt(&input);
    let (output, kind) = result.unwrap();
    assert_eq!((kind, check(kind, &output)), (Kind::Jpeg, Ok(())));
    let seen = ::image::load_from_memory(&output).unwrap().to_luma8();
    assert_eq!(seen.dimensions(), (16, 32));
    assert!(seen.get_pixel(8, 4).0[0] < 60 && seen.get_pixel(8, 28).0[0] > 200);
    assert_eq!(counted(&report, What::Metadata), 1);
}

#[test]
fn bytes_after_a_photo_are_gone() {
    let plain = rebuilt(&turned_photo()).0.unwrap().0;
    let input = [plain.as_slice(), b"<?php evil(); ?>"].concat();
    assert_eq!(check(Kind::Jpeg, &input), Err(Refusal::Residue));
    let (result, report) = rebuilt(&input);
    assert_eq!(check(Kind::Jpeg, &result.unwrap().0), Ok(()));
    assert_eq!(report.removed[0].untrusted_where, "script after the end");
}

#[test]
fn gif_and_bmp_become_png() {
    let opaque = DynamicImage::from(DynamicImage::from(stripes()).to_rgb8());
    for (format, known) in [(ImageFormat::Gif, Kind::Gif), (ImageFormat::Bmp, Kind::Bmp)] {
        let input = coded(opaque.clone(), format);
        assert_eq!(identify(&input), Some(known));
        assert_eq!(check(known, &input), Err(Refusal::Residue));
        let (output, kind) = rebuilt(&input).0.unwrap();
        assert_eq!((kind, check(kind, &output)), (Kind::Png, Ok(())));
        assert_eq!(
            ::image::load_from_memory(&output).unwrap().to_rgb8(),
            opaque.to_rgb8()
        );
    }
}

#[test]
fn a_header_that_promises_too_much_is_over_budget() {
    let mut input = png();
    input[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    input[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&input[12..29]);
    input[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    assert_eq!(rebuilt(&input).0.unwrap_err(), Refusal::OverBudget);
    assert_eq!(check(Kind::Png, &input), Err(Refusal::Residue));
}

#[test]
fn words_that_begin_like_a_bitmap_are_none() {
    assert_eq!(identify(b"BM is short for Bergisches Museum"), None);
    assert_eq!(identify(b"plain"), None);
}

#[test]
fn the_wrong_kind_or_treatment_is_refused() {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let png = png();
    assert_eq!(
        treat(Kind::Jpeg, Treatment::Rebuild, &png, &context, &mut report),
        Err(Refusal::Malformed)
    );
    assert_eq!(
        treat(Kind::Png, Treatment::Flatten, &png, &context, &mut report),
        Err(Refusal::Unsupported)
    );
}

/// Every number of colours takes its own path through the writer.
#[test]
fn pixels_survive_exactly_whatever_their_number() {
    for colours in [1_u32, 2, 3, 5, 17, 256, 300, 4_000] {
        let pixels = RgbaImage::from_fn(67, 61, |x, y| {
            let n = (x + y * 67) % colours;
            Rgba([
                (n % 256) as u8,
                (n / 256) as u8,
                7,
                if n == 3 { 9 } else { 255 },
            ])
        });
        let (output, _) = rebuilt(&coded(pixels.clone().into(), ImageFormat::Png))
            .0
            .unwrap();
        assert_eq!(check(Kind::Png, &output), Ok(()));
        assert_eq!(
            ::image::load_from_memory(&output).unwrap().to_rgba8(),
            pixels,
            "{colours}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_files_never_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>()
    ) {
        let opaque = || DynamicImage::from(DynamicImage::from(stripes()).to_rgb8());
        let mut input = match which {
            0 => png(),
            1 => turned_photo(),
            2 => coded(opaque(), ImageFormat::Gif),
            _ => coded(opaque(), ImageFormat::Bmp),
        };
        for (at, byte) in &changes {
            let at = at.index(input.len());
            input[at] = *byte;
        }
        for bytes in [&input[..], &input[..end.index(input.len())]] {
            for kind in Kind::ALL {
                let _ = check(kind, bytes);
            }
            if let Ok((output, kind)) = rebuilt(bytes).0 {
                prop_assert_eq!(check(kind, &output), Ok(()));
            }
        }
    }
}
