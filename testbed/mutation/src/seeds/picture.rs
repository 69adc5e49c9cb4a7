//! Pictures of every kind that is read, with what must not cross in them.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use sekimori::sanitise::Kind;

use super::Seed;

fn coded(pixels: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    pixels
        .write_to(&mut bytes, format)
        .expect("pixels are coded");
    bytes.into_inner()
}

fn colours() -> RgbImage {
    RgbImage::from_fn(24, 16, |x, y| {
        Rgb([(x * 10) as u8, (y * 15) as u8, ((x * y) % 251) as u8])
    })
}

fn stripes() -> RgbaImage {
    RgbaImage::from_fn(12, 9, |x, _| match x {
        0..4 => Rgba([200, 0, 0, 128]),
        4..8 => Rgba([0, 200, 0, 255]),
        _ => Rgba([0, 0, 200, 255]),
    })
}

fn greys() -> GrayImage {
    GrayImage::from_fn(17, 11, |x, y| {
        Luma([if (x + y) % 3 == 0 { 0 } else { 255 }])
    })
}

/// A PNG of a few stripes.
pub(super) fn small_png() -> Vec<u8> {
    coded(&stripes().into(), ImageFormat::Png)
}

/// A JPEG with a comment, EXIF that turns it, and something behind its end.
pub(super) fn jpeg() -> Vec<u8> {
    let plain = coded(&colours().into(), ImageFormat::Jpeg);
    let exif =
        b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let comment = b"\xff\xfe\x00\x08secret";
    [
        &plain[..2],
        exif,
        comment,
        &plain[2..],
        b"PK\x03\x04 behind",
    ]
    .concat()
}

fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let frames = [stripes(), DynamicImage::from(greys()).to_rgba8()];
    encoder
        .encode_frames(frames.map(Frame::new))
        .expect("frames are coded");
    drop(encoder);
    bytes
}

/// A PNG with a text chunk of its own and bytes behind its end.
pub(super) fn talkative_png() -> Vec<u8> {
    let plain = coded(&stripes().into(), ImageFormat::Png);
    let mut chunk = b"tEXtComment\0secret".to_vec();
    let mut sum = flate2::Crc::new();
    sum.update(&chunk);
    chunk.splice(0..0, (14_u32).to_be_bytes());
    chunk.extend(sum.sum().to_be_bytes());
    [&plain[..33], &chunk, &plain[33..], b"MZ"].concat()
}

/// Sixteen by eight pixels of JPEG 2000, in hexadecimal digits.
const JP2: &str = "0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016\
        6968647200000008000000100003070700000000000f636f6c7201000000000010000000a86a703263ff4fff\
        51002f0000000000100000000800000000000000000000001000000008000000000000000000030701010701\
        01070101ff52000c00000001000004040001ff5c00044040ff90000a0000000000570001ff93df80e03b0d0d\
        29ef6cae571a5620000000c23587d8fd14e11f729a2425ff7fdf8030115054aea77fdf80f0115053190aac5c\
        cd74f0c7000000000c23587d8fd14e11f729a2425fff7fffd9";

/// Forty by 28 pixels of JPEG 2000 in six tiles, in hexadecimal digits.
const TILED: &str = "0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016\
        696864720000001c000000280003070700000000000f636f6c72010000000000100000017e6a703263ff4fff\
        51002f0000000000280000001c00000000000000000000001000000010000000000000000000030701010701\
        01070101ff52000c00000001000204040001ff5c000a4040484850484850ff64002500014372656174656420\
        6279204f70656e4a5045472076657273696f6e20322e352e34ff90000a0000000000290001ff93de1411622c\
        75f0dc20128163d4d8c011ed617961a5808080808080ff90000a00010000002c0001ff9380dc20128163d4fc\
        3014b53b3550878080d8724021b7c11328cb69808080ff90000a00020000002b0001ff93c8c013ff79dc1812\
        5a9ffe20a011e9a8bd178080a480106e85e2808080ff90000a0003000000280001ff93dc20094e977280dc30\
        06617c56468f8080a480098f14c0808080ff90000a00040000002c0001ff9380cf080cc335b4fe018003f2b0\
        e9a2ce8080d872301d05be0054fb808080ff90000a00050000002c0001ff93c8c00232fccc300ca88ffe0100\
        066e5feb8080c8a4600671096929808080ffd9";

/// A picture of more tiles than one.
pub(super) fn tiled() -> Vec<u8> {
    from_hex(TILED)
}

fn from_hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect()
}

pub(super) fn seeds() -> Vec<Seed> {
    let (rgb, rgba, grey) = (colours().into(), stripes().into(), greys().into());
    vec![
        Seed::new("a.jpg", Kind::Jpeg, jpeg()),
        Seed::new("b.jpg", Kind::Jpeg, coded(&grey, ImageFormat::Jpeg)),
        Seed::new("c.png", Kind::Png, talkative_png()),
        Seed::new("d.png", Kind::Png, coded(&grey, ImageFormat::Png)),
        Seed::new("e.gif", Kind::Gif, animation()),
        Seed::new("f.bmp", Kind::Bmp, coded(&rgb, ImageFormat::Bmp)),
        Seed::new("g.tif", Kind::Tiff, coded(&rgb, ImageFormat::Tiff)),
        Seed::new("h.tif", Kind::Tiff, coded(&grey, ImageFormat::Tiff)),
        Seed::new("i.webp", Kind::Webp, coded(&rgba, ImageFormat::WebP)),
        Seed::new("k.jp2", Kind::Jp2, from_hex(JP2)),
        Seed::new("l.jp2", Kind::Jp2, tiled()),
        Seed::new("j.bmp", Kind::Bmp, coded(&rgba, ImageFormat::Bmp)),
    ]
}
