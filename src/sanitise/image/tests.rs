//! Pictures built here with what must not cross; each with its result, and
//! the untreated file refused by the verifier.

use std::io::Cursor;

use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

mod drawings;

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, What};

/// The bytes that hexadecimal digits say.
pub(in crate::sanitise) fn from_hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .map(|b| (b as char).to_digit(16).unwrap() as u8)
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect()
}

/// JPEG 2000 of 40 by 28 pixels in six tiles, without loss, by OpenJPEG.
pub(in crate::sanitise) const TILED: &str = "\
     0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a703268000000166968\
     64720000001c000000280003070700000000000f636f6c72010000000000100000017e6a703263ff4fff51002f00\
     00000000280000001c0000000000000000000000100000001000000000000000000003070101070101070101ff52\
     000c00000001000204040001ff5c000a4040484850484850ff640025000143726561746564206279204f70656e4a\
     5045472076657273696f6e20322e352e34ff90000a0000000000290001ff93de1411622c75f0dc20128163d4d8c0\
     11ed617961a5808080808080ff90000a00010000002c0001ff9380dc20128163d4fc3014b53b3550878080d87240\
     21b7c11328cb69808080ff90000a00020000002b0001ff93c8c013ff79dc18125a9ffe20a011e9a8bd178080a480\
     106e85e2808080ff90000a0003000000280001ff93dc20094e977280dc3006617c56468f8080a480098f14c08080\
     80ff90000a00040000002c0001ff9380cf080cc335b4fe018003f2b0e9a2ce8080d872301d05be0054fb808080ff\
     90000a00050000002c0001ff93c8c00232fccc300ca88ffe0100066e5feb8080c8a4600671096929808080ffd9";

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

/// EXIF that says: turn by a quarter.
const QUARTER: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// Left half dark, right half light, to be turned by a quarter.
fn turned_photo() -> Vec<u8> {
    let pixels = RgbImage::from_fn(32, 16, |x, _| Rgb([if x < 16 { 10 } else { 240 }; 3]));
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.add_exif_metadata(QUARTER).unwrap();
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

/// In a WebP the EXIF data stand bare, or as in a JPEG.
#[test]
fn a_webp_is_turned_upright() {
    for before in [&b""[..], b"Exif\0\0"] {
        let mut input = Vec::new();
        let mut encoder = ::image::codecs::webp::WebPEncoder::new_lossless(&mut input);
        let exif = [before, QUARTER].concat();
        ::image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
        DynamicImage::new_rgb8(32, 16)
            .write_with_encoder(encoder)
            .unwrap();
        let output = rebuilt(&input).0.unwrap().0;
        let seen = ::image::load_from_memory(&output).unwrap();
        assert_eq!((seen.width(), seen.height()), (16, 32), "{before:?}");
    }
}

#[test]
fn a_photo_that_is_cut_off_says_so() {
    let whole = turned_photo();
    let cut_off = |bytes: &[u8]| counted(&rebuilt(bytes).1, What::CutOff);
    assert_eq!(cut_off(&whole), 0);
    assert_eq!(cut_off(&whole[..whole.len() - 2]), 1);
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

/// Two pages of a fax (204 by 98 dots an inch), with words in its tags.
fn fax() -> Vec<u8> {
    use ::tiff::encoder::{Rational, TiffEncoder, colortype};
    use ::tiff::tags::{ResolutionUnit, Tag};
    let mut bytes = Cursor::new(Vec::new());
    let mut file = TiffEncoder::new(&mut bytes).unwrap();
    for shade in [40_u8, 200] {
        let mut page = file.new_image::<colortype::Gray8>(408, 98).unwrap();
        page.resolution_unit(ResolutionUnit::Inch);
        page.x_resolution(Rational { n: 204, d: 1 });
        page.y_resolution(Rational { n: 98, d: 1 });
        page.encoder()
            .write_tag(Tag::ImageDescription, "secret")
            .unwrap();
        page.write_data(&vec![shade; 408 * 98]).unwrap();
    }
    bytes.into_inner()
}

fn treated(kind: Kind, treatment: Treatment, bytes: &[u8]) -> (Result<Vec<u8>, Refusal>, Report) {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let result = treat(kind, treatment, bytes, &context, &mut report);
    (result, report)
}

#[test]
fn a_fax_becomes_a_pdf_of_its_pages_in_their_size() {
    let (result, report) = treated(Kind::Tiff, Treatment::Flatten, &fax());
    let output = result.unwrap();
    let (limits, fonts) = (Limits::default(), Fonts::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let pdf = crate::sanitise::pdf::verify;
    assert_eq!(pdf(Kind::Pdf, &output, &context), Ok(()));
    assert_eq!(pdf(Kind::Pdf, &fax(), &context), Err(Refusal::Residue));
    let text = String::from_utf8_lossy(&output);
    assert_eq!(text.matches("/MediaBox[0 0 144 72]").count(), 2, "{text}");
    assert_eq!(counted(&report, What::Metadata), 2);
    assert!(!text.contains("secret"));
}

#[test]
fn a_tiff_as_one_picture_says_that_it_had_more_pages() {
    let (result, report) = treated(Kind::Tiff, Treatment::Rebuild, &fax());
    assert_eq!(check(Kind::Png, &result.unwrap()), Ok(()));
    assert_eq!(counted(&report, What::UnknownPart), 1);
}

#[test]
fn pages_that_lead_back_to_each_other_are_malformed() {
    let mut input = fax();
    // The last page's link is the last `0` of the file's two directories.
    let little = |at: usize, bytes: &[u8]| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    };
    let first = little(4, &input);
    let entries =
        |at: usize, bytes: &[u8]| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let link = first + 2 + entries(first, &input) * 12;
    let second = little(link, &input);
    let end = second + 2 + entries(second, &input) * 12;
    input[end..end + 4].copy_from_slice(&(first as u32).to_le_bytes());
    let (result, _) = treated(Kind::Tiff, Treatment::Flatten, &input);
    assert_eq!(result, Err(Refusal::Malformed));
}

#[test]
fn a_webp_becomes_png_and_loses_what_is_behind_it() {
    let input = [
        coded(stripes().into(), ImageFormat::WebP).as_slice(),
        b"PK\x03\x04 hidden",
    ]
    .concat();
    assert_eq!(identify(&input), Some(Kind::Webp));
    let (result, report) = rebuilt(&input);
    let (output, kind) = result.unwrap();
    assert_eq!((kind, check(kind, &output)), (Kind::Png, Ok(())));
    assert_eq!(
        ::image::load_from_memory(&output).unwrap().to_rgba8(),
        stripes()
    );
    assert_eq!(report.removed[0].untrusted_where, "zip after the end");
    assert_eq!(check(Kind::Png, &input), Err(Refusal::Residue));
}

/// Pure Display P3 red is outside of sRGB; a profile that says P3 is applied.
#[test]
fn colours_come_out_as_srgb_and_the_profile_is_gone() {
    let picture = |profile: Option<Vec<u8>>| {
        let mut bytes = Vec::new();
        let mut encoder = ::image::codecs::png::PngEncoder::new(&mut bytes);
        if let Some(profile) = profile {
            ::image::ImageEncoder::set_icc_profile(&mut encoder, profile).unwrap();
        }
        ::image::ImageEncoder::write_image(
            encoder,
            &[200, 80, 80],
            1,
            1,
            ::image::ExtendedColorType::Rgb8,
        )
        .unwrap();
        bytes
    };
    let seen = |input: &[u8]| {
        let (output, kind) = rebuilt(input).0.unwrap();
        assert_eq!(check(kind, &output), Ok(()));
        ::image::load_from_memory(&output)
            .unwrap()
            .to_rgb8()
            .into_raw()
    };
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
    assert_eq!(
        check(Kind::Png, &picture(Some(p3.clone()))),
        Err(Refusal::Residue)
    );
    assert_eq!(seen(&picture(None)), [200, 80, 80]);
    assert_eq!(seen(&picture(Some(srgb))), [200, 80, 80]);
    assert_eq!(seen(&picture(Some(b"no profile".to_vec()))), [200, 80, 80]);
    let wide = seen(&picture(Some(p3)));
    assert!(wide[0] > 210 && wide[1] < 75, "{wide:?}");
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
        which in 0..7_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>()
    ) {
        let opaque = || DynamicImage::from(DynamicImage::from(stripes()).to_rgb8());
        let mut input = match which {
            0 => png(),
            1 => turned_photo(),
            2 => coded(opaque(), ImageFormat::Gif),
            3 => coded(stripes().into(), ImageFormat::WebP),
            4 => fax(),
            5 => drawings::DRAWING.into(),
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
            for (kind, result) in [(Kind::Tiff, Kind::Pdf), (Kind::Svg, Kind::Png)] {
                if let Ok(output) = treated(kind, Treatment::Flatten, bytes).0 {
                    let verified = if result == Kind::Png {
                        check(result, &output)
                    } else {
                        let (limits, fonts) = (Limits::default(), Fonts::default());
                        let context = Context { limits: &limits, fonts: &fonts };
                        crate::sanitise::pdf::verify(result, &output, &context)
                    };
                    prop_assert_eq!(verified, Ok(()));
                }
            }
        }
    }
}
