//! Pages as fax machines send them: Group 3 with one dimension (ITU-T T.4
//! section 4.1, TIFF 6.0 section 11). Group 4 is read with all other codings.
//!
//! Absent on purpose: two dimensions in Group 3, and rows without end marks
//! (compression 2).

use ::image::{GrayImage, Luma};

use super::Reader;
use crate::sanitise::{Context, Refusal};

const COLUMNS: u16 = 256;
const ROWS: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIPS: u16 = 273;
const SAMPLES: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const STRIP_LENGTHS: u16 = 279;
const OPTIONS: u16 = 292;
/// Value of the compression tag.
const GROUP_3: u32 = 3;
/// Fill and the mark that ends a row: the last row of a strip may lack its own.
const END_OF_ROW: [u8; 3] = [0, 0, 1];

/// The pixels of a page of this coding; `None` for one of another.
///
/// # Errors
/// `Malformed` where rows are missing, `Unsupported` for two dimensions,
/// `OverBudget` for too many pixels.
pub(super) fn read(
    bytes: &[u8],
    directory: usize,
    context: &Context<'_>,
) -> Result<Option<GrayImage>, Refusal> {
    let file = Reader::new(bytes);
    let number = |tag| file.numbers(directory, tag)?.first().copied();
    if number(COMPRESSION) != Some(GROUP_3) {
        return Ok(None);
    }
    let plain = |tag| number(tag).unwrap_or(1) == 1;
    if number(OPTIONS).unwrap_or(0) & 1 == 1 || !plain(BITS) || !plain(SAMPLES) {
        return Err(Refusal::Unsupported);
    }
    let columns = number(COLUMNS).and_then(|side| u16::try_from(side).ok());
    let columns = columns.filter(|side| *side > 0).ok_or(Refusal::Malformed)?;
    let rows = number(ROWS)
        .filter(|side| *side > 0)
        .ok_or(Refusal::Malformed)?;
    let pixels = u64::from(columns) * u64::from(rows);
    if pixels > u64::from(context.limits.megapixels) * 1_000_000
        || pixels.saturating_mul(2) > context.limits.memory_bytes
    {
        return Err(Refusal::OverBudget);
    }
    let strips = file.numbers(directory, STRIPS).ok_or(Refusal::Malformed)?;
    let lengths = file.numbers(directory, STRIP_LENGTHS);
    let lengths = lengths.ok_or(Refusal::Malformed)?;
    // Strips lie side by side: many that share their bytes would be read many times.
    let all = lengths.iter().map(|length| u64::from(*length));
    if all.sum::<u64>() > u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(Refusal::Malformed);
    }
    let in_strip = number(ROWS_PER_STRIP).unwrap_or(rows).min(rows);
    let turned = number(FILL_ORDER) == Some(2);
    // Black is one in the code; the file says which of them is light.
    let (paper, ink) = if number(PHOTOMETRIC) == Some(1) {
        (0, 255)
    } else {
        (255, 0)
    };
    let mut page = GrayImage::from_pixel(u32::from(columns), rows, Luma([paper]));
    let mut row = 0;
    for (offset, length) in strips.into_iter().zip(lengths) {
        if row == rows {
            break; // what stands behind the last row is no part of the page
        }
        let strip = file.part(offset, length).ok_or(Refusal::Malformed)?;
        let wanted = in_strip.min(rows.saturating_sub(row));
        let bits = strip
            .iter()
            .map(|byte| if turned { byte.reverse_bits() } else { *byte })
            .chain(END_OF_ROW);
        let (first, mut found) = (row, 0);
        // Its verdict is about what stands behind the last row.
        let _ = fax::decoder::decode_g3(bits, |edges| {
            if found < wanted {
                paint(&mut page, first + found, edges, ink);
                found += 1;
            }
        });
        if found < wanted {
            return Err(Refusal::Malformed);
        }
        row += wanted;
    }
    if row < rows {
        return Err(Refusal::Malformed);
    }
    Ok(Some(page))
}

/// Every second run of a row is ink, the first is paper.
fn paint(page: &mut GrayImage, row: u32, edges: &[u16], ink: u8) {
    let columns = page.width();
    for pair in edges.chunks(2) {
        let from = pair.first().map_or(0, |edge| u32::from(*edge));
        let to = pair.get(1).map_or(from, |edge| u32::from(*edge));
        for column in from..to.min(columns) {
            page.put_pixel(column, row, Luma([ink]));
        }
    }
}
