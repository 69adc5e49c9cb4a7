//! Pictures: only the chunks and markers that our encoders write, and nothing
//! behind the end.

use super::{Checked, NotOurs};

/// Checks one picture against its name.
pub(in crate::sanitise) fn check(name: &str, bytes: &[u8]) -> Checked {
    if name.ends_with(".png") {
        png(bytes)
    } else {
        jpeg(bytes)
    }
}

fn png(bytes: &[u8]) -> Checked {
    let mut rest = bytes
        .strip_prefix(b"\x89PNG\r\n\x1a\n")
        .ok_or(NotOurs("PNG"))?;
    loop {
        let length = rest.first_chunk::<4>().ok_or(NotOurs("PNG chunk"))?;
        let length = u32::from_be_bytes(*length) as usize;
        let kind = rest.get(4..8).ok_or(NotOurs("PNG chunk"))?;
        if !matches!(kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND") {
            return Err(NotOurs("PNG chunk kind"));
        }
        let after = length.checked_add(12).and_then(|size| rest.get(size..));
        let after = after.ok_or(NotOurs("PNG chunk size"))?;
        if kind == b"IEND" {
            return if after.is_empty() && length == 0 {
                Ok(())
            } else {
                Err(NotOurs("behind the PNG"))
            };
        }
        rest = after;
    }
}

fn jpeg(bytes: &[u8]) -> Checked {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or(NotOurs("JPEG"))?;
    loop {
        let [0xFF, marker] = *rest.first_chunk::<2>().ok_or(NotOurs("JPEG marker"))? else {
            return Err(NotOurs("JPEG marker"));
        };
        rest = rest.get(2..).unwrap_or_default();
        match marker {
            0xD9 => {
                return if rest.is_empty() {
                    Ok(())
                } else {
                    Err(NotOurs("behind the JPEG"))
                };
            }
            // JFIF header, tables, frame, restart interval, scan.
            0xE0 | 0xDB | 0xC4 | 0xC0..=0xC2 | 0xDD | 0xDA => {}
            _ => return Err(NotOurs("JPEG segment")),
        }
        let length = rest.first_chunk::<2>().ok_or(NotOurs("JPEG segment"))?;
        let length = usize::from(u16::from_be_bytes(*length));
        if marker == 0xE0 && (length > 16 || rest.get(2..7) != Some(b"JFIF\0")) {
            return Err(NotOurs("JPEG header"));
        }
        rest = rest.get(length..).ok_or(NotOurs("JPEG segment size"))?;
        if marker == 0xDA {
            let end = rest
                .windows(2)
                .position(|pair| matches!(pair, [0xFF, next] if !matches!(next, 0 | 0xD0..=0xD7)))
                .ok_or(NotOurs("JPEG scan"))?;
            rest = rest.get(end..).unwrap_or_default();
        }
    }
}
