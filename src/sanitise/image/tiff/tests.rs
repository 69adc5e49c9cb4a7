//! Pages in the colour models that are read here.

use std::io::Cursor;

use ::image::{DynamicImage, ImageFormat, RgbImage};

use super::*;
use crate::policy::Limits;
use crate::sanitise::{Fonts, Treatment, image};

/// One page with these tags (number, type, count, value) and data behind the
/// header.
fn page(tags: &[(u16, u16, u32, u32)], data: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    file.extend(u32::try_from(8 + data.len()).unwrap().to_le_bytes());
    file.extend(data);
    file.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

fn seen(file: &[u8]) -> Result<RgbImage, Refusal> {
    let (limits, fonts, mut report) = (Limits::default(), Fonts::default(), Report::default());
    let context = Context {
        limits: &limits,
        fonts: &fonts,
    };
    let kind = Kind::Tiff;
    let flat = image::treat(kind, Treatment::Flatten, file, &context, &mut report)?;
    crate::sanitise::pdf::verify(Kind::Pdf, &flat, &context)?;
    let output = image::treat(kind, Treatment::Rebuild, file, &context, &mut report)?;
    assert_eq!(image::verify(Kind::Png, &output, &context), Ok(()));
    assert!(image::verify(Kind::Png, file, &context).is_err());
    Ok(::image::load_from_memory(&output).unwrap().to_rgb8())
}

const RED: [u8; 3] = [200, 0, 10];
const BLUE: [u8; 3] = [0, 20, 255];

#[test]
fn places_in_a_palette_become_their_colours() {
    // Nine by two places of one, four and eight bits: red, blue, red …
    for (bits, rows) in [
        (1, vec![0b0101_0101, 0, 0b1010_1010, 0x80]),
        (
            4,
            vec![0x01, 0x01, 0x01, 0x01, 0, 0x10, 0x10, 0x10, 0x10, 0x10],
        ),
        (
            8,
            [[0, 1, 0, 1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 1, 0, 1, 0, 1]].concat(),
        ),
    ] {
        let colours = 1_usize << bits;
        let mut map = vec![0_u16; 3 * colours];
        for (at, colour) in [RED, BLUE].iter().enumerate() {
            for (channel, value) in colour.iter().enumerate() {
                map[channel * colours + at] = u16::from(*value) * 257;
            }
        }
        let data: Vec<u8> = rows
            .iter()
            .copied()
            .chain(map.iter().flat_map(|v| v.to_le_bytes()))
            .collect();
        let length = u32::try_from(rows.len()).unwrap();
        let tags = |count: u32| {
            [
                (256, 3, 1, 9),
                (257, 3, 1, 2),
                (258, 3, 1, bits),
                (259, 3, 1, 1),
                (262, 3, 1, 3),
                (273, 4, 1, 8),
                (278, 3, 1, 2),
                (279, 4, 1, length),
                (320, 3, count, 8 + length),
            ]
        };
        let picture = seen(&page(&tags(map.len() as u32), &data)).unwrap();
        assert_eq!(picture.dimensions(), (9, 2), "{bits}");
        for (x, y, pixel) in picture.enumerate_pixels() {
            let wanted = if (x + y) % 2 == 0 { RED } else { BLUE };
            assert_eq!(pixel.0, wanted, "{bits} {x} {y}");
        }
        for lie in [0, 1, 1_000_000] {
            assert_eq!(seen(&page(&tags(lie), &data)), Err(Refusal::Malformed));
        }
    }
}

#[test]
fn luma_and_differences_become_red_green_and_blue() {
    // Full density, and JPEG, which brings it.
    let plain: Vec<u8> = [[76, 85, 255], [29, 255, 107]].concat().repeat(32);
    let pixels = RgbImage::from_fn(8, 8, |x, _| {
        ::image::Rgb(if x % 2 == 0 { RED } else { BLUE })
    });
    let mut coded = Cursor::new(Vec::new());
    DynamicImage::from(pixels)
        .resize_exact(64, 64, ::image::imageops::FilterType::Nearest)
        .write_to(&mut coded, ImageFormat::Jpeg)
        .unwrap();
    let coded = coded.into_inner();
    let tags = |side: u32, compression: u32, length: usize, density: u32| {
        [
            (256, 3, 1, side),
            (257, 3, 1, side),
            (258, 3, 1, 8),
            (259, 3, 1, compression),
            (262, 3, 1, 6),
            (273, 4, 1, 8),
            (277, 3, 1, 3),
            (278, 3, 1, side),
            (279, 4, 1, u32::try_from(length).unwrap()),
            (530, 3, 2, density),
        ]
    };
    let near = |seen: [u8; 3], wanted: [u8; 3], slack: u8| {
        seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= slack)
    };
    let picture = seen(&page(&tags(8, 1, plain.len(), 0x0001_0001), &plain)).unwrap();
    assert!(
        near(picture.get_pixel(0, 0).0, [254, 0, 0], 3),
        "{picture:?}"
    );
    assert!(near(picture.get_pixel(1, 0).0, [0, 0, 254], 3));
    let picture = seen(&page(&tags(64, 7, coded.len(), 0x0002_0002), &coded)).unwrap();
    assert!(
        near(picture.get_pixel(4, 30).0, RED, 12),
        "{:?}",
        picture.get_pixel(4, 30)
    );
    assert!(near(picture.get_pixel(12, 30).0, BLUE, 12));
    let thin = page(&tags(8, 1, plain.len(), 0x0002_0002), &plain);
    assert_eq!(seen(&thin), Err(Refusal::Unsupported));
}

/// Sixteen by three: four white, four black, eight white; all white; the first
/// again, without the mark that ends it.
fn faxed(turned: bool) -> Vec<u8> {
    let (end, mixed, white) = ("000000000001", "101101110011", "101010");
    let mut bits = format!("{end}{mixed}{end}{white}0000{end}{mixed}");
    while bits.len() % 8 > 0 {
        bits.push('0');
    }
    bits.as_bytes()
        .chunks(8)
        .map(|eight| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap())
        .map(|byte| if turned { byte.reverse_bits() } else { byte })
        .collect()
}

#[test]
fn pages_of_a_fax_machine_are_read() {
    let tags = |order: u32, light: u32, length: usize, options: u32, rows: u32| {
        [
            (256, 3, 1, 16),
            (257, 3, 1, rows),
            (259, 3, 1, 3),
            (262, 3, 1, light),
            (266, 3, 1, order),
            (273, 4, 1, 8),
            (279, 4, 1, u32::try_from(length).unwrap()),
            (292, 4, 1, options),
        ]
    };
    for (order, light) in [(1, 0), (2, 0), (1, 1)] {
        let data = faxed(order == 2);
        let picture = seen(&page(&tags(order, light, data.len(), 4, 3), &data)).unwrap();
        assert_eq!(picture.dimensions(), (16, 3));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let dark = ((4..8).contains(&x) && y != 1) == (light == 0);
            assert_eq!(pixel.0, [if dark { 0 } else { 255 }; 3], "{x} {y}");
        }
    }
    let data = faxed(false);
    let missing = page(&tags(1, 0, data.len(), 0, 4), &data);
    assert_eq!(seen(&missing), Err(Refusal::Malformed));
    let two_dimensions = page(&tags(1, 0, data.len(), 1, 3), &data);
    assert_eq!(seen(&two_dimensions), Err(Refusal::Unsupported));
}

#[test]
fn strips_that_share_their_bytes_are_not_read_again_and_again() {
    let mut data = faxed(false);
    data.resize(200, 0);
    let (length, strips) = (200_u32, 60_u32);
    data.extend((0..strips).flat_map(|_| 8_u32.to_le_bytes()));
    data.extend((0..strips).flat_map(|_| length.to_le_bytes()));
    let shared = [
        (256, 3, 1, 16),
        (257, 3, 1, 3 * strips),
        (259, 3, 1, 3),
        (262, 3, 1, 0),
        (273, 4, strips, 8 + length),
        (278, 3, 1, 3),
        (279, 4, strips, 8 + length + 4 * strips),
    ];
    assert_eq!(seen(&page(&shared, &data)), Err(Refusal::Malformed));
    // The same once is a page.
    let once = [(273, 4, 1, 8), (279, 4, 1, length)];
    let mut alone = shared;
    alone[1].3 = 3;
    (alone[4], alone[6]) = (once[0], once[1]);
    assert_eq!(seen(&page(&alone, &data)).unwrap().dimensions(), (16, 3));
}

proptest::proptest! {
    #[test]
    fn any_fax_is_read(data in proptest::collection::vec(0_u8..=255, 0..80), rows in 1_u32..40, order in 1_u32..3) {
        let length = u32::try_from(data.len()).unwrap();
        let tags = [(256, 3, 1, 33), (257, 3, 1, rows), (259, 3, 1, 3), (266, 3, 1, order), (273, 4, 1, 8), (278, 3, 1, 5), (279, 4, 1, length)];
        let _ = seen(&page(&tags, &data));
    }
    #[test]
    fn any_directory_is_read(mut bytes in proptest::collection::vec(0_u8..=255, 0..200), at in 0_usize..120) {
        bytes.splice(0..0, *b"II*\0\x08\0\0\0");
        let _ = colours::model(&mut bytes, at);
    }
}
