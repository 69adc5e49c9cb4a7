//! Codes built here, in pictures and on pages.

use std::io::Cursor;

use ::image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage, RgbaImage};
use qrcode::bits::Bits;
use qrcode::{EcLevel, QrCode, Version};

use super::*;
use crate::policy::Limits;
use crate::sanitise::protocol::Wish;
use crate::sanitise::{Context, Fonts, Kind, Report, Treatment, image, ooxml, pdf, rtf};

const ADDRESS: &str = "https://evil.example/login?id=1";

/// A code with modules of `size` pixels and its quiet zone.
fn code(text: &str, size: u32) -> GrayImage {
    drawn(&QrCode::new(text).unwrap(), size)
}

fn drawn(code: &QrCode, size: u32) -> GrayImage {
    let (width, modules) = (code.width() as u32, code.to_colors());
    GrayImage::from_fn((width + 8) * size, (width + 8) * size, |x, y| {
        let (column, row) = ((x / size).wrapping_sub(4), (y / size).wrapping_sub(4));
        let inside = column < width && row < width;
        let dark = inside && modules[(row * width + column) as usize] == qrcode::Color::Dark;
        Luma([if dark { 20 } else { 235 }])
    })
}

/// A picture with some shades, and the code at one place.
fn picture(code: &GrayImage, at: (i64, i64)) -> DynamicImage {
    let mut whole =
        GrayImage::from_fn(700, 500, |x, y| Luma([((x / 5 + y / 3) % 120 + 100) as u8]));
    ::image::imageops::replace(&mut whole, code, at.0, at.1);
    DynamicImage::ImageLuma8(whole).to_rgb8().into()
}

fn coded(pixels: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn with<T>(act: impl FnOnce(&Context<'_>, &mut Report) -> T) -> (T, Report) {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    (act(&context, &mut report), report)
}

fn found(kind: Kind, bytes: &[u8], pages: &[u32]) -> Vec<Code> {
    with(|context, _| read(kind, bytes, pages, context).unwrap()).0
}

#[test]
fn a_code_in_a_picture_is_seen_read_and_painted_over() {
    for (format, kind, clean) in [
        (ImageFormat::Png, Kind::Png, Kind::Png),
        (ImageFormat::Jpeg, Kind::Jpeg, Kind::Jpeg),
        (ImageFormat::Bmp, Kind::Bmp, Kind::Png),
    ] {
        let input = coded(&picture(&code(ADDRESS, 4), (300, 150)), format);
        let (output, report) = with(|context, report| {
            image::treat(kind, Treatment::Rebuild, &input, context, report).unwrap()
        });
        assert_eq!(report.codes, [1], "{kind:?}");
        let codes = found(clean, &output, &[1]);
        assert_eq!(codes.len(), 1, "{kind:?}");
        assert_eq!(codes[0].untrusted_text, ADDRESS);
        let area = codes[0].area;
        assert!((4_300..4_700).contains(&area.left) && (3_000..3_500).contains(&area.top));
        let (painted, _) = with(|context, report| {
            image::painted(kind, Treatment::Rebuild, &input, &[area], context, report).unwrap()
        });
        assert_eq!(
            with(|context, _| image::verify(clean, &painted, context)).0,
            Ok(())
        );
        assert_eq!(found(clean, &painted, &[1]), []);
    }
}

#[test]
fn turned_light_and_large_codes_are_read_and_japanese_ones() {
    let plain = picture(&code(ADDRESS, 4), (60, 90));
    let mut light = plain.clone();
    light.invert();
    let photo = plain.resize(4_000, 3_000, ::image::imageops::FilterType::Nearest);
    for (pixels, name) in [
        (plain.rotate90(), "turned"),
        (light, "light"),
        (photo, "photo"),
    ] {
        assert!(may_be_in(&pixels), "{name}");
        let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
        assert_eq!(codes.len(), 1, "{name}");
        assert_eq!(codes[0].untrusted_text, ADDRESS, "{name}");
    }
    let words = "見積書①は https://例え.jp/ にあります\u{202e}";
    let codes = found(
        Kind::Png,
        &coded(&picture(&code(words, 3), (9, 9)), ImageFormat::Png),
        &[1],
    );
    assert_eq!(codes[0].untrusted_text, words.trim_end_matches('\u{202e}'));
}

/// Modes that rqrr does not know and a telephone does.
fn unread_codes() -> [QrCode; 2] {
    let built = |open: &dyn Fn(&mut Bits)| {
        let mut bits = Bits::new(Version::Normal(4));
        open(&mut bits);
        bits.push_byte_data(ADDRESS.as_bytes()).unwrap();
        bits.push_terminator(EcLevel::L).unwrap();
        QrCode::with_bits(bits, EcLevel::L).unwrap()
    };
    [
        built(&|bits| bits.push_fnc1_first_position().unwrap()),
        built(&|bits| bits.push_fnc1_second_position(37).unwrap()),
    ]
}

#[test]
fn a_code_that_says_what_is_not_understood_is_there_all_the_same() {
    for code in unread_codes() {
        let pixels = picture(&drawn(&code, 5), (300, 150));
        assert!(may_be_in(&pixels));
        let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
        let [code] = codes.as_slice() else {
            panic!("{codes:?}")
        };
        assert_eq!(code.untrusted_text, "");
        assert!((4_100..4_700).contains(&code.area.left), "{code:?}");
    }
}

#[test]
fn a_code_that_shows_on_a_dark_ground_only_is_seen_and_read() {
    for light in [true, false] {
        let code = code(ADDRESS, 5);
        let whole = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
            let dark = code.get_pixel(x, y).0[0] < 128;
            ::image::Rgba([255, 255, 255, if dark == light { 255 } else { 0 }])
        });
        let pixels = DynamicImage::from(whole);
        assert!(may_be_in(&pixels));
        let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].untrusted_text, ADDRESS);
    }
}

#[test]
fn pictures_without_a_code_are_not_looked_at_twice() {
    let blank = RgbImage::from_pixel(640, 480, ::image::Rgb([255; 3]));
    let stripes = GrayImage::from_fn(640, 480, |x, _| {
        Luma([if x / 8 % 2 == 0 { 0 } else { 255 }])
    });
    let rings = GrayImage::from_fn(640, 480, |x, y| {
        let far = x.abs_diff(320).max(y.abs_diff(240)) / 10;
        Luma([if matches!(far, 0 | 1 | 3) { 0 } else { 255 }])
    });
    for pixels in [DynamicImage::from(blank), stripes.into(), rings.into()] {
        assert!(!may_be_in(&pixels));
    }
}

#[test]
fn a_code_in_pale_colours_is_seen_and_read() {
    for (ground, ink) in [(255, 238), (250, 225), (60, 40), (20, 45)] {
        let mut pale = code(ADDRESS, 5);
        for pixel in pale.pixels_mut() {
            pixel.0 = [if pixel.0[0] < 128 { ink } else { ground }];
        }
        let mut whole = GrayImage::from_pixel(700, 500, Luma([ground]));
        ::image::imageops::replace(&mut whole, &pale, 150, 120);
        // Something darker elsewhere decides no threshold.
        for (x, y) in (0..60).flat_map(|x| (0..60).map(move |y| (x, y))) {
            whole.put_pixel(x, y, Luma([0]));
        }
        let pixels = DynamicImage::ImageLuma8(whole);
        assert!(may_be_in(&pixels), "{ground} {ink}");
        let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
        assert_eq!(codes.len(), 1, "{ground} {ink}");
        assert_eq!(codes[0].untrusted_text, ADDRESS);
    }
}

#[test]
fn codes_in_pictures_of_rich_text_are_read_and_painted_over() {
    let coded = coded(&picture(&code(ADDRESS, 4), (300, 150)), ImageFormat::Png);
    let digits: String = coded.iter().map(|byte| format!("{byte:02X}")).collect();
    let document = format!("{{\\rtf1 {{\\pict\\pngblip 00}}{{\\pict\\pngblip {digits}}}}}");
    let (document, tier) = (document.as_bytes(), Treatment::Rebuild);
    let (output, report) = with(|context, report| {
        rtf::treat(
            (Kind::Rtf, tier),
            Wish::default(),
            document,
            context,
            report,
        )
        .unwrap()
    });
    // The one before it could not be read.
    assert_eq!(report.codes, [1]);
    let codes = found(Kind::Rtf, &output, &report.codes);
    assert_eq!(codes.len(), 1);
    assert_eq!(codes[0].untrusted_text, ADDRESS);
    let (painted, _) = with(|context, report| {
        let (areas, wish) = ([codes[0].area], Wish::default());
        rtf::painted((Kind::Rtf, tier), wish, document, &areas, context, report).unwrap()
    });
    let accepted = with(|context, _| rtf::verify(&painted, context)).0;
    assert_eq!(accepted, Ok(()));
    assert_eq!(found(Kind::Rtf, &painted, &[1]), []);
}

#[test]
fn codes_in_pictures_of_an_office_document_are_read_and_painted_over() {
    let coded = coded(&picture(&code(ADDRESS, 4), (300, 150)), ImageFormat::Png);
    let document = ooxml::with_picture(&coded);
    let (output, report) = with(|context, report| {
        let how = (Kind::Word, Treatment::Rebuild);
        ooxml::treat(how, Wish::default(), &document, context, report).unwrap()
    });
    assert_eq!(report.codes, [1]);
    let codes = found(Kind::Word, &output, &report.codes);
    assert_eq!(codes.len(), 1);
    assert_eq!(
        (codes[0].area.page, codes[0].untrusted_text.as_str()),
        (1, ADDRESS)
    );
    let (painted, _) = with(|context, report| {
        let areas = [codes[0].area];
        ooxml::painted(
            (Kind::Word, Treatment::Rebuild),
            Wish::default(),
            &document,
            &areas,
            context,
            report,
        )
        .unwrap()
    });
    let accepted = with(|context, _| ooxml::verify(Kind::Word, &painted, context)).0;
    assert_eq!(accepted, Ok(()));
    assert_eq!(found(Kind::Word, &painted, &[1]), []);
}

#[test]
fn a_code_in_a_redrawn_pdf_is_seen_and_read() {
    let (source, _) = with(|context, _| {
        let mut binder = pdf::Binder::new(context);
        for page in [
            picture(&GrayImage::new(1, 1), (0, 0)),
            picture(&code(ADDRESS, 4), (300, 150)),
        ] {
            binder.add(&page, 150.0, 150.0).unwrap();
        }
        binder.finish().unwrap()
    });
    let (drawn, report) = with(|context, report| {
        pdf::treat(Kind::Pdf, Treatment::Rebuild, &source, context, report).unwrap()
    });
    assert_eq!(report.codes, [2]);
    let codes = found(Kind::Pdf, &drawn, &report.codes);
    assert_eq!(codes.len(), 1);
    assert_eq!(codes[0].untrusted_text, ADDRESS);
}

#[test]
fn codes_on_pages_are_read_with_their_page() {
    // Two pages of a scan become a PDF; the code stands on the second.
    let pages = [
        picture(&GrayImage::new(1, 1), (0, 0)),
        picture(&code(ADDRESS, 4), (300, 150)),
    ];
    let (output, _) = with(|context, _| {
        let mut binder = pdf::Binder::new(context);
        for page in &pages {
            binder.add(page, 150.0, 150.0).unwrap();
        }
        binder.finish().unwrap()
    });
    let (flat, report) = with(|context, report| {
        pdf::treat(Kind::Pdf, Treatment::Flatten, &output, context, report).unwrap()
    });
    assert_eq!(report.codes, [2]);
    let codes = found(Kind::Pdf, &flat, &report.codes);
    assert_eq!(codes.len(), 1);
    assert_eq!(
        (codes[0].area.page, codes[0].untrusted_text.as_str()),
        (2, ADDRESS)
    );
    let (painted, _) = with(|context, report| {
        pdf::painted(
            Treatment::Flatten,
            &output,
            &[codes[0].area],
            context,
            report,
        )
        .unwrap()
    });
    assert_eq!(
        with(|context, _| pdf::verify(Kind::Pdf, &painted, context)).0,
        Ok(())
    );
    assert_eq!(found(Kind::Pdf, &painted, &[2]), []);
}

proptest::proptest! {
    #[test]
    fn any_picture_is_looked_at(samples in proptest::collection::vec(0_u8..2, 0..4_000), columns in 1_usize..80) {
        let grey: Vec<u8> = samples.iter().flat_map(|s| [s * 255, s * 255, s * 255, 255]).collect();
        let _ = may_be_seen_in(&Grey::of_rgba(&grey, columns, 255));
    }
    #[test]
    fn any_area_is_painted(edges: [u16; 4], columns in 1_usize..9, rows in 0_usize..9) {
        let area = Area { page: 1, left: edges[0], top: edges[1], right: edges[2], bottom: edges[3] };
        area.paint(&mut vec![0; columns * rows * 4], columns);
    }
}

/// What a picture of 8-bit grey says.
fn said(grey: GrayImage) -> Vec<String> {
    let pixels = DynamicImage::from(grey);
    assert!(may_be_in(&pixels));
    let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
    codes.into_iter().map(|code| code.untrusted_text).collect()
}

#[test]
fn a_large_eye_beside_a_code_hides_none_of_its_own() {
    for part in [20, 40] {
        let mut whole = GrayImage::from_pixel(700, 800, Luma([255]));
        for (x, y) in (0..7 * part).flat_map(|x| (0..7 * part).map(move |y| (x, y))) {
            let far = |at: u32| (at / part).abs_diff(3);
            if far(x).max(far(y)) != 2 {
                whole.put_pixel(x + 100, y + 20, Luma([0]));
            }
        }
        let below = i64::from(7 * part + 30);
        ::image::imageops::replace(&mut whole, &code(ADDRESS, 4), 100, below);
        assert_eq!(said(whole), [ADDRESS], "{part}");
    }
}

#[test]
fn a_code_of_pixels_that_are_not_square_is_seen_and_read() {
    for (across, down) in [(1, 2), (1, 3), (1, 4), (2, 1), (3, 1)] {
        let square = code(ADDRESS, 6);
        let (columns, rows) = (square.width() * across, square.height() * down);
        let nearest = ::image::imageops::FilterType::Nearest;
        let pulled = ::image::imageops::resize(&square, columns, rows, nearest);
        assert_eq!(said(pulled), [ADDRESS], "{across}:{down}");
    }
}

#[test]
fn hatched_dotted_and_torn_codes_are_seen_and_read() {
    let hatches: [&dyn Fn(u32, u32) -> bool; 5] = [
        &|_, y| y % 2 == 0,
        &|x, _| x / 2 % 2 == 0,
        &|x, y| (x + y) % 2 == 0,
        &|x, y| x % 10 == 0 || y % 10 == 0,
        &|x, y| (x * 7 + y * 13 + x * y) % 31 == 0,
    ];
    for (number, light) in hatches.iter().enumerate() {
        let mut whole = code(ADDRESS, 10);
        for (x, y, pixel) in whole.enumerate_pixels_mut() {
            if light(x, y) {
                pixel.0 = [235];
            }
        }
        assert_eq!(said(whole), [ADDRESS], "{number}");
    }
}

#[test]
fn every_one_of_many_codes_side_by_side_is_read() {
    let texts: Vec<String> = (0..12).map(|n| format!("{ADDRESS}{n}")).collect();
    let mut whole = GrayImage::from_pixel(900, 700, Luma([255]));
    for (number, text) in (0_i64..).zip(&texts) {
        let at = (20 + number % 4 * 220, 20 + number / 4 * 220);
        ::image::imageops::replace(&mut whole, &code(text, 4), at.0, at.1);
    }
    let mut said = said(whole);
    said.sort_unstable_by_key(|text| (text.len(), text.clone()));
    assert_eq!(said, texts);
}

#[test]
fn a_code_with_round_eyes_is_seen_and_read() {
    const SIZE: i32 = 12;
    let mut whole = code(ADDRESS, SIZE as u32);
    let far = whole.width() as i32 - 11 * SIZE;
    for (left, top) in [(4 * SIZE, 4 * SIZE), (far, 4 * SIZE), (4 * SIZE, far)] {
        for (x, y) in (0..7 * SIZE).flat_map(|x| (0..7 * SIZE).map(move |y| (x, y))) {
            let (dx, dy) = (2 * x + 1 - 7 * SIZE, 2 * y + 1 - 7 * SIZE);
            let within = |modules: i32| dx * dx + dy * dy <= (modules * SIZE).pow(2);
            let dark = within(3) || (within(7) && !within(5));
            let place = whole.get_pixel_mut((left + x) as u32, (top + y) as u32);
            place.0 = [if dark { 20 } else { 235 }];
        }
    }
    assert_eq!(said(whole.clone()), [ADDRESS]);
    ::image::imageops::invert(&mut whole);
    assert_eq!(said(whole), [ADDRESS]);
}

/// Modules of less than three pixels, on a page, wherever they fall.
#[test]
fn small_codes_on_a_page_are_seen_and_read() {
    let triangle = ::image::imageops::FilterType::Triangle;
    for tenths in [25, 26, 27, 28, 30, 33] {
        let sharp = code(ADDRESS, 20);
        let side = sharp.width() * tenths / 200;
        let small = ::image::imageops::resize(&sharp, side, side, triangle);
        let mut whole = GrayImage::from_pixel(1_240, 1_754, Luma([255]));
        for (x, y) in [(501, 603), (30, 300), (977, 1_610)] {
            ::image::imageops::replace(&mut whole, &small, x, y);
        }
        let pixels = DynamicImage::from(whole);
        assert!(may_be_in(&pixels));
        let codes = found(Kind::Png, &coded(&pixels, ImageFormat::Png), &[1]);
        let said: Vec<&str> = codes.iter().map(|code| &*code.untrusted_text).collect();
        assert_eq!(said, [ADDRESS; 3], "{tenths}");
        // Painted over, nothing of them is left.
        let mut rgba = pixels.to_rgba8();
        let columns = rgba.width() as usize;
        codes
            .iter()
            .for_each(|code| code.area.paint(&mut rgba, columns));
        let left = rgba.pixels().filter(|pixel| pixel.0[0] < 100).count();
        assert_eq!(left, 0, "{tenths}");
    }
}

/// The short way to a page seen from afar.
#[test]
fn a_page_seen_from_afar_is_its_half() {
    for columns in [3, 16, 37, 64] {
        let rgba: Vec<u8> = (0..columns * 31 * 4)
            .map(|n| {
                if n / 400 % 3 == 0 {
                    255
                } else {
                    (n * 7 % 251) as u8
                }
            })
            .collect();
        let (short, long) = (
            Grey::of_far_page(&rgba, columns),
            Grey::of_page(&rgba, columns).halved(),
        );
        assert_eq!((short.columns, short.rows), (long.columns, long.rows));
        assert_eq!(short.samples.len(), long.samples.len());
        let mut pairs = short.samples.iter().zip(&long.samples);
        assert!(pairs.all(|(a, b)| a.abs_diff(*b) <= 2), "{columns}");
    }
}
