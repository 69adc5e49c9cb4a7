//! PNG keeps a sum over each chunk; a decoder that checks it would turn away
//! nearly every change before it does any work.

/// Writes the right sum behind every chunk that is still whole.
pub(super) fn sums_mended(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some([a, b, c, d]) = bytes
        .get(at..at + 4)
        .map(|four| [four[0], four[1], four[2], four[3]])
    {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(end) = at
            .checked_add(8)
            .and_then(|start| start.checked_add(length))
        else {
            return;
        };
        let Some(covered) = bytes.get(at + 4..end) else {
            return;
        };
        let mut sum = flate2::Crc::new();
        sum.update(covered);
        let Some(place) = bytes.get_mut(end..end + 4) else {
            return;
        };
        place.copy_from_slice(&sum.sum().to_be_bytes());
        at = end + 4;
    }
}
