//! Counts what a picture file carried besides pixels, for the report. Best
//! effort: only pixels cross, whatever is found here.

use crate::sanitise::{Kind, Report, What};

pub(super) fn report(kind: Kind, bytes: &[u8], report: &mut Report) {
    let end = if kind == Kind::Jpeg {
        let end = jpeg(bytes, report);
        if end.is_none() {
            // Decoders fill in what is missing.
            report.removed(What::CutOff, "");
        }
        end
    } else if kind == Kind::Png {
        png(bytes, report)
    } else if kind == Kind::Gif {
        gif(bytes, report)
    } else if kind == Kind::Bmp {
        bitmap(bytes)
    } else if kind == Kind::Webp {
        webp(bytes, report)
    } else if kind == Kind::Jp2 {
        boxes(bytes, report)
    } else {
        tiff(bytes, report);
        None
    };
    if let Some(trailing) = end.and_then(|end| bytes.get(end..))
        && !trailing.is_empty()
    {
        report.removed(What::TrailingData, appearance(trailing));
    }
}

/// What the bytes after a picture look like: a file of two kinds at once.
fn appearance(trailing: &[u8]) -> &'static str {
    let has = |needle: &[u8]| {
        trailing
            .windows(needle.len())
            .any(|window| window == needle)
    };
    if has(b"PK\x03\x04") || has(b"PK\x05\x06") {
        "zip after the end"
    } else if has(b"%PDF-") {
        "pdf after the end"
    } else if has(b"<?php") || has(b"<script") || has(b"__HALT_COMPILER") {
        "script after the end"
    } else {
        "after the end"
    }
}

/// Each returns where the picture ends, if that is clear.
fn jpeg(bytes: &[u8], report: &mut Report) -> Option<usize> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if *bytes.get(at)? != 0xFF {
            at += 1; // coded data
            continue;
        }
        match marker {
            0xD9 => return Some(at + 2),
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            0xFF => at += 1,
            _ => {
                let place = match marker {
                    0xE1 => Some("APP1"),
                    0xE2 => Some("APP2"),
                    0xE3..=0xED | 0xEF => Some("APPn"),
                    0xFE => Some("comment"),
                    _ => None, // APP0 and APP14 say how to read the pixels
                };
                if let Some(place) = place {
                    report.removed(What::Metadata, place);
                }
                let length = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes(length.try_into().ok()?)).max(2);
            }
        }
    }
}

fn png(bytes: &[u8], report: &mut Report) -> Option<usize> {
    let mut at = 8_usize;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let name = bytes.get(at + 4..at + 8)?;
        let known: &[(&[u8], What, &str)] = &[
            (b"eXIf", What::Metadata, "eXIf"),
            (b"tEXt", What::Metadata, "tEXt"),
            (b"zTXt", What::Metadata, "zTXt"),
            (b"iTXt", What::Metadata, "iTXt"),
            (b"tIME", What::Metadata, "tIME"),
            (b"iCCP", What::Metadata, "iCCP"),
            (b"acTL", What::RichMedia, "animation"),
        ];
        for (chunk, what, place) in known {
            if name == *chunk {
                report.removed(*what, place);
            }
        }
        at = at
            .checked_add(usize::try_from(length).ok()?)?
            .checked_add(12)?;
        if name == b"IEND" {
            return Some(at);
        }
    }
}

fn gif(bytes: &[u8], report: &mut Report) -> Option<usize> {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut frames = 0;
    loop {
        match *bytes.get(at)? {
            0x3B => break,
            0x2C => {
                frames += 1;
                at += 11 + table(*bytes.get(at + 9)?);
            }
            0x21 => {
                match *bytes.get(at + 1)? {
                    0xFE => report.removed(What::Metadata, "comment"),
                    0xFF if bytes.get(at + 3..at + 14) != Some(b"NETSCAPE2.0") => {
                        report.removed(What::Metadata, "application data");
                    }
                    _ => {}
                }
                at += 2;
            }
            _ => return None,
        }
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
    if frames > 1 {
        report.removed(What::RichMedia, "animation");
    }
    Some(at + 1)
}

/// The file size in the header, where it is one.
fn bitmap(bytes: &[u8]) -> Option<usize> {
    let size = u32::from_le_bytes(bytes.get(2..6)?.try_into().ok()?);
    usize::try_from(size).ok().filter(|size| *size >= 26)
}

/// RIFF chunks of a WebP; the header says where the file ends.
fn webp(bytes: &[u8], report: &mut Report) -> Option<usize> {
    let long = |at: usize| {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    let end = long(4)?.checked_add(8)?;
    let mut at = 12_usize;
    while at < end.min(bytes.len()) {
        match bytes.get(at..at + 4)? {
            b"EXIF" => report.removed(What::Metadata, "EXIF"),
            b"XMP " => report.removed(What::Metadata, "XMP"),
            b"ICCP" => report.removed(What::Metadata, "ICCP"),
            b"ANIM" => report.removed(What::RichMedia, "animation"),
            _ => {}
        }
        at = at
            .checked_add(8)?
            .checked_add(long(at + 4)?.next_multiple_of(2))?;
    }
    Some(end)
}

/// Boxes of a JPEG 2000 file (ISO 15444-1 annex I): words, addresses, keys.
/// The picture's own box may go to the end of the file.
fn boxes(bytes: &[u8], report: &mut Report) -> Option<usize> {
    let mut at = 0_usize;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        match bytes.get(at + 4..at + 8)? {
            b"xml " | b"uuid" | b"uinf" => report.removed(What::Metadata, "box"),
            b"jp2i" => report.removed(What::Metadata, "rights"),
            b"jP  " | b"ftyp" | b"jp2h" | b"jp2c" => {}
            _ => return Some(at),
        }
        at = at.checked_add(usize::try_from(length).ok().filter(|length| *length >= 8)?)?;
    }
    None
}

/// Words in the first directory of a TIFF page; the colour profile.
fn tiff(bytes: &[u8], report: &mut Report) -> Option<()> {
    let little = bytes.starts_with(b"II");
    let short = |at: usize| {
        let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    };
    let four: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let first = usize::try_from(if little {
        u32::from_le_bytes(four)
    } else {
        u32::from_be_bytes(four)
    })
    .ok()?;
    for entry in 0..usize::from(short(first)?) {
        let place = match short(first.checked_add(2 + entry * 12)?)? {
            269 | 270 | 285 | 305 | 306 | 315 | 316 | 33_432 => "words",
            700 => "XMP",
            33_723 => "IPTC",
            34_377 => "Photoshop",
            34_665 => "EXIF",
            34_675 => "ICC profile",
            34_853 => "GPS",
            _ => continue,
        };
        report.removed(What::Metadata, place);
    }
    Some(())
}
