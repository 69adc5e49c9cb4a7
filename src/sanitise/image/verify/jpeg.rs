//! A walk over the markers of a JPEG (ISO 10918-1 annex B): only those of a
//! plain baseline picture, each with the length its content asks for, and
//! nothing after the end. No application data but the fixed JFIF header.

use crate::sanitise::Refusal;

/// What the frame says.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sanitise) struct Frame {
    /// Pixels.
    pub(in crate::sanitise) columns: usize,
    /// Pixels.
    pub(in crate::sanitise) rows: usize,
    /// 1 grey, 3 colour.
    pub(in crate::sanitise) components: usize,
}

/// Accepts one baseline picture.
///
/// # Errors
/// `Residue` for anything else.
pub(in crate::sanitise) fn verify(bytes: &[u8]) -> Result<Frame, Refusal> {
    let mut rest = bytes.strip_prefix(b"\xFF\xD8").ok_or(Refusal::Residue)?;
    let mut frame = None;
    let mut scanned = false;
    let mut first = true;
    loop {
        let [0xFF, marker, after @ ..] = rest else {
            return Err(Refusal::Residue);
        };
        if *marker == 0xD9 {
            let complete = scanned && after.is_empty();
            return frame.filter(|_| complete).ok_or(Refusal::Residue);
        }
        let (content, after) = segment(after)?;
        rest = after;
        match marker {
            0xE0 => require(first && is_jfif(content))?,
            0xDB => quantisation(content)?,
            0xC4 => huffman(content)?,
            0xC0 if frame.is_none() => frame = Some(start_of_frame(content)?),
            0xDA if frame.is_some() => {
                start_of_scan(content, frame.as_ref())?;
                rest = entropy(rest)?;
                scanned = true;
            }
            _ => return Err(Refusal::Residue),
        }
        first = false;
    }
}

fn require(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Residue) }
}

fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let [high, low, rest @ ..] = bytes else {
        return Err(Refusal::Residue);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    length
        .checked_sub(2)
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(Refusal::Residue)
}

/// JFIF 1.01 or 1.02 without thumbnail.
fn is_jfif(content: &[u8]) -> bool {
    matches!(
        content,
        [b'J', b'F', b'I', b'F', 0, 1, 1 | 2, 0..=2, _, _, _, _, 0, 0]
    )
}

fn quantisation(mut content: &[u8]) -> Result<(), Refusal> {
    while let [head, rest @ ..] = content {
        require(*head <= 3)?; // eight bits, tables 0 to 3
        content = rest.get(64..).ok_or(Refusal::Residue)?;
    }
    Ok(())
}

fn huffman(mut content: &[u8]) -> Result<(), Refusal> {
    while let [head, rest @ ..] = content {
        require(head & 0xEC == 0)?; // class 0 or 1, tables 0 to 3
        let (counts, rest) = rest.split_at_checked(16).ok_or(Refusal::Residue)?;
        let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
        require(codes <= 256)?;
        content = rest.get(codes..).ok_or(Refusal::Residue)?;
    }
    Ok(())
}

fn start_of_frame(content: &[u8]) -> Result<Frame, Refusal> {
    let [8, h1, h0, w1, w0, count, components @ ..] = content else {
        return Err(Refusal::Residue);
    };
    let frame = Frame {
        columns: usize::from(u16::from_be_bytes([*w1, *w0])),
        rows: usize::from(u16::from_be_bytes([*h1, *h0])),
        components: usize::from(*count),
    };
    require(frame.columns > 0 && frame.rows > 0 && matches!(frame.components, 1 | 3))?;
    require(components.len() == frame.components * 3)?;
    for component in components.chunks_exact(3) {
        let [_, sampling, table] = component else {
            return Err(Refusal::Residue);
        };
        require(matches!(sampling, 0x11 | 0x12 | 0x21 | 0x22) && *table <= 3)?;
    }
    Ok(frame)
}

fn start_of_scan(content: &[u8], frame: Option<&Frame>) -> Result<(), Refusal> {
    let [count, rest @ ..] = content else {
        return Err(Refusal::Residue);
    };
    let most = frame.map_or(0, |frame| frame.components);
    let count = usize::from(*count);
    require((1..=most).contains(&count) && rest.len() == count * 2 + 3)?;
    require(rest.ends_with(&[0, 63, 0]))
}

/// Skips coded data: up to the first marker that is no stuffing. We write no
/// restart markers.
fn entropy(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let mut at = 0;
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            [0xFF, 0] => at += 2,
            [0xFF, _] => return bytes.get(at..).ok_or(Refusal::Residue),
            _ => at += 1,
        }
    }
    Err(Refusal::Residue)
}
